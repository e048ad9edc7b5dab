package files

import (
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
)

func lockBody(scope string) string {
	return `<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:` + scope + `/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>Lena &amp; Co</D:owner></D:lockinfo>`
}

// lockOn takes a lock and gives its token.
func (s *school) lockOn(who, path, scope string, headers ...string) string {
	s.t.Helper()
	a := s.do(who, "LOCK", path, lockBody(scope), headers...)
	if a.status != 200 && a.status != 201 {
		s.t.Fatalf("%s LOCK %s: %d %s", who, path, a.status, a.body)
	}
	return strings.Trim(a.header.Get("Lock-Token"), "<>")
}

// TestLocks holds what litmus does not ask, most of all between two people.
func TestLocks(t *testing.T) {
	clock := clocktest.At(time.Now())
	onBoth(t, func(t *testing.T, s *school) {
		exchange := class + "Austausch/"
		s.want(201, "lena", "MKCOL", exchange+"d", "")
		s.want(201, "lena", "PUT", exchange+"d/a.txt", "a")
		token := s.lockOn("lena", exchange+"d/a.txt", "exclusive", "Timeout", "Second-60")
		ifs := "(<" + token + ">)"
		s.want(423, "anna", "PUT", exchange+"d/a.txt", "x")
		s.want(423, "anna", "PUT", exchange+"d/a.txt", "x", "If", ifs) // another's token is no key
		s.want(423, "anna", "DELETE", exchange+"d", "")
		s.want(423, "anna", "MOVE", exchange+"d", "", "Destination", exchange+"e")
		s.want(423, "anna", "LOCK", exchange+"d/a.txt", lockBody("shared"))
		s.want(423, "anna", "LOCK", exchange+"d", lockBody("exclusive"))
		s.want(403, "anna", "UNLOCK", exchange+"d/a.txt", "", "Lock-Token", "<"+token+">")
		s.want(412, "anna", "LOCK", exchange+"d/a.txt", "", "If", ifs)
		s.want(423, "lena", "PUT", exchange+"d/a.txt", "x")
		s.want(204, "lena", "PUT", exchange+"d/a.txt", "b", "If", ifs)
		s.want(201, "anna", "COPY", exchange+"d/a.txt", "", "Destination", exchange+"copy.txt")
		s.want(423, "anna", "COPY", exchange+"copy.txt", "", "Destination", exchange+"d/a.txt")
		all := s.want(207, "anna", "PROPFIND", exchange+"d/a.txt", "", "Depth", "0").body
		if !strings.Contains(all, token) || !strings.Contains(all, "Lena &amp; Co") || !strings.Contains(all, "<D:lockroot><D:href>"+exchange+"d/a.txt<") {
			t.Error(all)
		}
		clock.Advance(50 * time.Second)
		s.want(200, "lena", "LOCK", exchange+"d/a.txt", "", "If", ifs, "Timeout", "Second-100")
		clock.Advance(50 * time.Second)
		s.want(423, "anna", "PUT", exchange+"d/a.txt", "x")
		clock.Advance(51 * time.Second) // it runs out
		s.want(204, "anna", "PUT", exchange+"d/a.txt", "c")
		s.want(412, "lena", "PUT", exchange+"d/a.txt", "x", "If", ifs)

		folder := s.lockOn("lena", exchange+"d", "exclusive")
		s.want(423, "tom", "PUT", exchange+"d/new.txt", "x")
		s.want(423, "tom", "MKCOL", exchange+"d/new", "")
		s.want(423, "tom", "LOCK", exchange+"d/new.txt", lockBody("exclusive"))
		s.want(201, "lena", "PUT", exchange+"d/new.txt", "x", "If", "<"+s.url+exchange+"d/> (<"+folder+">)")
		s.want(201, "lena", "MOVE", exchange+"d", "", "Destination", exchange+"e", "If", "(<"+folder+">)")
		s.want(201, "tom", "PUT", exchange+"e/free.txt", "a lock does not move along")

		empty := s.lockOn("tom", exchange+"null.txt", "exclusive")
		s.want(200, "lena", "GET", exchange+"null.txt", "")
		s.want(204, "tom", "PUT", exchange+"null.txt", "now full", "If", "(<"+empty+">)")
		s.want(204, "tom", "UNLOCK", exchange+"null.txt", "", "Lock-Token", "<"+empty+">")
		s.want(204, "tom", "DELETE", exchange+"null.txt", "")
	}, func(st *store) { st.now = clock.Now })
}

// TestSharedLocks holds that everybody who shares a lock may write with it.
func TestSharedLocks(t *testing.T) {
	s := onSQLite(t)
	s.want(201, "anna", "PUT", class+"Material/a.txt", "a")
	s.want(403, "lena", "LOCK", class+"Material/a.txt", lockBody("shared"))
	one := s.lockOn("anna", class+"Material/a.txt", "shared")
	two := s.lockOn("anna", class+"Material/a.txt", "shared")
	s.want(423, "anna", "LOCK", class+"Material/a.txt", lockBody("exclusive"))
	s.want(204, "anna", "PUT", class+"Material/a.txt", "b", "If", "(<"+two+">)")
	s.want(204, "anna", "UNLOCK", class+"Material/a.txt", "", "Lock-Token", "<"+one+">")
	s.want(423, "anna", "PUT", class+"Material/a.txt", "c")
	s.want(204, "anna", "UNLOCK", class+"Material/a.txt", "", "Lock-Token", "<"+two+">")
	s.want(204, "anna", "PUT", class+"Material/a.txt", "c")
	for range 3 {
		s.lockOn("lena", home+"x.txt", "shared")
	}
}
