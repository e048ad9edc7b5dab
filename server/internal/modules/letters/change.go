package letters

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type letterInput struct {
	OfLetter
	Keyed
}

// recall takes a letter back that nobody has read; one that waits becomes a draft again.
func (m *Module) recall(ctx context.Context, in *letterInput) (*sentAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &sentAnswer{}
	var tell []string
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"recall", in.ID}, func() (wire.SentLetter, error) {
			var err error
			if tell, err = m.takeBack(ctx, tx, a, in.ID); err != nil {
				return wire.SentLetter{}, err
			}
			return m.sentOne(ctx, tx, a, in.ID)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.delivered(in.ID, tell)
	return out, nil
}

func (m *Module) takeBack(ctx context.Context, tx *db.Tx, a asker, id string) ([]string, error) {
	seq, err := count(ctx, tx, 1)
	if err != nil {
		return nil, err
	}
	l, err := sentBy(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	switch l.State {
	case stateScheduled:
		if _, err := tx.Exec(ctx, `UPDATE letter SET state = 'draft', rev = rev + 1 WHERE id = $1`, id); err != nil {
			return nil, fmt.Errorf("letter %s: %w", id, err)
		}
		return nil, m.d.Jobs.Cancel(ctx, tx, jobSend, id)
	case stateSent:
	default:
		return nil, web.Refuse(http.StatusConflict, wire.CodeLetterState, "The letter is not sent, or taken back already.")
	}
	n, err := tx.Exec(ctx, `
		UPDATE letter SET state = 'recalled' WHERE id = $1
			AND NOT EXISTS (SELECT 1 FROM letter_version v WHERE v.letter = letter.id AND v.version > 1)
			AND NOT EXISTS (SELECT 1 FROM letter_box b WHERE b.letter = letter.id AND b.read_at > 0)
			AND NOT EXISTS (SELECT 1 FROM letter_row r WHERE r.letter = letter.id AND r.read_at > 0)
			AND NOT EXISTS (SELECT 1 FROM letter_answer w WHERE w.letter = letter.id)`, id)
	if err != nil {
		return nil, fmt.Errorf("recall letter %s: %w", id, err)
	}
	if n == 0 {
		return nil, web.Refuse(http.StatusConflict, wire.CodeLetterRead, "Somebody has read the letter: it can be corrected, but not taken back.")
	}
	if err := m.forgetPlans(ctx, tx, &l); err != nil {
		return nil, err
	}
	var people []string
	if err := tx.Select(ctx, &people, `UPDATE letter_box SET gone = 1, digest = 0, seq = $2 WHERE letter = $1 RETURNING person`, id, seq); err != nil {
		return nil, fmt.Errorf("boxes of letter %s: %w", id, err)
	}
	return people, nil
}

// forgetPlans takes mails and reminders back that are not sent yet.
func (m *Module) forgetPlans(ctx context.Context, tx *db.Tx, l *letter) error {
	if _, err := m.d.Mail.Cancel(ctx, tx, mailKind, l.ID+":"); err != nil {
		return err
	}
	days, err := unjson[[]int](l.Remind)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := m.d.Jobs.Cancel(ctx, tx, jobRemind, remindKey(l.ID, d)); err != nil {
			return err
		}
	}
	return nil
}

// sentBy gives a letter of which the asker is a sender, or for whose senders the asker
// stands in; db.ErrNotFound if there is none.
func sentBy(ctx context.Context, c db.Conn, a asker, id string) (letter, error) {
	list := args{id, a.ID}
	var l letter
	if err := c.Get(ctx, &l, `
		SELECT l.* FROM letter l WHERE l.id = $1
			AND (l.state <> 'draft' AND `+sender(a, &list)+` OR l.state IN ('sent', 'recalled') AND `+standsIn("l.id", "$2")+`)`, list...); err != nil {
		return l, fmt.Errorf("letter %s of %s: %w", id, a.ID, err)
	}
	return l, nil
}

type correctInput struct {
	OfLetter
	Keyed
	Body wire.Correction
}

