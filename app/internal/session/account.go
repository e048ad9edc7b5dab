package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/files"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// Start is what Open needs of a sign-in.
type Start struct {
	Base    string // the folder of everything
	Client  *remote.Client
	School  wire.School
	Session wire.Session
	Host    string // this PC's name
	Reached bool   // the server answered just now
	Now     func() time.Time
	Log     *slog.Logger
}

// Account is a person who is signed in, with the data and the work that goes on
// in the background.
type Account struct {
	School  wire.School
	Session wire.Session
	Remote  *remote.Client
	Signal  *signal.Hub
	Files   *files.Files
	Records *records.Store
	Letters *letters.Letters

	dir   string
	cache *cache.Cache
	stop  context.CancelFunc
	done  bool
}

// Name is the account's name in the keyring: server and person.
func Name(base *url.URL, person string) string { return base.Host + "/" + person }

// Dir is the account's folder below the base.
func Dir(folder string, base *url.URL, person string) string {
	return filepath.Join(folder, safe(base.Host), safe(person))
}

// safe makes a folder's name of what a server said.
func safe(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, s)
	if len(s) > 100 {
		s = s[:100]
	}
	if strings.Trim(s, ".") == "" {
		return "_" + s
	}
	return s
}

// Open opens the account's data and starts the work in the background.
func Open(ctx context.Context, s Start) (*Account, error) {
	dir := Dir(s.Base, s.Client.Base(), s.Session.Person.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the account: %w", err)
	}
	store, err := cache.Open(ctx, filepath.Join(dir, "cache.db"))
	if err != nil {
		return nil, fmt.Errorf("data of the account: %w", err)
	}
	hub := &signal.Hub{}
	s.Client.OnPending(func() { hub.Emit(signal.Pending) })
	engine, err := files.New(ctx, files.Deps{
		Cache: store, Remote: s.Client, Signal: hub, Dir: filepath.Join(dir, "files"),
		Now: s.Now, Log: s.Log, Who: s.Session.Person.Login, Host: s.Host, Reached: s.Reached,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("files of the account: %w", err), store.Close())
	}
	kept, err := records.New(ctx, records.Deps{Cache: store, Remote: s.Client, Signal: hub, Now: s.Now, Log: s.Log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("records of the account: %w", err), store.Close())
	}
	a := &Account{School: s.School, Session: s.Session, Remote: s.Client, Signal: hub, Files: engine, Records: kept, dir: dir, cache: store}
	if slices.Contains(s.Session.Modules, wire.ModuleLetters) {
		a.Letters = letters.New(kept, s.Client, filepath.Join(dir, "letters"))
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = cancel
	kept.Start(run) // before the event stream, which says at once that something may have been missed
	engine.Start(run)
	return a, nil
}

// Waiting counts what else than files only this PC has: answers on their way, and
// letters that are being written.
func (a *Account) Waiting(ctx context.Context) (int, error) {
	n, err := a.Records.Pending(ctx)
	if err != nil || a.Letters == nil {
		return n, err
	}
	drafts, err := a.Letters.KeptDrafts(ctx)
	return n + len(drafts), err
}

// Flush gives the server the letters that are being written, until it has them all
// or ctx ends.
func (a *Account) Flush(ctx context.Context) {
	for a.Letters != nil && ctx.Err() == nil {
		if left, err := a.Letters.Flush(ctx); err != nil || left == 0 {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
}

// Name is the account's name in the keyring.
func (a *Account) Name() string { return Name(a.Remote.Base(), a.Session.Person.ID) }

// Close ends the work in the background; the data stays for the next start. It
// may be called again.
func (a *Account) Close() error {
	if a.done {
		return nil
	}
	a.done = true
	a.Files.Stop()
	a.Records.Stop()
	a.stop()
	a.Remote.Close()
	return a.cache.Close()
}

// endWait is how long an end that the server gave waits for saves to be noticed.
const endWait = 3 * time.Second

// Ended ends the work after the server has ended the session. The data is removed
// on a shared PC; elsewhere only where the server has everything, saves of this
// moment too, and else it stays for the next sign-in.
func (a *Account) Ended(ctx context.Context, shared bool) (wiped bool, err error) {
	if !shared {
		ctx, cancel := context.WithTimeout(ctx, endWait)
		defer cancel()
		if err := a.Files.Drain(ctx); err != nil {
			return false, a.Close()
		}
	}
	return true, a.Wipe()
}

// Wipe ends the work and removes every trace of the account from this PC.
func (a *Account) Wipe() error {
	err := errors.Join(a.Close(), cache.Wipe(filepath.Join(a.dir, "cache.db")), remove(a.dir))
	// The server's folder goes with its last account; others keep it.
	_ = os.Remove(filepath.Dir(a.dir))
	return err
}

const signOutWait = 5 * time.Second

// SignOut ends the session on the server, if that can be reached within some
// seconds. The server ends a session that it was not told of by itself.
func (a *Account) SignOut(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, signOutWait)
	defer cancel()
	return a.Remote.SignOut(ctx)
}

// WipeAll removes everything that anybody left below the base but the files
// named in keep: a shared PC starts with it, whatever happened before.
func WipeAll(base string, keep ...string) error {
	entries, err := os.ReadDir(base)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("what is left of earlier sessions: %w", err)
	}
	var errs []error
next:
	for _, e := range entries {
		for _, k := range keep {
			if e.Name() == k {
				continue next
			}
		}
		errs = append(errs, remove(filepath.Join(base, e.Name())))
	}
	return errors.Join(errs...)
}

// remove deletes a folder with all in it. Windows refuses while a program has a
// file in it open, which often ends a moment later.
func remove(path string) error {
	var err error
	for range 10 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("remove the data of the account: %w", err)
}
