package letters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Bounds of an inbox.
const (
	pageSize = 100
	kept     = 500 // the newest letters, which clients keep
)

type inboxInput struct {
	Since int64 `query:"since" minimum:"0" doc:"Seq of the last answer; 0 = everything"`
}

type inboxAnswer struct {
	Body wire.Changes[wire.Letter]
}

// inbox answers which letters to the caller have changed.
func (m *Module) inbox(ctx context.Context, in *inboxInput) (*inboxAnswer, error) {
	a := askerOf(ctx)
	if err := m.settle(ctx, a.ID); err != nil {
		return nil, err
	}
	var last int64 // read first: all up to here is visible
	if err := m.db.Get(ctx, &last, `SELECT seq FROM letter_counter WHERE id = 1`); err != nil {
		return nil, fmt.Errorf("counter of letters: %w", err)
	}
	out := &inboxAnswer{}
	body := &out.Body
	body.Items = []wire.Letter{}
	since := in.Since
	if since == 0 || since > last {
		body.Reset, since = true, 0
	}
	var cutoff int64
	err := m.db.Get(ctx, &cutoff, `
		SELECT COALESCE((SELECT sent FROM letter_box WHERE person = $1 AND gone = 0 ORDER BY sent DESC LIMIT 1 OFFSET $2), 0)`, a.ID, kept-1)
	if err != nil {
		return nil, fmt.Errorf("newest letters of %s: %w", a.ID, err)
	}
	var page []struct {
		Letter string `db:"letter"`
		Seq    int64  `db:"seq"`
		Gone   bool   `db:"gone"`
	}
	err = m.db.Select(ctx, &page, `
		SELECT letter, seq, gone FROM letter_box WHERE person = $1 AND seq > $2 AND (gone = 0 AND sent >= $3 OR gone = 1 AND $2 > 0)
		ORDER BY seq LIMIT $4`, a.ID, since, cutoff, pageSize+1)
	if err != nil {
		return nil, fmt.Errorf("changed letters of %s: %w", a.ID, err)
	}
	body.Seq = last
	if body.More = len(page) > pageSize; body.More {
		page = page[:pageSize]
		body.Seq = page[pageSize-1].Seq
	}
	var ids []string
	for _, p := range page {
		if p.Gone {
			body.Gone = append(body.Gone, p.Letter)
		} else {
			ids = append(ids, p.Letter)
		}
	}
	items, err := m.load(ctx, m.db, a.ID, ids)
	if err != nil {
		return nil, err
	}
	body.Items = append(body.Items, items...)
	return out, nil
}

// settle notes which letters a person may no longer see, or may see again, because
// the person's children are others than before.
func (m *Module) settle(ctx context.Context, person string) error {
	const wrong = `
		SELECT b.letter FROM letter_box b JOIN letter l ON l.id = b.letter
		WHERE b.person = $1 AND b.gone <> CASE WHEN ` + mayRead + ` THEN 0 ELSE 1 END`
	var ids []string
	if err := m.db.Select(ctx, &ids, wrong, person); err != nil {
		return fmt.Errorf("letters of %s: %w", person, err)
	}
	if len(ids) == 0 {
		return nil
	}
	return m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		seq, err := count(ctx, tx, len(ids))
		if err != nil {
			return err
		}
		var now []string
		if err := tx.Select(ctx, &now, wrong, person); err != nil {
			return fmt.Errorf("letters of %s: %w", person, err)
		}
		for i, id := range now[:min(len(now), len(ids))] {
			if _, err := tx.Exec(ctx, `UPDATE letter_box SET gone = 1 - gone, seq = $3 WHERE person = $1 AND letter = $2`, person, id, seq+int64(i)); err != nil {
				return fmt.Errorf("letter %s of %s: %w", id, person, err)
			}
		}
		return nil
	})
}

