package letters

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// build makes the draft's form anew.
func (e *editor) build() {
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
	row.Add(kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.add_target"), kit.Normal, e.pickTargets))
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
		e.fields()
	}
}

// fields shows the placeholders anew without taking the cursor from the text.
func (e *editor) fields() {
	focused := e.l.p.d.Window.Canvas().Focused()
	subject, text := e.subject, e.text
	e.build()
	switch focused {
	case fyne.Focusable(subject.Entry):
		e.subject.Entry.CursorColumn, e.subject.Entry.CursorRow = subject.Entry.CursorColumn, subject.Entry.CursorRow
		e.l.p.d.Window.Canvas().Focus(e.subject.Entry)
	case fyne.Focusable(text):
		e.text.CursorColumn, e.text.CursorRow = text.CursorColumn, text.CursorRow
		e.l.p.d.Window.Canvas().Focus(e.text)
	}
}

// texts is subject and text, with the languages above and the tools between.
func (e *editor) texts() fyne.CanvasObject {
	if _, ok := e.draft.Versions[e.lang]; e.lang != "" && !ok {
		e.lang = ""
	}
	t := e.version()
	e.subject = kit.NewField(lang.T("letters.subject"), "", "")
	e.subject.Entry.SetText(t.Subject)
	e.subject.Entry.OnChanged = func(s string) {
		v := e.version()
		v.Subject = s
		e.setVersion(v)
	}
	e.text = kit.NewEntry(lang.T("letters.text_hint"))
	e.text.MultiLine, e.text.Wrapping = true, fyne.TextWrapWord
	e.text.SetMinRowsVisible(10)
	e.text.SetText(t.Markdown)
	e.text.OnChanged = func(s string) {
		v := e.version()
		v.Markdown = s
		e.setVersion(v)
	}
	look := kit.NewChoice([]string{lang.T("letters.write"), lang.T("letters.preview")}, btoi(e.preview), func(i int) {
		e.preview = i == 1
		e.build()
	})
	tools := kit.Flow(theme.Unit, look)
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
	return kit.Column(theme.Gap, e.languageRow(), e.subject, tools, body)
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
		b := kit.NewButton(languageName(name), kit.Normal, func() {
			e.lang = code
			e.build()
		})
		b.Chosen = code == e.lang
		row.Add(b)
	}
	more := kit.NewIconTextButton(kit.GlobeIcon(), lang.T("letters.add_language"), kit.Quiet, func() { e.addLanguage(own) })
	row.Add(more)
	if e.lang != "" {
		row.Add(kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.drop_language", "Language", languageName(e.lang)), func() {
			delete(e.draft.Versions, e.lang)
			e.lang = ""
			e.changed()
			e.build()
		}))
	}
	return row
}

// written are the languages that families at a school read most.
var written = []string{"de", "en", "tr", "ar", "uk", "ru", "pl", "ro", "fa", "fr", "sq", "bg", "hr", "sr", "es", "it", "el", "pt", "ku", "vi", "zh"}

func (e *editor) addLanguage(own string) {
	column := kit.Column(0)
	var form *module.Form
	var first fyne.Focusable
	for _, code := range written {
		if _, there := e.draft.Versions[code]; there || code == own {
			continue
		}
		o := newOption(languageName(code), false, false, func() {
			form.Shut()
			if e.draft.Versions == nil {
				e.draft.Versions = map[string]wire.Text{}
			}
			e.draft.Versions[code] = wire.Text{}
			e.lang = code
			e.changed()
			e.build()
		})
		if first == nil {
			first = o
		}
		column.Add(o)
	}
	form = &module.Form{Title: lang.T("letters.add_language"), Body: []fyne.CanvasObject{column}, First: first, Close: lang.T("shell.close")}
	form.Show(e.l.p.d)
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
		f := kit.NewField(placeholderName(name), "", "")
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
	add := kit.NewIconTextButton(ftheme.MailAttachmentIcon(), lang.T("letters.attach"), kit.Normal, func() {
		e.l.p.d.PickFiles(func(paths []string) {
			if len(paths) > 0 {
				e.attach(paths)
			}
		})
	})
	column.Add(kit.Row(theme.Gap, add))
	column.Add(kit.NewNote(lang.T("letters.attach_hint")))
	return column
}

// check is a line to tick.
func check(text string, on bool, set func(on bool)) *option {
	var o *option
	o = newOption(text, true, on, func() {
		o.set(!o.on)
		set(o.on)
	})
	return o
}

