// Package lang words everything that users read. German is the first language,
// English a full translation of it; both can be switched at run time.
//
// Its words: a key names a text, as "files.new_folder", its first part the page
// it belongs to; the texts stand in de.json and en.json beside this file, sorted
// by key. A text may hold fields as {{.Name}}; a text that counts has the forms
// "one" and "other" and the field {{.Count}}.
//
// A test fails on a key that one language lacks or that no code uses.
package lang

import (
	"embed"
	"encoding/json"
	"strings"
	"sync/atomic"

	fynelang "fyne.io/fyne/v2/lang"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed de.json en.json
var texts embed.FS

// Codes of the languages that there are.
const (
	German  = "de"
	English = "en"
)

// All returns the codes of all languages, the first one first.
func All() []string { return []string{German, English} }

// Name returns what a language calls itself.
func Name(code string) string {
	if code == English {
		return "English"
	}
	return "Deutsch"
}

// speaker is one language made ready.
type speaker struct {
	code      string
	localizer *i18n.Localizer
}

// current is the language in force. It is the process's: a program shows one
// language at a time, as it has one locale.
var current atomic.Pointer[speaker]

// Use switches to a language at once; a code that there is no translation for
// counts as German. What is on screen stays as it is until it is built again.
func Use(code string) {
	if code != English {
		code = German
	}
	current.Store(&speaker{code: code, localizer: i18n.NewLocalizer(bundle(), code)})
	toolkit(code)
}

// Current returns the code of the language in force, German unless Use said otherwise.
func Current() string { return voice().code }

// FromLocale returns the language for a locale such as "en_GB.UTF-8" or
// "de-AT": English for English, German for everything else.
func FromLocale(locale string) string {
	if strings.HasPrefix(strings.ToLower(locale), English) {
		return English
	}
	return German
}

// T returns the text of a key. The arguments are names and values of its
// fields, in pairs: T("files.renamed", "Name", name). A key that is missing
// comes back as itself.
func T(key string, args ...any) string {
	return localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: fields(args)})
}

// N returns the text of a key in its form for count, with the field Count set.
func N(key string, count int, args ...any) string {
	data := fields(args)
	data["Count"] = Number(int64(count))
	return localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: count, TemplateData: data})
}

// Has tells whether there is a text for the key, for keys made from codes that a server sends.
func Has(key string) bool {
	_, err := voice().localizer.Localize(&i18n.LocalizeConfig{MessageID: key})
	return err == nil
}

func localize(c *i18n.LocalizeConfig) string {
	s, err := voice().localizer.Localize(c)
	if err != nil || s == "" {
		return c.MessageID
	}
	return s
}

func fields(args []any) map[string]any {
	data := make(map[string]any, len(args)/2+1)
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			data[name] = args[i+1]
		}
	}
	return data
}

func voice() *speaker {
	if s := current.Load(); s != nil {
		return s
	}
	current.CompareAndSwap(nil, &speaker{code: German, localizer: i18n.NewLocalizer(bundle(), German)})
	return current.Load()
}

// bundle reads the texts. They are part of the program and their test reads
// them too: one that is broken is a mistake of ours, found before it ships.
func bundle() *i18n.Bundle {
	b := i18n.NewBundle(language.German)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, code := range All() {
		raw, err := texts.ReadFile(code + ".json")
		if err != nil {
			continue
		}
		b.MustParseMessageFileBytes(raw, code+".json")
	}
	return b
}

// toolkit lays the language over the toolkit's own few texts (the menu of a
// text field, the file dialog), which follow the system's locale otherwise.
func toolkit(code string) {
	raw, err := json.Marshal(toolkitTexts[code])
	if err != nil {
		return
	}
	// An error would leave the toolkit in the system's language: no reason to fail.
	_ = fynelang.AddTranslationsForLocale(raw, fynelang.SystemLocale())
}
