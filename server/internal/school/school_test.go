package school

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// Two servers over one database: the one's change counts for it at once, and for
// the other within a second.
func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := d.Migrate(ctx, "school", Migrations()); err != nil {
			t.Fatal(err)
		}
		clock := time.UnixMilli(1_790_000_000_000)
		o := Options{DB: d, Now: func() time.Time { return clock }, Defaults: Default()}
		here, there := New(o), New(o)
		state := func(s *Store) *State {
			t.Helper()
			state, err := s.Now(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return state
		}
		for _, s := range []*Store{here, there} {
			if got := state(s); got.Name != "Schulhof" || got.Off("files", wire.RoleStudent) || got.Terms != 0 {
				t.Errorf("at first: %+v", got)
			}
		}
		in := Default()
		in.Name = "Schule am See"
		err := d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := here.SetTerms(ctx, tx, "anna", "Sei nett.")
			return errors.Join(err, here.SetSettings(ctx, tx, "anna", &in),
				here.SetSwitches(ctx, tx, "anna", []wire.Switch{{Module: "files", On: true, Off: []wire.Role{wire.RoleGuardian}}, {Module: "letters"}}))
		})
		if err != nil {
			t.Fatal(err)
		}
		here.Forget()
		if got := state(there); got.Name != "Schulhof" {
			t.Errorf("elsewhere, at once: %+v", got)
		}
		clock = clock.Add(freshFor)
		for _, s := range []*Store{here, there} {
			got := state(s)
			if got.Name != "Schule am See" || got.Terms != 1 {
				t.Errorf("after a second: %+v", got)
			}
			for _, x := range []struct {
				module string
				role   wire.Role
				off    bool
			}{
				{"files", wire.RoleGuardian, true},
				{"files", wire.RoleStudent, false},
				{"files", "", false},
				{"letters", wire.RoleStudent, true},
				{"letters", "", true},
				{"messenger", wire.RoleStudent, false},
			} {
				if got.Off(x.module, x.role) != x.off {
					t.Errorf("%s for %q: off is not %t", x.module, x.role, x.off)
				}
			}
		}
		if terms, err := here.Terms(ctx); err != nil || terms.Version != 1 || terms.Markdown != "Sei nett." || terms.Since.IsZero() {
			t.Errorf("%+v, %v", terms, err)
		}
		boom := errors.New("no")
		err = d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := here.SetTerms(ctx, tx, "anna", "")
			return errors.Join(err, boom)
		})
		here.Forget()
		if !errors.Is(err, boom) || state(here).Terms != 1 {
			t.Errorf("a change that failed: %v", err)
		}
	})
}

func TestMustSecondStep(t *testing.T) {
	s := State{Settings: wire.Settings{SecondStep: []wire.Role{wire.RoleTeacher, wire.Administrators}}}
	for _, x := range []struct {
		p    people.Person
		must bool
	}{
		{people.Person{Role: wire.RoleTeacher}, true},
		{people.Person{Role: wire.RoleStaff, Admin: true}, true},
		{people.Person{Role: wire.RoleStaff, Head: true}, false},
		{people.Person{Role: wire.RoleStudent}, false},
	} {
		if s.MustSecondStep(&x.p) != x.must {
			t.Errorf("%+v", x.p)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		" Schule\x00 am\u202e See ": "Schule am See", "a\nb": "a\nb", "\u202e": "", "\xff": "", "Schüle 🏫": "Schüle 🏫",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := clean(strings.Repeat("\x07", 10)); got != "" {
		t.Errorf("%q", got)
	}
}
