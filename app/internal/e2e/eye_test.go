package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
)

// TestReader reads what the program would write: in its colours and sizes, at any
// place, and nothing else.
func TestReader(t *testing.T) {
	r := NewReader()
	img := image.NewRGBA(image.Rect(0, 0, 500, 300))
	draw.Draw(img, img.Rect, image.NewUniform(Paper), image.Point{}, draw.Src)
	put := func(at image.Point, text string, size fyne.ThemeSizeName, bold bool, ink, ground color.RGBA) {
		w := kit.NewWhole(text)
		w.TextSize, w.Style.Bold = size, bold
		c := software.NewCanvas()
		c.SetPadded(false)
		c.SetContent(w)
		c.Resize(w.MinSize())
		picture := c.Capture()
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				full, _, _, _ := picture.At(x, y).RGBA()
				mix := func(a, b uint8) uint8 { return uint8((uint32(a)*(0xffff-full) + uint32(b)*full) / 0xffff) }
				img.SetRGBA(at.X+x, at.Y+y, color.RGBA{mix(ink.R, ground.R), mix(ink.G, ground.G), mix(ink.B, ground.B), 255})
			}
		}
	}
	black, white, dark := color.RGBA{A: 255}, color.RGBA{255, 255, 255, 255}, color.RGBA{26, 29, 34, 255}
	put(image.Pt(20, 20), "Sommerfest: Kommt Ihr Kind mit?", ftheme.SizeNameText, true, black, white)
	put(image.Pt(31, 63), "Sommerferien", ftheme.SizeNameText, false, color.RGBA{89, 98, 110, 255}, white)
	put(image.Pt(200, 100), "Senden", ftheme.SizeNameCaptionText, false, white, Accent)
	put(image.Pt(7, 140), "Senden", ftheme.SizeNameHeadingText, true, white, dark)
	put(image.Pt(300, 200), "أولياء الأمور", ftheme.SizeNameText, false, black, white)
	for text, want := range map[string][]image.Point{
		"Sommerfest":     {{20, 20}},
		"Sommerferien":   {{31, 63}},
		"Senden":         {{200, 100}, {7, 140}},
		"أولياء الأمور":  {{300, 200}},
		"Sommerfrische":  nil,
		"Wintermärchen!": nil,
		"Sendung":        nil,
		"":               nil,
	} {
		got := r.Find(img, img.Rect, text)
		if len(got) != len(want) {
			t.Errorf("%q is at %v, want %v", text, got, want)
			continue
		}
		for i, at := range want {
			if d := got[i].Min.Sub(at); d.X < 0 || d.X > 4 || d.Y < 0 || d.Y > 12 {
				t.Errorf("%q is at %v, want %v", text, got[i], at)
			}
		}
	}
	if got := r.Find(img, image.Rect(0, 50, 500, 300), "Sommerfest"); len(got) != 0 {
		t.Errorf("outside of the part: %v", got)
	}
}

func TestEye(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 400, 300))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Bounds(), Paper)
	if got := Rows(img, img.Bounds()); len(got) != 0 {
		t.Errorf("rows on an empty page: %v", got)
	}
	if got := Buttons(img, img.Bounds(), Accent); len(got) != 0 {
		t.Errorf("buttons on an empty page: %v", got)
	}
	before := image.NewRGBA(img.Bounds())
	copy(before.Pix, img.Pix)
	for _, y := range []int{20, 56, 92} {
		fill(image.Rect(30, y, 32, y+5), color.Black)
		fill(image.Rect(40, y+6, 60, y+10), color.Black) // the same line's lower half
	}
	fill(image.Rect(100, 0, 102, 300), color.Gray{0xe0}) // a line between columns is no text
	fill(image.Rect(200, 200, 300, 236), Accent)
	fill(image.Rect(220, 212, 240, 224), color.White) // its words
	fill(image.Rect(10, 290, 200, 292), Accent)       // too thin
	if got, want := Rows(img, image.Rect(20, 0, 110, 150)), []image.Point{{65, 24}, {65, 60}, {65, 96}}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if got, want := Buttons(img, img.Bounds(), Accent), []image.Rectangle{image.Rect(200, 200, 300, 236)}; !slices.Equal(got, want) {
		t.Errorf("buttons %v, want %v", got, want)
	}
	if n := Differ(before, img, image.Rect(20, 20, 90, 25)); n != 10 {
		t.Errorf("%d pixels differ", n)
	}
}
