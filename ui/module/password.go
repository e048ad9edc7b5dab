package module

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// PasswordRules words the school's demands on a password and says which can be
// seen while one types. "common" is the server's to judge.
func PasswordRules(s wire.Session) []kit.Rule {
	lines := make([]kit.Rule, 0, len(s.PasswordRules))
	length := max(s.PasswordLength, 8)
	for _, rule := range s.PasswordRules {
		line := kit.Rule{Name: string(rule)}
		switch rule {
		case wire.RuleLength:
			line.Text = lang.N("password.length", length)
			line.Holds = func(s string) bool { return utf8.RuneCountInString(s) >= length }
		case wire.RuleUpper:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsUpper) }
		case wire.RuleLower:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsLower) }
		case wire.RuleDigit:
			line.Holds = func(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
		case wire.RuleSpecial:
			line.Holds = func(s string) bool {
				return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			}
		case wire.RuleOwn:
			line.Holds = func(password string) bool { return !ownWord(password, s.Person) }
		case wire.RuleCommon:
		default:
			if !lang.Has("password." + string(rule)) {
				continue // a demand of a newer server: it will name it
			}
		}
		if line.Text == "" {
			line.Text = lang.T("password." + string(rule))
		}
		lines = append(lines, line)
	}
	return lines
}

// ownWord tells whether a password holds the person's name or login.
func ownWord(password string, p wire.Person) bool {
	password = strings.ToLower(password)
	for _, word := range append(strings.FieldsFunc(p.Login, func(r rune) bool { return r == '.' || r == '@' }), p.Given, p.Family) {
		if word = strings.ToLower(word); utf8.RuneCountInString(word) >= 3 && strings.Contains(password, word) {
			return true
		}
	}
	return false
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
