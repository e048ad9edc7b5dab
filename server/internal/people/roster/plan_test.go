package roster

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"schulhof/server/wire"
)

func plan(t *testing.T, school School, kind Kind, text string) Preview {
	t.Helper()
	return Plan(school, read(t, kind, text), PlanOptions{})
}

// apply does to a school what a preview says, as the database will: groups end,
// are renamed and made, then people.
func apply(school School, p Preview) School {
	out := School{Groups: slices.Clone(school.Groups)}
	for _, person := range school.People {
		person.Groups, person.Children, person.Leads = slices.Clone(person.Groups), slices.Clone(person.Children), slices.Clone(person.Leads)
		out.People = append(out.People, person)
	}
	names := map[string]string{}
	for _, end := range p.End {
		names[end.Name] = ""
		out.Groups = slices.DeleteFunc(out.Groups, func(g Group) bool { return g.ID == end.ID })
	}
	for _, r := range p.Rename {
		names[r.From] = r.To
		at := slices.IndexFunc(out.Groups, func(g Group) bool { return g.ID == r.ID })
		out.Groups[at].Name = r.To
	}
	for _, g := range p.Create {
		g.ID = fmt.Sprintf("g%d", groupCount.Add(1))
		out.Groups = append(out.Groups, g)
	}
	then := func(prefix, name string) string {
		if to, ok := names[prefix+name]; ok && name != "" {
			return strings.TrimPrefix(to, prefix)
		}
		return name
	}
	for i := range out.People {
		q := &out.People[i]
		q.Class, q.Year = then(classPrefix, q.Class), then(yearPrefix, q.Year)
		for j, g := range q.Groups {
			q.Groups[j] = then("", g)
		}
		q.Groups = slices.DeleteFunc(q.Groups, func(g string) bool { return g == "" })
		for j := range q.Leads {
			q.Leads[j].Group = then("", q.Leads[j].Group)
		}
		q.Leads = slices.DeleteFunc(q.Leads, func(l Lead) bool { return l.Group == "" })
	}
	byID := map[string]*Person{}
	for i := range out.People {
		byID[out.People[i].ID] = &out.People[i]
	}
	for _, l := range p.Leaving {
		q := byID[l.ID]
		q.Left, q.Class, q.Year, q.Groups, q.Leads = true, "", "", nil, nil
	}
	for _, c := range p.Changed {
		q := byID[c.ID]
		q.Left = false
		for _, f := range c.Fields {
			set(q, f)
		}
	}
	for _, m := range p.Moved {
		byID[m.ID].Class, byID[m.ID].Year = m.ToClass, m.ToYear
	}
	for _, m := range p.Quits {
		byID[m.ID].Groups = slices.DeleteFunc(byID[m.ID].Groups, func(g string) bool { return fold(g) == fold(m.Group) })
	}
	for _, m := range p.Unleads {
		byID[m.ID].Leads = slices.DeleteFunc(byID[m.ID].Leads, func(l Lead) bool { return l.Managed && fold(l.Group) == fold(m.Group) })
	}
	for _, m := range p.Leads { // a member who leads is a lead
		byID[m.ID].Groups = slices.DeleteFunc(byID[m.ID].Groups, func(g string) bool { return fold(g) == fold(m.Group) })
		byID[m.ID].Leads = append(byID[m.ID].Leads, Lead{m.Group, true})
	}
	for _, m := range p.Joins {
		byID[m.ID].Groups = append(byID[m.ID].Groups, m.Group)
	}
	for _, l := range p.Unlink {
		byID[l.Guardian].Children = slices.DeleteFunc(byID[l.Guardian].Children, func(c string) bool { return c == l.Child })
	}
	for _, l := range p.Link {
		byID[l.Guardian].Children = append(byID[l.Guardian].Children, l.Child)
	}
	role := map[Kind]wire.Role{Students: wire.RoleStudent, Teachers: wire.RoleTeacher, Guardians: wire.RoleGuardian}[p.Kind]
	for _, n := range p.New {
		leads := []Lead{}
		for _, name := range n.Row.Leads {
			leads = append(leads, Lead{name, true})
			n.Row.Groups = slices.DeleteFunc(slices.Clone(n.Row.Groups), func(g string) bool { return fold(g) == fold(name) })
		}
		out.People = append(out.People, Person{
			ID: fmt.Sprintf("p%d", len(out.People)), Role: role, ImportID: n.Row.ImportID, Login: n.Login, Given: n.Row.Given,
			Family: n.Row.Family, Born: n.Row.Born, Mail: n.Row.Mail, Phone: n.Row.Phone, Address: n.Row.Address,
			Language: n.Row.Language, Short: n.Row.Short, Class: n.Row.Class, Year: n.Row.Year, Groups: n.Row.Groups,
			Managed: true, Children: n.Children, Leads: leads,
		})
	}
	return out
}

