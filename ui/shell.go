package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// narrow is the window width below which the side bar shows icons alone.
const narrow = 900

// Shell is the window after the sign-in. It belongs to the UI goroutine.
type Shell struct {
	d        module.Deps
	modules  []module.Info // what the side bar lists
	infos    map[string]module.Info
	pages    map[string]module.Page
	current  string
	kept     map[string]any
	badges   map[string]int
	side     *sidebar
	status   *statusLine
	toaster  *kit.Toaster
	tips     *kit.TipLayer
	title    *kit.Text
	header   *fyne.Container
	body     *fyne.Container
	frame    *fyne.Container
	root     *fyne.Container
	touched  func()
	offs     []func()
	closed   bool
	keysOpen *kit.Dialog
	cover    *cover // nil while nothing is pending
	asking   bool   // what is pending
	held     bool   // nothing is covered now
	due      bool   // something was to be covered meanwhile
}

// New fills the window with the shell of a session and shows the first page. The window's
// own parts of d (Go, Retitle, Toast, Status, Badge) are the shell's to fill in.
// touched is called for each key and click that the shell sees; it may be nil.
func New(d module.Deps, touched func()) *Shell {
	if touched == nil {
		touched = func() {}
	}
	s := &Shell{d: d, touched: touched, kept: map[string]any{}, badges: map[string]int{}}
	s.d.Go, s.d.Retitle, s.d.Toast, s.d.Badge = s.Go, s.retitle, s.toast, s.badge
	s.modules = offered(Pages(), d.Session.Modules)
	s.infos = map[string]module.Info{}
	for _, info := range append(own(), s.modules...) {
		s.infos[info.Name] = info
	}
	s.root = container.NewStack()
	s.build()
	// An entry that vanishes while it has the keyboard would blink on unseen, and
	// draw each frame anew.
	d.Window.Canvas().Unfocus()
	d.Window.SetContent(s.root) // before a page is shown, which then can take the keyboard
	s.Go(s.first())
	return s
}

// first names the page that the window begins with: what the person comes for, as
// far as the school offers it.
func (s *Shell) first() string {
	if _, offered := s.infos[wire.ModuleLetters]; offered && s.d.Session.Person.Role == wire.RoleGuardian {
		return wire.ModuleLetters
	}
	if len(s.modules) > 0 {
		return s.modules[0].Name
	}
	return pageAbout
}

// Object is the content for the window.
func (s *Shell) Object() fyne.CanvasObject { return s.root }

// build makes all widgets in the language in force.
func (s *Shell) build() {
	for _, off := range s.offs {
		off()
	}
	s.offs = nil
	c := s.d.Window.Canvas()
	s.pages = map[string]module.Page{}
	s.toaster, s.tips = kit.NewToaster(s.d.Do), kit.NewTipLayer(c)
	s.tips.OnInput = s.touched
	s.status = newStatusLine(s)
	s.d.Status = s.status
	s.side = newSidebar(s)
	s.title = kit.NewTitle("")
	s.header, s.body = container.NewStack(), container.NewStack()
	head := container.NewBorder(nil, nil, nil, s.header, s.title)
	page := container.NewBorder(kit.Inset(12, 8, theme.Around, theme.Around, container.New(headLayout{}, head)), nil, nil, nil, s.body)
	foot := kit.Column(0, kit.NewLine(), s.status)
	s.frame = container.New(&frameLayout{shell: s}, s.side, kit.NewLine(), page, s.status.panel, foot)
	s.root.Objects = []fyne.CanvasObject{kit.NewGround(ftheme.ColorNameBackground), s.frame, s.toaster.Object(), s.tips.Object()}
	s.root.Refresh()
	s.keys(c)
	s.status.watch()
	s.watchPending()
	for _, info := range s.modules {
		s.count(info)
	}
}

// count shows a module's badge, and again at each signal of it.
func (s *Shell) count(info module.Info) {
	topic, badge := signal.Module(info.Name), func() int { return s.d.Files.Badge(info.Name) }
	if info.Badge != nil {
		topic, badge = signal.Records(info.Name), func() int { return info.Badge(s.d) }
	}
	s.badge(info.Name, badge())
	s.offs = append(s.offs, s.d.Signal.On(topic, func() {
		n := badge()
		s.d.Do(func() {
			if !s.closed {
				s.badge(info.Name, n)
			}
		})
	}))
	if info.Watch != nil {
		s.offs = append(s.offs, info.Watch(s.d))
	}
}

