package roster

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/wire"
)

// MaxLogin is the length of the longest login, in characters.
const MaxLogin = 64

// Login makes the login of a student from the name: vorname.nachname, ä as ae,
// ß as ss, accents dropped, all given names joined by dots, at most MaxLogin
// characters, and a number where taken says that the name is in use. It holds
// only a-z, 0-9, dots and hyphens and is never empty.
func Login(given, family string, taken func(string) bool) string {
	return LoginFor(wire.RoleStudent, given, family, taken)
}

// LoginFor is Login for any role: a name that no letter of a-z can stand for
// becomes schueler1, lehrkraft1, person1 and so on.
func LoginFor(role wire.Role, given, family string, taken func(string) bool) string {
	ukrainian := strings.ContainsAny(strings.ToLower(given+family), "іїєґ")
	base := strings.Trim(part(given, ukrainian)+"."+part(family, ukrainian), ".-")
	numbered := base == ""
	if numbered {
		switch role {
		case wire.RoleTeacher:
			base = "lehrkraft"
		case wire.RoleStudent:
			base = "schueler"
		default:
			base = "person"
		}
	}
	base = cut(base, MaxLogin)
	if !numbered && !taken(base) {
		return base
	}
	n := 2
	if numbered {
		n = 1
	}
	for ; ; n++ {
		digits := strconv.Itoa(n)
		login := cut(base, MaxLogin-len(digits)) + digits
		if !taken(login) {
			return login
		}
	}
}

// ValidLogin reports whether a login that a list brings along can be used.
func ValidLogin(login string) bool {
	if login == "" || len(login) > MaxLogin || strings.Trim(login, ".-") != login || strings.Contains(login, "..") {
		return false
	}
	for _, r := range login {
		if !plain(r) && r != '.' && r != '-' {
			return false
		}
	}
	return true
}

func cut(s string, most int) string {
	return strings.TrimRight(s[:min(len(s), most)], ".-")
}

func plain(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// part is one name as it stands in a login: words joined by dots, hyphens kept.
func part(name string, ukrainian bool) string {
	name = strings.ToLower(norm.NFC.String(name))
	var b strings.Builder
	add := func(s string) {
		text := b.String()
		last := text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "-")
		if (s == "." || s == "-") && last {
			return
		}
		b.WriteString(s)
	}
	for _, r := range name {
		if b.Len() > 4*MaxLogin {
			break
		}
		switch {
		case plain(r):
			add(string(r))
		case unicode.IsSpace(r), r == '.', r == '_', r == ',':
			add(".")
		case unicode.Is(unicode.Pd, r):
			add("-")
		default:
			add(spelled(r, ukrainian))
		}
	}
	return strings.Trim(b.String(), ".-")
}

// spelled is a letter in a-z, "" for one that has no such spelling.
func spelled(r rune, ukrainian bool) string {
	if ukrainian {
		switch r {
		case 'и':
			return "y"
		case 'г':
			return "h"
		}
	}
	if s, ok := spellings[r]; ok {
		return s
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if plain(d) {
			b.WriteRune(d)
		} else if s, ok := spellings[d]; ok {
			b.WriteString(s)
		}
	}
	return b.String()
}

// spellings are the letters that do not come apart into a plain one and an
// accent, or whose German spelling is another.
var spellings = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'ø': "oe", 'æ': "ae", 'œ': "oe", 'å': "a",
	'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ŧ': "t", 'ə': "e",
	// Cyrillic, Russian and Ukrainian
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'ё': "e", 'є': "ye", 'ж': "zh",
	'з': "z", 'и': "i", 'і': "i", 'ї': "yi", 'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o",
	'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
	// Serbian, Macedonian
	'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ѓ': "g", 'ќ': "k", 'ѕ': "z",
	// Greek
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k",
	'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t",
	'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
}
