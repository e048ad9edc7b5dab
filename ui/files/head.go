package files

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// tableHead shows the names of the columns, over the columns; a click orders
// by one, a second click turns the order round.
type tableHead struct {
	widget.BaseWidget
	body  *tableBody
	cells []*headCell
	line  *canvas.Rectangle
}

func newTableHead(b *tableBody) *tableHead {
	h := &tableHead{body: b, line: canvas.NewRectangle(color.Transparent)}
	for _, by := range []column{byName, bySize, byChanged, byPerson} {
		cell := &headCell{head: h, by: by}
		cell.ExtendBaseWidget(cell)
		h.cells = append(h.cells, cell)
	}
	h.ExtendBaseWidget(h)
	return h
}

func columnTitle(by column) string {
	switch by {
	case bySize:
		return lang.T("files.column_size")
	case byChanged:
		return lang.T("files.column_changed")
	case byPerson:
		return lang.T("files.column_person")
	case byName:
	}
	return lang.T("files.column_name")
}

// CreateRenderer implements fyne.Widget.
func (h *tableHead) CreateRenderer() fyne.WidgetRenderer { return &headRenderer{h} }

type headRenderer struct{ h *tableHead }

func (r *headRenderer) Destroy() {}
func (r *headRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, 1+len(r.h.cells))
	out = append(out, r.h.line)
	for _, c := range r.h.cells {
		out = append(out, c)
	}
	return out
}

func (r *headRenderer) MinSize() fyne.Size {
	text := ftheme.SizeForWidget(ftheme.SizeNameCaptionText, r.h)
	return fyne.NewSize(100, text*1.4+14)
}

func (r *headRenderer) Layout(s fyne.Size) {
	cols := layOut(s.Width, r.h.body.scale(), r.h.body.roots, r.h.body.found)
	const pad = theme.Gap
	for _, c := range r.h.cells {
		at := cols.of(c.by)
		if at.Wide == 0 {
			c.Hide()
			continue
		}
		c.Show()
		c.Move(fyne.NewPos(at.X-pad, 2))
		c.Resize(fyne.NewSize(at.Wide+2*pad, s.Height-4))
	}
	r.h.line.Move(fyne.NewPos(0, s.Height-1))
	r.h.line.Resize(fyne.NewSize(s.Width, 1))
}

func (r *headRenderer) Refresh() {
	r.h.line.FillColor = ftheme.ColorForWidget(theme.ColorLine, r.h)
	r.h.line.Refresh()
	r.Layout(r.h.Size())
	for _, c := range r.h.cells {
		c.Refresh()
	}
}

// headCell is the head of one column.
type headCell struct {
	widget.BaseWidget
	head           *tableHead
	by             column
	hover, focused bool
}

var _ interface {
	fyne.Tappable
	fyne.Focusable
	fyne.Accessible
	desktop.Hoverable
} = (*headCell)(nil)

// AccessibilityLabel implements fyne.Accessible.
func (c *headCell) AccessibilityLabel() string {
	return lang.T("files.order_by", "Column", columnTitle(c.by))
}

// AccessibilityRole implements fyne.Accessible.
func (c *headCell) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Tapped implements fyne.Tappable.
func (c *headCell) Tapped(*fyne.PointEvent) {
	o := order{By: c.by}
	if now := c.head.body.m.order; now.By == c.by {
		o.Down = !now.Down
	}
	c.head.body.calls.Ordered(o)
}

// TypedKey implements fyne.Focusable.
func (c *headCell) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.Tapped(nil)
	default:
		kit.ForwardKey(c, e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (c *headCell) TypedShortcut(s fyne.Shortcut) { kit.ForwardShortcut(c, s) }

// TypedRune implements fyne.Focusable.
func (c *headCell) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (c *headCell) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements fyne.Focusable.
func (c *headCell) FocusLost() { c.focused = false; c.Refresh() }

// MouseIn implements desktop.Hoverable.
func (c *headCell) MouseIn(*desktop.MouseEvent) { c.hover = true; c.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (c *headCell) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *headCell) MouseOut() { c.hover = false; c.Refresh() }

// CreateRenderer implements fyne.Widget.
func (c *headCell) CreateRenderer() fyne.WidgetRenderer {
	r := &cellRenderer{c: c, ground: canvas.NewRectangle(color.Transparent), text: canvas.NewText("", nil)}
	r.ground.CornerRadius = theme.Unit
	r.up = canvas.NewImageFromResource(ftheme.NewColoredResource(ftheme.MoveUpIcon(), theme.ColorMuted))
	r.down = canvas.NewImageFromResource(ftheme.NewColoredResource(ftheme.MoveDownIcon(), theme.ColorMuted))
	r.Refresh()
	return r
}

type cellRenderer struct {
	c        *headCell
	ground   *canvas.Rectangle
	text     *canvas.Text
	up, down *canvas.Image
}

func (r *cellRenderer) Destroy()           {}
func (r *cellRenderer) MinSize() fyne.Size { return fyne.NewSize(20, 20) }
func (r *cellRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.text, r.up, r.down}
}

func (r *cellRenderer) Layout(s fyne.Size) {
	const arrow, pad = 14, theme.Gap
	r.ground.Resize(s)
	wide := r.text.MinSize().Width
	x := float32(pad)
	ax := x + wide + 4
	if r.c.by == bySize {
		x = s.Width - pad - wide
		ax = x - arrow - 4
	}
	r.text.Move(fyne.NewPos(x, 0))
	r.text.Resize(fyne.NewSize(wide, s.Height))
	for _, img := range []*canvas.Image{r.up, r.down} {
		img.Resize(fyne.NewSquareSize(arrow))
		img.Move(fyne.NewPos(ax, (s.Height-arrow)/2))
	}
}

func (r *cellRenderer) Refresh() {
	c := r.c
	o := c.head.body.m.order
	active := o.By == c.by
	r.text.Text = columnTitle(c.by)
	if c.by == bySize && c.head.body.roots {
		r.text.Text = lang.T("files.column_used")
	}
	if c.by == byPerson && c.head.body.found {
		r.text.Text = lang.T("files.column_where")
	}
	r.text.TextSize = ftheme.SizeForWidget(ftheme.SizeNameCaptionText, c)
	r.text.TextStyle.Bold = active
	r.text.Color = ftheme.ColorForWidget(theme.ColorMuted, c)
	if active {
		r.text.Color = ftheme.ColorForWidget(ftheme.ColorNameForeground, c)
	}
	r.ground.FillColor = color.Transparent
	if c.hover {
		r.ground.FillColor = ftheme.ColorForWidget(ftheme.ColorNameHover, c)
	}
	r.ground.StrokeWidth = 0
	if c.focused {
		r.ground.StrokeWidth = 2
		r.ground.StrokeColor = ftheme.ColorForWidget(theme.ColorAccent, c)
	}
	show := func(img *canvas.Image, on bool) {
		if on {
			img.Show()
			img.Refresh()
		} else {
			img.Hide()
		}
	}
	show(r.up, active && !o.Down)
	show(r.down, active && o.Down)
	r.Layout(c.Size())
	r.ground.Refresh()
	r.text.Refresh()
}
