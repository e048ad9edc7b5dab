//go:build !linux

package files

import "os"

func fdatasync(f *os.File) error { return f.Sync() }
