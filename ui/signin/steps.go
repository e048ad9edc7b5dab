package signin

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// pause is how long typing rests before an address is looked at.
const pause = 700 * time.Millisecond

// addressForm holds the widgets of the address, and what is known of it.
type addressForm struct {
	view   *View
	field  *kit.Field
	busy   *kit.Busy
	school *fyne.Container // shows the school that was found
	found  *remote.Server
	timer  *time.Timer
	turn   int  // counts what was typed: an answer to an earlier text is dropped
	wanted bool // go on as soon as the server has answered
}

// addressStep asks for the server's address and looks at it while one types.
func (v *View) addressStep() {
	f := &addressForm{
		view: v, busy: kit.NewBusy(v.d.Do), school: container.NewStack(),
		field: kit.NewField(lang.T("signin.address"), "schule.example.org", lang.T("signin.address_hint")),
	}
	f.school.Hide()
	v.logo = nil
	f.field.Entry.SetText(v.typed.address)
	f.field.Entry.OnChanged = f.typed
	f.field.Entry.OnSubmitted = func(string) { f.submit() }
	v.cleanup = func() {
		f.turn = -1
		f.busy.Stop()
		f.rest()
	}
	v.first = f.field.Entry
	next := kit.NewButton(lang.T("signin.next"), kit.Primary, f.submit)
	v.show(v.notice(), v.header(), kit.NewParagraph(lang.T("signin.welcome")), f.field, f.school, kit.Row(theme.Gap, f.busy, layout.NewSpacer(), next))
}

// rest stops the clock that waits for a pause.
func (f *addressForm) rest() {
	if f.timer != nil {
		f.timer.Stop()
	}
}

// typed forgets what was known of another address and waits for a pause.
func (f *addressForm) typed(s string) {
	f.view.typed.address, f.view.logo = s, nil
	f.turn++
	f.found, f.wanted = nil, false
	f.busy.Stop()
	f.school.Hide()
	f.field.SetError("")
	f.rest()
	if mine := f.turn; looksWhole(s) {
		f.timer = time.AfterFunc(pause, func() {
			f.view.d.Do(func() {
				if mine == f.turn {
					f.look()
				}
			})
		})
	}
}

// submit goes on, as soon as that is known to be possible.
func (f *addressForm) submit() {
	f.wanted = true
	f.rest()
	switch {
	case f.found != nil:
		f.view.reached(*f.found)
	case strings.TrimSpace(f.field.Entry.Text) == "":
		f.field.SetError(lang.T("signin.no_address"))
	default:
		f.look()
	}
}

// look asks the server whether it is one.
func (f *addressForm) look() {
	f.turn++
	mine, address := f.turn, strings.TrimSpace(f.field.Entry.Text)
	f.busy.Start()
	var server remote.Server
	f.view.background(func(ctx context.Context) (err error) {
		server, err = remote.Probe(ctx, address)
		return err
	}, func(err error) {
		if mine == f.turn {
			f.answered(server, err)
		}
	})
}

func (f *addressForm) answered(s remote.Server, err error) {
	f.busy.Stop()
	if err != nil {
		f.field.SetError(probeSentence(err, f.view.d.Now()))
		return
	}
	f.found = &s
	f.field.SetError("")
	if f.wanted {
		f.view.reached(s)
		return
	}
	f.school.Objects = []fyne.CanvasObject{kit.NewCard(theme.ColorSurface), kit.Inset(12, 12, 12, 12, f.view.badge(f.view.clientOf(s), s.School))}
	f.school.Show()
	f.view.relayout()
}

// looksWhole tells an address that may be complete from one still being typed.
func looksWhole(s string) bool {
	s = strings.TrimSpace(s)
	return strings.Contains(s, ".") && !strings.HasSuffix(s, ".") || strings.Contains(s, "localhost")
}

// notice says why one is here, when there is a reason.
func (v *View) notice() *kit.Banner {
	b := kit.NewBanner()
	if v.d.Notice != "" {
		b.Say(kit.Info, v.d.Notice, nil)
	}
	return b
}

