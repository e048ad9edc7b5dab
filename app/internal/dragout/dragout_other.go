//go:build !linux

package dragout

import "fyne.io/fyne/v2"

// Source returns nil: on this system the window cannot start a drag, and pages
// offer the file manager instead.
func Source(fyne.Window, func(func())) func(paths []string) error { return nil }

// Foreign returns nil: on this system nobody tells of a drag before its drop.
func Foreign() func() bool { return nil }
