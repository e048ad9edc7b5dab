package intake_test

import (
	"context"
	"strings"
	"testing"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
)

// The list of teachers says who leads which class; the year's change takes the leads
// along, and a repeated list changes nothing.
func TestClassLeads(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.take(t, roster.Students, students)
		const teachers = "Import-ID;Vorname;Nachname;Klassenleitung\nt1;Anna;Schmidt;6b\nt2;Bernd;Richter;\"5a, 12z\"\n"
		preview, _ := w.take(t, roster.Teachers, teachers)
		if len(preview.Changes) != 2 || preview.Changes[0].Detail != "leitet „Klasse 6b“" || preview.Changes[1].Detail != "leitet „Klasse 5a“" ||
			len(preview.Problems) != 1 || preview.Problems[0].Line != 3 || !strings.Contains(preview.Problems[0].Text, "„12z“") {
			t.Errorf("%+v", preview)
		}
		w.same(t, roster.Teachers, teachers)
		leads := func(teacher, student string) bool {
			t.Helper()
			a, err := people.ByLogin(ctx, w.db, teacher)
			if err != nil {
				t.Fatal(err)
			}
			b, err := people.ByLogin(ctx, w.db, student)
			if err != nil {
				t.Fatal(err)
			}
			ok, err := people.Leads(ctx, w.db, a.ID, b.ID)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !leads("anna.schmidt", "lena.weber") || leads("bernd.richter", "lena.weber") || !leads("bernd.richter", "mia.test") {
			t.Error("wrong leads")
		}
		w.take(t, roster.Students, strings.NewReplacer("6b", "7b", "6a", "7a", "5a", "6a").Replace(students))
		if !leads("anna.schmidt", "lena.weber") || !leads("bernd.richter", "mia.test") {
			t.Error("the year's change lost leads")
		}
		const next = "Import-ID;Vorname;Nachname;Klassenleitung\nt1;Anna;Schmidt;\nt2;Bernd;Richter;\"7b; 6a\"\n"
		preview, done := w.take(t, roster.Teachers, next)
		if preview.Counts["changed"] != 2 || len(done.Touched) != 2 || preview.Changes[0].Detail+preview.Changes[1].Detail != "leitet „Klasse 7b“leitet „Klasse 7b“ nicht mehr" {
			t.Errorf("%+v %v", preview, done.Touched)
		}
		if leads("anna.schmidt", "lena.weber") || !leads("bernd.richter", "lena.weber") || !leads("bernd.richter", "mia.test") {
			t.Error("wrong leads after the second list")
		}
		w.same(t, roster.Teachers, next)
	})
}

// Who was in a class by a list and was made its lead by hand keeps it, whatever the
// next list says; and who leads a class keeps what was worked on there when it ends.
func TestLeadsByHandAndOfEndedClasses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.take(t, roster.Students, students)
		w.take(t, roster.Teachers, "Import-ID;Vorname;Nachname;Gruppen;Klassenleitung\nt1;Anna;Schmidt;Klasse 6b;\nt2;Bernd;Richter;;6b\n")
		groups := func(login string) (led, all int) {
			t.Helper()
			p, err := people.ByLogin(ctx, w.db, login)
			if err != nil {
				t.Fatal(err)
			}
			list, err := people.Groups(ctx, w.db, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range list {
				if g.Kind != people.KindClass {
					t.Errorf("%s is in %+v", login, g)
				}
				if all++; g.Lead {
					led++
				}
			}
			return led, all
		}
		if led, all := groups("anna.schmidt"); led != 0 || all != 1 {
			t.Fatalf("by the list: leads %d of %d", led, all)
		}
		var class string
		if err := w.db.Get(ctx, &class, `SELECT id FROM grp WHERE name = 'Klasse 6b'`); err != nil {
			t.Fatal(err)
		}
		anna, err := people.ByLogin(ctx, w.db, "anna.schmidt")
		if err != nil {
			t.Fatal(err)
		}
		if err := people.AddMember(ctx, w.db, class, anna.ID, true); err != nil {
			t.Fatal(err)
		}
		w.take(t, roster.Teachers, "Import-ID;Vorname;Nachname;Klassenleitung\nt1;Anna;Schmidt;5a\nt2;Bernd;Richter;6b\n")
		if led, all := groups("anna.schmidt"); led != 2 || all != 2 {
			t.Errorf("after a list that names another class: leads %d of %d", led, all)
		}
		if err := w.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return people.EndGroup(ctx, tx, class, w.now.UnixMilli(), 2027)
		}); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM member WHERE grp_id = (SELECT id FROM grp WHERE ended > 0) AND lead = 1`); n != 2 {
			t.Errorf("%d lead the class that has ended, want both", n)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM member WHERE grp_id = (SELECT id FROM grp WHERE ended > 0) AND lead = 0`); n != 0 {
			t.Errorf("%d are still in it", n)
		}
	})
}
