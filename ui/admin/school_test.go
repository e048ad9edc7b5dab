package admin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

func textOf(o fyne.CanvasObject) (string, bool) {
	t, ok := o.(*canvas.Text)
	if !ok {
		return "", false
	}
	return t.Text, true
}

// preview is one with everything in it.
func preview() wire.Import {
	p := wire.Import{
		ID: "i1", Kind: "students", Encoding: "Windows-1252", Rows: 1523, Unknown: []string{"Konfession", "Fahrkarte"},
		Counts: map[string]int{"new": 120, "changed": 14, "moved": 900, "leaving": 130, "unclear": 2, "unchanged": 359},
		Groups: []string{"Klasse 7b wird Klasse 8b", "Klasse 5d wird angelegt"}, ManyLeave: true,
		Why:      "Ungewöhnlich viele Personen würden die Schule verlassen. Ist es die vollständige Liste?",
		Problems: []wire.ImportBad{{Line: 17, Code: "date", Text: "Zeile 17, Spalte „Geburtsdatum“: Das Datum 31.02.2012 gibt es nicht."}, {Line: 230, Code: "long", Text: "Zeile 230: Der Name ist länger als 100 Zeichen."}},
		Doubtful: []wire.ImportDoubt{{Name: "Erika Musterfrau", Other: "Erika Mustermann", Why: "email"}},
	}
	p.Changes = append(p.Changes, wire.ImportChange{What: "unclear", Name: "Lena Weber", Line: 44, Detail: "Zwei Personen heißen so.", People: []wire.ImportCandidate{{ID: "p0", Name: "Lena Weber", Class: "7b", Born: "2014-05-19"}, {ID: "p8", Name: "Lena Weber", Class: "9a", Born: "2012-01-31"}}})
	for i := range 300 {
		p.Changes = append(p.Changes, wire.ImportChange{What: []string{"leaving", "moved", "changed", "new"}[i%4], Name: []string{"Tom Test", longName}[i/299], Login: "tom.test", Class: "8b", Line: i + 2, Detail: "Klasse: 7b → 8b"})
	}
	return p
}

