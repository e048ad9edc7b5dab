package files

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/sync/files"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// rowView draws one row. It is reused for other rows as the table scrolls, so
// it holds plain shapes, no widgets: the body gets all mouse events.
type rowView struct {
	row    int // -1 while unused
	ground *canvas.Rectangle
	frame  *canvas.Rectangle // the cursor's
	name   *canvas.Text
	size   *canvas.Text
	when   *canvas.Text
	who    *canvas.Text
	icons  map[kind]*canvas.Image
	badges map[files.State]*canvas.Image
	bones  []*canvas.Rectangle // while nothing is known
	all    []fyne.CanvasObject
}

// rowLook is everything about a row beside its entry.
type rowLook struct {
	selected, cursor, hover, target, cut, editing bool
}

func newRowView() *rowView {
	v := &rowView{
		row:    -1,
		ground: canvas.NewRectangle(color.Transparent),
		frame:  canvas.NewRectangle(color.Transparent),
		name:   canvas.NewText("", nil),
		size:   canvas.NewText("", nil),
		when:   canvas.NewText("", nil),
		who:    canvas.NewText("", nil),
		icons:  map[kind]*canvas.Image{},
		badges: map[files.State]*canvas.Image{},
	}
	v.ground.CornerRadius, v.frame.CornerRadius = theme.Corner, theme.Corner
	v.size.Alignment = fyne.TextAlignTrailing
	v.all = []fyne.CanvasObject{v.ground, v.frame, v.name, v.size, v.when, v.who}
	return v
}

// picture shows one image of several, made when first needed.
func picture[K comparable](v *rowView, from map[K]*canvas.Image, want K, make func(K) fyne.Resource) *canvas.Image {
	for k, img := range from {
		if k != want && img.Visible() {
			img.Hide()
		}
	}
	img := from[want]
	if img == nil {
		res := make(want)
		if res == nil {
			return nil
		}
		img = canvas.NewImageFromResource(res)
		img.FillMode = canvas.ImageFillContain
		from[want] = img
		v.all = append(v.all, img)
	}
	img.Show()
	return img
}

// place moves and sizes all parts for a row at y.
func (v *rowView) place(c columns, y, width, height float32) {
	v.ground.Move(fyne.NewPos(4, y+1))
	v.ground.Resize(fyne.NewSize(width-8, height-2))
	v.frame.Move(fyne.NewPos(5, y+2))
	v.frame.Resize(fyne.NewSize(width-10, height-4))
	text := func(t *canvas.Text, s span) {
		t.Move(fyne.NewPos(s.X, y))
		t.Resize(fyne.NewSize(s.Wide, height))
	}
	text(v.name, c.Name)
	text(v.size, c.Size)
	text(v.when, c.Changed)
	text(v.who, c.Person)
	middle := y + (height-c.Icon.Wide)/2
	for _, img := range v.icons {
		img.Move(fyne.NewPos(c.Icon.X, middle))
		img.Resize(fyne.NewSquareSize(c.Icon.Wide))
	}
	for _, img := range v.badges {
		img.Move(fyne.NewPos(c.Badge.X+2, middle+2))
		img.Resize(fyne.NewSquareSize(c.Badge.Wide - 4))
	}
}

// hide takes the row off the screen.
func (v *rowView) hide() {
	v.row = -1
	for _, o := range v.all {
		o.Hide()
	}
}

// fill shows an item with its look.
func (v *rowView) fill(b *tableBody, it *item, look rowLook) {
	for _, bone := range v.bones {
		bone.Hide()
	}
	th := func(n fyne.ThemeColorName) color.Color { return ftheme.ColorForWidget(n, b) }
	text, muted := th(ftheme.ColorNameForeground), th(theme.ColorMuted)
	if look.cut {
		text, muted = th(ftheme.ColorNameDisabled), th(ftheme.ColorNameDisabled)
	}
	v.look(b, look)
	shown := visual(b.names.Fit(it.Shown()))
	v.name.FontSource = fontFor(shown)
	b.set(v.name, shown, text, !look.editing)
	size := ""
	if !it.Folder || it.Size > 0 {
		size = lang.Size(it.Size)
	}
	b.set(v.size, size, muted, b.cols.Size.Wide > 0)
	b.set(v.when, lang.Time(it.Mtime, b.now()), muted, b.cols.Changed.Wide > 0)
	b.set(v.who, visual(b.persons.Fit(it.last())), muted, b.cols.Person.Wide > 0)
	img := picture(v, v.icons, kindOf(it.Entry), icon)
	if look.cut {
		img.Translucency = 0.5
	} else {
		img.Translucency = 0
	}
	picture(v, v.badges, it.Local, func(s files.State) fyne.Resource {
		res, _ := badge(s)
		return res
	})
}

// look colours the ground and the cursor's frame.
func (v *rowView) look(b *tableBody, look rowLook) {
	ground, line := color.Color(color.Transparent), color.Color(color.Transparent)
	switch {
	case look.target, look.selected:
		ground = ftheme.ColorForWidget(theme.ColorAccentSoft, b)
	case look.hover:
		ground = ftheme.ColorForWidget(ftheme.ColorNameHover, b)
	}
	wide := float32(0)
	switch {
	case look.target:
		wide, line = 2, ftheme.ColorForWidget(theme.ColorAccent, b)
	case look.cursor:
		wide, line = 1.5, ftheme.ColorForWidget(theme.ColorAccent, b)
	}
	v.ground.Show()
	v.frame.Show()
	if v.ground.FillColor != ground {
		v.ground.FillColor = ground
		v.ground.Refresh()
	}
	if v.frame.StrokeColor != line || v.frame.StrokeWidth != wide {
		v.frame.StrokeColor, v.frame.StrokeWidth = line, wide
		v.frame.Refresh()
	}
}

// skeleton shows a row of which nothing is known yet.
func (v *rowView) skeleton(b *tableBody, row int, y, height float32) {
	for _, o := range v.all {
		o.Hide()
	}
	if v.bones == nil {
		for range 5 {
			bone := canvas.NewRectangle(color.Transparent)
			bone.CornerRadius = theme.Unit
			v.bones = append(v.bones, bone)
			v.all = append(v.all, bone)
		}
	}
	c := b.cols
	// Names are of different lengths; a fixed pattern looks like some.
	part := []float32{0.62, 0.45, 0.7, 0.38, 0.55}[row%5]
	spans := []span{{c.Icon.X, c.Icon.Wide}, {c.Name.X, c.Name.Wide * part}, {c.Size.X + c.Size.Wide*0.4, c.Size.Wide * 0.6}, {c.Changed.X, c.Changed.Wide * 0.7}, {c.Person.X, c.Person.Wide * 0.6}}
	for i, s := range spans {
		bone := v.bones[i]
		tall := float32(10)
		if i == 0 {
			tall = c.Icon.Wide
		}
		bone.Move(fyne.NewPos(s.X, y+(height-tall)/2))
		bone.Resize(fyne.NewSize(s.Wide, tall))
		bone.FillColor = ftheme.ColorForWidget(theme.ColorSkeleton, b)
		if s.Wide > 0 {
			bone.Show()
		}
		bone.Refresh()
	}
}
