package files

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

func TestDragInside(t *testing.T) {
	f := school()
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home + "Mathematik/")
	d.goTo(home)
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.click("Lied.mp3", desktop.MouseButtonPrimary, fyne.KeyModifierControl)
	d.drag("Lied.mp3", d.at("Mathematik"))
	d.Picture("files-drag")
	if d.page.table.target != d.row("Mathematik") {
		t.Error("the folder under the pointer does not light up")
	}
	if !d.Sees("2 Elemente nach „Mathematik“ verschieben") {
		t.Errorf("the drag shows %q", d.Texts())
	}
	d.letGo()
	d.wait("the move", func() bool { return f.did("move /dav/home/Lied.mp3 /dav/home/Notizen.txt into /dav/home/Mathematik/") })
	d.wait("the toast", func() bool { return d.said("2 Elemente nach „Mathematik“ verschoben") })
	d.undo()
	d.wait("the undo", func() bool {
		return f.did("move /dav/home/Mathematik/Lied.mp3 /dav/home/Mathematik/Notizen.txt into /dav/home/")
	})
	// A folder where nothing may be put does not light up.
	f.mu.Lock()
	for i := range f.folders[home].Entries {
		if f.folders[home].Entries[i].Name == "Deutsch" {
			f.folders[home].Entries[i].Rights = "d"
		}
	}
	f.mu.Unlock()
	d.page.read(d.page.visit)
	d.wait("the rights", func() bool { e, _ := d.page.m.At(d.row("Deutsch")); return e.Rights == "d" })
	d.click("Lied.mp3", desktop.MouseButtonPrimary, 0)
	d.drag("Lied.mp3", d.at("Deutsch"))
	if d.page.table.target != -1 {
		t.Error("a folder where nothing may be put lights up")
	}
	d.letGo()
	// A drag that ends over a file, over itself, or over nothing moves nothing.
	before := len(f.log)
	for _, to := range []string{"Abgabe.zip", "Deutsch"} {
		d.click("Deutsch", desktop.MouseButtonPrimary, 0)
		d.drag("Deutsch", d.at(to))
		d.letGo()
	}
	if len(f.log) != before {
		t.Errorf("moved: %q", f.log[before:])
	}
}

func TestDragToCrumbAndWithCtrl(t *testing.T) {
	f := school()
	e := entry("Blatt.txt", 3)
	e.Href = home + "Deutsch/Blatt.txt"
	f.folders[home+"Deutsch/"] = files.Listing{At: noon, Rights: "a", Entries: []files.Entry{e}}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home + "Deutsch/")
	d.click("Blatt.txt", desktop.MouseButtonPrimary, 0)
	crumb := d.page.parts.bar.crumbs.parts[1]
	d.drag("Blatt.txt", uitest.Place(crumb).AddXY(8, 8))
	if !crumb.Chosen {
		t.Error("the crumb does not light up")
	}
	d.page.table.held = func() mods { return mods{Toggle: true} }
	d.letGo()
	d.page.table.held = func() mods { return mods{} }
	d.wait("the copy", func() bool { return f.did("copy /dav/home/Deutsch/Blatt.txt into /dav/home/") })
}

func TestDragOut(t *testing.T) {
	f := school()
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.drag("Notizen.txt", fyne.NewPos(-20, 200))
	d.wait("the drag", func() bool { return f.did("drag out /tmp/Notizen.txt") })
	d.letGo()
	if len(d.page.parts.ghost.Objects) > 0 {
		t.Error("the picture of the drag stays")
	}
	for _, line := range f.log {
		if strings.HasPrefix(line, "move") {
			t.Error("dragging out moved: " + line)
		}
	}
}

