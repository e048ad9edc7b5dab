// Package clocktest gives tests a time that they move themselves, and a way to wait
// for what happens in the background.
package clocktest

import (
	"sync/atomic"
	"testing"
	"time"
)

// Clock is a time that moves by Advance only. It is safe for use by many goroutines.
type Clock struct{ ms atomic.Int64 }

// New gives a clock that stands at the same moment each time.
func New() *Clock { return At(time.UnixMilli(1_800_000_000_000)) }

// At gives a clock that stands at a moment.
func At(t time.Time) *Clock {
	c := &Clock{}
	c.ms.Store(t.UnixMilli())
	return c
}

// Now gives the time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Advance moves the time.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// Eventually waits until what is said holds, for three minutes at most: on a busy
// machine each step may take long.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
