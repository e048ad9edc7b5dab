package letters

import (
	"reflect"
	"strings"
	"testing"

	"schulhof/server/internal/modules/letters/templates"
)

// TestWords holds that the server's own words are there in every language in which
// the templates are written.
func TestWords(t *testing.T) {
	for _, l := range templates.Languages() {
		w := wordsIn(l.Code)
		if w.lang != l.Code {
			t.Errorf("the words of %s are those of %s", l.Code, w.lang)
			continue
		}
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if strings.TrimSpace(v.Field(i).String()) == "" {
				t.Errorf("%s has no word for %s", l.Code, v.Type().Field(i).Name)
			}
		}
		if !strings.Contains(w.hello, "%s") {
			t.Errorf("%s greets nobody: %s", l.Code, w.hello)
		}
		if strings.Count(w.more, "%d") != 1 {
			t.Errorf("%s says of no number of letters: %s", l.Code, w.more)
		}
	}
	for lang, want := range map[string]string{"": "de", "de-AT": "de", "AR": "ar", "sq": "en", "zz-ZZ": "en"} {
		if got := wordsIn(lang).lang; got != want {
			t.Errorf("the words for %q are those of %s, want %s", lang, got, want)
		}
	}
}
