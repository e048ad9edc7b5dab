package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"schulhof/sync/remote"
)

func TestChanges(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"a.txt", "aaa")
	put(t, other, home+"b.txt", "bbb")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	ctx := t.Context()
	l := p.listed(home)

	folder, err := p.NewFolder(ctx, home, "Neuer Ordner")
	if err != nil || !folder.Folder || folder.ID == "" || folder.Href != home+"Neuer%20Ordner/" {
		t.Fatal(folder, err)
	}
	if _, ok := p.known(home)["Neuer Ordner"]; !ok {
		t.Error("the new folder does not show at once")
	}
	if _, err := p.NewFolder(ctx, home, "Neuer Ordner"); !errors.Is(err, ErrTaken) {
		t.Error(err)
	}
	if _, err := p.NewFolder(ctx, home, "a/b"); !errors.Is(err, ErrName) {
		t.Error(err)
	}
	if _, err := p.Rename(ctx, l["a.txt"], "b.txt"); !errors.Is(err, ErrTaken) {
		t.Error(err)
	}
	// Renaming what is open: later saves follow.
	path := p.open(l["a.txt"])
	c, err := p.Rename(ctx, l["a.txt"], "Übersicht.txt")
	if err != nil || c.ID != l["a.txt"].ID || c.Local != Cached {
		t.Fatal(c, err)
	}
	write(t, path, "nach dem Umbenennen")
	p.drain()
	if problems, err := p.Move(ctx, []Entry{c, l["b.txt"]}, folder.Href); err != nil || len(problems) != 0 {
		t.Fatal(problems, err)
	}
	write(t, path, "nach dem Verschieben")
	p.drain()
	if problems, err := p.Copy(ctx, []Entry{p.listed(folder.Href)["b.txt"]}, folder.Href); err != nil || len(problems) != 0 {
		t.Fatal(problems, err)
	}
	if problems, err := p.Copy(ctx, []Entry{folder}, home); err != nil || len(problems) != 0 {
		t.Fatal(problems, err)
	}
	got := tree(t, other, home)
	for href, want := range map[string]string{
		remote.Join(folder.Href, "Übersicht.txt", false): "nach dem Verschieben",
		remote.Join(folder.Href, "b.txt", false):         "bbb",
		remote.Join(folder.Href, "b (2).txt", false):     "bbb",
		home + "Neuer%20Ordner%20%282%29/b.txt":          "bbb",
		home + "a.txt":                                   "",
		home + "b.txt":                                   "",
	} {
		if got[href] != want {
			t.Errorf("%s: %q, want %q", href, got[href], want)
		}
	}
	// What has unsent changes is not deleted.
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	write(t, path, "noch nicht oben")
	until(t, "edited", long, func() bool { return p.Pending() == 1 })
	if problems, err := p.Delete(ctx, []Entry{p.known(folder.Href)["Übersicht.txt"]}); err != nil || len(problems) != 1 || !errors.Is(problems[0].Err, ErrPending) {
		t.Error(problems, err)
	}
	if _, err := p.NewFolder(ctx, home, "Offline"); !errors.Is(err, remote.ErrOffline) {
		t.Error(err)
	}
	w.net.mend(t)
	p.Reconnect()
	p.drain()
	entry := p.listed(folder.Href)["b.txt"]
	put(t, other, entry.Href, "inzwischen anders")
	if problems, err := p.Delete(ctx, []Entry{entry}); err != nil || len(problems) != 1 || !remote.Precondition(problems[0].Err) {
		t.Errorf("what was changed meanwhile must not be deleted: %v %v", problems, err)
	}
	if problems, err := p.Delete(ctx, []Entry{p.listed(home)["Neuer Ordner"]}); err != nil || len(problems) != 0 {
		t.Error(problems, err)
	}
	if _, ok := p.known(home)["Neuer Ordner"]; ok {
		t.Error("still shown")
	}
}

