package admin

import (
	"context"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// pause is how long typing rests before it is searched for.
const pause = 250 * time.Millisecond

// roster is a list of people, fetched page by page as one comes to them.
type roster struct {
	query people.Query
	found []wire.PersonRow
	total int
	next  string
	reach string
	known bool // the first page is there
	err   error
	busy  bool
	turn  int
}

// wants tells whether the next page is needed to show row i.
func (r *roster) wants(i int) bool {
	return r.known && r.err == nil && !r.busy && r.next != "" && i+50 >= len(r.found)
}

// take adds a page.
func (r *roster) take(page wire.PeoplePage, first bool) {
	if first {
		r.found = nil
	}
	r.found = append(r.found, page.People...)
	r.total, r.next, r.reach, r.known, r.err = page.Total, page.Next, page.Reach, true, nil
	if r.next == "" {
		r.total = len(r.found)
	}
}

type peopleTab struct {
	p      *Page
	list   roster
	rows   *rows
	pane   *pane
	field  *kit.Entry
	role   *widget.Select
	state  *widget.Select
	count  *kit.Text
	reach  *kit.Banner
	middle *fyne.Container
	timer  *time.Timer
	chosen string // id
	detail *wire.PersonDetail

	listNews, personNews follower
}

var (
	roles  = []wire.Role{"", wire.RoleStudent, wire.RoleTeacher, wire.RoleStaff, wire.RoleGuardian}
	states = []wire.State{"", wire.StateActive, wire.StateRestricted, wire.StateLocked, wire.StateLeft, neverSignedIn}
)

// neverSignedIn stands among the states that one may choose.
const neverSignedIn wire.State = "never"

func (p *Page) newPeople() tab {
	t := &peopleTab{p: p, field: kit.NewSearchEntry(lang.T("admin.search")), count: kit.NewSmall(""), reach: kit.NewBanner()}
	t.rows = newRows(func() int { return t.list.total }, t.line, func(i int) { t.choose(i) })
	roleNames, stateNames := make([]string, 0, len(roles)), make([]string, 0, len(states))
	for _, r := range roles {
		roleNames = append(roleNames, roleFilter(r))
	}
	for _, s := range states {
		stateNames = append(stateNames, stateFilter(s))
	}
	t.role = widget.NewSelect(roleNames, nil)
	t.role.SetSelectedIndex(0)
	t.state = widget.NewSelect(stateNames, nil)
	t.state.SetSelectedIndex(0)
	t.role.OnChanged = func(string) { t.search() }
	t.state.OnChanged = func(string) { t.search() }
	t.field.OnChanged = func(string) { t.typed() }
	t.field.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name == fyne.KeyDown && t.list.total > 0 {
			p.d.Window.Canvas().Focus(t.rows)
			return true
		}
		if e.Name == fyne.KeyEscape && t.field.Text != "" {
			t.field.SetText("")
			return true
		}
		return false
	}
	foot := container.NewBorder(nil, nil, nil, nil, t.count)
	if p.d.Session.Admin {
		foot = container.NewBorder(nil, nil, nil, kit.NewIconButton(ftheme.ContentAddIcon(), lang.T("admin.person_new"), t.add), t.count)
	}
	filters := container.NewGridWithColumns(2, t.role, t.state)
	if !p.d.Session.Admin {
		filters = container.NewGridWithColumns(1, t.state)
	}
	head := kit.Inset(0, theme.Gap, theme.Around, theme.Around, kit.Column(theme.Gap, t.field, filters, t.reach))
	t.middle = container.NewStack(container.New(skeleton{}, kit.NewSkeleton(8)))
	t.pane = newPane(container.NewBorder(head, kit.Inset(theme.Unit, theme.Unit, theme.Around, theme.Gap, foot), nil, nil, t.middle))
	t.pane.onNarrow = func() { t.draw() }
	t.draw()
	return t
}

type skeleton struct{}

func (skeleton) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, 100) }

func (skeleton) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

