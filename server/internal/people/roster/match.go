package roster

import (
	"strconv"
)

// index finds the people of one role by what a row may say of them.
type index struct {
	byImport map[string][]*Person
	byName   map[string][]*Person
	byBorn   map[string][]*Person
}

func (p *planner) index() index {
	x := index{map[string][]*Person{}, map[string][]*Person{}, map[string][]*Person{}}
	for i := range p.school.People {
		person := &p.school.People[i]
		if person.Role != p.role() {
			continue
		}
		if person.ImportID != "" {
			x.byImport[person.ImportID] = append(x.byImport[person.ImportID], person)
		}
		name := nameKey(person.Given, person.Family)
		x.byName[name] = append(x.byName[name], person)
		if person.Born != "" {
			x.byBorn[person.Born] = append(x.byBorn[person.Born], person)
		}
	}
	return x
}

func nameKey(given, family string) string { return fold(given) + "|" + fold(family) }

// match finds for every row the person whom it means. Decisions come first,
// then import IDs, then names, so that a sure match never loses its person to
// a guess.
func (p *planner) match() {
	x := p.index()
	means := make([]*Person, len(p.list.Rows))
	done := make([]bool, len(p.list.Rows))
	for i := range p.list.Rows {
		means[i], done[i] = p.decided(&p.list.Rows[i])
	}
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		if done[i] || row.ImportID == "" {
			continue
		}
		if found := x.byImport[row.ImportID]; len(found) > 0 && !p.matched[found[0].ID] {
			means[i], done[i] = found[0], true
			p.matched[found[0].ID] = true
		}
	}
	p.exact(x, means, done)
	p.byName(x, means, done)
	for i := range p.list.Rows {
		if !done[i] {
			means[i] = p.renamed(&p.list.Rows[i], x)
		}
	}
	for i := range p.list.Rows {
		if means[i] != unsettled {
			p.rows = append(p.rows, pairing{&p.list.Rows[i], means[i]})
		}
	}
}

// unsettled stands for the person of a row that somebody has to decide about.
var unsettled = &Person{}

// decided is what somebody decided about a row before.
func (p *planner) decided(row *Row) (*Person, bool) {
	d, ok := p.opts.Decisions[row.Line]
	switch {
	case !ok:
		return nil, false
	case d.New:
		return nil, true
	}
	person := p.byID[d.As]
	if person == nil || person.Role != p.role() || p.matched[person.ID] {
		p.unclear(row, CodeDecision, map[string]string{"name": row.Name()})
		return unsettled, true
	}
	p.matched[person.ID] = true
	return person, true
}

// exact settles the rows without an import ID that agree with one person in
// name and date of birth, or lack of one. Rows that nothing tells apart are left
// for a person to decide.
func (p *planner) exact(x index, means []*Person, done []bool) {
	key := func(row *Row) string { return nameKey(row.Given, row.Family) + "|" + row.Born }
	same := map[string]int{}
	p.alike = map[string][]int{}
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		if done[i] {
			continue
		}
		p.alike[nameKey(row.Given, row.Family)] = append(p.alike[nameKey(row.Given, row.Family)], row.Line)
		if row.ImportID == "" {
			same[key(row)]++
		}
	}
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		if done[i] || row.ImportID != "" || same[key(row)] > 1 {
			continue
		}
		if person := p.agreeing(row, x); person != nil {
			means[i], done[i] = person, true
			p.matched[person.ID] = true
		}
	}
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		if !done[i] && row.ImportID == "" && same[key(row)] > 1 {
			means[i], done[i] = unsettled, true
			p.unclearSame(row, x)
		}
	}
}

// unclearSame leaves a row undecided that shares its name with others.
func (p *planner) unclearSame(row *Row, x index) {
	key := nameKey(row.Given, row.Family)
	p.unclear(row, CodeSameName, map[string]string{
		"name": row.Name(), "lines": numbers(p.alike[key]),
	}, p.unmatched(x.byName[key])...)
}

