// Package porttest keeps a port of this machine for a test that listens there later,
// or stops listening and listens again.
package porttest

import (
	"context"
	"net"
	"runtime"
	"testing"
)

// Hold keeps the port of l until the test ends, also when l is closed meanwhile: no
// other program is given it, whoever asks there is refused as on any other port
// without a listener, and this program may listen there again. It is called before
// anybody else connects to l. On Windows, which would not give the port again, it
// does nothing.
//
// It does so by a connection over the port that stays open and carries nothing.
func Hold(t testing.TB, l net.Listener) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	out, in, err := Pair(t.Context(), l)
	if err != nil {
		t.Fatalf("hold the port of %s: %v", l.Addr(), err)
	}
	t.Cleanup(func() {
		_ = out.Close()
		_ = in.Close()
	})
}

// Pair connects to l and gives both ends.
func Pair(ctx context.Context, l net.Listener) (out, in net.Conn, err error) {
	if out, err = (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if in, err = l.Accept(); err != nil {
		_ = out.Close()
		return nil, nil, err
	}
	return out, in, nil
}
