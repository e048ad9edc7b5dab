package roster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// guardian is the lines of a list that mean one guardian.
type guardian struct {
	rows   []*Row
	person *Person
}

// guardians plans a list with one line per guardian and child. Guardians whom
// the list does not name stay: they follow their children.
func (p *planner) guardians() {
	children := p.children()
	var rows []*Row
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		if children[row.ChildID] == nil {
			p.unclear(row, CodeChildUnknown, map[string]string{"value": row.ChildID})
			continue
		}
		rows = append(rows, row)
	}
	x := p.index()
	people := together(rows, p.known())
	p.meaning(people, x, children)
	p.doubtful(people, x)
	for _, g := range people {
		p.settleGuardian(g, children)
	}
}

// children are the students by their import ID.
func (p *planner) children() map[string]*Person {
	children := map[string]*Person{}
	for i := range p.school.People {
		if person := &p.school.People[i]; person.Role == "student" && person.ImportID != "" && !person.Left {
			children[person.ImportID] = person
		}
	}
	return children
}

// known are the guardians of the school by what a line may share with them.
func (p *planner) known() map[string][]string {
	imported := map[string]string{}
	for id, child := range p.byID {
		imported[id] = child.ImportID
	}
	known := map[string][]string{}
	for i := range p.school.People {
		person := &p.school.People[i]
		if person.Role != p.role() {
			continue
		}
		name := nameKey(person.Given, person.Family)
		keys := identifiers(name, person.Mail, person.Phone, person.Address)
		for _, child := range person.Children {
			if id := imported[child]; id != "" {
				keys = append(keys, childKey(name, id))
			}
		}
		for _, key := range keys {
			known[key] = append(known[key], person.ID)
		}
	}
	return known
}