// correct gives a sent letter a new version.
func (m *Module) correct(ctx context.Context, in *correctInput) (*sentAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	d := wire.Draft{Subject: in.Body.Subject, Markdown: in.Body.Markdown, Versions: in.Body.Versions}
	if err := tidy(&d); err != nil {
		return nil, err
	}
	out := &sentAnswer{}
	var tell []string
	err = m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tell = nil
		var err error
		out.Body, _, err = once(ctx, m, tx, a.ID, in.Key, []any{"correct", in.ID, in.Body}, func() (wire.SentLetter, error) {
			var err error
			if tell, err = m.newVersion(ctx, tx, a, in, &d); err != nil {
				return wire.SentLetter{}, err
			}
			return m.sentOne(ctx, tx, a, in.ID)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.delivered(in.ID, tell)
	return out, nil
}

// newVersion puts the texts of d in the place of a letter's, and gives whom to tell.
func (m *Module) newVersion(ctx context.Context, tx *db.Tx, a asker, in *correctInput, d *wire.Draft) ([]string, error) {
	id := in.ID
	seq, err := count(ctx, tx, 1)
	if err != nil {
		return nil, err
	}
	l, err := sentBy(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	if l.State != stateSent {
		return nil, web.Refuse(http.StatusConflict, wire.CodeLetterState, "Only a letter that was sent can be corrected.")
	}
	if in.Body.Version != 0 && in.Body.Version != l.Version {
		return nil, web.Refuse(http.StatusConflict, wire.CodeConflict, "Somebody has corrected the letter in the meantime.")
	}
	before, err := textsOf(ctx, tx, id, l.Version)
	if err != nil {
		return nil, err
	}
	l.Subject, l.Markdown, l.Versions = d.Subject, d.Markdown, tojson(d.Versions)
	ask := l.Ask
	l.Ask = tojson(wire.Ask{}) // what is asked stays, and its deadline may be over by now
	texts, err := m.finished(ctx, tx, &l)
	if err != nil {
		return nil, err
	}
	l.Ask = ask
	now, same := corrected(before, texts)
	if same {
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The correction changes nothing.")
	}
	if err := joinSenders(ctx, tx, id, a); err != nil {
		return nil, err
	}
	l.Version++
	if _, err := tx.Exec(ctx, `UPDATE letter SET version = $2, versions = $3 WHERE id = $1`, id, l.Version, l.Versions); err != nil {
		return nil, fmt.Errorf("correct letter %s: %w", id, err)
	}
	if err := m.keepVersion(ctx, tx, &l, a.ID, &now); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_row SET read_at = 0 WHERE letter = $1`, id); err != nil {
		return nil, fmt.Errorf("rows of letter %s: %w", id, err)
	}
	var people []string
	if err := tx.Select(ctx, &people, `
		UPDATE letter_box SET read_at = 0, archived = 0, seq = $2 WHERE letter = $1 AND gone = 0 RETURNING person`, id, seq); err != nil {
		return nil, fmt.Errorf("boxes of letter %s: %w", id, err)
	}
	return people, m.post(ctx, tx, &l, &now)
}

// corrected gives a letter's texts with what changed in each, and whether that is
// nothing. Of a language that is new nothing is said: all of it is new to everybody.
func corrected(before, texts map[string]wire.Text) (now bothTexts, same bool) {
	now, same = bothTexts{texts: texts, changes: map[string]string{}}, len(before) == len(texts)
	for lang, text := range texts {
		was, known := before[lang]
		if !known {
			same = false
			continue
		}
		if changed := changes(was, text, wordsIn(lang)); changed != "" {
			now.changes[lang], same = changed, false
		}
	}
	return now, same
}

// joinSenders makes who corrects a letter one of its senders: it is then also the words
// of whoever stood in.
func joinSenders(ctx context.Context, tx *db.Tx, id string, a asker) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO letter_sender (letter, person, pos, name) VALUES ($1, $2, 1, $3) ON CONFLICT (letter, person) DO NOTHING`, id, a.ID, a.Name); err != nil {
		return fmt.Errorf("senders of letter %s: %w", id, err)
	}
	return nil
}

// textsOf gives what a version of a letter says, by language.
func textsOf(ctx context.Context, c db.Conn, id string, version int) (map[string]wire.Text, error) {
	var t rawText
	if err := c.Get(ctx, &t, `
		SELECT l.lang, v.subject, v.markdown, v.versions, v.changed, v.changes FROM letter l JOIN letter_version v ON v.letter = l.id
		WHERE v.letter = $1 AND v.version = $2`, id, version); err != nil {
		return nil, fmt.Errorf("version %d of letter %s: %w", version, id, err)
	}
	texts := map[string]wire.Text{}
	others, err := unjson[map[string]wire.Text](t.Versions)
	maps.Copy(texts, others)
	texts[t.Lang] = wire.Text{Subject: t.Subject, Markdown: t.Markdown}
	return texts, err
}

// changes words what a correction changed, paragraph by paragraph, in Markdown.
func changes(was, now wire.Text, w *words) string {
	var out []string
	mark := func(word, text string) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		if strings.ContainsRune("#-*+>`~0123456789=|", rune(text[0])) || strings.HasPrefix(text, "    ") {
			out = append(out, "**"+word+":**", text)
			return
		}
		out = append(out, "**"+word+":** "+text)
	}
	if was.Subject != now.Subject {
		mark(w.before, was.Subject)
		mark(w.now, now.Subject)
	}
	old, fresh := paragraphs(was.Markdown), paragraphs(now.Markdown)
	for _, s := range script(old, fresh) {
		switch {
		case len(s.old) == 1 && len(s.fresh) == 1:
			mark(w.before, s.old[0])
			mark(w.now, s.fresh[0])
		default:
			for _, p := range s.old {
				mark(w.gone, p)
			}
			for _, p := range s.fresh {
				mark(w.added, p)
			}
		}
	}
	return strings.Join(out, "\n\n")
}

func paragraphs(text string) []string {
	var all []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			all = append(all, p)
		}
	}
	return all
}

