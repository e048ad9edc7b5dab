package files

import (
	"math/rand/v2"
	"sync"
	"time"
)

// throttle calls fn soon after hit, but not more often than ten times a second;
// the last hit is never lost.
type throttle struct {
	fn func()

	mu      sync.Mutex
	pending bool
	stopped bool
}

const throttleStep = 100 * time.Millisecond

func (t *throttle) hit() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending || t.stopped {
		return
	}
	t.pending = true
	time.AfterFunc(throttleStep, func() {
		t.mu.Lock()
		t.pending = false
		t.mu.Unlock()
		t.fn()
	})
}

func (t *throttle) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
}

const maxDelay = 30 * time.Second

// backoff is how long to wait after the n-th failure in a row, n from 1: a
// second, doubling to half a minute, a quarter of it at random so that a room
// full of PCs does not come back at the same moment.
func backoff(n int) time.Duration {
	d := maxDelay
	if n < 6 {
		d = time.Second << max(n-1, 0)
	}
	return d - jitter(d/4)
}

// jitter is a random time below d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d) //nolint:gosec // spreads load, hides nothing
}
