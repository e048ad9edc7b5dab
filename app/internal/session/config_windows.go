package session

import (
	"os"
	"path/filepath"
)

func configPath() string {
	dir := os.Getenv("ProgramData")
	if dir == "" {
		dir = `C:\ProgramData`
	}
	return filepath.Join(dir, "Schulhof", "client.toml")
}
