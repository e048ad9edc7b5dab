package files

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/modules/files/dav"
)

// conditions are what a request demands of the state that it changes.
type conditions struct {
	lists  []dav.List
	header http.Header // If-Match, If-None-Match
	// locate tells which view and names a href of the If header means.
	locate func(href string) (viewID string, names []string)
}

// side is a root that a change touches.
type side struct {
	view  *view
	fi    sqlFinder
	locks []lock
	seq   int64
	delta int64 // what it does to the bytes used
}

// change is a running transaction that changes one root, or moves between two.
type change struct {
	*store
	tx    *db.Tx
	now   int64
	cond  conditions
	sides []*side         // the request's own root first
	mine  map[string]bool // tokens of the asker's locks that the request submits
	quiet bool            // nothing that a client lists has changed
}

// write runs fn in a transaction that has the numbers of the views' roots, so
// that the changes of a root come one after the other on every database. After
// the commit everybody who sees the roots is told.
func (s *store) write(ctx context.Context, cond conditions, views []*view, fn func(ctx context.Context, c *change) error) error {
	var c *change
	err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c = &change{store: s, tx: tx, now: s.now().UnixMilli(), cond: cond, mine: map[string]bool{}}
		for _, v := range views {
			if len(c.sides) > 0 && c.sides[0].view.root.ID == v.root.ID {
				continue
			}
			own := *v
			c.sides = append(c.sides, &side{view: &own})
		}
		if err := c.begin(ctx); err != nil {
			return err
		}
		if err := fn(ctx, c); err != nil {
			return err
		}
		return c.settle(ctx)
	})
	if err != nil {
		return err
	}
	if s.homes != nil {
		for _, sd := range c.sides {
			s.homes.grew(&sd.view.root, sd.delta)
		}
	}
	if !c.quiet {
		for _, sd := range c.sides {
			s.tell(ctx, sd.view, sd.seq)
		}
	}
	return nil
}

// begin takes the next numbers, in the order of the ids, so that two moves that
// cross do not wait for each other forever.
func (c *change) begin(ctx context.Context) error {
	order := slices.Clone(c.sides)
	slices.SortFunc(order, func(a, b *side) int { return strings.Compare(a.view.root.ID, b.view.root.ID) })
	submitted := dav.Tokens(c.cond.lists)
	for _, sd := range order {
		if err := c.tx.Get(ctx, &sd.view.root, `UPDATE files_root SET seq = seq + 1 WHERE id = $1 RETURNING `+rootColumns, sd.view.root.ID); err != nil {
			return err
		}
		sd.seq = sd.view.root.Seq
		sd.view.root.Seq-- // conditions speak of the state before
		sd.fi = sqlFinder{conn: c.tx, view: sd.view}
		if sd.view.root.Locks == 0 {
			continue
		}
		if err := c.tx.Select(ctx, &sd.locks, `SELECT `+lockColumns+` FROM files_lock WHERE root = $1 AND expires > $2`, sd.view.root.ID, c.now); err != nil {
			return err
		}
		for _, l := range sd.locks {
			if l.Person == sd.view.asker.ID && slices.Contains(submitted, l.Token) {
				c.mine[l.Token] = true
			}
		}
	}
	return nil
}

// settle keeps the accounts of the space, and refuses what does not fit.
func (c *change) settle(ctx context.Context) error {
	for _, sd := range c.sides {
		if c.quiet { // give the number back
			_, err := c.tx.Exec(ctx, `UPDATE files_root SET seq = seq - 1 WHERE id = $1`, sd.view.root.ID)
			return err
		}
		if sd.delta == 0 {
			continue
		}
		if sd.delta > 0 && sd.view.quota > 0 && sd.view.root.Used+sd.delta > sd.view.quota {
			return errQuota
		}
		if _, err := c.tx.Exec(ctx, `UPDATE files_root SET used = used + $2 WHERE id = $1`, sd.view.root.ID, sd.delta); err != nil {
			return err
		}
	}
	return nil
}

// own is the side of the request's path.
func (c *change) own() *side { return c.sides[0] }

// other is the side of the destination, which may be the same.
func (c *change) other() *side { return c.sides[len(c.sides)-1] }

// check evaluates If-Match, If-None-Match and If for the request's own resource.
func (c *change) check(ctx context.Context, f found, rest int) error {
	sd := c.own()
	own := sd.state(f, rest)
	if !dav.Match(c.cond.header, own.ETag) {
		return errPrecondition
	}
	holds, err := dav.Holds(c.cond.lists, func(href string) (dav.State, error) {
		if href == "" {
			return own, nil
		}
		id, names := c.cond.locate(href)
		for _, sd := range c.sides {
			if sd.view.root.ID == id {
				f, rest, err := walk(ctx, sd.fi, sd.view, names)
				return sd.state(f, rest), err
			}
		}
		return dav.State{}, nil
	})
	if err == nil && !holds {
		err = errPrecondition
	}
	return err
}

