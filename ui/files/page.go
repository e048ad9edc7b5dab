package files

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// Info is the page's line in the window's list.
func Info() module.Info {
	return module.Info{Name: "files", Icon: ftheme.FolderIcon(), New: func(d module.Deps) module.Page { return newPage(d, d.Files) }}
}

// Names of settings that the page keeps.
const (
	settingOrder   = "files.order"
	settingPreview = "files.preview"
)

// Page is the page "Dateien".
type Page struct {
	d      module.Deps
	engine engine

	m     *model
	table *table
	parts parts

	at      string // href of the place, or start
	roots   []wire.RootInfo
	listing files.Listing
	known   bool // listing is of this place
	visit   int  // counts places gone to, so that late answers are left out
	stays   map[string]stay
	history history
	search  search
	want    want

	asking  sync.Mutex // held while a clash is asked about
	clip    clipboard
	drag    drag
	preview *preview
	panel   *panel

	shown   bool
	offs    []func() // end what is listened to while shown
	leave   func()   // ends the watch of the place
	hint    hint
	foreign foreign
}

// want is what is to be selected as soon as it is listed.
type want struct {
	name   string
	rename bool
}

// parts are the pieces of the page that change.
type parts struct {
	object *fyne.Container
	bar    *toolbar
	banner *kit.Banner
	// bannerBox is the space around it, gone with it.
	bannerBox *fyne.Container
	found     *foundBar
	state     *fyne.Container
	foot      *foot
	ghost     *fyne.Container
	dropFrame *fyne.Container // around the rows while another program drags
	dropText  *kit.Text
	stateIs   placeState
}

var (
	_ module.Page      = (*Page)(nil)
	_ module.Shortcuts = (*Page)(nil)
	_ module.KeyTaker  = (*Page)(nil)
	_ module.Keeper    = (*Page)(nil)
)

func newPage(d module.Deps, e engine) *Page {
	p := &Page{d: d, engine: e, m: newModel(), stays: map[string]stay{}}
	p.m.order = orderFrom(d.Settings.Get(settingOrder))
	p.drag.target = none
	p.table = newTable(p.m, d.Now, calls{
		Open:   p.openRow,
		Menu:   p.showMenu,
		Rename: p.rename,
		Chosen: p.chosen,
		Ordered: func(o order) {
			d.Settings.Set(settingOrder, o.String())
			p.m.SetOrder(o)
			p.table.head.Refresh()
			p.table.arrange()
		},
		Drag: p.dragged,
		Drop: func(fyne.Position) { p.dropped() },
		Key:  func(k fyne.KeyName) { p.key(&fyne.KeyEvent{Name: k}) },
		Shortcut: func(s fyne.Shortcut) {
			if !p.Shortcut(s) {
				kit.ForwardShortcut(p.table.tableBody, s)
			}
		},
		Hint: p.showHint,
		Over: p.hovered,
	})
	p.preview = newPreview(p)
	p.panel = newPanel(d, e)
	p.build()
	p.history.Go(start)
	return p
}

// build puts the page together.
func (p *Page) build() {
	p.parts.bar = newToolbar(p)
	p.parts.banner = kit.NewBanner()
	p.parts.bannerBox = kit.Inset(0, theme.Gap, theme.Gap, theme.Gap, p.parts.banner)
	p.parts.bannerBox.Hide()
	p.parts.found = newFoundBar(p)
	p.parts.state = container.NewStack()
	p.parts.foot = newFoot()
	p.parts.ghost = container.NewWithoutLayout()
	p.buildDropFrame()
	list := container.NewStack(p.table.object, p.parts.state, p.parts.dropFrame)
	body := container.New(&previewLayout{p: p}, list, p.preview.line, p.preview.object)
	top := container.NewVBox(p.parts.bar.object, p.parts.bannerBox, p.parts.found.object)
	page := container.NewBorder(top, p.parts.foot.object, nil, nil, body)
	p.parts.object = container.NewStack(page, p.parts.ghost)
}

// buildDropFrame makes what shows that files can be let go here.
func (p *Page) buildDropFrame() {
	frame := kit.NewGround("")
	frame.Stroke, frame.Corner = theme.ColorAccent, theme.Corner
	p.parts.dropText = kit.NewWhole("")
	p.parts.dropText.Color = theme.ColorOnAccent
	pill := kit.NewGround(theme.ColorAccent)
	pill.Corner = theme.Corner
	label := container.NewCenter(container.NewStack(pill, kit.Inset(theme.Gap, theme.Gap, theme.Around, theme.Around, p.parts.dropText)))
	p.parts.dropFrame = container.NewStack(kit.Inset(2, 2, 2, 2, frame), container.NewBorder(nil, kit.Inset(0, theme.Around, 0, 0, label), nil, nil))
	p.parts.dropFrame.Hide()
}

// Title implements module.Page.
func (p *Page) Title() string { return lang.T("files.title") }

// Object implements module.Page.
func (p *Page) Object() fyne.CanvasObject { return p.parts.object }

