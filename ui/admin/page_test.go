package admin

import (
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// desk is the page in a window.
type desk struct {
	*uitest.Window
	page   *Page
	hub    *signal.Hub
	toasts []string
	opened []string
	pick   []string
	dir    string
}

var boss = wire.Session{Person: wire.Person{ID: "a", Login: "admin", Family: "Administrator", Role: wire.RoleStaff}, Admin: true}

func open(t *testing.T, at, token string, s wire.Session, size fyne.Size, look theme.Settings) *desk {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.German) })
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: base, Token: token})
	t.Cleanup(c.Close)
	d := &desk{Window: uitest.Open(t, size, look), dir: t.TempDir(), hub: &signal.Hub{}}
	now := func() time.Time { return noon }
	if token != "" {
		now = time.Now
	}
	d.page, _ = New(module.Deps{
		Remote: c, Signal: d.hub, Session: s, School: wire.School{Name: "Musterschule"}, Do: d.Queue.Do, Window: d.Window.Window, Now: now, Log: slog.New(slog.DiscardHandler),
		Settings: module.NewSettings(nil, nil), Toast: func(text, _ string, _ func()) { d.toasts = append(d.toasts, text) },
		PickFolder: func(then func(string)) { then(d.dir) }, PickFiles: func(then func([]string)) { then(d.pick) },
		OpenLocal: func(p string) error { d.opened = append(d.opened, p); return nil }, RevealLocal: func(string) error { return nil },
	}).(*Page)
	d.SetContent(container.NewStack(kit.NewGround(ftheme.ColorNameBackground), d.page.Object()))
	d.Resize(size)
	d.page.Shown()
	return d
}

// at is the page over a fake school that lets one administrate.
func at(t *testing.T, f *fake, size fyne.Size, look theme.Settings) *desk {
	t.Helper()
	f.open = true
	d := open(t, f.start(t), "", boss, size, look)
	d.Queue.Wait(t, "the people", func() bool { return d.people().list.known })
	return d
}

func (d *desk) people() *peopleTab { t, _ := d.page.tabs["people"].(*peopleTab); return t }

func (d *desk) wait(text string) {
	d.T.Helper()
	d.Queue.Wait(d.T, text, func() bool { return d.Sees(text) })
}

func (d *desk) shut() {
	d.T.Helper()
	d.Queue.Wait(d.T, "the end of the dialog", func() bool { return d.Canvas().Overlays().Top() == nil })
}

func (d *desk) typeAt(label, text string) {
	d.T.Helper()
	e := d.Field(label).Entry
	e.SetText("")
	d.Type(e, text)
}

func (d *desk) toasted(text string) {
	d.T.Helper()
	d.Queue.Wait(d.T, text, func() bool {
		return slices.ContainsFunc(d.toasts, func(s string) bool { return strings.Contains(s, text) })
	})
}

func (d *desk) choose(i int) {
	d.T.Helper()
	d.people().rows.Select(i)
	id := d.people().list.found[i].ID
	d.Queue.Wait(d.T, "the person", func() bool {
		return d.people().detail != nil && d.people().detail.ID == id && d.people().detail.ImportID != ""
	})
}

// menu taps an entry of the open menu.
func (d *desk) menu(label string) {
	d.T.Helper()
	all := uitest.All(d.Window, func(w interface {
		fyne.CanvasObject
		fyne.Tappable
		fyne.Widget
	},
	) bool {
		if _, button := w.(*kit.Button); button {
			return false
		}
		found := false
		uitest.Walk(w, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
			if t, ok := textOf(o); ok && t == label {
				found = true
			}
		})
		return found
	})
	if len(all) == 0 {
		d.T.Fatalf("the menu has no %s", label)
	}
	all[len(all)-1].Tapped(&fyne.PointEvent{})
	d.Queue.Drain()
}

