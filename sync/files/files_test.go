package files

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"schulhof/sync/remote"
)

func TestListing(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	p.isOnline()

	put(t, other, home+"Aufsatz.txt", "eins")
	if l, err := p.Folder(t.Context(), home+"Nirgends/"); err != nil || !l.At.IsZero() || len(l.Entries) != 0 {
		t.Fatalf("never listed: %+v, %v", l, err)
	}
	e := p.listed(home)["Aufsatz.txt"]
	if e.Size != 4 || e.ID == "" || e.ETag == "" || e.SHA256 == "" || e.Href != home+"Aufsatz.txt" || e.Local != None {
		t.Fatalf("%+v", e)
	}
	defer p.Watch(home)()
	fresh := func(what string, ok func(map[string]Entry) bool) {
		t.Helper()
		until(t, what, bound(t, time.Second), func() bool { return ok(p.known(home)) })
	}
	put(t, other, home+"Neu.txt", "zwei")
	fresh("a new file", func(l map[string]Entry) bool { return l["Neu.txt"].Size == 4 })
	put(t, other, home+"Neu.txt", "zweimal")
	fresh("a changed file", func(l map[string]Entry) bool { return l["Neu.txt"].Size == 7 })
	if err := other.Move(t.Context(), home+"Neu.txt", home+"Alt.txt", false); err != nil {
		t.Fatal(err)
	}
	fresh("a renamed file", func(l map[string]Entry) bool { return l["Neu.txt"].Href == "" && l["Alt.txt"].Size == 7 })
	if err := other.Delete(t.Context(), home+"Alt.txt", ""); err != nil {
		t.Fatal(err)
	}
	fresh("a deleted file", func(l map[string]Entry) bool { return l["Alt.txt"].Href == "" })

	p.Refresh(home + "Nirgends/")
	until(t, "an error for a folder that is not there", long, func() bool {
		l, err := p.Folder(t.Context(), home+"Nirgends/")
		return err == nil && remote.Status(l.Err) == 404
	})
	found, err := p.Search(t.Context(), home, "AUFS")
	if err != nil || len(found) != 1 || found[0].Name != "Aufsatz.txt" {
		t.Fatal(found, err)
	}
	if found, err = p.Search(t.Context(), home, "%"); err != nil || len(found) != 0 {
		t.Fatal("a wildcard is a character like others:", found, err)
	}
}

func TestOfflineFromTheCache(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"A.txt", "aaa")
	put(t, other, home+"B.txt", "bbb")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	path := p.open(p.listed(home)["A.txt"])
	if read(t, path) != "aaa" {
		t.Fatal("content")
	}
	if got := p.known(home)["A.txt"].Local; got != Cached {
		t.Fatalf("state %q", got)
	}
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	p.stop()
	p.start()
	known := p.known(home)
	if len(known) < 2 || known["A.txt"].Local != Cached {
		t.Fatalf("%+v", known)
	}
	if again := p.open(known["A.txt"]); again != path || read(t, again) != "aaa" {
		t.Fatalf("%s", again)
	}
	if _, err := p.Open(t.Context(), known["B.txt"]); !errors.Is(err, remote.ErrOffline) {
		t.Fatalf("err = %v", err)
	}
	put(t, other, home+"A.txt", "aaaa")
	w.net.mend(t)
	p.Reconnect()
	p.isOnline()
	if again := p.open(p.listed(home)["A.txt"]); again != path || read(t, again) != "aaaa" {
		t.Fatal("the new content was not fetched")
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
}

func TestSavesGoUp(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"Aufsatz.txt", "eins")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	path := p.open(p.listed(home)["Aufsatz.txt"])
	dir := filepath.Dir(path)

	// In place, with what a program leaves beside it for a while.
	write(t, filepath.Join(dir, ".~lock.Aufsatz.txt#"), "lena")
	write(t, filepath.Join(dir, "~$fsatz.txt"), "lena")
	write(t, path, "zwei")
	until(t, "a save in place", long, func() bool { text, _ := get(t, other, home+"Aufsatz.txt"); return text == "zwei" })
	// By another file that takes its name.
	write(t, filepath.Join(dir, "lu123.tmp"), "dreidrei")
	if err := os.Rename(filepath.Join(dir, "lu123.tmp"), path); err != nil {
		t.Fatal(err)
	}
	until(t, "a save by rename", long, func() bool { text, _ := get(t, other, home+"Aufsatz.txt"); return text == "dreidrei" })
	// Under a new name in the same place.
	write(t, filepath.Join(dir, "Aufsatz.pdf"), "%PDF-1.7")
	until(t, "an export", long, func() bool { text, _ := get(t, other, home+"Aufsatz.pdf"); return text == "%PDF-1.7" })
	p.drain()
	if got := tree(t, other, home); len(got) < 2 || hasPassing(got) {
		t.Fatalf("%v", got)
	}
	l := p.listed(home)
	if l["Aufsatz.txt"].Local != Cached || l["Aufsatz.pdf"].Local != Cached {
		t.Fatalf("%+v", l)
	}
	// A touch is no edit.
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	before := len(p.Transfers())
	p.drain()
	if after := len(p.Transfers()); after != before {
		t.Fatal("a file was sent that nobody changed")
	}
}

