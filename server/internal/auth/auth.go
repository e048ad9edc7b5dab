package auth

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/school"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

//go:embed migrations
var migrations embed.FS

// Migrations are this package's tables, module "auth". They need those of people.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Lengths of time.
const (
	freshFor   = time.Second         // how long what was read from the database is believed
	basicFor   = 5 * time.Minute     // how long a checked password of Basic is believed
	sharedFor  = 12 * time.Hour      // the life of a session on a PC used by many
	sessionFor = 90 * 24 * time.Hour // the life of a session that is not used
	usedEvery  = 5 * time.Minute     // how often the use of a session is written down
	keepEnded  = 30 * 24 * time.Hour // how long an ended session's row stays
)

// maxSessions is how many devices a person may be signed in on; a further sign-in
// ends the one used longest ago.
const maxSessions = 50

// Streams are what callers have open: event streams and other requests.
type Streams interface {
	PublishSession(sessionID string) // ends the streams of a session
	EndPerson(personID string)       // ends the streams of a person
	Recheck(personID string)         // ends those whose callers are not Alive
	// Cut ends the other requests of a person whose callers are not Alive.
	Cut(ctx context.Context, personID string)
	// UnderWay counts what is open.
	UnderWay() int
}

// Options are what Auth needs; only Modules may be nil.
type Options struct {
	DB      *db.DB
	Log     *slog.Logger
	Now     func() time.Time
	ID      func() string
	Hasher  *Hasher
	Streams Streams
	Audit   *audit.Log
	School  *school.Store
	Key     []byte        // 32 bytes that are not in the database: seals secrets
	Idle    time.Duration // on a shared PC, the time without a key until sign-out
	// Modules gives the names of the modules that a person may use.
	Modules func(ctx context.Context, c web.Caller) ([]string, error)
}

// Auth knows who asks. It is safe for use by many goroutines.
type Auth struct {
	o        Options
	cache    cache
	accounts keyedLock
	addrs    addrs
	writes   sync.WaitGroup // uses of sessions that are being written down
	basicKey [32]byte
	more     func(ctx context.Context, out *wire.Account) error // may be nil
	done     func(ctx context.Context)                          // may be nil
}

// New makes an Auth over tables that have been migrated.
func New(o Options) *Auth {
	a := &Auth{o: o, cache: newCache(), addrs: addrs{by: map[string]*bucket{}}}
	rand.Read(a.basicKey[:])
	return a
}

// Close waits for what is still to be written. No request is under way by then.
func (a *Auth) Close() { a.writes.Wait() }

// DropPerson forgets what is known of a person and ends the person's event streams.
// It is called after the commit of every change to an account.
func (a *Auth) DropPerson(personID string) {
	a.cache.dropPerson(personID)
	a.o.Streams.EndPerson(personID)
}
