package files

import (
	"fyne.io/fyne/v2"
)

// Widths of the columns at normal text size. The name takes what is left.
const (
	widthIcon    = 20 // grows with the text too
	widthSize    = 84
	widthChanged = 128
	widthPerson  = 160
	widthWhere   = 260 // of a hit: the way to it
	minName      = 190
)

// span is where a column begins and how wide it is; Wide 0 is not shown.
type span struct{ X, Wide float32 }

// columns are the places of a row's parts for one width of the table; header
// and rows share them. What has no room goes, the least needed first.
type columns struct {
	Icon, Name, Badge, Size, Changed, Person span
}

// layOut shares a width among the columns; scale is the text's, 1 = normal. Of
// the roots only name and size are known; hits say in the last column where
// they lie, which goes last of all.
func layOut(width, scale float32, roots, found bool) columns {
	const edge, gap = 12, 20
	var c columns
	box := widthIcon * scale
	rest := width - 2*edge - 2*box - 2*gap
	size, changed, person := widthSize*scale, widthChanged*scale, widthPerson*scale
	name := minName * scale
	if found {
		person = min(widthWhere*scale, rest*0.45)
		if rest-size-changed-person-3*gap < name {
			changed = 0
		}
		if rest-size-changed-person-3*gap < name {
			size = 0
		}
	}
	if roots {
		changed, person = 0, 0
	}
	if !found && rest-size-changed-person-3*gap < name {
		person = 0
	}
	if person == 0 && rest-size-changed-2*gap < name*0.75 {
		changed = 0
	}
	if changed == 0 && rest-size-gap < name*0.6 {
		size = 0
	}
	x := width - edge
	right := func(wide float32) span {
		if wide == 0 {
			return span{}
		}
		x -= wide
		s := span{X: x, Wide: wide}
		x -= gap
		return s
	}
	c.Person = right(person)
	c.Changed = right(changed)
	c.Size = right(size)
	c.Badge = right(box)
	c.Icon = span{X: edge, Wide: box}
	start := edge + box + 12
	c.Name = span{X: start, Wide: max(x-start+gap/2, 40)}
	return c
}

// of returns the place of a column that the list can be ordered by.
func (c columns) of(by column) span {
	switch by {
	case bySize:
		return c.Size
	case byChanged:
		return c.Changed
	case byPerson:
		return c.Person
	case byName:
	}
	return c.Name
}

// ruler measures text of one size. It adds up characters measured once: a
// measurement by the toolkit costs as much as drawing. Scripts whose letters
// join are measured whole. It belongs to the UI goroutine.
type ruler struct {
	size  float32
	runes map[rune]float32
	cut   map[string]string
	wide  float32
}

func (r *ruler) reset(size, wide float32) {
	if r.size != size {
		r.runes = nil
		r.size = size
		r.cut = nil
	}
	if r.wide != wide || len(r.cut) > 2000 {
		r.wide, r.cut = wide, nil
	}
	if r.runes == nil {
		r.runes = map[rune]float32{}
	}
	if r.cut == nil {
		r.cut = map[string]string{}
	}
}

// Measure returns the width of a text.
func (r *ruler) Measure(text string) float32 {
	var sum float32
	for _, c := range text {
		if isJoining(c) {
			size, _ := fyne.CurrentApp().Driver().RenderedTextSize(text, r.size, fyne.TextStyle{}, fontFor(text))
			return size.Width
		}
		w, ok := r.runes[c]
		if !ok {
			w = fyne.MeasureText(string(c), r.size, fyne.TextStyle{}).Width
			r.runes[c] = w
		}
		sum += w
	}
	return sum
}

// Fit returns text cut to the width that reset was given.
func (r *ruler) Fit(text string) string {
	if s, ok := r.cut[text]; ok {
		return s
	}
	s := fit(text, r.wide, r.Measure)
	r.cut[text] = s
	return s
}

// isJoining says whether letters change beside others, so that a text is not
// as wide as its letters.
func isJoining(r rune) bool { return r >= 0x300 && r < 0x370 || r >= 0x590 && r < 0x1400 }

// isOtherScript says whether Schul Sans has the letter and Noto Sans has not.
func isOtherScript(r rune) bool { return r >= 0x530 && r < 0x1400 || r >= 0xfb13 && r < 0xff00 }
