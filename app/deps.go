package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"schulhof/app/internal/dragout"
	"schulhof/app/internal/open"
	"schulhof/app/internal/tray"
	"schulhof/ui/module"
)

// deps is what pages are given; the shell adds its own parts.
func (c *client) deps() module.Deps {
	a := c.account
	return module.Deps{
		Files: a.Files, Letters: a.Letters, Remote: a.Remote, Signal: a.Signal, Session: a.Session, School: a.School,
		Shared: c.config.Shared, Version: version, Settings: c.settings, Log: c.log, Now: now,
		Window: c.window, Do: fyne.Do, SignOut: func() { c.signOut(false) }, Look: c.look, Speak: c.speak,
		OpenLocal:   func(path string) error { return open.Local(c.ctx, path) },
		RevealLocal: func(path string) error { return open.Reveal(c.ctx, path) },
		Notify:      func(text string) { tray.Notify(c.app, text) },
		PickFolder:  c.pickFolder, PickFiles: c.pickFiles,
		DragOut: dragout.Source(c.window, fyne.Do), ForeignDrag: dragout.Foreign(),
	}
}

// pickFolder asks for a folder of this PC.
func (c *client) pickFolder(then func(path string)) {
	d := dialog.NewFolderOpen(func(dir fyne.ListableURI, err error) {
		if err != nil || dir == nil {
			then("")
			return
		}
		then(dir.Path())
	}, c.window)
	c.fit(d)
}

// pickFiles asks for a file of this PC; the toolkit's dialog knows one at a time.
func (c *client) pickFiles(then func(paths []string)) {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil || r == nil {
			then(nil)
			return
		}
		path := r.URI().Path()
		if err := r.Close(); err != nil {
			c.log.DebugContext(c.ctx, "a chosen file was not closed well", "error", err)
		}
		then([]string{path})
	}, c.window)
	c.fit(d)
}

// fit makes the toolkit's file dialog as large as the window allows.
func (c *client) fit(d *dialog.FileDialog) {
	room := c.window.Canvas().Size()
	d.Resize(fyne.NewSize(min(room.Width-80, 900), min(room.Height-80, 620)))
	d.Show()
}
