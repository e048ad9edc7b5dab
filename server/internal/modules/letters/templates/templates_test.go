package templates_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"schulhof/server/internal/modules/letters/render"
	"schulhof/server/internal/modules/letters/templates"
)

// scripts names what the letters of a language are written in, where it is not Latin.
var scripts = map[string]*unicode.RangeTable{
	"ar": unicode.Arabic, "fa": unicode.Arabic, "uk": unicode.Cyrillic, "ru": unicode.Cyrillic,
}

// telling are characters that only the language itself has among the ten, or that
// a transliteration would lack.
var telling = map[string]string{
	"de": "äöüß", "tr": "şğıç", "ar": "ةى", "uk": "іїє", "ru": "ыэё", "pl": "ąęłż", "ro": "ășț", "fa": "پچگی", "fr": "éèà",
}

func TestEveryLanguageHasEveryLetter(t *testing.T) {
	if len(templates.IDs()) != 10 || len(templates.Languages()) != 10 {
		t.Fatalf("%d letters in %d languages", len(templates.IDs()), len(templates.Languages()))
	}
	used := map[string]bool{}
	seen := map[string]string{}
	for _, id := range templates.IDs() {
		german, err := templates.Get("de", id)
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range templates.Languages() {
			name := language.Code + "/" + id
			l, err := templates.Get(language.Code, id)
			if err != nil {
				t.Error(err)
				continue
			}
			if l.ID != id || l.Language != language.Code {
				t.Errorf("%s says that it is %s/%s", name, l.Language, l.ID)
			}
			if !slices.Equal(l.Placeholders(), german.Placeholders()) {
				t.Errorf("%s has the placeholders %v, German has %v", name, l.Placeholders(), german.Placeholders())
			}
			if bold := strings.Count(l.Body, "**"); bold != strings.Count(german.Body, "**") {
				t.Errorf("%s has %d marks of bold text, German has %d", name, bold, strings.Count(german.Body, "**"))
			}
			if !slices.Equal(l.Responses, german.Responses) {
				t.Errorf("%s asks for %v, German for %v", name, l.Responses, german.Responses)
			}
			if other := seen[l.Body]; other != "" {
				t.Errorf("%s has the text of %s", name, other)
			}
			seen[l.Body] = name
			checkText(t, name, language, l)
			for _, p := range l.Placeholders() {
				used[p] = true
			}
		}
	}
	for _, name := range templates.Names() {
		if !used[name] {
			t.Errorf("no letter has the placeholder %s", name)
		}
	}
}

func checkText(t *testing.T, name string, language templates.Language, l templates.Template) {
	t.Helper()
	plain, err := render.Text(l.Body)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if len([]rune(plain)) < 200 || len([]rune(l.Subject)) < 8 {
		t.Errorf("%s is too short for a letter: %q", name, plain)
	}
	if !strings.ContainsAny(l.Subject+l.Body, telling[language.Code]) && language.Code != "en" {
		t.Errorf("%s has none of %q", name, telling[language.Code])
	}
	script := scripts[language.Code]
	if script == nil {
		script = unicode.Latin
	}
	own, all := 0, 0
	for _, r := range plain {
		if unicode.IsLetter(r) {
			all++
			if unicode.Is(script, r) {
				own++
			}
		}
	}
	if own*2 < all {
		t.Errorf("%s: only %d of %d letters are of its script", name, own, all)
	}
	if templates.RTL(language.Code) != language.RTL || language.RTL != (script == unicode.Arabic) {
		t.Errorf("%s is marked as right to left: %t", name, language.RTL)
	}
}

// TestNoFileIsLeftOver holds that every file in the folder is read.
func TestNoFileIsLeftOver(t *testing.T) {
	n := 0
	err := filepath.WalkDir("text", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		n++
		id := strings.TrimSuffix(entry.Name(), ".md")
		l, err := templates.Get(filepath.Base(filepath.Dir(file)), id)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		source, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(source), l.Body) || !strings.HasSuffix(string(source), l.Body+"\n") {
			t.Errorf("%s: not what was read: %v", file, err)
		}
		return nil
	})
	if err != nil || n != 100 {
		t.Errorf("%d files, want 100: %v", n, err)
	}
}

