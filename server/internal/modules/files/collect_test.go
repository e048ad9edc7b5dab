package files

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// countRows counts the rows of a table.
func (s *school) countRows(table string) (n int) {
	s.t.Helper()
	if err := s.db.Get(context.Background(), &n, `SELECT count(*) FROM `+table); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestCollect lets time pass: what is kept for a time only goes then, and nothing else.
func TestCollect(t *testing.T) {
	var passed atomic.Int64
	clock := func(s *store) { s.now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) } }
	onBoth(t, func(t *testing.T, s *school) {
		passed.Store(0)
		pass := func(days int) {
			t.Helper()
			passed.Add(int64(days) * 24 * int64(time.Hour))
			if err := s.store.collect(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		token := func() string {
			t.Helper()
			a := s.want(207, "lena", "REPORT", home, `<sync-collection xmlns="DAV:"><sync-token/><sync-level>infinite</sync-level><prop><getetag/></prop></sync-collection>`)
			return regexp.MustCompile(`https://schulhof.org/ns/sync/[^<]+`).FindString(a.body)
		}
		since := func(status int, token string) string {
			t.Helper()
			return s.want(status, "lena", "REPORT", home,
				`<sync-collection xmlns="DAV:"><sync-token>`+token+`</sync-token><sync-level>infinite</sync-level><prop><getetag/></prop></sync-collection>`).body
		}
		const patch = `<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">y</x></prop></set></propertyupdate>`
		s.want(201, "lena", "PUT", home+"stays.txt", "1")
		s.want(204, "lena", "PUT", home+"stays.txt", "2")
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.want(201, "lena", "MKCOL", home+"d/e", "")
		s.want(201, "lena", "PUT", home+"d/e/a.txt", "one")
		s.want(204, "lena", "PUT", home+"d/e/a.txt", "two")
		s.want(207, "lena", "PROPPATCH", home+"d/e/a.txt", patch)
		s.want(207, "lena", "PROPPATCH", home+"stays.txt", patch)
		s.want(200, "lena", "LOCK", home+"stays.txt", `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`)
		before := token()
		s.want(204, "lena", "DELETE", home+"d", "")
		after := token()
		nodes := s.countRows("files_node")
		pass(0)
		if got := since(207, before); !strings.Contains(got, home+"d/") {
			t.Errorf("the deletion is not told: %s", got)
		}
		pass(28)
		if s.countRows("files_node") != nodes || s.countRows("files_trash") != 1 || s.countRows("files_gone") != 1 {
			t.Error("something went within 28 days")
		}
		if n := s.countRows("files_lock"); n != 0 {
			t.Errorf("%d locks that have run out", n)
		}
		s.want(204, "lena", "PUT", home+"stays.txt", "3")
		pass(3)
		if got := nodes - s.countRows("files_node"); got != 3 {
			t.Errorf("%d nodes went, want d, e and a.txt", got)
		}
		for table, want := range map[string]int{"files_trash": 0, "files_gone": 0, "files_prop": 1, "files_version": 2} {
			if n := s.countRows(table); n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
		s.sees("lena", home+"stays.txt", "3")
		since(403, before) // what it would have to be told is not known any more
		if got := since(207, after); strings.Contains(got, "404") || !strings.Contains(got, "stays.txt") {
			t.Errorf("since the deletion: %s", got)
		}
	}, clock)
}

// TestPropertiesAreBounded: dead properties cost no quota, so there is a bound to
// what a node holds and a COPY multiplies.
func TestPropertiesAreBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		value := strings.Repeat("v", 60<<10)
		set := func(i int) string {
			return fmt.Sprintf(`<propertyupdate xmlns="DAV:"><set><prop><x%d xmlns="urn:x">%s</x%d></prop></set></propertyupdate>`, i, value, i)
		}
		s.want(201, "lena", "MKCOL", home+"d", "")
		for i := range 140 {
			path := fmt.Sprintf("%sd/%d.txt", home, i)
			s.want(201, "lena", "PUT", path, "x")
			s.want(207, "lena", "PROPPATCH", path, set(1))
			s.want(207, "lena", "PROPPATCH", path, set(2))
		}
		s.want(507, "lena", "PROPPATCH", home+"d/0.txt", set(3))
		s.want(201, "lena", "COPY", home+"d/0.txt", "", "Destination", home+"e.txt")
		s.want(507, "lena", "COPY", home+"d", "", "Destination", home+"f")
		const ask = `<propfind xmlns="DAV:"><prop><x1 xmlns="urn:x"/></prop></propfind>`
		got := s.want(207, "lena", "PROPFIND", home+"d", ask, "Depth", "1").body
		if n := strings.Count(got, value); n != 140 {
			t.Errorf("%d values are listed, want 140", n)
		}
		if n := strings.Count(s.want(207, "lena", "PROPFIND", home, ask, "Depth", "infinity").body, value); n != 141 {
			t.Errorf("%d values are listed, want 141", n)
		}
	})
}
