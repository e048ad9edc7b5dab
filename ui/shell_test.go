package ui

import (
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

var school = wire.School{
	Product: wire.Product, Version: "0.1.0", Protocol: 1, Name: "Musterschule", Place: "Musterstadt",
	Imprint: "Musterschule\nSchulstraße 1\n12345 Musterstadt\n\nVertreten durch: Claudia Direktor\nTelefon 01234 56789\nsekretariat@musterschule.example",
}

var lena = wire.Session{
	ID: "s1", Person: wire.Person{ID: "p1", Login: "lena.weber", Given: "Lena", Family: "Weber", Role: wire.RoleStudent},
	Modules: []string{"files"},
}

// offline are the parts of a session whose server cannot be reached.
func offline(t *testing.T, w *uitest.Window) module.Deps {
	t.Helper()
	dir := t.TempDir()
	store, err := cache.Open(t.Context(), filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	client := remote.New(remote.Options{Base: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}})
	hub := &signal.Hub{}
	engine, err := files.New(t.Context(), files.Deps{Cache: store, Remote: client, Signal: hub, Dir: filepath.Join(dir, "copies"), Now: time.Now, Log: slog.New(slog.DiscardHandler), Who: "lena.weber", Host: "pc1"})
	if err != nil {
		t.Fatal(err)
	}
	d := module.Deps{
		Files: engine, Remote: client, Signal: hub, Session: lena, School: school, Version: "0.1.0", Settings: module.NewSettings(nil, nil),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Window: w, Do: w.Queue.Do, SignOut: func() {},
		OpenLocal: func(string) error { return nil }, RevealLocal: func(string) error { return nil },
		PickFolder: func(then func(string)) { then("") }, PickFiles: func(then func([]string)) { then(nil) },
	}
	d.Look = func(look theme.Settings) { d.Settings.SetLook(look); w.Look(look) }
	return d
}

// openShell shows the shell in a window.
func openShell(t *testing.T, size fyne.Size, look theme.Settings) (*Shell, *uitest.Window) {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.German) })
	w := uitest.Open(t, size, look)
	d := offline(t, w)
	var s *Shell
	d.Speak = func(code string) { lang.Use(code); s.Rebuild() }
	s = New(d, nil)
	t.Cleanup(s.Close)
	w.SetContent(s.Object())
	w.Resize(size)
	w.Queue.Drain()
	return s, w
}

func TestPictures(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"light-1280", uitest.Large, theme.Settings{Mode: theme.Light}, lang.German},
		{"light-800", uitest.Small, theme.Settings{Mode: theme.Light}, lang.German},
		{"dark-1280-en", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.English},
		{"contrast-1280", uitest.Large, theme.Settings{Mode: theme.Contrast}, lang.German},
		{"150-1280", uitest.Large, theme.Settings{Mode: theme.Light, Scale: 1.5}, lang.German},
		{"150-800", uitest.Small, theme.Settings{Mode: theme.Light, Scale: 1.5}, lang.German},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := openShell(t, c.size, c.look)
			s.d.Speak(c.code)
			s.Go(pageSettings)
			w.Picture("shell-settings-" + c.name)
			s.Go(pageAbout)
			w.Picture("shell-about-" + c.name)
			s.Go("files")
			s.toast(lang.T("shell.no_drop"), lang.T("shell.cancel"), nil)
			w.Picture("shell-toast-" + c.name)
			s.personMenu(s.side.person)
			w.Picture("shell-menu-" + c.name)
			w.Key(fyne.KeyEscape)
			s.showKeys()
			w.Picture("shell-keys-" + c.name)
			w.Key(fyne.KeyEscape)
			s.showPalette()
			w.Picture("shell-palette-" + c.name)
			w.Key(fyne.KeyEscape)
			if w.Canvas().Overlays().Top() != nil {
				t.Error("Esc left something open")
			}
		})
	}
}

func TestOnlyExistingModules(t *testing.T) {
	got := offered([]module.Info{{Name: "files"}, {Name: "messenger"}}, []string{"messenger", "unknown"})
	if len(got) != 1 || got[0].Name != "messenger" {
		t.Error(got)
	}
}

func TestKeysOfTheWindow(t *testing.T) {
	s, w := openShell(t, uitest.Large, theme.Settings{})
	s.Go(pageSettings)
	w.Press(fyne.Key1, fyne.KeyModifierShortcutDefault)
	if s.Current() != "files" {
		t.Error("Ctrl+1 shows", s.Current())
	}
	w.Canvas().Focus(s.side.filter)
	w.Press(fyne.KeyK, fyne.KeyModifierShortcutDefault)
	if !w.Sees("Gehe zu") {
		t.Fatal("Ctrl+K in a text field opens nothing:", w.Texts())
	}
	for _, r := range "einst" {
		w.Canvas().Focused().TypedRune(r)
	}
	w.Key(fyne.KeyReturn)
	if s.Current() != pageSettings {
		t.Error("the palette went to", s.Current())
	}
	w.Key(fyne.KeyF1)
	if !w.Sees("Im ganzen Fenster") {
		t.Error("F1 shows no keys:", w.Texts())
	}
	w.Key(fyne.KeyEscape)
	if w.Canvas().Overlays().Top() != nil {
		t.Error("Esc leaves the keys open")
	}
}

