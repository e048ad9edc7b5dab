package files

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/ui/lang"
)

// column is what a list can be ordered by.
type column int

// The columns, from left to right.
const (
	byName column = iota
	bySize
	byChanged
	byPerson
)

// order is a column and its direction. Folders come first in every order.
type order struct {
	By   column
	Down bool
}

// String is the order as a setting: "name", "-size".
func (o order) String() string {
	s := columnNames[o.By]
	if o.Down {
		s = "-" + s
	}
	return s
}

// orderFrom reads what String wrote; anything else is by name.
func orderFrom(s string) order {
	name, down := strings.CutPrefix(s, "-")
	if by := slices.Index(columnNames, name); by >= 0 {
		return order{By: column(by), Down: down}
	}
	return order{}
}

var columnNames = []string{byName: "name", bySize: "size", byChanged: "changed", byPerson: "person"}

// mods are the keys held down with a click or an arrow.
type mods struct {
	Extend bool // Shift: from the anchor to here
	Toggle bool // Ctrl: this one more, or less
}

// item is an entry with what showing it often costs.
type item struct {
	files.Entry
	id    string
	home  bool   // one's own root
	shown string // see Shown
	fold  string // see Fold
	key   []byte // the name for ordering
	where string // of a search's hit: where it lies, instead of the person
}

// Shown is the name, safe to show.
func (it *item) Shown() string {
	if it.shown == "" {
		it.shown = safeName(it.Name)
	}
	return it.shown
}

// Fold is the name for searching.
func (it *item) Fold() string {
	if it.fold == "" {
		it.fold = fold(it.Name)
	}
	return it.fold
}

// last is what the last column says.
func (it *item) last() string {
	if it.where != "" {
		return safeName(it.where)
	}
	return safeName(it.By)
}

// idOf is what an entry is known by here: its id, or its href while the server
// has given it none.
func idOf(e files.Entry) string {
	if e.ID != "" {
		return e.ID
	}
	return e.Href
}

// model is what the table shows of one place. The zero value is not usable:
// see newModel. Rows are counted from 0; -1 is no row.
type model struct {
	rows     []*item // ordered and filtered
	items    map[string]*item
	order    order
	filter   string // as typed
	selected map[string]bool
	cursor   int // the row that keys act on
	anchor   int // the row that Shift counts from
	sorter   *lang.Sorter
}

func newModel() *model {
	return &model{
		items:    map[string]*item{},
		selected: map[string]bool{},
		cursor:   -1,
		anchor:   -1,
		sorter:   lang.NewSorter(),
	}
}

// Set replaces the entries. What is selected, and the row of the cursor, stay
// as far as their entries are still there (known by id).
func (m *model) Set(entries []files.Entry) {
	items := make(map[string]*item, len(entries))
	for _, e := range entries {
		it := &item{Entry: e, id: idOf(e), home: isRoot(e) && e.Href == wire.DAVHome}
		if old := m.items[it.id]; old != nil && old.Name == e.Name {
			it.shown, it.fold, it.key = old.shown, old.fold, old.key
		} else {
			it.key = m.sorter.Key(e.Name)
		}
		items[it.id] = it
	}
	m.items = items
	for id := range m.selected {
		if items[id] == nil {
			delete(m.selected, id)
		}
	}
	m.arrange()
}

// SetOrder orders the rows anew; the cursor stays on its entry.
func (m *model) SetOrder(o order) {
	m.order = o
	m.arrange()
}

// SetFilter shows only entries whose name has the text in it, ignoring case
// and accents. What is hidden thereby is not selected any more: a deed must
// never reach what cannot be seen.
func (m *model) SetFilter(text string) {
	m.filter = text
	m.arrange()
	for id := range m.selected {
		if m.Row(id) < 0 {
			delete(m.selected, id)
		}
	}
}

// arrange filters and orders the rows.
func (m *model) arrange() {
	at, from := m.idAt(m.cursor), m.idAt(m.anchor)
	cursor, anchor := m.cursor, m.anchor
	want := fold(m.filter)
	rows := make([]*item, 0, len(m.items))
	for _, it := range m.items {
		if want == "" || strings.Contains(it.Fold(), want) {
			rows = append(rows, it)
		}
	}
	slices.SortFunc(rows, m.compare)
	m.rows = rows
	// An entry that is gone leaves the cursor where it was, on its successor.
	m.cursor = m.find(at, min(cursor, len(rows)-1))
	m.anchor = m.find(from, min(anchor, len(rows)-1))
}

func (m *model) compare(a, b *item) int {
	first := func(is bool) int {
		if is {
			return -1
		}
		return 1
	}
	if a.home != b.home { // one's own root stands first
		return first(a.home)
	}
	if a.Folder != b.Folder {
		return first(a.Folder)
	}
	var c int
	switch m.order.By {
	case bySize:
		c = int(min(max(a.Size-b.Size, -1), 1))
	case byChanged:
		c = a.Mtime.Compare(b.Mtime)
	case byPerson:
		c = m.sorter.Compare(a.last(), b.last())
	case byName:
	}
	if c == 0 {
		c = bytes.Compare(a.key, b.key)
	}
	if c == 0 {
		c = strings.Compare(a.Name, b.Name)
	}
	if c == 0 {
		c = strings.Compare(a.id, b.id)
	}
	if m.order.Down {
		return -c
	}
	return c
}

