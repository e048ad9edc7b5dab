package signin

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// desk is a sign-in in a window, and what came out of it.
type desk struct {
	*uitest.Window
	view   *View
	result *Result
	now    time.Time
}

func open(t *testing.T, size fyne.Size, look theme.Settings, change func(*Deps)) *desk {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.German) })
	w := uitest.Open(t, size, look)
	d := &desk{Window: w, now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.Local)}
	deps := Deps{
		Window: w, Do: w.Queue.Do, Now: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler), Keyring: true,
		Device: "Testrechner", UserAgent: "test", Done: func(r Result) { d.result = &r },
	}
	deps.Speak = func(code string) { lang.Use(code); d.view.Rebuild() }
	if change != nil {
		change(&deps)
	}
	d.view = New(deps)
	t.Cleanup(d.view.Close)
	w.SetContent(d.view.Object())
	w.Resize(size)
	d.view.Focus()
	w.Queue.Drain()
	return d
}

// wait waits until a text is to be seen.
func (d *desk) wait(text string) {
	d.T.Helper()
	d.Queue.Wait(d.T, text, func() bool { return d.Sees(text) })
}

// typeAt types into the field with this label, in place of what was there.
func (d *desk) typeAt(label, text string) {
	d.T.Helper()
	e := d.Field(label).Entry
	e.SetText("")
	d.Type(e, text)
}

func (d *desk) done() {
	d.T.Helper()
	d.Queue.Wait(d.T, "the end of the sign-in", func() bool { return d.result != nil })
}

func atServer(s *servertest.Server) func(*Deps) {
	return func(d *Deps) { d.Address = s.URL }
}

func TestFromTheAddressToTheSession(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, nil)
	if d.Canvas().Focused() != fyne.Focusable(d.Field("Adresse der Schule").Entry) {
		t.Error("the cursor is not in the address")
	}
	d.Picture("signin-address")
	d.typeAt("Adresse der Schule", s.URL)
	d.wait("Musterschule") // typing paused: the school's name appears without a key
	d.Picture("signin-address-found")
	d.Key(fyne.KeyReturn)
	d.wait("Anmeldename")
	if d.Canvas().Focused() != fyne.Focusable(d.Field("Anmeldename").Entry) {
		t.Error("the cursor is not in the login")
	}
	d.typeAt("Anmeldename", "lena.weber")
	d.Key(fyne.KeyReturn)
	if d.Canvas().Focused() != fyne.Focusable(d.Field("Passwort").Entry) {
		t.Error("Enter in the login does not lead to the password")
	}
	d.typeAt("Passwort", servertest.Password)
	uitest.One[*widget.Check](d.Window, "stay signed in", nil).SetChecked(true)
	d.Key(fyne.KeyReturn)
	d.done()
	r := d.result
	if r.Session.Person.Login != "lena.weber" || r.Session.Token == "" || !r.Stay || r.Server.School.Name != "Musterschule" {
		t.Errorf("%+v", r)
	}
	if _, err := r.Client.Session(t.Context()); err != nil {
		t.Error("the client has no token:", err)
	}
}

func TestWrongPassword(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.Queue.Wait(t, "the logo", func() bool { return s.Host == nil || d.view.logo != nil || d.view.server.School.LogoPath == "" })
	d.Picture("signin-login")
	d.Click("Anmelden")
	if got := d.Field("Anmeldename").Wrong(); got == "" {
		t.Error("no word about the missing login")
	}
	d.typeAt("Anmeldename", "lena.weber")
	d.typeAt("Passwort", "falsch")
	d.Click("Anmelden")
	d.wait("Anmeldename oder Passwort ist falsch.")
	if d.result != nil || d.Field("Passwort").Wrong() == "" {
		t.Error("the error is not at the field")
	}
	d.Picture("signin-wrong")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.done()
	if d.result.Stay {
		t.Error("stays signed in without having been asked to")
	}
}

func TestFirstPasswordMustBeChanged(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "tom.test")
	d.typeAt("Passwort", servertest.TomsPassword)
	d.Key(fyne.KeyReturn)
	d.wait("Eigenes Passwort wählen")
	d.Picture("signin-change")
	d.typeAt("Neues Passwort", "kurz")
	d.Picture("signin-change-typing")
	d.Key(fyne.KeyReturn)
	d.Click("Passwort speichern")
	if d.Field("Neues Passwort").Wrong() == "" || d.result != nil {
		t.Error("a weak password was sent")
	}
	d.typeAt("Neues Passwort", "Apfel-Baum-77")
	d.typeAt("Neues Passwort wiederholen", "Apfel-Baum-78")
	d.Click("Passwort speichern")
	if d.Field("Neues Passwort wiederholen").Wrong() == "" {
		t.Error("two different passwords were sent")
	}
	d.typeAt("Neues Passwort wiederholen", "Apfel-Baum-77")
	d.Key(fyne.KeyReturn)
	d.done()
	if d.result.Session.MustChange {
		t.Error("still to be changed")
	}
	if _, err := d.result.Client.Roots(t.Context()); err != nil {
		t.Error("the session is of no use after the change:", err)
	}
	s.SignIn(t, "tom.test", "Apfel-Baum-77")
}

