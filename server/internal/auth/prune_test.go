package auth

import (
	"testing"
	"time"

	"schulhof/server/wire"
)

func TestPrune(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		count := func(table string) (n int) {
			t.Helper()
			if err := s.o.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM `+table); err != nil {
				t.Fatal(err)
			}
			return n
		}
		in := wire.SignIn{Login: "lena.weber", Password: password}
		for range 3 {
			if _, err := s.SignIn(t.Context(), in, "10.0.0.1"); err != nil {
				t.Fatal(err)
			}
		}
		shared := in
		shared.Shared = true
		if _, err := s.SignIn(t.Context(), shared, "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		ended, err := s.Devices(t.Context(), "lena")
		if err != nil || len(ended) != 4 {
			t.Fatal(ended, err)
		}
		for _, d := range ended {
			if d.ID != ended[0].ID {
				continue
			}
			if err := s.EndDevice(t.Context(), "lena", d.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.SignIn(t.Context(), wire.SignIn{Login: "nobody", Password: "x"}, "10.0.0.1"); err == nil {
			t.Fatal("nobody signed in")
		}
		for _, c := range []struct {
			after              time.Duration
			sessions, attempts int
		}{{time.Hour, 4, 1}, {29 * 24 * time.Hour, 4, 0}, {2 * 24 * time.Hour, 2, 0}, {120 * 24 * time.Hour, 0, 0}} {
			s.pass(c.after)
			if err := s.Prune(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, m := count("session"), count("attempt"); n != c.sessions || m != c.attempts {
				t.Errorf("after %v more: %d sessions, %d attempts, want %d, %d", c.after, n, m, c.sessions, c.attempts)
			}
		}
	})
}