func TestPasswordIsAskedForAgain(t *testing.T) {
	f := newFake(20)
	d := open(t, f.start(t), "", boss, uitest.Large, theme.Settings{})
	d.wait("Passwort bestätigen")
	d.Click("Abbrechen")
	d.wait("Die Verwaltung ist geschützt")
	d.Picture("admin-protected")
	d.Click("Verwalten")
	d.wait("Passwort bestätigen")
	d.typeAt("Passwort", "falsch")
	d.Key(fyne.KeyReturn)
	d.wait("Das Passwort ist falsch.")
	d.typeAt("Passwort", "richtig")
	d.Key(fyne.KeyReturn)
	d.wait("Code aus der App")
	d.Picture("admin-confirm")
	d.typeAt("Code aus der App", "123456")
	d.Key(fyne.KeyReturn)
	d.wait("20 Personen")
	d.shut()
	// The ten minutes end while a form is open: it asks, and then sends by itself.
	d.choose(0)
	f.mu.Lock()
	f.open = false
	f.mu.Unlock()
	d.Click("Sperren …")
	d.typeAt("Grund", "Test")
	d.Click("Sperren")
	d.wait("Passwort bestätigen")
	d.typeAt("Passwort", "richtig")
	d.Key(fyne.KeyReturn)
	d.wait("Code aus der App")
	d.typeAt("Code aus der App", "123456")
	d.Key(fyne.KeyReturn)
	d.wait("Gesperrt bis auf Weiteres. Grund: Test")
	d.shut()
}

func TestFourThousandPeople(t *testing.T) {
	f := newFake(4000)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.wait("4.000 Personen")
	if got := len(d.people().list.found); got > 400 {
		t.Errorf("%d people were fetched at once", got)
	}
	d.Picture("admin-people-4000")
	began := time.Now()
	d.people().rows.ScrollToBottom()
	d.Queue.Wait(t, "the last person", func() bool { return len(d.people().list.found) == 4000 })
	t.Log("to the end in", time.Since(began))
	d.Picture("admin-people-end")
	// A step of the wheel draws the rows in sight alone.
	began = time.Now()
	for i := range 100 {
		d.people().rows.ScrollToOffset(float32(i * 500))
	}
	each := time.Since(began) / 100
	t.Log("a step of scrolling takes", each)
	if each > 400*time.Millisecond { // a hundredth of it would be enough, but not on a busy machine
		t.Errorf("a step of scrolling takes %v", each)
	}
	d.people().field.SetText("hohenstein")
	d.Queue.Wait(t, "the search", func() bool { return d.people().list.total == 1 })
	d.choose(0)
	d.Picture("admin-person-long")
	d.people().field.SetText("gibtesnicht")
	d.wait("Nichts gefunden")
	d.Picture("admin-nothing")
	d.people().field.SetText("")
	d.Queue.Wait(t, "all", func() bool { return d.people().list.total == 4000 })
	d.people().state.SetSelectedIndex(3)
	d.Queue.Wait(t, "the locked", func() bool { return d.people().list.total == 1 })
}

func TestResetAndSlip(t *testing.T) {
	d := at(t, newFake(20), uitest.Large, theme.Settings{})
	d.choose(0)
	d.Click("Passwort zurücksetzen …")
	d.Click("Zurücksetzen")
	d.wait("K7QM-2XPA-9TRW")
	d.Picture("admin-reset")
	d.Click("Code kopieren")
	if got := fyne.CurrentApp().Clipboard().Content(); got != "K7QM-2XPA-9TRW" {
		t.Errorf("%q", got)
	}
	d.Click("Zettel drucken …")
	d.Queue.Wait(t, "the slip", func() bool { return len(d.opened) == 1 })
	if text, err := os.ReadFile(d.opened[0]); err != nil || !strings.HasPrefix(string(text), "%PDF") {
		t.Error(err, d.opened)
	}
	d.Click("Schließen")
}

