package files

import (
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"schulhof/sync/remote"
)

// fate is what happens to an upload.
type fate int

const (
	arrives  fate = iota
	unheard       // it arrives, its answer does not
	vanishes      // it does not arrive
)

// fated decides what happens to the next uploads, in their order.
type fated struct {
	next http.RoundTripper
	mu   sync.Mutex
	plan []fate
}

func (f *fated) set(plan ...fate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = plan
}

func (f *fated) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.plan)
}

func (f *fated) RoundTrip(r *http.Request) (*http.Response, error) {
	what := arrives
	f.mu.Lock()
	if r.Method == http.MethodPut && len(f.plan) > 0 {
		what, f.plan = f.plan[0], f.plan[1:]
	}
	f.mu.Unlock()
	if what == vanishes {
		_ = r.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	res, err := f.next.RoundTrip(r)
	if err != nil || what == arrives {
		return res, err
	}
	_ = res.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

// TestLostAnswers loses answers to uploads while the user goes on working: in
// the end there is what was saved last, under its own name, and nothing beside it.
func TestLostAnswers(t *testing.T) {
	srv := startServer(t)
	other := (&world{srv: srv}).client(t, "lena.weber")
	for name, run := range map[string]func(t *testing.T, p *pc, net *fated, home string) (file, text string){
		"two saves, the second fails before it arrives": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			put(t, other, home+"a.txt", "alt")
			path := p.open(p.listed(home)["a.txt"])
			net.set(unheard, vanishes, vanishes)
			for i, text := range []string{"eins", "zwei"} {
				write(t, path, text)
				until(t, "an upload", long, func() bool { return net.left() < 3-i })
			}
			return "a.txt", "zwei"
		},
		"a save taken back": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			put(t, other, home+"a.txt", "alt")
			path := p.open(p.listed(home)["a.txt"])
			net.set(unheard, vanishes)
			write(t, path, "ein Versehen")
			until(t, "an upload", long, func() bool { return net.left() < 2 })
			write(t, path, "alt")
			return "a.txt", "alt"
		},
		"a new file beside a copy, saved again": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			put(t, other, home+"a.txt", "alt")
			path := filepath.Join(filepath.Dir(p.open(p.listed(home)["a.txt"])), "export.csv")
			net.set(unheard, vanishes)
			write(t, path, "eins")
			until(t, "an upload", long, func() bool { return net.left() < 2 })
			write(t, path, "eins und zwei")
			return "export.csv", "eins und zwei"
		},
		"a dropped file that is written anew": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			path := filepath.Join(t.TempDir(), "b.txt")
			net.set(unheard, vanishes)
			write(t, path, "eins")
			p.upload(home, nil, path)
			until(t, "an upload", long, func() bool { return net.left() < 2 })
			write(t, path, "eins und zwei")
			return "b.txt", "eins und zwei"
		},
		"a dropped file that is edited before its upload is known": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			net.set(unheard)
			path := filepath.Join(t.TempDir(), "b.txt")
			write(t, path, "eins")
			p.upload(home, nil, path)
			p.PauseAll() // as when its next turn comes after the edit's
			until(t, "paused", long, func() bool { return p.Transfers()[0].State == Paused })
			if net.left() == 1 { // paused before it began
				p.ResumeAll()
				until(t, "an upload", long, func() bool { return net.left() == 0 })
				p.PauseAll()
				until(t, "paused", long, func() bool { return p.Transfers()[0].State == Paused })
			}
			local := p.open(p.listed(home)["b.txt"])
			write(t, local, "zwei")
			until(t, "the edit", long, func() bool { text, _ := get(t, other, home+"b.txt"); return text == "zwei" })
			p.ResumeAll()
			return "b.txt", "zwei"
		},
		"a conflict copy": func(t *testing.T, p *pc, net *fated, home string) (string, string) {
			put(t, other, home+"a.txt", "alt")
			path := p.open(p.listed(home)["a.txt"])
			put(t, other, home+"a.txt", "von anderen")
			net.set(arrives, unheard, arrives, vanishes) // refused, then beside it, both twice
			write(t, path, "von mir")
			p.drain()
			until(t, "both tries", long, func() bool { p.drain(); return net.left() == 0 })
			if c, err := p.Conflicts(t.Context()); err != nil || len(c) != 1 {
				t.Fatal(c, err)
			} else if text, _ := get(t, other, c[0].Href); text != "von mir" {
				t.Fatalf("the conflict copy holds %q", text)
			} else if err := other.Delete(t.Context(), c[0].Href, ""); err != nil {
				t.Fatal(err)
			}
			return "a.txt", "von anderen"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{net: newNet(t, srv.Addr()), srv: srv}
			net := &fated{next: remote.NewTransport()}
			home := remote.Join("/dav/home/", t.Name()[len("TestLostAnswers/"):], true)
			if _, err := other.Mkcol(t.Context(), home); err != nil {
				t.Fatal(err)
			}
			p := w.quickPC(t, "lena.weber", srv.Token(t, "lena.weber"))
			p.stop()
			p.remote = remote.New(remote.Options{Base: w.base(), Token: srv.Token(t, "lena.weber"), Transport: net})
			t.Cleanup(p.remote.Close)
			p.start()
			p.isOnline()
			file, text := run(t, p, net, home)
			p.drain()
			if n := net.left(); n != 0 {
				t.Fatalf("%d answers were not lost", n)
			}
			got := tree(t, other, home)
			if want := remote.Join(home, file, false); got[want] != text {
				t.Errorf("%q, want %q", got[want], text)
			}
			delete(got, remote.Join(home, file, false))
			delete(got, home+"a.txt")
			for href, text := range got {
				t.Errorf("nobody made %s: %q", href, text)
			}
		})
	}
}
