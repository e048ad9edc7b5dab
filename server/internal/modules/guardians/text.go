package guardians

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"path"
	"strings"

	"golang.org/x/text/language"
)

//go:embed templates text
var assets embed.FS

// languages are those of the letters, the school's first.
var languages = []string{"de", "en", "tr", "ar", "uk", "ru", "pl", "ro", "fa", "fr"}

// tongue is the texts of one language. What it lacks is German.
type tongue struct {
	tag   string
	texts map[string]string
	rest  *tongue // nil for German
}

// text gives a text with its {values}, which are names and values in turn.
func (t *tongue) text(key string, values ...string) string {
	s, ok := t.texts[key]
	switch {
	case !ok && t.rest != nil:
		return t.rest.text(key, values...)
	case len(values) == 0:
		return s
	}
	pairs := make([]string, len(values))
	for i, v := range values {
		if pairs[i] = v; i%2 == 0 {
			pairs[i] = "{" + v + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// pages are the texts and templates of the pages.
type pages struct {
	tongues map[string]*tongue
	html    map[string]*template.Template // by the name of the file without its end
	style   []byte
	match   language.Matcher
}

func newPages() (*pages, error) {
	p := &pages{tongues: map[string]*tongue{}, html: map[string]*template.Template{}}
	tags := make([]language.Tag, len(languages))
	for i, tag := range languages {
		data, err := assets.ReadFile("text/" + tag + ".json")
		if err != nil {
			return nil, fmt.Errorf("texts of the pages: %w", err)
		}
		t := &tongue{tag: tag, rest: p.tongues[languages[0]]}
		if err := json.Unmarshal(data, &t.texts); err != nil {
			return nil, fmt.Errorf("texts of the pages in %s: %w", tag, err)
		}
		p.tongues[tag] = t
		tags[i] = language.Make(tag)
	}
	p.match = language.NewMatcher(tags)
	files, err := assets.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("templates of the pages: %w", err)
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".html")
		if !ok || name == "layout" {
			continue
		}
		t, err := template.ParseFS(assets, "templates/layout.html", path.Join("templates", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		p.html[name] = t
	}
	p.style, err = assets.ReadFile("templates/stil.css")
	if err != nil {
		return nil, fmt.Errorf("style of the pages: %w", err)
	}
	return p, nil
}

// in gives the texts of a language, German where there are none.
func (p *pages) in(tag string) *tongue {
	if t := p.tongues[tag]; t != nil {
		return t
	}
	return p.tongues[languages[0]]
}

// best gives the language that a browser's user reads best.
func (p *pages) best(accept string) string {
	const most = 200 // bytes that are looked at
	wanted, _, err := language.ParseAcceptLanguage(accept[:min(len(accept), most)])
	if err != nil || len(wanted) == 0 {
		return languages[0]
	}
	_, i, confidence := p.match.Match(wanted...)
	if confidence == language.No {
		return languages[0]
	}
	return languages[i]
}