func TestDroppedFromOutside(t *testing.T) {
	f := school()
	f.problems = []files.Problem{{Path: "/home/x/geheim.txt", Err: os.ErrPermission}}
	d := openDesk(t, f, uitest.Large, light())
	if !d.page.Dropped(uitest.Place(d.page.table.scroll).AddXY(50, 400), []string{"/tmp/a.txt"}) || !d.said("Zum Ablegen einen davon öffnen") {
		t.Error("a drop on the start's empty area is not answered")
	}
	d.page.Dropped(d.at("Klasse 7b"), []string{"/tmp/a.txt"})
	d.wait("the upload to a root", func() bool { return f.did("upload /tmp/a.txt into " + klass) })
	d.wait("what was left out", func() bool { return d.Sees("Nicht alles wird hochgeladen") && d.Sees("geheim.txt") })
	d.Picture("files-problems")
	d.Click("OK")
	f.problems = nil
	d.goTo(home)
	d.page.Dropped(d.at("Übungen"), []string{"/tmp/a b ü.txt", "/tmp/Ordner"})
	d.wait("the upload to a folder", func() bool { return f.did("upload /tmp/a b ü.txt /tmp/Ordner into /dav/home/%C3%9Cbungen/") })
	d.page.Dropped(d.at("Lied.mp3"), []string{"/tmp/b.txt"})
	d.wait("the upload to the place", func() bool { return f.did("upload /tmp/b.txt into " + home) })
	d.goTo(klass + "Material/")
	d.page.Dropped(uitest.Place(d.page.table.scroll).AddXY(50, 100), []string{"/tmp/c.txt"})
	if f.did("upload /tmp/c.txt into "+klass+"Material/") || !d.said("darf nur gelesen werden") {
		t.Errorf("a drop on a read-only folder: %q", d.toasts)
	}
	if d.page.Dropped(fyne.NewPos(-5, -5), []string{"/tmp/c.txt"}) {
		t.Error("took a drop beside the page")
	}
}

func TestForeignDragIsShown(t *testing.T) {
	d := openDesk(t, school(), uitest.Large, light())
	var dragging atomic.Bool
	dragging.Store(true)
	d.page.d.ForeignDrag = dragging.Load
	d.goTo(home)
	tb := d.page.table
	at := d.at("Übungen")
	tb.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at.Subtract(uitest.Place(tb.tableBody))}})
	d.wait("the hint", func() bool { return d.Sees("Loslassen, um nach „Übungen“ hochzuladen") })
	if tb.target != d.row("Übungen") {
		t.Error("the folder under the pointer does not light up")
	}
	d.Picture("files-foreign")
	dragging.Store(false)
	d.wait("its end", func() bool { return !d.Sees("Loslassen") && tb.target == -1 })
}

func TestClash(t *testing.T) {
	f := school()
	f.clash = []files.Clash{
		{Name: "Referat Photosynthese.odt", Local: files.Entry{Name: "Referat Photosynthese.odt", Size: 51_000, Mtime: noon}, Remote: files.Entry{Name: "Referat Photosynthese.odt", Size: 48_230, Mtime: noon.Add(-time.Hour), By: "Lena Weber"}},
		{Name: "Deutsch", Local: files.Entry{Name: "Deutsch", Size: 5}, Remote: files.Entry{Name: "Deutsch", Folder: true, Mtime: noon}},
		{Name: "c", Local: files.Entry{Name: "c"}, Remote: files.Entry{Name: "c"}},
	}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.pick = []string{"/tmp/x"}
	d.page.pickFiles()
	d.wait("the question", func() bool { return d.Sees("Der Name ist schon vergeben") })
	d.Picture("files-clash")
	d.Click("Ersetzen")
	d.wait("the second", func() bool { return d.Sees("„Deutsch“ gibt es") })
	d.Picture("files-clash-folder")
	if b := uitest.One(d.Window, "Ersetzen", func(b *kit.Button) bool { return b.Text == "Ersetzen" }); !b.Disabled() {
		t.Error("a folder can be replaced by a file")
	}
	d.Key(fyne.KeyEscape)
	d.wait("the third", func() bool { return d.Sees("„c“ gibt es") })
	d.Click("Beide behalten")
	d.wait("the answers", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.decided) == 3 })
	want := []files.Decision{{Action: files.Replace}, {Action: files.Skip}, {Action: files.KeepBoth}}
	for i, w := range want {
		if f.decided[i] != w {
			t.Errorf("answer %d is %+v, want %+v", i, f.decided[i], w)
		}
	}
}

