package letters

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// templates offers the school's templates, and to those who may write to all to
// make one of the letter.
func (e *editor) templates() {
	var list []wire.Template
	var to []wire.Target
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		if list, err = e.l.p.e.Templates(ctx); err != nil {
			return err
		}
		to, err = e.l.p.e.Targets(ctx)
		return err
	}, func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		e.offer(list, slices.ContainsFunc(to, func(t wire.Target) bool { return t.Kind == "all" }))
	})
}

func (e *editor) offer(list []wire.Template, keeps bool) {
	column := kit.Column(2)
	var form *module.Form
	var first fyne.Focusable
	for _, t := range list {
		o := newOption(t.Name, false, false, func() { form.Shut(); e.useTemplate(t) })
		if first == nil {
			first = o
		}
		if !t.Own || !keeps {
			column.Add(o)
			continue
		}
		drop := kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.template_drop", "Name", kit.OneLine(t.Name)), func() { form.Shut(); e.dropTemplate(t) })
		column.Add(container.NewBorder(nil, nil, nil, drop, o))
	}
	body := []fyne.CanvasObject{kit.NewHint(lang.T("letters.templates_text")), column}
	if keeps && strings.TrimSpace(e.draft.Markdown) != "" {
		body = append(body, kit.Row(0, kit.NewIconTextButton(ftheme.DocumentSaveIcon(), lang.T("letters.template_keep"), kit.Normal, func() {
			form.Shut()
			e.keepTemplate(list)
		})))
	}
	form = &module.Form{Title: lang.T("letters.templates"), Body: body, First: first, Close: lang.T("shell.close")}
	form.Show(e.l.p.d)
}

// keepTemplate makes a template of the letter; one of the same name gives way to it.
func (e *editor) keepTemplate(list []wire.Template) {
	name := kit.NewField(lang.T("letters.template_name"), "", "")
	name.Entry.SetText(e.draft.Subject)
	name.Entry.OnChanged = func(string) { name.SetError("") }
	own := e.draft.Lang
	if own == "" {
		own = lang.German
	}
	t := wire.Template{Texts: map[string]wire.Text{own: {Subject: e.draft.Subject, Markdown: e.draft.Markdown}}, Ask: e.draft.Ask}
	t.Ask.Deadline = nil // each letter has its own
	for code, text := range e.draft.Versions {
		if strings.TrimSpace(text.Markdown) != "" {
			t.Texts[code] = text
		}
	}
	(&module.Form{
		Title: lang.T("letters.template_title"), Body: []fyne.CanvasObject{kit.NewHint(lang.T("letters.template_text")), name},
		First: name.Entry, Deed: lang.T("letters.template_deed"),
		Check: func() bool {
			if strings.TrimSpace(name.Entry.Text) == "" {
				name.SetError(lang.T("letters.template_no_name"))
				return false
			}
			return true
		},
		Read: func() {
			t.ID, t.Name = "", strings.TrimSpace(name.Entry.Text)
			for _, other := range list {
				if other.Own && other.Name == t.Name {
					t.ID = other.ID
				}
			}
		},
		Send: func(ctx context.Context) error { return e.l.p.e.KeepTemplate(ctx, t) },
		Done: func() { e.l.p.d.Toast(lang.T("letters.template_kept", "Name", kit.OneLine(t.Name)), "", nil) },
	}).Show(e.l.p.d)
}

func (e *editor) dropTemplate(t wire.Template) {
	kit.Confirm(e.l.p.d.Window, kit.Ask{
		Title: lang.T("letters.template_drop", "Name", kit.OneLine(t.Name)), Text: lang.T("letters.template_drop_text"),
		Deed: lang.T("letters.template_drop_deed"), Cancel: lang.T("shell.cancel"), Danger: true,
		Do: func() {
			e.l.p.d.Work(module.Patience, func(ctx context.Context) error { return e.l.p.e.DropTemplate(ctx, t.ID) }, func(err error) {
				if err != nil {
					e.trouble(err)
					return
				}
				e.templates()
			})
		},
	})
}

// useTemplate takes a template's texts in all its languages; a text that was
// written already is not thrown away unasked.
func (e *editor) useTemplate(t wire.Template) {
	use := func() {
		code := lang.German
		if _, ok := t.Texts[code]; !ok {
			code = slices.Min(slices.Collect(maps.Keys(t.Texts)))
		}
		e.draft.Lang, e.draft.Subject, e.draft.Markdown = code, t.Texts[code].Subject, t.Texts[code].Markdown
		e.draft.Versions = map[string]wire.Text{}
		for other, text := range t.Texts {
			if other != code {
				e.draft.Versions[other] = text
			}
		}
		e.draft.Ask, e.lang = t.Ask, ""
		e.changed()
		e.build()
	}
	if len(t.Texts) == 0 {
		return
	}
	if strings.TrimSpace(e.draft.Markdown) == "" {
		use()
		return
	}
	kit.Confirm(e.l.p.d.Window, kit.Ask{
		Title: lang.T("letters.replace_title"), Text: lang.T("letters.replace_text"), Deed: lang.T("letters.replace"), Cancel: lang.T("shell.cancel"), Danger: true, Do: use,
	})
}

// asRead is what the server made of a draft: a guardian would read it so.
type asRead struct {
	text   wire.Text
	change int // of the draft that the server filled
	lang   string
	known  bool
}

// showPreview puts the version on screen into the preview, with its placeholders
// filled where the server has said how.
func (e *editor) showPreview() {
	t := e.version()
	if f := e.filled; f.known && f.change == e.change && f.lang == e.lang {
		t = f.text
	}
	e.look.Objects = []fyne.CanvasObject{kit.NewFrame(kit.Column(12, heading(t.Subject), kit.NewLetter(t.Markdown)))}
	e.look.Refresh()
}

// fill asks the server for the preview of what it has, where that is on screen.
func (e *editor) fill() {
	id, at, code := e.draft.ID, e.change, e.lang
	if !e.preview || e.gone || id == "" || at != e.stored || e.filled.known && e.filled.change == at && e.filled.lang == code {
		return
	}
	var p wire.LetterPreview
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		p, err = e.l.p.e.Preview(ctx, id, code)
		return err
	}, func(err error) {
		if err != nil || e.gone || at != e.change || code != e.lang {
			return // the text as it was written stays
		}
		e.filled = asRead{text: p.Text, change: at, lang: code, known: true}
		if e.preview {
			e.showPreview()
			e.scroll.Refresh()
		}
	})
}