// Shown implements module.Page; the argument is the href of a folder to go to.
func (p *Page) Shown(args ...string) {
	if p.shown {
		p.Hidden()
	}
	p.shown = true
	on := func(topic string, fn func()) {
		p.offs = append(p.offs, p.d.Signal.On(topic, func() { p.d.Do(fn) }))
	}
	on(signal.Roots, p.readRoots)
	on(signal.Online, func() { p.show(); p.preview.Show(p.m.Selected()) })
	if p.d.Status != nil {
		p.d.Status.SetPanel(p.panel.object)
	}
	p.panel.Listen()
	p.readRoots()
	if len(args) > 0 && args[0] != p.at {
		p.goTo(args[0])
	} else {
		p.arrive()
	}
	if p.table.canvas() != nil {
		p.table.Focus()
	} else if w := p.d.Window; w != nil {
		p.table.focusIn(w.Canvas())
	}
}

// Hidden implements module.Page.
func (p *Page) Hidden() {
	p.shown = false
	for _, off := range p.offs {
		off()
	}
	p.offs = nil
	p.unwatch()
	p.showHint("", fyne.Position{})
	p.stays[p.at] = p.m.Stay(p.table.scroll.Offset.Y)
}

// kept is what survives when the window is built again.
type kept struct {
	at      string
	stays   map[string]stay
	history history
}

// Keep implements module.Keeper.
func (p *Page) Keep() any {
	p.panel.Close()
	p.stays[p.at] = p.m.Stay(p.table.scroll.Offset.Y)
	return kept{p.at, p.stays, p.history}
}

// Restore implements module.Keeper.
func (p *Page) Restore(state any) {
	if k, ok := state.(kept); ok {
		p.at, p.stays, p.history = k.at, k.stays, k.history
	}
}

// run does work off the UI goroutine and then comes back with what it brought.
func run[T any](p *Page, work func(context.Context) (T, error), then func(T, error)) {
	go func() {
		v, err := work(context.Background())
		p.d.Do(func() { then(v, err) })
	}()
}

// goTo shows another place and notes it for going back.
func (p *Page) goTo(href string) {
	if href == p.at && p.known && !p.search.deep {
		return
	}
	p.history.Go(href)
	p.move(href)
}

// move shows another place.
func (p *Page) move(href string) {
	p.table.EndRenameSaving()
	if !p.search.deep {
		p.stays[p.at] = p.m.Stay(p.table.scroll.Offset.Y)
	}
	p.unwatch()
	p.at, p.known, p.listing = href, false, files.Listing{}
	p.search = search{}
	p.want = want{}
	p.arrive()
	p.table.Focus()
}

// back goes so many places through the history.
func (p *Page) back(by int) {
	if href, ok := p.history.Move(by); ok {
		p.move(href)
	}
}

// goUp goes to the folder above and selects the one it came from.
func (p *Page) goUp() {
	from := p.at
	to, ok := up(p.at, p.roots)
	if !ok {
		return
	}
	p.goTo(to)
	if s := p.stays[to]; len(s.selected) == 0 {
		p.want = want{name: nameOfPlace(from, p.roots)}
	}
}

func nameOfPlace(href string, roots []wire.RootInfo) string {
	steps := way(href, roots)
	return steps[len(steps)-1].Name
}

// arrive begins to listen to the place and shows what is known of it.
func (p *Page) arrive() {
	p.visit++
	visit := p.visit
	p.unwatch()
	if p.at != start && p.shown {
		off := p.d.Signal.On(signal.Folder(p.at), func() { p.d.Do(func() { p.read(visit) }) })
		stop := p.engine.Watch(p.at)
		p.leave = func() { off(); stop() }
	}
	p.parts.bar.Show()
	p.read(visit)
	if p.at != start {
		p.engine.Refresh(p.at)
	}
	// What the cache holds is there within a few milliseconds: only if it is not,
	// the old rows make way for a skeleton.
	time.AfterFunc(100*time.Millisecond, func() {
		p.d.Do(func() {
			if visit == p.visit && !p.known {
				p.m.Return(nil, stay{})
				p.show()
			}
		})
	})
}

func (p *Page) unwatch() {
	if p.leave != nil {
		p.leave()
		p.leave = nil
	}
}

// readRoots asks for the roots.
func (p *Page) readRoots() {
	run(p, p.engine.Roots, func(roots []wire.RootInfo, err error) {
		if err != nil {
			p.d.Log.WarnContext(context.Background(), "roots", "err", err)
			return
		}
		p.roots = roots
		p.parts.bar.Show()
		if p.at == start && p.shown {
			p.got(files.Listing{Entries: asEntries(roots), At: p.d.Now()})
			return
		}
		p.foot()
	})
}

// read asks the cache for the place; visit is the one that asked.
func (p *Page) read(visit int) {
	if p.at == start {
		p.readRoots()
		return
	}
	at := p.at
	run(p, func(ctx context.Context) (files.Listing, error) { return p.engine.Folder(ctx, at) }, func(l files.Listing, err error) {
		if visit != p.visit || p.search.deep {
			return
		}
		if err != nil {
			l = files.Listing{Href: at, Err: err}
		}
		p.got(l)
	})
}

