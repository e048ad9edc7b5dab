package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

var errNoList = errors.New("a folder or a very large file is no list")

// fetched is a tab that shows one thing of the server's, and says why it is not there.
type fetched struct {
	plain
	p     *Page
	box   *fyne.Container
	fetch func(ctx context.Context) (take func(), err error) // take runs on the UI goroutine
	draw  func() fyne.CanvasObject
}

func (p *Page) newFetched() fetched {
	return fetched{p: p, box: container.NewStack(container.New(skeleton{}, kit.NewSkeleton(6)))}
}

func (t *fetched) object() fyne.CanvasObject { return t.box }

func (t *fetched) shown() {
	var take func()
	t.p.work(module.Patience, func(ctx context.Context) (err error) {
		take, err = t.fetch(ctx)
		return err
	}, func(err error) {
		if err != nil {
			t.put(t.p.failed(err, t.shown))
			return
		}
		take()
		t.redraw()
	})
}

func (t *fetched) put(o fyne.CanvasObject) {
	t.box.Objects = []fyne.CanvasObject{o}
	t.box.Refresh()
}

func (t *fetched) redraw() { t.put(t.draw()) }

// saved is the answer to a change: it is shown, or what was wrong is said.
func (t *fetched) saved(button *kit.Button, err error) {
	button.Enable()
	if err != nil {
		t.p.fail(err)
		return
	}
	t.p.toast(lang.T("admin.saved"))
	t.redraw()
}

// every is the list of roles that a module can be off for.
var every = []wire.Role{wire.RoleStudent, wire.RoleTeacher, wire.RoleStaff, wire.RoleGuardian}

type modulesTab struct {
	fetched
	all wire.Switches
}

// newModules is the tab that switches modules on and off.
func (p *Page) newModules() tab {
	t := &modulesTab{fetched: p.newFetched()}
	t.fetch = func(ctx context.Context) (func(), error) {
		got, err := p.calls.Modules(ctx)
		return func() { t.all = got }, err
	}
	t.draw = t.build
	return t
}

func (t *modulesTab) build() fyne.CanvasObject {
	column := kit.Column(theme.Around, kit.NewParagraph(lang.T("admin.modules_text")))
	for i := range t.all.Modules {
		column.Add(t.module(&t.all.Modules[i]))
	}
	save := kit.NewButton(lang.T("admin.save"), kit.Primary, nil)
	save.OnTapped = func() {
		save.Disable()
		in := wire.Switches{Modules: slices.Clone(t.all.Modules)} // the page goes on changing its own
		for i := range in.Modules {
			in.Modules[i].Off = slices.Clone(in.Modules[i].Off)
		}
		t.p.work(module.Patience, func(ctx context.Context) error {
			out, err := t.p.calls.SetModules(ctx, in)
			if err == nil {
				t.p.d.Do(func() { t.all = out })
			}
			return err
		}, func(err error) { t.saved(save, err) })
	}
	column.Add(kit.Row(0, save, layout.NewSpacer()))
	return scrolled(column)
}

// module is one module with its switches.
func (t *modulesTab) module(s *wire.Switch) fyne.CanvasObject {
	name := s.Module
	if lang.Has(s.Module + ".title") {
		name = lang.T(s.Module + ".title")
	}
	row := kit.Flow(theme.Around)
	checks := make([]*widget.Check, 0, len(every))
	for _, r := range every {
		c := widget.NewCheck(lang.T("role."+string(r)), nil)
		c.SetChecked(!slices.Contains(s.Off, r))
		c.OnChanged = func(on bool) {
			s.Off = slices.DeleteFunc(s.Off, func(o wire.Role) bool { return o == r })
			if !on {
				s.Off = append(s.Off, r)
			}
		}
		checks = append(checks, c)
		row.Add(c)
	}
	enable := func(on bool) {
		for _, c := range checks {
			if on {
				c.Enable()
			} else {
				c.Disable()
			}
		}
	}
	whole := widget.NewCheck(lang.T("admin.module_on"), nil)
	whole.SetChecked(s.On)
	whole.OnChanged = func(on bool) {
		s.On = on
		enable(on)
	}
	enable(s.On)
	return kit.NewFrame(kit.Column(theme.Unit, container.NewBorder(nil, nil, nil, whole, kit.NewStrong(name)), row))
}

type termsTab struct {
	fetched
	terms wire.Terms
	text  string
}

// newTerms is the tab with the terms of use.
func (p *Page) newTerms() tab {
	t := &termsTab{fetched: p.newFetched()}
	t.fetch = func(ctx context.Context) (func(), error) {
		terms, err := p.calls.Terms(ctx)
		return func() {
			if t.text == "" || t.text == t.terms.Markdown {
				t.text = terms.Markdown
			}
			t.terms = terms
		}, err
	}
	t.draw = t.build
	return t
}