func roleFilter(r wire.Role) string {
	if r == "" {
		return lang.T("admin.all_roles")
	}
	return lang.T("role." + string(r))
}

func stateFilter(s wire.State) string {
	if s == "" {
		return lang.T("admin.all_states")
	}
	return lang.T("admin.state_" + string(s))
}

func (t *peopleTab) object() fyne.CanvasObject { return t.pane.box }
func (t *peopleTab) find() fyne.Focusable      { return t.field }
func (*peopleTab) dropped([]string) bool       { return false }
func (t *peopleTab) shown()                    { t.search() }
func (t *peopleTab) key(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyEscape && t.chosen != "" {
		t.leave()
		return true
	}
	return false
}

// typed waits for a pause in typing.
func (t *peopleTab) typed() {
	if t.timer != nil {
		t.timer.Stop()
	}
	t.timer = time.AfterFunc(pause, func() { t.p.d.Do(t.search) })
}

// search asks for those whom the head of the list describes; what is shown stays
// until they are there.
func (t *peopleTab) search() {
	q := people.Query{Text: t.field.Text, Role: roles[max(t.role.SelectedIndex(), 0)], State: states[max(t.state.SelectedIndex(), 0)]}
	if q.State == neverSignedIn {
		q.State, q.Never = "", true
	}
	t.list.turn++
	t.list.query = q
	t.fetch(q, true)
}

// more asks for the next page when row i needs it.
func (t *peopleTab) more(i int) {
	if t.list.wants(i) {
		q := t.list.query
		q.After = t.list.next
		t.fetch(q, false)
	}
}

func (t *peopleTab) fetch(q people.Query, first bool) {
	t.list.busy = true
	turn := t.list.turn
	var page wire.PeoplePage
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		page, err = t.p.calls.List(ctx, q)
		return err
	}, func(err error) {
		if turn != t.list.turn {
			return
		}
		t.list.busy = false
		if t.list.err = err; err == nil {
			t.list.take(page, first)
		}
		t.showList()
	})
}

// line words a row; one that is not there yet asks for it.
func (t *peopleTab) line(i int) line {
	t.more(i)
	if i >= len(t.list.found) {
		return line{title: "…", faint: true}
	}
	return personLine(&t.list.found[i])
}

// personLine words a person: family name first, as lists at schools have it.
func personLine(r *wire.PersonRow) line {
	l := line{title: listName(r.Person), below: module.Post{Role: r.Role, Head: r.Head, Admin: r.Admin}.Words()}
	if r.Class != "" {
		l.below += " · " + r.Class
	}
	if r.State != wire.StateActive && r.State != "" {
		l.mark = lang.T("admin.state_" + string(r.State))
		l.faint = r.State == wire.StateLeft
	} else if r.Seen == nil {
		l.mark = lang.T("admin.state_never")
	}
	return l
}

func listName(p wire.Person) string {
	switch {
	case p.Given == "":
		return p.Family
	case p.Family == "":
		return p.Given
	}
	return p.Family + ", " + p.Given
}

// showList brings the list in line with what was fetched.
func (t *peopleTab) showList() {
	var in fyne.CanvasObject = t.rows
	switch {
	case t.list.err != nil && !t.list.known:
		in = t.p.failed(t.list.err, t.search)
	case t.list.err != nil:
		t.p.fail(t.list.err)
	case t.list.total == 0 && t.field.Text == "" && t.list.query == (people.Query{}):
		in = kit.NewEmptyState(ftheme.AccountIcon(), lang.T("admin.nobody"), lang.T("admin.nobody_text"))
	case t.list.total == 0:
		in = kit.NewEmptyState(ftheme.SearchIcon(), lang.T("admin.nothing"), lang.T("admin.nothing_text"))
	}
	t.middle.Objects = []fyne.CanvasObject{in}
	t.count.Set(lang.N("admin.count", t.list.total))
	t.showReach()
	t.rechoose()
	t.rows.Refresh()
	t.middle.Refresh()
}

