package tray

import "fyne.io/systray"

func available() bool { return true }

// Hide takes the icon away, at the program's end. The toolkit does so only while
// the window has the focus, and Windows shows icons of programs that are gone.
func Hide() { systray.Quit() }
