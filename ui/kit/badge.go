package kit

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// Badge shows a count in a pill; it hides at zero and ends at "99+".
type Badge struct {
	widget.BaseWidget
	count int
}

// NewBadge returns a hidden badge.
func NewBadge() *Badge {
	b := &Badge{}
	b.Hidden = true
	b.ExtendBaseWidget(b)
	return b
}

// Set changes the count.
func (b *Badge) Set(count int) {
	if count == b.count {
		return
	}
	b.count = count
	b.Hidden = count <= 0
	b.Refresh()
}

// Count returns the count.
func (b *Badge) Count() int { return b.count }

// CreateRenderer implements fyne.Widget.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	r := &pillRenderer{w: b, ground: canvas.NewRectangle(nil), text: canvas.NewText("", nil), fill: theme.ColorUnread, ink: theme.ColorOnUnread, what: func() string {
		if b.count > 99 {
			return "99+"
		}
		return lang.Number(int64(b.count))
	}}
	r.style()
	return r
}

type pillRenderer struct {
	w         fyne.Widget
	ground    *canvas.Rectangle
	text      *canvas.Text
	fill, ink fyne.ThemeColorName
	what      func() string
}

func (r *pillRenderer) style() {
	r.ground.FillColor, r.ground.CornerRadius = Color(r.fill, r.w), canvas.RadiusMaximum
	r.text.Text, r.text.Color = r.what(), Color(r.ink, r.w)
	r.text.TextSize, r.text.TextStyle.Bold = Size(ftheme.SizeNameCaptionText, r.w), true
	r.text.Alignment = fyne.TextAlignCenter
}

func (r *pillRenderer) Destroy() {}

func (r *pillRenderer) MinSize() fyne.Size {
	m := r.text.MinSize()
	return fyne.NewSize(max(m.Width+12, m.Height+4), m.Height+4)
}

func (r *pillRenderer) Layout(s fyne.Size) {
	m := r.MinSize()
	y := (s.Height - m.Height) / 2
	r.ground.Resize(fyne.NewSize(s.Width, m.Height))
	r.ground.Move(fyne.NewPos(0, y))
	r.text.Resize(fyne.NewSize(s.Width, m.Height))
	r.text.Move(fyne.NewPos(0, y))
}

func (r *pillRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground, r.text} }

func (r *pillRenderer) Refresh() {
	r.style()
	r.Layout(r.w.Size())
	r.ground.Refresh()
	r.text.Refresh()
}

// Avatar shows a person's initials on a disc.
type Avatar struct {
	widget.BaseWidget
	Side float32
	name string
}

// NewAvatar returns the disc of a person; side is its width.
func NewAvatar(name string, side float32) *Avatar {
	a := &Avatar{name: name, Side: side}
	a.ExtendBaseWidget(a)
	return a
}

// Initials are the first letters of the first and the last word: "LW".
func Initials(name string) string {
	words := strings.Fields(OneLine(name))
	if len(words) == 0 {
		return "?"
	}
	first := func(s string) string {
		r, _ := utf8.DecodeRuneInString(s)
		return strings.ToUpper(string(r))
	}
	if len(words) == 1 {
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

// CreateRenderer implements fyne.Widget.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer {
	r := &avatarRenderer{pillRenderer{w: a, ground: canvas.NewRectangle(nil), text: canvas.NewText("", nil), fill: theme.ColorAccentSoft, ink: ftheme.ColorNameForeground, what: func() string { return Initials(a.name) }}, a}
	r.style()
	return r
}

type avatarRenderer struct {
	pillRenderer
	a *Avatar
}

func (r *avatarRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.a.Side) }

func (r *avatarRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.text.Resize(s)
}

func (r *avatarRenderer) Refresh() {
	r.style()
	r.text.TextSize = r.a.Side * 0.38
	r.Layout(r.a.Size())
	r.ground.Refresh()
	r.text.Refresh()
}
