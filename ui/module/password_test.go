package module

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

func TestRules(t *testing.T) {
	p := wire.Person{Login: "tom.test", Given: "Tom", Family: "Test"}
	all := []wire.Rule{wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn, "of-tomorrow"}
	lines := PasswordRules(wire.Session{PasswordRules: all, Person: p})
	if len(lines) != 7 {
		t.Fatalf("%d rules", len(lines))
	}
	for _, c := range []struct{ password, broken string }{
		{"Apfel-Baum-77", ""},
		{"Äpfel-7", "length"},
		{"apfel-baum-77", "upper"},
		{"APFEL-BAUM-77", "lower"},
		{"Apfel-Baum-xx", "digit"},
		{"ApfelBaum77", "special"},
		{"Apfel-Test-77", "own"},
		{"Password-1!", "common"},
		{"Äpfelß-7", ""},
	} {
		var broken []string
		for _, l := range lines {
			if l.Holds != nil && !l.Holds(c.password) {
				broken = append(broken, l.Name)
			}
		}
		if got := strings.Join(broken, ","); got != c.broken {
			t.Errorf("%s breaks %q, wanted %q", c.password, got, c.broken)
		}
	}
}

func TestLongerPasswords(t *testing.T) {
	lines := PasswordRules(wire.Session{PasswordRules: []wire.Rule{wire.RuleLength}, PasswordLength: 12})
	if !strings.Contains(lines[0].Text, "12") || lines[0].Holds("elf Zeichen") || !lines[0].Holds("zwölfZeichen") {
		t.Errorf("%q", lines[0].Text)
	}
}

func TestMissingRules(t *testing.T) {
	weak := &remote.Error{Problem: wire.Problem{Code: wire.CodePasswordWeak, Args: map[string]string{"missing": "length,common"}}}
	if got := MissingRules(fmt.Errorf("x: %w", weak)); len(got) != 2 || got[1] != "common" {
		t.Error(got)
	}
	if MissingRules(errors.New("x")) != nil {
		t.Error("read a refusal out of another one")
	}
}
