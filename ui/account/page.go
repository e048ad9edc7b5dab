// Package account is the page "Mein Konto": who one is at the school, how one signs
// in and where, and what the school holds on one.
//
// Its words: a part is a block of the page with a heading; the second step is the
// code of an authenticator app; an app password is one for a foreign program.
package account

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

type page struct {
	d      module.Deps
	calls  *people.People
	scroll *container.Scroll
	column *fyne.Container
	turn   int
	toward string // the part to scroll to once it is there: "devices"

	account *wire.Account // nil until it was fetched
	devices []wire.Device
	err     error
	saving  bool // the own data are on their way
}

// New returns the page.
func New(d module.Deps) module.Page {
	p := &page{d: d, calls: people.New(d.Remote), column: kit.Column(28)}
	p.scroll = kit.Scrolled(kit.Inset(theme.Gap, 24, theme.Around, theme.Around, kit.MaxWidth(820, p.column)))
	p.draw()
	return p
}

// Title implements module.Page.
func (*page) Title() string { return lang.T("account.title") }

// Object implements module.Page.
func (p *page) Object() fyne.CanvasObject { return p.scroll }

// Keys implements module.Page.
func (*page) Keys() []module.Key {
	return []module.Key{{Keys: "F5", Text: lang.T("account.key_reload")}}
}

// TypedKey implements module.KeyTaker.
func (p *page) TypedKey(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyF5 {
		p.load()
		return true
	}
	return false
}

// Dropped implements module.Page.
func (*page) Dropped(fyne.Position, []string) bool { return false }

// Shown implements module.Page: it asks anew each time. The argument "devices" shows
// where one is signed in.
func (p *page) Shown(args ...string) {
	if len(args) > 0 {
		p.toward = args[0]
	}
	p.load()
}

// Hidden implements module.Page.
func (p *page) Hidden() { p.turn++ }

// load fetches the account and its devices.
func (p *page) load() {
	p.turn++
	turn := p.turn
	var account wire.Account
	var devices []wire.Device
	p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		if account, err = p.calls.Account(ctx); err != nil {
			return err
		}
		devices, err = p.d.Remote.Devices(ctx)
		return err
	}, func(err error) {
		if p.turn != turn {
			return
		}
		if p.err = err; err == nil {
			p.account, p.devices = &account, devices
		}
		p.draw()
	})
}

// draw shows what is known. Before anything is, the session says who one is.
func (p *page) draw() {
	p.column.Objects = nil
	if p.err != nil {
		b := kit.NewBanner()
		b.Say(kit.Warning, module.Sentence(p.err, p.d.Now()), kit.NewButton(lang.T("account.again"), kit.Normal, p.load))
		p.column.Add(b)
	}
	if p.account == nil {
		p.column.Add(p.person(&wire.Account{Person: p.d.Session.Person}))
		if p.err == nil {
			p.column.Add(container.New(&skeletonHeight{}, kit.NewSkeleton(6)))
		}
		p.column.Refresh()
		return
	}
	a := p.account
	if a.Reset != nil {
		p.column.Add(p.resetNote(a.Reset))
	}
	p.column.Add(p.person(a))
	if a.Person.Role == wire.RoleGuardian {
		p.column.Add(p.children(a))
	}
	if a.Person.Role == wire.RoleGuardian || a.Email != "" {
		p.column.Add(p.email(a))
	}
	p.column.Add(p.signIn(a))
	p.column.Add(p.appPasswords(a))
	devices := p.deviceList()
	p.column.Add(devices)
	p.column.Add(p.data(a))
	p.column.Refresh()
	if p.toward == "devices" && p.devices != nil {
		p.toward = ""
		p.scroll.Refresh() // places all parts, the second time below paragraphs that have wrapped
		p.scroll.Refresh()
		p.scroll.ScrollToOffset(fyne.NewPos(0, devices.Position().Y))
	}
}

type skeletonHeight struct{}

func (*skeletonHeight) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, 240) }

func (*skeletonHeight) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

// part is a heading with what belongs below it.
func part(key string, objects ...fyne.CanvasObject) fyne.CanvasObject {
	return kit.NewPart(lang.T(key), objects...)
}

func (p *page) resetNote(r *wire.ResetNote) fyne.CanvasObject {
	b := kit.NewBanner()
	at := lang.FullTime(r.At.In(p.d.Now().Location()))
	text := lang.T("account.reset", "Time", at, "By", r.By)
	if r.By == "" {
		text = lang.T("account.reset_unknown", "Time", at)
	}
	b.Say(kit.Info, text, nil)
	return b
}

// post says what one is at the school.
func (p *page) post(a *wire.Account) string {
	var led []string
	for _, g := range a.Groups {
		if g.Lead && g.Kind == "class" {
			led = append(led, g.Name)
		}
	}
	return module.Post{Role: a.Person.Role, Head: p.d.Session.Head, Admin: p.d.Session.Admin, Classes: led}.Words()
}

// person says who one is and what groups one belongs to.
func (p *page) person(a *wire.Account) fyne.CanvasObject {
	who := kit.Column(2, kit.NewTitle(a.Person.Name()), kit.NewMuted(p.post(a)+" · "+lang.T("account.login", "Login", a.Person.Login)))
	avatar := container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(56), kit.NewAvatar(a.Person.Name(), 56)))
	column := kit.Column(12, container.NewBorder(nil, nil, kit.Inset(0, 0, 0, theme.Around, avatar), nil, who))
	if len(a.Groups) > 0 {
		tags := kit.Flow(theme.Gap)
		for _, g := range a.Groups {
			name := g.Name
			if g.Lead {
				name = lang.T("account.leads", "Group", g.Name)
			}
			text := kit.NewText(name)
			text.Least = 260
			tags.Add(container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(5, 5, 10, 10, text)))
		}
		column.Add(tags)
	}
	return column
}

// toast says something in passing.
func (p *page) toast(text string) { p.d.Toast(text, "", nil) }

func (p *page) copied() { p.toast(lang.T("secondstep.copied")) }

// done shows the page anew after a change, and says what was done.
func (p *page) done(key string) func() {
	return func() {
		if key != "" {
			p.toast(lang.T(key))
		}
		p.load()
	}
}
