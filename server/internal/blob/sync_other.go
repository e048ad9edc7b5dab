//go:build !linux

package blob

import "os"

// syncData puts a file's bytes on the disk.
func syncData(f *os.File) error { return f.Sync() }
