package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	At   int64  `json:"at"`

	Mark    string `json:"-"`
	Refused bool   `json:"-"`
}

// server answers pulls from a script and does each write once, by its key.
type server struct {
	mu      sync.Mutex
	offline bool
	answers map[string]wire.Changes[note] // by what comes after "since="
	asked   []string
	keys    []string // of all tries
	done    []string // what was done, in order
	lost    int      // so many answers to writes get lost on the way back
	refuse  map[string]wire.Problem
}

func (s *server) JSON(_ context.Context, _, path string, _, out any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offline {
		return fmt.Errorf("no: %w", remote.ErrOffline)
	}
	_, since, _ := strings.Cut(path, "since=")
	s.asked = append(s.asked, since)
	c, ok := s.answers[since]
	if !ok {
		return &remote.Error{Problem: wire.Problem{Status: http.StatusNotFound, Code: wire.CodeNotFound}}
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

func (s *server) Once(_ context.Context, key, method, path string, in, _ any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offline {
		return fmt.Errorf("no: %w", remote.ErrOffline)
	}
	if p, no := s.refuse[path]; no {
		return &remote.Error{Method: method, Problem: p}
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if !slices.Contains(s.keys, key) {
		s.done = append(s.done, path+string(raw))
	}
	s.keys = append(s.keys, key)
	if s.lost > 0 {
		s.lost--
		return fmt.Errorf("the answer: %w", remote.ErrOffline)
	}
	return nil
}

func (s *server) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

// open opens the cache at a path as after the start of the program.
func open(t *testing.T, srv *server, path string) (*Store, *Collection[note]) {
	t.Helper()
	kept, err := cache.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Deps{Cache: kept, Remote: srv, Signal: &signal.Hub{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.spread, s.pause = 0, 5*time.Millisecond
	t.Cleanup(func() {
		s.Stop()
		kept.Close()
	})
	return s, Open(s, Spec[note]{
		Module: "notes", Name: "all", Path: "/notes",
		ID: func(n note) string { return n.ID }, Place: func(n note) int64 { return n.At }, Words: func(n note) []string { return []string{n.Text} }, Most: 3,
		Overlay: func(w Write) func(*note) {
			return func(n *note) {
				if n.ID == w.Slot {
					n.Mark, n.Refused = string(w.Body), w.Refused != nil
				}
			}
		},
	})
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "cache.db") }

func list(t *testing.T, c *Collection[note]) string {
	t.Helper()
	all, err := c.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, 0, len(all))
	for _, n := range all {
		ids = append(ids, n.ID+n.Mark)
	}
	return strings.Join(ids, " ")
}

func put(t *testing.T, s *Store, slot, body string) {
	t.Helper()
	if err := s.Put(t.Context(), Write{Module: "notes", Name: "mark", Slot: slot, Method: http.MethodPost, Path: "/" + slot}, body); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// TestPull follows a server through pieces, what is gone, and a new beginning.
func TestPull(t *testing.T) {
	srv := &server{answers: map[string]wire.Changes[note]{
		"0": {Items: []note{{ID: "a", At: 1}, {ID: "b", Text: "Grüße aus der STRAẞE, straße", At: 2}}, Seq: 2, More: true, Reset: true},
		"2": {Items: []note{{ID: "c", At: 3}}, Seq: 3},
		"3": {Items: []note{{ID: "a", At: 9}}, Gone: []string{"c", "never"}, Seq: 5},
	}}
	s, c := open(t, srv, file(t))
	var told atomic.Int64
	s.Signal.On(signal.Records("notes"), func() { told.Add(1) })
	emitted := func() int64 { // the hub calls in the order of Emit
		done := make(chan struct{})
		defer s.Signal.On("done", func() { close(done) })()
		s.Signal.Emit("done")
		<-done
		return told.Load()
	}
	if at, err := c.State(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("before the first pull: %v, %v", at, err)
	}
	if err := c.pull(t.Context()); err != nil || list(t, c) != "c b a" {
		t.Fatalf("%v: %s", err, list(t, c))
	}
	if !slices.Equal(srv.asked, []string{"0", "2"}) || emitted() != 1 {
		t.Errorf("asked for %v, told %d times", srv.asked, emitted())
	}
	for text, want := range map[string]int{"GRUSSE strasse": 1, "traß GRÜẞ": 1, "gruss weg": 0, "": 3} {
		if found, err := c.Search(t.Context(), text); err != nil || len(found) != want {
			t.Errorf("%q: %+v, %v, want %d", text, found, err, want)
		}
	}
	if err := c.pull(t.Context()); err != nil || list(t, c) != "a b" {
		t.Errorf("after one is gone and one has moved: %v: %s", err, list(t, c))
	}
	if _, err := c.Get(t.Context(), "c"); !errors.Is(err, cache.ErrNotFound) {
		t.Errorf("what is gone: %v", err)
	}

	srv.answers["5"] = wire.Changes[note]{Seq: 5}
	before := emitted()
	if err := c.pull(t.Context()); err != nil || emitted() != before {
		t.Errorf("nothing is new, yet: %v, told %d times", err, emitted()-before)
	}
	srv.answers["5"] = wire.Changes[note]{Reset: true, Items: []note{{ID: "x", At: 1}}, Seq: 1, More: true}
	srv.answers["1"] = wire.Changes[note]{Items: []note{{ID: "y", At: 2}, {ID: "z", At: 3}, {ID: "w", At: 4}}, Seq: 4}
	if err := c.pull(t.Context()); err != nil || list(t, c) != "w z y" {
		t.Errorf("a new beginning, three at most: %v: %s", err, list(t, c))
	}
	srv.answers["4"] = wire.Changes[note]{Seq: 4, More: true}
	if err := c.pull(t.Context()); !errors.Is(err, errStuck) {
		t.Errorf("a server that does not move on: %v", err)
	}
	if _, err := c.State(t.Context()); !errors.Is(err, errStuck) {
		t.Errorf("the state says %v", err)
	}
}

// TestPullInterrupted begins again where the last whole piece ended.
func TestPullInterrupted(t *testing.T) {
	srv := &server{answers: map[string]wire.Changes[note]{"0": {Items: []note{{ID: "a"}}, Seq: 1, More: true}}}
	path := file(t)
	s, c := open(t, srv, path)
	if err := c.pull(t.Context()); remote.Code(err) != wire.CodeNotFound || list(t, c) != "a" {
		t.Fatalf("%v: %s", err, list(t, c))
	}
	s.Cache.Close()
	srv.answers["1"] = wire.Changes[note]{Items: []note{{ID: "b"}}, Seq: 2}
	_, c = open(t, srv, path)
	if err := c.pull(t.Context()); err != nil || list(t, c) != "a b" || !slices.Equal(srv.asked, []string{"0", "1", "1"}) {
		t.Errorf("%v: %s, asked for %v", err, list(t, c), srv.asked)
	}
}

// TestOutbox writes with the network gone: each thing once, the last word of each,
// in order, also when the program starts anew and answers get lost.
func TestOutbox(t *testing.T) {
	srv := &server{offline: true, lost: 2, answers: map[string]wire.Changes[note]{}}
	path := file(t)
	s, c := open(t, srv, path)
	if err := c.take(t.Context(), wire.Changes[json.RawMessage]{Items: []json.RawMessage{[]byte(`{"id":"a","at":2}`), []byte(`{"id":"b","at":1}`)}, Seq: 7}); err != nil {
		t.Fatal(err)
	}
	s.Start(t.Context())
	put(t, s, "a", "1")
	put(t, s, "b", "2")
	put(t, s, "a", "3")
	put(t, s, "", "4")
	put(t, s, "", "5")
	if got := list(t, c); got != `a"3" b"2"` {
		t.Errorf("the overlay: %s", got)
	}
	if n, err := s.Pending(t.Context()); err != nil || n != 4 {
		t.Errorf("%d wait, %v", n, err)
	}
	s.Stop()
	s.Cache.Close()

	srv.set(func() { srv.offline = false })
	s, c = open(t, srv, path)
	if got := list(t, c); got != `a"3" b"2"` {
		t.Errorf("the overlay after the start: %s", got)
	}
	s.Start(t.Context())
	wait(t, "all writes to arrive", func() bool { n, _ := s.Pending(t.Context()); return n == 0 })
	want := []string{`/b"2"`, `/a"3"`, `/"4"`, `/"5"`}
	srv.set(func() {
		if !slices.Equal(srv.done, want) {
			t.Errorf("the server did %q", srv.done)
		}
		if len(srv.keys) != 6 || srv.keys[0] != srv.keys[1] || srv.keys[1] != srv.keys[2] {
			t.Errorf("a write whose answer got lost is repeated with its key: %q", srv.keys)
		}
	})
	if got := list(t, c); got != `a"3" b"2"` {
		t.Errorf("the records do not show them yet: %s", got)
	}
	srv.set(func() { srv.answers["7"] = wire.Changes[note]{Items: []note{{ID: "a", At: 3, Text: "3"}}, Seq: 8} })
	c.Refresh()
	wait(t, "the overlay to go", func() bool { return list(t, c) == "a b" })
}

// TestStartAgain stops a store and starts it again: what was written and what has
// changed meanwhile goes its way, and nothing does while it stands.
func TestStartAgain(t *testing.T) {
	srv := &server{answers: map[string]wire.Changes[note]{"0": {Items: []note{{ID: "a", At: 1}}, Seq: 1}, "1": {Seq: 1}}}
	s, c := open(t, srv, file(t))
	s.Stop() // before any Start: nothing to end
	s.Start(t.Context())
	wait(t, "the first pull", func() bool { return list(t, c) == "a" })
	s.Stop()
	s.Stop()
	late := Open(s, Spec[note]{Module: "notes", Name: "late", Path: "/late", ID: func(n note) string { return n.ID }, Place: func(n note) int64 { return n.At }})
	put(t, s, "a", "1")
	srv.set(func() { srv.answers["1"] = wire.Changes[note]{Items: []note{{ID: "b", At: 2}}, Seq: 2} })
	s.Signal.Emit(signal.Missed)
	s.Signal.Emit(signal.Module("notes"))
	time.Sleep(50 * time.Millisecond) // time enough for one who works on
	if n, err := s.Pending(t.Context()); err != nil || n != 1 || list(t, c) != `a"1"` {
		t.Fatalf("while it stands: %d wait, %v, %s", n, err, list(t, c))
	}
	srv.set(func() { srv.answers["2"] = wire.Changes[note]{Seq: 2} })
	s.Start(t.Context())
	s.Start(t.Context()) // a second one changes nothing
	wait(t, "the write and the pull after the new start", func() bool { return list(t, c) == "b a" })
	wait(t, "the collection that was opened meanwhile", func() bool { return list(t, late) == "a" || list(t, late) == "b a" })
	srv.set(func() {
		if !slices.Equal(srv.done, []string{`/a"1"`}) {
			t.Errorf("the server did %q", srv.done)
		}
		srv.answers["2"] = wire.Changes[note]{Items: []note{{ID: "c", At: 3}}, Seq: 3}
	})
	s.Signal.Emit(signal.Module("notes"))
	wait(t, "what a signal tells after the new start", func() bool { return list(t, c) == "c b a" })
	s.Stop()
}

// TestRefused keeps a write that the server will not have until it is dropped, and
// lets those after it pass.
func TestRefused(t *testing.T) {
	srv := &server{
		answers: map[string]wire.Changes[note]{"0": {Items: []note{{ID: "a", At: 2}, {ID: "b", At: 1}}, Seq: 1}, "1": {Seq: 1}},
		refuse:  map[string]wire.Problem{"/a": {Status: http.StatusConflict, Code: wire.CodeLetterClosed}},
	}
	s, c := open(t, srv, file(t))
	s.Start(t.Context())
	put(t, s, "a", "1")
	put(t, s, "b", "2")
	wait(t, "the second write to be shown", func() bool { return list(t, c) == `a"1" b` })
	n, err := c.Get(t.Context(), "a")
	if err != nil || !n.Refused {
		t.Errorf("%+v, %v", n, err)
	}
	writes, err := s.Writes(t.Context(), "notes")
	if err != nil || len(writes) != 1 || writes[0].Refused == nil || writes[0].Refused.Code != wire.CodeLetterClosed {
		t.Fatalf("%+v, %v", writes, err)
	}
	if n, err := s.Pending(t.Context()); err != nil || n != 0 {
		t.Errorf("%d wait, %v", n, err)
	}
	if err := s.Drop(t.Context(), writes[0]); err != nil || list(t, c) != "a b" {
		t.Errorf("dropped: %v: %s", err, list(t, c))
	}

	// One that was not refused is nobody's to drop; a session that ended refuses nothing.
	srv.set(func() { srv.refuse["/b"] = wire.Problem{Status: http.StatusUnauthorized, Code: "signed_out"} })
	put(t, s, "b", "3")
	if writes, err = s.Writes(t.Context(), "notes"); err != nil || len(writes) != 1 {
		t.Fatalf("%+v, %v", writes, err)
	}
	if err := s.Drop(t.Context(), writes[0]); err != nil {
		t.Fatal(err)
	}
	if got := list(t, c); got != `a b"3"` {
		t.Errorf("it waits for the next sign-in: %s", got)
	}
	srv.set(func() { delete(srv.refuse, "/b") })
	s.Signal.Emit(signal.Missed)
	wait(t, "the write to arrive", func() bool { return list(t, c) == "a b" })
}

// TestKeep keeps a text of this PC's own over a start.
func TestKeep(t *testing.T) {
	path := file(t)
	s, _ := open(t, &server{}, path)
	for _, id := range []string{"draft/a", "draft/b", "drafty"} {
		if err := s.Keep(t.Context(), "notes", id, note{Text: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Keep(t.Context(), "notes", "draft/b", nil); err != nil {
		t.Fatal(err)
	}
	s.Cache.Close()
	s, _ = open(t, &server{}, path)
	var n note
	if ids, err := s.KeptIDs(t.Context(), "notes", "draft/"); err != nil || !slices.Equal(ids, []string{"draft/a"}) {
		t.Errorf("%v, %v", ids, err)
	}
	if ok, err := s.Kept(t.Context(), "notes", "draft/a", &n); err != nil || !ok || n.Text != "draft/a" {
		t.Errorf("%v, %+v, %v", ok, n, err)
	}
	if ok, err := s.Kept(t.Context(), "notes", "draft/b", &n); err != nil || ok {
		t.Errorf("forgotten: %v, %v", ok, err)
	}
}
