package main

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"time"

	"fyne.io/fyne/v2"
	fynelang "fyne.io/fyne/v2/lang"

	"schulhof/app/internal/idle"
	"schulhof/app/internal/session"
	"schulhof/app/internal/tray"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/signin"
	"schulhof/ui/theme"
)

// client is the program: one window that shows the sign-in or the shell. Its
// fields belong to the UI goroutine.
type client struct {
	ctx     context.Context //nolint:containedctx // the program's own, for work that callbacks of the window begin
	app     fyne.App
	log     *slog.Logger
	options options
	config  session.Config
	store   *session.Store
	base    string

	window   fyne.Window
	theme    *theme.Theme
	settings *module.Settings
	host     string
	keyring  bool

	signin            *signin.View
	account           *session.Account
	shell             *ui.Shell
	stay              bool
	idle              *ui.Idle
	meter             *idle.Meter
	leaving, quitting bool
	tray              bool // there is an icon beside the clock
	offs              []func()
}

// prepare makes the window; the fields up to base are set.
func (c *client) prepare() {
	a := c.app
	host, err := os.Hostname()
	if err != nil {
		host = "PC"
	}
	c.host = host
	c.freshSettings()
	c.theme = theme.New(c.settings.Look())
	c.theme.NoSystem = !desktopTells()
	a.Settings().SetTheme(c.theme)
	lang.Use(c.language())
	c.window = a.NewWindow("Schulhof")
	c.window.SetPadded(false)
	c.window.SetMaster()
	c.window.Resize(fyne.NewSize(1180, 760))
	c.window.CenterOnScreen()
	c.window.SetCloseIntercept(c.close)
	c.window.SetOnDropped(func(at fyne.Position, uris []fyne.URI) {
		if c.shell != nil {
			c.shell.Dropped(at, uris)
		}
	})
}

// freshSettings takes the settings of the store; on a shared PC they end with
// the session.
func (c *client) freshSettings() {
	c.settings = module.NewSettings(c.store.Get().Settings, func(values map[string]string) {
		c.keep(func(s *session.State) { s.Settings = values })
	})
}

func (c *client) keep(change func(*session.State)) {
	if err := c.store.Change(change); err != nil {
		c.log.WarnContext(c.ctx, "settings are not kept", "error", err)
	}
}

func (c *client) language() string {
	switch {
	case c.settings.Language() != "":
		return c.settings.Language()
	case c.options.Lang != "":
		return c.options.Lang
	}
	return lang.FromLocale(fynelang.SystemLocale().String())
}

// run shows the window until the program ends.
func (c *client) run() {
	c.app.Lifecycle().SetOnStarted(func() { c.log.InfoContext(c.ctx, "ready") })
	c.showTray() // the toolkit takes none that comes later
	if !c.resume() {
		c.showSignIn("")
	}
	c.window.Show()
	if c.signin != nil {
		c.signin.Focus()
	}
	go func() {
		works := !c.config.Shared && session.KeyringWorks()
		fyne.Do(func() { c.keyringKnown(works) })
	}()
	c.app.Run()
	c.end()
}

// showTray shows the icon beside the clock, with its menu in the language of now.
func (c *client) showTray() {
	if c.config.Shared {
		return
	}
	quit := fyne.NewMenuItem(lang.T("app.quit"), c.app.Quit)
	quit.IsQuit = true // the toolkit knows it by the system's language only, and would add its own
	c.tray = tray.Show(c.app, c.window, fyne.NewMenuItem(lang.T("app.open"), c.raise), quit)
	c.window.SetCloseIntercept(c.close)
}

// keyringKnown comes a moment after the start: asking may take a while.
func (c *client) keyringKnown(works bool) {
	if c.keyring == works {
		return
	}
	c.keyring = works
	if c.signin != nil {
		c.signin.SetKeyring(works)
	}
}

// raise brings the window to the front, for a second start of the program.
func (c *client) raise() {
	c.window.Show()
	c.window.RequestFocus()
}

// showSignIn shows the sign-in; notice says why, "" where that is plain.
func (c *client) showSignIn(notice string) {
	state := c.store.Get()
	address, fixed := state.Address, c.config.Server != ""
	if c.options.Server != "" {
		address = c.options.Server
	}
	if fixed {
		address = c.config.Server
	}
	c.signin = signin.New(signin.Deps{
		Window: c.window, Do: fyne.Do, Now: now, Log: c.log,
		Address: address, Fixed: fixed, Shared: c.config.Shared, Keyring: c.keyring, Login: state.Login,
		Device: c.device(), UserAgent: c.userAgent(), Notice: notice,
		Speak: c.speak, Done: c.signedIn,
	})
	c.window.SetTitle("Schulhof")
	c.window.SetContent(c.signin.Object())
	c.signin.Focus()
	c.log.InfoContext(c.ctx, "sign-in shown")
}

func (c *client) userAgent() string { return "Schulhof/" + version + " (" + runtime.GOOS + ")" }

