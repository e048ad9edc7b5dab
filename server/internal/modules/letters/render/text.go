package render

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Text returns markdown as plain text: paragraphs with an empty line between
// them, list items with "- " or their number, the address of a link in brackets
// behind its text. It holds no Markdown marks and no HTML.
func Text(markdown string) (string, error) {
	source, tree, err := parse(markdown)
	if err != nil {
		return "", err
	}
	w := &writer{source: source, numbers: map[*ast.List]int{}}
	if err := ast.Walk(tree, w.visit); err != nil {
		return "", fmt.Errorf("letter as plain text: %w", err)
	}
	return tidy(w.out.String()), nil
}

// writer collects plain text while it walks a tree.
type writer struct {
	source  []byte
	out     strings.Builder
	numbers map[*ast.List]int // the next item's number
}

func (w *writer) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		w.out.WriteString(after(n))
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Text:
		w.out.WriteString(plain(n, w.source))
	case *ast.String:
		w.out.WriteString(html.UnescapeString(string(n.Value)))
	case *ast.AutoLink:
		w.out.Write(n.Label(w.source))
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.out.Write(n.Lines().Value(w.source))
	case *ast.ListItem:
		w.out.WriteString(strings.Repeat("  ", depth(n)) + w.mark(n))
	case *ast.ThematicBreak:
		w.out.WriteString("----------")
	case *ast.HTMLBlock, *ast.RawHTML:
		return ast.WalkSkipChildren, nil
	}
	return ast.WalkContinue, nil
}

// after returns what follows the content of n.
func after(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Link:
		return " (" + string(n.Destination) + ")"
	case *ast.TextBlock, *ast.List, *ast.FencedCodeBlock, *ast.CodeBlock:
		return "\n"
	case *ast.Paragraph, *ast.Heading, *ast.ThematicBreak:
		return "\n\n"
	}
	return ""
}

// depth says in how many lists the list of n stands.
func depth(n ast.Node) int {
	deep := -1
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindList {
			deep++
		}
	}
	return max(deep, 0)
}

// mark returns what stands before the item n of a list.
func (w *writer) mark(n *ast.ListItem) string {
	list, ok := n.Parent().(*ast.List)
	if !ok || !list.IsOrdered() {
		return "- "
	}
	if _, begun := w.numbers[list]; !begun {
		w.numbers[list] = list.Start
	}
	w.numbers[list]++
	return strconv.Itoa(w.numbers[list]-1) + ". "
}

// tidy removes spaces at line ends and more than one empty line in a row.
func tidy(s string) string {
	var out strings.Builder
	empty := true
	for line := range strings.SplitSeq(clean(s), "\n") {
		line = strings.TrimRight(line, " \t")
		if line == "" {
			if !empty {
				out.WriteByte('\n')
			}
			empty = true
			continue
		}
		out.WriteString(line)
		out.WriteByte('\n')
		empty = false
	}
	return strings.TrimSpace(out.String())
}
