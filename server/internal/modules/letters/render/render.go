// Package render turns the Markdown of a letter into what others may safely
// read: HTML for a mail, plain text for a mail's text part and for search, and
// blocks for whoever draws it on paper.
//
// What goes in may come from anyone. What comes out as HTML holds only the
// elements of Elements, links to the web and to mail addresses, and neither
// scripts nor styles nor pictures; raw HTML in the Markdown is dropped. A line
// break stays a line break, as the person who typed it expects.
//
// Markdown here is CommonMark without link reference definitions (one long
// address used a thousand times would blow the result up); nothing of GFM.
package render

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Max is the longest Markdown that is rendered, in bytes.
const Max = 100_000

// maxMarks bounds the marks in one paragraph: the parser looks back over all of
// them for each.
const maxMarks = 2000

// ErrTooLong is returned for Markdown longer than Max.
var ErrTooLong = errors.New("the text is longer than 100,000 bytes")

// ErrTooDeep is returned for lists and quotes within one another that no reader
// could follow.
var ErrTooDeep = errors.New("the text has lists or quotes in 32 levels or more")

// ErrTangled is returned for a paragraph with so many marks that finding their
// pairs would take the server seconds.
var ErrTangled = errors.New("a paragraph of the text has more than 2,000 formatting marks")

// Elements lists every element that HTML can return.
func Elements() []string {
	return []string{
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote",
		"ul", "ol", "li", "strong", "em", "code", "pre", "a",
	}
}

// HTML returns markdown as an HTML fragment that can do nothing but be read. A
// link has an absolute address of the scheme http, https or mailto, and
// rel="noopener"; of any other link and of pictures only the text is left.
func HTML(markdown string) (string, error) {
	source, tree, err := parse(markdown)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := engine().markdown.Renderer().Render(&out, source, tree); err != nil {
		return "", fmt.Errorf("letter as HTML: %w", err)
	}
	return engine().policy.Sanitize(out.String()), nil
}

// Document wraps a fragment that HTML returned into a whole page for a mail.
// The language is a code such as "de"; rightToLeft is true for Arabic and Farsi.
func Document(language string, rightToLeft bool, title, fragment string) string {
	dir, align := "ltr", "left"
	if rightToLeft {
		dir, align = "rtl", "right"
	}
	return `<!DOCTYPE html><html lang="` + html.EscapeString(language) + `" dir="` + dir +
		`"><head><meta charset="utf-8"><title>` + html.EscapeString(title) +
		`</title></head><body dir="` + dir + `" style="font-family:sans-serif;line-height:1.5;text-align:` + align +
		`">` + "\n" + fragment + "</body></html>\n"
}

var engine = sync.OnceValue(newEngine)

type tools struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

func newEngine() tools {
	p := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
	)
	policy := bluemonday.NewPolicy()
	policy.AllowElements(Elements()...)
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener$`)).OnElements("a")
	policy.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	policy.AllowURLSchemes("http", "https", "mailto")
	policy.RequireParseableURLs(true)
	policy.AllowRelativeURLs(false)
	return tools{
		markdown: goldmark.New(goldmark.WithParser(p), goldmark.WithRendererOptions(goldhtml.WithHardWraps())),
		policy:   policy,
	}
}

// nesting matches a line that opens 32 quotes and lists at once; without this
// bound a few kilobytes of ">" keep the parser busy for minutes.
var nesting = regexp.MustCompile(`^[ \t]*(?:(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t])[ \t]*){32}`)

// parse checks the bounds and returns the cleaned source and its tree, in which
// pictures and unsafe links have given way to their text.
func parse(markdown string) ([]byte, ast.Node, error) {
	if len(markdown) > Max {
		return nil, nil, ErrTooLong
	}
	source := []byte(clean(markdown))
	if err := bounded(source); err != nil {
		return nil, nil, err
	}
	tree := engine().markdown.Parser().Parse(text.NewReader(source))
	if err := disarm(tree, source); err != nil {
		return nil, nil, fmt.Errorf("links of a letter: %w", err)
	}
	return source, tree, nil
}

// bounded refuses what the parser would be busy with for too long.
func bounded(source []byte) error {
	marks := 0
	for line := range bytes.Lines(source) {
		if nesting.Match(line) {
			return ErrTooDeep
		}
		if len(bytes.TrimSpace(line)) == 0 {
			marks = 0
		}
		for _, b := range line {
			if strings.IndexByte("*_[]`<!(&\\", b) >= 0 {
				marks++
			}
		}
		if marks > maxMarks {
			return ErrTangled
		}
	}
	return nil
}

// clean makes valid UTF-8 with plain line ends of s, without control characters
// and without those that turn the direction of other people's text (Trojan
// source); the marks and joiners that Arabic and Farsi need stay.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// disarm replaces pictures by their alternative text and links that lead
// anywhere but to the web or a mail address by their text.
func disarm(tree ast.Node, source []byte) error {
	var drop []ast.Node
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			drop = append(drop, n)
		case *ast.Link:
			if !safe(string(n.Destination)) {
				drop = append(drop, n)
				break
			}
			n.Title = nil
			n.SetAttributeString("rel", []byte("noopener"))
		case *ast.AutoLink:
			if !safe(address(n, source)) {
				drop = append(drop, n)
				break
			}
			n.SetAttributeString("rel", []byte("noopener"))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err
	}
	for _, n := range drop {
		unwrap(n, source)
	}
	return nil
}

// unwrap puts the children of n, or the label of an autolink, in its place.
func unwrap(n ast.Node, source []byte) {
	parent := n.Parent()
	if auto, ok := n.(*ast.AutoLink); ok {
		parent.ReplaceChild(parent, n, ast.NewString(util.EscapeHTML(auto.Label(source))))
		return
	}
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		n.RemoveChild(n, child)
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

// address returns where an autolink leads.
func address(n *ast.AutoLink, source []byte) string {
	to := string(n.URL(source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(to), "mailto:") {
		return "mailto:" + to
	}
	return to
}

// safe says whether a link may lead to address.
func safe(address string) bool {
	scheme, rest, ok := strings.Cut(address, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		host, ok := strings.CutPrefix(rest, "//")
		return ok && host != "" && !strings.ContainsRune(`/?#\`, rune(host[0]))
	case "mailto":
		return rest != ""
	}
	return false
}