// device is what the list of devices calls this PC.
func (c *client) device() string {
	system := map[string]string{"windows": "Windows", "darwin": "macOS", "linux": "Linux"}[runtime.GOOS]
	if system == "" {
		system = runtime.GOOS
	}
	return c.host + " (" + system + ")"
}

// speak switches the language of all that is on screen.
func (c *client) speak(code string) {
	lang.Use(code)
	c.settings.SetLanguage(code)
	if c.tray {
		c.showTray()
	}
	if c.signin != nil {
		c.signin.Rebuild()
	}
	if c.shell != nil {
		c.shell.Rebuild()
	}
}

// look switches theme and text size.
func (c *client) look(look theme.Settings) {
	c.settings.SetLook(look)
	c.theme.Apply(look)
	c.app.Settings().SetTheme(c.theme)
}

// signedIn opens the account of a finished sign-in.
func (c *client) signedIn(r signin.Result) {
	token := r.Session.Token
	r.Session.Token = ""
	c.stay = r.Stay
	if r.Stay {
		if err := session.SaveToken(session.Name(r.Client.Base(), r.Session.Person.ID), token); err != nil {
			c.log.WarnContext(c.ctx, "the sign-in holds for this time only", "error", err)
			c.stay = false
		}
	}
	c.keep(func(s *session.State) {
		s.Address, s.Login, s.Stay = r.Client.Base().String(), r.Session.Person.Login, nil
		if c.config.Shared {
			s.Login = "" // the next one here need not know who it was
		}
		if c.stay {
			s.Stay = &session.Stay{Base: r.Client.Base().String(), School: r.Server.School, Session: r.Session}
		}
	})
	c.open(session.Start{Client: r.Client, School: r.Server.School, Session: r.Session, Reached: true})
	if r.Stay && !c.stay && c.shell != nil {
		kit.Tell(c.window, lang.T("app.keyring_title"), lang.T("app.keyring_text"), lang.T("shell.close"))
	}
}

// resume opens the account whose sign-in was kept; false where there is none.
func (c *client) resume() bool {
	kept := c.store.Get().Stay
	if c.config.Shared || kept == nil {
		return false
	}
	base, err := url.Parse(kept.Base)
	if err != nil || base.Host == "" {
		return false
	}
	token, err := session.LoadToken(session.Name(base, kept.Session.Person.ID))
	if err != nil || token == "" {
		c.log.WarnContext(c.ctx, "the kept sign-in is gone", "error", err)
		return false
	}
	c.keyring, c.stay = true, true
	client := remote.New(remote.Options{Base: base, Token: token, UserAgent: c.userAgent(), Log: c.log})
	if !c.open(session.Start{Client: client, School: kept.School, Session: kept.Session}) {
		return false
	}
	go c.renew(client)
	return true
}

// renew asks the server for the session that was resumed: it may have ended, or
// the person's modules may be others.
func (c *client) renew(client *remote.Client) {
	s, err := client.Session(c.ctx)
	fyne.Do(func() {
		switch {
		case c.account == nil || c.account.Remote != client:
		case remote.Status(err) == 401:
			c.ended()
		case err == nil:
			c.keep(func(state *session.State) {
				if state.Stay != nil {
					state.Stay.Session = s
				}
			})
			c.shell.Pending(s)
		}
	})
}

// open opens an account and shows the shell.
func (c *client) open(s session.Start) bool {
	s.Base, s.Host, s.Now, s.Log = c.base, c.host, now, c.log
	account, err := session.Open(c.ctx, s)
	if err != nil {
		c.log.ErrorContext(c.ctx, "the account's data cannot be opened", "error", err)
		kit.Tell(c.window, lang.T("app.no_data"), module.Sentence(err, now()), lang.T("shell.close"))
		return false
	}
	c.account = account
	if c.signin != nil {
		c.signin.Close()
		c.signin = nil
	}
	c.offs = append(c.offs, account.Signal.On(signal.Session, func() { go c.check(account) }))
	touched := func() {}
	if c.config.Shared {
		touched = c.watchIdle()
	}
	c.shell = ui.New(c.deps(), touched)
	c.log.InfoContext(c.ctx, "signed in", "person", account.Session.Person.ID)
	return true
}

// checkTime is how long the question may take whether a session has ended.
const checkTime = 3 * time.Second

// check ends the account once the server has ended its session. The server cuts the
// event stream also for other changes of an account, after which the session goes on;
// what cannot be asked counts as the end that was told.
func (c *client) check(account *session.Account) {
	ctx, cancel := context.WithTimeout(c.ctx, checkTime)
	defer cancel()
	_, err := account.Remote.Session(ctx)
	fyne.Do(func() {
		if c.account == account && err != nil {
			c.ended()
		}
	})
}

// watchIdle signs out when nobody is there for a while.
func (c *client) watchIdle() (touched func()) {
	if c.meter == nil {
		c.meter = idle.New()
	}
	c.idle = &ui.Idle{
		Window: c.window, Do: fyne.Do, Now: now, After: c.config.Idle(), System: c.meter.Since,
		SignOut: func() { c.signOut(true) },
	}
	c.idle.Start()
	return c.idle.Touch
}
