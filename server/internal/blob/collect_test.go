package blob

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"
)

func openStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func largeOf(seed byte) []byte {
	return append(bytes.Repeat([]byte{seed}, smallMax), []byte("and more")...)
}

func putBytes(t *testing.T, s *Store, data []byte) Ref {
	t.Helper()
	info, err := s.Put(context.Background(), bytes.NewReader(data), PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return info.Ref
}

// age makes a content as old as one that was put two days ago.
func age(t *testing.T, s *Store, ref Ref) {
	t.Helper()
	if err := os.Chtimes(s.largePath(ref), time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, s *Store, ref Ref) bool {
	t.Helper()
	ok, err := s.Has(context.Background(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestCollect(t *testing.T) {
	s, ctx := openStore(t), context.Background()
	unnamed, named, young := putBytes(t, s, largeOf(1)), putBytes(t, s, largeOf(2)), putBytes(t, s, largeOf(3))
	small := putBytes(t, s, []byte("small"))
	again := putBytes(t, s, largeOf(4))
	for _, ref := range []Ref{unnamed, named, again} {
		age(t, s, ref)
	}
	reader, err := s.Open(ctx, unnamed)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	before := time.Now().Add(-24 * time.Hour)
	got, err := s.Collect(ctx, before, func(_ context.Context, old map[Ref]struct{}) error {
		if len(old) != 3 {
			t.Errorf("%d are old enough, want 3", len(old))
		}
		delete(old, named)
		putBytes(t, s, largeOf(4)) // after the look: its row is about to be written
		return nil
	})
	if err != nil || got.Removed != 1 || got.Seen != 3 || got.Bytes != int64(len(largeOf(1))) {
		t.Errorf("%+v, %v", got, err)
	}
	for ref, want := range map[Ref]bool{unnamed: false, named: true, young: true, small: true, again: true} {
		if has(t, s, ref) != want {
			t.Errorf("%.8s is there: %v, want %v", ref, !want, want)
		}
	}
	head := make([]byte, 10)
	if _, err := reader.Read(head); err != nil {
		t.Error("a download under way:", err)
	}
	if ref := putBytes(t, s, largeOf(1)); ref != unnamed || !has(t, s, ref) {
		t.Error("what was removed cannot be put again")
	}
}

// TestCollectAgainstPuts: whatever the order of a Put and a Collect that sees no
// row, what Put has answered is there.
func TestCollectAgainstPuts(t *testing.T) {
	s, ctx := openStore(t), context.Background()
	before := time.Now().Add(-24 * time.Hour)
	data := largeOf(7)
	ref := putBytes(t, s, data)
	removed := 0
	for range 300 {
		age(t, s, ref)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				info, err := s.Put(ctx, bytes.NewReader(data), PutOptions{})
				if err != nil || info.Ref != ref {
					t.Errorf("put: %v %v", info, err)
				}
				if ok, err := s.Has(ctx, ref); err != nil || !ok {
					t.Error("gone right after its Put", err)
				}
			})
		}
		wg.Go(func() {
			got, err := s.Collect(ctx, before, func(context.Context, map[Ref]struct{}) error { return nil })
			if err != nil {
				t.Error(err)
			}
			removed += got.Removed
		})
		wg.Wait()
		if !has(t, s, ref) {
			t.Fatal("lost")
		}
	}
	t.Logf("removed before a Put %d times of 300", removed)
}
