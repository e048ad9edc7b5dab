package kit_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

func TestVisual(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"Grüße, Öğr.!": "Grüße, Öğr.!",
		"Привіт":       "Привіт",
	} {
		if got := kit.Visual(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	// The words stay as they are, the order of the pieces turns: the day comes last
	// in the text and so stands at the left.
	got := strings.ReplaceAll(kit.Visual("الموعد 12.05."), "\u200e", "")
	if !strings.HasSuffix(got, "الموعد") || !strings.Contains(got, "12.05") {
		t.Errorf("%q", got)
	}
}

// TestDeepLettersAreWhole draws letters that hang lower than any Latin one: their
// dots are there too.
func TestDeepLettersAreWhole(t *testing.T) {
	const size = 20 // of headings
	for _, bold := range []bool{false, true} {
		for _, widget := range []string{"paragraph", "text"} {
			w := uitest.Open(t, uitest.Small, theme.Settings{})
			p, line := kit.NewParagraph("ي"), kit.NewWhole("ي")
			p.TextSize, p.Style.Bold = ftheme.SizeNameHeadingText, bold
			line.TextSize, line.Style.Bold = ftheme.SizeNameHeadingText, bold
			var o fyne.CanvasObject = p
			if widget == "text" {
				o = line
			}
			w.SetContent(container.NewStack(kit.NewGround("background"), container.NewWithoutLayout(o)))
			o.Resize(fyne.NewSize(100, o.MinSize().Height))
			o.Refresh()
			img := w.Canvas().Capture()
			lowest := 0
			for y := range 60 {
				for x := range 100 {
					if r, _, _, _ := img.At(x, y).RGBA(); r < 0x8000 {
						lowest = y
					}
				}
			}
			if below := float64(lowest+1) - 1.069*size; below < 0.38*size {
				t.Errorf("%s, bold %t: the lowest pixel is %.1f below the line", widget, bold, below)
			}
		}
	}
}

// TestLetterFromTheRight puts all of an Arabic letter at the right, names in Latin
// letters and the marks of lists too.
func TestLetterFromTheRight(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	w.SetContent(container.NewVBox(kit.NewLetter("السادة أولياء الأمور\n\n- Tierpark\n\n**Anna Schmidt**\nMusterschule")))
	w.Resize(uitest.Small)
	seen := 0
	uitest.Walk(w.Root(), fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
		text, is := o.(*canvas.Text)
		if !is || text.Text == "" {
			return
		}
		seen++
		right := at.X + text.MinSize().Width
		if text.Alignment == fyne.TextAlignTrailing {
			right = at.X + text.Size().Width
		}
		if right < uitest.Small.Width-40 {
			t.Errorf("%q ends at %.0f", text.Text, right)
		}
	})
	if seen != 5 {
		t.Errorf("%d lines", seen)
	}
}

func TestNamesCannotPretend(t *testing.T) {
	if got := kit.OneLine("rechnung\u202efdp.exe\nzwei"); got != "rechnungfdp.exe zwei" {
		t.Errorf("%q", got)
	}
}

func TestInitials(t *testing.T) {
	for in, want := range map[string]string{"Lena Weber": "LW", "Çelik": "Ç", "": "?", "anna maria von schmidt": "AS", " ": "?"} {
		if got := kit.Initials(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestTextIsCutToItsWidth(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	long := strings.Repeat("Arbeitsblatt ", 20) + ".pdf"
	for _, middle := range []bool{false, true} {
		text := kit.NewText(long)
		text.Middle = middle
		w.SetContent(container.NewWithoutLayout(text))
		text.Resize(fyne.NewSize(200, 20))
		text.Refresh()
		for _, o := range uitest.All[fyne.CanvasObject](w, nil) {
			if c, ok := o.(interface{ MinSize() fyne.Size }); ok && c.MinSize().Width > 205 {
				t.Errorf("%T is %v wide", o, c.MinSize())
			}
		}
		if text.Get() != long {
			t.Error("the whole text is lost")
		}
	}
}

func TestFocusIsSeenByKeyboardAlone(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	taps := 0
	b := kit.NewButton("Los", kit.Normal, func() { taps++ })
	w.SetContent(container.NewCenter(b))
	b.MouseDown(nil)
	w.Canvas().Focus(b)
	b.MouseUp(nil)
	if b.Ring() {
		t.Error("a click shows the ring")
	}
	w.Canvas().Unfocus()
	w.Tab()
	if !b.Ring() {
		t.Error("Tab shows no ring")
	}
	w.Key(fyne.KeySpace)
	w.Key(fyne.KeyReturn)
	b.Disable()
	w.Key(fyne.KeyReturn)
	if taps != 2 {
		t.Error("tapped", taps, "times")
	}
}

func TestUnusedKeysReachTheWindow(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	b, e := kit.NewButton("Los", kit.Normal, nil), kit.NewEntry("")
	w.SetContent(container.NewVBox(b, e))
	var got []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, k.Name) })
	for _, o := range []fyne.Focusable{b, e} {
		w.Canvas().Focus(o)
		w.Key(fyne.KeyF1)
		w.Key(fyne.KeyEscape)
	}
	if len(got) != 4 {
		t.Error("arrived:", got)
	}
	w.Canvas().Focus(e)
	w.Type(e, "a")
	w.Key(fyne.KeyBackspace)
	if len(got) != 4 || e.Text != "" {
		t.Error("the field's own keys reach the window too:", got, e.Text)
	}
}