func TestTheServerJudgesCommonPasswords(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "tom.test")
	d.typeAt("Passwort", servertest.TomsPassword)
	d.Key(fyne.KeyReturn)
	d.wait("Eigenes Passwort wählen")
	d.typeAt("Neues Passwort", "Passwort123!")
	d.typeAt("Neues Passwort wiederholen", "Passwort123!")
	d.Click("Passwort speichern")
	d.Queue.Wait(t, "the answer", func() bool { return d.result != nil || d.Field("Neues Passwort").Wrong() != "" })
	if d.result != nil {
		t.Skip("the server does not count this one as common") // its list is its own business
	}
	d.Picture("signin-change-common")
}

func TestLockedAndSlowedDown(t *testing.T) {
	s := servertest.Start(t)
	s.Lock(t, "lena.weber", "Bitte im Sekretariat melden.")
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "lena.weber")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.wait("Bitte im Sekretariat melden.")
	d.Picture("signin-locked")
	d.typeAt("Anmeldename", "mia.test")
	for range 12 {
		d.typeAt("Passwort", "falsch")
		d.Click("Anmelden")
		d.Queue.Wait(t, "the answer", func() bool { return d.Field("Passwort").Wrong() != "" || d.Sees("Zu viele Versuche") })
		if d.Sees("Zu viele Versuche") {
			break
		}
	}
	if !d.Sees("Zu viele Versuche. Wieder möglich in ") {
		t.Fatal("no count down:", d.Texts())
	}
	d.Picture("signin-slow")
	if b := uitest.One(d.Window, "the button", func(b *kit.Button) bool { return b.Text == "Anmelden" }); !b.Disabled() {
		t.Error("one can go on trying")
	}
	d.now = d.now.Add(10 * time.Minute)
	d.Queue.Wait(t, "the end of the count down", func() bool { return !d.Sees("Zu viele Versuche") })
}

func TestOfflineAtTheSignIn(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	s.Stop(t)
	d.typeAt("Anmeldename", "lena.weber")
	d.typeAt("Passwort", servertest.Password)
	d.Click("Anmelden")
	d.wait("Keine Verbindung zum Server der Schule.")
	d.Picture("signin-offline")
}

func TestSharedPC(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, func(d *Deps) { d.Address, d.Fixed, d.Shared = s.URL, true, true })
	d.wait("Anmeldename")
	if d.Sees("Angemeldet bleiben") || d.Sees("Andere Schule") || !d.Sees("Gemeinsamer PC") {
		t.Error(d.Texts())
	}
	d.Picture("signin-shared")
}

func TestWithoutAKeyringItSaysSo(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, func(d *Deps) { d.Address, d.Keyring = s.URL, false })
	d.wait("keinen Schlüsselbund")
	d.view.SetKeyring(true)
	if d.Sees("keinen Schlüsselbund") || !d.Sees("Angemeldet bleiben") {
		t.Error("the choice did not follow the keyring:", d.Texts())
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	other := httptest.NewServer(nil)
	defer other.Close()
	tls := httptest.NewTLSServer(nil)
	defer tls.Close()
	d := open(t, uitest.Large, theme.Settings{}, nil)
	for _, c := range []struct{ address, says string }{
		{"", "Das ist keine Adresse"},
		{"was ist das?", "Das ist keine Adresse"},
		{other.URL, "gibt es keinen Schulhof-Server"},
		{tls.URL, "nicht sicher"},
		{"http://127.0.0.1:1", "antwortet niemand"},
	} {
		d.typeAt("Adresse der Schule", c.address)
		d.Click("Weiter")
		d.Queue.Wait(t, c.says, func() bool { return strings.Contains(d.Field("Adresse der Schule").Wrong(), c.says) })
	}
	d.Picture("signin-address-wrong")
}

