package signin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"github.com/pquerna/otp/totp"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// admin is an administrator's client that has given the password again.
func admin(t *testing.T, s *servertest.Server) *servertest.Client {
	t.Helper()
	c := s.Client(t, "admin")
	c.Confirm(t)
	return c
}

// must sends a request that the server takes.
func must(t *testing.T, c *servertest.Client, method, path string, in, out any) {
	t.Helper()
	if status, p := c.JSON(t, method, path, in, out); status >= 300 {
		t.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const terms = "# Nutzungsordnung\n\nDie Geräte gehören **allen**. Pfleglich behandeln:\n\n* nichts essen\n* abmelden\n\n" +
	"## Daten\n\nMehr bei [der Schule](https://schule.example/ordnung). <script>alert(1)</script>\n\n1. lesen\n2. fragen\n"

func TestSecondStepAtTheSignIn(t *testing.T) {
	s := servertest.Start(t)
	lena := s.Client(t, "lena.weber")
	var start wire.SecondStepStart
	var codes wire.RecoveryCodes
	must(t, lena, http.MethodPost, "/api/v1/account/second-step", nil, &start)
	must(t, lena, http.MethodPost, "/api/v1/account/second-step/confirm", wire.SecondStepCode{Code: code(t, start.Secret, time.Now())}, &codes)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "lena.weber")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.wait("Code aus der App")
	if d.Canvas().Focused() != fyne.Focusable(d.Field("Code aus der App").Entry) {
		t.Error("the cursor is not in the code")
	}
	d.Click("Anmelden")
	if d.Field("Code aus der App").Wrong() == "" {
		t.Error("no word about the missing code")
	}
	d.typeAt("Code aus der App", "000000")
	d.Key(fyne.KeyReturn)
	d.wait("Der Code ist falsch")
	d.Picture("signin-code")
	if d.result != nil {
		t.Fatal("signed in with a wrong code")
	}
	d.typeAt("Code aus der App", codes.Codes[0])
	d.Key(fyne.KeyReturn)
	d.done()
	if d.result.Session.Person.Login != "lena.weber" {
		t.Errorf("%+v", d.result.Session)
	}
}

func TestForcedSecondStepAndTerms(t *testing.T) {
	s := servertest.Start(t)
	boss := admin(t, s)
	var settings wire.Settings
	must(t, boss, http.MethodGet, "/api/v1/settings", nil, &settings)
	settings.SecondStep = []wire.Role{wire.RoleTeacher}
	must(t, boss, http.MethodPut, "/api/v1/settings", settings, nil)
	must(t, boss, http.MethodPut, "/api/v1/terms", wire.NewTerms{Markdown: terms}, nil)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "anna.schmidt")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.wait("Die Schule verlangt")
	d.Picture("signin-setup")
	secret := ""
	for _, p := range uitest.All(d.Window, func(p *kit.Paragraph) bool { return p.Style.Monospace }) {
		secret = strings.ReplaceAll(p.Get(), " ", "")
	}
	d.typeAt("Code aus der App", code(t, secret, time.Now()))
	d.Click("Einschalten")
	d.wait("Wiederherstellungscodes")
	d.Picture("signin-recovery")
	d.Click("Codes kopieren")
	if got := strings.Split(fyne.CurrentApp().Clipboard().Content(), "\n"); len(got) != 10 {
		t.Errorf("%d codes were copied", len(got))
	}
	d.Click("Codes sind aufbewahrt")
	d.wait("Die Geräte gehören")
	d.Picture("signin-terms")
	if d.Sees("<script") {
		t.Error("HTML of the terms is shown")
	}
	d.Click("Annehmen")
	if d.result != nil {
		t.Fatal("accepted unread")
	}
	uitest.One[*widget.Check](d.Window, "read", nil).SetChecked(true)
	d.Click("Annehmen")
	d.done()
	if s, err := d.result.Client.Session(t.Context()); err != nil || s.MustAccept || s.MustSetUp {
		t.Error(err, s)
	}
}

func TestDeclinedTerms(t *testing.T) {
	s := servertest.Start(t)
	must(t, admin(t, s), http.MethodPut, "/api/v1/terms", wire.NewTerms{Markdown: strings.Repeat(terms, 20)}, nil)
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"800-dark", uitest.Small, theme.Settings{Mode: theme.Dark}, lang.German},
		{"150-800", uitest.Small, theme.Settings{Mode: theme.Light, Scale: 1.5}, lang.German},
		{"en", uitest.Large, theme.Settings{Mode: theme.Light}, lang.English},
	} {
		d := open(t, c.size, c.look, atServer(s))
		lang.Use(c.code)
		d.view.Rebuild()
		d.wait(lang.T("signin.login"))
		d.typeAt(lang.T("signin.login"), "lena.weber")
		d.typeAt(lang.T("signin.password"), servertest.Password)
		d.Click(lang.T("signin.sign_in"))
		d.wait(lang.T("terms.text"))
		d.Picture("signin-terms-" + c.name)
		d.Click(lang.T("terms.decline"))
		d.wait(lang.T("signin.login"))
		if d.result != nil {
			t.Error("signed in after declining")
		}
		lang.Use(lang.German)
	}
}

func TestLockedWithReason(t *testing.T) {
	s := servertest.Start(t)
	boss := admin(t, s)
	s.Client(t, "lena.weber")
	must(t, boss, http.MethodPost, "/api/v1/people/"+s.Client(t, "lena.weber").Session.Person.ID+"/lock",
		wire.Lock{State: wire.StateLocked, Reason: "Gerät beschädigt: bei Frau Schmidt melden"}, nil)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "lena.weber")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.wait("bei Frau Schmidt melden")
	d.Picture("signin-locked")
}

func TestStartPasswordExpired(t *testing.T) {
	s := servertest.Start(t)
	if _, err := s.Host.Deps().DB.Exec(t.Context(), `UPDATE person SET start_until = 1 WHERE login = 'tom.test'`); err != nil {
		t.Fatal(err)
	}
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "tom.test")
	d.typeAt("Passwort", servertest.TomsPassword)
	d.Click("Anmelden")
	d.wait("Die Zeit dieses ersten Passworts ist abgelaufen")
	if d.result != nil {
		t.Error("signed in")
	}
}
