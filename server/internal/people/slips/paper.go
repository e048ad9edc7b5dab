package slips

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"schulhof/assets"
)

// paper is a document that is being drawn, in millimetres.
type paper struct {
	pdf    *fpdf.Fpdf
	size   float64 // of the text, in points
	bold   bool
	italic bool // only letters that foreign knows not
	full   bool // the font with the other scripts is there
	lean   bool // the italic fonts are there
}

// The families of fonts: plain text, and the font that has the other scripts too.
const (
	sans    = "sans"
	scripts = "scripts"
)

const pageWidth, pageHeight = 210.0, 297.0

// newPaper begins an A4 document. made is the time that it says it was made at.
func newPaper(title string, made time.Time) *paper {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Schulhof", true)
	pdf.SetLang("de-DE")
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetCatalogSort(true)
	// The library writes into the bytes while it makes its subset.
	pdf.AddUTF8FontFromBytes(sans, "", bytes.Clone(assets.FontRegular))
	pdf.AddUTF8FontFromBytes(sans, "B", bytes.Clone(assets.FontBold))
	return &paper{pdf: pdf}
}

// needScripts adds the large font, once, for texts that need it.
func (p *paper) needScripts() {
	if p.full {
		return
	}
	p.full = true
	p.pdf.AddUTF8FontFromBytes(scripts, "", bytes.Clone(assets.FontScriptsRegular))
	p.pdf.AddUTF8FontFromBytes(scripts, "B", bytes.Clone(assets.FontScriptsBold))
}

// needItalic adds the italic fonts, once, for texts that need them.
func (p *paper) needItalic() {
	if p.lean {
		return
	}
	p.lean = true
	p.pdf.AddUTF8FontFromBytes(sans, "I", bytes.Clone(assets.FontItalic))
	p.pdf.AddUTF8FontFromBytes(sans, "BI", bytes.Clone(assets.FontBoldItalic))
}

func (p *paper) finish(w io.Writer) error {
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	return nil
}

// font sets size and weight for the texts that follow.
func (p *paper) font(size float64, bold bool) { p.size, p.bold, p.italic = size, bold, false }

// choose makes the font that has a text's letters the current one.
func (p *paper) choose(text string) {
	family, style := sans, ""
	if strings.ContainsFunc(text, foreign) {
		family = scripts
		p.needScripts()
	}
	if p.bold {
		style = "B"
	}
	if p.italic && family == sans {
		p.needItalic()
		style += "I"
	}
	p.pdf.SetFont(family, style, p.size)
}

// foreign reports whether Noto Sans by itself lacks a letter: it has Latin, Greek
// and Cyrillic.
func foreign(r rune) bool {
	return r >= 0x0530 && r < 0x1c80 || r >= 0x2d00 && r < 0xa640 || r >= 0xa8e0 && r < 0xfb00 || r >= 0xfb07 && r < 0xfff0
}

// clean is a text from outside as it can be printed: one line, no controls,
// nothing beyond the characters that the library knows.
func clean(text string) string {
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}

// printable is a character as it can be printed, -1 for one that is left out.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == zwnj || r == zwj:
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return -1
	case r > 0xfffd || r == utf8.RuneError:
		return '\ufffd'
	}
	return r
}

// width is the width of a line with the current size and weight.
func (p *paper) width(text string) float64 {
	shown := join(text)
	p.choose(shown)
	return p.pdf.GetStringWidth(shown)
}

// line prints one line from x on, with its base line at y. It never gets wider
// than most: first the letters get smaller, down to three quarters, then the end
// is cut.
func (p *paper) line(x, y, most float64, text string) {
	text = clean(text)
	size := p.size
	defer func() { p.size = size }()
	if w := p.width(text); w > most {
		p.size = max(size*most/w, size*3/4)
	}
	if p.width(text) > most {
		runes := []rune(text)
		for len(runes) > 0 && p.width(string(runes)+"…") > most {
			runes = runes[:len(runes)-1]
		}
		text = string(runes) + "…"
	}
	shown := text
	if mixed(text) {
		shown = visual(text, false)
	}
	p.choose(shown)
	p.pdf.Text(x, y, shown)
}

// wrap breaks a text into lines that are no wider than most. A word that is
// wider by itself is broken anywhere.
func (p *paper) wrap(text string, most float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && p.width(line+" "+word) <= most {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for p.width(line) > most {
			runes := []rune(line)
			n := len(runes) - 1
			for n > 1 && p.width(string(runes[:n])) > most {
				n--
			}
			if n < 1 {
				break
			}
			lines = append(lines, string(runes[:n]))
			line = string(runes[n:])
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// block prints a paragraph from left to right, the first base line at y, and
// gives the base line below it.
func (p *paper) block(x, y, most, leading float64, text string) float64 {
	for _, line := range p.wrap(clean(text), most) {
		p.line(x, y, most+1, line)
		y += leading
	}
	return y
}

// blockRTL prints a paragraph from right to left that ends at x.
func (p *paper) blockRTL(x, y, most, leading float64, text string) float64 {
	for _, line := range p.wrap(clean(text), most) {
		shown := visual(line, true)
		p.choose(shown)
		p.pdf.Text(x-p.pdf.GetStringWidth(shown), y, shown)
		y += leading
	}
	return y
}

// qr draws a QR code of the given width, without its quiet zone.
func (p *paper) qr(x, y, width float64, content string) error {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("QR code of %d characters: %w", len(content), err)
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	step := width / float64(len(rows))
	p.pdf.SetFillColor(0, 0, 0)
	for i, row := range rows {
		for j := 0; j < len(row); {
			n := 0
			for j+n < len(row) && row[j+n] {
				n++
			}
			if n > 0 {
				// A little more than a module high, or printers leave white lines.
				p.pdf.Rect(x+float64(j)*step, y+float64(i)*step, float64(n)*step, step+0.02, "F")
			}
			j += max(n, 1)
		}
	}
	return nil
}

// grey sets the colour of the texts that follow.
func (p *paper) grey(level int) { p.pdf.SetTextColor(level, level, level) }

// stroke draws a thin grey line.
func (p *paper) stroke(x1, y1, x2, y2 float64) {
	p.pdf.SetDrawColor(150, 150, 150)
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(x1, y1, x2, y2)
}

func day(t time.Time) string { return t.Format("02.01.2006") }

func moment(t time.Time) string { return t.Format("02.01.2006, 15:04 Uhr") }
