package files

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// world is a server with a net before it that can be cut.
type world struct {
	net *wires
	srv school
}

// home is a folder in the home of lena.weber that holds nothing but what a test
// puts there.
const home = "/dav/home/Test/"

func newWorld(t testing.TB) *world {
	t.Helper()
	srv := startServer(t)
	w := &world{net: newNet(t, srv.Addr()), srv: srv}
	if _, err := w.client(t, "lena.weber").Mkcol(context.Background(), home); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) base() *url.URL { return &url.URL{Scheme: "http", Host: w.net.addr} }

// client is a signed-in client without an engine, on a net that is never cut:
// what somebody else does.
func (w *world) client(t testing.TB, login string) *remote.Client {
	t.Helper()
	c := remote.New(remote.Options{Base: &url.URL{Scheme: "http", Host: w.srv.Addr()}, Token: w.srv.Token(t, login)})
	t.Cleanup(c.Close)
	return c
}

// pc is one PC with one account.
type pc struct {
	*Files
	t      testing.TB
	login  string
	dir    string
	remote *remote.Client
	cache  *cache.Cache
	settle time.Duration // 0: as users have it
}

func (w *world) pc(t testing.TB, login string) *pc {
	t.Helper()
	c := remote.New(remote.Options{Base: w.base(), Token: w.srv.Token(t, login)})
	t.Cleanup(c.Close)
	p := &pc{t: t, login: login, dir: t.TempDir(), remote: c}
	p.start()
	t.Cleanup(func() {
		if p.Files != nil {
			p.stop()
		}
	})
	return p
}

// start begins the program anew over what is on the disk.
func (p *pc) start() {
	p.t.Helper()
	var err error
	ctx := context.Background()
	if p.cache, err = cache.Open(ctx, filepath.Join(p.dir, "cache.db")); err != nil {
		p.t.Fatal(err)
	}
	p.Files, err = New(ctx, Deps{
		Cache: p.cache, Remote: p.remote, Signal: &signal.Hub{}, Dir: filepath.Join(p.dir, "copies"), Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
		Who: p.login, Host: "pc",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if p.settle > 0 {
		p.Files.settle = p.settle
	}
	p.Start(ctx)
}

// crash ends the program as a power cut would, and starts it anew from what is
// on the disk at this moment. It returns where the folder of the PC is now.
func (p *pc) crash() string {
	p.t.Helper()
	next := p.t.TempDir()
	// No writer is under way while this transaction lasts.
	err := p.cache.Write(context.Background(), func(cache.Tx) error { return os.CopyFS(next, os.DirFS(p.dir)) })
	if err != nil {
		p.t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(next, "cache.db-shm"))
	p.stop()
	p.dir = next
	p.start()
	return next
}

func (p *pc) stop() {
	p.t.Helper()
	p.Stop()
	if err := p.cache.Close(); err != nil {
		p.t.Error(err)
	}
	p.Files = nil
}

// until waits for something to become true.
func until(t testing.TB, what string, within time.Duration, ok func() bool) {
	t.Helper()
	end := time.Now().Add(within)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

const long = 2 * time.Minute // for what happens as soon as the machine has time

func (p *pc) isOnline() { p.t.Helper(); until(p.t, "online", long, p.Online) }

// listed refreshes a folder and returns its entries by name.
func (p *pc) listed(href string) map[string]Entry {
	p.t.Helper()
	before := time.Now()
	p.Refresh(href)
	var l Listing
	until(p.t, "listing of "+href, long, func() bool {
		var err error
		if l, err = p.Folder(p.t.Context(), href); err != nil {
			p.t.Fatal(err)
		}
		if l.Err != nil && !errors.Is(l.Err, remote.ErrOffline) {
			p.t.Fatal(l.Err)
		}
		return l.At.UnixMilli() >= before.UnixMilli()
	})
	return byName(l)
}

func (p *pc) known(href string) map[string]Entry {
	p.t.Helper()
	l, err := p.Folder(p.t.Context(), href)
	if err != nil {
		p.t.Fatal(err)
	}
	return byName(l)
}

func byName(l Listing) map[string]Entry {
	list := make(map[string]Entry, len(l.Entries))
	for _, e := range l.Entries {
		list[e.Name] = e
	}
	return list
}

func (p *pc) drain() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), long)
	defer cancel()
	if err := p.Drain(ctx); err != nil {
		for _, tr := range p.Transfers() {
			if tr.State != Done {
				p.t.Logf("%+v", tr)
			}
		}
		p.t.Fatal(err)
	}
}

