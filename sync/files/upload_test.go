package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

func (p *pc) upload(into string, clash func(Clash) Decision, paths ...string) *Batch {
	p.t.Helper()
	b, err := p.Upload(p.t.Context(), into, paths, clash)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func TestUploadFolders(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	src := t.TempDir()
	want := map[string]string{home + "Projekt/": "/", home + "Projekt/leer/": "/", home + "Projekt/tief/": "/", home + "Projekt/tief/er/": "/"}
	for i := range 20 {
		for _, dir := range []string{"", "tief/", "tief/er/"} {
			text := fmt.Sprint(dir, i, strings.Repeat("x", i*100))
			write(t, filepath.Join(src, "Projekt", dir, fmt.Sprintf("Übung %d.txt", i)), text)
			want[remote.Join(home+"Projekt/"+dir, fmt.Sprintf("Übung %d.txt", i), false)] = text
		}
	}
	if err := os.Mkdir(filepath.Join(src, "Projekt", "leer"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, "Projekt", ".DS_Store"), "x")
	write(t, filepath.Join(src, "Projekt", "~$x.docx"), "x")
	problems := map[string]error{filepath.Join(src, "fehlt.txt"): os.ErrNotExist}
	if runtime.GOOS != "windows" {
		link, bad := filepath.Join(src, "Projekt", "link"), filepath.Join(src, "Projekt", "was?.txt")
		if err := os.Symlink("/etc", link); err != nil {
			t.Fatal(err)
		}
		write(t, bad, "x")
		problems[link], problems[bad] = ErrSymlink, ErrName
		if os.Getuid() != 0 {
			closed := filepath.Join(src, "Projekt", "zu.txt")
			write(t, closed, "x")
			if err := os.Chmod(closed, 0); err != nil {
				t.Fatal(err)
			}
			problems[closed] = os.ErrPermission
		}
	}
	b := p.upload(home, nil, filepath.Join(src, "Projekt"), filepath.Join(src, "fehlt.txt"))
	if b.Files != 60 || b.Folders != 4 || b.Skipped != 2 || len(b.Problems) != len(problems) {
		t.Fatalf("%+v", b)
	}
	for _, pr := range b.Problems {
		if !errors.Is(pr.Err, problems[pr.Path]) || problems[pr.Path] == nil {
			t.Errorf("%s: %v", pr.Path, pr.Err)
		}
	}
	p.drain()
	got := tree(t, other, home)
	for href, text := range want {
		if got[href] != text {
			t.Errorf("%s: %.20q, want %.20q", href, got[href], text)
		}
	}
	if n := countPrefix(got, home+"Projekt/"); n != len(want) {
		t.Errorf("%d, want %d", n, len(want))
	}
	for _, tr := range p.Transfers() {
		if tr.State != Done || tr.Done != tr.Total || tr.Batch != b.ID || tr.Dir != Up {
			t.Fatalf("%+v", tr)
		}
	}
	p.ClearDone()
	if n := len(p.Transfers()); n != 0 {
		t.Fatalf("%d transfers", n)
	}
	// The mtime goes along.
	info, err := os.Stat(filepath.Join(src, "Projekt", "Übung 3.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if e := p.listed(home + "Projekt/")["Übung 3.txt"]; e.Mtime.Unix() != info.ModTime().Unix() {
		t.Errorf("mtime %v, want %v", e.Mtime, info.ModTime())
	}
}

func TestUploadClashes(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	src := t.TempDir()
	var paths []string
	for _, name := range []string{"a.txt", "b.txt", "c.txt", "d.txt", "Ordner"} {
		put(t, other, remote.Join(home, strings.ToUpper(name[:1])+name[1:], false), "alt")
		write(t, filepath.Join(src, name), "neu "+name)
		paths = append(paths, filepath.Join(src, name))
	}
	if _, err := other.Mkcol(t.Context(), home+"e/"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, "E"), "neu E")
	var asked []string
	p.upload(home, func(c Clash) Decision {
		asked = append(asked, c.Name)
		if c.Local.Size != int64(len("neu "))+int64(len(c.Name)) || c.Remote.Size > 3 {
			t.Errorf("%+v", c)
		}
		switch c.Name {
		case "A.txt":
			return Decision{Action: Skip}
		case "B.txt":
			return Decision{Action: Replace}
		}
		return Decision{Action: KeepBoth, ForAll: true}
	}, append(paths, filepath.Join(src, "E"))...)
	p.drain()
	if want := "[A.txt B.txt C.txt]"; fmt.Sprint(asked) != want {
		t.Errorf("asked %v, want %s", asked, want)
	}
	got := tree(t, other, home)
	for name, want := range map[string]string{
		"A.txt": "alt", "B.txt": "neu b.txt", "C.txt": "alt", "c (2).txt": "neu c.txt", "d (2).txt": "neu d.txt",
		"Ordner": "alt", "Ordner (2)": "neu Ordner", "E (2)": "neu E",
	} {
		if text := got[remote.Join(home, name, false)]; text != want {
			t.Errorf("%s: %q, want %q", name, text, want)
		}
	}
	// Again, while nobody can look: what is taken shows when it arrives.
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	put(t, other, home+"spaet.txt", "von anderen")
	write(t, filepath.Join(src, "spaet.txt"), "von mir")
	p.upload(home, nil, filepath.Join(src, "spaet.txt"))
	w.net.mend(t)
	p.Reconnect()
	p.drain()
	got = tree(t, other, home)
	if got[home+"spaet.txt"] != "von anderen" || got[remote.Join(home, "spaet (2).txt", false)] != "von mir" {
		t.Errorf("%v", got)
	}
}

// big is a file of random bytes.
func big(t testing.TB, path string, size int) []byte {
	t.Helper()
	data := make([]byte, size)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(data)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestServerGoneInTheMiddleOfAnUpload(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	path := filepath.Join(t.TempDir(), "Film.mp4")
	data := big(t, path, 8<<20)
	w.net.cutAfter(3 << 20)
	p.upload(home, nil, path)
	until(t, "the cut", long, w.net.isCut)
	until(t, "offline", long, func() bool { return !p.Online() })
	if tr := p.Transfers(); len(tr) != 1 || tr[0].State == Done {
		t.Fatalf("%+v", tr)
	}
	if text, ok := get(t, other, home+"Film.mp4"); ok {
		t.Fatalf("half a file of %d bytes", len(text))
	}
	p.stop() // and the program ends, too
	p.start()
	w.net.mend(t)
	p.Reconnect()
	p.drain()
	all := tree(t, other, home)
	if countPrefix(all, home+"Film") != 1 || !bytes.Equal([]byte(all[home+"Film.mp4"]), data) {
		t.Fatal("not whole, or twice")
	}
}

func TestServerRestarts(t *testing.T) {
	w := newWorld(t)
	p := w.pc(t, "lena.weber")
	p.isOnline()
	put(t, w.client(t, "lena.weber"), home+"a.txt", "alt")
	path := p.open(p.listed(home)["a.txt"])
	defer p.Watch(home)()
	w.srv.Stop(t)
	until(t, "offline", long, func() bool { return !p.Online() })
	write(t, path, "während der Server stand")
	until(t, "the save waits", long, func() bool { return p.known(home)["a.txt"].Local == Edited })
	w.srv.Restart(t)
	p.isOnline() // by itself
	p.drain()
	other := w.client(t, "lena.weber")
	if text, _ := get(t, other, home+"a.txt"); text != "während der Server stand" {
		t.Fatalf("got %q", text)
	}
	put(t, other, home+"b.txt", "neu")
	until(t, "events of the new server", long, func() bool { return p.known(home)["b.txt"].Size == 3 })
}

// forgetful loses the answers to some requests after the server did its work.
type forgetful struct {
	next http.RoundTripper
	mu   sync.Mutex
	lose int
	seen int
}

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := f.next.RoundTrip(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || r.Method != http.MethodPut {
		return res, err
	}
	f.seen++
	if f.lose > 0 {
		f.lose--
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return res, nil
}

func TestALostAnswerIsNoConflict(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"alt.txt", "alt")
	put(t, other, home+"ersetzt.txt", "alt")
	lossy := &forgetful{next: remote.NewTransport()}
	p := w.pc(t, "lena.weber")
	p.stop()
	p.remote = remote.New(remote.Options{Base: w.base(), Token: w.srv.Token(t, "lena.weber"), Transport: lossy})
	p.start()
	p.isOnline()
	path := p.open(p.listed(home)["alt.txt"])
	lossy.mu.Lock()
	lossy.lose = 3
	lossy.mu.Unlock()
	src := t.TempDir()
	write(t, filepath.Join(src, "neu.txt"), "neu")
	write(t, filepath.Join(src, "ersetzt.txt"), "neu")
	write(t, path, "geändert")
	p.upload(home, func(Clash) Decision { return Decision{Action: Replace} }, filepath.Join(src, "neu.txt"), filepath.Join(src, "ersetzt.txt"))
	p.drain()
	got := tree(t, other, home)
	if got[home+"alt.txt"] != "geändert" || got[home+"neu.txt"] != "neu" || got[home+"ersetzt.txt"] != "neu" {
		t.Fatalf("%v", got)
	}
	for href := range got {
		if strings.Contains(remote.Base(href), "(") {
			t.Errorf("a copy that nobody needs: %s", href)
		}
	}
	if lossy.lose != 0 || lossy.seen < 6 {
		t.Fatalf("the test lost no answers: %+v", lossy)
	}
	if c, err := p.Conflicts(t.Context()); err != nil || len(c) != 0 {
		t.Fatal(c, err)
	}
}

// refusing answers some requests itself.
type refusing struct {
	next http.RoundTripper
	mu   sync.Mutex
	fn   func(r *http.Request) int
}

func (f *refusing) set(fn func(r *http.Request) int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fn = fn
}

func (f *refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	status := 0
	if f.fn != nil {
		status = f.fn(r)
	}
	f.mu.Unlock()
	if status == 0 {
		return f.next.RoundTrip(r)
	}
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

func TestRefusedUploads(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	refuse := &refusing{next: remote.NewTransport()}
	p := w.pc(t, "lena.weber")
	p.stop()
	p.remote = remote.New(remote.Options{Base: w.base(), Token: w.srv.Token(t, "lena.weber"), Transport: refuse})
	p.start()
	p.isOnline()
	put(t, other, home+"edit.txt", "alt")
	path := p.open(p.listed(home)["edit.txt"])
	var tries int
	refuse.set(func(r *http.Request) int {
		switch {
		case r.Method != http.MethodPut:
			return 0
		case strings.HasSuffix(r.URL.Path, "gross.txt") || strings.HasSuffix(r.URL.Path, "edit.txt"):
			return http.StatusInsufficientStorage
		case strings.HasSuffix(r.URL.Path, "stockt.txt"):
			if tries++; tries < 3 {
				return http.StatusServiceUnavailable
			}
		}
		return 0
	})
	src := t.TempDir()
	write(t, filepath.Join(src, "gross.txt"), "zu viel")
	write(t, filepath.Join(src, "stockt.txt"), "kommt noch")
	write(t, path, "neu")
	p.upload(home, nil, filepath.Join(src, "gross.txt"), filepath.Join(src, "stockt.txt"))
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := p.Drain(ctx); !errors.Is(err, ErrUnsent) || ctx.Err() != nil {
		t.Fatal(err)
	}
	broken := func() (n int) {
		for _, tr := range p.Transfers() {
			if tr.State == Broken {
				if remote.Code(tr.Err) != wire.CodeQuota {
					t.Errorf("%+v", tr)
				}
				n++
			}
		}
		return n
	}
	if broken() != 2 || p.Pending() != 2 {
		t.Fatalf("%+v", p.Transfers())
	}
	if text, _ := get(t, other, home+"stockt.txt"); text != "kommt noch" {
		t.Fatal("not tried again")
	}
	if got := p.known(home)["edit.txt"].Local; got != Failed {
		t.Fatalf("state %q", got)
	}
	p.stop()
	p.start() // the reason survives
	if broken() != 2 {
		t.Fatalf("%+v", p.Transfers())
	}
	p.isOnline()
	to := t.TempDir()
	if n, err := p.Export(t.Context(), to); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if read(t, filepath.Join(to, "edit.txt")) != "neu" || read(t, filepath.Join(to, "gross.txt")) != "zu viel" {
		t.Fatal("exported wrongly")
	}
	refuse.set(nil)
	for _, tr := range p.Transfers() {
		p.Retry(tr.ID)
	}
	p.drain()
	all := tree(t, other, home)
	if all[home+"gross.txt"] != "zu viel" || all[home+"edit.txt"] != "neu" || p.Pending() != 0 {
		t.Fatalf("%v", all)
	}
}

func TestPauseAndCancel(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	gate := make(chan struct{})
	p := w.pc(t, "lena.weber")
	p.stop()
	p.remote = remote.New(remote.Options{Base: w.base(), Token: w.srv.Token(t, "lena.weber"), Transport: gated{remote.NewTransport(), gate}})
	p.start()
	p.isOnline()
	src := t.TempDir()
	paths := make([]string, 0, 5)
	for i := range 5 {
		path := filepath.Join(src, fmt.Sprintf("%d.txt", i))
		write(t, path, fmt.Sprint("inhalt ", i))
		paths = append(paths, path)
	}
	p.upload(home, nil, paths...)
	state := func(s TransferState) (ids []int64) {
		for _, tr := range p.Transfers() {
			if tr.State == s {
				ids = append(ids, tr.ID)
			}
		}
		return ids
	}
	until(t, "three at a time", long, func() bool { return len(state(Running)) == 3 && len(state(Queued)) == 2 })
	p.PauseAll()
	until(t, "all paused", long, func() bool { return len(state(Paused)) == 5 })
	p.stop()
	p.start()
	if n := len(state(Paused)); n != 5 {
		t.Fatalf("after a restart %d are paused", n)
	}
	p.isOnline()
	p.Cancel(state(Paused)[0])
	p.Resume(state(Paused)[0])
	until(t, "one runs", long, func() bool { return len(state(Running)) == 1 })
	p.Cancel(state(Running)[0])
	until(t, "two are gone", long, func() bool { return len(p.Transfers()) == 3 })
	close(gate)
	p.drain()
	got := tree(t, other, home)
	if got[home+"0.txt"]+got[home+"1.txt"] != "" || got[home+"2.txt"] != "inhalt 2" || got[home+"4.txt"] != "inhalt 4" {
		t.Fatalf("%v", got)
	}
	if p.Pending() != 0 {
		t.Fatal(p.Transfers())
	}
}

// gated holds uploads until the gate is open.
type gated struct {
	next http.RoundTripper
	gate chan struct{}
}

func (g gated) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut {
		select {
		case <-g.gate:
		case <-r.Context().Done():
			_ = r.Body.Close()
			return nil, r.Context().Err()
		}
	}
	return g.next.RoundTrip(r)
}

func TestSourceChangesBeforeItsTurn(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	src := t.TempDir()
	a, b := filepath.Join(src, "a.txt"), filepath.Join(src, "b.txt")
	write(t, a, "alt")
	write(t, b, "alt")
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	p.upload(home, nil, a, b)
	write(t, a, "länger und neu")
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	w.net.mend(t)
	p.Reconnect()
	p.isOnline()
	until(t, "both ended", long, func() bool {
		tr := p.Transfers()
		return tr[0].State == Done && tr[1].State == Broken && errors.Is(tr[1].Err, ErrGone)
	})
	if text, _ := get(t, other, home+"a.txt"); text != "länger und neu" {
		t.Fatalf("got %q", text)
	}
}
