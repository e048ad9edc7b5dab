package translate

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// part is a piece of a line: words, or a mark that stays as it is.
type part struct {
	text  string
	fixed bool
	bound bool // fixed, and must stay in order with the other bound ones
}

// line is one line of Markdown, cut up.
type line struct {
	lead  string // indentation, list marks, quotes, hashes: as they are
	parts []part
	html  bool // several runs of words with marks between: sent as one unit
}

// ask translates units; html says whether they are HTML.
type ask func(ctx context.Context, units []string, html bool) ([]string, error)

// Patterns of what is never translated. The order of marks matters: the first
// that fits wins.
var (
	lead  = regexp.MustCompile(`^[ \t]*(?:(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t]|#{1,6}[ \t])[ \t]*)*`)
	rule  = regexp.MustCompile(`^[-=*_ \t]*$`)
	fence = regexp.MustCompile("^(`{3,}|~{3,})")
	marks = regexp.MustCompile(strings.Join([]string{
		`\{\{[^{}]*\}\}`,       // placeholder
		"`+[^`]*`+",            // code
		`\]\(<[^<>]*>[^()]*\)`, // end of a link with its address in brackets
		`\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)`, // end of a link
		`!?\[`, `\]`,
		`<[a-zA-Z/!?][^<>]*>`, // address in brackets, HTML
		`https?://[^\s<>()\[\]*]+`,
		`[\pL0-9._%+-]+@[\pL0-9-]+(?:\.[\pL0-9-]+)+`,
		`\\[[:punct:]]`, `\\$`, `&#?[a-zA-Z0-9]{1,32};`,
		`\*+`, `_+`, `~~`,
	}, "|"))
	free = regexp.MustCompile("^(?:\\{\\{|`|<[^/!?]*[:@]|https?:|[^\\\\&*_~\\[\\]!<]+@)") // may move within its line
)

// cut cuts Markdown into lines.
func cut(text string) []line {
	var lines []line
	open := "" // the fence of the code block that is open
	for s := range strings.SplitSeq(text, "\n") {
		start := lead.FindString(s)
		rest := s[len(start):]
		mark := fence.FindString(rest)
		switch {
		case open != "":
			if strings.HasPrefix(mark, open) && strings.Trim(rest, mark[:1]+" \t") == "" {
				open = ""
			}
			lines = append(lines, line{lead: s})
		case mark != "":
			open = mark
			lines = append(lines, line{lead: s})
		case rule.MatchString(s) || rule.MatchString(rest):
			lines = append(lines, line{lead: s})
		default:
			lines = append(lines, line{lead: start, parts: cutLine(rest)})
		}
	}
	for i := range lines {
		runs := 0
		for _, p := range lines[i].parts {
			if !p.fixed {
				runs++
			}
		}
		lines[i].html = runs > 1
	}
	return lines
}

// cutLine cuts a line into words and marks. Space around words, and words without
// a letter, are marks.
func cutLine(s string) []part {
	var parts []part
	words := func(run string) {
		if !strings.ContainsFunc(run, unicode.IsLetter) {
			if run != "" {
				parts = append(parts, part{text: run, fixed: true, bound: true})
			}
			return
		}
		core := strings.TrimSpace(run)
		at := strings.Index(run, core)
		for _, p := range []part{{text: run[:at], fixed: true, bound: true}, {text: core}, {text: run[at+len(core):], fixed: true, bound: true}} {
			if p.text != "" {
				parts = append(parts, p)
			}
		}
	}
	last := 0
	for _, at := range marks.FindAllStringIndex(s, -1) {
		words(s[last:at[0]])
		mark := s[at[0]:at[1]]
		parts = append(parts, part{text: mark, fixed: true, bound: !free.MatchString(mark)})
		last = at[1]
	}
	words(s[last:])
	return parts
}

// markdown translates the words of text. Lines with marks among their words are
// sent whole, as HTML with an empty element for each mark, because a sentence in
// pieces translates badly; where the machine loses or tears the marks, the
// line is done again in pieces.
func markdown(ctx context.Context, text string, ask ask) (string, error) {
	lines := cut(text)
	var rich, plain []string
	for _, l := range lines {
		if l.html {
			rich = append(rich, l.toHTML())
		}
	}
	rich, err := askFor(ctx, ask, rich, true)
	if err != nil {
		return "", err
	}
	whole := make([]string, 0, len(rich))
	for i := range lines {
		if lines[i].html {
			var done string
			done, lines[i].html = lines[i].fromHTML(rich[0])
			rich = rich[1:]
			if lines[i].html {
				whole = append(whole, done)
			}
		}
		if !lines[i].html {
			plain = append(plain, lines[i].words()...)
		}
	}
	if plain, err = askFor(ctx, ask, plain, false); err != nil {
		return "", err
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		var done string
		if l.html {
			done, whole = whole[0], whole[1:]
		} else {
			n := len(l.words())
			done, plain = l.fill(plain[:n]), plain[n:]
		}
		if len(l.parts) > 0 {
			done = atStart(done)
		}
		out = append(out, l.lead+done)
	}
	return strings.Join(out, "\n"), nil
}

