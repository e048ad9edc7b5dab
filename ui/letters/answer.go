package letters

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// answers shows a form for each child, or one for oneself.
func (r *reader) answers() {
	if !r.letter.Asks() {
		return
	}
	part := kit.Column(12, kit.NewHeading(lang.T("letters.your_answer")))
	if c := r.letter.Ask.Choice; c != nil && c.Question != "" {
		text, _ := r.question()
		part.Add(kit.NewParagraph(text))
	}
	if r.askedByMachine() {
		part.Add(kit.NewHint(lang.T("letters.asked_by_machine", "Engine", engineName(r.text.Engine))))
	}
	if r.letter.Refused != nil {
		banner := kit.NewBanner()
		banner.Say(kit.Trouble, lang.T("letters.refused", "Reason", refusal(r.letter.Refused)), nil)
		part.Add(banner)
	}
	for _, child := range subjects(r.letter.Letter) {
		part.Add(kit.NewFrame(r.answer(child)))
	}
	r.column.Add(part)
}

// refusal words why the server would not have an answer.
func refusal(p *wire.Problem) string {
	if key := "problem." + p.Code; lang.Has(key) {
		return lang.T(key)
	}
	if p.Detail != "" {
		return p.Detail
	}
	return lang.T("problem.invalid")
}

// answer is the form for one child.
func (r *reader) answer(child wire.LetterChild) fyne.CanvasObject {
	l, now := r.letter, r.now()
	id := l.ID + "/" + child.ID
	f := r.forms[id]
	if f == nil || !f.touched {
		fresh := formOf(l, child.ID)
		f = &fresh
		r.forms[id] = f
	}
	column := kit.Column(theme.Gap)
	if child.ID != "" {
		column.Add(kit.NewStrong(childName(child)))
	}
	for _, a := range l.Answers {
		if !a.Mine && a.Child == child.ID {
			column.Add(r.given(a))
		}
	}
	closed := l.Closed(now)
	if !onlyRead(l.Ask) {
		r.parts(column, f, closed)
	}
	if status, tone := r.status(child.ID); status != "" {
		p := kit.NewParagraph(status)
		p.Color = tone
		column.Add(p)
	}
	if !closed {
		_, done := l.Own(child.ID)
		r.sendRow(column, child, f, done)
	}
	return column
}

// onlyRead tells whether a letter wants to know nothing but that it was read.
func onlyRead(a wire.Ask) bool { return a.Read && a.Choice == nil && !a.Text }

// status says what became of an answer, "" where there is none yet.
func (r *reader) status(child string) (string, fyne.ThemeColorName) {
	l, now := r.letter, r.now()
	own, done := l.Own(child)
	switch {
	case slices.Contains(l.Waiting, child):
		return lang.T("letters.waiting"), theme.ColorWarning
	case done && own.Paper:
		return lang.T("letters.on_paper", "Time", lang.Time(own.At, now)), theme.ColorMuted
	case done:
		return lang.T("letters.answered", "Time", lang.Time(own.At, now)), theme.ColorMuted
	case l.Closed(now):
		return lang.T("letters.closed", "Time", lang.FullTime(l.Ask.Deadline.In(now.Location()))), theme.ColorMuted
	}
	return "", theme.ColorMuted
}

// given shows the answer of another guardian, or the school's from paper.
func (r *reader) given(a wire.LetterAnswer) fyne.CanvasObject {
	words := strings.Join(answerWords(r.letter.Ask, a), " · ")
	key := "letters.other_answered"
	if a.Paper {
		key = "letters.paper_answered"
	}
	return kit.NewHint(lang.T(key, "Name", person(a.By), "Time", lang.Time(a.At, r.now()), "Answer", words))
}

// answerWords lists what an answer says.
func answerWords(ask wire.Ask, a wire.LetterAnswer) []string {
	words := optionTexts(ask, a.Options)
	if a.Text != "" {
		words = append(words, "„"+a.Text+"“")
	}
	if len(words) == 0 && a.Read {
		words = []string{lang.T("letters.read")}
	}
	return words
}

