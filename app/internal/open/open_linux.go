package open

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
)

func local(ctx context.Context, path string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "xdg-open", path)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	go func() { _ = cmd.Wait() }() // it says nothing that one could act on
	return nil
}

func reveal(ctx context.Context, path string) error {
	if conn, err := dbus.SessionBus(); err == nil {
		ask, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		manager := conn.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1")
		uri := (&url.URL{Scheme: "file", Path: path}).String()
		if manager.CallWithContext(ask, "org.freedesktop.FileManager1.ShowItems", 0, []string{uri}, "").Err == nil {
			return nil
		}
	}
	return local(ctx, filepath.Dir(path))
}
