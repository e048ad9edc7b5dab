package notify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// sendTimeout is how long a client may take to receive what is sent to it.
const sendTimeout = 30 * time.Second

// Why a stream ends.
const (
	endNot     = iota
	endSession // its session has ended
	endClosed  // the server is stopping
)

// stream is one open connection. Its fields belong to the hub's lock.
type stream struct {
	caller  web.Caller
	queue   []message
	reset   bool // events were lost: say so before the next
	recheck bool // whether its caller is still signed in
	ended   int
	wake    chan struct{} // holds one token when there is something to do
}

// push queues an event. One that says the same of the same thing gives its place
// up; a stream that is too far behind is told to ask again.
func (s *stream) push(m message) {
	for i := range s.queue {
		if s.queue[i].key == m.key {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			break
		}
	}
	if len(s.queue) >= queueSize {
		s.queue, s.reset = s.queue[:0], true
	}
	s.queue = append(s.queue, m)
	s.signal()
}

func (s *stream) endLocked(why int) {
	if s.ended == endNot {
		s.ended = why
	}
	s.signal()
}

func (s *stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sessionKey is what the bound on streams counts by.
func sessionKey(c web.Caller) string {
	if c.SessionID != "" {
		return c.SessionID
	}
	return "person:" + c.Person.ID
}

// ServeHTTP serves GET /api/v1/events: server-sent events until the client goes
// away, its session ends, or the server stops.
func (h *Hub) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	caller := web.CallerFrom(req.Context())
	s, at, err := h.open(caller, req.Header.Get("Last-Event-ID"))
	if err != nil {
		web.WriteError(w, req, err)
		return
	}
	defer h.drop(s)
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := sender{w: w, rc: http.NewResponseController(w), h: h}
	if !out.send("retry: 2000\n\n") {
		return
	}
	ping := time.NewTicker(h.ping)
	defer ping.Stop()
	for {
		if !h.deliver(s, &at, &out) {
			return
		}
		select {
		case <-req.Context().Done():
			return
		case <-s.wake:
			if h.asked(s) {
				h.look(req.Context(), s)
			}
		case <-ping.C:
			if h.look(req.Context(), s) && !out.send(": still here\n\n") {
				return
			}
		}
	}
}

// asked says once whether Recheck asked for a look.
func (h *Hub) asked(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := s.recheck
	s.recheck = false
	return asked
}

// look ends a stream whose caller is no longer signed in, and says whether it goes on.
func (h *Hub) look(ctx context.Context, s *stream) bool {
	if h.alive == nil || h.alive(ctx, s.caller) {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.endLocked(endSession)
	return false
}

// open adds a stream, with what it has missed, and the number of the last event
// that came before it.
func (h *Hub) open(caller web.Caller, lastID string) (*stream, int64, error) {
	s := &stream{caller: caller, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, 0, web.Refuse(http.StatusServiceUnavailable, wire.CodeUnavailable, "The server is stopping. Try again in a moment.")
	}
	key := sessionKey(caller)
	if h.sessions[key] >= maxStreams {
		return nil, 0, web.RefuseFor(30, "This session has too many event streams open already.")
	}
	missed, ok := h.missedLocked(lastID, caller.Person.ID)
	s.reset = !ok
	for _, m := range missed {
		s.push(m)
	}
	h.sessions[key]++
	h.persons[caller.Person.ID] = append(h.persons[caller.Person.ID], s)
	return s, h.last, nil
}

// drop takes the stream out again.
func (h *Hub) drop(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	person, key := s.caller.Person.ID, sessionKey(s.caller)
	list := h.persons[person]
	for i := range list {
		if list[i] == s {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if h.persons[person] = list; len(list) == 0 {
		delete(h.persons, person)
	}
	if h.sessions[key]--; h.sessions[key] <= 0 {
		delete(h.sessions, key)
	}
}

// deliver sends what is queued; false when the stream is over. at is the number
// that an EventReset is given: that of the last event before it.
func (h *Hub) deliver(s *stream, at *int64, out *sender) bool {
	h.mu.Lock()
	queue, reset, ended := s.queue, s.reset, s.ended
	s.queue, s.reset = nil, false
	h.mu.Unlock()
	if reset {
		if len(queue) > 0 {
			*at = queue[0].n - 1
		}
		if !out.event(*at, `{"kind":"`+wire.EventReset+`"}`) {
			return false
		}
	}
	for _, m := range queue {
		if *at = m.n; !out.event(m.n, string(m.data)) {
			return false
		}
	}
	switch ended {
	case endSession:
		out.send("data: {\"kind\":\"" + wire.EventSession + "\"}\n\n")
		return false
	case endClosed:
		return false
	}
	return true
}

// sender writes a stream, each piece within a bound of time.
type sender struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	h  *Hub
}

func (o *sender) event(n int64, data string) bool {
	return o.send(fmt.Sprintf("id: %s\ndata: %s\n\n", o.h.id(n), data))
}

func (o *sender) send(text string) bool {
	// A connection without deadlines (in tests) is served without them.
	_ = o.rc.SetWriteDeadline(deadline())
	if _, err := o.w.Write([]byte(text)); err != nil { //nolint:gosec // an event stream, not a page
		return false
	}
	return o.rc.Flush() == nil
}

// deadline is by the machine's clock, as the connection is.
func deadline() time.Time {
	return time.Now().Add(sendTimeout) //nolint:forbidigo // the network's time, not the school's
}