func TestTransfersPanel(t *testing.T) {
	f := school()
	f.transfers = []files.Transfer{
		{ID: 1, Name: "Video vom Sportfest.mp4", Done: 340_000_000, Total: 1_200_000_000, State: files.Running},
		{ID: 2, Name: "Sehr langer Name einer Datei mit vielen Wörtern darin, der gewiss nicht in die Zeile passt.pdf", Total: 2_000_000, State: files.Queued},
		{ID: 3, Name: "Notizen.txt", Total: 812, State: files.Queued, Err: remote.ErrOffline},
		{ID: 4, Name: "Zu groß.iso", Total: 9_000_000_000, State: files.Broken, Err: &remote.Error{Problem: wire.Problem{Status: 507, Code: wire.CodeQuota}}},
		{ID: 5, Name: "Referat.odt", Total: 48_000, Done: 48_000, State: files.Conflicted, Edit: true},
		{ID: 6, Name: "Bild.png", Dir: files.Down, Total: 300_000, Done: 300_000, State: files.Done},
		{ID: 7, Name: "Pause.zip", Done: 20_000, Total: 300_000, State: files.Paused},
	}
	for _, c := range []struct {
		name string
		size fyne.Size
		look theme.Settings
	}{{"large", uitest.Large, light()}, {"small-150", uitest.Small, theme.Settings{Mode: theme.Dark, Scale: 1.5}}} {
		d := openDesk(t, f, c.size, c.look)
		d.goTo(home)
		d.OpenPanel(true)
		d.page.panel.meter = meter{}
		d.page.panel.meter.Note(noon.Add(-time.Second), 335_000_000)
		d.page.panel.Update()
		d.Picture("files-transfers-" + c.name)
	}
	d := openDesk(t, f, uitest.Large, light())
	d.OpenPanel(true)
	for _, text := range []string{"4 Dateien offen", "340 MB von 1,2 GB", "Der Speicherplatz ist voll. Erst etwas löschen.", "Wartet. Der Server ist nicht erreichbar"} {
		if !d.Sees(text) {
			t.Errorf("not said: %s; %q", text, d.Texts())
		}
	}
	d.Click("Alle anhalten")
	d.Click("Erledigte entfernen")
	d.Click("Alle abbrechen")
	d.Click("Alle abbrechen") // the deed of the question
	rows := uitest.All[*transferRow](d.Window, nil)
	rows[0].pause.Tapped(nil)
	rows[0].cancel.Tapped(nil)
	for _, want := range []string{"pause all", "clear done", "cancel all", "pause 1", "cancel 1"} {
		if !f.did(want) {
			t.Errorf("not done: %s; %q", want, f.log)
		}
	}
}

