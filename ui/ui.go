// Package ui is the window: the frame around the pages, the way from one page
// to another, and the list of pages. It never imports the toolkit's app package,
// so its tests need no display.
//
// Its words: the shell is the frame after the sign-in; the side bar lists the
// pages; the quick access is the part of it that the user fills; the status line
// is the foot of the window.
package ui

import (
	"slices"

	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/ui/about"
	"schulhof/ui/account"
	"schulhof/ui/admin"
	"schulhof/ui/files"
	"schulhof/ui/letters"
	"schulhof/ui/module"
	"schulhof/ui/settings"
)

// Pages lists the pages of the school's modules, in the order of the side bar,
// one line each. Those that the server has not are not shown.
func Pages() []module.Info {
	return []module.Info{
		files.Info(),
		letters.Info(),
		admin.Info(),
	}
}

// Names of the pages that every window has beside the modules'.
const (
	pageAccount  = "account"
	pageSettings = "settings"
	pageAbout    = "about"
)

// own lists the pages that belong to the program and not to a module.
func own() []module.Info {
	return []module.Info{
		{Name: pageAccount, Icon: ftheme.AccountIcon(), New: account.New},
		{Name: pageSettings, Icon: ftheme.SettingsIcon(), New: settings.New},
		{Name: pageAbout, Icon: ftheme.InfoIcon(), New: about.New},
	}
}

// offered returns the pages whose module the person may use.
func offered(pages []module.Info, modules []string) []module.Info {
	var some []module.Info
	for _, p := range pages {
		if slices.Contains(modules, p.Name) {
			some = append(some, p)
		}
	}
	return some
}
