package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// sidebar shows the school, the person, and the way to every page.
type sidebar struct {
	widget.BaseWidget
	shell   *Shell
	items   map[string][]*kit.NavItem // a pinned page has two
	filter  *kit.Entry
	lists   *fyne.Container
	person  *personButton
	school  *fyne.Container
	foot    *kit.NavItem
	content *fyne.Container
	compact bool
	active  string
}

func newSidebar(s *Shell) *sidebar {
	b := &sidebar{shell: s}
	b.person = newPersonButton(s.d.Session.Person.Name(), s.post(), func() { s.personMenu(b.person) })
	name := kit.NewStrong(s.d.School.Name)
	s.offs = append(s.offs, s.d.Signal.On(signal.Roots, func() { s.d.Do(func() { b.person.setRole(s.post()) }) }))
	b.school = kit.Column(0, name)
	if s.d.School.Place != "" {
		b.school.Add(kit.NewSmall(s.d.School.Place))
	}
	b.filter = kit.NewEntry(lang.T("shell.filter"))
	b.filter.OnChanged = func(string) { b.fill() }
	b.filter.OnSubmitted = func(string) {
		if shown := b.matching(); len(shown) > 0 {
			s.Go(shown[0].Name)
			b.filter.SetText("")
		}
	}
	b.filter.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name == fyne.KeyEscape && b.filter.Text != "" {
			b.filter.SetText("")
			return true
		}
		return false
	}
	b.lists = container.New(layout.NewCustomPaddedVBoxLayout(2))
	b.foot = kit.NewNavItem(ftheme.InfoIcon(), lang.T("about.title"), func() { s.Go(pageAbout) })
	b.content = container.NewStack()
	b.ExtendBaseWidget(b)
	b.arrange()
	return b
}

// arrange puts the parts together, wide or as icons alone.
func (b *sidebar) arrange() {
	var top fyne.CanvasObject
	pad := float32(12)
	if b.compact {
		pad = theme.Gap
		top = container.NewVBox(container.NewCenter(b.person))
	} else {
		top = kit.Column(12, kit.Inset(0, 0, theme.Unit, theme.Unit, b.school), b.person, b.filter)
	}
	b.person.setCompact(b.compact)
	b.foot.SetCompact(b.compact)
	b.fill()
	foot := container.NewVBox(b.foot)
	inner := container.NewBorder(kit.Inset(0, 12, 0, 0, top), kit.Inset(theme.Gap, 0, 0, 0, foot), nil, nil, kit.Scrolled(b.lists))
	b.content.Objects = []fyne.CanvasObject{kit.NewGround(theme.ColorSurface), kit.Inset(theme.Around, theme.Gap, pad, pad, inner)}
	b.content.Refresh()
}

func (b *sidebar) setCompact(on bool) {
	if b.compact != on {
		b.compact = on
		b.arrange()
	}
}

// matching returns the modules whose title holds what stands in the filter.
func (b *sidebar) matching() []module.Info {
	want := strings.ToLower(strings.TrimSpace(b.filter.Text))
	var some []module.Info
	for _, info := range b.shell.modules {
		if want == "" || b.compact || strings.Contains(strings.ToLower(title(info)), want) {
			some = append(some, info)
		}
	}
	return some
}

func title(info module.Info) string { return lang.T(info.Name + ".title") }

func (b *sidebar) pinned() []string {
	return b.shell.d.Settings.Pinned(b.shell.first())
}

// fill lists the quick access and all modules.
func (b *sidebar) fill() {
	b.items = map[string][]*kit.NavItem{pageAbout: {b.foot}}
	b.lists.Objects = nil
	shown := b.matching()
	pins := b.pinned()
	caption := func(key string) {
		if !b.compact {
			b.lists.Add(kit.Inset(theme.Gap, theme.Unit, theme.Unit+8, 0, kit.NewSmall(lang.T(key))))
		}
	}
	var quick []module.Info
	for _, name := range pins {
		for _, info := range shown {
			if info.Name == name {
				quick = append(quick, info)
			}
		}
	}
	if len(quick) > 0 && !b.compact {
		caption("shell.quick")
		for _, info := range quick {
			b.add(info, pins)
		}
	}
	caption("shell.all")
	for _, info := range shown {
		b.add(info, pins)
	}
	if len(shown) == 0 {
		b.lists.Add(kit.Inset(0, 0, theme.Unit+8, 0, kit.NewMuted(lang.T("shell.no_match"))))
	}
	b.mark(b.active)
	b.lists.Refresh()
}

