// Package mail sends the school's mail through its smart host, by a queue that
// survives restarts.
//
// A mail is a row, queued in the transaction of whoever wants it sent. A sender
// marks it as being sent, hands it to the smart host over a connection that
// serves many mails, and writes down the end together with the beginning of the
// next. So a mail is sent at least once, and twice only if the server was killed
// (or the network cut) between the smart host's yes and that note: at most one
// mail per connection. Both copies carry the same Message-ID, which stems from
// the row, so that mail programs show one.
//
// A temporary refusal (4xx) or silence is tried again, more and more rarely, for
// three days. A permanent one (5xx) to the recipient or the content is a bounce:
// it is told to whoever asked by OnBounce, in the same transaction. Trouble with
// the smart host itself (down, wrong password, sender refused) counts against no
// mail: all of them wait.
//
// Without a smart host mails stay in the queue, and the log says so once; or,
// for development, they are written into a folder as .eml files.
//
// Words: kind and key name a mail to its sender ("letter", "42:erika"); queued
// twice, it is sent once.
package mail

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"schulhof/server/internal/db"
)

//go:embed sql/*.sql
var migrations embed.FS

// Bounds of one mail.
const (
	maxSubject     = 500     // characters
	maxBody        = 1 << 20 // bytes, text and HTML each
	maxAttachments = 20
	// MaxAttached is what all attachments of a mail may have together, in bytes.
	MaxAttached = 15 << 20
)

// ErrInvalid is wrapped by Queue's refusals: what was asked for can be no mail.
var ErrInvalid = errors.New("not a mail that can be sent")

// Address is a person's name, which may be empty, and mail address.
type Address struct {
	Name, Addr string
}

// Attachment is a file that goes with a mail. Its content is fetched by Ref when
// the mail is sent.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"` // media type; "" for application/octet-stream
	Ref  string `json:"ref"`
}

// Message is a mail to one recipient.
type Message struct {
	Kind, Key   string  // together they name the mail; both are needed
	To, ReplyTo Address // ReplyTo may be empty
	Subject     string  // line breaks and control characters become spaces
	Text        string  // never empty
	HTML        string  // "" for none; sanitised by the caller
	Unsubscribe string  // https address that unsubscribes by one POST (RFC 8058); "" for none
	Headers     map[string]string
	Attachments []Attachment
	Due         time.Time // not before; the zero time is at once
}

// Deps is what a Mail is given once.
type Deps struct {
	DB     *db.DB
	Log    *slog.Logger
	Now    func() time.Time
	ID     func() string // unique, ordered by time, letters and digits only
	Config Config
	// Open gives an attachment's content. Nil if no mail has any.
	Open func(ctx context.Context, ref string) (io.ReadCloser, error)
	Poll time.Duration // how often to look for due mail; 1 s if 0
}

// BounceFunc is told, inside the transaction that writes it down, that a mail of
// its kind will never arrive, and why, in the mail server's words. It waits for
// nothing but SQL. An error of it is logged and does not stop the queue.
type BounceFunc func(ctx context.Context, tx *db.Tx, key, reason string) error

// Mail is the queue and its senders.
type Mail struct {
	deps Deps
	wake chan struct{}

	mu       sync.Mutex
	onBounce map[string]BounceFunc
	due      []string // ids of mails that were due when last looked
}

// New checks the configuration, migrates the table and returns a queue.
func New(ctx context.Context, deps Deps) (*Mail, error) {
	deps.Config = deps.Config.withDefaults()
	if err := deps.Config.check(); err != nil {
		return nil, fmt.Errorf("mail configuration: %w", err)
	}
	if deps.Poll == 0 {
		deps.Poll = time.Second
	}
	tables, err := fs.Sub(migrations, "sql")
	if err != nil {
		return nil, fmt.Errorf("mail table: %w", err)
	}
	if err := deps.DB.Migrate(ctx, "mail", tables); err != nil {
		return nil, fmt.Errorf("mail table: %w", err)
	}
	return &Mail{deps: deps, wake: make(chan struct{}, 1), onBounce: map[string]BounceFunc{}}, nil
}

// OnBounce names who is told about the bounces of a kind; the last one named is.
func (m *Mail) OnBounce(kind string, fn BounceFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onBounce[kind] = fn
}

// Wake lets the senders look for due mail now instead of at their next poll; call
// it after the transaction that queued.
func (m *Mail) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Queue adds a mail in the caller's transaction. A mail of the same kind and key
// that was ever queued (and not yet pruned) makes it do nothing. It refuses, with
// ErrInvalid, what no mail can be.
func (m *Mail) Queue(ctx context.Context, tx db.Conn, msg Message) error {
	_, err := m.QueueAll(ctx, tx, []Message{msg})
	return err
}

