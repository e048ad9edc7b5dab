// Package admin is the page "Verwaltung": people and groups, the school's lists,
// modules, terms of use, rights, the log and settings. Administrators see all of
// it, class leads the students of their own classes.
//
// Its words: a tab is one of the page's views; a pane is a list with what is chosen
// in it beside; to confirm is to give the own password again, which lets one
// administrate for ten minutes.
package admin

import (
	"context"
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// longTime is how long printing and lists may take.
const longTime = 10 * time.Minute

// Info is the page's line in the window's list.
func Info() module.Info {
	return module.Info{Name: "admin", Icon: ftheme.StorageIcon(), New: New}
}

// tab is one of the page's views. All of it is called on the UI goroutine.
type tab interface {
	object() fyne.CanvasObject
	shown()
	news() // somebody else may have changed what is shown
	dropped(paths []string) bool
	key(e *fyne.KeyEvent) bool
}

// Page is the page.
type Page struct {
	d      module.Deps
	calls  *people.People
	object *fyne.Container
	bar    *fyne.Container
	body   *fyne.Container
	names  []string
	tabs   map[string]tab
	on     string
	offs   []func() // end following what others change; nil while the page is hidden
	admin  *module.Confirmer
}

// New returns the page.
func New(d module.Deps) module.Page {
	p := &Page{d: d, calls: people.New(d.Remote), tabs: map[string]tab{}, admin: module.NewConfirmer(d)}
	p.names = []string{"people", "groups"}
	if d.Session.Admin {
		p.names = append(p.names, "import", "modules", "terms", "rights", "log", "settings")
	}
	p.bar, p.body = kit.Flow(theme.Unit), container.NewStack()
	p.object = container.NewBorder(kit.Inset(0, theme.Gap, theme.Around, theme.Around, p.bar), nil, nil, nil, p.body)
	p.on = p.names[0]
	return p
}

// Title implements module.Page.
func (*Page) Title() string { return lang.T("admin.title") }

// Object implements module.Page.
func (p *Page) Object() fyne.CanvasObject { return p.object }

// Shown implements module.Page; an argument names a tab.
func (p *Page) Shown(args ...string) {
	if len(args) > 0 {
		p.on = args[0]
	}
	p.follow()
	p.show(p.on)
}

// Hidden implements module.Page.
func (p *Page) Hidden() { p.unfollow() }

// Keys implements module.Page.
func (*Page) Keys() []module.Key {
	return []module.Key{
		{Keys: lang.Keys("Ctrl+F"), Text: lang.T("admin.key_search")},
		{Keys: lang.Keys("Arrows"), Text: lang.T("admin.key_list")},
		{Keys: "F5", Text: lang.T("admin.key_reload")},
		{Keys: "Esc", Text: lang.T("admin.key_back")},
	}
}

// TypedKey implements module.KeyTaker.
func (p *Page) TypedKey(e *fyne.KeyEvent) bool {
	t := p.tabs[p.on]
	switch {
	case t == nil:
		return false
	case t.key(e):
		return true
	case e.Name == fyne.KeyF5:
		t.shown()
		return true
	}
	return false
}

// Shortcut implements module.Shortcuts.
func (p *Page) Shortcut(s fyne.Shortcut) bool {
	if c, ok := p.tabs[p.on].(interface{ find() fyne.Focusable }); ok && strings.HasSuffix(s.ShortcutName(), "Control+F") {
		p.d.Window.Canvas().Focus(c.find())
		return true
	}
	return false
}

// Dropped implements module.Page.
func (p *Page) Dropped(_ fyne.Position, paths []string) bool {
	t := p.tabs[p.on]
	return t != nil && t.dropped(paths)
}

// show brings a tab to the front.
func (p *Page) show(name string) {
	fresh := map[string]func() tab{
		"people": p.newPeople, "groups": p.newGroups, "import": p.newImport, "modules": p.newModules,
		"terms": p.newTerms, "rights": p.newRights, "log": p.newLog, "settings": p.newSettings,
	}[name]
	if fresh == nil {
		return
	}
	p.on = name
	if p.tabs[name] == nil {
		p.tabs[name] = fresh()
	}
	p.bar.Objects = nil
	for _, n := range p.names {
		b := kit.NewButton(lang.T("admin.tab_"+n), kit.Quiet, func() { p.show(n) })
		b.Chosen = n == name
		p.bar.Add(b)
	}
	p.body.Objects = []fyne.CanvasObject{p.tabs[name].object()}
	p.object.Refresh()
	p.tabs[name].shown()
}

// work runs work in the background; where the password is needed again, it is asked
// for and the work is done once more.
func (p *Page) work(patience time.Duration, work func(ctx context.Context) error, then func(error)) {
	p.admin.Work(patience, work, then)
}

// form shows a dialog whose deed may need the password again.
func (p *Page) form(f *module.Form) { p.admin.Form(f) }

// failed is what stands in place of what could not be fetched.
func (p *Page) failed(err error, again func()) fyne.CanvasObject {
	if remote.Code(err) == wire.CodeAdmin {
		return kit.NewEmptyState(ftheme.LoginIcon(), lang.T("admin.locked"), lang.T("admin.locked_text"), kit.NewButton(lang.T("admin.confirm_deed"), kit.Primary, again))
	}
	return kit.NewEmptyState(ftheme.WarningIcon(), lang.T("admin.failed"), module.Sentence(err, p.d.Now()), kit.NewButton(lang.T("account.again"), kit.Normal, again))
}

func (p *Page) toast(text string) { p.d.Toast(text, "", nil) }

// fail says in passing what went wrong.
func (p *Page) fail(err error) { p.toast(module.Sentence(err, p.d.Now())) }

// date words a moment, "" for none.
func (p *Page) date(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return lang.Time(*t, p.d.Now())
}

// day words the day and time of a bound, "" for none.
func (p *Page) day(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return lang.FullTime(t.In(p.d.Now().Location()))
}

// print asks for a folder, writes a PDF there and opens it.
func (p *Page) print(name string, write func(ctx context.Context, w io.Writer) error, done func()) {
	p.d.PickFolder(func(dir string) {
		if dir == "" {
			return
		}
		p.toast(lang.T("admin.printing"))
		var file string
		p.work(longTime, func(ctx context.Context) (err error) {
			file, err = people.Save(dir, name+".pdf", func(w io.Writer) error { return write(ctx, w) })
			return err
		}, func(err error) {
			if err != nil {
				p.fail(err)
				return
			}
			p.d.Toast(lang.T("admin.printed"), lang.T("account.data_show"), func() {
				if err := p.d.RevealLocal(file); err != nil {
					p.fail(err)
				}
			})
			if err := p.d.OpenLocal(file); err != nil {
				p.fail(err)
			}
			if done != nil {
				done()
			}
		})
	})
}

func filled(f *kit.Field, missing string) bool {
	if strings.TrimSpace(f.Entry.Text) == "" {
		f.SetError(lang.T(missing))
		return false
	}
	return true
}

// scrolled is a tab's content that is one column.
func scrolled(column *fyne.Container) fyne.CanvasObject {
	return kit.Scrolled(kit.Inset(theme.Gap, 24, theme.Around, theme.Around, kit.MaxWidth(860, column)))
}

// plain is a tab that takes neither keys nor files.
type plain struct{}

func (plain) news()                   {}
func (plain) dropped([]string) bool   { return false }
func (plain) key(*fyne.KeyEvent) bool { return false }