func TestLockLeaveReturn(t *testing.T) {
	f := newFake(20)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.choose(0)
	d.Click("Sperren …")
	d.typeAt("Bis einschließlich", "31.02.2027")
	d.Click("Sperren")
	if d.Field("Bis einschließlich").Wrong() == "" {
		t.Error("the 31st of February is taken")
	}
	d.Picture("admin-lock")
	d.typeAt("Bis einschließlich", "24.12.2026")
	d.Click("Nur lesen")
	d.Click("Sperren")
	d.wait("Darf nur lesen bis Do 24.12.2026, 23:59")
	d.Click("Freigeben …")
	d.Click("Freigeben")
	d.wait("Sperren …")
	d.shut()
	d.Click("Mehr …")
	d.Picture("admin-menu")
	d.menu("Abgang …")
	d.wait("verlässt die Schule")
	d.Click("Abgang")
	d.wait("Abgegangen.")
	d.shut()
	d.Click("Abgang rückgängig …")
	d.Click("Abgang rückgängig")
	d.wait("Sperren …")
	d.shut()
	d.Click("Mehr …")
	d.menu("Rechte …")
	d.wait("Zusätzlich zur Rolle")
	uitest.One(d.Window, "Schulleitung", func(c *widget.Check) bool { return c.Text == "Schulleitung" }).SetChecked(true)
	d.Click("Speichern")
	d.wait("Schulleitung · 5a")
	d.shut()
	d.Click("Mehr …")
	d.menu("Bearbeiten …")
	d.wait("Geburtsdatum")
	d.Picture("admin-edit")
	d.typeAt("Nachname", "Neumann")
	d.Click("Speichern")
	d.wait("Neumann")
	d.shut()
}

func TestNewPersonAndMerge(t *testing.T) {
	f := newFake(20)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Neue Person")
	d.Click("Person anlegen")
	if d.Field("Nachname").Wrong() == "" {
		t.Error("a person without a name is sent")
	}
	d.typeAt("Vorname", "Neu")
	d.typeAt("Nachname", "Hier")
	d.Click("Person anlegen")
	d.wait("AAAA-BBBB-CCCC")
	d.Click("Schließen")
	d.shut()
	d.Queue.Wait(t, "the list", func() bool { return d.people().list.total == 21 })
	d.choose(2)
	if d.people().detail.Role != wire.RoleGuardian {
		t.Fatal(d.people().detail.Role)
	}
	d.Click("Mehr …")
	d.menu("Zusammenführen …")
	list := uitest.One[*rows](d.Window, "the found", nil)
	d.Queue.Wait(t, "the found", func() bool { return list.Length() > 0 })
	d.Picture("admin-pick")
	list.Select(0)
	d.wait("Das lässt sich nicht rückgängig machen")
	d.Click("Endgültig zusammenführen")
	d.shut()
	if !f.called("POST /api/v1/people/merge") {
		t.Error(f.calls)
	}
}

func TestGroups(t *testing.T) {
	f := newFake(60)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Gruppen")
	d.wait("Klasse 7b")
	groups, _ := d.page.tabs["groups"].(*groupsTab)
	groups.rows.Select(0)
	d.wait("1 registriert, 1 eingeladen, 1 nicht erreicht")
	d.Picture("admin-groups")
	d.Click("Elternbriefe drucken …")
	d.wait("Jeder Brief enthält")
	d.Picture("admin-letters")
	d.Click("Briefe erstellen und speichern")
	d.Queue.Wait(t, "the letters", func() bool { return len(d.opened) == 1 })
	if filepath.Base(d.opened[0]) != "Elternbriefe Klasse 7b.pdf" {
		t.Error(d.opened)
	}
	d.Click("Erste Passwörter erneuern …")
	d.Click("Erneuern")
	d.wait("2 neue Zugangscodes")
	d.Click("Zettel drucken …")
	d.Queue.Wait(t, "the slips", func() bool { return len(d.opened) == 2 })
	d.Click("Schließen")
	d.Click("Mitglied hinzufügen …")
	list := uitest.One[*rows](d.Window, "the found", nil)
	d.Queue.Wait(t, "the found", func() bool { return list.Length() > 0 })
	list.Select(3)
	d.Queue.Wait(t, "the member", func() bool { return f.called("PUT /api/v1/groups/g1/members/p3") })
	d.Click("Neue Gruppe …")
	d.typeAt("Name der Gruppe", "Chor")
	d.Click("Gruppe anlegen")
	d.Queue.Wait(t, "the group", func() bool { g := groups.group(); return g != nil && g.Name == "Chor" })
}

