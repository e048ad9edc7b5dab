package slips

import (
	"slices"
	"sort"
	"strings"
)

// Block is a part of a text that begins on a line of its own.
type Block struct {
	Heading int    // 1 to 6, 0 = no heading
	Indent  int    // how far it stands in
	Mark    string // before it: a bullet or a number
	Rule    bool   // a line across, without a text
	Runs    []Run
}

// Run is a piece of text that looks the same throughout. A line break in it is one.
type Run struct {
	Text   string
	Bold   bool
	Italic bool
	Link   string // where it leads; printed behind the text where that is another
}

// column is where blocks are printed: from y on, on further pages where one is full.
type column struct {
	*paper
	y        float64
	language string
	rtl      bool
	turn     func() // begins a further page, its first base line at replyTop
}

const (
	stepIn    = 7.0 // of a list or quote, in millimetres
	mostSteps = 6
	textSize  = 10.5 // points
	perPoint  = leading / textSize
)

// sizeOf is the size of a heading, of text for 0.
func sizeOf(heading int) float64 {
	sizes := []float64{textSize, 12.5, 11.5}
	if heading < len(sizes) {
		return sizes[heading]
	}
	return textSize
}

// blocks prints a text.
func (c *column) blocks(all []Block) {
	for i := range all {
		b := &all[i]
		if i > 0 {
			c.y += gap(&all[i-1], b)
		}
		c.block(b)
	}
}

// gap is the space between two blocks.
func gap(above, below *Block) float64 {
	switch {
	case below.Heading > 0:
		return 3.6
	case above.Heading > 0:
		return 1
	case above.Indent > 0 && below.Mark != "":
		return 0.8
	}
	return leading / 2
}

func (c *column) block(b *Block) {
	in := float64(min(b.Indent, mostSteps)) * stepIn
	if b.Rule {
		c.room(1)
		c.stroke(marginLeft+in, c.y-leading/3, marginRight, c.y-leading/3)
		c.y += leading / 2
		return
	}
	c.size = sizeOf(b.Heading)
	high := c.size * perPoint
	if b.Heading > 0 {
		c.room(3) // not alone at the end of a page
	}
	letters := spread(b.Runs, b.Heading > 0)
	for i, line := range c.breakLines(letters, textWidth-in) {
		c.room(1)
		if i == 0 && b.Mark != "" {
			c.mark(b.Mark, in-stepIn)
		}
		c.size = sizeOf(b.Heading) // a page that was turned, or the mark, changed it
		if c.rtl {
			c.row(marginRight-in, line)
		} else {
			c.row(marginLeft+in, line)
		}
		c.y += high
	}
}

// room turns the page unless so many lines fit.
func (c *column) room(lines int) {
	if c.y+float64(lines-1)*leading > replyBottom {
		c.turn()
		c.y = replyTop
	}
}

func (c *column) mark(mark string, in float64) {
	c.font(textSize, false)
	if !c.rtl {
		c.line(marginLeft+in+1, c.y, stepIn, mark)
		return
	}
	shown := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return []rune(digitsOf(c.language, int(r-'0')))[0]
		}
		return r
	}, mark)
	c.blockRTL(marginRight-in-1, c.y, stepIn, leading, shown)
}

// glyph is a character with what it looks like.
type glyph struct {
	r rune
	look
}

type look struct {
	bold, italic bool
	link         string
}

// spread gives the characters of runs; spaces are single, a line break is '\n'.
func spread(runs []Run, heading bool) []glyph {
	var all []glyph
	for i, run := range runs {
		all = typed(all, run.Text, look{run.Bold || heading, run.Italic, run.Link})
		if to := addressBehind(runs, i); to != "" {
			all = typed(all, " ("+to+")", look{link: run.Link})
		}
	}
	return trimmed(all)
}

func typed(all []glyph, text string, l look) []glyph {
	for _, r := range text {
		if r != '\n' {
			r = printable(r)
		}
		if r == ' ' && len(trimmed(all)) < len(all) || r < 0 {
			continue
		}
		all = append(all, glyph{r, l})
	}
	return all
}

// trimmed leaves white space at the end out.
func trimmed(all []glyph) []glyph {
	for len(all) > 0 && (all[len(all)-1].r == '\n' || all[len(all)-1].r == ' ') {
		all = all[:len(all)-1]
	}
	return all
}