func TestSearch(t *testing.T) {
	f := school()
	for i := 1; i <= 4; i++ {
		e := entry(fmt.Sprintf("Blatt %d.pdf", i), 40_000)
		e.Href = home + "Mathematik/Bruchrechnung/" + strconv.Itoa(i) + "/Blatt.pdf"
		e.By = "Bernd Richter"
		f.found = append(f.found, e)
	}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.Press(fyne.KeyF, fyne.KeyModifierControl)
	search := d.page.parts.bar.search
	if d.Canvas().Focused() != fyne.Focusable(search) {
		t.Fatal("Ctrl+F does not go to the search")
	}
	d.Type(search, "blatt")
	if got := names(d.page.m); len(got) != 2 || !d.Sees("2 Treffer in diesem Ordner") {
		t.Errorf("the filter shows %q", got)
	}
	d.Picture("files-filter")
	d.Click("In Unterordnern suchen")
	d.wait("the server's hits", func() bool { return d.page.m.Len() == 4 && !d.page.search.busy })
	d.Picture("files-search")
	if got := d.page.m.rows[0].where; got != "Mathematik › Bruchrechnung › 1" {
		t.Errorf("a hit's place is %q", got)
	}
	if !d.Sees("4 Treffer mit Unterordnern") {
		t.Errorf("%q", d.Texts())
	}
	d.page.goWhere(f.found[0])
	d.wait("the hit's folder", func() bool { return d.page.at == home+"Mathematik/Bruchrechnung/1/" })
	d.page.back(-1)
	d.wait("back", func() bool { return d.page.at == home && d.page.known })
	if d.page.search.deep || d.page.m.Len() != 2 || search.Text != "blatt" {
		t.Errorf("came back to %d rows, filter %q", d.page.m.Len(), search.Text)
	}
	search.SetText("gibt es nicht")
	d.Queue.Drain()
	d.Picture("files-nothing")
	if !d.Sees("Nichts gefunden") {
		t.Errorf("%q", d.Texts())
	}
	d.Canvas().Focus(search)
	d.Key(fyne.KeyEscape)
	if d.page.m.Len() != 13 {
		t.Errorf("Esc leaves %d rows", d.page.m.Len())
	}
}

func TestNamesPicture(t *testing.T) {
	f := school()
	odd := []string{
		strings.Repeat("Sehr langer Name ", 12) + "Ende.pdf", strings.Repeat("W", 200) + ".odt", "واجب الرياضيات.pdf", "واجب 12 رياضيات (الصف 7b).pdf", "שיעורי בית 3.docx", "Домашнє завдання Київ.txt", "Ödev çalışması ğüşıö.txt",
		"bild\u202egpj.exe", "作业 数学.pdf", "ამოცანა.txt", "😀 Projekt 👩‍🏫.odp", "Zeile\nUmbruch.txt", "Ordner mit einem wirklich langen Namen, der die Spalte ganz sicher sprengt und noch weiter geht/",
	}
	es := make([]files.Entry, 0, len(odd))
	for i, n := range odd {
		e := entry(n, int64(i)*1_234_567)
		e.By = "Maximilian-Alexander von und zu Hohenstein-Wittgenstein"
		es = append(es, e)
	}
	f.folders[home] = files.Listing{At: noon, Rights: "a", Entries: es}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.Picture("files-names")
	d2 := openDesk(t, f, uitest.Small, theme.Settings{Mode: theme.Light, Scale: 1.5})
	d2.goTo(home)
	d2.Picture("files-names-small-150")
	for _, v := range d.page.table.views {
		if strings.ContainsRune(v.name.Text, '\u202e') {
			t.Error("an override is drawn")
		}
	}
	deep := home + strings.Repeat("Ein%20recht%20langer%20Ordnername/", 8)
	f.folders[deep] = files.Listing{At: noon, Rights: "a"}
	d3 := openDesk(t, f, uitest.Small, light())
	d3.goTo(deep)
	d3.Picture("files-deep")
}

func TestTenThousand(t *testing.T) { tenThousand(t, 10) }

// TestMeasureTenThousand holds the bounds of TestTenThousand without room for a busy
// machine.
func TestMeasureTenThousand(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	tenThousand(t, 1)
}

