package ui

import (
	"path/filepath"
	"testing"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// TestFirstPage holds where the window begins after the very first sign-in on a PC,
// when nothing is known of any module yet.
func TestFirstPage(t *testing.T) {
	for _, c := range []struct {
		name    string
		role    wire.Role
		modules []string
		want    string
	}{
		{"guardian", wire.RoleGuardian, []string{"files", wire.ModuleLetters}, wire.ModuleLetters},
		{"guardian, letters are off", wire.RoleGuardian, []string{"files"}, "files"},
		{"teacher", wire.RoleTeacher, []string{"files", wire.ModuleLetters}, "files"},
		{"nothing is offered", wire.RoleGuardian, nil, pageAbout},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := uitest.Open(t, uitest.Large, theme.Settings{})
			d := offline(t, w)
			d.Session.Person.Role, d.Session.Modules = c.role, c.modules
			kept, err := cache.Open(t.Context(), filepath.Join(t.TempDir(), "letters.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { kept.Close() })
			store, err := records.New(t.Context(), records.Deps{Cache: kept, Remote: d.Remote, Signal: d.Signal, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			d.Letters = letters.New(store, d.Remote, t.TempDir())
			s := New(d, nil)
			t.Cleanup(s.Close)
			if s.Current() != c.want {
				t.Errorf("the window begins with %s, want %s", s.Current(), c.want)
			}
		})
	}
}
