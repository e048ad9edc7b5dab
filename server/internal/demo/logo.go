package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// logo draws the school's sign, a house under a roof on a round field, as a PNG.
func logo() []byte {
	const size, fine = 256, 4
	teal, white, yellow := color.NRGBA{0x00, 0x6d, 0x77, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}, color.NRGBA{0xff, 0xc8, 0x57, 0xff}
	at := func(x, y float64) color.NRGBA { // in the unit square
		dx, dy := x-.5, y-.5
		switch {
		case dx*dx+dy*dy > .25:
			return color.NRGBA{}
		case y > .22 && y < .46 && abs(dx) < (y-.22)*1.5, x > .66 && x < .72 && y > .24 && y < .4: // roof, chimney
			return yellow
		case y >= .46 && y < .76 && abs(dx) < .28 && (abs(dx) > .06 || y < .58): // walls, but the door
			if y > .52 && y < .62 && abs(abs(dx)-.17) < .05 {
				return teal // windows
			}
			return white
		}
		return teal
	}
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, a int
			for i := range fine * fine {
				c := at((float64(px)+(float64(i%fine)+.5)/fine)/size, (float64(py)+(float64(i/fine)+.5)/fine)/size)
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
