package letters

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// line is one line of a report: a class, or a child in it.
type line struct {
	class   string
	heading bool
	row     wire.ReportRow
	part    int // of a heading: answered, or read where nothing is asked
	of      int
}

// arranged puts a report's rows below their classes, those who are missing first.
func arranged(rep wire.Report, missingOnly bool) []line {
	type keyed struct {
		wire.ReportRow
		class, name []byte
	}
	sorter := lang.NewSorter()
	rows := make([]keyed, len(rep.Rows))
	for i, r := range rep.Rows {
		rows[i] = keyed{r, sorter.Key(r.Child.Class), sorter.Key(r.Child.Name)}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		return cmp.Or(bytes.Compare(a.class, b.class), cmp.Compare(btoi(b.Missing), btoi(a.Missing)), bytes.Compare(a.name, b.name))
	})
	asks := rep.Ask.Read || rep.Ask.Choice != nil || rep.Ask.Text
	var lines []line
	head := -1
	for _, r := range rows {
		if head < 0 || lines[head].class != r.Child.Class {
			head = len(lines)
			lines = append(lines, line{class: r.Child.Class, heading: true})
		}
		lines[head].of++
		if asks && len(r.Answers) > 0 || !asks && r.Read != nil {
			lines[head].part++
		}
		if !missingOnly || r.Missing {
			lines = append(lines, line{class: r.Child.Class, row: r.ReportRow})
		}
	}
	return lines
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// counts are a report's sums.
type counts struct{ all, read, answered, missing, unreached, bounced int }

func count(rep wire.Report) counts {
	c := counts{all: len(rep.Rows)}
	for _, r := range rep.Rows {
		c.read += btoi(r.Read != nil || len(r.Answers) > 0)
		c.answered += btoi(len(r.Answers) > 0)
		c.missing += btoi(r.Missing)
		c.unreached += btoi(!r.Reached && !r.Gone)
		c.bounced += btoi(r.Bounce != "")
	}
	return c
}

// report is the pane with one letter's answers.
type report struct {
	s       *sent
	rep     wire.Report
	known   bool
	narrow  bool
	missing bool // only those who are missing
	at      int  // the line with the cursor
	lines   []line

	object *fyne.Container
	head   *fyne.Container
	list   *list
}

func newReport(s *sent) *report {
	r := &report{s: s, object: container.NewStack(), head: kit.Column(12)}
	// The head is the list's first row, so that it scrolls away.
	r.list = newList(func() int { return len(r.lines) + 1 }, func(i int) rowView { return r.row(i - 1) })
	top := kit.Inset(0, theme.Gap, 20, 20, r.head)
	r.list.CreateItem = func() fyne.CanvasObject { return container.NewStack(newRow(r.list)) }
	r.list.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		c, ok := o.(*fyne.Container)
		if !ok {
			return
		}
		if i == 0 {
			c.Objects = []fyne.CanvasObject{top}
			c.Refresh()
			return
		}
		line, ok := c.Objects[0].(*row)
		if !ok {
			line = newRow(r.list)
			c.Objects = []fyne.CanvasObject{line}
			c.Refresh()
		}
		if i-1 < len(r.lines) {
			line.show(r.row(i - 1))
		}
	}
	r.list.OnKey = r.key
	r.object.Layout = &reportLayout{r: r, top: top}
	r.object.Objects = []fyne.CanvasObject{r.list}
	return r
}

// reportLayout gives the head the height that it needs at the pane's width.
type reportLayout struct {
	r   *report
	top *fyne.Container
}

// MinSize implements fyne.Layout.
func (*reportLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(240, 160) }

// Layout implements fyne.Layout.
func (l *reportLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.top.Resize(fyne.NewSize(s.Width, l.top.MinSize().Height))
	l.top.Resize(fyne.NewSize(s.Width, l.top.MinSize().Height))
	l.r.list.SetItemHeight(0, l.top.MinSize().Height)
	o[0].Resize(s)
}

func (r *report) clear() {
	r.known, r.missing, r.lines, r.at = false, false, nil, 0
	r.list.ScrollToTop()
	r.build()
}

