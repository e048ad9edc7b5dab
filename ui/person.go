package ui

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// scales are the text sizes that one may choose.
var scales = []float32{1, 1.25, 1.5, 1.75, 2}

// post says what the person who is signed in is at the school.
func (s *Shell) post() string {
	led, err := s.d.Files.Roots(context.Background())
	if err != nil {
		s.d.Log.DebugContext(context.Background(), "classes of the person", "error", err)
	}
	me := s.d.Session
	return module.Post{Role: me.Person.Role, Head: me.Head, Admin: me.Admin, Classes: module.Led(led)}.Words()
}

// personMenu opens the menu of the person in the side bar.
func (s *Shell) personMenu(from fyne.CanvasObject) {
	who := fyne.NewMenuItem(s.d.Session.Person.Login, nil)
	who.Disabled = true
	who.Icon = ftheme.AccountIcon()
	account := fyne.NewMenuItem(lang.T("account.title"), func() { s.Go(pageAccount) })
	account.Icon = ftheme.AccountIcon()
	prefs := fyne.NewMenuItem(lang.T("shell.settings"), func() { s.Go(pageSettings) })
	prefs.Icon = ftheme.SettingsIcon()
	language := fyne.NewMenuItem(lang.T("shell.language"), nil)
	language.Icon = kit.GlobeIcon()
	language.ChildMenu = fyne.NewMenu("")
	for _, code := range lang.All() {
		item := fyne.NewMenuItem(lang.Name(code), func() { s.d.Speak(code) })
		item.Checked = code == lang.Current()
		language.ChildMenu.Items = append(language.ChildMenu.Items, item)
	}
	look := s.d.Settings.Look()
	colors := fyne.NewMenuItem(lang.T("shell.colors"), nil)
	colors.Icon = ftheme.ColorPaletteIcon()
	colors.ChildMenu = fyne.NewMenu("")
	for _, mode := range theme.Modes() {
		item := fyne.NewMenuItem(lang.T("look."+string(mode)), func() { s.d.Look(theme.Settings{Mode: mode, Scale: s.d.Settings.Look().Scale}) })
		item.Checked = mode == look.Mode || look.Mode == "" && mode == theme.System
		colors.ChildMenu.Items = append(colors.ChildMenu.Items, item)
	}
	size := fyne.NewMenuItem(lang.T("shell.text_size"), nil)
	size.Icon = ftheme.ZoomInIcon()
	size.ChildMenu = fyne.NewMenu("")
	for _, scale := range scales {
		item := fyne.NewMenuItem(strconv.Itoa(int(scale*100))+" %", func() { s.d.Look(theme.Settings{Mode: s.d.Settings.Look().Mode, Scale: scale}) })
		item.Checked = scale == look.Scale
		size.ChildMenu.Items = append(size.ChildMenu.Items, item)
	}
	keys := fyne.NewMenuItem(lang.T("shell.keys"), s.showKeys)
	keys.Icon = ftheme.HelpIcon()
	out := fyne.NewMenuItem(lang.T("shell.sign_out"), s.d.SignOut)
	out.Icon = ftheme.LogoutIcon()
	place := fyne.CurrentApp().Driver().AbsolutePositionForObject(from)
	kit.ShowMenu(s.d.Window.Canvas(), place.AddXY(0, from.Size().Height+4), who, fyne.NewMenuItemSeparator(), account, prefs, language, colors, size, keys, fyne.NewMenuItemSeparator(), out)
}
