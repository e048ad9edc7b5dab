package files

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/modules/files/dav"
)

// wish is one property that is asked for. key is 0 for a dead one.
type wish struct {
	key  liveKey
	name dav.Name
}

// propQuery is what a PROPFIND or REPORT wants to know of each resource.
type propQuery struct {
	wishes    []wish
	dead      bool // all dead properties, besides
	namesOnly bool
	minimal   bool // leave out what is not there (RFC 8144)
}

// parsePropfind reads the body of a PROPFIND; none asks for everything.
func parsePropfind(r *http.Request) (propQuery, error) {
	body, err := dav.ParseXML(r.Body)
	if err != nil {
		return propQuery{}, err
	}
	q := propQuery{minimal: strings.Contains(r.Header.Get("Prefer"), "return=minimal")}
	if body == nil {
		q.wishes, q.dead = allProp(), true
		return q, nil
	}
	if body.Name != (dav.Name{Space: "DAV:", Local: "propfind"}) {
		return q, errBadRequest
	}
	switch prop := body.Child("prop"); {
	case prop != nil:
		q.wishes = wishesOf(prop)
	case body.Child("propname") != nil:
		q.wishes, q.dead, q.namesOnly = allLive(), true, true
	case body.Child("allprop") != nil:
		q.wishes, q.dead = allProp(), true
		if include := body.Child("include"); include != nil {
			for _, w := range wishesOf(include) {
				if w.key != 0 && !onAllProp(w.key) {
					q.wishes = append(q.wishes, w)
				}
			}
		}
	default:
		return q, errBadRequest
	}
	return q, nil
}

func wishesOf(prop *dav.Element) []wish {
	elements := prop.Elements()
	wishes := make([]wish, 0, len(elements))
	for _, e := range elements {
		wishes = append(wishes, wish{key: liveKeys[e.Name], name: e.Name})
	}
	return wishes
}

// needs says whether the answer needs one of the keys.
func (q *propQuery) needs(key liveKey) bool {
	for _, w := range q.wishes {
		if w.key == key {
			return !q.namesOnly
		}
	}
	return false
}

// needsDead says whether the answer needs dead properties.
func (q *propQuery) needsDead() bool {
	for _, w := range q.wishes {
		if w.key == 0 {
			return true
		}
	}
	return q.dead
}

// lister writes a multistatus.
type lister struct {
	h     *handler
	w     *dav.Writer
	q     propQuery
	view  *view
	tree  *tree
	now   int64
	href  []byte // of the resource under way
	chain []*node
	locks []lock
	dead  []propRow // of the resource under way
	by    map[string]string
	none  []int // wishes that the resource under way does not have
	left  int   // nodes that a deep listing may still count
}

func (h *handler) lister(ctx context.Context, v *view, q propQuery) (*lister, error) {
	l := &lister{h: h, q: q, view: v, now: h.now().UnixMilli(), by: map[string]string{}, left: maxTree}
	if v == nil || v.root.ID == "" {
		return l, nil
	}
	var err error
	if l.tree, err = h.trees.at(ctx, &v.root); err != nil {
		return nil, err
	}
	if q.needs(keyLockDiscovery) && v.root.Locks > 0 {
		err = h.db.Select(ctx, &l.locks, `SELECT `+lockColumns+` FROM files_lock WHERE root = $1 AND expires > $2`, v.root.ID, l.now)
	}
	return l, err
}

// begin answers 207 and opens the document.
func (l *lister) begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.WriteHeader(http.StatusMultiStatus)
	l.w = dav.NewWriter(w)
	l.w.Raw(`<D:multistatus xmlns:D="DAV:" xmlns:s="https://schulhof.org/ns/dav">` + "\n")
}

// end closes the document.
func (l *lister) end() error {
	l.w.Raw("</D:multistatus>\n")
	return l.w.Flush()
}

