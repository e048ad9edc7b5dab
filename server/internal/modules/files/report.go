package files

import (
	"context"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"schulhof/server/internal/modules/files/dav"
)

// maxReport is how many resources one REPORT names, unless the client wants fewer.
const maxReport = 10000

const syncPrefix = "https://schulhof.org/ns/sync/"

// syncToken names a state of a root.
func syncToken(r *root, seq int64) string {
	return syncPrefix + r.Epoch + "/" + strconv.FormatInt(seq, 10)
}

// parseSyncToken gives the change that a token names; "" is the beginning. A token
// of another epoch, of the future, or from before the tombstones that are kept, is
// refused: list again and merge.
func parseSyncToken(r *root, token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	rest, ok := strings.CutPrefix(token, syncPrefix+r.Epoch+"/")
	if !ok {
		return 0, errSyncToken
	}
	seq, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || seq < 1 || seq > r.Seq || seq < r.Pruned {
		return 0, errSyncToken
	}
	return seq, nil
}

// syncQuery is the body of a sync-collection REPORT (RFC 6578).
type syncQuery struct {
	since int64
	deep  bool
	limit int
	props propQuery
}

func parseSync(r *http.Request, rt *root) (syncQuery, error) {
	var q syncQuery
	e, err := dav.ParseXML(r.Body)
	if err != nil {
		return q, err
	}
	if e == nil {
		return q, errBadRequest
	}
	if e.Name != (dav.Name{Space: "DAV:", Local: "sync-collection"}) {
		return q, refusal(http.StatusForbidden, "supported-report", "Diesen Bericht gibt es hier nicht.", "There is no such report here.")
	}
	token, prop := e.Child("sync-token"), e.Child("prop")
	if token == nil || prop == nil {
		return q, errBadRequest
	}
	if q.since, err = parseSyncToken(rt, strings.TrimSpace(token.Text())); err != nil {
		return q, err
	}
	if level := e.Child("sync-level"); level != nil {
		q.deep = strings.TrimSpace(level.Text()) == "infinite"
	} else {
		q.deep = strings.EqualFold(r.Header.Get("Depth"), "infinity")
	}
	q.limit = maxReport
	if limit := e.Child("limit"); limit != nil && limit.Child("nresults") != nil {
		n, err := strconv.Atoi(strings.TrimSpace(limit.Child("nresults").Text()))
		if err != nil || n < 1 {
			return q, errBadRequest
		}
		q.limit = min(n, maxReport)
	}
	q.props = propQuery{wishes: wishesOf(prop), minimal: strings.Contains(r.Header.Get("Prefer"), "return=minimal")}
	return q, nil
}

// synced is what a REPORT answers: what there is now, and what is no more.
type synced struct {
	changed []syncedNode
	gone    []string // hrefs
	upTo    int64
	more    bool
}

type syncedNode struct {
	node  *node
	names []string // as the asker sees them
	chain []*node
}

func (h *handler) report(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	q, err := parseSync(r, &p.view.root)
	if err != nil {
		return err
	}
	l, err := h.lister(ctx, p.view, q.props)
	if err != nil {
		return err
	}
	f, err := get(ctx, l.tree, p.view, p.names)
	if err != nil {
		return err
	}
	if !f.last().Folder {
		return errBadRequest
	}
	s := &syncer{h: h, l: l, q: q, at: f, seen: map[string]bool{}, nodes: map[string]*node{}}
	got, err := s.run(ctx)
	if err != nil {
		return err
	}
	l.begin(w)
	for _, c := range got.changed {
		if err := l.loadDead(ctx, c.node); err != nil {
			l.brokeOff(ctx, err)
		}
		l.chain, l.href = c.chain, append(l.href[:0], p.view.href(c.node.Folder, c.names)...)
		l.response(ctx, c.node)
		l.w.Maybe()
	}
	for _, href := range got.gone {
		l.w.Raw("<D:response><D:href>" + href + "</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>\n")
	}
	if got.more {
		l.w.Raw("<D:response><D:href>" + p.view.href(true, f.names) +
			"</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>\n")
	}
	l.w.Raw("<D:sync-token>" + syncToken(&p.view.root, got.upTo) + "</D:sync-token>\n")
	if err := l.end(); err != nil {
		h.log.DebugContext(ctx, "a report was not sent", "error", err)
	}
	return nil
}

// syncer collects what changed since a number.
type syncer struct {
	h     *handler
	l     *lister
	q     syncQuery
	at    found
	seen  map[string]bool  // hrefs that are there now
	nodes map[string]*node // by id, for the way up
}

func (s *syncer) run(ctx context.Context) (synced, error) {
	v := s.l.view
	got := synced{upTo: v.root.Seq}
	var rows []*node
	const where = ` FROM files_node WHERE root = $1 AND seq > $2 AND seq <= $3 AND (handin = '' OR handin = $4 OR $5 = 1) ORDER BY seq`
	err := s.h.db.Select(ctx, &rows, `SELECT `+nodeColumns+where+` LIMIT $6`,
		v.root.ID, s.q.since, v.root.Seq, v.asker.ID, truth(v.lead), s.q.limit+1)
	if err != nil {
		return got, err
	}
	if len(rows) > s.q.limit { // cut between two changes, or take the first one whole
		got.more = true
		cut := rows[s.q.limit].Seq
		if rows[0].Seq == cut {
			got.upTo = cut
			rows = nil
			if err := s.h.db.Select(ctx, &rows, `SELECT `+nodeColumns+where, v.root.ID, cut-1, cut, v.asker.ID, truth(v.lead)); err != nil {
				return got, err
			}
			got.more = cut < v.root.Seq
		} else {
			rows = rows[:sort.Search(len(rows), func(i int) bool { return rows[i].Seq >= cut })]
			got.upTo = rows[len(rows)-1].Seq
		}
	}
	for _, n := range rows {
		if err := s.take(ctx, &got, n); err != nil {
			return got, err
		}
	}
	if s.q.since == 0 {
		return got, nil
	}
	return got, s.takeGone(ctx, &got)
}

