package account

import (
	"archive/zip"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"github.com/pquerna/otp/totp"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// desk is the page in a window.
type desk struct {
	*uitest.Window
	page   *page
	toasts []string
	opened []string
	dir    string
}

func open(t *testing.T, at, token string, s wire.Session, size fyne.Size, look theme.Settings) *desk {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.German) })
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: base, Token: token})
	t.Cleanup(c.Close)
	d := &desk{Window: uitest.Open(t, size, look), dir: t.TempDir()}
	d.page, _ = New(module.Deps{
		Remote: c, Session: s, School: wire.School{Name: "Musterschule"}, Do: d.Queue.Do, Window: d.Window.Window, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Settings: module.NewSettings(nil, nil), Toast: func(text, _ string, _ func()) { d.toasts = append(d.toasts, text) },
		PickFolder: func(then func(string)) { then(d.dir) }, OpenLocal: func(p string) error { d.opened = append(d.opened, p); return nil },
		RevealLocal: func(string) error { return nil },
	}).(*page)
	d.SetContent(container.NewStack(kit.NewGround(ftheme.ColorNameBackground), d.page.Object()))
	d.Resize(size)
	d.page.Shown()
	d.Queue.Wait(t, "the account", func() bool { return d.page.account != nil || d.page.err != nil })
	return d
}

func live(t *testing.T, s *servertest.Server, login string) *desk {
	t.Helper()
	c := s.Client(t, login)
	return open(t, s.URL, c.Token, c.Session, uitest.Large, theme.Settings{})
}

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
	d.Queue.Wait(d.T, text, func() bool { return len(d.toasts) > 0 && strings.Contains(d.toasts[len(d.toasts)-1], text) })
}

// shownCode is what stands in letters of equal width.
func (d *desk) shownCode() string {
	d.T.Helper()
	return strings.ReplaceAll(uitest.One(d.Window, "a code", func(p *kit.Paragraph) bool { return p.Style.Monospace }).Get(), " ", "")
}

func TestPassword(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "lena.weber")
	if !d.Sees("Lena Weber") || !d.Sees("Klasse 7b") {
		t.Errorf("%q", d.Texts())
	}
	d.Click("Ändern …")
	d.typeAt("Bisheriges Passwort", "falsch")
	d.typeAt("Neues Passwort", "kurz")
	d.Click("Passwort speichern")
	if d.Field("Neues Passwort").Wrong() == "" {
		t.Error("a weak password is sent")
	}
	d.typeAt("Neues Passwort", "Hund-050112")
	if !d.Sees("prüft der Server") || d.Sees("nicht der eigene Name") {
		t.Error("a date is ticked that may be the date of birth")
	}
	d.Picture("account-password-doubt")
	d.typeAt("Neues Passwort", "Apfel-Baum-77")
	if d.Sees("prüft der Server") {
		t.Error("what is no date is left to the server")
	}
	d.typeAt("Neues Passwort wiederholen", "Apfel-Baum-78")
	d.Click("Passwort speichern")
	if d.Field("Neues Passwort wiederholen").Wrong() == "" {
		t.Error("two different passwords are sent")
	}
	d.typeAt("Neues Passwort wiederholen", "Apfel-Baum-77")
	d.Click("Passwort speichern")
	d.wait("Das Passwort ist falsch.")
	d.Picture("account-password")
	d.typeAt("Bisheriges Passwort", servertest.Password)
	d.Click("Passwort speichern")
	d.toasted("Das neue Passwort gilt")
	s.SignIn(t, "lena.weber", "Apfel-Baum-77")
}

func TestSecondStep(t *testing.T) {
	s := servertest.Start(t)
	d := live(t, s, "anna.schmidt")
	d.Click("Einrichten …")
	d.wait("Schlüssel in die App")
	d.Picture("account-second-step")
	secret := d.shownCode()
	d.typeAt("Code aus der App", "000000")
	d.Click("Einschalten")
	d.wait("Der Code ist falsch")
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	d.typeAt("Code aus der App", code)
	d.Click("Einschalten")
	d.wait("Wiederherstellungscodes")
	d.Picture("account-recovery")
	d.Click("Codes kopieren")
	codes := strings.Split(fyne.CurrentApp().Clipboard().Content(), "\n")
	if len(codes) != 10 {
		t.Fatalf("%q", codes)
	}
	d.Click("Speichern und drucken …")
	if text, err := os.ReadFile(d.opened[0]); err != nil || !strings.Contains(string(text), codes[9]) {
		t.Error(err, string(text))
	}
	d.Click("Codes sind aufbewahrt")
	d.wait("Noch 10 Wiederherstellungscodes")
	d.Click("Abschalten …")
	d.typeAt("Passwort", servertest.Password)
	d.typeAt("Code aus der App", "111111")
	d.Click("Abschalten …")
	d.wait("Der Code ist falsch")
	d.typeAt("Code aus der App", codes[3])
	d.Click("Abschalten …")
	d.toasted("abgeschaltet")
	s.Client(t, "anna.schmidt")
}

