package roster

import (
	"slices"
	"strings"

	"schulhof/server/wire"
)

// School is what is stored now, as far as an import looks at it.
type School struct {
	People []Person // of every role, leavers included
	Groups []Group  // every group that is not closed
}

// Person is one person of the school.
type Person struct {
	ID       string
	Role     wire.Role
	ImportID string
	Login    string
	Given    string
	Family   string
	Born     string // 2012-01-31
	Mail     string
	Phone    string
	Address  string
	Language string
	Short    string
	Class    string   // name of the class without the word, "7b"
	Year     string   // "7"
	Groups   []string // names of the other groups that an import put the person into
	Leads    []Lead   // the classes that a teacher leads
	Managed  bool     // an import made or took over the account
	Own      bool     // signed in or registered before: the e-mail address is the person's own choice
	Left     bool     // left the school, not deleted yet
	Children []string // ids of a guardian's children, as far as imports said so
}

// Name is the given name and the family name.
func (p *Person) Name() string { return p.Given + " " + p.Family }

// Kinds of groups that an import makes.
const (
	GroupClass  = "class"
	GroupYear   = "year"
	GroupCourse = "course"
)

// Group is one group. Name is the whole name: "Klasse 7b", "Jahrgang 7".
type Group struct {
	ID      string
	Kind    string
	Name    string
	Managed bool // an import made it: an import may rename and close it
}

// ClassName and YearName are the names of the groups of a class and a year.
func ClassName(class string) string { return classPrefix + class }

// YearName is the name of a year's group.
func YearName(year string) string { return yearPrefix + year }

const (
	classPrefix = "Klasse "
	yearPrefix  = "Jahrgang "
)

// Decision settles one unclear line.
type Decision struct {
	As  string // id of the person whom the line means
	New bool   // the line means somebody new
}

// PlanOptions carry what a person decided when looking at an earlier preview.
type PlanOptions struct {
	Decisions map[int]Decision // by line
}

// Preview is what a list would change. It is applied in the order of its
// fields: groups end, are renamed (all at once: 7b may become 8b while 8b
// becomes 9b) and are made; then people. Everything in it is sorted.
type Preview struct {
	Kind    Kind     `json:"kind"`
	End     []Group  `json:"end,omitempty"` // closed: nobody of the list is in it any more
	Rename  []Rename `json:"rename,omitempty"`
	Create  []Group  `json:"create,omitempty"` // without an ID
	New     []New    `json:"new,omitempty"`
	Changed []Change `json:"changed,omitempty"`
	Moved   []Move   `json:"moved,omitempty"`
	Joins   []Member `json:"joins,omitempty"`   // into other groups than class and year, people known already
	Quits   []Member `json:"quits,omitempty"`   // out of them
	Leads   []Member `json:"leads,omitempty"`   // classes that people known already come to lead
	Unleads []Member `json:"unleads,omitempty"` // and do not lead any more
	Leaving []Leaver `json:"leaving,omitempty"` // locked now, deleted later
	Link    []Link   `json:"link,omitempty"`    // guardian and child, guardians known already
	Unlink  []Link   `json:"unlink,omitempty"`

	Unchanged int       `json:"unchanged"`
	Unclear   []Unclear `json:"unclear,omitempty"` // nothing happens to these until somebody decides
	Doubtful  []Doubt   `json:"doubtful,omitempty"`
	Notes     []Problem `json:"notes,omitempty"`
	Problems  []Problem `json:"problems,omitempty"` // of the list's lines

	// Confirm says that the preview takes away so much that it must not be
	// applied without asking once more; ConfirmWhy is "leaving" (more than
	// max(20, 20 %) of the people would leave) or "unread" (lines that could not
	// be read may name people who seem to leave).
	Confirm    bool   `json:"confirm,omitempty"`
	ConfirmWhy string `json:"confirmWhy,omitempty"`
}

// Empty reports whether applying the preview would write nothing.
func (p *Preview) Empty() bool {
	return len(p.End)+len(p.Rename)+len(p.Create)+len(p.New)+len(p.Changed)+len(p.Moved)+len(p.Joins)+
		len(p.Quits)+len(p.Leads)+len(p.Unleads)+len(p.Leaving)+len(p.Link)+len(p.Unlink) == 0
}

// New is a person to be added. Its Row has class, year and groups as the
// groups will be spelled, and the whole names of classes led; a guardian's has the first of the guardian's lines.
type New struct {
	Row      Row      `json:"row"`
	Login    string   `json:"login,omitempty"`    // guardians choose theirs
	Children []string `json:"children,omitempty"` // ids
}

// Change is what a list says otherwise about a person.
type Change struct {
	ID     string        `json:"id"`
	Name   string        `json:"name"`
	Line   int           `json:"line"`
	Back   bool          `json:"back,omitempty"` // was leaving and is not any more
	Fields []FieldChange `json:"fields,omitempty"`
}

// FieldChange is one value that changes. FieldManaged turns "" into "yes" when
// an account made by hand becomes the import's.
type FieldChange struct {
	Field Field  `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// FieldManaged stands in a FieldChange only.
const FieldManaged Field = "managed"

// Move is a person who comes into another class or year, beyond the renaming of both.
type Move struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Line      int    `json:"line"`
	FromClass string `json:"fromClass"`
	ToClass   string `json:"toClass"`
	FromYear  string `json:"fromYear"`
	ToYear    string `json:"toYear"`
}

// Rename is a group that changes its name and keeps all else.
type Rename struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Member is one person and one group by its name.
type Member struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"`
}

