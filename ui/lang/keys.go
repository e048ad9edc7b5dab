package lang

import "strings"

// Keys words a combination of keys as the keyboards of the language are
// labelled: Keys("Ctrl+Shift+N") is "Strg+Umschalt+N" in German.
func Keys(combination string) string {
	if Current() == English {
		return combination
	}
	parts := strings.Split(combination, "+")
	for i, part := range parts {
		if german, ok := germanKeys[part]; ok {
			parts[i] = german
		}
	}
	return strings.Join(parts, "+")
}

var germanKeys = map[string]string{
	"Ctrl": "Strg", "Shift": "Umschalt", "Del": "Entf", "Home": "Pos1", "End": "Ende", "Space": "Leertaste",
	"Enter": "Eingabe", "Backspace": "Rücktaste", "PgUp": "Bild↑", "PgDn": "Bild↓", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Arrows": "Pfeiltasten",
}
