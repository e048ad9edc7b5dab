package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
)

// Line is the network between a client and its server. It can be cut, and it
// overhears the token, which the client keeps to itself.
type Line struct {
	URL string

	to       *url.URL
	mu       sync.Mutex
	srv      *http.Server
	token    string
	answered map[string]time.Time
}

// NewLine opens a line to a server.
func NewLine(ctx context.Context, to string) (*Line, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, fmt.Errorf("line to %s: %w", to, err)
	}
	l := &Line{to: target, answered: map[string]time.Time{}}
	return l, l.open(ctx, "127.0.0.1:0")
}

func (l *Line) open(ctx context.Context, address string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("line to %s: %w", l.to, err)
	}
	l.URL = "http://" + listener.Addr().String()
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // what a cut does
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(l.to)
			r.Out.Host = r.In.Host
			r.Out.URL.RawPath = r.In.URL.RawPath
		},
		ModifyResponse: func(a *http.Response) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if deed := a.Request.Method + " " + path.Base(a.Request.URL.Path); a.StatusCode < http.StatusBadRequest {
				l.answered[deed] = time.Now() //nolint:forbidigo // what a test measures with
			}
			return nil
		},
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); is {
			l.mu.Lock()
			l.token = token
			l.mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	})}
	l.mu.Lock()
	l.srv = srv
	l.mu.Unlock()
	go func() { _ = srv.Serve(listener) }() // ends with Cut
	return nil
}

// Token is the one that was used last.
func (l *Line) Token() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token
}

// Answered is when the server last said yes to a request, named by its method and
// the end of its path, as "POST send"; the zero time where it never did.
func (l *Line) Answered(deed string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered[deed]
}

// Cut ends every connection, and no new one can be made.
func (l *Line) Cut() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.srv.Close()
}

// Mend opens the line again, at the same address.
func (l *Line) Mend(ctx context.Context) error {
	return l.open(ctx, strings.TrimPrefix(l.URL, "http://"))
}
