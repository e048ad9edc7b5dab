package people

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// spelled are letters that no accent can be taken off.
var spelled = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i",
)

// LoginFor makes a login of a name: vorname.nachname in a-z, 0-9 and hyphens, ä as
// ae, accents dropped, several names joined by dots. It is "" when no letter of the
// name can be spelled so. Who finds it taken appends a number.
func LoginFor(given, family string) string {
	name := spelled.Replace(norm.NFC.String(strings.ToLower(given + " " + family)))
	var b strings.Builder
	for _, r := range norm.NFD.String(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			b.WriteRune(r)
		case r == ' ', r == '.':
			b.WriteByte('.')
		}
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '.' })
	for i := range parts {
		parts[i] = strings.Trim(parts[i], "-")
	}
	return strings.Trim(strings.Join(parts, "."), ".")
}
