package admin

import (
	"context"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// person is the detail of one person.
func (t *peopleTab) person(d *wire.PersonDetail) fyne.CanvasObject {
	who := kit.Column(2, kit.NewTitle(d.Name()), kit.NewMuted(t.about(d)))
	avatar := container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(48), kit.NewAvatar(d.Name(), 48)))
	column := kit.Column(theme.Around)
	if t.pane.narrow {
		column.Add(kit.Row(0, kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("admin.back"), kit.Quiet, t.leave), layout.NewSpacer()))
	}
	column.Add(container.NewBorder(nil, nil, kit.Inset(0, 0, 0, 12, avatar), nil, who))
	if b := t.stateBanner(&d.PersonRow); b != nil {
		column.Add(b)
	}
	column.Add(t.deeds(d))
	column.Add(t.facts(d))
	if len(d.Groups) > 0 {
		tags := kit.Flow(theme.Gap)
		for _, g := range d.Groups {
			name := g.Name
			if g.Lead {
				name = lang.T("account.leads", "Group", g.Name)
			}
			text := kit.NewText(name)
			text.Least = 220
			tags.Add(container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(5, 5, 10, 10, text)))
		}
		column.Add(kit.NewPart(lang.T("admin.groups"), tags))
	}
	t.family(d, column)
	return kit.Scrolled(kit.Inset(theme.Unit, 24, theme.Around, theme.Around, column))
}

// about words role, class and extra rights in one line.
func (*peopleTab) about(d *wire.PersonDetail) string {
	var led []string
	for _, g := range d.Groups {
		if g.Lead && g.Kind == "class" {
			led = append(led, g.Name)
		}
	}
	parts := []string{module.Post{Role: d.Role, Head: d.Head, Admin: d.Admin, Classes: led}.Words()}
	if d.Class != "" {
		parts = append(parts, d.Class)
	}
	if d.Moderator {
		parts = append(parts, lang.T("admin.is_moderator"))
	}
	return strings.Join(parts, " · ")
}

func (t *peopleTab) stateBanner(r *wire.PersonRow) fyne.CanvasObject {
	var text string
	switch r.State {
	case wire.StateLocked:
		text = lang.T("admin.is_locked")
		if r.Until != nil {
			text = lang.T("admin.is_locked_until", "Time", t.p.day(r.Until))
		}
	case wire.StateRestricted:
		text = lang.T("admin.is_restricted")
		if r.Until != nil {
			text = lang.T("admin.is_restricted_until", "Time", t.p.day(r.Until))
		}
	case wire.StateLeft:
		text = lang.T("admin.is_left")
		if r.Deletes != nil {
			text = lang.T("admin.is_left_until", "Time", t.p.day(r.Deletes))
		}
	case wire.StateActive:
	}
	if text == "" {
		return nil
	}
	if r.Reason != "" {
		text += " " + lang.T("problem.locked_reason", "Reason", r.Reason)
	}
	b := kit.NewBanner()
	b.Say(kit.Warning, text, nil)
	return b
}

// facts lists what is known of a person.
func (t *peopleTab) facts(d *wire.PersonDetail) fyne.CanvasObject {
	rows := kit.Column(6)
	add := func(key, value string) {
		if value != "" {
			rows.Add(container.New(factLayout{}, kit.NewHint(lang.T(key)), kit.NewParagraph(value)))
		}
	}
	add("signin.login", d.Login)
	add("account.email", d.Email)
	add("admin.phone", d.Phone)
	add("admin.address", d.Address)
	add("admin.born", dateOf(d.Born))
	add("admin.language", d.Language)
	add("admin.import_id", d.ImportID)
	seen := lang.T("admin.state_never")
	if d.Seen != nil {
		seen = t.p.date(d.Seen)
	}
	add("admin.seen", seen)
	if d.Start != nil {
		add("admin.start", lang.T("admin.start_until", "Time", t.p.day(d.Start)))
	}
	if d.Quota > 0 {
		add("admin.space", lang.T("files.of", "Done", lang.Size(d.Used), "Total", lang.Size(d.Quota)))
	} else if d.Used > 0 {
		add("admin.space", lang.Size(d.Used))
	}
	return kit.NewFrame(rows)
}