// queueBatch is how many mails one statement adds.
const queueBatch = 50

// QueueAll is Queue for many, faster. Those that can be no mail it leaves out: it
// gives their places, and an error that wraps ErrInvalid for the first of them.
func (m *Mail) QueueAll(ctx context.Context, tx db.Conn, all []Message) (bad []int, err error) {
	now := m.deps.Now()
	var values []string
	var args []any
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO mail (id, kind, dedup, to_name, to_addr, reply_name, reply_addr, subject, text, html,
				unsubscribe, headers, attachments, due, created)
			VALUES `+strings.Join(values, ", ")+` ON CONFLICT (kind, dedup) DO NOTHING`, args...)
		values, args = values[:0], args[:0]
		return err
	}
	var invalid error
	for i := range all {
		msg := &all[i]
		r, err := toRow(*msg)
		if err != nil {
			bad = append(bad, i)
			invalid = cmp.Or(invalid, fmt.Errorf("mail %s %s: %w", msg.Kind, msg.Key, err))
			continue
		}
		due := msg.Due
		if due.IsZero() {
			due = now
		}
		from := len(args)
		args = append(args, m.deps.ID(), r.Kind, r.Dedup, r.ToName, r.ToAddr, r.ReplyName, r.ReplyAddr, r.Subject, r.Text, r.HTML,
			r.Unsubscribe, r.Headers, r.Attachments, due.UnixMilli(), now.UnixMilli())
		places := make([]string, 0, len(args)-from)
		for n := from + 1; n <= len(args); n++ {
			places = append(places, "$"+strconv.Itoa(n))
		}
		if values = append(values, "("+strings.Join(places, ", ")+")"); len(values) == queueBatch {
			if err := flush(); err != nil {
				return nil, fmt.Errorf("queue mails: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return nil, fmt.Errorf("queue mails: %w", err)
	}
	return bad, invalid
}

// Cancel takes the mails of a kind back whose keys begin with prefix and that wait
// unsent; one under way goes out. It gives how many.
func (m *Mail) Cancel(ctx context.Context, tx db.Conn, kind, prefix string) (int64, error) {
	n, err := tx.Exec(ctx, `DELETE FROM mail WHERE kind = $1 AND dedup >= $2 AND dedup < $3 AND open = 1 AND state = 'queued' AND locked_until = 0`,
		kind, prefix, prefix+"\U0010FFFF")
	if err != nil {
		return 0, fmt.Errorf("cancel mails %s %s: %w", kind, prefix, err)
	}
	return n, nil
}

// State is how far a mail is.
type State string

// The states of a mail.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed"
)

// Status is what became of a mail.
type Status struct {
	State     State  `db:"state"`
	Attempts  int    `db:"attempts"`
	LastError string `db:"last_error"` // the mail server's words
	SentAt    int64  `db:"sent_at"`    // unix milliseconds; 0: not yet
}

// Status returns what became of a mail; db.ErrNotFound if it was never queued or
// is pruned.
func (m *Mail) Status(ctx context.Context, conn db.Conn, kind, key string) (Status, error) {
	var s Status
	if err := conn.Get(ctx, &s, `SELECT state, attempts, last_error, sent_at FROM mail WHERE kind = $1 AND dedup = $2`,
		kind, key); err != nil {
		return Status{}, fmt.Errorf("status of mail %s %s: %w", kind, key, err)
	}
	return s, nil
}

// Waiting counts the mails that are neither sent nor failed.
func (m *Mail) Waiting(ctx context.Context, conn db.Conn) (int, error) {
	var n int
	if err := conn.Get(ctx, &n, `SELECT COUNT(*) FROM mail WHERE open = 1`); err != nil {
		return 0, fmt.Errorf("waiting mails: %w", err)
	}
	return n, nil
}

// Prune forgets sent and failed mails that were queued before the given time, and
// with them that they were ever queued.
func (m *Mail) Prune(ctx context.Context, conn db.Conn, before time.Time) (int64, error) {
	n, err := conn.Exec(ctx, `DELETE FROM mail WHERE open = 0 AND created < $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("prune mails: %w", err)
	}
	return n, nil
}