func (p *pc) open(e Entry) string {
	p.t.Helper()
	if e.Href == "" {
		p.t.Fatal("no such entry")
	}
	path, err := p.Open(p.t.Context(), e)
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

// put makes or replaces a file on the server, as somebody else would.
func put(t testing.TB, c *remote.Client, href, text string) remote.Meta {
	t.Helper()
	m, err := c.Put(context.Background(), href, strings.NewReader(text), int64(len(text)), remote.PutOptions{})
	if err != nil {
		t.Fatal(href, err)
	}
	return m
}

// get reads a file of the server; "" and false where there is none.
func get(t testing.TB, c *remote.Client, href string) (string, bool) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "get")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = c.Get(context.Background(), href, file, remote.GetOptions{})
	if remote.Status(err) == 404 {
		return "", false
	}
	if err != nil {
		t.Fatal(href, err)
	}
	return read(t, file.Name()), true
}

// tree is all that is below a folder of the server: contents by href, folders with "/".
func tree(t testing.TB, c *remote.Client, href string) map[string]string {
	t.Helper()
	all := map[string]string{}
	list, err := c.List(context.Background(), href)
	if err != nil {
		t.Fatal(href, err)
	}
	for _, e := range list[1:] {
		if e.Folder {
			all[e.Href] = "/"
			maps.Copy(all, tree(t, c, e.Href))
			continue
		}
		all[e.Href], _ = get(t, c, e.Href)
	}
	return all
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wires carries connections to a server until it is cut.
type wires struct {
	addr, to string

	mu     sync.Mutex
	ln     net.Listener
	conns  map[net.Conn]bool
	budget int64 // bytes to the server before it is cut; negative: no end
}

func newNet(t testing.TB, to string) *wires {
	t.Helper()
	n := &wires{to: to, conns: map[net.Conn]bool{}, budget: -1}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.ln, n.addr = ln, ln.Addr().String()
	go n.accept(ln)
	t.Cleanup(n.cut)
	return n
}

func (n *wires) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go n.carry(c)
	}
}

func (n *wires) carry(c net.Conn) {
	s, err := net.Dial("tcp", n.to)
	if err != nil {
		_ = c.Close()
		return
	}
	n.mu.Lock()
	if n.ln == nil {
		n.mu.Unlock()
		_, _ = c.Close(), s.Close()
		return
	}
	n.conns[c], n.conns[s] = true, true
	n.mu.Unlock()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(c, s)
		_ = c.Close()
		close(done)
	}()
	buf := make([]byte, 16<<10)
	for {
		k, err := c.Read(buf)
		if k > 0 && !n.spend(int64(k)) {
			n.cut()
			break
		}
		if k > 0 {
			_, err = s.Write(buf[:k])
		}
		if err != nil {
			break
		}
	}
	_ = s.Close()
	<-done
	n.mu.Lock()
	delete(n.conns, c)
	delete(n.conns, s)
	n.mu.Unlock()
}

func (n *wires) spend(k int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.budget < 0 {
		return true
	}
	if n.budget -= k; n.budget < 0 {
		n.budget = 0
		return false
	}
	return true
}

// cutAfter cuts once so many more bytes went to the server.
func (n *wires) cutAfter(bytes int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.budget = bytes
}

// cut breaks all connections and takes no more.
func (n *wires) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ln != nil {
		_ = n.ln.Close()
		n.ln = nil
	}
	for c := range n.conns {
		_ = c.Close()
	}
}

// isCut says whether it is.
func (n *wires) isCut() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ln == nil
}

// mend lets connections through again.
func (n *wires) mend(t testing.TB) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.budget = -1; n.ln != nil {
		return
	}
	ln, err := net.Listen("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	n.ln = ln
	go n.accept(ln)
}
