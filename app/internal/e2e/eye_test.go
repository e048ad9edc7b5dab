package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"
)

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