// row is a mail as it stands in the table.
type row struct {
	ID          string  `db:"id"`
	Kind        string  `db:"kind"`
	Dedup       string  `db:"dedup"`
	ToName      string  `db:"to_name"`
	ToAddr      string  `db:"to_addr"`
	ReplyName   string  `db:"reply_name"`
	ReplyAddr   string  `db:"reply_addr"`
	Subject     string  `db:"subject"`
	Text        string  `db:"text"`
	HTML        *string `db:"html"`
	Unsubscribe string  `db:"unsubscribe"`
	Headers     string  `db:"headers"`     // JSON
	Attachments string  `db:"attachments"` // JSON
	Attempts    int     `db:"attempts"`
	Created     int64   `db:"created"`
	holder      string
}

// allowed are the headers that a message may add; all others are made here.
var allowed = regexp.MustCompile(`^(?:X-[A-Za-z0-9-]{1,60}|In-Reply-To|References|Precedence)$`)

func toRow(msg Message) (row, error) {
	switch {
	case msg.Kind == "" || msg.Key == "":
		return row{}, fmt.Errorf("%w: it has no kind or no key", ErrInvalid)
	case strings.TrimSpace(msg.Text) == "":
		return row{}, fmt.Errorf("%w: its text is empty", ErrInvalid)
	case len(msg.Text) > maxBody || len(msg.HTML) > maxBody:
		return row{}, fmt.Errorf("%w: its text is longer than %d bytes", ErrInvalid, maxBody)
	case len(msg.Attachments) > maxAttachments:
		return row{}, fmt.Errorf("%w: %d attachments, %d are allowed", ErrInvalid, len(msg.Attachments), maxAttachments)
	}
	to, err := checkAddress(msg.To)
	if err != nil {
		return row{}, err
	}
	var reply Address
	if msg.ReplyTo.Addr != "" {
		if reply, err = checkAddress(msg.ReplyTo); err != nil {
			return row{}, err
		}
	}
	if err := checkHeaders(msg); err != nil {
		return row{}, err
	}
	headers, err := json.Marshal(msg.Headers)
	if err != nil {
		return row{}, fmt.Errorf("headers: %w", err)
	}
	attachments, err := json.Marshal(msg.Attachments)
	if err != nil {
		return row{}, fmt.Errorf("attachments: %w", err)
	}
	r := row{
		Kind: msg.Kind, Dedup: msg.Key, ToName: to.Name, ToAddr: to.Addr, ReplyName: reply.Name, ReplyAddr: reply.Addr,
		Subject: oneLine(msg.Subject, maxSubject), Text: body(msg.Text), Unsubscribe: msg.Unsubscribe,
		Headers: string(headers), Attachments: string(attachments),
	}
	if msg.HTML != "" {
		html := body(msg.HTML)
		r.HTML = &html
	}
	return r, nil
}

// checkAddress returns a in the form in which it is sent: the domain in ASCII.
func checkAddress(a Address) (Address, error) {
	if len(a.Addr) > 254 || strings.ContainsFunc(a.Addr, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return Address{}, fmt.Errorf("%w: the address %q", ErrInvalid, a.Addr)
	}
	local, domain, ok := strings.Cut(a.Addr, "@")
	ascii, err := idna.Lookup.ToASCII(domain)
	if !ok || local == "" || err != nil {
		return Address{}, fmt.Errorf("%w: the address %q", ErrInvalid, a.Addr)
	}
	parsed, err := netmail.ParseAddress("<" + local + "@" + ascii + ">")
	if err != nil || parsed.Address != local+"@"+ascii {
		return Address{}, fmt.Errorf("%w: the address %q", ErrInvalid, a.Addr)
	}
	return Address{Name: oneLine(a.Name, 200), Addr: parsed.Address}, nil
}

func checkHeaders(msg Message) error {
	for name, value := range msg.Headers {
		if !allowed.MatchString(name) || len(value) > 900 || !plain(value) {
			return fmt.Errorf("%w: the header %q", ErrInvalid, name)
		}
	}
	if msg.Unsubscribe != "" {
		to, err := url.Parse(msg.Unsubscribe)
		if err != nil || to.Scheme != "https" || to.Host == "" || len(msg.Unsubscribe) > 900 ||
			!plain(msg.Unsubscribe) || strings.ContainsAny(msg.Unsubscribe, "<> ,") {
			return fmt.Errorf("%w: the address to unsubscribe at has to be https", ErrInvalid)
		}
	}
	for _, a := range msg.Attachments {
		if a.Ref == "" || strings.TrimSpace(a.Name) == "" {
			return fmt.Errorf("%w: an attachment without a name or content", ErrInvalid)
		}
	}
	return nil
}

// plain says whether s is printable ASCII.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// oneLine returns s as one line of at most limit characters, without control
// characters, so that it can stand in a header.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case r >= 0x202a && r <= 0x202e: // turns the direction of what follows
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}

// body returns s as valid UTF-8 that both databases hold.
func body(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
