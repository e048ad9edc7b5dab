package letters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/modules/letters/render"
	"schulhof/server/internal/modules/letters/templates"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type sendInput struct {
	OfLetter
	Keyed
}

type sentAnswer struct{ Body wire.SentLetter }

// send delivers a draft, or lets it wait for its time.
func (m *Module) send(ctx context.Context, in *sendInput) (*sentAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &sentAnswer{}
	var tell []string
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"send", in.ID}, func() (wire.SentLetter, error) {
			if _, err := count(ctx, tx, 1); err != nil { // holds all others back
				return wire.SentLetter{}, err
			}
			l, err := m.sendable(ctx, tx, in.ID, a.ID)
			if err != nil {
				return wire.SentLetter{}, err
			}
			if l.SendAt > m.d.Now().UnixMilli() {
				err = m.schedule(ctx, tx, &l)
			} else {
				tell, err = m.deliver(ctx, tx, &l)
			}
			if err != nil {
				return wire.SentLetter{}, err
			}
			return m.sentOne(ctx, tx, a, l.ID)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.delivered(in.ID, tell)
	return out, nil
}

// sendable gives a draft of its author that is not sent or scheduled yet.
func (m *Module) sendable(ctx context.Context, tx *db.Tx, id, author string) (letter, error) {
	l, err := own(ctx, tx, id, author)
	if errors.Is(err, db.ErrNotFound) {
		var n int
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM letter WHERE id = $1 AND author = $2`, id, author); err != nil {
			return l, fmt.Errorf("letter %s: %w", id, err)
		}
		if n > 0 {
			return l, errSentAlready
		}
	}
	if err == nil && l.State == stateScheduled {
		return l, errSentAlready
	}
	return l, err
}

var errSentAlready = web.Refuse(http.StatusConflict, wire.CodeLetterState, "The letter is sent already, or waits for its time.")

// schedule lets a letter wait; all that would be refused then is refused now.
func (m *Module) schedule(ctx context.Context, tx *db.Tx, l *letter) error {
	if _, err := m.finished(ctx, tx, l); err != nil {
		return err
	}
	to, err := unjson[[]wire.Target](l.Targets)
	if err != nil {
		return err
	}
	if err := m.somebody(ctx, tx, l.Author, to); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE letter SET state = 'scheduled', problem = '' WHERE id = $1 AND rev = $2`, l.ID, l.Rev)
	if err != nil {
		return fmt.Errorf("schedule letter %s: %w", l.ID, err)
	}
	if n == 0 {
		return errChanged
	}
	return m.d.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: jobSend, Key: l.ID, Due: time.UnixMilli(l.SendAt), Payload: l.ID})
}

var errNobody = web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterNobody, "The letter reaches nobody: choose to whom it goes. The draft is kept.")

// somebody refuses targets behind which there is nobody.
func (m *Module) somebody(ctx context.Context, c db.Conn, author string, to []wire.Target) error {
	a, err := audienceOf(ctx, c, author, to)
	if err != nil {
		return err
	}
	var list args
	where := a.where(&list)
	var n int
	if err := c.Get(ctx, &n, `SELECT COUNT(*) FROM person c WHERE `+where, list...); err != nil {
		return fmt.Errorf("children reached: %w", err)
	}
	if n == 0 && !a.staff {
		return errNobody
	}
	return nil
}

// delivered tells everybody of a letter, after the commit.
func (m *Module) delivered(letter string, to []string) {
	m.d.Jobs.Wake()
	m.d.Mail.Wake()
	m.changed(to)
	ctx := context.Background()
	who, err := reporters(ctx, m.db, letter, "")
	if err != nil {
		m.d.Log.ErrorContext(ctx, "who sees a report", slog.String("letter", letter), slog.Any("error", err))
		return
	}
	m.reported(letter, who)
}

