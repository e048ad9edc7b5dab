//go:build unix

package module

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the only lock of a file. The system gives it back when the process ends.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
