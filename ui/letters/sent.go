package letters

import (
	"context"
	"io"
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

// sent lists the letters whose report one sees, with the report beside them.
type sent struct {
	p       *Page
	rows    []wire.SentLetter
	current string
	all     bool
	known   bool
	busy    bool // a call is under way
	again   bool // something changed meanwhile
	report  *report

	object fyne.CanvasObject
	split  *split
	list   *list
	empty  *fyne.Container
	banner *kit.Banner
	strip  *fyne.Container
	right  *fyne.Container
}

func newSent(p *Page) *sent {
	s := &sent{p: p, banner: kit.NewBanner(), empty: container.NewStack(), right: container.NewStack()}
	s.list = newList(func() int { return len(s.rows) }, s.row)
	s.list.OnKey = s.key
	s.list.OnShortcut = p.Shortcut
	scope := kit.NewChoice([]string{lang.T("letters.own"), lang.T("letters.all")}, 0, func(i int) {
		s.all, s.current = i == 1, ""
		s.load()
	})
	s.strip = kit.Inset(theme.Gap, 0, 0, 0, s.banner)
	s.strip.Hide()
	head := kit.Inset(0, theme.Gap, theme.Around, theme.Around, kit.Column(0, container.NewHBox(scope), s.strip))
	column := container.NewBorder(head, nil, nil, nil, container.NewStack(s.list, s.empty))
	s.report = newReport(s)
	s.split = newSplit(column, s.right, func() bool { return s.current != "" })
	s.split.layout.onNarrow = func(narrow bool) { s.report.narrow = narrow; s.report.build() }
	s.object = s.split.box
	s.show()
	return s
}

// load asks the server for the list and for the report that is open.
func (s *sent) load() {
	if s.busy {
		s.again = true
		return
	}
	s.busy = true
	all, current := s.all, s.current
	var rows []wire.SentLetter
	var rep wire.Report
	s.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		if rows, err = s.p.e.Sent(ctx, all); err != nil || current == "" {
			return err
		}
		rep, err = s.p.e.Report(ctx, current)
		return err
	}, func(err error) {
		s.busy = false
		s.banner.Clear()
		if err != nil {
			s.banner.Say(kit.Trouble, module.Sentence(err, s.p.d.Now()), kit.NewButton(lang.T("letters.again"), kit.Normal, s.load))
		}
		s.strip.Hidden = err == nil
		if rows != nil || err == nil {
			s.known, s.rows = true, rows
		}
		if err == nil && current != "" && current == s.current {
			s.report.set(rep)
		}
		s.show()
		if s.again {
			s.again = false
			s.load()
		}
	})
}

func (s *sent) show() {
	s.list.Refresh()
	s.empty.Objects = nil
	switch {
	case len(s.rows) > 0:
	case !s.known && s.banner.Hidden:
		s.empty.Add(kit.NewSkeleton(8))
	case s.known:
		s.empty.Add(kit.NewEmptyState(ftheme.MailSendIcon(), lang.T("letters.none_sent"), lang.T("letters.none_sent_text")))
	}
	s.right.Objects = []fyne.CanvasObject{s.report.object}
	if s.current == "" {
		s.right.Objects = []fyne.CanvasObject{kit.NewEmptyState(ftheme.MailSendIcon(), lang.T("letters.choose"), lang.T("letters.choose_sent"))}
	}
	s.split.refresh()
}

func (s *sent) row(i int) rowView {
	l, now := s.rows[i], s.p.d.Now()
	v := rowView{
		Title: l.Subject, When: lang.Time(l.At, now), Full: lang.FullTime(l.At.In(now.Location())), Below: targetNames(l.To),
		Chosen: s.current == l.ID, Cursor: s.current == l.ID,
		Tap: func(fyne.KeyModifier) { s.choose(l.ID) },
	}
	switch {
	case l.State == "recalled":
		v.Tag = lang.T("letters.recalled")
	case l.State == "scheduled":
		v.Tag, v.Tone = lang.T("letters.scheduled"), theme.ColorWarning
	case l.Deadline != nil || l.Answered > 0:
		v.Tag = lang.T("letters.answered_of", "Part", lang.Number(int64(l.Answered)), "All", lang.Number(int64(l.Total)))
	default:
		v.Tag = lang.T("letters.read_of", "Part", lang.Number(int64(l.Read)), "All", lang.Number(int64(l.Total)))
	}
	return v
}

// targetNames lists to whom a letter goes.
func targetNames(to []wire.Target) string {
	list := make([]string, len(to))
	for i, t := range to {
		list[i] = targetName(t)
	}
	return strings.Join(list, ", ")
}

