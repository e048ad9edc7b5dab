package dragout

import (
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb/xproto"
)

// patience is how long the window of a busy machine may take for an answer.
const patience = time.Minute

// Inject drops files on the window with that title, at a place in it, as
// another program would, but without moving the mouse. For tests. It returns
// nil once the window has said that it took them.
func Inject(title string, x, y int, paths []string) error {
	s, err := newSource(paths)
	if err != nil {
		return err
	}
	defer s.close()
	w := s.find(s.root, title, 0)
	if w == 0 {
		return fmt.Errorf("drop on %q: there is no such window", title)
	}
	at, err := xproto.TranslateCoordinates(s.conn, w, s.root, int16(x), int16(y)).Reply() //nolint:gosec // places in a window
	if err != nil {
		return fmt.Errorf("drop on %q: %w", title, err)
	}
	s.enter(w)
	s.position(w, int(at.DstX), int(at.DstY))
	accepted := false
	s.wait(patience, func(a answer) bool {
		accepted = a.accepted
		return a.status
	})
	if !accepted {
		s.send(w, "XdndLeave")
		return fmt.Errorf("drop on %q: %w", title, errRefused)
	}
	s.send(w, "XdndDrop", 0, 0)
	if !s.wait(patience, func(a answer) bool { return a.finished }) {
		return fmt.Errorf("drop on %q: %w", title, errUnfinished)
	}
	return nil
}

var (
	errRefused    = errors.New("the window does not take the files")
	errUnfinished = errors.New("the window never said that it has the files")
)

// find returns the aware window with that title, 0 if there is none.
func (s *source) find(w xproto.Window, title string, depth int) xproto.Window {
	const deepest = 16
	r, err := xproto.GetProperty(s.conn, false, w, s.atoms["_NET_WM_NAME"], s.atoms["UTF8_STRING"], 0, 256).Reply()
	if err == nil && string(r.Value) == title && s.aware(w) {
		return w
	}
	tree, err := xproto.QueryTree(s.conn, w).Reply()
	if err != nil || depth == deepest {
		return 0
	}
	for _, child := range tree.Children {
		if found := s.find(child, title, depth+1); found != 0 {
			return found
		}
	}
	return 0
}