// reached goes on to the login with a server that answered.
func (v *View) reached(s remote.Server) {
	v.server, v.client = &s, nil
	v.typed.address = strings.TrimPrefix(s.Base.String(), "https://")
	v.to(v.loginStep)
}

// connectStep looks at an address that is known already, and says so meanwhile.
func (v *View) connectStep() {
	busy := kit.NewBusy(v.d.Do)
	busy.Start()
	v.cleanup = busy.Stop
	v.show(v.notice(), v.header(), kit.Row(theme.Gap, busy, kit.NewWhole(lang.T("signin.connecting", "Address", v.d.Address))))
	var server remote.Server
	v.background(func(ctx context.Context) (err error) {
		server, err = remote.Probe(ctx, v.d.Address)
		return err
	}, func(err error) {
		if err == nil {
			v.reached(server)
			return
		}
		v.d.Log.WarnContext(v.ctx, "the server's address does not answer", "error", err)
		v.to(func() { v.unreachedStep(err) })
	})
}

// Pauses between tries of a server that does not answer: the first, and the longest.
const (
	firstPause = 2 * time.Second
	lastPause  = 30 * time.Second
)

// unreachedStep says why the known server cannot be used, and goes on trying by itself.
func (v *View) unreachedStep(err error) {
	b := kit.NewBanner()
	b.Say(kit.Trouble, unreached(err, v.d.Now()), nil)
	again := kit.NewButton(lang.T("signin.try_now"), kit.Primary, nil)
	var timer *time.Timer
	wait, trying := firstPause, false
	var try func()
	later := func() {
		timer = v.after(wait, try)
		wait = min(2*wait, lastPause)
	}
	try = func() {
		if trying {
			return
		}
		trying = true
		var server remote.Server
		v.background(func(ctx context.Context) (err error) {
			server, err = remote.Probe(ctx, v.d.Address)
			return err
		}, func(err error) {
			trying = false
			if err == nil {
				v.reached(server)
				return
			}
			if text := unreached(err, v.d.Now()); text != b.Text() {
				b.Say(kit.Trouble, text, nil)
			}
			later()
		})
	}
	again.OnTapped = func() {
		timer.Stop()
		wait = firstPause
		try()
	}
	v.cleanup = func() { timer.Stop() }
	row := kit.Row(theme.Gap, layout.NewSpacer())
	if !v.d.Fixed {
		row.Add(kit.NewButton(lang.T("signin.other_school"), kit.Normal, func() { v.to(v.addressStep) }))
	}
	row.Add(again)
	v.first = again
	v.show(v.header(), b, kit.NewSmall(v.d.Address), row)
	later()
}

// unreached words why a server cannot be used whose address is known to be right.
func unreached(err error, now time.Time) string {
	if errors.Is(err, remote.ErrNoServer) {
		return lang.T("signin.unreached")
	}
	return probeSentence(err, now)
}

// loginForm holds the widgets of the login.
type loginForm struct {
	login, password *kit.Field
	trouble         *kit.Banner
	busy            *kit.Busy
	button          *kit.Button
	waitUntil       time.Time
	timer           *time.Timer
}

// loginStep asks for login and password.
func (v *View) loginStep() {
	f := &loginForm{
		login:    kit.NewField(lang.T("signin.login"), "", v.server.School.Login),
		password: kit.NewPasswordField(lang.T("signin.password"), ""),
		trouble:  kit.NewBanner(),
		busy:     kit.NewBusy(v.d.Do),
	}
	f.login.Entry.SetText(v.typed.login)
	f.password.Entry.SetText(v.typed.password)
	f.button = kit.NewButton(lang.T("signin.sign_in"), kit.Primary, func() { v.signIn(f) })
	f.login.Entry.OnChanged = func(s string) { v.typed.login = s; f.login.SetError("") }
	f.password.Entry.OnChanged = func(s string) { v.typed.password = s; f.password.SetError("") }
	f.login.Entry.OnSubmitted = func(string) {
		if f.password.Entry.Text == "" {
			v.d.Window.Canvas().Focus(f.password.Entry)
			return
		}
		v.signIn(f)
	}
	f.password.Entry.OnSubmitted = func(string) { v.signIn(f) }
	v.cleanup = func() {
		f.busy.Stop()
		if f.timer != nil {
			f.timer.Stop()
		}
	}
	v.first = f.login.Entry
	if v.typed.login != "" {
		v.first = f.password.Entry
	}
	row := kit.Row(theme.Gap)
	if !v.d.Fixed {
		row.Add(kit.NewButton(lang.T("signin.other_school"), kit.Quiet, func() {
			v.server, v.client = nil, nil
			v.to(v.addressStep)
		}))
	}
	row.Add(layout.NewSpacer())
	row.Add(f.busy)
	row.Add(f.button)
	stay := container.NewStack(v.stayChoice())
	v.keyringChanged = func() {
		stay.Objects = []fyne.CanvasObject{v.stayChoice()}
		stay.Refresh()
	}
	v.show(v.notice(), v.header(), f.trouble, f.login, f.password, stay, row)
}

