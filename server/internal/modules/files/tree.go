package files

import (
	"context"
	"sort"
	"sync"

	"schulhof/server/internal/db"
)

// Bounds of what is kept in memory.
const (
	maxTreeNodes = 300000 // in all trees together, about 100 MB
	maxCatchUp   = 5000   // changes; beyond it a tree starts anew
)

// trees keeps images of the roots in use.
type trees struct {
	db  *db.DB
	mu  sync.Mutex
	all map[string]*tree
	use int64
}

func newTrees(d *db.DB) *trees { return &trees{db: d, all: map[string]*tree{}} }

// tree is the image of one root: the folders that were listed, and every change
// since then. Its nodes are never changed, only replaced.
type tree struct {
	db   *db.DB
	root string
	used int64 // guarded by trees.mu

	mu      sync.RWMutex
	epoch   string
	seq     int64
	topNode *node
	byID    map[string]*node
	folders map[string]*folder
}

// folder is the image of one folder's members.
type folder struct {
	byFold map[string]*node
	sorted []*node // nil: to be sorted again
}

// at gives the tree of a root, true to the row that was just read.
func (ts *trees) at(ctx context.Context, r *root) (*tree, error) {
	ts.mu.Lock()
	t := ts.all[r.ID]
	if t == nil {
		t = &tree{db: ts.db, root: r.ID}
		ts.all[r.ID] = t
	}
	ts.use++
	t.used = ts.use
	if ts.use%256 == 0 {
		ts.shrink()
	}
	ts.mu.Unlock()
	return t, t.catchUp(ctx, r)
}

// shrink drops the trees that were not used for longest until all fit.
func (ts *trees) shrink() {
	list := make([]*tree, 0, len(ts.all))
	total := 0
	for _, t := range ts.all {
		list = append(list, t)
		total += t.size()
	}
	sort.Slice(list, func(i, j int) bool { return list[i].used < list[j].used })
	for _, t := range list {
		if total <= maxTreeNodes && len(ts.all) <= 2000 {
			return
		}
		total -= t.size()
		delete(ts.all, t.root)
	}
}

func (t *tree) size() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byID)
}

// drop empties the image. The caller holds mu.
func (t *tree) drop(r *root) {
	t.epoch, t.seq, t.topNode = r.Epoch, r.Seq, nil
	t.byID, t.folders = map[string]*node{}, map[string]*folder{}
}

// lost says that an image is to be begun anew. The caller holds mu.
func (t *tree) lost(r *root) bool {
	return t.epoch != r.Epoch || len(t.folders) == 0 || r.Seq-t.seq > maxCatchUp || t.seq < r.Pruned || len(t.byID) > maxTreeNodes/2
}

// catchUp brings the image to the change that the row of its root names.
func (t *tree) catchUp(ctx context.Context, r *root) error {
	t.mu.RLock()
	fresh := t.epoch == r.Epoch && t.seq >= r.Seq
	t.mu.RUnlock()
	if fresh {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.epoch == r.Epoch && t.seq >= r.Seq {
		return nil
	}
	if t.lost(r) {
		t.drop(r)
		return nil
	}
	var changed []*node
	if err := t.db.Select(ctx, &changed, `SELECT `+nodeColumns+` FROM files_node WHERE root = $1 AND seq > $2 ORDER BY seq`, t.root, t.seq); err != nil {
		return err
	}
	var gone []struct {
		Node string `db:"node"`
		Seq  int64  `db:"seq"`
	}
	if err := t.db.Select(ctx, &gone, `SELECT node, seq FROM files_gone WHERE root = $1 AND seq > $2`, t.root, t.seq); err != nil {
		return err
	}
	for _, g := range gone {
		if n := t.byID[g.Node]; n != nil && n.Seq < g.Seq {
			t.remove(n)
		}
	}
	for _, n := range changed {
		t.put(n)
	}
	t.seq = r.Seq
	return nil
}

// remove takes a node out of its folder's image. What is below it stays in memory
// until the tree is dropped; no path leads there.
func (t *tree) remove(n *node) {
	delete(t.byID, n.ID)
	if f := t.folders[n.Parent]; f != nil && f.byFold[n.Fold] != nil && f.byFold[n.Fold].ID == n.ID {
		delete(f.byFold, n.Fold)
		f.sorted = nil
	}
}

// put takes in a node as it is now. The caller holds mu.
func (t *tree) put(n *node) {
	if old := t.byID[n.ID]; old != nil {
		if old.Seq > n.Seq {
			return
		}
		t.remove(old)
	}
	if n.ID == t.root {
		t.topNode = n
		return
	}
	if n.Parent == parentTrash {
		return
	}
	if f := t.folders[n.Parent]; f != nil {
		t.byID[n.ID] = n
		if old := f.byFold[n.Fold]; old != nil && old.ID != n.ID {
			delete(t.byID, old.ID)
		}
		f.byFold[n.Fold] = n
		f.sorted = nil
	}
}

// folder gives the image of a folder, listed from the database when it is new.
// The lock is held while listing: a change caught up with in between would be lost.
func (t *tree) folder(ctx context.Context, id string) (*folder, error) {
	t.mu.RLock()
	f := t.folders[id]
	t.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.folders[id]; f != nil {
		return f, nil
	}
	var members []*node
	if err := t.db.Select(ctx, &members, `SELECT `+nodeColumns+` FROM files_node WHERE parent = $1 AND root = $2`, id, t.root); err != nil {
		return nil, err
	}
	f = &folder{byFold: make(map[string]*node, len(members))}
	t.folders[id] = f
	for _, n := range members {
		t.put(n)
	}
	return f, nil
}

func (t *tree) top(ctx context.Context) (*node, error) {
	t.mu.RLock()
	n := t.topNode
	t.mu.RUnlock()
	if n != nil {
		return n, nil
	}
	n = &node{}
	if err := t.db.Get(ctx, n, `SELECT `+nodeColumns+` FROM files_node WHERE id = $1`, t.root); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.topNode = n
	t.mu.Unlock()
	return n, nil
}

func (t *tree) child(ctx context.Context, parent, fold string) (*node, error) {
	f, err := t.folder(ctx, parent)
	if err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return f.byFold[fold], nil
}

func (t *tree) handin(ctx context.Context, zone, person string) (*node, error) {
	f, err := t.folder(ctx, zone)
	if err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, n := range f.byFold {
		if n.Handin == person {
			return n, nil
		}
	}
	return nil, nil //nolint:nilnil // a node that is not there is no error here
}

// list gives the members of a folder by name. The slice is shared: read only.
func (t *tree) list(ctx context.Context, id string) ([]*node, error) {
	if id == "" {
		return nil, nil
	}
	f, err := t.folder(ctx, id)
	if err != nil {
		return nil, err
	}
	t.mu.RLock()
	sorted := f.sorted
	t.mu.RUnlock()
	if sorted != nil {
		return sorted, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.sorted == nil {
		sorted = make([]*node, 0, len(f.byFold))
		for _, n := range f.byFold {
			sorted = append(sorted, n)
		}
		sort.Slice(sorted, func(i, j int) bool { return sorted[i].Fold < sorted[j].Fold })
		f.sorted = sorted
	}
	return f.sorted, nil
}
