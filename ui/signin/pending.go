package signin

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// signedIn goes on with a session that the server gave.
func (v *View) signedIn(s wire.Session, password string) {
	v.session, v.typed.password = s, ""
	if s.MustChange {
		v.old = password
	}
	v.next()
}

// next shows what is pending, in the order in which the server asks for it, and
// ends the sign-in when nothing is.
func (v *View) next() {
	if step := v.pending(); step != nil {
		v.to(step)
		return
	}
	v.old = ""
	v.finish()
}

// pending gives the step for what the server asks for next, nil when that is nothing.
func (v *View) pending() func() {
	switch {
	case v.session.MustChange:
		return v.changeStep
	case v.session.MustSetUp:
		return v.setUpStep
	case v.session.MustAccept:
		return v.termsStep
	}
	return nil
}

// wayOut is the button of one who does not want to go on in a session that is in
// use already; in a new one there is nothing yet to get out of.
func (v *View) wayOut() fyne.CanvasObject {
	if v.d.Out == nil {
		return layout.NewSpacer()
	}
	return kit.NewButton(lang.T("shell.sign_out"), kit.Quiet, v.d.Out)
}

// pendingForm is what the forms of one field share.
type pendingForm struct {
	view    *View
	field   *kit.Field
	trouble *kit.Banner
	busy    *kit.Busy
	button  *kit.Button
	timer   *time.Timer
}

func (v *View) newPending(label, hint, deed string) *pendingForm {
	f := &pendingForm{view: v, field: kit.NewField(label, "", hint), trouble: kit.NewBanner(), busy: kit.NewBusy(v.d.Do), button: kit.NewButton(deed, kit.Primary, nil)}
	f.field.Entry.OnChanged = func(string) { f.field.SetError("") }
	v.cleanup = func() {
		f.busy.Stop()
		if f.timer != nil {
			f.timer.Stop()
		}
	}
	v.first = f.field.Entry
	return f
}

// onSubmit sends what stands in the field; what is empty is asked for instead.
func (f *pendingForm) onSubmit(missing string, send func(text string)) {
	submit := func() {
		text := strings.TrimSpace(f.field.Entry.Text)
		switch {
		case f.button.Disabled():
		case text == "":
			f.field.SetError(missing)
			f.view.d.Window.Canvas().Focus(f.field.Entry)
		default:
			f.trouble.Clear()
			f.button.Disable()
			f.busy.Start()
			send(text)
		}
	}
	f.button.OnTapped = submit
	f.field.Entry.OnSubmitted = func(string) { submit() }
}

// answered makes the form ready for another try and shows what was wrong.
func (f *pendingForm) answered(err error, wrong string) {
	f.busy.Stop()
	f.button.Enable()
	switch {
	case err == nil:
	case remote.Code(err) == wire.CodeSecondStep:
		f.field.SetError(wrong)
		f.view.d.Window.Canvas().Focus(f.field.Entry)
	case retryIn(err) > 0:
		f.wait(f.view.d.Now().Add(retryIn(err)))
	default:
		f.trouble.Say(kit.Trouble, module.Sentence(err, f.view.d.Now()), nil)
	}
}

// wait keeps the button shut until another try is allowed.
func (f *pendingForm) wait(until time.Time) {
	rest := until.Sub(f.view.d.Now())
	if rest <= 0 {
		f.trouble.Clear()
		f.button.Enable()
		return
	}
	f.button.Disable()
	f.trouble.Say(kit.Warning, lang.T("problem.slow_down", "Time", lang.Duration(rest+time.Second-1)), nil)
	f.timer = time.AfterFunc(time.Second, func() { f.view.d.Do(func() { f.wait(until) }) })
}

// codeStep asks for the second step's code, with the password that was right.
func (v *View) codeStep(in wire.SignIn) {
	f := v.newPending(lang.T("secondstep.code"), lang.T("signin.code_hint"), lang.T("signin.sign_in"))
	client := v.newClient()
	f.onSubmit(lang.T("secondstep.code_missing"), func(code string) {
		in.Code = code
		var session wire.Session
		v.background(func(ctx context.Context) (err error) {
			session, err = client.SignIn(ctx, in)
			return err
		}, func(err error) {
			if remote.Code(err) == wire.CodeSignInFailed { // changed meanwhile
				v.to(v.loginStep)
				return
			}
			f.answered(err, lang.T("secondstep.wrong"))
			if err == nil {
				v.signedIn(session, in.Password)
			}
		})
	})
	back := kit.NewButton(lang.T("signin.back"), kit.Quiet, func() {
		v.typed.password = ""
		v.to(v.loginStep)
	})
	v.show(v.header(), kit.NewParagraph(lang.T("signin.code_text")), f.trouble, f.field, kit.Row(theme.Gap, back, layout.NewSpacer(), f.busy, f.button))
}

// setUpStep makes one set up the second step, which this role must have.
func (v *View) setUpStep() {
	busy := kit.NewBusy(v.d.Do)
	busy.Start()
	v.cleanup = busy.Stop
	v.show(kit.NewTitle(lang.T("secondstep.title")), busy)
	calls := people.New(v.client)
	var start wire.SecondStepStart
	v.background(func(ctx context.Context) (err error) {
		start, err = calls.StartSecondStep(ctx)
		return err
	}, func(err error) {
		if err != nil {
			v.to(func() { v.stuckStep(lang.T("secondstep.title"), err, v.setUpStep) })
			return
		}
		v.to(func() { v.scanStep(start) })
	})
}

