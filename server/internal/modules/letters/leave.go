package letters

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/wire"
)

// goneMark begins the id of somebody who was deleted: a random one in each letter, so
// that nothing leads from it to the person or to another letter.
const goneMark = "gone-"

func isGone(id string) bool { return strings.HasPrefix(id, goneMark) }

// ownOnly deletes what nobody but the person $1 has of letters.
var ownOnly = []string{
	`DELETE FROM letter_box WHERE person = $1`,
	`DELETE FROM letter_notice WHERE person = $1`,
	`DELETE FROM letter_wide WHERE person = $1`,
	`DELETE FROM letter_key WHERE person = $1`,
}

// unsent deletes the letters that the person $1 has begun, and takes the person out
// of those of others.
var unsent = []string{
	`DELETE FROM letter_file WHERE letter IN (SELECT id FROM letter WHERE author = $1 AND state IN ('draft', 'scheduled'))`,
	`DELETE FROM letter_sender WHERE letter IN (SELECT id FROM letter WHERE author = $1 AND state IN ('draft', 'scheduled'))`,
	`DELETE FROM letter WHERE author = $1 AND state IN ('draft', 'scheduled')`,
	`DELETE FROM letter_sender WHERE person = $1 AND letter IN (SELECT id FROM letter WHERE state IN ('draft', 'scheduled'))`,
}

// unnamed takes the name and the id of the person $1 off what stays, once letter_alias
// says who is called what.
var unnamed = []string{
	`UPDATE letter_version SET author = '' WHERE letter IN (SELECT letter FROM letter_sender WHERE person = $1)
		AND author IN (SELECT name FROM letter_sender WHERE person = $1)`,
	`UPDATE letter SET author = (SELECT a.alias FROM letter_alias a WHERE a.letter = letter.id AND a.person = letter.author), fill = ''
		WHERE author = $1 AND id IN (SELECT letter FROM letter_alias WHERE person = $1)`,
	`UPDATE letter_sender SET name = '', person = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_sender.letter AND a.person = letter_sender.person)
		WHERE person = $1`,
	`UPDATE letter_answer SET name = '', entered = '' WHERE entered = $1 AND entered <> ''`,
	`UPDATE letter_answer SET name = '', person = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_answer.letter AND a.person = letter_answer.person)
		WHERE (letter, person) IN (SELECT letter, person FROM letter_alias) AND (person = $1 OR child IN ('', $1))`,
	`UPDATE letter_answer SET child = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_answer.letter AND a.person = letter_answer.child)
		WHERE child = $1 AND letter IN (SELECT letter FROM letter_alias WHERE person = $1)`,
	`UPDATE letter_to SET person = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_to.letter AND a.person = letter_to.person)
		WHERE (letter, person) IN (SELECT letter, person FROM letter_alias) AND (person = $1 OR child = $1)`,
	`UPDATE letter_to SET child = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_to.letter AND a.person = letter_to.child)
		WHERE child = $1 AND letter IN (SELECT letter FROM letter_alias WHERE person = $1)`,
	`UPDATE letter_row SET person = (
			SELECT a.alias FROM letter_alias a WHERE a.letter = letter_row.letter AND a.person = letter_row.person)
		WHERE person = $1`,
}