func (t *termsTab) build() fyne.CanvasObject {
	entry := kit.NewEntry(lang.T("admin.terms_placeholder"))
	entry.MultiLine, entry.Wrapping = true, fyne.TextWrapWord
	entry.SetText(t.text)
	preview := kit.NewMarkdown(t.text)
	publish := kit.NewButton(lang.T("admin.terms_publish"), kit.Primary, t.publish)
	able := func() {
		if strings.TrimSpace(t.text) == strings.TrimSpace(t.terms.Markdown) {
			publish.Disable()
		} else {
			publish.Enable()
		}
	}
	able()
	entry.OnChanged = func(s string) {
		t.text = s
		preview.Set(s)
		able()
	}
	state := lang.T("admin.terms_never")
	if t.terms.Version > 0 {
		state = lang.T("terms.since", "Version", lang.Number(int64(t.terms.Version)), "Date", lang.Date(t.terms.Since.In(t.p.d.Now().Location())))
	}
	head := kit.Column(theme.Unit, kit.NewParagraph(lang.T("admin.terms_text")), kit.NewNote(state))
	shown := container.NewStack(kit.NewCard(theme.ColorSurface), kit.Scrolled(kit.Inset(12, 12, 12, theme.Around, preview)))
	both := container.NewGridWithColumns(2, kit.Inset(0, 0, 0, theme.Gap/2, entry), kit.Inset(0, 0, theme.Gap/2, 0, shown))
	if t.p.d.Window.Canvas().Size().Width < 900 {
		both = container.NewGridWithRows(2, kit.Inset(0, theme.Gap/2, 0, 0, entry), kit.Inset(theme.Gap/2, 0, 0, 0, shown))
	}
	foot := kit.Inset(theme.Gap, 0, 0, 0, kit.Row(theme.Gap, layout.NewSpacer(), publish))
	return kit.Inset(theme.Unit, theme.Gap, theme.Around, theme.Around, container.NewBorder(kit.Inset(0, theme.Gap, 0, 0, head), foot, nil, nil, both))
}