// state is what an If header is compared with.
func (sd *side) state(f found, rest int) dav.State {
	var s dav.State
	if rest == 0 && len(f.chain) > 0 {
		s.ETag = f.last().etag(&sd.view.root)
	}
	for _, l := range sd.locks {
		if l.covers(f.chain, rest > 0) {
			s.Tokens = append(s.Tokens, l.Token)
		}
	}
	return s
}

// free refuses when a lock covers the last of the chain and none of the locks
// that do was submitted by its holder.
func (c *change) free(sd *side, chain []*node) error {
	covered := false
	for _, l := range sd.locks {
		if l.covers(chain, false) {
			if c.mine[l.Token] {
				return nil
			}
			covered = true
		}
	}
	if covered {
		return errLocked
	}
	return nil
}

// freeBelow refuses when something below a folder is locked by somebody else or
// without its token being submitted.
func (c *change) freeBelow(ctx context.Context, sd *side, n *node) error {
	if !n.Folder {
		return nil
	}
	for _, l := range sd.locks {
		if c.mine[l.Token] {
			continue
		}
		below, err := c.below(ctx, l.Node, n.ID)
		if err != nil {
			return err
		}
		if below {
			return errLocked
		}
	}
	return nil
}

// below says whether a node lies in a folder, however deep, or is it.
func (c *change) below(ctx context.Context, id, folder string) (bool, error) {
	var n int
	err := c.tx.Get(ctx, &n, `WITH RECURSIVE up(id, parent) AS (
			SELECT id, parent FROM files_node WHERE id = $1
			UNION ALL SELECT n.id, n.parent FROM files_node n JOIN up ON n.id = up.parent
		) SELECT count(*) FROM up WHERE id = $2`, id, folder)
	return n > 0, err
}

// unlock drops the locks on a node and all below it, which is moved or deleted.
func (c *change) unlock(ctx context.Context, sd *side, n *node) error {
	for _, l := range sd.locks {
		below, err := c.below(ctx, l.Node, n.ID)
		if err != nil {
			return err
		}
		if below {
			if _, err := c.tx.Exec(ctx, `DELETE FROM files_lock WHERE token = $1`, l.Token); err != nil {
				return err
			}
		}
	}
	return c.countLocks(ctx, sd)
}

// countLocks notes how many locks a root has, so that nobody asks where there are none.
func (c *change) countLocks(ctx context.Context, sd *side) error {
	if sd.view.root.Locks == 0 {
		return nil
	}
	_, err := c.tx.Exec(ctx, `UPDATE files_root SET locks = (SELECT count(*) FROM files_lock WHERE root = $1) WHERE id = $1`, sd.view.root.ID)
	return err
}

// holder gives the id, zone and hand-in of the folder that takes new members, and
// makes a member's hand-in folder when this is the first thing in it.
func (c *change) holder(ctx context.Context, sd *side, f *found) (*node, error) {
	if !f.door {
		return f.last(), nil
	}
	if f.inside != nil {
		return f.inside, nil
	}
	name, err := c.handinName(ctx, f.last(), sd.view)
	if err != nil {
		return nil, err
	}
	n := &node{
		ID: c.id(), Root: sd.view.root.ID, Parent: f.last().ID, Name: name, Fold: foldOf(name), Folder: true,
		Mtime: c.now, Created: c.now, Owner: sd.view.asker.ID, ChangedBy: sd.view.asker.ID,
		Zone: zoneHandin, Handin: sd.view.asker.ID, Seq: sd.seq,
	}
	f.inside = n
	return n, insert(ctx, c.tx, n)
}

// handinName is "family, given" of the member, with the login where two share it.
func (c *change) handinName(ctx context.Context, zone *node, v *view) (string, error) {
	p, err := c.person(ctx, c.tx, v.asker.ID)
	if err != nil {
		return "", err
	}
	name := p.Family
	if p.Given != "" {
		name += ", " + p.Given
	}
	name = dav.Sanitize(name)
	var taken int
	if err := c.tx.Get(ctx, &taken, `SELECT count(*) FROM files_node WHERE parent = $1 AND fold = $2`, zone.ID, foldOf(name)); err != nil {
		return "", err
	}
	if taken > 0 {
		name = dav.Sanitize(name + " (" + p.Login + ")")
	}
	return name, nil
}

func insert(ctx context.Context, conn db.Conn, n *node) error {
	_, err := conn.Exec(ctx, `INSERT INTO files_node (`+nodeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		n.ID, n.Root, n.Parent, n.Fold, n.Name, truth(n.Folder), n.Blob, n.Size, n.Mtime, n.Created,
		n.Owner, n.ChangedBy, n.Zone, n.Handin, n.Props, n.Moved, n.Seq)
	return err
}

