package open

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
)

func local(ctx context.Context, path string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "rundll32", "url.dll,FileProtocolHandler", path)
	return start(cmd, path)
}

func reveal(ctx context.Context, path string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "explorer")
	// explorer reads its line itself, and wants the quotation marks just there.
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `explorer /select,"` + path + `"`}
	return start(cmd, path)
}

func start(cmd *exec.Cmd, path string) error {
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	go func() { _ = cmd.Wait() }() // explorer ends with 1 even when all went well
	return nil
}