// stretch is where two texts differ.
type stretch struct{ old, fresh []string }

// maxCompared bounds the table that script fills.
const maxCompared = 1000

// script gives where two lists differ, around their longest common part.
func script(old, fresh []string) []stretch {
	if len(old) > maxCompared || len(fresh) > maxCompared {
		return []stretch{{old, fresh}}
	}
	common := commonParts(old, fresh)
	var all []stretch
	var s stretch
	end := func() {
		if len(s.old)+len(s.fresh) > 0 {
			all, s = append(all, s), stretch{}
		}
	}
	i, j := 0, 0
	for i < len(old) && j < len(fresh) {
		switch {
		case old[i] == fresh[j]:
			end()
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			s.old = append(s.old, old[i])
			i++
		default:
			s.fresh = append(s.fresh, fresh[j])
			j++
		}
	}
	s.old, s.fresh = append(s.old, old[i:]...), append(s.fresh, fresh[j:]...)
	end()
	return all
}

// commonParts gives the lengths of the longest common parts from each pair of places on.
func commonParts(old, fresh []string) [][]int {
	common := make([][]int, len(old)+1)
	for i := range common {
		common[i] = make([]int, len(fresh)+1)
	}
	for i := range slices.Backward(old) {
		for j := range slices.Backward(fresh) {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if old[i] == fresh[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	return common
}

type versionsAnswer struct{ Body wire.LetterVersions }

// versions answers what a letter said before its corrections, to those who may read
// it or see its report.
func (m *Module) versions(ctx context.Context, in *OfLetter) (*versionsAnswer, error) {
	a := askerOf(ctx)
	list := args{in.ID, a.ID}
	var rows []struct {
		rawText
		Version int    `db:"version"`
		At      int64  `db:"at"`
		Author  string `db:"author"`
	}
	if err := m.db.Select(ctx, &rows, `
		SELECT l.lang, v.version, v.subject, v.markdown, v.versions, v.changed, v.changes, v.at, v.author
		FROM letter_version v JOIN letter l ON l.id = v.letter
		WHERE l.id = $1 AND (EXISTS (SELECT 1 FROM letter_box b WHERE b.letter = l.id AND b.person = $2 AND `+mayRead+`)
			OR EXISTS (SELECT 1 FROM letter_row r WHERE r.letter = l.id AND `+seesRow(a, &list)+`))
		ORDER BY v.version DESC`, list...); err != nil {
		return nil, fmt.Errorf("versions of letter %s: %w", in.ID, err)
	}
	if len(rows) == 0 {
		return nil, web.ErrNotFound
	}
	fill, err := m.filler(ctx, a.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &versionsAnswer{wire.LetterVersions{Lang: rows[0].Lang}}
	for i := range rows {
		r := &rows[i]
		v := wire.LetterVersion{
			Version: r.Version, At: *moment(r.At), By: r.Author, Changed: fill(wire.Text{Markdown: r.Changed}).Markdown,
			Text: fill(wire.Text{Subject: r.Subject, Markdown: r.Markdown}),
		}
		if v.Versions, err = unjson[map[string]wire.Text](r.Versions); err != nil {
			return nil, err
		}
		for lang, text := range v.Versions {
			v.Versions[lang] = fill(text)
		}
		out.Body.Versions = append(out.Body.Versions, v)
	}
	return out, nil
}
