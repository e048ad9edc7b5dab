package roster

import (
	"maps"
	"slices"
	"strings"
)

// people notes what happens to every person whom the list means.
func (p *planner) people() {
	p.openCourses()
	p.openClasses()
	before, after := map[string]int{}, map[string]int{}
	for i := range p.school.People {
		person := &p.school.People[i]
		if person.Left {
			continue
		}
		for _, name := range person.Groups {
			before[fold(name)]++
			if !p.matched[person.ID] && !p.goes(person.ID) {
				after[fold(p.groupThen(name))]++
			}
		}
	}
	for _, pair := range p.rows {
		row := p.spelled(pair.row)
		var all bool
		row.Leads, all = p.leadsOf(pair.row)
		for _, name := range row.Groups {
			after[fold(name)]++
		}
		if pair.person == nil {
			p.add(row, nil)
			continue
		}
		n := p.changes()
		p.change(row, pair.person)
		p.move(row, pair.person)
		p.memberships(row, pair.person, p.lead(row, pair.person, all))
		if n == p.changes() {
			p.preview.Unchanged++
		}
	}
	p.endCourses(before, after)
}

// changes counts what the preview changes of people known already.
func (p *planner) changes() int {
	v := &p.preview
	return len(v.Changed) + len(v.Moved) + len(v.Joins) + len(v.Quits) + len(v.Leads) + len(v.Unleads)
}

func (p *planner) goes(id string) bool {
	if p.leaving == nil {
		p.leaving = map[string]bool{}
		for _, l := range p.preview.Leaving {
			p.leaving[l.ID] = true
		}
	}
	return p.leaving[id]
}

// spelled is a row with class, year and groups as the school will spell them,
// and without groups that the class or year is anyway.
func (p *planner) spelled(row *Row) Row {
	r := *row
	r.Class, r.Year = p.classes.spelling(row.Class), p.years.spelling(row.Year)
	r.Groups = nil
	for _, name := range row.Groups {
		if spelling, ok := p.courses[fold(name)]; ok {
			name = spelling
		}
		own := p.list.Kind == Students &&
			(fold(name) == fold(ClassName(r.Class)) || fold(name) == fold(YearName(r.Year)))
		if !own {
			r.Groups = append(r.Groups, name)
		}
	}
	slices.SortFunc(r.Groups, natural)
	return r
}

// openCourses finds the groups that the list names and makes those that do not exist.
func (p *planner) openCourses() {
	p.courses, p.renames = map[string]string{}, map[string]string{}
	for _, r := range p.preview.Rename {
		p.renames[fold(r.From)] = r.To
	}
	for _, group := range p.preview.End {
		p.renames[fold(group.Name)] = ""
	}
	for _, group := range p.school.Groups {
		if then := p.groupThen(group.Name); then != "" {
			p.courses[fold(then)] = then
		}
	}
	for _, group := range p.preview.Create {
		p.courses[fold(group.Name)] = group.Name
	}
	if !p.list.Has(FieldGroups) {
		return
	}
	create := map[string]Group{}
	for _, pair := range p.rows {
		for _, name := range p.spelled(pair.row).Groups {
			if _, ok := p.courses[fold(name)]; !ok {
				p.courses[fold(name)] = name
				create[fold(name)] = Group{Kind: courseKind(name), Name: name, Managed: true}
			}
		}
	}
	made := slices.SortedFunc(maps.Values(create), func(a, b Group) int { return natural(a.Name, b.Name) })
	p.preview.Create = append(p.preview.Create, made...)
}

// courseKind guesses what a group of a list is from its name.
func courseKind(name string) string {
	switch key := fold(name); {
	case strings.HasPrefix(key, fold(classPrefix)+" "):
		return GroupClass
	case strings.HasPrefix(key, fold(yearPrefix)+" "):
		return GroupYear
	case strings.HasPrefix(key, "ag "), strings.HasSuffix(key, " ag"):
		return "club"
	case key == "kollegium", key == "lehrerkollegium", key == "lehrkraefte", key == "lehrer":
		return "staff"
	}
	return GroupCourse
}

// groupThen is the name that a group has when the preview is applied, "" when
// it is closed.
func (p *planner) groupThen(name string) string {
	if then, ok := p.renames[fold(name)]; ok {
		return then
	}
	return name
}

