package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/theme"
)

const tipDelay = 600 * time.Millisecond

// tips holds the layer of each window, for the UI goroutine only: a widget
// finds the one of its window without being given it.
var tips = map[fyne.Canvas]*TipLayer{}

// TipLayer shows a short text beside what the pointer rests on. Each window has
// one, stacked on top of its content; it never takes part in clicks.
type TipLayer struct {
	// OnInput is called for each key and click that a widget of the kit takes, by
	// which the window knows that somebody is there.
	OnInput func()
	// OnShortcut is called for a shortcut that a focused widget of the kit does not
	// use; nil gives it to the toolkit's window.
	OnShortcut func(s fyne.Shortcut)

	canvas fyne.Canvas
	box    *fyne.Container
	wait   *fyne.Animation
	owner  fyne.CanvasObject
}

// NewTipLayer returns the layer of a window, instead of the one it had.
func NewTipLayer(c fyne.Canvas) *TipLayer {
	l := &TipLayer{canvas: c, box: container.NewWithoutLayout()}
	tips[c] = l
	return l
}

// Object is to be stacked on top of the content.
func (l *TipLayer) Object() fyne.CanvasObject { return l.box }

// input says that o took a key or a click.
func input(o fyne.CanvasObject) {
	if l := tips[fyne.CurrentApp().Driver().CanvasForObject(o)]; l != nil && l.OnInput != nil {
		l.OnInput()
	}
}

// ShowTip shows a text below o once the pointer has rested for a moment; call it
// when the pointer comes. "" does nothing.
func ShowTip(o fyne.CanvasObject, text string) {
	l := tips[fyne.CurrentApp().Driver().CanvasForObject(o)]
	if l == nil || text == "" {
		return
	}
	l.hide()
	l.owner = o
	// An animation is the toolkit's timer on the UI goroutine; it draws nothing.
	l.wait = fyne.NewAnimation(tipDelay, func(done float32) {
		if done == 1 && l.owner == o {
			l.show(o, text)
		}
	})
	l.wait.Start()
}

// HideTip takes the text of o away; call it when the pointer goes or presses.
func HideTip(o fyne.CanvasObject) {
	if l := tips[fyne.CurrentApp().Driver().CanvasForObject(o)]; l != nil && l.owner == o {
		l.hide()
	}
}

func (l *TipLayer) hide() {
	if l.wait != nil {
		l.wait.Stop()
		l.wait = nil
	}
	l.owner = nil
	if len(l.box.Objects) > 0 {
		l.box.Objects = nil
		l.box.Refresh()
	}
}

func (l *TipLayer) show(o fyne.CanvasObject, text string) {
	words := NewWhole(text)
	words.Color, words.TextSize = theme.ColorOnToast, ftheme.SizeNameCaptionText
	ground := NewGround(theme.ColorToast)
	ground.Corner = 4
	tip := container.NewStack(ground, Inset(4, 4, 8, 8, words))
	size, room := tip.MinSize(), l.canvas.Size()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	x := min(max(at.X, 4), max(room.Width-size.Width-4, 4))
	y := at.Y + o.Size().Height + 4
	if y+size.Height > room.Height {
		y = at.Y - size.Height - 4
	}
	tip.Resize(size)
	tip.Move(fyne.NewPos(x, y))
	l.box.Objects = []fyne.CanvasObject{tip}
	l.box.Refresh()
}