var groupCount atomic.Int64

func set(q *Person, f FieldChange) {
	if f.Field == FieldManaged {
		q.Managed = true
		return
	}
	*map[Field]*string{
		FieldImportID: &q.ImportID, FieldGiven: &q.Given, FieldFamily: &q.Family, FieldBorn: &q.Born, FieldShort: &q.Short,
		FieldPhone: &q.Phone, FieldAddress: &q.Address, FieldLanguage: &q.Language, FieldMail: &q.Mail,
	}[f.Field] = f.To
}

const year1 = "Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n" +
	"1;Max;Muster;7b;01.01.2013;\n2;Eva;Beispiel;7b;02.01.2013;AG Schach\n3;Ali;Demir;7b;03.01.2013;\n" +
	"4;Mia;Alt;8b;04.01.2012;\n5;Tim;Jung;8b;05.01.2012;\n6;Ida;Groß;10b;06.01.2010;\n"

func first(t *testing.T) School {
	t.Helper()
	p := plan(t, School{}, Students, year1)
	return apply(School{}, p)
}

func TestFirstImport(t *testing.T) {
	p := plan(t, School{}, Students, year1)
	groups := make([]string, 0, len(p.Create))
	for _, g := range p.Create {
		groups = append(groups, g.Name+"/"+g.Kind)
	}
	want := []string{
		"Klasse 7b/class", "Klasse 8b/class", "Klasse 10b/class", "Jahrgang 7/year", "Jahrgang 8/year", "Jahrgang 10/year", "AG Schach/club",
	}
	if !reflect.DeepEqual(groups, want) {
		t.Errorf("groups %q", groups)
	}
	if len(p.New) != 6 || p.New[5].Login != "ida.gross" || p.Confirm {
		t.Errorf("new %+v, confirm %v", p.New, p.Confirm)
	}
	if again := Plan(first(t), read(t, Students, year1), PlanOptions{}); !again.Empty() || again.Unchanged != 6 {
		t.Errorf("again: %+v", again)
	}
}

func TestSchoolYearChange(t *testing.T) {
	school := first(t)
	p := plan(t, school, Students, "Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n"+
		"1;Max;Muster;8b;01.01.2013;\n2;Eva;Beispiel-Neu;8b;02.01.2013;\n3;Ali;Demir;7b;03.01.2013;\n"+
		"4;Mia;Alt;9b;04.01.2012;\n5;Tim;Jung;9b;05.01.2012;\n7;Neu;Kind;7b;1.2.2014;\n")
	got := fmt.Sprint(p.Rename)
	for _, want := range []string{"Klasse 7b Klasse 8b", "Klasse 8b Klasse 9b", "Jahrgang 7 Jahrgang 8", "Jahrgang 8 Jahrgang 9"} {
		if !strings.Contains(got, want) {
			t.Errorf("renames %s lack %q", got, want)
		}
	}
	if len(p.Rename) != 4 || len(p.End) != 3 || p.End[0].Name != "Klasse 10b" || p.End[2].Name != "AG Schach" {
		t.Errorf("renames %v, ends %v", p.Rename, p.End)
	}
	if len(p.Moved) != 1 || p.Moved[0].Name != "Ali Demir" || p.Moved[0].FromClass != "8b" || p.Moved[0].ToClass != "7b" {
		t.Errorf("moved %+v", p.Moved)
	}
	if len(p.Leaving) != 1 || p.Leaving[0].Name != "Ida Groß" {
		t.Errorf("leaving %+v", p.Leaving)
	}
	if len(p.Changed) != 1 || !reflect.DeepEqual(p.Changed[0].Fields, []FieldChange{{FieldFamily, "Beispiel", "Beispiel-Neu"}}) {
		t.Errorf("changed %+v", p.Changed)
	}
	if len(p.Create) != 2 || p.Create[0].Name != "Klasse 7b" || p.Create[1].Name != "Jahrgang 7" {
		t.Errorf("create %+v", p.Create)
	}
	after := apply(school, p)
	if eva := after.People[1]; eva.Login != "eva.beispiel" || eva.Class != "8b" {
		t.Errorf("a renamed person %+v", eva)
	}
}