// tenThousand lets things take so many times as long as they may.
func tenThousand(t *testing.T, slower time.Duration) {
	t.Helper()
	f := school()
	f.folders[home] = files.Listing{At: noon, Rights: "a", Entries: many(10000)}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	began := time.Now()
	d.page.known = false
	d.page.got(f.folders[home])
	first := time.Since(began)
	tb := d.page.table
	began = time.Now()
	const steps = 500
	for i := range steps {
		tb.scrollTo(float32(i) * 100)
	}
	step := time.Since(began) / steps
	t.Logf("fill %v, scroll step of 100 px %v", first, step)
	if first/slower > 300*time.Millisecond || step/slower > 5*time.Millisecond {
		t.Errorf("too slow for the eye: fill %v, scroll step %v", first, step)
	}
	d.Key(fyne.KeyEnd)
	d.Picture("files-10000")
	// A refresh moves nothing that the eye is on.
	tb.scrollTo(100_000)
	top, at := tb.top, tb.topAt
	more := append([]files.Entry{entry("AAA neu/", 0), entry("Aaa neu 2/", 0)}, f.folders[home].Entries...)
	d.page.got(files.Listing{At: noon, Rights: "a", Entries: more})
	if tb.top != top || tb.topAt != at {
		t.Errorf("a refresh moved %s at %v to %s at %v", top, at, tb.top, tb.topAt)
	}
	if got := chosen(d.page.m); len(got) != 1 {
		t.Errorf("a refresh left %q selected", got)
	}
}

func TestComesBackAsLeft(t *testing.T) {
	f := school()
	f.folders[home] = files.Listing{At: noon, Rights: "a", Entries: many(300)}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.page.table.scrollTo(2000)
	d.page.m.Click(60, mods{})
	d.goTo(klass)
	if d.page.table.scroll.Offset.Y != 0 || len(chosen(d.page.m)) != 0 {
		t.Error("another place begins scrolled or with a selection")
	}
	d.goTo(home)
	if got := d.page.table.scroll.Offset.Y; got != 2000 {
		t.Errorf("scrolled to %v", got)
	}
	if got := chosen(d.page.m); len(got) != 1 {
		t.Errorf("selected %q", got)
	}
	if f.watching[home] != 1 || f.watching[klass] != 0 {
		t.Errorf("watched: %v", f.watching)
	}
	d.page.Hidden()
	if f.watching[home] != 0 {
		t.Error("a hidden page still watches")
	}
}

func TestChangesElsewhereAppear(t *testing.T) {
	f := school()
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(klass + "Material/")
	f.mu.Lock()
	f.folders[klass+"Material/"] = files.Listing{At: noon, Entries: []files.Entry{entry("Neu vom Lehrer.pdf", 1)}}
	f.mu.Unlock()
	f.signal.Emit(signal.Folder(klass + "Material/"))
	d.wait("the new file", func() bool { return d.page.m.Len() == 1 })
}

func TestPreview(t *testing.T) {
	f := school()
	dir := t.TempDir()
	big := image.NewRGBA(image.Rect(0, 0, 1600, 900))
	for x := range 1600 {
		for y := range 900 {
			big.Set(x, y, color.RGBA{uint8(x / 7), uint8(y / 4), 120, 255})
		}
	}
	file, err := os.Create(filepath.Join(dir, "foto"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, big); err != nil {
		t.Fatal(err)
	}
	file.Close()
	text := filepath.Join(dir, "text")
	os.WriteFile(text, []byte("Liebe Klasse,\n\nmorgen ist Wandertag. Treffpunkt ist um 8:00 Uhr am Bahnhof, bitte Regenjacke und genug zu trinken mitnehmen.\n\nViele Grüße\nAnna Schmidt\n"), 0o600)
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.Press(fyne.KeyP, fyne.KeyModifierAlt)
	d.Picture("files-preview-none")
	f.local = file.Name()
	d.click("Foto Klassenfahrt.jpg", desktop.MouseButtonPrimary, 0)
	d.wait("the picture", func() bool { return d.page.preview.image.Image != nil })
	d.Picture("files-preview-picture")
	if w := d.page.preview.image.Image.Bounds().Dx(); w > lookSide {
		t.Errorf("the picture was kept at %d pixels", w)
	}
	f.local = text
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.wait("the text", func() bool { return len(d.page.preview.lines) > 4 })
	d.Picture("files-preview-text")
	f.err = remote.ErrOffline
	d.click("Foto Klassenfahrt.jpg", desktop.MouseButtonPrimary, 0)
	d.wait("the reason", func() bool { return d.Sees("nicht erreichbar") })
	d.click("Arbeitsblatt 2.pdf", desktop.MouseButtonPrimary, 0)
	d.Picture("files-preview-pdf")
	d.Window.Resize(uitest.Small)
	d.Picture("files-preview-hidden")
	if d.page.preview.object.Visible() {
		t.Error("the preview stays in a narrow window")
	}
}

func TestHint(t *testing.T) {
	d := openDesk(t, school(), uitest.Large, light())
	d.goTo(home)
	tb := d.page.table
	at := d.at("Notenübersicht.xlsx")
	at.X = uitest.Place(tb.scroll).X + tb.cols.Badge.X + 5
	tb.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at.Subtract(uitest.Place(tb.tableBody))}})
	d.wait("the hint", func() bool { return d.Sees("Konfliktkopie") })
	d.Picture("files-hint")
	tb.MouseOut()
	if d.Sees("Konfliktkopie") {
		t.Error("the hint stays")
	}
}

