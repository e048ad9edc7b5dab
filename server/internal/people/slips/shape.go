package slips

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// The library that writes PDF puts one glyph beside the other from left to
// right. So Arabic letters are joined here, by Unicode's presentation forms, and
// lines are brought into the order in which they are seen.

// forms are the presentation forms of an Arabic letter: the first one, isolated,
// is followed by final, and, for letters that join on both sides, initial and
// medial.
type forms struct {
	first rune
	both  bool
}

var arabic = map[rune]forms{
	'ء': {0xFE80, false}, 'آ': {0xFE81, false}, 'أ': {0xFE83, false}, 'ؤ': {0xFE85, false}, 'إ': {0xFE87, false},
	'ئ': {0xFE89, true}, 'ا': {0xFE8D, false}, 'ب': {0xFE8F, true}, 'ة': {0xFE93, false}, 'ت': {0xFE95, true},
	'ث': {0xFE99, true}, 'ج': {0xFE9D, true}, 'ح': {0xFEA1, true}, 'خ': {0xFEA5, true}, 'د': {0xFEA9, false},
	'ذ': {0xFEAB, false}, 'ر': {0xFEAD, false}, 'ز': {0xFEAF, false}, 'س': {0xFEB1, true}, 'ش': {0xFEB5, true},
	'ص': {0xFEB9, true}, 'ض': {0xFEBD, true}, 'ط': {0xFEC1, true}, 'ظ': {0xFEC5, true}, 'ع': {0xFEC9, true},
	'غ': {0xFECD, true}, 'ف': {0xFED1, true}, 'ق': {0xFED5, true}, 'ك': {0xFED9, true}, 'ل': {0xFEDD, true},
	'م': {0xFEE1, true}, 'ن': {0xFEE5, true}, 'ه': {0xFEE9, true}, 'و': {0xFEED, false}, 'ى': {0xFEEF, false},
	'ي': {0xFEF1, true},
	// Persian
	'پ': {0xFB56, true}, 'چ': {0xFB7A, true}, 'ژ': {0xFB8A, false}, 'ک': {0xFB8E, true}, 'گ': {0xFB92, true},
	'ی': {0xFBFC, true},
}

// lamAlef are the isolated forms of lam with an alef behind it; the final form
// is the next character.
var lamAlef = map[rune]rune{'آ': 0xFEF5, 'أ': 0xFEF7, 'إ': 0xFEF9, 'ا': 0xFEFB}

const (
	tatweel = 'ـ'
	zwnj    = '\u200c' // keeps two letters apart
	zwj     = '\u200d'
	hamza   = 'ء' // joins to nothing
)

// join puts the letters of Arabic text into the forms that they have beside
// each other. The text stays in the order in which it is read. Vowel signs are
// left out: without a font's tables they would stand in the wrong place.
func join(text string) string {
	shown, _ := joinRunes([]rune(text))
	return string(shown)
}

// joinRunes does so and says from which letter of the text each one comes.
func joinRunes(text []rune) (shown []rune, from []int) {
	runes, at := make([]rune, 0, len(text)), make([]int, 0, len(text))
	for i, r := range text {
		if !unicode.Is(unicode.Mn, r) || r < 0x064b || r > 0x0670 {
			runes, at = append(runes, r), append(at, i)
		}
	}
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		f, ok := arabic[r]
		if !ok {
			if r != zwnj && r != zwj {
				shown, from = append(shown, r), append(from, at[i])
			}
			continue
		}
		before := i > 0 && joinsNext(runes[i-1])
		after := i+1 < len(runes) && joinsPrevious(runes[i+1])
		from = append(from, at[i])
		if pair := lamWith(r, runes[i+1:]); pair != 0 {
			if before {
				pair++
			}
			shown = append(shown, pair)
			i++
			continue
		}
		shown = append(shown, f.form(before && r != hamza, after))
	}
	return shown, from
}

// lamWith is the isolated form of a lam with the alef behind it, 0 where there is none.
func lamWith(r rune, rest []rune) rune {
	if r != 'ل' || len(rest) == 0 {
		return 0
	}
	return lamAlef[rest[0]]
}

// form is the form of a letter that is joined to the one before and the one after.
func (f forms) form(before, after bool) rune {
	switch after = after && f.both; {
	case before && after:
		return f.first + 3
	case after:
		return f.first + 2
	case before:
		return f.first + 1
	}
	return f.first
}

// joinsNext reports whether a letter joins to the one behind it.
func joinsNext(r rune) bool { return arabic[r].both || r == tatweel || r == zwj }

// joinsPrevious reports whether a letter joins to the one before it.
func joinsPrevious(r rune) bool {
	_, ok := arabic[r]
	return ok && r != hamza || r == tatweel || r == zwj
}

// visual is one line in the order in which it is seen from left to right, its
// letters joined.
func visual(line string, rtl bool) string {
	shown, _ := visualRunes([]rune(line), rtl)
	return string(shown)
}

// visualRunes does so and says from which letter of the line each one comes.
func visualRunes(line []rune, rtl bool) (shown []rune, from []int) {
	joined, of := joinRunes(line)
	direction := bidi.LeftToRight
	if rtl {
		direction = bidi.RightToLeft
	}
	var p bidi.Paragraph
	if _, err := p.SetString(string(joined), bidi.DefaultDirection(direction)); err != nil {
		return joined, of
	}
	order, err := p.Order()
	if err != nil || order.NumRuns() == 0 {
		return joined, of
	}
	for i := range order.NumRuns() {
		if rtl {
			i = order.NumRuns() - 1 - i
		}
		run := order.Run(i)
		start, end := run.Pos()
		letters, places := []rune(run.String()), slices.Clone(of[start:end+1])
		if run.Direction() == bidi.RightToLeft {
			letters = []rune(bidi.ReverseString(string(letters)))
			slices.Reverse(places)
		}
		shown, from = append(shown, letters...), append(from, places...)
	}
	return shown, from
}

// mixed reports whether a text holds letters of a script that is written from
// right to left.
func mixed(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		props, _ := bidi.LookupRune(r)
		return props.Class() == bidi.R || props.Class() == bidi.AL
	})
}