// agreeing is the one person who has exactly the name and the date of birth of
// a row, nil when there is none or more than one.
func (p *planner) agreeing(row *Row, x index) *Person {
	var one *Person
	for _, person := range p.unmatched(x.byName[nameKey(row.Given, row.Family)]) {
		if person.ImportID != "" || person.Born != row.Born || !person.Managed || person.Left && row.Born == "" {
			continue
		}
		if one != nil {
			return nil
		}
		one = person
	}
	return one
}

// unmatched are those of some people whom no line means for sure.
func (p *planner) unmatched(people []*Person) []*Person {
	var rest []*Person
	for _, person := range people {
		if !p.matched[person.ID] {
			rest = append(rest, person)
		}
	}
	return rest
}

// byName finds the people of the rows that are left by name and, where both
// know it, date of birth. A person whom two rows may mean is given to neither.
func (p *planner) byName(x index, means []*Person, done []bool) {
	fits, others := make([][]*Person, len(means)), make([][]*Person, len(means))
	claims := map[*Person]int{}
	for i := range p.list.Rows {
		if done[i] {
			continue
		}
		fits[i], others[i] = p.fitting(&p.list.Rows[i], x)
		for _, person := range fits[i] {
			claims[person]++
		}
	}
	for i := range p.list.Rows {
		row := &p.list.Rows[i]
		args := map[string]string{"name": row.Name()}
		switch {
		case done[i]:
			continue
		case len(fits[i]) == 1 && claims[fits[i][0]] == 1:
			means[i] = p.one(row, fits[i][0], x)
		case len(fits[i]) > 0 && len(p.alike[nameKey(row.Given, row.Family)]) > 1:
			p.unclearSame(row, x)
			means[i] = unsettled
		case len(fits[i]) > 0:
			args["count"] = strconv.Itoa(len(fits[i]))
			p.unclear(row, CodeAmbiguous, args, fits[i]...)
			means[i] = unsettled
		case len(others[i]) > 0:
			args["value"], args["old"] = row.ImportID, others[i][0].ImportID
			p.unclear(row, CodeIDChanged, args, others[i]...)
			means[i] = unsettled
		}
		done[i] = means[i] != nil
	}
}

// fitting are the people whom a row may mean by name, and those whom only
// another import ID keeps from it. The class does not count: it changes, and two
// of one name might change places.
func (p *planner) fitting(row *Row, x index) (fit, others []*Person) {
	for _, person := range p.unmatched(x.byName[nameKey(row.Given, row.Family)]) {
		switch {
		case row.Born != "" && person.Born != "" && row.Born != person.Born:
		case row.ImportID != "" && person.ImportID != "":
			others = append(others, person)
		default:
			fit = append(fit, person)
		}
	}
	return fit, others
}

// one settles a row that fits a single person by name: at once when the dates
// of birth agree, or when it is a person of earlier imports; by asking otherwise.
func (p *planner) one(row *Row, person *Person, x index) *Person {
	args := map[string]string{"name": row.Name()}
	sure := row.Born != "" && row.Born == person.Born
	switch {
	case p.held[person.ID]:
		p.unclearSame(row, x)
		return unsettled
	case !sure && person.Left:
		p.unclear(row, CodeMayReturn, args, person)
		return unsettled
	case !sure && !person.Managed:
		p.unclear(row, CodeByHand, args, person)
		return unsettled
	}
	p.matched[person.ID] = true
	return person
}

// renamed finds whether a row without an import ID may be a person of the
// school under a new name: same date of birth and one name alike.
func (p *planner) renamed(row *Row, x index) *Person {
	if row.ImportID != "" || row.Born == "" {
		return nil
	}
	for _, person := range p.unmatched(x.byBorn[row.Born]) {
		if !person.Managed || person.Left || person.ImportID != "" {
			continue
		}
		if fold(person.Given) == fold(row.Given) || fold(person.Family) == fold(row.Family) {
			p.unclear(row, CodePossibleRename, map[string]string{"name": row.Name(), "old": person.Name()}, person)
			return unsettled
		}
	}
	return nil
}