// sendDue is the job of a letter whose time has come. What speaks against sending it
// makes a draft of it again, which says why.
func (m *Module) sendDue(ctx context.Context, payload json.RawMessage) error {
	var id string
	if err := json.Unmarshal(payload, &id); err != nil {
		return fmt.Errorf("which letter: %w", err)
	}
	var tell []string
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		if _, err := count(ctx, tx, 1); err != nil {
			return err
		}
		var l letter
		err := tx.Get(ctx, &l, `SELECT * FROM letter WHERE id = $1 AND state = 'scheduled' AND send_at <= $2`, id, m.d.Now().UnixMilli())
		if errors.Is(err, db.ErrNotFound) {
			return nil // taken back, or sent by this job before
		}
		if err != nil {
			return fmt.Errorf("letter %s: %w", id, err)
		}
		tell, err = m.deliver(ctx, tx, &l)
		return err
	})
	if refused, ok := errors.AsType[*web.Refusal](err); ok {
		_, err := m.db.Exec(ctx, `UPDATE letter SET state = 'draft', problem = $2, send_at = 0, rev = rev + 1 WHERE id = $1 AND state = 'scheduled'`,
			id, refused.Problem.Detail)
		m.delivered(id, nil)
		return err
	}
	if err == nil {
		m.delivered(id, tell)
	}
	return err
}

// deliver sends a letter inside the caller's transaction, in which the counter is
// held: all its rows, mails and reminders, or none of them. It gives whom to tell.
func (m *Module) deliver(ctx context.Context, tx *db.Tx, l *letter) ([]string, error) {
	texts, err := m.finished(ctx, tx, l)
	if err != nil {
		return nil, err
	}
	to, err := unjson[[]wire.Target](l.Targets)
	if err != nil {
		return nil, err
	}
	a, err := audienceOf(ctx, tx, l.Author, to)
	if err != nil {
		return nil, err
	}
	now := m.d.Now().UnixMilli()
	n, err := tx.Exec(ctx, `UPDATE letter SET state = 'sent', sent = $2, version = 1, targets = $3, problem = '' WHERE id = $1 AND rev = $4`,
		l.ID, now, tojson(a.targets), l.Rev)
	if err != nil {
		return nil, fmt.Errorf("send letter %s: %w", l.ID, err)
	}
	if n == 0 {
		return nil, errChanged
	}
	l.State, l.Sent, l.Version = stateSent, now, 1
	if err := m.address(ctx, tx, l, a); err != nil {
		return nil, err
	}
	said := &bothTexts{texts: texts}
	if err := m.keepVersion(ctx, tx, l, l.Author, said); err != nil {
		return nil, err
	}
	if err := m.post(ctx, tx, l, said); err != nil {
		return nil, err
	}
	if err := m.planReminders(ctx, tx, l); err != nil {
		return nil, err
	}
	var people []string
	if err := tx.Select(ctx, &people, `SELECT person FROM letter_box WHERE letter = $1`, l.ID); err != nil {
		return nil, fmt.Errorf("readers of %s: %w", l.ID, err)
	}
	return people, nil
}

// address makes the rows of the report, whom the letter goes to, and their boxes.
func (m *Module) address(ctx context.Context, tx *db.Tx, l *letter, a *audience) error {
	list := args{l.ID}
	rows, err := tx.Exec(ctx, `
		INSERT INTO letter_row (letter, person, staff, class, read_at, answered)
		SELECT CAST($1 AS TEXT), c.id, 0, COALESCE((
			SELECT MIN(cg.name) FROM member cm JOIN grp cg ON cg.id = cm.grp_id
			WHERE cm.person_id = c.id AND cm.lead = 0 AND cg.kind = 'class' AND cg.ended = 0), ''), 0, 0
		FROM person c WHERE `+a.where(&list), list...)
	if err != nil {
		return fmt.Errorf("children of letter %s: %w", l.ID, err)
	}
	if a.staff && a.wide {
		n, err := tx.Exec(ctx, `
			INSERT INTO letter_row (letter, person, staff, class, read_at, answered)
			SELECT CAST($2 AS TEXT), p.id, 1, '', 0, 0 FROM person p WHERE `+staffOf, l.Author, l.ID)
		if err != nil {
			return fmt.Errorf("staff of letter %s: %w", l.ID, err)
		}
		rows += n
	}
	if rows == 0 {
		return errNobody
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_to (letter, person, child)
		SELECT r.letter, g.guardian_id, r.person FROM letter_row r JOIN guardian g ON g.child_id = r.person
			JOIN person p ON p.id = g.guardian_id WHERE r.letter = $1 AND r.staff = 0 AND p.state <> 'left'
		UNION ALL SELECT r.letter, r.person, '' FROM letter_row r WHERE r.letter = $1 AND r.staff = 1`, l.ID); err != nil {
		return fmt.Errorf("guardians of letter %s: %w", l.ID, err)
	}
	seq, err := count(ctx, tx, 1)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_box (letter, person, seq, sent, read_at, archived, gone, digest, bounce)
		SELECT DISTINCT CAST($1 AS TEXT), t.person, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0, 0, 0, 0, ''
		FROM letter_to t WHERE t.letter = $1`, l.ID, seq, l.Sent); err != nil {
		return fmt.Errorf("boxes of letter %s: %w", l.ID, err)
	}
	return nil
}

