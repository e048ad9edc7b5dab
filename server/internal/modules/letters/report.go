package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type sentInput struct {
	Scope string `query:"scope" enum:"own,seen" default:"own"`
}

type sentListAnswer struct{ Body wire.SentList }

// sent answers the caller's own letters, or all of which the caller sees the report.
func (m *Module) sent(ctx context.Context, in *sentInput) (*sentListAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	var list args
	where := sender(a, &list)
	if in.Scope == "seen" {
		where = `(` + where + ` OR l.state IN ('sent', 'recalled') AND EXISTS (SELECT 1 FROM letter_row r WHERE r.letter = l.id AND ` + seesRow(a, &list) + `))`
	}
	letters, err := m.sentLetters(ctx, m.db, a, `(l.state <> 'draft' OR l.problem <> '') AND `+where, list)
	return &sentListAnswer{wire.SentList{Letters: letters}}, err
}

// sentOne gives one letter as its sender sees it.
func (m *Module) sentOne(ctx context.Context, c db.Conn, a asker, id string) (wire.SentLetter, error) {
	list := args{id}
	found, err := m.sentLetters(ctx, c, a, `l.id = $1`, list)
	if err == nil && len(found) == 0 {
		err = web.ErrNotFound
	}
	if err != nil {
		return wire.SentLetter{}, err
	}
	return found[0], nil
}

// counts are the numbers of a letter's report, of the rows that the asker sees.
type counts struct {
	Letter   string `db:"letter"`
	Total    int    `db:"total"`
	Read     int    `db:"seen"`
	Answered int    `db:"answered"`
}

