package translate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// statusQuota is DeepL's "quota exceeded".
const statusQuota = 456

// libre is LibreTranslate's HTTP interface (POST /translate, GET /languages).
type libre struct {
	base, key string
	web       *caller
}

func newLibre(c Config, web *caller) (*libre, error) {
	base, err := endpoint(c.URL, true)
	if err != nil {
		return nil, err
	}
	return &libre{base: base, key: c.Key, web: web}, nil
}

func (l *libre) languages(ctx context.Context) ([]Language, error) {
	a, err := l.web.do(ctx, http.MethodGet, l.base+"/languages", http.Header{}, nil)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, l.bad(a)
	}
	var all []Language
	if err := a.read(&all); err != nil {
		return nil, err
	}
	return tidy(all), nil
}

func (l *libre) translate(ctx context.Context, texts []string, html bool, from, to string) ([]string, error) {
	request := struct {
		Q      []string `json:"q"`
		Source string   `json:"source"`
		Target string   `json:"target"`
		Format string   `json:"format"`
		Key    string   `json:"api_key,omitempty"`
	}{Q: texts, Source: cmp.Or(from, "auto"), Target: to, Format: "text", Key: l.key}
	if html {
		request.Format = "html"
	}
	a, err := l.web.do(ctx, http.MethodPost, l.base+"/translate", http.Header{}, request)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, l.bad(a)
	}
	var result struct {
		Texts []string `json:"translatedText"`
	}
	return result.Texts, a.read(&result)
}

// bad tells what LibreTranslate refused by its words: it answers 400 to most.
func (l *libre) bad(a answer) error {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		said.Error = ""
	}
	words := strings.ToLower(said.Error)
	switch {
	case a.status == http.StatusTooManyRequests:
		return a.bad(ErrQuota, said.Error)
	case a.status == http.StatusRequestEntityTooLarge || a.status == http.StatusBadRequest && strings.Contains(words, "limit"):
		return a.bad(ErrTooLong, said.Error)
	case a.status == http.StatusBadRequest && (strings.Contains(words, "not supported") || strings.Contains(words, "not available")):
		return a.bad(ErrLanguage, said.Error)
	}
	return a.bad(ErrDown, said.Error)
}

// deepl is DeepL's HTTP interface, version 2.
type deepl struct {
	base   string
	header http.Header
	web    *caller
}

func newDeepL(c Config, web *caller) (*deepl, error) {
	if c.Key == "" || strings.ContainsAny(c.Key, "\r\n ") {
		return nil, errors.New("deepl needs a key")
	}
	address := c.URL
	if address == "" {
		address = "https://api.deepl.com"
		if strings.HasSuffix(c.Key, ":fx") { // a key of the free plan
			address = "https://api-free.deepl.com"
		}
	}
	base, err := endpoint(address, false)
	if err != nil {
		return nil, err
	}
	return &deepl{base: base, header: http.Header{"Authorization": {"DeepL-Auth-Key " + c.Key}}, web: web}, nil
}

func (d *deepl) languages(ctx context.Context) ([]Language, error) {
	a, err := d.web.do(ctx, http.MethodGet, d.base+"/v2/languages?type=target", d.header, nil)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, d.bad(a)
	}
	var all []struct {
		Language string `json:"language"`
		Name     string `json:"name"`
	}
	if err := a.read(&all); err != nil {
		return nil, err
	}
	languages := make([]Language, 0, len(all))
	for _, l := range all {
		base, _, _ := strings.Cut(l.Language, "-") // EN-GB and EN-US are one here
		name, _, _ := strings.Cut(l.Name, " (")
		languages = append(languages, Language{Code: base, Name: name})
	}
	return tidy(languages), nil
}

func (d *deepl) translate(ctx context.Context, texts []string, html bool, from, to string) ([]string, error) {
	request := struct {
		Text   []string `json:"text"`
		Source string   `json:"source_lang,omitempty"`
		Target string   `json:"target_lang"`
		Tags   string   `json:"tag_handling,omitempty"`
	}{Text: texts, Source: source(from), Target: target(to)}
	if html {
		request.Tags = "html"
	}
	a, err := d.web.do(ctx, http.MethodPost, d.base+"/v2/translate", d.header, request)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, d.bad(a)
	}
	var result struct {
		Translations []struct {
			Text string `json:"text"`
		} `json:"translations"`
	}
	if err := a.read(&result); err != nil {
		return nil, err
	}
	done := make([]string, 0, len(result.Translations))
	for _, t := range result.Translations {
		done = append(done, t.Text)
	}
	return done, nil
}

func (d *deepl) bad(a answer) error {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		said.Message = ""
	}
	switch {
	case a.status == statusQuota || a.status == http.StatusTooManyRequests:
		return a.bad(ErrQuota, said.Message)
	case a.status == http.StatusRequestEntityTooLarge:
		return a.bad(ErrTooLong, said.Message)
	case a.status == http.StatusBadRequest && strings.Contains(said.Message, "_lang"):
		return a.bad(ErrLanguage, said.Message)
	}
	return a.bad(ErrDown, said.Message)
}

// source is DeepL's name for the language of a text: without a region.
func source(code string) string {
	base, _, _ := strings.Cut(strings.ToUpper(code), "-")
	return base
}

// target is DeepL's name for the language to translate into: English and
// Portuguese need a region.
func target(code string) string {
	switch code = strings.ToUpper(code); code {
	case "EN":
		return "EN-GB"
	case "PT":
		return "PT-PT"
	}
	return code
}

// tidy returns at most 300 languages with plausible codes, each once, by name.
func tidy(all []Language) []Language {
	good := make([]Language, 0, min(len(all), 300))
	for _, l := range all {
		l.Code = strings.ToLower(l.Code)
		if len(good) == 300 || !code.MatchString(l.Code) || len(l.Name) > 100 ||
			slices.ContainsFunc(good, func(g Language) bool { return g.Code == l.Code }) {
			continue
		}
		good = append(good, l)
	}
	slices.SortFunc(good, func(a, b Language) int { return cmp.Compare(a.Name, b.Name) })
	return good
}
