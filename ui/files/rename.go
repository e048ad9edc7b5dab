package files

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// renameEntry is the field in which a name is changed in place. It reports
// Enter and the loss of focus as done, Escape as given up; once.
type renameEntry struct {
	widget.Entry
	done func(text string, ok bool)
}

func newRenameEntry(name string, done func(text string, ok bool)) *renameEntry {
	e := &renameEntry{done: done}
	e.ExtendBaseWidget(e)
	e.SetText(name)
	return e
}

// selectFirst selects the first n characters. The toolkit selects by keys
// only; from the end it takes fewer of them.
func (e *renameEntry) selectFirst(n int) {
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	for range utf8.RuneCountInString(e.Text) - n {
		e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	}
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
}

func (e *renameEntry) finish(ok bool) {
	if done := e.done; done != nil {
		e.done = nil
		done(e.Text, ok)
	}
}

// TypedKey implements fyne.Focusable.
func (e *renameEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		e.finish(false)
	case fyne.KeyReturn, fyne.KeyEnter:
		e.finish(true)
	default:
		e.Entry.TypedKey(k)
	}
}

// FocusLost implements fyne.Focusable.
func (e *renameEntry) FocusLost() {
	e.Entry.FocusLost()
	e.finish(true)
}
