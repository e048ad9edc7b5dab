package kit

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Text is one line without any space around it; what does not fit ends in an
// ellipsis. Text from right to left is brought into order.
type Text struct {
	widget.BaseWidget
	Color    fyne.ThemeColorName
	TextSize fyne.ThemeSizeName
	Style    fyne.TextStyle
	Align    fyne.TextAlign
	Whole    bool    // its smallest width is that of the whole text instead of Least
	Middle   bool    // the ellipsis stands in the middle, so that a file's ending stays
	Least    float32 // smallest width when not Whole
	content  string
}

// NewText returns plain text that may be cut.
func NewText(s string) *Text {
	return newText(s, ftheme.ColorNameForeground, ftheme.SizeNameText, false)
}

// NewWhole returns plain text that keeps its width.
func NewWhole(s string) *Text {
	t := NewText(s)
	t.Whole = true
	return t
}

// NewTitle returns a page's title.
func NewTitle(s string) *Text {
	return newText(s, ftheme.ColorNameForeground, ftheme.SizeNameHeadingText, true)
}

// NewHeading returns the heading of a part of a page.
func NewHeading(s string) *Text {
	return newText(s, ftheme.ColorNameForeground, ftheme.SizeNameSubHeadingText, true)
}

// NewStrong returns bold text.
func NewStrong(s string) *Text {
	return newText(s, ftheme.ColorNameForeground, ftheme.SizeNameText, true)
}

// NewMuted returns text of less weight.
func NewMuted(s string) *Text { return newText(s, theme.ColorMuted, ftheme.SizeNameText, false) }

// NewSmall returns small text of less weight.
func NewSmall(s string) *Text { return newText(s, theme.ColorMuted, ftheme.SizeNameCaptionText, false) }

func newText(s string, c fyne.ThemeColorName, size fyne.ThemeSizeName, bold bool) *Text {
	t := &Text{content: s, Color: c, TextSize: size, Style: fyne.TextStyle{Bold: bold}}
	t.ExtendBaseWidget(t)
	return t
}

// Set changes the text.
func (t *Text) Set(s string) {
	if s == t.content {
		return
	}
	t.content = s
	t.Refresh()
}

// Get returns the whole text, also while it is shown cut.
func (t *Text) Get() string { return t.content }

// AccessibilityLabel implements fyne.Accessible.
func (t *Text) AccessibilityLabel() string { return t.content }

// AccessibilityRole implements fyne.Accessible.
func (*Text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{t: t, line: canvas.NewText("", nil)}
	r.style()
	return r
}

type textRenderer struct {
	t     *Text
	line  *canvas.Text
	whole fyne.Size
	shown string
	width float32
}

func (r *textRenderer) style() {
	r.line.Color = Color(r.t.Color, r.t)
	r.line.TextSize = Size(r.t.TextSize, r.t)
	r.line.TextStyle = r.t.Style
	r.line.Alignment = r.t.Align
	r.shown = Visual(OneLine(r.t.content))
	r.line.FontSource = nil
	if !plain(r.shown) {
		r.line.FontSource = scripts
		if r.t.Style.Bold {
			r.line.FontSource = scriptsBold
		}
	}
	r.whole = r.measure(r.shown)
	r.width = -1
}

// measure gives the size of a text in the line's font, with the height that any
// text has: what other scripts have below it is not counted.
func (r *textRenderer) measure(s string) fyne.Size {
	if r.line.FontSource == nil {
		return fyne.MeasureText(s, r.line.TextSize, r.line.TextStyle)
	}
	size, _ := fyne.CurrentApp().Driver().RenderedTextSize(s, r.line.TextSize, r.line.TextStyle, r.line.FontSource)
	return fyne.NewSize(size.Width, fyne.MeasureText("x", r.line.TextSize, r.line.TextStyle).Height)
}

func (r *textRenderer) fit(width float32) {
	if width == r.width {
		return
	}
	r.width = width
	text := r.shown
	if r.whole.Width > width+0.5 {
		text = r.cut(width)
	}
	if r.line.Text != text {
		r.line.Text = text
		r.line.Refresh()
	}
}

// cut finds the longest text that fits with an ellipsis; it measures some ten
// times, whatever the length.
func (r *textRenderer) cut(width float32) string {
	runes := []rune(OneLine(r.t.content))
	fits := func(n int) (string, bool) {
		s := strings.TrimSpace(string(runes[:n])) + "…"
		if r.t.Middle {
			tail := min(n/2, 12)
			s = strings.TrimSpace(string(runes[:n-tail])) + "…" + strings.TrimSpace(string(runes[len(runes)-tail:]))
		}
		s = Visual(s)
		return s, r.measure(s).Width <= width
	}
	low, high, best := 0, min(len(runes), int(width/2)+1), "…"
	for low <= high {
		mid := (low + high) / 2
		if s, ok := fits(mid); ok {
			best, low = s, mid+1
		} else {
			high = mid - 1
		}
	}
	return best
}

func (r *textRenderer) Destroy() {}

func (r *textRenderer) Layout(s fyne.Size) {
	r.fit(s.Width)
	r.line.Resize(fyne.NewSize(s.Width, r.whole.Height))
	r.line.Move(fyne.NewPos(0, (s.Height-r.whole.Height)/2))
}

func (r *textRenderer) MinSize() fyne.Size {
	if r.t.Whole {
		return r.whole
	}
	return fyne.NewSize(min(r.whole.Width, r.t.Least), r.whole.Height)
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }

func (r *textRenderer) Refresh() {
	r.style()
	r.Layout(r.t.BaseWidget.Size())
	r.line.Refresh()
}

// OneLine makes text safe to show in one line: line breaks become blanks, and
// characters that control the direction of what follows, by which a name could
// pretend to be another, are left out.
func OneLine(s string) string {
	clean := strings.IndexFunc(s, odd) < 0
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case odd(r):
			return -1
		}
		return r
	}, s)
}

// odd tells control characters and the bidi embeddings, overrides and isolates.
func odd(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff'
}
