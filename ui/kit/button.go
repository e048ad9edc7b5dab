package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Kind is how much a button stands out.
type Kind int

// The kinds of buttons.
const (
	Normal  Kind = iota
	Primary      // the one thing to do next
	Quiet        // an icon in a bar, a link: no ground until the pointer is there
	Danger       // what cannot be undone
)

// Button is a push button with an icon, a text or both.
type Button struct {
	Press
	Text    string
	Icon    fyne.Resource
	Kind    Kind
	Leading bool   // text at the left instead of in the middle
	Label   string // what a screen reader says where there is no text
	Chosen  bool   // a button that stays in, as one of a group
}

// NewButton returns a button with a text.
func NewButton(text string, kind Kind, tapped func()) *Button {
	return NewIconTextButton(nil, text, kind, tapped)
}

// NewIconButton returns a quiet button with an icon alone; label says what it does.
func NewIconButton(icon fyne.Resource, label string, tapped func()) *Button {
	b := NewIconTextButton(icon, "", Quiet, tapped)
	b.Label, b.Tip = label, label
	return b
}

// NewIconTextButton returns a button with both.
func NewIconTextButton(icon fyne.Resource, text string, kind Kind, tapped func()) *Button {
	b := &Button{Text: text, Icon: icon, Kind: kind}
	b.OnTapped = tapped
	b.Extend(b)
	return b
}

// Set changes the text.
func (b *Button) Set(text string) {
	if b.Text != text {
		b.Text = text
		b.Refresh()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string {
	if b.Text == "" {
		return b.Label
	}
	return b.Text
}

// AccessibilityRole implements fyne.Accessible.
func (*Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, ground: canvas.NewRectangle(nil), hover: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil), text: canvas.NewText("", nil), icon: widget.NewIcon(nil)}
	r.style()
	return r
}

type buttonRenderer struct {
	b                   *Button
	ground, hover, ring *canvas.Rectangle
	text                *canvas.Text
	icon                *widget.Icon
}

// colors gives the ground and the text of a kind.
func (r *buttonRenderer) colors() (ground, text fyne.ThemeColorName) {
	switch {
	case r.b.Disabled() && r.b.Kind == Quiet:
		return "", ftheme.ColorNameDisabled
	case r.b.Disabled():
		return ftheme.ColorNameDisabledButton, ftheme.ColorNameDisabled
	case r.b.Kind == Primary:
		return theme.ColorAccent, theme.ColorOnAccent
	case r.b.Kind == Danger:
		return theme.ColorDanger, ftheme.ColorNameForegroundOnError
	case r.b.Chosen:
		return theme.ColorAccentSoft, ftheme.ColorNameForeground
	case r.b.Kind == Quiet:
		return "", ftheme.ColorNameForeground
	}
	return ftheme.ColorNameButton, ftheme.ColorNameForeground
}

func (r *buttonRenderer) style() {
	ground, text := r.colors()
	r.ground.FillColor, r.hover.FillColor = color.Transparent, color.Transparent
	if ground != "" {
		r.ground.FillColor = Color(ground, r.b)
	}
	switch {
	case r.b.Disabled():
	case r.b.down:
		r.hover.FillColor = Color(ftheme.ColorNamePressed, r.b)
	case r.b.hover:
		r.hover.FillColor = Color(ftheme.ColorNameHover, r.b)
	}
	r.ground.CornerRadius, r.hover.CornerRadius, r.ring.CornerRadius = theme.Corner, theme.Corner, theme.Corner+3
	r.ring.FillColor = color.Transparent
	drawRing(r.ring, r.b, r.b.Ring())
	r.text.Text, r.text.Color = Visual(OneLine(r.b.Text)), Color(text, r.b)
	r.text.TextSize = Size(ftheme.SizeNameText, r.b)
	r.text.TextStyle.Bold = r.b.Kind == Primary || r.b.Kind == Danger
	icon := r.b.Icon
	if icon != nil {
		icon = ftheme.NewColoredResource(icon, text)
	}
	r.icon.SetResource(icon)
	r.icon.Hidden = icon == nil
}

func (r *buttonRenderer) Destroy() {}

// padding at the left and right: a button with an icon alone is square.
func (r *buttonRenderer) padding() float32 {
	if r.b.Text == "" {
		return (Size(theme.SizeControl, r.b) - Size(ftheme.SizeNameInlineIcon, r.b)) / 2
	}
	if r.b.Kind == Quiet {
		return theme.Gap
	}
	return 14
}

func (r *buttonRenderer) content() float32 {
	w := float32(0)
	if r.b.Text != "" {
		w = r.text.MinSize().Width
	}
	if r.b.Icon != nil {
		w += Size(ftheme.SizeNameInlineIcon, r.b)
		if r.b.Text != "" {
			w += theme.Gap
		}
	}
	return w
}

func (r *buttonRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.content()+2*r.padding(), Size(theme.SizeControl, r.b))
}

func (r *buttonRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.hover.Resize(s)
	r.ring.Resize(s.AddWidthHeight(6, 6))
	r.ring.Move(fyne.NewPos(-3, -3))
	x := (s.Width - r.content()) / 2
	if r.b.Leading {
		x = r.padding()
	}
	if r.b.Icon != nil {
		side := Size(ftheme.SizeNameInlineIcon, r.b)
		r.icon.Resize(fyne.NewSquareSize(side))
		r.icon.Move(fyne.NewPos(x, (s.Height-side)/2))
		x += side + theme.Gap
	}
	m := r.text.MinSize()
	r.text.Resize(m)
	r.text.Move(fyne.NewPos(x, (s.Height-m.Height)/2))
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.hover, r.icon, r.text, r.ring}
}

func (r *buttonRenderer) Refresh() {
	r.style()
	r.Layout(r.b.Size())
	for _, o := range []fyne.CanvasObject{r.ground, r.hover, r.text, r.ring} {
		o.Refresh()
	}
}
