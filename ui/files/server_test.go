package files

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/module"
	"schulhof/ui/uitest"
)

// live is the page over the real engine and a real server.
type live struct {
	*desk
	server *servertest.Server
	lena   *servertest.Client
	engine *files.Files
}

func openLive(t *testing.T, login string) *live {
	t.Helper()
	srv := servertest.Start(t)
	l := &live{server: srv, lena: srv.Client(t, "lena.weber")}
	who := srv.Client(t, login)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: base, Token: who.Token})
	t.Cleanup(c.Close)
	dir := t.TempDir()
	store, err := cache.Open(t.Context(), filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	hub := &signal.Hub{}
	l.engine, err = files.New(t.Context(), files.Deps{Cache: store, Remote: c, Signal: hub, Dir: filepath.Join(dir, "copies"), Now: time.Now, Log: slog.New(slog.DiscardHandler), Who: login, Host: "pc"})
	if err != nil {
		t.Fatal(err)
	}
	l.engine.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		l.engine.Stop()
		store.Close()
	})
	d := &desk{Window: uitest.Open(t, uitest.Large, light()), status: container.NewStack()}
	d.page = newPage(module.Deps{
		Files: l.engine, Remote: c, Signal: hub, Do: d.Queue.Do, Window: d.Window.Window, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Settings: module.NewSettings(nil, nil), Status: d,
		Toast:       func(text, _ string, do func()) { d.toasts = append(d.toasts, text); d.undo = do },
		OpenLocal:   func(p string) error { d.opened = append(d.opened, p); return nil },
		RevealLocal: func(string) error { return nil },
		PickFolder:  func(then func(string)) { then(dir) }, PickFiles: func(then func([]string)) { then(d.pick) },
		Go: func(string, ...string) {}, Retitle: func() {},
	}, l.engine)
	d.page.table.held = func() mods { return mods{} }
	d.SetContent(container.NewBorder(nil, d.status, nil, nil, d.page.Object()))
	l.desk = d
	d.page.Shown()
	d.wait("the roots", func() bool { return d.page.m.Len() > 0 })
	return l
}

// lists waits until a name is listed, or is not.
func (l *live) lists(name string, yes bool) {
	l.T.Helper()
	l.wait(name, func() bool { return (l.page.m.Named(name) >= 0) == yes })
}

