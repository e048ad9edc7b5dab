package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
)

// maxCached bounds each map of the cache; the old go when it is full.
const maxCached = 20_000

// tokenEntry is what was found out about a token.
type tokenEntry struct {
	caller  web.Caller
	at      time.Time
	expires time.Time
}

// basicEntry is a password of Basic that was right: for whom, and for which hash.
type basicEntry struct {
	person string
	hash   string
	rev    int64 // of the app passwords and the second step
	until  time.Time
}

type personEntry struct {
	person people.Person
	at     time.Time
}

// cache remembers for a short time what was found out. What a reader of the
// database found is stored only if nothing was dropped meanwhile (generation).
type cache struct {
	mu         sync.RWMutex
	generation uint64
	tokens     map[[sha256.Size]byte]tokenEntry
	basics     map[[sha256.Size]byte]basicEntry
	persons    map[string]personEntry
}

func newCache() cache {
	return cache{
		tokens: map[[sha256.Size]byte]tokenEntry{}, basics: map[[sha256.Size]byte]basicEntry{},
		persons: map[string]personEntry{},
	}
}

// now gives the generation, to be asked before the database is.
func (c *cache) now() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.generation
}

func (c *cache) token(key [sha256.Size]byte, now time.Time) (web.Caller, bool) {
	c.mu.RLock()
	e, ok := c.tokens[key]
	c.mu.RUnlock()
	return e.caller, ok && now.Sub(e.at) < freshFor && now.Before(e.expires)
}

func (c *cache) putToken(generation uint64, key [sha256.Size]byte, e tokenEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation {
		evict(c.tokens, func(old tokenEntry) bool { return e.at.Sub(old.at) >= freshFor })
		c.tokens[key] = e
	}
}

func (c *cache) person(id string, now time.Time) (people.Person, bool) {
	c.mu.RLock()
	e, ok := c.persons[id]
	c.mu.RUnlock()
	return e.person, ok && now.Sub(e.at) < freshFor
}

func (c *cache) putPerson(generation uint64, e personEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation {
		evict(c.persons, func(old personEntry) bool { return e.at.Sub(old.at) >= freshFor })
		c.persons[e.person.ID] = e
	}
}

func (c *cache) basic(key [sha256.Size]byte, now time.Time) (basicEntry, bool) {
	c.mu.RLock()
	e, ok := c.basics[key]
	c.mu.RUnlock()
	return e, ok && now.Before(e.until)
}

func (c *cache) putBasic(generation uint64, key [sha256.Size]byte, e basicEntry, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation {
		evict(c.basics, func(old basicEntry) bool { return !now.Before(old.until) })
		c.basics[key] = e
	}
}

// dropPerson forgets all that concerns a person.
func (c *cache) dropPerson(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.persons, id)
	for key, e := range c.tokens {
		if e.caller.Person.ID == id {
			delete(c.tokens, key)
		}
	}
	for key, e := range c.basics {
		if e.person == id {
			delete(c.basics, key)
		}
	}
}

// dropSession forgets a session's token.
func (c *cache) dropSession(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for key, e := range c.tokens {
		if e.caller.SessionID == id {
			delete(c.tokens, key)
		}
	}
}

// evict makes room in a full map: the stale go, and if none is, all.
func evict[K comparable, V any](m map[K]V, stale func(V) bool) {
	if len(m) < maxCached {
		return
	}
	for key, v := range m {
		if stale(v) {
			delete(m, key)
		}
	}
	if len(m) >= maxCached {
		clear(m)
	}
}
