package files

import (
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

var _ interface {
	fyne.Focusable
	fyne.Shortcutable
	fyne.DoubleTappable
	fyne.SecondaryTappable
	fyne.Draggable
	fyne.Accessible
	desktop.Mouseable
	desktop.Hoverable
} = (*tableBody)(nil)

// FocusGained implements fyne.Focusable.
func (b *tableBody) FocusGained() {
	b.focused = true
	if b.m.cursor < 0 && b.m.Len() > 0 {
		b.m.Point(0)
	}
	b.Looks()
}

// FocusLost implements fyne.Focusable.
func (b *tableBody) FocusLost() {
	b.focused = false
	b.Looks()
}

// AccessibilityLabel implements fyne.Accessible: it reads the cursor's row.
func (b *tableBody) AccessibilityLabel() string {
	e, ok := b.m.At(b.m.cursor)
	if !ok {
		return lang.T("files.title")
	}
	return safeName(e.Name) + ", " + lang.Size(e.Size) + ", " + lang.FullTime(e.Mtime)
}

// AccessibilityRole implements fyne.Accessible.
func (b *tableBody) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// changed redraws after the selection or the cursor moved.
func (b *tableBody) changed() {
	b.Looks()
	b.calls.Chosen()
}

// jump returns where a key takes the cursor.
func (b *tableBody) jump(key fyne.KeyName) (row int, ok bool) {
	page := max(1, int(b.scroll.Size().Height/b.rowHeight())-1)
	at, last := b.m.cursor, b.m.Len()-1
	switch key {
	case fyne.KeyDown:
		at++
	case fyne.KeyUp:
		at--
	case fyne.KeyPageDown:
		at += page
	case fyne.KeyPageUp:
		at -= page
	case fyne.KeyHome:
		at = 0
	case fyne.KeyEnd:
		at = last
	default:
		return 0, false
	}
	return max(0, min(at, last)), last >= 0
}

// TypedKey implements fyne.Focusable.
func (b *tableBody) TypedKey(e *fyne.KeyEvent) {
	if row, ok := b.jump(e.Name); ok {
		b.m.Click(row, mods{Extend: b.held().Extend})
		b.Reveal(row)
		b.changed()
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.m.cursor >= 0 {
			b.calls.Open(b.m.cursor)
		}
	case fyne.KeySpace:
		if b.typing() {
			return // a blank within a name that is typed
		}
		b.m.Click(b.m.cursor, mods{Toggle: true})
		b.changed()
	default:
		b.calls.Key(e.Name)
	}
}

// typing says whether the last letter of type-ahead was a moment ago.
func (b *tableBody) typing() bool {
	return b.typed != "" && b.now().Sub(b.typedAt) < time.Second
}

// TypedRune implements fyne.Focusable: it finds a name by its first letters.
// The same letter again goes on to the next such name.
func (b *tableBody) TypedRune(r rune) {
	if !unicode.IsPrint(r) || r == ' ' && !b.typing() {
		return
	}
	again := !b.typing() || b.typed == string(r)
	if again {
		b.typed = string(r)
	} else {
		b.typed += string(r)
	}
	b.typedAt = b.now()
	if row := b.m.StartingWith(b.typed, again && !b.atStart()); row >= 0 {
		b.m.Click(row, mods{})
		b.Reveal(row)
		b.changed()
	}
}

// atStart says that nothing is selected, so that the cursor's own row counts too.
func (b *tableBody) atStart() bool { return len(b.m.selected) == 0 }

// TypedShortcut implements fyne.Shortcutable.
func (b *tableBody) TypedShortcut(s fyne.Shortcut) {
	if _, all := s.(*fyne.ShortcutSelectAll); all {
		b.m.SelectAll()
		b.changed()
		return
	}
	if custom, ok := s.(*desktop.CustomShortcut); !ok || !b.withCtrl(custom) {
		b.calls.Shortcut(s)
	}
}

// withCtrl moves the cursor alone, or extends the selection beside what is
// selected; it tells whether the shortcut was about that.
func (b *tableBody) withCtrl(s *desktop.CustomShortcut) bool {
	if s.Modifier&fyne.KeyModifierShortcutDefault == 0 || s.Modifier&fyne.KeyModifierAlt != 0 {
		return false
	}
	row, is := b.jump(s.KeyName)
	switch {
	case is && s.Modifier&fyne.KeyModifierShift != 0:
		b.m.Click(row, modsOf(s.Modifier))
		b.Reveal(row)
	case is:
		b.m.Point(row)
		b.Reveal(row)
	case s.KeyName == fyne.KeySpace:
		b.m.Click(b.m.cursor, mods{Toggle: true})
	default:
		return false
	}
	b.changed()
	return true
}

// MouseDown implements desktop.Mouseable. A selection is made as the button
// goes down; on what is selected already it may be the start of a drag.
func (b *tableBody) MouseDown(e *desktop.MouseEvent) {
	b.EndRenameSaving()
	b.Focus()
	row := b.rowAtY(e.Position.Y)
	held := modsOf(e.Modifier)
	b.press, b.pending, b.dragging, b.bandOn = row, false, false, false
	b.bandFrom = e.Position
	switch {
	case row < 0:
		if !held.Toggle && !held.Extend {
			b.m.SelectNone()
			b.changed()
		}
	case e.Button == desktop.MouseButtonSecondary:
		if !b.m.IsSelected(row) {
			b.m.Click(row, mods{})
		} else {
			b.m.Point(row)
		}
		b.changed()
	case b.m.IsSelected(row) && held == mods{}:
		b.pending = true
	default:
		b.m.Click(row, held)
		b.changed()
	}
}

// MouseUp implements desktop.Mouseable.
func (b *tableBody) MouseUp(e *desktop.MouseEvent) {
	if b.pending && !b.dragging && e.Button == desktop.MouseButtonPrimary {
		b.m.Click(b.press, mods{})
		b.changed()
	}
	b.pending = false
	b.lastPress = b.press
}

// DoubleTapped implements fyne.DoubleTappable.
func (b *tableBody) DoubleTapped(e *fyne.PointEvent) {
	row := b.rowAtY(e.Position.Y)
	if row >= 0 && row == b.press && b.held() == (mods{}) && !b.dragging {
		b.calls.Open(row)
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (b *tableBody) TappedSecondary(e *fyne.PointEvent) {
	b.calls.Menu(b.rowAtY(e.Position.Y), e.AbsolutePosition)
}

// Dragged implements fyne.Draggable: of a row it drags what is selected, of the
// empty area it draws the rubber band.
func (b *tableBody) Dragged(e *fyne.DragEvent) {
	if b.waiting {
		return
	}
	b.calls.Hint("", e.AbsolutePosition)
	if b.press >= 0 {
		b.dragging = true
		b.edgeScroll(e.AbsolutePosition)
		b.calls.Drag(e.AbsolutePosition)
		return
	}
	if !b.bandOn {
		b.bandOn = true
		b.bandKeep = b.m.Stay(0).selected
	}
	b.edgeScroll(e.AbsolutePosition)
	at := e.AbsolutePosition.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(b))
	b.bandTo(at)
}

func (b *tableBody) bandTo(at fyne.Position) {
	size := b.Size()
	at.X, at.Y = min(max(at.X, 0), size.Width), min(max(at.Y, 0), size.Height)
	from, to := min(b.bandFrom.Y, at.Y), max(b.bandFrom.Y, at.Y)
	left := min(b.bandFrom.X, at.X)
	b.band.Move(fyne.NewPos(left, from))
	b.band.Resize(fyne.NewSize(max(b.bandFrom.X, at.X)-left, to-from))
	b.band.FillColor = ftheme.ColorForWidget(ftheme.ColorNameFocus, b)
	b.band.StrokeColor = ftheme.ColorForWidget(theme.ColorAccent, b)
	b.band.Show()
	b.band.Refresh()
	high := b.rowHeight()
	b.m.Band(int(from/high), int(to/high), b.bandKeep)
	b.changed()
}

// DragEnd implements fyne.Draggable.
func (b *tableBody) DragEnd() {
	b.band.Hide()
	if b.dragging {
		b.calls.Drop(fyne.Position{})
	}
	b.dragging, b.bandOn, b.pending = false, false, false
	b.Looks()
}

// edgeScroll scrolls while something is dragged near the upper or lower edge.
func (b *tableBody) edgeScroll(at fyne.Position) {
	y := at.Y - fyne.CurrentApp().Driver().AbsolutePositionForObject(b.scroll).Y
	const zone = 28
	switch high := b.scroll.Size().Height; {
	case y < zone && y > -zone:
		b.scrollTo(b.scroll.Offset.Y - b.rowHeight()/2)
	case y > high-zone && y < high+zone:
		b.scrollTo(b.scroll.Offset.Y + b.rowHeight()/2)
	}
}

// MouseIn implements desktop.Hoverable.
func (b *tableBody) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (b *tableBody) MouseMoved(e *desktop.MouseEvent) {
	row := b.rowAtY(e.Position.Y)
	if row != b.hover {
		b.hover = row
		b.Looks()
	}
	b.calls.Over(e.AbsolutePosition)
	b.calls.Hint(b.hintAt(row, e.Position.X), e.AbsolutePosition)
}

// MouseOut implements desktop.Hoverable.
func (b *tableBody) MouseOut() {
	b.hover = -1
	b.Looks()
	b.calls.Hint("", fyne.Position{})
}

// hintAt is what the mouse resting there is told: a name that was cut, the
// full date, the word for a badge.
func (b *tableBody) hintAt(row int, x float32) string {
	e, ok := b.m.At(row)
	if !ok {
		return ""
	}
	in := func(s span) bool { return s.Wide > 0 && x >= s.X && x < s.X+s.Wide }
	switch {
	case in(b.cols.Badge) && e.Local != "":
		_, key := badge(e.Local)
		return lang.T(key)
	case in(b.cols.Changed):
		return lang.FullTime(e.Mtime)
	case in(b.cols.Person) && b.persons.Fit(b.m.rows[row].last()) != b.m.rows[row].last():
		return b.m.rows[row].last()
	case in(b.cols.Name) && b.names.Fit(safeName(e.Name)) != safeName(e.Name):
		return safeName(e.Name)
	}
	return ""
}

// EndRenameSaving closes the field and takes over what is in it.
func (b *tableBody) EndRenameSaving() {
	if b.edit != nil {
		b.edit.finish(true)
	}
}