// Leaver is a person whom the list does not hold any more.
type Leaver struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
}

// Link is a guardian and a child.
type Link struct {
	Guardian string `json:"guardian"` // id
	Child    string `json:"child"`    // id
	Name     string `json:"name"`
	Line     int    `json:"line,omitempty"`
}

// Unclear is a line, or a person, that somebody has to decide about.
type Unclear struct {
	Problem
	People []string `json:"people,omitempty"` // ids that it may mean
}

// Doubt is a pair of guardians who may be one person: both lines of the list,
// or one line and a person of the school.
type Doubt struct {
	Name   string `json:"name"`
	Other  string `json:"other"`
	Line   int    `json:"line"`
	Line2  int    `json:"line2,omitempty"`
	Person string `json:"person,omitempty"` // id
	Why    string `json:"why"`              // "name": same name, nothing else agrees; "email": same address, other name
}

// Plan works out what a list changes. It writes nothing and is a pure function
// of its arguments.
func Plan(school School, list List, opts PlanOptions) Preview {
	p := &planner{
		school: school, list: list, opts: opts,
		preview: Preview{Kind: list.Kind, Problems: slices.Clip(list.Problems)},
		byID:    map[string]*Person{}, logins: map[string]bool{}, matched: map[string]bool{}, held: map[string]bool{},
	}
	for i := range school.People {
		person := &school.People[i]
		p.byID[person.ID] = person
		if person.Login != "" {
			p.logins[strings.ToLower(person.Login)] = true
		}
	}
	if list.Kind == Guardians {
		p.guardians()
	} else {
		p.match()
		p.leave()
		p.regroup()
		p.people()
		p.guard()
	}
	slices.SortStableFunc(p.preview.Unclear, func(a, b Unclear) int { return a.Line - b.Line })
	p.sortProblems()
	return p.preview
}

type planner struct {
	school  School
	list    List
	opts    PlanOptions
	preview Preview

	byID    map[string]*Person
	logins  map[string]bool
	matched map[string]bool // ids of people whom a line means
	held    map[string]bool // ids of people who stay as they are until somebody decides
	rows    []pairing
	alike   map[string][]int // lines by name, of the rows that no decision and no import ID settled

	classes, years *renaming
	courses        map[string]string // folded name to the name as it is or will be spelled
	renames        map[string]string // folded whole name now to the one then, "" = closed
	leaving        map[string]bool
	leadable       map[string]string // folded name of a class to the name as it is or will be spelled
	doubted        map[string]bool   // guardians and children about whom the list is not sure
}

// pairing is a row and the person whom it means; nil = somebody new.
type pairing struct {
	row    *Row
	person *Person
}

func (p *planner) role() wire.Role {
	switch p.list.Kind {
	case Teachers:
		return wire.RoleTeacher
	case Guardians:
		return wire.RoleGuardian
	default:
		return wire.RoleStudent
	}
}

func (p *planner) unclear(row *Row, code string, args map[string]string, people ...*Person) {
	u := Unclear{Problem: Problem{Code: code, Args: args}}
	if row != nil {
		u.Line = row.Line
	}
	for _, person := range people {
		u.People = append(u.People, person.ID)
		p.held[person.ID] = true
	}
	p.preview.Unclear = append(p.preview.Unclear, u)
}

// leave finds those whom the list does not name any more. Whom a refused line
// names stays, and so does everybody who stands in an unclear one.
func (p *planner) leave() {
	refused := map[string]bool{}
	for _, row := range p.list.Refused {
		if row.ImportID != "" {
			refused["id "+row.ImportID] = true
		}
		refused["name "+fold(row.Given)+"|"+fold(row.Family)] = true
	}
	for i := range p.school.People {
		person := &p.school.People[i]
		if person.Role != p.role() || !person.Managed || person.Left || p.matched[person.ID] || p.held[person.ID] {
			continue
		}
		name := "name " + fold(person.Given) + "|" + fold(person.Family)
		if person.ImportID != "" && refused["id "+person.ImportID] || refused[name] {
			p.unclear(nil, CodeRowRefused, map[string]string{"name": person.Name()}, person)
			continue
		}
		p.preview.Leaving = append(p.preview.Leaving, Leaver{ID: person.ID, Name: person.Name(), Class: person.Class})
	}
	slices.SortStableFunc(p.preview.Leaving, func(a, b Leaver) int {
		if c := natural(a.Class, b.Class); c != 0 {
			return c
		}
		x, y := p.byID[a.ID], p.byID[b.ID]
		if c := strings.Compare(fold(x.Family), fold(y.Family)); c != 0 {
			return c
		}
		if c := strings.Compare(fold(x.Given), fold(y.Given)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// guard sets Confirm where a list would take more people away than a school
// loses between two lists.
func (p *planner) guard() {
	managed := 0
	for i := range p.school.People {
		person := &p.school.People[i]
		if person.Role == p.role() && person.Managed && !person.Left {
			managed++
		}
	}
	switch leaving := len(p.preview.Leaving); {
	case leaving > max(20, managed/5):
		p.preview.Confirm, p.preview.ConfirmWhy = true, "leaving"
	case leaving > 0 && p.list.Unread > 0:
		p.preview.Confirm, p.preview.ConfirmWhy = true, "unread"
	}
}
