package letters

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// school shows the school's settings for letters; an administrator who is not the
// head is asked for the password first.
func (p *Page) school() {
	var s wire.LetterSettings
	p.admin.Work(module.Patience, func(ctx context.Context) (err error) {
		s, err = p.e.School(ctx)
		return err
	}, func(err error) {
		if remote.Code(err) == wire.CodeAdmin {
			return // it was not given
		}
		if err != nil {
			p.d.Toast(module.Sentence(err, p.d.Now()), "", nil)
			return
		}
		p.schoolForm(&s)
	})
}

func (p *Page) schoolForm(s *wire.LetterSettings) {
	var link, whole *option
	set := func(on bool) {
		s.WholeText = on
		link.set(!on)
		whole.set(on)
	}
	link = newOption(lang.T("letters.school_link"), false, !s.WholeText, func() { set(false) })
	whole = newOption(lang.T("letters.school_whole"), false, s.WholeText, func() { set(true) })
	wide := kit.Flow(theme.Gap)
	var form *module.Form
	var fill func()
	fill = func() {
		wide.Objects = nil
		for i, person := range s.Wide {
			wide.Add(chip(strings.TrimSpace(person.Given+" "+person.Family), func() {
				s.Wide = slices.Delete(slices.Clone(s.Wide), i, i+1)
				fill()
			}))
		}
		wide.Add(kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.school_add"), kit.Normal, func() {
			form.Shut()
			p.pickWide(s)
		}))
		wide.Refresh()
	}
	fill()
	body := kit.Column(12, kit.Column(0, kit.NewStrong(lang.T("letters.school_mail")), link, whole), kit.Column(theme.Unit, kit.NewStrong(lang.T("letters.school_wide")), wide))
	form = &module.Form{
		Title: lang.T("letters.school_title"), Body: []fyne.CanvasObject{body}, First: link, Deed: lang.T("letters.mail_deed"), Wide: true,
		Send: func(ctx context.Context) error { return p.e.SetSchool(ctx, *s) },
		Done: func() { p.d.Toast(lang.T("letters.school_done"), "", nil) },
	}
	p.admin.Form(form)
}

// pickWide chooses who else may write to all, and returns to the form.
func (p *Page) pickWide(s *wire.LetterSettings) {
	var all []wire.Target
	p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		all, err = p.e.Senders(ctx, "")
		return err
	}, func(err error) {
		if err != nil {
			p.d.Toast(module.Sentence(err, p.d.Now()), "", nil)
			p.schoolForm(s)
			return
		}
		same := func(t wire.Target) func(wire.Person) bool {
			return func(person wire.Person) bool { return person.ID == t.ID }
		}
		picker{
			title: lang.T("letters.school_wide"), hint: lang.T("letters.co_search"), all: all, find: p.e.Senders,
			has: func(t wire.Target) bool { return slices.ContainsFunc(s.Wide, same(t)) },
			pick: func(t wire.Target, on bool) {
				s.Wide = slices.DeleteFunc(slices.Clone(s.Wide), same(t))
				if on {
					s.Wide = append(s.Wide, wire.Person{ID: t.ID, Family: t.Name})
				}
			},
			done: func() { p.schoolForm(s) },
		}.show(p.d)
	})
}
