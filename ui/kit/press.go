package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Press makes a widget of what embeds it react to click, Space and Enter, to
// the pointer and to the focus. The widget's renderer looks at its state in
// Refresh. Keys that it does not use go to the window.
type Press struct {
	widget.DisableableWidget
	OnTapped func()
	// OnKey is asked before anything else is done with a key; true means used up.
	OnKey func(e *fyne.KeyEvent) bool
	// OnRune is called for a letter typed while the widget has the focus.
	OnRune func(r rune)
	// Tip is shown when the pointer rests on the widget; "" = none.
	Tip string
	// OnSecondary is called for the right button, with the place in the window.
	OnSecondary func(at fyne.Position)

	me                          fyne.Widget
	hover, focus, down, byMouse bool
}

// Extend ties Press to the widget that embeds it; call it in the constructor
// instead of ExtendBaseWidget.
func (p *Press) Extend(me fyne.Widget) {
	p.me = me
	p.ExtendBaseWidget(me)
}

// Hovered tells whether the pointer is over the widget.
func (p *Press) Hovered() bool { return p.hover && !p.Disabled() }

// Ring tells whether the focus came by the keyboard and is to be seen.
func (p *Press) Ring() bool { return p.focus && !p.byMouse }

// Tapped implements fyne.Tappable.
func (p *Press) Tapped(*fyne.PointEvent) { p.tap() }

// TappedSecondary implements fyne.SecondaryTappable.
func (p *Press) TappedSecondary(e *fyne.PointEvent) {
	if p.OnSecondary != nil && e != nil {
		p.OnSecondary(e.AbsolutePosition)
	}
}

func (p *Press) tap() {
	if p.OnTapped != nil && !p.Disabled() {
		p.OnTapped()
	}
}

// FocusGained implements fyne.Focusable.
func (p *Press) FocusGained() { p.focus, p.byMouse = true, p.down; p.Refresh() }

// FocusLost implements fyne.Focusable.
func (p *Press) FocusLost() { p.focus, p.byMouse = false, false; p.Refresh() }

// TypedRune implements fyne.Focusable.
func (p *Press) TypedRune(r rune) {
	if p.OnRune != nil {
		p.OnRune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (p *Press) TypedKey(e *fyne.KeyEvent) {
	input(p.me)
	if p.byMouse {
		p.byMouse = false
		p.Refresh()
	}
	if p.OnKey != nil && p.OnKey(e) {
		return
	}
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.tap()
	default:
		ForwardKey(p.me, e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (p *Press) TypedShortcut(s fyne.Shortcut) { ForwardShortcut(p.me, s) }

// MouseIn implements desktop.Hoverable.
func (p *Press) MouseIn(*desktop.MouseEvent) {
	p.hover = true
	ShowTip(p.me, p.Tip)
	p.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (p *Press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *Press) MouseOut() {
	p.hover, p.down = false, false
	HideTip(p.me)
	p.Refresh()
}

// MouseDown implements desktop.Mouseable.
func (p *Press) MouseDown(*desktop.MouseEvent) {
	p.down, p.byMouse = true, p.focus
	HideTip(p.me)
	input(p.me)
	p.Refresh()
}

// MouseUp implements desktop.Mouseable.
func (p *Press) MouseUp(*desktop.MouseEvent) { p.down = false; p.Refresh() }

// Cursor implements desktop.Cursorable.
func (p *Press) Cursor() desktop.Cursor {
	if p.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// drawRing shows or hides the ring on a rectangle.
func drawRing(r *canvas.Rectangle, w fyne.Widget, on bool) {
	r.StrokeWidth, r.StrokeColor = 0, nil
	if on {
		r.StrokeWidth, r.StrokeColor = 2, Color(theme.ColorAccent, w)
	}
}
