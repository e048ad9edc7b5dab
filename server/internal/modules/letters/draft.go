package letters

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Bounds of a draft, beside those that wire names.
const (
	maxDrafts   = 200 // of one author
	maxLangs    = 20
	maxText     = 60_000
	maxSubject  = 200
	maxOptions  = 50
	maxReminds  = 10
	maxValues   = 50
	maxValue    = 500
	defaultLang = "de"
)

var language = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Za-z]{2,4})?$`)

// OfLetter is the path of one letter, draft or template.
type OfLetter struct {
	ID string `path:"id" maxLength:"60" pattern:"^[A-Za-z0-9_-]+$"`
}

type draftAnswer struct{ Body wire.Draft }

// wireDraft gives a letter as its author writes it.
func wireDraft(l *letter, senders []senderRow, files []fileRow) (wire.Draft, error) {
	d := wire.Draft{
		ID: l.ID, Subject: l.Subject, Markdown: l.Markdown, Lang: l.Lang, Important: l.Important,
		SendAt: moment(l.SendAt), Rev: l.Rev, Saved: time.UnixMilli(l.Saved).UTC(), Files: wireFiles(files),
	}
	var err error
	if d.Versions, err = unjson[map[string]wire.Text](l.Versions); err != nil {
		return d, err
	}
	if d.To, err = unjson[[]wire.Target](l.Targets); err != nil {
		return d, err
	}
	if d.Ask, err = unjson[wire.Ask](l.Ask); err != nil {
		return d, err
	}
	if d.Remind, err = unjson[[]int](l.Remind); err != nil {
		return d, err
	}
	if d.Values, err = unjson[map[string]string](l.Fill); err != nil {
		return d, err
	}
	for _, s := range senders {
		if s.Pos > 0 {
			d.CoSenders, d.CoNames = append(d.CoSenders, s.Person), append(d.CoNames, s.Name)
		}
	}
	return d, nil
}

// drafts answers what the caller writes.
func (m *Module) drafts(ctx context.Context, _ *struct{}) (*struct{ Body wire.Drafts }, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	var rows []letter
	if err := m.db.Select(ctx, &rows, `
		SELECT * FROM letter WHERE author = $1 AND state IN ('draft', 'scheduled') ORDER BY saved DESC, id LIMIT $2`, a.ID, maxDrafts); err != nil {
		return nil, fmt.Errorf("drafts of %s: %w", a.ID, err)
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	senders, err := sendersOf(ctx, m.db, ids)
	if err != nil {
		return nil, err
	}
	files, err := filesOf(ctx, m.db, ids)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body wire.Drafts }{wire.Drafts{Drafts: []wire.Draft{}}}
	for i := range rows {
		d, err := wireDraft(&rows[i], senders[rows[i].ID], files[rows[i].ID])
		if err != nil {
			return nil, err
		}
		out.Body.Drafts = append(out.Body.Drafts, d)
	}
	return out, nil
}

// own gives a draft or scheduled letter of its author; db.ErrNotFound if there is none.
func own(ctx context.Context, c db.Conn, id, author string) (letter, error) {
	var l letter
	if err := c.Get(ctx, &l, `SELECT * FROM letter WHERE id = $1 AND author = $2 AND state IN ('draft', 'scheduled')`, id, author); err != nil {
		return l, fmt.Errorf("draft %s: %w", id, err)
	}
	return l, nil
}

func readDraft(ctx context.Context, c db.Conn, id, author string) (wire.Draft, error) {
	l, err := own(ctx, c, id, author)
	if err != nil {
		return wire.Draft{}, err
	}
	senders, err := sendersOf(ctx, c, []string{id})
	if err != nil {
		return wire.Draft{}, err
	}
	files, err := filesOf(ctx, c, []string{id})
	if err != nil {
		return wire.Draft{}, err
	}
	return wireDraft(&l, senders[id], files[id])
}

type draftInput struct {
	ID string `query:"id" required:"true" maxLength:"60" pattern:"^[A-Za-z0-9_-]+$"`
}

func (m *Module) draft(ctx context.Context, in *draftInput) (*draftAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	d, err := readDraft(ctx, m.db, in.ID, a.ID)
	return &draftAnswer{d}, err
}

type newDraftInput struct {
	Keyed
	Body wire.Draft
}

// newDraft begins a letter.
func (m *Module) newDraft(ctx context.Context, in *newDraftInput) (*draftAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := tidy(&in.Body); err != nil {
		return nil, err
	}
	out := &draftAnswer{}
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"new", in.Body}, func() (wire.Draft, error) {
			var n int
			if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM letter WHERE author = $1 AND state IN ('draft', 'scheduled')`, a.ID); err != nil {
				return wire.Draft{}, fmt.Errorf("number of drafts: %w", err)
			}
			if n >= maxDrafts {
				return wire.Draft{}, web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "You have 200 drafts: delete some first.")
			}
			id := m.d.ID()
			if err := m.insert(ctx, tx, id, a.ID); err != nil {
				return wire.Draft{}, err
			}
			d := in.Body // which stays as it came: it may be asked for again
			d.ID, d.Rev = id, 0
			return m.save(ctx, tx, a, &d)
		})
		return err
	})
	return out, err
}

