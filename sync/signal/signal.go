// Package signal tells the parts of the client that something changed, so that
// pages can read it again. A signal carries no data, only its topic: whoever
// listens asks the owner of the data, and so can never show something stale.
//
// Words: a topic names what changed; emitting a topic says that it did.
package signal

import "sync"

// Topics. Those that are about one thing have a function that makes them.
const (
	Online    = "online"    // the server became reachable, or is no longer
	Transfers = "transfers" // an upload or download began, moved on or ended
	Session   = "session"   // the server ended this session
	Pending   = "pending"   // the server asks the person for something before anything else, as the terms of use
	Roots     = "roots"     // the list of roots, or a quota, changed
	Missed    = "missed"    // the event stream stands (again): what it would have said may have been missed
)

// Folder is the topic of one folder's listing.
func Folder(href string) string { return "folder:" + href }

// Module is the topic of one module's records and badge.
func Module(name string) string { return "module:" + name }

// Records is the topic of one module's records as this PC holds them, with what
// waits to be sent: pages listen to it. Module only says that the server has news.
func Records(name string) string { return "records:" + name }

// Hub passes signals on. Its zero value is ready. All methods may be called
// from any goroutine.
type Hub struct {
	mu      sync.Mutex
	next    uint64
	subs    map[string][]sub
	pending []string
	queued  map[string]bool
	running bool
}

type sub struct {
	id uint64
	fn func()
}

// On calls fn after each Emit of topic, until off is called. fn runs on the
// hub's goroutine, one function at a time, never on the emitter's: it must not
// wait for long. Several emits before fn could run are one call. A call that is
// under way while off is called still finishes; no later one begins.
func (h *Hub) On(topic string, fn func()) (off func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[string][]sub{}
	}
	h.next++
	id := h.next
	h.subs[topic] = append(h.subs[topic], sub{id, fn})
	return func() { h.off(topic, id) }
}

func (h *Hub) off(topic string, id uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := make([]sub, 0, len(h.subs[topic]))
	for _, s := range h.subs[topic] {
		if s.id != id {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		delete(h.subs, topic)
		return
	}
	h.subs[topic] = kept
}

// Emit says that topic changed. It never waits.
func (h *Hub) Emit(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.subs[topic]) == 0 || h.queued[topic] {
		return
	}
	if h.queued == nil {
		h.queued = map[string]bool{}
	}
	h.queued[topic] = true
	h.pending = append(h.pending, topic)
	if !h.running {
		h.running = true
		go h.run()
	}
}

// run calls what is pending and ends when nothing is left, so that an idle hub
// holds no goroutine.
func (h *Hub) run() {
	for {
		h.mu.Lock()
		if len(h.pending) == 0 {
			h.running = false
			h.mu.Unlock()
			return
		}
		topic := h.pending[0]
		h.pending = h.pending[1:]
		delete(h.queued, topic)
		subs := append([]sub(nil), h.subs[topic]...)
		h.mu.Unlock()
		for _, s := range subs {
			if h.has(topic, s.id) {
				s.fn()
			}
		}
	}
}

func (h *Hub) has(topic string, id uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs[topic] {
		if s.id == id {
			return true
		}
	}
	return false
}
