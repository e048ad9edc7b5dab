package admin

import (
	"context"
	"io"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// maxMembers is how many members a group's detail lists; the rest is found among people.
const maxMembers = 200

// kinds of groups, in the order of the list.
var kinds = []string{"class", "year", "course", "club", "staff"}

type groupsTab struct {
	p      *Page
	all    []wire.GroupRow // as the server gave them
	found  []wire.GroupRow // what the filter leaves, in the list's order
	known  bool
	err    error
	rows   *rows
	pane   *pane
	field  *kit.Entry
	middle *fyne.Container
	chosen string // id

	in      inside // the chosen group
	fetched bool   // in is there

	listNews follower
}

func (p *Page) newGroups() tab {
	t := &groupsTab{p: p, field: kit.NewSearchEntry(lang.T("admin.group_search"))}
	t.rows = newRows(func() int { return len(t.found) }, func(i int) line { return groupLine(&t.found[i]) }, func(i int) { t.choose(t.found[i].ID) })
	t.field.OnChanged = func(string) {
		t.filter()
		t.draw()
	}
	t.middle = container.NewStack(container.New(skeleton{}, kit.NewSkeleton(8)))
	head := kit.Inset(0, theme.Gap, theme.Around, theme.Around, kit.Column(theme.Gap, t.field))
	foot := kit.Flow(theme.Gap)
	if p.d.Session.Admin {
		foot.Add(kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("admin.group_new"), kit.Quiet, t.add))
		foot.Add(kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.letters_all"), kit.Quiet, func() { t.letters(nil) }))
	}
	t.pane = newPane(container.NewBorder(head, kit.Inset(theme.Unit, theme.Unit, theme.Gap, theme.Gap, foot), nil, nil, t.middle))
	t.pane.onNarrow = t.draw
	t.draw()
	return t
}

func groupLine(g *wire.GroupRow) line {
	l := line{title: g.Name, below: lang.T("admin.kind_" + g.Kind), mark: lang.N("admin.members_n", g.Members)}
	for i, lead := range g.Leads {
		if i == 0 {
			l.below += " · "
		} else {
			l.below += ", "
		}
		l.below += lead.Name()
	}
	return l
}

func (t *groupsTab) object() fyne.CanvasObject { return t.pane.box }
func (t *groupsTab) find() fyne.Focusable      { return t.field }
func (*groupsTab) dropped([]string) bool       { return false }
func (t *groupsTab) key(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyEscape && t.chosen != "" {
		t.leave()
		return true
	}
	return false
}

func (t *groupsTab) shown() {
	var all []wire.GroupRow
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		all, err = t.p.calls.Groups(ctx)
		return err
	}, func(err error) {
		if t.err = err; err == nil {
			t.all, t.known = all, true
		}
		t.filter()
		t.draw()
	})
	if t.chosen != "" {
		t.fetch()
	}
}

// news implements tab.
func (t *groupsTab) news() {
	if !t.known {
		return
	}
	var all []wire.GroupRow
	var in inside
	id, class := t.chosen, false
	if g := t.group(); g != nil {
		class = g.Kind == "class"
	}
	t.listNews.run(t.p.d, t.news, func(ctx context.Context) (err error) {
		all, err = t.p.calls.Groups(ctx)
		if err == nil && id != "" {
			in, err = t.p.inside(ctx, id, class)
		}
		return err
	}, func() {
		if id == t.chosen && reflect.DeepEqual(t.all, all) && reflect.DeepEqual(t.in, in) {
			return
		}
		t.rows.kept(func(i int) string { return t.found[i].ID }, func() {
			t.all = all
			t.filter()
		})
		g := t.group()
		switch {
		case id != t.chosen:
		case g == nil:
			t.draw() // it was ended
		default:
			t.in, t.fetched = in, true
			t.pane.redraw(t.detail(g))
		}
	})
}

