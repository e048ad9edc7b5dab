package guardians

import (
	"sync"
	"time"

	"schulhof/server/internal/web"
)

// How tries are slowed down.
const (
	forgetAfter = 15 * time.Minute
	maxWait     = 5 * time.Minute
	maxKnown    = 20_000 // addresses remembered
)

// limiter slows down who tries too often, by network address or person. It lifts by
// itself.
type limiter struct {
	free int // tries before the first wait

	mu sync.Mutex
	by map[string]*tries
}

type tries struct {
	n          int
	last, wait time.Time
}

func newLimiter(free int) *limiter { return &limiter{free: free, by: map[string]*tries{}} }

// check refuses, with slow_down, a try that comes too early.
func (l *limiter) check(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.by[key]
	if t == nil || !t.wait.After(now) {
		return nil
	}
	seconds := int((t.wait.Sub(now) + time.Second - 1) / time.Second)
	return web.RefuseFor(seconds, "Too many tries. Wait a little.")
}

// count notes a try.
func (l *limiter) count(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.by[key]
	if t == nil {
		l.room(now)
		t = &tries{}
		l.by[key] = t
	}
	if now.Sub(t.last) > forgetAfter {
		t.n = 0
	}
	t.n++
	t.last = now
	if over := t.n - l.free; over >= 0 {
		wait := maxWait
		if over < 16 {
			wait = min(maxWait, time.Second<<over)
		}
		t.wait = now.Add(wait)
	}
}

// room forgets old tries when there are too many.
func (l *limiter) room(now time.Time) {
	if len(l.by) < maxKnown {
		return
	}
	for key, t := range l.by {
		if now.Sub(t.last) > forgetAfter {
			delete(l.by, key)
		}
	}
	if len(l.by) >= maxKnown {
		clear(l.by)
	}
}