// factLayout puts what a fact is called at the left, and the fact at the right.
type factLayout struct{ wide bool }

func (l factLayout) left(width float32) float32 {
	if l.wide {
		return width * 0.5
	}
	scale := fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText) / 14
	return min(150*scale, width*0.45)
}

func (factLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(160, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (l factLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	left := l.left(s.Width)
	o[0].Resize(fyne.NewSize(left-theme.Gap, s.Height))
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(fyne.NewSize(s.Width-left, s.Height))
	o[1].Move(fyne.NewPos(left, 0))
}

// family lists guardians of a child and children of a guardian.
func (t *peopleTab) family(d *wire.PersonDetail, column *fyne.Container) {
	guardians, children := make([]fyne.CanvasObject, 0, len(d.Guardians)), make([]fyne.CanvasObject, 0, len(d.Children))
	for i := range d.Guardians {
		g := &d.Guardians[i]
		below := g.Email
		if g.Seen == nil {
			below = lang.T("admin.state_never")
		}
		guardians = append(guardians, kit.NewItem(ftheme.AccountIcon(), g.Name(), below, t.toPerson(g.ID)))
	}
	for _, c := range d.Children {
		children = append(children, kit.NewItem(ftheme.AccountIcon(), c.Name, c.Class, t.childDeeds(d, c)))
	}
	if d.Role == wire.RoleGuardian && d.State != wire.StateLeft && t.p.d.Session.Admin {
		children = append(children, kit.Row(0, kit.NewButton(lang.T("admin.child_add"), kit.Normal, func() { t.addChild(d) }), layout.NewSpacer()))
	}
	if len(guardians) > 0 {
		column.Add(kit.NewPart(lang.T("admin.guardians"), guardians...))
	}
	if len(children) > 0 {
		column.Add(kit.NewPart(lang.T("account.children"), children...))
	}
}

// toPerson is a button that shows another person; class leads see only students.
func (t *peopleTab) toPerson(id string) fyne.CanvasObject {
	if !t.p.d.Session.Admin {
		return nil
	}
	return kit.NewIconButton(ftheme.NavigateNextIcon(), lang.T("account.data_show"), func() {
		t.rows.forget()
		t.open(id, t.detail)
	})
}

// deeds are the buttons for what may be done.
func (t *peopleTab) deeds(d *wire.PersonDetail) fyne.CanvasObject {
	row := kit.Flow(theme.Gap)
	add := func(key string, kind kit.Kind, do func()) { row.Add(kit.NewButton(lang.T(key), kind, do)) }
	if d.State != wire.StateLeft {
		add("admin.reset", kit.Primary, func() { t.reset(d) })
		add("admin.lift", kit.Normal, func() { t.simple(d, "admin.lift", "admin.lift_text", "admin.lift_done", t.p.calls.LiftSlowDown) })
	}
	if !t.p.d.Session.Admin {
		return row
	}
	switch d.State {
	case wire.StateLeft:
		add("admin.return", kit.Primary, func() {
			t.setState(d, wire.Lock{State: wire.StateActive}, "admin.return", "admin.return_text", kit.Primary)
		})
	case wire.StateLocked, wire.StateRestricted:
		add("admin.free", kit.Normal, func() {
			t.setState(d, wire.Lock{State: wire.StateActive}, "admin.free", "admin.free_text", kit.Primary)
		})
	case wire.StateActive:
		add("admin.lock", kit.Normal, func() { t.lock(d) })
	}
	more := kit.NewIconTextButton(ftheme.MoreHorizontalIcon(), lang.T("admin.more"), kit.Normal, nil)
	more.OnTapped = func() { t.menu(d, more) }
	row.Add(more)
	return row
}

// menu holds the rarer deeds.
func (t *peopleTab) menu(d *wire.PersonDetail, from fyne.CanvasObject) {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.T("admin.edit"), func() { t.edit(d) }),
		fyne.NewMenuItem(lang.T("admin.rights"), func() { t.rights(d) }),
		fyne.NewMenuItem(lang.T("admin.drop_second"), func() {
			t.simple(d, "admin.drop_second", "admin.drop_second_text", "admin.drop_second_done", t.p.calls.DropSecondStep)
		}),
	}
	if signsInByMail(d) && d.State != wire.StateLeft {
		items = append(items, fyne.NewMenuItem(lang.T("admin.move"), func() { t.moveAddress(d) }))
	}
	if d.Role == wire.RoleGuardian {
		items = append(items, fyne.NewMenuItem(lang.T("admin.merge"), func() { t.merge(d) }))
	}
	if d.State != wire.StateLeft {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.T("admin.leave"), func() {
			t.setState(d, wire.Lock{State: wire.StateLeft}, "admin.leave", "admin.leave_text", kit.Danger)
		}))
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(from)
	kit.ShowMenu(t.p.d.Window.Canvas(), at.AddXY(0, from.Size().Height+4), items...)
}

