package letters

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/modules/letters/templates"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// maxTemplates is how many templates a school can have of its own.
const maxTemplates = 200

type templatesAnswer struct{ Body wire.Templates }

// templates answers the school's own templates, then those of the program.
func (m *Module) templates(ctx context.Context, _ *struct{}) (*templatesAnswer, error) {
	if _, err := writerOf(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		ID    string `db:"id"`
		Name  string `db:"name"`
		Texts string `db:"texts"`
		Ask   string `db:"ask"`
	}
	if err := m.db.Select(ctx, &rows, `SELECT id, name, texts, ask FROM letter_template ORDER BY name, id`); err != nil {
		return nil, fmt.Errorf("templates of the school: %w", err)
	}
	out := &templatesAnswer{wire.Templates{Templates: []wire.Template{}}}
	for _, r := range rows {
		t := wire.Template{ID: r.ID, Name: r.Name, Own: true}
		var err error
		if t.Texts, err = unjson[map[string]wire.Text](r.Texts); err != nil {
			return nil, err
		}
		if t.Ask, err = unjson[wire.Ask](r.Ask); err != nil {
			return nil, err
		}
		t.Placeholders = placeholders(t.Texts)
		out.Body.Templates = append(out.Body.Templates, t)
	}
	for _, id := range templates.IDs() {
		t, err := shipped(id)
		if err != nil {
			return nil, err
		}
		out.Body.Templates = append(out.Body.Templates, t)
	}
	return out, nil
}

// shipped gives a template of the program in all its languages.
func shipped(id string) (wire.Template, error) {
	out := wire.Template{ID: id, Texts: map[string]wire.Text{}}
	for _, lang := range templates.Languages() {
		t, err := templates.Get(lang.Code, id)
		if err != nil {
			return out, err
		}
		out.Texts[lang.Code] = wire.Text{Subject: t.Subject, Markdown: t.Body}
		if lang.Code != defaultLang {
			continue
		}
		out.Name = names[id]
		if out.Name == "" {
			out.Name = t.Subject
		}
		for _, r := range t.Responses {
			switch r {
			case templates.Read:
				out.Ask.Read = true
				out.Ask.Must = append(out.Ask.Must, partRead)
			case templates.Choice:
				out.Ask.Choice = &wire.Choice{Options: []string{"Ja", "Nein"}}
				out.Ask.Must, out.Ask.PerChild = append(out.Ask.Must, partChoice), true
			case templates.Text:
				out.Ask.Text = true
			case templates.None:
			}
		}
	}
	out.Placeholders = placeholders(out.Texts)
	return out, nil
}

// names are what the program's templates are called.
var names = map[string]string{
	"outing": "Ausflug", "parents_evening": "Elternabend", "lice": "Kopfläuse", "sick_child": "Krankes Kind abholen",
	"photo_permission": "Fotoerlaubnis", "textbook_money": "Büchergeld", "early_end": "Früherer Unterrichtsschluss",
	"class_test": "Klassenarbeit", "holidays": "Ferien", "leave_grounds": "Schulgelände verlassen",
}

