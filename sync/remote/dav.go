package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-webdav"

	"schulhof/server/wire"
)

// Meta is what the server says of a file when it gives or takes it.
type Meta struct {
	ETag string
	ID   string
	Size int64
}

// Sink takes a download; *os.File is one.
type Sink interface {
	io.Writer
	io.Seeker
	Truncate(size int64) error
}

// GetOptions are how to download.
type GetOptions struct {
	From     int64                   // go on behind so many bytes, if the content still has ETag
	ETag     string                  // of the bytes that are there; needed with From
	Progress func(done, total int64) // total -1: not known
}

// Get downloads a file into w. Where the content is another one than that of
// o.ETag it begins anew. On an error w holds what came so far, which fits
// Meta.ETag if that is set.
func (c *Client) Get(ctx context.Context, href string, w Sink, o GetOptions) (Meta, error) {
	resume := o.From > 0 && o.ETag != ""
	res, err := c.get(ctx, href, o, resume)
	if Status(err) == http.StatusRequestedRangeNotSatisfiable && resume {
		res, err = c.get(ctx, href, o, false)
	}
	if err != nil {
		return Meta{}, err
	}
	defer res.Body.Close()
	m := Meta{ETag: res.Header.Get(wire.HeaderETag), ID: res.Header.Get(wire.HeaderFileID), Size: res.ContentLength}
	from := int64(0)
	if res.StatusCode == http.StatusPartialContent {
		if from = rangeStart(res.Header.Get("Content-Range")); from != o.From {
			return Meta{}, errors.New("download: the server answers another part than asked for")
		}
		if m.Size >= 0 {
			m.Size += from
		}
	}
	if err := rewind(w, from); err != nil {
		return Meta{}, fmt.Errorf("download: %w", err)
	}
	n, err := io.Copy(w, &counted{r: res.Body, n: from, fn: func(n int64) {
		if o.Progress != nil {
			o.Progress(n, m.Size)
		}
	}})
	if err != nil {
		return m, fmt.Errorf("download: %w", err)
	}
	if m.Size >= 0 && from+n != m.Size {
		return m, fmt.Errorf("download: %w: %d of %d bytes", ErrOffline, from+n, m.Size)
	}
	m.Size = from + n
	return m, nil
}

func (c *Client) get(ctx context.Context, href string, o GetOptions, resume bool) (*http.Response, error) {
	req, err := c.request(ctx, http.MethodGet, href, nil)
	if err != nil {
		return nil, err
	}
	if resume {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(o.From, 10)+"-")
		req.Header.Set("If-Range", o.ETag)
	}
	req.Header.Set("Accept-Encoding", "identity")
	return c.do(req, idleTimeout)
}

// rewind makes w hold its first from bytes and go on behind them.
func rewind(w Sink, from int64) error {
	if _, err := w.Seek(from, io.SeekStart); err != nil {
		return err
	}
	return w.Truncate(from)
}

