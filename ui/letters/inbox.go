package letters

import (
	"context"
	"reflect"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/sync/letters"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// readAfter is how long a letter is on screen before it counts as read.
const readAfter = 700 * time.Millisecond

// inbox is the list of letters with the letter beside it.
type inbox struct {
	p       *Page
	m       *model
	want    string // a letter to open as soon as it is listed
	turn    int    // counts reads, so that late ones are left out
	known   bool   // the inbox was read
	state   time.Time
	trouble error

	split   *split
	search  *kit.Entry
	filters *kit.Choice
	banner  *kit.Banner
	strip   *fyne.Container // around the banner
	list    *list
	empty   *fyne.Container
	pane    *reader
	several *fyne.Container
	right   *fyne.Container
}

func newInbox(p *Page) *inbox {
	b := &inbox{p: p, m: &model{filter: filterAll, chosen: map[string]bool{}}}
	b.search = kit.NewSearchEntry(lang.T("letters.search"))
	b.search.OnChanged = func(string) { b.load() }
	b.search.OnKey = func(e *fyne.KeyEvent) bool {
		switch {
		case e.Name == fyne.KeyEscape && b.search.Text != "":
			b.search.SetText("")
		case e.Name == fyne.KeyDown:
			b.list.focus()
		default:
			return false
		}
		return true
	}
	b.filters = kit.NewChoice([]string{lang.T("letters.open"), lang.T("letters.all"), lang.T("letters.archive")}, int(b.m.filter), func(i int) {
		b.m.SetFilter(filter(i))
		b.show()
	})
	b.banner = kit.NewBanner()
	b.strip = kit.Inset(theme.Gap, 0, 0, 0, b.banner)
	b.strip.Hide()
	b.list = newList(func() int { return len(b.m.rows) }, b.row)
	b.list.OnKey = b.listKey
	b.list.OnShortcut = p.Shortcut
	b.empty = container.NewStack()
	head := kit.Inset(0, theme.Gap, theme.Around, theme.Around, kit.Column(theme.Gap, b.search, container.NewHScroll(b.filters), b.strip))
	column := container.NewBorder(head, nil, nil, nil, container.NewStack(b.list, b.empty))
	b.pane = newReader(b)
	b.several = container.NewStack()
	b.right = container.NewStack(b.pane.object)
	b.split = newSplit(column, b.right, func() bool { return b.m.current != "" && len(b.m.Chosen()) <= 1 })
	b.split.layout.onNarrow = b.pane.setNarrow
	return b
}

// load reads the letters from this PC, and shows them.
func (b *inbox) load() {
	b.turn++
	turn, text := b.turn, b.search.Text
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), module.Patience)
		defer cancel()
		list, err := b.p.e.Inbox(ctx, text)
		at, trouble := b.p.e.State(ctx)
		b.p.d.Do(func() {
			if b.turn != turn {
				return
			}
			if err != nil {
				trouble = err
			}
			b.known, b.state, b.trouble = true, at, trouble
			b.m.Set(list, b.p.d.Now())
			if b.want != "" && b.m.at(b.want) < 0 {
				b.m.SetFilter(filterAll)
				b.filters.Set(int(filterAll))
			}
			if b.m.at(b.want) >= 0 {
				b.m.Choose(b.want)
				b.want = ""
				b.list.ScrollTo(b.m.at(b.m.current))
			}
			b.show()
		})
	}()
}

// show brings everything on screen in line with the model.
func (b *inbox) show() {
	b.list.Refresh()
	b.showState()
	chosen := b.m.Chosen()
	letter, one := b.m.Current()
	b.right.Objects = []fyne.CanvasObject{b.pane.object}
	switch {
	case len(chosen) > 1:
		b.showSeveral(chosen)
		b.right.Objects = []fyne.CanvasObject{b.several}
	case one:
		b.pane.show(letter)
	default:
		b.pane.clear()
	}
	b.right.Refresh()
	b.split.refresh()
}