// addressBehind gives what is to be printed behind run i: the address of a link that
// ends with it, where the link does not say it.
func addressBehind(runs []Run, i int) string {
	link := runs[i].Link
	if link == "" || i+1 < len(runs) && runs[i+1].Link == link {
		return ""
	}
	shown := ""
	for ; i >= 0 && runs[i].Link == link; i-- {
		shown = runs[i].Text + shown
	}
	to := strings.TrimPrefix(link, "mailto:")
	if strings.EqualFold(strings.TrimSpace(shown), to) {
		return ""
	}
	return to
}

// longestLine is more characters than a line ever holds. Nothing longer is measured:
// that takes a time that grows faster than the text.
const longestLine = 400

// breakLines breaks letters into lines that are no wider than most. A word that is
// wider by itself is broken anywhere.
func (c *column) breakLines(letters []glyph, most float64) [][]glyph {
	var lines [][]glyph
	for _, part := range split(letters, '\n') {
		var line []glyph
		width := 0.0
		for _, word := range split(part, ' ') {
			w := c.wide(word[:min(len(word), longestLine)])
			if len(line) > 0 {
				space := []glyph{{r: ' '}}
				if last := line[len(line)-1].look; last == word[0].look {
					space[0].look = last
				}
				if s := c.wide(space); width+s+w <= most && len(word) <= longestLine {
					line, width = append(append(line, space...), word...), width+s+w
					continue
				}
				lines, line = append(lines, line), nil
			}
			for (w > most || len(word) > longestLine) && len(word) > 1 {
				n := max(1, sort.Search(min(len(word), longestLine), func(i int) bool { return c.wide(word[:i+1]) > most }))
				lines, word = append(lines, word[:n]), word[n:]
				w = c.wide(word[:min(len(word), longestLine)])
			}
			line, width = append(line, word...), w
		}
		if len(line) > 0 || len(part) == 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

// split cuts letters at a character. Between two spaces there is no word; between two
// line breaks there is an empty line.
func split(letters []glyph, at rune) [][]glyph {
	var parts [][]glyph
	for len(letters) > 0 {
		n := slices.IndexFunc(letters, func(l glyph) bool { return l.r == at })
		if n < 0 {
			return append(parts, letters)
		}
		if n > 0 || at == '\n' {
			parts = append(parts, letters[:n])
		}
		letters = letters[n+1:]
	}
	return parts
}

// piece is a stretch of a line that is printed at once.
type piece struct {
	text string
	look
}

// pieces gives the stretches of characters that come from letters.
func pieces(shown []rune, from []int, letters []glyph) []piece {
	var all []piece
	other := false // the last stretch is of the other scripts
	for i, r := range shown {
		l := letters[from[i]].look
		script := foreign(r)
		if r == ' ' {
			script = other
		}
		if n := len(all); n > 0 && all[n-1].look == l && script == other {
			all[n-1].text += string(r)
			continue
		}
		all, other = append(all, piece{string(r), l}), script
	}
	return all
}

// use makes the look of a piece that of the text that follows, and gives its width.
func (c *column) use(p piece) float64 {
	c.bold, c.italic = p.bold, p.italic
	c.choose(p.text)
	return c.pdf.GetStringWidth(p.text)
}

// wide is the width of letters beside each other.
func (c *column) wide(letters []glyph) float64 {
	shown, from := joinRunes(runes(letters))
	width := 0.0
	for _, p := range pieces(shown, from, letters) {
		width += c.use(p)
	}
	return width
}

func runes(letters []glyph) []rune {
	all := make([]rune, len(letters))
	for i, l := range letters {
		all[i] = l.r
	}
	return all
}

// row prints a line from x on, or to x where one reads from right to left.
func (c *column) row(x float64, letters []glyph) {
	text := runes(letters)
	shown, from := joinRunes(text)
	if c.rtl || mixed(string(text)) {
		shown, from = visualRunes(text, c.rtl)
	}
	parts := pieces(shown, from, letters)
	if c.rtl {
		for _, p := range parts {
			x -= c.use(p)
		}
	}
	for _, p := range parts {
		width := c.use(p)
		if p.link != "" {
			c.pdf.SetTextColor(0, 70, 160)
			c.pdf.SetDrawColor(0, 70, 160)
			c.pdf.SetLineWidth(0.2)
			c.pdf.Line(x, c.y+0.7, x+width, c.y+0.7)
			c.pdf.LinkString(x, c.y-c.size*perPoint*0.75, width, c.size*perPoint, p.link)
		}
		c.pdf.Text(x, c.y, p.text)
		c.grey(0)
		x += width
	}
	c.bold, c.italic = false, false
}
