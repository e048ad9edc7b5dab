// Package templates holds the letters that schools write most often, in the
// languages that families read, so that such a letter reaches a family in its own
// language without any machine.
//
// A template is a file text/LANGUAGE/ID.md: a front matter with id, subject and
// the kinds of answer it asks for, then Markdown with placeholders such as
// {{child}}. The same template has the same placeholders and asks for the same
// answers in every language. Placeholders stand where a language does not inflect
// them, and hold a bare value: the class is "7b", the time "8:00", the date as its
// language writes it.
//
// Schools write templates of their own in the same form; Parse reads them.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed text
var files embed.FS

// maxSource bounds a template, in bytes.
const maxSource = 100_000

// ErrNotFound is returned for a template or language that there is not.
var ErrNotFound = errors.New("there is no such letter template")

// Language is a language that templates are written in.
type Language struct {
	Code string // ISO 639-1
	Name string // in the language itself
	RTL  bool   // written from right to left
}

// Languages lists the languages of the templates, German first, then by how many
// families in Germany read them.
func Languages() []Language {
	return []Language{
		{Code: "de", Name: "Deutsch"},
		{Code: "en", Name: "English"},
		{Code: "tr", Name: "Türkçe"},
		{Code: "ar", Name: "العربية", RTL: true},
		{Code: "uk", Name: "Українська"},
		{Code: "ru", Name: "Русский"},
		{Code: "pl", Name: "Polski"},
		{Code: "ro", Name: "Română"},
		{Code: "fa", Name: "فارسی", RTL: true},
		{Code: "fr", Name: "Français"},
	}
}

// RTL says whether a language, known here or not, is written from right to left.
func RTL(code string) bool {
	base, _, _ := strings.Cut(strings.ToLower(code), "-")
	return slices.Contains([]string{"ar", "fa", "he", "ur", "ps", "ckb", "yi", "sd", "ug", "dv"}, base)
}

// IDs lists the templates in the order in which a list shows them.
func IDs() []string {
	return []string{
		"outing", "parents_evening", "lice", "sick_child", "photo_permission",
		"textbook_money", "early_end", "class_test", "holidays", "leave_grounds",
	}
}

// Names lists every placeholder that a template may have.
func Names() []string {
	return []string{
		"account", "amount", "child", "class", "date", "deadline", "end", "from", "meeting_point", "occasion", "phone",
		"place", "reason", "reference", "school", "subject", "teacher", "time", "to", "topic", "year",
	}
}

// Response is a kind of answer that a letter asks for.
type Response string

// The kinds of answer. A template may ask for several, but for none only alone.
const (
	None   Response = "none"
	Read   Response = "read"
	Choice Response = "choice" // yes or no
	Text   Response = "text"
)

// Template is a letter with placeholders.
type Template struct {
	ID        string
	Language  string // "" for one that Parse returned
	Subject   string
	Responses []Response
	Body      string // Markdown
}

// Filled is a letter with its placeholders replaced.
type Filled struct {
	Subject string
	Body    string // Markdown, in which the values are plain text
}

// UnknownError says that a template names a placeholder that there is not.
type UnknownError struct {
	Name string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("the template has the placeholder {{%s}}, which is unknown; known are: %s", e.Name, strings.Join(Names(), ", "))
}

var library = sync.OnceValues(load)

// load reads all templates, by language and id.
func load() (map[string]Template, error) {
	all := map[string]Template{}
	for _, language := range Languages() {
		for _, id := range IDs() {
			name := path.Join(language.Code, id)
			source, err := files.ReadFile(path.Join("text", name+".md"))
			if err != nil {
				return nil, fmt.Errorf("letter template %s: %w", name, err)
			}
			t, err := Parse(string(source))
			if err != nil {
				return nil, fmt.Errorf("letter template %s: %w", name, err)
			}
			t.Language = language.Code
			all[name] = t
		}
	}
	return all, nil
}

// Get returns a template in a language, ErrNotFound if there is none.
func Get(language, id string) (Template, error) {
	all, err := library()
	if err != nil {
		return Template{}, err
	}
	t, ok := all[path.Join(language, id)]
	if !ok || strings.ContainsAny(language+id, "./") {
		return Template{}, fmt.Errorf("%w: %q in the language %q", ErrNotFound, id, language)
	}
	return t, nil
}

