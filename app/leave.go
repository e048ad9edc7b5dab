package main

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"schulhof/app/internal/session"
	"schulhof/app/internal/tray"
	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui"
	"schulhof/ui/lang"
)

// signOut is the way out that waits for uploads; idle says that nobody is there.
func (c *client) signOut(idle bool) {
	if c.account == nil || c.leaving {
		return
	}
	c.leaving = true
	c.shell.Hold(true)
	flush, stop := context.WithCancel(c.ctx)
	go c.account.Flush(flush)
	l := &ui.Leave{
		Window: c.window, Do: fyne.Do, Files: c.account.Files, Outbox: c.account.Waiting, Shared: c.config.Shared, Now: now, PickFolder: c.pickFolder,
		Then: func() { stop(); c.signedOut("") },
		Stayed: func() {
			stop()
			c.leaving, c.quitting = false, false
			c.shell.Hold(false)
			if idle {
				c.idle.Start()
			}
		},
	}
	if idle {
		l.Unlock = c.unlock
	}
	l.Start()
}

// unlock checks the password of the person who is signed in, by a second
// session that ends at once.
func (c *client) unlock(ctx context.Context, password string) error {
	other := remote.New(remote.Options{Base: c.account.Remote.Base(), UserAgent: c.userAgent(), Log: c.log})
	defer other.Close()
	s, err := other.SignIn(ctx, wire.SignIn{Login: c.account.Session.Person.Login, Password: password, Device: c.device(), Shared: true})
	if err != nil {
		return err
	}
	if s.Person.ID != c.account.Session.Person.ID {
		return errors.New("somebody else")
	}
	return other.SignOut(ctx)
}

// signedOut ends the session on the server, wipes the account's data and shows
// the sign-in again.
func (c *client) signedOut(notice string) {
	kept := c.stay
	account := c.leave()
	if account == nil {
		return
	}
	c.keep(func(s *session.State) { s.Stay = nil })
	go func() {
		if err := account.SignOut(c.ctx); err != nil {
			c.log.WarnContext(c.ctx, "the server was not told of the sign-out", "error", err)
		}
		c.dropToken(kept, account)
		c.wipe(account)
		fyne.Do(func() { c.again(notice) })
	}()
}

// ended is what happens when the server has ended the session. What it does not
// have yet stays on a PC of one's own until the next sign-in.
func (c *client) ended() {
	kept := c.stay
	account := c.leave()
	if account == nil {
		return
	}
	c.keep(func(s *session.State) { s.Stay = nil })
	tray.Notify(c.app, lang.T("app.ended"))
	go func() {
		c.dropToken(kept, account)
		wiped, err := account.Ended(c.ctx, c.config.Shared)
		if err != nil {
			c.log.ErrorContext(c.ctx, "the account's data was not closed well", "wiped", wiped, "error", err)
		}
		fyne.Do(func() { c.again(lang.T("app.ended")) })
	}()
}

func (c *client) dropToken(kept bool, account *session.Account) {
	if !kept {
		return
	}
	if err := session.DropToken(account.Name()); err != nil {
		c.log.WarnContext(c.ctx, "the token stays in the keyring", "error", err)
	}
}

func (c *client) wipe(account *session.Account) {
	if err := account.Wipe(); err != nil {
		c.log.ErrorContext(c.ctx, "something of the account stays on this PC", "error", err)
		return
	}
	c.log.InfoContext(c.ctx, "signed out, nothing is left")
}

// part takes the account from the window: what becomes of it is shown no more.
func (c *client) part() *session.Account {
	account := c.account
	if account == nil {
		return nil
	}
	for _, off := range c.offs {
		off()
	}
	c.offs = nil
	if c.idle != nil {
		c.idle.Stop()
		c.idle = nil
	}
	c.shell.Close()
	c.shell, c.account, c.stay = nil, nil, false
	return account
}

// leave takes the shell away and returns the account, which nobody uses any more.
func (c *client) leave() *session.Account {
	account := c.part()
	if account == nil {
		return nil
	}
	c.window.Canvas().Unfocus()
	c.window.SetContent(ui.Waiting(lang.T("app.signing_out")))
	return account
}

// again shows the sign-in for the next person.
func (c *client) again(notice string) {
	c.leaving = false
	if c.config.Shared {
		c.freshSettings()
		lang.Use(c.language())
		c.look(c.settings.Look())
	}
	c.app.Clipboard().SetContent("")
	if c.quitting {
		c.app.Quit()
		return
	}
	c.showSignIn(notice)
}

// close is what closing the window does: on a shared PC it signs out first; on
// one's own, with a sign-in that is kept and an icon beside the clock, the program
// goes on there, so that it can tell what is new; else it just ends, and what waits
// goes on at the next start.
func (c *client) close() {
	switch {
	case c.account != nil && c.config.Shared:
		c.quitting = true
		c.signOut(false)
	case c.tray && c.stay:
		c.hide()
	default:
		c.app.Quit()
	}
}

// hide leaves the icon beside the clock only, and says so the first time.
func (c *client) hide() {
	c.window.Hide()
	if c.store.Get().Hidden {
		return
	}
	tray.Notify(c.app, lang.T("app.hidden"))
	c.keep(func(s *session.State) { s.Hidden = true })
}

// end runs when the window is gone. Nobody is there any more to be told of what
// the server says to the sign-out.
func (c *client) end() {
	if c.tray {
		tray.Hide()
	}
	stay := c.stay
	account := c.part()
	if account == nil {
		return
	}
	if c.config.Shared {
		c.wipe(account) // ended from outside: nothing may stay
		return
	}
	if !stay {
		// Ends the session, which would be of no use any more; the data stays, since
		// uploads may wait in it.
		if err := account.SignOut(c.ctx); err != nil {
			c.log.WarnContext(c.ctx, "the server was not told of the sign-out", "error", err)
		}
	}
	if err := account.Close(); err != nil {
		c.log.WarnContext(c.ctx, "the account's data was not closed well", "error", err)
	}
}