// endCourses closes the courses whose last person an import took out.
func (p *planner) endCourses(before, after map[string]int) {
	if !p.list.Has(FieldGroups) {
		return
	}
	var end []Group
	for _, group := range p.school.Groups {
		course := group.Kind == GroupCourse || group.Kind == "club"
		if key := fold(group.Name); course && group.Managed && before[key] > 0 && after[key] == 0 {
			end = append(end, group)
		}
	}
	slices.SortFunc(end, func(a, b Group) int { return natural(a.Name, b.Name) })
	p.preview.End = append(p.preview.End, end...)
}

func (p *planner) add(row Row, children []string) {
	fresh := New{Row: row, Children: children}
	if p.list.Kind != Guardians {
		taken := func(login string) bool { return p.logins[login] }
		fresh.Login = row.Login
		if fresh.Login == "" || taken(fresh.Login) {
			fresh.Login = LoginFor(p.role(), row.Given, row.Family, taken)
		}
		if row.Login != "" && row.Login != fresh.Login {
			p.preview.Notes = append(p.preview.Notes, Problem{
				Line: row.Line, Code: CodeLoginTaken, Args: map[string]string{"value": row.Login, "login": fresh.Login},
			})
		}
		p.logins[fresh.Login] = true
	}
	p.preview.New = append(p.preview.New, fresh)
}

// change compares what the list says of a person with what is stored. An empty
// cell never clears a value, and an e-mail address that the person chose stays.
func (p *planner) change(row Row, person *Person) {
	c := Change{ID: person.ID, Name: person.Name(), Line: row.Line, Back: person.Left}
	compare := func(field Field, from, to string) {
		if to != "" && to != from {
			c.Fields = append(c.Fields, FieldChange{Field: field, From: from, To: to})
		}
	}
	compare(FieldImportID, person.ImportID, row.ImportID)
	compare(FieldGiven, person.Given, row.Given)
	compare(FieldFamily, person.Family, row.Family)
	compare(FieldBorn, person.Born, row.Born)
	compare(FieldShort, person.Short, row.Short)
	compare(FieldPhone, person.Phone, row.Phone)
	compare(FieldAddress, person.Address, row.Address)
	compare(FieldLanguage, person.Language, row.Language)
	if !person.Own {
		compare(FieldMail, person.Mail, row.Mail)
	}
	if !person.Managed {
		compare(FieldManaged, "", "yes")
	}
	if c.Back || len(c.Fields) > 0 {
		p.preview.Changed = append(p.preview.Changed, c)
	}
}

// move notes who comes into another class or year than the own one became.
func (p *planner) move(row Row, person *Person) {
	class, year := p.classes.then(person.Class), p.years.then(person.Year)
	if person.Left {
		class, year = "", ""
	}
	toClass, toYear := class, year
	if p.classes != nil && fold(class) != fold(row.Class) {
		toClass = row.Class
	}
	if p.years != nil && fold(year) != fold(row.Year) {
		toYear = row.Year
	}
	if toClass != class || toYear != year {
		p.preview.Moved = append(p.preview.Moved, Move{
			ID: person.ID, Name: person.Name(), Line: row.Line,
			FromClass: class, ToClass: toClass, FromYear: year, ToYear: toYear,
		})
	}
}

// memberships notes who joins and quits groups; leads are those that the person leads
// anyway.
func (p *planner) memberships(row Row, person *Person, leads map[string]bool) {
	if !p.list.Has(FieldGroups) {
		return
	}
	has := map[string]bool{}
	if !person.Left {
		for _, name := range person.Groups {
			has[fold(p.groupThen(name))] = true
		}
	}
	for _, name := range row.Groups {
		if !has[fold(name)] && !leads[fold(name)] {
			p.preview.Joins = append(p.preview.Joins, Member{ID: person.ID, Name: person.Name(), Group: name})
		}
		delete(has, fold(name))
	}
	delete(has, "")
	delete(has, fold(ClassName(row.Class)))
	delete(has, fold(YearName(row.Year)))
	maps.DeleteFunc(has, func(name string, _ bool) bool { return leads[name] })
	for _, name := range slices.SortedFunc(maps.Keys(has), natural) {
		group := name
		if spelling, ok := p.courses[name]; ok {
			group = spelling
		}
		p.preview.Quits = append(p.preview.Quits, Member{ID: person.ID, Name: person.Name(), Group: group})
	}
}