func TestPageOnARealServer(t *testing.T) {
	l := openLive(t, "lena.weber")
	if l.page.m.Named("Klasse 7b") < 0 || l.page.m.rows[0].Href != wire.DAVHome {
		t.Fatalf("the roots are %q", names(l.page.m))
	}
	l.goTo(wire.DAVHome)
	l.Press(fyne.KeyN, fyne.KeyModifierControl|fyne.KeyModifierShift)
	l.wait("the field", func() bool { return l.page.table.edit != nil })
	for _, r := range "Projekt" {
		l.Canvas().Focused().TypedRune(r)
	}
	l.Key(fyne.KeyReturn)
	l.lists("Projekt", true)
	l.wait("the word of it", func() bool { return l.said("Umbenannt in „Projekt“") })
	l.wait("its name on the server", func() bool {
		res, _ := l.lena.Do(t, "PROPFIND", wire.DAVHome+"Projekt/", "", "Depth", "0")
		return res.StatusCode == http.StatusMultiStatus
	})

	l.lists("Projekt", true)
	dir := t.TempDir()
	path := filepath.Join(dir, "Größe ü.txt")
	if err := os.WriteFile(path, []byte("Hallo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !l.page.Dropped(l.at("Projekt"), []string{path}) {
		t.Fatal("the drop was not taken")
	}
	l.wait("the upload", func() bool {
		res, body := l.lena.Do(t, http.MethodGet, wire.DAVHome+"Projekt/"+url.PathEscape("Größe ü.txt"), "")
		return res.StatusCode == http.StatusOK && body == "Hallo"
	})
	l.goTo(wire.DAVHome + "Projekt/")
	l.lists("Größe ü.txt", true)

	// The same name again asks; both are kept.
	if err := os.WriteFile(path, []byte("Hallo zusammen"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.page.Dropped(uitest.Place(l.page.table.scroll).AddXY(100, 300), []string{path})
	l.wait("the question", func() bool { return l.Sees("Der Name ist schon vergeben") })
	l.Click("Beide behalten")
	l.lists("Größe ü (2).txt", true)

	// A double click opens; a save goes up by itself.
	l.click("Größe ü (2).txt", desktop.MouseButtonPrimary, 0)
	l.Key(fyne.KeyReturn)
	l.wait("the local copy", func() bool { return len(l.opened) == 1 })
	if err := os.WriteFile(l.opened[0], []byte("geändert"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.wait("the save on the server", func() bool {
		_, body := l.lena.Do(t, http.MethodGet, wire.DAVHome+"Projekt/"+url.PathEscape("Größe ü (2).txt"), "")
		return body == "geändert"
	})

	// What somebody else does appears by itself.
	if res, _ := l.lena.Do(t, http.MethodPut, wire.DAVHome+"Projekt/Anderswo.txt", "x"); res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status)
	}
	began := time.Now()
	l.lists("Anderswo.txt", true)
	t.Logf("a change made elsewhere was there after %v", time.Since(began).Round(time.Millisecond))

	// Move by a drag to the crumb, and back.
	l.click("Anderswo.txt", desktop.MouseButtonPrimary, 0)
	l.drag("Anderswo.txt", uitest.Place(l.page.parts.bar.crumbs.parts[1]).AddXY(8, 8))
	l.letGo()
	l.lists("Anderswo.txt", false)
	l.wait("the toast", func() bool { return l.said("verschoben") })
	l.undo()
	l.lists("Anderswo.txt", true)

	// Delete.
	l.click("Anderswo.txt", desktop.MouseButtonPrimary, 0)
	l.page.table.Focus()
	l.Key(fyne.KeyDelete)
	l.Click("Löschen")
	l.lists("Anderswo.txt", false)
	l.Picture("files-live")
}

func TestSearchAndRightsOnARealServer(t *testing.T) {
	l := openLive(t, "lena.weber")
	for _, path := range []string{"Tief/", "Tief/Tiefer/"} {
		if res, _ := l.lena.Do(t, "MKCOL", wire.DAVHome+path, ""); res.StatusCode != http.StatusCreated {
			t.Fatal(path, res.Status)
		}
	}
	l.lena.Do(t, http.MethodPut, wire.DAVHome+"Tief/Tiefer/Nadel.txt", "x")
	l.goTo(wire.DAVHome)
	l.page.parts.bar.search.SetText("nadel")
	l.page.searchDeep("nadel")
	l.lists("Nadel.txt", true)
	if got := l.page.m.rows[0].where; got != "Tief › Tiefer" {
		t.Errorf("the hit lies in %q", got)
	}
	l.page.goWhere(l.page.m.rows[0].Entry)
	l.wait("the hit selected", func() bool { return strings.Join(chosen(l.page.m), "") == "Nadel.txt" })

	klasse := wire.DAVGroups + "7b/"
	for _, r := range l.page.roots {
		if strings.Contains(r.Name, "7b") {
			klasse = r.Href
		}
	}
	l.goTo(klasse)
	l.lists("Material", true)
	l.click("Material", desktop.MouseButtonPrimary, 0)
	l.page.remove(l.page.m.Selected())
	if !l.said("Löschen geht nicht") {
		t.Errorf("a fixed folder can be deleted: %q", l.toasts)
	}
	l.Picture("files-live-class")
	l.goTo(klasse + "Material/")
	l.wait("the listing", func() bool { return !l.page.listing.At.IsZero() })
	if l.page.canAdd() == "" {
		t.Error("a student may put things into the material")
	}
}

func TestServerGone(t *testing.T) {
	l := openLive(t, "lena.weber")
	l.lena.Do(t, http.MethodPut, wire.DAVHome+"Da.txt", "da")
	l.goTo(wire.DAVHome)
	l.lists("Da.txt", true)
	l.click("Da.txt", desktop.MouseButtonPrimary, 0)
	l.page.openRow(l.row("Da.txt"))
	l.wait("the local copy", func() bool { return len(l.opened) == 1 })
	l.server.Stop(t)
	l.wait("the banner", func() bool { return l.Sees("Keine Verbindung") })
	l.page.openRow(l.row("Da.txt"))
	l.wait("the cached copy", func() bool { return len(l.opened) == 2 })
	f, err := os.Open(l.opened[1])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != "da" {
		t.Errorf("offline it opens %q, %v", got, err)
	}
	l.server.Restart(t)
	l.engine.Reconnect()
	l.wait("the banner's end", func() bool { return !l.Sees("Keine Verbindung") })
	if len(uitest.All[*kit.Banner](l.Window, nil)) > 0 && l.Sees("Keine Verbindung") {
		t.Error("still offline")
	}
}
