package files

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// placeState is what stands in place of rows.
type placeState int

const (
	rowsShown placeState = iota
	stateWaiting
	stateEmpty
	stateReadOnly // empty, and nothing may be put here
	stateNothingFound
	stateNeverSeen // offline, and not in the cache
	stateError
)

// state decides what is shown.
func (p *Page) state() placeState {
	switch {
	case p.m.Len() > 0:
		return rowsShown
	case p.search.deep && p.search.busy:
		return stateWaiting
	case p.search.deep || p.m.filter != "" && len(p.m.items) > 0:
		return stateNothingFound
	}
	return p.emptyState()
}

// emptyState says why there are no rows although nothing is searched for.
func (p *Page) emptyState() placeState {
	l := p.listing
	switch {
	case !p.known:
		return stateWaiting
	case l.At.IsZero() && l.Err == nil && p.engine.Online():
		return stateWaiting
	case l.At.IsZero() && (l.Err == nil || errors.Is(l.Err, remote.ErrOffline)):
		return stateNeverSeen
	case l.At.IsZero():
		return stateError
	case p.canAdd() != "":
		return stateReadOnly
	}
	return stateEmpty
}

// show brings everything around the rows in line with what is known.
func (p *Page) show() {
	state := p.state()
	p.table.found, p.table.roots = p.search.deep, p.at == start && !p.search.deep
	p.table.Waiting(state == stateWaiting)
	p.table.head.Refresh()
	p.table.arrange()
	if state != p.parts.stateIs || state != rowsShown {
		p.parts.stateIs = state
		p.parts.state.Objects = nil
		if o := p.stateView(state); o != nil {
			p.parts.state.Objects = []fyne.CanvasObject{o}
		}
		p.parts.state.Refresh()
	}
	found := p.parts.found
	found.text.Set(p.foundLine())
	found.deep.Hidden = p.search.deep
	before := [2]bool{found.object.Hidden, p.parts.bannerBox.Hidden}
	found.object.Hidden = !p.search.deep && p.m.filter == ""
	p.showBanner(state)
	if before != [2]bool{found.object.Hidden, p.parts.bannerBox.Hidden} {
		p.parts.object.Refresh() // what is below moves
	}
	enable(p.parts.bar.add, p.canAdd() == "")
	p.foot()
}

// stateView makes what stands in place of rows.
func (p *Page) stateView(s placeState) fyne.CanvasObject {
	again := func() {
		p.known = false
		p.show()
		p.refresh()
	}
	switch s {
	case stateEmpty:
		return kit.NewEmptyState(ftheme.FolderOpenIcon(), lang.T("files.empty"), lang.T("files.empty_how"), kit.NewIconTextButton(ftheme.UploadIcon(), lang.T("files.upload_files"), kit.Normal, p.pickFiles))
	case stateReadOnly:
		return kit.NewEmptyState(ftheme.FolderOpenIcon(), lang.T("files.empty"), p.canAdd())
	case stateNothingFound:
		return kit.NewEmptyState(ftheme.SearchIcon(), lang.T("files.nothing_found"), lang.T("files.nothing_found_how"))
	case stateNeverSeen:
		return kit.NewEmptyState(ftheme.WarningIcon(), lang.T("files.never_seen"), lang.T("files.never_seen_how"), kit.NewButton(lang.T("files.again"), kit.Normal, again))
	case stateError:
		return kit.NewEmptyState(ftheme.ErrorIcon(), lang.T("files.failed"), sentence(p.listing.Err), kit.NewButton(lang.T("files.again"), kit.Normal, again))
	case rowsShown, stateWaiting:
	}
	return nil
}

// showBanner says offline, or that the last refresh brought nothing.
func (p *Page) showBanner(s placeState) {
	b := p.parts.banner
	err := p.listing.Err
	stale := s != stateError && s != stateNeverSeen && p.known && p.at != start
	switch {
	case !p.engine.Online() && stale && !p.listing.At.IsZero():
		b.Say(kit.Warning, lang.T("files.offline_since", "Time", lang.Time(p.listing.At, p.d.Now())), nil)
	case !p.engine.Online():
		b.Say(kit.Warning, lang.T("files.offline"), nil)
	case err != nil && stale && !errors.Is(err, remote.ErrOffline):
		b.Say(kit.Trouble, lang.T("files.stale")+" "+sentence(err), kit.NewButton(lang.T("files.again"), kit.Quiet, p.refresh))
	default:
		b.Clear()
		p.parts.bannerBox.Hidden = true
		return
	}
	p.parts.bannerBox.Hidden = false
}

