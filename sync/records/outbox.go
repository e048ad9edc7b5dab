package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// Write is one thing that the user did, on its way to the server.
type Write struct {
	ID      int64
	Module  string
	Name    string // what kind of write it is, for the overlay: "answer"
	Slot    string // what it is about; a later write with the same name and slot takes its place
	Method  string
	Path    string
	Body    json.RawMessage
	Made    time.Time
	Sent    bool          // the server has it; the records do not show it yet
	Refused *wire.Problem // why the server will not have it, nil unless it was refused
}

// Put puts a write into the outbox: it is on the disk when Put returns, and goes
// out in the order of Put as soon as the server can be reached, each exactly once.
// ID, Made, Sent and Refused are not the caller's.
func (s *Store) Put(ctx context.Context, w Write, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write %s: %w", w.Name, err)
	}
	err = s.Cache.Write(ctx, func(tx cache.Tx) error {
		// One that is under way just now may arrive all the same: this one comes after it.
		if _, err := tx.Exec(ctx, `DELETE FROM record_outbox WHERE module = ? AND name = ? AND slot = ? AND slot <> ''
			AND sent = 0`, w.Module, w.Name, w.Slot); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO record_outbox (module, name, slot, key, method, path, body, made)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, w.Module, w.Name, w.Slot, newKey(), w.Method, w.Path, string(text), s.Now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", w.Name, err)
	}
	s.Signal.Emit(signal.Records(w.Module))
	poke(s.wake)
	return nil
}

type row struct {
	ID      int64
	Module  string
	Name    string
	Slot    string
	Key     string
	Method  string
	Path    string
	Body    string
	Made    int64
	Sent    int64
	Refused string
}

func (r row) write() Write {
	w := Write{
		ID: r.ID, Module: r.Module, Name: r.Name, Slot: r.Slot, Method: r.Method, Path: r.Path,
		Body: json.RawMessage(r.Body), Made: time.UnixMilli(r.Made), Sent: r.Sent != 0,
	}
	if r.Refused != "" {
		w.Refused = &wire.Problem{}
		if json.Unmarshal([]byte(r.Refused), w.Refused) != nil {
			w.Refused.Code = wire.CodeInvalid
		}
	}
	return w
}

const columns = `SELECT id, module, name, slot, key, method, path, body, made, sent, refused FROM record_outbox `

// Writes lists a module's writes that its records do not show yet, in order, and
// those that were refused.
func (s *Store) Writes(ctx context.Context, module string) ([]Write, error) {
	var rows []row
	err := s.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Select(ctx, &rows, columns+`WHERE module = ? ORDER BY id`, module)
	})
	if err != nil {
		return nil, fmt.Errorf("outbox of %s: %w", module, err)
	}
	list := make([]Write, len(rows))
	for i, r := range rows {
		list[i] = r.write()
	}
	return list, nil
}

// Pending counts the writes of all modules that still have to go out.
func (s *Store) Pending(ctx context.Context) (int, error) {
	var n int
	err := s.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Get(ctx, &n, `SELECT count(*) FROM record_outbox WHERE sent = 0 AND refused = ''`)
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	return n, nil
}

// Drop takes a write that was refused out of the outbox.
func (s *Store) Drop(ctx context.Context, w Write) error {
	err := s.Cache.Write(ctx, func(tx cache.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM record_outbox WHERE id = ? AND refused <> ''`, w.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop write %s: %w", w.Name, err)
	}
	s.Signal.Emit(signal.Records(w.Module))
	return nil
}

// work sends what waits, one after the other, until ctx ends.
func (s *Store) work(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		wait := 24 * time.Hour
		sent, err := s.sendNext(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			wait = backoff(s.pause, failures)
			s.Log.DebugContext(ctx, "outbox waits", "err", err, "wait", wait)
		case sent:
			failures = 0
			continue
		}
		if !rest(ctx, wait, s.wake) {
			return
		}
	}
}

// sendNext sends the first write that waits; false when there is none. An error
// means that it stays the first.
func (s *Store) sendNext(ctx context.Context) (bool, error) {
	var r row
	err := s.Cache.Read(ctx, func(c cache.Reader) error {
		return c.Get(ctx, &r, columns+`WHERE sent = 0 AND refused = '' ORDER BY id LIMIT 1`)
	})
	if errors.Is(err, cache.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	err = s.Remote.Once(ctx, r.Key, r.Method, r.Path, json.RawMessage(r.Body), nil)
	var refusal *remote.Error
	refused := ""
	switch {
	case err == nil:
	case errors.As(err, &refusal) && !remote.Temporary(err) && refusal.Problem.Status != http.StatusUnauthorized:
		text, err := json.Marshal(refusal.Problem)
		if err != nil {
			return false, fmt.Errorf("outbox: %w", err)
		}
		refused = string(text)
		s.Log.InfoContext(ctx, "a write was refused", "name", r.Name, "code", refusal.Problem.Code, "request_id", refusal.Problem.RequestID)
	default:
		return false, err
	}
	err = s.Cache.Write(ctx, func(tx cache.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE record_outbox SET sent = ?, refused = ? WHERE id = ?`, refused == "", refused, r.ID)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	s.settle(r.write())
	return true, nil
}

// settle lets the records show what a write did, and forgets it where no record does.
func (s *Store) settle(w Write) {
	s.mu.Lock()
	list := s.pullers[w.Module]
	s.mu.Unlock()
	for _, p := range list {
		p.Refresh()
	}
	s.Signal.Emit(signal.Records(w.Module))
}

// lastSent is the id of the write that arrived last; they arrive in the order of their ids.
func (s *Store) lastSent(ctx context.Context) int64 {
	var n int64
	err := s.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Get(ctx, &n, `SELECT coalesce(max(id), 0) FROM record_outbox WHERE sent = 1`)
	})
	if err != nil {
		return 0 // nothing is forgotten then
	}
	return n
}

// forgetSent drops the writes that had arrived before a pull began: the records
// show them now.
func (s *Store) forgetSent(ctx context.Context, module string, upTo int64) (bool, error) {
	some := false
	err := s.Cache.Write(ctx, func(tx cache.Tx) error {
		res, err := tx.Exec(ctx, `DELETE FROM record_outbox WHERE module = ? AND sent = 1 AND id <= ?`, module, upTo)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		some = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("outbox of %s: %w", module, err)
	}
	return some, nil
}

// backoff is the wait before the try after n failures in a row: doubling from
// first up to a minute, never quite the same for two PCs.
func backoff(first time.Duration, n int) time.Duration {
	d := min(first<<min(n-1, 10), time.Minute)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads load, hides nothing
}