// simple asks before a deed that takes nothing but the person.
func (t *peopleTab) simple(d *wire.PersonDetail, title, text, done string, send func(ctx context.Context, id string) error) {
	t.p.form(&module.Form{
		Title: lang.T(title), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T(text, "Name", d.Name()))}, Deed: strings.TrimSuffix(lang.T(title), " …"),
		Send: func(ctx context.Context) error { return send(ctx, d.ID) },
		Done: func() {
			t.p.toast(lang.T(done, "Name", d.Name()))
			t.changed()
		},
	})
}

func (t *peopleTab) setState(d *wire.PersonDetail, in wire.Lock, title, text string, kind kit.Kind) {
	t.p.form(&module.Form{
		Title: lang.T(title), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T(text, "Name", d.Name()))}, Kind: kind,
		Deed: strings.TrimSuffix(lang.T(title), " …"),
		Send: func(ctx context.Context) error { return t.p.calls.SetState(ctx, d.ID, in) },
		Done: t.changed,
	})
}

// reset gives a one-time code, to show and to print.
func (t *peopleTab) reset(d *wire.PersonDetail) {
	var code wire.StartCode
	t.p.form(&module.Form{
		Title: lang.T("admin.reset"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.reset_text", "Name", d.Name()))}, Deed: lang.T("admin.reset_deed"),
		Send: func(ctx context.Context) (err error) {
			code, err = t.p.calls.Reset(ctx, d.ID)
			return err
		},
		Done: func() {
			code.ID, code.Name, code.Class = d.ID, d.Name(), d.Class
			t.changed()
			t.p.showCode(code)
		},
	})
}

// showCode shows a one-time code, this once.
func (p *Page) showCode(c wire.StartCode) {
	secret := kit.NewTitle(c.Code)
	if c.Born || c.Code == "" {
		secret = kit.NewTitle(lang.T("admin.code_born"))
	}
	secret.Whole = true
	box := kit.NewFrame(kit.Column(theme.Unit, kit.NewParagraph(c.Name), kit.NewHint(lang.T("account.login", "Login", c.Login)), secret,
		kit.NewNote(lang.T("admin.code_until", "Time", p.day(&c.Until)))))
	row := kit.Flow(theme.Gap, kit.NewIconTextButton(ftheme.ContentCopyIcon(), lang.T("admin.code_copy"), kit.Normal, func() {
		module.Copy(c.Code, func() { p.toast(lang.T("secondstep.copied")) })
	}), kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.slip"), kit.Normal, func() {
		p.printSlips([]wire.StartCode{c}, c.Name)
	}))
	(&module.Form{
		Title: lang.T("admin.code_title"), Close: lang.T("form.close"), Stays: true,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.code_text")), box, row},
	}).Show(p.d)
}

// printSlips makes slips with codes that were just given.
func (p *Page) printSlips(codes []wire.StartCode, name string) {
	p.print(lang.T("admin.slips_file", "Name", name), func(ctx context.Context, w io.Writer) error { return p.calls.Slips(ctx, codes, w) }, nil)
}
