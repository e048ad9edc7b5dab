package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Cost is what a password hash costs: argon2id with so much memory and so many
// passes, on one thread.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// StandardCost is what OWASP's password storage cheat sheet asks for.
var StandardCost = Cost{MemoryKiB: 19 << 10, Passes: 2}

const (
	saltLen = 16
	keyLen  = 32
	// hashWait is how long a sign-in waits for its turn at the processors.
	hashWait = 15 * time.Second
)

// Hasher hashes passwords, no more at once than there are processors.
type Hasher struct {
	cost  Cost
	turns chan struct{}
	count atomic.Int64
	dummy string // the hash of a password that nobody knows
}

// NewHasher makes a hasher; the zero cost is StandardCost.
func NewHasher(cost Cost) (*Hasher, error) {
	if cost == (Cost{}) {
		cost = StandardCost
	}
	h := &Hasher{cost: cost, turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	var err error
	h.dummy, err = h.Hash(context.Background(), rand.Text())
	return h, err
}

// Hash gives the hash of a password in PHC's form. It waits for its turn, but not
// for long.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.turn(ctx); err != nil {
		return "", err
	}
	defer h.done()
	return h.hash(password), nil
}

// HashWaiting is Hash for work in the background: it waits for its turn until ctx ends.
func (h *Hasher) HashWaiting(ctx context.Context, password string) (string, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer h.done()
	h.count.Add(1)
	return h.hash(password), nil
}

func (h *Hasher) hash(password string) string {
	salt := make([]byte, saltLen)
	rand.Read(salt)
	key := argon2.IDKey(prepared(password), salt, h.cost.Passes, h.cost.MemoryKiB, 1, keyLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// Verify says whether a password fits a hash. The empty hash fits none, at the same cost.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	real := hash != ""
	if !real {
		hash = h.dummy
	}
	want, err := parse(hash)
	if err != nil {
		return false, err
	}
	if err := h.turn(ctx); err != nil {
		return false, err
	}
	defer h.done()
	got := argon2.IDKey(prepared(password), want.salt, want.cost.Passes, want.cost.MemoryKiB, 1, uint32(len(want.key))) //nolint:gosec // at most 64
	return subtle.ConstantTimeCompare(got, want.key) == 1 && real, nil
}

// Count says how many hashes were computed.
func (h *Hasher) Count() int64 { return h.count.Load() }

func (h *Hasher) turn(ctx context.Context) error {
	h.count.Add(1)
	select {
	case h.turns <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return web.Refuse(http.StatusServiceUnavailable, wire.CodeUnavailable, "Too many people are signing in at once. Try again in a moment.")
	}
}

func (h *Hasher) done() { <-h.turns }

// prepared gives a password's bytes: NFC, since keyboards differ in how they send
// an umlaut (RFC 8265 section 4.2).
func prepared(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

var errHash = errors.New("a stored password hash cannot be read")

// stored is what a password's hash says.
type stored struct {
	cost      Cost
	salt, key []byte
}

// parse reads PHC's form, and only what argon2 can take without panic or harm.
func parse(hash string) (stored, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return stored{}, errHash
	}
	var s stored
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &s.cost.MemoryKiB, &s.cost.Passes); err != nil || n != 2 {
		return stored{}, errHash
	}
	if s.cost.MemoryKiB > 1<<20 || s.cost.Passes < 1 || s.cost.Passes > 100 {
		return stored{}, errHash
	}
	var err1, err2 error
	s.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	s.key, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(s.key) < 16 || len(s.key) > 64 {
		return stored{}, errHash
	}
	return s, nil
}
