// Package kit holds the widgets that any page may use. They give callbacks and
// hold no rules of the school; they know no page.
//
// Its words: a pressable is what reacts to click, Space and Enter; the ring is
// the frame that shows the keyboard's focus; the ground is a coloured area.
//
// Everything here belongs to the UI goroutine unless it says otherwise. Colours
// are set in the renderers' Refresh, so that they follow a change of theme.
package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// ForwardKey gives a key that a focused widget does not use to the window, as
// if nothing had the focus: F1 and Esc work everywhere that way.
func ForwardKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	if fn := c.OnTypedKey(); fn != nil {
		fn(e)
	}
}

// ForwardShortcut gives a shortcut that a focused widget does not use to the window.
func ForwardShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if l := tips[c]; l != nil && l.OnShortcut != nil {
		l.OnShortcut(s)
		return
	}
	if target, ok := c.(fyne.Shortcutable); ok {
		target.TypedShortcut(s)
	}
}

// ShiftDown tells whether Shift is held, for keys that mean more with it.
func ShiftDown() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// Color returns a colour of the theme for a widget.
func Color(n fyne.ThemeColorName, w fyne.Widget) color.Color { return ftheme.ColorForWidget(n, w) }

// Size returns a size of the theme for a widget.
func Size(n fyne.ThemeSizeName, w fyne.Widget) float32 { return ftheme.SizeForWidget(n, w) }

// Inset puts space around an object, in the order top, bottom, left, right.
func Inset(top, bottom, left, right float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), o)
}

// Around puts the space of a panel around an object.
func Around(o fyne.CanvasObject) *fyne.Container {
	return Inset(theme.Around, theme.Around, theme.Around, theme.Around, o)
}

// Column stacks objects with a distance.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// Row puts objects beside each other with a distance, each of its own height
// and in the middle.
func Row(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(rowLayout{gap}, objects...)
}

type rowLayout struct{ gap float32 }

func (l rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	n := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size = fyne.NewSize(size.Width+m.Width, max(size.Height, m.Height))
		if n++; n > 1 {
			size.Width += l.gap
		}
	}
	return size
}

func (l rowLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	spare, springs := s.Width-l.MinSize(objects).Width, float32(0)
	for _, o := range objects {
		if _, ok := o.(layout.SpacerObject); ok && o.Visible() {
			springs++
		}
	}
	x := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if _, ok := o.(layout.SpacerObject); ok {
			m.Width = max(spare, 0) / springs
		}
		o.Resize(m)
		o.Move(fyne.NewPos(x, (s.Height-m.Height)/2))
		x += m.Width + l.gap
	}
}

// FixedWidth gives an object a width, and what height it needs.
func FixedWidth(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&widthLayout{width: width}, o)
}

// MaxWidth centres an object that may be as wide as width, and narrower where
// there is less room.
func MaxWidth(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&widthLayout{width: width, shrink: true}, o)
}

type widthLayout struct {
	width  float32
	shrink bool
}

func (l *widthLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	if l.shrink {
		return m
	}
	return fyne.NewSize(max(l.width, m.Width), m.Height)
}

func (l *widthLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	width := s.Width
	if l.shrink {
		width = min(width, l.width)
	}
	objects[0].Resize(fyne.NewSize(width, s.Height))
	objects[0].Move(fyne.NewPos((s.Width-width)/2, 0))
}

// Ground is a coloured area, to be stacked under other things.
type Ground struct {
	widget.BaseWidget
	Fill   fyne.ThemeColorName // "" = none
	Stroke fyne.ThemeColorName // "" = none
	Corner float32
	Least  fyne.Size
}

// NewGround returns an area of the theme's colour.
func NewGround(fill fyne.ThemeColorName) *Ground {
	g := &Ground{Fill: fill}
	g.ExtendBaseWidget(g)
	return g
}

// NewCard returns an area with a thin frame and round corners.
func NewCard(fill fyne.ThemeColorName) *Ground {
	g := &Ground{Fill: fill, Stroke: theme.ColorLine, Corner: theme.Corner}
	g.ExtendBaseWidget(g)
	return g
}

// NewLine returns a thin line; the layout stretches it along or down.
func NewLine() *Ground {
	g := &Ground{Fill: theme.ColorLine, Least: fyne.NewSize(1, 1)}
	g.ExtendBaseWidget(g)
	return g
}

// CreateRenderer implements fyne.Widget.
func (g *Ground) CreateRenderer() fyne.WidgetRenderer {
	r := &groundRenderer{g: g, rect: canvas.NewRectangle(nil)}
	r.style()
	return r
}

type groundRenderer struct {
	g    *Ground
	rect *canvas.Rectangle
}

func (r *groundRenderer) style() {
	r.rect.FillColor, r.rect.StrokeColor, r.rect.StrokeWidth = color.Transparent, color.Transparent, 0
	if r.g.Fill != "" {
		r.rect.FillColor = Color(r.g.Fill, r.g)
	}
	if r.g.Stroke != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = Color(r.g.Stroke, r.g), 1
	}
	r.rect.CornerRadius = r.g.Corner
}

func (r *groundRenderer) Destroy()                     {}
func (r *groundRenderer) Layout(s fyne.Size)           { r.rect.Resize(s) }
func (r *groundRenderer) MinSize() fyne.Size           { return r.g.Least }
func (r *groundRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *groundRenderer) Refresh()                     { r.style(); r.rect.Refresh() }
