package kit

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/text/unicode/bidi"

	"schulhof/assets"
)

// scripts is the font for text in any script that families at a school read.
var (
	scripts     = fyne.NewStaticResource("SchulSans-Regular.ttf", assets.FontScriptsRegular)
	scriptsBold = fyne.NewStaticResource("SchulSans-Bold.ttf", assets.FontScriptsBold)
)

// Paragraph shows text of several lines, wrapped by words, from right to left
// where the text is. Line breaks in the text are kept.
type Paragraph struct {
	widget.BaseWidget
	Color    fyne.ThemeColorName
	TextSize fyne.ThemeSizeName
	Style    fyne.TextStyle
	Align    fyne.TextAlign
	content  string
}

// NewParagraph returns plain text.
func NewParagraph(s string) *Paragraph {
	p := &Paragraph{content: s, Color: ftheme.ColorNameForeground, TextSize: ftheme.SizeNameText}
	p.ExtendBaseWidget(p)
	return p
}

// Set changes the text.
func (p *Paragraph) Set(s string) {
	if s == p.content {
		return
	}
	p.content = s
	p.Refresh()
}

// Get returns the text.
func (p *Paragraph) Get() string { return p.content }

// AccessibilityLabel implements fyne.Accessible.
func (p *Paragraph) AccessibilityLabel() string { return p.content }

// AccessibilityRole implements fyne.Accessible.
func (*Paragraph) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Resize implements fyne.CanvasObject: another width is another height, which
// the layout around it has to learn.
func (p *Paragraph) Resize(s fyne.Size) {
	other := s.Width != p.BaseWidget.Size().Width
	p.BaseWidget.Resize(s)
	if other {
		p.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer { return &paragraphRenderer{p: p} }

type paragraphRenderer struct {
	p      *Paragraph
	lines  []fyne.CanvasObject
	width  float32
	height float32
	text   string
}

func (r *paragraphRenderer) canvasText(s string) *canvas.Text {
	t := canvas.NewText(s, Color(r.p.Color, r.p))
	t.TextSize, t.TextStyle = Size(r.p.TextSize, r.p), r.p.Style
	if s != "" && !plain(s) {
		t.FontSource = scripts
		if r.p.Style.Bold {
			t.FontSource = scriptsBold
		}
	}
	return t
}

// plain tells text that Noto Sans itself has, whose measuring is cheaper. Arrows and
// other signs are left to the toolkit, which has a font for them.
func plain(s string) bool {
	for _, r := range s {
		if r >= 0x530 && (r < 0x1e00 || r > 0x20cf) && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)) {
			return false
		}
	}
	return true
}

func (r *paragraphRenderer) wrap(width float32) {
	r.width, r.text, r.lines = width, r.p.content, nil
	r.height = r.canvasText("x").MinSize().Height // of all scripts: what hangs lower is drawn over the next line's empty top
	for part := range strings.SplitSeq(strings.TrimRight(r.p.content, "\n"), "\n") {
		rtl := RightToLeft(part)
		line := ""
		for word := range strings.FieldsSeq(OneLine(part)) {
			longer := strings.TrimPrefix(line+" "+word, " ")
			if line != "" && r.canvasText(longer).MinSize().Width > width {
				r.add(line, rtl)
				longer = word
			}
			line = longer
		}
		r.add(line, rtl)
	}
}

func (r *paragraphRenderer) add(s string, rtl bool) {
	t := r.canvasText(Visual(s))
	t.Alignment = r.p.Align
	if rtl && r.p.Align == fyne.TextAlignLeading {
		t.Alignment = fyne.TextAlignTrailing
	}
	r.lines = append(r.lines, t)
}

func (r *paragraphRenderer) Destroy() {}

func (r *paragraphRenderer) Layout(s fyne.Size) {
	if s.Width != r.width || r.text != r.p.content {
		r.wrap(s.Width)
	}
	y := float32(0)
	for _, l := range r.lines {
		l.Move(fyne.NewPos(0, y))
		l.Resize(fyne.NewSize(s.Width, r.height))
		y += r.height
	}
}

func (r *paragraphRenderer) MinSize() fyne.Size {
	width := r.p.BaseWidget.Size().Width
	if width == 0 {
		width = 320
	}
	if width != r.width || r.text != r.p.content {
		r.wrap(width)
	}
	return fyne.NewSize(60, float32(len(r.lines))*r.height)
}

func (r *paragraphRenderer) Objects() []fyne.CanvasObject { return r.lines }

func (r *paragraphRenderer) Refresh() {
	r.width = -1
	r.Layout(r.p.BaseWidget.Size())
	canvas.Refresh(r.p)
}

// Visual brings one line of text into the order in which it is drawn from left
// to right. Text without letters of a right-to-left script comes back as it is.
func Visual(line string) string {
	if !mixed(line) {
		return line
	}
	var p bidi.Paragraph
	if _, err := p.SetString(line); err != nil {
		return line
	}
	order, err := p.Order()
	if err != nil {
		return line
	}
	rtl := RightToLeft(line)
	var b strings.Builder
	n := order.NumRuns()
	for j := range n {
		i := j
		if rtl {
			i = n - 1 - j
		}
		run := order.Run(i)
		s := run.String()
		switch {
		case run.Direction() == bidi.RightToLeft:
			b.WriteString(visualRun([]rune(s)))
		case rtl && strings.TrimSpace(s) == "":
			b.WriteString(mirror(s))
		default:
			b.WriteString(s)
		}
	}
	return b.String()
}

func mixed(s string) bool {
	for _, r := range s {
		if r >= 0x590 && strong(r) {
			return true
		}
	}
	return false
}

func strong(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.NSM
}

// visualRun cuts a right-to-left run into words (strong letters with the blanks
// between them) and neutral pieces, and writes these from the last to the first.
// The toolkit shapes each word itself, so that its letters keep their order.
func visualRun(runes []rune) string {
	var b strings.Builder
	for end := len(runes); end > 0; {
		start := end
		if strong(runes[end-1]) {
			for start > 0 && (strong(runes[start-1]) || runes[start-1] == ' ' && start > 1 && strong(runes[start-2])) {
				start--
			}
			b.WriteString("\u200e" + string(runes[start:end]) + "\u200e")
		} else {
			for start > 0 && !strong(runes[start-1]) {
				start--
			}
			b.WriteString(mirror(string(runes[start:end])))
		}
		end = start
	}
	return b.String()
}

var guillemets = strings.NewReplacer("«", "»", "»", "«", "‹", "›", "›", "‹")

// mirror reverses neutral characters and turns brackets round.
func mirror(s string) string { return guillemets.Replace(bidi.ReverseString(s)) }

// RightToLeft tells whether a paragraph begins at the right: so says its first strong letter.
func RightToLeft(s string) bool {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		default:
		}
	}
	return false
}