// chainOf gives the nodes from the root to n as the asker sees them; nil when no
// path leads there (the trash) or the asker's does not.
func (s *syncer) chainOf(ctx context.Context, n *node) ([]*node, error) {
	var up []*node
	for at := n; ; {
		up = append(up, at)
		if at.ID == s.l.view.root.ID {
			break
		}
		if at.Parent == parentTrash || len(up) > dav.MaxDepth+3 {
			return nil, nil
		}
		parent := s.nodes[at.Parent]
		if parent == nil {
			var err error
			if parent, err = (sqlFinder{s.h.db, s.l.view}).one(ctx, `SELECT `+nodeColumns+` FROM files_node WHERE id = $1`, at.Parent); err != nil || parent == nil {
				return nil, err
			}
			s.nodes[parent.ID] = parent
		}
		at = parent
	}
	chain := make([]*node, 0, len(up))
	for i, n := range slices.Backward(up) {
		if len(chain) == 2 && s.l.view.inner(chain[1]) && n.Parent == chain[1].ID {
			if i == 0 {
				return nil, nil // the member's folder itself is Abgabe
			}
			continue
		}
		chain = append(chain, n)
	}
	return chain, nil
}

// take adds a changed node, and all below it when its paths are new.
func (s *syncer) take(ctx context.Context, got *synced, n *node) error {
	if n.ID == s.l.view.root.ID {
		return nil
	}
	chain, err := s.chainOf(ctx, n)
	if err != nil || chain == nil {
		return err
	}
	if !s.inScope(chain) {
		return nil
	}
	if !s.add(got, chain) {
		return nil
	}
	if n.Folder && n.Moved > s.q.since && s.q.since > 0 && s.q.deep {
		return s.takeBelow(ctx, got, chain)
	}
	return nil
}

func (s *syncer) add(got *synced, chain []*node) bool {
	names := make([]string, 0, len(chain))
	for _, c := range chain[1:] {
		names = append(names, c.Name)
	}
	key := joined(names)
	if s.seen[key] {
		return false
	}
	s.seen[key] = true
	got.changed = append(got.changed, syncedNode{chain[len(chain)-1], names, chain})
	return true
}

func (s *syncer) takeBelow(ctx context.Context, got *synced, chain []*node) error {
	members, err := s.l.tree.list(ctx, chain[len(chain)-1].ID)
	if err != nil {
		return err
	}
	for _, n := range members {
		sub := append(slices.Clip(chain), n)
		if s.l.view.visible(n) && s.add(got, sub) && n.Folder {
			if err := s.takeBelow(ctx, got, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// inScope says whether the end of a chain lies below the collection that was asked.
func (s *syncer) inScope(chain []*node) bool {
	depth := len(s.at.chain)
	if len(chain) <= depth || chain[depth-1].ID != s.at.last().ID {
		return false
	}
	return s.q.deep || len(chain) == depth+1
}

// takeGone adds the tombstones, except where something is again.
func (s *syncer) takeGone(ctx context.Context, got *synced) error {
	v := s.l.view
	var rows []struct {
		Node   string `db:"node"`
		Path   string `db:"path"`
		Folder bool   `db:"folder"`
	}
	err := s.h.db.Select(ctx, &rows, `SELECT node, path, folder FROM files_gone
		WHERE root = $1 AND seq > $2 AND seq <= $3 AND (handin = '' OR handin = $4 OR $5 = 1) ORDER BY seq`,
		v.root.ID, s.q.since, got.upTo, v.asker.ID, truth(v.lead))
	if err != nil {
		return err
	}
	for _, g := range rows {
		names := v.seen(splitPath(g.Path))
		if len(names) == 0 || !s.goneInScope(names) {
			continue
		}
		key := joined(names)
		if !s.seen[key] {
			s.seen[key] = true
			got.gone = append(got.gone, v.href(g.Folder, names))
			continue
		}
		if !g.Folder || !s.q.deep {
			continue
		}
		if err := s.takeGoneBelow(ctx, got, g.Node, names); err != nil {
			return err
		}
	}
	return nil
}

// takeGoneBelow adds what a folder held that left a path where another one stands
// now, except where that one has something too: then what the two hold there.
func (s *syncer) takeGoneBelow(ctx context.Context, got *synced, folder string, names []string) error {
	var members []*node
	if err := s.h.db.Select(ctx, &members, `SELECT `+nodeColumns+` FROM files_node WHERE parent = $1`, folder); err != nil {
		return err
	}
	for _, m := range members {
		sub := append(slices.Clip(names), m.Name)
		_, rest, err := walk(ctx, s.l.tree, s.l.view, sub)
		switch {
		case err != nil:
			return err
		case rest != 0:
			got.gone = append(got.gone, s.l.view.href(m.Folder, sub))
		case m.Folder:
			if err := s.takeGoneBelow(ctx, got, m.ID, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *syncer) goneInScope(names []string) bool {
	base := s.at.names
	if len(names) <= len(base) {
		return false
	}
	for i := range base {
		if names[i] != base[i] {
			return false
		}
	}
	return s.q.deep || len(names) == len(base)+1
}