// The group of a class that nobody of it is in any more is not for those who
// come under its name.
func TestOldClassIsNotHandedOn(t *testing.T) {
	school := first(t)
	p := plan(t, school, Students, "Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n"+
		"1;Max;Muster;10b;;\n2;Eva;Beispiel;10a;;\n3;Ali;Demir;10c;;AG Schach\n4;Mia;Alt;8b;;\n5;Tim;Jung;8b;;\n")
	ended, made := make([]string, 0, len(p.End)), make([]string, 0, len(p.Create))
	for _, g := range p.End {
		ended = append(ended, g.Name)
	}
	for _, g := range p.Create {
		made = append(made, g.Name)
	}
	if !slices.Contains(ended, "Klasse 10b") || !slices.Contains(made, "Klasse 10b") {
		t.Errorf("ended %q, made %q", ended, made)
	}
}

func TestUnclear(t *testing.T) {
	person := func(id, given, family, born string, change func(*Person)) Person {
		p := Person{ID: id, Role: wire.RoleStudent, Given: given, Family: family, Born: born, Class: "5a", Year: "5", Managed: true}
		if change != nil {
			change(&p)
		}
		return p
	}
	groups := []Group{{"g1", GroupClass, "Klasse 5a", true}, {"g2", GroupYear, "Jahrgang 5", true}}
	tests := []struct {
		name   string
		people []Person
		rows   string
		code   string
		ids    []string
	}{
		{"two of one name", nil, ";A;B;5a;\n;A;B;5b;\n", CodeSameName, nil},
		{"possible rename", []Person{person("p", "A", "Alt", "2014-01-01", nil)}, ";A;Neu;5a;1.1.2014\n", CodePossibleRename, []string{"p"}},
		{
			"another import ID",
			[]Person{person("p", "A", "B", "2014-01-01", func(p *Person) { p.ImportID = "7" })},
			"8;A;B;5a;1.1.2014\n", CodeIDChanged,
			[]string{"p"},
		},
		{
			"made by hand",
			[]Person{person("p", "A", "B", "", func(p *Person) { p.Managed = false })},
			"8;A;B;5a;1.1.2014\n", CodeByHand,
			[]string{"p"},
		},
		{
			"one of two",
			[]Person{person("p", "A", "B", "", nil), person("q", "A", "B", "", nil)},
			"8;A;B;;1.1.2014\n", CodeAmbiguous,
			[]string{"p", "q"},
		},
		{
			"comes back",
			[]Person{person("p", "A", "B", "", func(p *Person) { p.Left = true })},
			"8;A;B;5a;1.1.2014\n", CodeMayReturn,
			[]string{"p"},
		},
		{"own line refused", []Person{person("p", "A", "B", "", nil)}, ";A;B;5a;31.2.2014\n", CodeRowRefused, []string{"p"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plan(t, School{People: test.people, Groups: groups}, Students,
				"Import-ID;Vorname;Nachname;Klasse;Geburtsdatum\n"+test.rows+";Viel;Neu;5a;\n")
			if len(p.Unclear) == 0 || p.Unclear[0].Code != test.code || !reflect.DeepEqual(p.Unclear[0].People, test.ids) {
				t.Fatalf("unclear %+v", p.Unclear)
			}
			if len(p.Leaving) > 0 || len(p.New) != 1 || len(p.Changed) > 0 {
				t.Errorf("leaving %v, new %v, changed %v", p.Leaving, p.New, p.Changed)
			}
			if text := p.Unclear[0].Text("de"); strings.Contains(text, "{") {
				t.Error(text)
			}
		})
	}
}

