package module

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// Confirmer asks an administrator for the own password again where the server wants
// it, once for all that waits for it. It lets one administrate for ten minutes. It
// belongs to the UI goroutine.
type Confirmer struct {
	d      Deps
	asking bool
	again  []func() // what waits for the password
	gaveUp []func() // draws anew what cannot be shown without it
}

// NewConfirmer returns one for a page.
func NewConfirmer(d Deps) *Confirmer { return &Confirmer{d: d} }

// Work runs work in the background as Deps.Work does; where the password is needed
// again, it is asked for and the work is done once more. then is called once, with
// the refusal where the password was not given.
func (c *Confirmer) Work(patience time.Duration, work func(ctx context.Context) error, then func(error)) {
	c.d.Work(patience, work, func(err error) {
		if !c.Confirm(err, func() { c.Work(patience, work, then) }, func() { then(err) }) {
			then(err)
		}
	})
}

// Form shows a dialog whose deed may need the password again.
func (c *Confirmer) Form(f *Form) {
	f.Confirm = func(err error, again func()) bool { return c.Confirm(err, again, func() {}) }
	f.Show(c.d)
}

// Confirm asks for the password when that is what the error says, and runs again
// once it was right, or gaveUp when it was not given; false for any other error.
func (c *Confirmer) Confirm(err error, again, gaveUp func()) bool {
	if remote.Code(err) != wire.CodeAdmin {
		return false
	}
	c.again, c.gaveUp = append(c.again, again), append(c.gaveUp, gaveUp)
	if !c.asking {
		c.asking = true
		c.ask()
	}
	return true
}

func (c *Confirmer) ask() {
	password := kit.NewPasswordField(lang.T("signin.password"), "")
	code := kit.NewField(lang.T("secondstep.code"), "", "")
	code.Hide()
	password.Entry.OnChanged = func(string) { password.SetError("") }
	code.Entry.OnChanged = func(string) { code.SetError("") }
	var in wire.PasswordOnly
	right := false
	f := &Form{
		Title: lang.T("admin.confirm_title"), First: password.Entry, Deed: lang.T("admin.confirm_deed"),
		Body: []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.confirm_text")), password, code},
		Check: func() bool {
			if strings.TrimSpace(password.Entry.Text) == "" {
				password.SetError(lang.T("signin.password_missing"))
				return false
			}
			return true
		},
		Read: func() {
			in = wire.PasswordOnly{Password: password.Entry.Text, Code: strings.TrimSpace(code.Entry.Text)}
		},
		Send: func(ctx context.Context) error {
			_, err := people.New(c.d.Remote).Administrate(ctx, in)
			return err
		},
		Wrong: func(err error) bool {
			switch remote.Code(err) {
			case wire.CodeSignInFailed:
				password.SetError(lang.T("account.password_wrong"))
			case wire.CodeSecondStep:
				if code.Hidden {
					code.Show()
					c.d.Window.Canvas().Focus(code.Entry)
					return true
				}
				code.SetError(lang.T("secondstep.wrong"))
			default:
				return false
			}
			return true
		},
		Done: func() { right = true },
	}
	f.Closed = func() {
		todo := c.gaveUp
		if right {
			todo = c.again
		}
		c.asking, c.again, c.gaveUp = false, nil, nil
		for _, fn := range todo {
			fn()
		}
	}
	f.Show(c.d)
}
