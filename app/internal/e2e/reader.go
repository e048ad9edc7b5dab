package e2e

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
	"schulhof/ui/theme"
)

// Reader finds words in a picture of the program: it writes them as the program
// does and looks for their shape, whatever their colours. It is not to be used
// where an app of the toolkit runs, and by one goroutine at a time.
type Reader struct {
	shapes map[string][]shape
}

// NewReader returns a reader of the program's normal text size.
func NewReader() *Reader {
	test.NewApp().Settings().SetTheme(theme.New(theme.Settings{Mode: theme.Light}))
	return &Reader{shapes: map[string][]shape{}}
}

// alike is how much a place must look like a word to be taken for it; 1 is the same
// picture. A word that begins between two pixels comes to more than 0.9, and two
// words of one length to less than 0.7.
const alike = 0.86

// Find gives the places of a text in a part of a picture, from top to bottom: the
// whole text of a line, or its beginning, in any of the program's sizes.
func (r *Reader) Find(img *image.RGBA, in image.Rectangle, text string) []image.Rectangle {
	if r.shapes[text] == nil {
		r.shapes[text] = write(text)
	}
	page := grays(img, in.Intersect(img.Rect))
	var found []image.Rectangle
	for _, s := range r.shapes[text] {
		for y := 0; y+s.size.Y <= page.size.Y; y++ {
			for x := 0; x+s.size.X <= page.size.X; x++ {
				if s.hint(&page, x, y) && s.likeness(&page, x, y) >= alike {
					found = append(found, image.Rectangle{Max: s.size}.Add(in.Intersect(img.Rect).Min).Add(image.Pt(x, y)))
				}
			}
		}
	}
	return apart(found)
}

// apart leaves out places that lie on others, and puts them in order.
func apart(all []image.Rectangle) []image.Rectangle {
	var list []image.Rectangle
next:
	for _, r := range all {
		for _, other := range list {
			if r.Overlaps(other) {
				continue next
			}
		}
		at := len(list)
		for at > 0 && list[at-1].Min.Y > r.Min.Y {
			at--
		}
		list = append(list[:at], append([]image.Rectangle{r}, list[at:]...)...)
	}
	return list
}

// gray is a picture of the brightness alone.
type gray struct {
	size image.Point
	pix  []int32
}

func grays(img *image.RGBA, in image.Rectangle) gray {
	g := gray{size: in.Size(), pix: make([]int32, in.Dx()*in.Dy())}
	at := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		i := img.PixOffset(in.Min.X, y)
		for range g.size.X {
			g.pix[at] = (299*int32(img.Pix[i]) + 587*int32(img.Pix[i+1]) + 114*int32(img.Pix[i+2])) / 1000
			at++
			i += 4
		}
	}
	return g
}

// shape is a written text, cut to its ink and one pixel around it.
type shape struct {
	gray
	mean, deviation float64
	ink, blank      []image.Point // some of the darkest and of the empty pixels
}

// write writes a text in the sizes and weights that the program uses.
func write(text string) []shape {
	// The toolkit's clock stands between two pictures. What is new would be too old
	// for the next one where the last was long ago, and would not be drawn.
	wake := software.NewCanvas()
	wake.SetContent(container.NewWithoutLayout())
	wake.Capture()
	var list []shape
	for _, size := range []fyne.ThemeSizeName{ftheme.SizeNameText, ftheme.SizeNameCaptionText, ftheme.SizeNameSubHeadingText, ftheme.SizeNameHeadingText} {
		for _, bold := range []bool{false, true} {
			t := kit.NewWhole(text)
			t.TextSize, t.Style.Bold = size, bold
			c := software.NewCanvas()
			c.SetPadded(false)
			c.SetContent(t)
			c.Resize(t.MinSize())
			if s, any := cut(c.Capture()); any {
				list = append(list, s)
			}
		}
	}
	return list
}

// cut makes a shape of a picture of dark text on white; false where there is none.
func cut(img image.Image) (shape, bool) {
	b := img.Bounds()
	page := image.NewRGBA(b)
	ink := image.Rectangle{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			page.Set(x, y, img.At(x, y))
			if page.RGBAAt(x, y).R < 0xc0 {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if ink.Empty() {
		return shape{}, false
	}
	s := shape{gray: grays(page, ink.Inset(-1).Intersect(b))}
	n := float64(len(s.pix))
	var sum, squares float64
	for i, v := range s.pix {
		sum += float64(v)
		squares += float64(v) * float64(v)
		at := image.Pt(i%s.size.X, i/s.size.X)
		switch {
		case v < 0x70:
			s.ink = append(s.ink, at)
		case v == 0xff:
			s.blank = append(s.blank, at)
		}
	}
	s.mean = sum / n
	s.deviation = math.Sqrt(squares/n - s.mean*s.mean)
	s.ink, s.blank = some(s.ink), some(s.blank)
	return s, len(s.ink) > 0 && len(s.blank) > 0
}

// some takes a few of many, spread over all of them.
func some(all []image.Point) []image.Point {
	const few = 12
	if len(all) <= few {
		return all
	}
	list := make([]image.Point, few)
	for i := range list {
		list[i] = all[i*len(all)/few]
	}
	return list
}

// hint tells at a glance whether the shape may stand at a place: nearly all of its
// darkest pixels differ the same way from nearly all of its empty ones.
func (s *shape) hint(page *gray, x, y int) bool {
	const differ, wrong = 28, 3
	at := func(p image.Point) int32 { return page.pix[(y+p.Y)*page.size.X+x+p.X] }
	if d := at(s.ink[0]) - at(s.blank[0]); max(d, -d) < differ/2 {
		return false // most of a page is empty
	}
	dark, light, misses := int32(0), int32(0), 0
	for _, p := range s.blank {
		light += at(p)
	}
	light /= int32(len(s.blank)) //nolint:gosec // a few
	for _, p := range s.ink {
		dark += at(p)
	}
	dark /= int32(len(s.ink)) //nolint:gosec // a few
	if max(dark-light, light-dark) < differ {
		return false
	}
	middle, below := (dark+light)/2, dark < light
	for _, p := range s.ink {
		if (at(p) < middle) != below {
			misses++
		}
	}
	for _, p := range s.blank {
		if (at(p) > middle) != below {
			misses++
		}
	}
	return misses <= wrong
}

// likeness compares all of the shape with a place: 1 for the same picture, also
// with light and dark turned round.
func (s *shape) likeness(page *gray, x, y int) float64 {
	var sum, squares, product float64
	for j := range s.size.Y {
		row := page.pix[(y+j)*page.size.X+x:]
		for i := range s.size.X {
			v, w := float64(row[i]), float64(s.pix[j*s.size.X+i])
			sum += v
			squares += v * v
			product += v * w
		}
	}
	n := float64(len(s.pix))
	mean := sum / n
	deviation := math.Sqrt(max(squares/n-mean*mean, 0))
	if deviation < 1 {
		return 0
	}
	return math.Abs((product/n - mean*s.mean) / (deviation * s.deviation))
}
