package admin

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// live is the page over a real server.
func live(t *testing.T, s *servertest.Server, login string) *desk {
	t.Helper()
	c := s.Client(t, login)
	if !slices.Contains(c.Session.Modules, "admin") {
		t.Fatalf("%s has the modules %q", login, c.Session.Modules)
	}
	return open(t, s.URL, c.Token, c.Session, uitest.Large, theme.Settings{})
}

// elevate gives the password that the page asks for.
func (d *desk) elevate() {
	d.T.Helper()
	d.wait("Passwort bestätigen")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Verwalten")
	d.shut()
	d.Queue.Wait(d.T, "the people", func() bool { return d.people().list.known })
}

// find chooses the person whom a search finds.
func (d *desk) find(login string) {
	d.T.Helper()
	d.people().field.SetText(login)
	d.Queue.Wait(d.T, login, func() bool { l := &d.people().list; return l.total == 1 && l.found[0].Login == login })
	d.people().rows.Select(0)
	d.Queue.Wait(d.T, "the detail of "+login, func() bool { x := d.people().detail; return x != nil && x.Login == login && x.Groups != nil })
}

func TestAdministratorOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	lena := s.Client(t, "lena.weber")
	d := live(t, s, "admin")
	d.elevate()
	d.find("lena.weber")
	d.Picture("admin-live-person")
	d.Click("Sperren …")
	d.typeAt("Grund", "Ausweis fehlt")
	d.Click("Sperren")
	d.wait("Grund: Ausweis fehlt")
	d.shut()
	if status, p := lena.JSON(t, http.MethodGet, "/api/v1/session", nil, nil); status < 400 || p.Args["reason"] != "Ausweis fehlt" {
		t.Error(status, p)
	}
	d.Click("Freigeben …")
	d.Click("Freigeben")
	d.wait("Sperren …")
	d.shut()
	d.Click("Passwort zurücksetzen …")
	d.Click("Zurücksetzen")
	d.wait("Neuer Zugangscode")
	d.Click("Code kopieren")
	code := fyne.CurrentApp().Clipboard().Content()
	d.Click("Zettel drucken …")
	d.Queue.Wait(t, "the slip", func() bool { return len(d.opened) == 1 })
	if text, err := os.ReadFile(d.opened[0]); err != nil || !strings.HasPrefix(string(text), "%PDF") {
		t.Error(err)
	}
	d.Click("Schließen")
	d.shut()
	if again := s.SignIn(t, "lena.weber", code); !again.Session.MustChange {
		t.Error("the code need not be changed")
	}
	for _, tab := range []string{"Gruppen", "Module", "Nutzungsordnung", "Rechte", "Einstellungen", "Protokoll"} {
		d.Click(tab)
		d.Queue.Wait(t, tab, func() bool { return !d.Sees("lässt sich gerade nicht zeigen") && len(d.page.body.Objects) == 1 })
	}
	d.Queue.Wait(t, "the rights", func() bool { return d.page.tabs["rights"].(*rightsTab).rows != nil })
	d.typeAt("Grund", "Stichprobe im November")
	d.Click("Protokoll lesen")
	d.wait("Passwort zurückgesetzt")
	d.Picture("admin-live-log")
	if d.Sees("Lena") {
		t.Error("the log names a student without a consent")
	}
}

func TestImportOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "admin")
	d.elevate()
	file := filepath.Join(t.TempDir(), "liste.csv")
	text := "Vorname;Nachname;Klasse;Geburtsdatum\r\nLena;Weber;8b;19.05.2014\r\nTom;Test;8b;24.12.2013\r\nMia;Test;6a;08.02.2016\r\nNele;Neu;5c;01.03.2017\r\nKaputt;Datum;5c;31.02.2012\r\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Click("Import")
	d.pick = []string{file}
	d.Click("Datei auswählen …")
	tab, _ := d.page.tabs["import"].(*importTab)
	d.Queue.Wait(t, "the preview", func() bool { return tab.preview != nil })
	d.Picture("admin-live-import")
	if !d.Sees("Zeile 6") || !d.Sees("1 neu") {
		t.Errorf("%q", d.Texts())
	}
	d.Click(tab.deed())
	d.Click(tab.deed())
	d.wait("Die Liste ist übernommen")
	d.Picture("admin-live-import-done")
	d.Click("Personen")
	d.find("nele.neu")
	if got := d.people().detail.Class; got != "5c" {
		t.Errorf("Nele is in %q", got)
	}
}

// A list whose columns nobody knows is read once it was said what they mean.
func TestColumnsOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "admin")
	d.elevate()
	file := filepath.Join(t.TempDir(), "liste.csv")
	if err := os.WriteFile(file, []byte("Ruf;Familie;Lerngruppe\r\nLena;Weber;8b\r\nNele;Neu;5c\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Click("Import")
	d.pick = []string{file}
	d.Click("Datei auswählen …")
	tab, _ := d.page.tabs["import"].(*importTab)
	d.Queue.Wait(t, "the refusal", func() bool { return tab.preview != nil })
	d.Picture("admin-live-columns")
	selects := uitest.All[*widget.Select](d.Window, nil)
	if len(selects) != len(columns[people.Students]) {
		t.Fatal(len(selects))
	}
	for i, name := range []string{"Ruf", "Familie", "Lerngruppe"} {
		selects[i].SetSelected(name)
	}
	d.Click("Neu lesen")
	d.Queue.Wait(t, "the preview", func() bool { return tab.preview != nil })
	d.Picture("admin-live-columns-read")
	if p := tab.preview; p.ID == "" || p.Counts["new"] != 1 || p.Mapped["class"] != "Lerngruppe" {
		t.Errorf("%+v", p)
	}
}

func TestClassLeadOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "anna.schmidt")
	d.wait("2 Personen")
	if d.Sees("Test, Mia") {
		t.Error("a class lead sees another class")
	}
	d.find("lena.weber")
	d.Click("Passwort zurücksetzen …")
	d.Click("Zurücksetzen")
	d.wait("Neuer Zugangscode")
	d.Click("Schließen")
	d.shut()
	d.Click("Gruppen")
	d.wait("Klasse 7b")
	groups, _ := d.page.tabs["groups"].(*groupsTab)
	groups.rows.Select(0)
	d.Queue.Wait(t, "the class", func() bool { return groups.fetched })
	d.wait("Weber, Lena")
	d.Picture("admin-live-class")
	d.Click("Elternbriefe drucken …")
	d.Click("Alle ohne Konto")
	d.Click("Briefe erstellen und speichern")
	d.Queue.Wait(t, "an answer", func() bool { return len(d.opened) == 1 || len(d.toasts) > 1 })
	t.Log(d.toasts, d.opened)
	var me wire.Session
	if me = s.Client(t, "bernd.richter").Session; slices.Contains(me.Modules, "admin") {
		t.Error("who leads no class sees the administration")
	}
}
