package letters

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// buffet is a question of the sender's own, in Arabic too.
func buffet() *wire.Choice {
	return &wire.Choice{Question: "Was bringt ihr mit?", Options: []string{"Kuchen", "Salat"}, Versions: map[string]wire.ChoiceText{
		"ar": {Question: "ماذا ستحضرون؟", Options: []string{"كعكة", "سلطة"}},
	}}
}

// invited is an inbox with that question below a letter in German, Arabic and Turkish. A
// machine translates it into Turkish, but only when asked a second time.
func invited() *fake {
	list := post()
	list[0].Ask.Choice = buffet()
	f := newServer(list)
	var asked atomic.Int32
	f.answers["GET "+api+"ausflug/text?lang=tr"] = func([]byte) any {
		text := wire.Translation{Lang: "tr", Subject: "Müze gezisi", Markdown: "Sevgili veliler"}
		if asked.Add(1) > 1 {
			text.Question, text.Options, text.Engine = "Ne getirirsiniz?", []string{"Kek", "Salata"}, "libretranslate"
		}
		return text
	}
	return f
}

// TestOwnQuestion holds that the sender's question is shown in the language of the
// sender's text, a machine's with a mark, and that one that comes late is shown too.
func TestOwnQuestion(t *testing.T) {
	d := openDesk(t, uitest.Large, theme.Settings{}, wire.RoleGuardian, invited())
	d.letter("Ausflug")
	if !d.Sees("Was bringt ihr mit?") || !d.Sees("Kuchen") {
		t.Fatalf("the original says %q", d.Texts())
	}
	d.page.inbox.pane.setLanguage("ar")
	d.wait("the sender's question", func() bool {
		return d.Sees("ماذا ستحضرون؟") && d.Sees("كعكة (Kuchen)") && d.Sees("سلطة (Salat)")
	})
	if d.Sees("Was bringt ihr mit?") || d.Sees("hat eine Maschine übersetzt") {
		t.Errorf("in Arabic it says %q", d.Texts())
	}
	d.Picture("letters-own-question")
	d.page.inbox.pane.setLanguage("tr")
	d.wait("the machine's question", func() bool {
		return d.Sees("Ne getirirsiniz?") && d.Sees("Kek (Kuchen)") && d.Sees("Die Frage hat eine Maschine übersetzt (LibreTranslate)")
	})
	if !d.Sees("Von der Schule geschrieben") {
		t.Errorf("in Turkish it says %q", d.Texts())
	}
	d.Picture("letters-machine-question")
	d.Click("Original zeigen")
	if !d.Sees("Was bringt ihr mit?") || d.Sees("Kek") || d.Sees("hat eine Maschine übersetzt") {
		t.Errorf("the original says %q", d.Texts())
	}
}

