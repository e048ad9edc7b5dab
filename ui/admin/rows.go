package admin

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/kit"
	"schulhof/ui/theme"
)

// line is what a row shows.
type line struct {
	title, below, mark string
	faint              bool // not known yet
}

// rows is a list of any length of which the visible part alone is drawn. The arrow
// keys go through it and choose.
type rows struct {
	widget.List
	chosen   int // -1 = none
	onChosen func(i int)
}

// newRows returns a list; what gives row i, chosen is called for the row that one
// comes to.
func newRows(length func() int, what func(i int) line, chosen func(i int)) *rows {
	r := &rows{chosen: -1, onChosen: chosen}
	r.Length = length
	r.CreateItem = func() fyne.CanvasObject { return newRow() }
	r.UpdateItem = func(i int, o fyne.CanvasObject) {
		if w, ok := o.(*row); ok {
			w.set(what(i))
		}
	}
	r.OnSelected = func(i int) {
		if i != r.chosen && i < length() {
			r.chosen = i
			r.onChosen(i)
		}
	}
	r.ExtendBaseWidget(r)
	return r
}

// TypedKey implements fyne.Focusable.
func (r *rows) TypedKey(e *fyne.KeyEvent) {
	n := r.Length()
	to := map[fyne.KeyName]int{
		fyne.KeyUp: r.chosen - 1, fyne.KeyDown: r.chosen + 1, fyne.KeyHome: 0, fyne.KeyEnd: n - 1,
		fyne.KeyPageUp: r.chosen - 10, fyne.KeyPageDown: r.chosen + 10,
	}
	at, ok := to[e.Name]
	if !ok {
		kit.ForwardKey(r, e)
		return
	}
	if n > 0 {
		r.Select(min(max(at, 0), n-1))
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (r *rows) TypedShortcut(s fyne.Shortcut) { kit.ForwardShortcut(r, s) }

// forget chooses nothing.
func (r *rows) forget() {
	r.chosen = -1
	r.UnselectAll()
}

// mark chooses row i, -1 for none, without moving what is seen or telling onChosen.
func (r *rows) mark(i int) {
	at := r.GetScrollOffset()
	if r.chosen = i; i < 0 {
		r.UnselectAll()
	} else {
		r.Select(i)
	}
	r.ScrollToOffset(at)
}

// kept runs a change of what the list shows so that the rows in sight stay where they
// are. id names a row, as long as it is known; "" = it is not.
func (r *rows) kept(id func(i int) string, change func()) {
	step := r.CreateItem().MinSize().Height + r.Theme().Size(ftheme.SizeNamePadding)
	at := r.GetScrollOffset()
	top := int(at / step)
	var sight []string
	for i := top; i < r.Length() && float32(i-top)*step < r.Size().Height; i++ {
		sight = append(sight, id(i))
	}
	change()
	where := map[string]int{}
	for i := range r.Length() {
		if name := id(i); name != "" {
			where[name] = i
		}
	}
	for n, name := range sight {
		if i, still := where[name]; still {
			at += float32(i-top-n) * step
			break
		}
	}
	r.ScrollToOffset(max(at, 0))
	r.Refresh()
}

// row is one row: a title, a small text below, and a mark at the right.
type row struct {
	widget.BaseWidget
	title, below, mark *kit.Text
	box                fyne.CanvasObject
}

func newRow() *row {
	r := &row{title: kit.NewStrong(""), below: kit.NewSmall(""), mark: kit.NewSmall("")}
	r.mark.Whole = true
	words := container.New(tight{}, r.title, r.below)
	r.box = kit.Inset(0, 0, theme.Around-theme.Unit, theme.Around, container.NewBorder(nil, nil, nil, kit.Inset(0, 0, theme.Gap, 0, r.mark), words))
	r.ExtendBaseWidget(r)
	return r
}

func (r *row) set(l line) {
	color := ftheme.ColorNameForeground
	if l.faint {
		color = theme.ColorMuted
	}
	if r.title.Color != color {
		r.title.Color = color
		r.title.Refresh()
	}
	r.title.Set(l.title)
	r.below.Set(l.below)
	if r.mark.Get() != l.mark {
		r.mark.Set(l.mark)
		r.box.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// AccessibilityLabel implements fyne.Accessible.
func (r *row) AccessibilityLabel() string { return r.title.Get() + ", " + r.below.Get() }

// AccessibilityRole implements fyne.Accessible.
func (*row) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// tight puts two lines close to each other, in the middle of a tall row.
type tight struct{}

func (tight) MinSize(o []fyne.CanvasObject) fyne.Size {
	h := fyne.CurrentApp().Settings().Theme().Size(theme.SizeTallRow)
	return fyne.NewSize(80, max(o[0].MinSize().Height+o[1].MinSize().Height+10, h*0.82))
}

func (tight) Layout(o []fyne.CanvasObject, s fyne.Size) {
	a, b := o[0].MinSize().Height, o[1].MinSize().Height
	y := (s.Height - a - b) / 2
	o[0].Resize(fyne.NewSize(s.Width, a))
	o[0].Move(fyne.NewPos(0, y))
	o[1].Resize(fyne.NewSize(s.Width, b))
	o[1].Move(fyne.NewPos(0, y+a))
}

// pane shows a list with what is chosen in it beside, or, where there is too little
// room for both, one of them.
type pane struct {
	list, detail *fyne.Container
	box          *fyne.Container
	open         bool // something is chosen
	narrow       bool
	onNarrow     func() // the detail needs a way back now, or no longer
}

func newPane(list fyne.CanvasObject) *pane {
	p := &pane{list: container.NewStack(list), detail: container.NewStack()}
	p.box = container.New(p, p.list, kit.NewLine(), p.detail)
	return p
}

// show puts something into the detail; open says that it is what was chosen.
func (p *pane) show(o fyne.CanvasObject, open bool) {
	p.open = open
	p.detail.Objects = []fyne.CanvasObject{o}
	p.detail.Refresh()
	p.box.Refresh()
}

// redraw puts the same thing into the detail anew, scrolled to where it was.
func (p *pane) redraw(o fyne.CanvasObject) {
	var at fyne.Position
	if len(p.detail.Objects) > 0 {
		if was, ok := p.detail.Objects[0].(*container.Scroll); ok {
			at = was.Offset
		}
	}
	p.show(o, p.open)
	if now, ok := o.(*container.Scroll); ok {
		now.ScrollToOffset(at)
	}
}

func (*pane) scale() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText) / 14
}

// MinSize implements fyne.Layout.
func (p *pane) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(280, 200) }

// Layout implements fyne.Layout.
func (p *pane) Layout(o []fyne.CanvasObject, s fyne.Size) {
	narrow := s.Width < 700*min(p.scale(), 1.5)
	if narrow != p.narrow {
		p.narrow = narrow
		if p.onNarrow != nil {
			p.onNarrow()
		}
	}
	o[0].Show()
	o[1].Show()
	o[2].Show()
	if narrow {
		o[1].Hide()
		full, gone := o[0], o[2]
		if p.open {
			full, gone = gone, full
		}
		gone.Hide()
		full.Resize(s)
		full.Move(fyne.NewPos(0, 0))
		return
	}
	width := min(340*p.scale(), s.Width*0.45)
	o[0].Resize(fyne.NewSize(width, s.Height))
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(fyne.NewSize(1, s.Height))
	o[1].Move(fyne.NewPos(width, 0))
	o[2].Resize(fyne.NewSize(s.Width-width-1, s.Height))
	o[2].Move(fyne.NewPos(width+1, 0))
}
