package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// thousands is an engine, not started, that knows a folder of n entries.
func thousands(t testing.TB, n int) *Files {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	c, err := cache.Open(ctx, filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(ctx, Deps{
		Cache: c, Remote: remote.New(remote.Options{}), Signal: &signal.Hub{}, Dir: filepath.Join(dir, "copies"), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Stop()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	list := make([]Entry, n)
	for i := range list {
		name := fmt.Sprintf("Arbeitsblatt Nummer %05d für die Klasse.odt", i)
		list[i] = Entry{
			ID: fmt.Sprintf("01kab%021d", i), Href: remote.Join("/dav/home/", name, false), Name: name, Size: int64(i), Mtime: time.UnixMilli(int64(i)),
			By: "Lena Weber", ETag: fmt.Sprintf(`"%040d"`, i), Rights: "wd", SHA256: fmt.Sprintf("%064d", i),
		}
	}
	now := time.Now().UnixMilli()
	if err := f.applyList(ctx, "/dav/home/", folderRow{At: now, Listed: now, Rights: "a"}, list); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTenThousandEntries(t *testing.T) {
	f := thousands(t, 10_000)
	best := time.Hour // of a few: tests run beside others
	for range 5 {
		began := time.Now()
		l, err := f.Folder(t.Context(), "/dav/home/")
		best = min(best, time.Since(began))
		if err != nil || len(l.Entries) != 10_000 || l.Entries[4711].Size != 4711 || l.Entries[4711].Href != remote.Join("/dav/home/", l.Entries[4711].Name, false) {
			t.Fatal(len(l.Entries), err)
		}
	}
	t.Logf("10,000 entries from the cache: %v", best.Round(time.Millisecond))
	if best > bound(t, 100*time.Millisecond) {
		t.Errorf("took %v", best)
	}
}

// bound is d where it is measured, and with much room for a busy machine elsewhere.
func bound(t testing.TB, d time.Duration) time.Duration {
	t.Helper()
	if os.Getenv("SCHULHOF_BENCH") != "" {
		return d
	}
	return 20 * d
}

// TestMeasureFiles holds what is promised in seconds: a listing from the cache, what
// others change, a class that signs in.
func TestMeasureFiles(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	t.Run("cache", TestTenThousandEntries)
	t.Run("changes", TestListing)
	t.Run("event", TestAnEventForAClass)
	t.Run("class", TestAClassSignsIn)
}

func BenchmarkFolder10000(b *testing.B) {
	f := thousands(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		l, err := f.Folder(b.Context(), "/dav/home/")
		if err != nil || len(l.Entries) != 10_000 {
			b.Fatal(len(l.Entries), err)
		}
	}
}

func BenchmarkRefreshUnchanged10000(b *testing.B) {
	f := thousands(b, 10_000)
	l, err := f.Folder(b.Context(), "/dav/home/")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.applyList(b.Context(), "/dav/home/", folderRow{At: 1, Listed: 1}, l.Entries); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch10000(b *testing.B) {
	f := thousands(b, 10_000)
	for b.Loop() {
		if l, err := f.Search(b.Context(), "/dav/", "nummer 04711"); err != nil || len(l) != 1 {
			b.Fatal(len(l), err)
		}
	}
}
