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
	"schulhof/ui/theme"
)

// build makes the draft's form anew; the keyboard stays where it was.
func (e *editor) build() {
	before, offset := e.control, e.scroll.Offset
	e.control = nil
	defer func() {
		refocus(e.l.p.d.Window.Canvas(), before, e.control)
		e.scroll.ScrollToOffset(offset)
	}()
	e.column.Objects = []fyne.CanvasObject{e.strip}
	e.column.Add(e.targets())
	e.column.Add(e.texts())
	if names := toFill(e.draft); len(names) > 0 {
		e.column.Add(e.values(names))
	}
	e.column.Add(e.files())
	e.column.Add(kit.NewFrame(kit.NewPart(lang.T("letters.ask"), e.ask()...)))
	e.column.Add(kit.NewFrame(kit.NewPart(lang.T("letters.options"), e.options()...)))
	e.column.Refresh()
	e.scroll.Refresh() // what wraps knows its height now
	e.showReach()
}

// on notes what one writes with.
func on[T fyne.Focusable](e *editor, control T) T {
	e.control = append(e.control, control)
	return control
}

// field is a field of the form.
func (e *editor) field(label, placeholder, hint string) *kit.Field {
	f := kit.NewField(label, placeholder, hint)
	on(e, f.Entry)
	return f
}

// chip is a word with a cross to take it away.
func chip(text string, remove func()) fyne.CanvasObject {
	words := kit.NewWhole(text)
	cross := kit.NewIconButton(ftheme.CancelIcon(), lang.T("letters.take_out", "Name", text), remove)
	ground := kit.NewGround(theme.ColorAccentSoft)
	ground.Corner = theme.Corner
	return container.NewStack(ground, kit.Inset(0, 0, 12, 0, kit.Row(0, words, cross)))
}

// targets shows to whom the letter goes.
func (e *editor) targets() fyne.CanvasObject {
	row := kit.Flow(theme.Gap)
	for i, t := range e.draft.To {
		row.Add(chip(targetName(t), func() {
			e.draft.To = slices.Delete(slices.Clone(e.draft.To), i, i+1)
			e.retarget()
		}))
	}
	row.Add(on(e, kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.add_target"), kit.Normal, e.pickTargets)))
	return kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.targets")), row)
}

func (e *editor) retarget() {
	e.changed()
	e.build()
	e.askReach()
}

func (e *editor) pickTargets() {
	var all []wire.Target
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		all, err = e.l.p.e.Targets(ctx)
		return err
	}, func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		same := func(t wire.Target) func(wire.Target) bool {
			return func(u wire.Target) bool { return t.Kind == u.Kind && t.ID == u.ID }
		}
		picker{
			title: lang.T("letters.targets"), hint: lang.T("letters.targets_hint"), all: all, find: e.l.p.e.Children,
			has: func(t wire.Target) bool { return slices.ContainsFunc(e.draft.To, same(t)) },
			pick: func(t wire.Target, on bool) {
				e.draft.To = slices.DeleteFunc(slices.Clone(e.draft.To), same(t))
				if on {
					e.draft.To = append(e.draft.To, t)
				}
			},
			done: e.retarget,
		}.show(e.l.p.d)
	})
}

// version gives the text in the language on screen.
func (e *editor) version() wire.Text {
	if e.lang == "" {
		return wire.Text{Subject: e.draft.Subject, Markdown: e.draft.Markdown}
	}
	return e.draft.Versions[e.lang]
}

func (e *editor) setVersion(t wire.Text) {
	before := toFill(e.draft)
	if e.lang == "" {
		e.draft.Subject, e.draft.Markdown = t.Subject, t.Markdown
	} else {
		e.draft.Versions[e.lang] = t
	}
	e.changed()
	if !slices.Equal(before, toFill(e.draft)) && !e.preview {
		e.build()
	}
}

