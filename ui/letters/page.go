package letters

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// Info is the page's line in the window's list.
func Info() module.Info {
	return module.Info{
		Name: wire.ModuleLetters, Icon: ftheme.MailComposeIcon(),
		New:   func(d module.Deps) module.Page { return newPage(d) },
		Badge: badge, Watch: watch,
	}
}

// badge counts the unread letters that this PC holds.
func badge(d module.Deps) int {
	if d.Letters == nil {
		return 0
	}
	n, err := d.Letters.Unread(context.Background())
	if err != nil {
		return 0
	}
	return n
}

// watch tells of new letters by a message of the desktop, which names nobody.
func watch(d module.Deps) (stop func()) {
	if d.Letters == nil || d.Notify == nil {
		return func() {}
	}
	return d.Signal.On(signal.Records(wire.ModuleLetters), func() {
		news, err := d.Letters.News(context.Background())
		if err == nil && len(news) > 0 {
			d.Notify(lang.N("letters.notice", len(news)))
		}
	})
}

// mode is one of the page's parts.
type mode int

const (
	modeInbox mode = iota
	modeSent
	modeDrafts
)

// Page is the page "Elternbriefe".
type Page struct {
	d      module.Deps
	e      *letters.Letters
	admin  *module.Confirmer
	writes bool // the person may write letters
	mode   mode
	shown  bool
	offs   []func()

	object *fyne.Container
	header *fyne.Container
	tabs   *kit.Choice
	inbox  *inbox
	sent   *sent
	drafts *drafts
}

var (
	_ module.Page      = (*Page)(nil)
	_ module.Header    = (*Page)(nil)
	_ module.Shortcuts = (*Page)(nil)
	_ module.KeyTaker  = (*Page)(nil)
	_ module.Keeper    = (*Page)(nil)
)

func newPage(d module.Deps) *Page {
	p := &Page{d: d, e: d.Letters, admin: module.NewConfirmer(d), object: container.NewStack(), header: kit.Row(theme.Gap)}
	p.writes = slices.Contains([]wire.Role{wire.RoleTeacher, wire.RoleStaff}, d.Session.Person.Role) && !d.Session.Restricted
	p.inbox = newInbox(p)
	if p.writes {
		p.sent, p.drafts = newSent(p), newDrafts(p)
		p.tabs = kit.NewChoice([]string{lang.T("letters.inbox"), lang.T("letters.sent"), lang.T("letters.drafts")}, 0, func(i int) { p.turn(mode(i)) })
		write := kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("letters.new"), kit.Primary, func() { p.drafts.create() })
		p.header.Add(write)
	}
	p.header.Add(kit.NewIconButton(ftheme.SettingsIcon(), lang.T("letters.mail"), p.mail))
	p.show()
	return p
}

// mail asks how one wants to hear of letters by e-mail.
func (p *Page) mail() {
	var notice wire.LetterNotice
	p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		notice, err = p.e.Notice(ctx)
		return err
	}, func(err error) {
		if err != nil {
			p.d.Toast(module.Sentence(err, p.d.Now()), "", nil)
			return
		}
		column := kit.Column(0, kit.NewHint(lang.T("letters.mail_text")))
		ways := []string{"now", "daily", "never"}
		options := make([]*option, len(ways))
		for i, way := range ways {
			options[i] = newOption(lang.T("letters.mail_"+way), false, notice.Mail == way, func() {
				notice.Mail = way
				for j, o := range options {
					o.set(ways[j] == way)
				}
			})
			column.Add(options[i])
		}
		var form *module.Form
		body := []fyne.CanvasObject{column}
		if p.d.Session.Admin || p.d.Session.Head {
			body = append(body, kit.Row(0, kit.NewButton(lang.T("letters.school"), kit.Normal, func() { form.Shut(); p.school() })))
		}
		form = &module.Form{
			Title: lang.T("letters.mail"), Body: body, First: options[0], Deed: lang.T("letters.mail_deed"),
			Send: func(ctx context.Context) error { return p.e.SetNotice(ctx, notice) },
		}
		form.Show(p.d)
	})
}

