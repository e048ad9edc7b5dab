package files

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// toolbar is the line above the table: back and forward, the way to the place,
// the search, what can be made new, the preview.
type toolbar struct {
	p       *Page
	object  *fyne.Container
	back    *kit.Button
	forward *kit.Button
	crumbs  *crumbBar
	search  *searchEntry
	add     *kit.Button
	preview *kit.Button
}

func newToolbar(p *Page) *toolbar {
	b := &toolbar{p: p}
	b.back = kit.NewIconButton(ftheme.NavigateBackIcon(), lang.T("files.back"), func() { p.back(-1) })
	b.forward = kit.NewIconButton(ftheme.NavigateNextIcon(), lang.T("files.forward"), func() { p.back(1) })
	b.crumbs = newCrumbBar(func(c crumb) { p.goTo(c.Href) })
	b.search = newSearchEntry(p.find, p.searchDeep, p.table.Focus)
	b.add = kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("files.new"), kit.Normal, func() { p.showAddMenu(b.add) })
	b.preview = kit.NewIconButton(ftheme.VisibilityIcon(), lang.T("files.preview_toggle"), p.togglePreview)
	right := kit.Row(theme.Gap, kit.FixedWidth(200, b.search), b.add, b.preview)
	b.object = kit.Inset(theme.Gap, theme.Gap, theme.Gap, theme.Gap, container.NewBorder(nil, nil, kit.Row(0, b.back, b.forward), right, b.crumbs))
	return b
}

// Show brings the bar in line with the page's place.
func (b *toolbar) Show() {
	enable(b.back, b.p.history.Can(-1))
	enable(b.forward, b.p.history.Can(1))
	b.crumbs.Set(way(b.p.at, b.p.roots))
	enable(b.add, b.p.canAdd() == "")
	b.preview.Chosen = b.p.preview.on
	b.preview.Refresh()
}

func enable(b *kit.Button, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}

// crumbBar shows the way to a place. What has no room is behind "…".
type crumbBar struct {
	widget.BaseWidget
	tapped func(crumb)
	steps  []crumb
	parts  []*kit.Button // one a step, the last too
	arrows []*widget.Icon
	last   *kit.Text
	more   *kit.Button
	hidden int
}

func newCrumbBar(tapped func(crumb)) *crumbBar {
	b := &crumbBar{tapped: tapped, last: kit.NewStrong("")}
	b.last.Middle = true
	b.more = kit.NewButton("…", kit.Quiet, nil)
	b.more.Label = lang.T("files.crumbs_more")
	b.more.OnTapped = b.showHidden
	b.ExtendBaseWidget(b)
	return b
}

// Set shows another way.
func (b *crumbBar) Set(steps []crumb) {
	b.steps = steps
	b.parts, b.arrows = nil, nil
	for i, s := range steps[:len(steps)-1] {
		name := fit(safeName(s.Name), 26, func(t string) float32 { return float32(len([]rune(t))) })
		button := kit.NewButton(name, kit.Quiet, func() { b.tapped(s) })
		if i == 0 {
			button = kit.NewIconButton(ftheme.HomeIcon(), s.Name, func() { b.tapped(s) })
		}
		b.parts = append(b.parts, button)
		b.arrows = append(b.arrows, widget.NewIcon(ftheme.NewColoredResource(ftheme.MenuExpandIcon(), theme.ColorMuted)))
	}
	b.last.Set(safeName(steps[len(steps)-1].Name))
	b.Refresh()
}

func (b *crumbBar) showHidden() {
	items := make([]*fyne.MenuItem, 0, b.hidden)
	for _, s := range b.steps[:b.hidden] {
		items = append(items, fyne.NewMenuItem(safeName(s.Name), func() { b.tapped(s) }))
	}
	popUp(b.more, items)
}

// Light marks the step under a drag, -1 for none.
func (b *crumbBar) Light(step int) {
	for i, part := range b.parts {
		if on := i == step; part.Chosen != on {
			part.Chosen = on
			part.Refresh()
		}
	}
}

// StepAt returns the step at a place of the canvas, -1 for none.
func (b *crumbBar) StepAt(at fyne.Position) int {
	for i, part := range b.parts {
		if part.Visible() && under(part, at) {
			return i
		}
	}
	return -1
}

// under says whether a place of the canvas is on an object.
func under(o fyne.CanvasObject, at fyne.Position) bool {
	p := at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(o))
	s := o.Size()
	return p.X >= 0 && p.Y >= 0 && p.X < s.Width && p.Y < s.Height
}

// CreateRenderer implements fyne.Widget.
func (b *crumbBar) CreateRenderer() fyne.WidgetRenderer { return &crumbRenderer{b} }

type crumbRenderer struct{ b *crumbBar }

const arrowWide = 16

func (r *crumbRenderer) Destroy() {}
func (r *crumbRenderer) MinSize() fyne.Size {
	return fyne.NewSize(80, kit.Size(theme.SizeControl, r.b))
}

func (r *crumbRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, 2+2*len(r.b.parts))
	out = append(out, r.b.more, r.b.last)
	for i := range r.b.parts {
		out = append(out, r.b.parts[i], r.b.arrows[i])
	}
	return out
}

func (r *crumbRenderer) Refresh() {
	r.Layout(r.b.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *crumbRenderer) Layout(s fyne.Size) {
	b := r.b
	const lastLeast = 60
	lastWide := fyne.MeasureText(b.last.Get(), kit.Size(ftheme.SizeNameText, b), fyne.TextStyle{Bold: true}).Width + 1
	room := s.Width - min(lastWide, max(s.Width/2, lastLeast)) - theme.Gap
	moreWide := b.more.MinSize().Width
	first := len(b.parts)
	for first > 0 {
		wide := b.parts[first-1].MinSize().Width + arrowWide
		spare := float32(0)
		if first > 1 {
			spare = moreWide
		}
		if room-wide < spare {
			break
		}
		room -= wide
		first--
	}
	b.hidden = first
	x := float32(0)
	if first > 0 {
		b.more.Show()
		b.more.Resize(fyne.NewSize(moreWide, s.Height))
		b.more.Move(fyne.NewPos(0, 0))
		x = moreWide
	} else {
		b.more.Hide()
	}
	for i, part := range b.parts {
		if i < first {
			part.Hide()
			b.arrows[i].Hide()
			continue
		}
		part.Show()
		b.arrows[i].Show()
		wide := part.MinSize().Width
		part.Resize(fyne.NewSize(wide, s.Height))
		part.Move(fyne.NewPos(x, 0))
		x += wide
		b.arrows[i].Resize(fyne.NewSquareSize(arrowWide))
		b.arrows[i].Move(fyne.NewPos(x, (s.Height-arrowWide)/2))
		x += arrowWide
	}
	x += theme.Gap
	b.last.Resize(fyne.NewSize(max(s.Width-x, 0), s.Height))
	b.last.Move(fyne.NewPos(x, 0))
}
