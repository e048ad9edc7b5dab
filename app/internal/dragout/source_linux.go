package dragout

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// mostBytes bounds the list of files: what is longer would have to be sent in
// pieces (INCR), which few targets need.
const mostBytes = 200 << 10

// atoms that XDND speaks in.
var atomNames = []string{
	"XdndAware", "XdndSelection", "XdndEnter", "XdndPosition", "XdndStatus", "XdndLeave", "XdndDrop", "XdndFinished",
	"XdndActionCopy", "text/uri-list", "TARGETS", "_NET_WM_NAME", "UTF8_STRING",
}

// source is our side of a drag: a connection and a hidden window that owns the
// selection.
type source struct {
	conn   *xgb.Conn
	root   xproto.Window
	win    xproto.Window
	atoms  map[string]xproto.Atom
	data   []byte
	events chan xgb.Event
	done   chan struct{}
}

// answer is what an event from a target meant.
type answer struct{ status, finished, accepted bool }

// uriList writes paths as text/uri-list (RFC 2483).
func uriList(paths []string) []byte {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString((&url.URL{Scheme: "file", Path: p}).String() + "\r\n")
	}
	return []byte(b.String())
}

// quiet keeps the library from writing to standard error: what goes wrong comes
// back as an error, too.
var quiet sync.Once

// connect opens a connection and asks for the atoms.
func connect() (*source, error) {
	quiet.Do(func() { xgb.Logger.SetOutput(io.Discard) })
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	s := &source{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root, atoms: map[string]xproto.Atom{}}
	for _, name := range atomNames {
		reply, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply() //nolint:gosec // short names
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("atom %s: %w", name, err)
		}
		s.atoms[name] = reply.Atom
	}
	return s, nil
}

// newSource owns the selection with these files in it.
func newSource(paths []string) (*source, error) {
	data := uriList(paths)
	if len(data) > mostBytes {
		return nil, ErrTooMany
	}
	s, err := connect()
	if err != nil {
		return nil, err
	}
	s.data = data
	s.events, s.done = make(chan xgb.Event, 64), make(chan struct{})
	if err := s.own(); err != nil {
		s.conn.Close()
		return nil, err
	}
	go s.read()
	return s, nil
}

func (s *source) own() error {
	win, err := xproto.NewWindowId(s.conn)
	if err != nil {
		return fmt.Errorf("window of a drag: %w", err)
	}
	s.win = win
	screen := xproto.Setup(s.conn).DefaultScreen(s.conn)
	err = xproto.CreateWindowChecked(s.conn, 0, s.win, s.root, -10, -10, 1, 1, 0, xproto.WindowClassInputOnly, screen.RootVisual, xproto.CwOverrideRedirect, []uint32{1}).Check()
	if err != nil {
		return fmt.Errorf("window of a drag: %w", err)
	}
	if err := xproto.SetSelectionOwnerChecked(s.conn, s.win, s.atoms["XdndSelection"], xproto.TimeCurrentTime).Check(); err != nil {
		return fmt.Errorf("selection of a drag: %w", err)
	}
	return nil
}

// read passes the connection's events on until it is closed.
func (s *source) read() {
	defer close(s.events)
	for {
		ev, err := s.conn.WaitForEvent()
		if ev == nil && err == nil {
			return
		}
		if ev == nil {
			continue // a target that vanished: XDND has no other way to say so
		}
		select {
		case s.events <- ev:
		case <-s.done:
			return
		}
	}
}

func (s *source) close() {
	if s.done != nil {
		close(s.done)
	}
	s.conn.Close()
}

// send sends a message of XDND; data follows our own window's number.
func (s *source) send(to xproto.Window, kind string, data ...uint32) {
	words := append([]uint32{uint32(s.win)}, data...)
	for len(words) < 5 {
		words = append(words, 0)
	}
	m := xproto.ClientMessageEvent{Format: 32, Window: to, Type: s.atoms[kind], Data: xproto.ClientMessageDataUnionData32New(words)}
	xproto.SendEvent(s.conn, false, to, 0, string(m.Bytes()))
}

func (s *source) enter(w xproto.Window) {
	const version = 5
	s.send(w, "XdndEnter", version<<24, uint32(s.atoms["text/uri-list"]))
}

func (s *source) position(w xproto.Window, x, y int) {
	s.send(w, "XdndPosition", 0, uint32(x)<<16|uint32(y)&0xffff, 0, uint32(s.atoms["XdndActionCopy"])) //nolint:gosec // coordinates of a screen
}

// handle answers one event.
func (s *source) handle(ev xgb.Event) answer {
	switch e := ev.(type) {
	case xproto.ClientMessageEvent:
		if len(e.Data.Data32) < 2 {
			return answer{}
		}
		yes := e.Data.Data32[1]&1 == 1
		switch e.Type {
		case s.atoms["XdndStatus"]:
			return answer{status: true, accepted: yes}
		case s.atoms["XdndFinished"]:
			return answer{finished: true, accepted: yes}
		}
	case xproto.SelectionRequestEvent:
		s.hand(e)
	}
	return answer{}
}

// hand gives a target the list that it asks for.
func (s *source) hand(e xproto.SelectionRequestEvent) {
	property := e.Property
	switch e.Target {
	case s.atoms["text/uri-list"]:
		xproto.ChangeProperty(s.conn, xproto.PropModeReplace, e.Requestor, property, e.Target, 8, uint32(len(s.data)), s.data) //nolint:gosec // bounded by mostBytes
	case s.atoms["TARGETS"]:
		kinds := make([]byte, 4)
		xgb.Put32(kinds, uint32(s.atoms["text/uri-list"]))
		xproto.ChangeProperty(s.conn, xproto.PropModeReplace, e.Requestor, property, xproto.AtomAtom, 32, 1, kinds)
	default:
		property = 0 // nothing else is offered
	}
	n := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property}
	xproto.SendEvent(s.conn, false, e.Requestor, 0, string(n.Bytes()))
}

// wait handles events until one is what was waited for, or the time is over.
func (s *source) wait(most time.Duration, want func(answer) bool) bool {
	over := time.After(most)
	for {
		select {
		case ev, ok := <-s.events:
			if !ok {
				return false
			}
			if want(s.handle(ev)) {
				return true
			}
		case <-over:
			return false
		}
	}
}

// serve handles what has come in, waiting no longer than given.
func (s *source) serve(most time.Duration) { s.wait(most, func(answer) bool { return false }) }

func (s *source) aware(w xproto.Window) bool {
	r, err := xproto.GetProperty(s.conn, false, w, s.atoms["XdndAware"], xproto.AtomAny, 0, 1).Reply()
	return err == nil && r.ValueLen > 0
}

// pointer is where the mouse is, and over which aware window (0 = none).
type pointer struct {
	window xproto.Window
	x, y   int
	down   bool // the first button
}

// under finds the aware window below the pointer.
func (s *source) under() (pointer, error) {
	var p pointer
	const deepest = 64
	at := s.root
	for range deepest {
		r, err := xproto.QueryPointer(s.conn, at).Reply()
		if err != nil {
			if at == s.root {
				return p, fmt.Errorf("place of the pointer: %w", err)
			}
			return p, nil // the window went away meanwhile
		}
		p.x, p.y, p.down = int(r.RootX), int(r.RootY), r.Mask&xproto.ButtonMask1 != 0
		if r.Child == 0 {
			return p, nil
		}
		at = r.Child
		if s.aware(at) {
			p.window = at
			return p, nil
		}
	}
	return p, nil
}
