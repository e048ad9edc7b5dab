package rules

import (
	_ "embed" // the list of common passwords
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/wire"
)

// MinLength is the number of characters of the shortest password where a school
// does not say otherwise; none may ask for less.
const MinLength = 8

// All are the rules in the order in which a user sees them.
var All = []wire.Rule{
	wire.RuleLength, wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn,
}

// Set is what a school demands. The zero value is everything, with MinLength.
type Set struct {
	Length int         // characters; less than MinLength counts as MinLength
	Off    []wire.Rule // not demanded; RuleLength cannot be switched off
}

// Rules are the demands of the set in the order in which a user sees them.
func (s Set) Rules() []wire.Rule {
	rules := make([]wire.Rule, 0, len(All))
	for _, rule := range All {
		if s.demands(rule) {
			rules = append(rules, rule)
		}
	}
	return rules
}

func (s Set) demands(rule wire.Rule) bool {
	return rule == wire.RuleLength || !slices.Contains(s.Off, rule)
}

// Own is what others know of a person, who therefore must not use it.
type Own struct {
	Given, Family string
	Login         string
	Mail          string
	Born          string // 2012-01-31; "" = not known
}

// Missing are the demands of a set that a password does not fulfil, in the
// order of All; none when it is good. It costs about a tenth of a
// millisecond, however long the password is: beyond 1,000 characters only the length counts.
func Missing(password string, own Own, set Set) []wire.Rule {
	const most = 1000
	if utf8.RuneCountInString(password) > most {
		password = string([]rune(password)[:most])
	}
	password = norm.NFC.String(password)
	var missing []wire.Rule
	for _, rule := range set.Rules() {
		if !fulfils(password, own, set, rule) {
			missing = append(missing, rule)
		}
	}
	return missing
}

func fulfils(password string, own Own, set Set, rule wire.Rule) bool {
	switch rule {
	case wire.RuleLength:
		return utf8.RuneCountInString(password) >= max(set.Length, MinLength)
	case wire.RuleUpper:
		return strings.ContainsFunc(password, unicode.IsUpper)
	case wire.RuleLower:
		return strings.ContainsFunc(password, unicode.IsLower)
	case wire.RuleDigit:
		return strings.ContainsFunc(password, unicode.IsDigit)
	case wire.RuleSpecial:
		return strings.ContainsFunc(password, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	case wire.RuleCommon:
		return password == "" || !isCommon(password)
	case wire.RuleOwn:
		return !own.in(password)
	}
	return true
}

//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() map[string]bool {
	words := make(map[string]bool, 10_000)
	for word := range strings.Lines(commonText) {
		words[strings.TrimSuffix(word, "\n")] = true
	}
	return words
})

// coreLetters is how long a common password has to be to count inside of
// another one.
const coreLetters = 6

// isCommon reports whether a password is one of the 10,000 commonest, ignoring
// case, or one of those of six letters or more with digits and signs before or
// behind it: Password-1! is no better than password.
func isCommon(password string) bool {
	lower := strings.ToLower(password)
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	return common()[lower] || utf8.RuneCountInString(core) >= coreLetters && common()[core]
}

// shortest is how long a part of a name has to be to be looked for inside of a
// password: every second password holds some "li".
const shortest = 4

// in reports whether a password is or holds what is known of the person.
func (o Own) in(password string) bool {
	if password == "" {
		return false
	}
	forms := spellings(password)
	for _, text := range []string{o.Given, o.Family, o.Login, o.Mail, o.Given + o.Family, o.Family + o.Given} {
		for _, known := range spellings(text) {
			if forms.equal(letters(known)) {
				return true
			}
		}
	}
	for _, text := range []string{o.Given, o.Family, o.Login, o.Mail} {
		for _, known := range spellings(text) {
			for word := range strings.FieldsFuncSeq(known, other) {
				if utf8.RuneCountInString(word) >= shortest && forms.hold(word) {
					return true
				}
			}
		}
	}
	return dated(password, o.Born)
}

// spelled is a text in the ways in which people without umlauts write it.
type spelled []string

func spellings(text string) spelled {
	lower := strings.ToLower(norm.NFC.String(text))
	german := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(lower)
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(lower))
	return spelled{lower, german, bare}
}

func (s spelled) equal(word string) bool {
	if word == "" {
		return false
	}
	for _, form := range s {
		if letters(form) == word {
			return true
		}
	}
	return false
}

func (s spelled) hold(word string) bool {
	for _, form := range s {
		if strings.Contains(form, word) || strings.Contains(letters(form), word) {
			return true
		}
	}
	return false
}

func other(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// letters is a text without signs and blanks.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if other(r) {
			return -1
		}
		return r
	}, text)
}

// leastDate is how many digits the shortest date has that counts as one: 1.2.2012,
// 01.02.12.
const leastDate = 6

// Datelike reports whether a password holds so many digits without a letter between
// them that they may be a date. One that does not holds nobody's date of birth; of one
// that does, only who knows the date can tell.
func Datelike(password string) bool {
	for run := range strings.FieldsFuncSeq(password, unicode.IsLetter) {
		digits := 0
		for _, r := range run {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits >= leastDate {
			return true
		}
	}
	return false
}

// dated reports whether a password holds a date of birth: day, month and year
// in the usual orders, with or without zeros in front, with two or four digits
// of the year, with any signs between.
func dated(password, born string) bool {
	if len(born) != len("2006-01-02") {
		return false
	}
	y, m, d := born[:4], born[5:7], born[8:]
	shortM, shortD := strings.TrimPrefix(m, "0"), strings.TrimPrefix(d, "0")
	dates := []string{d + m + y, y + m + d, m + d + y, shortD + shortM + y, d + m + y[2:], y[2:] + m + d, m + d + y[2:]}
	for run := range strings.FieldsFuncSeq(password, unicode.IsLetter) {
		digits := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, run)
		for _, date := range dates {
			if strings.Contains(digits, date) {
				return true
			}
		}
	}
	return false
}
