package letters

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// How people hear of letters by mail.
const (
	mailNow   = "now"
	mailDaily = "daily"
	mailNever = "never"
)

// maxDigest is how many letters a daily mail names; of more it says how many there are.
const maxDigest = 100

// digestHour is when the daily mail goes out, in the server's time zone.
const digestHour = 17

// recipient is somebody who may get a mail about a letter.
type recipient struct {
	personRow
	Email    string `db:"email"`
	Language string `db:"language"`
	Mode     string `db:"mode"`
	Token    string `db:"token"`
	children []wire.LetterChild
}

// recipients gives those of a letter's readers who have an account and an address,
// with the children that it concerns; only those in among, unless that is nil.
func recipients(ctx context.Context, tx *db.Tx, letter string, among []string) ([]recipient, error) {
	list := args{letter}
	only, ofThem := "", ""
	if among != nil {
		these := list.in(among)
		only, ofThem = ` AND p.id IN `+these, ` AND t.person IN `+these
	}
	var all []recipient
	if err := tx.Select(ctx, &all, `
		SELECT p.id, p.given, p.family, p.email, p.language, COALESCE(n.mode, '') AS mode, COALESCE(n.token, '') AS token
		FROM letter_box b JOIN letter l ON l.id = b.letter JOIN person p ON p.id = b.person LEFT JOIN letter_notice n ON n.person = p.id
		WHERE b.letter = $1 AND b.gone = 0 AND p.email <> '' AND `+mayRead+` AND `+reachable+only+` ORDER BY p.id`, list...); err != nil {
		return nil, fmt.Errorf("recipients of letter %s: %w", letter, err)
	}
	var rows []struct {
		childRow
		Person string `db:"person"`
	}
	if err := tx.Select(ctx, &rows, `
		SELECT t.letter, t.person, c.id, c.given, c.family, r.class
		FROM letter_to t JOIN guardian g ON g.guardian_id = t.person AND g.child_id = t.child
			JOIN person c ON c.id = t.child JOIN letter_row r ON r.letter = t.letter AND r.person = t.child
		WHERE t.letter = $1`+ofThem+` ORDER BY c.given, c.family, c.id`, list...); err != nil {
		return nil, fmt.Errorf("children of letter %s: %w", letter, err)
	}
	at := make(map[string]*recipient, len(all))
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	for i := range rows {
		if r := at[rows[i].Person]; r != nil {
			r.children = append(r.children, rows[i].wire())
		}
	}
	return all, enlist(ctx, tx, all)
}

// enlist gives those a token who have none yet. Somebody may choose how to hear of
// letters at the same time: that counts.
func enlist(ctx context.Context, tx *db.Tx, all []recipient) error {
	without := map[string]*recipient{}
	for i := range all {
		if all[i].Token == "" {
			without[all[i].ID] = &all[i]
		}
	}
	const batch = 200
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(without)), batch) {
		var list args
		values := make([]string, len(ids))
		for i, id := range ids {
			values[i] = "(" + list.add(id) + ", 'now', " + list.add(newToken()) + ")"
		}
		var rows []struct {
			Person string `db:"person"`
			Mode   string `db:"mode"`
			Token  string `db:"token"`
		}
		if err := tx.Select(ctx, &rows, `INSERT INTO letter_notice (person, mode, token) VALUES `+strings.Join(values, ", ")+`
			ON CONFLICT (person) DO UPDATE SET mode = letter_notice.mode RETURNING person, mode, token`, list...); err != nil {
			return fmt.Errorf("tokens of recipients: %w", err)
		}
		for _, r := range rows {
			without[r.Person].Mode, without[r.Person].Token = r.Mode, r.Token
		}
	}
	return nil
}

func newToken() string { return strings.ToLower(rand.Text()) }

// post queues the mails about a letter, one for each reader, or puts it aside for the
// daily one.
func (m *Module) post(ctx context.Context, tx *db.Tx, l *letter, b *bothTexts) error {
	if l.quiet {
		return nil
	}
	all, err := recipients(ctx, tx, l.ID, nil)
	if err != nil {
		return err
	}
	whole, err := m.wholeText(ctx, tx)
	if err != nil {
		return err
	}
	drawn := map[string]string{} // HTML by Markdown: most get the same
	var daily []string
	var now []mail.Message
	var to []string
	for i := range all {
		r := &all[i]
		switch r.Mode {
		case mailNever:
			continue
		case mailDaily:
			daily = append(daily, r.ID)
			continue
		}
		msg, err := m.message(l, r, b, whole, drawn)
		if err != nil {
			return err
		}
		now, to = append(now, msg), append(to, r.ID)
	}
	if err := m.queue(ctx, tx, l.ID, to, now); err != nil {
		return err
	}
	return m.forDigest(ctx, tx, l.ID, daily)
}

