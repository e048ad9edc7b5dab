package lang

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// forms of a text: "" when it does not count.
func load(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	raw, err := texts.ReadFile(code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var mixed map[string]any
	if err := json.Unmarshal(raw, &mixed); err != nil {
		t.Fatalf("%s.json: %v", code, err)
	}
	all := map[string]map[string]string{}
	for key, value := range mixed {
		forms := map[string]string{}
		switch v := value.(type) {
		case string:
			forms[""] = v
		case map[string]any:
			for form, text := range v {
				forms[form], _ = text.(string)
			}
		}
		all[key] = forms
	}
	return all
}

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	de, en := load(t, German), load(t, English)
	field := regexp.MustCompile(`{{[^}]*}}`)
	for key := range keys(de, en) {
		a, b := de[key], en[key]
		if a == nil || b == nil {
			t.Errorf("%s is missing in one language", key)
			continue
		}
		if !slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))) {
			t.Errorf("%s has other forms in the two languages", key)
		}
		for form, text := range a {
			if strings.TrimSpace(text) == "" || strings.TrimSpace(b[form]) == "" {
				t.Errorf("%s is empty", key)
			}
			in, out := field.FindAllString(text, -1), field.FindAllString(b[form], -1)
			slices.Sort(in)
			slices.Sort(out)
			if form != "one" && !slices.Equal(in, out) {
				t.Errorf("%s has the fields %v in German, %v in English", key, in, out)
			}
		}
		if len(a) > 1 && (a["one"] == "" || a["other"] == "") {
			t.Errorf("%s counts, but lacks one or other", key)
		}
	}
}