// boxRow is a letter in somebody's box.
type boxRow struct {
	Letter    string `db:"letter"`
	Seq       int64  `db:"seq"`
	ReadAt    int64  `db:"read_at"`
	Archived  bool   `db:"archived"`
	Sent      int64  `db:"sent"`
	Lang      string `db:"lang"`
	Ask       string `db:"ask"`
	Important bool   `db:"important"`
	Version   int    `db:"version"`
	Subject   string `db:"subject"`
	Markdown  string `db:"markdown"`
	Versions  string `db:"versions"`
	Changed   string `db:"changed"`
}

// childRow is a child that a letter concerns.
type childRow struct {
	Letter string `db:"letter"`
	ID     string `db:"id"`
	Given  string `db:"given"`
	Family string `db:"family"`
	Class  string `db:"class"`
}

func (c *childRow) wire() wire.LetterChild {
	return wire.LetterChild{ID: c.ID, Name: strings.TrimSpace(c.Given + " " + c.Family), Class: short(c.Class)}
}

// short is a class's name without the word for class.
func short(class string) string { return strings.TrimPrefix(class, "Klasse ") }

// answerRow is one answer.
type answerRow struct {
	Letter    string `db:"letter"`
	Person    string `db:"person"`
	Child     string `db:"child"`
	Name      string `db:"name"`
	Confirmed bool   `db:"confirmed"`
	Options   string `db:"options"`
	Text      string `db:"text"`
	Lang      string `db:"lang"`
	German    string `db:"german"`
	At        int64  `db:"at"`
	Entered   string `db:"entered"` // by whom, where it came on paper
}

// wire words an answer for a reader; the translation is for the report.
func (r *answerRow) wire(reader string, report bool) (wire.LetterAnswer, error) {
	a := wire.LetterAnswer{
		Child: r.Child, By: r.Name, Mine: r.Person == reader && reader != "", At: time.UnixMilli(r.At).UTC(), Read: r.Confirmed,
		Text: r.Text, Paper: r.Person == "",
	}
	if report {
		a.German = r.German
	}
	var err error
	a.Options, err = unjson[[]int](r.Options)
	return a, err
}

// load gives letters as a person may read them, in the order of change; those that
// the person may not see are left out.
func (m *Module) load(ctx context.Context, c db.Conn, person string, ids []string) ([]wire.Letter, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list := args{person}
	var rows []boxRow
	if err := c.Select(ctx, &rows, `
		SELECT b.letter, b.seq, b.read_at, b.archived, b.sent, l.lang, l.ask, l.important, l.version,
			v.subject, v.markdown, v.versions, v.changed
		FROM letter_box b JOIN letter l ON l.id = b.letter JOIN letter_version v ON v.letter = l.id AND v.version = l.version
		WHERE b.person = $1 AND b.gone = 0 AND `+mayRead+` AND b.letter IN `+list.in(ids)+` ORDER BY b.seq, b.letter`, list...); err != nil {
		return nil, fmt.Errorf("letters to %s: %w", person, err)
	}
	children, err := childrenOf(ctx, c, person, ids)
	if err != nil {
		return nil, err
	}
	answers, err := answersFor(ctx, c, person, ids)
	if err != nil {
		return nil, err
	}
	senders, err := sendersOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	files, err := filesOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	letters := make([]wire.Letter, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		l, err := r.wire()
		if err != nil {
			return nil, err
		}
		l.From, l.Files = namesOf(senders[r.Letter]), wireFiles(files[r.Letter])
		for _, child := range children[r.Letter] {
			l.Children = append(l.Children, child.wire())
		}
		for _, answer := range answers[r.Letter] {
			a, err := answer.wire(person, false)
			if err != nil {
				return nil, err
			}
			l.Answers = append(l.Answers, a)
		}
		text := forChildren(wire.Text{Subject: l.Subject, Markdown: l.Markdown}, l.Children)
		l.Subject, l.Markdown = text.Subject, text.Markdown
		l.Changed = forChildren(wire.Text{Markdown: l.Changed}, l.Children).Markdown
		l.Open = open(&l, m.d.Now())
		letters = append(letters, l)
	}
	return letters, nil
}

