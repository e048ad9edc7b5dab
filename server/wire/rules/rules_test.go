package rules

import (
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
)

func TestMissing(t *testing.T) {
	own := Own{Given: "Anna-Lena", Family: "Müller", Login: "anna-lena.mueller", Born: "2012-01-05", Mail: "kaefer77@example.org"}
	r := func(rules ...wire.Rule) []wire.Rule { return rules }
	tests := []struct {
		password string
		want     []wire.Rule
	}{
		{"Schulhof-2026", nil},
		{"Tisch#42Lampe", nil},
		{"grün-Ä1xyz", nil},
		{"", r(wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial)},
		{"Ab1!xyz", r(wire.RuleLength)},
		{"ab1!xyzw", r(wire.RuleUpper)},
		{"AB1!XYZW", r(wire.RuleLower)},
		{"Abc!xyzw", r(wire.RuleDigit)},
		{"Abc1xyzw", r(wire.RuleSpecial)},
		{"P@ssw0rd", r(wire.RuleCommon)},
		{"123456789", r(wire.RuleUpper, wire.RuleLower, wire.RuleSpecial, wire.RuleCommon)},
		{"Password-1!", r(wire.RuleCommon)},
		{"Fussball-04", r(wire.RuleCommon)},
		{"Xlena-4711", r(wire.RuleOwn)},
		{"Müller-4711", r(wire.RuleOwn)},
		{"Mueller-4711", r(wire.RuleOwn)},
		{"Muller-4711", r(wire.RuleOwn)},
		{"Mu.ller-4711", r(wire.RuleOwn)},
		{"Kaefer77!x", r(wire.RuleOwn)},
		{"Hund05.01.2012", r(wire.RuleOwn)},
		{"Hund_5.1.2012", r(wire.RuleOwn)},
		{"Hund-050112", r(wire.RuleOwn)},
		{"Hund2012/01/05", r(wire.RuleOwn)},
		{"Hund0501!Katze2012", nil},
		{"Ann-Le1x!", nil},
	}
	for _, test := range tests {
		if got := Missing(test.password, own, Set{}); !slices.Equal(got, test.want) {
			t.Errorf("Missing(%q) = %v, want %v", test.password, got, test.want)
		}
	}
}

// TestDatelike: no date of birth is in a password that is not datelike.
func TestDatelike(t *testing.T) {
	for day := time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2030; day = day.AddDate(0, 0, 13) {
		for _, form := range []string{"02.01.2006", "2.1.2006", "2006-01-02", "01/02/2006", "020106", "2.1.06", "06-01-02"} {
			password := "Hund-" + day.Format(form) + "x"
			own := Own{Born: day.Format(time.DateOnly)}
			if slices.Contains(Missing(password, own, Set{}), wire.RuleOwn) && !Datelike(password) {
				t.Fatalf("%s holds a date and does not look like it", password)
			}
		}
	}
	for password, want := range map[string]bool{"": false, "Apfel-Baum-77": false, "Hund0501!Katze2012": false, "Hund-050112": true, "5.1.2012": true, "12345": false, "123456": true} {
		if got := Datelike(password); got != want {
			t.Errorf("%q: %t", password, got)
		}
	}
}

func TestShortNames(t *testing.T) {
	own := Own{Given: "Li", Family: "Bo", Login: "li.bo"}
	if got := Missing("Li.Bo", own, Set{}); !slices.Contains(got, wire.RuleOwn) {
		t.Errorf("the whole name: %v", got)
	}
	if got := Missing("Libelle-Bo1", own, Set{}); len(got) > 0 {
		t.Errorf("a word with a short name in it: %v", got)
	}
	if got := Missing("Tisch#42Lampe", Own{}, Set{}); len(got) > 0 {
		t.Errorf("nobody's: %v", got)
	}
}

func TestSet(t *testing.T) {
	set := Set{Length: 12, Off: []wire.Rule{wire.RuleSpecial, wire.RuleUpper, wire.RuleLength}}
	if got := Missing("lampe42tisch", Own{}, set); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if got := Missing("lampe42", Own{}, set); !slices.Equal(got, []wire.Rule{wire.RuleLength}) {
		t.Errorf("%v", got)
	}
	if got := (Set{Off: []wire.Rule{wire.RuleLength}}).Rules(); got[0] != wire.RuleLength || len(got) != 7 {
		t.Errorf("%v", got)
	}
	if got := Missing("Aa1!aaa", Own{}, Set{Length: 3}); !slices.Equal(got, []wire.Rule{wire.RuleLength}) {
		t.Errorf("a school asked for three characters: %v", got)
	}
}

func TestCommonList(t *testing.T) {
	if len(common()) != 10_000 {
		t.Errorf("%d entries", len(common()))
	}
	for word := range common() {
		if word != strings.ToLower(word) || strings.TrimSpace(word) == "" {
			t.Errorf("entry %q", word)
		}
	}
}

func TestLongPasswords(t *testing.T) {
	if got := Missing(strings.Repeat("aA1!", 1_000_000), Own{Given: "Anna"}, Set{}); len(got) > 0 {
		t.Error(got)
	}
}

func BenchmarkMissing(b *testing.B) {
	own := Own{Given: "Anna-Lena", Family: "Müller", Login: "anna-lena.mueller", Born: "2012-01-05"}
	for b.Loop() {
		Missing("Tisch#42Lampe", own, Set{})
	}
}