// Rebuild makes the window again, as after a change of language; pages that can
// keep their place.
func (s *Shell) Rebuild() {
	current := s.current
	for name, p := range s.pages {
		if k, ok := p.(module.Keeper); ok {
			s.kept[name] = k.Keep()
		}
	}
	s.leave()
	open := s.status.open
	s.build()
	s.Go(current)
	s.status.OpenPanel(open)
	if s.cover != nil {
		s.cover.view.Rebuild()
	}
}

// Close lets go of everything; the window's content is then the caller's again.
func (s *Shell) Close() {
	if s.closed {
		return
	}
	s.closed = true
	if s.cover != nil {
		s.cover.view.Close()
		s.cover = nil
	}
	s.leave()
	s.toaster.Hide()
	for _, off := range s.offs {
		off()
	}
	s.offs = nil
	c := s.d.Window.Canvas()
	c.SetOnTypedKey(nil)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(nil)
	}
	for _, o := range c.Overlays().List() {
		c.Overlays().Remove(o)
	}
}

func (s *Shell) leave() {
	if p := s.pages[s.current]; p != nil {
		p.Hidden()
	}
	s.current = ""
}

// Go shows a page; a name that there is no page for does nothing.
func (s *Shell) Go(name string, args ...string) {
	info, known := s.infos[name]
	if !known || s.closed {
		return
	}
	p := s.pages[name]
	if p == nil {
		p = info.New(s.d)
		s.pages[name] = p
		if k, ok := p.(module.Keeper); ok && s.kept[name] != nil {
			k.Restore(s.kept[name])
		}
	}
	if s.current != name {
		s.leave()
		s.current = name
		s.body.Objects = []fyne.CanvasObject{p.Object()}
		s.header.Objects = nil
		if h, ok := p.(module.Header); ok {
			s.header.Objects = []fyne.CanvasObject{h.Header()}
		}
		s.body.Refresh()
		s.header.Refresh()
	}
	s.side.mark(name)
	p.Shown(args...)
	s.retitle()
}

// Current returns the name of the page that is shown.
func (s *Shell) Current() string { return s.current }

// Page returns a page that was shown before, else nil.
func (s *Shell) Page(name string) module.Page { return s.pages[name] }

func (s *Shell) retitle() {
	p := s.pages[s.current]
	if p == nil {
		return
	}
	s.title.Set(p.Title())
	s.d.Window.SetTitle(p.Title() + " – " + s.d.School.Name)
}

func (s *Shell) toast(text, action string, do func()) { s.toaster.Show(text, action, do) }

func (s *Shell) badge(page string, count int) {
	s.badges[page] = count
	s.side.badge(page, count)
}

// Dropped hands files that were dropped on the window to the page.
func (s *Shell) Dropped(at fyne.Position, uris []fyne.URI) {
	s.touched()
	var paths []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	p := s.pages[s.current]
	if len(paths) == 0 || p == nil || s.d.Window.Canvas().Overlays().Top() != nil || !p.Dropped(at, paths) {
		s.toast(lang.T("shell.no_drop"), "", nil)
	}
}

// headLayout gives the title's line the height of a control, with and without buttons.
type headLayout struct{}

func (headLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	h := fyne.CurrentApp().Settings().Theme().Size(theme.SizeControl)
	m := o[0].MinSize()
	return fyne.NewSize(m.Width, max(m.Height, h))
}

func (headLayout) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

// frameLayout places side bar, line, page, the status line's panel and the
// status line itself.
type frameLayout struct{ shell *Shell }

func (l *frameLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	foot := o[4].MinSize()
	return fyne.NewSize(l.side(0)+360, foot.Height+300)
}

func (l *frameLayout) side(width float32) float32 {
	th := fyne.CurrentApp().Settings().Theme()
	if width < narrow {
		return th.Size(ftheme.SizeNameInlineIcon) + 44
	}
	return th.Size(theme.SizeSidebar)
}

func (l *frameLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	side, foot := l.side(s.Width), o[4].MinSize().Height
	top := s.Height - foot
	l.shell.side.setCompact(s.Width < narrow)
	o[0].Resize(fyne.NewSize(side, top))
	o[1].Resize(fyne.NewSize(1, top))
	o[1].Move(fyne.NewPos(side, 0))
	panel := float32(0)
	if o[3].Visible() {
		panel = min(o[3].MinSize().Height, s.Height/3)
		o[3].Resize(fyne.NewSize(s.Width-side-1, panel))
		o[3].Move(fyne.NewPos(side+1, top-panel))
	}
	o[2].Resize(fyne.NewSize(s.Width-side-1, top-panel))
	o[2].Move(fyne.NewPos(side+1, 0))
	o[4].Resize(fyne.NewSize(s.Width, foot))
	o[4].Move(fyne.NewPos(0, top))
}
