package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

var (
	teal   = color.NRGBA{0x00, 0x6d, 0x77, 0xff}
	white  = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	yellow = color.NRGBA{0xff, 0xc8, 0x57, 0xff}
)

// colourAt gives the sign's colour at a point of the unit square.
func colourAt(x, y float64) color.NRGBA {
	dx, dy := abs(x-.5), y-.5
	roof := y > .22 && y < .46 && dx < (y-.22)*1.5
	chimney := abs(x-.69) < .03 && abs(y-.32) < .08
	walls := y >= .46 && y < .76 && dx < .28
	door := y >= .58 && dx <= .06
	window := abs(y-.57) < .05 && abs(dx-.17) < .05
	switch {
	case dx*dx+dy*dy > .25:
		return color.NRGBA{}
	case roof, chimney:
		return yellow
	case walls && !door && !window:
		return white
	}
	return teal
}

// logo draws the school's sign, a house under a roof on a round field, as a PNG.
func logo() []byte {
	const size, fine = 256, 4
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, a int
			for i := range fine * fine {
				c := colourAt((float64(px)+(float64(i%fine)+.5)/fine)/size, (float64(py)+(float64(i/fine)+.5)/fine)/size)
				r, g, b, a = r+int(c.R)*int(c.A), g+int(c.G)*int(c.A), b+int(c.B)*int(c.A), a+int(c.A)
			}
			if a > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(a / (fine * fine))}) //nolint:gosec // averages of bytes
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture in memory
	}
	return out.Bytes()
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