// insert makes an empty draft, to be saved over.
func (m *Module) insert(ctx context.Context, tx *db.Tx, id, author string) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter (id, author, state, subject, markdown, lang, versions, targets, ask, remind, fill, important,
			deadline, send_at, sent, version, rev, saved, problem)
		VALUES ($1, $2, 'draft', '', '', '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, '')`, id, author); err != nil {
		return fmt.Errorf("new draft: %w", err)
	}
	return nil
}

type putDraftInput struct {
	OfLetter
	Keyed
	Body wire.Draft
}

// putDraft saves a letter that is being written. The attachments have routes of their own.
func (m *Module) putDraft(ctx context.Context, in *putDraftInput) (*draftAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := tidy(&in.Body); err != nil {
		return nil, err
	}
	in.Body.ID = in.ID
	out := &draftAnswer{}
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"put", in.Body}, func() (wire.Draft, error) { return m.save(ctx, tx, a, &in.Body) })
		return err
	})
	return out, err
}

// save writes a draft over the revision that it was read at.
func (m *Module) save(ctx context.Context, tx *db.Tx, a asker, d *wire.Draft) (wire.Draft, error) {
	n, err := tx.Exec(ctx, `
		UPDATE letter SET subject = $1, markdown = $2, lang = $3, versions = $4, targets = $5, ask = $6, remind = $7, fill = $8,
			important = $9, deadline = $10, send_at = $11, rev = rev + 1, saved = $12, problem = ''
		WHERE id = $13 AND author = $14 AND state = 'draft' AND rev = $15`,
		d.Subject, d.Markdown, d.Lang, tojson(d.Versions), tojson(d.To), tojson(d.Ask), tojson(d.Remind), tojson(d.Values),
		truth(d.Important), millis(d.Ask.Deadline), millis(d.SendAt), m.d.Now().UnixMilli(), d.ID, a.ID, d.Rev)
	if err != nil {
		return wire.Draft{}, fmt.Errorf("save draft %s: %w", d.ID, err)
	}
	if n == 0 {
		return wire.Draft{}, notSaved(ctx, tx, d.ID, a.ID)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM letter_sender WHERE letter = $1`, d.ID); err != nil {
		return wire.Draft{}, fmt.Errorf("senders of %s: %w", d.ID, err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO letter_sender (letter, person, pos, name) VALUES ($1, $2, 0, $3)`, d.ID, a.ID, a.Name); err != nil {
		return wire.Draft{}, fmt.Errorf("author of %s: %w", d.ID, err)
	}
	list := args{d.ID, a.ID}
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_sender (letter, person, pos, name)
		SELECT CAST($1 AS TEXT), p.id, 1, p.given || ' ' || p.family FROM person p
		WHERE p.role IN ('teacher', 'staff') AND p.state = 'active' AND p.id <> $2 AND p.id IN `+list.in(ids(d.CoSenders)), list...); err != nil {
		return wire.Draft{}, fmt.Errorf("co-senders of %s: %w", d.ID, err)
	}
	return readDraft(ctx, tx, d.ID, a.ID)
}

// notSaved says why a draft could not be written.
func notSaved(ctx context.Context, c db.Conn, id, author string) error {
	l, err := own(ctx, c, id, author)
	switch {
	case err != nil:
		return err
	case l.State == stateScheduled:
		return web.Refuse(http.StatusConflict, wire.CodeLetterState, "The letter waits to be sent: take it back first to change it.")
	}
	return errChanged
}

var errChanged = web.Refuse(http.StatusConflict, wire.CodeConflict, "The draft was changed elsewhere in the meantime.")

func (m *Module) deleteDraft(ctx context.Context, in *OfLetter) (*struct{}, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := count(ctx, tx, 1); err != nil { // holds back whoever sends it
			return err
		}
		if _, err := own(ctx, tx, in.ID, a.ID); err != nil {
			return err
		}
		if err := m.d.Jobs.Cancel(ctx, tx, jobSend, in.ID); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM letter_sender WHERE letter = $1`, `DELETE FROM letter_file WHERE letter = $1`, `DELETE FROM letter WHERE id = $1`,
		} {
			if _, err := tx.Exec(ctx, query, in.ID); err != nil {
				return fmt.Errorf("delete draft %s: %w", in.ID, err)
			}
		}
		return nil
	})
}

