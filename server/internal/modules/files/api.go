package files

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// maxFound is how many hits a search gives.
const maxFound = 500

// mount adds the routes of this module.
func (s *store) mount(r *web.Router) {
	h := &handler{s}
	r.Mount("/dav/", web.SignedIn, methods, h)
	r.Raw(web.Op{Method: http.MethodOptions, Path: "/{$}", Access: web.Public, Summary: "What WebDAV programs ask of the root first", Tag: "files"},
		http.HandlerFunc(options))
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/files/roots", Access: web.SignedIn, Summary: "Where the caller has files", Tag: "files"}, h.roots)
	web.Handle(r, web.Op{Method: http.MethodGet, Path: "/api/v1/files/search", Access: web.SignedIn, Summary: "Find files by name", Tag: "files"}, h.search)
}

type rootsAnswer struct{ Body wire.Roots }

// roots answers where the caller has files: the home first, then groups by name.
func (h *handler) roots(ctx context.Context, _ *struct{}) (*rootsAnswer, error) {
	a := askerOf(ctx)
	home, err := h.home(ctx, a, false)
	if err != nil {
		return nil, err
	}
	groups, err := h.groups(ctx, a)
	if err != nil {
		return nil, err
	}
	out := &rootsAnswer{}
	for _, v := range append([]*view{home}, groups...) {
		out.Body.Roots = append(out.Body.Roots, wire.RootInfo{
			ID: v.root.ID, Href: v.href(true, nil), Name: v.name, Kind: v.root.Kind,
			Lead: v.lead && v.root.Kind == kindGroup, Seq: v.root.Seq, Used: v.root.Used, Quota: v.quota,
		})
	}
	return out, nil
}

type searchInput struct {
	Under string `query:"under" required:"true" maxLength:"12288" doc:"href of the folder to search below"`
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"text that the name contains, ignoring case"`
}

type searchAnswer struct{ Body wire.FoundList }

// hit is one row of a search.
type hit struct {
	node
	Path string `db:"path"`
}

// search finds nodes below a href by a part of their names.
func (h *handler) search(ctx context.Context, in *searchInput) (*searchAnswer, error) {
	segments, err := dav.ParsePath(in.Under)
	if err != nil {
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The folder's address makes no sense.")
	}
	a := askerOf(ctx)
	p, err := h.locate(ctx, a, segments, false)
	if err == nil && p.view == nil {
		err = errNotFound
	}
	if err != nil {
		return nil, asProblem(err)
	}
	v := p.view
	t, err := h.trees.at(ctx, &v.root)
	if err != nil {
		return nil, err
	}
	f, err := get(ctx, t, v, p.names)
	if err != nil {
		return nil, asProblem(err)
	}
	out := &searchAnswer{Body: wire.FoundList{Found: []wire.Found{}}}
	if f.holder() == "" {
		return out, nil
	}
	var hits []hit
	err = h.db.Select(ctx, &hits, `WITH RECURSIVE sub(sub_id, path) AS (
			SELECT id, CAST('' AS TEXT) FROM files_node WHERE id = $1 AND root = $2
			UNION ALL
			SELECT n.id, sub.path || '/' || n.name FROM files_node n JOIN sub ON n.parent = sub.sub_id
			WHERE n.handin = '' OR n.handin = $3 OR $4 = 1
		) SELECT `+nodeColumns+`, path FROM sub JOIN files_node ON id = sub_id
		WHERE fold LIKE $5 ESCAPE '!' AND sub_id <> $1 ORDER BY fold, path LIMIT $6`,
		f.holder(), v.root.ID, a.ID, truth(v.lead), "%"+likeText(foldOf(in.Q))+"%", maxFound+1)
	if err != nil {
		return nil, err
	}
	if len(hits) > maxFound {
		hits, out.Body.More = hits[:maxFound], true
	}
	base := f.physical()
	for _, x := range hits {
		names := v.seen(append(slices.Clip(base), splitPath(strings.TrimPrefix(x.Path, "/"))...))
		if len(names) == 0 {
			continue
		}
		out.Body.Found = append(out.Body.Found, h.foundEntry(ctx, v, &x.node, names))
	}
	return out, nil
}

func (h *handler) foundEntry(ctx context.Context, v *view, n *node, names []string) wire.Found {
	e := wire.Found{
		ID: n.ID, Href: v.href(n.Folder, names), Name: n.Name, Folder: n.Folder, Size: n.Size, Mtime: time.UnixMilli(n.Mtime).UTC(),
		By: h.nameOf(ctx, n.ChangedBy), Rights: v.rights(n, len(names)).String(),
	}
	if !n.Folder {
		e.ETag = n.etag(&v.root)
	}
	return e
}

// likeText escapes text for LIKE … ESCAPE '!'.
func likeText(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// asProblem words a refusal for the API.
func asProblem(err error) error {
	if err == errNotFound { //nolint:errorlint // our own value, never wrapped
		return web.ErrNotFound
	}
	return err
}
