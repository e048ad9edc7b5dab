package letters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

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
	Changed  string `db:"changed"`
	Changes  string `db:"changes"`
	Ask      string `db:"ask"` // of what raw gives
}

// raw gives the text of a letter that a person may read, or whose report the person sees.
func raw(ctx context.Context, c db.Conn, a asker, id string) (rawText, error) {
	list := args{id, a.ID}
	var t rawText
	if err := c.Get(ctx, &t, `
		SELECT l.lang, l.ask, v.subject, v.markdown, v.versions, v.changed, v.changes
		FROM letter l JOIN letter_version v ON v.letter = l.id AND v.version = l.version
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

// changedIn gives what a correction changed in a language that the sender wrote; where
// that is nothing, what it changed in the letter's own.
func (t *rawText) changedIn(lang string) (string, error) {
	changes, err := unjson[map[string]string](t.Changes)
	base, _, _ := strings.Cut(lang, "-")
	return cmp.Or(changes[lang], changes[base], t.Changed), err
}

// reads gives the text that somebody with a language reads: the sender's version, or
// the letter's own text.
func (t *rawText) reads(lang string) (string, wire.Text, error) {
	text, ok, err := t.own(lang)
	if err != nil || !ok {
		return t.Lang, wire.Text{Subject: t.Subject, Markdown: t.Markdown}, err
	}
	base, _, _ := strings.Cut(lang, "-")
	return base, text, nil
}

// filler gives what fills the texts of a letter in for a reader.
func (m *Module) filler(ctx context.Context, person, id string) (func(wire.Text) wire.Text, error) {
	children, err := childrenOf(ctx, m.db, person, []string{id})
	if err != nil {
		return nil, err
	}
	var mine []wire.LetterChild
	for _, c := range children[id] {
		mine = append(mine, c.wire())
	}
	return func(t wire.Text) wire.Text {
		if len(mine) == 0 {
			return t
		}
		return forChildren(t, mine)
	}, nil
}

// translation answers a text and what changed in it, filled in for a reader.
func (m *Module) translation(ctx context.Context, person, id, lang string, text wire.Text, changed string) (*translationAnswer, error) {
	fill, err := m.filler(ctx, person, id)
	if err != nil {
		return nil, err
	}
	text = fill(text)
	return &translationAnswer{wire.Translation{
		Lang: lang, Subject: text.Subject, Markdown: text.Markdown, Changed: fill(wire.Text{Markdown: changed}).Markdown,
	}}, nil
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
	return m.written(ctx, a, in, &t, text)
}

// aside is how long a text that the sender wrote waits for a machine to translate the
// question below it. What comes later is there when the text is next asked for.
const aside = 3 * time.Second

// written answers a version that the sender wrote. What of the question the sender did
// not write in its language a machine translates, where there is one: what it cannot
// stays as it is in the letter.
func (m *Module) written(ctx context.Context, a asker, in *languageInput, t *rawText, text wire.Text) (*translationAnswer, error) {
	changed, err := t.changedIn(in.Lang)
	if err != nil {
		return nil, err
	}
	out, err := m.translation(ctx, a.ID, in.ID, in.Lang, text, changed)
	if err != nil || !m.d.Tongue.On() {
		return out, err
	}
	soon, cancel := context.WithTimeout(ctx, aside)
	defer cancel()
	if err := m.question(soon, t, &out.Body); err != nil {
		m.d.Log.InfoContext(ctx, "question of a letter in another language", slog.String("letter", in.ID), slog.Any("error", err))
		out.Body.Question, out.Body.Options = "", nil
	} else if out.Body.Question != "" || len(out.Body.Options) > 0 {
		out.Body.Engine = m.d.Config.Translate.Engine
	}
	return out, nil
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
	if ok {
		return m.written(ctx, a, in, &t, text)
	}
	changed, err := t.changedIn(in.Lang)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct{ from, to *string }{{&t.Subject, &text.Subject}, {&t.Markdown, &text.Markdown}, {&t.Changed, &changed}} {
		if *part.from == "" {
			continue
		}
		said, err := m.d.Tongue.Translate(ctx, *part.from, t.Lang, in.Lang)
		if errors.Is(err, translate.ErrTooLong) && part.from == &t.Changed {
			continue // it may be twice as long as the letter, which is not kept back for it
		}
		if err != nil {
			return nil, translatorRefusal(err)
		}
		*part.to = said
	}
	out, err := m.translation(ctx, a.ID, in.ID, in.Lang, text, changed)
	if err != nil {
		return nil, err
	}
	out.Body.Machine, out.Body.Engine = true, m.d.Config.Translate.Engine
	if err := m.question(ctx, &t, &out.Body); err != nil {
		return nil, translatorRefusal(err)
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