// member makes the row of a new member of a folder.
func (c *change) member(ctx context.Context, sd *side, f *found, name string) (*node, error) {
	parent, err := c.holder(ctx, sd, f)
	if err != nil {
		return nil, err
	}
	return &node{
		ID: c.id(), Root: sd.view.root.ID, Parent: parent.ID, Name: name, Fold: foldOf(name),
		Mtime: c.now, Created: c.now, Owner: sd.view.asker.ID, ChangedBy: sd.view.asker.ID,
		Zone: parent.Zone, Handin: parent.Handin, Seq: sd.seq,
	}, nil
}

// mayAddTo checks everything that stands before a new member: the folder is there
// and the asker's to add to, the name can be held, and no lock forbids it.
func (c *change) mayAddTo(sd *side, f found, rest int, names []string) error {
	switch {
	case rest != 1 || !f.last().Folder:
		return errNoParent
	case sd.view.rights(f.last(), f.depth())&mayAdd == 0:
		return errForbidden
	}
	if err := checkPlace(names); err != nil {
		return err
	}
	return c.free(sd, f.chain)
}

// content is what a PUT brings.
type content struct {
	blob  string
	size  int64
	mtime int64 // 0: now
}

// put stores content at the names, and says whether it made the file.
func (c *change) put(ctx context.Context, names []string, in content) (*node, bool, error) {
	sd := c.own()
	f, rest, err := walk(ctx, sd.fi, sd.view, names)
	if err != nil {
		return nil, false, err
	}
	if rest == 0 && f.last().Folder {
		return nil, false, errIsFolder
	}
	if rest > 0 {
		if err := c.mayPut(ctx, sd, f, rest, names); err != nil {
			return nil, false, err
		}
		n, err := c.member(ctx, sd, &f, names[len(names)-1])
		if err != nil {
			return nil, false, err
		}
		n.Blob, n.Size = in.blob, in.size
		if in.mtime != 0 {
			n.Mtime = in.mtime
		}
		sd.delta += n.Size
		return n, true, insert(ctx, c.tx, n)
	}
	if sd.view.rights(f.last(), f.depth())&mayWrite == 0 {
		return nil, false, errForbidden
	}
	if err := c.check(ctx, f, rest); err != nil {
		return nil, false, err
	}
	if err := c.free(sd, f.chain); err != nil {
		return nil, false, err
	}
	n, err := c.replace(ctx, sd, f.last(), in)
	return n, false, err
}

// mayPut checks a PUT of a new file; a condition that fails is told before a lock.
func (c *change) mayPut(ctx context.Context, sd *side, f found, rest int, names []string) error {
	if rest != 1 || !f.last().Folder {
		return errNoParent
	}
	if sd.view.rights(f.last(), f.depth())&mayAdd == 0 {
		return errForbidden
	}
	if err := c.check(ctx, f, rest); err != nil {
		return err
	}
	return c.mayAddTo(sd, f, rest, names)
}

// keepVersions is how many former contents of a file are kept.
const keepVersions = 10

// replace gives a file new content and keeps the old one as a version.
func (c *change) replace(ctx context.Context, sd *side, old *node, in content) (*node, error) {
	n := *old
	n.Blob, n.Size, n.Mtime, n.ChangedBy, n.Seq = in.blob, in.size, c.now, sd.view.asker.ID, sd.seq
	if in.mtime != 0 {
		n.Mtime = in.mtime
	}
	sd.delta += n.Size - old.Size
	if n.Blob != old.Blob && old.Size > 0 {
		if _, err := c.tx.Exec(ctx, `INSERT INTO files_version (node, seq, blob, size, mtime, changed_by, replaced) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			old.ID, sd.seq, old.Blob, old.Size, old.Mtime, old.ChangedBy, c.now); err != nil {
			return nil, err
		}
		if _, err := c.tx.Exec(ctx, `DELETE FROM files_version WHERE node = $1 AND seq <=
			(SELECT seq FROM files_version WHERE node = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2)`, old.ID, keepVersions); err != nil {
			return nil, err
		}
	}
	_, err := c.tx.Exec(ctx, `UPDATE files_node SET blob = $2, size = $3, mtime = $4, changed_by = $5, seq = $6 WHERE id = $1`,
		n.ID, n.Blob, n.Size, n.Mtime, n.ChangedBy, n.Seq)
	return &n, err
}

// mkcol makes a folder.
func (c *change) mkcol(ctx context.Context, names []string) (*node, error) {
	sd := c.own()
	f, rest, err := walk(ctx, sd.fi, sd.view, names)
	if err != nil {
		return nil, err
	}
	if rest == 0 {
		return nil, errExists
	}
	if err := c.mayPut(ctx, sd, f, rest, names); err != nil {
		return nil, err
	}
	n, err := c.member(ctx, sd, &f, names[len(names)-1])
	if err != nil {
		return nil, err
	}
	n.Folder = true
	return n, insert(ctx, c.tx, n)
}
