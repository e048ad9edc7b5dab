package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type served struct {
	*Hub
	url string
}

func serve(t *testing.T, ping time.Duration) *served {
	t.Helper()
	h := New(Options{Log: slog.New(slog.DiscardHandler), Ping: ping})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := web.Caller{SessionID: req.Header.Get("Session"), Person: wire.Person{ID: req.Header.Get("Person")}}
		h.ServeHTTP(w, req.WithContext(web.WithCaller(req.Context(), c)))
	}))
	t.Cleanup(func() { h.Close(); srv.Close() })
	return &served{h, srv.URL}
}

// client reads a stream line by line.
type client struct {
	t   *testing.T
	res *http.Response
	in  *bufio.Reader
}

func (s *served) open(t *testing.T, person, session, lastID string) *client {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Person", person)
	req.Header.Set("Session", session)
	req.Header.Set("Last-Event-ID", lastID)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return &client{t, res, bufio.NewReader(res.Body)}
}

// next gives the next event as "kind root seq" with its id; "end" at the end.
func (c *client) next() (what, id string) {
	c.t.Helper()
	timer := time.AfterFunc(time.Minute, func() { c.res.Body.Close() })
	defer timer.Stop()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "end", ""
		}
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			var e wire.Event
			if err := json.Unmarshal([]byte(v), &e); err != nil {
				c.t.Fatalf("%q: %v", v, err)
			}
			return strings.TrimSpace(fmt.Sprint(e.Kind, " ", e.Root, " ", e.Seq)), id
		}
	}
}

func (c *client) want(what string) (id string) {
	c.t.Helper()
	got, id := c.next()
	if got != what {
		c.t.Fatalf("got %q, want %q", got, what)
	}
	return id
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func TestOnlyTheAudienceHears(t *testing.T) {
	s := serve(t, 0)
	a, b := s.open(t, "a", "s1", ""), s.open(t, "b", "s2", "")
	a.want("reset  0")
	b.want("reset  0")
	s.Root("r1", 5, []string{"a"})
	s.Root("r2", 6, []string{"b", "a"})
	s.Root("r3", 7, []string{})
	s.Root("r4", 8, nil) // nobody can say who may see it
	s.Root("r5", 9, []string{"b"})
	a.want("root r1 5")
	a.want("root r2 6")
	b.want("root r2 6")
	b.want("root r5 9")
	s.SetAudience(func(_ context.Context, root string) ([]string, error) {
		return []string{strings.TrimPrefix(root, "of-")}, nil
	})
	s.Root("of-a", 1, nil)
	a.want("root of-a 1")
}

func TestResumes(t *testing.T) {
	s := serve(t, 0)
	c := s.open(t, "a", "s", "")
	c.want("reset  0")
	s.Root("r1", 1, []string{"a"})
	id := c.want("root r1 1")
	c.res.Body.Close()
	await(t, "the stream is gone", func() bool { return s.Streams() == 0 })
	s.Root("other", 1, []string{"b"})
	s.Root("r2", 2, []string{"a"})
	s.Root("r3", 3, []string{"a"})
	c = s.open(t, "a", "s", id)
	c.want("root r2 2")
	id = c.want("root r3 3")
	c = s.open(t, "a", "s", id)
	s.Root("r4", 4, []string{"a"})
	c.want("root r4 4")
	for _, bad := range []string{"x", "-1", s.epoch + "-999", s.epoch + "--1", "other-1", s.epoch + "-", s.epoch} {
		c := s.open(t, "a", "t"+bad, bad)
		if id := c.want("reset  0"); !strings.HasPrefix(id, s.epoch+"-") {
			t.Errorf("after %q the id is %q", bad, id)
		}
	}
	for i := range ringSize + 10 {
		s.Root("r", int64(i), []string{"b"})
	}
	c = s.open(t, "a", "late", id)
	id = c.want("reset  0") // the ring does not reach back so far
	s.Root("r6", 6, []string{"a"})
	c.want("root r6 6")
	c = s.open(t, "a", "again", id)
	c.want("root r6 6")
}

func TestRingIsExact(t *testing.T) {
	h := New(Options{Log: slog.New(slog.DiscardHandler)})
	for i := range 3*ringSize/2 + 1 {
		h.Root("r", int64(i), []string{"a"})
	}
	for _, back := range []int64{0, 1, 100, ringSize - 1, ringSize} {
		missed, ok := h.missedLocked(h.id(h.last-back), "a")
		if !ok || int64(len(missed)) != back || back > 0 && (missed[0].n != h.last-back+1 || missed[back-1].n != h.last) {
			t.Errorf("%d back: %d events, %v", back, len(missed), ok)
		}
	}
	if _, ok := h.missedLocked(h.id(h.last-ringSize-1), "a"); ok {
		t.Error("the ring reaches back too far")
	}
}

func TestSlowStreams(t *testing.T) {
	st := &stream{wake: make(chan struct{}, 1)}
	for i := range 10 {
		st.push(message{n: int64(i), key: "same"})
	}
	if len(st.queue) != 1 || st.queue[0].n != 9 || st.reset {
		t.Errorf("events that say the same: %+v", st)
	}
	for i := range queueSize + 5 {
		st.push(message{n: int64(i + 10), key: strconv.Itoa(i)})
	}
	if !st.reset || len(st.queue) > queueSize {
		t.Errorf("too far behind: reset %v, %d queued", st.reset, len(st.queue))
	}
}

func TestEnds(t *testing.T) {
	s := serve(t, 0)
	one, two, other := s.open(t, "a", "s1", ""), s.open(t, "a", "s2", ""), s.open(t, "b", "s3", "")
	for _, c := range []*client{one, two, other} {
		c.want("reset  0")
	}
	s.PublishSession("s1")
	one.want("session  0")
	one.want("end")
	s.Root("r", 1, []string{"a"})
	two.want("root r 1")
	s.EndPerson("a")
	two.want("session  0")
	two.want("end")
	s.Root("r", 2, []string{"a", "b"})
	other.want("root r 2")
	s.Close()
	other.want("end")
	if c := s.open(t, "a", "s", ""); c.res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("while stopping: %s", c.res.Status)
	}
	await(t, "all streams are gone", func() bool { return s.Streams() == 0 })
	if len(s.sessions) != 0 || len(s.persons) != 0 {
		t.Errorf("left: %v, %v", s.sessions, s.persons)
	}
}

