package open

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/windows"
)

// local does what a double click in the Explorer does, up to the question which
// program it should be.
func local(_ context.Context, path string) error {
	file, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	done := make(chan error, 1)
	go func() {
		// What a program adds to the shell may be COM, which belongs to a thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE) == nil {
			defer windows.CoUninitialize()
		}
		done <- windows.ShellExecute(0, nil, file, nil, nil, windows.SW_SHOWNORMAL)
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	return nil
}

func reveal(ctx context.Context, path string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "explorer")
	// explorer reads its line itself, and wants the quotation marks just there.
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `explorer /select,"` + path + `"`}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("show %s: %w", filepath.Base(path), err)
	}
	go func() { _ = cmd.Wait() }() // it ends with 1 even when all went well
	return nil
}
