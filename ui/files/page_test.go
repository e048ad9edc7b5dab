package files

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

func noonNow() time.Time { return noon }

func timeHours(h int) time.Duration { return time.Duration(h) * time.Hour }

func (d *desk) row(name string) int {
	d.T.Helper()
	row := d.page.m.Named(name)
	if row < 0 {
		d.T.Fatalf("%q is not listed: %q", name, names(d.page.m))
	}
	return row
}

// at is the middle of a row on the canvas.
func (d *desk) at(name string) fyne.Position {
	tb := d.page.table
	return uitest.Place(tb.scroll).AddXY(200, (float32(d.row(name))+0.5)*tb.rowHeight()-tb.scroll.Offset.Y)
}

// click presses and lets go a mouse button on a row, as the driver does.
func (d *desk) click(name string, button desktop.MouseButton, mod fyne.KeyModifier) {
	tb := d.page.table
	at := d.at(name)
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at.Subtract(uitest.Place(tb.tableBody))}, Button: button, Modifier: mod}
	tb.MouseDown(e)
	tb.MouseUp(e)
	if button == desktop.MouseButtonSecondary {
		tb.TappedSecondary(&e.PointEvent)
	}
	d.Queue.Drain()
}

func (d *desk) drag(name string, to fyne.Position) {
	tb := d.page.table
	at := d.at(name)
	local := func(p fyne.Position) fyne.Position { return p.Subtract(uitest.Place(tb.tableBody)) }
	tb.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: local(at)}, Button: desktop.MouseButtonPrimary})
	for _, p := range []fyne.Position{at.AddXY(6, 6), to} {
		tb.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: p, Position: local(p)}})
	}
	d.Queue.Drain()
}

func (d *desk) letGo() {
	d.page.table.DragEnd()
	d.page.table.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	d.Queue.Drain()
}

func light() theme.Settings { return theme.Settings{Mode: theme.Light} }

func TestPictures(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
		lang string
	}{
		{"large", uitest.Large, light(), lang.German},
		{"small", uitest.Small, light(), lang.German},
		{"dark", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.German},
		{"contrast", uitest.Large, theme.Settings{Mode: theme.Contrast}, lang.German},
		{"english", uitest.Large, light(), lang.English},
		{"text-150", uitest.Large, theme.Settings{Mode: theme.Light, Scale: 1.5}, lang.German},
		{"text-150-small", uitest.Small, theme.Settings{Mode: theme.Dark, Scale: 1.5}, lang.German},
	} {
		t.Run(c.name, func(t *testing.T) {
			lang.Use(c.lang)
			t.Cleanup(func() { lang.Use(lang.German) })
			d := openDesk(t, school(), c.size, c.look)
			d.Picture("files-start-" + c.name)
			d.goTo(home)
			d.click("Arbeitsblatt 2.pdf", desktop.MouseButtonPrimary, 0)
			d.click("Notenübersicht.xlsx", desktop.MouseButtonPrimary, fyne.KeyModifierShift)
			d.Picture("files-home-" + c.name)
			d.click("Arbeitsblatt 2.pdf", desktop.MouseButtonSecondary, 0)
			d.Picture("files-menu-" + c.name)
		})
	}
}

func TestStates(t *testing.T) {
	f := school()
	f.folders[home+"Deutsch/"] = files.Listing{Err: errors.New("boom")}
	f.folders["/dav/groups/chor/"] = files.Listing{Err: remote.ErrOffline}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home + "Mathematik/")
	d.Picture("files-empty")
	if !d.Sees("Dieser Ordner ist leer") || !d.Sees("Dateien hochladen") {
		t.Errorf("an empty folder says %q", d.Texts())
	}
	d.goTo(klass + "Material/")
	d.Picture("files-read-only")
	if !d.Sees("darf nur gelesen werden") {
		t.Errorf("a read-only folder says %q", d.Texts())
	}
	d.goTo(home + "Deutsch/")
	d.Picture("files-error")
	if !d.Sees("lässt sich nicht öffnen") || !d.Sees("Erneut versuchen") || d.Sees("boom") {
		t.Errorf("a broken folder says %q", d.Texts())
	}
	d.Click("Erneut versuchen")
	if !f.did("refresh " + home + "Deutsch/") {
		t.Error("trying again asks nobody")
	}
	f.online = false
	f.signal.Emit(signal.Online)
	d.goTo("/dav/groups/chor/")
	d.Picture("files-never-seen")
	if !d.Sees("Nur mit Verbindung") {
		t.Errorf("a folder never seen says %q", d.Texts())
	}
	d.goTo(home)
	d.Picture("files-offline")
	if !d.Sees("Keine Verbindung") || !d.Sees("offline") && d.page.m.Len() != 13 {
		t.Errorf("offline says %q", d.Texts())
	}
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.Key(fyne.KeyF2)
	if d.page.table.edit != nil || !d.said("nur mit Verbindung") {
		t.Errorf("renamed without a connection: %q", d.toasts)
	}
}

