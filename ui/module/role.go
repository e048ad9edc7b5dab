package module

import (
	"slices"
	"strings"

	"schulhof/server/wire"
	"schulhof/ui/lang"
)

// Post is what somebody is at the school.
type Post struct {
	Role        wire.Role
	Head, Admin bool
	Classes     []string // the names of those that the person leads: "Klasse 7b"
}

// Words says it, the most telling first: "Schulleitung", "Klassenleitung 7b",
// "Lehrkraft · Administration".
func (p Post) Words() string {
	what := lang.T("role." + string(p.Role))
	switch {
	case p.Head:
		what = lang.T("role.head")
	case len(p.Classes) > 0:
		short := make([]string, len(p.Classes))
		for i, class := range p.Classes {
			short[i] = strings.TrimPrefix(class, classes)
		}
		slices.SortFunc(short, lang.NewSorter().Compare)
		what = lang.T("role.lead", "Class", strings.Join(short, ", "))
	case p.Admin && p.Role == wire.RoleStaff:
		return lang.T("role.admin")
	}
	if p.Admin {
		what += " · " + lang.T("role.admin")
	}
	return what
}

// classes begins the names of classes; a school's list makes them so.
const classes = "Klasse "

// Led are the classes among somebody's files whose lead the person is.
func Led(roots []wire.RootInfo) []string {
	var led []string
	for _, r := range roots {
		if r.Lead && strings.HasPrefix(r.Name, classes) {
			led = append(led, r.Name)
		}
	}
	return led
}
