package letters

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// named is a draft with the name under which this PC keeps it.
type named struct {
	name  string
	draft wire.Draft
	local bool // this PC has what the server has not
}

// merge puts the drafts of the server and of this PC together: what was written
// here and has not reached the server stands in the place of the server's.
func merge(there []wire.Draft, here map[string]wire.Draft) []named {
	var list []named
	for name, d := range here {
		list = append(list, named{name: name, draft: d, local: true})
	}
	for _, d := range there {
		if !slices.ContainsFunc(list, func(n named) bool { return n.draft.ID == d.ID }) {
			list = append(list, named{name: d.ID, draft: d})
		}
	}
	slices.SortStableFunc(list, func(a, b named) int {
		if c := b.draft.Saved.Compare(a.draft.Saved); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return list
}

// drafts lists what is being written; a draft that is open takes the whole page.
type drafts struct {
	p      *Page
	rows   []named
	at     string // name of the row with the cursor
	known  bool
	busy   bool
	editor *editor

	object *fyne.Container
	list   *list
	empty  *fyne.Container
	banner *kit.Banner
	strip  *fyne.Container
}

func newDrafts(p *Page) *drafts {
	d := &drafts{p: p, object: container.NewStack(), empty: container.NewStack(), banner: kit.NewBanner()}
	d.list = newList(func() int { return len(d.rows) }, d.row)
	d.list.OnKey = d.key
	d.list.OnShortcut = p.Shortcut
	d.strip = kit.Inset(0, theme.Gap, theme.Around, theme.Around, d.banner)
	d.strip.Hide()
	d.show()
	return d
}

func (d *drafts) open() bool { return d.editor != nil }

// show puts the list on screen, or the draft that is open.
func (d *drafts) show() {
	if d.editor != nil {
		d.object.Objects = []fyne.CanvasObject{d.editor.object}
		d.object.Refresh()
		return
	}
	d.empty.Objects = nil
	switch {
	case len(d.rows) > 0:
	case !d.known:
		d.empty.Add(kit.NewSkeleton(6))
	default:
		d.empty.Add(kit.NewEmptyState(ftheme.DocumentCreateIcon(), lang.T("letters.none_drafts"), lang.T("letters.none_drafts_text"),
			kit.NewButton(lang.T("letters.new"), kit.Primary, d.create)))
	}
	d.object.Objects = []fyne.CanvasObject{container.NewBorder(d.strip, nil, nil, nil, container.NewStack(d.list, d.empty))}
	d.object.Refresh()
	d.list.Refresh()
}

// load reads the drafts of this PC and asks for those of the server.
func (d *drafts) load() {
	if d.busy || d.editor != nil {
		return
	}
	d.busy = true
	var there []wire.Draft
	var here map[string]wire.Draft
	var kept error
	d.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		here, kept = d.p.e.KeptDrafts(ctx)
		there, err = d.p.e.Drafts(ctx)
		return err
	}, func(err error) {
		d.busy, d.known = false, true
		if kept != nil {
			err = kept
		}
		d.banner.Clear()
		if err != nil {
			d.banner.Say(kit.Warning, module.Sentence(err, d.p.d.Now()), kit.NewButton(lang.T("letters.again"), kit.Normal, d.load))
		}
		d.strip.Hidden = err == nil
		if err == nil || len(d.rows) == 0 {
			d.rows = merge(there, here)
		}
		d.show()
	})
}

func (d *drafts) row(i int) rowView {
	n, now := d.rows[i], d.p.d.Now()
	v := rowView{
		Title: n.draft.Subject, Below: targetNames(n.draft.To), When: lang.Time(n.draft.Saved, now), Full: lang.FullTime(n.draft.Saved.In(now.Location())),
		Chosen: d.at == n.name, Cursor: d.at == n.name,
		Tap: func(fyne.KeyModifier) { d.at = n.name; d.edit(n) },
		Menu: func(at fyne.Position) {
			kit.ShowMenu(d.p.d.Window.Canvas(), at, fyne.NewMenuItem(lang.T("letters.edit"), func() { d.edit(n) }),
				fyne.NewMenuItem(lang.T("letters.delete_draft"), func() { d.remove(n) }))
		},
	}
	if v.Title == "" {
		v.Title = lang.T("letters.no_subject")
	}
	if v.Below == "" {
		v.Below = lang.T("letters.no_targets")
	}
	switch {
	case n.local:
		v.Tag, v.Tone = lang.T("letters.only_here"), theme.ColorWarning
	case n.draft.SendAt != nil && n.draft.SendAt.After(now):
		v.Tag = lang.T("letters.goes_at", "Time", lang.FullTime(n.draft.SendAt.In(now.Location())))
	}
	return v
}

func (d *drafts) key(e *fyne.KeyEvent) bool {
	at := slices.IndexFunc(d.rows, func(n named) bool { return n.name == d.at })
	switch e.Name {
	case fyne.KeyUp:
		at--
	case fyne.KeyDown:
		at++
	case fyne.KeyReturn, fyne.KeyEnter:
		if at >= 0 {
			d.edit(d.rows[at])
		}
		return true
	case fyne.KeyDelete:
		if at >= 0 {
			d.remove(d.rows[at])
		}
		return true
	default:
		return false
	}
	if at = min(max(at, 0), len(d.rows)-1); at >= 0 {
		d.at = d.rows[at].name
		d.list.Refresh()
		d.list.ScrollTo(at)
	}
	return true
}

// create begins a letter, empty or from a template.
func (d *drafts) create() {
	if old := d.editor; old != nil && !old.empty() {
		old.keep()
		old.save(nil)
	}
	d.p.mode = modeDrafts
	d.p.tabs.Set(int(modeDrafts))
	d.start(newEditor(d, named{draft: wire.Draft{Lang: lang.German, To: []wire.Target{}}}))
}

func (d *drafts) edit(n named) { d.start(newEditor(d, n)) }

func (d *drafts) start(e *editor) {
	d.editor = e
	d.show()
	d.p.show()
	e.begin()
}

// close goes back to the list.
func (d *drafts) close() {
	d.editor = nil
	d.show()
	d.p.show()
	d.load()
}

// remove deletes a draft, which nobody can bring back.
func (d *drafts) remove(n named) {
	subject := n.draft.Subject
	if subject == "" {
		subject = lang.T("letters.no_subject")
	}
	kit.Confirm(d.p.d.Window, kit.Ask{
		Title: lang.T("letters.delete_title"), Text: subject, Deed: lang.T("letters.delete_draft"), Cancel: lang.T("shell.cancel"), Danger: true,
		Do: func() {
			if d.editor != nil {
				d.editor.gone = true
			}
			d.p.d.Work(module.Patience, func(ctx context.Context) error {
				if n.draft.ID != "" {
					if err := d.p.e.DeleteDraft(ctx, n.draft.ID); err != nil {
						return err
					}
				}
				return d.p.e.KeepDraft(ctx, n.name, nil)
			}, func(err error) {
				if err != nil {
					d.p.d.Toast(module.Sentence(err, d.p.d.Now()), "", nil)
				}
				d.close()
			})
		},
	})
}

func (d *drafts) hidden() {
	if d.editor != nil {
		d.editor.keep()
	}
}

func (d *drafts) dropped(paths []string) bool {
	if d.editor == nil {
		return false
	}
	d.editor.attach(paths)
	return true
}
