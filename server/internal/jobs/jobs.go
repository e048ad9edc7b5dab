// Package jobs does work later, and does it although the server was stopped or
// killed in between: reminders, expiry, collection of what nobody needs.
//
// A job is a row. It is enqueued in the transaction of whoever wants it, so it
// exists exactly when that transaction does. A runner leases due jobs, calls the
// function of their kind, and removes them when it succeeds. A failed job is
// tried again later, more and more rarely; after the last try it stays as poison,
// with its error, for a person to look at.
//
// How often a job runs: with RegisterTx what the function writes and the end of
// the job are one transaction, so its effect happens exactly once, however the
// server ends. With Register the function may do anything (send, delete a file),
// and runs again when the server was killed before the end was written: at least
// once, so it has to bear repetition.
//
// Words: the key of a job names it within its kind; a second job of the same key
// takes the first one's place. The lease is how long a job belongs to a runner
// that has not been heard of; the holder is that runner's word for it. A job's
// generation counts how often it was enqueued anew.
package jobs

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"schulhof/server/internal/db"
)

//go:embed sql/*.sql
var migrations embed.FS

// maxPayload bounds what a job carries; large things belong into tables or blobs.
const maxPayload = 64 << 10

// everyKey is the key of the one job of a kind that Every repeats.
const everyKey = "@every"

// Deps is what a Jobs is given once.
type Deps struct {
	DB  *db.DB
	Log *slog.Logger
	Now func() time.Time
	ID  func() string // unique, ordered by time

	Workers int           // how many jobs run at once; 4 if 0
	Poll    time.Duration // how often to look for due jobs; 1 s if 0
	Lease   time.Duration // after which a job of a silent runner is another's; 1 min if 0
	Grace   time.Duration // how long Run waits for jobs under way at its end; 30 s if 0
}

// Policy says what happens to a job that fails. The zero value is a good one.
type Policy struct {
	Max     int                             // tries before the job is poison; 10 if 0
	Backoff func(attempt int) time.Duration // the wait after the attempt-th try; Backoff if nil
}

// Backoff waits 10 s after the first try and twice as long after each further
// one, at most 6 h.
func Backoff(attempt int) time.Duration {
	return min(10*time.Second<<min(max(attempt-1, 0), 12), 6*time.Hour)
}

// Job is work to be done.
type Job struct {
	Kind    string
	Key     string    // "" for none; otherwise it replaces the waiting job of this kind and key
	Due     time.Time // not before; the zero time is at once
	Payload any       // becomes JSON
}

// Func does a job. It bears being called again for the same job.
type Func func(ctx context.Context, payload json.RawMessage) error

// TxFunc does a job inside the transaction that ends it. It waits for nothing but
// SQL and may be called again when the database asks for it.
type TxFunc func(ctx context.Context, tx *db.Tx, payload json.RawMessage) error

type kind struct {
	run    Func
	runTx  TxFunc
	policy Policy
	every  time.Duration // 0: not repeated
}

// Jobs is the queue and its runner.
type Jobs struct {
	deps Deps
	wake chan struct{}

	mu      sync.Mutex
	kinds   map[string]kind
	running bool
}