func (r *boxRow) wire() (wire.Letter, error) {
	l := wire.Letter{
		ID: r.Letter, Subject: r.Subject, Markdown: r.Markdown, Lang: r.Lang, Sent: time.UnixMilli(r.Sent).UTC(), Version: r.Version,
		Changed: r.Changed, Important: r.Important, Read: moment(r.ReadAt), Archived: r.Archived, Seq: r.Seq, Children: []wire.LetterChild{},
	}
	var err error
	if l.Ask, err = unjson[wire.Ask](r.Ask); err != nil {
		return l, err
	}
	versions, err := unjson[map[string]wire.Text](r.Versions)
	for lang := range versions {
		l.Langs = append(l.Langs, lang)
	}
	slices.Sort(l.Langs)
	return l, err
}

// open says whether an answer that is required is missing and can still be given.
func open(l *wire.Letter, now time.Time) bool {
	if len(l.Ask.Must) == 0 || l.Ask.Deadline != nil && now.After(*l.Ask.Deadline) {
		return false
	}
	if !l.Ask.PerChild || len(l.Children) == 0 {
		return !slices.ContainsFunc(l.Answers, func(a wire.LetterAnswer) bool { return a.Mine || a.Paper })
	}
	for _, child := range l.Children {
		if !slices.ContainsFunc(l.Answers, func(a wire.LetterAnswer) bool { return a.Child == child.ID }) {
			return true
		}
	}
	return false
}

// childrenOf gives the children that letters concern, those in a guardian's care.
func childrenOf(ctx context.Context, c db.Conn, person string, letters []string) (map[string][]childRow, error) {
	list := args{person}
	var rows []childRow
	if err := c.Select(ctx, &rows, `
		SELECT t.letter, c.id, c.given, c.family, r.class
		FROM letter_to t JOIN guardian g ON g.guardian_id = t.person AND g.child_id = t.child
			JOIN person c ON c.id = t.child JOIN letter_row r ON r.letter = t.letter AND r.person = t.child
		WHERE t.person = $1 AND t.letter IN `+list.in(letters)+` ORDER BY c.given, c.family, c.id`, list...); err != nil {
		return nil, fmt.Errorf("children of %s in letters: %w", person, err)
	}
	by := map[string][]childRow{}
	for _, r := range rows {
		by[r.Letter] = append(by[r.Letter], r)
	}
	return by, nil
}

// answersFor gives the answers that a person sees: the own ones, and all for the
// children in the person's care.
func answersFor(ctx context.Context, c db.Conn, person string, letters []string) (map[string][]answerRow, error) {
	list := args{person}
	var rows []answerRow
	if err := c.Select(ctx, &rows, `
		SELECT a.* FROM letter_answer a
		WHERE a.letter IN `+list.in(letters)+` AND (a.person = $1 OR a.child <> '' AND EXISTS (
			SELECT 1 FROM letter_to t JOIN guardian g ON g.guardian_id = t.person AND g.child_id = t.child
			WHERE t.letter = a.letter AND t.person = $1 AND t.child = a.child))
		ORDER BY a.at, a.person, a.child`, list...); err != nil {
		return nil, fmt.Errorf("answers that %s sees: %w", person, err)
	}
	by := map[string][]answerRow{}
	for _, r := range rows {
		by[r.Letter] = append(by[r.Letter], r)
	}
	return by, nil
}

// one gives a letter as a person may read it; web.ErrNotFound if there is none.
func (m *Module) one(ctx context.Context, c db.Conn, person, id string) (wire.Letter, error) {
	found, err := m.load(ctx, c, person, []string{id})
	if err == nil && len(found) == 0 {
		err = web.ErrNotFound
	}
	if err != nil {
		return wire.Letter{}, err
	}
	return found[0], nil
}

