package main

import (
	"net/url"
	"path/filepath"
	"testing"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/sync/remote"
)

// TestE2EPending: the school publishes new terms of use while a student works. The
// window asks for them, what was dropped meanwhile waits and arrives, and the student
// is where she was.
func TestE2EPending(t *testing.T) {
	s := sit(t)
	s.signIn("lena.weber")
	places := s.rows(3)
	s.double(places[0], "the home", s.shows(7))
	before := s.rows(7)
	s.newTerms("# Nutzungsordnung\n\nDie Geräte gehören **allen**.\n")
	path := filepath.Join(s.dir, "Stick", "Gedicht.txt")
	s.write(path, "Der Herbst\n")
	s.drop(path) // the first that the server refuses
	s.wait("the terms are on the display", patience, func() bool {
		return len(s.eye.Find(s.see(), s.desk.Area(), "Gelesen und einverstanden")) == 1
	})
	s.picture("pending-1-terms")
	if _, there := s.curl("lena.weber", "/dav/home/Gedicht.txt"); there {
		t.Error("the file arrived before the terms were accepted")
	}
	s.must(s.desk.Key(s.ctx, "space")) // the cursor is in the box
	s.click(s.button(), 1)
	s.wait("the files are back", patience, func() bool {
		return len(s.eye.Find(s.see(), s.desk.Area(), "Gelesen und einverstanden")) == 0
	})
	after := s.rows(8)
	s.picture("pending-2-after")
	if after[0] != before[0] {
		t.Errorf("the table begins at %v, before at %v", after[0], before[0])
	}
	s.has("lena.weber", "/dav/home/Gedicht.txt", "Der Herbst\n")
	s.signOut()
}

// newTerms publishes them as the administrator.
func (m *musterschule) newTerms(text string) {
	m.Helper()
	base, err := url.Parse(m.url)
	if err != nil {
		m.Fatal(err)
	}
	boss := remote.New(remote.Options{Base: base})
	defer boss.Close()
	if _, err := boss.SignIn(m.ctx, wire.SignIn{Login: "admin", Password: demoPassword, Device: "office"}); err != nil {
		m.Fatal(err)
	}
	calls := people.New(boss)
	if _, err := calls.Administrate(m.ctx, wire.PasswordOnly{Password: demoPassword}); err != nil {
		m.Fatal(err)
	}
	if _, err := calls.SetTerms(m.ctx, text); err != nil {
		m.Fatal(err)
	}
}