func rangeStart(contentRange string) int64 {
	span, ok := strings.CutPrefix(contentRange, "bytes ")
	if !ok {
		return -1
	}
	first, _, _ := strings.Cut(span, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// PutOptions are the conditions of an upload and what goes with it.
type PutOptions struct {
	IfMatch     string // only if the server's content still has this ETag
	IfNoneMatch bool   // only if there is nothing of this name
	Mtime       time.Time
	SHA256      string // hex; the server refuses a body that differs
	Progress    func(done int64)
}

// Put uploads size bytes of r. A refused condition is a refusal for which
// Precondition holds. ErrOffline leaves open whether the content arrived.
func (c *Client) Put(ctx context.Context, href string, r io.Reader, size int64, o PutOptions) (Meta, error) {
	body := io.NopCloser(&counted{r: io.LimitReader(r, size), fn: func(n int64) {
		if o.Progress != nil {
			o.Progress(n)
		}
	}})
	req, err := c.request(ctx, http.MethodPut, href, body)
	if err != nil {
		return Meta{}, err
	}
	req.ContentLength = size
	if size == 0 {
		req.Body = http.NoBody
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	if size > 64<<10 {
		req.Header.Set("Expect", "100-continue") // a refusal then costs no bytes
	}
	if o.IfMatch != "" {
		req.Header.Set("If-Match", o.IfMatch)
	}
	if o.IfNoneMatch {
		req.Header.Set("If-None-Match", "*")
	}
	if !o.Mtime.IsZero() {
		req.Header.Set(wire.HeaderMtime, strconv.FormatInt(o.Mtime.Unix(), 10))
	}
	if o.SHA256 != "" {
		req.Header.Set(wire.HeaderChecksum, "SHA256:"+o.SHA256)
	}
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return Meta{}, fmt.Errorf("upload: %w", err)
	}
	defer res.Body.Close()
	m := Meta{ETag: res.Header.Get(wire.HeaderETag), ID: res.Header.Get(wire.HeaderFileID), Size: size}
	if m.ETag == "" || m.ID == "" {
		e, err := c.Stat(ctx, href)
		if err != nil {
			return Meta{}, fmt.Errorf("upload: %w", err)
		}
		m.ETag, m.ID = e.ETag, e.ID
	}
	return m, nil
}

// Mkcol makes a folder and returns its id, "" where the server does not say.
// One that is there already is a refusal with status 405.
func (c *Client) Mkcol(ctx context.Context, href string) (string, error) {
	x := &exchange{c: c}
	err := x.run(func(dav *webdav.Client, path string) error { return dav.Mkdir(ctx, path) }, href)
	if err != nil {
		return "", fmt.Errorf("new folder: %w", err)
	}
	return x.answer.Get(wire.HeaderFileID), nil
}

// Delete moves a file or folder to the server's trash. ifMatch "" deletes
// whatever is there.
func (c *Client) Delete(ctx context.Context, href, ifMatch string) error {
	x := &exchange{c: c, header: http.Header{}}
	if ifMatch != "" {
		x.header.Set("If-Match", ifMatch)
	}
	err := x.run(func(dav *webdav.Client, path string) error { return dav.RemoveAll(ctx, path) }, href)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

// Move renames or moves. Without overwrite a taken target is a refusal for
// which Precondition holds.
func (c *Client) Move(ctx context.Context, from, to string, overwrite bool) error {
	x := &exchange{c: c, destination: to}
	err := x.run(func(dav *webdav.Client, path string) error {
		return dav.Move(ctx, path, to, &webdav.MoveOptions{NoOverwrite: !overwrite})
	}, from)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	return nil
}

// Copy copies a file, or a folder with all that is in it. Without overwrite a
// taken target is a refusal for which Precondition holds.
func (c *Client) Copy(ctx context.Context, from, to string, overwrite bool) error {
	x := &exchange{c: c, destination: to}
	err := x.run(func(dav *webdav.Client, path string) error {
		return dav.Copy(ctx, path, to, &webdav.CopyOptions{NoOverwrite: !overwrite})
	}, from)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// exchange is one call of go-webdav's client: the HTTP client under it, which
// adds the conditions that the library has no place for, writes hrefs as we do,
// keeps the answer's header, and turns a refusal into ours.
type exchange struct {
	c           *Client
	header      http.Header
	destination string // href of the target, "" where there is none
	href        string
	answer      http.Header
	err         error
}

func (x *exchange) run(call func(dav *webdav.Client, path string) error, href string) error {
	path, err := url.PathUnescape(href)
	if err != nil {
		return fmt.Errorf("%w: %.200q", errHref, href)
	}
	x.href = href
	dav, err := webdav.NewClient(x, x.c.Base().String())
	if err != nil {
		return err
	}
	err = call(dav, path)
	if x.err != nil {
		return x.err // as it was, not as the library words it
	}
	return err
}

// Do sends the request that go-webdav made.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	own, err := x.c.request(req.Context(), req.Method, x.href, nil)
	if err != nil {
		x.err = err
		return nil, err
	}
	for name := range req.Header {
		own.Header[name] = req.Header[name]
	}
	for name := range x.header {
		own.Header[name] = x.header[name]
	}
	if x.destination != "" {
		own.Header.Set("Destination", x.c.Base().String()+x.destination)
	}
	res, err := x.c.do(own, idleTimeout)
	if err != nil {
		x.err = err
		return nil, err
	}
	x.answer = res.Header
	if res.StatusCode == http.StatusMultiStatus {
		// Part of it failed: the first refusal inside says why.
		defer res.Body.Close()
		x.err = partial(req.Method, res.Body)
		return nil, x.err
	}
	return res, nil
}

// partial is the first refusal in a 207 answer to a verb.
func partial(method string, body io.Reader) error {
	status, err := firstRefusal(body)
	if err != nil {
		return errors.Join(ErrOffline, err)
	}
	p := wire.Problem{Status: status, Title: http.StatusText(status), Code: codeOf(method, status)}
	return &Error{Method: method, Problem: p}
}

// counted tells how far a reader is.
type counted struct {
	r  io.Reader
	n  int64
	fn func(n int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.n += int64(n)
		c.fn(c.n)
	}
	return n, err
}
