package idle

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	lastInput = windows.NewLazySystemDLL("user32.dll").NewProc("GetLastInputInfo")
	tickCount = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetTickCount")
)

// Meter asks Windows.
type Meter struct{}

// New returns a meter.
func New() *Meter { return &Meter{} }

// Since returns for how long; ok is false where the system does not tell.
func (*Meter) Since() (since time.Duration, ok bool) {
	info := struct{ size, time uint32 }{size: 8}
	if done, _, _ := lastInput.Call(uintptr(unsafe.Pointer(&info))); done == 0 { //nolint:gosec // the call's own convention
		return 0, false
	}
	now, _, _ := tickCount.Call()
	// Both count milliseconds in 32 bits and wrap together.
	return time.Duration(uint32(now)-info.time) * time.Millisecond, true
}