func TestEveryProbeErrorHasASentence(t *testing.T) {
	seen := map[string]bool{}
	for _, err := range []error{
		remote.ErrAddress, remote.ErrNoServer, remote.ErrNotSchulhof, remote.ErrTooOld,
		&remote.CertificateError{Reason: remote.CertificateUnknown, Host: "x"}, &remote.CertificateError{Reason: remote.CertificateExpired, Host: "x"},
		&remote.CertificateError{Reason: remote.CertificateHost, Host: "x"}, &remote.CertificateError{Reason: remote.CertificateOther, Host: "x"},
	} {
		got := probeSentence(fmt.Errorf("probe: %w", err), time.Time{})
		if seen[got] || strings.HasPrefix(got, "signin.") || strings.HasPrefix(got, "problem.") {
			t.Errorf("%v: %q", err, got)
		}
		seen[got] = true
	}
}

func TestFixedAddressThatIsDown(t *testing.T) {
	d := open(t, uitest.Large, theme.Settings{}, func(d *Deps) { d.Address, d.Fixed = "http://127.0.0.1:1", true })
	d.wait("Es wird von selbst weiter versucht")
	if d.Sees("Andere Schule") {
		t.Error("a fixed address can be changed")
	}
	d.Picture("signin-unreached")
}

// A PC that is switched on before the server asks again by itself, without a click.
func TestServerThatComesLater(t *testing.T) {
	s := servertest.Start(t)
	s.Stop(t)
	d := open(t, uitest.Large, theme.Settings{}, func(d *Deps) { d.Address, d.Fixed, d.Shared = s.URL, true, true })
	d.wait("Es wird von selbst weiter versucht")
	s.Restart(t)
	d.wait("Anmeldename")
	if d.Canvas().Focused() != fyne.Focusable(d.Field("Anmeldename").Entry) {
		t.Error("the cursor is not in the login")
	}
	s.Stop(t)
	d.view.to(d.view.connectStep)
	d.wait("Jetzt versuchen")
	d.Click("Jetzt versuchen")
	d.wait("Es wird von selbst weiter versucht") // a try that fails changes nothing
	s.Restart(t)
	d.Click("Jetzt versuchen")
	d.wait("Anmeldename")
}

func TestLanguageAtTheCorner(t *testing.T) {
	s := servertest.Start(t)
	d := open(t, uitest.Large, theme.Settings{}, atServer(s))
	d.wait("Anmeldename")
	d.typeAt("Anmeldename", "lena.weber")
	d.Click("English")
	d.wait("Login name")
	if got := d.Field("Login name").Entry.Text; got != "lena.weber" {
		t.Errorf("what was typed is %q after the switch", got)
	}
}

func TestPictures(t *testing.T) {
	s := servertest.Start(t)
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"dark-en-1280", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.English},
		{"contrast-1280", uitest.Large, theme.Settings{Mode: theme.Contrast}, lang.German},
		{"light-800", uitest.Small, theme.Settings{Mode: theme.Light}, lang.German},
		{"150-800", uitest.Small, theme.Settings{Mode: theme.Light, Scale: 1.5}, lang.German},
		{"200-1280", uitest.Large, theme.Settings{Mode: theme.Light, Scale: 2}, lang.German},
	} {
		d := open(t, c.size, c.look, atServer(s))
		lang.Use(c.code)
		d.view.Rebuild()
		d.Queue.Wait(t, "the login", func() bool { return d.Sees(lang.T("signin.login")) })
		d.Picture("signin-login-" + c.name)
		d.view.session = wire.Session{Person: wire.Person{Given: "Tom"}, PasswordRules: []wire.Rule{wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn}}
		d.view.old = servertest.TomsPassword
		d.view.to(d.view.changeStep)
		d.Picture("signin-change-" + c.name)
		if save := uitest.One(d.Window, "the button", func(b *kit.Button) bool { return b.Kind == kit.Primary }); c.look.Scale == 0 && uitest.Place(save).Y+save.Size().Height > c.size.Height-8 {
			t.Errorf("%s: one has to scroll to the button", c.name)
		}
		d.view.old = ""
		d.view.d.Out = func() {}
		d.view.to(d.view.changeStep)
		d.Picture("signin-change-again-" + c.name)
	}
}

func TestReadingRefusals(t *testing.T) {
	weak := &remote.Error{Problem: wire.Problem{Code: wire.CodePasswordWeak, Args: map[string]string{"missing": "length,common"}}}
	if retryIn(weak) != 0 {
		t.Error("read a refusal out of another one")
	}
	if got := retryIn(&remote.Error{Problem: wire.Problem{Code: wire.CodeSlowDown, RetryIn: 4}}); got != 4*time.Second {
		t.Error(got)
	}
	if _, err := decodeLogo([]byte("no picture")); err == nil {
		t.Error("a logo out of nothing")
	}
}