// showReach says that an administrator who leads a class sees only that class yet.
func (t *peopleTab) showReach() {
	if t.list.reach != "own_classes" || !t.p.d.Session.Admin {
		t.reach.Clear()
		return
	}
	all := func() {
		t.p.admin.Confirm(module.AdminNeeded(), t.search, func() {})
	}
	t.reach.Say(kit.Info, lang.T("admin.own_only"), kit.NewButton(lang.T("admin.show_all"), kit.Normal, all))
}

// rechoose keeps the choice on the same person while rows come and go.
func (t *peopleTab) rechoose() {
	if t.chosen == "" {
		return
	}
	for i := range t.list.found {
		if t.list.found[i].ID == t.chosen {
			if t.rows.chosen != i {
				t.rows.mark(i)
			}
			return
		}
	}
	t.rows.forget()
}

// choose shows a person of the list.
func (t *peopleTab) choose(i int) {
	if i >= len(t.list.found) {
		return
	}
	r := t.list.found[i]
	if r.ID == t.chosen {
		return
	}
	t.open(r.ID, &wire.PersonDetail{PersonRow: r})
}

// open shows a person, first what is known already.
func (t *peopleTab) open(id string, known *wire.PersonDetail) {
	t.chosen, t.detail = id, known
	t.draw()
	t.reload()
}

// reload fetches the chosen person anew.
func (t *peopleTab) reload() {
	id := t.chosen
	if id == "" {
		return
	}
	var detail wire.PersonDetail
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		detail, err = t.p.calls.Person(ctx, id)
		return err
	}, func(err error) {
		switch {
		case id != t.chosen:
		case err != nil:
			t.pane.show(t.p.failed(err, t.reload), true)
		default:
			t.detail = &detail
			t.draw()
		}
	})
}

// news implements tab: it fetches all pages anew that are there, and the chosen person.
func (t *peopleTab) news() {
	if !t.list.known {
		return
	}
	if id := t.chosen; id != "" {
		var detail wire.PersonDetail
		t.personNews.run(t.p.d, t.news, func(ctx context.Context) (err error) {
			detail, err = t.p.calls.Person(ctx, id)
			return err
		}, func() {
			if id == t.chosen && !reflect.DeepEqual(t.detail, &detail) {
				t.detail = &detail
				t.pane.redraw(t.person(t.detail))
			}
		})
	}
	fresh, had, whole := roster{query: t.list.query, turn: t.list.turn}, len(t.list.found), t.list.next == ""
	t.listNews.run(t.p.d, t.news, func(ctx context.Context) error {
		q := fresh.query
		for {
			page, err := t.p.calls.List(ctx, q)
			if err != nil {
				return err
			}
			fresh.take(page, q.After == "")
			if q.After = fresh.next; q.After == "" || !whole && len(fresh.found) >= had {
				return nil
			}
		}
	}, func() {
		switch {
		case fresh.turn != t.list.turn: // something else is looked for
		case t.list.busy || len(t.list.found) != had:
			t.listNews.stale = true // more was fetched meanwhile
		default:
			t.rows.kept(t.id, func() {
				t.list = fresh
				t.showList()
			})
		}
	})
}

// id names a row of the list, "" where it is not there yet.
func (t *peopleTab) id(i int) string {
	if i >= len(t.list.found) {
		return ""
	}
	return t.list.found[i].ID
}

// changed fetches the person and the row anew.
func (t *peopleTab) changed() {
	t.reload()
	t.search()
}

// leave goes back to the list.
func (t *peopleTab) leave() {
	t.chosen, t.detail = "", nil
	t.rows.forget()
	t.draw()
}

// draw shows the chosen person.
func (t *peopleTab) draw() {
	if t.detail == nil {
		t.pane.show(kit.NewEmptyState(ftheme.AccountIcon(), lang.T("admin.choose"), lang.T("admin.choose_text")), false)
		return
	}
	t.pane.show(t.person(t.detail), true)
}