// parts are the questions of a form.
func (r *reader) parts(column *fyne.Container, f *form, closed bool) {
	ask := r.letter.Ask
	must := func(part string) string {
		if slices.Contains(ask.Must, part) && !closed {
			return " " + lang.T("letters.required")
		}
		return ""
	}
	if ask.Read {
		var o *option
		o = newOption(lang.T("letters.read")+must(letters.PartRead), true, f.read, func() { f.read, f.touched = !f.read, true; o.set(f.read) })
		r.add(column, o, closed)
	}
	if ask.Choice != nil {
		if word := must(letters.PartChoice); word != "" {
			hint := lang.T("letters.one")
			if ask.Choice.Several {
				hint = lang.T("letters.some")
			}
			column.Add(kit.NewNote(hint + word))
		}
		options := make([]*option, len(ask.Choice.Options))
		for i := range ask.Choice.Options {
			text, _ := r.optionText(i)
			options[i] = newOption(text, ask.Choice.Several, slices.Contains(f.options, i), func() {
				f.pick(i, ask.Choice.Several)
				for j, o := range options {
					o.set(slices.Contains(f.options, j))
				}
			})
			r.add(column, options[i], closed)
		}
	}
	if ask.Text {
		label := kit.NewNote(lang.T("letters.message") + must(letters.PartText))
		entry := kit.NewEntry("")
		entry.MultiLine, entry.Wrapping = true, fyne.TextWrapWord
		entry.SetMinRowsVisible(3)
		entry.SetText(f.text)
		entry.OnChanged = func(s string) { f.text, f.touched = s, true }
		if closed {
			entry.Disable()
		} else {
			r.controls = append(r.controls, entry)
		}
		column.Add(kit.Column(theme.Unit, label, entry))
	}
}

func (r *reader) add(column *fyne.Container, o *option, closed bool) {
	if closed {
		o.Disable()
	} else {
		r.controls = append(r.controls, o)
	}
	column.Add(o)
}

// sendRow is the button by which an answer goes out.
func (r *reader) sendRow(column *fyne.Container, child wire.LetterChild, f *form, done bool) {
	ask := r.letter.Ask
	wrong := kit.NewParagraph("")
	wrong.Color = theme.ColorDanger
	wrong.Hide()
	word := lang.T("letters.send_answer")
	switch {
	case onlyRead(ask) && done:
		return // there is nothing to change
	case onlyRead(ask):
		word = lang.T("letters.confirm_read")
	case done:
		word = lang.T("letters.change_answer")
	}
	kind := kit.Primary
	if done {
		kind = kit.Normal
	}
	send := kit.NewButton(word, kind, func() {
		if onlyRead(ask) {
			f.read = true
		}
		if lacks := letters.Lacks(ask, f.read, f.options, strings.TrimSpace(f.text)); len(lacks) > 0 {
			wrong.Set(lang.T("letters.lacks_" + lacks[0]))
			wrong.Show()
			column.Refresh()
			return
		}
		r.send(child, f)
	})
	r.controls = append(r.controls, send)
	column.Add(wrong)
	column.Add(container.NewHBox(send))
}

// send puts an answer into the outbox.
func (r *reader) send(child wire.LetterChild, f *form) {
	l, answer := r.letter, f.give(child.ID)
	answer.Lang = r.wants // "" leaves it to the translator to find out what one writes in
	f.touched = false
	refused := slices.Clone(l.Given)
	r.b.p.d.Work(module.Patience, func(ctx context.Context) error {
		for _, g := range refused {
			if g.Child == child.ID {
				if err := r.b.p.e.DropAnswer(ctx, g); err != nil {
					return err
				}
			}
		}
		return r.b.p.e.Answer(ctx, l.ID, answer)
	}, func(err error) {
		if err != nil {
			f.touched = true
			r.b.p.d.Toast(module.Sentence(err, r.now()), "", nil)
			return
		}
		if r.b.p.d.Files != nil && !r.b.p.d.Files.Online() {
			r.b.p.d.Toast(lang.T("letters.later"), "", nil)
		}
		r.b.load()
	})
}
