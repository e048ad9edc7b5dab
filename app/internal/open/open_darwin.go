package open

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

func local(ctx context.Context, path string) error { return run(ctx, path, path) }

func reveal(ctx context.Context, path string) error { return run(ctx, path, "-R", path) }

func run(ctx context.Context, path string, args ...string) error {
	if err := exec.CommandContext(ctx, "open", args...).Run(); err != nil { //nolint:gosec // the arguments are paths of ours
		return fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	return nil
}
