package wire

// Changes is how a client keeps a copy of plain school records:
// GET …?since=SEQ answers what changed after SEQ in the order of change. Seq is
// what to ask with next; while More is set, there is more to fetch at once. With
// Reset the client forgets what it has before it adds Items.
type Changes[T any] struct {
	Items []T      `json:"items"`
	Gone  []string `json:"gone,omitempty"` // ids that are no longer the asker's to see
	Seq   int64    `json:"seq"`
	More  bool     `json:"more,omitempty"`
	Reset bool     `json:"reset,omitempty"`
}

// HeaderKey makes a write safe to repeat: the client gives each write in its
// outbox a random key, and the server answers a repeated key as it did the first
// time, for a week at least.
const HeaderKey = "Idempotency-Key"
