package files

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"schulhof/server/internal/modules/files/dav"
)

// lock is one row of files_lock. A token works only for the person who took it.
type lock struct {
	Token    string `db:"token"`
	Root     string `db:"root"`
	Node     string `db:"node"`
	Person   string `db:"person"`
	Shared   bool   `db:"shared"`
	Infinite bool   `db:"infinite"`
	Owner    string `db:"owner"`
	Seconds  int64  `db:"seconds"`
	Expires  int64  `db:"expires"`
}

const lockColumns = `token, root, node, person, shared, infinite, owner, seconds, expires`

// Bounds of locks.
const (
	maxLocks     = 2000 // in one root
	maxLockOwner = 4096 // bytes of XML
)

// covers says whether the lock protects the last of a chain of nodes, or, when
// unmapped, a resource that does not exist below it.
func (l *lock) covers(chain []*node, unmapped bool) bool {
	for i, n := range chain {
		if n.ID == l.Node && (l.Infinite || i == len(chain)-1 && !unmapped) {
			return true
		}
	}
	return false
}

// newToken makes a lock token: a random UUID.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// lockWish is what a LOCK asks for.
type lockWish struct {
	shared, infinite bool
	owner            string
	timeout          time.Duration
}

// lock takes a lock. Where there is nothing yet it makes an empty file, and says so.
func (c *change) lock(ctx context.Context, names []string, wish lockWish) (lock, bool, error) {
	sd := c.own()
	f, rest, err := walk(ctx, sd.fi, sd.view, names)
	if err != nil {
		return lock{}, false, err
	}
	created := rest > 0
	if created {
		n, _, err := c.put(ctx, names, content{blob: emptyBlob})
		if err != nil {
			return lock{}, false, err
		}
		f.chain = append(f.chain, n)
	} else {
		if sd.view.rights(f.last(), f.depth())&mayWrite == 0 {
			return lock{}, false, errForbidden
		}
		if err := c.check(ctx, f, 0); err != nil {
			return lock{}, false, err
		}
		c.quiet = true
	}
	if err := c.mayLock(ctx, sd, f, wish); err != nil {
		return lock{}, false, err
	}
	if _, err := c.tx.Exec(ctx, `DELETE FROM files_lock WHERE root = $1 AND expires <= $2`, sd.view.root.ID, c.now); err != nil {
		return lock{}, false, err
	}
	l := lock{
		Token: newToken(), Root: sd.view.root.ID, Node: f.last().ID, Person: sd.view.asker.ID, Shared: wish.shared,
		Infinite: wish.infinite && f.last().Folder, Owner: wish.owner, Seconds: int64(wish.timeout / time.Second),
	}
	l.Expires = c.now + l.Seconds*1000
	_, err = c.tx.Exec(ctx, `INSERT INTO files_lock (`+lockColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.Token, l.Root, l.Node, l.Person, truth(l.Shared), truth(l.Infinite), l.Owner, l.Seconds, l.Expires)
	if err != nil {
		return lock{}, false, err
	}
	sd.view.root.Locks++
	return l, created, c.countLocks(ctx, sd)
}

// mayLock refuses a lock that another one stands against.
func (c *change) mayLock(ctx context.Context, sd *side, f found, wish lockWish) error {
	if len(sd.locks) >= maxLocks {
		return errTooManyLocks
	}
	for _, l := range sd.locks {
		if l.Shared && wish.shared {
			continue
		}
		if l.covers(f.chain, false) {
			return errLockConflict
		}
		if !wish.infinite || !f.last().Folder {
			continue
		}
		below, err := c.below(ctx, l.Node, f.last().ID)
		if err != nil {
			return err
		}
		if below {
			return errLockConflict
		}
	}
	return nil
}

// refresh prolongs the lock that the If header names.
func (c *change) refresh(ctx context.Context, names []string, timeout time.Duration) (lock, error) {
	sd := c.own()
	c.quiet = true
	f, err := get(ctx, sd.fi, sd.view, names)
	if err != nil {
		return lock{}, err
	}
	if err := c.check(ctx, f, 0); err != nil {
		return lock{}, err
	}
	for _, l := range sd.locks {
		if c.mine[l.Token] && l.covers(f.chain, false) {
			l.Seconds = int64(timeout / time.Second)
			l.Expires = c.now + l.Seconds*1000
			_, err := c.tx.Exec(ctx, `UPDATE files_lock SET seconds = $2, expires = $3 WHERE token = $1 AND person = $4`,
				l.Token, l.Seconds, l.Expires, sd.view.asker.ID)
			return l, err
		}
	}
	return lock{}, errPrecondition
}

// release ends a lock of the asker's.
func (c *change) release(ctx context.Context, names []string, token string) error {
	sd := c.own()
	c.quiet = true
	f, err := get(ctx, sd.fi, sd.view, names)
	if err != nil {
		return err
	}
	for _, l := range sd.locks {
		if l.Token != token || !l.covers(f.chain, false) {
			continue
		}
		if l.Person != sd.view.asker.ID {
			return errForbidden
		}
		if _, err := c.tx.Exec(ctx, `DELETE FROM files_lock WHERE token = $1 AND person = $2`, token, sd.view.asker.ID); err != nil {
			return err
		}
		return c.countLocks(ctx, sd)
	}
	return errLockToken
}

// appendActive writes one DAV:activelock.
func (l *lock) appendActive(w *dav.Writer, href string, now int64) {
	w.Raw("<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope>")
	if l.Shared {
		w.Raw("<D:shared/>")
	} else {
		w.Raw("<D:exclusive/>")
	}
	w.Raw("</D:lockscope><D:depth>")
	if l.Infinite {
		w.Raw("infinity")
	} else {
		w.Raw("0")
	}
	w.Raw("</D:depth>")
	if l.Owner != "" {
		w.Raw("<D:owner>" + l.Owner + "</D:owner>")
	}
	w.Raw(fmt.Sprintf("<D:timeout>Second-%d</D:timeout><D:locktoken><D:href>%s</D:href></D:locktoken><D:lockroot><D:href>%s</D:href></D:lockroot></D:activelock>",
		max(0, (l.Expires-now)/1000), l.Token, href))
}
