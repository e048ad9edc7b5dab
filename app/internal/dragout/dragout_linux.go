package dragout

import (
	"context"
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb/xproto"
)

// longest is how long one drag may take.
const longest = 2 * time.Minute

// Source returns the function that drags files out of a window, nil where there
// is no X11 display. It blocks until the button is let go, so it must not be
// called on the UI goroutine; do runs a function there. Without a target under
// the pointer it ends with nil: nothing happened, as the user wanted.
func Source(w fyne.Window, do func(func())) func(paths []string) error {
	if os.Getenv("DISPLAY") == "" {
		return nil
	}
	return func(paths []string) error {
		own := make(chan xproto.Window, 1)
		do(func() { own <- handle(w) })
		window := <-own
		if window == 0 {
			return ErrUnsupported // a Wayland window, or none
		}
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		defer cancel()
		_, err := Drag(ctx, paths, window)
		return err
	}
}

// handle returns a window's number on the X11 display, 0 if it has none.
func handle(w fyne.Window) xproto.Window {
	native, ok := w.(driver.NativeWindow)
	if !ok {
		return 0
	}
	var number xproto.Window
	native.RunNative(func(c any) {
		if x, ok := c.(driver.X11WindowContext); ok {
			number = xproto.Window(x.WindowHandle) //nolint:gosec // numbers of X11 have 32 bits
		}
	})
	return number
}

// Drag offers files to the window under the pointer until the first mouse
// button is let go. It tells whether a target took them. The window own takes
// no part: a drag within it is the program's own business.
func Drag(ctx context.Context, paths []string, own xproto.Window) (dropped bool, err error) {
	s, err := newSource(paths)
	if err != nil {
		return false, err
	}
	defer s.close()
	d := drag{source: s, own: own}
	if at, err := s.under(); err != nil {
		return false, err
	} else if !at.down {
		return false, ErrReleased
	}
	for {
		if err := ctx.Err(); err != nil {
			d.leave()
			return false, fmt.Errorf("drag of %d files: %w", len(paths), err)
		}
		at, err := s.under()
		if err != nil {
			return false, err
		}
		d.follow(at)
		if !at.down {
			return d.drop()
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// drag is a drag under way.
type drag struct {
	*source
	own    xproto.Window
	target xproto.Window // 0 = none
	taken  bool          // the target said that it would take the files
	x, y   int
}

// follow tells the windows where the pointer is.
func (d *drag) follow(at pointer) {
	if at.window == d.own {
		at.window = 0
	}
	if at.window != d.target {
		d.leave()
		d.target, d.taken = at.window, false
		if d.target != 0 {
			d.enter(d.target)
		}
		d.x, d.y = -1, -1
	}
	if d.target == 0 || at.x == d.x && at.y == d.y && d.taken {
		d.serve(0)
		return
	}
	d.x, d.y = at.x, at.y
	d.position(d.target, at.x, at.y)
	d.wait(100*time.Millisecond, func(a answer) bool {
		if a.status {
			d.taken = a.accepted
		}
		return a.status
	})
}

func (d *drag) leave() {
	if d.target != 0 {
		d.send(d.target, "XdndLeave")
		d.target = 0
	}
}

// drop hands the files over if the target wants them.
func (d *drag) drop() (bool, error) {
	if d.target == 0 {
		return false, nil
	}
	if !d.taken {
		d.leave()
		return false, nil
	}
	d.send(d.target, "XdndDrop", 0, 0)
	took := false
	d.wait(10*time.Second, func(a answer) bool {
		took = took || a.accepted
		return a.finished
	})
	return took, nil
}
