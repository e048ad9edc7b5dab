package roster

import (
	"strings"
	"testing"
	"unicode/utf8"

	"schulhof/server/wire"
)

func TestLogin(t *testing.T) {
	tests := []struct{ given, family, want string }{
		{"Maria Anna", "Musterfrau", "maria.anna.musterfrau"},
		{"Max Martin", "Mustermann", "max.martin.mustermann"},
		{"Jörg", "Größe", "joerg.groesse"},
		{"Ägidius", "Übel", "aegidius.uebel"},
		{"Zoe\u0308", "Mu\u0308ller", "zoe.mueller"},
		{"Anna-Lena", "Meier-Schmitt", "anna-lena.meier-schmitt"},
		{"Søren", "Kjær", "soeren.kjaer"},
		{"Åsa", "Łukasz", "asa.lukasz"},
		{"Seán", "O'Neill", "sean.oneill"},
		{"Séamus", "O’Brien", "seamus.obrien"},
		{"Emine", "Yılmaz", "emine.yilmaz"},
		{"İbrahim", "Şahin", "ibrahim.sahin"},
		{"Đorđe", "Žižek", "dorde.zizek"},
		{"Олена", "Григоренко", "olena.grigorenko"},
		{"Олексій", "Григоренко", "oleksiy.hryhorenko"},
		{"Олексій", "Шевченко", "oleksiy.shevchenko"},
		{"Іван", "Грищук", "ivan.hryshchuk"},
		{"Юрий", "Щукин", "yuriy.shchukin"},
		{"Γιώργος", "Παπαδόπουλος", "giorgos.papadopoylos"},
		{"محمد", "علي", "schueler1"},
		{"محمد", "Ali", "ali"},
		{"Anna", "von der Heide", "anna.von.der.heide"},
		{"Dr. Hans", "Meier jun.", "dr.hans.meier.jun"},
		{"--", "..", "schueler1"},
		{strings.Repeat("a", 50), strings.Repeat("b", 50), strings.Repeat("a", 50) + "." + strings.Repeat("b", 13)},
	}
	for _, test := range tests {
		if got := Login(test.given, test.family, func(string) bool { return false }); got != test.want {
			t.Errorf("Login(%q, %q) = %q, want %q", test.given, test.family, got, test.want)
		}
	}
}

func TestLoginTaken(t *testing.T) {
	taken := map[string]bool{"max.muster": true, "max.muster2": true}
	if got := Login("Max", "Muster", func(s string) bool { return taken[s] }); got != "max.muster3" {
		t.Error(got)
	}
	long := strings.Repeat("m", 70)
	if got := Login(long, "x", func(s string) bool { return s == long[:64] }); got != long[:63]+"2" {
		t.Error(got)
	}
	if got := LoginFor(wire.RoleTeacher, "名", "前", func(string) bool { return false }); got != "lehrkraft1" {
		t.Error(got)
	}
}

func FuzzLogin(f *testing.F) {
	f.Add("Max Martin", "Müßig-Weiß", uint8(3))
	f.Add("Ǆ", "ﬁ½", uint8(0))
	f.Add("..-", "\u202e", uint8(9))
	f.Fuzz(func(t *testing.T, given, family string, others uint8) {
		seen := map[string]bool{}
		for range int(others%20) + 1 {
			login := Login(given, family, func(s string) bool { return seen[s] })
			if !ValidLogin(login) || utf8.RuneCountInString(login) > MaxLogin || seen[login] {
				t.Fatalf("Login(%q, %q) = %q", given, family, login)
			}
			seen[login] = true
		}
	})
}
