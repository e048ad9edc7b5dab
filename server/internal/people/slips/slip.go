package slips

import (
	"io"
	"time"
)

// A page has two columns of four slips.
const (
	columns    = 2
	rows       = 4
	slipWidth  = pageWidth / columns
	slipHeight = pageHeight / rows
)

// StartSlips writes slips with start codes, eight on a page, as a PDF. date is
// the time that the document says it was made at.
func StartSlips(w io.Writer, school School, date time.Time, slips []Slip) error {
	if err := papers(len(slips)); err != nil {
		return err
	}
	p := newPaper("Startcodes", date)
	for i := range slips {
		at := i % (columns * rows)
		if at == 0 {
			p.pdf.AddPage()
			p.cuts()
		}
		x, y := float64(at%columns)*slipWidth, float64(at/columns)*slipHeight
		p.slip(x, y, slipWidth, "Startcode", school, &slips[i])
	}
	return p.finish(w)
}

// ResetSlip writes one slip for a password that was reset, at the top of a page.
func ResetSlip(w io.Writer, school School, reset Reset) error {
	p := newPaper("Neues Passwort", reset.At)
	p.pdf.AddPage()
	p.dashed(0, slipHeight+12, pageWidth, slipHeight+12)
	p.slip(0, 0, pageWidth*0.7, "Einmalcode", school, &reset.Slip)
	p.font(8.5, false)
	p.grey(60)
	p.line(12, slipHeight+2, pageWidth-24, "Zurückgesetzt von "+clean(reset.By)+" am "+moment(reset.At)+
		". Alle Geräte wurden abgemeldet.")
	p.grey(0)
	return p.finish(w)
}

// cuts are the lines to cut along.
func (p *paper) cuts() {
	for i := 1; i < rows; i++ {
		p.dashed(0, float64(i)*slipHeight, pageWidth, float64(i)*slipHeight)
	}
	for i := 1; i < columns; i++ {
		p.dashed(float64(i)*slipWidth, 0, float64(i)*slipWidth, pageHeight)
	}
}

func (p *paper) dashed(x1, y1, x2, y2 float64) {
	p.pdf.SetDashPattern([]float64{2, 2}, 0)
	p.stroke(x1, y1, x2, y2)
	p.pdf.SetDashPattern(nil, 0)
}

func (p *paper) slip(x, y, width float64, code string, school School, s *Slip) {
	left, most := x+12, width-20
	p.grey(60)
	p.font(9, true)
	class := p.width(clean(s.Class))
	p.line(left+most-class, y+12, class+1, s.Class)
	p.font(8.5, false)
	p.line(left, y+12, most-class-3, school.Name)
	p.grey(0)
	p.font(13, true)
	p.line(left, y+20, most, s.Name)
	const label = 27.0
	field := func(at float64, key, value string, size float64) {
		p.grey(60)
		p.font(9, false)
		p.line(left, y+at, label, key)
		p.grey(0)
		p.font(size, true)
		p.whole(left+label, y+at, most-label, value)
	}
	field(30, "Adresse", school.Server, 10)
	field(37, "Anmeldename", s.Login, 10)
	field(45.5, code, s.Code, 14)
	field(53, "Gültig bis", moment(s.ValidUntil), 10)
	p.grey(60)
	p.font(8, false)
	words := "Melde dich mit dem Code als Passwort an und wähle ein eigenes Passwort. Danach ist dieser Zettel wertlos."
	if s.Formal {
		words = "Melden Sie sich mit dem Code als Passwort an und wählen Sie ein eigenes Passwort. Danach ist dieser Zettel wertlos."
	}
	p.block(left, y+60.5, most, 3.8, words)
	p.grey(0)
}

// whole prints a value that is typed by hand and so is never cut: where it is
// too wide it goes on in small lines below.
func (p *paper) whole(x, y, most float64, value string) {
	value = clean(value)
	if p.width(value) > most*4/3 {
		p.size = 7
		for i, line := range p.wrap(value, most) {
			p.line(x, y-1.2+float64(i)*2.9, most, line)
		}
		return
	}
	p.line(x, y, most, value)
}