// texts is subject and text, with the languages above and the tools between.
func (e *editor) texts() fyne.CanvasObject {
	if _, ok := e.draft.Versions[e.lang]; e.lang != "" && !ok {
		e.lang = ""
	}
	t := e.version()
	languages := e.languageRow() // stands above
	e.subject = e.field(lang.T("letters.subject"), "", "")
	e.subject.Entry.SetText(t.Subject)
	e.subject.Entry.OnChanged = func(s string) {
		v := e.version()
		v.Subject = s
		e.setVersion(v)
	}
	e.text = on(e, kit.NewEntry(lang.T("letters.text_hint")))
	e.text.MultiLine, e.text.Wrapping = true, fyne.TextWrapWord
	e.text.SetText(t.Markdown)
	e.text.OnChanged = func(s string) {
		v := e.version()
		v.Markdown = s
		e.setVersion(v)
		e.grow()
	}
	e.text.OnCursorChanged = e.follow
	e.rows = e.height()
	e.text.SetMinRowsVisible(e.rows)
	if e.modes == nil { // the same one each time, for it may have the keyboard
		e.modes = kit.NewChoice([]string{lang.T("letters.write"), lang.T("letters.preview")}, btoi(e.preview), func(i int) {
			e.preview = i == 1
			e.build()
		})
	}
	tools := kit.Flow(theme.Unit, e.modes)
	var body fyne.CanvasObject = e.text
	if e.preview {
		e.look = container.NewStack()
		e.showPreview()
		body = e.look
		if e.change == e.stored {
			e.fill()
		} else if !e.empty() {
			e.save(nil)
		}
	} else {
		add := func(label string, icon fyne.Resource, do func()) {
			tools.Add(kit.NewIconTextButton(icon, label, kit.Quiet, do))
		}
		add(lang.T("letters.tool_heading"), nil, func() { e.lines("## ", lang.T("letters.tool_heading")) })
		add(lang.T("letters.tool_bold"), nil, e.bold)
		add(lang.T("letters.tool_list"), ftheme.ListIcon(), func() { e.lines("- ", "") })
		add(lang.T("letters.tool_link"), nil, e.link)
	}
	return kit.Column(theme.Gap, languages, e.subject, tools, body)
}

// mostRows bounds how far the text grows before it scrolls by itself.
const mostRows = 120

// grow gives the text the height of its lines, so that one wheel scrolls the whole letter.
func (e *editor) grow() {
	if rows := e.height(); rows != e.rows {
		e.rows = rows
		e.text.SetMinRowsVisible(rows)
		e.column.Refresh()
		e.scroll.Refresh()
	}
}

// height counts the lines of the text as they stand in the window; what words take
// that go to the next line is guessed generously.
func (e *editor) height() int {
	size := fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText)
	width := max(e.column.Size().Width-40, 200)
	rows := 2
	for line := range strings.SplitSeq(e.text.Text, "\n") {
		rows += 1 + int(fyne.MeasureText(line, size, fyne.TextStyle{}).Width*1.08/width)
	}
	return min(max(rows, 10), mostRows)
}

// follow keeps the line that one writes within the window.
func (e *editor) follow() {
	if e.l.p.d.Window.Canvas().Focused() != fyne.Focusable(e.text) {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(e.text).Y - fyne.CurrentApp().Driver().AbsolutePositionForObject(e.scroll.Content).Y
	line := fyne.MeasureText("x", fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText), fyne.TextStyle{}).Height
	top := at + float32(e.text.CursorRow)*line
	offset := e.scroll.Offset
	switch room := e.scroll.Size().Height; {
	case top < offset.Y:
		offset.Y = top
	case top+3*line > offset.Y+room:
		offset.Y = top + 3*line - room
	default:
		return
	}
	e.scroll.ScrollToOffset(offset)
}

// languageRow chooses the version that is written.
func (e *editor) languageRow() fyne.CanvasObject {
	own := e.draft.Lang
	if own == "" {
		own = lang.German
	}
	row := kit.Flow(theme.Unit)
	for _, code := range append([]string{""}, slices.Sorted(maps.Keys(e.draft.Versions))...) {
		name := own
		if code != "" {
			name = code
		}
		b := on(e, kit.NewButton(languageName(name), kit.Normal, func() {
			e.lang = code
			e.build()
		}))
		b.Chosen = code == e.lang
		row.Add(b)
	}
	more := on(e, kit.NewIconTextButton(kit.GlobeIcon(), lang.T("letters.add_language"), kit.Quiet, func() { e.addLanguage(own) }))
	row.Add(more)
	if e.lang != "" {
		row.Add(kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.drop_language", "Language", languageName(e.lang)), func() {
			delete(e.draft.Versions, e.lang)
			if c := e.draft.Ask.Choice; c != nil {
				delete(c.Versions, e.lang)
			}
			e.lang = ""
			e.changed()
			e.build()
		}))
	}
	return row
}

