package files

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"schulhof/server/internal/modules/files/dav"
)

// rcloneParts is how many rclones run at a time.
const rcloneParts = 5

// TestRclone copies a real tree up and down again with rclone and compares hashes.
func TestRclone(t *testing.T) {
	rclone, err := exec.LookPath("rclone")
	if err != nil {
		t.Fatal("rclone is not installed; make test installs it")
	}
	bound := 3000
	if testing.Short() {
		bound = 200
	}
	dir := t.TempDir()
	from, back := filepath.Join(dir, "from"), filepath.Join(dir, "back")
	want := realTree(t, from, bound)
	s := onSQLite(t)
	// rclone asks a hundred times a second at most, so several of them share the work.
	var wg sync.WaitGroup
	for part := range rcloneParts {
		wg.Go(func() {
			sub := strconv.Itoa(part)
			for _, step := range [][]string{
				{"copy", filepath.Join(from, sub), ":webdav:doc/" + sub},
				{"copy", ":webdav:doc/" + sub, filepath.Join(back, sub)},
			} {
				cmd := exec.CommandContext(t.Context(), rclone, append(step, "--config", filepath.Join(dir, "rclone.conf"),
					"--webdav-url", s.url+"/dav/home", "--webdav-vendor", "owncloud", "--webdav-bearer-token", "lena")...)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("rclone %v: %v\n%.2000s", step, err, out)
				}
			}
		})
	}
	wg.Wait()
	if got := hashes(t, back); !maps.Equal(got, want) {
		t.Errorf("%d files came back, %d were sent, and they differ", len(got), len(want))
	}
	if len(want) < bound/2 {
		t.Errorf("only %d files to copy", len(want))
	}
	for path := range want {
		a, err := os.Stat(filepath.Join(from, path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.Stat(filepath.Join(back, path))
		if err != nil || a.ModTime().Unix() != b.ModTime().Unix() {
			t.Errorf("%s: the time of its last change was not kept, %v", path, err)
		}
	}
}

// realTree copies files of Debian's documentation whose names every system holds.
func realTree(t *testing.T, to string, bound int) map[string][32]byte {
	t.Helper()
	const source = "/usr/share/doc"
	seen, n := map[string]bool{}, 0
	err := filepath.WalkDir(source, func(path string, e fs.DirEntry, err error) error {
		if err != nil || n >= bound {
			return err
		}
		rel := strings.TrimPrefix(path, source+"/")
		if usable := e.Type().IsRegular() && dav.CheckName(e.Name()) == nil && !seen[dav.Fold(rel)]; !usable {
			return nil
		}
		seen[dav.Fold(rel)] = true
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		info, err := e.Info()
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(rel, string(filepath.Separator))
		into := filepath.Join(to, strconv.Itoa(len(first)%rcloneParts), rel)
		if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(into, content, 0o644); err != nil {
			return err
		}
		return os.Chtimes(into, info.ModTime(), info.ModTime())
	})
	if err != nil {
		t.Fatal(err)
	}
	return hashes(t, to)
}

func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	found := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		found[rel] = sha256.Sum256(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
