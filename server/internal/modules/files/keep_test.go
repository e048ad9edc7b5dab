package files

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestFormerContentsAreBounded overwrites and deletes more than the quota: the oldest
// former contents go after a day, files never, and a day's uploads have a bound.
func TestFormerContentsAreBounded(t *testing.T) {
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	clock := func(s *store) {
		s.now = func() time.Time { return start.Add(time.Duration(passed.Load())) }
		s.quotas.student = 1000
	}
	onBoth(t, func(t *testing.T, s *school) {
		passed.Store(0)
		kept := func() (versions, trash int64) {
			t.Helper()
			ctx := context.Background()
			for query, to := range map[string]*int64{
				`SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files_version`: &versions,
				`SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files_trash`:   &trash,
			} {
				if err := s.db.Get(ctx, to, query); err != nil {
					t.Fatal(err)
				}
			}
			return versions, trash
		}
		is := func(versions, trash int64) {
			t.Helper()
			if v, tr := kept(); v != versions || tr != trash {
				t.Errorf("%d bytes of versions, %d in the trash; want %d, %d", v, tr, versions, trash)
			}
		}
		text := func(i int) string { return fmt.Sprintf("%0400d", i) }
		s.want(201, "lena", "PUT", home+"old.txt", text(-1))
		s.want(204, "lena", "DELETE", home+"old.txt", "")
		passed.Add(int64(time.Hour))
		s.want(201, "lena", "PUT", home+"a.txt", text(0))
		for i := range 10 {
			s.want(204, "lena", "PUT", home+"a.txt", text(i+1))
		}
		is(4000, 400) // all of it is younger than a day
		s.want(507, "lena", "PUT", home+"a.txt", text(11))
		if a := s.want(507, "lena", "PUT", home+"b.txt", strings.Repeat("b", 300), "Transfer-Encoding", "chunked"); !strings.Contains(a.body, "Morgen") {
			t.Error(a.body)
		}
		s.want(201, "lena", "PUT", home+"b.txt", strings.Repeat("b", 200)) // the last of 5000
		s.want(507, "lena", "PUT", home+"c.txt", "c")
		s.want(201, "lena", "PUT", home+"empty.txt", "")
		s.want(201, "tom", "PUT", home+"c.txt", "others are not concerned")
		s.sees("lena", home+"a.txt", text(10))

		passed.Store(int64(24*time.Hour + 30*time.Minute)) // only the trash is older than a day
		s.want(204, "lena", "PUT", home+"b.txt", strings.Repeat("c", 200))
		is(4200, 0)
		passed.Store(int64(27 * time.Hour))
		s.want(204, "lena", "PUT", home+"b.txt", strings.Repeat("d", 200))
		is(800, 0) // one of a.txt, two of b.txt
		s.sees("lena", home+"a.txt", text(10))
		s.sees("lena", home+"b.txt", strings.Repeat("d", 200))
		s.sees("tom", home+"c.txt", "others are not concerned")
	}, clock)
}