func TestClassLead(t *testing.T) {
	f := newFake(30)
	f.own = true
	s := wire.Session{Person: wire.Person{ID: "t", Given: "Anna", Family: "Schmidt", Role: wire.RoleTeacher}}
	d := open(t, f.start(t), "", s, uitest.Large, theme.Settings{})
	d.wait("30 Personen")
	for _, not := range []string{"Import", "Protokoll", "Nutzungsordnung", "Einstellungen", "Neue Person"} {
		if d.Sees(not) {
			t.Errorf("a class lead sees %s", not)
		}
	}
	d.choose(0)
	if d.Sees("Sperren …") || !d.Sees("Passwort zurücksetzen …") {
		t.Errorf("%q", d.Texts())
	}
	d.Picture("admin-lead")
}

func TestEmpty(t *testing.T) {
	d := at(t, newFake(0), uitest.Large, theme.Settings{})
	d.wait("Noch niemand da")
	d.Picture("admin-empty")
	d.Click("Gruppen")
	d.wait("Noch keine Gruppen")
}

func TestPictures(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"light-1280", uitest.Large, theme.Settings{}, lang.German},
		{"dark-1280-en", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.English},
		{"light-800", fyne.NewSize(736, 500), theme.Settings{}, lang.German}, // what the window leaves of 800 × 560
		{"150-1280", uitest.Large, theme.Settings{Scale: 1.5}, lang.German},
		{"150-800", fyne.NewSize(736, 480), theme.Settings{Mode: theme.Dark, Scale: 1.5}, lang.German},
	} {
		t.Run(c.name, func(t *testing.T) {
			lang.Use(c.code)
			f := newFake(300)
			f.preview = preview()
			d := at(t, f, c.size, c.look)
			d.Picture("admin-people-" + c.name)
			d.choose(3)
			d.Picture("admin-person-" + c.name)
			d.page.show("groups")
			groups, _ := d.page.tabs["groups"].(*groupsTab)
			d.Queue.Wait(t, "groups", func() bool { return len(groups.found) > 0 })
			groups.rows.Select(0)
			d.Queue.Wait(t, "members", func() bool { return groups.fetched })
			d.Picture("admin-groups-" + c.name)
			d.page.show("import")
			d.Picture("admin-import-" + c.name)
			d.page.Dropped(fyne.Position{}, []string{list(t)})
			imports, _ := d.page.tabs["import"].(*importTab)
			d.Queue.Wait(t, "the preview", func() bool { return imports.preview != nil })
			d.Picture("admin-preview-" + c.name)
			for _, name := range []string{"modules", "terms", "rights", "settings"} {
				d.page.show(name)
				d.Queue.Wait(t, name, func() bool { return len(uitest.All[*kit.Skeleton](d.Window, nil)) == 0 })
				d.Picture("admin-" + name + "-" + c.name)
			}
			d.page.show("log")
			d.Queue.Drain()
			d.Picture("admin-log-" + c.name)
			log, _ := d.page.tabs["log"].(*logTab)
			log.reason = "Stichprobe im November"
			log.fetch(0)
			d.Queue.Wait(t, "the log", func() bool { return log.read })
			d.Picture("admin-log-read-" + c.name)
		})
	}
}