func (h *handler) propfind(ctx context.Context, w http.ResponseWriter, r *http.Request, a asker, p place) error {
	depth, err := dav.ParseDepth(r.Header, dav.DepthInfinity)
	if err != nil {
		return err
	}
	q, err := parsePropfind(r)
	if err != nil {
		return err
	}
	if p.view == nil {
		return h.propfindTop(ctx, w, a, p, q, depth)
	}
	l, err := h.lister(ctx, p.view, q)
	if err != nil {
		return err
	}
	f, err := get(ctx, l.tree, p.view, p.names)
	if err != nil {
		return err
	}
	if depth == dav.DepthInfinity {
		if err := l.count(ctx, f.holder(), f.last()); err != nil {
			return err
		}
	}
	return l.list(ctx, w, f, depth)
}

// list answers with what a walk found and, by depth, what is below it.
func (l *lister) list(ctx context.Context, w http.ResponseWriter, f found, depth dav.Depth) error {
	l.chain = f.chain
	l.href = append(l.href, l.view.href(f.last().Folder, f.names)...)
	if err := l.loadDead(ctx, f.last()); err != nil {
		return err
	}
	if f.last().Folder && depth != dav.DepthZero { // what may fail comes before the status
		if _, err := l.tree.list(ctx, f.holder()); err != nil {
			return err
		}
	}
	l.begin(w)
	l.response(ctx, f.last())
	if f.last().Folder && depth != dav.DepthZero {
		if err := l.members(ctx, f.holder(), depth); err != nil {
			l.brokeOff(ctx, err)
		}
	}
	if err := l.end(); err != nil {
		l.h.log.DebugContext(ctx, "a listing was not sent", "error", err)
	}
	return nil
}

// brokeOff cuts the connection in the middle of an answer: the client must not take
// half a list for a whole one.
func (l *lister) brokeOff(ctx context.Context, err error) {
	l.h.log.ErrorContext(ctx, "a listing broke off", "root", l.view.root.ID, "error", err)
	panic(http.ErrAbortHandler)
}

// count refuses a deep listing of too many nodes before it begins.
func (l *lister) count(ctx context.Context, holder string, n *node) error {
	if !n.Folder {
		return nil
	}
	members, err := l.tree.list(ctx, holder)
	if err != nil {
		return err
	}
	if l.left -= len(members); l.left < 0 {
		return errFiniteDepth
	}
	for _, m := range members {
		if !m.Folder || !l.view.visible(m) {
			continue
		}
		inner, err := l.holder(ctx, m, n.ID == l.view.root.ID)
		if err != nil {
			return err
		}
		if err := l.count(ctx, inner, m); err != nil {
			return err
		}
	}
	return nil
}

// holder is the folder that really holds a folder's members.
func (l *lister) holder(ctx context.Context, n *node, zone bool) (string, error) {
	if !zone || !l.view.inner(n) {
		return n.ID, nil
	}
	inside, err := l.tree.handin(ctx, n.ID, l.view.asker.ID)
	if err != nil || inside == nil {
		return "", err
	}
	return inside.ID, nil
}

// members writes the members of a folder, whose href and chain are set.
func (l *lister) members(ctx context.Context, holder string, depth dav.Depth) error {
	members, err := l.tree.list(ctx, holder)
	if err != nil {
		return err
	}
	base := len(l.href)
	parents := l.chain
	chain := append(slices.Clone(parents), nil)
	for _, n := range members {
		if !l.view.visible(n) {
			continue
		}
		l.href = dav.AppendSegment(l.href[:base], n.Name)
		if n.Folder {
			l.href = append(l.href, '/')
		}
		chain[len(parents)] = n
		l.chain = chain
		if err := l.loadDead(ctx, n); err != nil {
			return err
		}
		l.response(ctx, n)
		l.w.Maybe()
		if depth != dav.DepthInfinity || !n.Folder {
			continue
		}
		inner, err := l.holder(ctx, n, len(parents) == 1)
		if err != nil {
			return err
		}
		if err := l.members(ctx, inner, depth); err != nil {
			return err
		}
	}
	l.href, l.chain = l.href[:base], parents
	return nil
}

// loadDead reads the dead properties of the node that is written next: of one at a
// time, since a folder's may be more than the memory holds.
func (l *lister) loadDead(ctx context.Context, n *node) error {
	l.dead = nil
	if n.Props == 0 || !l.q.needsDead() {
		return nil
	}
	return l.h.db.Select(ctx, &l.dead, `SELECT node, space, name, lang, value FROM files_prop WHERE node = $1 ORDER BY space, name`, n.ID)
}

