package demo

import (
	"bytes"
	"fmt"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

func byLogin(t *testing.T, list []account) map[string]account {
	t.Helper()
	out := map[string]account{}
	for _, a := range list {
		if _, twice := out[a.Login]; twice {
			t.Errorf("two accounts %s", a.Login)
		}
		out[a.Login] = a
	}
	return out
}

func TestSchoolIsAsDocumented(t *testing.T) {
	all := build(true)
	of := byLogin(t, all)
	roles, inClass := map[wire.Role]int{}, map[string]int{}
	for _, a := range all {
		roles[a.Role]++
		if a.class != "" {
			inClass[a.class]++
		}
	}
	if roles[wire.RoleStudent] != 90 || !maps.Equal(inClass, map[string]int{"5a": 30, "7b": 30, "8a": 30}) {
		t.Errorf("roles %v, classes %v", roles, inClass)
	}
	for login, want := range map[string]string{
		"lena.weber": "student 7b Schulhof-2026", "mia.test": "student 5a Schulhof-2026", "tom.test": "student 7b born 2013-12-24 must change",
		"anna.schmidt": "teacher  Schulhof-2026", "bernd.richter": "teacher  Schulhof-2026", "claudia.direktor": "teacher  Schulhof-2026 head",
		"erika.musterfrau@example.org": "guardian  Schulhof-2026", "sabine.weber@example.org": "guardian  Schulhof-2026",
		"admin": "staff  Schulhof-2026 admin",
	} {
		a := of[login]
		words := []string{string(a.Role), a.class, a.password}
		if a.StartKind != people.StartNone {
			words[2] = string(a.StartKind) + " " + a.Born
		}
		for word, is := range map[string]bool{"must change": a.MustChange, "head": a.Head, "admin": a.Admin} {
			if is {
				words = append(words, word)
			}
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %s, want %s", login, got, want)
		}
	}
	if slices.ContainsFunc(all, func(a account) bool {
		return a.Admin != (a.Login == "admin") || a.MustChange != (a.Login == "tom.test")
	}) {
		t.Error("others are administrators or must change their password")
	}
	named := byLogin(t, build(false))
	for login := range named {
		if _, ok := of[login]; !ok {
			t.Errorf("%s is only in the small school", login)
		}
	}
	if len(named) != 9 {
		t.Errorf("%d accounts in the small school", len(named))
	}
}

func TestSchoolIsPlausible(t *testing.T) {
	login := regexp.MustCompile(`^([a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)+[0-9]*|admin|[a-z.0-9-]+@example\.org)$`)
	names := map[string]bool{}
	for _, a := range build(true) {
		if !login.MatchString(a.Login) {
			t.Errorf("login %q of %s", a.Login, a.Wire().Name())
		}
		if a.Role != wire.RoleStudent {
			continue
		}
		born, err := time.Parse(time.DateOnly, a.Born)
		if err != nil {
			t.Errorf("%s: %v", a.Login, err)
		}
		if y := map[string]int{"5a": 2015, "7b": 2013, "8a": 2012}[a.class]; born.Year() < y || born.Year() > y+1 {
			t.Errorf("%s in %s is born %s", a.Login, a.class, a.Born)
		}
		names[a.Given+" "+a.Family] = true
	}
	if len(names) != 90 {
		t.Errorf("%d different names of students", len(names))
	}
	if !slices.EqualFunc(build(true), build(true), func(a, b account) bool { return a == b }) {
		t.Error("another school the second time")
	}
}

func TestGroups(t *testing.T) {
	n := 0
	accounts := build(true)
	s := school(accounts, func() string { n++; return strconv.Itoa(n) })
	want := map[string]string{
		"klasse-5a": "dorothea.lehmann 30", "klasse-7b": "anna.schmidt 30", "klasse-8a": "erkan.simsek 30",
		"mathematik-7b": "bernd.richter 30", "mathematik-8a": "bernd.richter 30", "kollegium": "claudia.direktor 13",
	}
	for _, g := range s.Groups {
		var leads []string
		members := 0
		for _, m := range g.Members {
			p, ok := s.Person(m.PersonID)
			if !ok {
				t.Errorf("%s has a member %q who is nobody", g.Slug, m.PersonID)
			}
			if members++; m.Lead {
				leads = append(leads, p.Login)
				members--
			} else if (p.Role == wire.RoleStudent) == (g.Kind == people.KindStaff) {
				t.Errorf("%s is in %s", p.Login, g.Slug)
			}
		}
		if got := fmt.Sprint(strings.Join(leads, ","), " ", members); got != want[g.Slug] {
			t.Errorf("%s: %s, want %s", g.Slug, got, want[g.Slug])
		}
		delete(want, g.Slug)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	of := byLogin(t, accounts)
	pairs := map[string]bool{}
	for _, pair := range guardians(accounts) {
		if of[pair[0]].Role != wire.RoleGuardian || of[pair[1]].Role != wire.RoleStudent {
			t.Errorf("guardian %v", pair)
		}
		pairs[pair[0]+" "+pair[1]] = true
	}
	for _, pair := range []string{"erika.musterfrau@example.org tom.test", "erika.musterfrau@example.org mia.test", "sabine.weber@example.org lena.weber"} {
		if !pairs[pair] {
			t.Errorf("missing: %s", pair)
		}
	}
}

func TestLogo(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(logo()))
	if err != nil || img.Bounds().Dx() != 256 || len(logo()) > 64<<10 {
		t.Errorf("%d bytes, %v", len(logo()), err)
	}
}