// set takes over what the server says now.
func (r *report) set(rep wire.Report) {
	r.rep, r.known = rep, true
	r.build()
}

func (r *report) letter() wire.SentLetter {
	for _, l := range r.s.rows {
		if l.ID == r.s.current {
			return l
		}
	}
	return r.rep.Letter
}

func (r *report) build() {
	l, now := r.letter(), r.s.p.d.Now()
	r.head.Objects = nil
	if r.narrow {
		r.head.Add(container.NewHBox(kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("letters.back"), kit.Quiet, func() { r.s.current = ""; r.s.show() })))
	}
	title := kit.Column(2, heading(l.Subject), kit.NewHint(lang.T("letters.to", "Names", targetNames(l.To))+" · "+lang.FullTime(l.At.In(now.Location()))))
	r.head.Add(title)
	if !r.known {
		r.head.Add(kit.NewSkeleton(1))
		r.done()
		return
	}
	r.lines = arranged(r.rep, r.missing)
	c := count(r.rep)
	r.actions(l, c)
	r.sums(c)
	r.chart(c)
	if c.missing > 0 {
		filter := kit.NewChoice([]string{lang.T("letters.all"), lang.T("letters.missing", "Count", lang.Number(int64(c.missing)))}, btoi(r.missing), func(i int) {
			r.missing = i == 1
			r.build()
		})
		r.head.Add(container.NewHBox(filter))
	}
	r.done()
}

func (r *report) done() {
	r.head.Refresh()
	r.object.Layout.Layout(r.object.Objects, r.object.Size())
	r.list.Refresh()
}

func (r *report) actions(l wire.SentLetter, c counts) {
	row := kit.Flow(theme.Gap)
	if l.State == "recalled" {
		r.head.Add(kit.NewHint(lang.T("letters.recalled")))
		return
	}
	if c.missing > 0 {
		row.Add(kit.NewIconTextButton(ftheme.MailSendIcon(), lang.T("letters.remind"), kit.Primary, func() { r.s.remind(l, c.missing) }))
	}
	var export, paper, more *kit.Button
	export = kit.NewIconTextButton(ftheme.DownloadIcon(), lang.T("letters.export"), kit.Normal, func() { r.s.exportMenu(export, l) })
	paper = kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("letters.print_run"), kit.Normal, func() { r.s.printMenu(paper, l) })
	row.Add(export)
	row.Add(paper)
	if l.Mine || l.StandIn {
		more = kit.NewIconButton(ftheme.MoreVerticalIcon(), lang.T("letters.more"), func() {
			below(r.s.p.d, more,
				fyne.NewMenuItem(lang.T("letters.correct"), func() { r.s.correct(l) }),
				fyne.NewMenuItem(lang.T("letters.recall"), func() { r.s.recall(l) }))
		})
		row.Add(more)
	}
	r.head.Add(row)
	if l.StandIn {
		r.head.Add(kit.NewHint(lang.T("letters.stand_in")))
	}
}

// sums says how many have read and answered, and who cannot be reached.
func (r *report) sums(c counts) {
	tile := func(key string, part int) fyne.CanvasObject {
		number := kit.NewWhole(lang.Number(int64(part)) + " / " + lang.Number(int64(c.all)))
		number.TextSize, number.Style.Bold = ftheme.SizeNameHeadingText, true
		bar := kit.NewProgress(120)
		bar.Set(float64(part) / float64(max(c.all, 1)))
		return container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(10, 12, 14, 14, kit.Column(2, kit.NewSmall(lang.T(key)), number, bar)))
	}
	row := kit.Flow(theme.Gap, kit.FixedWidth(170, tile("letters.read", c.read)))
	if a := r.rep.Ask; a.Read || a.Choice != nil || a.Text {
		row.Add(kit.FixedWidth(170, tile("letters.answers", c.answered)))
	}
	r.head.Add(row)
	if c.unreached > 0 {
		banner := kit.NewBanner()
		banner.Say(kit.Warning, lang.N("letters.unreached", c.unreached), nil)
		r.head.Add(banner)
	}
	if c.bounced > 0 {
		banner := kit.NewBanner()
		banner.Say(kit.Warning, lang.N("letters.bounced", c.bounced), nil)
		r.head.Add(banner)
	}
}

