package single

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// folder is a new one with a short name: t.TempDir is too long for a socket's.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "single") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestTake(t *testing.T) {
	dir := folder(t)
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
	case <-time.After(time.Minute):
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

// TestTakeAtOnce is an impatient double click: one of many gets the folder, and
// every other one wakes it.
func TestTakeAtOnce(t *testing.T) {
	const starts = 16
	dir := folder(t)
	var got, running, woken atomic.Int32
	var all sync.WaitGroup
	for range starts {
		all.Go(func() {
			release, err := Take(t.Context(), dir, func() { woken.Add(1) })
			switch {
			case errors.Is(err, ErrRunning):
				running.Add(1)
			case err != nil:
				t.Error(err)
			default:
				got.Add(1)
				t.Cleanup(release)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 || running.Load() != starts-1 {
		t.Errorf("%d got the folder, %d were told that it is taken", got.Load(), running.Load())
	}
	for end := time.Now().Add(time.Minute); woken.Load() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if woken.Load() == 0 {
		t.Error("the first one was not woken")
	}
}