func TestCutAndPaste(t *testing.T) {
	f := school()
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(home)
	d.click("Lied.mp3", desktop.MouseButtonPrimary, 0)
	d.page.Shortcut(&fyne.ShortcutCut{})
	d.Picture("files-cut")
	d.goTo(home + "Mathematik/")
	d.page.Shortcut(&fyne.ShortcutPaste{})
	d.wait("the move", func() bool { return f.did("move /dav/home/Lied.mp3 into /dav/home/Mathematik/") })
	d.goTo(home)
	d.click("Notizen.txt", desktop.MouseButtonPrimary, 0)
	d.page.Shortcut(&fyne.ShortcutCopy{})
	d.goTo(klass + "Material/")
	d.page.Shortcut(&fyne.ShortcutPaste{})
	if f.did("copy /dav/home/Notizen.txt into /dav/groups/7b/Material/") || !d.said("darf nur gelesen werden") {
		t.Error("pasted where only reading is allowed")
	}
}

func TestRightsInTheMenu(t *testing.T) {
	f := school()
	e := entry("Fremd.pdf", 1)
	e.Href, e.Rights = klass+"Austausch/Fremd.pdf", "w"
	f.folders[klass+"Austausch/"] = files.Listing{At: noon, Rights: "a", Entries: []files.Entry{e}}
	d := openDesk(t, f, uitest.Large, light())
	d.goTo(klass + "Austausch/")
	d.click("Fremd.pdf", desktop.MouseButtonSecondary, 0)
	d.Picture("files-menu-rights")
	greyed := 0
	for _, item := range d.page.entryMenu(d.page.m.Selected()) {
		if item.Disabled && strings.Contains(item.Label, "nicht erlaubt") {
			greyed++
		}
	}
	if greyed != 3 {
		t.Errorf("%d lines are greyed, want renaming, cutting and deleting", greyed)
	}
	d.page.remove(d.page.m.Selected())
	if d.Sees("löschen?") || !d.said("Löschen geht nicht: nicht erlaubt") {
		t.Errorf("deleting what one may not: %q", d.toasts)
	}
}

func TestRubberBand(t *testing.T) {
	d := openDesk(t, school(), uitest.Large, light())
	d.goTo(home)
	tb := d.page.table
	origin := uitest.Place(tb.tableBody)
	from := fyne.NewPos(600, 14*tb.rowHeight())
	tb.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from, AbsolutePosition: from.Add(origin)}, Button: desktop.MouseButtonPrimary})
	to := fyne.NewPos(200, 10.5*tb.rowHeight())
	tb.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to, AbsolutePosition: to.Add(origin)}})
	d.Picture("files-band")
	if got := chosen(d.page.m); len(got) != 3 {
		t.Errorf("the band selects %q", got)
	}
	d.letGo()
	if tb.band.Visible() {
		t.Error("the band stays")
	}
}
