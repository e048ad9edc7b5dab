package blob

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// buffers hold the head of a content: one byte more than a pack takes, so that a
// full buffer means a large content.
var buffers = sync.Pool{New: func() any { b := make([]byte, smallMax+1); return &b }}

// copySize is the size of the pieces in which a large content is written.
const copySize = 256 << 10

// largePath is where a large content stands: large/ab/cd/abcd….
func (s *Store) largePath(ref Ref) string {
	return filepath.Join(s.dir, "large", string(ref[:2]), string(ref[2:4]), string(ref))
}

// putLarge writes a content to a file of its own: temporary file, fsync, rename,
// fsync of the folder. head is what was read of it already.
func (s *Store) putLarge(src *source, head []byte) (Info, error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "put-*")
	if err != nil {
		return Info{}, fmt.Errorf("store a content: %w", err)
	}
	kept := false
	defer func() {
		if !kept {
			_ = f.Close() // what is thrown away need not be written
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(head); err != nil {
		return Info{}, fmt.Errorf("store a content: %w", err)
	}
	// Not through f.ReadFrom, whose pieces are small.
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{src}, make([]byte, copySize)); err != nil {
		return Info{}, err
	}
	sum, err := src.check()
	if err != nil {
		return Info{}, err
	}
	info := Info{Ref: refOf(sum), Size: src.n}
	s.kept.RLock()
	defer s.kept.RUnlock()
	if have, err := s.syncedLarge(info); err != nil || have {
		return info, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return Info{}, fmt.Errorf("store a content: %w", err)
	}
	if err := s.place(f.Name(), info.Ref); err != nil {
		return Info{}, fmt.Errorf("store a content: %w", err)
	}
	kept = true
	return info, nil
}

// syncedLarge says whether a content is there already, and makes sure that its
// place in the folder is on the disk: another Put may have renamed it a moment ago.
// The content counts as written now, so that Collect leaves it to its new row.
func (s *Store) syncedLarge(info Info) (bool, error) {
	path := s.largePath(info.Ref)
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && st.Size() != info.Size {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := os.Chtimes(path, time.Time{}, time.Now()); err != nil { //nolint:forbidigo // the disk's clock
		return false, err
	}
	return true, s.syncPath(path)
}

// place renames a finished file to where its ref says.
func (s *Store) place(tmp string, ref Ref) error {
	path := s.largePath(ref)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return s.syncPath(path)
}

// syncPath makes a file's name durable, and those of the two folders above it.
func (s *Store) syncPath(path string) error {
	for range 3 {
		path = filepath.Dir(path)
		if err := syncDir(path); err != nil {
			return err
		}
	}
	return nil
}

// openLarge opens a content that is a file of its own.
func (s *Store) openLarge(ref Ref) (Reader, error) {
	f, err := os.Open(s.largePath(ref))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("ref %s: %w", ref, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("ref %s: %w", ref, err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &largeReader{File: f, size: st.Size()}, nil
}

// FileOf gives the file that r reads, if its content is a file of its own: the
// system can send it without copying. The file belongs to r.
func FileOf(r Reader) (*os.File, bool) {
	if l, ok := r.(*largeReader); ok {
		return l.File, true
	}
	return nil, false
}

// largeReader is a file.
type largeReader struct {
	*os.File
	size int64
}

// Size implements Reader.
func (r *largeReader) Size() int64 { return r.size }

// emptyTmp removes what a crash left unfinished.
func (s *Store) emptyTmp() error {
	dir := filepath.Join(s.dir, "tmp")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		s.log.Info("unfinished contents removed", slog.Int("count", len(entries)))
	}
	return nil
}
