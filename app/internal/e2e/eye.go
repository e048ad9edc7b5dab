package e2e

import (
	"image"
	"image/color"
)

// Accent is the light theme's accent colour, in which the first button is filled.
var Accent = color.RGBA{R: 0x1d, G: 0x5f, B: 0xa6, A: 0xff}

// Paper is the light theme's background.
var Paper = color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}

// Buttons finds the areas that are filled with a colour and at least as large as
// a button, from top to bottom.
func Buttons(img *image.RGBA, in image.Rectangle, fill color.RGBA) []image.Rectangle {
	const wide, high = 40, 20
	var found []image.Rectangle
	for y := in.Min.Y; y < in.Max.Y; y++ {
	line:
		for x := in.Min.X; x < in.Max.X; x++ {
			end := x
			for end < in.Max.X && img.RGBAAt(end, y) == fill {
				end++
			}
			if end-x < wide {
				x = max(x, end)
				continue
			}
			for i, r := range found {
				if y <= r.Max.Y+high && x < r.Max.X && end > r.Min.X {
					found[i] = r.Union(image.Rect(x, y, end, y+1))
					x = end
					continue line
				}
			}
			found = append(found, image.Rect(x, y, end, y+1))
			x = end
		}
	}
	var large []image.Rectangle
	for _, r := range found {
		if r.Dy() >= high {
			large = append(large, r)
		}
	}
	return large
}

// Rows finds the lines of dark text in a column, and gives their middles from top
// to bottom.
func Rows(img *image.RGBA, in image.Rectangle) []image.Point {
	const dark, gap = 0x70, 8
	var rows []image.Point
	top, last := -1, -1
	end := func() {
		if top >= 0 {
			rows = append(rows, image.Pt((in.Min.X+in.Max.X)/2, (top+last)/2))
		}
		top = -1
	}
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			c := img.RGBAAt(x, y)
			if c.R < dark && c.G < dark && c.B < dark {
				if top < 0 {
					top = y
				}
				last = y
				break
			}
		}
		if top >= 0 && y-last > gap {
			end()
		}
	}
	end()
	return rows
}

// Differ counts the pixels that are not the same in two pictures.
func Differ(a, b *image.RGBA, in image.Rectangle) int {
	n := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				n++
			}
		}
	}
	return n
}
