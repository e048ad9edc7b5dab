// Package settings is the page on which one chooses how the program looks and
// speaks.
package settings

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

var scales = []float32{1, 1.25, 1.5, 1.75, 2}

type page struct{ object fyne.CanvasObject }

// New returns the page.
func New(d module.Deps) module.Page {
	look := d.Settings.Look()
	if look.Mode == "" {
		look.Mode = theme.System
	}
	modes := make([]string, 0, len(theme.Modes()))
	sizes := make([]string, 0, len(scales))
	languages := make([]string, 0, len(lang.All()))
	for _, m := range theme.Modes() {
		modes = append(modes, lang.T("look."+string(m)))
	}
	for _, s := range scales {
		sizes = append(sizes, strconv.Itoa(int(s*100))+" %")
	}
	for _, code := range lang.All() {
		languages = append(languages, lang.Name(code))
	}
	mode := kit.NewChoice(modes, slices.Index(theme.Modes(), look.Mode), func(i int) {
		d.Look(theme.Settings{Mode: theme.Modes()[i], Scale: d.Settings.Look().Scale})
	})
	size := kit.NewChoice(sizes, slices.Index(scales, look.Scale), func(i int) {
		d.Look(theme.Settings{Mode: d.Settings.Look().Mode, Scale: scales[i]})
	})
	language := kit.NewChoice(languages, slices.Index(lang.All(), lang.Current()), func(i int) { d.Speak(lang.All()[i]) })
	column := kit.Column(20,
		part("settings.look", row("settings.colors", mode), row("settings.text_size", size), row("settings.language", language)),
		kit.Column(theme.Gap, hint("settings.devices_text"), kit.Row(0, kit.NewIconTextButton(ftheme.ComputerIcon(), lang.T("settings.devices_show"), kit.Normal, func() { d.Go("account", "devices") }), layout.NewSpacer())))
	if d.Shared {
		column.Objects = append([]fyne.CanvasObject{hint("settings.shared")}, column.Objects...)
	}
	return &page{object: kit.Scrolled(kit.Inset(theme.Gap, theme.Around, theme.Around, theme.Around, column))}
}

func part(key string, objects ...fyne.CanvasObject) fyne.CanvasObject {
	return kit.Column(12, append([]fyne.CanvasObject{kit.NewHeading(lang.T(key))}, objects...)...)
}

func row(key string, choice fyne.CanvasObject) fyne.CanvasObject {
	label := kit.NewText(lang.T(key))
	label.Style.Bold = true
	return kit.Column(theme.Unit+2, label, kit.Inset(0, 0, -3, 0, container.NewHScroll(kit.Inset(3, 3, 3, 3, choice))))
}

func hint(key string) fyne.CanvasObject {
	p := kit.NewParagraph(lang.T(key))
	p.Color = theme.ColorMuted
	return p
}

// Title implements module.Page.
func (*page) Title() string { return lang.T("settings.title") }

// Object implements module.Page.
func (p *page) Object() fyne.CanvasObject { return p.object }

// Keys implements module.Page.
func (*page) Keys() []module.Key { return nil }

// Dropped implements module.Page.
func (*page) Dropped(fyne.Position, []string) bool { return false }

// Hidden implements module.Page.
func (*page) Hidden() {}

// Shown implements module.Page.
func (*page) Shown(...string) {}