func TestDialog(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	did, gaveUp := 0, 0
	ask := kit.Ask{
		Title: "12 Dateien löschen?", Text: "Das lässt sich nicht rückgängig machen.", Deed: "12 Dateien endgültig löschen", Cancel: "Abbrechen",
		Danger: true, Do: func() { did++ }, OnCancel: func() { gaveUp++ },
	}
	kit.Confirm(w, ask)
	w.Key(fyne.KeyReturn) // the focus is on the harmless button
	if did != 0 || gaveUp != 1 {
		t.Error("Enter did it:", did, gaveUp)
	}
	d := kit.Confirm(w, ask)
	w.Picture("kit-confirm")
	w.Key(fyne.KeyEscape)
	if d.Open() || gaveUp != 2 {
		t.Error("Esc leaves it open")
	}
	kit.Confirm(w, ask)
	w.Click("12 Dateien endgültig löschen")
	if did != 1 || gaveUp != 2 || w.Canvas().Overlays().Top() != nil {
		t.Error(did, gaveUp)
	}
}

func TestToast(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{})
	toaster := kit.NewToaster(w.Queue.Do)
	w.SetContent(container.NewStack(kit.NewGround(ftheme.ColorNameBackground), toaster.Object()))
	undone := 0
	toaster.Show("Gelöscht", "Rückgängig", func() { undone++ })
	if !w.Sees("Gelöscht") {
		t.Fatal(w.Texts())
	}
	w.Click("Rückgängig")
	if undone != 1 || toaster.Showing() {
		t.Error("undone", undone)
	}
}

func TestColorsFollowTheTheme(t *testing.T) {
	w := uitest.Open(t, uitest.Small, theme.Settings{Mode: theme.Light})
	list := kit.NewRuleList([]kit.Rule{{Name: "length", Text: "mindestens 8 Zeichen", Holds: func(s string) bool { return len(s) >= 8 }}, {Name: "common", Text: "kein häufiges"}})
	badge := kit.NewBadge()
	badge.Set(3)
	empty := kit.NewEmptyState(ftheme.FolderIcon(), "Noch nichts hier", "Dateien hierher ziehen oder hochladen.", kit.NewButton("Hochladen", kit.Primary, nil))
	nav := kit.NewNavItem(ftheme.FolderIcon(), "Dateien", nil)
	nav.SetActive(true)
	nav.Badge.Set(120)
	bar := kit.NewProgress(100)
	bar.Set(0.4)
	w.SetContent(container.NewStack(kit.NewGround(ftheme.ColorNameBackground), kit.Around(kit.Column(12, nav, container.NewCenter(badge), bar, list, kit.NewSkeleton(3), empty))))
	w.Resize(uitest.Small)
	day := w.Picture("kit-light")
	w.Look(theme.Settings{Mode: theme.Dark})
	night := w.Picture("kit-dark")
	for _, at := range []fyne.Position{{X: 2, Y: 2}, {X: 30, Y: 20}, {X: 400, Y: 34}} {
		if day.At(int(at.X), int(at.Y)) == night.At(int(at.X), int(at.Y)) {
			t.Errorf("the colour at %v stayed", at)
		}
	}
}

func TestRuleList(t *testing.T) {
	uitest.Open(t, uitest.Small, theme.Settings{})
	list := kit.NewRuleList([]kit.Rule{{Name: "length", Holds: func(s string) bool { return len(s) >= 8 }}, {Name: "common"}})
	for _, c := range []struct {
		password string
		missing  []string
		good     bool
	}{{"", nil, false}, {"kurz", nil, false}, {"langgenug", nil, true}, {"langgenug", []string{"common"}, false}} {
		if got := list.Check(c.password, c.missing); got != c.good {
			t.Errorf("%q %v: %t", c.password, c.missing, got)
		}
	}
}

func TestRuleThatOnlyTheServerKnows(t *testing.T) {
	uitest.Open(t, uitest.Small, theme.Settings{})
	list := kit.NewRuleList([]kit.Rule{{Name: "own", Text: "nicht der Geburtstag", Holds: func(s string) bool { return s != "name" }, Unsure: func(s string) bool { return s == "241213" }, Doubt: "prüft der Server"}})
	resized := 0
	list.OnResize = func() { resized++ }
	for _, c := range []struct {
		password string
		missing  []string
		good     bool
		resized  int
	}{{"name", nil, false, 0}, {"apfel", nil, true, 0}, {"241213", nil, true, 1}, {"241213", []string{"own"}, false, 2}, {"apfel", nil, true, 2}} {
		if got := list.Check(c.password, c.missing); got != c.good || resized != c.resized {
			t.Errorf("%q %v: %t, resized %d times", c.password, c.missing, got, resized)
		}
	}
}
