package wire

// Event is one message of the event stream, GET /api/v1/events (server-sent
// events). Its SSE id is opaque; a client that reconnects sends the last one in
// Last-Event-ID and gets what it missed, or one event of kind EventReset when
// the server cannot tell any more.
type Event struct {
	Kind   string `json:"kind"`
	Module string `json:"module,omitempty"` // EventModule: which module's data changed
	Badge  int    `json:"badge,omitempty"`  // EventModule: the module's unread count now
	Root   string `json:"root,omitempty"`   // EventRoot: id of the root
	Seq    int64  `json:"seq,omitempty"`    // EventRoot: the root is at this change now
}

// Kinds of events.
const (
	EventReset   = "reset"   // forget what you know to be fresh, ask again
	EventRoot    = "root"    // files changed
	EventModule  = "module"  // a module's records changed
	EventSession = "session" // this session ended (locked, reset, signed out elsewhere)
)
