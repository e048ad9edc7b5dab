package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"schulhof/server/wire"
)

// State is what the program remembers on a PC of one's own from one start to
// the next. It holds no secret: the token is in the keyring.
type State struct {
	Address  string            `json:"address,omitempty"` // of the server, as last used
	Login    string            `json:"login,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Stay     *Stay             `json:"stay,omitempty"`
	Hidden   bool              `json:"hidden,omitempty"` // the person was told where the program goes on after its window is closed
}

// Stay is a sign-in that is kept, as it was known last: with it the program
// starts without a network too.
type Stay struct {
	Base    string       `json:"base"`
	School  wire.School  `json:"school"`
	Session wire.Session `json:"session"` // without the token
}

// Store keeps the state in a file. On a shared PC it keeps it in memory only.
type Store struct {
	mu    sync.Mutex
	path  string // "" = memory
	state State
}

// OpenStore reads the state from a folder; "" is a store in memory. A file that
// cannot be understood counts as none: it holds nothing that could not be typed
// again.
func OpenStore(dir string) (*Store, error) {
	s := &Store{}
	if dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the settings: %w", err)
	}
	s.path = filepath.Join(dir, "state.json")
	raw, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if json.Unmarshal(raw, &s.state) != nil {
		s.state = State{}
	}
	return s, nil
}

// Get returns the state.
func (s *Store) Get() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Change changes the state and keeps it.
func (s *Store) Change(fn func(*State)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(&s.state)
	if s.state.Stay != nil {
		s.state.Stay.Session.Token = ""
	}
	if s.path == "" {
		return nil
	}
	raw, err := json.MarshalIndent(s.state, "", "  ")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return replace(s.path, raw)
}

// replace puts a file in place as a whole, so that a crash leaves the old one.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".state-*")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