// filter lists the groups that the text leaves: by kind, then as a dictionary does.
func (t *groupsTab) filter() {
	t.found = nil
	for _, g := range t.all {
		if contains(g.Name, t.field.Text) {
			t.found = append(t.found, g)
		}
	}
	order := lang.NewSorter()
	slices.SortStableFunc(t.found, func(a, b wire.GroupRow) int {
		if c := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); c != 0 {
			return c
		}
		return order.Compare(a.Name, b.Name)
	})
	var in fyne.CanvasObject = t.rows
	switch {
	case t.err != nil && !t.known:
		in = t.p.failed(t.err, t.shown)
	case t.err != nil:
		t.p.fail(t.err)
	case !t.known:
		return
	case len(t.all) == 0:
		in = kit.NewEmptyState(ftheme.AccountIcon(), lang.T("admin.no_groups"), lang.T("admin.no_groups_text"))
	case len(t.found) == 0:
		in = kit.NewEmptyState(ftheme.SearchIcon(), lang.T("admin.nothing"), lang.T("admin.nothing_text"))
	}
	t.middle.Objects = []fyne.CanvasObject{in}
	t.rows.mark(slices.IndexFunc(t.found, func(g wire.GroupRow) bool { return g.ID == t.chosen }))
	t.rows.Refresh()
	t.middle.Refresh()
}

func (t *groupsTab) choose(id string) {
	if id == t.chosen {
		return
	}
	t.chosen, t.in, t.fetched = id, inside{}, false
	t.draw()
	t.fetch()
}

func (t *groupsTab) leave() {
	t.chosen = ""
	t.rows.forget()
	t.draw()
}

// group is the chosen one, nil when there is none.
func (t *groupsTab) group() *wire.GroupRow {
	for i := range t.all {
		if t.all[i].ID == t.chosen {
			return &t.all[i]
		}
	}
	return nil
}

// inside is who is in a group: the first page of its members and, of a class, which of
// the guardians have registered.
type inside struct {
	members []wire.PersonRow
	total   int
	invited []wire.Invitation
}

func (p *Page) inside(ctx context.Context, id string, class bool) (inside, error) {
	page, err := p.calls.List(ctx, people.Query{Group: id})
	in := inside{members: page.People, total: page.Total}
	if err == nil && class {
		in.invited, err = p.calls.Guardians(ctx, id)
	}
	return in, err
}

// fetch asks for who is in the chosen group.
func (t *groupsTab) fetch() {
	id, g := t.chosen, t.group()
	if g == nil {
		return
	}
	class := g.Kind == "class"
	var in inside
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		in, err = t.p.inside(ctx, id, class)
		return err
	}, func(err error) {
		switch {
		case id != t.chosen:
		case err != nil:
			t.pane.show(t.p.failed(err, t.fetch), true)
		default:
			t.in, t.fetched = in, true
			t.draw()
		}
	})
}

// changed fetches all anew.
func (t *groupsTab) changed() { t.shown() }

func (t *groupsTab) draw() {
	g := t.group()
	if g == nil {
		t.pane.show(kit.NewEmptyState(ftheme.AccountIcon(), lang.T("admin.group_choose"), lang.T("admin.group_choose_text")), false)
		return
	}
	t.pane.show(t.detail(g), true)
}

func (t *groupsTab) detail(g *wire.GroupRow) fyne.CanvasObject {
	column := kit.Column(theme.Around)
	if t.pane.narrow {
		column.Add(kit.Row(0, kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("admin.back"), kit.Quiet, t.leave), layout.NewSpacer()))
	}
	column.Add(kit.Column(2, kit.NewTitle(g.Name), kit.NewMuted(lang.T("admin.kind_"+g.Kind)+" · "+lang.N("admin.members_n", g.Members))))
	column.Add(t.deeds(g))
	if !t.fetched {
		column.Add(container.New(skeleton{}, kit.NewSkeleton(4)))
		return kit.Scrolled(kit.Inset(theme.Unit, 24, theme.Around, theme.Around, column))
	}
	var members []fyne.CanvasObject
	for i := range t.in.members[:min(len(t.in.members), maxMembers)] {
		members = append(members, t.member(g, &t.in.members[i]))
	}
	if t.in.total > len(members) {
		members = append(members, kit.NewHint(lang.N("admin.members_more", t.in.total-len(members))))
	}
	if len(members) == 0 {
		members = append(members, kit.NewHint(lang.T("admin.members_none")))
	}
	if len(t.in.invited) > 0 {
		column.Add(t.guardians())
	}
	column.Add(kit.NewPart(lang.T("admin.members"), kit.Column(6, members...)))
	return kit.Scrolled(kit.Inset(theme.Unit, 24, theme.Around, theme.Around, column))
}

