// Package notify tells the clients what has changed, over one stream of server-sent
// events for each of them.
//
// Words: an event goes to an audience, the ids of persons; a stream is one open
// connection; an event's id is "epoch-n", where the epoch is this run of the
// server. A client that comes back with the id of the last event it has seen gets
// what it missed, out of a ring of the last events. When the ring does not reach
// back so far, or the client brings no id, the first event is EventReset: ask
// again for everything.
package notify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Bounds.
const (
	ringSize   = 4096 // events that can be caught up with
	queueSize  = 256  // events that a slow stream may be behind
	maxStreams = 8    // of one session
)

// Options are what a Hub needs.
type Options struct {
	Log *slog.Logger
	// Ping is the time between the comments that keep a quiet stream open; 0 = 15 s.
	Ping time.Duration
}

// Hub takes events and gives them to the streams of their audience.
type Hub struct {
	log   *slog.Logger
	ping  time.Duration
	epoch string

	mu       sync.Mutex
	alive    func(context.Context, web.Caller) bool
	audience func(ctx context.Context, rootID string) ([]string, error)
	last     int64     // number of the last event
	ring     []message // the last events, oldest first after start
	start    int       // where the ring's oldest event stands
	persons  map[string][]*stream
	sessions map[string]int // streams of each session
	closed   bool
}

// message is one event as it is sent.
type message struct {
	n    int64
	key  string // events with the same key: the later one says all
	data []byte
	to   []string
}

// New makes a hub.
func New(o Options) *Hub {
	var b [6]byte
	rand.Read(b[:])
	if o.Ping == 0 {
		o.Ping = 15 * time.Second
	}
	return &Hub{
		log: o.Log, ping: o.Ping, epoch: hex.EncodeToString(b[:]),
		persons: map[string][]*stream{}, sessions: map[string]int{},
	}
}

// SetAlive says how to find out, at every ping and at Recheck, whether a stream's caller is still
// signed in. It is set before the first stream opens.
func (h *Hub) SetAlive(alive func(context.Context, web.Caller) bool) { h.alive = alive }

// SetAudience says who may see a root whose event names nobody. It is set before
// the first event.
func (h *Hub) SetAudience(audience func(ctx context.Context, rootID string) ([]string, error)) {
	h.audience = audience
}

// Root tells that a root's files have changed and that its change sequence is at
// seq. to are ids of persons; nil asks the audience function. It is called after
// the commit.
func (h *Hub) Root(rootID string, seq int64, to []string) {
	if to == nil && h.audience != nil {
		ctx := context.Background()
		var err error
		if to, err = h.audience(ctx, rootID); err != nil {
			h.log.ErrorContext(ctx, "audience of a root", slog.String("root", rootID), slog.Any("error", err))
			return
		}
	}
	h.Publish(wire.Event{Kind: wire.EventRoot, Root: rootID, Seq: seq}, to)
}

// Publish sends an event to persons, by their ids. It never waits for a client.
func (h *Hub) Publish(e wire.Event, to []string) {
	if len(to) == 0 {
		return
	}
	data, err := json.Marshal(e)
	if err != nil {
		h.log.ErrorContext(context.Background(), "event", slog.Any("error", err))
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	m := message{n: h.last, key: e.Kind + " " + e.Module + " " + e.Root, data: data, to: to}
	if len(h.ring) < ringSize {
		h.ring = append(h.ring, m)
	} else {
		h.ring[h.start] = m
		h.start = (h.start + 1) % ringSize
	}
	for _, person := range to {
		for _, s := range h.persons[person] {
			s.push(m)
		}
	}
}

// PublishSession ends the streams of one session, with an EventSession.
func (h *Hub) PublishSession(sessionID string) {
	h.end(func(s *stream) bool { return s.caller.SessionID == sessionID })
}

// EndPerson ends all streams of a person, with an EventSession.
func (h *Hub) EndPerson(personID string) {
	h.end(func(s *stream) bool { return s.caller.Person.ID == personID })
}

// Recheck ends the streams of a person whose callers are no longer signed in, with an
// EventSession; each finds out by itself.
func (h *Hub) Recheck(personID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.persons[personID] {
		s.recheck = true
		s.signal()
	}
}

func (h *Hub) end(which func(*stream) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, list := range h.persons {
		for _, s := range list {
			if which(s) {
				s.endLocked(endSession)
			}
		}
	}
}

// Close ends all streams, and every later one at once: the server is stopping.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, list := range h.persons {
		for _, s := range list {
			s.endLocked(endClosed)
		}
	}
}

// Streams counts the open streams.
func (h *Hub) Streams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, list := range h.persons {
		n += len(list)
	}
	return n
}

// id words an event's number.
func (h *Hub) id(n int64) string { return h.epoch + "-" + strconv.FormatInt(n, 10) }

// missedLocked gives the events since the one with that id, for a person; false
// when it cannot be told any more.
func (h *Hub) missedLocked(lastID, person string) ([]message, bool) {
	epoch, number, ok := strings.Cut(lastID, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || epoch != h.epoch || n < 0 || n > h.last {
		return nil, false
	}
	oldest := h.last - int64(len(h.ring)) + 1
	if n < oldest-1 {
		return nil, false
	}
	var missed []message
	for i := n + 1; i <= h.last; i++ {
		m := h.ring[(h.start+int(i-oldest))%len(h.ring)]
		if slices.Contains(m.to, person) {
			missed = append(missed, m)
		}
	}
	return missed, true
}
