package module

import (
	"errors"
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/server/wire/rules"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// PasswordRules words the school's demands on a password and says while one types
// which hold, by the same rules as the server. old gives the password that is to be
// replaced, "" while it is not known. Of RuleOwn only the server knows the date of
// birth, unless that is the first password itself: what may be a date is left for
// the server to say.
func PasswordRules(s wire.Session, old func() string) []kit.Rule {
	lines := make([]kit.Rule, 0, len(s.PasswordRules))
	set := rules.Set{Length: s.PasswordLength}
	for _, rule := range s.PasswordRules {
		line := kit.Rule{Name: string(rule)}
		switch {
		case rule == wire.RuleLength:
			line.Text = lang.N("password.length", max(set.Length, rules.MinLength))
		case lang.Has("password." + string(rule)):
			line.Text = lang.T("password." + string(rule))
		default:
			continue // a demand of a newer server: it will name it
		}
		line.Holds = func(password string) bool {
			own := rules.Own{Given: s.Person.Given, Family: s.Person.Family, Login: s.Person.Login, Born: born(s, old())}
			return password != "" && !slices.Contains(rules.Missing(password, own, set), rule)
		}
		if rule == wire.RuleOwn {
			holds := line.Holds
			line.Holds = func(password string) bool { return holds(password) && password != old() }
			line.Unsure = func(password string) bool { return born(s, old()) == "" && rules.Datelike(password) }
			line.Doubt = lang.T("password.doubt")
		}
		lines = append(lines, line)
	}
	return lines
}

// born is the date of birth, 2012-01-31, of one whose first password it is; "" for
// any other password.
func born(s wire.Session, password string) string {
	day, err := time.Parse("02.01.2006", strings.TrimSpace(password))
	if !s.MustChange || err != nil {
		return ""
	}
	return day.Format(time.DateOnly)
}

// MissingRules reads which demands the server found broken, nil where the error is
// about something else.
func MissingRules(err error) []string {
	var refusal *remote.Error
	if !errors.As(err, &refusal) || refusal.Problem.Code != wire.CodePasswordWeak {
		return nil
	}
	return strings.Split(refusal.Problem.Args["missing"], ",")
}
