package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Dialog is a modal box with a title, a body and buttons at the lower right.
// Esc gives it up.
type Dialog struct {
	// OnClosed is called once when the dialog is gone, whatever closed it.
	OnClosed func()
	// Stays keeps the dialog open on Esc.
	Stays bool

	window fyne.Window
	pop    *widget.PopUp
	title  *Text
	width  float32
	body   fyne.CanvasObject
	first  fyne.Focusable
	keys   func(*fyne.KeyEvent)
	open   bool
}

// NewDialog prepares a dialog. The first of the buttons is the deed, the others
// follow to its left; none of them closes the dialog by itself. first gets the
// focus, the deed when it is nil.
func NewDialog(w fyne.Window, title string, body fyne.CanvasObject, first fyne.Focusable, buttons ...*Button) *Dialog {
	d := &Dialog{window: w, title: NewHeading(title), width: 440, body: body, first: first}
	row := Row(theme.Gap, layout.NewSpacer())
	for _, b := range slices.Backward(buttons) {
		row.Add(b)
	}
	if first == nil && len(buttons) > 0 {
		d.first = buttons[0]
	}
	content := Column(theme.Around, Column(theme.Gap+theme.Unit, d.title, body))
	if len(buttons) > 0 {
		content.Add(row)
	}
	d.pop = widget.NewModalPopUp(Inset(20, 20, 24, 24, &fyne.Container{Layout: &dialogWidth{d}, Objects: []fyne.CanvasObject{content}}), w.Canvas())
	return d
}

// dialogWidth keeps a dialog at its width, or narrower than the window, and as
// high as its text then is.
type dialogWidth struct{ d *Dialog }

func (l *dialogWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	scale := min(Size("text", l.d.title)/14, 1.4)
	width := min(l.d.width*scale, l.d.window.Canvas().Size().Width-80)
	o := objects[0]
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
	}
	m := o.MinSize()
	return fyne.NewSize(max(width, m.Width), m.Height)
}

func (l *dialogWidth) Layout(objects []fyne.CanvasObject, s fyne.Size) { objects[0].Resize(s) }

// SetWidth changes how wide the dialog wants to be.
func (d *Dialog) SetWidth(width float32) { d.width = width }

// SetTitle changes the title.
func (d *Dialog) SetTitle(s string) { d.title.Set(s) }

// Relayout fits the dialog to a body that became larger or smaller.
func (d *Dialog) Relayout() {
	d.pop.Resize(d.pop.MinSize())
	d.pop.Refresh()
}

// Open tells whether the dialog is on screen.
func (d *Dialog) Open() bool { return d.open }

// Show puts the dialog on screen.
func (d *Dialog) Show() {
	if d.open {
		return
	}
	d.open = true
	c := d.window.Canvas()
	d.keys = c.OnTypedKey()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch {
		case !d.open: // one above it outlived it and gave the keys back to it
			if d.keys != nil {
				d.keys(e)
			}
		case e.Name == fyne.KeyEscape && !d.Stays:
			d.Close()
		}
	})
	d.pop.Show()
	d.pop.Resize(d.pop.MinSize())
	if d.first != nil {
		c.Focus(d.first)
	}
}

// Close takes the dialog away. It may be called again.
func (d *Dialog) Close() {
	if !d.open {
		return
	}
	d.open = false
	d.pop.Hide()
	d.window.Canvas().SetOnTypedKey(d.keys)
	if d.OnClosed != nil {
		d.OnClosed()
	}
}

// Ask is a question before a deed that cannot be undone.
type Ask struct {
	Title  string
	Text   string
	Deed   string // the button names it: "12 Dateien endgültig löschen"
	Cancel string
	Danger bool
	Do     func()
	// OnCancel is called when it was not done; may be nil.
	OnCancel func()
}

// Confirm shows the question.
func Confirm(w fyne.Window, a Ask) *Dialog {
	var d *Dialog
	done := false
	kind := Primary
	if a.Danger {
		kind = Danger
	}
	deed := NewButton(a.Deed, kind, func() {
		done = true
		d.Close()
		if a.Do != nil {
			a.Do()
		}
	})
	cancel := NewButton(a.Cancel, Normal, func() { d.Close() })
	var first fyne.Focusable = deed
	if a.Danger {
		first = cancel
	}
	d = NewDialog(w, a.Title, NewParagraph(a.Text), first, deed, cancel)
	d.OnClosed = func() {
		if !done && a.OnCancel != nil {
			a.OnCancel()
		}
	}
	d.Show()
	return d
}

// Tell shows a message with one button.
func Tell(w fyne.Window, title, text, ok string) *Dialog {
	var d *Dialog
	d = NewDialog(w, title, NewParagraph(text), nil, NewButton(ok, Primary, func() { d.Close() }))
	d.Show()
	return d
}

// ShowMenu opens a menu at a place in the window; it takes the focus and the
// arrow keys.
func ShowMenu(c fyne.Canvas, at fyne.Position, items ...*fyne.MenuItem) {
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

// Scrolled lets an object scroll down when there is too little room for it.
func Scrolled(o fyne.CanvasObject) *container.Scroll { return container.NewVScroll(o) }

// Capped lets an object be as high as it needs to be, up to what most returns; what
// is higher scrolls.
func Capped(o fyne.CanvasObject, most func() float32) *fyne.Container {
	return container.New(&cappedLayout{most}, container.NewVScroll(o))
}

type cappedLayout struct{ most func() float32 }

func (l *cappedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	if scroll, ok := objects[0].(*container.Scroll); ok {
		m = scroll.Content.MinSize()
	}
	return fyne.NewSize(m.Width, min(m.Height, l.most()))
}

func (*cappedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) { objects[0].Resize(s) }
