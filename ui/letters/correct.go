package letters

import (
	"context"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// correct gives a letter that was sent a new version.
func (s *sent) correct(l wire.SentLetter) {
	var versions []wire.LetterVersion
	s.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		versions, err = s.p.e.Versions(ctx, l.ID)
		return err
	}, func(err error) {
		if err != nil || len(versions) == 0 {
			s.p.d.Toast(module.Sentence(err, s.p.d.Now()), "", nil)
			return
		}
		subject := kit.NewField(lang.T("letters.subject"), "", "")
		subject.Entry.SetText(versions[0].Subject)
		text := kit.NewEntry("")
		text.MultiLine, text.Wrapping = true, fyne.TextWrapWord
		text.SetMinRowsVisible(9)
		text.SetText(versions[0].Markdown)
		(&module.Form{
			Title: lang.T("letters.correct"), Body: []fyne.CanvasObject{kit.NewHint(lang.T("letters.correct_text")), subject, text},
			Deed: lang.T("letters.correct_deed"), Wide: true, Stays: true,
			Wrong: func(err error) bool {
				subject.SetError(problem(err, s.p.d.Now()))
				return true
			},
			Send: func(ctx context.Context) error {
				_, err := s.p.e.Correct(ctx, l.ID, wire.Correction{Subject: subject.Entry.Text, Markdown: text.Text})
				return err
			},
			Done: func() {
				s.p.d.Toast(lang.T("letters.corrected_done"), "", nil)
				s.load()
			},
		}).Show(s.p.d)
	})
}
