package single

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

var allowForeground = windows.NewLazySystemDLL("user32.dll").NewProc("AllowSetForegroundWindow")

// anyProcess lets whoever asks come to the front.
const anyProcess = ^uintptr(0)

// Take takes the folder, which must exist. woken is called, on a goroutine of
// its own, each time another program tries to. release gives the folder back.
//
// The first program makes an event that is named after the folder, and waits for
// it; Windows forgets it with the program, however that ends. Sockets of files
// came to Windows in 2018 only.
func Take(_ context.Context, dir string, woken func()) (release func(), err error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("name for a second start: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.ToLower(path)))
	name, err := windows.UTF16PtrFromString(`Global\Schulhof-` + hex.EncodeToString(sum[:16]))
	if err != nil {
		return nil, fmt.Errorf("name for a second start: %w", err)
	}
	event, err := windows.CreateEvent(nil, 0, 0, name)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		_, _, _ = allowForeground.Call(anyProcess) // else the first one only blinks in the task bar
		return nil, errors.Join(ErrRunning, windows.SetEvent(event), windows.CloseHandle(event))
	}
	if err != nil {
		return nil, fmt.Errorf("event for a second start: %w", err)
	}
	end, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("event for the end: %w", err), windows.CloseHandle(event))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			which, err := windows.WaitForMultipleObjects([]windows.Handle{event, end}, false, windows.INFINITE)
			if err != nil || which != windows.WAIT_OBJECT_0 {
				return
			}
			woken()
		}
	}()
	return func() {
		_ = windows.SetEvent(end) // it is ours
		<-done
		_, _ = windows.CloseHandle(event), windows.CloseHandle(end)
	}, nil
}