// askFor asks for the units, if there are any, and holds the machine to its number.
// Where it has nothing to say the original stays.
func askFor(ctx context.Context, ask ask, units []string, html bool) ([]string, error) {
	if len(units) == 0 {
		return nil, nil
	}
	done, err := ask(ctx, units, html)
	if err != nil {
		return nil, err
	}
	if len(done) != len(units) {
		return nil, fmt.Errorf("%w: %d results for %d texts", ErrDown, len(done), len(units))
	}
	for i := range done {
		if strings.TrimSpace(done[i]) == "" {
			done[i] = units[i]
		}
	}
	return done, nil
}

// words returns the runs of words of l.
func (l line) words() []string {
	var words []string
	for _, p := range l.parts {
		if !p.fixed {
			words = append(words, p.text)
		}
	}
	return words
}

// fill puts translated runs in the place of words.
func (l line) fill(words []string) string {
	var out strings.Builder
	for _, p := range l.parts {
		if p.fixed {
			out.WriteString(p.text)
			continue
		}
		out.WriteString(literal(words[0]))
		words = words[1:]
	}
	return out.String()
}

// toHTML writes l with an element <i id="tN"></i> for each mark; space stays space.
func (l line) toHTML() string {
	var out strings.Builder
	for i, p := range l.parts {
		switch {
		case !p.fixed:
			out.WriteString(html.EscapeString(p.text))
		case strings.TrimSpace(p.text) == "":
			out.WriteByte(' ')
		default:
			out.WriteString(`<i id="t` + strconv.Itoa(i) + `"></i>`)
		}
	}
	return out.String()
}

var element = regexp.MustCompile(`<i id="t([0-9]{1,6})"\s*(?:></i>|/>)`)

// fromHTML puts the marks back. It is false if they are not all there once, the
// bound ones in order, or if there is other HTML.
func (l line) fromHTML(s string) (string, bool) {
	want := map[int]bool{}
	for i, p := range l.parts {
		if p.fixed && strings.TrimSpace(p.text) != "" {
			want[i] = true
		}
	}
	var out strings.Builder
	last, bound := 0, -1
	for _, at := range element.FindAllStringSubmatchIndex(s, -1) {
		i, err := strconv.Atoi(s[at[2]:at[3]])
		if err != nil || !want[i] || l.parts[i].bound && i < bound {
			return "", false
		}
		delete(want, i)
		if l.parts[i].bound {
			bound = i
		}
		if strings.ContainsAny(s[last:at[0]], "<>") {
			return "", false
		}
		out.WriteString(literal(html.UnescapeString(s[last:at[0]])))
		out.WriteString(l.parts[i].text)
		last = at[1]
	}
	if len(want) > 0 || strings.ContainsAny(s[last:], "<>") {
		return "", false
	}
	out.WriteString(literal(html.UnescapeString(s[last:])))
	return out.String(), l.tight(out.String())
}

// tight says whether emphasis still touches its words: "** word **" is none.
func (l line) tight(s string) bool {
	return emphases(l.fill(l.words())) == emphases(s)
}

var emphasis = regexp.MustCompile(`\*\*?[^\s*][^*]*[^\s*]\*\*?|\*\*?[^\s*]\*\*?|_[^\s_][^_]*_`)

func emphases(s string) int { return len(emphasis.FindAllString(s, -1)) }

// literal returns a machine's words on one line, with a backslash before what
// would be a mark. Space at the ends stays: it parts words from marks.
func literal(s string) string {
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case strings.ContainsRune("\t\n\v\f\r\u0085\u2028\u2029", r):
			r = ' '
		case unicode.IsControl(r) || r >= 0x202a && r <= 0x202e:
			continue
		case strings.ContainsRune("\\`*_[]<~", r):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

var starts = regexp.MustCompile(`^\s*([0-9]{1,9})?([-+>#=.)])`)

// atStart keeps a line's first words from becoming a list mark, quote or heading.
func atStart(s string) string {
	at := starts.FindStringSubmatchIndex(s)
	if at == nil {
		return s
	}
	number := at[2] >= 0
	if mark := s[at[4]]; number != (mark == '.' || mark == ')') {
		return s // "1+1" or ".5": no mark of a line
	}
	return s[:at[4]] + `\` + s[at[4]:]
}

// inBatches sends at most 50 units and 50 kB at a time, which both engines take.
func inBatches(ctx context.Context, units []string, send func(context.Context, []string) ([]string, error)) ([]string, error) {
	const most, bytes = 50, 50_000
	done := make([]string, 0, len(units))
	for len(units) > 0 {
		n, size := 0, 0
		for n < len(units) && n < most && (n == 0 || size+len(units[n]) <= bytes) {
			size += len(units[n])
			n++
		}
		batch, err := send(ctx, units[:n])
		if err != nil {
			return nil, err
		}
		done = append(done, batch...)
		units = units[n:]
	}
	return done, nil
}
