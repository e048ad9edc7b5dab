package people

import (
	"slices"
	"testing"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/wire"
)

// May nobody but an administrator reach everybody: children's data.
func TestRightsTable(t *testing.T) {
	seen := map[Deed]bool{}
	for _, r := range Rights() {
		if seen[r.Deed] {
			t.Errorf("%s stands twice", r.Deed)
		}
		seen[r.Deed] = true
		for title, reach := range r.Who {
			if !slices.Contains(Titles, title) || reach == Nobody {
				t.Errorf("%s: %q with reach %q", r.Deed, title, reach)
			}
			if reach == Everybody && title != Administrator {
				t.Errorf("%s: %s reaches everybody", r.Deed, title)
			}
		}
		for _, role := range []wire.Role{wire.RoleStudent, wire.RoleGuardian, wire.RoleTeacher, wire.RoleStaff} {
			if got := ReachOf(Holder{Role: role, Head: true, Moderator: true}, r.Deed, false); got != Nobody {
				t.Errorf("%s by %s: %q", r.Deed, role, got)
			}
			if got := ReachOf(Holder{Role: role, Admin: true}, r.Deed, true); got != Everybody {
				t.Errorf("%s by an administrator: %q", r.Deed, got)
			}
		}
	}
	if got := ReachOf(Holder{Admin: true}, "no.such", true); got != Nobody {
		t.Errorf("an unknown deed: %q", got)
	}
}

func TestMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := d.Migrate(ctx, "people", Migrations()); err != nil {
			t.Fatal(err)
		}
		for id, role := range map[string]wire.Role{"lead": wire.RoleTeacher, "other": wire.RoleTeacher, "own": wire.RoleStudent, "foreign": wire.RoleStudent, "coursemate": wire.RoleStudent} {
			if err := Create(ctx, d, &Person{ID: id, Login: id, Role: role}); err != nil {
				t.Fatal(err)
			}
		}
		for id, kind := range map[string]string{"c1": KindClass, "c2": KindClass, "math": KindCourse} {
			if err := CreateGroup(ctx, d, &Group{ID: id, Slug: id, Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range []struct {
			group, person string
			lead          bool
		}{{"c1", "lead", true}, {"c1", "own", false}, {"c1", "other", false}, {"c2", "foreign", false}, {"c2", "lead", false}, {"math", "lead", true}, {"math", "coursemate", false}} {
			if err := AddMember(ctx, d, m.group, m.person, m.lead); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []struct {
			who, whom string
			admin     bool
			want      bool
		}{
			{"lead", "own", false, true},
			{"lead", "foreign", false, false},
			{"lead", "coursemate", false, false},
			{"lead", "other", false, false},
			{"lead", "lead", false, false},
			{"lead", "", false, false},
			{"lead", "nobody", false, false},
			{"other", "own", false, false},
			{"own", "own", false, false},
			{"other", "foreign", true, true},
			{"other", "", true, true},
		} {
			got, err := May(ctx, d, Holder{ID: x.who, Role: wire.RoleTeacher, Admin: x.admin}, ResetPassword, x.whom)
			if err != nil || got != x.want {
				t.Errorf("%s resets %q: %t, %v", x.who, x.whom, got, err)
			}
		}
	})
}
