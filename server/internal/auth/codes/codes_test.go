package codes

import (
	"math"
	"regexp"
	"strings"
	"testing"
)

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