func TestSkeletonOnlyWhenNothingIsKnown(t *testing.T) {
	f := school()
	d := openDesk(t, f, uitest.Large, light())
	f.mu.Lock()
	f.hold = make(chan struct{})
	f.mu.Unlock()
	d.page.goTo(home)
	if d.page.table.waiting {
		t.Error("a skeleton at once")
	}
	d.wait("the skeleton", func() bool { return d.page.table.waiting })
	d.Picture("files-skeleton")
	close(f.hold)
	d.wait("the rows", func() bool { return d.page.m.Len() == 13 && !d.page.table.waiting })
}

func TestKeysAndRename(t *testing.T) {
	d := openDesk(t, school(), uitest.Large, light())
	d.goTo(home)
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.Key(fyne.KeyF2)
	if d.page.table.edit == nil {
		t.Fatal("F2 opened no field")
	}
	if got := d.page.table.edit.SelectedText(); got != "Notizen" {
		t.Errorf("selected %q", got)
	}
	d.Picture("files-rename")
	for _, r := range "Größe" {
		d.Canvas().Focused().TypedRune(r)
	}
	d.Key(fyne.KeyReturn)
	d.wait("the rename", func() bool { return d.fake.did("rename /dav/home/Notizen.txt to Größe.txt") })
	if d.page.m.Named("Größe.txt") < 0 {
		t.Error("the row does not show the new name at once")
	}
	d.wait("the toast", func() bool { return d.undo != nil })
	d.undo()
	d.wait("the undo", func() bool { return d.fake.did("rename /dav/home/Größe.txt to Notizen.txt") })
	d.Key(fyne.KeyF2)
	for _, r := range "a/b" {
		d.Canvas().Focused().TypedRune(r)
	}
	d.Key(fyne.KeyReturn)
	if !d.said("Das Zeichen /") {
		t.Errorf("a slash was taken: %q", d.toasts)
	}
	d.Key(fyne.KeyHome)
	d.Key(fyne.KeyReturn)
	d.wait("a folder", func() bool { return d.page.at == home+"Bilder%20vom%20Ausflug/" })
	d.Key(fyne.KeyBackspace)
	d.wait("up", func() bool { return d.page.at == home && d.page.known })
	if got := chosen(d.page.m); len(got) != 1 || got[0] != "Bilder vom Ausflug" {
		t.Errorf("up selects %q", got)
	}
	d.Press(fyne.KeyLeft, fyne.KeyModifierAlt)
	d.wait("back", func() bool { return d.page.at == home+"Bilder%20vom%20Ausflug/" })
	d.Press(fyne.KeyRight, fyne.KeyModifierAlt)
	d.wait("forward", func() bool { return d.page.at == home && d.page.known })
	for _, r := range "not" {
		d.Canvas().Focused().TypedRune(r)
	}
	if got := chosen(d.page.m); len(got) != 1 || got[0] != "Notenübersicht.xlsx" {
		t.Errorf("typing selects %q", got)
	}
	d.Key(fyne.KeyDelete)
	d.Picture("files-delete")
	d.Click("Löschen")
	d.wait("the deletion", func() bool { return d.fake.did("delete /dav/home/Notenübersicht.xlsx") })
	d.page.table.Focus()
	d.Press(fyne.KeyN, fyne.KeyModifierControl|fyne.KeyModifierShift)
	d.wait("a new folder's field", func() bool { return d.page.table.edit != nil })
	if got := d.page.table.edit.Text; got != "Neuer Ordner" {
		t.Errorf("the field holds %q", got)
	}
	d.Picture("files-new-folder")
	d.Key(fyne.KeyEscape)
}