func TestKeysAreSorted(t *testing.T) {
	line := regexp.MustCompile(`(?m)^  "([^"]+)":`)
	for _, code := range All() {
		raw, err := texts.ReadFile(code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for _, m := range line.FindAllStringSubmatch(string(raw), -1) {
			if m[1] <= last {
				t.Errorf("%s.json: %s stands behind %s", code, m[1], last)
			}
			last = m[1]
		}
	}
}

// TestKeysAreUsed reads the program's sources: a key is used when it stands
// there as a string, or when a string that ends in a dot or an underscore and
// that something is added to is its beginning.
func TestKeysAreUsed(t *testing.T) {
	whole, starts, asked := sources(t)
	de := load(t, German)
	for key := range de {
		used := whole[key]
		for start := range starts {
			used = used || strings.HasPrefix(key, start)
		}
		if !used {
			t.Errorf("no code uses %s", key)
		}
	}
	for key, where := range asked {
		if de[key] == nil {
			t.Errorf("%s asks for %s, which has no text", where, key)
		}
	}
	if len(asked) < 10 {
		t.Errorf("only %d texts are asked for: the test reads the wrong folder", len(asked))
	}
}

func sources(t *testing.T) (whole, starts map[string]bool, asked map[string]string) {
	t.Helper()
	whole, starts, asked = map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, top := range []string{"../../ui", "../../app", "../../sync"} {
		err := filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return nil //nolint:nilerr // somebody is writing the file: the compiler will tell
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if s, ok := literal(n); ok {
						whole[s] = true
					}
				case *ast.BinaryExpr:
					if s, ok := literal(n.X); ok && n.Op == token.ADD && prefix(s) {
						starts[s] = true
					}
				case *ast.CallExpr:
					if s, ok := askedFor(n, file.Name.Name); ok {
						asked[s] = path
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return whole, starts, asked
}

func prefix(s string) bool {
	return strings.Contains(s, ".") && (strings.HasSuffix(s, ".") || strings.HasSuffix(s, "_"))
}

func literal(n ast.Expr) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// askedFor gives the key of a call of lang.T or lang.N with a literal key.
func askedFor(call *ast.CallExpr, pkg string) (string, bool) {
	if len(call.Args) == 0 {
		return "", false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "lang" {
			name = f.Sel.Name
		}
	case *ast.Ident:
		if pkg == "lang" {
			name = f.Name
		}
	}
	if name != "T" && name != "N" {
		return "", false
	}
	return literal(call.Args[0])
}

func keys[V any](a, b map[string]V) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

func TestSwitchAtRunTime(t *testing.T) {
	t.Cleanup(func() { Use(German) })
	Use(English)
	if got := T("time.just_now"); got != "just now" {
		t.Error(got)
	}
	Use("fr")
	if got := T("time.just_now"); got != "gerade eben" || Current() != German {
		t.Error(got, Current())
	}
	if got := T("no.such_key"); got != "no.such_key" || Has("no.such_key") || !Has("time.just_now") {
		t.Error(got)
	}
	for locale, want := range map[string]string{"en_US.UTF-8": English, "de-AT": German, "C": German, "": German, "EN": English} {
		if got := FromLocale(locale); got != want {
			t.Errorf("locale %q gives %s", locale, got)
		}
	}
}

func TestTime(t *testing.T) {
	t.Cleanup(func() { Use(German) })
	zone := time.FixedZone("school", 3600)
	now := time.Date(2026, 11, 21, 17, 45, 0, 0, zone) // a Saturday
	for _, c := range []struct {
		at     time.Time
		de, en string
	}{
		{time.Time{}, "", ""},
		{now.Add(-20 * time.Second), "gerade eben", "just now"},
		{now.Add(20 * time.Second), "gerade eben", "just now"},
		{now.Add(-9*time.Hour - 30*time.Minute), "08:15", "08:15"},
		{time.Date(2026, 11, 21, 7, 15, 0, 0, time.UTC), "08:15", "08:15"},
		{time.Date(2026, 11, 20, 17, 40, 0, 0, zone), "gestern 17:40", "yesterday 17:40"},
		{time.Date(2026, 11, 16, 9, 0, 0, 0, zone), "Mo 16.11.", "Mon 16/11"},
		{time.Date(2026, 11, 14, 9, 0, 0, 0, zone), "14.11.2026", "14/11/2026"},
		{time.Date(2025, 11, 16, 9, 0, 0, 0, zone), "16.11.2025", "16/11/2025"},
		{now.AddDate(0, 0, 3), "24.11.2026", "24/11/2026"},
	} {
		Use(German)
		if got := Time(c.at, now); got != c.de {
			t.Errorf("%v: %q, wanted %q", c.at, got, c.de)
		}
		Use(English)
		if got := Time(c.at, now); got != c.en {
			t.Errorf("%v: %q, wanted %q", c.at, got, c.en)
		}
	}
	Use(German)
	if got := FullTime(time.Date(2025, 11, 16, 9, 5, 0, 0, zone)); got != "So 16.11.2025, 09:05" {
		t.Error(got)
	}
	if got := Duration(95 * time.Second); got != "1:35 min" {
		t.Error(got)
	}
}

func TestSizes(t *testing.T) {
	t.Cleanup(func() { Use(German) })
	for n, want := range map[int64]string{
		-1: "", 0: "0 Bytes", 1: "1 Byte", 999: "999 Bytes", 1000: "1 kB", 12345: "12 kB", 999499: "999 kB", 999600: "1,0 MB",
		3400000: "3,4 MB", 34000000: "34 MB", 1 << 30: "1,1 GB", 9999999999999999: "10000 TB",
	} {
		if got := Size(n); got != want {
			t.Errorf("%d bytes: %q, wanted %q", n, got, want)
		}
	}
	if got := N("size.bytes", 1234567) + Number(-1234); got != "1.234.567 Bytes-1.234" {
		t.Error(got)
	}
	Use(English)
	if got := Size(3400000) + Number(12345); got != "3.4 MB12,345" {
		t.Error(got)
	}
}

func TestSorter(t *testing.T) {
	names := []string{"Zoo", "übung 10.pdf", "Übung 2.pdf", "apfel", "Ärger", "Straße", "Strasse 2"}
	want := []string{"apfel", "Ärger", "Straße", "Strasse 2", "Übung 2.pdf", "übung 10.pdf", "Zoo"}
	s := NewSorter()
	slices.SortFunc(names, s.Compare)
	if !slices.Equal(names, want) {
		t.Error(names)
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Compare(s.Key(a), s.Key(b)) })
	if !slices.Equal(names, want) {
		t.Error("by keys:", names)
	}
}

func TestKeyNames(t *testing.T) {
	t.Cleanup(func() { Use(German) })
	if got := Keys("Ctrl+Shift+N"); got != "Strg+Umschalt+N" {
		t.Error(got)
	}
	Use(English)
	if got := Keys("Ctrl+Shift+N"); got != "Ctrl+Shift+N" {
		t.Error(got)
	}
}
