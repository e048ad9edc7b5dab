// Package single makes sure that one program at a time works on a folder: the
// first one listens on a socket in it, a second one wakes the first and ends.
// Sockets of this kind work on Linux, macOS and Windows 10 and later.
package single

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Name is the socket's name in the folder.
const Name = "instance.sock"

const wait = 2 * time.Second

// ErrRunning says that another program has the folder and was woken.
var ErrRunning = errors.New("another window of this program is open")

// Take takes the folder, which must exist. woken is called, on a goroutine of
// its own, each time another program tries to. release gives the folder back.
func Take(ctx context.Context, dir string, woken func()) (release func(), err error) {
	path := filepath.Join(dir, Name)
	dialer := net.Dialer{Timeout: wait}
	if c, err := dialer.DialContext(ctx, "unix", path); err == nil {
		defer c.Close()
		// The other one closes when it has understood; an answer is not needed.
		_ = c.SetDeadline(time.Now().Add(wait)) //nolint:forbidigo // the network's own clock
		_, _ = c.Read(make([]byte, 1))
		return nil, ErrRunning
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket that a crash left: %w", err)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("socket for a second start: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("socket for a second start: %w", err), l.Close())
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			woken()
			_ = c.Close() // nothing was written to it
		}
	}()
	return func() { _ = l.Close() }, nil
}