func TestPingsAndLocks(t *testing.T) {
	s := serve(t, 10*time.Millisecond)
	var gone atomic.Bool
	s.SetAlive(func(context.Context, web.Caller) bool { return !gone.Load() })
	c := s.open(t, "a", "s", "")
	c.want("reset  0")
	for pings := 0; pings < 3; {
		line, err := c.in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, ":") {
			pings++
		}
	}
	gone.Store(true)
	c.want("session  0")
	c.want("end")
}

func TestAtMostEightStreams(t *testing.T) {
	s := serve(t, 0)
	open := make([]*client, 0, maxStreams)
	for range maxStreams {
		c := s.open(t, "a", "s", "")
		c.want("reset  0")
		open = append(open, c)
	}
	c := s.open(t, "a", "s", "")
	text, _ := io.ReadAll(c.res.Body)
	if c.res.StatusCode != http.StatusTooManyRequests || !strings.Contains(string(text), wire.CodeSlowDown) {
		t.Errorf("the ninth: %s %s", c.res.Status, text)
	}
	s.open(t, "a", "another", "").want("reset  0")
	open[0].res.Body.Close()
	await(t, "one stream is gone", func() bool { return s.Streams() == maxStreams })
	s.open(t, "a", "s", "").want("reset  0")
}

func BenchmarkPublish(b *testing.B) {
	h := New(Options{Log: slog.New(slog.DiscardHandler)})
	to := make([]string, 31)
	for i := range to {
		to[i] = fmt.Sprint("person", i)
		if _, _, err := h.open(web.Caller{SessionID: strconv.Itoa(i), Person: wire.Person{ID: to[i]}}, ""); err != nil {
			b.Fatal(err)
		}
	}
	for i := 0; b.Loop(); i++ {
		h.Root("r", int64(i), to)
	}
}
