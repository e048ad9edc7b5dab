// Package audit keeps the log of who did what to whom, from where. Entries are
// only ever added; each carries a hash over itself and over the hash of the one
// before, so that [Log.Verify] finds any change made behind the server's back.
//
// Its words: an entry is one line of the log; the chain is all of them in order;
// the head is the row that knows the last entry and the anchor; the anchor is the
// hash of the last entry that was removed when its time was over, where the chain
// now begins; broken is the first place at which the chain does not hold.
//
// The hashes are made with a key that is not in the database, where the server
// has one: whoever can only write to the database cannot make a chain that holds.
package audit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"schulhof/server/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this package, for db.Migrate under the name "audit".
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Actions that are logged. Modules may add their own, as module.action.
const (
	SignIn         = "sign_in"
	SignInFailed   = "sign_in_failed"
	SignOut        = "sign_out"
	PasswordChange = "password_change"
	PasswordReset  = "password_reset"
	Lock           = "lock"
	Unlock         = "unlock"
	Import         = "import"
	Rights         = "rights"
	Settings       = "settings"
	Register       = "register"
	Export         = "export"
	AdminConfirm   = "admin_confirm" // the password was given again, to administrate
	DeviceEnd      = "device_end"
	SecondStep     = "second_step"
	AppPassword    = "app_password"
	Terms          = "terms"
	LogRead        = "log_read"
	LogConsent     = "log_consent"
	LogPrune       = "log_prune"
)

// Entry is one line of the log.
type Entry struct {
	Seq     int64 // set by Append
	At      time.Time
	Actor   string // id of a person, "" = the server or nobody known
	Action  string
	Subject string // id of a person or thing, "" = none
	Detail  map[string]string
	Addr    string // the network address that it came from
}

// Bounds of an entry; what is longer is cut, never refused: what happened must
// stand in the log.
const (
	maxField  = 200
	maxValue  = 500
	maxDetail = 30 // pairs
)

// Log writes and reads the log. It is safe for use by many goroutines.
type Log struct {
	key []byte
	now func() time.Time
}

// New gives the log of a server. The key, which should be 32 random bytes kept
// outside of the database, may be empty: then the hashes are plain SHA-256.
func New(key []byte, now func() time.Time) *Log { return &Log{key: key, now: now} }

// record is an entry as it is stored.
type record struct {
	Seq     int64  `db:"seq"`
	At      int64  `db:"at"`
	Actor   string `db:"actor"`
	Action  string `db:"action"`
	Subject string `db:"subject"`
	Detail  string `db:"detail"`
	Addr    string `db:"addr"`
	Prev    string `db:"prev"`
	Hash    string `db:"hash"`
}

// head is the row that knows the last entry and the anchor.
type head struct {
	Seq       int64  `db:"seq"`
	Hash      string `db:"hash"`
	FirstSeq  int64  `db:"first_seq"`
	FirstPrev string `db:"first_prev"`
	MAC       string `db:"mac"`
}