func list(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Schülerliste 2026-27.csv")
	if err := os.WriteFile(file, []byte("Vorname;Nachname;Klasse\nTom;Test;7b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestImportPreviewAndConfirm(t *testing.T) {
	f := newFake(20)
	f.preview = preview()
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Import")
	d.pick = []string{list(t)}
	d.Click("Datei auswählen …")
	d.wait("1.164 Änderungen übernehmen")
	for _, want := range []string{"Konfession", "Zeile 17, Spalte", "Klasse 7b wird Klasse 8b", "130 Abgänge", "Vielleicht dieselbe Person"} {
		if !d.Sees(want) {
			t.Errorf("not to be seen: %s", want)
		}
	}
	tab, _ := d.page.tabs["import"].(*importTab)
	d.Click("130 Abgänge")
	if len(tab.found) != 75 || tab.found[0].What != "leaving" {
		t.Errorf("%d changes after the filter", len(tab.found))
	}
	d.Click("2 unklar")
	tab.rows.Select(0)
	d.wait("Wer ist Lena Weber?")
	d.Click("Lena Weber · 9a · 31.01.2012")
	d.Picture("admin-decide")
	d.Click("So übernehmen")
	d.shut()
	if len(f.decided) != 1 || f.decided[0].As != "p8" || f.decided[0].Line != 44 {
		t.Errorf("%+v", f.decided)
	}
	d.Click("1.164 Änderungen übernehmen")
	d.wait("130 Personen werden als abgegangen gesperrt")
	d.Picture("admin-import-sure")
	if f.confirmed {
		t.Fatal("written before it was confirmed")
	}
	d.Click("1.164 Änderungen übernehmen")
	d.wait("Die Liste ist übernommen")
	d.Picture("admin-import-done")
	d.Click("Zettel drucken …")
	d.Queue.Wait(t, "the slips", func() bool { return len(d.opened) == 1 })
}

func TestRefusedList(t *testing.T) {
	f := newFake(20)
	f.preview = wire.Import{Kind: "students", Problems: []wire.ImportBad{{Text: "Das ist eine PDF-Datei und keine Liste."}}, Counts: map[string]int{}}
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Import")
	if !d.page.Dropped(fyne.Position{}, []string{list(t)}) {
		t.Error("a dropped file is not taken")
	}
	d.wait("Das ist eine PDF-Datei und keine Liste.")
	d.wait("Diese Liste lässt sich nicht übernehmen")
	d.Picture("admin-import-refused")
	if b := uitest.One(d.Window, "the deed", func(b *kit.Button) bool { return strings.Contains(b.Text, "übernehmen") && b.Kind == kit.Primary }); !b.Disabled() {
		t.Error("a refused list can be confirmed")
	}
}

func TestModulesTermsSettings(t *testing.T) {
	f := newFake(20)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Module")
	d.wait("Elternbriefe")
	checks := uitest.All(d.Window, func(c *widget.Check) bool { return c.Text == "Eingeschaltet" })
	checks[0].SetChecked(false)
	d.Click("Speichern")
	d.toasted("Gespeichert.")
	if f.switches.Modules[0].On {
		t.Errorf("%+v", f.switches)
	}
	d.Click("Nutzungsordnung")
	d.wait("nichts essen")
	entry := uitest.One(d.Window, "the text", func(e *kit.Entry) bool { return e.MultiLine })
	entry.SetText("# Neu\n\nKürzer.")
	d.Click("Neue Fassung veröffentlichen")
	d.wait("Alle müssen sie annehmen, bevor sie weiterarbeiten")
	d.Click("Neue Fassung veröffentlichen")
	d.wait("Fassung 3 vom")
	d.shut()
	if f.terms.Markdown != "# Neu\n\nKürzer." {
		t.Errorf("%q", f.terms.Markdown)
	}
	d.Click("Einstellungen")
	d.wait("Fristen")
	d.typeAt("Zeichen eines Passworts, mindestens", "5")
	d.Click("Speichern")
	if d.Field("Zeichen eines Passworts, mindestens").Wrong() == "" {
		t.Error("a length of five is sent")
	}
	d.typeAt("Zeichen eines Passworts, mindestens", "12")
	d.typeAt("Ort", "Neustadt")
	d.Click("Speichern")
	d.Queue.Wait(t, "the settings", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.settings.Length == 12 })
	if f.settings.Place != "Neustadt" || f.settings.LogDays != 90 || len(f.settings.SecondStep) != 1 {
		t.Errorf("%+v", f.settings)
	}
}

func TestLog(t *testing.T) {
	f := newFake(20)
	later := noon.AddDate(0, 0, 1)
	giver := wire.Person{Family: "Zweite"}
	f.consents = []wire.LogConsent{
		{ID: "c1", Person: f.people[0].Person, Reason: "Verdacht auf Missbrauch", Asked: noon, Asker: wire.Person{Family: "Andere"}},
		{ID: "c2", Person: f.people[1].Person, Reason: "Beschwerde der Eltern", Asked: noon, Mine: true, Giver: &giver, Given: &noon, Until: &later},
	}
	d := at(t, f, uitest.Large, theme.Settings{})
	d.Click("Protokoll")
	d.wait("Anfragen zu einzelnen Personen")
	d.Click("Protokoll lesen")
	if d.Field("Grund").Wrong() == "" || f.called("POST /api/v1/log") {
		t.Error("the log is read without a reason")
	}
	d.typeAt("Grund", "Stichprobe im November")
	d.Picture("admin-log-ask")
	d.Click("Zustimmen")
	d.Click("Zustimmen")
	d.Queue.Wait(t, "the consent", func() bool { return f.called("POST /api/v1/log/consents/c1") })
	d.shut()
	d.Queue.Drain()
	d.Click("Zu einer Person …")
	list := uitest.One[*rows](d.Window, "the found", nil)
	d.Queue.Wait(t, "the found", func() bool { return list.Length() > 0 })
	list.Select(5)
	d.wait("liest niemand allein")
	d.Click("Zustimmung anfragen")
	d.wait("Wartet auf die Zustimmung")
	d.shut()
	d.Click("Protokoll lesen")
	d.wait("100 Einträge")
	if !d.Sees("Passwort zurückgesetzt") || !d.Sees("chess.move") || d.Sees("admin.action_") {
		t.Errorf("%q", d.Texts())
	}
	d.Click("Ältere laden")
	d.wait("200 Einträge")
}

// The bar shows how far the server is with a list.
func TestImportProgress(t *testing.T) {
	f := newFake(3)
	f.preview, f.slow = preview(), true
	d := at(t, f, uitest.Large, theme.Settings{})
	d.page.show("import")
	d.page.Dropped(fyne.Position{}, []string{list(t)})
	d.wait("wird gelesen")
	imports, _ := d.page.tabs["import"].(*importTab)
	for _, step := range []struct {
		at   wire.ImportProgress
		says string
	}{
		{wire.ImportProgress{Doing: "reading", Done: 1234, Of: 4000}, "1.234 von 4.000 Zeilen gelesen · 30 %"},
		{wire.ImportProgress{Doing: "reading", Done: 4000, Of: 4000}, "4.000 von 4.000 Zeilen gelesen · 100 %"},
		{wire.ImportProgress{Doing: "comparing"}, "Wird mit der Schule verglichen"},
	} {
		f.mu.Lock()
		f.progress = step.at
		f.mu.Unlock()
		d.wait(step.says)
		d.Picture("admin-import-progress-" + step.at.Doing)
	}
	// A question that fails changes nothing.
	bar := imports.bar
	bar.set(wire.ImportProgress{Doing: "writing", Done: 7, Of: 0})
	d.wait("Wird mit der Schule verglichen")
	d.Click("Abbrechen")
	if imports.bar != nil {
		t.Error("the bar goes on after the reading was stopped")
	}
}

// Reading can be stopped; the next list is read as if nothing had been.
func TestImportIsStopped(t *testing.T) {
	f := newFake(3)
	f.preview, f.slow = preview(), true
	d := at(t, f, uitest.Large, theme.Settings{})
	d.page.show("import")
	d.page.Dropped(fyne.Position{}, []string{list(t)})
	d.wait("wird gelesen")
	d.Picture("admin-import-reading")
	d.Click("Abbrechen")
	d.wait("Datei auswählen …")
	imports, _ := d.page.tabs["import"].(*importTab)
	d.page.Dropped(fyne.Position{}, []string{list(t)})
	d.Queue.Wait(t, "the preview", func() bool { return imports.preview != nil })
}

func TestChildrenOfAGuardian(t *testing.T) {
	f := newFake(9)
	d := at(t, f, uitest.Large, theme.Settings{})
	d.choose(1)
	d.Picture("admin-person-guardian")
	d.Click("Kind hinzufügen …")
	p := d.people().detail
	d.wait("Die Schülerin oder den Schüler auswählen")
	pick := func() *rows { all := uitest.All[*rows](d.Window, nil); return all[len(all)-1] }
	d.Queue.Wait(t, "the students", func() bool { return pick() != d.people().rows && pick().Length() == 3 })
	pick().Select(0)
	d.toasted("ist jetzt als Kind eingetragen")
	if !f.called("PUT /api/v1/people/p1/children/p0") {
		t.Error("nobody was made a child")
	}
	d.people().removeChild(p, wire.Child{ID: "p0", Name: "Lena"})
	d.Click("Austragen")
	d.Queue.Wait(t, "the call", func() bool { return f.called("DELETE /api/v1/people/p1/children/p0") })
}