// show puts the part on screen that the mode names.
func (p *Page) show() {
	var body fyne.CanvasObject = p.inbox.split.box
	switch {
	case p.mode == modeSent && p.writes:
		body = p.sent.object
	case p.mode == modeDrafts && p.writes:
		body = p.drafts.object
	}
	p.object.Objects = []fyne.CanvasObject{body}
	if p.tabs != nil && (p.mode != modeDrafts || !p.drafts.open()) {
		tabs := kit.Inset(0, theme.Gap, theme.Around, theme.Around, container.NewHBox(p.tabs))
		p.object.Objects[0] = container.NewBorder(tabs, nil, nil, nil, body)
	}
	p.object.Refresh()
}

// turn goes to another part.
func (p *Page) turn(m mode) {
	p.mode = m
	if p.tabs != nil {
		p.tabs.Set(int(m))
	}
	p.show()
	p.load()
}

// load reads what the part on screen shows.
func (p *Page) load() {
	switch {
	case p.mode == modeSent && p.writes:
		p.sent.load()
	case p.mode == modeDrafts && p.writes:
		p.drafts.load()
	default:
		p.inbox.load()
	}
}

// Title implements module.Page.
func (*Page) Title() string { return lang.T("letters.title") }

// Object implements module.Page.
func (p *Page) Object() fyne.CanvasObject { return p.object }

// Header implements module.Header.
func (p *Page) Header() fyne.CanvasObject { return p.header }

// Shown implements module.Page; the argument is the id of a letter to open.
func (p *Page) Shown(args ...string) {
	if !p.shown {
		p.shown = true
		on := func(topic string, fn func()) {
			p.offs = append(p.offs, p.d.Signal.On(topic, func() {
				p.d.Do(func() {
					if p.shown {
						fn()
					}
				})
			}))
		}
		on(signal.Records(wire.ModuleLetters), p.inbox.load)
		on(signal.Online, p.load)
		on(signal.Module(wire.ModuleLetters), func() {
			if p.mode != modeInbox {
				p.load()
			}
		})
	}
	if len(args) > 0 {
		p.mode = modeInbox
		p.inbox.want = args[0]
		p.turn(modeInbox)
	} else {
		p.load()
	}
	if p.mode == modeInbox {
		p.inbox.list.focus()
	}
}

// Hidden implements module.Page.
func (p *Page) Hidden() {
	p.shown = false
	for _, off := range p.offs {
		off()
	}
	p.offs = nil
	if p.writes {
		p.drafts.hidden()
	}
}

// Dropped implements module.Page: files dropped on a draft become its attachments.
func (p *Page) Dropped(_ fyne.Position, paths []string) bool {
	return p.writes && p.mode == modeDrafts && p.drafts.dropped(paths)
}

// Keys implements module.Page.
func (p *Page) Keys() []module.Key {
	keys := []module.Key{
		{Keys: lang.Keys("Arrows"), Text: lang.T("letters.key_move")},
		{Keys: lang.Keys("Enter"), Text: lang.T("letters.key_open")},
		{Keys: lang.Keys("Space"), Text: lang.T("letters.key_choose")},
		{Keys: lang.Keys("Ctrl+A"), Text: lang.T("letters.key_all")},
		{Keys: lang.Keys("Del"), Text: lang.T("letters.key_archive")},
		{Keys: lang.Keys("Ctrl+F"), Text: lang.T("letters.key_search")},
		{Keys: lang.Keys("Ctrl+P"), Text: lang.T("letters.key_print")},
		{Keys: lang.Keys("F5"), Text: lang.T("letters.key_again")},
	}
	if p.writes {
		keys = append(keys, module.Key{Keys: lang.Keys("Ctrl+N"), Text: lang.T("letters.new")})
	}
	return keys
}

