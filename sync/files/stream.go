package files

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

const (
	eventSpread = 200 * time.Millisecond // a class of clients does not ask in the same moment
	rootsEvery  = 5 * time.Second        // quotas follow uploads at most that often
	signedOut   = 30 * time.Second       // between tries of a session that ended
)

// follow keeps the event stream open, and by it knows whether the server can be
// reached, until ctx ends.
func (f *Files) follow(ctx context.Context) {
	var lastID string
	failures := 0
	for ctx.Err() == nil {
		began := f.Now()
		one, cancel := context.WithCancel(ctx)
		f.mu.Lock()
		f.drop = cancel
		f.mu.Unlock()
		first := true
		err := f.Remote.Events(one, lastID, func() {
			failures = 0
			f.setOnline(ctx, true)
			f.catchUp()
		}, func(id string, e wire.Event) {
			lastID = id
			if !first || e.Kind != wire.EventReset { // else it only says what was just done
				f.event(e)
			}
			first = false
		})
		cancel()
		if ctx.Err() != nil {
			return
		}
		failures++
		wait := f.streamEnded(ctx, err, failures)
		if failures == 1 && f.Now().Sub(began) > 5*time.Second && remote.Status(err) == 0 {
			wait = jitter(time.Second) // it stood for a while: the server may only have restarted
		}
		f.Log.DebugContext(ctx, "event stream ended", "err", err, "wait", wait)
		select {
		case <-ctx.Done():
		case <-f.redial:
		case <-time.After(wait):
		}
	}
}

// streamEnded draws from the n-th failure in a row whether the server can be
// reached, and says how long to wait before the next try.
func (f *Files) streamEnded(ctx context.Context, err error, n int) time.Duration {
	wait := backoff(n)
	switch status := remote.Status(err); {
	case remote.Pending(err):
		f.setOnline(ctx, true) // the window asks the person; what waits, waits
		return max(wait, 10*time.Second)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.setOnline(ctx, false)
		f.Signal.Emit(signal.Session)
		return signedOut
	case status == http.StatusTooManyRequests || (status != 0 && !remote.Temporary(err)):
		// The server answers, it only has no stream for us: ask now and then instead.
		f.setOnline(ctx, true)
		f.catchUp()
		return max(wait, 10*time.Second)
	}
	f.setOnline(ctx, false)
	return wait
}

// Reconnect tries the server now, with what waits for another try, instead of at the
// end of the pause between tries; for a user who plugged the cable in again, or did
// what the server had asked for.
func (f *Files) Reconnect() {
	f.mu.Lock()
	f.hasten()
	f.mu.Unlock()
	poke(f.redial)
	for range workers {
		poke(f.wake)
	}
}

// hasten ends the pauses of all jobs; f.mu is held.
func (f *Files) hasten() {
	for _, j := range f.jobs {
		j.notBefore = time.Time{}
	}
}

// setOnline notes whether the server can be reached.
func (f *Files) setOnline(ctx context.Context, online bool) {
	f.mu.Lock()
	changed := f.online != online
	f.online = online
	if online {
		f.hasten()
	}
	f.mu.Unlock()
	if !changed {
		return
	}
	f.Log.InfoContext(ctx, "server reachable", "online", online)
	f.Signal.Emit(signal.Online)
	if online {
		for range workers {
			poke(f.wake)
		}
	}
}

// heard draws from the outcome of a call whether the stream can still stand:
// after a connection that broke it is opened anew, which tells. A call that
// worked while nobody was thought to be there opens it at once.
func (f *Files) heard(err error) {
	if err == nil && !f.Online() {
		f.Reconnect()
		return
	}
	if !errors.Is(err, remote.ErrOffline) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.drop != nil && f.online {
		f.drop()
		f.drop = nil
	}
}

// catchUp asks for all that pages show, after a time in which events may have
// been missed.
func (f *Files) catchUp() {
	f.Signal.Emit(signal.Missed)
	f.RefreshRoots()
	f.refreshWatched("/")
}

func (f *Files) event(e wire.Event) {
	switch e.Kind {
	case wire.EventReset:
		f.catchUp()
	case wire.EventRoot:
		f.spawn(func(ctx context.Context) { f.rootChanged(ctx, e.Root) })
	case wire.EventModule:
		f.mu.Lock()
		f.badges[e.Module] = e.Badge
		f.mu.Unlock()
		f.Signal.Emit(signal.Module(e.Module))
	case wire.EventSession:
		f.Signal.Emit(signal.Session)
	}
}

// rootChanged refreshes what pages show of a root.
func (f *Files) rootChanged(ctx context.Context, id string) {
	if !pause(ctx, rand.N(eventSpread)) { //nolint:gosec // spreads load, hides nothing
		return
	}
	below := "/"
	f.mu.Lock()
	for _, r := range f.roots {
		if r.ID == id {
			below = r.Href
		}
	}
	wait := max(0, rootsEvery-f.Now().Sub(f.rootsAt))
	pending := f.rootsDue
	f.rootsDue = true
	f.mu.Unlock()
	f.refreshWatched(below)
	if pending {
		return // the one that waits asks for this change too
	}
	ok := pause(ctx, wait)
	f.mu.Lock()
	f.rootsDue = false
	f.mu.Unlock()
	if ok {
		f.RefreshRoots()
	}
}
