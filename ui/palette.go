package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// target is one line of the palette: a place to go to.
type target struct {
	icon fyne.Resource
	text string
	note string
	run  func()
}

const paletteRows = 8

// palette is the field that goes anywhere: type, choose, Enter.
type palette struct {
	shell  *Shell
	dialog *kit.Dialog
	entry  *kit.Entry
	list   *fyne.Container
	hits   []target
	chosen int
	turn   int
	stop   context.CancelFunc
}

// showPalette opens the palette.
func (s *Shell) showPalette() {
	if s.d.Window.Canvas().Overlays().Top() != nil {
		return
	}
	p := &palette{shell: s, entry: kit.NewSearchEntry(lang.T("shell.palette_hint")), list: container.New(layout.NewCustomPaddedVBoxLayout(2)), stop: func() {}}
	p.entry.OnChanged = func(string) { p.search() }
	p.entry.OnSubmitted = func(string) { p.run(p.chosen) }
	p.entry.OnKey = p.key
	height := float32(paletteRows)*(fyne.CurrentApp().Settings().Theme().Size("schulhof.row")+2) + 4
	room := kit.Scrolled(p.list)
	room.SetMinSize(fyne.NewSize(0, min(height, s.d.Window.Canvas().Size().Height*0.55)))
	p.dialog = kit.NewDialog(s.d.Window, lang.T("shell.palette"), kit.Column(8, p.entry, room), p.entry)
	p.dialog.SetWidth(560)
	p.dialog.OnClosed = func() { p.turn = -1; p.stop() }
	p.search()
	p.dialog.Show()
}

func (p *palette) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyDown:
		p.choose(min(p.chosen+1, len(p.hits)-1))
	case fyne.KeyUp:
		p.choose(max(p.chosen-1, 0))
	case fyne.KeyPageDown, fyne.KeyPageUp:
	default:
		return false
	}
	return true
}

func (p *palette) run(i int) {
	if i >= 0 && i < len(p.hits) {
		p.dialog.Close()
		p.hits[i].run()
	}
}

// search lists the pages at once, then what the cache knows of files, then what
// the server knows.
func (p *palette) search() {
	p.stop()
	p.turn++
	turn, text := p.turn, strings.TrimSpace(p.entry.Text)
	hits := p.shell.pageTargets(text)
	p.show(hits)
	if text == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	p.stop = cancel
	f, do := p.shell.d.Files, p.shell.d.Do
	add := func(entries []files.Entry) {
		do(func() {
			if p.turn == turn {
				p.show(append(hits, p.shell.fileTargets(entries)...))
			}
		})
	}
	go func() {
		defer cancel()
		known := searchRoots(ctx, f, text, f.Search)
		add(known)
		if ctx.Err() != nil || !f.Online() {
			return
		}
		add(merge(known, searchRoots(ctx, f, text, func(ctx context.Context, under, text string) ([]files.Entry, error) {
			found, _, err := f.SearchRemote(ctx, under, text)
			return found, err
		})))
	}()
}

func searchRoots(ctx context.Context, f *files.Files, text string, search func(ctx context.Context, under, text string) ([]files.Entry, error)) []files.Entry {
	roots, err := f.Roots(ctx)
	if err != nil {
		return nil
	}
	var all []files.Entry
	for _, r := range roots {
		found, err := search(ctx, r.Href, text)
		if err == nil {
			all = append(all, found...)
		}
		if len(all) >= 100 {
			break
		}
	}
	return all
}

// merge adds what is new in b, by address.
func merge(a, b []files.Entry) []files.Entry {
	seen := map[string]bool{}
	for _, e := range a {
		seen[e.Href] = true
	}
	for _, e := range b {
		if !seen[e.Href] {
			a = append(a, e)
		}
	}
	return a
}

func (s *Shell) pageTargets(text string) []target {
	var hits []target
	text = strings.ToLower(text)
	for _, info := range append(append(s.modules[:0:0], s.modules...), own()...) {
		if name := title(info); strings.Contains(strings.ToLower(name), text) {
			hits = append(hits, target{icon: info.Icon, text: name, run: func() { s.Go(info.Name) }})
		}
	}
	return hits
}

// fileTargets lists folders before files; a file leads to its folder.
func (s *Shell) fileTargets(entries []files.Entry) []target {
	var folders, rest []target
	for _, e := range entries {
		at := remote.Parent(e.Href)
		t := target{icon: ftheme.FileIcon(), text: e.Name, note: placeOf(at), run: func() { s.Go("files", at) }}
		if e.Folder {
			t.icon = ftheme.FolderIcon()
			t.run = func() { s.Go("files", e.Href) }
			folders = append(folders, t)
			continue
		}
		rest = append(rest, t)
	}
	folders = append(folders, rest...)
	return folders[:min(len(folders), 40)]
}

// placeOf words a folder's address as a path that people read.
func placeOf(href string) string {
	clean, err := remote.Clean(href)
	if err != nil {
		return ""
	}
	var names []string
	for clean != wire.DAVHome && clean != wire.DAVGroups && clean != "/" && len(names) < 20 {
		names = append([]string{remote.Base(clean)}, names...)
		clean = remote.Parent(clean)
	}
	if clean == wire.DAVHome {
		names = append([]string{lang.T("shell.my_files")}, names...)
	}
	return strings.Join(names, " › ")
}

func (p *palette) show(hits []target) {
	p.hits = hits
	p.list.Objects = nil
	for i, h := range hits {
		text := h.text
		if h.note != "" {
			text += "   –   " + h.note
		}
		n := kit.NewNavItem(h.icon, text, func() { p.run(i) })
		p.list.Add(n)
	}
	if len(hits) == 0 {
		p.list.Add(kit.Inset(8, 8, 12, 0, kit.NewMuted(lang.T("shell.nothing_found"))))
	}
	p.choose(0)
	p.list.Refresh()
}

func (p *palette) choose(i int) {
	p.chosen = i
	for j, o := range p.list.Objects {
		if n, ok := o.(*kit.NavItem); ok {
			n.SetActive(j == i)
		}
	}
}