func (b *sidebar) add(info module.Info, pins []string) {
	n := kit.NewNavItem(info.Icon, title(info), func() { b.shell.Go(info.Name) })
	n.SetCompact(b.compact)
	n.Badge.Set(b.shell.badges[info.Name])
	on := slices.Contains(pins, info.Name)
	n.OnSecondary = func(at fyne.Position) {
		text := lang.T("shell.pin")
		if on {
			text = lang.T("shell.unpin")
		}
		item := fyne.NewMenuItem(text, func() { b.pin(info.Name, !on) })
		kit.ShowMenu(b.shell.d.Window.Canvas(), at, item)
	}
	n.OnRune = func(r rune) {
		if r == 'p' || r == 'P' {
			b.pin(info.Name, !on)
		}
	}
	n.OnKey = func(e *fyne.KeyEvent) bool { return b.arrow(n, e) }
	b.items[info.Name] = append(b.items[info.Name], n)
	b.lists.Add(n)
}

// arrow moves the focus up and down through the entries.
func (b *sidebar) arrow(from *kit.NavItem, e *fyne.KeyEvent) bool {
	step := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[e.Name]
	if step == 0 {
		return false
	}
	var all []*kit.NavItem
	for _, o := range b.lists.Objects {
		if n, ok := o.(*kit.NavItem); ok {
			all = append(all, n)
		}
	}
	i := slices.Index(all, from) + step
	if i >= 0 && i < len(all) {
		b.shell.d.Window.Canvas().Focus(all[i])
	}
	return true
}

// pin puts a page into the quick access or takes it out.
func (b *sidebar) pin(name string, on bool) {
	pins := slices.DeleteFunc(slices.Clone(b.pinned()), func(s string) bool { return s == name })
	if on {
		pins = append(pins, name)
	}
	b.shell.d.Settings.SetPinned(pins)
	b.fill()
}

func (b *sidebar) mark(name string) {
	b.active = name
	for page, items := range b.items {
		for _, n := range items {
			n.SetActive(page == name)
		}
	}
}

func (b *sidebar) badge(name string, count int) {
	for _, n := range b.items[name] {
		n.Badge.Set(count)
		n.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *sidebar) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.content) }

// personButton shows who is signed in and opens the person's menu.
type personButton struct {
	kit.Press
	name, role string
	compact    bool
}

func newPersonButton(name, role string, tapped func()) *personButton {
	p := &personButton{name: name, role: role}
	p.OnTapped = tapped
	p.Extend(p)
	return p
}

func (p *personButton) setRole(role string) {
	if p.role != role {
		p.role = role
		p.Refresh()
	}
}

func (p *personButton) setCompact(on bool) {
	p.compact, p.Tip = on, ""
	if on {
		p.Tip = p.name
	}
	p.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (p *personButton) AccessibilityLabel() string { return p.name }

// AccessibilityRole implements fyne.Accessible.
func (*personButton) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (p *personButton) CreateRenderer() fyne.WidgetRenderer {
	r := &personRenderer{p: p, ground: kit.NewCard(ftheme.ColorNameBackground), avatar: kit.NewAvatar(p.name, 32), name: kit.NewStrong(p.name), role: kit.NewSmall(p.role), arrow: widget.NewIcon(ftheme.NewColoredResource(ftheme.MenuDropDownIcon(), theme.ColorMuted))}
	r.style()
	return r
}

type personRenderer struct {
	p          *personButton
	ground     *kit.Ground
	avatar     *kit.Avatar
	name, role *kit.Text
	arrow      *widget.Icon
}

func (r *personRenderer) style() {
	r.ground.Fill, r.ground.Stroke = ftheme.ColorNameBackground, theme.ColorLine
	switch {
	case r.p.Ring():
		r.ground.Stroke = theme.ColorAccent
	case r.p.Hovered():
		r.ground.Stroke = ftheme.ColorNameInputBorder
	}
	r.role.Set(r.p.role)
	r.name.Hidden, r.role.Hidden, r.arrow.Hidden = r.p.compact, r.p.compact, r.p.compact
}

func (r *personRenderer) Destroy() {}

func (r *personRenderer) MinSize() fyne.Size {
	if r.p.compact {
		return fyne.NewSquareSize(44)
	}
	return fyne.NewSize(140, max(r.name.MinSize().Height+r.role.MinSize().Height+14, 48))
}

func (r *personRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.avatar.Resize(fyne.NewSquareSize(32))
	if r.p.compact {
		r.avatar.Move(fyne.NewPos((s.Width-32)/2, (s.Height-32)/2))
		return
	}
	r.avatar.Move(fyne.NewPos(theme.Gap, (s.Height-32)/2))
	r.arrow.Resize(fyne.NewSquareSize(20))
	r.arrow.Move(fyne.NewPos(s.Width-26, (s.Height-20)/2))
	left, right := float32(theme.Gap+32+10), s.Width-28
	nh, rh := r.name.MinSize().Height, r.role.MinSize().Height
	y := (s.Height - nh - rh) / 2
	r.name.Resize(fyne.NewSize(right-left, nh))
	r.name.Move(fyne.NewPos(left, y))
	r.role.Resize(fyne.NewSize(right-left, rh))
	r.role.Move(fyne.NewPos(left, y+nh))
}

func (r *personRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.avatar, r.name, r.role, r.arrow}
}

func (r *personRenderer) Refresh() {
	r.style()
	r.Layout(r.p.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
