package servertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"schulhof/server/wire"
)

// Client is a signed-in client, or one that is not when Token is "".
type Client struct {
	URL     string
	Token   string
	Session wire.Session
	HTTP    *http.Client
}

// Anonymous gives a client that is not signed in.
func (s *Server) Anonymous() *Client { return &Client{URL: s.URL, HTTP: &http.Client{}} }

// Client signs a person of the demo school in.
func (s *Server) Client(t testing.TB, login string) *Client {
	t.Helper()
	password := Password
	if login == "tom.test" {
		password = TomsPassword
	}
	return s.SignIn(t, login, password)
}

// SignIn signs a person in.
func (s *Server) SignIn(t testing.TB, login, password string) *Client {
	t.Helper()
	c := s.Anonymous()
	if status, p := c.JSON(t, http.MethodPost, "/api/v1/session", wire.SignIn{Login: login, Password: password, Device: "test"}, &c.Session); status != http.StatusOK {
		t.Fatalf("sign in as %s: %d %+v", login, status, p)
	}
	c.Token = c.Session.Token
	return c
}

// Answer is what the server answered, without the body.
type Answer struct {
	StatusCode int
	Status     string // "404 Not Found"
	Header     http.Header
}

// Confirm gives an administrator's password again, so that the session may
// administrate for ten minutes.
func (c *Client) Confirm(t testing.TB) {
	t.Helper()
	if status, p := c.JSON(t, http.MethodPost, "/api/v1/session/admin", wire.PasswordOnly{Password: Password}, nil); status != http.StatusOK {
		t.Fatalf("administrate: %d %+v", status, p)
	}
}

// Do sends a request with the client's token; headers are names and values. The
// body of the answer is read whole.
func (c *Client) Do(t testing.TB, method, path, body string, headers ...string) (answer Answer, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{StatusCode: res.StatusCode, Status: res.Status, Header: res.Header}, string(read)
}

// JSON sends in as JSON, unless it is nil, and reads the answer into out. A refusal
// comes back as a Problem.
func (c *Client) JSON(t testing.TB, method, path string, in, out any) (int, wire.Problem) {
	t.Helper()
	var body []byte
	var headers []string
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			t.Fatal(err)
		}
		headers = []string{"Content-Type", "application/json"}
	}
	res, text := c.Do(t, method, path, string(body), headers...)
	var p wire.Problem
	if res.StatusCode >= http.StatusBadRequest {
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Status != res.StatusCode {
			t.Fatalf("%s %s: %d is no problem: %q", method, path, res.StatusCode, text)
		}
		return res.StatusCode, p
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			t.Fatalf("%s %s: %v in %q", method, path, err, text)
		}
	}
	return res.StatusCode, p
}

// Streamed is an event with its id.
type Streamed struct {
	ID string
	wire.Event
}

// Events opens the event stream. The channel closes when the stream ends; stop
// ends it from here.
func (c *Client) Events(t testing.TB, lastID string) (events <-chan Streamed, stop func()) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := c.HTTP.Do(req) //nolint:bodyclose // stop closes it
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		t.Fatalf("events: %s", res.Status)
	}
	ch := make(chan Streamed, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(ch)
		id := ""
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				id = value
			case "data":
				e := Streamed{ID: id}
				if err := json.Unmarshal([]byte(value), &e.Event); err != nil {
					e.Kind = "unreadable: " + value
				}
				ch <- e
			}
		}
	}()
	stop = func() {
		res.Body.Close()
		<-done
	}
	t.Cleanup(stop)
	return ch, stop
}

// Log is what the server has logged.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String gives the log, one JSON object a line.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// tail gives the end of the log, at most n bytes of it.
func (l *Log) tail(n int) string {
	text := l.String()
	return text[max(0, len(text)-n):]
}
