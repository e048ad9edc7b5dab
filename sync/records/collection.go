package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/signal"
)

// Spec says what a collection of T is. T is the server's record; fields of this
// PC's own, which only the overlay fills, have the tag json:"-".
type Spec[T any] struct {
	Module string // whose events say that something changed
	Name   string // unique within the module
	Path   string // GET Path?since= answers Changes[T]
	ID     func(T) string
	Place  func(T) int64    // the greatest stands first
	Words  func(T) []string // what Search looks in
	Most   int              // older records than so many are dropped; 0 = none
	// Overlay returns what a write does to a record, nil for nothing. Writes that
	// were refused come too, so that the record can say so.
	Overlay func(w Write) func(r *T)
}

// Collection is the copy of all records of a kind. All methods may be called from
// any goroutine.
type Collection[T any] struct {
	spec  Spec[T]
	kind  string
	store *Store
	due   chan struct{}

	mu    sync.Mutex
	trial sync.Mutex // one pull at a time
	err   error
}

// Open returns the collection of a spec, and lets it follow the server once the
// store is started.
func Open[T any](s *Store, spec Spec[T]) *Collection[T] {
	c := &Collection[T]{spec: spec, kind: spec.Module + "/" + spec.Name, store: s, due: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pullers[spec.Module] = append(s.pullers[spec.Module], c)
	if s.run != nil {
		s.begin(spec.Module, c)
	}
	return c
}

// All returns every record, the first one first, with the overlay. It never waits
// for the network.
func (c *Collection[T]) All(ctx context.Context) ([]T, error) {
	return c.read(ctx, `SELECT body FROM record WHERE kind = ? ORDER BY place DESC, id`, c.kind)
}

// Search returns the records in which all words of a text occur, also inside of
// longer words: German makes those. Capitals and accents do not count.
func (c *Collection[T]) Search(ctx context.Context, text string) ([]T, error) {
	var query strings.Builder
	query.WriteString(`SELECT body FROM record WHERE kind = ?`)
	args := []any{c.kind}
	words := strings.Fields(fold(text))
	for i, word := range words {
		if i == 8 {
			break
		}
		query.WriteString(` AND instr(words, ?) > 0`)
		args = append(args, word)
	}
	query.WriteString(` ORDER BY place DESC, id`)
	return c.read(ctx, query.String(), args...)
}

// Get returns one record with the overlay; cache.ErrNotFound where there is none.
func (c *Collection[T]) Get(ctx context.Context, id string) (T, error) {
	list, err := c.read(ctx, `SELECT body FROM record WHERE kind = ? AND id = ?`, c.kind, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s %s: %w", c.kind, id, cache.ErrNotFound)
	}
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

func (c *Collection[T]) read(ctx context.Context, query string, args ...any) ([]T, error) {
	var list []T
	err := c.store.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Each(ctx, query, args, func(scan func(...any) error) error {
			var body []byte
			if err := scan(&body); err != nil {
				return err
			}
			var record T
			if err := json.Unmarshal(body, &record); err != nil {
				return err
			}
			list = append(list, record)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("records of %s: %w", c.kind, err)
	}
	if c.spec.Overlay == nil {
		return list, nil
	}
	writes, err := c.store.Writes(ctx, c.spec.Module)
	if err != nil {
		return nil, err
	}
	for _, w := range writes {
		if apply := c.spec.Overlay(w); apply != nil {
			for i := range list {
				apply(&list[i])
			}
		}
	}
	return list, nil
}

// State says when the server was last asked with success (zero: never) and why
// the last try brought nothing, nil when it did.
func (c *Collection[T]) State(ctx context.Context) (time.Time, error) {
	var pulled int64
	err := c.store.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Get(ctx, &pulled, `SELECT pulled FROM record_seq WHERE kind = ?`, c.kind)
	})
	if err != nil && !errors.Is(err, cache.ErrNotFound) {
		return time.Time{}, fmt.Errorf("state of %s: %w", c.kind, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if pulled == 0 {
		return time.Time{}, c.err
	}
	return time.UnixMilli(pulled), c.err
}

// Refresh asks the server soon for what changed. It never waits.
func (c *Collection[T]) Refresh() { poke(c.due) }

// follow pulls each time it is asked to, until ctx ends. After a pull that brought
// nothing it tries again by itself, ever more slowly.
func (c *Collection[T]) follow(ctx context.Context) {
	failures := 0
	for {
		wait := 24 * time.Hour
		if failures > 0 {
			wait = backoff(2*time.Second, failures)
		}
		if !rest(ctx, wait, c.due) {
			return
		}
		if failures == 0 && c.store.spread > 0 && !rest(ctx, rand.N(c.store.spread), nil) { //nolint:gosec // spreads load, hides nothing
			return
		}
		err := c.pull(ctx)
		if ctx.Err() != nil {
			return
		}
		if failures++; err == nil {
			failures = 0
		}
	}
}

// errStuck says that a server offers more but does not move on.
var errStuck = errors.New("the server's list of changes does not end")

// pull asks until nothing more has changed.
func (c *Collection[T]) pull(ctx context.Context) error {
	c.trial.Lock()
	defer c.trial.Unlock()
	before := c.store.lastSent(ctx)
	changed := false
	var err error
	for range 1000 {
		var more, some bool
		some, more, err = c.pullOnce(ctx)
		changed = changed || some
		if err != nil || !more {
			break
		}
	}
	c.mu.Lock()
	changed = changed || (err == nil) != (c.err == nil)
	c.err = err
	c.mu.Unlock()
	if err == nil {
		var gone bool
		gone, err = c.store.forgetSent(ctx, c.spec.Module, before)
		changed = changed || gone
	} else if ctx.Err() == nil {
		c.store.Log.DebugContext(ctx, "records could not be pulled", "kind", c.kind, "err", err)
	}
	if changed {
		c.store.Signal.Emit(signal.Records(c.spec.Module))
	}
	return err
}

func (c *Collection[T]) pullOnce(ctx context.Context) (changed, more bool, err error) {
	var seq int64
	var known bool
	err = c.store.Cache.Read(ctx, func(r cache.Reader) error {
		err := r.Get(ctx, &seq, `SELECT seq FROM record_seq WHERE kind = ?`, c.kind)
		known = err == nil
		if errors.Is(err, cache.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, false, fmt.Errorf("state of %s: %w", c.kind, err)
	}
	var in wire.Changes[json.RawMessage]
	if err := c.store.Remote.JSON(ctx, http.MethodGet, c.spec.Path+"?since="+strconv.FormatInt(seq, 10), nil, &in); err != nil {
		return false, false, fmt.Errorf("changes of %s: %w", c.kind, err)
	}
	if in.More && !in.Reset && in.Seq <= seq {
		return false, false, fmt.Errorf("changes of %s: %w", c.kind, errStuck)
	}
	if err := c.take(ctx, in); err != nil {
		return false, false, fmt.Errorf("changes of %s: %w", c.kind, err)
	}
	return !known || in.Reset || len(in.Items) > 0 || len(in.Gone) > 0, in.More, nil
}

// take writes a piece of changes, all or nothing.
func (c *Collection[T]) take(ctx context.Context, in wire.Changes[json.RawMessage]) error {
	rows := make([][]any, 0, len(in.Items))
	for _, body := range in.Items {
		var r T
		if err := json.Unmarshal(body, &r); err != nil {
			return err
		}
		words := ""
		if c.spec.Words != nil {
			words = fold(strings.Join(c.spec.Words(r), "\n"))
		}
		rows = append(rows, []any{c.kind, c.spec.ID(r), c.spec.Place(r), words, string(body)})
	}
	gone := make([][]any, 0, len(in.Gone))
	for _, id := range in.Gone {
		gone = append(gone, []any{c.kind, id})
	}
	return c.store.Cache.Write(ctx, func(tx cache.Tx) error {
		if in.Reset {
			if _, err := tx.Exec(ctx, `DELETE FROM record WHERE kind = ?`, c.kind); err != nil {
				return err
			}
		}
		if err := tx.Each(ctx, `DELETE FROM record WHERE kind = ? AND id = ?`, gone); err != nil {
			return err
		}
		if err := tx.Each(ctx, `INSERT INTO record (kind, id, place, words, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET place = excluded.place, words = excluded.words, body = excluded.body`, rows); err != nil {
			return err
		}
		if c.spec.Most > 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM record WHERE kind = ? AND id IN (
				SELECT id FROM record WHERE kind = ? ORDER BY place DESC, id LIMIT -1 OFFSET ?)`, c.kind, c.kind, c.spec.Most); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO record_seq (kind, seq, pulled) VALUES (?, ?, ?)
			ON CONFLICT (kind) DO UPDATE SET seq = excluded.seq, pulled = excluded.pulled`, c.kind, in.Seq, c.store.Now().UnixMilli())
		return err
	})
}

// fold makes text fit to be compared: small letters without accents, ß as ss.
func fold(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "ß", "ss")
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
