package module

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// lockData makes sure that no other server works on the folder, until the file
// that it gives is closed.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: another server is running on it", dir), f.Close())
	}
	return f, nil
}
