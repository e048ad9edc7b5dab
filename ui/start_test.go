package ui

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/sync/remote"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// TestGuardianStartsAtUnreadLetters holds where the window begins after the sign-in.
func TestGuardianStartsAtUnreadLetters(t *testing.T) {
	read := time.Now()
	for _, c := range []struct {
		name string
		role wire.Role
		read *time.Time
		want string
	}{
		{"unread", wire.RoleGuardian, nil, wire.ModuleLetters},
		{"read", wire.RoleGuardian, &read, "files"},
		{"teacher", wire.RoleTeacher, nil, "files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if err := json.NewEncoder(w).Encode(wire.Changes[wire.Letter]{Items: []wire.Letter{{ID: "a", Seq: 1, Subject: "Ausflug", Sent: read, Read: c.read}}, Seq: 1}); err != nil {
					t.Error(err)
				}
			}))
			t.Cleanup(srv.Close)
			base, err := url.Parse(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			w := uitest.Open(t, uitest.Large, theme.Settings{})
			d := offline(t, w)
			d.Session.Person.Role, d.Session.Modules = c.role, []string{"files", wire.ModuleLetters}
			kept, err := cache.Open(t.Context(), filepath.Join(t.TempDir(), "letters.db"))
			if err != nil {
				t.Fatal(err)
			}
			client := remote.New(remote.Options{Base: base})
			store, err := records.New(t.Context(), records.Deps{Cache: kept, Remote: client, Signal: d.Signal, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			d.Letters = letters.New(store, client, t.TempDir())
			store.Start(context.WithoutCancel(t.Context()))
			t.Cleanup(func() {
				store.Stop()
				client.Close()
				kept.Close()
			})
			w.Queue.Wait(t, "the letter", func() bool {
				_, err := d.Letters.Letter(t.Context(), "a")
				return err == nil
			})
			s := New(d, nil)
			t.Cleanup(s.Close)
			if s.Current() != c.want {
				t.Errorf("the window begins with %s, want %s", s.Current(), c.want)
			}
		})
	}
}