// together gathers the lines of one person: the same import ID of the
// guardian's own, or, without one, the same name and the same e-mail address,
// phone number, address or child, or the same known guardian who has them.
func together(rows []*Row, known map[string][]string) []*guardian {
	parent := make([]int, len(rows))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := map[string]int{}
	for i, row := range rows {
		keys := rowKeys(row)
		for _, key := range keys {
			for _, id := range known[key] {
				keys = append(keys, "person\x00"+id)
			}
		}
		for _, key := range keys {
			if before, ok := first[key]; ok {
				a, b := root(before), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	byRoot := map[int]*guardian{}
	var people []*guardian
	for i, row := range rows {
		g := byRoot[root(i)]
		if g == nil {
			g = &guardian{}
			byRoot[root(i)] = g
			people = append(people, g)
		}
		g.rows = append(g.rows, row)
	}
	return people
}

func rowKeys(row *Row) []string {
	if row.ImportID != "" {
		return []string{"id\x00" + row.ImportID}
	}
	name := nameKey(row.Given, row.Family)
	return append(identifiers(name, row.Mail, row.Phone, row.Address), childKey(name, row.ChildID))
}

func childKey(name, importID string) string { return "child\x00" + name + "\x00" + importID }

// identifiers are the keys of which one shared is enough for two guardians of
// one name to be one person.
func identifiers(name, mail, phone, address string) []string {
	var keys []string
	for _, k := range []struct{ kind, value string }{
		{"email", strings.ToLower(mail)}, {"phone", phoneKey(phone)}, {"address", addressKey(address)},
	} {
		if k.value != "" {
			keys = append(keys, k.kind+"\x00"+name+"\x00"+k.value)
		}
	}
	return keys
}

// phoneKey is a phone number without signs, +49 and 0049 as 0.
func phoneKey(phone string) string {
	var b strings.Builder
	for _, r := range phone {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	number := b.String()
	for _, prefix := range []string{"+49", "0049"} {
		if rest, ok := strings.CutPrefix(number, prefix); ok {
			number = "0" + strings.TrimPrefix(rest, "0")
		}
	}
	if len(number) < 5 {
		return ""
	}
	return number
}

// addressKey is an address in letters and digits, str. as strasse.
func addressKey(address string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(fold(address), func(r rune) bool { return r == ' ' || r == ',' }) {
		if stem, ok := strings.CutSuffix(word, "str."); ok {
			word = stem + "strasse"
		}
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	}
	if b.Len() < 6 {
		return ""
	}
	return b.String()
}

// meaning finds the guardians of the school whom some lines mean: by decision
// or import ID, else by name and something else alike. A person whom two of
// them may mean is left to somebody to decide.
func (p *planner) meaning(people []*guardian, x index, children map[string]*Person) {
	fits := make([][]*Person, len(people))
	claims := map[*Person]int{}
	done := make([]bool, len(people))
	for i, g := range people {
		done[i] = p.sure(g, x)
	}
	for i, g := range people {
		if done[i] {
			continue
		}
		for _, person := range p.unmatched(x.byName[nameKey(g.rows[0].Given, g.rows[0].Family)]) {
			if g.alike(person, children) {
				fits[i] = append(fits[i], person)
				claims[person]++
			}
		}
	}
	for i, g := range people {
		switch fit := fits[i]; {
		case len(fit) == 0:
		case len(fit) == 1 && claims[fit[0]] == 1:
			g.person = fit[0]
			p.matched[fit[0].ID] = true
		default:
			g.person = unsettled
			slices.SortFunc(fit, func(a, b *Person) int { return cmp.Compare(a.ID, b.ID) })
			p.unclear(g.rows[0], CodeAmbiguous, map[string]string{
				"name": g.rows[0].Name(), "count": strconv.Itoa(max(len(fit), claims[fit[0]])),
			}, fit...)
		}
	}
}

// sure settles lines by a decision or an import ID.
func (p *planner) sure(g *guardian, x index) bool {
	for _, row := range g.rows {
		d, ok := p.opts.Decisions[row.Line]
		if ok && d.New {
			return true
		}
		found := x.byImport[row.ImportID]
		if ok && p.byID[d.As] != nil && p.byID[d.As].Role == p.role() {
			found = []*Person{p.byID[d.As]}
		} else if row.ImportID == "" {
			found = nil
		}
		if len(found) > 0 && !p.matched[found[0].ID] {
			g.person = found[0]
			p.matched[found[0].ID] = true
			return true
		}
	}
	return false
}

// alike reports whether a guardian of the same name shares anything else with
// some lines.
func (g *guardian) alike(person *Person, children map[string]*Person) bool {
	name := nameKey(person.Given, person.Family)
	keys := identifiers(name, person.Mail, person.Phone, person.Address)
	for _, row := range g.rows {
		if row.ImportID != "" && person.ImportID != "" && row.ImportID != person.ImportID {
			return false
		}
	}
	for _, row := range g.rows {
		if slices.Contains(person.Children, children[row.ChildID].ID) {
			return true
		}
		for _, key := range identifiers(name, row.Mail, row.Phone, row.Address) {
			if slices.Contains(keys, key) {
				return true
			}
		}
	}
	return false
}

// doubtful lists pairs who may be one person and were not taken for one: the
// same name and nothing else alike, or the same e-mail address and another name.
func (p *planner) doubtful(people []*guardian, x index) {
	byName, byMail := map[string][]*guardian{}, map[string][]*guardian{}
	for _, g := range people {
		row := g.rows[0]
		name := nameKey(row.Given, row.Family)
		if len(p.preview.Doubtful) >= maxDoubts {
			break
		}
		for _, other := range byName[name] {
			p.doubt(row, other.rows[0], "name")
		}
		byName[name] = append(byName[name], g)
		if g.person == nil {
			for _, person := range p.unmatched(x.byName[name]) {
				p.preview.Doubtful = append(p.preview.Doubtful, Doubt{
					Name: row.Name(), Other: person.Name(), Line: row.Line, Person: person.ID, Why: "name",
				})
			}
		}
		mails := map[string]bool{}
		for _, r := range g.rows {
			if mail := strings.ToLower(r.Mail); mail != "" && !mails[mail] {
				mails[mail] = true
				for _, other := range byMail[mail] {
					if nameKey(other.rows[0].Given, other.rows[0].Family) != name {
						p.doubt(row, other.rows[0], "email")
					}
				}
				byMail[mail] = append(byMail[mail], g)
			}
		}
	}
	slices.SortStableFunc(p.preview.Doubtful, func(a, b Doubt) int {
		return cmp.Or(a.Line-b.Line, a.Line2-b.Line2, cmp.Compare(a.Person, b.Person))
	})
}

func (p *planner) doubt(row, other *Row, why string) {
	if len(p.preview.Doubtful) >= maxDoubts {
		return
	}
	p.preview.Doubtful = append(p.preview.Doubtful, Doubt{
		Name: other.Name(), Other: row.Name(), Line: other.Line, Line2: row.Line, Why: why,
	})
}

// maxDoubts bounds the pairs: a list in which all have one name must not make
// millions of them.
const maxDoubts = 1000

// settleGuardian notes what becomes of one guardian of the list.
func (p *planner) settleGuardian(g *guardian, children map[string]*Person) {
	if g.person == unsettled {
		return
	}
	merged := *g.rows[0]
	var ids []string
	for _, row := range g.rows {
		merged.ImportID = cmp.Or(merged.ImportID, row.ImportID)
		merged.Mail = cmp.Or(merged.Mail, row.Mail)
		merged.Phone = cmp.Or(merged.Phone, row.Phone)
		merged.Address = cmp.Or(merged.Address, row.Address)
		merged.Language = cmp.Or(merged.Language, row.Language)
		if id := children[row.ChildID].ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if g.person == nil {
		p.add(merged, ids)
		return
	}
	n := len(p.preview.Changed) + len(p.preview.Link) + len(p.preview.Unlink)
	p.change(merged, g.person)
	for _, id := range ids {
		if !slices.Contains(g.person.Children, id) {
			p.preview.Link = append(p.preview.Link, Link{
				Guardian: g.person.ID, Child: id, Name: g.person.Name(), Line: merged.Line,
			})
		}
	}
	for _, id := range slices.Sorted(slices.Values(g.person.Children)) {
		if !slices.Contains(ids, id) && p.mayUnlink(g, id) {
			p.preview.Unlink = append(p.preview.Unlink, Link{Guardian: g.person.ID, Child: id, Name: g.person.Name()})
		}
	}
	if n == len(p.preview.Changed)+len(p.preview.Link)+len(p.preview.Unlink) {
		p.preview.Unchanged++
	}
}

// mayUnlink reports whether the list says for sure that somebody is not the
// guardian of a child any more: no line that was refused or left undecided may
// be about the two, and the child must still be at the school.
func (p *planner) mayUnlink(g *guardian, child string) bool {
	student := p.byID[child]
	if student == nil || student.Left || student.ImportID == "" || p.list.Unread > 0 ||
		len(p.preview.Doubtful) >= maxDoubts {
		return false
	}
	if p.doubted == nil {
		p.unsure()
	}
	name := nameKey(g.rows[0].Given, g.rows[0].Family)
	return !p.doubted["name "+name] && !p.doubted["child "+student.ImportID]
}

// unsure gathers the guardians and children about whom the list is not sure.
func (p *planner) unsure() {
	p.doubted = map[string]bool{}
	for _, row := range p.list.Refused {
		p.doubted["child "+row.ChildID] = true
		p.doubted["name "+nameKey(row.Given, row.Family)] = true
	}
	lines := map[int]bool{}
	for _, u := range p.preview.Unclear {
		lines[u.Line] = true
	}
	for _, d := range p.preview.Doubtful {
		if d.Why == "name" && d.Line2 != 0 {
			lines[d.Line] = true
		}
	}
	for i := range p.list.Rows {
		if row := &p.list.Rows[i]; lines[row.Line] {
			p.doubted["name "+nameKey(row.Given, row.Family)] = true
		}
	}
}