// In returns all templates of a language in the order of IDs.
func In(language string) ([]Template, error) {
	all := make([]Template, 0, len(IDs()))
	for _, id := range IDs() {
		t, err := Get(language, id)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// Parse reads a template: three dashes, lines "id: …", "subject: …" and
// "response: …" (kinds of answer with commas between), three dashes, Markdown. It
// returns an *UnknownError for a placeholder that there is not.
func Parse(source string) (Template, error) {
	if len(source) > maxSource {
		return Template{}, fmt.Errorf("the template is longer than %d bytes", maxSource)
	}
	source = strings.ReplaceAll(strings.TrimPrefix(source, "\uFEFF"), "\r\n", "\n")
	rest, ok := strings.CutPrefix(source, "---\n")
	front, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return Template{}, errors.New("the template does not begin with its id, subject and response between two lines of three dashes")
	}
	t := Template{Body: strings.TrimSpace(body)}
	for line := range strings.SplitSeq(front, "\n") {
		if err := t.field(line); err != nil {
			return Template{}, err
		}
	}
	switch {
	case t.ID == "" || t.Subject == "" || len(t.Responses) == 0:
		return Template{}, errors.New("the template has no id, no subject or no response")
	case t.Body == "":
		return Template{}, errors.New("the template has no text")
	case len(t.Responses) > 1 && slices.Contains(t.Responses, None):
		return Template{}, errors.New("the template asks for no answer and for one")
	}
	if unknown := t.unknown(); len(unknown) > 0 {
		return Template{}, &UnknownError{Name: unknown[0]}
	}
	return t, nil
}

// field reads one line of the front matter.
func (t *Template) field(line string) error {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch name {
	case "id":
		t.ID = value
	case "subject":
		t.Subject = value
	case "response":
		for kind := range strings.SplitSeq(value, ",") {
			r := Response(strings.TrimSpace(kind))
			if !slices.Contains([]Response{None, Read, Choice, Text}, r) {
				return fmt.Errorf("the template asks for the answer %q; it can be none, read, choice or text", r)
			}
			t.Responses = append(t.Responses, r)
		}
	default:
		return fmt.Errorf("the template has the line %q; only id, subject and response can stand there", line)
	}
	return nil
}

// placeholder matches {{name}}; what is no name but looks like one is caught too,
// so that a typing mistake is told and not sent to 300 families.
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// Placeholders lists the placeholders of subject and body, sorted, each once.
func (t Template) Placeholders() []string {
	found := placeholder.FindAllStringSubmatch(t.Subject+"\n"+t.Body, -1)
	names := make([]string, 0, len(found))
	for _, match := range found {
		names = append(names, strings.TrimSpace(match[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (t Template) unknown() []string {
	return slices.DeleteFunc(t.Placeholders(), func(name string) bool { return slices.Contains(Names(), name) })
}

// Fill replaces the placeholders by values. Those without a value, or with a blank
// one, are missing and stay as they are; those that there are not (a template that
// Parse did not return may have some) are unknown and stay too. The letter can be
// sent when both are empty. A value is text, not Markdown, and never read for
// placeholders again.
func (t Template) Fill(values map[string]string) (filled Filled, missing, unknown []string) {
	fill := func(text string, write func(string) string) string {
		return placeholder.ReplaceAllStringFunc(text, func(match string) string {
			value := oneLine(values[strings.TrimSpace(match[2:len(match)-2])])
			if value == "" {
				return match
			}
			return write(value)
		})
	}
	unknown = t.unknown()
	for _, name := range t.Placeholders() {
		if !slices.Contains(unknown, name) && oneLine(values[name]) == "" {
			missing = append(missing, name)
		}
	}
	return Filled{Subject: fill(t.Subject, func(s string) string { return s }), Body: fill(t.Body, escape)}, missing, unknown
}

// oneLine returns a value without control characters and line breaks.
func oneLine(value string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(value, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// escape writes text so that Markdown takes it literally.
func escape(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]<>()#+!|~&", r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}
