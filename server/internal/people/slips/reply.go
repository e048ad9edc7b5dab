package slips

import (
	"io"
	"strings"
	"time"
)

// Reply is a letter to the family of one child, with a slip to cut off and give back.
type Reply struct {
	Name     string // of the child
	Class    string
	From     string // who writes, may be empty
	Subject  string
	Title    string // the subject on the slip, in the school's language
	Text     []Block
	Language string // of subject and text
	Read     bool   // the slip confirms that the letter was read
	Question string // with Options
	Options  []string
	Several  bool
	Free     bool // there is room to write
	Deadline time.Time
}

// Where the parts of a letter with a slip stand, in millimetres.
const (
	replyTop    = 30.0
	replyBottom = pageHeight - 18
	leading     = 5.2
	slipHead    = 23.0 // from where one cuts to the first line to tick
	slipFoot    = 8.0
)

// Replies writes letters with slips as a PDF, each on pages of its own. date is the
// day that they bear.
func Replies(w io.Writer, school School, date time.Time, letters []Reply) error {
	if err := papers(len(letters)); err != nil {
		return err
	}
	p := newPaper("Elternbrief", date)
	for i := range letters {
		p.reply(school, date, &letters[i])
	}
	return p.finish(w)
}

// who names the child of a letter.
func (l *Reply) who() string {
	if l.Class == "" {
		return l.Name
	}
	return l.Name + ", Klasse " + l.Class
}

func (p *paper) reply(school School, date time.Time, l *Reply) {
	p.pdf.AddPage()
	p.grey(60)
	p.font(9, false)
	p.line(marginLeft, 16, textWidth-30, strings.Join(append([]string{school.Name}, school.Address...), " · "))
	p.line(marginRight-20, 16, 21, day(date))
	p.grey(0)
	p.font(textSize, false)
	p.line(marginLeft, replyTop, textWidth, "An die Familie von "+l.who())
	if l.From != "" {
		p.font(9, false)
		p.grey(60)
		p.line(marginLeft, replyTop+5, textWidth, "Von: "+l.From)
		p.grey(0)
	}
	c := column{paper: p, y: replyTop + 12, language: l.Language, rtl: rightToLeft(l.Language), turn: func() {
		p.pdf.AddPage()
		p.grey(60)
		p.font(9, false)
		p.line(marginLeft, 16, textWidth, l.who()+" · "+l.Title)
		p.grey(0)
	}}
	p.font(13, true)
	subject := p.block
	x := marginLeft
	if c.rtl {
		subject, x = p.blockRTL, marginRight
	}
	c.y = subject(x, c.y, textWidth, 6.5, l.Subject) + 3
	c.blocks(l.Text)
	c.slip(l)
}

// tick is a line of a slip: to tick, with a box, or to fill in.
type tick struct {
	box   bool
	lines []string
}

// ticks are the lines of a slip.
func (c *column) ticks(l *Reply) []tick {
	c.font(textSize, false)
	var all []tick
	add := func(box bool, text string) {
		most := textWidth
		if box {
			most -= stepIn
		}
		all = append(all, tick{box, c.wrap(clean(text), most)})
	}
	if l.Read {
		add(true, "Wir haben den Brief gelesen.")
	}
	if l.Question != "" {
		add(false, l.Question)
	}
	if len(l.Options) > 0 && l.Several {
		add(false, "Mehrere Antworten sind möglich:")
	}
	for _, o := range l.Options {
		add(true, o)
	}
	if l.Free {
		add(false, "Mitteilung: "+strings.Repeat("_", 60))
		add(false, strings.Repeat("_", 72))
	}
	add(false, "Datum, Unterschrift: "+strings.Repeat("_", 50))
	return all
}

func (t *tick) height() float64 { return float64(len(t.lines))*leading + 2.8 }

// slip prints the part to cut off at the end of the page, on a page of its own where
// this one has no room for it. What is longer than a page goes on on the next one.
func (c *column) slip(l *Reply) {
	all := c.ticks(l)
	height := slipHead + slipFoot
	for i := range all {
		height += all[i].height()
	}
	top := pageHeight - height
	if c.y+4 > top {
		c.turn()
		top = max(top, replyTop-8)
	}
	c.cut(top, l)
	c.y = top + slipHead
	for _, t := range all {
		if c.y+t.height() > pageHeight {
			c.turn()
			c.y = replyTop
		}
		c.font(textSize, false)
		x := marginLeft
		if t.box {
			c.pdf.SetDrawColor(0, 0, 0)
			c.pdf.SetLineWidth(0.3)
			c.pdf.Rect(marginLeft, c.y-3.4, 4, 4, "D")
			x += stepIn
		}
		for i, text := range t.lines {
			c.line(x, c.y+float64(i)*leading, marginRight-x+1, text)
		}
		c.y += t.height()
	}
}

// cut draws where to cut, and says whose slip it is.
func (c *column) cut(y float64, l *Reply) {
	c.dashed(0, y, pageWidth, y)
	c.grey(60)
	c.font(8.5, false)
	back := "Bitte hier abtrennen und in der Schule abgeben"
	if !l.Deadline.IsZero() {
		back += " bis zum " + day(l.Deadline)
	}
	c.line(marginLeft, y+5, textWidth, back)
	c.grey(0)
	c.font(textSize, true)
	c.line(marginLeft, y+13, textWidth*0.45, l.who())
	c.line(marginLeft+textWidth*0.48, y+13, textWidth*0.52, l.Title)
}
