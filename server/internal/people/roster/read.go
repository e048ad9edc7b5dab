package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Options say how a list is read. The zero value reads a list of students.
type Options struct {
	Kind    Kind
	Mapping map[string]Field // header as the file spells it → field; FieldIgnore leaves a column
	Today   time.Time        // dates of birth after it are refused; zero = not asked
	// Progress is told now and then how many lines have been read, of how many there
	// are; nil = nobody asks.
	Progress func(done, of int)
}

// Row is one line of a list that could be read. Empty fields were empty or had
// no column.
type Row struct {
	Line     int      `json:"line"`
	ImportID string   `json:"importId,omitempty"`
	Given    string   `json:"given"`
	Family   string   `json:"family"`
	Class    string   `json:"class,omitempty"` // "7b"
	Year     string   `json:"year,omitempty"`  // "7"
	Born     string   `json:"born,omitempty"`  // 2012-01-31
	Groups   []string `json:"groups,omitempty"`
	Leads    []string `json:"leads,omitempty"` // classes that a teacher leads: "7b"
	Login    string   `json:"login,omitempty"`
	Password string   `json:"-"` // a start password of the school's choice; never shown
	Mail     string   `json:"email,omitempty"`
	Short    string   `json:"short,omitempty"`
	ChildID  string   `json:"childId,omitempty"`
	Phone    string   `json:"phone,omitempty"`
	Address  string   `json:"address,omitempty"`
	Language string   `json:"language,omitempty"` // a tag such as "tr"
}

// Name is the given name and the family name.
func (r Row) Name() string { return r.Given + " " + r.Family }

// List is a school's list as it was read.
type List struct {
	Kind      Kind             `json:"kind"`
	Encoding  string           `json:"encoding"`
	Separator string           `json:"separator"`
	Header    []string         `json:"-"`       // all of it, in the order of the file
	Columns   map[Field]string `json:"columns"` // which header gave which field
	Unused    []string         `json:"unused,omitempty"`
	Unknown   []string         `json:"unknown,omitempty"`
	Rows      []Row            `json:"rows"`
	Problems  []Problem        `json:"problems,omitempty"` // by line
	// Refused are the lines with a problem, as far as they could be read: whom
	// they name must not be taken for a leaver. Unread lines could not even be
	// taken apart.
	Refused []Row `json:"-"`
	Unread  int   `json:"unread,omitempty"`
}

// Has reports whether the list has a column for the field.
func (l *List) Has(field Field) bool { return l.Columns[field] != "" }

// Read reads a school's CSV list. A list that cannot be read as a whole gives
// a *RefusedError; a bad line stands in List.Problems and stops nothing.
func Read(r io.Reader, opts Options) (List, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return List{}, err
	}
	text, enc, refused := decode(data)
	if refused != nil {
		return List{}, &RefusedError{Problem: *refused}
	}
	p := &parser{opts: opts, list: List{Kind: opts.Kind, Encoding: enc}}
	if p.list.Kind == "" {
		p.list.Kind, p.opts.Kind = Students, Students
	}
	if refused := p.run(text); refused != nil {
		return List{}, &RefusedError{Problem: *refused, Header: p.list.Header, Columns: p.list.Columns}
	}
	return p.list, nil
}

type parser struct {
	opts  Options
	list  List
	cols  columns
	lines []int // where each line of the text begins
	text  []byte
	comma rune
	rows  int
}

func (p *parser) run(text []byte) *Problem {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	p.text, p.lines = text, []int{0}
	for i, b := range text {
		if b == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	first := p.full(0)
	// Excel writes and reads the separator in front of the header.
	if sep, ok := strings.CutPrefix(strings.ToLower(string(p.line(first))), "sep="); ok && len(strings.TrimSpace(sep)) <= 1 {
		first = p.full(first + 1)
	}
	if first >= len(p.lines) {
		return &Problem{Code: CodeNoRows}
	}
	p.comma = separator(p.line(first), p.opts.Kind)
	p.list.Separator = string(p.comma)
	next, refused := p.header(first)
	if refused != nil {
		return refused
	}
	if refused := p.body(next); refused != nil {
		return refused
	}
	if p.rows == 0 {
		return &Problem{Code: CodeNoRows}
	}
	p.twice()
	slices.SortStableFunc(p.list.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return nil
}

// line is line n of the text, counted from 0, without its end.
func (p *parser) line(n int) []byte {
	if n >= len(p.lines) {
		return []byte{'?'} // beyond the end, never blank
	}
	end := len(p.text)
	if n+1 < len(p.lines) {
		end = p.lines[n+1] - 1
	}
	return p.text[p.lines[n]:end]
}

// full is the first line from n on that is not blank.
func (p *parser) full(n int) int {
	for len(bytes.TrimSpace(p.line(n))) == 0 {
		n++
	}
	return n
}

// separator is the one that makes most known columns of the header line.
func separator(header []byte, kind Kind) rune {
	known := spellingsOf(kind)
	best, most := ';', -1
	for _, comma := range []rune{';', ',', '\t', '|'} {
		count := 0
		for cell := range strings.SplitSeq(string(header[:min(len(header), 64<<10)]), string(comma)) {
			key := squeeze(cell)
			count++
			if slices.ContainsFunc(known, func(s spelling) bool { return s.header == key }) {
				count += 1000
			}
		}
		if count > most {
			best, most = comma, count
		}
	}
	return best
}

func (p *parser) reader(line int, lazy bool) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(p.text[p.lines[line]:]))
	if lazy {
		r = csv.NewReader(bytes.NewReader(p.line(line)))
	}
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = p.comma, -1, true, lazy
	return r
}

