package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/wire"
)

// get answers GET and HEAD of a file.
func (h *handler) get(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	t, err := h.trees.at(ctx, &p.view.root)
	if err != nil {
		return err
	}
	f, err := get(ctx, t, p.view, p.names)
	if err != nil {
		return err
	}
	n := f.last()
	if n.Folder {
		return errIsFolder
	}
	fileHeaders(w.Header(), n, &p.view.root)
	if n.Size == 0 {
		http.ServeContent(w, r, "", time.UnixMilli(n.Mtime), bytes.NewReader(nil))
		return nil
	}
	content, err := h.blobs.Open(ctx, blob.Ref(n.Blob))
	if err != nil {
		return fmt.Errorf("content of %s: %w", n.ID, err)
	}
	defer content.Close()
	if !plainGet(r) {
		http.ServeContent(w, r, "", time.UnixMilli(n.Mtime), content)
		return nil
	}
	w.Header().Set("Content-Length", strconv.FormatInt(n.Size, 10))
	w.WriteHeader(http.StatusOK)
	_, err = io.CopyN(w, content, n.Size)
	if err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "a download was cut", "node", n.ID, "error", err)
	}
	return nil
}

// plainGet says that a request asks for the whole file without conditions.
func plainGet(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, name := range []string{"Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if _, ok := r.Header[name]; ok {
			return false
		}
	}
	return true
}

// fileHeaders are those of every answer with a file's content. What children
// upload never runs in the school's own origin.
func fileHeaders(hd http.Header, n *node, r *root) {
	ct := contentType(n.Name)
	hd.Set("Content-Type", ct)
	hd.Set(wire.HeaderETag, n.etag(r))
	hd.Set("Last-Modified", string(dav.AppendHTTPTime(nil, n.Mtime)))
	hd.Set("Accept-Ranges", "bytes")
	hd.Set("Cache-Control", "private, no-cache")
	hd.Set("X-Content-Type-Options", "nosniff")
	hd.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	hd.Set(wire.HeaderFileID, n.ID)
	switch ct {
	case "text/html; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/javascript; charset=utf-8":
		hd.Set("Content-Disposition", "attachment")
	}
}

// put takes a file: first into a durable blob, then into the tree.
func (h *handler) put(ctx context.Context, w http.ResponseWriter, r *http.Request, p place) error {
	if r.Header.Get("Content-Range") != "" {
		return errRange
	}
	sums, err := dav.ParseChecksum(r.Header)
	if err != nil {
		return err
	}
	cond, err := h.conditions(r, p.view)
	if err != nil {
		return err
	}
	room, err := h.beforePut(ctx, r, p)
	if err != nil && p.view.stale { // a change of the last second may allow it
		if p.view, err = h.home(ctx, p.view.asker, false); err != nil {
			return err
		}
		room, err = h.beforePut(ctx, r, p)
	}
	if err != nil {
		return err
	}
	in, err := h.receiveToday(ctx, r, p.view, sums, room)
	if err != nil {
		return err
	}
	mtime, hasMtime := dav.ParseMtime(r.Header)
	if hasMtime {
		in.mtime = mtime.UnixMilli()
	}
	var n *node
	created := false
	err = h.write(ctx, cond, []*view{p.view}, func(ctx context.Context, c *change) error {
		var err error
		n, created, err = c.put(ctx, p.names, in)
		return err
	})
	if err != nil {
		return err
	}
	h.makeRoom(ctx, p.view)
	hd := w.Header()
	hd.Set(wire.HeaderETag, n.etag(&p.view.root))
	hd.Set("Last-Modified", string(dav.AppendHTTPTime(nil, n.Mtime)))
	hd.Set(wire.HeaderFileID, n.ID)
	if hasMtime {
		hd.Set(wire.HeaderMtime, "accepted")
	}
	if created {
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// smallPut is the size up to which a file is uploaded without asking the database
// whether it will be taken: the transaction that writes its row asks for all of that
// again, and what was sent in vain is small.
const smallPut = 64 << 10

func isSmallPut(r *http.Request) bool {
	return r.Method == http.MethodPut && r.ContentLength >= 0 && r.ContentLength <= smallPut
}

// beforePut refuses, before the body is read, what would be refused after it, and
// gives the most bytes that there is room for; 0 = any number.
func (h *handler) beforePut(ctx context.Context, r *http.Request, p place) (int64, error) {
	v := p.view
	t, err := h.trees.at(ctx, &v.root)
	if err != nil {
		return 0, err
	}
	f, rest, err := walk(ctx, t, v, p.names)
	if err != nil {
		return 0, err
	}
	if err := placeOfPut(v, f, rest, p.names); err != nil {
		return 0, err
	}
	var old int64
	etag := ""
	if rest == 0 {
		old, etag = f.last().Size, f.last().etag(&v.root)
	}
	if !dav.Match(r.Header, etag) {
		return 0, errPrecondition
	}
	if v.quota == 0 {
		return 0, nil
	}
	room := v.quota - v.root.Used + old
	if room <= 0 && r.ContentLength != 0 || r.ContentLength > room {
		return 0, errQuota
	}
	return max(room, 1), nil
}

// placeOfPut says why a file cannot be put where a walk ended.
func placeOfPut(v *view, f found, rest int, names []string) error {
	may := v.rights(f.last(), f.depth())
	switch {
	case rest == 0 && f.last().Folder:
		return errIsFolder
	case rest == 0 && may&mayWrite == 0:
		return errForbidden
	case rest == 0:
		return nil
	case rest > 1 || !f.last().Folder:
		return errNoParent
	case may&mayAdd == 0:
		return errForbidden
	}
	return checkPlace(names)
}

// receiveToday is receive within what the root takes in a day.
func (h *handler) receiveToday(ctx context.Context, r *http.Request, v *view, sums dav.Checksums, room int64) (content, error) {
	if v.quota == 0 || r.ContentLength == 0 {
		return h.receive(ctx, r, sums, room)
	}
	told := max(0, r.ContentLength) // a body of unknown length is counted once it is there
	left, ok := h.uploads.take(v, told, h.now())
	if !ok {
		return content{}, errUploads
	}
	most := min(room, left+told)
	in, err := h.receive(ctx, r, sums, most)
	if errors.Is(err, errQuota) && most < room {
		err = errUploads
	}
	h.uploads.settle(v, in.size-told, h.now()) // all of it back when nothing came
	return in, err
}

// receive makes a durable blob of the body.
func (h *handler) receive(ctx context.Context, r *http.Request, sums dav.Checksums, room int64) (content, error) {
	if r.ContentLength == 0 && sums == (dav.Checksums{}) {
		return content{blob: emptyBlob}, nil
	}
	info, err := h.blobs.Put(ctx, r.Body, blob.PutOptions{Max: room, Expect: blob.Sums{SHA256: sums.SHA256, SHA1: sums.SHA1, MD5: sums.MD5}})
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return content{}, errQuota
	case errors.Is(err, blob.ErrChecksum):
		return content{}, errChecksum
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), err != nil && ctx.Err() != nil:
		return content{}, errCut
	case err != nil:
		return content{}, fmt.Errorf("content of an upload: %w", err)
	}
	return content{blob: string(info.Ref), size: info.Size}, nil
}
