package main

import (
	"strconv"

	"fyne.io/fyne/v2"

	"schulhof/assets"
)

// Under these names the desktops know the program: its settings folder, its
// windows, its .desktop file.
const (
	appID   = "org.schulhof.desktop"
	appName = "Schulhof"
)

// The Makefile sets both from FyneApp.toml (-ldflags "-X main.version=…"); a
// plain go build has the same values.
var (
	version = "0.1.0"
	build   = "1"
)

// metadata returns what app.SetMetadata is given as the first thing of main.
// A build that is not a number counts as 0.
func metadata() fyne.AppMetadata {
	number, err := strconv.Atoi(build)
	if err != nil {
		number = 0
	}
	return fyne.AppMetadata{
		ID:      appID,
		Name:    appName,
		Version: version,
		Build:   number,
		Icon:    fyne.NewStaticResource("icon.png", assets.Icon),
	}
}
