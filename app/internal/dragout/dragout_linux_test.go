package dragout

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// display starts a display of its own for the test.
func display(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Xvfb")
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatalf("Xvfb is needed (package xvfb): %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	write.Close()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb named no display: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

// target is another program's window: it takes drops and keeps what it got.
type target struct {
	s    *source
	win  xproto.Window
	got  chan string
	left chan struct{}
	told atomic.Int64 // how often it was told of a place
}

func newTarget(t *testing.T, title string, x, y int16, accept bool) *target {
	t.Helper()
	s, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.conn.Close)
	w := &target{s: s, got: make(chan string, 1), left: make(chan struct{}, 8)}
	w.win, _ = xproto.NewWindowId(s.conn)
	screen := xproto.Setup(s.conn).DefaultScreen(s.conn)
	if err := xproto.CreateWindowChecked(s.conn, screen.RootDepth, w.win, s.root, x, y, 200, 200, 0, xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskPropertyChange}).Check(); err != nil {
		t.Fatal(err)
	}
	version := make([]byte, 4)
	xgb.Put32(version, 5)
	xproto.ChangeProperty(s.conn, xproto.PropModeReplace, w.win, s.atoms["XdndAware"], xproto.AtomAtom, 32, 1, version)
	xproto.ChangeProperty(s.conn, xproto.PropModeReplace, w.win, s.atoms["_NET_WM_NAME"], s.atoms["UTF8_STRING"], 8, uint32(len(title)), []byte(title))
	if err := xproto.MapWindowChecked(s.conn, w.win).Check(); err != nil {
		t.Fatal(err)
	}
	go w.run(accept)
	return w
}

func (w *target) run(accept bool) {
	yes := uint32(0)
	if accept {
		yes = 1
	}
	from := xproto.Window(0)
	w.s.win = w.win // messages carry the target's number
	for {
		ev, err := w.s.conn.WaitForEvent()
		if ev == nil && err == nil {
			return
		}
		switch e := ev.(type) {
		case xproto.ClientMessageEvent:
			from = xproto.Window(e.Data.Data32[0])
			switch e.Type {
			case w.s.atoms["XdndPosition"]:
				w.told.Add(1)
				w.s.send(from, "XdndStatus", yes)
			case w.s.atoms["XdndLeave"]:
				w.left <- struct{}{}
			case w.s.atoms["XdndDrop"]:
				xproto.ConvertSelection(w.s.conn, w.win, w.s.atoms["XdndSelection"], w.s.atoms["text/uri-list"], w.s.atoms["XdndSelection"], 0)
			}
		case xproto.SelectionNotifyEvent:
			r, err := xproto.GetProperty(w.s.conn, true, w.win, e.Property, xproto.AtomAny, 0, 1<<20).Reply()
			if err == nil {
				w.got <- string(r.Value)
			}
			w.s.send(from, "XdndFinished", 1, uint32(w.s.atoms["XdndActionCopy"]))
		}
	}
}

// mouse moves the pointer and presses (4) or lets go (5) its first button.
func mouse(t *testing.T, x, y int16, kind byte) {
	t.Helper()
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := xtest.Init(c); err != nil {
		t.Fatal(err)
	}
	root := xproto.Setup(c).DefaultScreen(c).Root
	if err := xtest.FakeInputChecked(c, xproto.MotionNotify, 0, 0, root, x, y, 0).Check(); err != nil {
		t.Fatal(err)
	}
	if kind != 0 {
		if err := xtest.FakeInputChecked(c, kind, 1, 0, root, 0, 0, 0).Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// crosses moves the mouse over a window until the drag has told it of some places, so
// that at least one answer is back.
func crosses(t *testing.T, w *target, x, y int16) {
	t.Helper()
	told, odd := w.told.Load(), false
	until(t, "the drag crosses the window", func() bool {
		odd = !odd
		if mouse(t, x, y, 0); odd {
			mouse(t, x+1, y, 0)
		}
		return w.told.Load() >= told+5
	})
	mouse(t, x, y, 0)
}

const want = "file:///tmp/a%20b%20%C3%BC.txt\r\nfile:///tmp/Ordner\r\n"

var paths = []string{"/tmp/a b ü.txt", "/tmp/Ordner"}

func received(t *testing.T, w *target) string {
	t.Helper()
	select {
	case s := <-w.got:
		return s
	case <-time.After(patience):
		t.Fatal("nothing arrived")
		return ""
	}
}

func TestInject(t *testing.T) {
	display(t)
	w := newTarget(t, "Ziel ü", 100, 100, true)
	if err := Inject("Ziel ü", 20, 30, paths); err != nil {
		t.Fatal(err)
	}
	if got := received(t, w); got != want {
		t.Errorf("got %q", got)
	}
	if err := Inject("Nirgends", 1, 1, paths); err == nil {
		t.Error("dropped on a window that is not there")
	}
	newTarget(t, "Nein", 400, 100, false)
	if err := Inject("Nein", 1, 1, paths); !errors.Is(err, errRefused) {
		t.Errorf("a window that refuses: %v", err)
	}
}

func TestDrag(t *testing.T) {
	display(t)
	own := newTarget(t, "Eigenes", 0, 0, true)
	w := newTarget(t, "Ziel", 300, 100, true)
	mouse(t, 50, 50, 4)
	foreign := Foreign()
	type result struct {
		ok  bool
		err error
	}
	done := make(chan result, 1)
	go func() {
		ok, err := Drag(t.Context(), paths, own.win)
		done <- result{ok, err}
	}()
	until(t, "somebody notices the drag", foreign)
	for i := range int16(11) {
		mouse(t, 50+35*i, 50+10*i, 0)
		time.Sleep(30 * time.Millisecond)
	}
	crosses(t, w, 400, 150)
	mouse(t, 400, 150, 5)
	if got := received(t, w); got != want {
		t.Errorf("got %q", got)
	}
	if r := <-done; !r.ok || r.err != nil {
		t.Errorf("the drag ended with %+v", r)
	}
	if foreign() {
		t.Error("still dragging after the end")
	}
	select {
	case got := <-own.got:
		t.Errorf("our own window was given %q", got)
	default:
	}
}

func TestDragEndsOverNothing(t *testing.T) {
	display(t)
	w := newTarget(t, "Ziel", 300, 100, true)
	mouse(t, 350, 150, 4)
	done := make(chan error, 1)
	go func() {
		ok, err := Drag(t.Context(), paths, 0)
		if ok {
			err = errors.New("somebody took it")
		}
		done <- err
	}()
	crosses(t, w, 350, 150)
	mouse(t, 10, 500, 0)
	select {
	case <-w.left:
	case <-time.After(patience):
		t.Error("the window that was crossed was not told of the leaving")
	}
	mouse(t, 10, 500, 5)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDragNeedsTheButton(t *testing.T) {
	display(t)
	newTarget(t, "Ziel", 300, 100, true)
	mouse(t, 350, 150, 0)
	if ok, err := Drag(t.Context(), paths, 0); ok || !errors.Is(err, ErrReleased) {
		t.Errorf("without a button: %t, %v", ok, err)
	}
	mouse(t, 350, 150, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Drag(ctx, paths, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a drag without end: %v", err)
	}
	if _, err := newSource([]string{strings.Repeat("x", mostBytes)}); !errors.Is(err, ErrTooMany) {
		t.Errorf("a list without end: %v", err)
	}
}
