package letters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/translate"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type answerInput struct {
	OfLetter
	Keyed
	Body wire.GiveAnswer
}

type letterAnswer struct{ Body wire.Letter }

// answer takes the caller's answer, in the place of the one before.
func (m *Module) answer(ctx context.Context, in *answerInput) (*letterAnswer, error) {
	a := askerOf(ctx)
	in.Body.Text = strings.TrimSpace(strings.ReplaceAll(in.Body.Text, "\x00", ""))
	out := &letterAnswer{}
	var tell []string
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"answer", in.ID, in.Body}, func() (wire.Letter, error) {
			seq, err := count(ctx, tx, 1)
			if err != nil {
				return wire.Letter{}, err
			}
			l, err := m.one(ctx, tx, a.ID, in.ID)
			if err != nil {
				return wire.Letter{}, err
			}
			if err := m.checkAnswer(&l, &in.Body); err != nil {
				return wire.Letter{}, err
			}
			if tell, err = m.keepAnswer(ctx, tx, a, &l, &in.Body, seq); err != nil {
				return wire.Letter{}, err
			}
			return m.one(ctx, tx, a.ID, in.ID)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.d.Jobs.Wake()
	m.changed(append([]string{a.ID}, tell...))
	m.tellReport(ctx, a.ID, in.ID)
	return out, nil
}

// checkAnswer refuses an answer that the letter does not ask for, that misses a part,
// or that comes too late.
func (m *Module) checkAnswer(l *wire.Letter, g *wire.GiveAnswer) error {
	if l.Ask.Deadline != nil && m.d.Now().After(*l.Ask.Deadline) {
		return web.Refuse(http.StatusConflict, wire.CodeLetterClosed, "The time for answers is over. Please turn to the school.")
	}
	if g.Lang != "" && !language.MatchString(g.Lang) {
		g.Lang = ""
	}
	perChild := l.Ask.PerChild && len(l.Children) > 0
	switch {
	case perChild && !concerns(l, g.Child):
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "Say for which of your children the answer is.")
	case !perChild && g.Child != "":
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This letter is answered once, not for each child.")
	}
	if err := fits(&l.Ask, g.Read, g.Options, g.Text); err != nil {
		return err
	}
	if missing := lacking(&l.Ask, g); len(missing) > 0 {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterMust, "A part of the answer that the school needs is missing.",
			"missing", strings.Join(missing, ","))
	}
	return nil
}

// concerns says whether a letter concerns a child.
func concerns(l *wire.Letter, child string) bool {
	return slices.ContainsFunc(l.Children, func(c wire.LetterChild) bool { return c.ID == child })
}

// lacking gives the parts that a letter requires and an answer does not have.
func lacking(ask *wire.Ask, g *wire.GiveAnswer) []string {
	has := map[string]bool{partRead: g.Read, partChoice: len(g.Options) > 0, partText: g.Text != ""}
	var missing []string
	for _, part := range ask.Must {
		if !has[part] {
			missing = append(missing, part)
		}
	}
	return missing
}

// fits refuses what a letter does not ask for.
func fits(ask *wire.Ask, read bool, options []int, text string) error {
	chosen := len(options) > 0
	wanted := (!read || ask.Read) && (text == "" || ask.Text) && (!chosen || ask.Choice != nil)
	if !wanted || !read && !chosen && text == "" {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The letter does not ask for this answer.")
	}
	if !chosen {
		return nil
	}
	return fitsChoice(ask.Choice, options)
}

// fitsChoice refuses options that cannot be chosen.
func fitsChoice(c *wire.Choice, options []int) error {
	if len(options) > 1 && !c.Several {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "Only one option can be chosen.")
	}
	seen := map[int]bool{}
	for _, o := range options {
		if o < 0 || o >= len(c.Options) || seen[o] {
			return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "There is no such option.")
		}
		seen[o] = true
	}
	return nil
}

