package people

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// umlauts are the German spellings without the dots.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// words are the words of a text as they are searched for: lower case, without
// accents, ä as ae.
func words(text string) []string {
	return strings.FieldsFunc(bare(umlauts.Replace(strings.ToLower(norm.NFC.String(text)))), apart)
}

func apart(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' && r != '.' && r != '_'
}

// bare takes the accents off.
func bare(text string) string {
	plain := true
	for i := range len(text) {
		plain = plain && text[i] < 0x80
	}
	if plain {
		return text
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// foldOf gives what is searched and ordered by of a person: the words of the name,
// the login and the addresses, each with a blank before it. A name with umlauts
// stands there without them too, since many type it so.
func foldOf(p *Person) string {
	var b strings.Builder
	seen := map[string]bool{}
	add := func(list []string) {
		for _, word := range list {
			if !seen[word] {
				seen[word] = true
				b.WriteByte(' ')
				b.WriteString(word)
			}
		}
	}
	name := p.Family + " " + p.Given
	add(words(name))
	add(strings.FieldsFunc(bare(strings.ToLower(norm.NFC.String(name))), apart))
	if p.Login != p.ID {
		add(words(p.Login))
	}
	add(words(p.Email + " " + p.Short))
	add([]string{strings.ToLower(p.ImportID)})
	return strings.TrimRight(b.String(), " ")
}

// maxWords bounds what a search looks for.
const maxWords = 8

// Patterns gives LIKE patterns, with \ as the escape, which all fit those whom a
// text finds by the beginnings of their words; none when the text has no word.
func Patterns(text string) []string {
	list := words(text)
	list = list[:min(len(list), maxWords)]
	out := make([]string, len(list))
	for i, word := range list {
		out[i] = "% " + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%"
	}
	return out
}