// queue queues mails to people; an address that is none is a bounce at once.
func (m *Module) queue(ctx context.Context, tx *db.Tx, letter string, to []string, all []mail.Message) error {
	bad, err := m.d.Mail.QueueAll(ctx, tx, all)
	if err != nil && !errors.Is(err, mail.ErrInvalid) {
		return err
	}
	for _, i := range bad {
		if _, err := tx.Exec(ctx, `UPDATE letter_box SET bounce = $3 WHERE letter = $1 AND person = $2`, letter, to[i], "the address cannot be used"); err != nil {
			return fmt.Errorf("bounce of %s: %w", to[i], err)
		}
	}
	return nil
}

// forDigest puts a letter aside for the daily mail of some people.
func (m *Module) forDigest(ctx context.Context, tx *db.Tx, letter string, people []string) error {
	due := m.d.Now()
	due = time.Date(due.Year(), due.Month(), due.Day(), digestHour, 0, 0, 0, due.Location())
	if !due.After(m.d.Now()) {
		due = due.AddDate(0, 0, 1)
	}
	for _, person := range people {
		if _, err := tx.Exec(ctx, `UPDATE letter_box SET digest = 1 WHERE letter = $1 AND person = $2`, letter, person); err != nil {
			return fmt.Errorf("daily mail of %s: %w", person, err)
		}
		// One for each day: a letter that comes while today's is late must not put it off.
		if err := m.d.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: jobDigest, Key: person + ":" + due.Format(time.DateOnly), Due: due, Payload: person}); err != nil {
			return err
		}
	}
	return nil
}

// forDaily is a condition on a box b of a letter l: it waits for the daily mail of $1.
const forDaily = `b.person = $1 AND b.digest = 1 AND b.gone = 0 AND ` + mayRead

// dailyLetter is a letter of a daily mail.
type dailyLetter struct {
	rawText
	Letter string `db:"letter"`
	Seq    int64  `db:"seq"`
}

// digestDue is the job of a person's daily mail: the letters put aside and the mail
// are settled in one transaction, so none is told of twice.
func (m *Module) digestDue(ctx context.Context, payload json.RawMessage) error {
	var person string
	if err := json.Unmarshal(payload, &person); err != nil {
		return fmt.Errorf("whose daily mail: %w", err)
	}
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var named []dailyLetter
		if err := tx.Select(ctx, &named, `
			SELECT b.letter, b.seq, l.lang, v.subject, v.markdown, v.versions, v.changed, v.changes FROM letter_box b JOIN letter l ON l.id = b.letter
				JOIN letter_version v ON v.letter = l.id AND v.version = l.version
			WHERE `+forDaily+` ORDER BY b.sent, b.letter LIMIT $2`, person, maxDigest); err != nil {
			return fmt.Errorf("daily mail of %s: %w", person, err)
		}
		if len(named) == 0 {
			return nil
		}
		to, err := recipients(ctx, tx, named[0].Letter, []string{person})
		if err != nil || len(to) == 0 {
			return err // nobody who can be told now: they wait for the next daily mail
		}
		all, err := tx.Exec(ctx, `UPDATE letter_box SET digest = 0 WHERE person = $1 AND letter IN (
			SELECT b.letter FROM letter_box b JOIN letter l ON l.id = b.letter WHERE `+forDaily+`)`, person)
		if err != nil {
			return fmt.Errorf("daily mail of %s: %w", person, err)
		}
		if to[0].Mode == mailNever {
			return nil
		}
		return m.postDaily(ctx, tx, &to[0], named, int(all)-len(named))
	})
	m.d.Mail.Wake()
	return err
}

