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
	From     string // who writes
	Subject  string
	Title    string // the subject on the slip, in the school's language
	Text     string // plain: lines, and empty lines between paragraphs
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

func (p *paper) reply(school School, date time.Time, l *Reply) {
	p.pdf.AddPage()
	p.grey(60)
	p.font(9, false)
	p.line(marginLeft, 16, textWidth-30, strings.Join(append([]string{school.Name}, school.Address...), " · "))
	p.line(marginRight-20, 16, 21, day(date))
	p.grey(0)
	p.font(10.5, false)
	to := "An die Familie von " + l.Name
	if l.Class != "" {
		to += ", Klasse " + l.Class
	}
	p.line(marginLeft, replyTop, textWidth, to)
	p.font(9, false)
	p.grey(60)
	p.line(marginLeft, replyTop+5, textWidth, "Von: "+l.From)
	p.grey(0)
	p.font(13, true)
	y := p.paragraph(replyTop+12, l.Subject, l.Language, 6.5)
	p.font(10.5, false)
	y += 3
	for text := range strings.SplitSeq(l.Text, "\n") {
		if strings.TrimSpace(text) == "" {
			y += leading / 2
			continue
		}
		y = p.paragraph(y, text, l.Language, leading)
	}
	slip := l.lines()
	height := 30 + float64(len(slip))*8
	if y+height > replyBottom+10 {
		p.pdf.AddPage()
	}
	p.replySlip(pageHeight-height-8, l, slip)
}

// paragraph prints a paragraph, on a further page where this one is full.
func (p *paper) paragraph(y float64, text, language string, leading float64) float64 {
	rtl := rightToLeft(language)
	indent := 0.0
	if strings.HasPrefix(strings.TrimLeft(text, " "), "- ") {
		indent = 4
	}
	for _, line := range p.wrap(clean(text), textWidth-indent) {
		if y > replyBottom {
			p.pdf.AddPage()
			y = replyTop
		}
		if rtl {
			shown := visual(line, true)
			p.choose(shown)
			p.pdf.Text(marginRight-p.pdf.GetStringWidth(shown), y, shown)
		} else {
			p.line(marginLeft, y, textWidth+1, line)
		}
		y += leading
	}
	return y
}

// lines are what there is to tick and to fill in.
func (l *Reply) lines() []string {
	const box = "\u25a1"
	var out []string
	if l.Read {
		out = append(out, box+"  Wir haben den Brief gelesen.")
	}
	if l.Question != "" {
		out = append(out, l.Question)
	}
	for _, o := range l.Options {
		out = append(out, box+"  "+o)
	}
	if l.Free {
		out = append(out, "Mitteilung: "+strings.Repeat("_", 60), strings.Repeat("_", 72))
	}
	return append(out, "Datum, Unterschrift: "+strings.Repeat("_", 50))
}

// replySlip draws the part to cut off, from y to the end of the page.
func (p *paper) replySlip(y float64, l *Reply, lines []string) {
	p.dashed(0, y, pageWidth, y)
	p.grey(60)
	p.font(8.5, false)
	back := "Bitte hier abtrennen und in der Schule abgeben"
	if !l.Deadline.IsZero() {
		back += " bis zum " + day(l.Deadline)
	}
	p.line(marginLeft, y+5, textWidth, back)
	p.grey(0)
	p.font(10.5, true)
	who := l.Name
	if l.Class != "" {
		who += ", Klasse " + l.Class
	}
	p.line(marginLeft, y+13, textWidth*0.45, who)
	p.line(marginLeft+textWidth*0.48, y+13, textWidth*0.52, l.Title)
	p.font(10.5, false)
	y += 23
	for _, text := range lines {
		if rest, ok := strings.CutPrefix(text, "\u25a1"); ok {
			p.pdf.SetDrawColor(0, 0, 0)
			p.pdf.SetLineWidth(0.3)
			p.pdf.Rect(marginLeft, y-3.4, 4, 4, "D")
			p.line(marginLeft+7, y, textWidth-7, rest)
		} else {
			p.line(marginLeft, y, textWidth, text)
		}
		y += 8
	}
}