// Shortcut implements module.Shortcuts.
func (p *Page) Shortcut(s fyne.Shortcut) bool {
	if _, all := s.(*fyne.ShortcutSelectAll); all && p.mode == modeInbox {
		p.inbox.all()
		return true
	}
	c, ok := s.(*desktop.CustomShortcut)
	if !ok || c.Modifier != fyne.KeyModifierShortcutDefault {
		return false
	}
	switch {
	case c.KeyName == fyne.KeyF && p.mode == modeInbox:
		p.d.Window.Canvas().Focus(p.inbox.search)
	case c.KeyName == fyne.KeyP && p.mode == modeInbox:
		p.inbox.print()
	case c.KeyName == fyne.KeyA && p.mode == modeInbox:
		p.inbox.all()
	case c.KeyName == fyne.KeyN && p.writes:
		p.drafts.create()
	default:
		return false
	}
	return true
}

// TypedKey implements module.KeyTaker.
func (p *Page) TypedKey(e *fyne.KeyEvent) bool {
	switch {
	case e.Name == fyne.KeyF5:
		p.e.Refresh()
		p.load()
		return true
	case p.mode == modeInbox:
		return p.inbox.key(e)
	}
	return false
}

// place is what the page keeps while the window is built again.
type place struct {
	mode    mode
	filter  filter
	current string
	search  string
}

// Keep implements module.Keeper.
func (p *Page) Keep() any {
	return place{p.mode, p.inbox.m.filter, p.inbox.m.current, p.inbox.search.Text}
}

// Restore implements module.Keeper.
func (p *Page) Restore(state any) {
	at, ok := state.(place)
	if !ok {
		return
	}
	p.inbox.m.filter = at.filter
	p.inbox.filters.Set(int(at.filter))
	p.inbox.want = at.current
	p.inbox.search.SetText(at.search)
	if p.writes {
		p.turn(at.mode)
	}
}

// split is the list beside the pane. Where there is room for one alone, the pane
// takes the list's place while it has something to show.
type split struct {
	box    *fyne.Container
	layout *splitLayout
}

type splitLayout struct {
	paneFirst func() bool // in a narrow window: the pane is to be seen
	narrow    bool
	onNarrow  func(narrow bool)
}

func newSplit(column, pane fyne.CanvasObject, paneFirst func() bool) *split {
	l := &splitLayout{paneFirst: paneFirst}
	return &split{box: &fyne.Container{Layout: l, Objects: []fyne.CanvasObject{column, kit.NewLine(), pane}}, layout: l}
}

// refresh lays list and pane out again: which of them is to be seen may have changed.
func (s *split) refresh() {
	s.layout.Layout(s.box.Objects, s.box.Size())
	s.box.Refresh()
}

// MinSize implements fyne.Layout.
func (*splitLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(280, 200) }

// Layout implements fyne.Layout.
func (l *splitLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	list := fyne.CurrentApp().Settings().Theme().Size(theme.SizeListPane)
	narrow := s.Width < 600
	if narrow != l.narrow {
		l.narrow = narrow
		if l.onNarrow != nil {
			l.onNarrow(narrow)
		}
	}
	pane := l.paneFirst()
	switch {
	case narrow:
		visible(o, !pane, false, pane)
		o[0].Resize(s)
		o[2].Resize(s)
		o[2].Move(fyne.NewPos(0, 0))
		return
	default:
		visible(o, true, true, true)
	}
	list = max(min(list, s.Width*0.42), 280)
	o[0].Resize(fyne.NewSize(list, s.Height))
	o[1].Resize(fyne.NewSize(1, s.Height))
	o[1].Move(fyne.NewPos(list, 0))
	o[2].Resize(fyne.NewSize(s.Width-list-1, s.Height))
	o[2].Move(fyne.NewPos(list+1, 0))
}

func visible(objects []fyne.CanvasObject, yes ...bool) {
	for i, o := range objects {
		if o.Visible() == yes[i] {
			continue
		}
		if yes[i] {
			o.Show()
		} else {
			o.Hide()
		}
	}
}
