package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/intake"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/school"
	"schulhof/server/wire"
)

type world struct {
	*intake.Intake
	db  *db.DB
	now time.Time
}

// made makes a school without anybody.
func made(t testing.TB, d *db.DB, start string) *world {
	t.Helper()
	ctx := context.Background()
	for _, m := range []struct {
		name string
		run  func() error
	}{
		{"people", func() error { return d.Migrate(ctx, "people", people.Migrations()) }},
		{"auth", func() error { return d.Migrate(ctx, "auth", auth.Migrations()) }},
		{"school", func() error { return d.Migrate(ctx, "school", school.Migrations()) }},
		{"audit", func() error { return d.Migrate(ctx, "audit", audit.Migrations()) }},
	} {
		if err := m.run(); err != nil {
			t.Fatal(m.name, err)
		}
	}
	w := &world{db: d, now: time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.now }
	settings := school.Default()
	settings.Start = start
	n := 0
	w.Intake = intake.New(intake.Deps{
		DB: d, School: school.New(school.Options{DB: d, Now: now, Defaults: settings}), Audit: audit.New(nil, now), Now: now,
		ID: func() string { n++; return fmt.Sprintf("id%06d", n) },
	})
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, made(t, d, school.StartCode)) })
}

// take reads a list and confirms it.
func (w *world) take(t testing.TB, kind roster.Kind, text string) (wire.Import, intake.Done) {
	t.Helper()
	p, err := w.Read(t.Context(), "by", kind, strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	done, err := w.Confirm(t.Context(), "by", p.ID, "", true)
	if err != nil {
		t.Fatal(err)
	}
	return p.Wire("de"), done
}

// same makes sure that a list changes nothing any more.
func (w *world) same(t testing.TB, kind roster.Kind, text string) {
	t.Helper()
	p, err := w.Read(t.Context(), "by", kind, strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Plan.Empty() {
		t.Errorf("the same list once more changes %+v", p.Plan)
	}
}

func (w *world) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := w.db.Get(context.Background(), &n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

const students = `Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen
1;Lena;Weber;6b;19.05.2014;AG Theater
2;Jörg;Groß;6b;24.12.2013;
3;Jörg;Groß;6a;01.02.2014;AG Theater
4;Mia;Test;5a;08.02.2015;
`

func TestStudents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		preview, done := w.take(t, roster.Students, students)
		if preview.Counts["new"] != 4 || len(done.Created) != 4 || len(preview.Problems) != 0 {
			t.Fatalf("%+v %+v", preview, done)
		}
		for _, s := range done.Created {
			if len(s.Code) < 12 {
				t.Errorf("code %q", s.Code)
			}
		}
		p, err := people.ByLogin(t.Context(), w.db, "joerg.gross2")
		if err != nil || !p.MustChange || p.StartKind != people.StartCode || p.StartUntil != w.now.AddDate(0, 0, 14).UnixMilli() || !p.Managed {
			t.Errorf("%+v %v", p, err)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM audit WHERE action = 'import' AND actor = 'by'`); n != 1 {
			t.Errorf("%d entries in the log", n)
		}
		w.same(t, roster.Students, students)
		lena, err := people.ByLogin(t.Context(), w.db, "lena.weber")
		if err != nil {
			t.Fatal(err)
		}
		groups, err := people.Groups(t.Context(), w.db, lena.ID)
		if err != nil || len(groups) != 3 || groups[0].Name != "AG Theater" || groups[0].Kind != people.KindClub || groups[2].Slug != "klasse-6b" || groups[1].Name != "Jahrgang 6" {
			t.Errorf("%+v %v", groups, err)
		}
	})
}

// The school-year change renames groups: their ids, and with them the files and
// whom a teacher leads, stay.
func TestYear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.take(t, roster.Students, students)
		w.take(t, roster.Teachers, "Import-ID;Vorname;Nachname;Kürzel\nt1;Anna;Schmidt;SMT\n")
		before, err := people.GroupBySlug(ctx, w.db, "klasse-6b")
		if err != nil {
			t.Fatal(err)
		}
		anna, err := people.ByLogin(ctx, w.db, "anna.schmidt")
		if err != nil || anna.Short != "SMT" {
			t.Fatal(anna, err)
		}
		if err := people.AddMember(ctx, w.db, before.ID, anna.ID, true); err != nil {
			t.Fatal(err)
		}
		next := strings.NewReplacer("6b", "7b", "6a", "7a", "5a", "6a", "Weber", "Weber-Kurz").Replace(students)
		preview, _ := w.take(t, roster.Students, next)
		if got := strings.Join(preview.Groups, "; "); !strings.Contains(got, "Klasse 6b wird Klasse 7b") || preview.Counts["moved"] != 0 || preview.Counts["changed"] != 1 {
			t.Errorf("%q %+v", got, preview.Counts)
		}
		after, err := people.GroupBySlug(ctx, w.db, "klasse-7b")
		if err != nil || after.ID != before.ID || after.Name != "Klasse 7b" {
			t.Errorf("%+v %v", after, err)
		}
		lena, err := people.ByLogin(ctx, w.db, "lena.weber")
		if err != nil || lena.Family != "Weber-Kurz" {
			t.Errorf("%+v %v", lena, err)
		}
		if ok, err := people.Leads(ctx, w.db, anna.ID, lena.ID); err != nil || !ok {
			t.Errorf("leads: %v %v", ok, err)
		}
		w.same(t, roster.Students, next)
		// One moves, the class of one other ends, and its name is taken anew.
		last := strings.NewReplacer("6b", "7b", "6a", "8a", "5a", "7a", "2;Jörg;Groß;6b", "2;Jörg;Groß;7a").Replace(students)
		preview, _ = w.take(t, roster.Students, last)
		if preview.Counts["moved"] == 0 {
			t.Errorf("%+v", preview)
		}
		w.same(t, roster.Students, last)
	})
}

func TestLeaving(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.take(t, roster.Students, students)
		w.take(t, roster.Guardians, guardians)
		w.same(t, roster.Guardians, guardians)
		lena, err := people.ByLogin(ctx, w.db, "lena.weber")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.db.Exec(ctx, `INSERT INTO session (id, person_id, token_hash, device, created, used, expires, shared, ended)
			VALUES ('s', $1, 'h', 'd', 1, 1, 9, 0, 0)`, lena.ID); err != nil {
			t.Fatal(err)
		}
		without := strings.Replace(students, "1;Lena;Weber;6b;19.05.2014;AG Theater\n", "", 1)
		_, done := w.take(t, roster.Students, without)
		if len(done.Left) != 2 { // with Sabine, who has no other child here
			t.Errorf("left: %v", done.Left)
		}
		lena, err = people.ByLogin(ctx, w.db, "lena.weber")
		if err != nil || lena.State != people.Left || lena.Deletes != w.now.AddDate(0, 0, 42).UnixMilli() {
			t.Errorf("%+v %v", lena, err)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM session WHERE ended = 0`); n != 0 {
			t.Error("a session goes on")
		}
		if n := w.count(t, `SELECT COUNT(*) FROM person WHERE state = 'left' AND followed = 1 AND family = 'Weber'`); n != 1 {
			t.Errorf("%d guardians followed", n)
		}
		w.same(t, roster.Students, without)
		_, done = w.take(t, roster.Students, students)
		if len(done.Left) != 0 {
			t.Errorf("left: %v", done.Left)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM person WHERE state = 'left' OR deletes > 0`); n != 0 {
			t.Errorf("%d have not come back", n)
		}
		groups, err := people.Groups(ctx, w.db, lena.ID)
		if err != nil || len(groups) != 3 {
			t.Errorf("%+v %v", groups, err)
		}
		w.same(t, roster.Students, students)
	})
}

const guardians = `Vorname;Nachname;Kind-ID;E-Mail;Telefonnummer;Sprache
Sabine;Weber;1;sabine@example.org;;Deutsch
Erika;Groß;2;erika@example.org;0171 1234567;Türkisch
Erika;Groß;3;;+49 171 1234567;
Karl;Test;4;karl@example.org;;
Karl;Test;3;other@example.org;;
`

func TestGuardians(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.take(t, roster.Students, students)
		preview, done := w.take(t, roster.Guardians, guardians)
		if preview.Counts["new"] != 4 || len(preview.Doubtful) != 1 || len(done.Created) != 0 {
			t.Fatalf("%+v %+v", preview, done)
		}
		w.same(t, roster.Guardians, guardians)
		erika, err := people.ByLogin(t.Context(), w.db, "erika@example.org")
		if err != nil || erika.Language != "tr" || erika.Login != erika.ID || erika.Wire().Login != "" || erika.Registered() {
			t.Fatalf("%+v %v", erika, err)
		}
		children, err := people.Children(t.Context(), w.db, erika.ID)
		if err != nil || len(children) != 2 {
			t.Errorf("%+v %v", children, err)
		}
		var karls []people.Person
		if err := w.db.Select(t.Context(), &karls, `SELECT * FROM person WHERE given = 'Karl' ORDER BY id`); err != nil || len(karls) != 2 {
			t.Fatal(karls, err)
		}
		err = w.db.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return people.Merge(ctx, tx, &karls[0], &karls[1]) })
		if err != nil {
			t.Fatal(err)
		}
		if children, err = people.Children(t.Context(), w.db, karls[0].ID); err != nil || len(children) != 2 {
			t.Errorf("%+v %v", children, err)
		}
		w.same(t, roster.Guardians, guardians)
	})
}

func TestConfirm(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		p, err := w.Read(ctx, "by", roster.Students, strings.NewReader(students), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Confirm(ctx, "other", p.ID, "", true); !errors.Is(err, intake.ErrGone) {
			t.Errorf("somebody else: %v", err)
		}
		w.now = w.now.Add(time.Hour)
		if _, err := w.Confirm(ctx, "by", p.ID, "", true); !errors.Is(err, intake.ErrGone) {
			t.Errorf("after an hour: %v", err)
		}
		if p, err = w.Read(ctx, "by", roster.Students, strings.NewReader(students), nil); err != nil {
			t.Fatal(err)
		}
		err = people.Create(ctx, w.db, &people.Person{ID: "x", Login: "lena.weber", Given: "L", Family: "W", Role: wire.RoleStaff})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Confirm(ctx, "by", p.ID, "", true); !errors.Is(err, intake.ErrChanged) {
			t.Errorf("changed: %v", err)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM person`) + w.count(t, `SELECT COUNT(*) FROM grp`) + w.count(t, `SELECT COUNT(*) FROM audit`); n != 1 {
			t.Errorf("%d rows were written", n)
		}
		if _, err := w.Confirm(ctx, "by", p.ID, "", true); err != nil {
			t.Errorf("the new preview: %v", err)
		}
		if _, err := people.ByLogin(ctx, w.db, "lena.weber2"); err != nil {
			t.Error(err)
		}
	})
}

