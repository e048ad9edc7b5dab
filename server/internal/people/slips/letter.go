package slips

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The places of DIN 5008, form B, in millimetres.
const (
	marginLeft  = 25.0
	marginRight = 190.0
	textWidth   = marginRight - marginLeft
	windowTop   = 45.0 // of the address field
	senderLine  = windowTop + 15.5
	addressLine = windowTop + 22.0
	addressWide = 80.0
	infoLeft    = 125.0
	infoTop     = 50.0
	subjectLine = 103.5
)

var errNone = errors.New("there is nothing to print")

// Letters writes registration letters, one page each, as a PDF. date is the day
// that they bear.
func Letters(w io.Writer, school School, date time.Time, letters []Letter) error {
	if err := papers(len(letters)); err != nil {
		return err
	}
	p := newPaper("Zugang für Eltern", date)
	for i := range letters {
		if err := p.letter(school, date, &letters[i]); err != nil {
			return fmt.Errorf("letter %d: %w", i+1, err)
		}
	}
	return p.finish(w)
}

func papers(n int) error {
	switch {
	case n == 0:
		return errNone
	case n > MaxPapers:
		return fmt.Errorf("%d papers at once, at most %d are possible", n, MaxPapers)
	}
	return nil
}

func (p *paper) letter(school School, date time.Time, l *Letter) error {
	p.pdf.AddPage()
	p.head(school, date)
	p.address(school, l)
	p.marks()
	p.font(12, true)
	p.line(marginLeft, subjectLine, textWidth, "Ihr Zugang zu Schulhof, der Plattform unserer Schule")
	p.font(10.5, false)
	y := subjectLine + 9
	p.line(marginLeft, y, textWidth, "Guten Tag "+clean(l.Name)+",")
	y = p.block(marginLeft, y+7, textWidth, 5, "über Schulhof bleiben Sie mit der Schule in Verbindung. "+
		"Mit dem Code in diesem Brief richten Sie Ihren eigenen Zugang ein. Er gilt für:")
	p.font(10.5, true)
	y = p.block(marginLeft, y+0.5, textWidth, 5, children(l.Children))
	if err := p.code(y, l); err != nil {
		return err
	}
	y = p.steps(y+43, "de", school.Page)
	if _, ok := languages[l.Language]; ok && l.Language != "de" {
		y = p.steps(y+3, l.Language, school.Page)
	}
	p.font(9, false)
	p.grey(60)
	p.block(marginLeft, y+3, textWidth, 4.3, "Der Code ist nur für Sie bestimmt; bitte geben Sie ihn nicht weiter. "+
		"Jede weitere erziehungsberechtigte Person erhält einen eigenen. Haben Sie schon einen Zugang, fügen Sie den Code dort hinzu. "+
		"Ist er abgelaufen oder verloren, druckt die Klassenleitung einen neuen.")
	p.grey(0)
	return nil
}

// children names the children of a letter: Tom Test (7b), Mia Test (5a).
func children(all []Child) string {
	names := make([]string, 0, len(all))
	for _, child := range all {
		name := clean(child.Name)
		if child.Class != "" {
			name += " (" + clean(child.Class) + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func (p *paper) head(school School, date time.Time) {
	p.grey(0)
	p.font(15, true)
	p.line(marginLeft, 22, textWidth, school.Name)
	p.font(9, false)
	p.grey(60)
	under := strings.Join(append(cleaned(school.Address), cleaned([]string{school.Contact})...), " · ")
	p.line(marginLeft, 28, textWidth, under)
	p.grey(0)
	p.stroke(marginLeft, 31.5, marginRight, 31.5)
	p.font(9, false)
	p.line(infoLeft, infoTop+12, marginRight-infoLeft, "Datum: "+day(date))
}

// address fills the window of the envelope.
func (p *paper) address(school School, l *Letter) {
	p.font(7, false)
	p.grey(60)
	p.line(marginLeft, senderLine, addressWide, strings.Join(append(cleaned([]string{school.Name}), cleaned(school.Address)...), " · "))
	p.stroke(marginLeft, senderLine+1, marginLeft+addressWide, senderLine+1)
	p.grey(0)
	p.font(10.5, false)
	const most = 5 // lines that the window has room for
	lines := append([]string{l.Name}, cleaned(l.Address)...)
	if len(lines) > most {
		lines = append(lines[:most-1], strings.Join(lines[most-1:], ", "))
	}
	for i, line := range lines {
		p.line(marginLeft, addressLine+float64(i)*4.9, addressWide, line)
	}
}

func cleaned(lines []string) []string {
	var out []string
	for _, line := range lines {
		if line = clean(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// marks are where to fold and to punch.
func (p *paper) marks() {
	p.stroke(4, 105, 8, 105)
	p.stroke(4, 148.5, 10, 148.5)
	p.stroke(4, 210, 8, 210)
}

// code is the box with the code, the QR code and how long both are good for.
func (p *paper) code(y float64, l *Letter) error {
	const height, side = 36.0, 28.0
	p.pdf.SetFillColor(245, 245, 245)
	p.pdf.SetDrawColor(150, 150, 150)
	p.pdf.SetLineWidth(0.3)
	p.pdf.Rect(marginLeft, y, textWidth, height, "FD")
	p.pdf.SetFillColor(255, 255, 255)
	p.pdf.Rect(marginRight-side-6, y+2, side+4, side+4, "F")
	left, most := marginLeft+6, textWidth-side-20
	p.grey(60)
	p.font(9.5, false)
	p.line(left, y+8, most, "Ihr Code")
	p.grey(0)
	p.font(24, true)
	p.line(left, y+19, most, l.Code)
	p.font(10.5, false)
	p.line(left, y+29, most, "Gültig bis "+moment(l.ValidUntil))
	return p.qr(marginRight-side-4, y+4, side, l.Link)
}

// steps prints the three steps in a language and gives the base line below.
func (p *paper) steps(y float64, language, page string) float64 {
	s := languages[language]
	rtl := rightToLeft(language)
	p.grey(0)
	p.font(11, true)
	if rtl {
		p.blockRTL(marginRight, y, textWidth, 5.2, s.title)
	} else {
		p.line(marginLeft, y, textWidth, s.title)
	}
	y += 6.2
	const indent = 7.0
	for i, step := range s.steps {
		number := strconv.Itoa(i+1) + "."
		text := strings.ReplaceAll(step, "{page}", page)
		if rtl {
			p.font(11, true)
			p.blockRTL(marginRight, y, indent, 5.4, digitsOf(language, i+1)+".")
			p.font(11, false)
			y = p.blockRTL(marginRight-indent, y, textWidth-indent, 5.4, text)
		} else {
			p.font(10, true)
			p.line(marginLeft, y, indent, number)
			p.font(10, false)
			y = p.block(marginLeft+indent, y, textWidth-indent, 4.8, text)
		}
		y += 0.9
	}
	return y
}

// digitsOf is a small number in the digits that a language uses.
func digitsOf(language string, n int) string {
	if language == "fa" {
		return string([]rune("۰۱۲۳۴۵۶۷۸۹")[n%10])
	}
	return strconv.Itoa(n)
}
