package module

import (
	"errors"
	"slices"
	"strings"

	"schulhof/server/wire"
	"schulhof/server/wire/rules"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// PasswordRules words the school's demands on a password and says while one types
// which hold, by the same rules as the server. Of RuleOwn only the server knows
// the date of birth.
func PasswordRules(s wire.Session) []kit.Rule {
	lines := make([]kit.Rule, 0, len(s.PasswordRules))
	set := rules.Set{Length: s.PasswordLength}
	own := rules.Own{Given: s.Person.Given, Family: s.Person.Family, Login: s.Person.Login}
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
			return password != "" && !slices.Contains(rules.Missing(password, own, set), rule)
		}
		lines = append(lines, line)
	}
	return lines
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