// keepVersion keeps what a letter says from now on, as one of its senders wrote it.
func (m *Module) keepVersion(ctx context.Context, tx *db.Tx, l *letter, by string, b *bothTexts) error {
	senders, err := sendersOf(ctx, tx, []string{l.ID})
	if err != nil {
		return err
	}
	author := ""
	for _, s := range senders[l.ID] {
		if s.Person == by {
			author = s.Name
		}
	}
	others, changed := maps.Clone(b.texts), maps.Clone(b.changes)
	delete(others, l.Lang)
	delete(changed, l.Lang)
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_version (letter, version, subject, markdown, versions, changed, changes, at, author)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.ID, l.Version, b.texts[l.Lang].Subject, b.texts[l.Lang].Markdown, tojson(others), b.changes[l.Lang], tojson(changed),
		m.d.Now().UnixMilli(), author); err != nil {
		return fmt.Errorf("version %d of letter %s: %w", l.Version, l.ID, err)
	}
	return nil
}

// finished gives the texts of a letter by language with all placeholders filled but
// those that differ from child to child, or refuses what cannot be sent.
func (m *Module) finished(ctx context.Context, c db.Conn, l *letter) (map[string]wire.Text, error) {
	ask, err := unjson[wire.Ask](l.Ask)
	if err != nil {
		return nil, err
	}
	if err := m.checkAsk(&ask, l); err != nil {
		return nil, err
	}
	versions, err := unjson[map[string]wire.Text](l.Versions)
	if err != nil {
		return nil, err
	}
	values, err := m.values(ctx, c, l)
	if err != nil {
		return nil, err
	}
	texts := map[string]wire.Text{}
	for lang, t := range versions {
		if strings.TrimSpace(t.Subject+t.Markdown) != "" {
			texts[lang] = t
		}
	}
	texts[l.Lang] = l.text()
	for lang, t := range texts {
		filled, missing, unknown := fillText(t, lang, values)
		if err := sendableText(t, filled, missing, unknown); err != nil {
			return nil, err
		}
		texts[lang] = filled
	}
	return texts, nil
}

func sendableText(t, filled wire.Text, missing, unknown []string) error {
	switch {
	case strings.TrimSpace(t.Subject) == "":
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterEmpty, "The letter has no subject. The draft is kept.", "field", "subject")
	case strings.TrimSpace(t.Markdown) == "":
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterEmpty, "The letter has no text. The draft is kept.", "field", "markdown")
	case len(unknown) > 0:
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterPlaceholder,
			"There is no placeholder {{"+unknown[0]+"}}. The draft is kept.", "name", unknown[0])
	case len(missing) > 0:
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterValue,
			"The placeholder {{"+missing[0]+"}} has no value yet. The draft is kept.", "name", missing[0])
	}
	if _, err := render.HTML(filled.Markdown); err != nil {
		reason := "tangled"
		if errors.Is(err, render.ErrTooLong) {
			reason = "long"
		} else if errors.Is(err, render.ErrTooDeep) {
			reason = "deep"
		}
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterText, "The text cannot be sent: "+err.Error()+". The draft is kept.", "reason", reason)
	}
	return nil
}