func hasPassing(all map[string]string) bool {
	for href := range all {
		if passing(remote.Base(href)) {
			return true
		}
	}
	return false
}

func TestConflict(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"Plan.txt", "alt")
	a, b := w.pc(t, "lena.weber"), w.pc(t, "lena.weber")
	a.isOnline()
	b.isOnline()
	pa, pb := a.open(a.listed(home)["Plan.txt"]), b.open(b.listed(home)["Plan.txt"])
	write(t, pa, "von A")
	a.drain()
	write(t, pb, "von B!")
	b.drain()
	all := tree(t, other, home)
	if all[home+"Plan.txt"] != "von A" {
		t.Fatalf("the first save is gone: %v", all)
	}
	var copyHref string
	for href, text := range all {
		if text == "von B!" {
			copyHref = href
		}
	}
	name := remote.Base(copyHref)
	if !strings.HasPrefix(name, "Plan (Konflikt lena.weber@pc 20") || !strings.HasSuffix(name, ").txt") {
		t.Fatalf("conflict copy %q in %v", name, all)
	}
	l := b.listed(home)
	if l[name].Local != Conflict || l["Plan.txt"].Local != None {
		t.Fatalf("%q: %+v", l["Plan.txt"].Local, l[name])
	}
	if read(t, pb) != "von B!" {
		t.Fatal("the local bytes are gone")
	}
	// The open program goes on saving: into the conflict copy.
	write(t, pb, "von B, noch mehr")
	b.drain()
	if got, _ := get(t, other, copyHref); got != "von B, noch mehr" {
		t.Fatalf("got %q", got)
	}
	if got, _ := get(t, other, home+"Plan.txt"); got != "von A" {
		t.Fatalf("got %q", got)
	}
	if path := b.open(b.listed(home)["Plan.txt"]); path == pb || read(t, path) != "von A" {
		t.Fatalf("opening the other's file gives %s", path)
	}
	list, err := b.Conflicts(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != name {
		t.Fatal(list, err)
	}
	if err := b.Settle(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	if list, err = b.Conflicts(t.Context()); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	if state := b.known(home)[name].Local; state != Cached {
		t.Fatalf("state %q", state)
	}
	// A conflict copy that is deleted is settled.
	if err := b.change(t.Context(), b.copies[1], func(c *localCopy) { c.Conflict = true }); err != nil {
		t.Fatal(err)
	}
	if problems, err := b.Delete(t.Context(), []Entry{b.listed(home)[name]}); err != nil || len(problems) != 0 {
		t.Fatal(problems, err)
	}
	if list, err = b.Conflicts(t.Context()); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	// Both save the same: no conflict.
	write(t, pa, "gleich")
	a.drain()
	pb = b.open(b.known(home)["Plan.txt"])
	write(t, pb, "gleich")
	b.drain()
	if all := tree(t, other, home); countPrefix(all, home+"Plan") != 1 {
		t.Fatalf("%v", all)
	}
}

func countPrefix(all map[string]string, prefix string) int {
	n := 0
	for href := range all {
		if strings.HasPrefix(href, prefix) {
			n++
		}
	}
	return n
}

func TestEditBeatsDelete(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	if _, err := other.Mkcol(t.Context(), home+"Mappe/"); err != nil {
		t.Fatal(err)
	}
	put(t, other, home+"Mappe/a.txt", "alt")
	put(t, other, home+"b.txt", "alt")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	pa := p.open(p.listed(home + "Mappe/")["a.txt"])
	pb := p.open(p.listed(home)["b.txt"])
	if err := other.Delete(t.Context(), home+"Mappe/", ""); err != nil {
		t.Fatal(err)
	}
	if err := other.Move(t.Context(), home+"b.txt", home+"c.txt", false); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.listed(home)["c.txt"]; !ok {
		t.Fatal("not moved")
	}
	write(t, pa, "neu a")
	write(t, pb, "neu b")
	p.drain()
	all := tree(t, other, home)
	if all[home+"Mappe/a.txt"] != "neu a" {
		t.Fatalf("the edit is gone: %v", all)
	}
	if _, twice := all[home+"b.txt"]; twice || all[home+"c.txt"] != "neu b" {
		t.Fatalf("the edit does not follow the move: %v", all)
	}
}

func TestEditsSurviveARestart(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"a.txt", "alt")
	put(t, other, home+"b.txt", "alt")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	l := p.listed(home)
	pa, pb := p.open(l["a.txt"]), p.open(l["b.txt"])
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	write(t, pa, "offline geschrieben")
	until(t, "edited", long, func() bool { return p.known(home)["a.txt"].Local == Edited })
	if p.Pending() != 1 {
		t.Fatalf("pending %d", p.Pending())
	}
	p.stop()
	write(t, pb, "ohne Programm geschrieben") // while the program does not run
	p.start()
	until(t, "found after the start", long, func() bool { return p.Pending() == 2 })
	if _, ok := get(t, other, home+"a.txt"); !ok {
		t.Fatal("gone")
	}
	w.net.mend(t)
	p.Reconnect()
	p.drain()
	all := tree(t, other, home)
	if all[home+"a.txt"] != "offline geschrieben" || all[home+"b.txt"] != "ohne Programm geschrieben" {
		t.Fatalf("%v", all)
	}
}