func TestFill(t *testing.T) {
	l, err := templates.Get("de", "sick_child")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"child": "Max *Stern* <b>\n{{place}}", "date": "21.11.2026", "place": "Sekretariat", "phone": "+49 30 1234",
		"teacher": "A. Lehrer", "school": " ", "amount": "unused",
	}
	filled, missing, unknown := l.Fill(values)
	if !slices.Equal(missing, []string{"school"}) || len(unknown) != 0 {
		t.Errorf("missing %v, unknown %v", missing, unknown)
	}
	if want := "Bitte holen Sie Ihr Kind ab: Max *Stern* <b> {{place}}"; filled.Subject != want {
		t.Errorf("subject %q, want %q", filled.Subject, want)
	}
	if !strings.HasSuffix(filled.Body, "\nA. Lehrer\n{{school}}") {
		t.Errorf("the end of %q", filled.Body)
	}
	plain, err := render.Text(filled.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ihr Kind (Max *Stern* <b> {{place}}) fühlt sich heute, am 21.11.2026,", "auf Sie: Sekretariat.", "Telefon: +49 30 1234."} {
		if !strings.Contains(plain, want) {
			t.Errorf("%q is missing in %q", want, plain)
		}
	}
}

// TestFillEverywhere fills all letters and holds that nothing of the marks is left.
func TestFillEverywhere(t *testing.T) {
	values := map[string]string{}
	for _, name := range templates.Names() {
		values[name] = "<" + name + ">"
	}
	for _, language := range templates.Languages() {
		all, err := templates.In(language.Code)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			filled, missing, unknown := l.Fill(values)
			if len(missing)+len(unknown) > 0 {
				t.Errorf("%s/%s: missing %v, unknown %v", language.Code, l.ID, missing, unknown)
			}
			plain, err := render.Text(filled.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{filled.Subject, plain} {
				if strings.ContainsAny(text, "{}*\\") {
					t.Errorf("%s/%s: marks are left in %q", language.Code, l.ID, text)
				}
			}
			for _, name := range l.Placeholders() {
				if !strings.Contains(filled.Subject+plain, values[name]) {
					t.Errorf("%s/%s: the value of %s is missing", language.Code, l.ID, name)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	good := "---\nid: own\nsubject: Zu {{class}}\nresponse: read, text\n---\nHallo {{ child }}\n"
	l, err := templates.Parse(strings.ReplaceAll(good, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != "Zu {{class}}" || l.Body != "Hallo {{ child }}" || !slices.Equal(l.Responses, []templates.Response{templates.Read, templates.Text}) {
		t.Errorf("%+v", l)
	}
	if filled, missing, _ := l.Fill(map[string]string{"child": "Max", "class": "7b"}); filled.Body != "Hallo Max" || len(missing) > 0 {
		t.Errorf("filled %+v, missing %v", filled, missing)
	}
	var unknown *templates.UnknownError
	if _, err := templates.Parse(strings.Replace(good, "child", "chlid", 1)); !errors.As(err, &unknown) || unknown.Name != "chlid" ||
		!strings.Contains(err.Error(), "{{chlid}}") || !strings.Contains(err.Error(), "child, class") {
		t.Errorf("an unknown placeholder: %v", err)
	}
	_, _, names := templates.Template{Body: "{{chlid}}"}.Fill(nil)
	if !slices.Equal(names, []string{"chlid"}) {
		t.Errorf("unknown %v", names)
	}
	for name, bad := range map[string]string{
		"no front matter":   "Hallo",
		"open front matter": "---\nid: a\nHallo",
		"no text":           "---\nid: a\nsubject: b\nresponse: none\n---\n \n",
		"no subject":        "---\nid: a\nresponse: none\n---\nHallo",
		"unknown answer":    "---\nid: a\nsubject: b\nresponse: maybe\n---\nHallo",
		"none and one":      "---\nid: a\nsubject: b\nresponse: none, read\n---\nHallo",
		"unknown field":     "---\nid: a\nsubject: b\nresponse: none\nfrom: c\n---\nHallo",
		"empty placeholder": "---\nid: a\nsubject: b\nresponse: none\n---\nHallo {{}}",
		"too long":          good + strings.Repeat("a", 100_000),
	} {
		if _, err := templates.Parse(bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestGetUnknown(t *testing.T) {
	for _, c := range [][2]string{{"de", "nothing"}, {"xx", "outing"}, {"", ""}, {"de/..", "de/outing"}, {".", "de/outing"}} {
		if _, err := templates.Get(c[0], c[1]); !errors.Is(err, templates.ErrNotFound) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if !templates.RTL("ar-EG") || !templates.RTL("FA") || templates.RTL("de") || templates.RTL("") {
		t.Error("RTL")
	}
}
