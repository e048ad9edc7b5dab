package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
)

// IdleWarning is how long before the end the warning comes.
const IdleWarning = time.Minute

// Idle signs out when nobody has touched the PC for a while, after a warning
// that counts down. It belongs to the UI goroutine.
type Idle struct {
	Window  fyne.Window
	Do      func(func())
	Now     func() time.Time
	After   time.Duration                         // without a key or a movement of the mouse
	System  func() (since time.Duration, ok bool) // how long the whole PC was not touched, where it can tell; may be nil
	SignOut func()

	last   time.Time
	dialog *kit.Dialog
	text   *kit.Paragraph
	timer  *time.Timer
	ended  bool
}

// Start begins to watch, also again after Stop.
func (i *Idle) Start() {
	i.ended = false
	i.last = i.Now()
	i.again()
}

// Touch says that somebody is there.
func (i *Idle) Touch() { i.last = i.Now() }

// Stop ends the watch.
func (i *Idle) Stop() {
	i.ended = true
	if i.timer != nil {
		i.timer.Stop()
	}
	if i.dialog != nil {
		i.dialog.Close()
	}
}

func (i *Idle) again() {
	i.timer = time.AfterFunc(time.Second, func() {
		i.Do(func() {
			if !i.ended {
				i.Check()
				i.again()
			}
		})
	})
}

// since is how long nobody was there.
func (i *Idle) since() time.Duration {
	since := i.Now().Sub(i.last)
	if i.System != nil {
		if system, ok := i.System(); ok {
			since = min(since, system)
		}
	}
	return since
}

// Check looks at the clock once: it warns, counts down, signs out, or takes the
// warning back. Start does so every second.
func (i *Idle) Check() {
	if i.ended {
		return
	}
	since := i.since()
	switch rest := i.After - since; {
	case rest <= 0:
		i.Stop()
		i.SignOut()
	case rest <= IdleWarning:
		i.warn(rest)
	case i.dialog != nil:
		i.dialog.Close()
	}
}

func (i *Idle) warn(rest time.Duration) {
	words := lang.N("idle.text", int((rest+time.Second-1)/time.Second))
	if i.dialog != nil {
		i.text.Set(words)
		return
	}
	i.text = kit.NewParagraph(words)
	here := func() {
		i.Touch()
		i.dialog.Close()
	}
	stay := kit.NewButton(lang.T("idle.stay"), kit.Primary, here)
	leave := kit.NewButton(lang.T("shell.sign_out"), kit.Normal, func() {
		i.Stop()
		i.SignOut()
	})
	i.dialog = kit.NewDialog(i.Window, lang.T("idle.title"), i.text, nil, stay, leave)
	i.dialog.OnClosed = func() {
		i.dialog = nil
		i.Touch()
	}
	i.dialog.Show()
}
