package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// state is what the router knows of a request under way; the context carries it.
type state struct {
	id     string
	addr   string
	caller Caller
	path   string // shown in the log instead of the one with a secret
	log    *slog.Logger
	area   *area
	failed error // what went wrong, for the log
	start  time.Time
	out    writer
	line   line
	cancel context.CancelFunc
}

type stateKey struct{}

func stateFrom(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}

// RequestID gives the id of the request, which the answer and the log name.
func RequestID(ctx context.Context) string {
	if s := stateFrom(ctx); s != nil {
		return s.id
	}
	return ""
}

// ServeHTTP answers a request.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s := &state{id: r.ids.next(), log: r.o.Log, area: r.metrics.api, start: r.o.Now()}
	s.addr = r.addr(req)
	s.line.rc = *http.NewResponseController(w)
	s.out.ResponseWriter, s.out.line = w, &s.line
	s.out.pace() // an earlier request of this connection may have left an older deadline
	ctx, cancel := context.WithCancel(context.WithValue(req.Context(), stateKey{}, s))
	s.cancel = cancel
	defer s.over()
	req = req.WithContext(ctx)
	r.paced(&s.line, req)
	h := w.Header()
	h["X-Request-Id"] = []string{s.id}
	h["X-Content-Type-Options"] = nosniff
	defer r.finish(s, req)
	r.route(s, req)
}

var nosniff = []string{"nosniff"}

// finish recovers, logs and counts.
func (r *Router) finish(s *state, req *http.Request) {
	cut := false
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler { //nolint:errorlint // panics are compared as they are
			panic(v)
		}
		cut = s.out.status != 0 // half an answer must not look like a whole one
		s.failed = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		WriteError(&s.out, req, s.failed)
	}
	if s.out.status == 0 {
		s.out.status = http.StatusOK
	}
	took := r.o.Now().Sub(s.start)
	s.area.count(s.out.status, took)
	r.logRequest(s, req, took)
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// logRequest writes the request's line: path without query, no body, no token.
func (r *Router) logRequest(s *state, req *http.Request, took time.Duration) {
	level, ctx := slog.LevelDebug, req.Context()
	switch {
	case s.failed != nil && errors.Is(s.failed, context.Canceled) && ctx.Err() != nil:
		level = slog.LevelInfo // the caller went away
	case s.failed != nil || s.out.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case s.out.status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	if !r.o.Log.Enabled(ctx, level) {
		return
	}
	path := s.path
	if path == "" {
		path = bounded(req.URL.EscapedPath(), 300)
	}
	attrs := []slog.Attr{
		slog.String("request", s.id), slog.String("method", bounded(req.Method, 20)), slog.String("path", path),
		slog.Int("status", s.out.status), slog.Int64("bytes", s.out.bytes), slog.Duration("took", took), slog.String("addr", s.addr),
	}
	if s.caller.Person.ID != "" {
		attrs = append(attrs, slog.String("person", s.caller.Person.ID))
	}
	if s.failed != nil {
		attrs = append(attrs, slog.String("error", s.failed.Error()))
	}
	r.o.Log.LogAttrs(ctx, level, "request", attrs...)
}

func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// addr gives the address of the caller's machine. X-Forwarded-For is read from its
// end, through the proxies that are trusted, and never believed from anyone else.
func (r *Router) addr(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	if len(r.o.TrustedProxies) == 0 || !r.trusted(host) {
		return host
	}
	hops := strings.Split(strings.Join(req.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if host = a.Unmap().String(); !r.trusted(host) {
			break
		}
	}
	return host
}

func (r *Router) trusted(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(r.o.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// requestIDs numbers requests: a random start per process, then a counter.
type requestIDs struct {
	prefix string
	n      *atomic.Uint64
}

func newRequestIDs() requestIDs {
	var b [5]byte
	rand.Read(b[:])
	return requestIDs{prefix: strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) + "-", n: new(atomic.Uint64)}
}

func (r requestIDs) next() string { return r.prefix + strconv.FormatUint(r.n.Add(1), 10) }

// writer remembers the status and counts the bytes, and keeps what the server's own
// writer can do: flush, deadlines, sending files.
type writer struct {
	http.ResponseWriter
	line   *line
	status int
	bytes  int64
	paced  time.Time // when the deadline of the answer was set last
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.pace()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.pace()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets the server send a file without copying it through the program.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.sendFrom(src)
	w.bytes += n
	return n, err
}

// Flush implements http.Flusher.
func (w *writer) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Hijack refuses: no route needs it, and a hijacked connection would not be counted.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

// SetWriteDeadline serves http.ResponseController.
func (w *writer) SetWriteDeadline(t time.Time) error { return w.line.writeUntil(t) }

// SetReadDeadline serves http.ResponseController.
func (w *writer) SetReadDeadline(t time.Time) error { return w.line.readUntil(t) }

// Unwrap serves http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
