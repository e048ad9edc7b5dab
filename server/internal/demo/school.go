package demo

import (
	"fmt"
	"strings"

	"schulhof/server/internal/config"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/wire"
)

// Password is the password of every account but tom.test's, whose first password
// is TomsPassword, the date of birth, without an end.
const (
	Password     = "Schulhof-2026" //nolint:gosec // everybody may know it
	TomsPassword = "24.12.2013"
)

// School is what anybody may know of the Musterschule.
func School() config.School {
	return config.School{
		Name: "Musterschule", Place: "Musterstadt", LogoData: logo(),
		Imprint: strings.Join([]string{
			"Musterschule", "Schulstraße 1", "12345 Musterstadt", "", "Schulleitung: Claudia Direktor",
			"Telefon: 0123 456789", "E-Mail: sekretariat@musterschule.example", "",
			"Dies ist eine Vorführschule. Alle Namen sind erfunden.",
		}, "\n"),
		LoginHint: "Anmelden mit vorname.nachname, Eltern mit ihrer E-Mail-Adresse.",
	}
}

// account is a person before ids and hashes.
type account struct {
	people.Person
	class    string
	password string
}

// builder puts the school together.
type builder struct {
	full     bool
	accounts []account
	taken    map[string]bool
}

// build gives all accounts; with full unset only those whom the documentation names.
func build(full bool) []account {
	b := builder{full: full, taken: map[string]bool{}}
	b.add("", wire.RoleTeacher, "Anna", "Schmidt", "1984-06-11")
	b.add("", wire.RoleTeacher, "Bernd", "Richter", "1977-10-03")
	b.add("", wire.RoleTeacher, "Claudia", "Direktor", "1969-02-20").Head = true
	admin := b.add("", wire.RoleStaff, "", "Administrator", "")
	admin.Login, admin.Admin = "admin", true
	b.guardian("Erika", "Musterfrau", "erika.musterfrau@example.org")
	b.guardian("Sabine", "Weber", "sabine.weber@example.org")
	b.add("5a", wire.RoleStudent, "Mia", "Test", "2016-02-08")
	b.add("7b", wire.RoleStudent, "Lena", "Weber", "2014-05-19")
	tom := b.add("7b", wire.RoleStudent, "Tom", "Test", "2013-12-24")
	tom.MustChange, tom.StartKind, tom.password = true, people.StartBorn, ""
	if full {
		b.fill()
	}
	return b.accounts
}

// add adds an account; the pointer counts until the next.
func (b *builder) add(class string, role wire.Role, given, family, born string) *account {
	login := roster.LoginFor(role, given, family, func(login string) bool { return b.taken[login] })
	b.taken[login] = true
	p := people.Person{Login: login, Given: given, Family: family, Role: role, Born: born}
	if role == wire.RoleTeacher {
		p.Email = login + "@musterschule.example"
	}
	b.accounts = append(b.accounts, account{Person: p, class: class, password: Password})
	return &b.accounts[len(b.accounts)-1]
}

func (b *builder) guardian(given, family, email string) {
	a := b.add("", wire.RoleGuardian, given, family, "")
	a.Login, a.Email = email, email
}

// classes with the year in which most of their students were born.
var classes = []struct {
	name string
	born int
}{{"5a", 2015}, {"7b", 2013}, {"8a", 2012}}

const classSize = 30

// fill adds the other teachers, students and guardians.
func (b *builder) fill() {
	for _, s := range staff {
		b.add("", wire.RoleTeacher, s.given, s.family, s.born)
	}
	n := 0
	for _, class := range classes {
		have := 0
		for _, a := range b.accounts {
			if a.class == class.name {
				have++
			}
		}
		for ; have < classSize; have++ {
			b.student(class.name, class.born, n)
			n++
		}
	}
}

