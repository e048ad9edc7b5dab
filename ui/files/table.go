package files

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/files"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// calls is what the table tells its page. All must be set.
type calls struct {
	Open     func(row int)                       // double click or Enter
	Menu     func(row int, at fyne.Position)     // right click; row -1: the empty area; at is on the canvas
	Rename   func(e files.Entry, name string)    // another name was entered
	Chosen   func()                              // the selection changed
	Ordered  func(order)                         // a column's head was clicked
	Drag     func(at fyne.Position)              // the selected entries are dragged; at is on the canvas
	Drop     func(at fyne.Position)              // … and let go
	Key      func(fyne.KeyName)                  // a key that is not about rows
	Shortcut func(fyne.Shortcut)                 // … or a shortcut
	Hint     func(text string, at fyne.Position) // what a resting pointer is told, "" for nothing
	Over     func(at fyne.Position)              // the pointer moved over the rows, with no button of ours
}

// table is the head and the rows of a model.
type table struct {
	*tableBody
	head   *tableHead
	scroll *container.Scroll
	object *fyne.Container
}

func newTable(m *model, now func() time.Time, c calls) *table {
	b := &tableBody{m: m, now: now, calls: c, target: -1, hover: -1, press: -1, held: heldKeys}
	b.ExtendBaseWidget(b)
	t := &table{tableBody: b, head: newTableHead(b), scroll: container.NewVScroll(b)}
	b.scroll = t.scroll
	t.scroll.OnScrolled = func(fyne.Position) { b.draw(false) }
	t.object = container.NewBorder(t.head, nil, nil, nil, t.scroll)
	return t
}

// Update shows the model as it is now. The row that was topmost stays where it
// is on the screen, if it is still there.
func (t *table) Update() {
	t.head.Refresh()
	t.keepPlace(func() { t.arrange() })
}

// tableBody draws the visible rows and takes mouse and keys.
type tableBody struct {
	widget.BaseWidget
	m      *model
	calls  calls
	now    func() time.Time
	held   func() mods // modifier keys at this moment
	scroll *container.Scroll

	cols    columns
	names   ruler
	persons ruler
	views   []*rowView
	band    *canvas.Rectangle
	edit    *renameEntry
	editing string // id
	objects []fyne.CanvasObject
	top     string // id of the topmost row as last drawn
	topAt   float32
	found   bool // the rows are hits: the last column says where they lie
	roots   bool // the rows are roots
	waiting bool // skeleton rows instead of rows
	drawn   fyne.Size

	focused bool
	hover   int
	target  int             // the row that would take what is dragged
	cut     map[string]bool // ids, drawn faintly

	press, lastPress int // row of the mouse button, -1 none
	pending          bool
	dragging, bandOn bool
	bandFrom         fyne.Position
	bandKeep         map[string]bool
	typed            string
	typedAt          time.Time
}

func heldKeys() mods {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return modsOf(d.CurrentKeyModifiers())
	}
	return mods{}
}

func modsOf(m fyne.KeyModifier) mods {
	return mods{Extend: m&fyne.KeyModifierShift != 0, Toggle: m&fyne.KeyModifierShortcutDefault != 0}
}

func (b *tableBody) rowHeight() float32 { return ftheme.SizeForWidget(theme.SizeRow, b) }

func (b *tableBody) scale() float32 { return ftheme.SizeForWidget(ftheme.SizeNameText, b) / 14 }

// set changes a text only where something differs: unchanged ones keep their texture.
func (b *tableBody) set(t *canvas.Text, text string, col color.Color, show bool) {
	if !show || text == "" {
		t.Hide()
		return
	}
	t.Show()
	size := ftheme.SizeForWidget(ftheme.SizeNameText, b)
	if t.Text == text && t.Color == col && t.TextSize == size {
		return
	}
	t.Text, t.Color, t.TextSize = text, col, size
	t.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *tableBody) CreateRenderer() fyne.WidgetRenderer {
	b.band = canvas.NewRectangle(color.Transparent)
	b.band.StrokeWidth = 1
	b.band.Hide()
	return &bodyRenderer{b}
}

type bodyRenderer struct{ b *tableBody }

func (r *bodyRenderer) Destroy()                     {}
func (r *bodyRenderer) Objects() []fyne.CanvasObject { return r.b.objects }
func (r *bodyRenderer) Layout(fyne.Size)             { r.b.draw(true) }
func (r *bodyRenderer) Refresh() {
	for _, v := range r.b.views {
		for _, img := range v.icons {
			img.Refresh()
		}
		for _, img := range v.badges {
			img.Refresh()
		}
	}
	r.b.draw(true)
}