// scanStep shows the secret and asks for the first code.
func (v *View) scanStep(start wire.SecondStepStart) {
	f := v.newPending(lang.T("secondstep.code"), "", lang.T("secondstep.on"))
	calls := people.New(v.client)
	f.onSubmit(lang.T("secondstep.code_missing"), func(code string) {
		var codes wire.RecoveryCodes
		v.background(func(ctx context.Context) (err error) {
			codes, err = calls.ConfirmSecondStep(ctx, code)
			return err
		}, func(err error) {
			f.answered(err, lang.T("secondstep.wrong"))
			if err == nil {
				v.session.MustSetUp = false
				v.to(func() { v.recoveryStep(codes.Codes) })
			}
		})
	})
	v.show(kit.NewTitle(lang.T("secondstep.title")), kit.NewParagraph(lang.T("signin.must_set_up")), f.trouble,
		module.SecondStepSecret(start, func() { f.trouble.Say(kit.Fine, lang.T("secondstep.copied"), nil) }),
		f.field, kit.Row(theme.Gap, v.wayOut(), layout.NewSpacer(), f.busy, f.button))
}

// recoveryStep shows the recovery codes, this once.
func (v *View) recoveryStep(codes []string) {
	said := kit.NewBanner()
	copyIt := kit.NewButton(lang.T("secondstep.copy_codes"), kit.Normal, func() {
		module.Copy(strings.Join(codes, "\n"), func() { said.Say(kit.Fine, lang.T("secondstep.copied"), nil) })
	})
	on := kit.NewButton(lang.T("secondstep.kept"), kit.Primary, v.next)
	v.first = on
	v.show(kit.NewTitle(lang.T("secondstep.recovery")), kit.NewParagraph(lang.T("secondstep.recovery_text")), said,
		module.RecoveryCodes(codes), kit.Row(theme.Gap, copyIt, layout.NewSpacer(), on))
}

// termsStep shows the terms of use, to accept them.
func (v *View) termsStep() {
	busy := kit.NewBusy(v.d.Do)
	busy.Start()
	v.cleanup = busy.Stop
	v.show(kit.NewTitle(lang.T("terms.title")), busy)
	calls := people.New(v.client)
	var terms wire.Terms
	v.background(func(ctx context.Context) (err error) {
		terms, err = calls.Terms(ctx)
		return err
	}, func(err error) {
		if err != nil {
			v.to(func() { v.stuckStep(lang.T("terms.title"), err, v.termsStep) })
			return
		}
		v.to(func() { v.acceptStep(terms) })
	})
}

// acceptStep asks to accept a version of the terms.
func (v *View) acceptStep(terms wire.Terms) {
	trouble, busy := kit.NewBanner(), kit.NewBusy(v.d.Do)
	v.cleanup = busy.Stop
	accept := kit.NewButton(lang.T("terms.accept"), kit.Primary, nil)
	accept.Disable()
	read := widget.NewCheck(lang.T("terms.read"), func(on bool) {
		if on {
			accept.Enable()
		} else {
			accept.Disable()
		}
	})
	calls := people.New(v.client)
	accept.OnTapped = func() {
		accept.Disable()
		busy.Start()
		v.background(func(ctx context.Context) error { return calls.AcceptTerms(ctx, terms.Version) }, func(err error) {
			busy.Stop()
			accept.Enable()
			switch {
			case err == nil:
				v.session.MustAccept = false
				v.next()
			case remote.Code(err) == wire.CodeConflict: // another version came meanwhile
				v.to(v.termsStep)
			default:
				trouble.Say(kit.Trouble, module.Sentence(err, v.d.Now()), nil)
			}
		})
	}
	v.first = read
	scroll := kit.Scrolled(kit.Inset(12, 12, 12, theme.Around, kit.NewMarkdown(terms.Markdown)))
	room := v.d.Window.Canvas().Size().Height
	scroll.SetMinSize(fyne.NewSize(0, max(room-430, 140)))
	text := container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(1, 1, 1, 1, scroll))
	hint := note(lang.T("terms.since", "Version", lang.Number(int64(terms.Version)), "Date", lang.Date(terms.Since.In(v.d.Now().Location()))))
	out := kit.NewButton(lang.T("terms.decline"), kit.Quiet, v.decline)
	v.show(kit.NewTitle(lang.T("terms.title")), kit.NewParagraph(lang.T("terms.text")), trouble, text, hint, read,
		kit.Row(theme.Gap, out, layout.NewSpacer(), busy, accept))
}

// decline ends the session that was begun and asks for a login again; out of one that
// is in use already it takes Deps.Out.
func (v *View) decline() {
	if v.d.Out != nil {
		v.d.Out()
		return
	}
	client, ctx := v.client, context.WithoutCancel(v.ctx)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := client.SignOut(ctx); err != nil {
			v.d.Log.WarnContext(ctx, "the session that was begun is not ended", "error", err)
		}
	}()
	v.client = nil
	v.session = wire.Session{}
	v.typed.password, v.old = "", ""
	v.to(v.loginStep)
}

// stuckStep says why a step cannot be shown, and offers to try again.
func (v *View) stuckStep(title string, err error, again func()) {
	b := kit.NewBanner()
	b.Say(kit.Trouble, module.Sentence(err, v.d.Now()), nil)
	retry := kit.NewButton(lang.T("signin.again"), kit.Primary, func() { v.to(again) })
	v.first = retry
	var back fyne.CanvasObject = kit.NewButton(lang.T("signin.back"), kit.Quiet, v.decline)
	if v.d.Out != nil {
		back = v.wayOut()
	}
	v.show(kit.NewTitle(title), b, kit.Row(theme.Gap, back, layout.NewSpacer(), retry))
}