// chart shows how often each option was chosen.
func (r *report) chart(c counts) {
	choice := r.rep.Ask.Choice
	if choice == nil {
		return
	}
	column := kit.Column(theme.Gap)
	if choice.Question != "" {
		column.Add(kit.NewStrong(choice.Question))
	}
	for i, option := range choice.Options {
		n := 0
		if i < len(r.rep.Counts) {
			n = r.rep.Counts[i]
		}
		part := float64(n) / float64(max(c.answered, 1))
		bar := kit.NewProgress(120)
		bar.Set(part)
		words := kit.NewWhole(lang.Number(int64(n)) + " · " + lang.Percent(part))
		column.Add(kit.Column(2, container.NewBorder(nil, nil, nil, words, kit.NewText(option)), bar))
	}
	r.head.Add(kit.NewFrame(column))
}

// row says what a line shows.
func (r *report) row(i int) rowView {
	if i < 0 || i >= len(r.lines) {
		return rowView{}
	}
	l, now := r.lines[i], r.s.p.d.Now()
	if l.heading {
		title := l.class
		if title == "" {
			title = lang.T("letters.no_class")
		}
		return rowView{Title: title, Strong: true, Below: lang.T("letters.part_of", "Part", lang.Number(int64(l.part)), "All", lang.Number(int64(l.of)))}
	}
	v := rowView{Title: l.row.Child.Name, Below: strings.Join(l.row.Guardian, ", ")}
	switch {
	case l.row.Gone:
		v.Title = person("")
	case v.Title == "":
		v.Title, v.Below = v.Below, ""
	}
	v.Cursor, v.Chosen = r.at == i, r.at == i && r.list.focused
	v.Menu = func(at fyne.Position) {
		items := []*fyne.MenuItem{fyne.NewMenuItem(lang.T("letters.detail"), func() { r.detail(l.row) })}
		if !l.row.Gone {
			items = append(items, fyne.NewMenuItem(lang.T("letters.paper"), func() { r.paper(l.row) }))
		}
		kit.ShowMenu(r.s.p.d.Window.Canvas(), at, items...)
	}
	v.Tap = func(fyne.KeyModifier) { r.at = i; r.detail(l.row) }
	r.tag(&v, l)
	if v.When == "" && l.row.Read != nil {
		v.When = lang.T("letters.read_at", "Time", lang.Time(*l.row.Read, now))
	}
	return v
}

// tag says what a child's family has answered, or what is in the way.
func (r *report) tag(v *rowView, l line) {
	now := r.s.p.d.Now()
	switch {
	case len(l.row.Answers) > 0:
		last := l.row.Answers[len(l.row.Answers)-1]
		v.Tag, v.When, v.Full = strings.Join(answerWords(r.rep.Ask, last), " · "), lang.Time(last.At, now), lang.FullTime(last.At.In(now.Location()))
		if last.German != "" {
			v.Below = last.German
		}
	case l.row.Bounce != "":
		v.Tag, v.Tone = lang.T("letters.tag_bounce"), theme.ColorDanger
	case !l.row.Reached && !l.row.Gone:
		v.Tag, v.Tone = lang.T("letters.tag_unreached"), theme.ColorWarning
	case l.row.Missing:
		v.Tag, v.Tone = lang.T("letters.tag_missing"), theme.ColorDanger
	case l.row.Read != nil:
		v.Tag = lang.T("letters.read")
	}
}

// key moves the cursor through the children, and opens one.
func (r *report) key(e *fyne.KeyEvent) bool {
	by := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1, fyne.KeyHome: -len(r.lines), fyne.KeyEnd: len(r.lines)}[e.Name]
	switch {
	case by != 0:
		step := by / max(by, -by)
		at := min(max(r.at+by, 0), len(r.lines)-1)
		for at > 0 && at < len(r.lines)-1 && r.lines[at].heading {
			at += step
		}
		r.at = max(at, 0)
		r.list.Refresh()
		r.list.ScrollTo(r.at + 1)
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && r.at < len(r.lines) && !r.lines[r.at].heading:
		r.detail(r.lines[r.at].row)
	default:
		return false
	}
	return true
}