// response writes what was asked about one resource.
func (l *lister) response(ctx context.Context, n *node) {
	w := l.w
	w.Raw("<D:response><D:href>")
	w.B = append(w.B, l.href...)
	w.Raw("</D:href>")
	start := len(w.B)
	w.Raw("<D:propstat><D:prop>")
	empty := len(w.B)
	l.none = l.none[:0]
	for i, wi := range l.q.wishes {
		var ok bool
		switch {
		case l.q.namesOnly:
			ok = l.has(wi.key, n)
			if ok {
				w.Raw(liveTags[wi.key].empty)
			}
		case wi.key != 0:
			ok = l.live(ctx, wi.key, n)
		default:
			ok = l.deadOne(wi.name)
		}
		if !ok {
			l.none = append(l.none, i)
		}
	}
	if l.q.dead {
		for _, p := range l.dead {
			l.writeDead(p, l.q.namesOnly)
		}
	}
	missing := len(l.none) > 0 && !l.q.dead && !l.q.minimal
	if len(w.B) == empty && missing {
		w.B = w.B[:start]
	} else {
		w.Raw("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
	}
	if missing {
		w.Raw("<D:propstat><D:prop>")
		for _, i := range l.none {
			appendEmpty(w, l.q.wishes[i].name)
		}
		w.Raw("</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>")
	}
	w.Raw("</D:response>\n")
}

func (l *lister) deadOne(name dav.Name) bool {
	for _, p := range l.dead {
		if p.Space == name.Space && p.Name == name.Local {
			l.writeDead(p, false)
			return true
		}
	}
	return false
}

func (l *lister) writeDead(p propRow, nameOnly bool) {
	w := l.w
	w.Raw("<" + p.Name + ` xmlns="`)
	w.Text(p.Space)
	w.Raw(`"`)
	if nameOnly || p.Value == "" {
		w.Raw("/>")
		return
	}
	if p.Lang != "" {
		w.Raw(` xml:lang="`)
		w.Text(p.Lang)
		w.Raw(`"`)
	}
	w.Raw(">" + p.Value + "</" + p.Name + ">")
}

// appendEmpty writes a property without a value.
func appendEmpty(w *dav.Writer, name dav.Name) {
	if name.Space == "DAV:" {
		w.Raw("<D:" + name.Local + "/>")
		return
	}
	w.Raw("<" + name.Local + ` xmlns="`)
	w.Text(name.Space)
	w.Raw(`"/>`)
}

// propfindTop lists /dav/ and /dav/groups/, which hold nothing but roots.
func (h *handler) propfindTop(ctx context.Context, w http.ResponseWriter, a asker, p place, q propQuery, depth dav.Depth) error {
	switch {
	case p.top == topNowhere:
		return errNotFound
	case depth == dav.DepthInfinity:
		return errFiniteDepth
	}
	l, err := h.lister(ctx, nil, q)
	if err != nil {
		return err
	}
	type entry struct {
		view *view
		href string
		name string
	}
	fixed := func(href, name string) entry { return entry{&view{asker: a}, href, name} }
	entries := []entry{fixed("/dav/", "dav")}
	if p.top == topGroups {
		entries[0] = fixed("/dav/groups/", "groups")
	}
	if depth == dav.DepthOne && p.top == topDAV {
		home, err := h.home(ctx, a, false)
		if err != nil {
			return err
		}
		entries = append(entries, entry{home, "/dav/home/", "home"}, fixed("/dav/groups/", "groups"))
	}
	if depth == dav.DepthOne && p.top == topGroups {
		groups, err := h.groups(ctx, a)
		if err != nil {
			return err
		}
		for _, v := range groups {
			entries = append(entries, entry{v, v.href(true, nil), v.name})
		}
	}
	l.begin(w)
	for _, e := range entries {
		n := &node{ID: e.view.root.ID, Folder: true, Name: e.name, Mtime: l.now, Created: l.now}
		l.view, l.href, l.chain = e.view, []byte(e.href), []*node{n}
		l.response(ctx, n)
	}
	if err := l.end(); err != nil {
		h.log.DebugContext(ctx, "a listing was not sent", "error", err)
	}
	return nil
}
