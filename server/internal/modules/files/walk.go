package files

import (
	"context"
	"errors"

	"schulhof/server/internal/db"
	"schulhof/server/internal/modules/files/dav"
)

// finder finds the nodes of one root: in SQL while writing, in the tree while reading.
type finder interface {
	// top gives the root's top folder.
	top(ctx context.Context) (*node, error)
	// child gives the member of a folder by the fold of its name, nil when there is none.
	child(ctx context.Context, parent, fold string) (*node, error)
	// handin gives a member's hand-in folder, nil when there is none yet.
	handin(ctx context.Context, zone, person string) (*node, error)
}

// found is where a path led.
type found struct {
	chain  []*node // the root first, as the asker sees it
	names  []string
	inside *node // what the folder holds, when it is not itself: a member's Abgabe
	via    *node // the hand-in folder that the path went through unseen
	door   bool  // the last of the chain is a member's Abgabe; inside may be nil
}

// last is the node that the path names.
func (f *found) last() *node { return f.chain[len(f.chain)-1] }

// depth of the node below the root.
func (f *found) depth() int { return len(f.chain) - 1 }

// holder is the id of the folder that really holds the members, "" when it is
// still to be made.
func (f *found) holder() string {
	switch {
	case f.inside != nil:
		return f.inside.ID
	case f.door:
		return ""
	}
	return f.last().ID
}

// walk follows names below the view's root. When something is missing it gives
// how far it came, with rest > 0 names left over; what the asker may not see is
// missing.
func walk(ctx context.Context, fi finder, v *view, names []string) (f found, rest int, err error) {
	top, err := fi.top(ctx)
	if err != nil {
		return found{}, 0, err
	}
	f = found{chain: make([]*node, 1, len(names)+1), names: make([]string, 0, len(names))}
	f.chain[0] = top
	for i, name := range names {
		if !f.last().Folder {
			return f, len(names) - i, nil
		}
		holder := f.holder()
		if holder == "" {
			return f, len(names) - i, nil
		}
		n, err := fi.child(ctx, holder, foldOf(name))
		if err != nil {
			return found{}, 0, err
		}
		if n == nil || !v.visible(n) {
			return f, len(names) - i, nil
		}
		f.chain = append(f.chain, n)
		f.names = append(f.names, n.Name)
		if f.door {
			f.via = f.inside
		}
		f.inside, f.door = nil, false
		if f.depth() == 1 && v.inner(n) {
			f.door = true
			if f.inside, err = fi.handin(ctx, n.ID, v.asker.ID); err != nil {
				return found{}, 0, err
			}
		}
	}
	return f, 0, nil
}

// get is walk where the whole path must be there.
func get(ctx context.Context, fi finder, v *view, names []string) (found, error) {
	f, rest, err := walk(ctx, fi, v, names)
	if err == nil && rest > 0 {
		err = errNotFound
	}
	return f, err
}

// sqlFinder asks the database itself.
type sqlFinder struct {
	conn db.Conn
	view *view
}

func (s sqlFinder) one(ctx context.Context, query string, args ...any) (*node, error) {
	var n node
	err := s.conn.Get(ctx, &n, query, args...)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil //nolint:nilnil // a node that is not there is no error here
	}
	return &n, err
}

// top needs no question: nothing about a root's top folder ever changes.
func (s sqlFinder) top(context.Context) (*node, error) {
	id := s.view.root.ID
	return &node{ID: id, Root: id, Fold: id, Folder: true}, nil
}

func (s sqlFinder) child(ctx context.Context, parent, fold string) (*node, error) {
	return s.one(ctx, `SELECT `+nodeColumns+` FROM files_node
		WHERE parent = $1 AND fold = $2 AND root = $3 AND (handin = '' OR handin = $4 OR $5 = 1)`,
		parent, fold, s.view.root.ID, s.view.asker.ID, truth(s.view.lead))
}

func (s sqlFinder) handin(ctx context.Context, zone, person string) (*node, error) {
	return s.one(ctx, `SELECT `+nodeColumns+` FROM files_node WHERE parent = $1 AND handin = $2`, zone, person)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// checkPlace refuses a new name or a depth that some system cannot hold.
func checkPlace(names []string) error {
	if len(names) > dav.MaxDepth {
		return dav.ErrTooDeep
	}
	return dav.CheckName(names[len(names)-1])
}