// detail shows all that is known of a row.
func (r *report) detail(row wire.ReportRow) {
	now := r.s.p.d.Now()
	column := kit.Column(12)
	if len(row.Guardian) > 0 {
		column.Add(kit.NewHint(strings.Join(row.Guardian, ", ")))
	}
	switch {
	case row.Bounce != "":
		column.Add(kit.NewParagraph(lang.T("letters.bounce_reason", "Reason", row.Bounce)))
	case !row.Reached && !row.Gone:
		column.Add(kit.NewParagraph(lang.T("letters.unreached_text")))
	case row.Read != nil:
		column.Add(kit.NewParagraph(lang.T("letters.read_at", "Time", lang.FullTime(row.Read.In(now.Location())))))
	case len(row.Answers) == 0:
		column.Add(kit.NewParagraph(lang.T("letters.not_read")))
	}
	r.given(column, row)
	title := childName(row.Child)
	switch {
	case row.Gone:
		title = person("")
	case row.Child.Name == "":
		title = strings.Join(row.Guardian, ", ")
	}
	form := &module.Form{Title: title, Body: []fyne.CanvasObject{column}, Close: lang.T("shell.close")}
	if a := r.rep.Ask; !row.Gone && (a.Read || a.Choice != nil || a.Text) {
		column.Add(container.NewHBox(kit.NewButton(lang.T("letters.paper"), kit.Normal, func() { form.Shut(); r.paper(row) })))
	}
	form.Show(r.s.p.d)
}

// given lists the answers of a row in full.
func (r *report) given(column *fyne.Container, row wire.ReportRow) {
	now := r.s.p.d.Now()
	for _, a := range row.Answers {
		by := person(a.By) + ", " + lang.FullTime(a.At.In(now.Location()))
		if a.Paper {
			by = lang.T("letters.paper_by", "By", by)
		}
		box := kit.Column(theme.Unit, kit.NewNote(by))
		if chosen := optionTexts(r.rep.Ask, a.Options); len(chosen) > 0 {
			box.Add(kit.NewParagraph(strings.Join(chosen, ", ")))
		} else if a.Read {
			box.Add(kit.NewParagraph(lang.T("letters.read")))
		}
		if a.Text != "" {
			box.Add(kit.NewParagraph(a.Text))
		}
		if a.German != "" {
			box.Add(kit.NewNote(lang.T("letters.in_german")))
			box.Add(kit.NewParagraph(a.German))
		}
		column.Add(kit.NewFrame(box))
	}
}

// paper enters an answer that came on paper.
func (r *report) paper(row wire.ReportRow) {
	ask := r.rep.Ask
	f := &form{read: true}
	column := kit.Column(theme.Gap, kit.NewHint(lang.T("letters.paper_text")))
	if c := ask.Choice; c != nil {
		if c.Question != "" {
			column.Add(kit.NewStrong(c.Question))
		}
		options := make([]*option, len(c.Options))
		for i, text := range c.Options {
			options[i] = newOption(text, c.Several, false, func() {
				f.pick(i, c.Several)
				for j, o := range options {
					o.set(slices.Contains(f.options, j))
				}
			})
			column.Add(options[i])
		}
	}
	field := kit.NewField(lang.T("letters.message"), "", "")
	body := []fyne.CanvasObject{column}
	if ask.Text {
		field.Entry.OnChanged = func(s string) { f.text = s }
		body = append(body, field)
	}
	id := r.s.current
	var rep wire.Report
	(&module.Form{
		Title: lang.T("letters.paper_for", "Name", row.Child.Name), Body: body, Deed: lang.T("letters.paper_deed"),
		Send: func(ctx context.Context) (err error) {
			rep, err = r.s.p.e.Paper(ctx, id, wire.PaperAnswer{Child: row.Child.ID, Read: true, Options: f.options, Text: f.text})
			return err
		},
		Done: func() {
			if r.s.current == id && rep.Letter.ID != "" {
				r.set(rep)
			}
			r.s.load()
		},
	}).Show(r.s.p.d)
}
