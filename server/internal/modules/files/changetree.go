package files

import (
	"context"
	"slices"

	"schulhof/server/internal/modules/files/dav"
)

// maxTree is how many nodes one request may list, copy or delete.
const maxTree = 20000

// measure is what a folder and all below it come to.
type measure struct {
	Nodes  int64 `db:"nodes"`
	Size   int64 `db:"size"`
	Depth  int   `db:"depth"`  // of the deepest, 0 for the node itself
	Length int   `db:"length"` // bytes of the longest path below it
	Others int64 `db:"others"` // nodes that the asker did not make
}

func (c *change) measure(ctx context.Context, sd *side, n *node) (measure, error) {
	if !n.Folder {
		return measure{Nodes: 1, Size: n.Size, Others: int64(truth(n.Owner != sd.view.asker.ID))}, nil
	}
	var m measure
	err := c.tx.Get(ctx, &m, `WITH RECURSIVE sub(id, size, owner, depth, length) AS (
			SELECT id, size, owner, 0, CAST(0 AS BIGINT) FROM files_node WHERE id = $1
			UNION ALL
			SELECT n.id, n.size, n.owner, sub.depth + 1, sub.length + octet_length(n.name) + 1
			FROM files_node n JOIN sub ON n.parent = sub.id
		) SELECT count(*) AS nodes, CAST(coalesce(sum(size), 0) AS BIGINT) AS size, max(depth) AS depth, max(length) AS length,
			CAST(sum(CASE WHEN owner = $2 THEN 0 ELSE 1 END) AS BIGINT) AS others FROM sub`, n.ID, sd.view.asker.ID)
	return m, err
}

// physical is the path of what a walk found as the store keeps it, which for a
// member's hand-in has the member's folder in it.
func (f *found) physical() []string {
	if f.inside != nil {
		return append(slices.Clip(f.names), f.inside.Name)
	}
	if f.via == nil {
		return f.names
	}
	names := make([]string, 0, len(f.names)+1)
	names = append(names, f.names[0], f.via.Name)
	return append(names, f.names[1:]...)
}

// mayTake checks everything that stands before a node leaves its place.
func (c *change) mayTake(ctx context.Context, sd *side, f found) (measure, error) {
	n := f.last()
	if sd.view.rights(n, f.depth())&mayDelete == 0 {
		if f.depth() <= 1 || n.Zone == zoneHandin {
			return measure{}, errFixed
		}
		return measure{}, errForbidden
	}
	m, err := c.measure(ctx, sd, n)
	if err != nil {
		return m, err
	}
	if n.Zone == zoneExchange && !sd.view.lead && m.Others > 0 {
		return m, errOthers
	}
	if err := c.free(sd, f.chain); err != nil {
		return m, err
	}
	if err := c.free(sd, f.chain[:len(f.chain)-1]); err != nil {
		return m, err
	}
	return m, c.freeBelow(ctx, sd, n)
}

// remove puts what the names lead to into the trash.
func (c *change) remove(ctx context.Context, names []string) error {
	sd := c.own()
	f, err := get(ctx, sd.fi, sd.view, names)
	if err != nil {
		return err
	}
	if err := c.check(ctx, f, 0); err != nil {
		return err
	}
	m, err := c.mayTake(ctx, sd, f)
	if err != nil {
		return err
	}
	return c.trash(ctx, sd, f, m)
}