// showState says why the list is empty or old.
func (b *inbox) showState() {
	online := b.p.d.Files == nil || b.p.d.Files.Online()
	b.empty.Objects = nil
	switch {
	case len(b.m.rows) > 0:
	case b.search.Text != "":
		b.empty.Add(kit.NewEmptyState(ftheme.SearchIcon(), lang.T("letters.not_found"), lang.T("letters.not_found_text")))
	case b.known && b.state.IsZero() && b.trouble == nil && online, !b.known:
		b.empty.Add(kit.NewSkeleton(8))
	case b.state.IsZero():
		b.empty.Add(kit.NewEmptyState(ftheme.WarningIcon(), lang.T("letters.offline_empty"), lang.T("letters.offline_empty_text"),
			kit.NewButton(lang.T("letters.again"), kit.Primary, b.p.e.Refresh)))
	case b.m.filter == filterOpen:
		b.empty.Add(kit.NewEmptyState(ftheme.ConfirmIcon(), lang.T("letters.none_open"), lang.T("letters.none_open_text")))
	case b.m.filter == filterArchive:
		b.empty.Add(kit.NewEmptyState(ftheme.FolderIcon(), lang.T("letters.none_archived"), lang.T("letters.none_archived_text")))
	default:
		b.empty.Add(kit.NewEmptyState(ftheme.MailComposeIcon(), lang.T("letters.none"), lang.T("letters.none_text")))
	}
	b.empty.Refresh()
	b.showAge(online)
}

// showAge says how old the list is where that matters.
func (b *inbox) showAge(online bool) {
	switch {
	case b.state.IsZero():
		b.banner.Clear()
	case !online:
		b.banner.Say(kit.Warning, lang.T("letters.offline", "Time", lang.Time(b.state, b.p.d.Now())), nil)
	case b.trouble != nil:
		b.banner.Say(kit.Trouble, module.Sentence(b.trouble, b.p.d.Now()), nil)
	default:
		b.banner.Clear()
	}
	b.strip.Hidden = b.banner.Hidden
}

// row says what a letter's row shows.
func (b *inbox) row(i int) rowView {
	l, now := b.m.rows[i], b.p.d.Now()
	id := l.ID
	below := ""
	if len(l.From) > 0 {
		below = senders(l.From[:1])
	}
	if who := names(l.Letter); who != "" {
		below = who + " · " + below
	}
	v := rowView{
		Title: l.Subject, Strong: l.Read == nil, Dot: l.Read == nil, When: lang.Time(l.Sent, now), Full: lang.FullTime(l.Sent.In(now.Location())),
		Below: below, Chosen: b.m.chosen[id], Cursor: b.m.current == id,
		Tap:  func(mods fyne.KeyModifier) { b.tapped(id, mods) },
		Menu: func(at fyne.Position) { b.menu(id, at) },
		Open: b.pane.focus,
	}
	if l.Important {
		v.Mark = ftheme.NewColoredResource(ftheme.WarningIcon(), theme.ColorWarning)
	}
	v.Tag, v.Tone = tag(l, now)
	return v
}

// tag says in a word what is to be done with a letter, or was.
func tag(l letters.Letter, now time.Time) (string, fyne.ThemeColorName) {
	switch {
	case l.Refused != nil:
		return lang.T("letters.tag_refused"), theme.ColorDanger
	case len(l.Waiting) > 0:
		return lang.T("letters.tag_waiting"), theme.ColorWarning
	case l.NeedsAnswer(now) && l.Ask.Deadline != nil:
		return lang.T("letters.tag_until", "Date", shortDay(*l.Ask.Deadline, now)), theme.ColorDanger
	case l.NeedsAnswer(now):
		return lang.T("letters.tag_answer"), theme.ColorDanger
	case l.Asks() && len(l.Answers) > 0:
		return lang.T("letters.tag_done"), ""
	case l.Asks() && l.Closed(now):
		return lang.T("letters.tag_closed"), ""
	}
	return "", ""
}

// shortDay words a day that is ahead: "Mo 23.11.".
func shortDay(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Sub(now) < 300*24*time.Hour {
		// The year goes, and in English the stroke before it.
		date := strings.TrimSuffix(lang.Date(t), t.Format("2006"))
		return lang.T("time.weekday", "Day", lang.Weekday(t.Weekday()), "Date", strings.TrimSuffix(date, "/"))
	}
	return lang.Date(t)
}

func (b *inbox) tapped(id string, mods fyne.KeyModifier) {
	switch {
	case mods&fyne.KeyModifierShortcutDefault != 0:
		b.m.Toggle(id)
	case mods&fyne.KeyModifierShift != 0:
		b.m.Reach(id)
	default:
		b.m.Choose(id)
	}
	b.show()
}

func (b *inbox) all() {
	b.m.All()
	b.show()
}

