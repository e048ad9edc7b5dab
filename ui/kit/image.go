package kit

import (
	"context"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// AsyncImage shows a picture that is fetched in the background; until it is
// there, and when it never comes, it shows an icon.
type AsyncImage struct {
	widget.BaseWidget
	do       func(func())
	fallback fyne.Resource
	least    fyne.Size
	picture  *canvas.Image
	icon     *widget.Icon
	cancel   context.CancelFunc
	turn     int
}

// NewAsyncImage returns an empty picture; do runs a function on the UI goroutine.
func NewAsyncImage(do func(func()), fallback fyne.Resource, least fyne.Size) *AsyncImage {
	a := &AsyncImage{do: do, fallback: fallback, least: least, picture: canvas.NewImageFromImage(nil), icon: widget.NewIcon(fallback)}
	a.picture.FillMode = canvas.ImageFillContain
	a.picture.ScaleMode = canvas.ImageScaleSmooth
	a.picture.Hide()
	a.ExtendBaseWidget(a)
	return a
}

// Load fetches another picture on a goroutine of its own and gives up the one
// under way. load scales down what is too large; its error shows the icon.
func (a *AsyncImage) Load(ctx context.Context, load func(ctx context.Context) (image.Image, error)) {
	a.Clear()
	turn := a.turn
	ctx, a.cancel = context.WithCancel(ctx)
	go func() {
		img, err := load(ctx)
		if err != nil || img == nil || ctx.Err() != nil {
			return
		}
		a.do(func() {
			if a.turn == turn {
				a.SetImage(img)
			}
		})
	}()
}

// SetImage shows a picture that is there already.
func (a *AsyncImage) SetImage(img image.Image) {
	a.picture.Image = img
	a.picture.Show()
	a.icon.Hide()
	a.picture.Refresh()
}

// Clear gives up what is under way and shows the icon again.
func (a *AsyncImage) Clear() {
	a.turn++
	if a.cancel != nil {
		a.cancel()
		a.cancel = nil
	}
	a.picture.Image = nil
	a.picture.Hide()
	a.icon.Show()
}

// CreateRenderer implements fyne.Widget.
func (a *AsyncImage) CreateRenderer() fyne.WidgetRenderer { return &imageRenderer{a} }

type imageRenderer struct{ a *AsyncImage }

func (r *imageRenderer) Destroy()           { r.a.turn++ }
func (r *imageRenderer) MinSize() fyne.Size { return r.a.least }

func (r *imageRenderer) Layout(s fyne.Size) {
	r.a.picture.Resize(s)
	side := min(s.Width, s.Height, 96)
	r.a.icon.Resize(fyne.NewSquareSize(side))
	r.a.icon.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
}

func (r *imageRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.a.icon, r.a.picture}
}

func (r *imageRenderer) Refresh() {
	r.a.icon.Refresh()
	r.a.picture.Refresh()
}
