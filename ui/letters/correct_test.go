package letters

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// corrected is a school where a letter in three languages was sent.
func corrected() *fake {
	f := school()
	f.answers["GET "+api+"s1/versions"] = wire.LetterVersions{Lang: "de", Versions: []wire.LetterVersion{{
		Version: 1, Text: wire.Text{Subject: "Ausflug", Markdown: outing}, Versions: map[string]wire.Text{
			"ar": {Subject: "رحلة إلى متحف التاريخ الطبيعي", Markdown: arabic}, "tr": {Subject: "Müze gezisi", Markdown: "Perşembe günü"},
		},
	}}}
	f.answers["POST "+api+"s1/correct"] = answersOf(56).Letter
	return f
}

func (d *desk) correct() {
	d.T.Helper()
	d.Click(lang.T("letters.sent"))
	d.letter("Ausflug")
	d.wait("the report", func() bool { return d.page.sent.report.known })
	d.page.sent.correct(d.page.sent.rows[0])
	d.wait("the text", func() bool { return d.Sees(lang.T("letters.correct_deed")) })
}

// TestCorrect corrects subject and text in one language, the text in another, takes a
// third one away and adds a fourth, in one step.
func TestCorrect(t *testing.T) {
	d := openDesk(t, uitest.Large, theme.Settings{}, wire.RoleTeacher, corrected())
	d.correct()
	text := func() *kit.Entry {
		return uitest.One(d.Window, "the text", func(e *kit.Entry) bool { return e.MultiLine })
	}
	d.Field("Betreff").Entry.SetText("Ausflug am Freitag")
	d.Click("Türkçe (Türkisch)")
	if got := d.Field("Betreff").Entry.Text; got != "Müze gezisi" || text().Text != "Perşembe günü" {
		t.Fatalf("in Turkish: %q, %q", got, text().Text)
	}
	text().SetText("Cuma günü")
	d.Click("\u200eالعربية (Arabisch)")
	if text().Text != arabic {
		t.Errorf("in Arabic: %q", text().Text)
	}
	d.Click("\u200eالعربية (Arabisch) entfernen")
	if d.Sees("العربية") || d.Field("Betreff").Entry.Text != "Ausflug am Freitag" {
		t.Errorf("without Arabic: %q", d.Texts())
	}
	d.Click("Sprache hinzufügen")
	d.option("français", 0)
	if d.Field("Betreff").Entry.Text != "" || text().Text != "" {
		t.Errorf("a further language begins with %q, %q", d.Field("Betreff").Entry.Text, text().Text)
	}
	d.Field("Betreff").Entry.SetText("Sortie vendredi")
	text().SetText("Chers parents")
	d.Click("Neue Fassung senden")
	d.wait("the correction", func() bool { return slices.Contains(d.toasts, "Die neue Fassung ist gesendet") })
	var sent wire.Correction
	_, body, _ := strings.Cut(d.server.got("POST "+api+"s1/correct"), "{")
	if err := json.Unmarshal([]byte("{"+body), &sent); err != nil {
		t.Fatal(err)
	}
	if sent.Version != 1 || sent.Subject != "Ausflug am Freitag" || sent.Markdown != outing || len(sent.Versions) != 2 || sent.Versions["fr"].Markdown != "Chers parents" ||
		sent.Versions["tr"] != (wire.Text{Subject: "Müze gezisi", Markdown: "Cuma günü"}) {
		t.Errorf("the server got %+v", sent)
	}
}

// TestCorrectMeanwhile holds that who is told that somebody else was faster still has
// what was written.
func TestCorrectMeanwhile(t *testing.T) {
	f := corrected()
	f.wrong["POST "+api+"s1/correct"] = wire.CodeConflict
	d := openDesk(t, uitest.Small, theme.Settings{}, wire.RoleTeacher, f)
	d.correct()
	uitest.One(d.Window, "the text", func(e *kit.Entry) bool { return e.MultiLine }).SetText("Um neun Uhr")
	d.Click("Neue Fassung senden")
	d.wait("the refusal", func() bool { return d.Sees("Jemand hat den Brief inzwischen korrigiert.") })
	if !d.Sees("Um neun Uhr") || len(d.toasts) != 0 {
		t.Errorf("after it: %q, %q", d.Texts(), d.toasts)
	}
	d.Picture("letters-correct-meanwhile")
}

// left is an inbox and a report with people who have left.
func left() *fake {
	list := post()
	list[0].From, list[0].Version, list[0].Changed = []string{"", "Jonas Becker"}, 2, "**Bisher:** Um acht Uhr.\n\n**Jetzt:** Um neun Uhr."
	list[0].Answers[0].By = ""
	f := newServer(list)
	f.answers["GET "+api+"ausflug/text?lang=ar"] = wire.Translation{
		Lang: "ar", Subject: "رحلة إلى متحف التاريخ الطبيعي", Markdown: arabic, Changed: "**سابقًا:** في الثامنة.\n\n**الآن:** في التاسعة.",
	}
	rep := answersOf(5)
	rep.Letter.From, rep.Letter.Mine = []string{""}, false
	for i := range rep.Rows {
		if len(rep.Rows[i].Answers) > 0 {
			rep.Rows[i].Child = wire.LetterChild{ID: rep.Rows[i].Child.ID, Class: "5a"}
			rep.Rows[i].Guardian, rep.Rows[i].Gone, rep.Rows[i].Reached = nil, true, false
			rep.Rows[i].Answers[0].By = ""
		}
	}
	f.answers["GET "+api+"sent"] = wire.SentList{Letters: []wire.SentLetter{rep.Letter}}
	f.answers["GET "+api+"s1/report"] = rep
	return f
}

