package letters

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// remindPause is how long after a reminder by hand the next one is possible.
const remindPause = time.Hour

// reminder is the job of reminding those who have not answered.
type reminder struct {
	Letter string `json:"letter"`
	Days   int    `json:"days"`
}

func remindKey(letter string, days int) string { return letter + ":" + strconv.Itoa(days) }

// planReminders enqueues the reminders of a letter that is delivered.
func (m *Module) planReminders(ctx context.Context, tx *db.Tx, l *letter) error {
	days, err := unjson[[]int](l.Remind)
	if err != nil || l.Deadline == 0 {
		return err
	}
	for _, d := range days {
		due := time.UnixMilli(l.Deadline).AddDate(0, 0, -d)
		if d == 0 {
			due = due.Add(-3 * time.Hour)
		}
		if !due.After(m.d.Now()) {
			continue
		}
		if err := m.d.Jobs.Enqueue(ctx, tx, jobs.Job{
			Kind: jobRemind, Key: remindKey(l.ID, d), Due: due, Payload: reminder{Letter: l.ID, Days: d},
		}); err != nil {
			return err
		}
	}
	return nil
}

// remindDue is the job of an automatic reminder.
func (m *Module) remindDue(ctx context.Context, payload json.RawMessage) error {
	var r reminder
	if err := json.Unmarshal(payload, &r); err != nil {
		return fmt.Errorf("which reminder: %w", err)
	}
	var people []string
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		people = nil
		var l letter
		err := tx.Get(ctx, &l, `SELECT * FROM letter WHERE id = $1 AND state = 'sent'`, r.Letter)
		if errors.Is(err, db.ErrNotFound) || err == nil && l.Deadline < m.d.Now().UnixMilli() {
			return nil
		}
		if err != nil {
			return fmt.Errorf("letter %s: %w", r.Letter, err)
		}
		people, err = m.remindMissing(ctx, tx, &l, "1 = 1", args{l.ID}, "r"+strconv.Itoa(r.Days))
		return err
	})
	if err != nil {
		return err
	}
	m.d.Mail.Wake()
	m.changed(people)
	return nil
}

// remindMissing reminds those who have not answered, of the rows r that cond names;
// list holds the letter first. what is a part of the mails' keys.
func (m *Module) remindMissing(ctx context.Context, tx *db.Tx, l *letter, cond string, list args, what string) ([]string, error) {
	seq, err := count(ctx, tx, 1)
	if err != nil {
		return nil, err
	}
	ask, err := unjson[wire.Ask](l.Ask)
	if err != nil {
		return nil, err
	}
	const of = `
		SELECT DISTINCT t.person FROM letter_row r JOIN letter_to t ON t.letter = r.letter
			AND (r.staff = 0 AND t.child = r.person AND EXISTS (SELECT 1 FROM guardian g WHERE g.guardian_id = t.person AND g.child_id = t.child)
				OR r.staff = 1 AND t.child = '' AND t.person = r.person)
			JOIN person p ON p.id = t.person JOIN letter_box b ON b.letter = t.letter AND b.person = t.person AND b.gone = 0
		WHERE r.letter = $1 AND `
	missing := `r.answered = 0`
	switch {
	case !asksAnything(&ask):
		missing = `b.read_at = 0`
	case !ask.PerChild:
		missing += ` AND NOT EXISTS (SELECT 1 FROM letter_answer w WHERE w.letter = t.letter AND w.person = t.person)`
	}
	var people []string
	if err := tx.Select(ctx, &people, of+reachable+` AND `+missing+` AND `+cond, list...); err != nil {
		return nil, fmt.Errorf("who has not answered letter %s: %w", l.ID, err)
	}
	all, err := recipients(ctx, tx, l.ID, append([]string{}, people...))
	if err != nil {
		return nil, err
	}
	texts, err := textsOf(ctx, tx, l.ID, l.Version)
	if err != nil {
		return nil, err
	}
	said := bothTexts{texts: texts}
	var mails []mail.Message
	var to []string
	for i := range all {
		r := &all[i]
		if r.Mode == mailNever {
			continue
		}
		read := said.in(l, r.Language)
		w := wordsIn(cmp.Or(r.Language, read.lang))
		subject := forChildren(wire.Text{Subject: read.text.Subject}, r.children).Subject
		msg := m.envelope(r, l.ID+":"+r.ID+":"+what, subject)
		var s sheet
		s.hello(w, r)
		s.say(w.lang, w.reminder)
		s.stress(read.lang, subject)
		s.say(w.lang, about(w, r.children), deadline(w, l))
		s.foot(w, m.d.Config.Address())
		s.into(&msg, w.lang)
		mails, to = append(mails, msg), append(to, r.ID)
	}
	if err := m.queue(ctx, tx, l.ID, to, mails); err != nil {
		return nil, err
	}
	boxes := args{l.ID, seq}
	if _, err := tx.Exec(ctx, `UPDATE letter_box SET seq = $2, archived = 0 WHERE letter = $1 AND person IN `+boxes.in(people), boxes...); err != nil {
		return nil, fmt.Errorf("boxes of letter %s: %w", l.ID, err)
	}
	return people, nil
}

// asksAnything says whether a letter wants an answer.
func asksAnything(ask *wire.Ask) bool { return ask.Read || ask.Choice != nil || ask.Text }

// remind reminds those who have not answered, of the rows that the caller sees.
func (m *Module) remind(ctx context.Context, in *letterInput) (*struct{ Body wire.Reminded }, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body wire.Reminded }{}
	var people []string
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		people = nil
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"remind", in.ID}, func() (wire.Reminded, error) {
			list := args{in.ID}
			cond := seesRow(a, &list)
			var l letter
			if err := tx.Get(ctx, &l, `SELECT l.* FROM letter l WHERE l.id = $1 AND l.state = 'sent' AND EXISTS (
				SELECT 1 FROM letter_row r WHERE r.letter = l.id AND `+cond+`)`, list...); err != nil {
				return wire.Reminded{}, fmt.Errorf("letter %s: %w", in.ID, err)
			}
			now := m.d.Now()
			if l.Deadline > 0 && l.Deadline < now.UnixMilli() {
				return wire.Reminded{}, web.Refuse(http.StatusConflict, wire.CodeLetterClosed, "The time for answers is over.")
			}
			// One reminder by hand an hour: the key of the hour's mails is the same.
			what := "h" + strconv.FormatInt(now.Truncate(remindPause).Unix(), 10)
			var err error
			people, err = m.remindMissing(ctx, tx, &l, cond, list, what)
			return wire.Reminded{People: len(people)}, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.d.Mail.Wake()
	m.changed(people)
	return out, nil
}
