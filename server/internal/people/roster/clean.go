package roster

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// hidden reports whether a character shows nothing by itself: controls, and
// format characters such as marks of direction and zero-width joiners.
func hidden(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

func bidi(r rune) bool {
	return r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// tidy is a cell in the form in which it is kept: NFC, blanks of every kind as
// one blank, none at the ends.
func tidy(cell string) string {
	return strings.Join(strings.Fields(norm.NFC.String(cell)), " ")
}

// checkText refuses characters that no list should hold and cells beyond a bound.
func checkText(cell string, most int) *Problem {
	if n := utf8.RuneCountInString(cell); n > most {
		return &Problem{Code: CodeTooLong, Args: map[string]string{"found": strconv.Itoa(n), "max": strconv.Itoa(most)}}
	}
	for _, r := range cell {
		switch {
		case bidi(r):
			return &Problem{Code: CodeBidi, Args: map[string]string{"found": fmt.Sprintf("U+%04X", r)}}
		case hidden(r):
			return &Problem{Code: CodeControl, Args: map[string]string{"found": fmt.Sprintf("U+%04X", r)}}
		case r == unicode.ReplacementChar:
			return &Problem{Code: CodeUndecodable, Args: map[string]string{"value": cell}}
		}
	}
	return nil
}

func checkName(name string) *Problem {
	if name == "" {
		return &Problem{Code: CodeRequired}
	}
	if p := checkText(name, MaxName); p != nil {
		return p
	}
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return &Problem{Code: CodeNoLetter, Args: map[string]string{"value": name}}
	}
	return nil
}

func checkMail(address string) *Problem {
	if p := checkText(address, maxMail); p != nil {
		return p
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || !strings.Contains(address[strings.LastIndex(address, "@"):], ".") {
		return &Problem{Code: CodeMail, Args: map[string]string{"value": address}}
	}
	return nil
}

var (
	germanDate = regexp.MustCompile(`^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})( 0{1,2}:00(:00)?)?$`)
	isoDate    = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})([ T]00:00(:00)?)?$`)
)

// parseDate reads TT.MM.JJJJ, T.M.JJJJ and JJJJ-MM-TT into JJJJ-MM-TT. A day
// that the calendar does not have is refused, as is one after today (when today
// is given) or before 1900.
func parseDate(cell string, today time.Time) (string, *Problem) {
	wrong := &Problem{Code: CodeDate, Args: map[string]string{"value": cell}}
	var year, month, day string
	if m := germanDate.FindStringSubmatch(cell); m != nil {
		year, month, day = m[3], m[2], m[1]
	} else if m := isoDate.FindStringSubmatch(cell); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else {
		return "", wrong
	}
	date, err := time.Parse("2006-1-2", year+"-"+strings.TrimPrefix(month, "0")+"-"+strings.TrimPrefix(day, "0"))
	if err != nil {
		return "", wrong
	}
	if date.Year() < 1900 || date.Year() > 2199 || !today.IsZero() && date.After(today) {
		return "", &Problem{Code: CodeDateFuture, Args: map[string]string{"value": cell}}
	}
	return date.Format(time.DateOnly), nil
}

// splitGroups takes a cell of several groups apart, at ; or , and without
// repeating any.
func splitGroups(cell string) ([]string, *Problem) {
	if strings.TrimSpace(cell) == "" {
		return nil, nil
	}
	var groups []string
	seen := map[string]bool{}
	for name := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ';' || r == ',' || r == '\n' || r == '|' }) {
		name = tidy(name)
		if name == "" || seen[fold(name)] {
			continue
		}
		if p := checkText(name, maxGroup); p != nil {
			return nil, p
		}
		seen[fold(name)] = true
		groups = append(groups, name)
	}
	if len(groups) > MaxGroups {
		return nil, &Problem{Code: CodeTooManyGroups, Args: map[string]string{
			"found": strconv.Itoa(len(groups)), "max": strconv.Itoa(MaxGroups),
		}}
	}
	slices.SortFunc(groups, natural)
	return groups, nil
}

var (
	classWord  = regexp.MustCompile(`(?i)^(klasse|kl\.)\s*`)
	classDigit = regexp.MustCompile(`^0*([1-9][0-9]?)\s*(.*)$`)
	sixthForm  = regexp.MustCompile(`(?i)^(EF|E|E[12]|Q|Q[1-4]|Q[12]/[1-4]|K[12]|J[12]|S[1-4])$`)
	digits     = regexp.MustCompile(`[1-9][0-9]?`)
)

// classOf is a class's name as it is kept: "07 b" and "Klasse 7b" are "7b".
func classOf(cell string) string {
	class := classWord.ReplaceAllString(cell, "")
	if m := classDigit.FindStringSubmatch(class); m != nil {
		return m[1] + m[2]
	}
	return class
}

// yearOf is the year that a class belongs to, "" when its name does not say.
func yearOf(class string) string {
	switch {
	case class == "":
		return ""
	case sixthForm.MatchString(class):
		return strings.ToUpper(class)
	default:
		return digits.FindString(class)
	}
}

// languages are what schools write for a family's language, and the tag.
var languages = map[string]string{
	"deutsch": "de", "german": "de", "englisch": "en", "english": "en", "tuerkisch": "tr", "arabisch": "ar",
	"ukrainisch": "uk", "russisch": "ru", "polnisch": "pl", "rumaenisch": "ro", "persisch": "fa", "farsi": "fa",
	"dari": "fa", "franzoesisch": "fr",
	"de": "de", "en": "en", "tr": "tr", "ar": "ar", "uk": "uk", "ru": "ru", "pl": "pl", "ro": "ro", "fa": "fa", "fr": "fr",
	"kurdisch": "ku", //nolint:misspell // German
	"spanisch": "es", "italienisch": "it", "griechisch": "el", "bulgarisch": "bg", "serbisch": "sr",
	"kroatisch": "hr", "albanisch": "sq", "vietnamesisch": "vi", "chinesisch": "zh", "portugiesisch": "pt",
}

// languageOf is the tag of a language, "" for one that is not known by its name.
func languageOf(cell string) string { return languages[squeeze(cell)] }

// fold is the form in which names are compared: without case, accents, hyphens.
func fold(s string) string {
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }):
		return foldAny(s)
	case folded(s):
		return s
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= 'A' && c <= 'Z':
			b[i] = c + 'a' - 'A'
		case c == '-', c == '\'':
			b[i] = ' '
		}
	}
	return strings.Join(strings.Fields(string(b)), " ")
}

// folded reports whether a plain text is in folded form already.
func folded(s string) bool {
	for i := range len(s) {
		c := s[i]
		blank := c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ')
		if blank || c < ' ' || c >= 'A' && c <= 'Z' || c == '-' || c == '\'' {
			return false
		}
	}
	return true
}

func foldAny(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(norm.NFC.String(s)) {
		switch {
		case plain(r):
			b.WriteRune(r)
		case r == 'ä', r == 'ö', r == 'ü', r == 'ß':
			b.WriteString(spellings[r])
		case unicode.Is(unicode.Pd, r), unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == '\'', r == '’', r == '´', r == '`':
			b.WriteByte(' ')
		default:
			for _, d := range norm.NFD.String(string(r)) {
				if !unicode.Is(unicode.Mn, d) {
					b.WriteRune(d)
				}
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// natural orders names as people do: 7b before 10a.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		nx, ny := leadingDigits(x), leadingDigits(y)
		if nx > 0 && ny > 0 {
			dx, dy := strings.TrimLeft(x[:nx], "0"), strings.TrimLeft(y[:ny], "0")
			if c := len(dx) - len(dy); c != 0 {
				return c
			}
			if c := strings.Compare(dx, dy); c != 0 {
				return c
			}
			x, y = x[nx:], y[ny:]
			continue
		}
		rx, sx := utf8.DecodeRuneInString(x)
		ry, sy := utf8.DecodeRuneInString(y)
		if c := int(unicode.ToLower(rx)) - int(unicode.ToLower(ry)); c != 0 {
			return c
		}
		x, y = x[sx:], y[sy:]
	}
	if c := len(x) - len(y); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
