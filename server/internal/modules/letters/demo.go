package letters

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/letters/templates"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// demoLetter is a letter of the demo school.
type demoLetter struct {
	author string // login
	class  string // slug of a group, "" = all
	age    time.Duration
	draft  wire.Draft
	file   string                     // title of an attachment
	answer map[string]wire.GiveAnswer // by the guardian's login, for each child
}

// Demo implements module.Demo: a question to all that is open, a letter in several
// languages, an important one with an attachment, and one that is answered.
func (m *Module) Demo(ctx context.Context, school module.DemoSchool) error {
	const day = 24 * time.Hour
	deadline := m.d.Now().Add(10 * day).Truncate(time.Hour)
	outing, err := demoOuting(m.d.Now().Add(14 * day))
	if err != nil {
		return err
	}
	outing.Ask.Deadline = &deadline
	yesNo := &wire.Choice{Question: "Kommt Ihr Kind mit?", Options: []string{"Ja", "Nein"}}
	letters := []demoLetter{
		{author: "anna.schmidt", class: "klasse-7b", age: 9 * day, draft: wire.Draft{
			Subject:  "Einverständnis: Verlassen des Schulgeländes",
			Markdown: "Liebe Eltern der 7b,\n\nin der Mittagspause dürfen Kinder mit Ihrem Einverständnis das Schulgelände verlassen, zum Beispiel zum **Bäcker**.\n\nBitte antworten Sie für {{child}}.\n\nFreundliche Grüße\n{{teacher}}",
			Ask:      wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein"}}, Must: []string{partChoice}, PerChild: true},
		}, answer: map[string]wire.GiveAnswer{"erika.musterfrau@example.org": {Options: []int{1}}, "sabine.weber@example.org": {Options: []int{0}}}},
		{author: "claudia.direktor", age: 5 * day, file: "Brandschutz: So verhalten wir uns", draft: wire.Draft{
			Subject:   "Wichtig: Hinweise zum Brandschutz",
			Markdown:  "Liebe Eltern,\n\nnächste Woche üben wir den **Feueralarm**. Bitte sprechen Sie mit Ihrem Kind über das Blatt im Anhang:\n\n- ruhig bleiben\n- nichts mitnehmen\n- zum Sammelplatz auf dem Sportplatz gehen\n\nBitte bestätigen Sie, dass Sie den Brief gelesen haben.\n\nFreundliche Grüße\n{{teacher}}, Schulleiterin",
			Important: true, Ask: wire.Ask{Read: true},
		}},
		{author: "anna.schmidt", class: "klasse-7b", age: 2 * day, draft: outing},
		{author: "claudia.direktor", age: 3 * time.Hour, draft: wire.Draft{
			Subject:  "Sommerfest: Kommt Ihr Kind mit?",
			Markdown: "Liebe Eltern,\n\nam letzten Freitag vor den Ferien feiern wir unser **Sommerfest** auf dem Schulhof.\n\nBitte sagen Sie uns für jedes Kind, ob es mitkommt, damit wir genug einkaufen.\n\nHerzliche Grüße\n{{teacher}}",
			Ask:      wire.Ask{Choice: yesNo, Must: []string{partChoice}, PerChild: true, Deadline: &deadline},
		}},
	}
	for i := range letters {
		if err := m.demoLetter(ctx, &school, &letters[i]); err != nil {
			return fmt.Errorf("letter %q: %w", letters[i].draft.Subject, err)
		}
	}
	return nil
}

// demoOuting is the template of an outing on a day, in all its languages.
func demoOuting(day time.Time) (wire.Draft, error) {
	d := wire.Draft{Versions: map[string]wire.Text{}, Values: map[string]string{
		"date": day.Format("02.01.2006"), "place": "Tierpark", "meeting_point": "Schulhof", "time": "8:00", "end": "14:00", "amount": "6 €",
	}}
	t, err := shipped("outing")
	if err != nil {
		return d, err
	}
	for _, l := range templates.Languages() {
		d.Versions[l.Code] = t.Texts[l.Code]
	}
	d.Subject, d.Markdown, d.Ask = d.Versions[defaultLang].Subject, d.Versions[defaultLang].Markdown, t.Ask
	delete(d.Versions, defaultLang)
	return d, nil
}

func (m *Module) demoLetter(ctx context.Context, school *module.DemoSchool, l *demoLetter) error {
	byLogin := map[string]people.Person{}
	for _, p := range school.Persons {
		byLogin[p.Login] = p
	}
	author := byLogin[l.author]
	l.draft.To = []wire.Target{{Kind: toAll}}
	for _, g := range school.Groups {
		if l.class != "" && g.Slug == l.class {
			l.draft.To = []wire.Target{{Kind: toClass, ID: g.ID, Name: g.Name}}
		}
	}
	if err := tidy(&l.draft); err != nil {
		return err
	}
	then := *m
	at := m.d.Now().Add(-l.age)
	then.d.Now = func() time.Time { return at }
	pdf, err := m.demoFile(ctx, l.file)
	if err != nil {
		return err
	}
	return m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := count(ctx, tx, 1); err != nil {
			return err
		}
		id := m.d.ID()
		if err := then.insert(ctx, tx, id, author.ID); err != nil {
			return err
		}
		l.draft.ID = id
		w := author.Wire()
		a := asker{ID: author.ID, Name: w.Name(), Head: author.Head, Staff: true}
		if _, err := then.save(ctx, tx, a, &l.draft); err != nil {
			return err
		}
		if pdf.ID != "" {
			if _, err := tx.Exec(ctx, `INSERT INTO letter_file (id, letter, name, type, size, ref, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				pdf.ID, id, pdf.Name, pdf.Type, pdf.Size, pdf.Ref, at.UnixMilli()); err != nil {
				return err
			}
		}
		draft, err := own(ctx, tx, id, author.ID)
		if err != nil {
			return err
		}
		draft.quiet = true
		if _, err := then.deliver(ctx, tx, &draft); err != nil {
			return err
		}
		return m.demoAnswers(ctx, tx, byLogin, id, l)
	})
}

func (m *Module) demoAnswers(ctx context.Context, tx *db.Tx, byLogin map[string]people.Person, id string, l *demoLetter) error {
	for login, answer := range l.answer {
		p := byLogin[login]
		letter, err := m.one(ctx, tx, p.ID, id)
		if err != nil {
			return err
		}
		w := p.Wire()
		for _, child := range letter.Children {
			answer.Child = child.ID
			if _, err := m.keepAnswer(ctx, tx, asker{ID: p.ID, Name: w.Name()}, &letter, &answer, letter.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoFile keeps a page with a title; none without one.
func (m *Module) demoFile(ctx context.Context, title string) (fileRow, error) {
	if title == "" {
		return fileRow{}, nil
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "B", 20)
	pdf.Cell(0, 12, title)
	pdf.SetFont("Helvetica", "", 13)
	for i, line := range []string{"Ruhig bleiben", "Nichts mitnehmen", "Zum Sammelplatz gehen: Sportplatz", "Auf die Lehrkraft warten"} {
		pdf.Text(20, 45+float64(i)*12, fmt.Sprintf("%d. %s", i+1, line))
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return fileRow{}, fmt.Errorf("PDF: %w", err)
	}
	info, err := m.d.Blobs.Put(ctx, &out, blob.PutOptions{})
	if err != nil {
		return fileRow{}, err
	}
	return fileRow{
		ID: strings.ToLower(rand.Text()), Name: "Brandschutz.pdf", Type: "application/pdf", Size: info.Size, Ref: string(info.Ref),
	}, nil
}
