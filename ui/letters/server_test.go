package letters

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2/container"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/files"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// account is a person at a real server, with everything that a sign-in starts.
func account(t *testing.T, srv *servertest.Server, w *uitest.Window, login string) module.Deps {
	t.Helper()
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: base})
	t.Cleanup(c.Close)
	d := module.Deps{
		Remote: c, Signal: &signal.Hub{}, Do: w.Queue.Do, Window: w.Window, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Settings: module.NewSettings(nil, nil), Retitle: func() {}, Go: func(string, ...string) {}, Toast: func(string, string, func()) {},
		OpenLocal: func(string) error { return nil }, RevealLocal: func(string) error { return nil },
		PickFolder: func(then func(string)) { then("") }, PickFiles: func(then func([]string)) { then(nil) },
	}
	if d.Session, err = c.SignIn(t.Context(), wire.SignIn{Login: login, Password: servertest.Password, Device: "test"}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, err := cache.Open(t.Context(), filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := records.New(t.Context(), records.Deps{Cache: store, Remote: c, Signal: d.Signal, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.Letters = letters.New(kept, c, filepath.Join(dir, "letters"))
	d.Files, err = files.New(t.Context(), files.Deps{Cache: store, Remote: c, Signal: d.Signal, Dir: filepath.Join(dir, "copies"), Now: time.Now, Who: login, Host: "pc"})
	if err != nil {
		t.Fatal(err)
	}
	kept.Start(context.WithoutCancel(t.Context()))
	d.Files.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		d.Files.Stop()
		kept.Stop()
		store.Close()
	})
	return d
}

// TestHeadAsksErikaAnswers is the way of a letter through the whole school.
func TestHeadAsksErikaAnswers(t *testing.T) {
	srv := servertest.Start(t)
	w := uitest.Open(t, uitest.Large, theme.Settings{})
	erika := newPage(account(t, srv, w, "erika.musterfrau@example.org"))
	head := newPage(account(t, srv, w, "claudia.direktor"))
	d := &desk{Window: w, page: head}
	look := func(p *Page) {
		w.SetContent(container.NewStack(p.Object()))
		w.Resize(uitest.Large)
		d.page = p
		p.Shown()
	}
	look(erika)
	d.wait("Erika's inbox", func() bool { return erika.inbox.known && !erika.inbox.state.IsZero() })
	d.Picture("letters-live-inbox")

	look(head)
	d.page.drafts.create()
	d.Type(d.Field("Betreff").Entry, "Schulfest im Juni")
	d.Type(head.drafts.editor.text, "Feiern alle mit?")
	d.Click("Empfänger hinzufügen")
	d.wait("the targets", func() bool { return d.Sees("Fertig") })
	t.Logf("targets: %q", w.Texts())
	d.option("Alle", 0)
	d.Click("Fertig")
	d.option("Eine Frage mit Antworten", 0)
	d.wait("the reach", func() bool { return head.drafts.editor.reached && head.drafts.editor.reach.Guardians > 0 })
	head.drafts.editor.sendNow()
	d.wait("the letter to be sent", func() bool { return head.mode == modeSent && head.sent.report.known })

	began := time.Now()
	look(erika)
	d.wait("the letter on top", func() bool {
		return len(erika.inbox.m.rows) > 0 && erika.inbox.m.rows[0].Subject == "Schulfest im Juni"
	})
	t.Logf("the letter was there after %v", time.Since(began).Round(time.Millisecond))
	d.letter("Schulfest")
	children := subjects(erika.inbox.m.rows[0].Letter)
	if len(children) < 2 {
		t.Fatalf("the letter concerns %v", children)
	}
	for i := range children {
		d.option("Ja", i)
		buttons := w.Texts()
		d.Click("Antwort senden")
		id := children[i].ID
		d.wait("the answer for "+children[i].Name, func() bool {
			l, err := erika.e.Letter(t.Context(), erika.inbox.m.current)
			if err != nil {
				t.Fatal(err)
			}
			own, ok := l.Own(id)
			return ok && own.By != ""
		})
		d.wait("the page to show it", func() bool {
			own, ok := erika.inbox.pane.letter.Own(id)
			return ok && own.By != "" && len(buttons) > 0
		})
	}
	d.Picture("letters-live-answered")

	look(head)
	d.wait("the report", func() bool {
		return head.sent.report.known && len(head.sent.report.rep.Counts) == 2 && head.sent.report.rep.Counts[0] >= len(children)
	})
	d.Picture("letters-live-report")
}
