package auth

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
)

// How wrong passwords slow down further tries.
const (
	freeTries    = 5                // wrong tries of an account before the first wait
	freeAddr     = 60               // of an address: a whole school may share one
	drainAddr    = 10 * time.Second // in which an address is forgiven one of them
	forgetAfter  = 15 * time.Minute // without a wrong try
	maxWait      = 5 * time.Minute
	maxAddrs     = 20_000 // addresses remembered
	keepAttempts = 24 * time.Hour
)

// slow is how an account stands.
type slow struct {
	Fails int   `db:"fails"`
	Last  int64 `db:"last"` // milliseconds, like Wait
	Wait  int64 `db:"wait"` // no further try before
}

// failed counts a wrong try.
func (s *slow) failed(now time.Time) {
	if now.UnixMilli()-s.Last > forgetAfter.Milliseconds() {
		s.Fails = 0
	}
	s.Fails++
	s.Last = now.UnixMilli()
	if over := s.Fails - freeTries; over >= 0 {
		wait := maxWait
		if over < 16 {
			wait = min(maxWait, time.Second<<over)
		}
		s.Wait = now.Add(wait).UnixMilli()
	}
}

// check refuses a try that comes too early.
func (s *slow) check(now time.Time) error {
	left := s.Wait - now.UnixMilli()
	if left <= 0 {
		return nil
	}
	seconds := int((left + 999) / 1000)
	return web.RefuseFor(seconds, fmt.Sprintf("Too many wrong passwords. Try again in %d seconds.", seconds))
}

// checkAccount refuses a try for a slowed account, and says whether there were
// wrong tries before.
func (a *Auth) checkAccount(ctx context.Context, account string, now time.Time) (bool, error) {
	var s slow
	err := a.o.DB.Get(ctx, &s, `SELECT fails, last, wait FROM attempt WHERE account = $1`, account)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("attempts: %w", err)
	}
	return true, s.check(now)
}

// forgive forgets an account's wrong tries.
func forgive(ctx context.Context, c db.Conn, account string) error {
	if _, err := c.Exec(ctx, `DELETE FROM attempt WHERE account = $1`, account); err != nil {
		return fmt.Errorf("forget wrong passwords: %w", err)
	}
	return nil
}

// failAccount counts a wrong try for an account, and writes it into the log; what
// was wrong is the password or the code. personID is "" for a login that nobody has.
func (a *Auth) failAccount(ctx context.Context, account, personID, wrong string) error {
	now := a.o.Now()
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var s slow
		err := tx.Get(ctx, &s, `SELECT fails, last, wait FROM attempt WHERE account = $1`, account)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		s.failed(now)
		_, err = tx.Exec(ctx, `
			INSERT INTO attempt (account, fails, last, wait) VALUES ($1, $2, $3, $4)
			ON CONFLICT (account) DO UPDATE SET fails = EXCLUDED.fails, last = EXCLUDED.last, wait = EXCLUDED.wait`,
			account, s.Fails, s.Last, s.Wait)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `DELETE FROM attempt WHERE last < $1`, now.Add(-keepAttempts).UnixMilli()); err != nil {
			return err
		}
		return a.log(ctx, tx, "", audit.SignInFailed, personID, map[string]string{"wrong": wrong})
	})
	if err != nil {
		return fmt.Errorf("count a wrong password: %w", err)
	}
	return nil
}

// addrs counts wrong tries by address, in memory. An address is a leaky bucket: as
// long as it is full nobody there may try, which is never longer than drainAddr, so
// that the slips of a school behind one address do not lock all of it out.
type addrs struct {
	mu sync.Mutex
	by map[string]*bucket
}

type bucket struct {
	tries float64
	at    time.Time
}

// drain forgives what the time since the last look is good for.
func (b *bucket) drain(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tries = max(0, b.tries-passed.Seconds()/drainAddr.Seconds())
	}
	b.at = now
}

func (x *addrs) check(addr string, now time.Time) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := x.by[addr]
	if b == nil {
		return nil
	}
	b.drain(now)
	over := b.tries - (freeAddr - 1)
	if over <= 1e-6 {
		return nil
	}
	seconds := int(math.Ceil(over * drainAddr.Seconds()))
	return web.RefuseFor(seconds, fmt.Sprintf("Too many wrong passwords. Try again in %d seconds.", seconds))
}

func (x *addrs) fail(addr string, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := x.by[addr]
	if b == nil {
		if len(x.by) >= maxAddrs {
			for key, old := range x.by {
				if old.drain(now); old.tries == 0 {
					delete(x.by, key)
				}
			}
		}
		if len(x.by) >= maxAddrs {
			clear(x.by)
		}
		b = &bucket{at: now}
		x.by[addr] = b
	}
	b.drain(now)
	b.tries = min(b.tries+1, freeAddr)
}

// keyedLock lets one goroutine at a time work under a key, so that tries for one
// account follow each other and none escapes the count.
type keyedLock struct {
	mu sync.Mutex
	by map[string]*keyed
}

type keyed struct {
	turn chan struct{}
	refs int
}

// lock waits for the key. The caller unlocks it.
func (k *keyedLock) lock(ctx context.Context, key string) (unlock func(), err error) {
	k.mu.Lock()
	if k.by == nil {
		k.by = map[string]*keyed{}
	}
	e := k.by[key]
	if e == nil {
		e = &keyed{turn: make(chan struct{}, 1)}
		k.by[key] = e
	}
	e.refs++
	k.mu.Unlock()
	drop := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if e.refs--; e.refs == 0 {
			delete(k.by, key)
		}
	}
	select {
	case e.turn <- struct{}{}:
		return func() { <-e.turn; drop() }, nil
	case <-ctx.Done():
		drop()
		return nil, ctx.Err()
	}
}
