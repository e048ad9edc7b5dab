package render

import (
	"bytes"
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// Block is a part of a letter that begins on a line of its own, for whoever draws it.
type Block struct {
	Heading int    // 1 to 6, 0 = no heading
	Indent  int    // in how many lists and quotes it stands
	Mark    string // before the first block of a list's item: a bullet or its number
	Rule    bool   // a line across, without a text
	Runs    []Run
}

// Run is a piece of text that looks the same throughout. A line break in it is one.
type Run struct {
	Text   string
	Bold   bool
	Italic bool
	Link   string // where it leads: http, https or mailto; "" = nowhere
}

// Bullet stands before the items of a list without numbers.
const Bullet = "•"

// Blocks returns markdown as blocks, with the bounds and the safety of HTML.
func Blocks(markdown string) ([]Block, error) {
	source, tree, err := parse(markdown)
	if err != nil {
		return nil, err
	}
	d := &drawer{source: source}
	d.inside(tree, 0)
	return d.blocks, nil
}

// drawer collects blocks.
type drawer struct {
	source []byte
	blocks []Block
	mark   string // of an item that has begun, until a block has taken it
}

// inside adds the blocks in n. Parse has bounded how deep they lie.
func (d *drawer) inside(n ast.Node, indent int) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Heading:
			d.add(Block{Heading: child.Level, Indent: indent, Runs: d.runs(child, Run{}, nil)})
		case *ast.Paragraph, *ast.TextBlock:
			d.add(Block{Indent: indent, Runs: d.runs(child, Run{}, nil)})
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			text := strings.TrimRight(clean(string(child.Lines().Value(d.source))), "\n")
			d.add(Block{Indent: indent, Runs: []Run{{Text: text}}})
		case *ast.ThematicBreak:
			d.add(Block{Indent: indent, Rule: true})
		case *ast.List:
			number := child.Start
			for item := child.FirstChild(); item != nil; item = item.NextSibling() {
				d.mark = Bullet
				if child.IsOrdered() {
					d.mark = strconv.Itoa(number) + "."
					number++
				}
				d.inside(item, indent+1)
			}
			d.mark = ""
		case *ast.Blockquote:
			d.inside(child, indent+1)
		}
	}
}

func (d *drawer) add(b Block) {
	if len(b.Runs) == 0 && !b.Rule {
		return
	}
	b.Mark, d.mark = d.mark, ""
	d.blocks = append(d.blocks, b)
}

// runs adds the text in n, which looks like style, to all.
func (d *drawer) runs(n ast.Node, style Run, all []Run) []Run {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		run := style
		switch child := child.(type) {
		case *ast.Text:
			run.Text = plain(child, d.source)
			all = joined(all, run)
		case *ast.String:
			run.Text = html.UnescapeString(string(child.Value))
			all = joined(all, run)
		case *ast.Emphasis:
			run.Italic, run.Bold = style.Italic || child.Level == 1, style.Bold || child.Level > 1
			all = d.runs(child, run, all)
		case *ast.Link:
			run.Link = string(child.Destination)
			all = d.runs(child, run, all)
		case *ast.AutoLink:
			run.Text, run.Link = string(child.Label(d.source)), address(child, d.source)
			all = joined(all, run)
		case *ast.CodeSpan:
			all = d.runs(child, run, all)
		}
	}
	return all
}

// joined adds a run to others, to the last one where it looks the same.
func joined(all []Run, run Run) []Run {
	run.Text = clean(run.Text)
	if run.Text == "" {
		return all
	}
	if len(all) > 0 {
		last := &all[len(all)-1]
		same := *last
		same.Text = run.Text
		if same == run {
			last.Text += run.Text
			return all
		}
	}
	return append(all, run)
}

// plain gives one run of text with its escapes and entities resolved, and the line
// break behind it.
func plain(n *ast.Text, source []byte) string {
	run := n.Segment.Value(source)
	if _, code := n.Parent().(*ast.CodeSpan); !code && !n.IsRaw() {
		run = util.ResolveNumericReferences(util.ResolveEntityNames(util.UnescapePunctuations(run)))
	}
	text := string(bytes.ReplaceAll(run, []byte{0}, nil))
	if n.SoftLineBreak() || n.HardLineBreak() {
		text += "\n"
	}
	return text
}