func (t *groupsTab) deeds(g *wire.GroupRow) fyne.CanvasObject {
	row := kit.Flow(theme.Gap)
	if g.Kind == "class" {
		row.Add(kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.letters"), kit.Primary, func() { t.letters(g) }))
		row.Add(kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.start_codes"), kit.Normal, func() { t.startCodes(g) }))
	}
	if t.p.d.Session.Admin {
		row.Add(kit.NewButton(lang.T("admin.member_add"), kit.Normal, func() { t.addMember(g) }))
		row.Add(kit.NewButton(lang.T("admin.group_rename"), kit.Normal, func() { t.rename(g) }))
		row.Add(kit.NewButton(lang.T("admin.group_end"), kit.Normal, func() { t.end(g) }))
	}
	return row
}

// guardians says who of a class's guardians has registered: those who need
// something first.
func (t *groupsTab) guardians() fyne.CanvasObject {
	counts := map[string]int{}
	order := []string{"none", "expired", "invited", "registered"}
	list := slices.Clone(t.in.invited)
	slices.SortStableFunc(list, func(a, b wire.Invitation) int {
		return slices.Index(order, a.State) - slices.Index(order, b.State)
	})
	rows := kit.Column(6)
	for i, v := range list {
		counts[v.State]++
		if i >= maxMembers {
			continue
		}
		below := lang.T("admin.of_child", "Name", v.Child.Name) + " · " + lang.T("admin.invite_"+v.State)
		switch {
		case v.State == "invited" && v.Until != nil:
			below += " · " + lang.T("admin.invite_until", "Time", t.p.day(v.Until))
		case v.State == "registered" && v.Seen == nil:
			below += " · " + lang.T("admin.state_never")
		}
		icon := ftheme.WarningIcon()
		switch v.State {
		case "registered":
			icon = ftheme.ConfirmIcon()
		case "invited":
			icon = ftheme.MailSendIcon()
		}
		rows.Add(kit.NewItem(icon, v.Guardian.Name(), below, nil))
	}
	sum := lang.T("admin.invite_sum", "Registered", lang.Number(int64(counts["registered"])), "Invited", lang.Number(int64(counts["invited"])),
		"Missing", lang.Number(int64(counts["none"]+counts["expired"])))
	return kit.NewPart(lang.T("admin.guardians"), kit.NewHint(sum), rows)
}

func leads(g *wire.GroupRow, id string) bool {
	return slices.ContainsFunc(g.Leads, func(p wire.Person) bool { return p.ID == id })
}

func (t *groupsTab) member(g *wire.GroupRow, r *wire.PersonRow) fyne.CanvasObject {
	below := module.Post{Role: r.Role, Head: r.Head, Admin: r.Admin}.Words()
	lead := leads(g, r.ID)
	if lead {
		below += " · " + lang.T("admin.lead")
	}
	if r.Seen == nil {
		below += " · " + lang.T("admin.state_never")
	}
	if !t.p.d.Session.Admin {
		return kit.NewItem(ftheme.AccountIcon(), listName(r.Person), below, nil)
	}
	more := kit.NewIconButton(ftheme.MoreHorizontalIcon(), lang.T("admin.more"), nil)
	more.OnTapped = func() {
		change := fyne.NewMenuItem(lang.T("admin.lead_make"), func() { t.send(func(ctx context.Context) error { return t.p.calls.SetMember(ctx, g.ID, r.ID, true) }) })
		if lead {
			change = fyne.NewMenuItem(lang.T("admin.lead_end"), func() { t.send(func(ctx context.Context) error { return t.p.calls.SetMember(ctx, g.ID, r.ID, false) }) })
		}
		end := fyne.NewMenuItem(lang.T("admin.member_end"), func() {
			t.p.form(&module.Form{
				Title: lang.T("admin.member_end"), Kind: kit.Danger, Deed: lang.T("admin.member_end"),
				Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.member_end_text", "Name", r.Name(), "Group", g.Name))},
				Send: func(ctx context.Context) error { return t.p.calls.EndMember(ctx, g.ID, r.ID) },
				Done: t.changed,
			})
		})
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(more)
		kit.ShowMenu(t.p.d.Window.Canvas(), at.AddXY(0, more.Size().Height+4), change, end)
	}
	return kit.NewItem(ftheme.AccountIcon(), listName(r.Person), below, more)
}

// send does something at once and shows the group anew.
func (t *groupsTab) send(work func(ctx context.Context) error) {
	t.p.work(module.Patience, work, func(err error) {
		if err != nil {
			t.p.fail(err)
			return
		}
		t.changed()
	})
}

func (t *groupsTab) addMember(g *wire.GroupRow) {
	t.p.pick(lang.T("admin.member_add_title", "Group", g.Name), lang.T("admin.member_pick"), people.Query{}, "", func(r wire.PersonRow) {
		t.send(func(ctx context.Context) error { return t.p.calls.SetMember(ctx, g.ID, r.ID, false) })
	})
}

func (t *groupsTab) rename(g *wire.GroupRow) {
	name := kit.NewField(lang.T("admin.group_name"), "", "")
	var in wire.NewGroup
	name.Entry.SetText(g.Name)
	name.Entry.OnChanged = func(string) { name.SetError("") }
	t.p.form(&module.Form{
		Title: lang.T("admin.group_rename"), Body: []fyne.CanvasObject{name}, First: name.Entry, Deed: lang.T("admin.save"),
		Check: func() bool { return filled(name, "account.app_name_missing") },
		Read:  func() { in = wire.NewGroup{Name: text(name), Kind: g.Kind} },
		Send:  func(ctx context.Context) error { return t.p.calls.RenameGroup(ctx, g.ID, in) },
		Done:  t.changed,
	})
}

func (t *groupsTab) end(g *wire.GroupRow) {
	t.p.form(&module.Form{
		Title: lang.T("admin.group_end_title", "Name", g.Name), Kind: kit.Danger, Deed: lang.T("admin.group_end"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.group_end_text"))},
		Send: func(ctx context.Context) error { return t.p.calls.EndGroup(ctx, g.ID) },
		Done: func() {
			t.leave()
			t.changed()
		},
	})
}

func (t *groupsTab) add() {
	name := kit.NewField(lang.T("admin.group_name"), "", "")
	name.Entry.OnChanged = func(string) { name.SetError("") }
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, lang.T("admin.kind_"+k))
	}
	kind := widget.NewSelect(names, nil)
	kind.SetSelectedIndex(2)
	var made wire.GroupRow
	var in wire.NewGroup
	t.p.form(&module.Form{
		Title: lang.T("admin.group_new"), First: name.Entry, Deed: lang.T("admin.group_make"),
		Body:  []fyne.CanvasObject{name, kit.Column(theme.Unit, kit.NewStrong(lang.T("admin.group_kind")), kind)},
		Read:  func() { in = wire.NewGroup{Name: text(name), Kind: kinds[max(kind.SelectedIndex(), 0)]} },
		Check: func() bool { return filled(name, "account.app_name_missing") },
		Send: func(ctx context.Context) (err error) {
			made, err = t.p.calls.AddGroup(ctx, in)
			return err
		},
		Done: func() {
			t.all = append(t.all, made)
			t.filter()
			t.choose(made.ID)
			t.changed()
		},
	})
}

// letters prints registration letters for a class, or for the school with nil.
func (t *groupsTab) letters(g *wire.GroupRow) {
	in := wire.NewCodes{Missing: true}
	id, name := "", t.p.d.School.Name
	if g != nil {
		id, name = g.ID, g.Name
	}
	who := kit.NewChoice([]string{lang.T("admin.letters_missing"), lang.T("admin.letters_every")}, 0, func(i int) { in.Missing = i == 0 })
	(&module.Form{
		Title: lang.T("admin.letters_title", "Name", name), Deed: lang.T("admin.letters_deed"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.letters_text")), who, kit.NewNote(lang.T("admin.letters_note"))},
		Send: func(context.Context) error { return nil },
		Done: func() {
			t.p.print(lang.T("admin.letters_file", "Name", name), func(ctx context.Context, w io.Writer) error { return t.p.calls.NewCodes(ctx, id, in, w) }, t.changed)
		},
	}).Show(t.p.d)
}

// startCodes renews first passwords of a class and offers the slips.
func (t *groupsTab) startCodes(g *wire.GroupRow) {
	var codes []wire.StartCode
	t.p.form(&module.Form{
		Title: lang.T("admin.start_codes"), Deed: lang.T("admin.start_codes_deed"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.start_codes_text", "Group", g.Name))},
		Send: func(ctx context.Context) (err error) {
			codes, err = t.p.calls.RenewStart(ctx, g.ID)
			return err
		},
		Done: func() {
			t.changed()
			if len(codes) == 0 {
				t.p.toast(lang.T("admin.start_codes_none"))
				return
			}
			t.p.showCodes(codes, g.Name)
		},
	})
}

// showCodes offers to print slips with codes that are told this once.
func (p *Page) showCodes(codes []wire.StartCode, name string) {
	p.form(&module.Form{
		Title: lang.N("admin.codes_title", len(codes)), Close: lang.T("form.close"), Stays: true,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.codes_text")), kit.Row(0, kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.slips"), kit.Primary, func() {
			p.printSlips(codes, name)
		}), layout.NewSpacer())},
	})
}
