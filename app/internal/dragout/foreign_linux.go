package dragout

import (
	"os"
	"sync"

	"github.com/jezek/xgb/xproto"
)

// Foreign returns a function that tells whether another program is dragging
// something right now, nil where there is no X11 display. It may be called from
// any goroutine and takes a fraction of a millisecond.
func Foreign() func() bool {
	if os.Getenv("DISPLAY") == "" {
		return nil
	}
	var (
		mu sync.Mutex
		s  *source
	)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		if s == nil {
			fresh, err := connect()
			if err != nil {
				return false
			}
			s = fresh
		}
		yes, err := s.dragging()
		if err != nil { // the display went away; the next call connects anew
			s.conn.Close()
			s = nil
		}
		return yes
	}
}

// dragging says whether a button is down and somebody owns the selection of drags.
func (s *source) dragging() (bool, error) {
	r, err := xproto.QueryPointer(s.conn, s.root).Reply()
	if err != nil {
		return false, err //nolint:wrapcheck // only whether there is one matters
	}
	if r.Mask&xproto.ButtonMask1 == 0 {
		return false, nil
	}
	owner, err := xproto.GetSelectionOwner(s.conn, s.atoms["XdndSelection"]).Reply()
	if err != nil {
		return false, err //nolint:wrapcheck // likewise
	}
	return owner.Owner != 0, nil
}
