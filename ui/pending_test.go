package ui

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"github.com/pquerna/otp/totp"

	"schulhof/server/servertest"
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

// inSession are the parts of a session on a real server, as the program puts them together.
func inSession(t *testing.T, w *uitest.Window, s *servertest.Server, login string) module.Deps {
	t.Helper()
	c := s.Client(t, login)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := remote.New(remote.Options{Base: base, Token: c.Token})
	hub := &signal.Hub{}
	client.OnPending(func() { hub.Emit(signal.Pending) })
	dir := t.TempDir()
	store, err := cache.Open(t.Context(), filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := files.New(t.Context(), files.Deps{Cache: store, Remote: client, Signal: hub, Dir: filepath.Join(dir, "copies"), Now: time.Now, Log: slog.New(slog.DiscardHandler), Who: login, Host: "pc1"})
	if err != nil {
		t.Fatal(err)
	}
	engine.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		engine.Stop()
		client.Close()
		store.Close()
	})
	d := offline(t, w)
	d.Files, d.Remote, d.Signal, d.Session = engine, client, hub, c.Session
	return d
}

// demands are the three things that a school can ask for in the middle of a session:
// ask makes the school want it, give does it in the window.
var demands = []struct {
	name string
	ask  func(t *testing.T, s *servertest.Server)
	give func(t *testing.T, w *uitest.Window)
}{
	{"terms", func(t *testing.T, s *servertest.Server) {
		boss(t, s, http.MethodPut, "/api/v1/terms", wire.NewTerms{Markdown: "# Nutzungsordnung\n\nDie Geräte gehören **allen**.\n"})
	}, func(t *testing.T, w *uitest.Window) {
		see(t, w, "Die Geräte gehören")
		w.Picture("pending-terms")
		uitest.One[*widget.Check](w, "read", nil).SetChecked(true)
		w.Click("Annehmen")
	}},
	{"second step", func(t *testing.T, s *servertest.Server) {
		settings := wire.Settings{Name: "Musterschule", Length: 8, Start: "code", StartDays: 14, LetterWeeks: 9, LogDays: 90, DeleteWeeks: 6, SecondStep: []wire.Role{wire.RoleStudent}}
		boss(t, s, http.MethodPut, "/api/v1/settings", settings)
	}, func(t *testing.T, w *uitest.Window) {
		see(t, w, "Die Schule verlangt")
		w.Picture("pending-second-step")
		secret := ""
		for _, p := range uitest.All(w, func(p *kit.Paragraph) bool { return p.Style.Monospace }) {
			secret = strings.ReplaceAll(p.Get(), " ", "")
		}
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w.Type(w.Field("Code aus der App").Entry, code)
		w.Click("Einschalten")
		see(t, w, "Wiederherstellungscodes")
		w.Click("Codes sind aufbewahrt")
	}},
	{"password", func(t *testing.T, s *servertest.Server) {
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET must_change = 1 WHERE login = 'lena.weber'`); err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, w *uitest.Window) {
		see(t, w, "Eigenes Passwort wählen")
		w.Type(w.Field("Bisheriges Passwort").Entry, "falsch")
		w.Type(w.Field("Neues Passwort").Entry, "Apfel-Baum-77")
		w.Type(w.Field("Neues Passwort wiederholen").Entry, "Apfel-Baum-77")
		w.Click("Passwort speichern")
		see(t, w, "Das Passwort ist falsch.")
		w.Picture("pending-password")
		w.Field("Bisheriges Passwort").Entry.SetText("")
		w.Type(w.Field("Bisheriges Passwort").Entry, servertest.Password)
		w.Click("Passwort speichern")
	}},
}

func boss(t *testing.T, s *servertest.Server, method, path string, in any) {
	t.Helper()
	c := s.Client(t, "admin")
	c.Confirm(t)
	if status, p := c.JSON(t, method, path, in, nil); status >= 300 {
		t.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
}

func see(t *testing.T, w *uitest.Window, text string) {
	t.Helper()
	w.Queue.Wait(t, text, func() bool { return w.Sees(text) })
}

// works waits until the cover is gone and the session is good for everything again.
func works(t *testing.T, s *Shell, w *uitest.Window) {
	t.Helper()
	w.Queue.Wait(t, "the end of the pages", func() bool { return s.cover == nil })
	if _, err := s.d.Remote.Roots(t.Context()); err != nil {
		t.Error("the session is of no use:", err)
	}
	w.Queue.Wait(t, "the files", func() bool {
		roots, err := s.d.Files.Roots(t.Context())
		return err == nil && len(roots) > 0 && s.d.Files.Online()
	})
}

// A program that starts with a sign-in that was kept.
func TestPendingAtTheStart(t *testing.T) {
	for _, c := range demands {
		t.Run(c.name, func(t *testing.T) {
			srv := servertest.Start(t)
			w := uitest.Open(t, uitest.Large, theme.Settings{})
			d := inSession(t, w, srv, "lena.weber")
			c.ask(t, srv)
			s := New(d, nil)
			t.Cleanup(s.Close)
			w.Queue.Wait(t, "the session", func() bool {
				now, err := d.Remote.Session(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				s.Pending(now) // as the program does when it has asked for the session
				return s.cover != nil
			})
			c.give(t, w)
			works(t, s, w)
			if s.Current() != "files" {
				t.Error("the window shows", s.Current())
			}
		})
	}
}

// The server begins to refuse in the middle of the work.
func TestPendingWhileRunning(t *testing.T) {
	for _, c := range demands {
		t.Run(c.name, func(t *testing.T) {
			srv := servertest.Start(t)
			w := uitest.Open(t, uitest.Large, theme.Settings{})
			d := inSession(t, w, srv, "lena.weber")
			s := New(d, nil)
			t.Cleanup(s.Close)
			s.Go(pageAccount)
			see(t, w, "Klasse 7b")
			w.Click("Ändern …")
			w.Type(w.Field("Neues Passwort").Entry, "halb getippt")
			c.ask(t, srv)
			w.Queue.Wait(t, "the pages", func() bool {
				s.d.Files.RefreshRoots()
				return s.cover != nil
			})
			w.Key(fyne.KeyEscape) // must not reach the dialog below
			c.give(t, w)
			works(t, s, w)
			if s.Current() != pageAccount {
				t.Error("the window shows", s.Current())
			}
			if got := w.Field("Neues Passwort").Entry.Text; got != "halb getippt" {
				t.Errorf("what was typed before is %q now", got)
			}
			w.Key(fyne.KeyEscape)
			if w.Canvas().Overlays().Top() != nil {
				t.Error("Esc no longer closes the dialog")
			}
			w.Canvas().Unfocus()
			w.Key(fyne.KeyF1)
			see(t, w, "Im ganzen Fenster")
		})
	}
}

// On the way out nothing is covered; who stays is asked.
func TestPendingOnTheWayOut(t *testing.T) {
	srv := servertest.Start(t)
	w := uitest.Open(t, uitest.Large, theme.Settings{})
	s := New(inSession(t, w, srv, "lena.weber"), nil)
	t.Cleanup(s.Close)
	s.Hold(true)
	demands[0].ask(t, srv)
	w.Queue.Wait(t, "the refusal", func() bool {
		s.d.Files.RefreshRoots()
		return s.due
	})
	if s.cover != nil {
		t.Error("the way out is covered")
	}
	s.Hold(false)
	see(t, w, "Die Geräte gehören")
}

// Who does not want to go on signs out; the other language is there at once.
func TestPendingDeclined(t *testing.T) {
	t.Cleanup(func() { lang.Use(lang.German) })
	srv := servertest.Start(t)
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	d := inSession(t, w, srv, "lena.weber")
	demands[0].ask(t, srv)
	out := 0
	d.SignOut = func() { out++ }
	var s *Shell
	d.Speak = func(code string) { lang.Use(code); s.Rebuild() }
	s = New(d, nil)
	t.Cleanup(s.Close)
	w.Queue.Wait(t, "the pages", func() bool {
		s.d.Files.RefreshRoots()
		return s.cover != nil
	})
	see(t, w, "Die Geräte gehören")
	w.Picture("pending-terms-800")
	w.Click("English")
	see(t, w, "Accept")
	w.Click(lang.T("terms.decline"))
	if out != 1 || s.cover == nil {
		t.Error("signed out", out, "times")
	}
}
