package guardians_test

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"log"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	netmail "net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/internal/porttest"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// world is a school with a mail server and a clock.
type world struct {
	*servertest.Server
	post  *postbox
	ahead atomic.Int64 // nanoseconds that the school's clock is ahead
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) wait(d time.Duration) { w.ahead.Add(int64(d)) }

// each runs a test on both databases.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, newWorld(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, newWorld(t, servertest.Database(dbtest.Postgres(t)))) })
}

func newWorld(t *testing.T, opts ...servertest.Option) *world {
	t.Helper()
	w := &world{post: newPostbox(t)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := l.Addr().String()
	porttest.Hold(t, l)
	l.Close()
	opts = append(opts, servertest.Now(w.now), servertest.Configure(func(c *config.Config) {
		c.Listen, c.PublicURL = listen, "http://"+listen
		c.Mail = config.Mail{Host: "127.0.0.1", Port: w.post.port, Security: "none", From: "schule@schule.example"}
	}))
	w.Server = servertest.Start(t, opts...)
	return w
}

// guardian adds one who has yet to register.
func (w *world) guardian(t *testing.T, given, family string, children ...string) string {
	t.Helper()
	p := people.Person{ID: w.Host.Deps().ID(), Given: given, Family: family, Role: wire.RoleGuardian, MustChange: true, Address: "Lindenweg 4, 12345 Musterstadt"}
	if err := people.Create(t.Context(), w.DB, &p); err != nil {
		t.Fatal(err)
	}
	for _, child := range children {
		if err := people.AddGuardian(t.Context(), w.DB, p.ID, w.PersonID(t, child)); err != nil {
			t.Fatal(err)
		}
	}
	return p.ID
}

var printed = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// letter lets the lead of class 7b print the letter of one guardian, and reads the code.
func (w *world) letter(t *testing.T, lead *servertest.Client, guardian string) string {
	t.Helper()
	found := printed.FindAllString(pages(t, w.print(t, lead, wire.NewCodes{Guardians: []string{guardian}})), -1)
	if len(found) != 1 {
		t.Fatalf("codes on the letter: %q", found)
	}
	return found[0]
}

// code gives a guardian a code without a letter, which is quicker.
func (w *world) code(t *testing.T, guardian string) string {
	t.Helper()
	code, now := codes.StartCode(), w.now()
	_, err := w.DB.Exec(t.Context(), `
		INSERT INTO guardian_code (id, person_id, hash, created, created_by, until, used_at, void) VALUES ($1, $2, $3, $4, '', $5, 0, 0)`,
		w.Host.Deps().ID(), guardian, codes.HashCode(code), now.UnixMilli(), now.Add(9*7*24*time.Hour).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (w *world) print(t *testing.T, c *servertest.Client, in wire.NewCodes) string {
	t.Helper()
	return pdf(t, c, "/api/v1/groups/"+w.GroupID(t, "klasse-7b")+"/codes", in)
}

func pdf(t *testing.T, c *servertest.Client, path string, in any) string {
	t.Helper()
	res, text := c.Do(t, http.MethodPost, path, asJSON(t, in), "Content-Type", "application/json")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(text, "%PDF") {
		t.Fatalf("%s: %s %.300s", path, res.Status, text)
	}
	return text
}

// pages gives the text of a PDF, with a form feed behind each page.
func pages(t *testing.T, content string) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = strings.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext (package poppler-utils): %v", err)
	}
	return string(out)
}

// picture keeps a file where people look at it.
func picture(t *testing.T, name string, content []byte) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "build", "pictures")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// browser is somebody with the pages, without a script.
type browser struct {
	w    *world
	http *http.Client
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{w: w, http: &http.Client{Jar: jar}}
}

// seen is a page as it was answered.
type seen struct {
	status int
	header http.Header
	body   string
	url    string
}

// text is what a page says, without its marks.
func (s *seen) text() string {
	plain := regexp.MustCompile(`(?s)<head>.*?</head>|<ul>.*?</ul>|<[^>]*>`).ReplaceAllString(s.body, " ")
	return strings.Join(strings.Fields(html.UnescapeString(plain)), " ")
}

func (s *seen) says(t *testing.T, status int, words ...string) {
	t.Helper()
	if s.status != status {
		t.Errorf("%s: %d, want %d", s.url, s.status, status)
	}
	for _, word := range words {
		if !strings.Contains(s.text(), word) {
			t.Errorf("%s does not say %q, but: %s", s.url, word, s.text())
		}
	}
}

func (b *browser) get(t *testing.T, path string) *seen {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.w.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.do(t, req)
}

func (b *browser) do(t *testing.T, req *http.Request) *seen {
	t.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &seen{status: res.StatusCode, header: res.Header, body: string(body), url: req.Method + " " + req.URL.Path}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// send sends the form of a page, with names and values.
func (b *browser) send(t *testing.T, page *seen, path string, fields ...string) *seen {
	t.Helper()
	form, with := url.Values{}, page
	if !hidden.MatchString(page.body) { // a page without a form: somebody has it open from before
		with = b.get(t, "/eltern?sprache=de")
	}
	for _, found := range hidden.FindAllStringSubmatch(with.body, -1) {
		form.Set(found[1], html.UnescapeString(found[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(t, req)
}

// start types a code and an address into the first page.
func (b *browser) start(t *testing.T, code, email string) *seen {
	t.Helper()
	return b.send(t, b.get(t, "/eltern?sprache=de"), "/eltern", "code", code, "email", email)
}

// choose types a password behind a link.
func (b *browser) choose(t *testing.T, link, password, again string) *seen {
	t.Helper()
	page := b.get(t, link)
	path, _, _ := strings.Cut(link, "?")
	return b.send(t, page, path, "password", password, "password2", again)
}

// postbox is a real SMTP server that keeps what comes in.
type postbox struct {
	port int

	mu  sync.Mutex
	got []letterIn
}

type letterIn struct{ to, subject, text string }

func newPostbox(t *testing.T) *postbox {
	t.Helper()
	p := &postbox{}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &smtpSession{p: p}, nil }))
	srv.Domain = "mail.example"
	srv.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p.port = int(mustInt(port))
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return p
}

func mustInt(s string) (n int64) {
	for _, r := range s {
		n = n*10 + int64(r-'0')
	}
	return n
}

type smtpSession struct {
	p  *postbox
	to string
}

func (s *smtpSession) Reset()                                    {}
func (s *smtpSession) Logout() error                             { return nil }
func (s *smtpSession) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

func (s *smtpSession) Data(r io.Reader) error {
	m, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.got = append(s.p.got, letterIn{to: s.to, subject: subject, text: string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))})
	return nil
}

func (p *postbox) all() []letterIn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letterIn(nil), p.got...)
}

// next waits for the n-th mail to an address, counted from 1.
func (p *postbox) next(t *testing.T, to string, n int) letterIn {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		count := 0
		for _, l := range p.all() {
			if l.to == to {
				if count++; count == n {
					return l
				}
			}
		}
	}
	t.Fatalf("mail %d to %s does not come; there are %+v", n, to, p.all())
	return letterIn{}
}

var links = regexp.MustCompile(`http://[^\s]+`)

// link gives the path of the link in a mail.
func (l letterIn) link(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(links.FindString(l.text))
	if err != nil || u.Path == "" {
		t.Fatalf("no link in %q", l.text)
	}
	return u.RequestURI()
}