func (r *bodyRenderer) MinSize() fyne.Size {
	rows := float32(r.b.m.Len())
	return fyne.NewSize(200, rows*r.b.rowHeight()+theme.Gap)
}

// arrange lays the body out for the model's number of rows.
func (b *tableBody) arrange() {
	if b.scroll == nil {
		return
	}
	high := b.scroll.Size().Height
	want := max(b.MinSize().Height, high)
	if b.scroll.Offset.Y > want-high {
		b.scroll.Offset.Y = max(want-high, 0)
	}
	b.Resize(fyne.NewSize(b.scroll.Size().Width, want))
	b.scroll.Refresh()
	b.draw(true)
}

// keepPlace runs a change of the rows and then scrolls so that the topmost row
// of before is where it was.
func (b *tableBody) keepPlace(change func()) {
	id, at := b.top, b.topAt
	change()
	if id == "" || b.scroll.Offset.Y == 0 && at == 0 {
		return
	}
	if row := b.m.Row(id); row >= 0 {
		b.scrollTo(float32(row)*b.rowHeight() - at)
	}
}

// scrollTo shows the body from y on, as far as there is something to show.
func (b *tableBody) scrollTo(y float32) {
	y = max(min(y, b.Size().Height-b.scroll.Size().Height), 0)
	if y == b.scroll.Offset.Y {
		return
	}
	b.scroll.ScrollToOffset(fyne.NewPos(0, y))
	b.draw(false)
}

// Reveal scrolls as little as needed for the row to be seen whole.
func (b *tableBody) Reveal(row int) {
	high, y := b.rowHeight(), float32(row)*b.rowHeight()
	switch {
	case row < 0:
	case y < b.scroll.Offset.Y:
		b.scrollTo(y)
	case y+high > b.scroll.Offset.Y+b.scroll.Size().Height:
		b.scrollTo(y + high + theme.Gap - b.scroll.Size().Height)
	}
}

// draw puts the visible rows in place; with all, those that are there already
// are filled anew.
func (b *tableBody) draw(all bool) {
	if b.scroll == nil || b.band == nil || b.Size().Width == 0 {
		return
	}
	size := b.Size()
	if size.Width != b.drawn.Width || all {
		b.cols = layOut(size.Width, b.scale(), b.roots, b.found)
		text := ftheme.SizeForWidget(ftheme.SizeNameText, b)
		b.names.reset(text, b.cols.Name.Wide)
		b.persons.reset(text, b.cols.Person.Wide)
		all = true
	}
	b.drawn = size
	if b.rows(all) || all {
		b.collect()
	}
	b.placeEdit()
	canvas.Refresh(b)
}

// rows fills and places the views of what is to be seen; it tells whether there
// are shapes that were not there before.
func (b *tableBody) rows(all bool) bool {
	size, high := b.Size(), b.rowHeight()
	offset, view := b.scroll.Offset.Y, b.scroll.Size().Height
	first := int(offset / high)
	need := int(view/high) + 2
	fresh := false
	for len(b.views) < need {
		b.views = append(b.views, newRowView())
		fresh = true
	}
	count := b.m.Len()
	if b.waiting {
		count = min(need-2, 12)
	}
	n := len(b.views)
	for row := first; row < first+n; row++ {
		v := b.views[row%n]
		parts := len(v.all)
		switch {
		case row >= count || row >= first+need:
			if v.row != -1 || all {
				v.hide()
			}
		case b.waiting:
			v.row = -1
			v.skeleton(b, row, float32(row)*high, high)
		case v.row != row || all:
			v.row = row
			v.fill(b, b.m.rows[row], b.lookOf(row))
			v.place(b.cols, float32(row)*high, size.Width, high)
		}
		fresh = fresh || parts != len(v.all)
	}
	b.top, b.topAt = b.m.idAt(first), float32(first)*high-offset
	return fresh
}

// lookOf says how a row looks now.
func (b *tableBody) lookOf(row int) rowLook {
	id := b.m.idAt(row)
	return rowLook{
		selected: b.m.selected[id],
		cursor:   b.focused && b.m.cursor == row && b.edit == nil,
		hover:    b.hover == row && b.target < 0,
		target:   b.target == row,
		cut:      b.cut[id],
		editing:  b.editing == id && b.edit != nil,
	}
}