// tidy brings a draft into the form in which it is kept, and refuses what cannot be
// kept; whether it can be sent is another question.
func tidy(d *wire.Draft) error {
	plain := strings.NewReplacer("\x00", "", "\r\n", "\n")
	d.Subject, d.Markdown = plain.Replace(d.Subject), plain.Replace(d.Markdown)
	if d.Lang == "" {
		d.Lang = defaultLang
	}
	if d.To == nil {
		d.To = []wire.Target{}
	}
	if len(d.Versions) > maxLangs || len(d.Values) > maxValues || len(d.Remind) > maxReminds {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "The letter has too many languages, values or reminders.")
	}
	for i := range d.To {
		if d.To[i].Name = plain.Replace(d.To[i].Name); len(d.To[i].ID) > 60 || len(d.To[i].Name) > 300 {
			return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "An addressee makes no sense.")
		}
	}
	if err := tidyTexts(d, plain); err != nil {
		return err
	}
	if slices.ContainsFunc(d.Remind, func(days int) bool { return days < 0 || days > 60 }) {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "Reminders are sent 0 to 60 days before the deadline.")
	}
	slices.Sort(d.Remind)
	d.Remind = slices.Compact(d.Remind)
	return tidyAsk(&d.Ask)
}

// tidyTexts does so with the texts in other languages and the values.
func tidyTexts(d *wire.Draft, plain *strings.Replacer) error {
	for lang, v := range d.Versions {
		if !language.MatchString(lang) || len(v.Subject) > maxSubject*4 || len(v.Markdown) > maxText*2 {
			return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "A version of the letter is too long, or its language is none.")
		}
		d.Versions[lang] = wire.Text{Subject: plain.Replace(v.Subject), Markdown: plain.Replace(v.Markdown)}
	}
	for name, v := range d.Values {
		if len(name) > 60 || len(v) > maxValue {
			return web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "The value of a placeholder is too long.")
		}
	}
	if !language.MatchString(d.Lang) {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The language of the letter is none.")
	}
	return nil
}

func tidyAsk(ask *wire.Ask) error {
	if ask.Choice != nil {
		if err := tidyChoice(ask.Choice); err != nil {
			return err
		}
	}
	for _, part := range ask.Must {
		if !slices.Contains([]string{partRead, partChoice, partText}, part) {
			return badAsk("part", "Only read, choice and text can be required.")
		}
	}
	slices.Sort(ask.Must)
	ask.Must = slices.Compact(ask.Must)
	return nil
}

// tidyChoice does so with a question in all its languages.
func tidyChoice(c *wire.Choice) error {
	if len(c.Versions) > maxLangs {
		return badAsk("size", "A question has at most 20 further languages.")
	}
	for lang, v := range c.Versions {
		if !language.MatchString(lang) {
			return badAsk("language", "A language of the question is none.")
		}
		if err := tidyQuestion(&v.Question, v.Options); err != nil {
			return err
		}
		if c.Versions[lang] = v; v.Question == "" && len(v.Options) == 0 {
			delete(c.Versions, lang)
		}
	}
	return tidyQuestion(&c.Question, c.Options)
}

// tidyQuestion does so with a question and its options in one language.
func tidyQuestion(question *string, options []string) error {
	if len(options) > maxOptions || len(*question) > 500 {
		return badAsk("size", "A question has at most 50 options and 500 characters.")
	}
	*question = strings.TrimSpace(strings.ReplaceAll(*question, "\x00", ""))
	for i := range options {
		if options[i] = strings.TrimSpace(strings.ReplaceAll(options[i], "\x00", "")); len(options[i]) > 300 {
			return badAsk("size", "An option has at most 300 characters.")
		}
	}
	return nil
}

func badAsk(reason, sentence string) error {
	return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterAsk, sentence, "reason", reason)
}

// Parts of an answer.
const (
	partRead   = "read"
	partChoice = "choice"
	partText   = "text"
)
