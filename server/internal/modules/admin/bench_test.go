package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// crowd is a server with 4,000 people in classes, and an administrator.
func crowd(t testing.TB) *servertest.Client {
	t.Helper()
	s := servertest.Start(t)
	class := s.GroupID(t, "klasse-7b")
	err := s.DB.Tx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		for i := range 4000 {
			p := people.Person{
				ID: fmt.Sprintf("crowd%d", i), Login: fmt.Sprintf("vorname%d.name%d", i%200, i), Given: fmt.Sprintf("Vorname%d", i%200),
				Family: fmt.Sprintf("Name%d", i/3), Role: wire.RoleStudent, Email: fmt.Sprintf("p%d@example.org", i),
			}
			if err := people.Create(ctx, tx, &p); err != nil {
				return err
			}
			if i%40 == 0 {
				if err := people.AddMember(ctx, tx, class, p.ID, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return (&school{Server: s}).elevated(t, "admin")
}

// search asks for the first page of 50 who fit.
func search(t testing.TB, c *servertest.Client, text string) wire.PeoplePage {
	t.Helper()
	return ask[wire.PeoplePage](t, c, http.MethodGet, "/api/v1/people?limit=50&q="+text, nil)
}

// BenchmarkSearch searches 4,000 people over HTTP.
func BenchmarkSearch(b *testing.B) {
	c := crowd(b)
	for _, text := range []string{"name12", "vorname7+name", "7b", "nobody", ""} {
		b.Run("q="+text, func(b *testing.B) {
			for b.Loop() {
				search(b, c, text)
			}
		})
	}
}

// TestSearchInTime holds the bound with much room for a busy machine.
func TestSearchInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a school")
	}
	searchWithin(t, 500*time.Millisecond)
}

// TestMeasureSearch holds the bound itself.
func TestMeasureSearch(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	searchWithin(t, 20*time.Millisecond)
}

// searchWithin takes the best of some tries: others may be using the machine.
func searchWithin(t *testing.T, bound time.Duration) {
	t.Helper()
	c := crowd(t)
	for _, text := range []string{"name12", "vorname7+name", "7b", "nobody", ""} {
		best := time.Hour
		for range 10 {
			begin := time.Now()
			search(t, c, text)
			best = min(best, time.Since(begin))
		}
		t.Logf("%q took %v", strings.ReplaceAll(text, "+", " "), best)
		if best > bound {
			t.Errorf("%q took %v", strings.ReplaceAll(text, "+", " "), best)
		}
	}
}