func TestDecisions(t *testing.T) {
	school := School{People: []Person{{ID: "p", Role: wire.RoleStudent, ImportID: "7", Given: "A", Family: "Alt", Born: "2014-01-01", Managed: true}}}
	list := read(t, Students, "Import-ID;Vorname;Nachname;Geburtsdatum\n8;A;Alt;1.1.2014\n")
	if p := Plan(school, list, PlanOptions{Decisions: map[int]Decision{2: {As: "p"}}}); len(p.Changed) != 1 || len(p.Unclear) > 0 {
		t.Errorf("as p: %+v", p)
	}
	if p := Plan(school, list, PlanOptions{Decisions: map[int]Decision{2: {New: true}}}); len(p.New) != 1 || len(p.Leaving) != 1 {
		t.Errorf("as new: %+v", p)
	}
	if p := Plan(school, list, PlanOptions{Decisions: map[int]Decision{2: {As: "x"}}}); len(p.Unclear) != 1 || p.Unclear[0].Code != CodeDecision {
		t.Errorf("as nobody: %+v", p)
	}
}

func TestGuard(t *testing.T) {
	var rows, fewer strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "%d;A%d;B;7b\n", i, i)
		if i < 159 {
			fmt.Fprintf(&fewer, "%d;A%d;B;7b\n", i, i)
		}
	}
	const header = "Import-ID;Vorname;Nachname;Klasse\n"
	school := apply(School{}, plan(t, School{}, Students, header+rows.String()))
	p := plan(t, school, Students, header+fewer.String())
	if len(p.Leaving) != 41 || !p.Confirm || p.ConfirmWhy != "leaving" {
		t.Errorf("%d leave, confirm %v", len(p.Leaving), p.Confirm)
	}
	p = plan(t, school, Students, header+fewer.String()+"159;A159;B;7b\n")
	if len(p.Leaving) != 40 || p.Confirm {
		t.Errorf("%d leave, confirm %v", len(p.Leaving), p.Confirm)
	}
	p = plan(t, school, Students, header+fewer.String()+"159;A159;B;7b\n\"160;A160\n")
	if !p.Confirm || p.ConfirmWhy != "unread" {
		t.Errorf("an unread line: confirm %v %s", p.Confirm, p.ConfirmWhy)
	}
}

func TestTeachersAndTheirGroups(t *testing.T) {
	school := first(t)
	p := plan(t, school, Teachers, "Vorname;Nachname;Kürzel;Gruppen\nAnna;Schmidt;SMT;\"Kollegium;Klasse 7B\"\n")
	if len(p.New) != 1 || !reflect.DeepEqual(p.New[0].Row.Groups, []string{"Klasse 7b", "Kollegium"}) || len(p.Leaving) > 0 {
		t.Errorf("%+v", p)
	}
	if len(p.Create) != 1 || p.Create[0].Kind != "staff" || len(p.End) > 0 {
		t.Errorf("create %+v, end %+v", p.Create, p.End)
	}
}