// listKey is a key while the list has the keyboard.
func (b *inbox) listKey(e *fyne.KeyEvent) bool {
	steps := map[fyne.KeyName]int{
		fyne.KeyUp: -1, fyne.KeyDown: 1, fyne.KeyPageUp: -8, fyne.KeyPageDown: 8, fyne.KeyHome: -len(b.m.rows), fyne.KeyEnd: len(b.m.rows),
	}
	if by, ok := steps[e.Name]; ok {
		b.m.Step(by, kit.ShiftDown())
		b.show()
		if at := b.m.at(b.m.current); at >= 0 {
			b.list.ScrollTo(at)
		}
		return true
	}
	switch e.Name {
	case fyne.KeySpace:
		if b.m.current != "" {
			b.m.Toggle(b.m.current)
			b.show()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		b.pane.focus()
	case fyne.KeyDelete:
		b.archive(b.m.Chosen())
	default:
		return false
	}
	return true
}

// key is a key that nothing else takes.
func (b *inbox) key(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyEscape && b.m.current != "" {
		b.m.Clear()
		b.show()
		b.list.focus()
		return true
	}
	return false
}

func (b *inbox) menu(id string, at fyne.Position) {
	if !b.m.chosen[id] {
		b.m.Choose(id)
		b.show()
	}
	chosen := b.m.Chosen()
	word := lang.T("letters.to_archive")
	if b.m.filter == filterArchive {
		word = lang.T("letters.from_archive")
	}
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(word, func() { b.archive(chosen) }),
		fyne.NewMenuItem(lang.T("letters.mark_unread"), func() { b.setRead(chosen, false) }),
		fyne.NewMenuItem(lang.T("letters.mark_read"), func() { b.setRead(chosen, true) }),
	}
	if len(chosen) == 1 {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.T("letters.print"), b.print))
	}
	kit.ShowMenu(b.p.d.Window.Canvas(), at, items...)
}

// showSeveral says what can be done with several letters.
func (b *inbox) showSeveral(chosen []letters.Letter) {
	word := lang.T("letters.to_archive")
	if b.m.filter == filterArchive {
		word = lang.T("letters.from_archive")
	}
	b.several.Objects = []fyne.CanvasObject{kit.NewEmptyState(ftheme.MailComposeIcon(), lang.N("letters.several", len(chosen)), lang.T("letters.several_text"),
		kit.NewButton(word, kit.Primary, func() { b.archive(chosen) }),
		kit.NewButton(lang.T("letters.mark_read"), kit.Normal, func() { b.setRead(chosen, true) }))}
	b.several.Refresh()
}

// archive puts letters into the archive, or out of it where that is on screen.
func (b *inbox) archive(chosen []letters.Letter) {
	if len(chosen) == 0 {
		return
	}
	into := b.m.filter != filterArchive
	ids := make([]string, len(chosen))
	for i, l := range chosen {
		ids[i] = l.ID
	}
	text := lang.N("letters.archived", len(ids))
	if !into {
		text = lang.N("letters.restored", len(ids))
	}
	// The cursor goes to the next letter that stays.
	next := ""
	for i := b.m.at(ids[len(ids)-1]) + 1; i > 0 && i < len(b.m.rows); i++ {
		if !b.m.chosen[b.m.rows[i].ID] {
			next = b.m.rows[i].ID
			break
		}
	}
	b.do(func(ctx context.Context) error { return b.p.e.SetArchived(ctx, into, ids...) }, func() {
		if next != "" {
			b.m.Choose(next)
		} else {
			b.m.Clear()
		}
		b.p.d.Toast(text, lang.T("letters.undo"), func() {
			b.do(func(ctx context.Context) error { return b.p.e.SetArchived(ctx, !into, ids...) }, nil)
		})
	})
}

func (b *inbox) setRead(chosen []letters.Letter, read bool) {
	ids := make([]string, len(chosen))
	for i, l := range chosen {
		ids[i] = l.ID
	}
	b.pane.leaveUnread(read, ids)
	b.do(func(ctx context.Context) error { return b.p.e.SetRead(ctx, read, ids...) }, nil)
}

// do writes something to this PC; an error is said in passing.
func (b *inbox) do(work func(ctx context.Context) error, done func()) {
	b.p.d.Work(module.Patience, work, func(err error) {
		if err != nil {
			b.p.d.Toast(module.Sentence(err, b.p.d.Now()), "", nil)
			return
		}
		if done != nil {
			done()
		}
		b.load()
	})
}

// same tells whether two states of a letter look the same.
func same(a, b letters.Letter) bool { return reflect.DeepEqual(a, b) }
