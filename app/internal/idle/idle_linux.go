package idle

import (
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// Meter asks the X server. It is for one goroutine.
type Meter struct {
	conn *xgb.Conn
	root xproto.Drawable
}

// New connects to the X server. Without one, as under Wayland alone, the meter
// never knows.
func New() *Meter {
	xgb.Logger.SetOutput(discard{})
	c, err := xgb.NewConn()
	if err != nil {
		return &Meter{}
	}
	if err := screensaver.Init(c); err != nil {
		c.Close()
		return &Meter{}
	}
	return &Meter{conn: c, root: xproto.Drawable(xproto.Setup(c).DefaultScreen(c).Root)}
}

// Since returns for how long; ok is false where the system does not tell.
func (m *Meter) Since() (since time.Duration, ok bool) {
	if m.conn == nil {
		return 0, false
	}
	info, err := screensaver.QueryInfo(m.conn, m.root).Reply()
	if err != nil {
		return 0, false
	}
	return time.Duration(info.MsSinceUserInput) * time.Millisecond, true
}

// discard drops what the library prints when there is no X server.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