func TestAppPasswordsAndDevices(t *testing.T) {
	s := servertest.Start(t)
	s.Client(t, "lena.weber")
	s.Client(t, "lena.weber")
	d := live(t, s, "lena.weber")
	d.Click("Neues App-Passwort …")
	d.Click("App-Passwort anlegen")
	if d.Field("Wofür").Wrong() == "" {
		t.Error("no word about the missing name")
	}
	d.typeAt("Wofür", "Kalender auf dem Telefon")
	d.Click("App-Passwort anlegen")
	d.wait("nicht noch einmal gezeigt")
	d.Picture("account-app")
	d.Click("Passwort kopieren")
	app := d.shownCode()
	if got := fyne.CurrentApp().Clipboard().Content(); got != app || len(app) < 20 {
		t.Errorf("%q, shown is %q", got, app)
	}
	req, err := http.NewRequestWithContext(t.Context(), "PROPFIND", s.URL+"/dav/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Depth", "1")
	req.SetBasicAuth("lena.weber", app)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusMultiStatus {
		t.Fatal(err, res)
	}
	res.Body.Close()
	d.Click("App-Passwort ist eingetragen")
	d.shut()
	d.wait("Kalender auf dem Telefon")
	d.Picture("account-live")
	d.Click("Löschen")
	d.Click("Löschen")
	d.shut()
	d.Queue.Wait(t, "its end", func() bool { return len(d.page.account.AppPasswords) == 0 })
	d.Click("2 andere Geräte abmelden")
	d.Click("2 andere Geräte abmelden")
	d.shut()
	d.Queue.Wait(t, "their end", func() bool { return len(d.page.devices) == 1 })
}

// guardian is an account with much in it, and texts of all lengths.
func guardian() wire.Account {
	used := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	long := strings.Repeat("Maximiliane-Charlotte ", 9) + "von und zu Hohenstein-Wittgenstein"
	return wire.Account{
		Person: wire.Person{ID: "g", Login: "erika.musterfrau@example.org", Given: "Erika", Family: "Musterfrau", Role: wire.RoleGuardian},
		Email:  "erika.musterfrau@example.org", NewEmail: "neu@example.org",
		Groups:   []wire.GroupRef{{Name: "Elternvertretung 7b", Lead: true}, {Name: long}, {Name: "Chor"}},
		Children: []wire.Child{{Name: "Mia Test", Class: "5a"}, {Name: long, Class: "7b"}, {Name: "محمد علي", Class: "8a"}},
		Reset:    &wire.ResetNote{At: used, By: "Anna Schmidt"}, SecondStep: true, Recovery: 1,
		AppPasswords: []wire.AppPassword{{ID: "1", Name: long, Created: used}, {ID: "2", Name: "DAVx5", Created: used, Used: &used}},
	}
}

