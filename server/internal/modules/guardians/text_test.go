package guardians

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var value = regexp.MustCompile(`\{[a-z]+\}`)

// German and English are whole; what the other languages have fits German's.
func TestTexts(t *testing.T) {
	p, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	german := p.in("de").texts
	for _, tag := range languages {
		for key, text := range p.in(tag).texts {
			want, ok := german[key]
			if !ok {
				t.Errorf("%s: %q is no text", tag, key)
			}
			if got, want := slices.Compact(slices.Sorted(slices.Values(value.FindAllString(text, -1)))), slices.Compact(slices.Sorted(slices.Values(value.FindAllString(want, -1)))); !slices.Equal(got, want) {
				t.Errorf("%s: %q has the values %q, want %q", tag, key, got, want)
			}
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q is empty", tag, key)
			}
		}
	}
	for _, tag := range languages {
		whole := tag == "en"
		for key := range german {
			path := !strings.HasPrefix(key, "agree") && !strings.Contains(key, "_agree") && !strings.HasPrefix(key, "mail_old") && !strings.HasPrefix(key, "mail_new") &&
				!strings.Contains(key, "internal") && !strings.Contains(key, "too_large")
			if p.in(tag).texts[key] == "" && (whole || path) {
				t.Errorf("%s: %q is missing", tag, key)
			}
		}
	}
}

// Every text is used, and every one that is used is there.
func TestTextsUsed(t *testing.T) {
	p, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, dir := range []string{".", "templates"} {
		files, err := fs.ReadDir(os.DirFS(dir), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if name := f.Name(); !f.IsDir() && !strings.HasSuffix(name, "_test.go") {
				data, err := os.ReadFile(dir + "/" + name)
				if err != nil {
					t.Fatal(err)
				}
				source.Write(data)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.in("de").texts)) {
		composed := regexp.MustCompile(`^(err|next|rule)_|_subject$`).MatchString(key) || slices.Contains([]string{"done_text", "renewed_text"}, key)
		if !composed && !strings.Contains(source.String(), `"`+key+`"`) {
			t.Errorf("%q is not used", key)
		}
	}
	for _, found := range regexp.MustCompile(`\.T\(? ?"([a-z0-9_]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if found[1] != "err_" && found[1] != "next_" && p.in("de").texts[found[1]] == "" {
			t.Errorf("there is no text %q", found[1])
		}
	}
}

func TestLanguageOfBrowser(t *testing.T) {
	p, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{
		"": "de", "tr-TR,tr;q=0.9": "tr", "ja": "de", "en-US": "en", "uk,ru;q=0.5": "uk", "%%%": "de", strings.Repeat("x", 10000): "de", "fa-IR": "fa",
	} {
		if got := p.best(accept); got != want {
			t.Errorf("%.40q: %s, want %s", accept, got, want)
		}
	}
}
