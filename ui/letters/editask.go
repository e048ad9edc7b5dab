package letters

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// check is a line to tick.
func (e *editor) check(text string, ticked bool, set func(on bool)) *option {
	var o *option
	o = newOption(text, true, ticked, func() {
		o.set(!o.on)
		set(o.on)
	})
	return on(e, o)
}

// ask is what the letter wants to know.
func (e *editor) ask() []fyne.CanvasObject {
	a := &e.draft.Ask
	again := func() { e.changed(); e.build() }
	must := func(part string) fyne.CanvasObject {
		o := e.check(lang.T("letters.must"), slices.Contains(a.Must, part), func(on bool) { a.Must = toggle(a.Must, part, on); e.changed() })
		return kit.Inset(0, 0, 28, 0, o)
	}
	off := func(part string) { a.Must = toggle(a.Must, part, false) }
	list := []fyne.CanvasObject{e.check(lang.T("letters.ask_read"), a.Read, func(on bool) {
		if a.Read = on; !on {
			off(letters.PartRead)
		}
		again()
	})}
	if a.Read {
		list = append(list, must(letters.PartRead))
	}
	list = append(list, e.check(lang.T("letters.ask_choice"), a.Choice != nil, func(on bool) {
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
	list = append(list, e.check(lang.T("letters.ask_text"), a.Text, func(on bool) {
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
	list = append(list, e.check(lang.T("letters.per_child"), a.PerChild, func(on bool) { a.PerChild = on; e.changed() }))
	deadline := e.moment(lang.T("letters.deadline"), a.Deadline, func(t *time.Time) { a.Deadline = t })
	remind := e.field(lang.T("letters.remind_days"), "3, 1", lang.T("letters.remind_hint"))
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
	f := e.field(label, lang.T("letters.day_example"), lang.T("letters.day_hint"))
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

// choice is the question with its options, one in a line, in the language on screen.
func (e *editor) choice(c *wire.Choice) fyne.CanvasObject {
	if e.lang != "" {
		return e.choiceIn(c, e.lang)
	}
	question := e.field(lang.T("letters.question"), lang.T("letters.question_example"), "")
	question.Entry.SetText(c.Question)
	question.Entry.OnChanged = func(s string) { c.Question = s; e.changed() }
	options := e.lineByLine("", c.Options, func(rows []string) { c.Options = rows; e.changed() })
	return kit.Column(theme.Gap, question, kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.choices")), options),
		e.check(lang.T("letters.several_ok"), c.Several, func(on bool) { c.Several = on; e.changed() }))
}

// choiceIn is the question with its options in a further language, beside the original.
func (e *editor) choiceIn(c *wire.Choice, code string) fyne.CanvasObject {
	written := c.Versions[code]
	wrong := kit.NewParagraph(lang.T("letters.choices_differ", "Count", lang.Number(int64(len(c.Options)))))
	wrong.Color = theme.ColorDanger
	set := func() {
		if c.Versions == nil {
			c.Versions = map[string]wire.ChoiceText{}
		}
		c.Versions[code] = written
		wrong.Hidden = len(written.Options) == 0 || len(written.Options) == len(c.Options)
		e.column.Refresh()
		e.changed()
	}
	wrong.Hidden = len(written.Options) == 0 || len(written.Options) == len(c.Options)
	question := e.field(lang.T("letters.question_in", "Language", languageName(code)), c.Question, "")
	question.Entry.SetText(written.Question)
	question.Entry.OnChanged = func(s string) { written.Question = s; set() }
	options := e.lineByLine(strings.Join(c.Options, "\n"), written.Options, func(rows []string) { written.Options = rows; set() })
	return kit.Column(theme.Gap, question, kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.choices_in", "Language", languageName(code))), options),
		wrong, kit.NewNote(lang.T("letters.choices_in_hint")))
}

// lineByLine is where one writes several texts, one in a line.
func (e *editor) lineByLine(hint string, texts []string, set func(texts []string)) *kit.Entry {
	entry := on(e, kit.NewEntry(hint))
	entry.MultiLine, entry.Scroll = true, fyne.ScrollNone // it grows with its lines
	entry.SetMinRowsVisible(3)
	entry.SetText(strings.Join(texts, "\n"))
	entry.OnChanged = func(s string) {
		var rows []string
		for row := range strings.SplitSeq(s, "\n") {
			if row = strings.TrimSpace(row); row != "" {
				rows = append(rows, row)
			}
		}
		set(rows)
	}
	return entry
}

// options are what else there is to say about a letter.
func (e *editor) options() []fyne.CanvasObject {
	important := e.check(lang.T("letters.important"), e.draft.Important, func(on bool) { e.draft.Important = on; e.changed() })
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
	co.Add(on(e, kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.co_add"), kit.Normal, e.pickSenders)))
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