// Len is the number of rows shown.
func (m *model) Len() int { return len(m.rows) }

// At returns the entry of a row, false outside.
func (m *model) At(row int) (files.Entry, bool) {
	if row < 0 || row >= len(m.rows) {
		return files.Entry{}, false
	}
	return m.rows[row].Entry, true
}

// Row returns where the entry of that id is shown, -1 if it is not.
func (m *model) Row(id string) int {
	if m.items[id] == nil {
		return -1
	}
	return slices.IndexFunc(m.rows, func(it *item) bool { return it.id == id })
}

// Named returns the row of the entry with exactly that name, or -1.
func (m *model) Named(name string) int {
	return slices.IndexFunc(m.rows, func(it *item) bool { return it.Name == name })
}

func (m *model) idAt(row int) string {
	if row < 0 || row >= len(m.rows) {
		return ""
	}
	return m.rows[row].id
}

func (m *model) find(id string, otherwise int) int {
	if id != "" {
		if row := m.Row(id); row >= 0 {
			return row
		}
	}
	return otherwise
}

// Selected returns the selected entries in the order shown.
func (m *model) Selected() []files.Entry {
	var out []files.Entry
	if len(m.selected) == 0 {
		return nil
	}
	for _, it := range m.rows {
		if m.selected[it.id] {
			out = append(out, it.Entry)
		}
	}
	return out
}

// IsSelected says whether the entry of a row is selected.
func (m *model) IsSelected(row int) bool {
	return row >= 0 && row < len(m.rows) && m.selected[m.rows[row].id]
}

// Click is a click on a row, or an arrow key that arrives there.
func (m *model) Click(row int, held mods) {
	if row < 0 || row >= len(m.rows) {
		return
	}
	id := m.rows[row].id
	switch {
	case held.Extend:
		if !held.Toggle {
			clear(m.selected)
		}
		from := max(m.anchor, 0)
		for k := min(from, row); k <= max(from, row); k++ {
			m.selected[m.rows[k].id] = true
		}
		m.anchor = from
	case held.Toggle:
		if m.selected[id] {
			delete(m.selected, id)
		} else {
			m.selected[id] = true
		}
		m.anchor = row
	default:
		clear(m.selected)
		m.selected[id] = true
		m.anchor = row
	}
	m.cursor = row
}

// Point moves the cursor alone (Ctrl with an arrow).
func (m *model) Point(row int) {
	if row >= 0 && row < len(m.rows) {
		m.cursor = row
	}
}

// Band selects the rows from first to last, beside those of keep (the rubber
// band; keep is what was selected when it began, nil for nothing).
func (m *model) Band(first, last int, keep map[string]bool) {
	clear(m.selected)
	for id := range keep {
		m.selected[id] = true
	}
	for row := max(first, 0); row <= min(last, len(m.rows)-1); row++ {
		m.selected[m.rows[row].id] = true
	}
	if first >= 0 && first < len(m.rows) {
		m.cursor, m.anchor = first, first
	}
}

// SelectAll selects every row shown.
func (m *model) SelectAll() {
	for _, it := range m.rows {
		m.selected[it.id] = true
	}
}

// SelectNone selects nothing; the cursor stays.
func (m *model) SelectNone() { clear(m.selected) }

// StartingWith returns the next row, from the cursor on and around, whose name
// begins with the text; -1 if none does. With next the cursor's own row comes last.
func (m *model) StartingWith(text string, next bool) int {
	want, n := fold(text), len(m.rows)
	from := max(m.cursor, 0)
	if next {
		from++
	}
	for k := range n {
		row := (from + k) % n
		if strings.HasPrefix(m.rows[row].Fold(), want) {
			return row
		}
	}
	return -1
}

// stay is what a place looks like when one comes back to it.
type stay struct {
	selected map[string]bool
	cursor   string // id
	filter   string
	scroll   float32
}

// Stay returns how the place is left.
func (m *model) Stay(scroll float32) stay {
	kept := make(map[string]bool, len(m.selected))
	for id := range m.selected {
		kept[id] = true
	}
	return stay{selected: kept, cursor: m.idAt(m.cursor), filter: m.filter, scroll: scroll}
}

// Return puts entries in place and everything as it was when it was left.
func (m *model) Return(entries []files.Entry, s stay) {
	m.selected = map[string]bool{}
	for id := range s.selected {
		m.selected[id] = true
	}
	m.cursor, m.anchor, m.filter = -1, -1, s.filter
	m.Set(entries)
	m.cursor = m.find(s.cursor, -1)
	m.anchor = m.cursor
}

// fold makes names comparable for searching: no case, no accents, ß as ss.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r >= 0x300 && r < 0x370: // combining accents
		case r == 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
