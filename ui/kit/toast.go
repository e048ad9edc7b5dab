package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// ToastTime is how long a passing message with an action stays.
const ToastTime = 10 * time.Second

// Toaster shows passing messages, one at a time, above the foot of what it is
// stacked on.
type Toaster struct {
	do     func(func())
	layer  *fyne.Container
	number int
	timer  *time.Timer
}

// NewToaster returns a toaster; do runs a function on the UI goroutine.
func NewToaster(do func(func())) *Toaster {
	return &Toaster{do: do, layer: container.New(toastLayout{})}
}

// Object is to be stacked on top of the content.
func (t *Toaster) Object() fyne.CanvasObject { return t.layer }

// Show shows a message; action "" shows no button. Without an action it goes
// after half the time.
func (t *Toaster) Show(text, action string, fn func()) {
	t.number++
	number := t.number
	gone := func() {
		if t.number == number {
			t.Hide()
		}
	}
	words := NewParagraph(text)
	words.Color = theme.ColorOnToast
	var row fyne.CanvasObject = words
	if action != "" {
		b := &toastButton{text: action}
		b.OnTapped = func() {
			gone()
			if fn != nil {
				fn()
			}
		}
		b.Extend(b)
		row = container.NewBorder(nil, nil, nil, Inset(0, 0, theme.Around, 0, container.NewCenter(b)), container.New(middle{}, words))
	}
	ground := NewGround(theme.ColorToast)
	ground.Corner = theme.Corner + 2
	t.layer.Objects = []fyne.CanvasObject{container.NewStack(ground, Inset(12, 12, theme.Around, theme.Around, row))}
	t.layer.Refresh()
	if t.timer != nil {
		t.timer.Stop()
	}
	wait := ToastTime
	if action == "" {
		wait /= 2
	}
	t.timer = time.AfterFunc(wait, func() { t.do(gone) })
}

// Hide takes the message away.
func (t *Toaster) Hide() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
	if len(t.layer.Objects) > 0 {
		t.layer.Objects = nil
		t.layer.Refresh()
	}
}

// Showing tells whether a message is on screen.
func (t *Toaster) Showing() bool { return len(t.layer.Objects) > 0 }

type toastLayout struct{}

func (toastLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout keeps clear of the window's line at the bottom and of the page's above it.
func (toastLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	rise := 2*fyne.CurrentApp().Settings().Theme().Size(theme.SizeControl) + theme.Gap
	for _, o := range objects {
		width := min(s.Width-2*theme.Around, 560)
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((s.Width-width)/2, s.Height-height-rise))
	}
}

// middle keeps an object's own height, in the middle.
type middle struct{}

func (middle) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (middle) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Resize(fyne.NewSize(s.Width, o[0].MinSize().Height))
	h := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, (s.Height-h)/2))
}

// toastButton is a text in the colours of a passing message.
type toastButton struct {
	Press
	text string
}

func (b *toastButton) AccessibilityLabel() string { return b.text }

func (*toastButton) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (b *toastButton) CreateRenderer() fyne.WidgetRenderer {
	text := canvas.NewText(b.text, Color(theme.ColorToastAccent, b))
	text.TextStyle.Bold = true
	text.TextSize = Size(ftheme.SizeNameText, b)
	ring := canvas.NewRectangle(nil)
	ring.CornerRadius = theme.Corner
	return &toastButtonRenderer{WidgetRenderer: widget.NewSimpleRenderer(container.NewStack(ring, Inset(4, 4, 8, 8, text))), b: b, ring: ring, text: text}
}

type toastButtonRenderer struct {
	fyne.WidgetRenderer
	b    *toastButton
	ring *canvas.Rectangle
	text *canvas.Text
}

func (r *toastButtonRenderer) Refresh() {
	accent := Color(theme.ColorToastAccent, r.b)
	r.text.Color, r.ring.StrokeColor, r.ring.StrokeWidth = accent, accent, 0
	if r.b.Ring() || r.b.hover {
		r.ring.StrokeWidth = 2
	}
	r.ring.Refresh()
	r.text.Refresh()
}
