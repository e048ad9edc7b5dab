package module

import (
	"maps"
	"strconv"
	"strings"
	"sync"

	"schulhof/ui/theme"
)

// Names of settings that the window itself uses.
const (
	settingMode   = "look.mode"
	settingScale  = "look.scale"
	settingLang   = "lang"
	settingPinned = "sidebar.pinned"
)

// Settings are what a user chose, as names and values. They may be used from
// any goroutine. On a shared PC nobody saves them.
type Settings struct {
	mu     sync.Mutex
	values map[string]string
	save   func(map[string]string)
}

// NewSettings returns settings with these values; save is called with all of
// them after each change, and may be nil.
func NewSettings(values map[string]string, save func(map[string]string)) *Settings {
	s := &Settings{values: map[string]string{}, save: save}
	maps.Copy(s.values, values)
	return s
}

// Get returns a value, "" where none was set.
func (s *Settings) Get(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name]
}

// Set changes a value; "" forgets it.
func (s *Settings) Set(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[name] == value {
		return
	}
	if value == "" {
		delete(s.values, name)
	} else {
		s.values[name] = value
	}
	if s.save != nil {
		s.save(maps.Clone(s.values))
	}
}

// Look returns the chosen theme and text size.
func (s *Settings) Look() theme.Settings {
	scale, err := strconv.ParseFloat(s.Get(settingScale), 32)
	if err != nil {
		scale = 1
	}
	return theme.Settings{Mode: theme.Mode(s.Get(settingMode)), Scale: float32(scale)}
}

// SetLook keeps a theme and a text size.
func (s *Settings) SetLook(look theme.Settings) {
	s.Set(settingMode, string(look.Mode))
	s.Set(settingScale, strconv.FormatFloat(float64(look.Scale), 'f', 2, 32))
}

// Language returns the code of the chosen language, "" where none was.
func (s *Settings) Language() string { return s.Get(settingLang) }

// SetLanguage keeps a language.
func (s *Settings) SetLanguage(code string) { s.Set(settingLang, code) }

// Pinned returns the names of the pages that were pinned to the quick access,
// or preset where the user never chose.
func (s *Settings) Pinned(preset ...string) []string {
	v := s.Get(settingPinned)
	if v == "" {
		return preset
	}
	var names []string
	for name := range strings.SplitSeq(v, ",") {
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// SetPinned keeps the names of the pinned pages.
func (s *Settings) SetPinned(names []string) {
	if len(names) == 0 {
		names = []string{"-"} // chosen: none
	}
	s.Set(settingPinned, strings.Join(names, ","))
}