// postDaily queues a person's daily mail, which names some letters and says of how many
// more it does not.
func (m *Module) postDaily(ctx context.Context, tx *db.Tx, to *recipient, named []dailyLetter, more int) error {
	ids := make([]string, len(named))
	for i := range named {
		ids[i] = named[i].Letter
	}
	children, err := childrenOf(ctx, tx, to.ID, ids)
	if err != nil {
		return err
	}
	w := wordsIn(to.Language)
	var text sheet
	text.hello(w, to)
	text.say(w.lang, w.digest+":")
	for _, r := range named {
		lang, read, err := r.reads(to.Language)
		if err != nil {
			return err
		}
		var mine []wire.LetterChild
		for _, c := range children[r.Letter] {
			mine = append(mine, c.wire())
		}
		text.stress(lang, "- "+forChildren(wire.Text{Subject: read.Subject}, mine).Subject)
	}
	if more > 0 {
		text.say(w.lang, strings.ReplaceAll(w.more, "%d", strconv.Itoa(more)))
	}
	text.foot(w, m.d.Config.Address())
	// The key names the letters: the same ones are never told of twice.
	last := named[len(named)-1]
	msg := m.envelope(to, ids[0]+":"+to.ID+":d"+strconv.FormatInt(last.Seq, 10), w.digest)
	text.into(&msg, w.lang)
	return m.queue(ctx, tx, ids[0], []string{to.ID}, []mail.Message{msg})
}

// bounced notes that a mail will never arrive.
func (m *Module) bounced(ctx context.Context, tx *db.Tx, key, reason string) error {
	parts := strings.SplitN(key, ":", 3)
	if len(parts) != 3 {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_box SET bounce = $3 WHERE letter = $1 AND person = $2`, parts[0], parts[1], reason); err != nil {
		return fmt.Errorf("bounce of %s: %w", key, err)
	}
	return nil
}

type noticeAnswer struct{ Body wire.LetterNotice }

func (m *Module) notice(ctx context.Context, _ *struct{}) (*noticeAnswer, error) {
	out := &noticeAnswer{wire.LetterNotice{Mail: mailNow}}
	err := m.db.Get(ctx, &out.Body.Mail, `SELECT mode FROM letter_notice WHERE person = $1`, askerOf(ctx).ID)
	if errors.Is(err, db.ErrNotFound) {
		err = nil
	}
	return out, err
}

func (m *Module) setNotice(ctx context.Context, in *noticeAnswer) (*noticeAnswer, error) {
	if _, err := m.db.Exec(ctx, `
		INSERT INTO letter_notice (person, mode, token) VALUES ($1, $2, $3) ON CONFLICT (person) DO UPDATE SET mode = excluded.mode`,
		askerOf(ctx).ID, in.Body.Mail, newToken()); err != nil {
		return nil, fmt.Errorf("mails about letters: %w", err)
	}
	return in, nil
}

// unsubscribePage is a page with something to say in some languages.
func unsubscribePage(say func(w *words) string, langs ...string) []byte {
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html lang="` + langs[0] + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Schulhof</title></head><body style="font-family:sans-serif;max-width:32em;margin:3em auto;padding:0 1em">
<form method="post">`)
	for _, lang := range slices.Compact(langs) {
		page.WriteString("\n<section" + attributes(lang) + ">" + say(wordsIn(lang)) + "</section>")
	}
	page.WriteString("\n</form></body></html>\n")
	return []byte(page.String())
}

// unsubscribe ends the mails of the person with the token: by one POST (RFC 8058).
// Reading the address changes nothing: mail scanners do that.
func (m *Module) unsubscribe(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	token := r.PathValue("token")
	var reads string
	err := db.ErrNotFound
	if anID.MatchString(token) {
		err = m.db.Get(r.Context(), &reads, `SELECT p.language FROM letter_notice n JOIN person p ON p.id = n.person WHERE n.token = $1`, token)
	}
	switch {
	case r.Method != http.MethodPost && errors.Is(err, db.ErrNotFound):
		err = nil // whether there is such a token says only the button
	case err == nil && r.Method == http.MethodPost:
		_, err = m.db.Exec(r.Context(), `UPDATE letter_notice SET mode = 'never' WHERE token = $1`, token)
	}
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	say := func(w *words) string {
		return "<h1>" + w.off + "</h1><p>" + w.stays + "</p><button>" + w.off + "</button>"
	}
	if r.Method == http.MethodPost {
		say = func(w *words) string { return "<p>" + w.offNow + "</p><p>" + w.stays + "</p>" }
	}
	_, _ = w.Write(unsubscribePage(say, wordsIn(reads).lang, "en"))
}
