package files

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// methods are those of the mount, in the order that OPTIONS names them.
var methods = []string{
	"OPTIONS", "GET", "HEAD", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", "REPORT",
}

// handler answers WebDAV.
type handler struct{ *store }

// place is what a path names: a view and the names below it, or, without a view,
// one of the two collections that only hold roots.
type place struct {
	view  *view
	names []string
	top   int // without a view: topDAV, topGroups, or topNowhere
}

const (
	topNowhere = iota
	topDAV
	topGroups
)

// locate finds the root that a path lies in, stale only where it may be. Another's home
// cannot be named.
func (h *handler) locate(ctx context.Context, a asker, segments []string, mayBeStale bool) (place, error) {
	switch {
	case len(segments) == 0 || segments[0] != "dav":
		return place{}, errNotFound
	case len(segments) == 1:
		return place{top: topDAV}, nil
	case segments[1] == "home":
		v, err := h.home(ctx, a, mayBeStale)
		return place{view: v, names: segments[2:]}, err
	case segments[1] == "groups" && len(segments) == 2:
		return place{top: topGroups}, nil
	case segments[1] == "groups":
		v, err := h.group(ctx, a, segments[2])
		return place{view: v, names: segments[3:]}, err
	}
	return place{top: topNowhere}, nil
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		options(w, r)
		return
	}
	if err := h.serve(w, r); err != nil {
		h.fail(w, r, err)
	}
}

// options says what the server can do. Windows looks for it before anything else.
func options(w http.ResponseWriter, _ *http.Request) {
	hd := w.Header()
	hd.Set("DAV", "1, 2, 3")
	hd.Set("MS-Author-Via", "DAV")
	hd.Set("Allow", strings.Join(methods, ", "))
	hd.Set("Accept-Ranges", "bytes")
	hd.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	segments, err := dav.ParsePath(r.URL.EscapedPath())
	if err != nil {
		return err
	}
	ctx := r.Context()
	a := askerOf(ctx)
	p, err := h.locate(ctx, a, segments, isSmallPut(r))
	if err != nil {
		return err
	}
	if r.Method == "PROPFIND" {
		return h.propfind(ctx, w, r, a, p)
	}
	if p.view == nil {
		return refuseTop(r.Method, p.top)
	}
	answer, ok := answers[r.Method]
	if !ok {
		return errMethod
	}
	return answer(h, ctx, w, r, p)
}

// refuseTop words why the collections that only hold roots do nothing but list.
func refuseTop(method string, top int) error {
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case reads && top == topNowhere:
		return errNotFound
	case reads, method == "REPORT":
		return errMethod
	}
	return errFixed
}

// answers are the methods for what lies in a root.
var answers = map[string]func(*handler, context.Context, http.ResponseWriter, *http.Request, place) error{
	http.MethodGet: (*handler).get, http.MethodHead: (*handler).get, http.MethodPut: (*handler).put, http.MethodDelete: (*handler).delete,
	"MKCOL": (*handler).mkcol, "COPY": (*handler).copyMove, "MOVE": (*handler).copyMove, "PROPPATCH": (*handler).proppatch,
	"LOCK": (*handler).lock, "UNLOCK": (*handler).unlock, "REPORT": (*handler).report,
}

// fail answers a refusal as RFC 4918 does, with sentences for people; all else is
// our fault and said without its text.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	refusal, ok := errors.AsType[*dav.RefusalError](err)
	if !ok && r.Context().Err() == nil || web.WasCut(r.Context()) {
		web.WriteError(w, r, err)
		return
	}
	if !ok {
		refusal = errCut
	}
	hd := w.Header()
	for _, name := range []string{"Content-Length", "ETag", "Last-Modified", "Content-Disposition", "Cache-Control"} {
		hd.Del(name)
	}
	hd.Set("Content-Type", "application/xml; charset=utf-8")
	hd.Set(wire.HeaderReason, refusal.Reason)
	if refusal.Status == http.StatusMethodNotAllowed {
		hd.Set("Allow", strings.Join(methods, ", "))
	}
	w.WriteHeader(refusal.Status)
	if r.Method == http.MethodHead {
		return
	}
	precondition, inner := "", ""
	if preconditions[refusal.Reason] {
		precondition = refusal.Reason
	}
	if strings.HasPrefix(precondition, "lock-token-submitted") {
		inner = "<D:href>" + string(dav.AppendText(nil, r.URL.EscapedPath())) + "</D:href>"
	}
	x := dav.NewWriter(w)
	dav.WriteError(x, precondition, inner, refusal.German, refusal.English)
	_ = x.Flush() // the client is gone: nobody left to tell
}

// conditions reads the headers that demand something of the state. views are
// those that the request is about; an If header that speaks of others finds nothing there.
func (h *handler) conditions(r *http.Request, views ...*view) (conditions, error) {
	lists, err := dav.ParseIf(strings.Join(r.Header.Values("If"), " "))
	if err != nil {
		return conditions{}, err
	}
	return conditions{lists: lists, header: r.Header, locate: func(href string) (string, []string) {
		u, err := dav.SameHost(r, href)
		if err != nil {
			return "", nil
		}
		segments, err := dav.ParsePath(u.EscapedPath())
		if err != nil {
			return "", nil
		}
		for _, v := range views {
			if len(segments) >= len(v.base) && slices.Equal(segments[:len(v.base)], v.base) {
				return v.root.ID, segments[len(v.base):]
			}
		}
		return "", nil
	}}, nil
}

func (h *handler) delete(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	if d, err := dav.ParseDepth(r.Header, dav.DepthInfinity); err != nil || d != dav.DepthInfinity {
		return errBadRequest
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error { return c.remove(ctx, p.names) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *handler) mkcol(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	if n, _ := io.ReadFull(r.Body, make([]byte, 1)); n > 0 {
		return errBody
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	var made *node
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error {
		var err error
		made, err = c.mkcol(ctx, p.names)
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("OC-FileId", made.ID)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (h *handler) copyMove(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	depth, err := dav.ParseDepth(r.Header, dav.DepthInfinity)
	if err != nil || depth == dav.DepthOne || depth == dav.DepthZero && r.Method == "MOVE" {
		return errBadRequest
	}
	overwrite, err := dav.ParseOverwrite(r.Header)
	if err != nil {
		return err
	}
	segments, err := dav.ParseDestination(r)
	if err != nil {
		return err
	}
	to, err := h.locate(ctx, p.view.asker, segments, false)
	if errors.Is(err, errNotFound) { // a group that the asker is not in, or outside of /dav/
		return errNoParent
	}
	if err != nil {
		return err
	}
	if to.view == nil {
		return errFixed
	}
	cond, err := h.conditions(r, p.view, to.view)
	if err != nil {
		return err
	}
	created := false
	err = h.write(ctx, cond, []*view{p.view, to.view}, func(ctx context.Context, c *change) error {
		var err error
		if r.Method == "MOVE" {
			created, err = c.move(ctx, p.names, to.names, overwrite)
		} else {
			created, err = c.copy(ctx, p.names, to.names, depth == dav.DepthInfinity, overwrite)
		}
		return err
	})
	if err != nil {
		return err
	}
	if created {
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}