// canAdd says why nothing can be put into the place, "" if it can.
func (p *Page) canAdd() string {
	switch {
	case p.at == start:
		return lang.T("files.no_add_start")
	case p.search.deep:
		return lang.T("files.no_add_search")
	case p.known && !p.listing.At.IsZero() && !strings.ContainsRune(p.listing.Rights, wire.RightAdd):
		return lang.T("files.no_add_rights")
	}
	return ""
}

// foot is the line under the table: how many, and the quota.
type foot struct {
	object *fyne.Container
	text   *kit.Text
	quota  *kit.Text
	bar    *kit.Progress
	right  *fyne.Container
}

func newFoot() *foot {
	f := &foot{text: kit.NewSmall(""), quota: kit.NewSmall(""), bar: kit.NewProgress(120)}
	f.quota.Whole = true
	f.right = kit.Row(theme.Gap, f.quota, f.bar)
	f.object = container.NewVBox(kit.NewLine(), kit.Inset(theme.Unit, theme.Unit, theme.Around, theme.Around, container.NewBorder(nil, nil, nil, f.right, f.text)))
	return f
}

// foot brings the line under the table up to date.
func (p *Page) foot() {
	f := p.parts.foot
	sel := p.m.Selected()
	text := lang.N("files.count", p.m.Len())
	if p.at == start && !p.search.deep {
		text = lang.N("files.count_roots", p.m.Len())
	}
	switch p.state() {
	case stateWaiting:
		text = lang.T("files.loading")
	case stateError, stateNeverSeen:
		text = ""
	case rowsShown, stateEmpty, stateReadOnly, stateNothingFound:
	}
	if len(sel) > 0 {
		var bytes int64
		for _, e := range sel {
			if !e.Folder {
				bytes += e.Size
			}
		}
		text += " · " + lang.N("files.count_selected", len(sel))
		if bytes > 0 {
			text += " (" + lang.Size(bytes) + ")"
		}
	}
	f.text.Set(text)
	p.footQuota()
}

// footQuota shows how full the place's root is; at the start one's own.
func (p *Page) footQuota() {
	f := p.parts.foot
	root, ok := rootOf(p.at, p.roots)
	if !ok && len(p.roots) > 0 && p.roots[0].Kind == "home" {
		root, ok = p.roots[0], true
	}
	if !ok || root.Quota <= 0 {
		f.right.Hide()
		return
	}
	f.right.Show()
	f.quota.Set(lang.T("files.quota", "Name", rootName(root), "Used", lang.Size(root.Used), "Quota", lang.Size(root.Quota)))
	part := float64(root.Used) / float64(root.Quota)
	f.bar.Color = theme.ColorAccent
	if part > 0.9 {
		f.bar.Color = theme.ColorDanger
	}
	f.bar.Set(part)
	f.bar.Refresh()
	f.object.Refresh()
}

// previewLayout gives the preview its place at the right where the window is
// wide enough for it.
type previewLayout struct{ p *Page }

const (
	previewWide  = 300
	previewLeast = 1000 // width of the window
)

// Layout implements fyne.Layout.
func (l *previewLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	list, line, pane := objects[0], objects[1], objects[2]
	wide := s.Width
	if l.p.preview.on && l.p.d.Window.Canvas().Size().Width >= previewLeast {
		wide -= previewWide + 1
		line.Show()
		pane.Show()
		line.Move(fyne.NewPos(wide, 0))
		line.Resize(fyne.NewSize(1, s.Height))
		pane.Move(fyne.NewPos(wide+1, 0))
		pane.Resize(fyne.NewSize(previewWide, s.Height))
	} else {
		line.Hide()
		pane.Hide()
	}
	list.Move(fyne.Position{})
	list.Resize(fyne.NewSize(wide, s.Height))
}

// MinSize implements fyne.Layout.
func (l *previewLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize()
}

// cannotLeave says why not all of these entries can be renamed, moved away or
// deleted, "" if they can.
func cannotLeave(es []files.Entry, online bool) string {
	if !online {
		return lang.T("files.why_offline")
	}
	for _, e := range es {
		if isRoot(e) {
			return lang.T("files.why_root")
		}
		if !e.Can(wire.RightDelete) {
			return lang.T("files.why_rights")
		}
	}
	return ""
}
