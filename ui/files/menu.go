package files

import (
	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// keyLabel is a shortcut that a menu only shows, as the language's keyboards
// are labelled; the page itself takes the keys.
type keyLabel string

// ShortcutName implements fyne.Shortcut.
func (k keyLabel) ShortcutName() string { return "label:" + string(k) }

// Key implements fyne.KeyboardShortcut.
func (k keyLabel) Key() fyne.KeyName { return fyne.KeyName(lang.Keys(string(k))) }

// Mod implements fyne.KeyboardShortcut.
func (keyLabel) Mod() fyne.KeyModifier { return 0 }

// entryOf makes a menu's line; why greys it and says the reason.
func entryOf(text string, icon fyne.Resource, keys, why string, do func()) *fyne.MenuItem {
	if why != "" {
		text += " (" + why + ")"
	}
	item := fyne.NewMenuItem(text, do)
	item.Icon = icon
	item.Disabled = why != ""
	if keys != "" && why == "" {
		item.Shortcut = keyLabel(keys)
	}
	return item
}

// popUp opens a menu under an object.
func popUp(under fyne.CanvasObject, items []*fyne.MenuItem) {
	d := fyne.CurrentApp().Driver()
	at := d.AbsolutePositionForObject(under).AddXY(0, under.Size().Height+2)
	kit.ShowMenu(d.CanvasForObject(under), at, items...)
}

// showMenu opens the menu of what is selected, or of the place for row -1.
func (p *Page) showMenu(row int, at fyne.Position) {
	items := p.placeMenu()
	if row >= 0 {
		items = p.entryMenu(p.m.Selected())
	}
	kit.ShowMenu(p.d.Window.Canvas(), at, items...)
}

// menuAtCursor opens the menu by the keyboard.
func (p *Page) menuAtCursor() {
	row := p.m.cursor
	if len(p.m.selected) == 0 {
		row = -1
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.table.scroll)
	if row >= 0 {
		p.table.Reveal(row)
		at = at.AddXY(p.table.cols.Name.X, float32(row+1)*p.table.rowHeight()-p.table.scroll.Offset.Y)
	}
	p.showMenu(row, at)
}

// entryMenu is the menu of selected entries.
func (p *Page) entryMenu(es []files.Entry) []*fyne.MenuItem {
	if len(es) == 0 {
		return p.placeMenu()
	}
	online := p.engine.Online()
	first := es[0]
	one := ""
	if len(es) > 1 {
		one = lang.T("files.why_one")
	}
	roots := p.at == start && !p.search.deep
	items := []*fyne.MenuItem{entryOf(lang.T("files.menu_open"), ftheme.FolderOpenIcon(), "Enter", one, func() {
		if first.Folder {
			p.goTo(first.Href)
		} else {
			p.openFile(first)
		}
	})}
	if roots {
		return items
	}
	items = append(items,
		entryOf(lang.T("files.menu_download"), ftheme.DownloadIcon(), "", "", func() { p.download(es) }),
		entryOf(lang.T("files.menu_local"), ftheme.ComputerIcon(), "", "", func() { p.showLocal(es) }),
	)
	if p.search.deep {
		items = append(items, entryOf(lang.T("files.menu_where"), ftheme.SearchIcon(), "", one, func() { p.goWhere(first) }))
	}
	away := cannotLeave(es, online)
	rename := away
	if rename == "" {
		rename = one
	}
	items = append(items,
		fyne.NewMenuItemSeparator(),
		entryOf(lang.T("files.menu_rename"), ftheme.DocumentCreateIcon(), "F2", rename, func() { p.table.StartRename(p.m.Row(idOf(first))) }),
		entryOf(lang.T("files.menu_cut"), ftheme.ContentCutIcon(), "Ctrl+X", away, func() { p.take(true) }),
		entryOf(lang.T("files.menu_copy"), ftheme.ContentCopyIcon(), "Ctrl+C", "", func() { p.take(false) }),
	)
	if len(es) == 1 && first.Folder {
		items = append(items, entryOf(lang.T("files.menu_paste_into"), ftheme.ContentPasteIcon(), "", p.cannotPaste(first.Can(wire.RightAdd)), func() { p.paste(first.Href) }))
	}
	if len(es) == 1 && first.Local == files.Conflict {
		items = append(items, fyne.NewMenuItemSeparator(), entryOf(lang.T("files.menu_settle"), ftheme.ConfirmIcon(), "", "", func() { p.settle(first) }))
	}
	return append(items,
		fyne.NewMenuItemSeparator(),
		entryOf(lang.T("files.menu_delete"), ftheme.DeleteIcon(), "Del", away, func() { p.remove(es) }),
	)
}

func (p *Page) cannotPaste(allowed bool) string {
	switch {
	case len(p.clip.entries) == 0:
		return lang.T("files.why_nothing")
	case !p.engine.Online():
		return lang.T("files.why_offline")
	case !allowed:
		return lang.T("files.why_rights")
	}
	return ""
}

// placeMenu is the menu of the empty area.
func (p *Page) placeMenu() []*fyne.MenuItem {
	sorted := fyne.NewMenuItem(lang.T("files.menu_order"), nil)
	sorted.Icon = ftheme.ListIcon()
	by := make([]*fyne.MenuItem, 0, len(columnNames))
	for _, c := range []column{byName, bySize, byChanged, byPerson} {
		item := fyne.NewMenuItem(columnTitle(c), func() {
			o := order{By: c}
			if p.m.order.By == c {
				o.Down = !p.m.order.Down
			}
			p.table.calls.Ordered(o)
		})
		item.Checked = p.m.order.By == c
		by = append(by, item)
	}
	sorted.ChildMenu = fyne.NewMenu("", by...)
	items := []*fyne.MenuItem{}
	if p.at != start && !p.search.deep {
		items = append(items, p.addMenu()...)
		items = append(items,
			entryOf(lang.T("files.menu_paste"), ftheme.ContentPasteIcon(), "Ctrl+V", p.cannotPaste(p.canAdd() == ""), func() { p.paste(p.at) }),
			fyne.NewMenuItemSeparator(),
		)
	}
	return append(items,
		entryOf(lang.T("files.menu_all"), ftheme.CheckButtonCheckedIcon(), "Ctrl+A", "", func() {
			p.m.SelectAll()
			p.table.changed()
		}),
		sorted,
		entryOf(lang.T("files.menu_refresh"), ftheme.ViewRefreshIcon(), "F5", "", p.refresh),
	)
}

// addMenu is what can be made new in the place.
func (p *Page) addMenu() []*fyne.MenuItem {
	why := ""
	if p.canAdd() != "" {
		why = lang.T("files.why_rights")
	}
	folder := why
	if folder == "" && !p.engine.Online() {
		folder = lang.T("files.why_offline")
	}
	return []*fyne.MenuItem{
		entryOf(lang.T("files.new_folder"), ftheme.FolderNewIcon(), "Ctrl+Shift+N", folder, p.newFolder),
		entryOf(lang.T("files.upload_files"), ftheme.UploadIcon(), "", why, p.pickFiles),
		entryOf(lang.T("files.upload_folder"), ftheme.FolderIcon(), "", why, p.pickFolder),
	}
}

func (p *Page) showAddMenu(under fyne.CanvasObject) { popUp(under, p.addMenu()) }

// goWhere goes to the folder in which a hit lies and selects it there.
func (p *Page) goWhere(e files.Entry) {
	to := parentOf(e)
	p.goTo(to)
	p.want = want{name: e.Name}
}
