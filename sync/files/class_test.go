package files

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// TestAClassSignsIn is eight o'clock in the computer room: 30 students sign in
// within a second, and each lists the class folder and opens three files.
func TestAClassSignsIn(t *testing.T) {
	srv := servertest.Start(t, servertest.Full(), servertest.RealPasswords())
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	var logins []string
	err = srv.DB.Select(t.Context(), &logins, `SELECT p.login FROM person p
		JOIN member m ON m.person_id = p.id JOIN grp g ON g.id = m.grp_id
		WHERE g.slug = $1 AND p.role = $2 AND p.must_change = 0 ORDER BY p.login`, "klasse-7b", "student")
	if err != nil || len(logins) < 29 {
		t.Fatalf("%d students: %v", len(logins), err)
	}
	teacher := remote.New(remote.Options{Base: base})
	if _, err := teacher.SignIn(t.Context(), wire.SignIn{Login: "anna.schmidt", Password: servertest.Password, Device: "test"}); err != nil {
		t.Fatal(err)
	}
	const folder = "/dav/groups/klasse-7b/Material/Heute/"
	if _, err := teacher.Mkcol(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		put(t, teacher, fmt.Sprintf("%sBlatt%d.txt", folder, i), fmt.Sprintf("Aufgabe %d", i))
	}
	if len(logins) == 29 { // the one who has never signed in
		logins = append(logins, "anna.schmidt")
	}

	// Tests run beside others: one quiet morning of three is enough.
	for range 3 {
		if slowest := classMorning(t, base, logins, folder); slowest <= bound(t, 3*time.Second) || t.Failed() {
			return
		}
	}
	t.Error("the slowest took more than three seconds each time")
}

// classMorning lets all sign in and returns how long the slowest took.
func classMorning(t *testing.T, base *url.URL, logins []string, folder string) time.Duration {
	t.Helper()
	took := make([]time.Duration, len(logins))
	failed := make([]error, len(logins))
	var wg sync.WaitGroup
	for i, login := range logins {
		dir := t.TempDir()
		wg.Go(func() {
			time.Sleep(time.Duration(i) * time.Second / time.Duration(len(logins)))
			began := time.Now()
			failed[i] = morning(t, base, login, folder, dir)
			took[i] = time.Since(began)
		})
	}
	wg.Wait()
	for i, err := range failed {
		if err != nil {
			t.Errorf("%s: %v", logins[i], err)
		}
	}
	slices.Sort(took)
	slowest := took[len(took)-1]
	t.Logf("%d clients: median %v, slowest %v", len(took), took[len(took)/2].Round(time.Millisecond), slowest.Round(time.Millisecond))
	return slowest
}

// morning is what one client does: the real one, without its window.
func morning(t *testing.T, base *url.URL, login, folder, dir string) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := remote.New(remote.Options{Base: base})
	defer client.Close()
	session, err := client.SignIn(ctx, wire.SignIn{Login: login, Password: servertest.Password, Device: "PC", Shared: true})
	if err != nil {
		return err
	}
	store, err := cache.Open(ctx, filepath.Join(dir, "cache.db"))
	if err != nil {
		return err
	}
	hub := &signal.Hub{}
	f, err := New(ctx, Deps{
		Cache: store, Remote: client, Signal: hub, Dir: filepath.Join(dir, "copies"), Now: time.Now,
		Who: session.Person.Login, Host: "pc",
	})
	if err != nil {
		return err
	}
	defer func() {
		f.Stop()
		if err := f.Wipe(); err != nil {
			t.Error(err)
		}
	}()
	fresh := make(chan struct{}, 1)
	defer hub.On(signal.Folder(folder), func() { poke(fresh) })()
	defer f.Watch(folder)()
	f.Start(ctx)
	f.Refresh(folder)
	for {
		l, err := f.Folder(ctx, folder)
		if err != nil {
			return err
		}
		if len(l.Entries) == 3 {
			for _, e := range l.Entries {
				path, err := f.Open(ctx, e)
				if err != nil {
					return err
				}
				if text, err := os.ReadFile(path); err != nil || len(text) != len("Aufgabe 0") {
					return fmt.Errorf("%s: %q, %w", e.Name, text, err)
				}
			}
			return nil
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			return fmt.Errorf("%d entries, %w: %w", len(l.Entries), ctx.Err(), l.Err)
		}
	}
}

// TestAnEventForAClass holds that a change in a class folder costs each of its
// watchers one small answer, not a listing.
func TestAnEventForAClass(t *testing.T) {
	w := newWorld(t)
	other := w.client(t, "lena.weber")
	for i := range 40 {
		put(t, other, fmt.Sprintf("%salt%02d.txt", home, i), "x")
	}
	p := w.pc(t, "lena.weber")
	p.isOnline()
	p.listed(home)
	p.listed(home) // what came in between is seen by now
	row := func() (r folderRow) {
		t.Helper()
		err := p.cache.Read(t.Context(), func(c cache.Reader) (err error) { r, err = folderOf(t.Context(), c, home); return err })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := row()
	if before.Token == "" {
		t.Fatal("the server gives no sync token: each change would cost a listing")
	}
	defer p.Watch(home)()
	put(t, other, home+"neu.txt", "neu")
	until(t, "the new file", bound(t, time.Second), func() bool { return p.known(home)["neu.txt"].Size == 3 })
	after := row()
	if after.Listed != before.Listed {
		t.Error("the folder was listed in full")
	}
	if after.Token == before.Token {
		t.Error("the token did not move on")
	}
	if n := len(p.known(home)); n != 41 {
		t.Errorf("%d entries", n)
	}
	// A token that the server cannot use any more means: list again, lose nothing.
	err := p.cache.Write(t.Context(), func(tx cache.Tx) error {
		r := row()
		r.Token = "https://schulhof.org/ns/sync/other/1"
		return putFolder(t.Context(), tx, home, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	if l := p.listed(home); len(l) != 41 || row().Listed == before.Listed {
		t.Errorf("%d entries", len(l))
	}
}
