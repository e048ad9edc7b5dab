package letters

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/kit"
	"schulhof/ui/theme"
)

// rowView is what a row of two lines shows.
type rowView struct {
	Title  string
	Strong bool
	When   string
	Full   string // the whole date, on hover
	Below  string
	Tag    string
	Tone   fyne.ThemeColorName // of Tag
	Mark   fyne.Resource       // before the title, nil for none
	Dot    bool                // unread
	Chosen bool
	Cursor bool
	// Does: Tap with the modifiers of the keyboard, Open by a double click, Menu by
	// the right button; each may be nil.
	Tap  func(mods fyne.KeyModifier)
	Open func()
	Menu func(at fyne.Position)
}

// list shows rows of two lines; the arrow keys are its owner's.
type list struct {
	widget.List
	OnKey      func(e *fyne.KeyEvent) bool
	OnShortcut func(s fyne.Shortcut) bool
	OnRune     func(r rune)
	focused    bool
	count      func() int
	view       func(i int) rowView
}

// newList returns a list of so many rows.
func newList(count func() int, view func(i int) rowView) *list {
	l := &list{count: count, view: view}
	l.Length = count
	l.CreateItem = func() fyne.CanvasObject { return newRow(l) }
	l.UpdateItem = func(id widget.ListItemID, o fyne.CanvasObject) {
		if r, ok := o.(*row); ok && id >= 0 && id < l.count() {
			r.show(view(id))
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// FocusGained implements fyne.Focusable.
func (l *list) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost implements fyne.Focusable.
func (l *list) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune implements fyne.Focusable.
func (l *list) TypedRune(r rune) {
	if l.OnRune != nil {
		l.OnRune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (l *list) TypedKey(e *fyne.KeyEvent) {
	if l.OnKey == nil || !l.OnKey(e) {
		kit.ForwardKey(l, e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (l *list) TypedShortcut(s fyne.Shortcut) {
	if l.OnShortcut == nil || !l.OnShortcut(s) {
		kit.ForwardShortcut(l, s)
	}
}

// focus gives the list the keyboard.
func (l *list) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// row is one row.
type row struct {
	widget.BaseWidget
	list  *list
	v     rowView
	hover bool
}

func newRow(l *list) *row {
	r := &row{list: l}
	r.ExtendBaseWidget(r)
	return r
}

func (r *row) show(v rowView) {
	r.v = v
	r.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (r *row) AccessibilityLabel() string { return r.v.Title }

// AccessibilityRole implements fyne.Accessible.
func (*row) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Tapped implements fyne.Tappable; what it does was done when the button went down.
func (r *row) Tapped(*fyne.PointEvent) {}

// DoubleTapped implements fyne.DoubleTappable.
func (r *row) DoubleTapped(*fyne.PointEvent) {
	if r.v.Open != nil {
		r.v.Open()
	}
}

// MouseDown implements desktop.Mouseable.
func (r *row) MouseDown(e *desktop.MouseEvent) {
	r.list.focus()
	kit.HideTip(r)
	if e.Button == desktop.MouseButtonPrimary && r.v.Tap != nil {
		r.v.Tap(e.Modifier)
	}
	if e.Button == desktop.MouseButtonSecondary && r.v.Menu != nil {
		r.v.Menu(e.AbsolutePosition)
	}
}

// MouseUp implements desktop.Mouseable.
func (*row) MouseUp(*desktop.MouseEvent) {}

// MouseIn implements desktop.Hoverable.
func (r *row) MouseIn(*desktop.MouseEvent) {
	r.hover = true
	kit.ShowTip(r, r.v.Full)
	r.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (*row) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *row) MouseOut() {
	r.hover = false
	kit.HideTip(r)
	r.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	n := &rowRenderer{
		r: r, ground: canvas.NewRectangle(nil), dot: canvas.NewCircle(nil), line: canvas.NewRectangle(nil),
		mark: widget.NewIcon(nil), title: kit.NewText(""), when: kit.NewSmall(""), below: kit.NewSmall(""), tag: kit.NewSmall(""),
	}
	n.when.Whole, n.tag.Whole = true, true
	n.style()
	return n
}

type rowRenderer struct {
	r                       *row
	ground, line            *canvas.Rectangle
	dot                     *canvas.Circle
	mark                    *widget.Icon
	title, when, below, tag *kit.Text
}

func (n *rowRenderer) style() {
	v := n.r.v
	n.ground.FillColor, n.ground.StrokeWidth, n.ground.CornerRadius = color.Transparent, 0, theme.Corner
	switch {
	case v.Chosen:
		n.ground.FillColor = kit.Color(theme.ColorAccentSoft, n.r)
	case n.r.hover:
		n.ground.FillColor = kit.Color(ftheme.ColorNameHover, n.r)
	}
	if v.Cursor && n.r.list.focused {
		n.ground.StrokeColor, n.ground.StrokeWidth = kit.Color(theme.ColorAccent, n.r), 2
	}
	n.line.FillColor = kit.Color(theme.ColorLine, n.r)
	n.dot.FillColor, n.dot.Hidden = kit.Color(theme.ColorUnread, n.r), !v.Dot
	n.mark.Hidden = v.Mark == nil
	n.mark.SetResource(v.Mark)
	n.title.Style.Bold = v.Strong
	n.title.Set(v.Title)
	n.title.Refresh()
	n.when.Set(v.When)
	n.when.Refresh() // its colour may be another
	n.below.Set(v.Below)
	n.below.Refresh()
	n.tag.Set(v.Tag)
	n.tag.Style.Bold, n.tag.Color = true, v.Tone
	if v.Tone == "" {
		n.tag.Style.Bold, n.tag.Color = false, theme.ColorMuted
	}
	n.tag.Refresh()
}

// Destroy implements fyne.WidgetRenderer.
func (*rowRenderer) Destroy() {}

// MinSize implements fyne.WidgetRenderer.
func (n *rowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(200, max(kit.Size(theme.SizeTallRow, n.r), n.title.MinSize().Height+n.below.MinSize().Height+20))
}

// Layout implements fyne.WidgetRenderer.
func (n *rowRenderer) Layout(s fyne.Size) {
	n.ground.Resize(s.SubtractWidthHeight(8, 4))
	n.ground.Move(fyne.NewPos(4, 2))
	n.line.Resize(fyne.NewSize(s.Width-32, 1))
	n.line.Move(fyne.NewPos(24, s.Height-1))
	upper, lower := n.title.MinSize().Height, n.below.MinSize().Height
	top := (s.Height - upper - lower - 4) / 2
	left, right := float32(26), s.Width-16
	n.dot.Resize(fyne.NewSquareSize(8))
	n.dot.Move(fyne.NewPos(12, top+(upper-8)/2))
	when := n.when.MinSize().Width
	n.when.Resize(fyne.NewSize(when, upper))
	n.when.Move(fyne.NewPos(right-when, top))
	x := left
	if !n.mark.Hidden {
		side := upper - 2
		n.mark.Resize(fyne.NewSquareSize(side))
		n.mark.Move(fyne.NewPos(x-2, top+1))
		x += side + 2
	}
	n.title.Resize(fyne.NewSize(max(right-when-8-x, 10), upper))
	n.title.Move(fyne.NewPos(x, top))
	tag := min(n.tag.MinSize().Width, (right-left)*0.7)
	n.tag.Resize(fyne.NewSize(tag, lower))
	n.tag.Move(fyne.NewPos(right-tag, top+upper+4))
	if tag > 0 {
		tag += 8
	}
	n.below.Resize(fyne.NewSize(max(right-tag-left, 10), lower))
	n.below.Move(fyne.NewPos(left, top+upper+4))
}

// Objects implements fyne.WidgetRenderer.
func (n *rowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{n.line, n.ground, n.dot, n.mark, n.title, n.when, n.below, n.tag}
}

// Refresh implements fyne.WidgetRenderer.
func (n *rowRenderer) Refresh() {
	n.style()
	n.Layout(n.r.Size())
	n.ground.Refresh()
	n.dot.Refresh()
	n.line.Refresh()
}

// option is one line to choose, with a mark of a choice of one or of several.
type option struct {
	kit.Press
	text    string
	several bool
	on      bool
}

func newOption(text string, several, on bool, tapped func()) *option {
	o := &option{text: text, several: several, on: on}
	o.OnTapped = tapped
	o.Extend(o)
	return o
}

func (o *option) set(on bool) {
	if o.on != on {
		o.on = on
		o.Refresh()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (o *option) AccessibilityLabel() string { return o.text }

// AccessibilityRole implements fyne.Accessible.
func (*option) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (o *option) CreateRenderer() fyne.WidgetRenderer {
	n := &optionRenderer{o: o, ground: canvas.NewRectangle(nil), icon: widget.NewIcon(nil), text: kit.NewParagraph(o.text)}
	n.style()
	return n
}

type optionRenderer struct {
	o      *option
	ground *canvas.Rectangle
	icon   *widget.Icon
	text   *kit.Paragraph
}

func (n *optionRenderer) style() {
	off, on := ftheme.RadioButtonIcon(), ftheme.RadioButtonCheckedIcon()
	if n.o.several {
		off, on = ftheme.CheckButtonIcon(), ftheme.CheckButtonCheckedIcon()
	}
	ink, icon := ftheme.ColorNameForeground, off
	tone := theme.ColorMuted
	if n.o.on {
		icon, tone = on, theme.ColorAccent
	}
	if n.o.Disabled() {
		ink, tone = theme.ColorMuted, theme.ColorMuted
	}
	n.icon.SetResource(ftheme.NewColoredResource(icon, tone))
	n.text.Color = ink
	n.ground.FillColor, n.ground.StrokeWidth, n.ground.CornerRadius = color.Transparent, 0, theme.Corner
	if n.o.Hovered() {
		n.ground.FillColor = kit.Color(ftheme.ColorNameHover, n.o)
	}
	if n.o.Ring() {
		n.ground.StrokeColor, n.ground.StrokeWidth = kit.Color(theme.ColorAccent, n.o), 2
	}
}

// Destroy implements fyne.WidgetRenderer.
func (*optionRenderer) Destroy() {}

func (n *optionRenderer) side() float32 { return kit.Size(ftheme.SizeNameInlineIcon, n.o) }

// MinSize implements fyne.WidgetRenderer.
func (n *optionRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, max(n.text.MinSize().Height, n.side())+12)
}

// Layout implements fyne.WidgetRenderer.
func (n *optionRenderer) Layout(s fyne.Size) {
	n.ground.Resize(s)
	side := n.side()
	icon, text := float32(6), side+14
	if kit.RightToLeft(n.o.text) {
		icon, text = s.Width-side-6, 8
	}
	n.icon.Resize(fyne.NewSquareSize(side))
	n.icon.Move(fyne.NewPos(icon, 6))
	n.text.Resize(fyne.NewSize(s.Width-side-22, s.Height-12))
	n.text.Move(fyne.NewPos(text, 6+max((side-kit.Size(ftheme.SizeNameText, n.o)*1.36)/2, 0)))
}

// Objects implements fyne.WidgetRenderer.
func (n *optionRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{n.ground, n.icon, n.text}
}

// Refresh implements fyne.WidgetRenderer.
func (n *optionRenderer) Refresh() {
	n.style()
	n.Layout(n.o.Size())
	n.ground.Refresh()
	n.text.Refresh()
}
