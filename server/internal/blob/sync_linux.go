package blob

import (
	"os"
	"syscall"
)

// syncData puts a file's bytes on the disk, and of what is known about the file
// only what is needed to find them.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