// got shows a listing of the place.
func (p *Page) got(l files.Listing) {
	first := !p.known
	p.listing, p.known = l, true
	if first {
		s := p.stays[p.at]
		p.m.Return(l.Entries, s)
		p.table.top = ""
		p.parts.bar.search.SetQuiet(s.filter)
		p.show()
		p.table.scrollTo(s.scroll)
	} else {
		p.table.keepPlace(func() {
			p.m.Set(l.Entries)
			p.show()
		})
	}
	p.fulfil()
	p.chosen()
}

// fulfil selects what was waited for, once it is there.
func (p *Page) fulfil() {
	if p.want.name == "" {
		return
	}
	row := p.m.Named(p.want.name)
	if row < 0 {
		return
	}
	w := p.want
	p.want = want{}
	p.m.Click(row, mods{})
	p.table.Reveal(row)
	p.table.Looks()
	if w.rename {
		p.table.StartRename(row)
	}
}

// refresh asks the server for the place again.
func (p *Page) refresh() {
	if p.at == start {
		p.engine.RefreshRoots()
		return
	}
	p.engine.Refresh(p.at)
}

// chosen follows a change of the selection.
func (p *Page) chosen() {
	p.foot()
	p.preview.Show(p.m.Selected())
}

// Keys implements module.Page.
func (p *Page) Keys() []module.Key {
	list := []struct{ keys, text string }{
		{"Enter", "files.key_open"},
		{"Backspace", "files.key_up"},
		{"Alt+Left", "files.key_back"},
		{"Alt+Right", "files.key_forward"},
		{"F2", "files.menu_rename"},
		{"Del", "files.menu_delete"},
		{"Ctrl+Shift+N", "files.new_folder"},
		{"Ctrl+A", "files.menu_all"},
		{"Space", "files.key_toggle"},
		{"Ctrl+C", "files.menu_copy"},
		{"Ctrl+X", "files.menu_cut"},
		{"Ctrl+V", "files.menu_paste"},
		{"Ctrl+F", "files.key_search"},
		{"F5", "files.menu_refresh"},
		{"Alt+P", "files.preview_toggle"},
		{"Menu", "files.key_menu"},
	}
	out := make([]module.Key, 0, len(list))
	for _, k := range list {
		out = append(out, module.Key{Keys: lang.Keys(k.keys), Text: lang.T(k.text)})
	}
	return out
}

// TypedKey implements module.KeyTaker: keys while nothing has the focus.
func (p *Page) TypedKey(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyReturn, fyne.KeyEnter:
		p.table.Focus()
		p.table.TypedKey(e)
		return true
	default:
		return p.pageKey(e.Name)
	}
}

// key takes a key that the table has no use for.
func (p *Page) key(e *fyne.KeyEvent) {
	if !p.pageKey(e.Name) {
		kit.ForwardKey(p.table.tableBody, e)
	}
}

// pageKey does what a key means for the page; it tells whether it means anything.
func (p *Page) pageKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyF2:
		p.table.StartRenameAllowed(p)
	case fyne.KeyF5:
		p.refresh()
	case fyne.KeyDelete:
		p.remove(p.m.Selected())
	case fyne.KeyBackspace:
		p.goUp()
	case desktop.KeyMenu:
		p.menuAtCursor()
	case fyne.KeyEscape:
		return p.escape()
	default:
		return false
	}
	return true
}

// escape undoes the topmost state: a cut, a search, a selection.
func (p *Page) escape() bool {
	switch {
	case len(p.clip.entries) > 0 && p.clip.cut:
		p.clip = clipboard{}
		p.table.Cut(nil)
	case p.search.deep || p.m.filter != "":
		p.parts.bar.search.SetText("")
	case len(p.m.selected) > 0:
		p.m.SelectNone()
		p.table.changed()
	default:
		return false
	}
	return true
}

// Shortcut implements module.Shortcuts.
func (p *Page) Shortcut(s fyne.Shortcut) bool {
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		p.take(false)
	case *fyne.ShortcutCut:
		if s.Secondary { // Shift+Delete
			p.remove(p.m.Selected())
			return true
		}
		p.take(true)
	case *fyne.ShortcutPaste:
		p.paste(p.at)
	case *fyne.ShortcutSelectAll:
		p.table.Focus()
		p.table.TypedShortcut(s)
	case *desktop.CustomShortcut:
		return p.custom(s)
	default:
		return false
	}
	return true
}

func (p *Page) custom(s *desktop.CustomShortcut) bool {
	const ctrl, shift, alt = fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift, fyne.KeyModifierAlt
	switch {
	case s.KeyName == fyne.KeyN && s.Modifier == ctrl|shift:
		p.newFolder()
	case s.KeyName == fyne.KeyF && s.Modifier == ctrl:
		p.parts.bar.search.Focus()
	case s.KeyName == fyne.KeyP && s.Modifier == alt:
		p.togglePreview()
	case s.KeyName == fyne.KeyLeft && s.Modifier == alt:
		p.back(-1)
	case s.KeyName == fyne.KeyRight && s.Modifier == alt:
		p.back(1)
	case s.KeyName == fyne.KeyUp && s.Modifier == alt:
		p.goUp()
	default:
		return false
	}
	return true
}
