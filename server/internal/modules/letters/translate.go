package letters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/translate"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type languageInput struct {
	OfLetter
	Lang string `query:"lang" required:"true" pattern:"^[a-z]{2,3}(-[A-Za-z]{2,4})?$" doc:"BCP 47"`
}

type translationAnswer struct{ Body wire.Translation }

// rawText is a letter's text in its languages, not filled in for a reader.
type rawText struct {
	Lang     string `db:"lang"`
	Subject  string `db:"subject"`
	Markdown string `db:"markdown"`
	Versions string `db:"versions"`
}

// raw gives the text of a letter that a person may read, or whose report the person sees.
func raw(ctx context.Context, c db.Conn, a asker, id string) (rawText, error) {
	list := args{id, a.ID}
	var t rawText
	if err := c.Get(ctx, &t, `
		SELECT l.lang, v.subject, v.markdown, v.versions FROM letter l JOIN letter_version v ON v.letter = l.id AND v.version = l.version
		WHERE l.id = $1 AND (EXISTS (SELECT 1 FROM letter_box b WHERE b.letter = l.id AND b.person = $2 AND `+mayRead+`)
			OR l.state = 'sent' AND EXISTS (SELECT 1 FROM letter_row r WHERE r.letter = l.id AND `+seesRow(a, &list)+`))`, list...); err != nil {
		return t, fmt.Errorf("text of letter %s: %w", id, err)
	}
	return t, nil
}

// own gives the sender's version in a language, or in the language that it is a
// variety of.
func (t *rawText) own(lang string) (wire.Text, bool, error) {
	versions, err := unjson[map[string]wire.Text](t.Versions)
	if err != nil {
		return wire.Text{}, false, err
	}
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base} {
		if l == t.Lang {
			return wire.Text{Subject: t.Subject, Markdown: t.Markdown}, true, nil
		}
		if v, ok := versions[l]; ok {
			return v, true, nil
		}
	}
	return wire.Text{}, false, nil
}

// filled fills a text in for a reader.
func (m *Module) filled(ctx context.Context, person, id string, t wire.Text) (wire.Text, error) {
	children, err := childrenOf(ctx, m.db, person, []string{id})
	if err != nil || len(children[id]) == 0 {
		return t, err
	}
	var mine []wire.LetterChild
	for _, c := range children[id] {
		mine = append(mine, c.wire())
	}
	return forChildren(t, mine), nil
}

// ownText answers a version that the sender wrote.
func (m *Module) ownText(ctx context.Context, in *languageInput) (*translationAnswer, error) {
	a := askerOf(ctx)
	t, err := raw(ctx, m.db, a, in.ID)
	if err != nil {
		return nil, err
	}
	text, ok, err := t.own(in.Lang)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, web.ErrNotFound
	}
	text, err = m.filled(ctx, a.ID, in.ID, text)
	return &translationAnswer{wire.Translation{Lang: in.Lang, Subject: text.Subject, Markdown: text.Markdown}}, err
}

// translate answers a letter in a language: the sender's version if there is one,
// else the machine's. What differs from child to child is filled in afterwards, so
// the machine is asked once for all readers.
func (m *Module) translate(ctx context.Context, in *languageInput) (*translationAnswer, error) {
	a := askerOf(ctx)
	t, err := raw(ctx, m.db, a, in.ID)
	if err != nil {
		return nil, err
	}
	text, ok, err := t.own(in.Lang)
	if err != nil {
		return nil, err
	}
	machine := !ok
	if machine {
		if text.Subject, err = m.d.Tongue.Translate(ctx, t.Subject, t.Lang, in.Lang); err == nil {
			text.Markdown, err = m.d.Tongue.Translate(ctx, t.Markdown, t.Lang, in.Lang)
		}
		if err != nil {
			return nil, translatorRefusal(err)
		}
	}
	if text, err = m.filled(ctx, a.ID, in.ID, text); err != nil {
		return nil, err
	}
	out := &translationAnswer{wire.Translation{Lang: in.Lang, Subject: text.Subject, Markdown: text.Markdown, Machine: machine}}
	if machine {
		out.Body.Engine = m.d.Config.Translate.Engine
	}
	return out, nil
}

func translatorRefusal(err error) error {
	switch {
	case errors.Is(err, translate.ErrOff):
		return web.Refuse(http.StatusNotFound, wire.CodeTranslateOff, "Your school has no translator.")
	case errors.Is(err, translate.ErrLanguage):
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeTranslateLang, "The translator does not know this language.")
	case errors.Is(err, translate.ErrTooLong):
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "The letter is too long for the translator.")
	case errors.Is(err, translate.ErrDown), errors.Is(err, translate.ErrQuota):
		return web.Refuse(http.StatusServiceUnavailable, wire.CodeTranslateDown, "The translator cannot be reached now. The letter is shown as it was written.")
	}
	return err
}

// languages answers what letters can be translated into.
func (m *Module) languages(ctx context.Context, _ *struct{}) (*struct{ Body wire.LetterLanguages }, error) {
	out := &struct{ Body wire.LetterLanguages }{wire.LetterLanguages{On: m.d.Tongue.On(), Languages: []wire.LetterLanguage{}}}
	if !out.Body.On {
		return out, nil
	}
	known, err := m.d.Tongue.Languages(ctx)
	if err != nil {
		m.d.Log.WarnContext(ctx, "languages of the translator", slog.Any("error", err))
		return out, nil
	}
	for _, l := range known {
		out.Body.Languages = append(out.Body.Languages, wire.LetterLanguage{Code: l.Code, Name: l.Name})
	}
	return out, nil
}
