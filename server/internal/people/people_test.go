package people_test

import (
	"errors"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "people", people.Migrations()); err != nil {
			t.Fatal(err)
		}
		fn(t, d)
	})
}

func create(t *testing.T, d *db.DB, p people.Person) people.Person {
	t.Helper()
	if err := people.Create(t.Context(), d, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLogins(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		create(t, d, people.Person{ID: "1", Login: "Jörg.Maß", Given: "Jörg", Family: "Maß", Role: wire.RoleTeacher, Email: "Jorg@example.org", Admin: true})
		create(t, d, people.Person{ID: "2", Login: "anna@example.org", Email: "anna@example.org", Role: wire.RoleGuardian})
		create(t, d, people.Person{ID: "3", Login: "a", Email: "two@example.org"})
		create(t, d, people.Person{ID: "4", Login: "b", Email: "two@example.org"})
		create(t, d, people.Person{ID: "5", Login: "c", Email: "a"}) // an address like another's login
		if err := people.Create(t.Context(), d, &people.Person{ID: "6", Login: "A"}); !errors.Is(err, db.ErrExists) {
			t.Errorf("second login a: %v", err)
		}
		for login, want := range map[string]string{
			"jörg.maß": "1", " JÖRG.MAß ": "1", "jo\u0308rg.maß": "1", "jorg@EXAMPLE.org": "1",
			"anna@example.org": "2", "a": "3", "b": "4", "two@example.org": "", "": "", "nobody": "", "' OR 1=1 --": "", "a\x00": "", "a\xff": "",
		} {
			p, err := people.ByLogin(t.Context(), d, login)
			if p.ID != want || (want == "") != errors.Is(err, db.ErrNotFound) {
				t.Errorf("%q: got %q, %v, want %q", login, p.ID, err, want)
			}
		}
		p, err := people.ByID(t.Context(), d, "1")
		if err != nil || !p.Admin || p.Head || p.State != people.Active || p.Wire().Name() != "Jörg Maß" {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}

func TestStates(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	each(t, func(t *testing.T, d *db.DB) {
		create(t, d, people.Person{ID: "1", Login: "a"})
		for _, c := range []struct {
			state  people.State
			until  int64
			locked bool
		}{
			{people.Locked, 0, true},
			{people.Locked, 1_000_001, true},
			{people.Locked, 1_000_000, false},
			{people.Restricted, 0, false},
			{people.Left, 0, false},
			{people.Active, 0, false},
		} {
			if err := people.SetState(t.Context(), d, "1", c.state, c.until, "why"); err != nil {
				t.Fatal(err)
			}
			p, err := people.ByID(t.Context(), d, "1")
			if err != nil || p.State != c.state || p.LockReason != "why" || p.LockedAt(now) != c.locked {
				t.Errorf("%+v: got %+v, %v", c, p, err)
			}
		}
		if err := people.SetPassword(t.Context(), d, "1", "hash", true); err != nil {
			t.Fatal(err)
		}
		if p, err := people.ByID(t.Context(), d, "1"); err != nil || p.PasswordHash != "hash" || !p.MustChange {
			t.Errorf("got %+v, %v", p, err)
		}
		for name, err := range map[string]error{
			"state": people.SetState(t.Context(), d, "x", people.Left, 0, ""), "password": people.SetPassword(t.Context(), d, "x", "", false),
			"quota": people.SetQuota(t.Context(), d, "x", 1),
		} {
			if !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s of nobody: %v", name, err)
			}
		}
	})
}

func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		create(t, d, people.Person{ID: "1", Login: "a", Family: "B"})
		create(t, d, people.Person{ID: "2", Login: "b", Family: "A"})
		for _, g := range []people.Group{{ID: "g1", Slug: "s1", Name: "Zwei", Kind: people.KindClass}, {ID: "g2", Slug: "s2", Name: "Eins", Kind: people.KindCourse}} {
			if err := people.CreateGroup(ctx, d, &g); err != nil {
				t.Fatal(err)
			}
			if err := people.AddMember(ctx, d, g.ID, "1", false); err != nil {
				t.Fatal(err)
			}
		}
		for _, lead := range []bool{false, true} { // the second time it changes
			if err := people.AddMember(ctx, d, "g1", "2", lead); err != nil {
				t.Fatal(err)
			}
		}
		groups, err := people.Groups(ctx, d, "1")
		if err != nil || len(groups) != 2 || groups[0].ID != "g2" || groups[0].Lead {
			t.Errorf("groups %+v, %v", groups, err)
		}
		members, err := people.Members(ctx, d, "g1")
		if err != nil || len(members) != 2 || members[0].ID != "2" || !members[0].Lead || members[1].Lead {
			t.Errorf("members %+v, %v", members, err)
		}
		if err := people.RemoveMember(ctx, d, "g1", "1"); err != nil {
			t.Fatal(err)
		}
		if groups, err = people.Groups(ctx, d, "1"); err != nil || len(groups) != 1 {
			t.Errorf("afterwards %+v, %v", groups, err)
		}
		if err := people.AddMember(ctx, d, "g1", "nobody", false); err == nil {
			t.Error("nobody became a member")
		}
		if _, err := people.GroupBySlug(ctx, d, "nix"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no group: %v", err)
		}
		for range 2 {
			if err := people.AddGuardian(ctx, d, "1", "2"); err != nil {
				t.Fatal(err)
			}
		}
		children, err := people.Children(ctx, d, "1")
		if err != nil || len(children) != 1 || children[0].ID != "2" {
			t.Errorf("children %+v, %v", children, err)
		}
	})
}