// TestWholeQuestion is when a text has the letter's question with it.
func TestWholeQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		choice *wire.Choice
		text   wire.Translation
		want   bool
	}{
		"no question":   {nil, wire.Translation{Lang: "tr"}, true},
		"the sender's":  {buffet(), wire.Translation{Lang: "ar"}, true},
		"a variety":     {buffet(), wire.Translation{Lang: "ar-EG"}, true},
		"a machine's":   {buffet(), wire.Translation{Lang: "tr", Options: []string{"a", "b"}}, true},
		"not yet":       {buffet(), wire.Translation{Lang: "tr"}, false},
		"only the text": {&wire.Choice{Options: []string{"a", "b"}, Versions: map[string]wire.ChoiceText{"tr": {Question: "c"}}}, wire.Translation{Lang: "tr"}, false},
	} {
		l := letters.Letter{Letter: wire.Letter{Ask: wire.Ask{Choice: c.choice}}}
		if got := l.Whole(c.text); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestWriteQuestion writes a question in two languages: it is sent with both, options
// that are fewer are marked, and a language that goes takes its question along.
func TestWriteQuestion(t *testing.T) {
	d := teacher(t)
	d.page.drafts.create()
	e := d.page.drafts.editor
	e.draft.Subject, e.draft.Markdown = "Fest", "Liebe Eltern"
	e.draft.Ask = wire.Ask{Choice: buffet(), PerChild: true}
	e.draft.Ask.Choice.Versions = nil
	e.draft.Versions = map[string]wire.Text{"tr": {Subject: "Şenlik", Markdown: "Sevgili veliler"}}
	e.retarget()
	d.Click("Türkçe (Türkisch)")
	d.Type(d.Field("Frage: Türkçe (Türkisch)").Entry, "Ne getirirsiniz?")
	options := uitest.One(d.Window, "the options", func(o *kit.Entry) bool { return o.PlaceHolder == "Kuchen\nSalat" })
	options.SetText("Kek")
	d.Queue.Drain()
	if !d.Sees("Im Original sind es 2 Antworten") {
		t.Errorf("one option too few: %q", d.Texts())
	}
	options.SetText("Kek\n\n Salata ")
	d.Queue.Drain()
	if d.Sees("Im Original sind es 2 Antworten") {
		t.Errorf("as many options: %q", d.Texts())
	}
	written := func() (out wire.Draft) {
		t.Helper()
		saved := false
		e.save(func(err error) {
			if saved = true; err != nil {
				t.Error(err)
			}
		})
		d.wait("the server to have it", func() bool { return saved })
		d.server.set(func() {
			_, body, _ := strings.Cut(d.server.asked[len(d.server.asked)-1], "{")
			if err := json.Unmarshal([]byte("{"+body), &out); err != nil {
				t.Fatal(err)
			}
		})
		return out
	}
	got := written().Ask.Choice
	if got.Question != "Was bringt ihr mit?" || got.In("tr").Question != "Ne getirirsiniz?" || strings.Join(got.In("tr").Options, ",") != "Kek,Salata" {
		t.Errorf("the server got %+v", got)
	}
	d.Click("Deutsch")
	if d.Field("Frage").Entry.Text != "Was bringt ihr mit?" {
		t.Errorf("in German: %q", d.Texts())
	}
	d.Click("Türkçe (Türkisch)")
	if d.Field("Frage: Türkçe (Türkisch)").Entry.Text != "Ne getirirsiniz?" {
		t.Errorf("back in Turkish: %q", d.Texts())
	}
	d.Click("Türkçe (Türkisch) entfernen")
	if got := written(); len(got.Versions) != 0 || len(got.Ask.Choice.Versions) != 0 {
		t.Errorf("without Turkish: %+v", got.Ask.Choice)
	}
	e.gone = true
}

// TestCopyOf holds that what is saved does not change while one writes on.
func TestCopyOf(t *testing.T) {
	d := wire.Draft{Versions: map[string]wire.Text{"tr": {Subject: "a"}}, Values: map[string]string{"date": "a"}, Ask: wire.Ask{Choice: buffet(), Must: []string{"choice"}}}
	c := copyOf(d)
	d.Versions["tr"], d.Values["date"] = wire.Text{Subject: "b"}, "b"
	d.Ask.Must[0], d.Ask.Choice.Question, d.Ask.Choice.Versions["ar"] = "read", "b", wire.ChoiceText{Question: "b"}
	if c.Versions["tr"].Subject != "a" || c.Values["date"] != "a" || c.Ask.Must[0] != "choice" || c.Ask.Choice.Question != "Was bringt ihr mit?" || c.Ask.Choice.In("ar").Question == "b" {
		t.Errorf("the copy is %+v, %+v", c, c.Ask.Choice)
	}
	if c := copyOf(wire.Draft{}); c.Ask.Choice != nil || c.Versions != nil {
		t.Errorf("of nothing: %+v", c)
	}
}

func TestPicturesOfQuestions(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		code string
	}{
		{"", uitest.Large, theme.Settings{}, lang.German},
		{"-dark-en", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.English},
		{"-small-150", uitest.Small, theme.Settings{Scale: 1.5}, lang.German},
	} {
		lang.Use(c.code)
		d := openDesk(t, c.size, c.look, wire.RoleTeacher, school())
		d.page.turn(modeDrafts)
		d.page.drafts.create()
		e := d.page.drafts.editor
		e.draft.Versions = map[string]wire.Text{"ar": {Subject: "رحلة", Markdown: arabic}}
		e.draft.Ask, e.lang = wire.Ask{Choice: buffet(), PerChild: true}, "ar"
		ar := e.draft.Ask.Choice.Versions["ar"]
		ar.Options = ar.Options[:1]
		e.draft.Ask.Choice.Versions["ar"] = ar
		e.build()
		e.scroll.ScrollToOffset(fyne.NewPos(0, uitest.Place(d.Field(lang.T("letters.question_in", "Language", languageName("ar")))).Y-150))
		d.Picture("letters-editor-question" + c.name)
		delete(e.draft.Ask.Choice.Versions, "ar")
		e.build()
		d.Picture("letters-editor-question-empty" + c.name)
		e.gone = true
	}
}
