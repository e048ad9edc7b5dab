package files

import (
	"context"
	"errors"
	"io"
	"net/http"

	"schulhof/server/internal/modules/files/dav"
)

// parseProppatch reads the instructions of a PROPPATCH in their order.
func parseProppatch(body io.Reader) ([]propChange, error) {
	e, err := dav.ParseXML(body)
	if err != nil {
		return nil, err
	}
	if e == nil || e.Name != (dav.Name{Space: "DAV:", Local: "propertyupdate"}) {
		return nil, errBadRequest
	}
	var changes []propChange
	for _, instruction := range e.Elements() {
		remove := instruction.Name == dav.Name{Space: "DAV:", Local: "remove"}
		if !remove && instruction.Name != (dav.Name{Space: "DAV:", Local: "set"}) {
			continue
		}
		prop := instruction.Child("prop")
		if prop == nil {
			return nil, errBadRequest
		}
		for _, p := range prop.Elements() {
			changes = append(changes, propChange{name: p.Name, remove: remove, lang: p.Lang, value: p.Inner(), text: p.Text()})
		}
	}
	if len(changes) == 0 {
		return nil, errBadRequest
	}
	return changes, nil
}

func (h *handler) proppatch(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	changes, err := parseProppatch(r.Body)
	if err != nil {
		return err
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	refused := false
	for _, c := range changes {
		refused = refused || protected(c.name)
	}
	folder := false
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error {
		f, err := get(ctx, c.own().fi, c.own().view, p.names)
		if err != nil {
			return err
		}
		folder = f.last().Folder
		if err := c.setProps(ctx, p.names, changes); err != nil || !refused {
			return err
		}
		return errRefusedProps
	})
	if err != nil && !errors.Is(err, errRefusedProps) {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	x := dav.NewWriter(w)
	x.Raw(`<D:multistatus xmlns:D="DAV:"><D:response><D:href>` + p.view.href(folder, p.names) + "</D:href>")
	patchStatus(x, changes, refused)
	x.Raw("</D:response></D:multistatus>\n")
	return x.Flush()
}

// errRefusedProps undoes a PROPPATCH of which one property is protected.
var errRefusedProps = errors.New("a protected property")

// patchStatus writes what became of each property: all are set, or the protected
// ones are refused and the others undone.
func patchStatus(x *dav.Writer, changes []propChange, refused bool) {
	groups := []struct {
		status, inner string
		has           func(dav.Name) bool
	}{
		{"200 OK", "", func(dav.Name) bool { return !refused }},
		{"403 Forbidden", "<D:error><D:cannot-modify-protected-property/></D:error>", func(n dav.Name) bool { return refused && protected(n) }},
		{"424 Failed Dependency", "", func(n dav.Name) bool { return refused && !protected(n) }},
	}
	for _, g := range groups {
		any := false
		for _, c := range changes {
			if !g.has(c.name) {
				continue
			}
			if !any {
				x.Raw("<D:propstat><D:prop>")
				any = true
			}
			appendEmpty(x, c.name)
		}
		if any {
			x.Raw("</D:prop><D:status>HTTP/1.1 " + g.status + "</D:status>" + g.inner + "</D:propstat>")
		}
	}
}

// parseLock reads the body of a LOCK; nil without an error asks for a refresh.
func parseLock(body io.Reader) (*lockWish, error) {
	e, err := dav.ParseXML(body)
	if err != nil || e == nil {
		return nil, err
	}
	if e.Name != (dav.Name{Space: "DAV:", Local: "lockinfo"}) {
		return nil, errBadRequest
	}
	scope, kind := e.Child("lockscope"), e.Child("locktype")
	if scope == nil || kind == nil || kind.Child("write") == nil || (scope.Child("shared") == nil) == (scope.Child("exclusive") == nil) {
		return nil, errBadRequest
	}
	wish := &lockWish{shared: scope.Child("shared") != nil}
	if owner := e.Child("owner"); owner != nil {
		wish.owner = owner.Inner()
	}
	if len(wish.owner) > maxLockOwner {
		return nil, errBadRequest
	}
	return wish, nil
}

func (h *handler) lock(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	depth, err := dav.ParseDepth(r.Header, dav.DepthInfinity)
	if err != nil || depth == dav.DepthOne {
		return errBadRequest
	}
	wish, err := parseLock(r.Body)
	if err != nil {
		return err
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	if wish == nil && len(cond.lists) == 0 {
		return errBadRequest
	}
	var got lock
	created := false
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error {
		var err error
		created = false
		if wish == nil {
			got, err = c.refresh(ctx, p.names, dav.ParseTimeout(r.Header))
			return err
		}
		wish.infinite, wish.timeout = depth == dav.DepthInfinity, dav.ParseTimeout(r.Header)
		got, created, err = c.lock(ctx, p.names, *wish)
		return err
	})
	if err != nil {
		return err
	}
	hd := w.Header()
	hd.Set("Content-Type", "application/xml; charset=utf-8")
	if wish != nil {
		hd.Set("Lock-Token", "<"+got.Token+">")
	}
	if created {
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusOK)
	}
	x := dav.NewWriter(w)
	x.Raw(`<D:prop xmlns:D="DAV:"><D:lockdiscovery>`)
	got.appendActive(x, string(dav.AppendText(nil, r.URL.EscapedPath())), h.now().UnixMilli())
	x.Raw("</D:lockdiscovery></D:prop>\n")
	return x.Flush()
}

func (h *handler) unlock(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	token, err := dav.ParseLockToken(r.Header)
	if err != nil {
		return err
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error { return c.release(ctx, p.names, token) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
