package rules

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

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

func TestStartCode(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	count := map[rune]int{}
	for range 5000 {
		code := StartCode()
		if !shape.MatchString(code) || seen[code] {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
		for _, r := range code {
			count[r]++
		}
		if back, ok := Normalize(code); !ok || back != code {
			t.Fatalf("%q became %q", code, back)
		}
	}
	delete(count, '-')
	want := 5000.0 * codeLength / 32
	for r, n := range count {
		if math.Abs(float64(n)-want) > want/5 {
			t.Errorf("%c comes %d times, expected about %.0f", r, n, want)
		}
	}
	if len(count) != 32 {
		t.Errorf("%d letters", len(count))
	}
}

func TestNormalize(t *testing.T) {
	for typed, want := range map[string]string{
		"abcd-efgh-jkmn":  "ABCD-EFGH-JKMN",
		"abcd\tefgh jkmn": "ABCD-EFGH-JKMN",
		"oOiI-lL01-2345":  "0011-1101-2345",
		"ABCD–EFGH—JKMN":  "ABCD-EFGH-JKMN",
		"ＡＢＣＤＥＦＧＨ１２３４":    "ABCD-EFGH-1234",
	} {
		if got, ok := Normalize(typed); !ok || got != want {
			t.Errorf("Normalize(%q) = %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "ABCD-EFGH-JKM", "ABCD-EFGH-JKMNP", "ABCD-EFGH-JKMU", "ÄBCD-EFGH-JKMN", strings.Repeat("-", 200)} {
		if got, ok := Normalize(typed); ok || HashCode(typed) != "" {
			t.Errorf("Normalize(%q) = %q", typed, got)
		}
	}
	if HashCode("abcdefgh jkmn") != HashCode("ABCD-EFGH-JKMN") || len(HashCode("ABCD-EFGH-JKMN")) != 64 {
		t.Error("the same code has two hashes")
	}
}

func BenchmarkMissing(b *testing.B) {
	own := Own{Given: "Anna-Lena", Family: "Müller", Login: "anna-lena.mueller", Born: "2012-01-05"}
	for b.Loop() {
		Missing("Tisch#42Lampe", own, Set{})
	}
}