func TestManyLeave(t *testing.T) {
	w := made(t, sqlite(t), school.StartCode)
	w.take(t, roster.Students, many(100))
	p, err := w.Read(t.Context(), "by", roster.Students, strings.NewReader(many(50)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if out := p.Wire("de"); !out.ManyLeave || out.Why == "" || out.Counts["leaving"] != 50 {
		t.Errorf("%+v", out)
	}
	if _, err := w.Confirm(t.Context(), "by", p.ID, "", false); !errors.Is(err, intake.ErrAsk) {
		t.Errorf("not asked: %v", err)
	}
	if n := w.count(t, `SELECT COUNT(*) FROM person WHERE state = 'left'`); n != 0 {
		t.Errorf("%d left", n)
	}
}

// A list without the last administrator would lock everybody out.
func TestLastAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const both = "Import-ID;Vorname;Nachname\n1;Anna;Schmidt\n2;Bernd;Richter\n"
		w.take(t, roster.Teachers, both)
		if _, err := w.db.Exec(t.Context(), `UPDATE person SET admin = 1 WHERE login = 'anna.schmidt'`); err != nil {
			t.Fatal(err)
		}
		p, err := w.Read(t.Context(), "by", roster.Teachers, strings.NewReader("Import-ID;Vorname;Nachname\n2;Bernd;Richter\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Confirm(t.Context(), "by", p.ID, "", true); !errors.Is(err, intake.ErrLastAdmin) {
			t.Errorf("got %v", err)
		}
		if n := w.count(t, `SELECT COUNT(*) FROM person WHERE state = 'left'`); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}

func TestDecide(t *testing.T) {
	w := made(t, sqlite(t), school.StartBorn)
	w.take(t, roster.Students, "Vorname;Nachname;Geburtsdatum;Klasse\nLena;Weber;19.05.2014;5a\n")
	lena, err := people.ByLogin(t.Context(), w.db, "lena.weber")
	if err != nil || lena.StartKind != people.StartBorn || lena.StartHash != "" {
		t.Fatalf("%+v %v", lena, err)
	}
	const renamed = "Vorname;Nachname;Geburtsdatum;Klasse\nLena;Kurz;19.05.2014;5a\n"
	p, err := w.Read(t.Context(), "by", roster.Students, strings.NewReader(renamed), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := p.Wire("de")
	if len(out.Changes) != 1 || out.Changes[0].What != "unclear" || len(out.Changes[0].People) != 1 || out.Changes[0].People[0].ID != lena.ID {
		t.Fatalf("%+v", out.Changes)
	}
	p, err = w.Decide(t.Context(), "by", p.ID, map[int]roster.Decision{2: {As: lena.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirm(t.Context(), "by", p.ID, "", false); err != nil {
		t.Fatal(err)
	}
	if lena, err = people.ByLogin(t.Context(), w.db, "lena.weber"); err != nil || lena.Family != "Kurz" {
		t.Errorf("%+v %v", lena, err)
	}
	w.same(t, roster.Students, renamed)
}

// What cannot be a list says so, and nothing is written.
func TestRefused(t *testing.T) {
	w := made(t, sqlite(t), school.StartCode)
	for name, c := range map[string]struct{ text, says string }{
		"empty":        {"", "leer"},
		"PDF":          {"%PDF-1.7\n%\xe2\xe3", "PDF"},
		"200,000 rows": {"Vorname;Nachname\n" + strings.Repeat("Max;Muster\n", 200_000), "zu viele Zeilen"},
	} {
		_, err := w.Read(t.Context(), "by", roster.Students, strings.NewReader(c.text), nil)
		var refused *roster.RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if out := intake.Refused(roster.Students, refused, "de"); out.ID != "" || len(out.Problems) != 1 || !strings.Contains(out.Problems[0].Text, c.says) {
			t.Errorf("%s: %+v", name, out)
		}
	}
	for name, c := range map[string]struct{ row, says string }{
		"300 characters":         {"9;" + strings.Repeat("x", 300) + ";B;7b;;", "Zeile 2, Spalte „Vorname“: Der Eintrag hat 300 Zeichen"},
		"right-to-left override": {"9;A;B\u202eC;7b;;", "Schreibrichtung"},
		"31 February":            {"9;A;B;7b;31.02.2012;", "„31.02.2012“ gibt es nicht"},
		"same Import-ID":         {"9;A;B;7b;;\n9;C;D;7b;;", "steht in den Zeilen 2, 3"},
	} {
		p, err := w.Read(t.Context(), "by", roster.Students, strings.NewReader("Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n"+c.row+"\n"), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out := p.Wire("de")
		if len(out.Problems) == 0 || !strings.Contains(out.Problems[0].Text, c.says) || out.Counts["new"] != 0 {
			t.Errorf("%s: %+v", name, out)
		}
	}
	if n := w.count(t, `SELECT COUNT(*) FROM person`) + w.count(t, `SELECT COUNT(*) FROM grp`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func sqlite(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// many is a list of n students.
func many(n int) string {
	var b strings.Builder
	b.WriteString("Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n")
	for i := range n {
		fmt.Fprintf(&b, "i%d;Vorname%d;Nachname%d;%d%c;%02d.%02d.2012;Kurs M %d,AG %d\n", i, i%300, i/300, 5+i/30%8, 'a'+rune(i/240%6), 1+i%28, 1+i%12, i%40, i%50)
	}
	return b.String()
}

// BenchmarkImport takes in a list of 4,000 rows, from the file to the last fsync.
func BenchmarkImport(b *testing.B) {
	text := many(4000)
	for b.Loop() {
		b.StopTimer()
		w := made(b, sqlite(b), school.StartCode)
		b.StartTimer()
		if _, done := w.take(b, roster.Students, text); len(done.Created) != 4000 {
			b.Fatal(len(done.Created))
		}
	}
}

func TestFourThousandRowsInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	w := made(t, sqlite(t), school.StartCode)
	begin := time.Now()
	w.take(t, roster.Students, many(4000))
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("4,000 rows took %v", took)
	}
	w.same(t, roster.Students, many(4000))
}
