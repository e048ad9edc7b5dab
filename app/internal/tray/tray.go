// Package tray shows the program beside the clock, and messages of the desktop,
// where the desktop has both.
//
// Messages have fixed texts only: they may be read on a projector, and Windows
// hands them to a shell that would run what stands in them.
package tray

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Show puts an icon with a menu beside the clock, if there is a place for it, and
// tells whether there is. A click on the icon shows the window; closing the window
// hides it from now on, unless its intercept is set anew. Called again, it changes
// the menu.
func Show(app fyne.App, window fyne.Window, items ...*fyne.MenuItem) bool {
	d, ok := app.(desktop.App)
	if !ok || !available() {
		return false
	}
	d.SetSystemTrayMenu(fyne.NewMenu("Schulhof", items...))
	d.SetSystemTrayWindow(window)
	return true
}

// Notify shows a message of the desktop. text is one of the program's own texts,
// never a name or what somebody wrote. It does not wait.
func Notify(app fyne.App, text string) {
	go app.SendNotification(fyne.NewNotification("Schulhof", text))
}
