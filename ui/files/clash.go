package files

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/files"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// askClash asks what to do with a file whose name is taken, and waits for the
// answer. It is called on an upload's goroutine; one question at a time.
func (p *Page) askClash(c files.Clash) files.Decision {
	p.asking.Lock()
	defer p.asking.Unlock()
	answer := make(chan files.Decision, 1)
	p.d.Do(func() { p.showClash(c, func(d files.Decision) { answer <- d }) })
	return <-answer
}

// showClash opens the question. Esc skips this one file.
func (p *Page) showClash(c files.Clash, answer func(files.Decision)) {
	var d *kit.Dialog
	decision := files.Decision{Action: files.Skip}
	all := widget.NewCheck(lang.T("files.clash_all"), nil)
	choose := func(a files.Action) func() {
		return func() {
			decision = files.Decision{Action: a, ForAll: all.Checked}
			d.Close()
		}
	}
	both := kit.NewButton(lang.T("files.clash_both"), kit.Primary, choose(files.KeepBoth))
	replace := kit.NewButton(lang.T("files.clash_replace"), kit.Normal, choose(files.Replace))
	skip := kit.NewButton(lang.T("files.clash_skip"), kit.Normal, choose(files.Skip))
	if c.Remote.Folder {
		replace.Disable()
	}
	newer := ""
	switch {
	case c.Local.Mtime.After(c.Remote.Mtime):
		newer = "local"
	case c.Remote.Mtime.After(c.Local.Mtime):
		newer = "remote"
	}
	body := kit.Column(12,
		kit.NewParagraph(lang.T("files.clash_text", "Name", safeName(c.Name))),
		container.NewGridWithColumns(2,
			p.clashSide(lang.T("files.clash_there"), c.Remote, newer == "remote"),
			p.clashSide(lang.T("files.clash_new"), c.Local, newer == "local"),
		),
		all,
	)
	d = kit.NewDialog(p.d.Window, lang.T("files.clash_title"), body, both, both, replace, skip)
	d.SetWidth(520)
	d.OnClosed = func() { answer(decision) }
	d.Show()
}

// clashSide shows one of the two files.
func (p *Page) clashSide(title string, e files.Entry, newer bool) fyne.CanvasObject {
	icon := widget.NewIcon(icon(kindOf(e)))
	head := kit.NewSmall(title)
	size := kit.NewText(lang.Size(e.Size))
	if e.Folder {
		size.Set(lang.T("files.folder"))
	}
	when := kit.NewText(lang.FullTime(e.Mtime))
	lines := []fyne.CanvasObject{head, size, when}
	if newer {
		mark := kit.NewStrong(lang.T("files.clash_newer"))
		mark.Color = theme.ColorAccent
		lines = append(lines, mark)
	} else {
		lines = append(lines, kit.NewText(" "))
	}
	if e.By != "" {
		lines = append(lines, kit.NewMuted(safeName(e.By)))
	}
	side := container.NewBorder(nil, nil, kit.Inset(2, 0, 0, theme.Gap, container.NewVBox(container.NewGridWrap(fyne.NewSquareSize(ftheme.Size(ftheme.SizeNameInlineIcon)*1.6), icon))), nil, kit.Column(2, lines...))
	return container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(12, 12, 12, 12, side))
}
