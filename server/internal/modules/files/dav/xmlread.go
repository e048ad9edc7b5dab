package dav

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of XML bodies.
const (
	MaxXML      = 1 << 20 // bytes
	maxXMLDepth = 32
	maxXMLNodes = 10000
)

// Name is an expanded XML name.
type Name struct{ Space, Local string }

// An Element of an XML body.
type Element struct {
	Name    Name
	Lang    string // xml:lang in force
	Attrs   []Attr // without namespace declarations
	Content []Node
}

// Attr is an attribute of an Element.
type Attr struct {
	Name  Name
	Value string
}

// A Node is either an Element or text.
type Node struct {
	Element *Element
	Text    string
}

var (
	errXML = &RefusalError{
		Status: 400, Reason: "xml",
		German:  "Der Inhalt der Anfrage ist kein gültiges XML.",
		English: "The request's body is not valid XML.",
	}
	errXMLSize = &RefusalError{
		Status: 413, Reason: "xml-too-large",
		German:  "Der Inhalt der Anfrage ist zu groß.",
		English: "The request's body is too large.",
	}
)

// xmlReader walks the tokens and keeps the namespaces by itself, because the
// decoder lets undeclared prefixes and xmlns:p="" pass.
type xmlReader struct {
	decoder *xml.Decoder
	scopes  []map[string]string
	nodes   int
}

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// ParseXML reads one document. It gives nil without an error for an empty body.
// A document type, an entity of its own, an undeclared prefix, more than MaxXML
// bytes or too deep a nesting is refused.
func ParseXML(r io.Reader) (*Element, error) {
	limited := &io.LimitedReader{R: r, N: MaxXML + 1}
	p := &xmlReader{decoder: xml.NewDecoder(limited)}
	root, err := p.document()
	if limited.N <= 0 {
		return nil, errXMLSize
	}
	return root, err
}

func (p *xmlReader) document() (*Element, error) {
	var root *Element
	for {
		t, err := p.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return nil, readError(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if root != nil {
				return nil, errXML
			}
			if root, err = p.element(t, "", 1); err != nil {
				return nil, err
			}
		case xml.EndElement, xml.Directive:
			return nil, errXML
		case xml.CharData:
			if strings.TrimSpace(strings.TrimPrefix(string(t), "\ufeff")) != "" {
				return nil, errXML
			}
		}
	}
}

// readError keeps errors of the connection, and hides those of the syntax.
func readError(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) || strings.HasPrefix(err.Error(), "xml:") {
		return errXML
	}
	return err
}

func (p *xmlReader) element(start xml.StartElement, lang string, depth int) (*Element, error) {
	if p.nodes++; depth > maxXMLDepth || p.nodes > maxXMLNodes {
		return nil, errXMLSize
	}
	e := &Element{Lang: lang}
	if err := p.open(e, start); err != nil {
		return nil, err
	}
	for {
		t, err := p.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return nil, errXML
		}
		if err != nil {
			return nil, readError(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			child, err := p.element(t, e.Lang, depth+1)
			if err != nil {
				return nil, err
			}
			e.Content = append(e.Content, Node{Element: child})
		case xml.EndElement:
			if t.Name != start.Name {
				return nil, errXML
			}
			p.scopes = p.scopes[:len(p.scopes)-1]
			return e, nil
		case xml.CharData:
			e.Content = append(e.Content, Node{Text: string(t)})
		case xml.Directive:
			return nil, errXML
		}
	}
}

// open declares the namespaces of a start tag and resolves its names.
func (p *xmlReader) open(e *Element, start xml.StartElement) error {
	scope := map[string]string{}
	for _, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns":
			if a.Value == "" || a.Name.Local == "xmlns" {
				return errXML
			}
			scope[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			scope[""] = a.Value
		}
	}
	p.scopes = append(p.scopes, scope)
	var ok bool
	if e.Name, ok = p.resolve(start.Name, true); !ok {
		return errXML
	}
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		name, ok := p.resolve(a.Name, false)
		if !ok {
			return errXML
		}
		if name == (Name{xmlSpace, "lang"}) {
			e.Lang = a.Value
			continue
		}
		e.Attrs = append(e.Attrs, Attr{name, a.Value})
	}
	return nil
}

func (p *xmlReader) resolve(n xml.Name, element bool) (Name, bool) {
	switch {
	case strings.Contains(n.Local, ":"), n.Local == "":
		return Name{}, false
	case n.Space == "xml":
		return Name{xmlSpace, n.Local}, true
	case n.Space == "" && !element:
		return Name{"", n.Local}, true
	}
	for _, scope := range slices.Backward(p.scopes) {
		if space, ok := scope[n.Space]; ok {
			return Name{space, n.Local}, true
		}
	}
	return Name{"", n.Local}, n.Space == ""
}

// Elements returns the child elements.
func (e *Element) Elements() []*Element {
	var all []*Element
	for _, n := range e.Content {
		if n.Element != nil {
			all = append(all, n.Element)
		}
	}
	return all
}

// Child returns the first child in the DAV: namespace with the local name, or nil.
func (e *Element) Child(local string) *Element {
	for _, n := range e.Content {
		if n.Element != nil && n.Element.Name == (Name{"DAV:", local}) {
			return n.Element
		}
	}
	return nil
}

// Text returns the text of the element and all that is below it.
func (e *Element) Text() string {
	var b strings.Builder
	e.text(&b)
	return b.String()
}

func (e *Element) text(b *strings.Builder) {
	for _, n := range e.Content {
		if n.Element != nil {
			n.Element.text(b)
		} else {
			b.WriteString(n.Text)
		}
	}
}

// Inner returns the content as XML that stands by itself: every name brings its
// namespace along, so it may be put into any other document.
func (e *Element) Inner() string {
	var b []byte
	for _, n := range e.Content {
		if n.Element != nil {
			b = n.Element.outer(b)
		} else {
			b = AppendText(b, n.Text)
		}
	}
	return string(b)
}

func (e *Element) outer(b []byte) []byte {
	b = append(b, '<')
	b = append(b, e.Name.Local...)
	b = append(b, ` xmlns="`...)
	b = AppendText(b, e.Name.Space)
	b = append(b, '"')
	for i, a := range e.Attrs {
		b = append(b, ' ')
		prefix := ""
		switch a.Name.Space {
		case "":
		case xmlSpace:
			prefix = "xml:"
		default:
			prefix = "n" + strconv.Itoa(i) + ":"
			b = append(b, "xmlns:n"+strconv.Itoa(i)+`="`...)
			b = AppendText(b, a.Name.Space)
			b = append(b, `" `...)
		}
		b = append(b, prefix...)
		b = append(b, a.Name.Local...)
		b = append(b, `="`...)
		b = AppendText(b, a.Value)
		b = append(b, '"')
	}
	if len(e.Content) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	b = append(b, e.Inner()...)
	b = append(b, "</"...)
	b = append(b, e.Name.Local...)
	return append(b, '>')
}
