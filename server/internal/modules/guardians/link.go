package guardians

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"schulhof/server/internal/db"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Kinds of links.
const (
	linkActivate = "activate" // chooses the first password
	linkReset    = "reset"    // chooses a new one
	linkOld      = "old"      // agrees to another address, at the one until now
	linkNew      = "new"      // and at the other one
)

// How long links are good for.
const (
	activateFor = 48 * time.Hour
	resetFor    = 2 * time.Hour
	addressFor  = 48 * time.Hour
)

// Codes of refusals that only pages show.
const (
	codeLinkWrong   = "link_wrong"
	codeLinkUsed    = "link_used"
	codeLinkExpired = "link_expired"
	codeAgreeUsed   = "agree_used"
	codeAgreeOver   = "agree_expired"
	codeEmail       = "email"
	codeDiffer      = "differ"
	codeForm        = "form"
)

var (
	errLinkWrong   = web.Refuse(http.StatusNotFound, codeLinkWrong, "There is no such link. Copy all of it from the mail.")
	errLinkUsed    = web.Refuse(http.StatusGone, codeLinkUsed, "This link has been used already.")
	errLinkExpired = web.Refuse(http.StatusGone, codeLinkExpired, "The time of this link is over.")
	errAgreeUsed   = web.Refuse(http.StatusGone, codeAgreeUsed, "This address has agreed already.")
	errAgreeOver   = web.Refuse(http.StatusGone, codeAgreeOver, "The time of this link is over. Ask for the change again.")
	errEmail       = web.Refuse(http.StatusUnprocessableEntity, codeEmail, "This is no e-mail address.", "field", "email")
	errEmailTaken  = web.Refuse(http.StatusConflict, wire.CodeEmailTaken,
		"There is an account with this e-mail address already. Sign in with it and add the child's code there.")
	errMails = web.RefuseFor(int((24*time.Hour)/time.Second), "There were too many mails today. Try again tomorrow.")
)

// link is a row of guardian_link.
type link struct {
	ID       string `db:"id"`
	PersonID string `db:"person_id"`
	Kind     string `db:"kind"`
	About    string `db:"about"`
	Email    string `db:"email"`
	Hash     string `db:"hash"`
	Language string `db:"language"`
	Created  int64  `db:"created"`
	Until    int64  `db:"until"`
	UsedAt   int64  `db:"used_at"`
}

func newToken() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// linkBy gives the link of a token, of one of some kinds. Beside the refusals
// link_used and link_expired it gives the link as well.
func (m *Module) linkBy(ctx context.Context, c db.Conn, token string, kinds ...string) (link, error) {
	var l link
	err := c.Get(ctx, &l, `SELECT * FROM guardian_link WHERE hash = $1`, hashToken(token))
	if errors.Is(err, db.ErrNotFound) {
		return link{}, errLinkWrong
	}
	if err != nil {
		return link{}, fmt.Errorf("link: %w", err)
	}
	known := false
	for _, kind := range kinds {
		known = known || l.Kind == kind
	}
	switch {
	case !known:
		return link{}, errLinkWrong
	case l.UsedAt > 0:
		return l, errLinkUsed
	case m.Now().UnixMilli() >= l.Until:
		return l, errLinkExpired
	}
	return l, nil
}

// useLink marks a link as used. It refuses with link_used when somebody was faster.
func (m *Module) useLink(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `UPDATE guardian_link SET used_at = $2 WHERE id = $1 AND used_at = 0`, id, m.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	if n == 0 {
		return errLinkUsed
	}
	return nil
}

// letter is a mail with a link.
type letter struct {
	kind, about string
	person      *people.Person
	to, email   string // where it goes; the address that it is about, which may be ""
	language    string
	lasts       time.Duration
	text        string   // the texts' name: mail_activate
	path        string   // before the token: /eltern/aktivieren/
	extra       []string // more values of the text
}

// send stores a link and queues its mail. The caller wakes the mail after the commit.
func (m *Module) send(ctx context.Context, tx *db.Tx, in *letter) error {
	state, err := m.School.Now(ctx)
	if err != nil {
		return err
	}
	now, token, id := m.Now(), newToken(), m.ID()
	until := now.Add(in.lasts)
	_, err = tx.Exec(ctx, `
		INSERT INTO guardian_link (id, person_id, kind, about, email, hash, language, created, until, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`,
		id, in.person.ID, in.kind, in.about, in.email, hashToken(token), in.language, now.UnixMilli(), until.UnixMilli())
	if err != nil {
		return fmt.Errorf("link for %s: %w", in.person.ID, err)
	}
	values := append([]string{
		"school", state.Name, "name", in.person.Wire().Name(), "until", m.moment(until), "server", m.host(), "email", in.email,
		"link", m.Config.Address() + in.path + token + "?sprache=" + in.language,
	}, in.extra...)
	say := m.pages.in(in.language)
	err = m.Mail.Queue(ctx, tx, mail.Message{
		Kind: "guardians", Key: id, To: mail.Address{Name: in.person.Wire().Name(), Addr: in.to},
		Subject: say.text(in.text+"_subject", values...), Text: say.text(in.text, values...),
	})
	if errors.Is(err, mail.ErrInvalid) {
		return errEmail
	}
	return err
}

// moment words a time as the school reads it.
func (m *Module) moment(t time.Time) string { return t.In(m.zone).Format("02.01.2006, 15:04") }

// recent counts a person's links of a kind, and those to an address, of the last
// hours.
func (m *Module) recent(ctx context.Context, c db.Conn, kind, personID, email string, within time.Duration) (int, error) {
	var n int
	err := c.Get(ctx, &n, `
		SELECT COUNT(*) FROM guardian_link WHERE kind = $1 AND created > $2 AND (person_id = $3 OR email = $4 AND email <> '')`,
		kind, m.Now().Add(-within).UnixMilli(), personID, email)
	if err != nil {
		return 0, fmt.Errorf("links of %s: %w", personID, err)
	}
	return n, nil
}

// address gives an e-mail address as it is stored, or refuses it.
func address(typed string) (string, error) {
	const most = 200
	a := people.Canonical(typed)
	_, domain, ok := strings.Cut(a, "@")
	parsed, err := netmail.ParseAddress(a)
	bad := func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || strings.ContainsRune(`<>()[],;:"\`, r)
	}
	if !ok || err != nil || parsed.Address != a || len(a) > most || !strings.Contains(domain, ".") || strings.ContainsFunc(a, bad) ||
		strings.ToValidUTF8(a, "") != a {
		return "", errEmail
	}
	return a, nil
}
