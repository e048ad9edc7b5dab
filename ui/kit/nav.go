package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// NavItem is an entry of the side bar: icon, text, badge.
type NavItem struct {
	Press
	Badge   *Badge
	text    string
	icon    fyne.Resource
	active  bool
	compact bool
}

// NewNavItem returns an entry.
func NewNavItem(icon fyne.Resource, text string, tapped func()) *NavItem {
	n := &NavItem{icon: icon, text: text, Badge: NewBadge()}
	n.OnTapped = tapped
	n.Extend(n)
	return n
}

// SetActive marks the entry whose page is shown.
func (n *NavItem) SetActive(on bool) {
	if n.active != on {
		n.active = on
		n.Refresh()
	}
}

// SetCompact shows the icon alone, with a dot for the badge.
func (n *NavItem) SetCompact(on bool) {
	if n.compact != on {
		n.compact = on
		n.Tip = ""
		if on {
			n.Tip = n.text
		}
		n.Refresh()
	}
}

// Text returns the entry's text.
func (n *NavItem) Text() string { return n.text }

// AccessibilityLabel implements fyne.Accessible.
func (n *NavItem) AccessibilityLabel() string { return n.text }

// AccessibilityRole implements fyne.Accessible.
func (*NavItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (n *NavItem) CreateRenderer() fyne.WidgetRenderer {
	r := &navRenderer{n: n, ground: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil), dot: canvas.NewCircle(nil), icon: widget.NewIcon(nil), text: NewText(n.text)}
	r.style()
	return r
}

type navRenderer struct {
	n           *NavItem
	ground, bar *canvas.Rectangle
	dot         *canvas.Circle
	icon        *widget.Icon
	text        *Text
}

func (r *navRenderer) style() {
	n := r.n
	r.ground.FillColor, r.bar.FillColor = color.Transparent, color.Transparent
	r.ground.CornerRadius, r.bar.CornerRadius = theme.Corner, 2
	ink := ftheme.ColorNameForeground
	switch {
	case n.active:
		r.ground.FillColor, r.bar.FillColor = Color(theme.ColorAccentSoft, n), Color(theme.ColorAccent, n)
	case n.hover:
		r.ground.FillColor = Color(ftheme.ColorNameHover, n)
	}
	drawRing(r.ground, n, n.Ring())
	r.icon.SetResource(ftheme.NewColoredResource(n.icon, ink))
	r.text.Style.Bold = n.active
	r.text.Hidden = n.compact
	r.dot.FillColor = Color(theme.ColorUnread, n)
	r.dot.Hidden = !n.compact || n.Badge.Count() <= 0
	n.Badge.Hidden = n.compact || n.Badge.Count() <= 0
}

func (r *navRenderer) Destroy() {}

func (r *navRenderer) MinSize() fyne.Size {
	h := Size(theme.SizeRow, r.n)
	if r.n.compact {
		return fyne.NewSize(Size(ftheme.SizeNameInlineIcon, r.n)+20, h)
	}
	return fyne.NewSize(120, h)
}

func (r *navRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.bar.Resize(fyne.NewSize(3, s.Height-16))
	r.bar.Move(fyne.NewPos(0, 8))
	side := Size(ftheme.SizeNameInlineIcon, r.n)
	x := float32(12)
	if r.n.compact {
		x = (s.Width - side) / 2
	}
	r.icon.Resize(fyne.NewSquareSize(side))
	r.icon.Move(fyne.NewPos(x, (s.Height-side)/2))
	r.dot.Resize(fyne.NewSquareSize(8))
	r.dot.Move(fyne.NewPos(x+side-4, (s.Height-side)/2-4))
	right := s.Width - 12
	if !r.n.Badge.Hidden {
		b := r.n.Badge.MinSize()
		right -= b.Width
		r.n.Badge.Resize(fyne.NewSize(b.Width, s.Height))
		r.n.Badge.Move(fyne.NewPos(right, 0))
		right -= theme.Gap
	}
	left := x + side + 12
	r.text.Resize(fyne.NewSize(max(right-left, 0), s.Height))
	r.text.Move(fyne.NewPos(left, 0))
}

func (r *navRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.bar, r.icon, r.text, r.n.Badge, r.dot}
}

func (r *navRenderer) Refresh() {
	r.style()
	r.Layout(r.n.Size())
	r.ground.Refresh()
	r.bar.Refresh()
	r.dot.Refresh()
	r.text.Refresh()
	r.n.Badge.Refresh()
}