// keepAnswer writes an answer down and gives the others who see it.
func (m *Module) keepAnswer(ctx context.Context, tx *db.Tx, a asker, l *wire.Letter, g *wire.GiveAnswer, seq int64) ([]string, error) {
	now := m.d.Now().UnixMilli()
	row := answerRow{
		Letter: l.ID, Person: a.ID, Child: g.Child, Name: a.Name, Confirmed: g.Read, Options: tojson(g.Options), Text: g.Text, Lang: g.Lang, At: now,
	}
	if err := upsert(ctx, tx, &row); err != nil {
		return nil, err
	}
	if g.Text != "" && g.Lang != defaultLang && m.d.Tongue.On() {
		job := jobs.Job{
			Kind: jobGerman, Key: l.ID + ":" + a.ID + ":" + g.Child,
			Payload: german{Letter: l.ID, Person: a.ID, Child: g.Child, At: now},
		}
		if err := m.d.Jobs.Enqueue(ctx, tx, job); err != nil {
			return nil, err
		}
	}
	read := true
	if _, err := m.flag(ctx, tx, a.ID, l.ID, seq, &wire.Flags{Read: &read}); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_box SET seq = $3 WHERE letter = $1 AND person = $2`, l.ID, a.ID, seq); err != nil {
		return nil, fmt.Errorf("box of %s: %w", a.ID, err)
	}
	rows := []string{a.ID}
	for _, c := range l.Children {
		rows = append(rows, c.ID)
	}
	if err := refresh(ctx, tx, l.ID, l.Ask.PerChild, rows); err != nil {
		return nil, err
	}
	return touch(ctx, tx, l.ID, g.Child, seq)
}

// touch counts up the boxes of all who see the answers for a child.
func touch(ctx context.Context, tx *db.Tx, letter, child string, seq int64) ([]string, error) {
	if child == "" {
		return nil, nil
	}
	var people []string
	if err := tx.Select(ctx, &people, `
		UPDATE letter_box SET seq = $3 WHERE letter = $1 AND person IN (SELECT person FROM letter_to WHERE letter = $1 AND child = $2)
		RETURNING person`, letter, child, seq); err != nil {
		return nil, fmt.Errorf("boxes of letter %s: %w", letter, err)
	}
	return people, nil
}

func upsert(ctx context.Context, tx *db.Tx, r *answerRow) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_answer (letter, person, child, name, confirmed, options, text, lang, german, at, entered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10)
		ON CONFLICT (letter, person, child) DO UPDATE SET name = excluded.name, confirmed = excluded.confirmed, options = excluded.options,
			text = excluded.text, lang = excluded.lang, german = '', at = excluded.at, entered = excluded.entered`,
		r.Letter, r.Person, r.Child, r.Name, truth(r.Confirmed), r.Options, r.Text, r.Lang, r.At, r.Entered); err != nil {
		return fmt.Errorf("answer of %s to %s: %w", r.Person, r.Letter, err)
	}
	return nil
}

