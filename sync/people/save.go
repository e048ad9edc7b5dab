package people

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Save writes a file of that name into a folder of this PC, for this user's eyes
// only, and returns where it is. A file that is there stays: the new one gets a
// number. What fails leaves nothing behind.
func Save(dir, name string, write func(w io.Writer) error) (string, error) {
	temp, err := os.CreateTemp(dir, ".schulhof-*.part")
	if err != nil {
		return "", fmt.Errorf("file in %s: %w", dir, err)
	}
	defer os.Remove(temp.Name())
	if err := write(temp); err != nil {
		return "", errors.Join(err, temp.Close())
	}
	if err := temp.Sync(); err != nil {
		return "", errors.Join(fmt.Errorf("file in %s: %w", dir, err), temp.Close())
	}
	if err := temp.Close(); err != nil {
		return "", fmt.Errorf("file in %s: %w", dir, err)
	}
	name = safeName(name)
	ending := filepath.Ext(name)
	for n := 1; n < 1000; n++ {
		to := filepath.Join(dir, name)
		if n > 1 {
			to = filepath.Join(dir, strings.TrimSuffix(name, ending)+" ("+strconv.Itoa(n)+")"+ending)
		}
		// Creating it first takes the name, so that no other file is ever replaced.
		taken, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("file in %s: %w", dir, err)
		}
		if err := errors.Join(taken.Close(), os.Rename(temp.Name(), to)); err != nil {
			return "", errors.Join(fmt.Errorf("file in %s: %w", dir, err), os.Remove(to))
		}
		return to, nil
	}
	return "", fmt.Errorf("file in %s: %w", dir, os.ErrExist)
}

// safeName makes a name that every system can hold.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(name))
	if name = strings.Trim(name, ". "); name == "" {
		return "Schulhof"
	}
	if r := []rune(name); len(r) > 100 {
		ending := []rune(filepath.Ext(name))
		return string(r[:100-min(len(ending), 10)]) + string(ending[:min(len(ending), 10)])
	}
	return name
}
