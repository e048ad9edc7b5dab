package files

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSmallUploadsAfterChanges uploads right after changes, within the second for which
// a home's row is remembered: what is allowed or refused is told by the state of now.
func TestSmallUploadsAfterChanges(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	onBoth(t, func(t *testing.T, s *school) {
		lena := asker{ID: "p-lena", Role: "student"}
		stale := func(want bool) {
			t.Helper()
			v, err := s.store.home(t.Context(), lena, true)
			if err != nil {
				t.Fatal(err)
			}
			if want = want && s.store.homes != nil; v.stale != want {
				t.Errorf("the home's row is stale: %v, want %v", v.stale, want)
			}
		}
		remember := func(names ...string) {
			t.Helper()
			s.lists("lena", home, names...)
			stale(false)
		}
		remember()
		s.want(http.StatusCreated, "lena", "MKCOL", home+"d", "")
		stale(true)
		s.want(http.StatusCreated, "lena", "PUT", home+"d/a", "1") // the folder is not in what is remembered
		s.sees("lena", home+"d/a", "1")

		remember("d/")
		first := s.want(http.StatusCreated, "lena", "PUT", home+"b", "1").header.Get("ETag")
		stale(true)
		s.want(http.StatusPreconditionFailed, "lena", "PUT", home+"b", "2", "If-None-Match", "*")
		s.want(http.StatusNoContent, "lena", "PUT", home+"b", "2", "If-Match", first)
		stale(true)
		s.want(http.StatusPreconditionFailed, "lena", "PUT", home+"b", "3", "If-Match", first)
		s.sees("lena", home+"b", "2")

		remember("b", "d/")
		s.want(http.StatusNoContent, "lena", "DELETE", home+"b", "")
		stale(true)
		s.want(http.StatusCreated, "lena", "PUT", home+"b", "4", "If-None-Match", "*")
		s.want(http.StatusNoContent, "lena", "DELETE", home+"d", "")
		s.want(http.StatusConflict, "lena", "PUT", home+"d/a", "5") // the folder is still in what is remembered
		s.want(http.StatusCreated, "lena", "PUT", home+"d", "6")

		remember("b", "d")
		s.want(http.StatusCreated, "lena", "PUT", home+"full", strings.Repeat("x", 900))
		stale(true)
		s.want(http.StatusInsufficientStorage, "lena", "PUT", home+"more", strings.Repeat("y", 200))
		remember("b", "d", "full")
		s.want(http.StatusNoContent, "lena", "DELETE", home+"full", "")
		stale(true)
		s.want(http.StatusCreated, "lena", "PUT", home+"more", strings.Repeat("y", 200))
		remember("b", "d", "more")
	}, func(s *store) {
		s.now = func() time.Time { return now }
		s.quotas.student = 1000
	})
}