// stayChoice offers to stay signed in where that is safe, and says why not.
func (v *View) stayChoice() fyne.CanvasObject {
	switch {
	case v.d.Shared:
		return note(lang.T("signin.shared"))
	case !v.d.Keyring:
		return note(lang.T("signin.no_keyring"))
	}
	check := widget.NewCheck(lang.T("signin.stay"), func(on bool) { v.stay = on })
	check.SetChecked(v.stay)
	return container.New(layout.NewCustomPaddedLayout(-4, -4, -6, 0), check)
}

func note(s string) fyne.CanvasObject {
	p := kit.NewParagraph(s)
	p.TextSize, p.Color = ftheme.SizeNameCaptionText, theme.ColorMuted
	return p
}

func (v *View) signIn(f *loginForm) {
	if f.button.Disabled() {
		return
	}
	login, password := strings.TrimSpace(f.login.Entry.Text), f.password.Entry.Text
	switch {
	case login == "":
		f.login.SetError(lang.T("signin.login_missing"))
		v.d.Window.Canvas().Focus(f.login.Entry)
		return
	case password == "":
		f.password.SetError(lang.T("signin.password_missing"))
		v.d.Window.Canvas().Focus(f.password.Entry)
		return
	}
	f.trouble.Clear()
	f.button.Disable()
	f.busy.Start()
	client := v.newClient()
	in := wire.SignIn{Login: login, Password: password, Device: v.d.Device, Shared: v.d.Shared}
	var session wire.Session
	v.background(func(ctx context.Context) (err error) {
		session, err = client.SignIn(ctx, in)
		return err
	}, func(err error) {
		f.busy.Stop()
		f.button.Enable()
		if remote.Code(err) == wire.CodeSecondStep {
			v.to(func() { v.codeStep(in) })
			return
		}
		if err != nil {
			v.refused(f, err)
			return
		}
		v.signedIn(session, password)
	})
}

// refused puts a refusal where one looks.
func (v *View) refused(f *loginForm, err error) {
	switch {
	case remote.Code(err) == wire.CodeSignInFailed:
		f.password.Entry.SetText("")
		f.password.SetError(lang.T("problem.sign_in_failed"))
		v.d.Window.Canvas().Focus(f.password.Entry)
	case retryIn(err) > 0:
		f.waitUntil = v.d.Now().Add(retryIn(err))
		v.countDown(f)
	default:
		f.trouble.Say(kit.Trouble, module.Sentence(err, v.d.Now()), nil)
	}
}

// countDown keeps the button shut until another try is allowed.
func (v *View) countDown(f *loginForm) {
	rest := f.waitUntil.Sub(v.d.Now())
	if rest <= 0 {
		f.trouble.Clear()
		f.button.Enable()
		return
	}
	f.button.Disable()
	f.trouble.Say(kit.Warning, lang.T("problem.slow_down", "Time", lang.Duration(rest+time.Second-1)), nil)
	f.timer = time.AfterFunc(time.Second, func() { v.d.Do(func() { v.countDown(f) }) })
}

func (v *View) finish() {
	v.d.Done(Result{Server: *v.server, Client: v.client, Session: v.session, Stay: v.stay && !v.d.Shared && v.d.Keyring})
}
