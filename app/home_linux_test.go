package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestE2EHome is a student's own PC that has no keyring: the sign-in says so, and ends
// with the window, on the server too; what was known stays, and next time the login is
// filled in.
func TestE2EHome(t *testing.T) {
	s := opens(t).seat("home", "")
	s.button()
	s.reads("Dieser PC hat keinen Schlüsselbund", s.desk.Area, 1)
	s.picture("home-1-sign-in")
	s.signIn("lena.weber")
	s.rows(3)
	s.closes()

	s.open()
	from := s.client.Mark()
	s.button()
	s.reads("lena.weber", s.desk.Area, 1)
	s.types(demoPassword) // the cursor is there
	s.must(s.desk.Key(s.ctx, "Return"))
	s.wait("lena.weber is signed in again", patience, func() bool { return strings.Contains(s.client.Said(from), `msg="signed in"`) })
	s.rows(3)
	s.picture("home-2-again")
	s.closes()
}

// closes closes the window as its cross does, and checks what is left: the data, and a
// session that has ended.
func (s *seat) closes() {
	s.Helper()
	token := s.line.Token()
	if got := s.status(token); got != "200" {
		s.Fatalf("the overheard token: %s", got)
	}
	from := s.client.Mark()
	s.must(s.desk.Ask())
	if ended, err := s.client.Ended(patience); !ended || err != nil {
		s.picture("failed-" + filepath.Base(s.dir))
		s.Fatalf("closing the window: ended %t, %v", ended, err)
	}
	if said := s.client.Said(from); strings.Contains(said, "sign-in shown") || strings.Contains(said, "panic") {
		s.Errorf("on its way out the program said %s", said)
	}
	if got := s.status(token); got != "401" {
		s.Errorf("the token still works: %s", got)
	}
	if len(s.kept()) == 0 {
		s.Error("nothing is kept for the next time")
	}
}
