package account

import (
	"context"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// signIn is the part about the password and the second step.
func (p *page) signIn(a *wire.Account) fyne.CanvasObject {
	password := kit.NewItem(ftheme.LoginIcon(), lang.T("account.password"), lang.T("account.password_hint"),
		kit.NewButton(lang.T("account.change"), kit.Normal, p.changePassword))
	if !a.SecondStep {
		return part("account.sign_in", password, kit.NewItem(ftheme.WarningIcon(), lang.T("secondstep.title"), lang.T("account.second_off"),
			kit.NewButton(lang.T("account.set_up"), kit.Normal, p.setUp)))
	}
	row := kit.Flow(theme.Gap,
		kit.NewButton(lang.T("account.new_codes"), kit.Normal, p.newRecovery),
		kit.NewButton(lang.T("account.switch_off"), kit.Normal, p.switchOff))
	state := kit.Column(theme.Gap, kit.NewItem(ftheme.ConfirmIcon(), lang.T("secondstep.title"), lang.T("account.second_on")+" "+lang.N("account.recovery_left", a.Recovery), nil), row)
	return part("account.sign_in", password, state)
}

// changePassword asks for another password, with the school's rules ticked live.
func (p *page) changePassword() {
	old := kit.NewPasswordField(lang.T("account.old_password"), "")
	rules := kit.NewRuleList(module.PasswordRules(p.d.Session, func() string { return old.Entry.Text }))
	fresh := kit.NewPasswordField(lang.T("signin.new_password"), "")
	again := kit.NewPasswordField(lang.T("signin.again_password"), "")
	var in wire.NewPassword
	old.Entry.OnChanged = func(string) { rules.Check(fresh.Entry.Text, nil); old.SetError("") }
	fresh.Entry.OnChanged = func(s string) { rules.Check(s, nil); fresh.SetError("") }
	again.Entry.OnChanged = func(string) { again.SetError("") }
	(&module.Form{
		Title: lang.T("account.password_title"), Body: []fyne.CanvasObject{old, fresh, rules, again}, First: old.Entry, Deed: lang.T("signin.save_password"),
		Check: func() bool {
			switch {
			case old.Entry.Text == "":
				old.SetError(lang.T("signin.password_missing"))
			case !rules.Check(fresh.Entry.Text, nil):
				fresh.SetError(lang.T("signin.weak"))
			case fresh.Entry.Text != again.Entry.Text:
				again.SetError(lang.T("signin.differs"))
			default:
				return true
			}
			return false
		},
		Read: func() { in = wire.NewPassword{Old: old.Entry.Text, New: fresh.Entry.Text} },
		Send: func(ctx context.Context) error { return p.d.Remote.ChangePassword(ctx, in) },
		Wrong: func(err error) bool {
			if missing := module.MissingRules(err); missing != nil {
				rules.Check(fresh.Entry.Text, missing)
				fresh.SetError(lang.T("signin.weak"))
				return true
			}
			return wrongPassword(err, old)
		},
		Done: p.done("account.password_done"),
	}).Show(p.d)
}

// wrongPassword shows at the field that the own password was wrong.
func wrongPassword(err error, at *kit.Field) bool {
	if remote.Code(err) != wire.CodeSignInFailed {
		return false
	}
	at.SetError(lang.T("account.password_wrong"))
	return true
}

// setUp fetches a new secret and shows it.
func (p *page) setUp() {
	var start wire.SecondStepStart
	p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		start, err = p.calls.StartSecondStep(ctx)
		return err
	}, func(err error) {
		if err != nil {
			p.toast(module.Sentence(err, p.d.Now()))
			return
		}
		p.confirm(start)
	})
}

func (p *page) confirm(start wire.SecondStepStart) {
	code := kit.NewField(lang.T("secondstep.code"), "", "")
	code.Entry.OnChanged = func(string) { code.SetError("") }
	var codes wire.RecoveryCodes
	var typed string
	(&module.Form{
		Title: lang.T("secondstep.title"), First: code.Entry, Deed: lang.T("secondstep.on"),
		Body:  []fyne.CanvasObject{module.SecondStepSecret(start, p.copied), code},
		Check: func() bool { return filled(code, "secondstep.code_missing") },
		Read:  func() { typed = strings.TrimSpace(code.Entry.Text) },
		Send: func(ctx context.Context) (err error) {
			codes, err = p.calls.ConfirmSecondStep(ctx, typed)
			return err
		},
		Wrong: func(err error) bool { return wrongCode(err, code) },
		Done: func() {
			p.load()
			p.showRecovery(codes.Codes)
		},
	}).Show(p.d)
}

func filled(f *kit.Field, missing string) bool {
	if strings.TrimSpace(f.Entry.Text) == "" {
		f.SetError(lang.T(missing))
		return false
	}
	return true
}

func wrongCode(err error, at *kit.Field) bool {
	if remote.Code(err) != wire.CodeSecondStep {
		return false
	}
	at.SetError(lang.T("secondstep.wrong"))
	return true
}

// showRecovery shows the recovery codes, which are shown this once.
func (p *page) showRecovery(codes []string) {
	row := kit.Flow(theme.Gap, kit.NewIconTextButton(ftheme.ContentCopyIcon(), lang.T("secondstep.copy_codes"), kit.Normal, func() {
		module.Copy(strings.Join(codes, "\n"), p.copied)
	}))
	if !p.d.Shared {
		row.Add(kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("account.print_codes"), kit.Normal, func() { p.printCodes(codes) }))
	}
	(&module.Form{
		Title: lang.T("secondstep.recovery"), Close: lang.T("secondstep.kept"), Stays: true,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("secondstep.recovery_text")), module.RecoveryCodes(codes), row},
	}).Show(p.d)
}

