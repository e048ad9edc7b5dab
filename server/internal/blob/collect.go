package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Collected is what a Collect found and did.
type Collected struct {
	Seen    int // contents that were old enough
	Removed int
	Bytes   int64
}

// Collect removes the large contents that were last put before a moment and that
// nothing names. drop is called once with all that are old enough and takes out of
// the map those that are named, by one consistent look at all that can name them,
// which begins no earlier than the call. A content that is put meanwhile stays, so
// the moment has to lie further back than any time between a Put and the commit of
// its row.
func (s *Store) Collect(ctx context.Context, before time.Time, drop func(ctx context.Context, old map[Ref]struct{}) error) (Collected, error) {
	var done Collected
	old, err := s.old(ctx, before)
	if err != nil {
		return done, fmt.Errorf("contents that may go: %w", err)
	}
	if done.Seen = len(old); done.Seen == 0 {
		return done, nil
	}
	if err := drop(ctx, old); err != nil {
		return done, fmt.Errorf("contents that are named: %w", err)
	}
	for ref := range old {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		size, err := s.remove(ref, before)
		if err != nil {
			return done, fmt.Errorf("remove a content: %w", err)
		}
		if size >= 0 {
			done.Removed++
			done.Bytes += size
		}
	}
	return done, nil
}

// old gives the large contents that were last put before a moment.
func (s *Store) old(ctx context.Context, before time.Time) (map[Ref]struct{}, error) {
	old := map[Ref]struct{}{}
	err := filepath.WalkDir(filepath.Join(s.dir, "large"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		ref := Ref(d.Name())
		if !d.Type().IsRegular() || !ref.Valid() {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && info.ModTime().Before(before) {
			old[ref] = struct{}{}
		}
		return err
	})
	return old, err
}

// remove removes a content and gives its size, -1 when it was put in the meantime.
func (s *Store) remove(ref Ref, before time.Time) (int64, error) {
	s.kept.Lock()
	defer s.kept.Unlock()
	path := s.largePath(ref)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !st.ModTime().Before(before) {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	return st.Size(), os.Remove(path)
}