// Append adds an entry inside the caller's transaction: it stands in the log if
// and only if what it tells of has happened. Entry.At is the log's clock where it
// is zero. Other transactions that append wait until this one ends.
func (l *Log) Append(ctx context.Context, tx *db.Tx, e Entry) error {
	if e.At.IsZero() {
		e.At = l.now()
	}
	detail, err := detailText(e.Detail)
	if err != nil {
		return fmt.Errorf("detail of %s: %w", e.Action, err)
	}
	var h head
	err = tx.Get(ctx, &h, `
		UPDATE audit_head SET seq = seq + 1 WHERE id = 1
		RETURNING seq, hash, first_seq, first_prev, mac`)
	if err != nil {
		return fmt.Errorf("head of the log: %w", err)
	}
	r := record{
		Seq: h.Seq, At: e.At.UnixMilli(), Actor: field(e.Actor), Action: field(e.Action), Subject: field(e.Subject),
		Detail: detail, Addr: field(e.Addr), Prev: h.Hash,
	}
	r.Hash = l.hash(&r)
	_, err = tx.Exec(ctx, `
		INSERT INTO audit (seq, at, actor, action, subject, detail, addr, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.Seq, r.At, r.Actor, r.Action, r.Subject, r.Detail, r.Addr, r.Prev, r.Hash)
	if err != nil {
		return fmt.Errorf("log entry %d: %w", r.Seq, err)
	}
	h.Hash = r.Hash
	return l.setHead(ctx, tx, h)
}

func (l *Log) setHead(ctx context.Context, tx *db.Tx, h head) error {
	_, err := tx.Exec(ctx, `
		UPDATE audit_head SET seq = $1, hash = $2, first_seq = $3, first_prev = $4, mac = $5 WHERE id = 1`,
		h.Seq, h.Hash, h.FirstSeq, h.FirstPrev, l.mac(&h))
	if err != nil {
		return fmt.Errorf("head of the log: %w", err)
	}
	return nil
}

// Prune removes the entries from before a time and leaves the anchor in their
// place. It removes from the beginning of the chain only, so an entry behind one
// that is kept stays, however old its clock says it is. It gives how many went.
func (l *Log) Prune(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	var h head
	// The update takes the lock that Append waits for.
	err := tx.Get(ctx, &h, `
		UPDATE audit_head SET seq = seq WHERE id = 1
		RETURNING seq, hash, first_seq, first_prev, mac`)
	if err != nil {
		return 0, fmt.Errorf("head of the log: %w", err)
	}
	var keep int64
	err = tx.Get(ctx, &keep, `SELECT COALESCE(MIN(seq), 0) FROM audit WHERE at >= $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("log entries from %s: %w", before, err)
	}
	if keep == 0 {
		keep = h.Seq + 1
	}
	if keep <= h.FirstSeq {
		return 0, nil
	}
	var anchor string
	if err := tx.Get(ctx, &anchor, `SELECT hash FROM audit WHERE seq = $1`, keep-1); err != nil {
		return 0, fmt.Errorf("log entry %d: %w", keep-1, err)
	}
	n, err := tx.Exec(ctx, `DELETE FROM audit WHERE seq < $1`, keep)
	if err != nil {
		return 0, fmt.Errorf("log entries before %d: %w", keep, err)
	}
	h.FirstSeq, h.FirstPrev = keep, anchor
	return n, l.setHead(ctx, tx, h)
}

// detailText is the detail as JSON with sorted keys, within its bounds.
func detailText(detail map[string]string) (string, error) {
	out := make(map[string]string, min(len(detail), maxDetail))
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		if len(out) == maxDetail {
			break
		}
		out[cut(key, maxField)] = cut(detail[key], maxValue)
	}
	data, err := json.Marshal(out)
	return string(data), err
}

// field is a text that both databases take: UTF-8, no zero bytes, not too long.
func field(s string) string {
	return cut(strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd"), maxField)
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// hash is the hash of an entry and of the one before it. Every text goes in
// with its length in front, so that none can move into the next.
func (l *Log) hash(r *record) string {
	h := l.hasher("entry")
	number(h, r.Seq, r.At)
	text(h, r.Actor, r.Action, r.Subject, r.Detail, r.Addr, r.Prev)
	return hex.EncodeToString(h.Sum(nil))
}

func (l *Log) mac(r *head) string {
	h := l.hasher("head")
	number(h, r.Seq, r.FirstSeq)
	text(h, r.Hash, r.FirstPrev)
	return hex.EncodeToString(h.Sum(nil))
}

func (l *Log) hasher(purpose string) hash.Hash {
	h := sha256.New()
	if len(l.key) > 0 {
		h = hmac.New(sha256.New, l.key)
	}
	text(h, "schulhof audit 1", purpose)
	return h
}

func number(h hash.Hash, numbers ...int64) {
	for _, n := range numbers {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
}

func text(h hash.Hash, texts ...string) {
	for _, s := range texts {
		number(h, int64(len(s)))
		_, _ = h.Write([]byte(s)) // a hash takes everything
	}
}
