package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
)

// MergePerson implements module.Merger: what one guardian has of letters becomes the
// other's, who keeps what both have.
func (m *Module) MergePerson(ctx context.Context, tx *db.Tx, into, from string) error {
	if _, err := count(ctx, tx, 1); err != nil {
		return err
	}
	for _, query := range []string{
		`INSERT INTO letter_box (letter, person, seq, sent, read_at, archived, gone, digest, bounce)
			SELECT letter, CAST($1 AS TEXT), seq, sent, read_at, archived, gone, 0, '' FROM letter_box WHERE person = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO letter_to (letter, person, child) SELECT letter, CAST($1 AS TEXT), child FROM letter_to WHERE person = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO letter_answer (letter, person, child, name, confirmed, options, text, lang, german, at)
			SELECT letter, CAST($1 AS TEXT), child, name, confirmed, options, text, lang, german, at FROM letter_answer WHERE person = $2
			ON CONFLICT DO NOTHING`,
	} {
		if _, err := tx.Exec(ctx, query, into, from); err != nil {
			return fmt.Errorf("letters of %s for %s: %w", from, into, err)
		}
	}
	var letters []string
	if err := tx.Select(ctx, &letters, `SELECT letter FROM letter_box WHERE person = $1 ORDER BY sent`, from); err != nil {
		return fmt.Errorf("letters of %s: %w", from, err)
	}
	seq, err := count(ctx, tx, len(letters)) // one for each: an inbox is read on from a number
	if err != nil {
		return err
	}
	for i, letter := range letters {
		if _, err := tx.Exec(ctx, `UPDATE letter_box SET seq = $3 WHERE letter = $1 AND person = $2`, letter, into, seq+int64(i)); err != nil {
			return fmt.Errorf("letter %s for %s: %w", letter, into, err)
		}
	}
	if err := execAll(ctx, tx, from, slices.Concat([]string{
		`DELETE FROM letter_answer WHERE person = $1`, `DELETE FROM letter_to WHERE person = $1`,
	}, ownOnly)); err != nil {
		return err
	}
	// Where each guardian answers, the other's answer is waited for no longer.
	return refreshAll(ctx, tx, into, `
		SELECT t.letter, t.child, l.ask FROM letter_to t
			JOIN letter_row r ON r.letter = t.letter AND r.person = t.child JOIN letter l ON l.id = t.letter
			JOIN letter_answer a ON a.letter = t.letter AND a.person = t.person AND a.child = ''
		WHERE t.person = $1 AND r.answered = 0`)
}

// ExportPerson implements module.Exporter.
func (m *Module) ExportPerson(ctx context.Context, id string, out module.Export) error {
	var letters []string
	if err := m.db.Select(ctx, &letters, `SELECT letter FROM letter_box WHERE person = $1 AND gone = 0 ORDER BY sent`, id); err != nil {
		return fmt.Errorf("letters of %s: %w", id, err)
	}
	for from := 0; from < len(letters); from += pageSize {
		page, err := m.load(ctx, m.db, id, letters[from:min(from+pageSize, len(letters))])
		if err != nil {
			return err
		}
		for i := range page {
			l := &page[i]
			if err := out.JSON("briefe/"+l.Sent.Format(time.DateOnly)+" "+l.ID+".json", l); err != nil {
				return err
			}
		}
	}
	var answers []struct {
		Letter  string `db:"letter" json:"letter"`
		Child   string `db:"child" json:"child,omitempty"`
		Options string `db:"options" json:"options,omitempty"`
		Text    string `db:"text" json:"text,omitempty"`
		At      int64  `db:"at" json:"at"`
	}
	if err := m.db.Select(ctx, &answers, `SELECT letter, child, options, text, at FROM letter_answer WHERE person = $1 ORDER BY at`, id); err != nil {
		return fmt.Errorf("answers of %s: %w", id, err)
	}
	if len(answers) > 0 {
		return out.JSON("antworten.json", answers)
	}
	return nil
}
