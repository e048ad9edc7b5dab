package blob

import (
	"context"
	"crypto/md5"  //nolint:gosec // a checksum that clients claim, not a protection
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Errors that callers ask for.
var (
	ErrNotFound = errors.New("no such content")
	ErrTooLarge = errors.New("the content is larger than allowed")
	ErrChecksum = errors.New("the content is not what its checksum says")
)

// smallMax is the size of the largest content that goes into a pack.
const smallMax = 64 << 10

// Ref names a content: its SHA-256 in lower-case hex.
type Ref string

// Valid says whether the ref has the form of one.
func (r Ref) Valid() bool {
	_, err := r.sum()
	return err == nil
}

func (r Ref) sum() (sum [sha256.Size]byte, err error) {
	if len(r) != 2*sha256.Size || strings.ToLower(string(r)) != string(r) {
		return sum, fmt.Errorf("ref %q: %w", string(r), ErrNotFound)
	}
	if _, err := hex.Decode(sum[:], []byte(r)); err != nil {
		return sum, fmt.Errorf("ref %q: %w", string(r), ErrNotFound)
	}
	return sum, nil
}

func refOf(sum [sha256.Size]byte) Ref { return Ref(hex.EncodeToString(sum[:])) }

// Sums are checksums that the sender of a content claims, in hex; "" = none.
type Sums struct{ SHA256, SHA1, MD5 string }

// PutOptions say what a content must be like.
type PutOptions struct {
	Max    int64 // bytes, 0 = no bound
	Expect Sums
}

// Info is what Put says of a content.
type Info struct {
	Ref  Ref
	Size int64
}

// Reader reads one content. Read it from one goroutine; close it.
type Reader interface {
	io.ReadSeekCloser
	Size() int64
}

// Store is a folder of blobs, safe for use by many goroutines of one process; a
// second process must not open the same folder.
type Store struct {
	dir   string
	log   *slog.Logger
	packs *packs
	// kept is held for reading while a Put keeps a large content, and for writing
	// while Collect removes one.
	kept sync.RWMutex
}

// Open opens the store in dir, and makes it if there is none. What a crash left
// unfinished is cut off: it was never acknowledged.
func Open(dir string, log *slog.Logger) (*Store, error) {
	s := &Store{dir: dir, log: log}
	for _, sub := range []string{"pack", "tmp", "large"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("blob folder: %w", err)
		}
	}
	if err := s.emptyTmp(); err != nil {
		return nil, fmt.Errorf("blob folder: %w", err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := syncDir(d); err != nil {
			return nil, fmt.Errorf("blob folder: %w", err)
		}
	}
	packs, err := openPacks(filepath.Join(dir, "pack"), log)
	if err != nil {
		return nil, fmt.Errorf("blob packs: %w", err)
	}
	s.packs = packs
	return s, nil
}

// Close ends the store; no call is under way by then.
func (s *Store) Close() error { return s.packs.close() }

// Put reads a content to its end and keeps it. When it answers, the content is on
// the disk. An error of r, a content above opts.Max (ErrTooLarge) and a wrong
// checksum (ErrChecksum) leave nothing behind.
func (s *Store) Put(ctx context.Context, r io.Reader, opts PutOptions) (Info, error) {
	src := newSource(ctx, r, opts)
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	head := *buf
	n, err := io.ReadFull(src, head)
	switch {
	case src.failed != nil: // which may itself be an unexpected end
		return Info{}, src.failed
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		sum, err := src.check()
		if err != nil {
			return Info{}, err
		}
		if err := s.putSmall(sum, head[:n]); err != nil {
			return Info{}, fmt.Errorf("store a content: %w", err)
		}
		return Info{Ref: refOf(sum), Size: int64(n)}, nil
	case err != nil:
		return Info{}, err
	}
	return s.putLarge(src, head)
}

// putSmall keeps a content in a pack, unless it is there.
func (s *Store) putSmall(sum [sha256.Size]byte, data []byte) error { return s.packs.put(sum, data) }

// Open opens a content; ErrNotFound when there is none.
func (s *Store) Open(_ context.Context, ref Ref) (Reader, error) {
	sum, err := ref.sum()
	if err != nil {
		return nil, err
	}
	if r, err := s.packs.open(sum); r != nil || err != nil {
		return r, err
	}
	return s.openLarge(ref)
}

// Has says whether a content is there. It does not keep it there: a row that is to
// name a content follows a Put of it.
func (s *Store) Has(_ context.Context, ref Ref) (bool, error) {
	sum, err := ref.sum()
	if err != nil {
		return false, nil //nolint:nilerr // what is no ref names nothing
	}
	if s.packs.has(sum) {
		return true, nil
	}
	_, err = os.Stat(s.largePath(ref))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// source reads a content and computes what it is to be known by.
type source struct {
	ctx  context.Context //nolint:containedctx // of the one call that reads
	r    io.Reader
	max  int64
	n    int64
	sum  hash.Hash
	also []claim

	failed error // why reading ended, unless it was at the end
}

// claim is a checksum that must come out.
type claim struct {
	hash hash.Hash
	want string
}

func newSource(ctx context.Context, r io.Reader, opts PutOptions) *source {
	s := &source{ctx: ctx, r: r, max: opts.Max, sum: sha256.New()}
	if opts.Expect.SHA256 != "" {
		s.also = append(s.also, claim{s.sum, opts.Expect.SHA256})
	}
	if opts.Expect.SHA1 != "" {
		s.also = append(s.also, claim{sha1.New(), opts.Expect.SHA1}) //nolint:gosec // a client's checksum
	}
	if opts.Expect.MD5 != "" {
		s.also = append(s.also, claim{md5.New(), opts.Expect.MD5}) //nolint:gosec // a client's checksum
	}
	return s
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

func (s *source) read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	if s.max > 0 && s.n > s.max {
		return 0, ErrTooLarge
	}
	_, _ = s.sum.Write(p[:n]) // never fails
	for _, c := range s.also {
		if c.hash != s.sum {
			_, _ = c.hash.Write(p[:n]) // never fails
		}
	}
	return n, err
}

// check compares the claims and gives the content's SHA-256, after the end.
func (s *source) check() (sum [sha256.Size]byte, err error) {
	s.sum.Sum(sum[:0])
	for _, c := range s.also {
		if !strings.EqualFold(hex.EncodeToString(c.hash.Sum(nil)), c.want) {
			return sum, ErrChecksum
		}
	}
	return sum, nil
}
