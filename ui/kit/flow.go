package kit

import "fyne.io/fyne/v2"

// Flow puts objects beside each other, and goes on in a new line where there is no
// room for the next one.
func Flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &flowLayout{gap: gap}, Objects: objects}
}

// flowLayout remembers the width it was laid out in: how high it is follows from that.
type flowLayout struct{ gap, width float32 }

// place walks the objects line by line and returns the height of all.
func (l *flowLayout) place(objects []fyne.CanvasObject, width float32, put func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	x, y, line := float32(0), float32(0), float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		m.Width = min(m.Width, max(width, 1))
		if x > 0 && x+m.Width > width {
			x, y, line = 0, y+line+l.gap, 0
		}
		if put != nil {
			put(o, fyne.NewPos(x, y), m)
		}
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	return y + line
}

// MinSize implements fyne.Layout.
func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := float32(0)
	for _, o := range objects {
		if o.Visible() {
			width = max(width, min(o.MinSize().Width, 160))
		}
	}
	room := l.width
	if room == 0 {
		room = 600
	}
	return fyne.NewSize(width, l.place(objects, room, nil))
}

// Layout implements fyne.Layout.
func (l *flowLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	l.place(objects, s.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Resize(size)
		o.Move(at)
	})
}
