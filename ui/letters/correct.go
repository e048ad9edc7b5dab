package letters

import (
	"context"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// correction is the new version of a letter while it is written, in all languages.
type correction struct {
	d         module.Deps
	version   int    // which is corrected
	own       string // the letter's language
	on        string // the language on screen, "" for the letter's own
	texts     map[string]wire.Text
	languages *fyne.Container
	subject   *kit.Field
	text      *kit.Entry
}

func newCorrection(d module.Deps, own string, v wire.LetterVersion) *correction {
	c := &correction{d: d, version: v.Version, own: own, texts: map[string]wire.Text{"": v.Text}, languages: kit.Flow(theme.Unit)}
	maps.Copy(c.texts, v.Versions)
	c.subject = kit.NewField(lang.T("letters.subject"), "", "")
	c.text = kit.NewEntry("")
	c.text.MultiLine, c.text.Wrapping = true, fyne.TextWrapWord
	c.text.SetMinRowsVisible(9)
	c.subject.Entry.OnChanged = func(s string) {
		t := c.texts[c.on]
		t.Subject = s
		c.texts[c.on] = t
		c.subject.SetError("")
	}
	c.text.OnChanged = func(s string) {
		t := c.texts[c.on]
		t.Markdown = s
		c.texts[c.on] = t
	}
	c.show("")
	return c
}

// show brings the text in a language on screen.
func (c *correction) show(code string) {
	c.on = code
	c.subject.Entry.SetText(c.texts[code].Subject)
	c.text.SetText(c.texts[code].Markdown)
	c.languages.Objects = nil
	for _, code := range slices.Sorted(maps.Keys(c.texts)) {
		name := code
		if name == "" {
			name = c.own
		}
		b := kit.NewButton(languageName(name), kit.Normal, func() { c.turn(code) })
		b.Chosen = code == c.on
		c.languages.Add(b)
	}
	c.languages.Add(kit.NewIconTextButton(kit.GlobeIcon(), lang.T("letters.add_language"), kit.Quiet, c.add))
	if code != "" {
		c.languages.Add(kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.drop_language", "Language", languageName(code)), func() {
			delete(c.texts, code)
			c.turn("")
		}))
	}
	c.languages.Refresh()
	c.subject.SetError("") // lays the dialog out anew: the row may be higher now
}

// turn does so while the dialog is open, and gives the text the keyboard: the buttons
// are others now.
func (c *correction) turn(code string) {
	c.show(code)
	c.d.Window.Canvas().Focus(c.text)
}

// add begins the letter's text in a further language.
func (c *correction) add() {
	pickNewLanguage(c.d, func(code string) bool {
		_, there := c.texts[code]
		return there || code == c.own
	}, func(code string) {
		c.texts[code] = wire.Text{}
		c.turn(code)
	})
}

// wire gives what is sent.
func (c *correction) wire() wire.Correction {
	others := maps.Clone(c.texts)
	delete(others, "")
	return wire.Correction{Subject: c.texts[""].Subject, Markdown: c.texts[""].Markdown, Versions: others, Version: c.version}
}

// correct gives a letter that was sent a new version.
func (s *sent) correct(l wire.SentLetter) {
	var was wire.LetterVersions
	s.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		was, err = s.p.e.Versions(ctx, l.ID)
		return err
	}, func(err error) {
		if err != nil || len(was.Versions) == 0 {
			s.p.d.Toast(module.Sentence(err, s.p.d.Now()), "", nil)
			return
		}
		c := newCorrection(s.p.d, was.Lang, was.Versions[0])
		var now wire.Correction
		(&module.Form{
			Title: lang.T("letters.correct"), Body: []fyne.CanvasObject{kit.NewHint(lang.T("letters.correct_text")), c.languages, c.subject, c.text},
			Deed: lang.T("letters.correct_deed"), Wide: true, Stays: true,
			Wrong: func(err error) bool {
				words := problem(err, s.p.d.Now())
				if remote.Code(err) == wire.CodeConflict {
					words = lang.T("letters.corrected_meanwhile")
				}
				c.subject.SetError(words)
				return true
			},
			Read: func() { now = c.wire() },
			Send: func(ctx context.Context) error {
				_, err := s.p.e.Correct(ctx, l.ID, now)
				return err
			},
			Done: func() {
				s.p.d.Toast(lang.T("letters.corrected_done"), "", nil)
				s.load()
			},
		}).Show(s.p.d)
	})
}
