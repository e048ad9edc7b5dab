package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/porttest"
)

// smartHost is a real SMTP server that a test tells what to refuse.
type smartHost struct {
	port int
	srv  *smtp.Server
	l    net.Listener

	mu       sync.Mutex
	got      []string // what was accepted, whole
	to       []string
	sessions int
	user     string

	onMail func(from string) error
	onRcpt func(to string) error
	onData func(message string) error
}

// newHost starts one on the loopback; port 0 is a free one.
func newHost(t testing.TB, port int, set func(h *smartHost)) *smartHost {
	t.Helper()
	h := &smartHost{}
	h.srv = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		h.mu.Lock()
		h.sessions++
		h.mu.Unlock()
		return &session{h: h}, nil
	}))
	h.srv.Domain = "smarthost.example"
	h.srv.ErrorLog = log.New(io.Discard, "", 0)
	if set != nil {
		set(h)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	if h.port, h.l = portOf(l), l; port == 0 {
		porttest.Hold(t, l) // for a host that comes again
	}
	go h.srv.Serve(l)
	t.Cleanup(func() { h.srv.Close() })
	return h
}

// received returns the accepted messages and their recipients.
func (h *smartHost) received() (messages, to []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.got...), append([]string(nil), h.to...)
}

func (h *smartHost) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.got)
}

type session struct {
	h  *smartHost
	to string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "schule" || password != "geheim" {
			return smtp.ErrAuthFailed
		}
		s.h.mu.Lock()
		s.h.user = user
		s.h.mu.Unlock()
		return nil
	}), nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.h.onMail != nil {
		return s.h.onMail(from)
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.h.onRcpt != nil {
		return s.h.onRcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.h.onData != nil {
		if err := s.h.onData(string(message)); err != nil {
			return err
		}
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	s.h.got = append(s.h.got, string(message))
	s.h.to = append(s.h.to, s.to)
	return nil
}

// certificate makes a certificate authority and a server's certificate for 127.0.0.1.
func certificate(t *testing.T) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return pool, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var ids atomic.Int64

func newID() string { return fmt.Sprintf("m%019d", ids.Add(1)) }

// patience is how long a mail waits for the host's next word, also on a busy machine.
const patience = 5 * time.Second

// config is for a host without encryption.
func config(port int) mail.Config {
	return mail.Config{
		Host: "127.0.0.1", Port: port, Security: mail.None, Timeout: patience,
		From: mail.Address{Name: "Schillerschule – Büro", Addr: "schule@schule.example"},
	}
}

func newMail(t testing.TB, d *db.DB, c *clocktest.Clock, cfg mail.Config, set ...func(*mail.Deps)) *mail.Mail {
	t.Helper()
	deps := mail.Deps{DB: d, Log: slog.New(slog.DiscardHandler), Now: c.Now, ID: newID, Config: cfg, Poll: 5 * time.Millisecond}
	for _, s := range set {
		s(&deps)
	}
	m, err := mail.New(context.Background(), deps)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run runs the senders until the test ends or stop is called, which waits.
func run(t testing.TB, m *mail.Mail) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func message(key string) mail.Message {
	return mail.Message{
		Kind: "letter", Key: key, To: mail.Address{Name: "Erika Musterfrau", Addr: key + "@example.org"},
		Subject: "Ausflug", Text: "Liebe Erika,\nam Montag.\n",
	}
}

func queue(t testing.TB, d *db.DB, m *mail.Mail, messages ...mail.Message) {
	t.Helper()
	if err := d.Tx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		for _, msg := range messages {
			if err := m.Queue(ctx, tx, msg); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	m.Wake()
}

func status(t testing.TB, d *db.DB, m *mail.Mail, key string) mail.Status {
	t.Helper()
	s, err := m.Status(context.Background(), d, "letter", key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parse reads a received message.
func parse(t *testing.T, message string) *netmail.Message {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(message))
	if err != nil {
		t.Fatalf("%v in\n%s", err, message)
	}
	return m
}
