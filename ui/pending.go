package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/sync/signal"
	"schulhof/ui/module"
	"schulhof/ui/signin"
)

// cover lies over the whole window while the server asks the person for something
// before anything else.
type cover struct {
	view  *signin.View
	below fyne.Focusable // had the keyboard; nil = nothing
	keys  func(*fyne.KeyEvent)
}

// Pending shows the pages for what is pending in the session as the server knows it
// now, such as new terms of use, over all that is open; that is there again when they
// are done with. With nothing pending it does nothing.
func (s *Shell) Pending(now wire.Session) {
	if s.closed || s.cover != nil || !now.MustChange && !now.MustSetUp && !now.MustAccept {
		return
	}
	if s.held {
		s.due = true
		return
	}
	canvas := s.d.Window.Canvas()
	c := &cover{below: canvas.Focused(), keys: canvas.OnTypedKey()}
	s.cover = c
	canvas.Unfocus()
	canvas.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if s.cover != c && c.keys != nil { // a dialog that stood above gave the keys back
			c.keys(e)
		}
	})
	c.view = signin.Resume(signin.Deps{
		Window: s.d.Window, Do: s.d.Do, Now: s.d.Now, Log: s.d.Log, Speak: s.d.Speak,
		Done: func(signin.Result) { s.uncover() }, Out: s.d.SignOut,
	}, s.d.Remote, s.d.School, now)
	canvas.Overlays().Add(c.view.Object())
	c.view.Focus()
}

// Hold keeps the pages back while the person is on the way out, which they would cover;
// when it is over, they come.
func (s *Shell) Hold(on bool) {
	s.held = on
	if !on && s.due {
		s.due = false
		s.askPending()
	}
}

// watchPending shows the pages as soon as the server refuses something for their sake.
func (s *Shell) watchPending() {
	s.offs = append(s.offs, s.d.Signal.On(signal.Pending, func() { s.d.Do(s.askPending) }))
}

// askPending asks the server what is pending.
func (s *Shell) askPending() {
	if s.closed || s.cover != nil || s.asking {
		return
	}
	s.asking = true
	var now wire.Session
	s.d.Work(module.Patience, func(ctx context.Context) (err error) {
		now, err = s.d.Remote.Session(ctx)
		return err
	}, func(err error) {
		s.asking = false
		if err == nil { // else the next refusal asks again
			s.Pending(now)
		}
	})
}

// uncover takes the pages away and lets everything that was refused be asked for again.
func (s *Shell) uncover() {
	c := s.cover
	if c == nil {
		return
	}
	s.cover = nil
	canvas := s.d.Window.Canvas()
	all := slices.Clone(canvas.Overlays().List())
	above := all[slices.Index(all, c.view.Object())+1:]
	canvas.Overlays().Remove(c.view.Object()) // and with it what stands above
	for _, o := range above {
		canvas.Overlays().Add(o)
	}
	c.view.Close()
	if len(above) == 0 {
		canvas.SetOnTypedKey(c.keys)
	}
	if c.below != nil {
		canvas.Focus(c.below)
	}
	s.d.Files.Reconnect()
	s.d.Files.RefreshRoots()
	s.d.Signal.Emit(signal.Missed)
	s.Go(s.current)
}
