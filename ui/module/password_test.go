package module

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

// unknown is a password that nobody has typed.
func unknown() string { return "" }

// TestDateOfBirth: the client knows the date of birth where that is the first password;
// else it leaves what may be a date to the server, and ticks all other passwords.
func TestDateOfBirth(t *testing.T) {
	first := func(old string) wire.Session {
		return wire.Session{PasswordRules: []wire.Rule{wire.RuleOwn}, Person: wire.Person{Given: "Tom", Family: "Test", Login: "tom.test"}, MustChange: old != ""}
	}
	for _, c := range []struct {
		name, old, password string
		holds, unsure       bool
	}{
		{"no date in it", "", "Apfel-Baum-77", true, false},
		{"some date in it", "", "Apfel-24.12.2013", true, true},
		{"the date of birth", "24.12.2013", "Apfel-24.12.2013", false, false},
		{"the date of birth, short", "24.12.2013", "Apfel241213!", false, false},
		{"another date", "24.12.2013", "Apfel-31.01.2012", true, false},
		{"a code was the first password", "K7QM-2XPA-9TRW", "Apfel-24.12.2013", true, true},
		{"the password before", "Apfel-Baum-77", "Apfel-Baum-77", false, false},
		{"the name", "", "Apfel-Test-77", false, false},
	} {
		line := PasswordRules(first(c.old), func() string { return c.old })[0]
		if line.Holds(c.password) != c.holds || line.Unsure(c.password) != c.unsure || line.Doubt == "" {
			t.Errorf("%s: holds %t, unsure %t", c.name, line.Holds(c.password), line.Unsure(c.password))
		}
	}
	// A date is no first password any more once an own one was chosen.
	later := first("")
	if line := PasswordRules(later, func() string { return "24.12.2013" })[0]; !line.Holds("Apfel-24.12.2013") || !line.Unsure("Apfel-24.12.2013") {
		t.Error("an own password is taken for a date of birth")
	}
}

func TestRules(t *testing.T) {
	p := wire.Person{Login: "tom.test", Given: "Tom", Family: "Test"}
	all := []wire.Rule{wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn, "of-tomorrow"}
	lines := PasswordRules(wire.Session{PasswordRules: all, Person: p}, unknown)
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
	lines := PasswordRules(wire.Session{PasswordRules: []wire.Rule{wire.RuleLength}, PasswordLength: 12}, unknown)
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