func TestGuardians(t *testing.T) {
	school := first(t)
	const header = "Vorname;Nachname;Kind-ID;E-Mail;Telefonnummer;Adresse\n"
	list := header +
		"Erika;Muster;1;e@example.org;;\nErika;Muster;2;;0171 / 123456;\nErika;Muster;3;E@example.org;+49 171 123456;\n" +
		"Sabine;Weber;4;;;Hauptstr. 5, 12345 Ort\nSabine;Weber;5;;;Hauptstraße 5 12345 Ort\n" +
		"Sabine;Weber;6;;;\nPaul;Muster;1;e@example.org;;\nX;Y;99;;;\n"
	p := plan(t, school, Guardians, list)
	if len(p.New) != 4 || len(p.New[0].Children) != 3 || len(p.New[1].Children) != 2 || len(p.New[2].Children) != 1 {
		t.Errorf("new %+v", p.New)
	}
	if p.New[0].Row.Mail != "e@example.org" || p.New[0].Row.Phone != "0171 / 123456" || p.New[0].Login != "" {
		t.Errorf("merged %+v", p.New[0])
	}
	if len(p.Doubtful) != 2 || p.Doubtful[0].Why != "email" || p.Doubtful[1].Why != "name" || p.Doubtful[1].Line != 5 || p.Doubtful[1].Line2 != 7 {
		t.Errorf("doubtful %+v", p.Doubtful)
	}
	if len(p.Unclear) != 1 || p.Unclear[0].Code != CodeChildUnknown || p.Unclear[0].Line != 9 {
		t.Errorf("unclear %+v", p.Unclear)
	}
	after := apply(school, p)
	if again := plan(t, after, Guardians, list); !again.Empty() || again.Unchanged != 4 {
		t.Errorf("again: %+v", again)
	}
	// An own address stays, a child goes to another guardian, the absent stay.
	for i := range after.People {
		after.People[i].Own = true
	}
	p = plan(t, after, Guardians, header+"Erika;Muster;1;new@example.org;;\nErika;Muster;3;new@example.org;;\nPaul;Muster;2;p@example.org;;\nPaul;Muster;1;p@example.org;;\n")
	if len(p.Changed) != 0 || len(p.Link) != 1 || len(p.Unlink) != 1 || p.Unlink[0].Name != "Erika Muster" || len(p.Leaving) != 0 {
		t.Errorf("second list %+v", p)
	}
}

func TestPasswordsStayOut(t *testing.T) {
	p := plan(t, School{}, Students, "Vorname;Nachname;Passwort\nA;B;Secret-123\n")
	if p.New[0].Row.Password != "Secret-123" {
		t.Error("the password did not come through")
	}
	if text, err := jsonOf(p); err != nil || strings.Contains(text, "Secret") {
		t.Errorf("%v %s", err, text)
	}
}

// rowsGen makes lists in which names, ids, classes and dates collide often.
func rowsGen(kind Kind) *rapid.Generator[string] {
	pick := func(words ...string) *rapid.Generator[string] { return rapid.SampledFrom(words) }
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		ids := rapid.Bool().Draw(t, "ids")
		if kind == Guardians {
			b.WriteString("Vorname;Nachname;Kind-ID;E-Mail;Telefon;Import-ID\n")
		} else {
			b.WriteString("Vorname;Nachname;Klasse;Geburtsdatum;Gruppen;Import-ID")
			if kind == Teachers {
				b.WriteString(";Klassenleitung")
			}
			b.WriteString("\n")
		}
		for range rapid.IntRange(1, 14).Draw(t, "rows") {
			id := ""
			if ids || rapid.IntRange(0, 5).Draw(t, "id?") == 0 {
				id = pick("1", "2", "3", "4", "5", "6", "7", "8").Draw(t, "id")
			}
			given, family := pick("A", "B", "É", "Anna-Lena").Draw(t, "given"), pick("X", "Y", "Müller", "Mueller").Draw(t, "family")
			if kind == Guardians {
				if !ids {
					id = ""
				}
				fmt.Fprintf(&b, "%s;%s;%s;%s;%s;%s\n", given, family, pick("1", "2", "3", "4", "9").Draw(t, "child"),
					pick("", "a@b.de", "A@b.de", "c@d.de").Draw(t, "mail"), pick("", "0171 123456", "+49171123456", "030 99999").Draw(t, "phone"), id)
				continue
			}
			fmt.Fprintf(&b, "%s;%s;%s;%s;%s;%s", given, family, pick("7a", "7b", "07B", "8a", "8b", "9a", "Q1", "").Draw(t, "class"),
				pick("", "1.1.2012", "2.1.2012", "31.2.2012").Draw(t, "born"),
				pick("", "AG X", `"AG x;Kurs 1"`, "Klasse 7b", `"Kurs 1,Jahrgang 8"`).Draw(t, "groups"), id)
			if kind == Teachers {
				b.WriteString(";" + pick("", "9a", "7b", `"9A, 07b"`, "Klasse 9a").Draw(t, "leads"))
			}
			b.WriteString("\n")
		}
		return b.String()
	})
}

