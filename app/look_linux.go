package main

import "github.com/rymdport/portal/settings/appearance"

// desktopTells tells whether the desktop says that it is light or dark. The
// toolkit takes a desktop that does not for a dark one.
func desktopTells() bool {
	scheme, err := appearance.GetColorScheme()
	return err == nil && scheme != appearance.NoPreference
}
