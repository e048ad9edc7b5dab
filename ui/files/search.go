package files

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/files"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// search is a search below the place, while its hits are shown.
type search struct {
	deep bool // the rows are hits from below, not the place's own
	text string
	busy bool
	more bool // the server had more than it says
	err  error
}

// searchEntry is the field at the top: it filters while one types; Enter
// searches below, Escape empties it, then leaves it.
type searchEntry struct {
	widget.Entry
	deep  func(string)
	out   func()
	clear *kit.Button
}

func newSearchEntry(changed, deep func(string), out func()) *searchEntry {
	e := &searchEntry{deep: deep, out: out}
	e.ExtendBaseWidget(e)
	e.SetPlaceHolder(lang.T("files.search"))
	e.clear = kit.NewIconButton(ftheme.CancelIcon(), lang.T("files.search_clear"), func() { e.SetText("") })
	e.SetIcon(ftheme.SearchIcon())
	e.OnChanged = changed
	e.OnSubmitted = deep
	return e
}

// SetQuiet sets the text without searching.
func (e *searchEntry) SetQuiet(text string) {
	changed := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.OnChanged = changed
}

// Focus gives the field the keyboard and selects what is in it.
func (e *searchEntry) Focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
		c.Focus(e)
		e.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// TypedKey implements fyne.Focusable.
func (e *searchEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		if e.Text != "" {
			e.SetText("")
			return
		}
		e.out()
	case fyne.KeyDown:
		e.out()
	case fyne.KeyF1, fyne.KeyF5:
		kit.ForwardKey(e, k)
	default:
		e.Entry.TypedKey(k)
	}
}

// TypedShortcut implements fyne.Shortcutable: what a field does not know goes on.
func (e *searchEntry) TypedShortcut(s fyne.Shortcut) {
	if _, editing := s.(fyne.KeyboardShortcut); editing {
		switch s.(type) {
		case *fyne.ShortcutCopy, *fyne.ShortcutCut, *fyne.ShortcutPaste, *fyne.ShortcutSelectAll, *fyne.ShortcutUndo, *fyne.ShortcutRedo:
			e.Entry.TypedShortcut(s)
			return
		}
	}
	kit.ForwardShortcut(e, s)
}

// foundBar stands under the toolbar while one searches.
type foundBar struct {
	object *fyne.Container
	text   *kit.Text
	deep   *kit.Button
}

func newFoundBar(p *Page) *foundBar {
	b := &foundBar{text: kit.NewText("")}
	b.deep = kit.NewIconTextButton(ftheme.SearchIcon(), lang.T("files.search_below"), kit.Quiet, func() { p.searchDeep(p.parts.bar.search.Text) })
	line := container.NewBorder(nil, nil, nil, b.deep, b.text)
	b.object = container.NewStack(kit.NewGround(theme.ColorSurface), kit.Inset(2, 2, theme.Around, theme.Gap, line))
	b.object.Hide()
	return b
}

// find filters the place by what is typed; empty ends a search below.
func (p *Page) find(text string) {
	if p.search.deep {
		p.search = search{}
		p.known = false
		p.stays[p.at] = stay{filter: text}
		p.visit++
		p.read(p.visit)
		return
	}
	p.m.SetFilter(text)
	p.table.top = ""
	p.table.scrollTo(0)
	p.show()
	p.chosen()
}

// searchDeep looks for the text in names everywhere below the place: at once
// in what is known here, then on the server.
func (p *Page) searchDeep(text string) {
	if text == "" {
		return
	}
	if !p.search.deep {
		p.stays[p.at] = p.m.Stay(p.table.scroll.Offset.Y)
	}
	p.visit++
	visit := p.visit
	p.search = search{deep: true, text: text, busy: true}
	under := []string{p.at}
	if p.at == start {
		under = nil
		for _, r := range p.roots {
			under = append(under, r.Href)
		}
	}
	run(p, func(ctx context.Context) ([]files.Entry, error) {
		var all []files.Entry
		for _, href := range under {
			es, err := p.engine.Search(ctx, href, text)
			if err != nil {
				return all, err
			}
			all = append(all, es...)
		}
		return all, nil
	}, func(es []files.Entry, err error) {
		if visit == p.visit && p.search.busy {
			p.hits(es, err)
		}
	})
	more := false
	run(p, func(ctx context.Context) ([]files.Entry, error) {
		var all []files.Entry
		for _, href := range under {
			es, cut, err := p.engine.SearchRemote(ctx, href, text)
			if err != nil {
				return nil, err
			}
			all, more = append(all, es...), more || cut
		}
		return all, nil
	}, func(es []files.Entry, err error) {
		if visit != p.visit {
			return
		}
		p.search.busy, p.search.more, p.search.err = false, more, err
		if err != nil {
			p.show() // what the cache had stays
			return
		}
		p.hits(es, nil)
	})
	p.show()
}

// hits shows what a search brought.
func (p *Page) hits(es []files.Entry, err error) {
	if err != nil {
		p.d.Log.WarnContext(context.Background(), "search in the cache", "err", err)
	}
	p.m.filter = ""
	p.table.keepPlace(func() {
		p.m.Set(es)
		for _, it := range p.m.items {
			it.where = whereOf(it.Entry, p.at, p.roots)
		}
		p.show()
	})
	p.chosen()
}

// foundLine words how a search stands.
func (p *Page) foundLine() string {
	n := p.m.Len()
	switch {
	case p.search.deep && p.search.busy:
		return lang.N("files.found_busy", n)
	case p.search.deep && p.search.err != nil:
		return lang.N("files.found_known", n, "Why", sentence(p.search.err))
	case p.search.deep && p.search.more:
		return lang.N("files.found_more", n)
	case p.search.deep:
		return lang.N("files.found_below", n)
	}
	return lang.N("files.found_here", n)
}
