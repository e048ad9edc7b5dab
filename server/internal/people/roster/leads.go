package roster

import "slices"

// Lead is a class that a teacher leads.
type Lead struct {
	Group   string // its whole name: "Klasse 7b"
	Managed bool   // a list said so: the next one may take it away
}

// splitLeads takes a cell of classes apart: "7b", "Klasse 7b; 8a".
func splitLeads(cell string) ([]string, *Problem) {
	names, wrong := splitGroups(cell)
	classes := make([]string, 0, len(names))
	for _, name := range names {
		class := classOf(name)
		if class != "" && !slices.ContainsFunc(classes, func(c string) bool { return fold(c) == fold(class) }) {
			classes = append(classes, class)
		}
	}
	if len(classes) == 0 {
		return nil, wrong
	}
	slices.SortFunc(classes, natural)
	return classes, wrong
}

// openClasses finds the classes that there are and will be, by their folded names.
func (p *planner) openClasses() {
	p.leadable = map[string]string{}
	for _, groups := range [][]Group{p.school.Groups, p.preview.Create} {
		for _, group := range groups {
			if then := p.groupThen(group.Name); group.Kind == GroupClass && then != "" {
				p.leadable[fold(then)] = then
			}
		}
	}
}

// leadsOf gives the whole names of the classes that a row gives its person to lead. A
// class that the school does not have is named in the preview's problems, and all is
// false then: what the person leads already is not taken away for it.
func (p *planner) leadsOf(row *Row) (names []string, all bool) {
	all = true
	for _, class := range row.Leads {
		name, ok := p.leadable[fold(ClassName(class))]
		if !ok {
			all = false
			p.preview.Problems = append(p.preview.Problems, Problem{
				Line: row.Line, Column: p.list.Columns[FieldLeads], Code: CodeClassUnknown, Args: map[string]string{"value": class},
			})
			continue
		}
		names = append(names, name)
	}
	return names, all
}

// lead notes which classes a person comes to lead, and which not any more, and gives
// all that the person leads then, by their folded names. What was not given by a list
// no list takes away.
func (p *planner) lead(row Row, person *Person, all bool) map[string]bool {
	leads := map[string]bool{}
	wanted := map[string]bool{}
	for _, name := range row.Leads {
		wanted[fold(name)] = true
	}
	for _, l := range person.Leads {
		if person.Left {
			break
		}
		if key := fold(l.Group); l.Managed && all && !wanted[key] && p.list.Has(FieldLeads) {
			p.preview.Unleads = append(p.preview.Unleads, Member{ID: person.ID, Name: person.Name(), Group: l.Group})
		} else {
			leads[key] = true
		}
	}
	for _, name := range row.Leads {
		if !leads[fold(name)] {
			leads[fold(name)] = true
			p.preview.Leads = append(p.preview.Leads, Member{ID: person.ID, Name: person.Name(), Group: name})
		}
	}
	return leads
}

// sortProblems puts those of the plan between those of the reading, by line.
func (p *planner) sortProblems() {
	if len(p.preview.Problems) > len(p.list.Problems) {
		slices.SortStableFunc(p.preview.Problems, func(a, b Problem) int { return a.Line - b.Line })
	}
}