// checkAsk refuses a question that nobody could answer.
func (m *Module) checkAsk(ask *wire.Ask, l *letter) error {
	from := max(m.d.Now().UnixMilli(), l.SendAt)
	if ask.Deadline != nil && millis(ask.Deadline) <= from {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterDeadline,
			"The deadline is over before the letter is sent. The draft is kept.", "deadline", ask.Deadline.UTC().Format(time.RFC3339))
	}
	if c := ask.Choice; c != nil {
		if len(c.Options) < 2 || slices.Contains(c.Options, "") {
			return badAsk("options", "A question needs two options or more, each with a text. The draft is kept.")
		}
		for lang, v := range c.Versions {
			if len(v.Options) > 0 && (len(v.Options) != len(c.Options) || slices.Contains(v.Options, "")) {
				return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterAsk,
					"The options in another language are others than the letter's own. The draft is kept.", "reason", "languages", "language", lang)
			}
		}
	}
	for _, part := range ask.Must {
		if !asks(ask, part) {
			return badAsk("must", "The letter requires an answer that it does not ask for. The draft is kept.")
		}
	}
	return nil
}

// asks says whether a letter asks for a part of an answer.
func asks(ask *wire.Ask, part string) bool {
	return part == partRead && ask.Read || part == partChoice && ask.Choice != nil || part == partText && ask.Text
}

// perChild are the placeholders that differ from child to child.
var perChild = []string{"child", "class"}

// fillText fills a text with values; with no value given the placeholders per child
// stay, and are not missing.
func fillText(t wire.Text, lang string, values map[string]string) (filled wire.Text, missing, unknown []string) {
	mine := map[string]string{}
	for name, v := range values {
		mine[name] = v
		if at, ok := strings.CutPrefix(v, dateMark); ok {
			mine[name] = dateIn(lang, at)
		}
	}
	f, missing, unknown := templates.Template{Subject: t.Subject, Body: t.Markdown}.Fill(mine)
	missing = slices.DeleteFunc(missing, func(name string) bool { return slices.Contains(perChild, name) })
	return wire.Text{Subject: f.Subject, Markdown: f.Body}, missing, unknown
}

// dateMark stands before milliseconds, to be written as the language does.
const dateMark = "\x00date:"

func dateIn(lang, ms string) string {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return ""
	}
	return time.UnixMilli(n).Format(wordsIn(lang).date)
}

// values are what the placeholders stand for: what the sender said, else what the
// server knows.
func (m *Module) values(ctx context.Context, c db.Conn, l *letter) (map[string]string, error) {
	given, err := unjson[map[string]string](l.Fill)
	if err != nil {
		return nil, err
	}
	state, err := m.d.School.Now(ctx)
	if err != nil {
		return nil, err
	}
	senders, err := sendersOf(ctx, c, []string{l.ID})
	if err != nil {
		return nil, err
	}
	values := map[string]string{"school": state.Name, "date": dateMark + strconv.FormatInt(max(m.d.Now().UnixMilli(), l.SendAt), 10)}
	for _, s := range senders[l.ID] {
		if values["teacher"] == "" { // the first one whose account there still is
			values["teacher"] = s.Name
		}
	}
	if l.Deadline > 0 {
		values["deadline"] = dateMark + strconv.FormatInt(l.Deadline, 10)
	}
	for name, v := range given {
		if v = strings.TrimSpace(strings.ReplaceAll(v, "\x00", "")); v != "" && name != "child" {
			values[name] = v
		}
	}
	return values, nil
}

// forChildren fills in what differs from child to child.
func forChildren(t wire.Text, children []wire.LetterChild) wire.Text {
	if !strings.Contains(t.Subject+t.Markdown, "{{") {
		return t
	}
	var names, classes []string
	for _, c := range children {
		names = append(names, c.Name)
		if c.Class != "" && !slices.Contains(classes, c.Class) {
			classes = append(classes, c.Class)
		}
	}
	values := map[string]string{"child": strings.Join(names, ", "), "class": strings.Join(classes, ", ")}
	for name, v := range values {
		if v == "" {
			values[name] = "–"
		}
	}
	f, _, _ := templates.Template{Subject: t.Subject, Body: t.Markdown}.Fill(values)
	return wire.Text{Subject: f.Subject, Markdown: f.Body}
}
