package files

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// Deps are what New needs.
type Deps struct {
	Cache  *cache.Cache
	Remote *remote.Client
	Signal *signal.Hub
	Dir    string // folder of the local copies; made if missing
	Now    func() time.Time
	Log    *slog.Logger
	Who    string // login, for the names of conflict copies
	Host   string // this PC's name, likewise
	// Reached says that the server answered a moment ago, as in a sign-in: Online
	// is true then until it turns out otherwise.
	Reached bool
}

// Files is one account's files on this PC. All methods may be called from any
// goroutine. Those that take a ctx may wait for the disk; of these, only those
// whose comment says so wait for the network.
type Files struct {
	Deps

	spawn  func(fn func(ctx context.Context)) // on a goroutine that Stop waits for; dropped after Stop
	cancel context.CancelFunc
	settle time.Duration // how long a file must be quiet after a save
	wg     sync.WaitGroup
	wake   chan struct{} // a worker may find something to do
	look   chan struct{} // the watcher should look now
	redial chan struct{} // the event stream should connect now

	mu       sync.Mutex
	stopped  bool
	started  bool
	online   bool
	drop     context.CancelFunc // ends the event stream under way, nil where there is none
	roots    []wire.RootInfo
	rootsAt  time.Time // when they were asked for last
	rootsDue bool      // somebody waits to ask again
	badges   map[string]int
	watched  map[string]int
	refresh  map[string]*refreshing
	failed   map[string]error // of folders: why the last refresh brought nothing
	copies   map[int64]*localCopy
	nextCopy int64
	jobs     map[int64]*job
	order    []int64 // ids of jobs and downloads, as begun
	downs    map[int64]*download
	nextID   int64
	finished []int64 // jobs whose rows can go
	opening  map[string]*sync.Mutex
	active   map[int64]bool   // copies that are looked at: opened since New, or edited
	watch    func(dir string) // adds a folder to the watch, nil before Start
	strange  map[string]seen  // files beside local copies that are no copies yet
	looking  sync.Mutex       // one look at a time
	sweeping sync.Mutex       // held while rows of jobs are removed or written anew
	stale    map[string]bool  // folders in which uploads ended
	batches  int64
	emit     throttle
	slots    chan struct{} // of refreshes and downloads
}

// New opens the account's files: what the cache file and the local copies hold.
// Nothing runs before Start.
func New(ctx context.Context, d Deps) (*Files, error) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the local copies: %w", err)
	}
	if err := d.Cache.Migrate(ctx, "files", schema); err != nil {
		return nil, err
	}
	f := &Files{
		Deps:   d,
		online: d.Reached,
		settle: 500 * time.Millisecond,
		wake:   make(chan struct{}, workers),
		look:   make(chan struct{}, 1),
		redial: make(chan struct{}, 1),
		badges: map[string]int{}, watched: map[string]int{}, refresh: map[string]*refreshing{}, failed: map[string]error{},
		copies: map[int64]*localCopy{}, jobs: map[int64]*job{}, downs: map[int64]*download{}, opening: map[string]*sync.Mutex{},
		active: map[int64]bool{}, strange: map[string]seen{}, stale: map[string]bool{},
		slots: make(chan struct{}, 4),
	}
	f.emit.fn = func() { f.Signal.Emit(signal.Transfers) }
	if err := f.load(ctx); err != nil {
		return nil, err
	}
	// Its work outlives the call that made it; Stop ends it.
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	f.spawn = func(fn func(ctx context.Context)) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if !f.stopped {
			f.wg.Go(func() { fn(run) })
		}
	}
	return f, nil
}

// Start begins the work in the background: the event stream, the queue, the
// watch over local copies. It ends with Stop or with ctx.
func (f *Files) Start(ctx context.Context) {
	f.mu.Lock()
	again := f.started
	f.started = true
	f.mu.Unlock()
	if again {
		return
	}
	context.AfterFunc(ctx, f.cancel)
	f.spawn(f.follow)
	f.spawn(f.guard)
	f.spawn(f.housekeep)
	for range workers {
		f.spawn(f.work)
	}
}

// Stop ends the work in the background and waits for it. Uploads under way
// break off and go on after the next Start of a new Files.
func (f *Files) Stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.cancel()
	f.wg.Wait()
	f.emit.stop()
	if err := f.sweep(context.Background()); err != nil {
		f.Log.WarnContext(context.Background(), "rows of finished uploads stay", "err", err)
	}
}

// Online says whether the server was reachable a moment ago.
func (f *Files) Online() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.online
}

// Badge is the unread count that the server last named for a module.
func (f *Files) Badge(module string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.badges[module]
}

// Wipe removes every trace of the account from this PC: the local copies and
// the cache file. Call it after Stop; nothing else works afterwards.
func (f *Files) Wipe() error {
	return errors.Join(f.Cache.Wipe(), WipeDir(f.Dir))
}

// WipeDir removes a folder of local copies with all that is in it, also after a
// crash. None there is fine.
func WipeDir(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the local copies: %w", err)
	}
	return nil
}

// poke puts a token into a channel of tokens unless it is full.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause waits for d; false when ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