// Looks redraws grounds, frames and what a deed changed in the look of rows.
func (b *tableBody) Looks() {
	for _, v := range b.views {
		if v.row >= 0 && v.row < b.m.Len() {
			v.look(b, b.lookOf(v.row))
		}
	}
	canvas.Refresh(b)
}

// collect lists all objects anew, the rubber band and the field on top.
func (b *tableBody) collect() {
	b.objects = b.objects[:0:0]
	for _, v := range b.views {
		b.objects = append(b.objects, v.all...)
	}
	b.objects = append(b.objects, b.band)
	if b.edit != nil {
		b.objects = append(b.objects, b.edit)
	}
}

// Waiting switches to skeleton rows and back.
func (b *tableBody) Waiting(on bool) {
	if b.waiting != on {
		b.waiting = on
		b.draw(true)
	}
}

// Cut draws entries faintly: they wait to be pasted elsewhere.
func (b *tableBody) Cut(ids map[string]bool) {
	b.cut = ids
	b.draw(true)
}

// Target lights up a row that would take what is dragged, -1 for none.
func (b *tableBody) Target(row int) {
	if b.target != row {
		b.target = row
		b.Looks()
	}
}

// RowAt returns the row at a position of the canvas, -1 for none.
func (b *tableBody) RowAt(at fyne.Position) int {
	p := at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(b.scroll))
	s := b.scroll.Size()
	if p.X < 0 || p.Y < 0 || p.X >= s.Width || p.Y >= s.Height {
		return -1
	}
	return b.rowAtY(p.Y + b.scroll.Offset.Y)
}

func (b *tableBody) rowAtY(y float32) int {
	row := int(y / b.rowHeight())
	if y < 0 || row >= b.m.Len() || b.waiting {
		return -1
	}
	return row
}

// Contains says whether a position of the canvas is on the rows' area.
func (b *tableBody) Contains(at fyne.Position) bool {
	p := at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(b.scroll))
	s := b.scroll.Size()
	return p.X >= 0 && p.Y >= 0 && p.X < s.Width && p.Y < s.Height
}

// StartRename opens the field over the cursor's row.
func (b *tableBody) StartRename(row int) {
	e, ok := b.m.At(row)
	if !ok {
		return
	}
	b.EndRename()
	b.Reveal(row)
	id := b.m.idAt(row)
	b.editing = id
	b.edit = newRenameEntry(e.Name, func(text string, ok bool) {
		b.EndRename()
		if ok && text != "" && text != e.Name {
			b.calls.Rename(e, text)
		}
	})
	b.draw(true)
	if c := b.canvas(); c != nil {
		c.Focus(b.edit)
	}
	b.edit.selectFirst(stem(e))
}

// EndRename closes the field without a report.
func (b *tableBody) EndRename() {
	if b.edit == nil {
		return
	}
	edit := b.edit
	b.edit, b.editing = nil, ""
	edit.done = nil
	c := b.canvas()
	if c != nil && c.Focused() == edit {
		c.Focus(b)
	}
	b.draw(true)
}

func (b *tableBody) placeEdit() {
	if b.edit == nil {
		return
	}
	row := b.m.Row(b.editing)
	if row < 0 {
		b.EndRename()
		return
	}
	high := b.rowHeight()
	tall := b.edit.MinSize().Height // a little more than the row
	b.edit.Move(fyne.NewPos(b.cols.Name.X-theme.Gap-1, float32(row)*high+(high-tall)/2))
	b.edit.Resize(fyne.NewSize(b.cols.Name.Wide+theme.Gap, tall))
}

func (b *tableBody) canvas() fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(b)
}

// Focus gives the rows the keyboard.
func (b *tableBody) Focus() { b.focusIn(b.canvas()) }

// focusIn is for before the first frame, when the toolkit does not know yet in
// which window an object is.
func (b *tableBody) focusIn(c fyne.Canvas) {
	if c != nil && b.edit == nil {
		c.Focus(b)
	}
}

// StartRenameAllowed renames the cursor's row if the user may, and says why not.
func (t *table) StartRenameAllowed(p *Page) {
	e, ok := t.m.At(t.m.cursor)
	if !ok {
		return
	}
	if why := cannotLeave([]files.Entry{e}, p.engine.Online()); why != "" {
		p.d.Toast(lang.T("files.rename_not", "Why", why), "", nil)
		return
	}
	t.StartRename(t.m.cursor)
}
