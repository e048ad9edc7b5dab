package letters

import (
	"cmp"
	"html"
	"strconv"
	"strings"

	"schulhof/server/internal/mail"
	"schulhof/server/internal/modules/letters/render"
	"schulhof/server/internal/modules/letters/templates"
	"schulhof/server/wire"
)

// sheet is what a mail says, as plain text and as HTML, while it is written. Each
// paragraph carries its language and direction: a letter may be in another one than
// the words around it.
type sheet struct {
	text strings.Builder
	html strings.Builder
}

// attributes are those of an element with text in a language.
func attributes(lang string) string {
	dir, align := "ltr", "left"
	if templates.RTL(lang) {
		dir, align = "rtl", "right"
	}
	return ` lang="` + html.EscapeString(lang) + `" dir="` + dir + `" style="text-align:` + align + `"`
}

// say adds a paragraph of plain lines; empty ones are left out.
func (s *sheet) say(lang string, lines ...string) { s.paragraph(lang, "", "", lines) }

// stress does so in bold.
func (s *sheet) stress(lang string, lines ...string) {
	s.paragraph(lang, "<strong>", "</strong>", lines)
}

func (s *sheet) paragraph(lang, before, after string, lines []string) {
	var plain, marked []string
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			plain, marked = append(plain, line), append(marked, html.EscapeString(line))
		}
	}
	if len(plain) == 0 {
		return
	}
	s.text.WriteString(strings.Join(plain, "\n") + "\n\n")
	s.html.WriteString("<p" + attributes(lang) + ">" + before + strings.Join(marked, "<br>\n") + after + "</p>\n")
}

// visit adds a line that ends with an address of the web.
func (s *sheet) visit(lang, words, address string) {
	shown := html.EscapeString(address)
	s.text.WriteString(words + " " + address + "\n\n")
	s.html.WriteString("<p" + attributes(lang) + ">" + html.EscapeString(words) + ` <a href="` + shown + `" rel="noopener">` + shown + "</a></p>\n")
}

// letter adds Markdown, drawn is the HTML that was made of it before, if any.
func (s *sheet) letter(lang, markdown string, drawn map[string]string) error {
	plain, err := render.Text(markdown)
	if err != nil {
		return err
	}
	fragment, ok := drawn[markdown]
	if !ok {
		if fragment, err = render.HTML(markdown); err != nil {
			return err
		}
		drawn[markdown] = fragment
	}
	s.text.WriteString(plain + "\n\n")
	s.html.WriteString("<div" + attributes(lang) + ">\n" + fragment + "</div>\n<hr>\n")
	return nil
}

// into gives the mail its text.
func (s *sheet) into(msg *mail.Message, lang string) {
	msg.Text = strings.TrimSpace(s.text.String()) + "\n"
	msg.HTML = render.Document(lang, templates.RTL(lang), msg.Subject, s.html.String())
}

// hello greets a recipient.
func (s *sheet) hello(w *words, r *recipient) {
	if name := r.name(); name != "" {
		s.say(w.lang, strings.ReplaceAll(w.hello, "%s", name))
	}
}

// foot says where to go on, and how to be left alone.
func (s *sheet) foot(w *words, address string) {
	s.visit(w.lang, w.open, address)
	s.say(w.lang, w.stop)
}

// bothTexts are a letter's texts by language, and what a correction changed in each;
// the latter is empty for the first version.
type bothTexts struct {
	texts   map[string]wire.Text
	changes map[string]string
}

// reading is a letter's text in the language that a person reads, and what changed,
// which may be known in the letter's own language alone.
type reading struct {
	lang      string
	text      wire.Text
	changedIn string
	changed   string
}

// in gives a letter's text in a language that a person reads, or its own.
func (b *bothTexts) in(l *letter, reads string) reading {
	lang := l.Lang
	if base, _, _ := strings.Cut(reads, "-"); base != "" {
		if _, ok := b.texts[base]; ok {
			lang = base
		}
	}
	r := reading{lang: lang, text: b.texts[lang], changedIn: lang, changed: b.changes[lang]}
	if r.changed == "" {
		r.changedIn, r.changed = l.Lang, b.changes[l.Lang]
	}
	return r
}

// message writes the mail about a letter: with whole the letter is in it. drawn keeps
// HTML by Markdown, since most get the same.
func (m *Module) message(l *letter, r *recipient, b *bothTexts, whole bool, drawn map[string]string) (mail.Message, error) {
	read := b.in(l, r.Language)
	w := wordsIn(cmp.Or(r.Language, read.lang))
	text := forChildren(read.text, r.children)
	msg := m.envelope(r, l.ID+":"+r.ID+":v"+strconv.Itoa(l.Version), text.Subject)
	head := w.letter
	if l.Version > 1 {
		head = w.changed
	}
	var s sheet
	s.hello(w, r)
	s.say(w.lang, head)
	s.stress(read.lang, text.Subject)
	s.say(w.lang, about(w, r.children), deadline(w, l))
	if whole {
		changed := forChildren(wire.Text{Markdown: read.changed}, r.children).Markdown
		if changed != "" && len(changed)+len(text.Markdown) <= render.Max { // no mail is longer than a letter
			if err := s.letter(read.changedIn, changed, drawn); err != nil {
				return msg, err
			}
		}
		if err := s.letter(read.lang, text.Markdown, drawn); err != nil {
			return msg, err
		}
	}
	s.foot(w, m.d.Config.Address())
	s.into(&msg, w.lang)
	return msg, nil
}

// envelope is what all mails of this module have in common.
func (m *Module) envelope(r *recipient, key, subject string) mail.Message {
	msg := mail.Message{Kind: mailKind, Key: key, To: mail.Address{Name: r.name(), Addr: r.Email}, Subject: subject}
	if address := m.d.Config.Address(); strings.HasPrefix(address, "https://") {
		msg.Unsubscribe = address + unsubscribePath + r.Token
	}
	return msg
}

// about says which children a letter concerns, "" for none.
func about(w *words, children []wire.LetterChild) string {
	if len(children) == 0 {
		return ""
	}
	names := make([]string, len(children))
	for i, c := range children {
		names[i] = c.Name
		if c.Class != "" {
			names[i] += " (" + c.Class + ")"
		}
	}
	return w.about + " " + strings.Join(names, ", ")
}

// deadline says until when a letter is to be answered, "" where that is open.
func deadline(w *words, l *letter) string {
	if l.Deadline == 0 {
		return ""
	}
	return w.answerBy + " " + w.moment(l.Deadline)
}
