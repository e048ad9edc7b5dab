package files

import (
	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/wire"
)

// asker is the person a request is answered for.
type asker struct {
	ID       string
	Role     wire.Role
	ReadOnly bool // a restricted account
}

// view is a root as one asker may see it.
type view struct {
	root  root
	base  []string // the segments of its href
	name  string   // of a group
	lead  bool     // always, in one's own home
	quota int64    // bytes, 0 = none
	asker asker
	stale bool // the root has changed since its row was read
}

// rights are what an asker may do with a node.
type rights uint8

const (
	mayWrite  rights = 1 << iota // replace the content, set properties
	mayAdd                       // create members
	mayDelete                    // delete, rename, move away
)

// String gives the letters of wire.PropRights.
func (r rights) String() string {
	b := make([]byte, 0, 3)
	if r&mayWrite != 0 {
		b = append(b, 'w')
	}
	if r&mayAdd != 0 {
		b = append(b, 'a')
	}
	if r&mayDelete != 0 {
		b = append(b, 'd')
	}
	return string(b)
}

// visible says whether the asker may know of a node at all. The SQL of this
// package says the same in its WHERE clauses.
func (v *view) visible(n *node) bool {
	return n.Handin == "" || v.lead || n.Handin == v.asker.ID
}

// rights tells what the asker may do with a node at a depth below the root, as
// the asker sees it.
//
//nolint:cyclop // the table of the rights, read from top to bottom
func (v *view) rights(n *node, depth int) rights {
	own := mayWrite | mayDelete
	if n.Folder {
		own |= mayAdd
	}
	switch {
	case v.asker.ReadOnly:
		return 0
	case v.root.Kind == kindHome:
		if depth == 0 {
			return mayAdd
		}
		return own
	case depth == 0:
		return 0
	case depth == 1:
		return v.zoneRights(n)
	}
	switch n.Zone {
	case zoneMaterial:
		if v.lead {
			return own
		}
	case zoneExchange:
		if v.lead || n.Owner == v.asker.ID {
			return own
		}
		if n.Folder {
			return mayAdd
		}
	case zoneHandin:
		if v.lead && depth == 2 { // a member's hand-in folder
			return mayAdd
		}
		if v.lead || n.Handin == v.asker.ID {
			return own
		}
	}
	return 0
}

// zoneRights are those to a group's fixed folders.
func (v *view) zoneRights(n *node) rights {
	if n.Zone == zoneExchange || (n.Zone == zoneMaterial) == v.lead {
		return mayAdd
	}
	return 0
}

// href of names below the view's root.
func (v *view) href(collection bool, names []string) string {
	segments := make([]string, 0, len(v.base)+len(names))
	segments = append(append(segments, v.base...), names...)
	return dav.Href(collection, segments...)
}

// inner says that the asker sees a node as a door: a member's Abgabe shows what
// is in the member's hand-in folder.
func (v *view) inner(n *node) bool {
	return n.Zone == zoneHandin && n.Handin == "" && !v.lead
}

// seen turns names as the store keeps them into those that the asker sees; nil for
// the member's own hand-in folder, which the asker sees as Abgabe.
func (v *view) seen(names []string) []string {
	if v.root.Kind != kindGroup || v.lead || len(names) < 2 || names[0] != handinName {
		return names
	}
	if len(names) == 2 {
		return nil
	}
	return append([]string{names[0]}, names[2:]...)
}