// sentLetters gives the letters l that where names, the newest 500 first.
func (m *Module) sentLetters(ctx context.Context, c db.Conn, a asker, where string, list args) ([]wire.SentLetter, error) {
	var rows []letter
	if err := c.Select(ctx, &rows, `
		SELECT l.* FROM letter l WHERE `+where+`
		ORDER BY CASE WHEN l.sent > 0 THEN l.sent WHEN l.send_at > 0 THEN l.send_at ELSE l.saved END DESC, l.id DESC LIMIT 500`, list...); err != nil {
		return nil, fmt.Errorf("letters sent: %w", err)
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	numbers, err := countsOf(ctx, c, a, ids)
	if err != nil {
		return nil, err
	}
	bounced, err := bouncesOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	senders, err := sendersOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	subjects, err := subjectsOf(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	vacant, err := vacantOf(ctx, c, a, ids)
	if err != nil {
		return nil, err
	}
	out := make([]wire.SentLetter, 0, len(rows))
	for i := range rows {
		l := &rows[i]
		n := numbers[l.ID]
		s := wire.SentLetter{
			ID: l.ID, Subject: l.Subject, State: l.State, Total: n.Total, Read: n.Read, Answered: n.Answered, Bounced: bounced[l.ID],
			Deadline: moment(l.Deadline), From: namesOf(senders[l.ID]), Version: l.Version, Problem: l.Problem,
			Mine: slices.ContainsFunc(senders[l.ID], func(s senderRow) bool { return s.Person == a.ID }), StandIn: slices.Contains(vacant, l.ID),
		}
		at := l.Saved
		if l.State == stateScheduled {
			at = l.SendAt
		} else if l.Sent > 0 {
			at = l.Sent
		}
		s.At = time.UnixMilli(at).UTC()
		if s.To, err = unjson[[]wire.Target](l.Targets); err != nil {
			return nil, err
		}
		if subject, sent := subjects[l.ID]; sent {
			s.Subject = subject
		}
		out = append(out, s)
	}
	return out, nil
}

// vacantOf gives those of some letters for whose senders the asker stands in.
func vacantOf(ctx context.Context, c db.Conn, a asker, ids []string) ([]string, error) {
	list := args{a.ID}
	var found []string
	if err := c.Select(ctx, &found, `SELECT l.id FROM letter l WHERE l.id IN `+list.in(ids)+` AND l.state = 'sent' AND `+standsIn("l.id", "$1"), list...); err != nil {
		return nil, fmt.Errorf("letters whose senders have left: %w", err)
	}
	return found, nil
}

// subjectsOf gives the subjects of letters that were sent, in their last version.
func subjectsOf(ctx context.Context, c db.Conn, ids []string) (map[string]string, error) {
	var list args
	var rows []struct {
		Letter  string `db:"letter"`
		Subject string `db:"subject"`
	}
	if err := c.Select(ctx, &rows, `
		SELECT v.letter, v.subject FROM letter l JOIN letter_version v ON v.letter = l.id AND v.version = l.version
		WHERE l.id IN `+list.in(ids), list...); err != nil {
		return nil, fmt.Errorf("subjects of letters: %w", err)
	}
	by := map[string]string{}
	for _, r := range rows {
		by[r.Letter] = r.Subject
	}
	return by, nil
}

func countsOf(ctx context.Context, c db.Conn, a asker, ids []string) (map[string]counts, error) {
	var list args
	var rows []counts
	if err := c.Select(ctx, &rows, `
		SELECT r.letter, COUNT(*) AS total, SUM(CASE WHEN r.read_at > 0 THEN 1 ELSE 0 END) AS seen, SUM(r.answered) AS answered
		FROM letter_row r WHERE r.letter IN `+list.in(ids)+` AND `+seesRow(a, &list)+` GROUP BY r.letter`, list...); err != nil {
		return nil, fmt.Errorf("numbers of letters: %w", err)
	}
	by := map[string]counts{}
	for _, r := range rows {
		by[r.Letter] = r
	}
	return by, nil
}

func bouncesOf(ctx context.Context, c db.Conn, ids []string) (map[string]int, error) {
	var list args
	var rows []struct {
		Letter string `db:"letter"`
		N      int    `db:"n"`
	}
	if err := c.Select(ctx, &rows, `SELECT letter, COUNT(*) AS n FROM letter_box WHERE bounce <> '' AND letter IN `+list.in(ids)+` GROUP BY letter`, list...); err != nil {
		return nil, fmt.Errorf("bounces of letters: %w", err)
	}
	by := map[string]int{}
	for _, r := range rows {
		by[r.Letter] = r.N
	}
	return by, nil
}

type reportAnswer struct{ Body wire.Report }

// report answers who has read and answered a letter: the rows that the caller sees.
func (m *Module) report(ctx context.Context, in *OfLetter) (*reportAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := m.reportOf(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	return &reportAnswer{r.Report}, nil
}

// fullReport is a report with what only the server needs.
type fullReport struct {
	wire.Report
	lang string
}

// reportRow is a row of a report.
type reportRow struct {
	ID       string `db:"id"`
	Given    string `db:"given"`
	Family   string `db:"family"`
	Class    string `db:"class"`
	ReadAt   int64  `db:"read_at"`
	Answered bool   `db:"answered"`
	Staff    bool   `db:"staff"`
}

// readerRow is whom a letter went to, for a row.
type readerRow struct {
	Row     string `db:"row_id"`
	Person  string `db:"person"`
	Given   string `db:"given"`
	Family  string `db:"family"`
	Reached bool   `db:"reached"`
	Child   string `db:"child"`
	Bounce  string // what the mail server said
}

// reportOf gives the rows of a letter's report that the asker sees; web.ErrNotFound
// where that is none.
func (m *Module) reportOf(ctx context.Context, a asker, id string) (*fullReport, error) {
	list := args{id}
	var rows []reportRow
	if err := m.db.Select(ctx, &rows, `
		SELECT r.person AS id, COALESCE(c.given, '') AS given, COALESCE(c.family, '') AS family, r.class, r.read_at, r.answered, r.staff
		FROM letter_row r LEFT JOIN person c ON c.id = r.person JOIN letter l ON l.id = r.letter
		WHERE r.letter = $1 AND l.state IN ('sent', 'recalled') AND `+seesRow(a, &list)+`
		ORDER BY r.staff, r.class, CASE WHEN c.id IS NULL THEN 1 ELSE 0 END, c.fold, r.person`, list...); err != nil {
		return nil, fmt.Errorf("report of letter %s: %w", id, err)
	}
	if len(rows) == 0 {
		return nil, web.ErrNotFound
	}
	var l letter
	if err := m.db.Get(ctx, &l, `SELECT * FROM letter WHERE id = $1`, id); err != nil {
		return nil, fmt.Errorf("letter %s: %w", id, err)
	}
	out := &fullReport{lang: l.Lang}
	var err error
	if out.Letter, err = m.sentOne(ctx, m.db, a, id); err != nil {
		return nil, err
	}
	if out.Ask, err = unjson[wire.Ask](l.Ask); err != nil {
		return nil, err
	}
	many := 2 * out.Letter.Total // guardians of that many children, for a start
	readers, answers := make([]readerRow, 0, many), make([]answerRow, 0, many)
	var bounces map[string]string
	part, ctx := errgroup.WithContext(ctx) // of a large school, each takes its time
	part.Go(func() error { return readersOf(ctx, m.db, id, &readers) })
	part.Go(func() (err error) {
		bounces, err = reasonsOf(ctx, m.db, id)
		return err
	})
	part.Go(func() error {
		if err := m.db.Select(ctx, &answers, `SELECT * FROM letter_answer WHERE letter = $1 ORDER BY at, person, child`, id); err != nil {
			return fmt.Errorf("answers to letter %s: %w", id, err)
		}
		return nil
	})
	if err := part.Wait(); err != nil {
		return nil, err
	}
	for i := range readers {
		readers[i].Bounce = bounces[readers[i].Person]
	}
	return out, out.fill(a, rows, readers, answers)
}

// readersOf adds whom a letter went to to readers.
func readersOf(ctx context.Context, c db.Conn, letter string, readers *[]readerRow) error {
	if err := c.Select(ctx, readers, `
		SELECT CASE WHEN t.child = '' THEN t.person ELSE t.child END AS row_id, t.person, t.child,
			COALESCE(p.given, '') AS given, COALESCE(p.family, '') AS family, CASE WHEN `+reachable+` THEN 1 ELSE 0 END AS reached
		FROM letter_to t LEFT JOIN person p ON p.id = t.person
		WHERE t.letter = $1 ORDER BY p.family, p.given, t.person`, letter); err != nil {
		return fmt.Errorf("readers of letter %s: %w", letter, err)
	}
	return nil
}

// reasonsOf gives why mails about a letter could not be delivered, by reader. It is not
// joined to the readers: PostgreSQL, as long as it does not know that the letter is a
// large one, would compare all with all.
func reasonsOf(ctx context.Context, c db.Conn, letter string) (map[string]string, error) {
	var rows []struct {
		Person string `db:"person"`
		Bounce string `db:"bounce"`
	}
	if err := c.Select(ctx, &rows, `SELECT person, bounce FROM letter_box WHERE letter = $1 AND bounce <> ''`, letter); err != nil {
		return nil, fmt.Errorf("bounces of letter %s: %w", letter, err)
	}
	by := make(map[string]string, len(rows))
	for _, r := range rows {
		by[r.Person] = r.Bounce
	}
	return by, nil
}

// fill puts a report together.
func (r *fullReport) fill(a asker, rows []reportRow, readers []readerRow, answers []answerRow) error {
	at := make(map[string]*wire.ReportRow, len(rows))
	r.Rows = make([]wire.ReportRow, len(rows))
	asked := asksAnything(&r.Ask)
	for i := range rows {
		row := &rows[i]
		child := childRow{ID: row.ID, Given: row.Given, Family: row.Family, Class: row.Class}
		r.Rows[i] = wire.ReportRow{Child: child.wire(), Read: moment(row.ReadAt), Gone: isGone(row.ID)}
		r.Rows[i].Missing = !r.Rows[i].Gone && (asked && !row.Answered || !asked && row.ReadAt == 0)
		at[row.ID] = &r.Rows[i]
	}
	of := map[string][]string{} // the rows of a person who answers once for all
	for i := range readers {
		p := &readers[i]
		if !r.Ask.PerChild || p.Child == "" {
			of[p.Person] = append(of[p.Person], p.Row)
		}
		row := at[p.Row]
		if row == nil || row.Gone {
			continue
		}
		row.Reached = row.Reached || p.Reached
		if p.Bounce != "" {
			row.Bounce = p.Bounce
		}
		if p.Child != "" && !isGone(p.Person) {
			row.Guardian = append(row.Guardian, (&personRow{Given: p.Given, Family: p.Family}).name())
		}
	}
	return r.answers(a, at, of, answers)
}

// answers puts the answers to their rows, and counts what was chosen.
func (r *fullReport) answers(a asker, at map[string]*wire.ReportRow, of map[string][]string, answers []answerRow) error {
	if r.Ask.Choice != nil {
		r.Counts = make([]int, len(r.Ask.Choice.Options))
	}
	for i := range answers {
		answer, err := answers[i].wire(a.ID, true)
		if err != nil {
			return err
		}
		to := []string{answers[i].Child}
		if answers[i].Child == "" {
			to = of[answers[i].Person]
		}
		seen := false
		for _, id := range to {
			if row := at[id]; row != nil {
				given := answer
				if row.Gone && !given.Paper {
					given.By, given.Mine = "", false // a brother's or sister's guardian
				}
				row.Answers = append(row.Answers, given)
				seen = true
			}
		}
		for _, o := range answer.Options {
			if seen && o >= 0 && o < len(r.Counts) {
				r.Counts[o]++
			}
		}
	}
	return nil
}