// publish makes what stands there the new version.
func (t *termsTab) publish() {
	text := t.text
	t.p.form(&module.Form{
		Title: lang.T("admin.terms_sure"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.terms_sure_text"))}, Deed: lang.T("admin.terms_publish"),
		Send: func(ctx context.Context) error {
			terms, err := t.p.calls.SetTerms(ctx, text)
			if err == nil {
				t.p.d.Do(func() { t.terms, t.text = terms, terms.Markdown })
			}
			return err
		},
		Done: func() {
			t.p.toast(lang.T("admin.terms_done"))
			t.redraw()
		},
	})
}

type rightsTab struct {
	fetched
	rows []wire.RightRow
}

// newRights is the tab that shows what may be done by whom.
func (p *Page) newRights() tab {
	t := &rightsTab{fetched: p.newFetched()}
	t.fetch = func(ctx context.Context) (func(), error) {
		got, err := p.calls.Rights(ctx)
		return func() { t.rows = got }, err
	}
	t.draw = t.build
	return t
}

// titles in the order in which they are shown.
var titles = []string{"student", "guardian", "teacher", "staff", "class_lead", "head", "moderator", "administrator"}

func (t *rightsTab) build() fyne.CanvasObject {
	column := kit.Column(theme.Gap, kit.Inset(0, theme.Gap, 0, 0, kit.NewParagraph(lang.T("admin.rights_table"))))
	for _, r := range t.rows {
		var who []string
		for _, title := range titles {
			switch r.Who[title] {
			case "all":
				who = append(who, lang.T("admin.title_"+title))
			case "own_classes":
				who = append(who, lang.T("admin.of_own", "Title", lang.T("admin.title_"+title)))
			}
		}
		deed := r.Deed
		if key := "admin.deed_" + strings.ReplaceAll(r.Deed, ".", "_"); lang.Has(key) {
			deed = lang.T(key)
		}
		column.Add(container.New(factLayout{wide: true}, kit.NewParagraph(deed), kit.NewHint(strings.Join(who, ", "))))
		column.Add(kit.NewLine())
	}
	return scrolled(column)
}

type settingsTab struct {
	fetched
	in wire.Settings
}

// newSettings is the tab with the school's settings.
func (p *Page) newSettings() tab {
	t := &settingsTab{fetched: p.newFetched()}
	t.fetch = func(ctx context.Context) (func(), error) {
		got, err := p.calls.Settings(ctx)
		return func() { t.in = got }, err
	}
	t.draw = t.build
	return t
}

// rulesOff are the demands on passwords that a school can switch off.
var rulesOff = []wire.Rule{wire.RuleUpper, wire.RuleLower, wire.RuleDigit, wire.RuleSpecial, wire.RuleCommon, wire.RuleOwn}

func (t *settingsTab) build() fyne.CanvasObject {
	in := &t.in
	texts := []struct {
		key   string
		value *string
		lines int
	}{
		{"admin.school_name", &in.Name, 1},
		{"admin.school_place", &in.Place, 1},
		{"admin.school_address", &in.Address, 3},
		{"admin.school_imprint", &in.Imprint, 5},
		{"admin.school_login", &in.Login, 1},
	}
	school := kit.Column(12)
	for _, x := range texts {
		f := kit.NewField(lang.T(x.key), "", "")
		if x.lines > 1 {
			f.Entry.MultiLine, f.Entry.Wrapping = true, fyne.TextWrapWord
			f.Entry.SetMinRowsVisible(x.lines)
		}
		f.Entry.SetText(*x.value)
		f.Entry.OnChanged = func(s string) { *x.value = s }
		school.Add(f)
	}
	numbers, check := t.numbers()
	save := kit.NewButton(lang.T("admin.save"), kit.Primary, nil)
	save.OnTapped = func() {
		if !check() {
			return
		}
		save.Disable()
		body := t.in
		body.RulesOff, body.SecondStep = slices.Clone(body.RulesOff), slices.Clone(body.SecondStep)
		t.p.work(module.Patience, func(ctx context.Context) error {
			out, err := t.p.calls.SetSettings(ctx, body)
			if err == nil {
				t.p.d.Do(func() { t.in = out })
			}
			return err
		}, func(err error) { t.saved(save, err) })
	}
	column := kit.Column(28, kit.NewPart(lang.T("admin.school"), school), kit.NewPart(lang.T("admin.passwords"), t.passwords()),
		kit.NewPart(lang.T("secondstep.title"), kit.NewHint(lang.T("admin.second_for")), t.second()),
		kit.NewPart(lang.T("admin.windows"), numbers))
	foot := kit.Inset(theme.Gap, theme.Gap, theme.Around, theme.Around, kit.Row(theme.Gap, layout.NewSpacer(), save))
	return container.NewBorder(nil, kit.Column(0, kit.NewLine(), foot), nil, nil, scrolled(column))
}

// passwords are the demands, and what a student's first password is.
func (t *settingsTab) passwords() fyne.CanvasObject {
	in := &t.in
	rules := kit.Flow(theme.Around)
	for _, r := range rulesOff {
		c := widget.NewCheck(lang.T("password."+string(r)), nil)
		c.SetChecked(!slices.Contains(in.RulesOff, r))
		c.OnChanged = func(on bool) {
			in.RulesOff = slices.DeleteFunc(in.RulesOff, func(o wire.Rule) bool { return o == r })
			if !on {
				in.RulesOff = append(in.RulesOff, r)
			}
		}
		rules.Add(c)
	}
	starts := []string{"born", "code"}
	start := kit.NewChoice([]string{lang.T("admin.start_born"), lang.T("admin.start_code")}, slices.Index(starts, in.Start), func(i int) { in.Start = starts[i] })
	return kit.Column(12, kit.Column(theme.Unit, kit.NewStrong(lang.T("admin.first_password")), start), kit.Column(theme.Unit, kit.NewStrong(lang.T("admin.demands")), rules))
}

// second says who must use the second step.
func (t *settingsTab) second() fyne.CanvasObject {
	in := &t.in
	row := kit.Flow(theme.Around)
	for _, r := range append(slices.Clone(every), wire.Administrators) {
		label := lang.T("admin.title_" + string(r))
		c := widget.NewCheck(label, nil)
		c.SetChecked(slices.Contains(in.SecondStep, r))
		c.OnChanged = func(on bool) {
			in.SecondStep = slices.DeleteFunc(in.SecondStep, func(o wire.Role) bool { return o == r })
			if on {
				in.SecondStep = append(in.SecondStep, r)
			}
		}
		row.Add(c)
	}
	return row
}

// numbers are the bounds in days, weeks and characters; check reads them.
func (t *settingsTab) numbers() (o fyne.CanvasObject, check func() bool) {
	in := &t.in
	type number struct {
		key      string
		value    *int
		low, top int
		field    *kit.Field
	}
	all := []*number{
		{"admin.length", &in.Length, 8, 64, nil},
		{"admin.start_days", &in.StartDays, 1, 90, nil},
		{"admin.letter_weeks", &in.LetterWeeks, 1, 52, nil},
		{"admin.log_days", &in.LogDays, 7, 3650, nil},
		{"admin.delete_weeks", &in.DeleteWeeks, 1, 52, nil},
	}
	column := kit.Column(12)
	for _, n := range all {
		n.field = kit.NewField(lang.T(n.key), "", lang.T("admin.between", "Low", strconv.Itoa(n.low), "Top", strconv.Itoa(n.top)))
		n.field.Entry.SetText(strconv.Itoa(*n.value))
		n.field.Entry.OnChanged = func(string) { n.field.SetError("") }
		column.Add(n.field)
	}
	return column, func() bool {
		fine := true
		for _, n := range all {
			v, err := strconv.Atoi(text(n.field))
			if err != nil || v < n.low || v > n.top {
				n.field.SetError(lang.T("admin.between", "Low", strconv.Itoa(n.low), "Top", strconv.Itoa(n.top)))
				fine = false
				continue
			}
			*n.value = v
		}
		if !fine {
			t.p.toast(lang.T("admin.number_wrong"))
		}
		return fine
	}
}
