package porttest_test

import (
	"net"
	"runtime"
	"testing"

	"schulhof/server/internal/porttest"
)

func TestHold(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing is held on Windows")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	porttest.Hold(t, l)
	l.Close()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("a port without a listener took a connection")
	}
	// Nobody else gets it, neither by asking for any port nor as the near end of a connection.
	if c, err := (&net.Dialer{LocalAddr: l.Addr()}).Dial("tcp", other(t)); err == nil {
		c.Close()
		t.Error("a connection from the port was made")
	}
	for range 2 {
		again, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatalf("listen again: %v", err)
		}
		again.Close()
	}
}

// other gives the address of another listener.
func other(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