// New migrates the job table and returns a queue without kinds.
func New(ctx context.Context, deps Deps) (*Jobs, error) {
	tables, err := fs.Sub(migrations, "sql")
	if err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	if err := deps.DB.Migrate(ctx, "jobs", tables); err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	deps.Workers = or(deps.Workers, 4)
	deps.Poll = or(deps.Poll, time.Second)
	deps.Lease = or(deps.Lease, time.Minute)
	deps.Grace = or(deps.Grace, 30*time.Second)
	return &Jobs{deps: deps, wake: make(chan struct{}, 1), kinds: map[string]kind{}}, nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Register names the function for a kind of job: it runs at least once. All kinds
// are registered before Run; a kind twice is a mistake of the program and panics.
func (j *Jobs) Register(name string, run Func, policy Policy) {
	j.register(name, kind{run: run, policy: policy})
}

// RegisterTx names the function for a kind of job whose effects are all in SQL:
// they happen exactly once.
func (j *Jobs) RegisterTx(name string, run TxFunc, policy Policy) {
	j.register(name, kind{runTx: run, policy: policy})
}

func (j *Jobs) register(name string, k kind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, twice := j.kinds[name]; twice || j.running || name == "" {
		panic("jobs: kind " + name + " registered twice, without a name, or after Run")
	}
	k.policy.Max = or(k.policy.Max, 10)
	if k.policy.Backoff == nil {
		k.policy.Backoff = Backoff
	}
	j.kinds[name] = k
}

// Every repeats a registered kind: at the first start at once, then an interval
// after each success, on one server only. Its payload is null. It is never
// poison: after the last failed try it waits for the next turn.
func (j *Jobs) Every(name string, interval time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k, ok := j.kinds[name]
	if !ok || j.running || interval <= 0 {
		panic("jobs: repeat " + name + ": an unknown kind, no interval, or after Run")
	}
	k.every = interval
	j.kinds[name] = k
}

// Enqueue adds a job in the caller's transaction. A job of the same kind and key
// that waits gets the new time and payload, and its tries afresh, also when it
// was poison; one that runs right now runs once more afterwards.
func (j *Jobs) Enqueue(ctx context.Context, tx db.Conn, job Job) error {
	payload, err := json.Marshal(job.Payload)
	if err != nil {
		return fmt.Errorf("job %s: %w", job.Kind, err)
	}
	if len(payload) > maxPayload {
		return fmt.Errorf("job %s: a payload of %d bytes, %d are allowed", job.Kind, len(payload), maxPayload)
	}
	if job.Kind == "" || job.Key == everyKey {
		return fmt.Errorf("job %q with the key %q: it needs a kind and a key of its own", job.Kind, job.Key)
	}
	var key *string
	if job.Key != "" {
		key = &job.Key
	}
	due := job.Due
	if due.IsZero() {
		due = j.deps.Now()
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO job (id, kind, key, due, payload) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, payload = excluded.payload,
			gen = job.gen + 1, attempts = 0, failed = 0, last_error = ''`,
		j.deps.ID(), job.Kind, key, due.UnixMilli(), string(payload)); err != nil {
		return fmt.Errorf("enqueue job %s: %w", job.Kind, err)
	}
	return nil
}

// Cancel removes the waiting job of this kind and key, if there is one. One that
// runs right now ends as it would have.
func (j *Jobs) Cancel(ctx context.Context, tx db.Conn, name, key string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM job WHERE kind = $1 AND key = $2 AND locked_until <= $3`,
		name, key, j.deps.Now().UnixMilli()); err != nil {
		return fmt.Errorf("cancel job %s: %w", name, err)
	}
	return nil
}

// Wake lets the runner look for due jobs now instead of at its next poll; call it
// after the transaction that enqueued.
func (j *Jobs) Wake() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Failure is a job that failed for the last time.
type Failure struct {
	ID        string `db:"id"`
	Kind      string `db:"kind"`
	Payload   string `db:"payload"`
	Attempts  int    `db:"attempts"`
	LastError string `db:"last_error"`
}

// Failures lists at most 500 poisoned jobs, the oldest first.
func (j *Jobs) Failures(ctx context.Context) ([]Failure, error) {
	var all []Failure
	if err := j.deps.DB.Select(ctx, &all, `
		SELECT id, kind, payload, attempts, last_error FROM job
		WHERE failed = 1 ORDER BY due, id LIMIT 500`); err != nil {
		return nil, fmt.Errorf("failed jobs: %w", err)
	}
	return all, nil
}

// Retry gives a poisoned job all its tries again; db.ErrNotFound if it is none.
func (j *Jobs) Retry(ctx context.Context, id string) error {
	n, err := j.deps.DB.Exec(ctx, `UPDATE job SET failed = 0, attempts = 0, due = $1 WHERE id = $2 AND failed = 1`,
		j.deps.Now().UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("retry job %s: %w", id, err)
	}
	if n == 0 {
		return fmt.Errorf("retry job %s: %w", id, db.ErrNotFound)
	}
	j.Wake()
	return nil
}

// errLost says that a job's lease ran out and another runner has it.
var errLost = errors.New("the job's lease was lost")
