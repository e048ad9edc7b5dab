package module

import (
	"slices"
	"testing"

	"schulhof/ui/theme"
)

func TestSettings(t *testing.T) {
	saves := 0
	var last map[string]string
	s := NewSettings(map[string]string{"lang": "en"}, func(v map[string]string) { saves++; last = v })
	if s.Language() != "en" || s.Look().Scale != 1 || s.Look().Mode != "" {
		t.Error(s.Language(), s.Look())
	}
	s.SetLook(theme.Settings{Mode: theme.Dark, Scale: 1.5})
	if got := s.Look(); got.Mode != theme.Dark || got.Scale != 1.5 {
		t.Error(got)
	}
	if saves != 2 || last["look.mode"] != "dark" || last["lang"] != "en" {
		t.Error(saves, last)
	}
	s.SetLanguage("en")
	if saves != 2 {
		t.Error("saved without a change")
	}
}

func TestPinned(t *testing.T) {
	s := NewSettings(nil, nil)
	if got := s.Pinned("files"); !slices.Equal(got, []string{"files"}) {
		t.Error("preset:", got)
	}
	s.SetPinned(nil)
	if got := s.Pinned("files"); len(got) != 0 {
		t.Error("unpinned all, but got", got)
	}
	s.SetPinned([]string{"files", "messenger"})
	if got := s.Pinned(); !slices.Equal(got, []string{"files", "messenger"}) {
		t.Error(got)
	}
}
