package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// refusal is why one mail was not taken; permanent means that it never will be.
type refusal struct {
	reason    string
	permanent bool
}

func (r *refusal) Error() string { return r.reason }

// delivery takes mails to where they go. Deliver returns a *refusal if this mail
// is not wanted, and any other error if the whole way is blocked. It belongs to
// one goroutine.
type delivery interface {
	deliver(ctx context.Context, r row, msg *gomail.Msg) error
	// rest ends the connection until the next mail.
	rest()
}

// newDelivery returns nil when nothing is configured.
func newDelivery(c Config) (delivery, error) {
	switch {
	case c.Folder != "":
		return folder(c.Folder), nil
	case c.Host != "":
		return newHost(c)
	}
	return nil, nil //nolint:nilnil // nothing configured is no mistake, and there is nothing to give
}

// host is a connection to the smart host, made anew when it is lost.
type host struct {
	client *gomail.Client
	conn   *smtp.Client
}

func newHost(c Config) (*host, error) {
	opts := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(c.Timeout), gomail.WithHELO(c.Domain), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithTLSConfig(&tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}),
	}
	switch c.Security {
	case TLS:
		opts = append(opts, gomail.WithSSL())
	case None:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if c.Security == None {
			auth = gomail.SMTPAuthPlainNoEnc // the loopback only: see Config.check
		}
		opts = append(opts, gomail.WithSMTPAuth(auth), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	client, err := gomail.NewClient(c.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("smart host %s: %w", c.Host, err)
	}
	return &host{client: client}, nil
}

func (h *host) deliver(ctx context.Context, _ row, msg *gomail.Msg) error {
	fresh, err := h.connect(ctx)
	if err != nil {
		return err
	}
	err = h.send(ctx, msg)
	var sent *gomail.SendError
	if !fresh && errors.As(err, &sent) && notBegun(sent) {
		// The host hung up on a connection that had served its time: nothing of
		// this mail has left yet, so it goes by a new one.
		h.drop()
		if _, err = h.connect(ctx); err != nil {
			return err
		}
		err = h.send(ctx, msg)
	}
	return h.judge(err)
}

// send hands msg over. When ctx ends it cuts the connection.
func (h *host) send(ctx context.Context, msg *gomail.Msg) error {
	conn := h.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // its only use is to end the wait below
	defer stop()
	return h.client.SendWithSMTPClient(conn, msg)
}

// notBegun says whether a mail failed before its recipient was named, for no
// reason of its own.
func notBegun(err *gomail.SendError) bool {
	return (err.Reason == gomail.ErrSMTPMailFrom || err.Reason == gomail.ErrConnCheck) && (err.ErrorCode() == 0 || err.ErrorCode() == 421)
}

// judge tells a refused mail from a blocked way, and gives up the connection if
// its state is unknown.
func (h *host) judge(err error) error {
	if err == nil {
		return nil
	}
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		h.drop()
		return err
	}
	code := sent.ErrorCode()
	if sent.Reason == gomail.ErrSMTPReset {
		h.drop()
		return nil // the mail itself was taken
	}
	if code == 0 || code == 421 {
		h.drop()
	}
	switch sent.Reason {
	case gomail.ErrSMTPMailFrom, gomail.ErrConnCheck:
		h.drop()
		return fmt.Errorf("smart host: %w", err)
	case gomail.ErrGetRcpts, gomail.ErrGetSender:
		return &refusal{reason: said(err), permanent: true}
	default:
		return &refusal{reason: said(err), permanent: code >= 500}
	}
}

// said returns the mail server's words, bounded and on one line.
func said(err error) string {
	text := err.Error()
	if i := strings.Index(text, ", affected recipient(s): "); i >= 0 {
		text = text[:i]
	}
	if i := strings.Index(text, ", affected message ID: "); i >= 0 {
		text = text[:i]
	}
	return oneLine(text, 500)
}

func (h *host) connect(ctx context.Context) (fresh bool, err error) {
	if h.conn != nil {
		return false, nil
	}
	conn, err := h.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return false, fmt.Errorf("connect to the smart host: %w", err)
	}
	h.conn = conn
	return true, nil
}

// drop gives the connection up without a word.
func (h *host) drop() {
	if h.conn != nil {
		_ = h.conn.Close() // it is broken already
		h.conn = nil
	}
}

func (h *host) rest() {
	if h.conn != nil {
		_ = h.client.CloseWithSMTPClient(h.conn) // QUIT; the mails are through
		h.drop()
	}
}

// folder writes .eml files, named by the mail's id.
type folder string

func (f folder) deliver(_ context.Context, r row, msg *gomail.Msg) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("folder for mail: %w", err)
	}
	name := filepath.Join(string(f), r.ID+".eml")
	if err := msg.WriteToFile(name + ".part"); err != nil {
		return fmt.Errorf("mail into a file: %w", err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return fmt.Errorf("mail into a file: %w", err)
	}
	return nil
}

func (folder) rest() {}

// build makes the message that goes out. Its errors are final.
func (m *Mail) build(ctx context.Context, r row) (*gomail.Msg, error) {
	c := m.deps.Config
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: oneLine(c.From.Name, 200), Address: c.From.Addr})
	msg.ToMailAddress(&netmail.Address{Name: r.ToName, Address: r.ToAddr})
	if r.ReplyAddr != "" {
		msg.ReplyToMailAddress(&netmail.Address{Name: r.ReplyName, Address: r.ReplyAddr})
	}
	msg.Subject(r.Subject)
	msg.SetMessageIDWithValue(r.ID + "@" + c.Domain)
	msg.SetDateWithValue(time.UnixMilli(r.Created))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if r.Unsubscribe != "" {
		msg.SetListUnsubscribe(r.Unsubscribe)
		msg.SetListUnsubscribePost()
	}
	var headers map[string]string
	if err := json.Unmarshal([]byte(r.Headers), &headers); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	for name, value := range headers {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetBodyString(gomail.TypeTextPlain, r.Text)
	if r.HTML != nil {
		msg.AddAlternativeString(gomail.TypeTextHTML, *r.HTML)
	}
	if err := m.attach(ctx, r, msg); err != nil {
		return nil, err
	}
	return msg, nil
}

func (m *Mail) attach(ctx context.Context, r row, msg *gomail.Msg) error {
	var attachments []Attachment
	if err := json.Unmarshal([]byte(r.Attachments), &attachments); err != nil {
		return fmt.Errorf("attachments: %w", err)
	}
	left := int64(MaxAttached)
	for _, a := range attachments {
		if m.deps.Open == nil {
			return errors.New("attachments cannot be opened")
		}
		content, err := m.read(ctx, a.Ref, left)
		if err != nil {
			return fmt.Errorf("attachment %s: %w", oneLine(a.Name, 100), err)
		}
		left -= int64(len(content))
		media := a.Type
		if media == "" || !plain(media) {
			media = "application/octet-stream"
		}
		msg.AttachReadSeeker(oneLine(a.Name, 200), bytes.NewReader(content), gomail.WithFileContentType(gomail.ContentType(media)))
	}
	return nil
}

func (m *Mail) read(ctx context.Context, ref string, limit int64) ([]byte, error) {
	file, err := m.deps.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("all attachments together are larger than %d MB", MaxAttached>>20)
	}
	return content, nil
}
