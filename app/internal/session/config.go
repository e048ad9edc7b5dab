// Package session is one person's time at this PC: the sign-in that is kept or
// not, the person's data on the disk, and the sign-out that removes it.
//
// Its words: the client file is what the school's administrator installed on the
// PC; a shared PC is one that many people use, on which nothing of anybody may
// stay; the base is the folder of everything that the program keeps; an account
// is one person at one server, with a folder of its own below the base.
package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/BurntSushi/toml"
)

// ConfigVariable names another client file, for tests.
const ConfigVariable = "SCHULHOF_CLIENT_CONFIG"

// Config is the client file, client.toml:
//
//	server = "schule.example.org"   # fixes the address
//	shared = true                   # many people use this PC
//	idle_minutes = 15               # sign out after so long without a key; shared PCs only
type Config struct {
	Server      string `toml:"server"`
	Shared      bool   `toml:"shared"`
	IdleMinutes int    `toml:"idle_minutes"`
}

const defaultIdle = 15

// Idle is how long a shared PC waits for a key before it signs out.
func (c Config) Idle() time.Duration {
	if c.IdleMinutes <= 0 {
		return defaultIdle * time.Minute
	}
	return time.Duration(c.IdleMinutes) * time.Minute
}

// ReadConfig reads the client file. None there is the zero Config; one that
// cannot be read is an error, since the PC may be a shared one.
func ReadConfig() (Config, error) {
	path := os.Getenv(ConfigVariable)
	if path == "" {
		path = configPath()
	}
	var c Config
	meta, err := toml.DecodeFile(path, &c)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, nil
	case err != nil:
		return Config{}, fmt.Errorf("client file %s: %w", path, err)
	case len(meta.Undecoded()) > 0:
		return c, fmt.Errorf("client file %s: there is no setting %s", path, meta.Undecoded()[0])
	}
	return c, nil
}
