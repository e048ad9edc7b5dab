package letters

import (
	"bytes"
	"html/template"
	"io"
	"strings"

	"github.com/yuin/goldmark"

	"schulhof/sync/letters"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// sheet is a letter on paper. The browser that opens it brings every script into
// order and knows the printer; the policy keeps it from fetching or running
// anything, whatever a letter says.
var sheet = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Subject}}</title>
<style>
@page { margin: 22mm 20mm }
body { font: 11.5pt/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; color: #111 }
h1 { font-size: 16pt; line-height: 1.25; margin: .4em 0 } h2 { font-size: 13pt } h3 { font-size: 11.5pt }
p, ul, ol, h1, h2, h3, li { unicode-bidi: plaintext; text-align: start }
.head, .foot { color: #444; font-size: 10pt } .foot { border-top: 1px solid #999; margin-top: 2em; padding-top: .6em }
a { color: #111 } a[href]::after { content: " (" attr(href) ")"; font-size: 9pt; overflow-wrap: anywhere }
img { display: none } h1, h2, h3 { break-after: avoid }
@media print { body { margin: 0; padding: 0 } }
</style></head><body>
<p class="head">{{.School}}</p>
<h1 dir="auto">{{.Subject}}</h1>
<p class="head">{{.From}}<br>{{.Sent}}{{if .For}}<br>{{.For}}{{end}}{{if .Note}}<br><strong>{{.Note}}</strong>{{end}}</p>
<div dir="auto">{{.Body}}</div>
{{if .Lines}}<div class="foot">{{range .Lines}}<p dir="auto">{{.}}</p>{{end}}</div>{{end}}
</body></html>
`))

// print opens the letter that is read in the PC's browser, to be printed there.
func (b *inbox) print() {
	l, ok := b.m.Current()
	if !ok {
		return
	}
	path, err := b.p.e.Page(l.Subject+".html", func(w io.Writer) error { return b.sheet(w, l) })
	if err == nil {
		err = b.p.d.OpenLocal(path)
	}
	if err != nil {
		b.p.d.Toast(module.Sentence(err, b.p.d.Now()), "", nil)
		return
	}
	b.p.d.Toast(lang.T("letters.print_open"), "", nil)
}

// sheet writes the letter as it is shown, with the answers that were given.
func (b *inbox) sheet(w io.Writer, l letters.Letter) error {
	now := b.p.d.Now()
	subject, body := b.pane.said()
	code, note := l.Lang, ""
	if t := b.pane.text; t != nil && !b.pane.original {
		code = t.Lang
		if t.Machine {
			note = lang.T("letters.printed_machine")
		}
	}
	var html bytes.Buffer
	// The renderer leaves HTML of the letter out, and links that are no web or mail addresses.
	if err := goldmark.Convert([]byte(body), &html); err != nil {
		return err
	}
	var lines []string
	if l.Ask.Deadline != nil {
		lines = append(lines, lang.T("letters.answer_until", "Time", lang.FullTime(l.Ask.Deadline.In(now.Location()))))
	}
	for _, a := range l.Answers {
		by := a.By
		if !a.Mine { // one's own has no name yet while it waits to be sent
			by = person(by)
		}
		who := by
		for _, c := range l.Children {
			if c.ID == a.Child {
				who = childName(c) + ", " + by
			}
		}
		lines = append(lines, strings.Trim(who, ", ")+": "+strings.Join(answerWords(l.Ask, a), " · "))
	}
	for _, f := range l.Files {
		lines = append(lines, lang.T("letters.printed_file", "Name", f.Name))
	}
	forWhom := ""
	if len(l.Children) > 0 {
		forWhom = lang.T("letters.for", "Names", withClasses(l.Children))
	}
	return sheet.Execute(w, map[string]any{
		"Lang": code, "School": b.p.d.School.Name, "Subject": subject, "From": senders(l.From),
		"Sent": lang.FullTime(l.Sent.In(now.Location())), "For": forWhom, "Note": note, "Lines": lines,
		"Body": template.HTML(html.String()), //nolint:gosec // made by goldmark without unsafe HTML, and fenced by the page's policy
	})
}