func (p *parser) header(line int) (next int, refused *Problem) {
	r := p.reader(line, false)
	cells, err := r.Read()
	if err != nil {
		if cells, err = p.reader(line, true).Read(); err != nil {
			return 0, &Problem{Line: line + 1, Code: CodeQuote}
		}
		next = line + 1
	} else {
		read := p.text[p.lines[line] : p.lines[line]+int(r.InputOffset())]
		next = line + max(1, bytes.Count(read, []byte("\n")))
	}
	header := make([]string, 0, len(cells))
	for _, cell := range cells[:min(len(cells), MaxColumns)] {
		header = append(header, tidy(strings.Map(func(r rune) rune {
			if hidden(r) && !unicode.IsSpace(r) {
				return -1
			}
			return r
		}, cell)))
	}
	p.cols, refused = readHeader(header, p.list.Kind, p.opts.Mapping)
	p.list.Header, p.list.Columns = header, map[Field]string{}
	for field, i := range p.cols.at {
		p.list.Columns[field] = header[i]
	}
	if refused != nil {
		refused.Line = line + 1
		return 0, refused
	}
	p.list.Unused, p.list.Unknown = p.cols.unused, p.cols.unknown
	return next, nil
}

// restarts bounds how often the reader begins again behind a quotation mark
// without a partner: each time costs reading up to the end.
const restarts = 50

// body reads the lines from the given one on. A quotation mark that has no
// partner would swallow the lines behind it; so the line is named and reading
// begins again on the next.
func (p *parser) body(start int) *Problem {
	for tries := 0; start < len(p.lines); {
		stop, refused := p.rowsOf(start)
		if refused != nil {
			return refused
		}
		if stop.line < 0 {
			return nil
		}
		if stop.swallowed {
			tries++
		}
		if refused := p.mend(stop.line); refused != nil {
			return refused
		}
		start = stop.line + 1
		if tries == restarts && start < len(p.lines) {
			p.list.Problems = append(p.list.Problems, Problem{Line: start + 1, Code: CodeQuote})
			p.list.Unread += len(p.lines) - start
			return nil
		}
	}
	return nil
}

// mend reads a line with stray quotation marks as it stands where they come in
// pairs (Max "Maxi" Muster), and names it otherwise.
func (p *parser) mend(line int) *Problem {
	record, err := p.reader(line, true).Read()
	if err == nil && bytes.Count(p.line(line), []byte{'"'})%2 == 0 {
		return p.row(record, line+1)
	}
	p.list.Problems = append(p.list.Problems, Problem{Line: line + 1, Code: CodeQuote})
	p.list.Unread++
	p.rows++
	return nil
}

// stop is where reading rows ended: at a line whose quotation marks are wrong,
// counted from 0, or at the end (-1).
type stop struct {
	line      int
	swallowed bool // the mark took lines behind it along
}

func (p *parser) rowsOf(start int) (stop, *Problem) {
	r := p.reader(start, false)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return stop{line: -1}, nil
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return stop{line: start + wrong.StartLine - 1, swallowed: wrong.Line > wrong.StartLine}, nil
		}
		if err != nil {
			return stop{}, &Problem{Code: CodeEncoding}
		}
		line, _ := r.FieldPos(0)
		if refused := p.row(record, start+line); refused != nil {
			return stop{}, refused
		}
	}
}

// tellEvery is how many rows are read between two words about the progress.
const tellEvery = 50

// row checks one row and keeps it; line is counted from 1.
func (p *parser) row(cells []string, line int) *Problem {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return nil
	}
	p.rows++
	if p.opts.Progress != nil && p.rows%tellEvery == 0 {
		p.opts.Progress(line, len(p.lines))
	}
	if p.rows > MaxRows {
		return &Problem{Code: CodeTooManyRows, Args: map[string]string{"max": strconv.Itoa(MaxRows)}}
	}
	before := len(p.list.Problems)
	row := p.fields(cells, line)
	for i := len(p.cols.header); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			p.list.Problems = append(p.list.Problems, Problem{Line: line, Code: CodeTooManyCells, Args: map[string]string{
				"found": strconv.Itoa(len(cells)), "max": strconv.Itoa(len(p.cols.header)),
			}})
			break
		}
	}
	if len(p.list.Problems) > before {
		p.list.Refused = append(p.list.Refused, row)
	} else {
		p.list.Rows = append(p.list.Rows, row)
	}
	return nil
}

// twice takes out rows that share an import ID, which only guardians may, who
// have a row for each child.
func (p *parser) twice() {
	if p.list.Kind == Guardians {
		return
	}
	lines := map[string][]int{}
	for _, rows := range [][]Row{p.list.Rows, p.list.Refused} {
		for _, row := range rows {
			if row.ImportID != "" {
				lines[row.ImportID] = append(lines[row.ImportID], row.Line)
			}
		}
	}
	maps.DeleteFunc(lines, func(_ string, at []int) bool { return len(at) < 2 })
	if len(lines) == 0 {
		return
	}
	kept := p.list.Rows[:0:0]
	for _, row := range p.list.Rows {
		at, bad := lines[row.ImportID]
		if !bad {
			kept = append(kept, row)
			continue
		}
		slices.Sort(at)
		p.list.Refused = append(p.list.Refused, row)
		p.list.Problems = append(p.list.Problems, Problem{
			Line: row.Line, Column: p.list.Columns[FieldImportID], Code: CodeDuplicateID,
			Args: map[string]string{"value": row.ImportID, "lines": numbers(at)},
		})
	}
	p.list.Rows = kept
}

// numbers lists line numbers for a sentence, the first few of many.
func numbers(lines []int) string {
	var b strings.Builder
	for i, n := range lines {
		if i == 5 {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}
