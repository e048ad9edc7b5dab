package roster

import (
	"slices"
	"time"
)

// Fold is the form in which two names count as the same: without case, accents
// and hyphens, ä as ae.
func Fold(name string) string { return fold(name) }

// Tidy is a text in the form in which it is kept: NFC, blanks of every kind as
// one blank, none at the ends.
func Tidy(text string) string { return tidy(text) }

// CheckName says what keeps a text from being a name; nil = nothing.
func CheckName(name string) *Problem { return checkName(name) }

// CheckText says what keeps a text from being kept: what cannot be seen, and more
// than most characters; nil = nothing.
func CheckText(text string, most int) *Problem { return checkText(text, most) }

// CheckMail says what keeps a text from being an e-mail address; nil = nothing.
func CheckMail(address string) *Problem { return checkMail(address) }

// CheckBorn gives a date of birth as it is kept, 2012-01-31, from that form or from
// 31.01.2012, or what is wrong with it.
func CheckBorn(text string, today time.Time) (born string, wrong *Problem) {
	return parseDate(tidy(text), today)
}

// FieldNamed gives the field that a kind of lists means by a name that schools use:
// Nachname, Klasse, Import-ID; "" and - are FieldIgnore.
func FieldNamed(kind Kind, name string) (field Field, ok bool) {
	if tidy(name) == "" || tidy(name) == "-" {
		return FieldIgnore, true
	}
	known := spellingsOf(kind)
	at := slices.IndexFunc(known, func(s spelling) bool { return s.header == squeeze(name) })
	if at < 0 {
		return FieldIgnore, false
	}
	return known[at].field, true
}
