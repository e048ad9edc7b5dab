package signin

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// changeForm holds the widgets of the choice of an own password.
type changeForm struct {
	view         *View
	old          *kit.Field // nil where the password before was typed just now
	first, again *kit.Field
	rules        *kit.RuleList
	trouble      *kit.Banner
	busy         *kit.Busy
	save         *kit.Button
}

// changeStep makes one choose an own password.
func (v *View) changeStep() {
	f := &changeForm{
		view:  v,
		first: kit.NewPasswordField(lang.T("signin.new_password"), ""), again: kit.NewPasswordField(lang.T("signin.again_password"), ""),
		trouble: kit.NewBanner(), busy: kit.NewBusy(v.d.Do), save: kit.NewButton(lang.T("signin.save_password"), kit.Primary, nil),
	}
	f.rules = kit.NewRuleList(module.PasswordRules(v.session, f.before))
	f.first.Entry.OnChanged = func(s string) { f.rules.Check(s, nil); f.first.SetError("") }
	f.again.Entry.OnChanged = func(string) { f.again.SetError("") }
	f.save.OnTapped = f.submit
	f.first.Entry.OnSubmitted = func(string) { v.d.Window.Canvas().Focus(f.again.Entry) }
	f.again.Entry.OnSubmitted = func(string) { f.submit() }
	v.cleanup = f.busy.Stop
	v.first = f.first.Entry
	text := lang.T("signin.change_text", "Name", v.session.Person.Given)
	objects := []fyne.CanvasObject{f.first, f.rules, f.again, kit.Row(theme.Gap, v.wayOut(), layout.NewSpacer(), f.busy, f.save)}
	if v.old == "" {
		text = lang.T("signin.change_again")
		f.old = kit.NewPasswordField(lang.T("account.old_password"), lang.T("signin.old_hint"))
		f.old.Entry.OnChanged = func(string) { f.rules.Check(f.first.Entry.Text, nil); f.old.SetError("") }
		f.old.Entry.OnSubmitted = func(string) { v.d.Window.Canvas().Focus(f.first.Entry) }
		v.first = f.old.Entry
		objects = append([]fyne.CanvasObject{f.old}, objects...)
	}
	v.show(append([]fyne.CanvasObject{kit.NewTitle(lang.T("signin.change_title")), kit.NewParagraph(text), f.trouble}, objects...)...)
}

// before is the password that is to be replaced, as far as it is known.
func (f *changeForm) before() string {
	if f.old != nil {
		return f.old.Entry.Text
	}
	return f.view.old
}

// wrong shows what is wrong at a field, and puts the cursor there.
func (f *changeForm) wrong(at *kit.Field, key string) {
	at.SetError(lang.T(key))
	f.view.d.Window.Canvas().Focus(at.Entry)
}

func (f *changeForm) submit() {
	switch {
	case f.save.Disabled():
		return
	case f.old != nil && f.old.Entry.Text == "":
		f.wrong(f.old, "signin.password_missing")
		return
	case !f.rules.Check(f.first.Entry.Text, nil):
		f.wrong(f.first, "signin.weak")
		return
	case f.first.Entry.Text != f.again.Entry.Text:
		f.wrong(f.again, "signin.differs")
		return
	}
	f.trouble.Clear()
	f.save.Disable()
	f.busy.Start()
	v, in := f.view, wire.NewPassword{Old: f.before(), New: f.first.Entry.Text}
	v.background(func(ctx context.Context) error { return v.client.ChangePassword(ctx, in) }, f.answered)
}

func (f *changeForm) answered(err error) {
	f.busy.Stop()
	f.save.Enable()
	switch missing := module.MissingRules(err); {
	case err == nil:
		f.view.session.MustChange = false
		f.view.next()
	case missing != nil:
		f.rules.Check(f.first.Entry.Text, missing)
		f.wrong(f.first, "signin.weak")
	case f.old != nil && remote.Code(err) == wire.CodeSignInFailed:
		f.wrong(f.old, "account.password_wrong")
	default:
		f.trouble.Say(kit.Trouble, module.Sentence(err, f.view.d.Now()), nil)
	}
}