func TestFilterAndPin(t *testing.T) {
	s, w := openShell(t, uitest.Large, theme.Settings{})
	count := func() int {
		return len(uitest.All(w, func(n *kit.NavItem) bool { return n.Text() == "Dateien" }))
	}
	if count() != 2 {
		t.Fatalf("the module stands %d times in the side bar, wanted quick access and list: %q", count(), w.Texts())
	}
	s.side.pin("files", false)
	if count() != 1 || len(s.d.Settings.Pinned("files")) != 0 {
		t.Error("not unpinned")
	}
	w.Type(s.side.filter, "xyz")
	if count() != 0 || !w.Sees("Kein Modul passt") {
		t.Error("the filter shows", w.Texts())
	}
	w.Key(fyne.KeyEscape)
	if count() != 1 {
		t.Error("Esc does not empty the filter")
	}
}

func TestBadges(t *testing.T) {
	s, w := openShell(t, uitest.Large, theme.Settings{})
	s.badge("files", 120)
	for _, n := range uitest.All(w, func(n *kit.NavItem) bool { return n.Text() == "Dateien" }) {
		if n.Badge.Count() != 120 {
			t.Error("no badge")
		}
	}
	w.Picture("shell-badge")
}

func TestSwitchLanguage(t *testing.T) {
	s, w := openShell(t, uitest.Large, theme.Settings{})
	s.Go(pageSettings)
	w.Click("English")
	if !w.Sees("Quick access") || w.Sees("Schnellzugriff") || s.Current() != pageSettings {
		t.Error(w.Texts())
	}
	w.Click("Deutsch")
	if !w.Sees("Schnellzugriff") {
		t.Error(w.Texts())
	}
}

func TestDropOnAPageThatTakesNothing(t *testing.T) {
	s, w := openShell(t, uitest.Large, theme.Settings{})
	s.Go(pageAbout)
	s.Dropped(fyne.NewPos(600, 300), []fyne.URI{storage.NewFileURI("/tmp/a")})
	if !w.Sees("Hier kann nichts abgelegt werden") {
		t.Error(w.Texts())
	}
}

func TestSummary(t *testing.T) {
	up := files.Transfer{Dir: files.Up, State: files.Running, Done: 50, Total: 100}
	for _, c := range []struct {
		name    string
		online  bool
		list    []files.Transfer
		pending int
		want    string
		busy    bool
	}{
		{"nothing", true, nil, 0, "Online", false},
		{"offline", false, nil, 0, "Offline", false},
		{"one up", true, []files.Transfer{up}, 1, "Online  ·  1 Datei wird hochgeladen", true},
		{"done ones do not count", true, []files.Transfer{up, {Dir: files.Up, State: files.Done}}, 1, "Online  ·  1 Datei wird hochgeladen", true},
		{"both ways", true, []files.Transfer{up, up, {Dir: files.Down, State: files.Queued}}, 2, "Online  ·  2 Dateien werden hochgeladen  ·  1 Datei wird heruntergeladen", true},
		{"waiting", false, nil, 3, "Offline  ·  3 Dateien warten auf die Verbindung", false},
		{"failed", true, []files.Transfer{{Dir: files.Up, State: files.Broken}}, 1, "Online  ·  1 fehlgeschlagen", false},
		{"paused", true, []files.Transfer{{Dir: files.Up, State: files.Paused}}, 1, "Online  ·  1 Übertragung angehalten", false},
	} {
		s := summarize(c.online, c.list, c.pending)
		if got := s.words(); got != c.want || s.busy() != c.busy {
			t.Errorf("%s: %q busy %t, wanted %q", c.name, got, s.busy(), c.want)
		}
	}
}

func TestIdle(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	system, out := time.Duration(0), 0
	i := &Idle{
		Window: w, Do: w.Queue.Do, Now: func() time.Time { return now }, After: 15 * time.Minute, SignOut: func() { out++ },
		System: func() (time.Duration, bool) { return system, true },
	}
	i.Start()
	defer i.Stop()
	pass := func(d time.Duration) { now, system = now.Add(d), system+d; i.Check() }
	pass(14*time.Minute - time.Second)
	if w.Sees("Noch da?") {
		t.Fatal("warned too early")
	}
	pass(11 * time.Second)
	if !w.Sees("50 Sekunden") {
		t.Fatal("no warning:", w.Texts())
	}
	w.Picture("idle")
	system = 0 // the mouse moved
	i.Check()
	if w.Sees("Noch da?") || out != 0 {
		t.Fatal("the warning stays although somebody is there")
	}
	pass(14*time.Minute + 30*time.Second)
	w.Click("Angemeldet bleiben")
	system = 0
	i.Check()
	if w.Sees("Noch da?") {
		t.Error("the button does not count as somebody being there")
	}
	pass(14*time.Minute + 59*time.Second)
	if out != 0 {
		t.Error("signed out too early")
	}
	pass(2 * time.Second)
	pass(2 * time.Second)
	if out != 1 || w.Sees("Noch da?") {
		t.Error("signed out", out, "times")
	}
}

func TestMergeKeepsTheFirst(t *testing.T) {
	got := merge([]files.Entry{{Href: "/a", Name: "known"}}, []files.Entry{{Href: "/a", Name: "asked"}, {Href: "/b"}})
	if !slices.EqualFunc(got, []string{"known", ""}, func(e files.Entry, name string) bool { return e.Name == name }) {
		t.Error(got)
	}
}
