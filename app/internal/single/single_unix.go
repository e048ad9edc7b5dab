//go:build !windows

package single

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const wait = 2 * time.Second

// Take takes the folder, which must exist. woken is called, on a goroutine of
// its own, each time another program tries to. release gives the folder back.
//
// The first program listens on a socket in the folder.
func Take(ctx context.Context, dir string, woken func()) (release func(), err error) {
	// Two that start at once take turns. Not every file system of a network can do
	// that; there the first to listen has it.
	if folder, err := os.Open(dir); err == nil {
		defer folder.Close()
		_ = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX)
	}
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
