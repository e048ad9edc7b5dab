package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/mail"
)

func TestSends(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHost(t, 0, nil)
		c := clocktest.New()
		m := newMail(t, d, c, config(h.port), func(deps *mail.Deps) {
			deps.Open = func(_ context.Context, ref string) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("content of " + ref)), nil
			}
		})
		msg := message("erika")
		msg.Subject = "Ausflug – die Klasse 7b fährt nach Köln"
		msg.Text = "Grüße\n.\nEine Zeile mit Punkt davor\n" + strings.Repeat("lang ", 300)
		msg.HTML = `<p dir="rtl">مرحبا</p>`
		msg.ReplyTo = mail.Address{Name: "Ö. Lehrer", Addr: "lehrer@schule.example"}
		msg.Unsubscribe = "https://schule.example/unsubscribe?t=abc"
		msg.Headers = map[string]string{"X-Schulhof-Letter": "42"}
		msg.Attachments = []mail.Attachment{{Name: "Plan für Köln.pdf", Type: "application/pdf", Ref: "aabb"}}
		queue(t, d, m, msg, msg) // twice is once
		if n, err := m.Waiting(t.Context(), d); err != nil || n != 1 {
			t.Fatalf("%d waiting: %v", n, err)
		}
		run(t, m)
		clocktest.Eventually(t, "the mail to be sent", func() bool { return status(t, d, m, "erika").State == mail.Sent })
		queue(t, d, m, msg)
		time.Sleep(30 * time.Millisecond)
		got, to := h.received()
		if len(got) != 1 || to[0] != "erika@example.org" {
			t.Fatalf("%d mails to %v", len(got), to)
		}
		checkMessage(t, got[0], msg)
		s := status(t, d, m, "erika")
		if s.SentAt != c.Now().UnixMilli() || s.Attempts != 1 || s.LastError != "" {
			t.Errorf("status %+v", s)
		}
		var kept string
		if err := d.Get(t.Context(), &kept, `SELECT text || COALESCE(html, '') FROM mail`); err != nil || kept != "" {
			t.Errorf("%q is kept of a sent mail: %v", kept, err)
		}
		if n, err := m.Prune(t.Context(), d, c.Now().Add(time.Hour)); err != nil || n != 1 {
			t.Errorf("pruned %d: %v", n, err)
		}
		if _, err := m.Status(t.Context(), d, "letter", "erika"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("status after pruning: %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var busy atomic.Int64
		h := newHost(t, 0, func(h *smartHost) {
			h.onRcpt = func(to string) error {
				switch {
				case strings.HasPrefix(to, "nobody@"):
					return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
				case strings.HasPrefix(to, "busy@") && busy.Add(1) <= 2:
					return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
				case strings.HasPrefix(to, "never@"):
					return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
				}
				return nil
			}
			h.onData = func(message string) error {
				if strings.Contains(message, "spam") {
					return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "content refused"}
				}
				return nil
			}
		})
		c := clocktest.New()
		m := newMail(t, d, c, config(h.port))
		if _, err := d.Exec(t.Context(), `CREATE TABLE bounced (who TEXT NOT NULL, why TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		m.OnBounce("letter", func(ctx context.Context, tx *db.Tx, key, reason string) error {
			if key == "nobody2" {
				return errors.New("no luck")
			}
			_, err := tx.Exec(ctx, `INSERT INTO bounced (who, why) VALUES ($1, $2)`, key, reason)
			return err
		})
		spam := message("spam")
		spam.Text = "spam"
		nobody2 := message("nobody2")
		nobody2.To.Addr = "nobody@example.org"
		queue(t, d, m, message("nobody"), spam, nobody2, message("busy"), message("never"), message("fine"))
		run(t, m)
		clocktest.Eventually(t, "the good mail", func() bool { return status(t, d, m, "fine").State == mail.Sent })
		for key, reason := range map[string]string{"nobody": "no such user", "spam": "content refused", "nobody2": "no such user"} {
			if s := status(t, d, m, key); s.State != mail.Failed || !strings.Contains(s.LastError, reason) || strings.Contains(s.LastError, "example.org") {
				t.Errorf("%s: %+v", key, s)
			}
		}
		var bounced []string
		if err := d.Select(t.Context(), &bounced, `SELECT who FROM bounced ORDER BY who`); err != nil || strings.Join(bounced, " ") != "nobody spam" {
			t.Errorf("bounced: %v: %v", bounced, err)
		}
		for try := 1; try <= 2; try++ {
			clocktest.Eventually(t, "a refused try", func() bool {
				s := status(t, d, m, "busy")
				return s.State == mail.Queued && s.Attempts == try
			})
			time.Sleep(30 * time.Millisecond)
			if busy.Load() != int64(try) {
				t.Fatalf("tried %d times before the wait is over", busy.Load())
			}
			c.Advance(time.Duration(try) * time.Minute)
		}
		clocktest.Eventually(t, "the mail that was refused twice", func() bool { return status(t, d, m, "busy").State == mail.Sent })
		c.Advance(80 * time.Hour)
		clocktest.Eventually(t, "the end of patience", func() bool { return status(t, d, m, "never").State == mail.Failed })
		if n := h.count(); n != 2 {
			t.Errorf("%d mails arrived, want 2", n)
		}
	})
}

// TestDown holds that a smart host that cannot be used costs no mail a try.
func TestDown(t *testing.T) {
	for _, c := range []struct {
		name string
		down func(t *testing.T) (port int, mend func())
	}{
		{"not there", func(t *testing.T) (int, func()) {
			h := newHost(t, 0, nil)
			h.l.Close()
			return h.port, func() { newHost(t, h.port, nil) }
		}},
		{"sender refused", func(t *testing.T) (int, func()) {
			var good atomic.Bool
			h := newHost(t, 0, func(h *smartHost) {
				h.onMail = func(string) error {
					if good.Load() {
						return nil
					}
					return &smtp.SMTPError{Code: 550, Message: "who are you?"}
				}
			})
			return h.port, func() { good.Store(true) }
		}},
		{"silent", func(t *testing.T) (int, func()) {
			var good atomic.Bool
			h := newHost(t, 0, func(h *smartHost) {
				h.onMail = func(string) error {
					if !good.Load() {
						time.Sleep(patience + time.Second)
					}
					return nil
				}
			})
			return h.port, func() { good.Store(true) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, dbtest.SQLite(t))
			port, mend := c.down(t)
			var logged syncBuffer
			m := newMail(t, d, clocktest.New(), config(port), func(deps *mail.Deps) { deps.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
			queue(t, d, m, message("a"), message("b"))
			run(t, m)
			clocktest.Eventually(t, "a first try", func() bool { return status(t, d, m, "a").LastError != "" })
			for _, key := range []string{"a", "b"} {
				if s := status(t, d, m, key); s.State != mail.Queued && s.State != mail.Sending {
					t.Errorf("%s: %+v", key, s)
				}
			}
			mend()
			clocktest.Eventually(t, "both mails", func() bool {
				return status(t, d, m, "a").State == mail.Sent && status(t, d, m, "b").State == mail.Sent
			})
			if s := status(t, d, m, "a"); s.Attempts != 1 {
				t.Errorf("%d attempts are counted, want 1", s.Attempts)
			}
			if n := strings.Count(logged.String(), "level=ERROR"); n != 1 {
				t.Errorf("%d errors in the log, want 1:\n%s", n, logged.String())
			}
		})
	}
}

// TestHangUp holds that a host that ends every conversation after one mail, or
// while one is under way, gets them all.
func TestHangUp(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	var n atomic.Int64
	h := newHost(t, 0, func(h *smartHost) {
		h.onMail = func(string) error {
			if n.Add(1)%2 == 0 {
				return &smtp.SMTPError{Code: 421, Message: "enough for this connection"}
			}
			return nil
		}
	})
	m := newMail(t, d, clocktest.New(), config(h.port))
	for i := range 10 {
		queue(t, d, m, message(fmt.Sprint("p", i)))
	}
	run(t, m)
	clocktest.Eventually(t, "all mails", func() bool { return h.count() == 10 })
}

func TestTLS(t *testing.T) {
	pool, cert := certificate(t)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	for _, c := range []struct {
		name  string
		tls   bool // the host offers STARTTLS
		set   func(*mail.Config)
		works bool
	}{
		{"starttls", true, func(*mail.Config) {}, true},
		{"unknown authority", true, func(c *mail.Config) { c.RootCAs = nil }, false},
		{"wrong name", true, func(c *mail.Config) { c.Host = "localhost" }, false},
		{"wrong password", true, func(c *mail.Config) { c.Password = "falsch" }, false},
		{"no starttls offered", false, func(*mail.Config) {}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, 0, func(h *smartHost) {
				if c.tls {
					h.srv.TLSConfig = conf
				}
			})
			cfg := config(h.port)
			cfg.Security, cfg.RootCAs, cfg.User, cfg.Password = mail.StartTLS, pool, "schule", "geheim"
			c.set(&cfg)
			var logged syncBuffer
			d := open(t, dbtest.SQLite(t))
			m := newMail(t, d, clocktest.New(), cfg, func(deps *mail.Deps) { deps.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
			queue(t, d, m, message("a"))
			run(t, m)
			if c.works {
				clocktest.Eventually(t, "the mail", func() bool { return h.count() == 1 })
				if h.user != "schule" {
					t.Error("not signed in")
				}
				return
			}
			clocktest.Eventually(t, "an error", func() bool { return status(t, d, m, "a").LastError != "" })
			if h.count() != 0 {
				t.Error("the mail was sent all the same")
			}
			if all := logged.String() + status(t, d, m, "a").LastError; strings.Contains(all, cfg.Password) ||
				strings.Contains(all, base64.StdEncoding.EncodeToString([]byte(cfg.Password))) {
				t.Errorf("the password stands in %s", all)
			}
		})
	}
	t.Run("implicit", func(t *testing.T) {
		h := newHost(t, 0, nil)
		l, err := tls.Listen("tcp", "127.0.0.1:0", conf)
		if err != nil {
			t.Fatal(err)
		}
		go h.srv.Serve(l)
		cfg := config(portOf(l))
		cfg.Security, cfg.RootCAs = mail.TLS, pool
		d := open(t, dbtest.SQLite(t))
		m := newMail(t, d, clocktest.New(), cfg)
		queue(t, d, m, message("a"))
		run(t, m)
		clocktest.Eventually(t, "the mail", func() bool { return h.count() == 1 })
	})
}

func TestConfig(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	for name, set := range map[string]func(*mail.Config){
		"unencrypted to elsewhere": func(c *mail.Config) { c.Host = "mail.example.org" },
		"unknown security":         func(c *mail.Config) { c.Security = "ssl" },
		"no sender":                func(c *mail.Config) { c.From.Addr = "" },
		"sender with a line":       func(c *mail.Config) { c.From.Addr = "a@b.example\r\nBcc: c@d.example" },
		"domain with a line":       func(c *mail.Config) { c.Domain = "a\nb" },
		"host and folder":          func(c *mail.Config) { c.Folder = "x" },
		"port":                     func(c *mail.Config) { c.Port = 70000 },
	} {
		cfg := config(25)
		set(&cfg)
		if _, err := mail.New(t.Context(), mail.Deps{DB: d, Config: cfg}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestNoHost(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	var logged syncBuffer
	m := newMail(t, d, clocktest.New(), mail.Config{}, func(deps *mail.Deps) { deps.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	queue(t, d, m, message("a"), message("b"))
	stop := run(t, m)
	clocktest.Eventually(t, "a word in the log", func() bool { return strings.Contains(logged.String(), "no smart host") })
	stop()
	if strings.Count(logged.String(), "\n") != 1 || status(t, d, m, "a").State != mail.Queued {
		t.Errorf("state %+v, log %q", status(t, d, m, "a"), logged.String())
	}
}

func TestFolder(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	dir := filepath.Join(t.TempDir(), "mail")
	m := newMail(t, d, clocktest.New(), mail.Config{Folder: dir, From: mail.Address{Addr: "schule@schule.example"}})
	queue(t, d, m, message("a"), message("b"))
	run(t, m)
	clocktest.Eventually(t, "both mails", func() bool {
		return status(t, d, m, "a").State == mail.Sent && status(t, d, m, "b").State == mail.Sent
	})
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 || !strings.HasSuffix(files[0], ".eml") {
		t.Fatalf("files %v: %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if to := parse(t, string(raw)).Header.Get("To"); !strings.Contains(to, "a@example.org") {
		t.Errorf("to %q", to)
	}
}

// TestInjection holds that nothing of a message gets out of its place.
func TestInjection(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	h := newHost(t, 0, nil)
	m := newMail(t, d, clocktest.New(), config(h.port))
	for name, set := range map[string]func(*mail.Message){
		"address":          func(m *mail.Message) { m.To.Addr = "a@b.example\r\nBcc: c@d.example" },
		"two addresses":    func(m *mail.Message) { m.To.Addr = "a@b.example, c@d.example" },
		"address in angle": func(m *mail.Message) { m.To.Addr = "a@b.example> <c@d.example" },
		"no address":       func(m *mail.Message) { m.To.Addr = "erika" },
		"empty address":    func(m *mail.Message) { m.To.Addr = "" },
		"long address":     func(m *mail.Message) { m.To.Addr = strings.Repeat("a", 300) + "@b.example" },
		"reply":            func(m *mail.Message) { m.ReplyTo.Addr = "a\n@b.example" },
		"header value":     func(m *mail.Message) { m.Headers = map[string]string{"X-A": "b\r\nBcc: c@d.example"} },
		"header name":      func(m *mail.Message) { m.Headers = map[string]string{"X-A: b\r\nBcc": "c@d.example"} },
		"Bcc":              func(m *mail.Message) { m.Headers = map[string]string{"Bcc": "c@d.example"} },
		"From":             func(m *mail.Message) { m.Headers = map[string]string{"From": "c@d.example"} },
		"unsubscribe":      func(m *mail.Message) { m.Unsubscribe = "https://a.example/\r\nBcc:c@d.example" },
		"unsubscribe http": func(m *mail.Message) { m.Unsubscribe = "http://a.example/" },
		"two unsubscribes": func(m *mail.Message) { m.Unsubscribe = "https://a.example/>,<mailto:b@c.example" },
		"no text":          func(m *mail.Message) { m.Text = " \n" },
		"no key":           func(m *mail.Message) { m.Key = "" },
		"too long":         func(m *mail.Message) { m.HTML = strings.Repeat("x", 2<<20) },
		"attachments":      func(m *mail.Message) { m.Attachments = make([]mail.Attachment, 21) },
		"attachment":       func(m *mail.Message) { m.Attachments = []mail.Attachment{{Ref: "a"}} },
	} {
		msg := message("a")
		set(&msg)
		if err := m.Queue(t.Context(), d, msg); !errors.Is(err, mail.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	evil := message("evil")
	evil.To = mail.Address{Name: "Erika\r\nBcc: x@y.example\r\n\r\n\"<z@y.example>", Addr: "erika@müller.example"}
	evil.Subject = "Hallo\r\nBcc: x@y.example\r\n\r\nText\x00 \u202eabc"
	evil.Text = "a\x00b\r\n.\r\nMAIL FROM:<x@y.example>\r\n\xff"
	queue(t, d, m, evil)
	run(t, m)
	clocktest.Eventually(t, "the mail", func() bool { return h.count() == 1 })
	got, to := h.received()
	if to[0] != "erika@xn--mller-kva.example" {
		t.Errorf("to %q", to[0])
	}
	p := parse(t, got[0])
	if p.Header.Get("Bcc") != "" || strings.Contains(p.Header.Get("Subject"), "\u202e") {
		t.Errorf("the header %v", p.Header)
	}
	list, err := p.Header.AddressList("To")
	if err != nil || len(list) != 1 || list[0].Address != "erika@xn--mller-kva.example" {
		t.Errorf("To %v: %v", list, err)
	}
	var words mime.WordDecoder
	if subject, err := words.DecodeHeader(p.Header.Get("Subject")); err != nil || subject != "Hallo Bcc: x@y.example Text abc" {
		t.Errorf("subject %q: %v", subject, err)
	}
	content, err := io.ReadAll(quotedprintable.NewReader(p.Body))
	if err != nil || strings.TrimSuffix(string(content), "\r\n") != "ab\r\n.\r\nMAIL FROM:<x@y.example>\r\n\uFFFD" {
		t.Errorf("body %q: %v", content, err)
	}
}

func TestAttachmentTrouble(t *testing.T) {
	d := open(t, dbtest.SQLite(t))
	h := newHost(t, 0, nil)
	m := newMail(t, d, clocktest.New(), config(h.port), func(deps *mail.Deps) {
		deps.Open = func(_ context.Context, ref string) (io.ReadCloser, error) {
			if ref == "gone" {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader(make([]byte, mail.MaxAttached+1))), nil
		}
	})
	gone, large := message("gone"), message("large")
	gone.Attachments = []mail.Attachment{{Name: "a.pdf", Ref: "gone"}}
	large.Attachments = []mail.Attachment{{Name: "a.pdf", Ref: "large"}}
	queue(t, d, m, gone, large, message("fine"))
	run(t, m)
	clocktest.Eventually(t, "the good mail", func() bool { return h.count() == 1 })
	for _, key := range []string{"gone", "large"} {
		if s := status(t, d, m, key); s.State != mail.Failed || !strings.Contains(s.LastError, "a.pdf") {
			t.Errorf("%s: %+v", key, s)
		}
	}
}

// syncBuffer is a buffer for a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestEndedEarly holds that Run ends without a complaint when it is to end before it
// has begun.
func TestEndedEarly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := newMail(t, d, clocktest.New(), config(1))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := m.Run(ctx); err != nil {
			t.Error(err)
		}
	})
}