// ask is what the letter wants to know.
func (e *editor) ask() []fyne.CanvasObject {
	a := &e.draft.Ask
	again := func() { e.changed(); e.build() }
	must := func(part string) fyne.CanvasObject {
		o := check(lang.T("letters.must"), slices.Contains(a.Must, part), func(on bool) { a.Must = toggle(a.Must, part, on); e.changed() })
		return kit.Inset(0, 0, 28, 0, o)
	}
	off := func(part string) { a.Must = toggle(a.Must, part, false) }
	list := []fyne.CanvasObject{check(lang.T("letters.ask_read"), a.Read, func(on bool) {
		if a.Read = on; !on {
			off(letters.PartRead)
		}
		again()
	})}
	if a.Read {
		list = append(list, must(letters.PartRead))
	}
	list = append(list, check(lang.T("letters.ask_choice"), a.Choice != nil, func(on bool) {
		a.Choice = nil
		off(letters.PartChoice)
		if on {
			a.Choice = &wire.Choice{Options: []string{lang.T("letters.yes"), lang.T("letters.no")}}
			a.Must = toggle(a.Must, letters.PartChoice, true)
			a.PerChild = true
		}
		again()
	}))
	if a.Choice != nil {
		list = append(list, kit.Inset(0, 0, 28, 0, e.choice(a.Choice)), must(letters.PartChoice))
	}
	list = append(list, check(lang.T("letters.ask_text"), a.Text, func(on bool) {
		if a.Text = on; !on {
			off(letters.PartText)
		}
		again()
	}))
	if a.Text {
		list = append(list, must(letters.PartText))
	}
	if !a.Read && a.Choice == nil && !a.Text {
		return list
	}
	list = append(list, check(lang.T("letters.per_child"), a.PerChild, func(on bool) { a.PerChild = on; e.changed() }))
	deadline := e.moment(lang.T("letters.deadline"), a.Deadline, func(t *time.Time) { a.Deadline = t })
	remind := kit.NewField(lang.T("letters.remind_days"), "3, 1", lang.T("letters.remind_hint"))
	remind.Entry.SetText(daysText(e.draft.Remind))
	remind.Entry.OnChanged = func(s string) {
		days, ok := parseDays(s)
		if !ok {
			remind.SetError(lang.T("letters.remind_wrong"))
			return
		}
		remind.SetError("")
		e.draft.Remind = days
		e.changed()
	}
	return append(list, deadline, remind)
}

// moment is a field for a day, with or without a time.
func (e *editor) moment(label string, t *time.Time, set func(t *time.Time)) *kit.Field {
	now := e.l.p.d.Now()
	f := kit.NewField(label, lang.T("letters.day_example"), lang.T("letters.day_hint"))
	f.Entry.SetText(dayText(t, now))
	f.Entry.OnChanged = func(s string) {
		f.SetError("")
		if strings.TrimSpace(s) == "" {
			set(nil)
			e.changed()
			return
		}
		at, ok := parseDay(s, now)
		switch {
		case !ok:
			f.SetError(lang.T("letters.day_wrong"))
			return
		case !at.After(now):
			f.SetError(lang.T("letters.day_past"))
			return
		}
		f.SetHint(lang.FullTime(at))
		set(&at)
		e.changed()
	}
	return f
}

// choice is the question with its options, one in a line.
func (e *editor) choice(c *wire.Choice) fyne.CanvasObject {
	question := kit.NewField(lang.T("letters.question"), lang.T("letters.question_example"), "")
	question.Entry.SetText(c.Question)
	question.Entry.OnChanged = func(s string) { c.Question = s; e.changed() }
	options := kit.NewEntry("")
	options.MultiLine, options.Scroll = true, fyne.ScrollNone // it grows with its lines
	options.SetMinRowsVisible(3)
	options.SetText(strings.Join(c.Options, "\n"))
	options.OnChanged = func(s string) {
		c.Options = nil
		for row := range strings.SplitSeq(s, "\n") {
			if row = strings.TrimSpace(row); row != "" {
				c.Options = append(c.Options, row)
			}
		}
		e.changed()
	}
	return kit.Column(theme.Gap, question, kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.choices")), options),
		check(lang.T("letters.several_ok"), c.Several, func(on bool) { c.Several = on; e.changed() }))
}

// options are what else there is to say about a letter.
func (e *editor) options() []fyne.CanvasObject {
	important := check(lang.T("letters.important"), e.draft.Important, func(on bool) { e.draft.Important = on; e.changed() })
	at := e.moment(lang.T("letters.send_at"), e.draft.SendAt, func(t *time.Time) {
		e.draft.SendAt = t
		e.showReach()
	})
	co := kit.Flow(theme.Gap)
	for i, id := range e.draft.CoSenders {
		name := lang.T("letters.co")
		if i < len(e.draft.CoNames) {
			name = e.draft.CoNames[i]
		}
		co.Add(chip(name, func() {
			e.pickSender(wire.Target{ID: id}, false)
			e.changed()
			e.build()
		}))
	}
	co.Add(kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.co_add"), kit.Normal, e.pickSenders))
	return []fyne.CanvasObject{important, at, kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.co")), co, kit.NewNote(lang.T("letters.co_hint")))}
}

// pickSender adds a co-sender, or takes one out.
func (e *editor) pickSender(t wire.Target, on bool) {
	ids, names := slices.Clone(e.draft.CoSenders), slices.Clone(e.draft.CoNames)
	for len(names) < len(ids) { // of a draft that an older program kept
		names = append(names, lang.T("letters.co"))
	}
	names = names[:len(ids)]
	if i := slices.Index(ids, t.ID); i >= 0 {
		ids, names = slices.Delete(ids, i, i+1), slices.Delete(names, i, i+1)
	}
	if on {
		ids, names = append(ids, t.ID), append(names, t.Name)
	}
	e.draft.CoSenders, e.draft.CoNames = ids, names
}

func (e *editor) pickSenders() {
	var all []wire.Target
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		all, err = e.l.p.e.Senders(ctx, "")
		return err
	}, func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		picker{
			title: lang.T("letters.co"), hint: lang.T("letters.co_search"), all: all,
			find: e.l.p.e.Senders,
			has:  func(t wire.Target) bool { return slices.Contains(e.draft.CoSenders, t.ID) },
			pick: e.pickSender,
			done: func() { e.changed(); e.build() },
		}.show(e.l.p.d)
	})
}