// printCodes saves the codes as a text and opens it with the PC's own program.
func (p *page) printCodes(codes []string) {
	p.d.PickFolder(func(dir string) {
		if dir == "" {
			return
		}
		text := lang.T("secondstep.recovery") + "\r\n" + p.d.School.Name + ", " + p.d.Session.Person.Login + "\r\n\r\n" + strings.Join(codes, "\r\n") + "\r\n"
		file, err := people.Save(dir, lang.T("account.codes_file")+".txt", func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err == nil {
			err = p.d.OpenLocal(file)
		}
		if err != nil {
			p.toast(module.Sentence(err, p.d.Now()))
		}
	})
}

// proof asks for the own password and, where there is a second step, its code.
func (p *page) proof(title, text, deed string, kind kit.Kind, send func(ctx context.Context, in wire.PasswordOnly) error, done func()) {
	password := kit.NewPasswordField(lang.T("signin.password"), "")
	code := kit.NewField(lang.T("secondstep.code"), "", "")
	password.Entry.OnChanged = func(string) { password.SetError("") }
	code.Entry.OnChanged = func(string) { code.SetError("") }
	var in wire.PasswordOnly
	body := []fyne.CanvasObject{kit.NewParagraph(text), password}
	if p.account.SecondStep {
		body = append(body, code)
	}
	(&module.Form{
		Title: title, Body: body, First: password.Entry, Deed: deed, Kind: kind,
		Check: func() bool {
			return filled(password, "signin.password_missing") && (!p.account.SecondStep || filled(code, "secondstep.code_missing"))
		},
		Read: func() {
			in = wire.PasswordOnly{Password: password.Entry.Text, Code: strings.TrimSpace(code.Entry.Text)}
		},
		Send:  func(ctx context.Context) error { return send(ctx, in) },
		Wrong: func(err error) bool { return wrongPassword(err, password) || wrongCode(err, code) },
		Done:  done,
	}).Show(p.d)
}

func (p *page) newRecovery() {
	var codes wire.RecoveryCodes
	p.proof(lang.T("account.new_codes"), lang.T("account.new_codes_text"), lang.T("account.new_codes_deed"), kit.Primary, func(ctx context.Context, in wire.PasswordOnly) (err error) {
		codes, err = p.calls.NewRecovery(ctx, in)
		return err
	}, func() {
		p.load()
		p.showRecovery(codes.Codes)
	})
}

func (p *page) switchOff() {
	p.proof(lang.T("account.off_title"), lang.T("account.off_text"), lang.T("account.switch_off"), kit.Danger, p.calls.EndSecondStep, p.done("account.off_done"))
}

// appPasswords is the part about foreign programs.
func (p *page) appPasswords(a *wire.Account) fyne.CanvasObject {
	objects := []fyne.CanvasObject{kit.NewHint(lang.T("account.apps_hint"))}
	for _, app := range a.AppPasswords {
		used := lang.T("account.app_never", "Created", lang.Time(app.Created, p.d.Now()))
		if app.Used != nil {
			used = lang.T("account.app_used", "Created", lang.Time(app.Created, p.d.Now()), "Used", lang.Time(*app.Used, p.d.Now()))
		}
		objects = append(objects, kit.NewItem(ftheme.ComputerIcon(), app.Name, used, kit.NewButton(lang.T("account.app_end"), kit.Normal, func() { p.endApp(app) })))
	}
	add := kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("account.app_new"), kit.Normal, p.newApp)
	return part("account.apps", append(objects, kit.Row(0, add, layout.NewSpacer()))...)
}

func (p *page) newApp() {
	name := kit.NewField(lang.T("account.app_name"), lang.T("account.app_example"), "")
	name.Entry.OnChanged = func(string) { name.SetError("") }
	var made wire.AppPassword
	var typed string
	(&module.Form{
		Title: lang.T("account.app_title"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.app_text")), name}, First: name.Entry, Deed: lang.T("account.app_make"),
		Check: func() bool { return filled(name, "account.app_name_missing") },
		Read:  func() { typed = strings.TrimSpace(name.Entry.Text) },
		Send: func(ctx context.Context) (err error) {
			made, err = p.calls.AddAppPassword(ctx, typed)
			return err
		},
		Done: func() {
			p.load()
			p.showApp(made)
		},
	}).Show(p.d)
}

// showApp shows a new app password, this once.
func (p *page) showApp(app wire.AppPassword) {
	secret := kit.NewParagraph(app.Password)
	secret.Style.Monospace = true
	login := kit.NewParagraph(lang.T("account.login", "Login", p.d.Session.Person.Login))
	box := kit.Column(theme.Gap, login, secret, kit.Row(0, kit.NewIconTextButton(ftheme.ContentCopyIcon(), lang.T("account.app_copy"), kit.Normal, func() {
		module.Copy(app.Password, p.copied)
	}), layout.NewSpacer()))
	(&module.Form{
		Title: app.Name, Close: lang.T("account.app_close"), Stays: true,
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.app_once")), kit.NewFrame(box)},
	}).Show(p.d)
}

func (p *page) endApp(app wire.AppPassword) {
	(&module.Form{
		Title: lang.T("account.app_end_title", "Name", app.Name), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.app_end_text"))},
		Deed: lang.T("account.app_end"), Kind: kit.Danger,
		Send: func(ctx context.Context) error { return p.calls.EndAppPassword(ctx, app.ID) },
		Done: p.done(""),
	}).Show(p.d)
}