func (e *editor) addLanguage(own string) {
	there := func(code string) bool {
		_, there := e.draft.Versions[code]
		return there || code == own
	}
	pickNewLanguage(e.l.p.d, there, func(code string) {
		if e.draft.Versions == nil {
			e.draft.Versions = map[string]wire.Text{}
		}
		e.draft.Versions[code] = wire.Text{}
		e.lang = code
		e.changed()
		e.build()
	})
}

// snippet is a clipboard with one text: pasting it takes the place of what is
// selected, in a step that can be undone.
type snippet string

// Content implements fyne.Clipboard.
func (s snippet) Content() string { return string(s) }

// SetContent implements fyne.Clipboard.
func (snippet) SetContent(string) {}

func (e *editor) insert(text string) {
	e.l.p.d.Window.Canvas().Focus(e.text)
	e.text.TypedShortcut(&fyne.ShortcutPaste{Clipboard: snippet(text)})
}

func (e *editor) bold() {
	if s := e.text.SelectedText(); s != "" {
		e.insert("**" + strings.TrimSpace(s) + "**")
		return
	}
	e.insert("**" + lang.T("letters.tool_bold") + "**")
}

// lines puts a mark before each line that is selected, or begins such a line.
func (e *editor) lines(mark, empty string) {
	s := e.text.SelectedText()
	if s == "" {
		before := ""
		if e.text.Text != "" {
			before = "\n"
		}
		e.insert(before + mark + empty)
		return
	}
	rows := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range rows {
		rows[i] = mark + strings.TrimSpace(rows[i])
	}
	e.insert(strings.Join(rows, "\n"))
}

func (e *editor) link() {
	words := kit.NewField(lang.T("letters.link_text"), "", "")
	words.Entry.SetText(e.text.SelectedText())
	to := kit.NewField(lang.T("letters.link_to"), "https://", "")
	(&module.Form{
		Title: lang.T("letters.tool_link"), Body: []fyne.CanvasObject{words, to}, Deed: lang.T("letters.insert"), First: to.Entry,
		Check: func() bool {
			address := strings.TrimSpace(to.Entry.Text)
			if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "mailto:") || strings.ContainsAny(address, " <>") {
				to.SetError(lang.T("letters.link_wrong"))
				return false
			}
			return true
		},
		Send: func(context.Context) error { return nil },
		Done: func() {
			text := strings.NewReplacer("[", "(", "]", ")").Replace(strings.TrimSpace(words.Entry.Text))
			address := strings.NewReplacer("(", "%28", ")", "%29").Replace(strings.TrimSpace(to.Entry.Text))
			if text == "" {
				text = address
			}
			e.insert("[" + text + "](" + address + ")")
		},
	}).Show(e.l.p.d)
}

// values are the fields of a template's placeholders.
func (e *editor) values(names []string) fyne.CanvasObject {
	column := kit.Column(12)
	for _, name := range names {
		f := e.field(placeholderName(name), "", "")
		f.Entry.SetText(e.draft.Values[name])
		f.Entry.OnChanged = func(s string) {
			if e.draft.Values == nil {
				e.draft.Values = map[string]string{}
			}
			e.draft.Values[name] = s
			e.changed()
		}
		column.Add(f)
	}
	return kit.NewFrame(kit.NewPart(lang.T("letters.fill_in"), column))
}

// files lists the attachments.
func (e *editor) files() fyne.CanvasObject {
	column := kit.Column(theme.Gap)
	for _, f := range e.draft.Files {
		remove := kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.take_out", "Name", kit.OneLine(f.Name)), func() { e.detach(f) })
		column.Add(kit.NewItem(ftheme.FileIcon(), f.Name, lang.Size(f.Size), remove))
	}
	add := on(e, kit.NewIconTextButton(ftheme.MailAttachmentIcon(), lang.T("letters.attach"), kit.Normal, func() {
		e.l.p.d.PickFiles(func(paths []string) {
			if len(paths) > 0 {
				e.attach(paths)
			}
		})
	}))
	column.Add(kit.Row(theme.Gap, add))
	column.Add(kit.NewNote(lang.T("letters.attach_hint")))
	return column
}