// fake is a server of one account.
func fake(t *testing.T, a *wire.Account) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(v) }
	}
	mux.HandleFunc("GET /api/v1/account", answer(a))
	mux.HandleFunc("GET /api/v1/devices", answer([]wire.Device{{ID: "1", Name: "Test (Linux)", Current: true, Used: time.Now(), Created: time.Now()}, {ID: "2", Used: time.Now(), Created: time.Now()}, {ID: "3", Name: "Telefon", Used: time.Now(), Created: time.Now()}}))
	mux.HandleFunc("GET /api/v1/terms", answer(wire.Terms{Version: 3, Markdown: "# Ordnung\n\n* eins\n* **zwei**\n\n" + strings.Repeat("Ein langer Absatz steht hier. ", 200), Since: time.Now()}))
	refuse := func(w http.ResponseWriter, status int, code string) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(wire.Problem{Status: status, Code: code, Detail: code})
	}
	mux.HandleFunc("POST /api/v1/account/children", func(w http.ResponseWriter, r *http.Request) {
		var in wire.ChildCode
		json.NewDecoder(r.Body).Decode(&in)
		if in.Code != "AAAA-BBBB-CCCC" {
			refuse(w, 404, wire.CodeCodeWrong)
			return
		}
		a.Children = append(a.Children, wire.Child{Name: "Neues Kind"})
	})
	mux.HandleFunc("POST /api/v1/account/email", func(w http.ResponseWriter, r *http.Request) {
		var in wire.EmailChange
		json.NewDecoder(r.Body).Decode(&in)
		if in.Email == "taken@example.org" {
			refuse(w, 409, wire.CodeEmailTaken)
			return
		}
		a.NewEmail = in.Email
	})
	mux.HandleFunc("GET /api/v1/account/export", func(w http.ResponseWriter, _ *http.Request) {
		z := zip.NewWriter(w)
		f, _ := z.Create("konto.json")
		f.Write([]byte("{}"))
		z.Close()
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestGuardian(t *testing.T) {
	a := guardian()
	d := open(t, fake(t, &a), "", wire.Session{Person: a.Person}, uitest.Large, theme.Settings{})
	d.Click("Weiteres Kind hinzufügen …")
	d.typeAt("Code des Kindes", "XXXX")
	d.Click("Kind hinzufügen")
	d.wait("Diesen Code gibt es nicht")
	d.Picture("account-child")
	d.typeAt("Code des Kindes", "AAAA-BBBB-CCCC")
	d.Key(fyne.KeyReturn)
	d.wait("Neues Kind")
	d.shut()
	d.Click("Ändern …")
	d.typeAt("Neue E-Mail-Adresse", "keine")
	d.Click("Änderung anfordern")
	if d.Field("Neue E-Mail-Adresse").Wrong() == "" {
		t.Error("no word about what is no address")
	}
	d.typeAt("Neue E-Mail-Adresse", "taken@example.org")
	d.typeAt("Passwort", "x")
	d.Click("Änderung anfordern")
	d.wait("gehört schon zu einem anderen Konto")
	d.typeAt("Neue E-Mail-Adresse", "frei@example.org")
	d.Click("Änderung anfordern")
	d.toasted("An beide Adressen")
	d.wait("frei@example.org")
}

func TestDataAndTerms(t *testing.T) {
	a := guardian()
	d := open(t, fake(t, &a), "", wire.Session{Person: a.Person}, uitest.Small, theme.Settings{})
	d.Click("Lesen")
	d.wait("Fassung 3")
	d.Picture("account-terms")
	d.Click("Schließen")
	d.Click("In einen Ordner speichern …")
	d.toasted("Die Daten sind gespeichert")
	files, err := filepath.Glob(filepath.Join(d.dir, "*.zip"))
	if err != nil || len(files) != 1 {
		t.Fatal(err, files)
	}
	z, err := zip.OpenReader(files[0])
	if err != nil || len(z.File) != 1 {
		t.Fatal(err)
	}
	z.Close()
}

// The settings lead to the devices, which stand far down.
func TestLeadsToTheDevices(t *testing.T) {
	a := guardian()
	d := open(t, fake(t, &a), "", wire.Session{Person: a.Person}, uitest.Small, theme.Settings{})
	if d.page.scroll.Offset.Y != 0 {
		t.Fatal("the page does not begin at its top")
	}
	d.page.Shown("devices")
	d.Queue.Wait(t, "the devices", func() bool {
		heading := uitest.One(d.Window, "the heading", func(t *kit.Text) bool { return t.Get() == "Meine Geräte" })
		return d.page.scroll.Offset.Y > 0 && uitest.Place(heading).Y >= 0 && uitest.Place(heading).Y < uitest.Small.Height-100
	})
	d.Picture("account-devices-800")
}

func TestOffline(t *testing.T) {
	d := open(t, "http://127.0.0.1:1", "", wire.Session{Person: guardian().Person}, uitest.Large, theme.Settings{})
	d.wait("Keine Verbindung")
	d.Picture("account-offline")
	if !d.Sees("Erika Musterfrau") {
		t.Error("the name is known all the same")
	}
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
		{"light-800", uitest.Small, theme.Settings{}, lang.German},
		{"150-800", uitest.Small, theme.Settings{Scale: 1.5}, lang.German},
		{"contrast-1280", uitest.Large, theme.Settings{Mode: theme.Contrast}, lang.German},
		{"long", fyne.NewSize(900, 2200), theme.Settings{}, lang.German},
	} {
		lang.Use(c.code)
		a := guardian()
		d := open(t, fake(t, &a), "", wire.Session{Person: a.Person}, c.size, c.look)
		d.Picture("account-" + c.name)
		lang.Use(lang.German)
	}
}