func targetName(t wire.Target) string {
	if t.Name != "" && (t.ID != "" || t.Kind != "all" && t.Kind != "staff") { // for these we have better words
		return t.Name
	}
	return lang.T("letters.target_" + t.Kind)
}

func (s *sent) choose(id string) {
	if s.current != id {
		s.current = id
		s.report.clear()
	}
	s.show()
	s.load()
}

func (s *sent) key(e *fyne.KeyEvent) bool {
	at := slices.IndexFunc(s.rows, func(l wire.SentLetter) bool { return l.ID == s.current })
	switch e.Name {
	case fyne.KeyUp:
		at--
	case fyne.KeyDown:
		at++
	case fyne.KeyHome:
		at = 0
	case fyne.KeyEnd:
		at = len(s.rows) - 1
	default:
		return false
	}
	if at = min(max(at, 0), len(s.rows)-1); at >= 0 {
		s.choose(s.rows[at].ID)
		s.list.ScrollTo(at)
	}
	return true
}

// remind reminds those who have not answered.
func (s *sent) remind(l wire.SentLetter, missing int) {
	kit.Confirm(s.p.d.Window, kit.Ask{
		Title: lang.T("letters.remind_title"), Text: lang.N("letters.remind_text", missing), Deed: lang.T("letters.remind"), Cancel: lang.T("shell.cancel"),
		Do: func() {
			var n int
			s.work(func(ctx context.Context) (err error) {
				n, err = s.p.e.Remind(ctx, l.ID)
				return err
			}, func() { s.p.d.Toast(lang.N("letters.reminded", n), "", nil) })
		},
	})
}

func (s *sent) recall(l wire.SentLetter) {
	kit.Confirm(s.p.d.Window, kit.Ask{
		Title: lang.T("letters.recall_title"), Text: lang.T("letters.recall_text", "Subject", l.Subject), Deed: lang.T("letters.recall"), Cancel: lang.T("shell.cancel"), Danger: true,
		Do: func() {
			s.work(func(ctx context.Context) error {
				_, err := s.p.e.Recall(ctx, l.ID)
				return err
			}, func() { s.p.d.Toast(lang.T("letters.recall_done"), "", nil) })
		},
	})
}

// work asks the server for a deed, and says what went wrong.
func (s *sent) work(work func(ctx context.Context) error, done func()) {
	s.p.d.Work(module.Patience, work, func(err error) {
		if err != nil {
			s.p.d.Toast(module.Sentence(err, s.p.d.Now()), "", nil)
			return
		}
		done()
		s.load()
	})
}

// export saves the report as a table.
func (s *sent) export(l wire.SentLetter, kind string) {
	saveTo(s.p.d, l.Subject+"."+kind, func(ctx context.Context, w io.Writer) error { return s.p.e.Export(ctx, l.ID, kind, w) })
}

// printRun opens the letters on paper.
func (s *sent) printRun(l wire.SentLetter, who string) {
	var path string
	s.p.d.Work(5*time.Minute, func(ctx context.Context) (err error) {
		path, err = s.p.e.Page(l.Subject+".pdf", func(w io.Writer) error { return s.p.e.Print(ctx, l.ID, who, w) })
		return err
	}, func(err error) {
		if err == nil {
			err = s.p.d.OpenLocal(path)
		}
		if err != nil {
			s.p.d.Toast(module.Sentence(err, s.p.d.Now()), "", nil)
		}
	})
}

// exportMenu and printMenu open below their buttons.
func (s *sent) exportMenu(b *kit.Button, l wire.SentLetter) {
	below(s.p.d, b,
		fyne.NewMenuItem(lang.T("letters.as_xlsx"), func() { s.export(l, letters.XLSX) }),
		fyne.NewMenuItem(lang.T("letters.as_csv"), func() { s.export(l, letters.CSV) }))
}

func (s *sent) printMenu(b *kit.Button, l wire.SentLetter) {
	below(s.p.d, b,
		fyne.NewMenuItem(lang.T("letters.print_unreached"), func() { s.printRun(l, letters.PrintUnreached) }),
		fyne.NewMenuItem(lang.T("letters.print_missing"), func() { s.printRun(l, letters.PrintMissing) }),
		fyne.NewMenuItem(lang.T("letters.print_all"), func() { s.printRun(l, letters.PrintAll) }))
}

// below opens a menu below a button.
func below(d module.Deps, b *kit.Button, items ...*fyne.MenuItem) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(b)
	kit.ShowMenu(d.Window.Canvas(), at.AddXY(0, b.Size().Height+2), items...)
}
