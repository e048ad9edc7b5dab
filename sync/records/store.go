package records

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/signal"
)

// Remote are the calls that a store makes; *remote.Client has them.
type Remote interface {
	JSON(ctx context.Context, method, path string, in, out any) error
	Once(ctx context.Context, key, method, path string, in, out any) error
}

// Deps are what New needs.
type Deps struct {
	Cache  *cache.Cache
	Remote Remote
	Signal *signal.Hub
	Now    func() time.Time
	Log    *slog.Logger
}

// Store holds the account's collections and its outbox. All methods may be called
// from any goroutine.
type Store struct {
	Deps

	spread time.Duration // a whole school does not ask in the same moment
	pause  time.Duration // before the first repeat of a write that did not arrive
	wake   chan struct{} // the outbox may have something to send

	life    sync.Mutex // one Start or Stop at a time
	mu      sync.Mutex
	run     context.Context //nolint:containedctx // of the work in the background, from Start to Stop; nil outside of them
	cancel  context.CancelFunc
	pullers map[string][]puller // by module
	offs    []func()
	wg      sync.WaitGroup
}

// puller is a collection, whatever it holds.
type puller interface {
	Refresh()
	pull(ctx context.Context) error
	follow(ctx context.Context)
}

var schema = []string{
	`CREATE TABLE record (
		kind TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, words TEXT NOT NULL, body TEXT NOT NULL,
		PRIMARY KEY (kind, id))`,
	`CREATE INDEX record_place ON record (kind, place DESC, id)`,
	`CREATE TABLE record_seq (kind TEXT PRIMARY KEY, seq INTEGER NOT NULL, pulled INTEGER NOT NULL)`,
	`CREATE TABLE record_outbox (
		id INTEGER PRIMARY KEY AUTOINCREMENT, module TEXT NOT NULL, name TEXT NOT NULL, slot TEXT NOT NULL, key TEXT NOT NULL,
		method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL, made INTEGER NOT NULL,
		sent INTEGER NOT NULL DEFAULT 0, refused TEXT NOT NULL DEFAULT '')`,
	`CREATE TABLE record_kept (module TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (module, id))`,
}

// New opens the records that the cache file holds. Nothing is sent or asked before Start.
func New(ctx context.Context, d Deps) (*Store, error) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if err := d.Cache.Migrate(ctx, "records", schema); err != nil {
		return nil, err
	}
	return &Store{
		Deps: d, spread: 300 * time.Millisecond, pause: time.Second,
		wake: make(chan struct{}, 1), pullers: map[string][]puller{},
	}, nil
}

// Start begins the work in the background: it asks for what changed, now and at
// each signal of it, and sends what waits. It ends with Stop or with ctx; after
// Stop it may be started again.
func (s *Store) Start(ctx context.Context) {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return
	}
	s.run, s.cancel = context.WithCancel(ctx)
	for module, list := range s.pullers {
		for _, p := range list {
			s.begin(module, p)
		}
	}
	s.offs = append(s.offs, s.Signal.On(signal.Missed, func() {
		s.mu.Lock()
		var all []puller
		for _, list := range s.pullers {
			all = append(all, list...)
		}
		s.mu.Unlock()
		for _, p := range all {
			p.Refresh()
		}
		poke(s.wake)
	}))
	run := s.run
	s.wg.Go(func() { s.work(run) })
}

// begin lets a collection follow the server; s.mu is held and s.run is set.
func (s *Store) begin(module string, p puller) {
	s.offs = append(s.offs, s.Signal.On(signal.Module(module), p.Refresh))
	run := s.run
	s.wg.Go(func() { p.follow(run) })
	p.Refresh()
}

// Stop ends the work in the background and waits for it. What was not sent yet
// stays for the next Start.
func (s *Store) Stop() {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	for _, off := range s.offs {
		off()
	}
	s.offs = nil
	if s.cancel != nil {
		s.cancel()
	}
	s.run, s.cancel = nil, nil
	s.mu.Unlock()
	s.wg.Wait()
}

// Keep stores something of this PC's own under a name, as a text that is being
// written: it is on the disk when Keep returns. nil forgets it.
func (s *Store) Keep(ctx context.Context, module, id string, v any) error {
	err := s.Cache.Write(ctx, func(tx cache.Tx) error {
		if v == nil {
			_, err := tx.Exec(ctx, `DELETE FROM record_kept WHERE module = ? AND id = ?`, module, id)
			return err
		}
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO record_kept (module, id, body) VALUES (?, ?, ?)
			ON CONFLICT (module, id) DO UPDATE SET body = excluded.body`, module, id, string(body))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep %s of %s: %w", id, module, err)
	}
	return nil
}

// Kept reads what Keep stored into out; false where there is nothing.
func (s *Store) Kept(ctx context.Context, module, id string, out any) (bool, error) {
	var body string
	err := s.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Get(ctx, &body, `SELECT body FROM record_kept WHERE module = ? AND id = ?`, module, id)
	})
	if errors.Is(err, cache.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), out)
	}
	if err != nil {
		return false, fmt.Errorf("kept %s of %s: %w", id, module, err)
	}
	return true, nil
}

// KeptIDs lists the names of what is kept that begin with a prefix.
func (s *Store) KeptIDs(ctx context.Context, module, prefix string) ([]string, error) {
	var ids []string
	err := s.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Select(ctx, &ids, `SELECT id FROM record_kept WHERE module = ? AND substr(id, 1, length(?)) = ? ORDER BY id`, module, prefix, prefix)
	})
	if err != nil {
		return nil, fmt.Errorf("what is kept of %s: %w", module, err)
	}
	return ids, nil
}

func newKey() string { return rand.Text() }

// poke puts a token into a channel of tokens unless it is full.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// rest waits for d, or until wake has a token; false when ctx ended before.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-t.C:
	}
	return true
}
