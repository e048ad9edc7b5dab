package letters

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// TestSchoolSettings changes the school's settings and makes a template, as the head
// at a real server.
func TestSchoolSettings(t *testing.T) {
	srv := servertest.Start(t)
	w := uitest.Open(t, uitest.Large, theme.Settings{})
	p := newPage(account(t, srv, w, "claudia.direktor"))
	d := &desk{Window: w, page: p}
	w.SetContent(container.NewStack(p.Object()))
	w.Resize(uitest.Large)
	p.Shown()

	p.mail()
	d.wait("the dialog", func() bool { return d.Sees("Einstellungen der Schule …") })
	d.Click("Einstellungen der Schule …")
	d.wait("the school's settings", func() bool { return d.Sees("Elternbriefe der Schule") })
	d.option("Den ganzen Brief", 0)
	d.Click("Person hinzufügen")
	d.wait("the colleagues", func() bool { return d.Sees("Anna Schmidt") })
	d.option("Anna Schmidt", 0)
	d.Click("Fertig")
	d.wait("her name", func() bool { return d.Sees("Elternbriefe der Schule") && d.Sees("Anna Schmidt") })
	d.Picture("letters-school")
	d.Click("Speichern")
	var got wire.LetterSettings
	d.wait("the settings to be saved", func() bool {
		var err error
		got, err = p.e.School(t.Context())
		return err == nil && got.WholeText && !d.Sees("Elternbriefe der Schule")
	})
	if len(got.Wide) != 1 || got.Wide[0].Login != "anna.schmidt" {
		t.Errorf("%+v", got)
	}
	if status, problem := srv.Client(t, "anna.schmidt").JSON(t, http.MethodGet, api+"settings", nil, nil); problem.Code != wire.CodeForbidden {
		t.Errorf("a teacher reads the settings: %d %+v", status, problem)
	}

	p.drafts.create()
	d.Type(d.Field("Betreff").Entry, "Frühstück")
	d.Type(p.drafts.editor.text, "Die Klasse {{class}} frühstückt mit **{{child}}**.")
	p.drafts.editor.draft.To = []wire.Target{{Kind: "all"}}
	p.drafts.editor.pickSenders()
	d.wait("the colleagues again", func() bool { return d.Sees("Anna Schmidt") })
	d.option("Anna Schmidt", 0)
	d.Click("Fertig")
	d.wait("the co-sender's name", func() bool { return d.Sees("Anna Schmidt") })
	d.Click("Vorschau")
	d.wait("the placeholders to be filled", func() bool {
		return p.drafts.editor.filled.known && !slices.ContainsFunc(w.Texts(), func(s string) bool { return strings.Contains(s, "{{") })
	})
	if text := p.drafts.editor.filled.text.Markdown; strings.Contains(text, "{{") || !strings.HasPrefix(text, "Die Klasse ") {
		t.Errorf("the preview: %s", text)
	}
	d.Picture("letters-preview")
	if names := p.drafts.editor.draft.CoNames; !slices.Equal(names, []string{"Anna Schmidt"}) {
		t.Errorf("co-senders: %q", names)
	}
	p.drafts.editor.scroll.ScrollToBottom()
	d.Picture("letters-cosenders")

	d.Click("Vorlage")
	d.wait("the templates", func() bool { return d.Sees("Diesen Brief als Vorlage speichern …") })
	d.Picture("letters-templates")
	d.Click("Diesen Brief als Vorlage speichern …")
	d.Type(d.Field("Name der Vorlage").Entry, " für alle")
	d.Picture("letters-template")
	d.Click("Vorlage speichern")
	var own wire.Template
	d.wait("the template", func() bool {
		list, err := p.e.Templates(t.Context())
		if err != nil || len(list) == 0 || !list[0].Own {
			return false
		}
		own = list[0]
		return !d.Sees("Vorlage der Schule") // the dialog is gone
	})
	if !strings.Contains(own.Name, "für alle") || own.Texts["de"].Subject != "Frühstück" {
		t.Errorf("%+v", own)
	}
	d.Click("Vorlage")
	d.wait("it among the templates", func() bool { return d.Sees(own.Name) })
	d.option(own.Name, 0)
	d.Click("Text ersetzen")
	if got := p.drafts.editor.draft; got.Subject != "Frühstück" || !strings.Contains(got.Markdown, "{{child}}") {
		t.Errorf("the letter from the template: %+v", got)
	}
}

// TestAdministratorGivesThePassword opens the school's settings as an administrator
// who is not the head: the password is asked for, once, and giving up changes nothing.
func TestAdministratorGivesThePassword(t *testing.T) {
	srv := servertest.Start(t)
	w := uitest.Open(t, uitest.Large, theme.Settings{})
	p := newPage(account(t, srv, w, "admin"))
	d := &desk{Window: w, page: p}
	w.SetContent(container.NewStack(p.Object()))
	w.Resize(uitest.Large)
	p.Shown()

	p.school()
	d.wait("the password", func() bool { return d.Sees("Passwort bestätigen") })
	d.Key(fyne.KeyEscape)
	if d.Sees("Passwort bestätigen") || d.Sees("Elternbriefe der Schule") {
		t.Fatalf("after giving up: %q", d.Texts())
	}
	p.school()
	d.wait("the password again", func() bool { return d.Sees("Passwort bestätigen") })
	d.Picture("letters-school-password")
	d.Type(d.Field("Passwort").Entry, "falsch")
	d.Click("Verwalten")
	d.wait("the refusal", func() bool { return d.Sees("Das Passwort ist falsch.") })
	d.Field("Passwort").Entry.SetText("")
	d.Type(d.Field("Passwort").Entry, servertest.Password)
	d.Click("Verwalten")
	d.wait("the school's settings", func() bool { return d.Sees("Elternbriefe der Schule") })
	d.option("Den ganzen Brief", 0)
	d.Click("Speichern")
	d.wait("the settings to be saved", func() bool {
		got, err := p.e.School(t.Context())
		return err == nil && got.WholeText && !d.Sees("Elternbriefe der Schule")
	})
}
