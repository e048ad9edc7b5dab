package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// NewEmptyState says what will be here and offers the first step; actions may be none.
func NewEmptyState(icon fyne.Resource, title, text string, actions ...*Button) fyne.CanvasObject {
	picture := widget.NewIcon(ftheme.NewColoredResource(icon, theme.ColorMuted))
	head := NewHeading(title)
	head.Align = fyne.TextAlignCenter
	words := NewParagraph(text)
	words.Color, words.Align = theme.ColorMuted, fyne.TextAlignCenter
	row := Row(theme.Gap)
	for _, b := range actions {
		row.Add(b)
	}
	column := Column(theme.Gap+theme.Unit, container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(56), picture)), head, words)
	if len(actions) > 0 {
		column.Add(container.NewCenter(row))
	}
	return container.New(&emptyLayout{}, column)
}

// emptyLayout puts a column of texts into the middle, narrower where there is little room.
type emptyLayout struct{}

func (*emptyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize()
	return fyne.NewSize(max(m.Width, 160), m.Height)
}

func (*emptyLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	width := max(min(s.Width-2*theme.Around, 360), min(o[0].MinSize().Width, s.Width))
	o[0].Resize(fyne.NewSize(width, o[0].MinSize().Height))
	height := o[0].MinSize().Height // the texts have wrapped
	o[0].Resize(fyne.NewSize(width, height))
	o[0].Move(fyne.NewPos((s.Width-width)/2, max((s.Height-height)/2, 0)))
}

// Progress is a thin bar. Below zero it only says that something is going on.
type Progress struct {
	widget.BaseWidget
	Width float32
	Color fyne.ThemeColorName
	value float64
}

// NewProgress returns an empty bar of a smallest width.
func NewProgress(width float32) *Progress {
	p := &Progress{Width: width, Color: theme.ColorAccent}
	p.ExtendBaseWidget(p)
	return p
}

// Set changes the part that is done, 0 to 1.
func (p *Progress) Set(value float64) {
	if value == p.value {
		return
	}
	p.value = value
	p.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *Progress) CreateRenderer() fyne.WidgetRenderer {
	r := &progressRenderer{p: p, track: canvas.NewRectangle(nil), done: canvas.NewRectangle(nil)}
	r.style()
	return r
}

type progressRenderer struct {
	p           *Progress
	track, done *canvas.Rectangle
}

func (r *progressRenderer) style() {
	r.track.FillColor, r.done.FillColor = Color(theme.ColorLine, r.p), Color(r.p.Color, r.p)
	r.track.CornerRadius, r.done.CornerRadius = 3, 3
	if r.p.value <= 0 {
		r.done.FillColor = color.Transparent
	}
}

func (r *progressRenderer) Destroy() {}

func (r *progressRenderer) MinSize() fyne.Size { return fyne.NewSize(r.p.Width, 6) }

func (r *progressRenderer) Layout(s fyne.Size) {
	y := (s.Height - 6) / 2
	r.track.Resize(fyne.NewSize(s.Width, 6))
	r.track.Move(fyne.NewPos(0, y))
	done := float32(min(max(r.p.value, 0), 1)) * s.Width
	if done > 0 {
		done = max(done, 6)
	}
	r.done.Resize(fyne.NewSize(done, 6))
	r.done.Move(fyne.NewPos(0, y))
}

func (r *progressRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.track, r.done} }

func (r *progressRenderer) Refresh() {
	r.style()
	r.Layout(r.p.Size())
	r.track.Refresh()
	r.done.Refresh()
}

// Skeleton shows rows that are not known yet, as still bars of uneven width.
type Skeleton struct {
	widget.BaseWidget
	Rows int
}

// NewSkeleton returns a skeleton of so many rows.
func NewSkeleton(rows int) *Skeleton {
	s := &Skeleton{Rows: rows}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *Skeleton) CreateRenderer() fyne.WidgetRenderer {
	r := &skeletonRenderer{s: s}
	for range s.Rows * 2 {
		bar := canvas.NewRectangle(Color(theme.ColorSkeleton, s))
		bar.CornerRadius = 4
		r.bars = append(r.bars, bar)
	}
	return r
}

type skeletonRenderer struct {
	s    *Skeleton
	bars []fyne.CanvasObject
}

func (r *skeletonRenderer) Destroy() {}

func (r *skeletonRenderer) MinSize() fyne.Size { return fyne.NewSize(100, Size(theme.SizeRow, r.s)) }

func (r *skeletonRenderer) Layout(s fyne.Size) {
	h := Size(theme.SizeRow, r.s)
	for i := 0; i+1 < len(r.bars); i += 2 {
		y := float32(i/2) * h
		width := s.Width * (0.28 + 0.07*float32((i/2*5)%4))
		r.bars[i].Resize(fyne.NewSquareSize(20))
		r.bars[i].Move(fyne.NewPos(theme.Around, y+(h-20)/2))
		r.bars[i+1].Resize(fyne.NewSize(width, 12))
		r.bars[i+1].Move(fyne.NewPos(theme.Around+32, y+(h-12)/2))
		for _, bar := range r.bars[i : i+2] {
			if y+h > s.Height {
				bar.Hide()
			} else {
				bar.Show()
			}
		}
	}
}

func (r *skeletonRenderer) Objects() []fyne.CanvasObject { return r.bars }

func (r *skeletonRenderer) Refresh() {
	for _, o := range r.bars {
		if bar, ok := o.(*canvas.Rectangle); ok {
			bar.FillColor = Color(theme.ColorSkeleton, r.s)
			bar.Refresh()
		}
	}
}
