package ui

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// feast is a letter of the demo school with a question to each child.
const feast = "Sommerfest: Kommt Ihr Kind mit?"

// answered is a guardian who has answered feast for one child while the server is
// gone; the store holds the answer.
func answered(t *testing.T, w *uitest.Window, s *servertest.Server) (leave func(shared bool, then func()) *Leave, store *records.Store) {
	t.Helper()
	d := onlineAs(t, w, s, "erika.musterfrau@example.org")
	kept, err := cache.Open(t.Context(), filepath.Join(t.TempDir(), "letters.db"))
	if err != nil {
		t.Fatal(err)
	}
	store, err = records.New(t.Context(), records.Deps{Cache: kept, Remote: d.Remote, Signal: d.Signal, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.Letters = letters.New(store, d.Remote, t.TempDir())
	store.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		store.Stop()
		kept.Close()
	})
	shell := New(d, nil)
	t.Cleanup(shell.Close)
	w.Resize(uitest.Large)
	w.Queue.Wait(t, "the letter", func() bool { return w.Sees(feast) })
	uitest.One(w, feast, func(o letterRow) bool { return o.AccessibilityLabel() == feast }).MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	w.Queue.Wait(t, "the letter to be read", func() bool {
		all, err := d.Letters.Inbox(t.Context(), "Sommerfest")
		return err == nil && len(all) == 1 && all[0].Read != nil && pending(t, store) == 0
	})
	s.Stop(t)
	w.Queue.Wait(t, "offline", func() bool { return !d.Files.Online() })
	w.Click("Ja")
	w.Click("Antwort senden")
	w.Queue.Wait(t, "the answer to wait", func() bool { return pending(t, store) == 1 && w.Sees("Wird gesendet, sobald") })
	return func(shared bool, then func()) *Leave {
		return &Leave{
			Window: w, Do: w.Queue.Do, Files: d.Files, Outbox: store.Pending, Shared: shared, Now: time.Now,
			Then: then, PickFolder: func(func(string)) { t.Error("an answer is no file to be copied") },
		}
	}, store
}

type letterRow interface {
	fyne.CanvasObject
	fyne.Accessible
	desktop.Mouseable
}

func pending(t *testing.T, store *records.Store) int {
	t.Helper()
	n, err := store.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// given counts the answers to feast that the server has from Erika.
func given(t *testing.T, s *servertest.Server) int {
	t.Helper()
	var in wire.Changes[wire.Letter]
	if status, problem := s.Client(t, "erika.musterfrau@example.org").JSON(t, http.MethodGet, "/api/v1/letters/inbox?since=0", nil, &in); status != http.StatusOK {
		t.Fatalf("%d %+v", status, problem)
	}
	n := 0
	for _, l := range in.Items {
		if l.Subject == feast {
			n += len(l.Answers)
		}
	}
	return n
}

// TestLeaveWaitsForAnswers signs out with an answer that was given offline: one is
// told of it, may wait or give it up, on one's own PC and on a shared one.
func TestLeaveWaitsForAnswers(t *testing.T) {
	const waits = "1 Antwort oder Änderung ist noch nicht auf dem Server."
	for _, c := range []struct {
		name   string
		shared bool
	}{{"own", false}, {"shared", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Cleanup(func() { lang.Use(lang.German) })
			s := servertest.Start(t)
			w := uitest.Open(t, uitest.Large, theme.Settings{})
			leave, store := answered(t, w, s)

			out, stayed := false, 0
			begin := func() {
				l := leave(c.shared, func() { out = true })
				l.Stayed = func() { stayed++ }
				l.Start()
				w.Queue.Wait(t, "the dialog", func() bool { return w.Sees(waits) && w.Sees("keine Verbindung") })
			}
			begin()
			if w.Sees("In einen Ordner kopieren …") {
				t.Error("it offers to copy an answer to a folder")
			}
			w.Picture("leave-answers-" + c.name)
			w.Click("Angemeldet bleiben")
			if out || stayed != 1 || pending(t, store) != 1 {
				t.Fatalf("out %t, stayed %d, %d wait", out, stayed, pending(t, store))
			}

			begin()
			w.Click("Trotzdem abmelden")
			if out || !w.Sees("1 Änderung verwerfen") {
				t.Fatalf("not asked again: %q", w.Texts())
			}
			w.Click("Abbrechen") // and wait, all the same
			s.Restart(t)
			w.Queue.Wait(t, "the end, once the server is back", func() bool { return out })
			if pending(t, store) != 0 || given(t, s) != 1 {
				t.Errorf("signed out, but %d wait and the server has %d answers", pending(t, store), given(t, s))
			}
		})
	}
}

// TestLeaveGivesAnswersUp signs out without the answer that was given offline.
func TestLeaveGivesAnswersUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		shared bool
	}{{"own", false}, {"shared", true}} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.Start(t)
			w := uitest.Open(t, uitest.Small, theme.Settings{})
			leave, _ := answered(t, w, s)
			out := false
			leave(c.shared, func() { out = true }).Start()
			w.Queue.Wait(t, "the dialog", func() bool { return w.Sees("Trotzdem abmelden") })
			w.Click("Trotzdem abmelden")
			w.Click("1 Änderung verwerfen")
			if !out {
				t.Error("still here:", w.Texts())
			}
		})
	}
}