// student adds the n-th student; every fourth has a guardian with an account.
func (b *builder) student(class string, born, n int) {
	family, daughter, ok := strings.Cut(families[n%len(families)], "/")
	given := boys[n/2%len(boys)]
	father := family
	if n%2 == 0 {
		given = girls[n/2%len(girls)]
		if ok {
			family = daughter
		}
	}
	day := n*37%365 + 1
	b.add(class, wire.RoleStudent, given, family, fmt.Sprintf("%d-%02d-%02d", born+n%3/2, (day/31)%12+1, day%28+1))
	if n%4 != 0 || n >= 96 {
		return
	}
	parents := []string{"Katrin", "Mehmet", "Agnieszka", "Thomas", "Fatma", "Serhij", "Nadine", "Ahmad"}
	first := parents[n/4%len(parents)]
	last := father
	if strings.HasSuffix(first, "a") && ok {
		last = daughter
	}
	b.guardian(first, last, roster.Login(first, last, func(string) bool { return false })+"@example.org")
}

// groups gives the groups and who is in them, by login.
func groups(accounts []account) []group {
	out := []group{
		{Group: people.Group{Slug: "klasse-5a", Name: "Klasse 5a", Kind: people.KindClass}, class: "5a", leads: []string{"dorothea.lehmann"}},
		{Group: people.Group{Slug: "klasse-7b", Name: "Klasse 7b", Kind: people.KindClass}, class: "7b", leads: []string{"anna.schmidt"}},
		{Group: people.Group{Slug: "klasse-8a", Name: "Klasse 8a", Kind: people.KindClass}, class: "8a", leads: []string{"erkan.simsek"}},
		{Group: people.Group{Slug: "mathematik-7b", Name: "Mathematik 7b", Kind: people.KindCourse}, class: "7b", leads: []string{"bernd.richter"}},
		{Group: people.Group{Slug: "mathematik-8a", Name: "Mathematik 8a", Kind: people.KindCourse}, class: "8a", leads: []string{"bernd.richter"}},
		{Group: people.Group{Slug: "kollegium", Name: "Kollegium", Kind: people.KindStaff}, leads: []string{"claudia.direktor"}},
	}
	for i := range out {
		g := &out[i]
		for _, a := range accounts {
			staff := a.Role == wire.RoleTeacher || a.Role == wire.RoleStaff
			if g.Kind == people.KindStaff && staff || g.class != "" && a.class == g.class {
				g.members = append(g.members, a.Login)
			}
		}
	}
	return out
}

type group struct {
	people.Group
	class   string
	leads   []string
	members []string
}

// school resolves logins to ids.
func school(accounts []account, id func() string) module.DemoSchool {
	var s module.DemoSchool
	byLogin := map[string]string{}
	for i := range accounts {
		accounts[i].ID = id()
		byLogin[accounts[i].Login] = accounts[i].ID
		s.Persons = append(s.Persons, accounts[i].Person)
	}
	for _, g := range groups(accounts) {
		g.ID = id()
		d := module.DemoGroup{Group: g.Group}
		leads := map[string]bool{}
		for _, login := range g.leads {
			if person, ok := byLogin[login]; ok {
				leads[person] = true
				d.Members = append(d.Members, module.DemoMember{PersonID: person, Lead: true})
			}
		}
		for _, login := range g.members {
			if !leads[byLogin[login]] {
				d.Members = append(d.Members, module.DemoMember{PersonID: byLogin[login]})
			}
		}
		s.Groups = append(s.Groups, d)
	}
	return s
}

// guardians gives guardian and child, by login.
func guardians(accounts []account) [][2]string {
	out := [][2]string{
		{"erika.musterfrau@example.org", "tom.test"},
		{"erika.musterfrau@example.org", "mia.test"},
		{"sabine.weber@example.org", "lena.weber"},
	}
	for i, a := range accounts { // the others follow their child
		if a.Role == wire.RoleGuardian && i > 0 && accounts[i-1].Role == wire.RoleStudent {
			out = append(out, [2]string{a.Login, accounts[i-1].Login})
		}
	}
	return out
}