type flagsInput struct {
	Keyed
	Body wire.Flags
}

// flags marks several letters of the caller as read or archived.
func (m *Module) flags(ctx context.Context, in *flagsInput) (*struct{}, error) {
	a := askerOf(ctx)
	letters := ids(in.Body.IDs)
	if len(letters) == 0 {
		return nil, nil //nolint:nilnil // 204: nothing to do
	}
	var read []string
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		read = nil
		_, _, err := once(ctx, m, tx, a.ID, in.Key, []any{"flags", in.Body}, func() (struct{}, error) {
			seq, err := count(ctx, tx, len(letters))
			if err != nil {
				return struct{}{}, err
			}
			for i, id := range letters {
				was, err := m.flag(ctx, tx, a.ID, id, seq+int64(i), &in.Body)
				if err != nil {
					return struct{}{}, err
				}
				if was {
					read = append(read, id)
				}
			}
			return struct{}{}, nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	m.changed([]string{a.ID})
	for _, id := range read {
		m.tellReport(ctx, a.ID, id)
	}
	return nil, nil //nolint:nilnil // 204
}

// flag changes one letter in a box and says whether it was read for the first time.
func (m *Module) flag(ctx context.Context, tx *db.Tx, person, id string, seq int64, f *wire.Flags) (first bool, err error) {
	var b struct {
		ReadAt   int64 `db:"read_at"`
		Archived bool  `db:"archived"`
	}
	err = tx.Get(ctx, &b, `
		SELECT b.read_at, b.archived FROM letter_box b JOIN letter l ON l.id = b.letter
		WHERE b.letter = $1 AND b.person = $2 AND `+mayRead, id, person)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil // recalled in the meantime, or never the caller's
	}
	if err != nil {
		return false, fmt.Errorf("letter %s of %s: %w", id, person, err)
	}
	now := m.d.Now().UnixMilli()
	readAt, archived := b.ReadAt, b.Archived
	if f.Read != nil {
		readAt = 0
		if *f.Read {
			readAt = cmp.Or(b.ReadAt, now)
		}
	}
	if f.Archived != nil {
		archived = *f.Archived
	}
	if readAt == b.ReadAt && archived == b.Archived {
		return false, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_box SET read_at = $3, archived = $4, seq = $5 WHERE letter = $1 AND person = $2`,
		id, person, readAt, truth(archived), seq); err != nil {
		return false, fmt.Errorf("letter %s of %s: %w", id, person, err)
	}
	if readAt == 0 || b.ReadAt > 0 {
		return false, nil
	}
	n, err := tx.Exec(ctx, `
		UPDATE letter_row SET read_at = $3 WHERE letter = $1 AND read_at = 0 AND person IN (
			SELECT CASE WHEN t.child = '' THEN t.person ELSE t.child END FROM letter_to t WHERE t.letter = $1 AND t.person = $2)`, id, person, now)
	if err != nil {
		return false, fmt.Errorf("rows of letter %s: %w", id, err)
	}
	return n > 0, nil
}

// tellReport tells those who see a row of the person's in a letter's report that it changed.
func (m *Module) tellReport(ctx context.Context, person, letter string) {
	ctx = context.WithoutCancel(ctx)
	var children []string
	err := m.db.Select(ctx, &children, `SELECT child FROM letter_to WHERE letter = $1 AND person = $2`, letter, person)
	var who []string
	for _, child := range children {
		if err != nil {
			break
		}
		var some []string
		some, err = reporters(ctx, m.db, letter, child)
		who = append(who, some...)
	}
	if err != nil {
		m.d.Log.ErrorContext(ctx, "who sees a report", slog.String("letter", letter), slog.Any("error", err))
		return
	}
	slices.Sort(who)
	m.reported(letter, slices.Compact(who))
}