// refresh works out anew which rows of a report are answered. Where each guardian
// answers, a child's row is when all who can have done so; an answer on paper counts
// for the child.
func refresh(ctx context.Context, tx *db.Tx, letter string, perChild bool, rows []string) error {
	list := args{letter}
	done := `EXISTS (SELECT 1 FROM letter_answer a WHERE a.letter = letter_row.letter AND (a.child = letter_row.person
		OR letter_row.staff = 1 AND a.person = letter_row.person AND a.child = ''))`
	if !perChild {
		done = `(` + done + ` OR EXISTS (
			SELECT 1 FROM letter_to t JOIN letter_answer a ON a.letter = t.letter AND a.person = t.person AND a.child = ''
			WHERE t.letter = letter_row.letter AND t.child = letter_row.person)
		AND NOT EXISTS (
			SELECT 1 FROM letter_to t JOIN person p ON p.id = t.person JOIN guardian g ON g.guardian_id = t.person AND g.child_id = t.child
			WHERE t.letter = letter_row.letter AND t.child = letter_row.person AND ` + reachable + ` AND NOT EXISTS (
				SELECT 1 FROM letter_answer a WHERE a.letter = t.letter AND a.person = t.person AND a.child = '')))`
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_row SET answered = CASE WHEN `+done+` THEN 1 ELSE 0 END
		WHERE letter = $1 AND person IN `+list.in(rows), list...); err != nil {
		return fmt.Errorf("rows of letter %s: %w", letter, err)
	}
	return nil
}

// german is the job of translating an answer for the report.
type german struct {
	Letter string `json:"letter"`
	Person string `json:"person"`
	Child  string `json:"child"`
	At     int64  `json:"at"`
}

// germanDue translates an answer. A translator that is down is asked again later.
func (m *Module) germanDue(ctx context.Context, payload json.RawMessage) error {
	var g german
	if err := json.Unmarshal(payload, &g); err != nil {
		return fmt.Errorf("which answer: %w", err)
	}
	var r answerRow
	err := m.db.Get(ctx, &r, `SELECT * FROM letter_answer WHERE letter = $1 AND person = $2 AND child = $3 AND at = $4`, g.Letter, g.Person, g.Child, g.At)
	if errors.Is(err, db.ErrNotFound) {
		return nil // changed since
	}
	if err != nil {
		return fmt.Errorf("answer to translate: %w", err)
	}
	text, err := m.d.Tongue.Translate(ctx, r.Text, r.Lang, defaultLang)
	if errors.Is(err, translate.ErrOff) || errors.Is(err, translate.ErrLanguage) || errors.Is(err, translate.ErrTooLong) {
		return nil // the report shows the original
	}
	if err != nil {
		return err
	}
	if text == r.Text {
		return nil
	}
	if _, err := m.db.Exec(ctx, `UPDATE letter_answer SET german = $5 WHERE letter = $1 AND person = $2 AND child = $3 AND at = $4`,
		g.Letter, g.Person, g.Child, g.At, text); err != nil {
		return fmt.Errorf("translated answer: %w", err)
	}
	m.tellReport(ctx, g.Person, g.Letter)
	return nil
}

type paperInput struct {
	OfLetter
	Keyed
	Body wire.PaperAnswer
}

// paper enters an answer that came on paper, also after the deadline.
func (m *Module) paper(ctx context.Context, in *paperInput) (*reportAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	in.Body.Text = strings.TrimSpace(strings.ReplaceAll(in.Body.Text, "\x00", ""))
	if !anID.MatchString(in.Body.Child) || isGone(in.Body.Child) {
		return nil, web.ErrNotFound
	}
	var tell []string
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		_, _, err := once(ctx, m, tx, a.ID, in.Key, []any{"paper", in.ID, in.Body}, func() (struct{}, error) {
			var err error
			tell, err = m.keepPaper(ctx, tx, a, in.ID, &in.Body)
			return struct{}{}, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.changed(tell)
	who, err := reporters(ctx, m.db, in.ID, in.Body.Child)
	if err != nil {
		return nil, err
	}
	m.reported(in.ID, who)
	return m.report(ctx, &OfLetter{in.ID})
}

func (m *Module) keepPaper(ctx context.Context, tx *db.Tx, a asker, id string, p *wire.PaperAnswer) ([]string, error) {
	seq, err := count(ctx, tx, 1)
	if err != nil {
		return nil, err
	}
	list := args{id, p.Child}
	var text string
	err = tx.Get(ctx, &text, `SELECT l.ask FROM letter_row r JOIN letter l ON l.id = r.letter
		WHERE l.id = $1 AND l.state = 'sent' AND r.person = $2 AND `+seesRow(a, &list), list...)
	if err != nil {
		return nil, fmt.Errorf("row %s of letter %s: %w", p.Child, id, err)
	}
	ask, err := unjson[wire.Ask](text)
	if err != nil {
		return nil, err
	}
	if err := fits(&ask, p.Read, p.Options, p.Text); err != nil {
		return nil, err
	}
	row := answerRow{
		Letter: id, Child: p.Child, Name: a.Name, Confirmed: p.Read, Options: tojson(p.Options), Text: p.Text, Lang: defaultLang,
		At: m.d.Now().Truncate(time.Millisecond).UnixMilli(), Entered: a.ID,
	}
	if err := upsert(ctx, tx, &row); err != nil {
		return nil, err
	}
	if err := refresh(ctx, tx, id, ask.PerChild, []string{p.Child}); err != nil {
		return nil, err
	}
	return touch(ctx, tx, id, p.Child, seq)
}
