package letters

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// TestMigrate brings the tables of a school up to date that has letters already: none
// is lost, and a teacher who leaves afterwards is named nowhere, not as one who
// entered an answer before either.
func TestMigrate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, m := t.Context(), &Module{db: d}
		first, err := fs.ReadFile(m.Migrations(), "00001_letters.sql")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, "people", people.Migrations()); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, "letters", fstest.MapFS{"00001_letters.sql": {Data: first}}); err != nil {
			t.Fatal(err)
		}
		err = d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			for _, p := range []people.Person{
				{ID: "t", Login: "anna.schmidt", Given: "Anna", Family: "Schmidt", Role: wire.RoleTeacher},
				{ID: "c", Login: "tom.test", Given: "Tom", Family: "Test", Role: wire.RoleStudent},
				{ID: "g", Login: "e@example.org", Given: "Erika", Family: "Musterfrau", Role: wire.RoleGuardian},
			} {
				if err := people.Create(ctx, tx, &p); err != nil {
					return err
				}
			}
			if err := m.insert(ctx, tx, "l", "t"); err != nil {
				return err
			}
			for _, query := range []string{
				`UPDATE letter SET state = 'sent', sent = 1, version = 1 WHERE id = 'l'`,
				`INSERT INTO letter_sender (letter, person, pos, name) VALUES ('l', 't', 0, 'Anna Schmidt')`,
				`INSERT INTO letter_version (letter, version, subject, markdown, versions, changed, at, author) VALUES ('l', 1, 'a', 'b', '', '', 1, 'Anna Schmidt')`,
				`INSERT INTO letter_row (letter, person, staff, class, read_at, answered) VALUES ('l', 'c', 0, '7b', 5, 1)`,
				`INSERT INTO letter_to (letter, person, child) VALUES ('l', 'g', 'c')`,
				`INSERT INTO letter_answer (letter, person, child, name, confirmed, options, text, lang, german, at) VALUES ('l', '', 'c', 'Anna Schmidt', 1, '', '', 'de', '', 7)`,
			} {
				if _, err := tx.Exec(ctx, query); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, "letters", m.Migrations()); err != nil {
			t.Fatal(err)
		}
		rows := func(query string, args ...any) int {
			t.Helper()
			var n int
			if err := d.Get(ctx, &n, query, args...); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if rows(`SELECT COUNT(*) FROM letter_row WHERE letter = 'l' AND person = 'c' AND class = '7b' AND read_at = 5 AND answered = 1`) != 1 ||
			rows(`SELECT COUNT(*) FROM letter_to WHERE letter = 'l' AND person = 'g' AND child = 'c'`) != 1 ||
			rows(`SELECT COUNT(*) FROM letter_answer WHERE name = 'Anna Schmidt' AND entered = 't'`) != 1 {
			t.Error("something was lost on the way")
		}
		if err := d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return m.ForgetPerson(ctx, tx, "t") }); err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{
			`SELECT COUNT(*) FROM letter_answer WHERE name <> '' OR entered <> ''`, `SELECT COUNT(*) FROM letter_sender WHERE name <> '' OR person = 't'`,
			`SELECT COUNT(*) FROM letter_version WHERE author <> ''`, `SELECT COUNT(*) FROM letter WHERE author = 't'`,
		} {
			if n := rows(query); n != 0 {
				t.Errorf("%s: %d", query, n)
			}
		}
		if rows(`SELECT COUNT(*) FROM letter_answer WHERE at = 7 AND child = 'c'`) != 1 || rows(`SELECT COUNT(*) FROM letter WHERE id = 'l' AND author LIKE $1`, goneMark+"%") != 1 {
			t.Error("the letter or its answer is gone")
		}
	})
}
