// Package about is the imprint: who answers for the school's server, and what
// the program is made of.
package about

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/assets"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

type page struct{ object fyne.CanvasObject }

// New returns the page.
func New(d module.Deps) module.Page {
	imprint := d.School.Imprint
	if imprint == "" {
		imprint = lang.T("about.no_imprint")
	}
	program := kit.NewParagraph(lang.T("about.program", "Version", d.Version, "Server", d.School.Version))
	fonts := kit.NewButton(lang.T("about.fonts"), kit.Normal, func() { showLicence(d.Window) })
	column := kit.Column(theme.Gap,
		kit.NewHeading(d.School.Name), kit.NewParagraph(imprint),
		kit.Inset(theme.Around, 0, 0, 0, kit.NewHeading(lang.T("about.heading"))), program, kit.NewParagraph(lang.T("about.licence")),
		kit.Inset(theme.Gap, 0, 0, 0, kit.Row(theme.Gap, fonts)))
	return &page{object: kit.Scrolled(kit.Inset(theme.Gap, theme.Around, theme.Around, theme.Around, column))}
}

func showLicence(w fyne.Window) {
	text := kit.NewParagraph(assets.FontLicence)
	text.TextSize = ftheme.SizeNameCaptionText
	scroll := kit.Scrolled(text)
	scroll.SetMinSize(fyne.NewSize(0, w.Canvas().Size().Height*0.5))
	var d *kit.Dialog
	d = kit.NewDialog(w, lang.T("about.fonts"), container.NewStack(scroll), nil, kit.NewButton(lang.T("about.close"), kit.Primary, func() { d.Close() }))
	d.SetWidth(640)
	d.Show()
}

func (*page) Title() string                        { return lang.T("about.title") }
func (p *page) Object() fyne.CanvasObject          { return p.object }
func (*page) Shown(...string)                      {}
func (*page) Hidden()                              {}
func (*page) Keys() []module.Key                   { return nil }
func (*page) Dropped(fyne.Position, []string) bool { return false }
