package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

func TestBasicHashesOnce(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		before := s.o.Hasher.Count()
		for i := range 50 {
			if c, err := s.ByBasic(t.Context(), "lena.weber", password, ""); err != nil || c.Person.ID != "lena" || c.SessionID != "" {
				t.Fatalf("%+v, %v", c, err)
			}
			s.pass(time.Duration(i) * 100 * time.Millisecond)
		}
		if n := s.o.Hasher.Count() - before; n != 1 {
			t.Errorf("%d hashes for 50 requests", n)
		}
		s.pass(basicFor)
		if _, err := s.ByBasic(t.Context(), "lena.weber", password, ""); err != nil || s.o.Hasher.Count()-before != 2 {
			t.Errorf("after five minutes: %v, %d hashes", err, s.o.Hasher.Count()-before)
		}
		// Another person with the same password, or what only looks alike, is not let in by the cache.
		for _, c := range [][2]string{{"lena.web", "er\x00" + password}, {"lena.weber\x00" + password, ""}, {"lena.weber", ""}} {
			if _, err := s.ByBasic(t.Context(), c[0], c[1], ""); code(err) != wire.CodeSignInFailed {
				t.Errorf("%q: %v", c, err)
			}
		}
	})
}

func TestSlowDown(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		try := func(login, pw, addr string) (string, int) {
			_, err := s.SignIn(t.Context(), wire.SignIn{Login: login, Password: pw}, addr)
			if r, ok := errors.AsType[*web.Refusal](err); ok {
				return r.Problem.Code, r.Problem.RetryIn
			}
			return code(err), 0
		}
		for _, login := range []string{"lena.weber", "nobody"} {
			for i := range freeTries {
				if c, _ := try(login, "wrong", "10.0.0.1"); c != wire.CodeSignInFailed {
					t.Fatalf("%s, try %d: %s", login, i, c)
				}
			}
			hashes := s.o.Hasher.Count()
			for _, pw := range []string{"wrong", password} {
				if c, in := try(login, pw, "10.0.0.2"); c != wire.CodeSlowDown || in != 1 {
					t.Fatalf("%s, slowed: %s, %d s", login, c, in)
				}
			}
			if s.o.Hasher.Count() != hashes {
				t.Error("a slowed try was hashed")
			}
			for wait := time.Second; wait < 10*time.Minute; wait *= 2 {
				s.pass(min(wait, maxWait))
				if c, _ := try(login, "wrong", "10.0.0.1"); c != wire.CodeSignInFailed {
					t.Fatalf("%s after %s: %s", login, wait, c)
				}
				if c, in := try(login, "wrong", "10.0.0.1"); c != wire.CodeSlowDown || in != int(min(2*wait, maxWait).Seconds()) {
					t.Fatalf("%s after %s: %s, %d s", login, wait, c, in)
				}
			}
		}
		s.pass(maxWait)
		if c, _ := try("LENA.weber", password, "10.0.0.1"); c != "" {
			t.Errorf("the right password when the wait is over: %s", c)
		}
		if c, _ := try("lena.weber", "wrong", "10.0.0.1"); c != wire.CodeSignInFailed {
			t.Errorf("the count was not forgotten: %s", c)
		}
		if c, _ := try("lena.weber", password, "10.0.0.1"); c != "" {
			t.Errorf("one wrong try: %s", c)
		}
	})
}

func TestSlowDownOfAnAddress(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		for i := range freeAddr {
			if _, err := s.ByBasic(t.Context(), fmt.Sprint("nobody", i), "x", "10.0.0.1"); code(err) != wire.CodeSignInFailed {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		if _, err := s.ByBasic(t.Context(), "lena.weber", password, "10.0.0.1"); code(err) != wire.CodeSlowDown {
			t.Errorf("the address: %v", err)
		}
		if _, err := s.ByBasic(t.Context(), "lena.weber", password, "10.0.0.2"); err != nil {
			t.Errorf("another address: %v", err)
		}
		s.pass(drainAddr)
		if _, err := s.ByBasic(t.Context(), "anna.schmidt", password, "10.0.0.1"); err != nil {
			t.Errorf("when the wait is over: %v", err)
		}
		// A school behind one address: slips all morning lock nobody out for long.
		for i := range 200 {
			if _, err := s.ByBasic(t.Context(), fmt.Sprint("typo", i), "x", "10.0.0.1"); code(err) != wire.CodeSignInFailed {
				t.Fatalf("slip %d: %v", i, err)
			}
			p, _ := refusalOf(s.addrs.check("10.0.0.1", s.now()))
			if p.RetryIn > int(drainAddr.Seconds()) {
				t.Fatalf("slip %d locks all out for %d s", i, p.RetryIn)
			}
			s.pass(drainAddr)
		}
		if _, err := s.SignIn(t.Context(), wire.SignIn{Login: "lena.weber", Password: password}, "10.0.0.1"); err != nil {
			t.Errorf("after a morning of slips: %v", err)
		}
	})
}

// Many tries at once must not get past the count together.
func TestTriesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		before := s.o.Hasher.Count()
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				_, _ = s.SignIn(context.Background(), wire.SignIn{Login: "lena.weber", Password: "x"}, "10.0.0.1")
			})
		}
		wg.Wait()
		if n := s.o.Hasher.Count() - before; n != freeTries {
			t.Errorf("%d of 40 tries at once were hashed, want %d", n, freeTries)
		}
		if len(s.accounts.by) != 0 {
			t.Errorf("locks left: %v", s.accounts.by)
		}
	})
}