// ForgetPerson implements module.Forgetter. Letters that the person sent stay for
// their readers, and answers, and rows of reports, all without the name: what is
// left of the person in one letter cannot be told to be the same person's as what is
// left in another. A letter's text stays as it was sent, also where it is signed.
func (m *Module) ForgetPerson(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := count(ctx, tx, 1); err != nil { // holds others back: letter_alias is one table
		return err
	}
	if err := execAll(ctx, tx, id, slices.Concat(ownOnly, unsent)); err != nil {
		return err
	}
	if err := forgetTarget(ctx, tx, id); err != nil {
		return err
	}
	if err := rename(ctx, tx, id); err != nil {
		return err
	}
	if err := touchReaders(ctx, tx, id); err != nil {
		return err
	}
	if err := execAll(ctx, tx, id, unnamed); err != nil {
		return err
	}
	if err := lastOf(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM letter_alias`); err != nil {
		return fmt.Errorf("other ids of %s: %w", id, err)
	}
	return nil
}

func execAll(ctx context.Context, tx *db.Tx, id string, queries []string) error {
	for _, query := range queries {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("letters of %s: %w", id, err)
		}
	}
	return nil
}

// rename gives a person another id in each letter. So are the guardians of a child
// called in the letters about it, or they would say whose row it was: but not where
// one answer of theirs stands for a brother or sister too.
func rename(ctx context.Context, tx *db.Tx, id string) error {
	var rows []struct {
		Letter string `db:"letter"`
		Person string `db:"person"`
	}
	if err := tx.Select(ctx, &rows, `
		SELECT letter, person FROM letter_sender WHERE person = $1
		UNION SELECT letter, person FROM letter_row WHERE person = $1
		UNION SELECT letter, person FROM letter_to WHERE person = $1
		UNION SELECT t.letter, t.person FROM letter_row r JOIN letter_to t ON t.letter = r.letter AND t.child = r.person
			WHERE r.person = $1 AND t.person NOT LIKE '`+goneMark+`%' AND NOT EXISTS (
				SELECT 1 FROM letter_answer w JOIN letter_to o ON o.letter = w.letter AND o.person = w.person AND o.child <> t.child
				WHERE w.letter = t.letter AND w.person = t.person AND w.child = '')`, id); err != nil {
		return fmt.Errorf("letters of %s: %w", id, err)
	}
	const batch = 200
	for part := range slices.Chunk(rows, batch) {
		var list args
		values := make([]string, len(part))
		for i, r := range part {
			values[i] = "(" + list.add(r.Letter) + ", " + list.add(r.Person) + ", " + list.add(goneMark+strings.ToLower(rand.Text())) + ")"
		}
		if _, err := tx.Exec(ctx, `INSERT INTO letter_alias (letter, person, alias) VALUES `+strings.Join(values, ", "), list...); err != nil {
			return fmt.Errorf("other ids of %s: %w", id, err)
		}
	}
	return nil
}

// touchReaders counts up the boxes of those who see something else from now on: the
// readers of what the person sent, the guardians of the same child, and those of a
// child for which the person entered an answer.
func touchReaders(ctx context.Context, tx *db.Tx, id string) error {
	var rows []struct {
		Letter string `db:"letter"`
		Sender bool   `db:"sender"`
	}
	if err := tx.Select(ctx, &rows, `
		SELECT a.letter, MAX(CASE WHEN s.letter IS NULL THEN 0 ELSE 1 END) AS sender
		FROM (SELECT letter FROM letter_alias UNION SELECT letter FROM letter_answer WHERE entered = $1 AND entered <> '') a
			LEFT JOIN letter_sender s ON s.letter = a.letter AND s.person = $1 GROUP BY a.letter`, id); err != nil {
		return fmt.Errorf("readers of %s: %w", id, err)
	}
	seq, err := count(ctx, tx, len(rows)) // one for each: an inbox is read on from a number
	if err != nil {
		return err
	}
	for i, r := range rows {
		list := args{r.Letter, seq + int64(i)}
		query := `UPDATE letter_box SET seq = $2 WHERE letter = $1`
		if !r.Sender {
			me := list.add(id)
			query += ` AND person IN (
				SELECT o.person FROM letter_to t JOIN letter_to o ON o.letter = t.letter AND o.child = t.child
				WHERE t.letter = $1 AND t.child <> '' AND (t.person = ` + me + ` OR t.child = ` + me + `
					OR EXISTS (SELECT 1 FROM letter_answer w WHERE w.letter = t.letter AND w.child = t.child AND w.entered = ` + me + `)))`
		}
		if _, err := tx.Exec(ctx, query, list...); err != nil {
			return fmt.Errorf("boxes of letter %s: %w", r.Letter, err)
		}
	}
	return nil
}

// lastOf works out anew which rows are answered that waited for a guardian alone.
func lastOf(ctx context.Context, tx *db.Tx, id string) error {
	return refreshAll(ctx, tx, id, `
		SELECT t.letter, t.child, l.ask FROM letter_alias a JOIN letter_to t ON t.letter = a.letter AND t.person = a.alias
			JOIN letter_row r ON r.letter = t.letter AND r.person = t.child JOIN letter l ON l.id = t.letter
		WHERE a.person = $1 AND r.answered = 0`)
}

// refreshAll works out anew which rows are answered, of those that query gives for a person.
func refreshAll(ctx context.Context, tx *db.Tx, id, query string) error {
	var rows []struct {
		Letter string `db:"letter"`
		Child  string `db:"child"`
		Ask    string `db:"ask"`
	}
	if err := tx.Select(ctx, &rows, query, id); err != nil {
		return fmt.Errorf("rows that wait for %s: %w", id, err)
	}
	for _, r := range rows {
		ask, err := unjson[wire.Ask](r.Ask)
		if err != nil {
			return err
		}
		if err := refresh(ctx, tx, r.Letter, ask.PerChild, []string{r.Child}); err != nil {
			return err
		}
	}
	return nil
}

// forgetTarget takes a child that letters were addressed to by name out of their
// addressees: of those that were sent the name, of others the child.
func forgetTarget(ctx context.Context, tx *db.Tx, id string) error {
	var rows []struct {
		ID      string `db:"id"`
		State   string `db:"state"`
		Targets string `db:"targets"`
	}
	if err := tx.Select(ctx, &rows, `SELECT id, state, targets FROM letter WHERE targets LIKE $1`, `%"`+id+`"%`); err != nil {
		return fmt.Errorf("letters to %s: %w", id, err)
	}
	for _, r := range rows {
		to, err := unjson[[]wire.Target](r.Targets)
		if err != nil {
			return err
		}
		one := func(t wire.Target) bool { return t.Kind == toChild && t.ID == id }
		if r.State == stateDraft || r.State == stateScheduled {
			to = slices.DeleteFunc(to, one)
		}
		for i := range to {
			if one(to[i]) {
				to[i].ID, to[i].Name = "", ""
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE letter SET targets = $2 WHERE id = $1`, r.ID, tojson(to)); err != nil {
			return fmt.Errorf("addressees of letter %s: %w", r.ID, err)
		}
	}
	return nil
}
