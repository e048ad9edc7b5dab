package dav

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of names and paths. They are what the narrowest system that the school
// uses can hold.
const (
	MaxName  = 255  // bytes of UTF-8, and also units of UTF-16
	MaxDepth = 64   // names below a root
	MaxPath  = 4096 // bytes of a decoded path
)

// A RefusalError is a mistake of the asker with a status and a sentence in German and
// in English that says what to do about it.
type RefusalError struct {
	Status  int
	Reason  string // stable, for programs
	German  string
	English string
}

// Error implements error with the English sentence.
func (r *RefusalError) Error() string { return r.Reason + ": " + r.English }

func nameRefusal(reason, german, english string) *RefusalError {
	return &RefusalError{Status: 400, Reason: reason, German: german, English: english}
}

// The reasons why a name is refused.
var (
	errEmpty = nameRefusal("name-empty",
		"Der Name ist leer.", "The name is empty.")
	errLong = nameRefusal("name-too-long",
		"Der Name ist zu lang: höchstens 255 Zeichen, Umlaute zählen doppelt.",
		"The name is too long: at most 255 bytes.")
	errUTF8 = nameRefusal("name-not-utf8",
		"Der Name enthält Zeichen, die sich nicht lesen lassen.", "The name is not valid UTF-8.")
	errChar = nameRefusal("name-character",
		`Der Name enthält eines der Zeichen < > : " / \ | ? *, die Windows nicht speichern kann.`,
		`The name contains one of < > : " / \ | ? *, which Windows cannot store.`)
	errControl = nameRefusal("name-control",
		"Der Name enthält ein unsichtbares Steuerzeichen.", "The name contains an invisible control character.")
	errEnd = nameRefusal("name-end",
		"Der Name endet mit einem Punkt oder Leerzeichen, das Windows nicht speichern kann.",
		"The name ends in a dot or a space, which Windows cannot store.")
	errReserved = nameRefusal("name-reserved",
		"Dieser Name ist in Windows für Geräte reserviert (CON, PRN, AUX, NUL, COM1, LPT1 …).",
		"Windows reserves this name for devices (CON, PRN, AUX, NUL, COM1, LPT1 …).")
)

// CheckName says why a name in NFC cannot be given to a new resource; nil when
// it can. What Windows cannot hold is refused, because half of the school's PCs
// could never open it.
func CheckName(name string) error {
	switch {
	case name == "":
		return errEmpty
	case !utf8.ValidString(name):
		return errUTF8
	case len(name) > MaxName || len(utf16.Encode([]rune(name))) > MaxName:
		return errLong
	}
	for _, r := range name {
		switch {
		case strings.ContainsRune(`<>:"/\|?*`, r):
			return errChar
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return errControl
		}
	}
	if last := name[len(name)-1]; last == '.' || last == ' ' {
		return errEnd
	}
	if reserved(name) {
		return errReserved
	}
	return nil
}

// reserved reports whether Windows keeps the name for a device, which it does
// with any extension too.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if rest, ok := strings.CutPrefix(stem, port); ok && rest != "" {
			r, size := utf8.DecodeRuneInString(rest)
			return size == len(rest) && strings.ContainsRune("123456789¹²³", r)
		}
	}
	return false
}

// Normal returns a name in NFC, the only form that is stored.
func Normal(name string) string { return norm.NFC.String(name) }

// Fold returns the form by which names of one folder are compared: Unicode's
// simple case folding, as Windows does it. It is not the full one, which would
// take "Maße" and "Masse" for the same name.
func Fold(name string) string {
	ascii := true
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToUpper(name)
	}
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, norm.NFC.String(name))
}

// Sanitize makes a name that CheckName accepts out of any text, for names that
// nobody typed (a member's hand-in folder).
func Sanitize(text string) string {
	name := strings.Map(func(r rune) rune {
		if CheckName(string(r)) != nil && r != ' ' && r != '.' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(Normal(text), "_"))
	for len(name) > 200 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	name = strings.TrimRight(name, ". ")
	if name == "" || reserved(name) {
		name = "_" + name
	}
	return name
}