// TestFormer holds that there is a word where the name of one who has left stood, and
// that nobody is asked to reach those who are gone.
func TestFormer(t *testing.T) {
	d := openDesk(t, uitest.Large, theme.Settings{}, wire.RoleTeacher, left())
	d.letter("Ausflug")
	for _, want := range []string{"Ehemals an der Schule, Jonas Becker", "Gelöschtes Konto, 09:25: Ja", "Um neun Uhr."} {
		if !d.Sees(want) {
			t.Errorf("the letter does not say %q: %q", want, d.Texts())
		}
	}
	d.page.inbox.pane.setLanguage("ar")
	d.wait("what changed in Arabic", func() bool { return d.Sees("في التاسعة.") })
	if d.Sees("Um neun Uhr.") {
		t.Errorf("in two languages: %q", d.Texts())
	}
	d.Picture("letters-former-letter")
	d.Click("Gesendet")
	d.letter("Ausflug")
	d.wait("the report", func() bool { return d.page.sent.report.known })
	if !d.Sees("Gelöschtes Konto") || !d.Sees("1 Kind ist ohne Konto") {
		t.Errorf("the report says %q", d.Texts())
	}
	d.Picture("letters-former-report")
	r := d.page.sent.report
	i := slices.IndexFunc(r.lines, func(l line) bool { return l.row.Gone })
	r.detail(r.lines[i].row)
	if !d.Sees("Gelöschtes Konto, ") || d.Sees("Antwort von Papier") || d.Sees("Niemand hat ein Konto") {
		t.Errorf("the row says %q", d.Texts())
	}
}

// TestStandIn holds that who stands in for the senders of a letter can correct it and
// take it back, and is told why; and that nobody else is offered that.
func TestStandIn(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{{"", uitest.Large, theme.Settings{}, lang.German}, {"-small-150", uitest.Small, theme.Settings{Scale: 1.5}, lang.German}, {"-dark-en", uitest.Small, theme.Settings{Mode: theme.Dark}, lang.English}} {
		for _, stands := range []bool{true, false} {
			lang.Use(c.code)
			f := left()
			rep, _ := f.answers["GET "+api+"s1/report"].(wire.Report)
			rep.Letter.StandIn = stands
			f.answers["GET "+api+"sent"] = wire.SentList{Letters: []wire.SentLetter{rep.Letter}}
			f.answers["GET "+api+"s1/report"] = rep
			f.answers["GET "+api+"s1/versions"] = wire.LetterVersions{Lang: "de", Versions: []wire.LetterVersion{{Version: 1, Text: wire.Text{Subject: "Ausflug", Markdown: outing}}}}
			f.answers["POST "+api+"s1/correct"] = rep.Letter
			d := openDesk(t, c.size, c.look, wire.RoleTeacher, f)
			d.Click(lang.T("letters.sent"))
			d.letter("Ausflug")
			d.wait("the report", func() bool { return d.page.sent.report.known })
			if got := d.Sees(lang.T("letters.stand_in")); got != stands {
				t.Errorf("stands in: %t, but is told so: %t", stands, got)
			}
			more := uitest.All(d.Window, func(b *kit.Button) bool { return b.Label == lang.T("letters.more") })
			if (len(more) == 1) != stands {
				t.Fatalf("stands in: %t, but there are %d menus", stands, len(more))
			}
			if !stands {
				continue
			}
			d.Picture("letters-stand-in" + c.name)
			d.page.sent.correct(d.page.sent.rows[0])
			d.wait("the text", func() bool { return d.Sees(lang.T("letters.correct_deed")) })
			uitest.One(d.Window, "the text", func(e *kit.Entry) bool { return e.MultiLine }).SetText("Um neun")
			d.Click(lang.T("letters.correct_deed"))
			d.wait("the correction", func() bool { return strings.Contains(d.server.got("POST "+api+"s1/correct"), "Um neun") })
		}
	}
}

func TestPicturesOfCorrecting(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"", uitest.Large, theme.Settings{}, lang.German},
		{"-small-dark-en", uitest.Small, theme.Settings{Mode: theme.Dark}, lang.English},
		{"-small-150", uitest.Small, theme.Settings{Scale: 1.5}, lang.German},
	} {
		t.Run("letters"+c.name, func(t *testing.T) {
			lang.Use(c.code)
			d := openDesk(t, c.size, c.look, wire.RoleTeacher, corrected())
			d.correct()
			d.Picture("letters-correct" + c.name)
			d.Click(languageName("ar"))
			d.Picture("letters-correct-arabic" + c.name)
			for _, code := range []string{"uk", "ro", "fa"} {
				d.Click(lang.T("letters.add_language"))
				d.option(languageName(code), 0)
			}
			d.Picture("letters-correct-many" + c.name)
		})
	}
}
