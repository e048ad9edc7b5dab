package letters

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// languageName is what a language is called by those who speak it, and in the
// language of the program where that is another name: "Türkçe (Türkisch)". Among
// others it stands at the left, wherever its own letters begin.
func languageName(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	self := display.Self.Name(tag)
	in := display.Languages(language.German)
	if lang.Current() == lang.English {
		in = display.Languages(language.English)
	}
	here := in.Name(tag)
	switch {
	case self == "":
		return here
	case here == "" || here == self:
		return self
	}
	if kit.RightToLeft(self) {
		self = "\u200e" + self
	}
	return self + " (" + here + ")"
}

// engineName is what a machine is called; the server knows it by the word in its settings.
func engineName(engine string) string {
	switch engine {
	case "libretranslate":
		return "LibreTranslate"
	case "deepl":
		return "DeepL"
	case "":
		return lang.T("letters.machine")
	}
	return engine
}

// yesNo are the two answers to most questions, in the languages of the school's
// templates: no machine is needed for them.
var yesNo = map[string][2]string{
	"de": {"Ja", "Nein"}, "en": {"Yes", "No"}, "tr": {"Evet", "Hayır"}, "ar": {"نعم", "لا"}, "uk": {"Так", "Ні"},
	"ru": {"Да", "Нет"}, "pl": {"Tak", "Nie"}, "ro": {"Da", "Nu"}, "fa": {"بله", "خیر"}, "fr": {"Oui", "Non"},
}

// question is the letter's question in the language that is shown: as the sender wrote
// it, else as a machine translated it.
func (r *reader) question() (text string, machine bool) {
	c := r.letter.Ask.Choice
	if r.text == nil || r.original {
		return c.Question, false
	}
	if written := c.In(r.text.Lang).Question; written != "" {
		return written, false
	}
	return cmp.Or(r.text.Question, c.Question), r.text.Question != ""
}

// optionText is an option in the language that is shown, with the school's own word
// for it: "نعم (Ja)". It is the sender's, a word that the program knows, or a machine's.
func (r *reader) optionText(i int) (shown string, machine bool) {
	c := r.letter.Ask.Choice
	text := c.Options[i]
	if r.text == nil || r.original {
		return text, false
	}
	other := ""
	if i < len(r.text.Options) {
		other, machine = r.text.Options[i], true
	}
	base, _, _ := strings.Cut(r.text.Lang, "-")
	for _, words := range yesNo {
		if at := slices.Index(words[:], text); at >= 0 && yesNo[base][at] != "" {
			other, machine = yesNo[base][at], false
		}
	}
	if written := c.In(r.text.Lang).Options; i < len(written) {
		other, machine = written[i], false
	}
	if other == "" || other == text {
		return text, false
	}
	return other + " (" + text + ")", machine
}

// askedByMachine tells whether a machine translated some of the question, below a text
// that the sender wrote.
func (r *reader) askedByMachine() bool {
	if r.text == nil || r.text.Machine || r.letter.Ask.Choice == nil {
		return false
	}
	_, machine := r.question()
	for i := range r.letter.Ask.Choice.Options {
		_, by := r.optionText(i)
		machine = machine || by
	}
	return machine
}

// pickLanguage asks in which language letters are to be read; it is remembered.
func (r *reader) pickLanguage() {
	visit, l := r.visit, r.letter
	r.busy.Start()
	var can wire.LetterLanguages
	r.b.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		can, err = r.b.p.e.Languages(ctx)
		return err
	}, func(err error) {
		r.busy.Stop()
		if r.visit == visit {
			r.languages(l.Lang, l.Langs, can, err)
		}
	})
}

// languages shows the choice: the original, the sender's versions, the machine's.
func (r *reader) languages(original string, own []string, can wire.LetterLanguages, err error) {
	column := kit.Column(2)
	var form *module.Form
	var first fyne.Focusable
	add := func(text, code string) {
		o := newOption(text, false, r.wants == code, func() {
			form.Shut()
			r.setLanguage(code)
		})
		if first == nil {
			first = o
		}
		column.Add(o)
	}
	add(lang.T("letters.original_in", "Language", languageName(original)), "")
	if len(own) > 0 {
		column.Add(kit.Inset(theme.Gap, theme.Unit, theme.Unit, 0, kit.NewNote(lang.T("letters.from_school"))))
		for _, code := range own {
			add(languageName(code), code)
		}
	}
	var machine []string
	for _, c := range can.Languages {
		if c.Code != original && !slices.Contains(own, c.Code) {
			machine = append(machine, c.Code)
		}
	}
	note := ""
	switch {
	case err != nil:
		note = module.Sentence(err, r.now())
	case !can.On:
		note = lang.T("letters.no_machine")
	case len(machine) == 0:
		note = lang.T("letters.machine_down")
	default:
		column.Add(kit.Inset(theme.Gap, theme.Unit, theme.Unit, 0, kit.NewNote(lang.T("letters.from_machine"))))
		sorter := lang.NewSorter()
		slices.SortFunc(machine, func(a, b string) int { return sorter.Compare(languageName(a), languageName(b)) })
		for _, code := range machine {
			add(languageName(code), code)
		}
	}
	if note != "" {
		column.Add(kit.Inset(theme.Gap, 0, theme.Unit, 0, kit.NewHint(note)))
	}
	form = &module.Form{Title: lang.T("letters.translate"), Body: []fyne.CanvasObject{column}, First: first, Close: lang.T("shell.close")}
	form.Show(r.b.p.d)
}

// setLanguage shows this and all later letters in a language, "" for the original.
func (r *reader) setLanguage(code string) {
	r.wants, r.asked, r.text, r.trouble, r.original = code, true, nil, nil, false
	r.b.do(func(ctx context.Context) error { return r.b.p.e.SetLanguage(ctx, code) }, nil)
	r.build()
	r.translate()
}

// written are the languages that families at a school read most.
var written = []string{"de", "en", "tr", "ar", "uk", "ru", "pl", "ro", "fa", "fr", "sq", "bg", "hr", "sr", "es", "it", "el", "pt", "ku", "vi", "zh"}

// pickNewLanguage asks for a language to write a letter in too, of those that are not
// there yet.
func pickNewLanguage(d module.Deps, there func(code string) bool, pick func(code string)) {
	column := kit.Column(0)
	var form *module.Form
	var first fyne.Focusable
	for _, code := range written {
		if there(code) {
			continue
		}
		o := newOption(languageName(code), false, false, func() {
			form.Shut()
			pick(code)
		})
		if first == nil {
			first = o
		}
		column.Add(o)
	}
	form = &module.Form{Title: lang.T("letters.add_language"), Body: []fyne.CanvasObject{column}, First: first, Close: lang.T("shell.close")}
	form.Show(d)
}
