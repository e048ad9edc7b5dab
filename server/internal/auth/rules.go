package auth

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// AllRules are the demands on a password, in the order in which they are shown.
var AllRules = []wire.Rule{
	wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn,
}

const minPassword = 8

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		words[word] = true
	}
	return words
}()

// missing gives the rules that a password does not fulfil.
func missing(rules []wire.Rule, password string, p *people.Person) []wire.Rule {
	password = norm.NFC.String(password)
	var out []wire.Rule
	for _, rule := range rules {
		if !fulfils(rule, password, p) {
			out = append(out, rule)
		}
	}
	return out
}

func fulfils(rule wire.Rule, password string, p *people.Person) bool {
	switch rule {
	case wire.RuleLength:
		return utf8.RuneCountInString(password) >= minPassword
	case wire.RuleUpper:
		return strings.ContainsFunc(password, unicode.IsUpper)
	case wire.RuleLower:
		return strings.ContainsFunc(password, unicode.IsLower)
	case wire.RuleDigit:
		return strings.ContainsFunc(password, unicode.IsDigit)
	case wire.RuleSpecial:
		return strings.ContainsFunc(password, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	case wire.RuleCommon:
		return !isCommon(password)
	case wire.RuleOwn:
		return !isOwn(password, p)
	}
	return true
}

// isCommon says that a password is one of the commonest, or one of them with
// digits and signs around it.
func isCommon(password string) bool {
	lower := strings.ToLower(password)
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	return common[lower] || common[core]
}

// isOwn says that a password holds the person's name, login or date of birth.
func isOwn(password string, p *people.Person) bool {
	lower := strings.ToLower(password)
	words := strings.FieldsFunc(strings.ToLower(p.Given+" "+p.Family+" "+p.Login), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for _, word := range words {
		if utf8.RuneCountInString(word) >= 4 && strings.Contains(lower, word) || lower == word {
			return true
		}
	}
	if len(p.Born) != len("2006-01-02") {
		return false
	}
	y, m, d := p.Born[:4], p.Born[5:7], p.Born[8:]
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, password)
	return slices.ContainsFunc([]string{d + m + y, y + m + d, d + m + y[2:], y[2:] + m + d, m + d + y}, func(date string) bool {
		return strings.Contains(digits, date)
	})
}
