package kit

import (
	"net/url"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"schulhof/ui/theme"
)

// maxMarkdown bounds what is shown of a text, in bytes.
const maxMarkdown = 200_000

// Markdown shows a text with headings, lists, bold and italic words, and links to
// the web. Pictures and HTML in it are left out: nothing is ever fetched or run.
type Markdown struct {
	widget.BaseWidget
	source string
	lines  bool
	box    *fyne.Container
}

// NewLetter returns a text whose line breaks are kept, as people write letters.
func NewLetter(source string) *Markdown {
	m := &Markdown{box: Column(10), lines: true}
	m.ExtendBaseWidget(m)
	m.Set(source)
	return m
}

// NewMarkdown returns the text.
func NewMarkdown(source string) *Markdown {
	m := &Markdown{box: Column(10)}
	m.ExtendBaseWidget(m)
	m.Set(source)
	return m
}

// Set shows another text.
func (m *Markdown) Set(source string) {
	if source == m.source && len(m.box.Objects) > 0 {
		return
	}
	m.source = source
	if len(source) > maxMarkdown {
		source = strings.ToValidUTF8(source[:maxMarkdown], "") + " …"
	}
	b := markdownBuilder{source: []byte(source), keep: m.lines}
	doc := goldmark.DefaultParser().Parse(text.NewReader(b.source))
	b.rtl = RightToLeft(source)
	m.box.Objects = nil
	b.blocks(doc, 0, func(o fyne.CanvasObject) { m.box.Add(o) })
	m.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (m *Markdown) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(m.box) }

// deepest is how many lists and quotations may stand in each other.
const deepest = 6

type markdownBuilder struct {
	source []byte
	keep   bool // line breaks
	rtl    bool // the text begins at the right, and so does all of it, a name in Latin letters too
}

// blocks gives the blocks below a node to add, from the top.
func (b *markdownBuilder) blocks(parent ast.Node, depth int, add func(fyne.CanvasObject)) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			size := ftheme.SizeNameSubHeadingText
			if n.Level > 2 {
				size = ftheme.SizeNameText
			}
			add(b.words(n, size, true))
		case *ast.List:
			if depth < deepest {
				add(b.list(n, depth))
			}
		case *ast.Blockquote:
			if depth < deepest {
				inner := Column(theme.Unit)
				b.blocks(n, depth+1, func(o fyne.CanvasObject) { inner.Add(o) })
				add(Inset(0, 0, theme.Around, 0, inner))
			}
		case *ast.ThematicBreak:
			add(NewLine())
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			p := NewParagraph(b.lines(n))
			p.Style.Monospace = true
			add(p)
		case *ast.HTMLBlock:
		default:
			add(b.words(n, ftheme.SizeNameText, false))
		}
	}
}

func (b *markdownBuilder) lines(n ast.Node) string {
	var s strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		s.Write(line.Value(b.source))
	}
	return s.String()
}

func (b *markdownBuilder) list(l *ast.List, depth int) fyne.CanvasObject {
	column := Column(theme.Unit)
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "•"
		if l.IsOrdered() {
			mark = strconv.Itoa(number) + "."
			number++
		}
		inner := Column(theme.Unit)
		b.blocks(item, depth+1, func(o fyne.CanvasObject) { inner.Add(o) })
		var words strings.Builder
		for n := item.FirstChild(); n != nil; n = n.NextSibling() {
			words.WriteString(b.said(n))
		}
		column.Add(listItem(NewWhole(mark), inner, b.rtl || RightToLeft(words.String())))
	}
	return column
}

// listItem puts a mark before a block, at the height of its first line; at the
// right where the block is read from there.
func listItem(mark, block fyne.CanvasObject, rtl bool) fyne.CanvasObject {
	return &fyne.Container{Layout: itemLayout{rtl}, Objects: []fyne.CanvasObject{mark, block}}
}

type itemLayout struct{ rtl bool }

func (itemLayout) left(o []fyne.CanvasObject) float32 {
	return max(o[0].MinSize().Width, 12) + theme.Gap
}

func (l itemLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(l.left(o)+m.Width, max(m.Height, o[0].MinSize().Height))
}

func (l itemLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	left := l.left(o)
	mark := o[0].MinSize()
	o[0].Resize(mark)
	o[1].Resize(fyne.NewSize(s.Width-left, s.Height))
	if l.rtl {
		o[0].Move(fyne.NewPos(s.Width-mark.Width, 0))
		o[1].Move(fyne.NewPos(0, 0))
		return
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Move(fyne.NewPos(left, 0))
}

// words shows the text of one block: from right to left, or in letters that the
// toolkit's own font has not, as a plain paragraph.
func (b *markdownBuilder) words(n ast.Node, size fyne.ThemeSizeName, bold bool) fyne.CanvasObject {
	var segments []widget.RichTextSegment
	var whole strings.Builder
	b.inline(n, fyne.TextStyle{Bold: bold}, func(s widget.RichTextSegment, said string) {
		if t, ok := s.(*widget.TextSegment); ok {
			t.Style.SizeName, t.Style.ColorName, t.Style.Inline = size, ftheme.ColorNameForeground, true
		}
		whole.WriteString(said)
		segments = append(segments, s)
	})
	if said := whole.String(); b.rtl || !plain(said) || mixed(said) {
		p := NewParagraph(said)
		p.TextSize, p.Style.Bold = size, bold
		if b.rtl {
			p.Align = fyne.TextAlignTrailing
		}
		return p
	}
	rich := widget.NewRichText(segments...)
	rich.Wrapping = fyne.TextWrapWord
	pad := fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameInnerPadding)
	return Inset(-pad, -pad, -pad, -pad, rich)
}

func (b *markdownBuilder) inline(parent ast.Node, style fyne.TextStyle, add func(s widget.RichTextSegment, said string)) {
	plainly := func(s string) {
		if s = OneLine(s); s != "" {
			add(&widget.TextSegment{Text: s, Style: widget.RichTextStyle{TextStyle: style}}, s)
		}
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			plainly(string(n.Value(b.source)))
			switch {
			case n.HardLineBreak() || n.SoftLineBreak() && b.keep:
				add(&widget.TextSegment{Text: "\n", Style: widget.RichTextStyle{TextStyle: style}}, "\n")
			case n.SoftLineBreak():
				plainly(" ")
			}
		case *ast.String:
			plainly(string(n.Value))
		case *ast.Emphasis:
			inner := style
			if n.Level > 1 {
				inner.Bold = true
			} else {
				inner.Italic = true
			}
			b.inline(n, inner, add)
		case *ast.Link:
			b.link(string(n.Destination), b.said(n), plainly, add)
		case *ast.AutoLink:
			b.link(string(n.URL(b.source)), string(n.Label(b.source)), plainly, add)
		case *ast.RawHTML, *ast.Image:
		default:
			b.inline(n, style, add)
		}
	}
}

// said is the text of a node without its looks.
func (b *markdownBuilder) said(n ast.Node) string {
	var s strings.Builder
	b.inline(n, fyne.TextStyle{}, func(_ widget.RichTextSegment, said string) { s.WriteString(said) })
	return s.String()
}

// link shows where a link leads, whatever it calls itself; only the web and mail
// addresses are opened.
func (*markdownBuilder) link(to, said string, plainly func(string), add func(widget.RichTextSegment, string)) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" {
		plainly(said)
		return
	}
	add(&widget.HyperlinkSegment{Text: OneLine(said), URL: u}, said)
	if where := strings.TrimPrefix(to, "mailto:"); where != said {
		plainly(" (" + OneLine(where) + ")")
	}
}
