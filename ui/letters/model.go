package letters

import (
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/ui/lang"
)

// filter is which letters the list shows.
type filter int

const (
	filterOpen filter = iota
	filterAll
	filterArchive
)

// model is the inbox: what is listed, chosen and read. Its zero value shows nothing.
type model struct {
	all     []letters.Letter
	rows    []letters.Letter
	filter  filter
	now     time.Time
	chosen  map[string]bool
	current string // id of the letter that has the cursor, "" for none
	anchor  string // where a range begins
}

// Set takes over what the inbox holds now. What was chosen and still is there stays.
func (m *model) Set(all []letters.Letter, now time.Time) {
	m.all, m.now = all, now
	m.arrange()
}

// SetFilter changes what is listed; nothing is chosen afterwards but the letter
// that is read, if it is listed still.
func (m *model) SetFilter(f filter) {
	if m.filter == f {
		return
	}
	m.filter = f
	current := m.current
	m.current = ""
	m.arrange()
	if m.at(current) >= 0 {
		m.Choose(current)
	} else {
		m.Clear()
	}
}

func (m *model) arrange() {
	m.rows = nil
	for _, l := range m.all {
		if m.listed(l) {
			m.rows = append(m.rows, l)
		}
	}
	for id := range m.chosen {
		if m.at(id) < 0 {
			delete(m.chosen, id)
		}
	}
	if m.current != "" && m.at(m.current) < 0 {
		m.current, m.anchor = "", ""
	}
}

// listed tells whether the filter shows a letter. The one that is read stays while
// it is, so that nothing goes from under the eye.
func (m *model) listed(l letters.Letter) bool {
	switch m.filter {
	case filterArchive:
		return l.Archived
	case filterOpen:
		return !l.Archived && (l.Read == nil || l.NeedsAnswer(m.now) || l.ID == m.current)
	case filterAll:
	}
	return !l.Archived
}

func (m *model) at(id string) int {
	return slices.IndexFunc(m.rows, func(l letters.Letter) bool { return l.ID == id })
}

// Current is the letter that has the cursor.
func (m *model) Current() (letters.Letter, bool) {
	if i := m.at(m.current); i >= 0 {
		return m.rows[i], true
	}
	return letters.Letter{}, false
}

// Chosen lists the chosen letters as they stand in the list.
func (m *model) Chosen() []letters.Letter {
	var list []letters.Letter
	for _, l := range m.rows {
		if m.chosen[l.ID] {
			list = append(list, l)
		}
	}
	return list
}

// Clear chooses nothing.
func (m *model) Clear() { m.chosen, m.current, m.anchor = map[string]bool{}, "", "" }

// Choose chooses one letter alone.
func (m *model) Choose(id string) {
	m.chosen, m.current, m.anchor = map[string]bool{id: true}, id, id
}

// Toggle adds a letter to what is chosen, or takes it out.
func (m *model) Toggle(id string) {
	if m.chosen == nil {
		m.chosen = map[string]bool{}
	}
	if m.chosen[id] {
		delete(m.chosen, id)
	} else {
		m.chosen[id] = true
	}
	m.current, m.anchor = id, id
}

// Reach chooses everything between the anchor and a letter.
func (m *model) Reach(id string) {
	from, to := m.at(m.anchor), m.at(id)
	if from < 0 || to < 0 {
		m.Choose(id)
		return
	}
	m.chosen, m.current = map[string]bool{}, id
	for i := min(from, to); i <= max(from, to); i++ {
		m.chosen[m.rows[i].ID] = true
	}
}

// All chooses everything that is listed.
func (m *model) All() {
	m.chosen = map[string]bool{}
	for _, l := range m.rows {
		m.chosen[l.ID] = true
	}
	if m.current == "" && len(m.rows) > 0 {
		m.current, m.anchor = m.rows[0].ID, m.rows[0].ID
	}
}

// Step moves the cursor by so many rows, from before the first when there is none;
// extend takes the letters between along.
func (m *model) Step(by int, extend bool) {
	if len(m.rows) == 0 {
		return
	}
	at := m.at(m.current)
	to := min(max(at+by, 0), len(m.rows)-1)
	if extend && at >= 0 {
		m.Reach(m.rows[to].ID)
		return
	}
	m.Choose(m.rows[to].ID)
}

// names lists the children of a letter: "Ben, Mia".
func names(l wire.Letter) string {
	list := make([]string, len(l.Children))
	for i, c := range l.Children {
		list[i], _, _ = strings.Cut(c.Name, " ")
	}
	return strings.Join(list, ", ")
}

// withClasses lists them with their classes: "Ben Musterfrau (7b), Mia Musterfrau (5a)".
func withClasses(children []wire.LetterChild) string {
	list := make([]string, len(children))
	for i, c := range children {
		list[i] = childName(c)
	}
	return strings.Join(list, ", ")
}

func childName(c wire.LetterChild) string {
	if c.Class == "" {
		return c.Name
	}
	return c.Name + " (" + c.Class + ")"
}

// person gives a name, or says that the account was deleted.
func person(name string) string {
	if name == "" {
		return lang.T("letters.former")
	}
	return name
}

// senders names those whom a letter is from.
func senders(names []string) string {
	list := slices.Clone(names)
	for i, name := range list {
		if name == "" {
			list[i] = lang.T("letters.former_sender")
		}
	}
	return strings.Join(list, ", ")
}

// subjects are those for whom one answers: the children, or oneself.
func subjects(l wire.Letter) []wire.LetterChild {
	if l.Ask.PerChild && len(l.Children) > 0 {
		return l.Children
	}
	return []wire.LetterChild{{}}
}

// form is an answer while it is given.
type form struct {
	read    bool
	options []int
	text    string
	touched bool // differs from what was given before
}

// formOf begins with the answer that there is.
func formOf(l letters.Letter, child string) form {
	for _, g := range l.Given { // one that was refused is not lost
		if g.Child == child {
			return form{read: g.Read, options: slices.Clone(g.Options), text: g.Text, touched: true}
		}
	}
	own, _ := l.Own(child)
	return form{read: own.Read, options: slices.Clone(own.Options), text: own.Text}
}

// pick chooses an option, or takes it back where several may be chosen.
func (f *form) pick(i int, several bool) {
	f.touched = true
	at := slices.Index(f.options, i)
	switch {
	case !several:
		f.options = []int{i}
	case at >= 0:
		f.options = slices.Delete(f.options, at, at+1)
	default:
		f.options = append(f.options, i)
		slices.Sort(f.options)
	}
}

func (f form) give(child string) wire.GiveAnswer {
	return wire.GiveAnswer{Child: child, Read: f.read, Options: f.options, Text: strings.TrimSpace(f.text)}
}

// optionTexts names the chosen options.
func optionTexts(ask wire.Ask, options []int) []string {
	var list []string
	for _, i := range options {
		if ask.Choice != nil && i >= 0 && i < len(ask.Choice.Options) {
			list = append(list, ask.Choice.Options[i])
		}
	}
	return list
}