// placeholders gives those of texts, each once.
func placeholders(texts map[string]wire.Text) []string {
	all := []string{}
	for _, t := range texts {
		found := templates.Template{Subject: t.Subject, Body: t.Markdown}.Placeholders()
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

type putTemplateInput struct {
	OfLetter
	Body wire.Template
}

type templateAnswer struct{ Body wire.Template }

// putTemplate keeps a template of the school's own.
func (m *Module) putTemplate(ctx context.Context, in *putTemplateInput) (*templateAnswer, error) {
	if err := m.keepsTemplates(ctx); err != nil {
		return nil, err
	}
	t := in.Body
	t.ID, t.Own = in.ID, true
	t.Name = strings.TrimSpace(strings.ReplaceAll(t.Name, "\x00", ""))
	d := wire.Draft{Versions: t.Texts, Ask: t.Ask}
	if err := tidy(&d); err != nil {
		return nil, err
	}
	if t.Name == "" || len(t.Name) > 200 || len(t.Texts) == 0 || slices.Contains(templates.IDs(), t.ID) {
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "A template needs a name, a text and an id of its own.")
	}
	for lang, text := range t.Texts {
		_, _, unknown := fillText(text, lang, nil)
		if err := sendableText(text, text, nil, unknown); err != nil {
			return nil, err
		}
	}
	var n int
	if err := m.db.Get(ctx, &n, `SELECT COUNT(*) FROM letter_template WHERE id <> $1`, t.ID); err != nil {
		return nil, fmt.Errorf("number of templates: %w", err)
	}
	if n >= maxTemplates {
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "The school has 200 templates: delete some first.")
	}
	t.Texts, t.Ask = d.Versions, d.Ask
	t.Placeholders = placeholders(t.Texts)
	if _, err := m.db.Exec(ctx, `
		INSERT INTO letter_template (id, name, texts, ask, saved) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, texts = excluded.texts, ask = excluded.ask, saved = excluded.saved`,
		t.ID, t.Name, tojson(t.Texts), tojson(t.Ask), m.d.Now().UnixMilli()); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	return &templateAnswer{t}, nil
}

func (m *Module) deleteTemplate(ctx context.Context, in *OfLetter) (*struct{}, error) {
	if err := m.keepsTemplates(ctx); err != nil {
		return nil, err
	}
	n, err := m.db.Exec(ctx, `DELETE FROM letter_template WHERE id = $1`, in.ID)
	if err == nil && n == 0 {
		err = web.ErrNotFound
	}
	return nil, err
}

// keepsTemplates refuses who may not write to all.
func (m *Module) keepsTemplates(ctx context.Context) error {
	a, err := writerOf(ctx)
	if err != nil {
		return err
	}
	may, err := wide(ctx, m.db, a.ID)
	if err == nil && !may {
		err = web.ErrForbidden
	}
	return err
}

type previewInput struct {
	OfLetter
	Lang string `query:"lang" maxLength:"12"`
}

type previewAnswer struct{ Body wire.LetterPreview }

// preview answers a draft as a guardian would read it.
func (m *Module) preview(ctx context.Context, in *previewInput) (*previewAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	l, err := own(ctx, m.db, in.ID, a.ID)
	if err != nil {
		return nil, err
	}
	versions, err := unjson[map[string]wire.Text](l.Versions)
	if err != nil {
		return nil, err
	}
	out := &previewAnswer{}
	out.Body.Lang = cmp.Or(in.Lang, l.Lang)
	text, ok := versions[out.Body.Lang]
	if out.Body.Lang == l.Lang {
		text, ok = l.text(), true
	}
	if !ok {
		return nil, web.ErrNotFound
	}
	values, err := m.values(ctx, m.db, &l)
	if err != nil {
		return nil, err
	}
	text, out.Body.Missing, out.Body.Unknown = fillText(text, out.Body.Lang, values)
	child, err := m.firstChild(ctx, &l)
	if err != nil {
		return nil, err
	}
	out.Body.Text = forChildren(text, child)
	return out, nil
}

// firstChild gives a child that a draft reaches; none where it reaches none.
func (m *Module) firstChild(ctx context.Context, l *letter) ([]wire.LetterChild, error) {
	to, err := unjson[[]wire.Target](l.Targets)
	if err != nil {
		return nil, err
	}
	a, err := audienceOf(ctx, m.db, l.Author, to)
	if err != nil {
		return nil, nil //nolint:nilerr // a preview shows the text whomever it may be sent to
	}
	var list args
	var rows []childRow
	if err := m.db.Select(ctx, &rows, `
		SELECT '' AS letter, c.id, c.given, c.family, COALESCE((
			SELECT MIN(cg.name) FROM member cm JOIN grp cg ON cg.id = cm.grp_id
			WHERE cm.person_id = c.id AND cm.lead = 0 AND cg.kind = 'class' AND cg.ended = 0), '') AS class
		FROM person c WHERE `+a.where(&list)+` ORDER BY c.fold, c.id LIMIT 1`, list...); err != nil {
		return nil, fmt.Errorf("a child of draft %s: %w", l.ID, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return []wire.LetterChild{rows[0].wire()}, nil
}
