package ui

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// online are the parts of a session of lena.weber at a real server, with the engine running.
func online(t *testing.T, w *uitest.Window, s *servertest.Server) module.Deps {
	t.Helper()
	return onlineAs(t, w, s, "lena.weber")
}

func onlineAs(t *testing.T, w *uitest.Window, s *servertest.Server, login string) module.Deps {
	t.Helper()
	d := offline(t, w)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	d.Remote = remote.New(remote.Options{Base: u})
	if d.Session, err = d.Remote.SignIn(t.Context(), wire.SignIn{Login: login, Password: servertest.Password, Device: "test"}); err != nil {
		t.Fatal(err)
	}
	if d.School, err = d.Remote.School(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, err := cache.Open(t.Context(), filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	d.Signal = &signal.Hub{}
	d.Files, err = files.New(t.Context(), files.Deps{Cache: store, Remote: d.Remote, Signal: d.Signal, Dir: filepath.Join(dir, "copies"), Now: time.Now, Log: slog.New(slog.DiscardHandler), Who: login, Host: "pc1"})
	if err != nil {
		t.Fatal(err)
	}
	d.Files.Start(t.Context())
	t.Cleanup(func() {
		d.Files.Stop()
		store.Close()
	})
	w.Queue.Wait(t, "the server", d.Files.Online)
	return d
}

// upload gives the engine a file to send home.
func upload(t *testing.T, f *files.Files) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Aufsatz.txt")
	if err := os.WriteFile(path, []byte("Mein schönstes Ferienerlebnis"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Upload(t.Context(), wire.DAVHome, []string{path}, func(files.Clash) files.Decision { return files.Decision{} }); err != nil {
		t.Fatal(err)
	}
}

func TestShellAtTheServer(t *testing.T) {
	s := servertest.Start(t)
	w := uitest.Open(t, uitest.Large, theme.Settings{})
	t.Cleanup(func() { lang.Use(lang.German) })
	d := online(t, w, s)
	var shell *Shell
	d.Speak = func(code string) { lang.Use(code); shell.Rebuild() }
	shell = New(d, nil)
	t.Cleanup(shell.Close)
	w.SetContent(shell.Object())
	w.Resize(uitest.Large)
	w.Queue.Wait(t, "the status line", func() bool { return w.Sees("Online") })
	w.Queue.Wait(t, "the own files", func() bool { return w.Sees("Meine Dateien") })
	w.Picture("shell-files")
	shell.Go(pageSettings)
	w.Picture("shell-settings-own")
	w.Click("Meine Geräte …")
	w.Queue.Wait(t, "the devices", func() bool { return w.Sees("dieses Gerät") })
	w.Picture("shell-devices")
	d.Speak(lang.English)
	w.Queue.Wait(t, "English", func() bool { return w.Sees("this device") })
	s.Stop(t)
	w.Queue.Wait(t, "offline", func() bool { return w.Sees("Offline") })
}

func TestLeaveWithNothingLeft(t *testing.T) {
	s := servertest.Start(t)
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	d := online(t, w, s)
	out := false
	(&Leave{Window: w, Do: w.Queue.Do, Files: d.Files, Shared: true, Now: time.Now, Then: func() { out = true }}).Start()
	w.Queue.Wait(t, "the end", func() bool { return out })
	if w.Canvas().Overlays().Top() != nil {
		t.Error("a dialog is left")
	}
}

func TestLeaveWaitsForUploads(t *testing.T) {
	s := servertest.Start(t)
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	d := online(t, w, s)
	s.Stop(t)
	w.Queue.Wait(t, "offline", func() bool { return !d.Files.Online() })
	upload(t, d.Files)
	out, stayed := false, 0
	exported := t.TempDir()
	leave := func() *Leave {
		return &Leave{
			Window: w, Do: w.Queue.Do, Files: d.Files, Shared: true, Now: time.Now,
			Then: func() { out = true }, Stayed: func() { stayed++ }, PickFolder: func(then func(string)) { then(exported) },
		}
	}
	leave().Start()
	w.Queue.Wait(t, "the dialog", func() bool { return w.Sees("1 Datei ist noch nicht auf dem Server.") && w.Sees("keine Verbindung") })
	if w.Sees("Trotzdem abmelden") {
		t.Error("a shared PC offers to lose work")
	}
	w.Picture("leave-shared")
	w.Click("Angemeldet bleiben")
	if stayed != 1 || out {
		t.Error("stayed", stayed, "out", out)
	}
	leave().Start()
	w.Queue.Wait(t, "the dialog", func() bool { return w.Sees("1 Datei ist noch nicht auf dem Server.") })
	w.Click("In einen Ordner kopieren …")
	w.Queue.Wait(t, "the copy", func() bool { return w.Sees("Kopiert") })
	if got, err := os.ReadFile(filepath.Join(exported, "Aufsatz.txt")); err != nil || string(got) != "Mein schönstes Ferienerlebnis" {
		t.Error("the copy:", string(got), err)
	}
	w.Picture("leave-exported")
	w.Click("Angemeldet bleiben")
	s.Restart(t)
	w.Queue.Wait(t, "the end, once the server is back", func() bool { return out })
	if d.Files.Pending() != 0 {
		t.Error("signed out with work left")
	}
}

func TestLeaveOnOnesOwnPC(t *testing.T) {
	s := servertest.Start(t)
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	d := online(t, w, s)
	s.Stop(t)
	w.Queue.Wait(t, "offline", func() bool { return !d.Files.Online() })
	upload(t, d.Files)
	out := false
	(&Leave{Window: w, Do: w.Queue.Do, Files: d.Files, Now: time.Now, Then: func() { out = true }}).Start()
	w.Queue.Wait(t, "the dialog", func() bool { return w.Sees("Trotzdem abmelden") })
	w.Picture("leave-own")
	w.Click("Trotzdem abmelden")
	if out {
		t.Fatal("not asked again")
	}
	w.Click("1 Änderung verwerfen")
	if !out {
		t.Error("still here:", w.Texts())
	}
}

func TestLeaveWithNobodyThereIsLocked(t *testing.T) {
	s := servertest.Start(t)
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	d := online(t, w, s)
	s.Stop(t)
	w.Queue.Wait(t, "offline", func() bool { return !d.Files.Online() })
	upload(t, d.Files)
	stayed := false
	(&Leave{
		Window: w, Do: w.Queue.Do, Files: d.Files, Shared: true, Now: time.Now, Then: func() {}, Stayed: func() { stayed = true },
		Unlock: func(_ context.Context, password string) error {
			if password != servertest.Password {
				return &remote.Error{Problem: wire.Problem{Code: wire.CodeSignInFailed}}
			}
			return nil
		},
	}).Start()
	w.Queue.Wait(t, "the dialog", func() bool { return w.Sees("1 Datei ist noch nicht auf dem Server.") })
	w.Key(fyne.KeyEscape)
	if stayed || w.Sees("Angemeldet bleiben") || w.Sees("In einen Ordner kopieren …") {
		t.Error("whoever comes next gets in:", w.Texts())
	}
	field := w.Field("Passwort")
	w.Type(field.Entry, "falsch")
	w.Key(fyne.KeyReturn)
	w.Queue.Wait(t, "the refusal", func() bool { return field.Wrong() != "" })
	w.Picture("leave-locked")
	field.Entry.SetText("")
	w.Type(field.Entry, servertest.Password)
	w.Key(fyne.KeyReturn)
	w.Queue.Wait(t, "the way back in", func() bool { return stayed })
}
