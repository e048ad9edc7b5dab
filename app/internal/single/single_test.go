package single

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	dir, err := os.MkdirTemp("", "single") //nolint:usetesting // t.TempDir is too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	woken := make(chan struct{}, 4)
	release, err := Take(t.Context(), dir, func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(t.Context(), dir, nil); !errors.Is(err, ErrRunning) {
		t.Error("a second one got the folder too:", err)
	}
	select {
	case <-woken:
	case <-time.After(5 * time.Second):
		t.Error("the first one was not woken")
	}
	release()
	again, err := Take(t.Context(), dir, func() {})
	if err != nil {
		t.Fatal("after the end of the first:", err)
	}
	again()
	// A socket that a crash left behind does not answer.
	if err := os.WriteFile(filepath.Join(dir, Name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	third, err := Take(t.Context(), dir, func() {})
	if err != nil {
		t.Fatal("after a crash:", err)
	}
	third()
}
