package files

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"schulhof/sync/files"
	"schulhof/ui/theme"
)

// snap saves what a window shows to build/pictures, to be looked at.
func snap(t testing.TB, w fyne.Window, name string) {
	t.Helper()
	dir := filepath.Join("..", "..", "build", "pictures")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "files-"+name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

// record counts what a table asks of its page.
type record struct {
	opened, menus, drops int
	renamed              string
	key                  fyne.KeyName
	hint                 string
}

func (r *record) calls(m *model, t **table) calls {
	return calls{
		Open:     func(int) { r.opened++ },
		Menu:     func(int, fyne.Position) { r.menus++ },
		Rename:   func(_ files.Entry, name string) { r.renamed = name },
		Chosen:   func() {},
		Ordered:  func(o order) { m.SetOrder(o); (*t).Update() },
		Drag:     func(fyne.Position) {},
		Drop:     func(fyne.Position) { r.drops++ },
		Key:      func(k fyne.KeyName) { r.key = k },
		Shortcut: func(fyne.Shortcut) {},
		Over:     func(fyne.Position) {},
		Hint:     func(s string, _ fyne.Position) { r.hint = s },
	}
}

func showTable(t testing.TB, es []files.Entry) (*table, fyne.Window, *record) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Settings{Mode: theme.Light}))
	w := test.NewTempWindow(t, nil)
	w.SetPadded(false)
	r := &record{}
	m := newModel()
	m.Set(es)
	var tb *table
	c := r.calls(m, &tb)
	tb = newTable(m, func() time.Time { return noon }, c)
	tb.held = func() mods { return mods{} }
	w.SetContent(tb.object)
	w.Resize(fyne.NewSize(1000, 700))
	tb.Update()
	return tb, w, r
}

func TestTablePicture(t *testing.T) {
	tb, w, _ := showTable(t, many(10000))
	tb.m.Click(2, mods{})
	tb.m.Click(5, mods{Extend: true})
	tb.Focus()
	snap(t, w, "0-table")
}
