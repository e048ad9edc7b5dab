package admin

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// How far the server is with a long list is seen while it works.
func TestProgressOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "admin")
	d.elevate()
	var list strings.Builder
	list.WriteString("Vorname;Nachname;Klasse;Geburtsdatum;Import-ID\r\n")
	for i := range 20_000 {
		fmt.Fprintf(&list, "Kind%d;Schmidt;7b;%02d.03.2014;N%d\r\n", i, 1+i%28, i)
	}
	file := filepath.Join(t.TempDir(), "lang.csv")
	if err := os.WriteFile(file, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Click("Import")
	d.pick = []string{file}
	d.Click("Datei auswählen …")
	tab, _ := d.page.tabs["import"].(*importTab)
	d.Queue.Wait(t, "the preview", func() bool { return tab.preview != nil })
	d.Click(tab.deed())
	seen := ""
	d.Click(tab.deed())
	for began := time.Now(); tab.done == nil && tab.err == nil; {
		d.Queue.Drain()
		if tab.bar != nil && tab.bar.words.Get() != "" {
			seen = tab.bar.words.Get()
		}
		if time.Since(began) > time.Minute {
			t.Fatal("it never ends")
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Log(seen)
	if tab.err != nil || !strings.Contains(seen, "%") {
		t.Errorf("%v; the bar said %q", tab.err, seen)
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

// An administrator gives a guardian who has lost the mailbox another address.
func TestMoveAddressOnARealServer(t *testing.T) {
	s := servertest.Start(t)
	const old, taken, next = "erika.musterfrau@example.org", "sabine.weber@example.org", "erika@neu.example.org"
	d := live(t, s, "admin")
	d.elevate()
	d.find(old)
	d.Click("Mehr …")
	d.menu("Bearbeiten …")
	d.wait("Damit meldet sich die Person an")
	if !d.Field("E-Mail-Adresse").Entry.Disabled() {
		t.Error("the login can be edited among the personal data")
	}
	d.Click("Abbrechen")
	d.shut()
	d.Click("Mehr …")
	d.menu("E-Mail-Adresse ändern …")
	for _, c := range []struct{ typed, says string }{
		{"keine", "Das ist keine E-Mail-Adresse."},
		{"Erika.Musterfrau@example.org", "Mit dieser Adresse wird schon angemeldet."},
		{taken, "meldet sich schon jemand an"},
	} {
		d.typeAt("Neue E-Mail-Adresse", c.typed)
		d.Click("Adresse ändern")
		d.Queue.Wait(t, c.says, func() bool { return strings.Contains(d.Field("Neue E-Mail-Adresse").Wrong(), c.says) })
	}
	d.Picture("admin-move-address")
	d.typeAt("Neue E-Mail-Adresse", next)
	d.Click("Adresse ändern")
	d.toasted("meldet sich jetzt mit " + next)
	d.shut()
	s.SignIn(t, next, servertest.Password)
	d.find(next)
	d.Click("Protokoll")
	d.wait("Grund")
	d.typeAt("Grund", "Stichprobe im November")
	d.Click("Protokoll lesen")
	d.wait("von der Administration geändert")
	d.Picture("admin-live-log-address")
}