func TestDownload(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	if _, err := other.Mkcol(t.Context(), home+"Mappe/"); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		put(t, other, fmt.Sprintf("%sMappe/%d.txt", home, i), fmt.Sprint("inhalt ", i))
	}
	put(t, other, home+"a.txt", "aaa")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	l := p.listed(home)
	to := t.TempDir()
	write(t, filepath.Join(to, "a.txt"), "meins")
	paths, err := p.Download(t.Context(), []Entry{l["Mappe"], l["a.txt"]}, to)
	if err != nil || len(paths) != 2 {
		t.Fatal(paths, err)
	}
	if read(t, filepath.Join(to, "a.txt")) != "meins" || read(t, filepath.Join(to, "a (2).txt")) != "aaa" || read(t, filepath.Join(to, "Mappe", "7.txt")) != "inhalt 7" {
		t.Fatal("contents")
	}
	if left, err := filepath.Glob(filepath.Join(to, "*", partPrefix+"*")); err != nil || len(left) != 0 {
		t.Fatal("left:", left, err)
	}
	copies, err := p.LocalCopies(t.Context(), []Entry{l["Mappe"], l["a.txt"]})
	if err != nil || len(copies) != 2 || filepath.Base(copies[0]) != "Mappe" || read(t, filepath.Join(copies[0], "3.txt")) != "inhalt 3" {
		t.Fatal(copies, err)
	}
	// A connection that breaks in the middle goes on where it was.
	data := big(t, filepath.Join(t.TempDir(), "x"), 6<<20)
	put(t, other, home+"gross.bin", string(data))
	e := p.listed(home)["gross.bin"]
	done := make(chan error, 1)
	go func() {
		_, err := p.Open(t.Context(), e)
		done <- err
	}()
	until(t, "under way", long, func() bool {
		for _, tr := range p.Transfers() {
			if tr.Name == "gross.bin" && tr.Done > 0 {
				return true
			}
		}
		return false
	})
	w.net.cut()
	w.net.mend(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if path := p.open(e); read(t, path) != string(data) {
		t.Fatal("the content arrived damaged")
	}
}

func TestEvict(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	paths := map[string]string{}
	for _, name := range []string{"1.txt", "2.txt", "3.txt", "4.txt"} {
		put(t, other, home+name, "zehn bytes")
		paths[name] = p.open(p.listed(home)[name])
	}
	w.net.cut()
	until(t, "offline", long, func() bool { return !p.Online() })
	p.stop()
	write(t, paths["1.txt"], "geändert, während das Programm nicht lief")
	p.start()
	until(t, "the save is found", long, func() bool { return p.Pending() == 1 })
	p.evict(t.Context(), 20)
	for name, want := range map[string]bool{"1.txt": true, "2.txt": false, "3.txt": true, "4.txt": true} {
		if _, err := os.Stat(paths[name]); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l := p.known(home); l["1.txt"].Local != Edited || l["2.txt"].Local != None || l["3.txt"].Local != Cached {
		t.Errorf("%+v", l)
	}
	w.net.mend(t)
	p.Reconnect()
	p.drain()
	if again := p.open(p.listed(home)["2.txt"]); read(t, again) != "zehn bytes" {
		t.Error("not brought again")
	}
}

func TestWipe(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	put(t, other, home+"geheim.txt", "sehr geheim")
	p := w.pc(t, "lena.weber")
	p.isOnline()
	path := p.open(p.listed(home)["geheim.txt"])
	write(t, path, "noch geheimer")
	p.drain()
	if text, _ := get(t, other, home+"geheim.txt"); text != "noch geheimer" {
		t.Fatal("not sent before the wipe")
	}
	p.Stop()
	if err := p.Wipe(); err != nil {
		t.Fatal(err)
	}
	p.Files = nil
	left, err := os.ReadDir(p.dir)
	if err != nil || len(left) != 0 {
		t.Fatalf("left: %v, %v", left, err)
	}
	if err := WipeDir(filepath.Join(p.dir, "copies")); err != nil {
		t.Fatal("twice:", err)
	}
}

// TestStrangerSurvivesAFullDisk: a file beside a copy that could not be noted is
// found again and goes up.
func TestStrangerSurvivesAFullDisk(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if _, err := w.client(t, "lena.weber").Put(ctx, home+"a.txt", strings.NewReader("a"), 1, remote.PutOptions{IfNoneMatch: true}); err != nil {
		t.Fatal(err)
	}
	p := w.pc(t, "lena.weber")
	path, err := p.Open(ctx, Entry{Name: "a.txt", Href: home + "a.txt"})
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	var beside *localCopy
	for _, c := range p.copies {
		beside = c
	}
	dir := beside.Dir
	p.mu.Unlock()
	p.looking.Lock()
	export := filepath.Join(filepath.Dir(path), "a.pdf")
	if err := os.WriteFile(export, []byte("export"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(export)
	if err != nil {
		t.Fatal(err)
	}
	full, cancel := context.WithCancel(ctx)
	cancel() // no write of the cache succeeds under it
	if err := p.adopt(full, dir, "a.pdf", info, beside); err == nil {
		t.Error("noted, although nothing could be written")
	}
	if p.Files.known(dir, "a.pdf") {
		t.Error("known, although it is nowhere noted: nobody would look at it again")
	}
	p.looking.Unlock()
	if err := p.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "the export is on the server", long, func() bool {
		e, err := w.client(t, "lena.weber").Stat(ctx, home+"a.pdf")
		return err == nil && e.Size == 6
	})
}
