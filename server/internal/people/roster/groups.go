package roster

import (
	"maps"
	"slices"
	"strings"
)

// renaming is what becomes of the groups of one kind, by their short names
// (7b, without the word): a class whose pupils went on together keeps its group
// under the new name.
type renaming struct {
	prefix string
	after  map[string]string // folded name now → name then, "" = closed
	wanted map[string]string // folded name → spelling, for every name in the list
	order  []string          // folded names of wanted as the list has them first
}

// then is the name that a group has when the preview is applied.
func (r *renaming) then(name string) string {
	if r == nil {
		return name
	}
	if after, ok := r.after[fold(name)]; ok {
		return after
	}
	return name
}

// spelling is how a name of the list is spelled at the school.
func (r *renaming) spelling(name string) string {
	if r == nil || name == "" {
		return name
	}
	return r.wanted[fold(name)]
}

// want notes a name of the list; the first spelling counts.
func (r *renaming) want(name string) {
	if key := fold(name); key != "" && r.wanted[key] == "" {
		r.wanted[key] = name
		r.order = append(r.order, key)
	}
}

// flow counts where the people of one group are now.
type flow struct {
	group Group
	short string
	total int // who is in the list
	to    map[string]int
	held  bool // somebody is in it about whom the list says nothing
	left  bool // somebody in it is leaving
}

// claim is a group that may take a name, with how many of its people are there.
type claim struct {
	from  string
	to    string
	count int
}

// regroup works out what happens to classes and years.
func (p *planner) regroup() {
	if p.list.Kind == Students && p.list.Has(FieldClass) {
		p.classes = p.rename(GroupClass, classPrefix,
			func(r *Row) string { return r.Class }, func(q *Person) string { return q.Class })
	}
	if p.list.Kind == Students && (p.list.Has(FieldClass) || p.list.Has(FieldYear)) {
		p.years = p.rename(GroupYear, yearPrefix,
			func(r *Row) string { return r.Year }, func(q *Person) string { return q.Year })
	}
}

func (p *planner) rename(kind, prefix string, now func(*Row) string, was func(*Person) string) *renaming {
	r := &renaming{prefix: prefix, after: map[string]string{}, wanted: map[string]string{}}
	flows, blocked := p.flows(kind, r, was)
	for _, pair := range p.rows {
		name := fold(now(pair.row))
		r.want(now(pair.row))
		for _, group := range pair.row.Groups {
			if strings.HasPrefix(fold(group), fold(prefix)+" ") {
				r.want(tidy(group)[len(prefix):])
			}
		}
		if pair.person == nil || pair.person.Left {
			continue
		}
		if f := flows[fold(was(pair.person))]; f != nil {
			f.total++
			f.to[name]++
		}
	}
	for name, f := range flows {
		if r.wanted[name] != "" {
			r.wanted[name] = f.short
		}
	}
	for name, short := range blocked {
		if r.wanted[name] != "" {
			r.wanted[name] = short
		}
	}
	r.settle(flows, blocked)
	p.keep(kind, r, flows, blocked)
	return r
}

// flows begins the count for every group of a kind that an import may change,
// and tells which names others have.
func (p *planner) flows(kind string, r *renaming, was func(*Person) string) (flows map[string]*flow, blocked map[string]string) {
	flows, blocked = map[string]*flow{}, map[string]string{}
	for _, group := range p.school.Groups {
		if group.Kind != kind {
			continue
		}
		short := strings.TrimPrefix(group.Name, r.prefix)
		if _, twice := flows[fold(short)]; !group.Managed || twice {
			blocked[fold(short)] = short
			continue
		}
		flows[fold(short)] = &flow{group: group, short: short, to: map[string]int{}}
	}
	for i := range p.school.People {
		person := &p.school.People[i]
		f := flows[fold(was(person))]
		switch {
		case f == nil, person.Left, p.matched[person.ID]:
		case p.goes(person.ID):
			f.left = true
		default:
			f.held = true
		}
	}
	return flows, blocked
}

// stays reports whether a group lives on under its name: while somebody of its
// people is in it. Others who come under the same name get a group of their
// own, since the files of the one before are not for them.
func (f *flow) stays(own string, wanted bool) bool {
	return f.held || f.to[own] > 0 || wanted && f.total == 0 && !f.left
}

// settle gives names to groups: first those that stay what they are, then those
// at least half of whose people went on together, the larger number first.
func (r *renaming) settle(flows map[string]*flow, blocked map[string]string) {
	var claims []claim
	for name, f := range flows {
		if best, count := f.best(name); best != "" && count*2 >= f.total {
			claims = append(claims, claim{from: name, to: best, count: count})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		switch stayA, stayB := a.from == a.to, b.from == b.to; {
		case stayA != stayB && stayA:
			return -1
		case stayA != stayB:
			return 1
		case a.count != b.count:
			return b.count - a.count
		}
		return natural(a.from, b.from)
	})
	taken := map[string]bool{}
	for _, c := range claims {
		if _, other := blocked[c.to]; other || taken[c.to] {
			continue
		}
		taken[c.to] = true
		r.after[c.from] = r.wanted[c.to]
	}
	for name, f := range flows {
		if _, named := r.after[name]; named {
			continue
		}
		r.after[name] = ""
		if !taken[name] && f.stays(name, r.wanted[name] != "") {
			r.after[name] = f.short
		}
	}
}

// best is the name under which most people of a group are now; the name that it
// has wins a tie.
func (f *flow) best(own string) (name string, count int) {
	name, count = own, f.to[own]
	for _, to := range slices.SortedFunc(maps.Keys(f.to), natural) {
		if f.to[to] > count {
			name, count = to, f.to[to]
		}
	}
	if count == 0 {
		return "", 0
	}
	return name, count
}

// keep notes in the preview what settle found.
func (p *planner) keep(kind string, r *renaming, flows map[string]*flow, blocked map[string]string) {
	there := map[string]bool{}
	for name := range blocked {
		there[name] = true
	}
	for _, name := range slices.SortedFunc(maps.Keys(flows), natural) {
		f := flows[name]
		switch after := r.after[name]; {
		case after == "":
			p.preview.End = append(p.preview.End, f.group)
		case fold(after) != name:
			there[fold(after)] = true
			r.wanted[fold(after)] = after
			p.preview.Rename = append(p.preview.Rename, Rename{
				ID: f.group.ID, Kind: kind, From: f.group.Name, To: r.prefix + after,
			})
		default:
			there[name] = true
		}
	}
	var create []Group
	for _, name := range r.order {
		if !there[name] {
			create = append(create, Group{Kind: kind, Name: r.prefix + r.wanted[name], Managed: true})
		}
	}
	slices.SortFunc(create, func(a, b Group) int { return natural(a.Name, b.Name) })
	p.preview.Create = append(p.preview.Create, create...)
}