func (c *change) trash(ctx context.Context, sd *side, f found, m measure) error {
	n := f.last()
	if err := c.unlock(ctx, sd, n); err != nil {
		return err
	}
	if _, err := c.tx.Exec(ctx, `UPDATE files_node SET parent = $2, fold = id, seq = $3 WHERE id = $1`, n.ID, parentTrash, sd.seq); err != nil {
		return err
	}
	if _, err := c.tx.Exec(ctx, `INSERT INTO files_trash (node, root, parent, path, size, deleted_at, deleted_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		n.ID, n.Root, n.Parent, joined(f.physical()), m.Size, c.now, sd.view.asker.ID); err != nil {
		return err
	}
	sd.delta -= m.Size
	return c.gone(ctx, sd, f)
}

// gone leaves a tombstone where a node was.
func (c *change) gone(ctx context.Context, sd *side, f found) error {
	n := f.last()
	_, err := c.tx.Exec(ctx, `INSERT INTO files_gone (root, seq, node, path, folder, handin, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sd.view.root.ID, sd.seq, n.ID, joined(f.physical()), truth(n.Folder), n.Handin, c.now)
	return err
}

// landing is where a COPY or MOVE ends.
type landing struct {
	side     *side
	parent   found // the folder that takes it
	name     string
	target   *found // what is there already and has to make room, nil = nothing
	measured measure
}

// land checks the destination of a COPY or MOVE of src.
func (c *change) land(ctx context.Context, src found, names []string, overwrite bool) (landing, error) {
	to := landing{side: c.other()}
	f, rest, err := walk(ctx, to.side.fi, to.side.view, names)
	if err != nil {
		return to, err
	}
	for _, n := range f.chain {
		if n.ID == src.last().ID || src.inside != nil && n.ID == src.inside.ID {
			return to, errIntoItself
		}
	}
	if len(names) == 0 {
		return to, errFixed
	}
	to.name = names[len(names)-1]
	if rest > 0 {
		to.parent = f
		return to, c.mayAddTo(to.side, f, rest, names)
	}
	for _, n := range src.chain {
		if n.ID == f.last().ID {
			return to, errIntoItself // the target holds the source
		}
	}
	if !overwrite {
		return to, errPrecondition
	}
	to.target = &f
	if to.measured, err = c.mayTake(ctx, to.side, f); err != nil {
		return to, err
	}
	to.parent, err = get(ctx, to.side.fi, to.side.view, names[:len(names)-1])
	if err != nil {
		return to, err
	}
	if to.side.view.rights(to.parent.last(), to.parent.depth())&mayAdd == 0 {
		return to, errForbidden
	}
	return to, checkPlace(names)
}

// fits refuses a tree that would reach too deep under its new name.
func (to *landing) fits(m measure) error {
	length := len(to.name) + 1
	for _, n := range to.parent.physical() {
		length += len(n) + 1
	}
	if to.parent.depth()+1+m.Depth > dav.MaxDepth || length+m.Length > dav.MaxPath {
		return dav.ErrTooDeep
	}
	return nil
}

// room clears the target and gives the folder that takes the newcomer.
func (c *change) room(ctx context.Context, to *landing) (*node, error) {
	if to.target != nil {
		if err := c.trash(ctx, to.side, *to.target, to.measured); err != nil {
			return nil, err
		}
	}
	return c.holder(ctx, to.side, &to.parent)
}

// move moves a node to other names and says whether nothing was there. It changes
// one row, and those below only when they come into another root, zone or hand-in.
func (c *change) move(ctx context.Context, from, names []string, overwrite bool) (bool, error) {
	sd := c.own()
	f, err := get(ctx, sd.fi, sd.view, from)
	if err != nil {
		return false, err
	}
	if err := c.check(ctx, f, 0); err != nil {
		return false, err
	}
	m, err := c.mayTake(ctx, sd, f)
	if err != nil {
		return false, err
	}
	if done, err := c.respell(ctx, f, names); done || err != nil {
		return true, err
	}
	to, err := c.land(ctx, f, names, overwrite)
	if err != nil {
		return false, err
	}
	if err := to.fits(m); err != nil {
		return false, err
	}
	parent, err := c.room(ctx, &to)
	if err != nil {
		return false, err
	}
	n := f.last()
	if err := c.unlock(ctx, sd, n); err != nil {
		return false, err
	}
	if err := c.gone(ctx, sd, f); err != nil {
		return false, err
	}
	if n.Root != parent.Root {
		sd.delta -= m.Size
		to.side.delta += m.Size
	}
	return to.target == nil, c.rehang(ctx, &to, n, parent)
}

// rehang gives a node its new place, and those below it what they have from there.
func (c *change) rehang(ctx context.Context, to *landing, n, parent *node) error {
	if n.Folder && (n.Root != parent.Root || n.Zone != parent.Zone || n.Handin != parent.Handin) {
		if _, err := c.tx.Exec(ctx, `WITH RECURSIVE sub(id) AS (
				SELECT id FROM files_node WHERE parent = $1
				UNION ALL SELECT n.id FROM files_node n JOIN sub ON n.parent = sub.id
			) UPDATE files_node SET root = $2, zone = $3, handin = $4, seq = $5 WHERE id IN (SELECT id FROM sub)`,
			n.ID, parent.Root, parent.Zone, parent.Handin, to.side.seq); err != nil {
			return err
		}
	}
	_, err := c.tx.Exec(ctx, `UPDATE files_node SET root = $2, parent = $3, name = $4, fold = $5, zone = $6, handin = $7, moved = $8, seq = $8 WHERE id = $1`,
		n.ID, parent.Root, parent.ID, to.name, foldOf(to.name), parent.Zone, parent.Handin, to.side.seq)
	return err
}

// respell handles a MOVE that changes only how a name is written, "a" to "A".
func (c *change) respell(ctx context.Context, f found, names []string) (bool, error) {
	if len(c.sides) > 1 || len(names) != len(f.names) {
		return false, nil
	}
	sd := c.own()
	t, rest, err := walk(ctx, sd.fi, sd.view, names)
	if err != nil || rest > 0 || t.last().ID != f.last().ID || len(names) == 0 {
		return false, err
	}
	name := names[len(names)-1]
	if name == f.last().Name {
		return false, errIntoItself
	}
	if err := checkPlace(names); err != nil {
		return false, err
	}
	if err := c.gone(ctx, sd, f); err != nil {
		return false, err
	}
	_, err = c.tx.Exec(ctx, `UPDATE files_node SET name = $2, moved = $3, seq = $3 WHERE id = $1`, f.last().ID, name, sd.seq)
	return true, err
}

// copy copies a node, with all below it or alone, and says whether nothing was
// there. It moves no bytes: the new rows name the same blobs.
func (c *change) copy(ctx context.Context, from, names []string, deep, overwrite bool) (bool, error) {
	sd := c.own()
	f, err := get(ctx, sd.fi, sd.view, from)
	if err != nil {
		return false, err
	}
	if f.depth() == 0 {
		return false, errFixed
	}
	if err := c.check(ctx, f, 0); err != nil {
		return false, err
	}
	to, err := c.land(ctx, f, names, overwrite)
	if err != nil {
		return false, err
	}
	nodes, m, err := c.subtree(ctx, sd, f, deep)
	if err != nil {
		return false, err
	}
	if err := to.fits(m); err != nil {
		return false, err
	}
	parent, err := c.room(ctx, &to)
	if err != nil {
		return false, err
	}
	ids, props := make(map[string]string, len(nodes)), int64(0)
	for i := range nodes {
		old := nodes[i].ID
		n := nodes[i]
		ids[old] = c.id()
		n.ID, n.Root, n.Created, n.Owner, n.ChangedBy = ids[old], parent.Root, c.now, sd.view.asker.ID, sd.view.asker.ID
		n.Zone, n.Handin, n.Moved, n.Seq = parent.Zone, parent.Handin, 0, to.side.seq
		if i == 0 {
			n.Parent, n.Name, n.Fold = parent.ID, to.name, foldOf(to.name)
			if f.inside != nil {
				ids[f.inside.ID] = n.ID
			}
		} else {
			n.Parent = ids[n.Parent]
		}
		to.side.delta += n.Size
		if err := insert(ctx, c.tx, &n); err != nil {
			return false, err
		}
		size, err := c.copyProps(ctx, &n, old)
		if err != nil {
			return false, err
		}
		if props += size; props > maxPropsCopy {
			return false, errProperty
		}
	}
	return to.target == nil, nil
}

// copyProps copies the dead properties of the node that n is a copy of, and says
// how many bytes they have.
func (c *change) copyProps(ctx context.Context, n *node, from string) (int64, error) {
	if n.Props == 0 {
		return 0, nil
	}
	_, size, err := c.propsOf(ctx, from)
	if err != nil {
		return 0, err
	}
	_, err = c.tx.Exec(ctx, `INSERT INTO files_prop (node, space, name, lang, value)
		SELECT $2, space, name, lang, value FROM files_prop WHERE node = $1`, from, n.ID)
	return size, err
}

// subtree reads what is copied, parents before children.
func (c *change) subtree(ctx context.Context, sd *side, f found, deep bool) ([]node, measure, error) {
	own := *f.last()
	if !f.last().Folder || !deep || f.holder() == "" {
		return []node{own}, measure{Nodes: 1, Size: own.Size}, nil
	}
	top := f.last()
	if f.inside != nil {
		top = f.inside
	}
	m, err := c.measure(ctx, sd, top)
	if err != nil {
		return nil, m, err
	}
	if m.Nodes > maxTree {
		return nil, m, errTooMany
	}
	var below []node
	err = c.tx.Select(ctx, &below, `WITH RECURSIVE sub(sub_id, depth) AS (
			SELECT id, 0 FROM files_node WHERE id = $1
			UNION ALL SELECT n.id, sub.depth + 1 FROM files_node n JOIN sub ON n.parent = sub.sub_id
		) SELECT `+nodeColumns+` FROM sub JOIN files_node ON id = sub_id
		WHERE depth > 0 AND (handin = '' OR handin = $2 OR $3 = 1) ORDER BY depth`, top.ID, sd.view.asker.ID, truth(sd.view.lead))
	return append([]node{own}, below...), m, err
}