// Whatever lists come one after the other: once one is applied, the same list
// changes nothing, and the plan does not depend on the order of the people.
func TestAppliedListIsEmpty(t *testing.T) {
	for _, kind := range []Kind{Students, Teachers, Guardians} {
		t.Run(string(kind), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				school := School{}
				for i := range 6 {
					school.People = append(school.People, Person{
						ID: fmt.Sprintf("c%d", i), Role: wire.RoleStudent, ImportID: strconv.Itoa(i), Given: "Kind", Family: "Q",
						Managed: kind == Guardians, Born: "2012-01-01", Login: fmt.Sprintf("kind%d", i),
					})
				}
				school.Groups = []Group{{"h1", GroupClass, "Klasse 9a", false}, {"h2", GroupCourse, "Kurs 1", true}}
				for range rapid.IntRange(1, 4).Draw(t, "lists") {
					text := rowsGen(kind).Draw(t, "list")
					list, err := Read(strings.NewReader(text), Options{Kind: kind})
					if err != nil {
						t.Fatal(err)
					}
					p := Plan(school, list, PlanOptions{})
					mixed := School{People: slices.Clone(school.People), Groups: slices.Clone(school.Groups)}
					slices.Reverse(mixed.Groups)
					if other := Plan(mixed, list, PlanOptions{}); !reflect.DeepEqual(p, other) {
						t.Fatalf("the order of groups matters:\n%+v\n%+v", p, other)
					}
					after := apply(school, p)
					consistent(t, after)
					again := Plan(after, list, PlanOptions{})
					if !again.Empty() {
						t.Fatalf("list\n%s\nschool %+v\nfirst %+v\nagain %+v", text, school, p, again)
					}
					school = after
				}
			})
		})
	}
}

// consistent checks what must hold in every school after every list.
func consistent(t *rapid.T, school School) {
	names, logins, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, g := range school.Groups {
		if names[fold(g.Name)] {
			t.Fatalf("two groups %q in %+v", g.Name, school.Groups)
		}
		names[fold(g.Name)] = true
	}
	for _, p := range school.People {
		if p.Login != "" && logins[p.Login] {
			t.Fatalf("two people with login %s", p.Login)
		}
		logins[p.Login] = true
		if key := string(p.Role) + cmp.Or(p.ImportID, p.ID+"?"); ids[key] {
			t.Fatalf("two people with import ID %s", p.ImportID)
		} else {
			ids[key] = true
		}
		if p.Class != "" && !names[fold(ClassName(p.Class))] || p.Year != "" && !names[fold(YearName(p.Year))] {
			t.Fatalf("%+v has a class or year without a group: %+v", p, school.Groups)
		}
		for _, g := range p.Groups {
			if !names[fold(g)] {
				t.Fatalf("%+v is in no group %q", p, g)
			}
		}
	}
}

func bigList(classes int, year string) []byte {
	var b bytes.Buffer
	b.WriteString("Import-ID;Vorname;Nachname;Klasse;Geburtsdatum;Gruppen\n")
	for i := range 4000 {
		fmt.Fprintf(&b, "id-%d;Vorname%d;Größe-Müller%d;%s%c;%d.%d.2012;\"Kurs %d;AG %d\"\n",
			i, i%500, i%700, year, 'a'+i%classes, i%28+1, i%12+1, i%90, i%20)
	}
	return b.Bytes()
}

func BenchmarkReadAndPlan(b *testing.B) {
	data := bigList(25, "7")
	list, err := Read(bytes.NewReader(data), Options{})
	if err != nil {
		b.Fatal(err)
	}
	school := apply(School{}, Plan(School{}, list, PlanOptions{}))
	next := bigList(25, "8")
	for b.Loop() {
		list, err := Read(bytes.NewReader(next), Options{})
		if err != nil || len(list.Rows) != 4000 {
			b.Fatal(err)
		}
		if p := Plan(school, list, PlanOptions{}); len(p.Rename) != 26 {
			b.Fatalf("%d renames", len(p.Rename))
		}
	}
}

func jsonOf(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}
