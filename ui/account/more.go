package account

import (
	"context"
	"io"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// exportTime is how long the own data may take to arrive.
const exportTime = 30 * time.Minute

// children is the part about a guardian's children.
func (p *page) children(a *wire.Account) fyne.CanvasObject {
	var objects []fyne.CanvasObject
	for _, c := range a.Children {
		objects = append(objects, kit.NewItem(ftheme.AccountIcon(), c.Name, c.Class, nil))
	}
	if len(a.Children) == 0 {
		objects = append(objects, kit.NewHint(lang.T("account.no_children")))
	}
	add := kit.NewIconTextButton(ftheme.ContentAddIcon(), lang.T("account.child_add"), kit.Normal, p.addChild)
	return part("account.children", append(objects, kit.Row(0, add, layout.NewSpacer()))...)
}

func (p *page) addChild() {
	code := kit.NewField(lang.T("account.child_code"), "XXXX-XXXX-XXXX", lang.T("account.child_code_hint"))
	typed := ""
	code.Entry.OnChanged = func(string) { code.SetError("") }
	(&module.Form{
		Title: lang.T("account.child_title"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.child_text")), code}, First: code.Entry, Deed: lang.T("account.child_deed"),
		Check: func() bool { return filled(code, "secondstep.code_missing") },
		Read:  func() { typed = strings.TrimSpace(code.Entry.Text) },
		Send:  func(ctx context.Context) error { return p.calls.AddChild(ctx, typed) },
		Wrong: func(err error) bool {
			switch remote.Code(err) {
			case wire.CodeCodeWrong, wire.CodeCodeUsed, wire.CodeCodeExpired:
				code.SetError(module.Sentence(err, p.d.Now()))
				return true
			}
			return false
		},
		Done: p.done("account.child_done"),
	}).Show(p.d)
}

// email is the part about the e-mail address.
func (p *page) email(a *wire.Account) fyne.CanvasObject {
	below := ""
	if a.NewEmail != "" {
		below = lang.T("account.email_pending", "Email", a.NewEmail)
	}
	address := a.Email
	if address == "" {
		address = lang.T("account.no_email")
	}
	var change fyne.CanvasObject
	if a.Person.Role == wire.RoleGuardian {
		change = kit.NewButton(lang.T("account.change"), kit.Normal, p.changeEmail)
	}
	return part("account.email", kit.NewItem(ftheme.MailComposeIcon(), address, below, change))
}

func (p *page) changeEmail() {
	email := kit.NewField(lang.T("account.email_new"), "name@example.org", "")
	password := kit.NewPasswordField(lang.T("signin.password"), "")
	var in wire.EmailChange
	email.Entry.OnChanged = func(string) { email.SetError("") }
	password.Entry.OnChanged = func(string) { password.SetError("") }
	(&module.Form{
		Title: lang.T("account.email_title"), First: email.Entry, Deed: lang.T("account.email_deed"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.email_text")), email, password},
		Check: func() bool {
			text := strings.TrimSpace(email.Entry.Text)
			if at := strings.LastIndex(text, "@"); at < 1 || at == len(text)-1 || strings.ContainsAny(text, " ,;") {
				email.SetError(lang.T("account.email_wrong"))
				return false
			}
			return filled(password, "signin.password_missing")
		},
		Read: func() {
			in = wire.EmailChange{Email: strings.TrimSpace(email.Entry.Text), Password: password.Entry.Text}
		},
		Send: func(ctx context.Context) error { return p.calls.ChangeEmail(ctx, in) },
		Wrong: func(err error) bool {
			if code := remote.Code(err); code == wire.CodeEmailTaken || code == wire.CodeInvalid {
				email.SetError(module.Sentence(err, p.d.Now()))
				return true
			}
			return wrongPassword(err, password)
		},
		Done: p.done("account.email_sent"),
	}).Show(p.d)
}

// deviceList is the part about where one is signed in.
func (p *page) deviceList() fyne.CanvasObject {
	objects := []fyne.CanvasObject{kit.NewHint(lang.T("account.devices_hint"))}
	others := 0
	for _, dev := range p.devices {
		name := dev.Name
		if name == "" {
			name = lang.T("account.device_unnamed")
		}
		used := lang.T("account.device_used", "First", lang.Time(dev.Created, p.d.Now()), "Last", lang.Time(dev.Used, p.d.Now()))
		var end fyne.CanvasObject
		if dev.Current {
			used = lang.T("account.device_current") + " · " + used
		} else {
			others++
			end = kit.NewButton(lang.T("account.device_end"), kit.Normal, func() { p.endDevice(dev, name) })
		}
		objects = append(objects, kit.NewItem(ftheme.ComputerIcon(), name, used, end))
	}
	if others > 1 {
		all := kit.NewButton(lang.N("account.device_all", others), kit.Normal, func() { p.endOthers(others) })
		objects = append(objects, kit.Row(0, all, layout.NewSpacer()))
	}
	return part("account.devices", objects...)
}

func (p *page) endDevice(dev wire.Device, name string) {
	(&module.Form{
		Title: lang.T("account.device_end_title"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.device_end_text", "Name", name))},
		Deed: lang.T("account.device_end"), Kind: kit.Danger,
		Send: func(ctx context.Context) error { return p.d.Remote.EndDevice(ctx, dev.ID) },
		Done: p.done(""),
	}).Show(p.d)
}

func (p *page) endOthers(n int) {
	(&module.Form{
		Title: lang.T("account.device_all_title"), Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("account.device_all_text"))},
		Deed: lang.N("account.device_all", n), Kind: kit.Danger,
		Send: p.calls.EndOtherDevices, Done: p.done(""),
	}).Show(p.d)
}

// data is the part about the terms of use and the own data.
func (p *page) data(a *wire.Account) fyne.CanvasObject {
	accepted := lang.T("account.terms_none")
	if a.Terms > 0 {
		accepted = lang.T("account.terms_accepted", "Version", lang.Number(int64(a.Terms)))
	}
	terms := kit.NewItem(ftheme.DocumentIcon(), lang.T("terms.title"), accepted, kit.NewButton(lang.T("account.terms_read"), kit.Normal, p.readTerms))
	save := kit.NewButton(lang.T("account.data_save"), kit.Normal, p.export)
	text := lang.T("account.data_text")
	if p.saving {
		text = lang.T("account.data_running")
		save.Disable()
	}
	return part("account.data", terms, kit.NewItem(ftheme.DownloadIcon(), lang.T("account.data_title"), text, save))
}

func (p *page) readTerms() {
	var terms wire.Terms
	p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		terms, err = p.calls.Terms(ctx)
		return err
	}, func(err error) {
		if err != nil {
			p.toast(module.Sentence(err, p.d.Now()))
			return
		}
		body := []fyne.CanvasObject{kit.NewParagraph(lang.T("account.terms_missing"))}
		if terms.Version > 0 {
			since := kit.NewHint(lang.T("terms.since", "Version", lang.Number(int64(terms.Version)), "Date", lang.Date(terms.Since.In(p.d.Now().Location()))))
			body = []fyne.CanvasObject{kit.NewMarkdown(terms.Markdown), since}
		}
		(&module.Form{Title: lang.T("terms.title"), Body: body, Close: lang.T("form.close"), Wide: true}).Show(p.d)
	})
}

// export saves all that the school holds on the person into a folder.
func (p *page) export() {
	p.d.PickFolder(func(dir string) {
		if dir == "" || p.saving {
			return
		}
		p.saving = true
		p.draw()
		name := p.d.School.Name + " " + p.d.Session.Person.Name() + " " + p.d.Now().Format(time.DateOnly) + ".zip"
		var file string
		p.d.Work(exportTime, func(ctx context.Context) (err error) {
			file, err = people.Save(dir, name, func(w io.Writer) error { return p.calls.Export(ctx, w) })
			return err
		}, func(err error) {
			p.saving = false
			p.draw()
			if err != nil {
				p.toast(module.Sentence(err, p.d.Now()))
				return
			}
			p.d.Toast(lang.T("account.data_done"), lang.T("account.data_show"), func() {
				if err := p.d.RevealLocal(file); err != nil {
					p.toast(module.Sentence(err, p.d.Now()))
				}
			})
		})
	})
}
