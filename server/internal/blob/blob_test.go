package blob

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func bytesOf(seed uint64, n int) []byte {
	b := make([]byte, n)
	c := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	c.Read(b)
	return b
}

func put(t testing.TB, s *Store, data []byte) Info {
	t.Helper()
	info, err := s.Put(t.Context(), bytes.NewReader(data), PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(data); info.Ref != refOf(sum) || info.Size != int64(len(data)) {
		t.Fatalf("put %d bytes: %+v", len(data), info)
	}
	return info
}

func want(t testing.TB, s *Store, ref Ref, data []byte) {
	t.Helper()
	if has, err := s.Has(t.Context(), ref); err != nil || !has {
		t.Fatalf("%s is not there: %v", ref, err)
	}
	r, err := s.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data) || r.Size() != int64(len(data)) {
		t.Fatalf("%s: %d bytes of %d, size %d, %v", ref, len(got), len(data), r.Size(), err)
	}
	if len(data) > 2 {
		if _, err := r.Seek(-2, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if tail, err := io.ReadAll(r); err != nil || !bytes.Equal(tail, data[len(data)-2:]) {
			t.Fatalf("tail of %s: %x, %v", ref, tail, err)
		}
	}
}

// content gives the bytes that files under dir hold, and how many files there are
// beside packs.
func content(t *testing.T, dir string) (size int64, files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		size += st.Size()
		if filepath.Ext(path) != ".pack" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size, files
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	kept := map[Ref][]byte{}
	for i, n := range []int{0, 1, 2, 4095, 4096, smallMax - 1, smallMax, smallMax + 1, smallMax + 2, 300_000, 3 << 20} {
		data := bytesOf(uint64(i), n)
		info := put(t, s, data)
		kept[info.Ref] = data
		if _, isFile := FileOf(must(s.Open(t.Context(), info.Ref))(t)); isFile != (n > smallMax) {
			t.Errorf("%d bytes: a file of its own: %v", n, isFile)
		}
	}
	for range 2 { // the second time it was opened again
		for ref, data := range kept {
			want(t, s, ref, data)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
	}
	put(t, s, []byte("one more"))
	if _, files := content(t, dir); len(files) != 4 {
		t.Errorf("files of their own: %v", files)
	}
}

func must(r Reader, err error) func(t *testing.T) Reader {
	return func(t *testing.T) Reader {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r
	}
}

func TestTwiceIsOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	small, large := bytesOf(1, 1000), bytesOf(2, 200_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				put(t, s, small)
				put(t, s, large)
			}
		})
	}
	wg.Wait()
	if _, files := content(t, dir); len(files) != 1 || s.packs.end != 1000+recordHeader {
		t.Errorf("files %v, pack of %d bytes", files, s.packs.end)
	}
	s.Close()
	s = open(t, dir)
	put(t, s, small)
	if s.packs.end != 1000+recordHeader {
		t.Errorf("stored again after opening again: %d bytes", s.packs.end)
	}
}

func TestRefused(t *testing.T) {
	errCut := errors.New("cut")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	hexOf := hex.EncodeToString
	for _, n := range []int{10, smallMax, smallMax + 1, 500_000} {
		data := bytesOf(7, n)
		sha, sha1sum, md5sum := sha256.Sum256(data), sha1.Sum(data), md5.Sum(data)
		for _, c := range []struct {
			name string
			ctx  context.Context //nolint:containedctx // one row's
			r    io.Reader
			o    PutOptions
			want error
		}{
			{"too large", t.Context(), bytes.NewReader(data), PutOptions{Max: int64(n) - 1}, ErrTooLarge},
			{"cut", t.Context(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(errCut)), PutOptions{}, errCut},
			{"cut at once", t.Context(), iotest.ErrReader(errCut), PutOptions{}, errCut},
			{"unexpected end", t.Context(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(io.ErrUnexpectedEOF)), PutOptions{}, io.ErrUnexpectedEOF},
			{"sha256", t.Context(), bytes.NewReader(data), PutOptions{Expect: Sums{SHA256: strings.Repeat("0", 64)}}, ErrChecksum},
			{"sha1", t.Context(), bytes.NewReader(data), PutOptions{Expect: Sums{SHA256: hexOf(sha[:]), SHA1: "00"}}, ErrChecksum},
			{"md5", t.Context(), bytes.NewReader(data), PutOptions{Expect: Sums{MD5: hexOf(sha1sum[:])}}, ErrChecksum},
			{"cancelled", cancelled, bytes.NewReader(data), PutOptions{}, context.Canceled},
		} {
			dir := t.TempDir()
			s := open(t, dir)
			_, err := s.Put(c.ctx, c.r, c.o)
			if !errors.Is(err, c.want) {
				t.Errorf("%d bytes, %s: %v, want %v", n, c.name, err, c.want)
			}
			if has, err := s.Has(t.Context(), refOf(sha)); has || err != nil {
				t.Errorf("%d bytes, %s: it is there, %v", n, c.name, err)
			}
			if size, files := content(t, dir); size != 0 || len(files) != 0 {
				t.Errorf("%d bytes, %s: %d bytes left behind, %v", n, c.name, size, files)
			}
		}
		s := open(t, t.TempDir())
		o := PutOptions{Max: int64(n), Expect: Sums{SHA256: strings.ToUpper(hexOf(sha[:])), SHA1: hexOf(sha1sum[:]), MD5: hexOf(md5sum[:])}}
		if _, err := s.Put(t.Context(), iotest.HalfReader(bytes.NewReader(data)), o); err != nil {
			t.Errorf("%d bytes, all sums right: %v", n, err)
		}
	}
}

func TestNotThere(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, bytesOf(1, 100_000))
	for _, ref := range []Ref{"", "x", "..", Ref(strings.Repeat("0", 64)), Ref(strings.Repeat("A", 64)), Ref("../../" + strings.Repeat("a", 58))} {
		if r, err := s.Open(t.Context(), ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("open %q: %v, %v", ref, r, err)
		}
		if has, err := s.Has(t.Context(), ref); has || err != nil {
			t.Errorf("has %q: %v, %v", ref, has, err)
		}
	}
}

func TestManyShareFsyncs(t *testing.T) {
	s := open(t, t.TempDir())
	const putters, each = 8, 100
	var wg sync.WaitGroup
	for w := range putters {
		wg.Go(func() {
			for i := range each {
				put(t, s, fmt.Append(nil, w, "-", i))
			}
		})
	}
	wg.Wait()
	if n := s.packs.syncs.Load(); n > putters*each*2/3 {
		t.Errorf("%d fsyncs for %d contents of %d putters", n, putters*each, putters)
	} else {
		t.Logf("%d fsyncs for %d contents", n, putters*each)
	}
}

func TestTornTail(t *testing.T) {
	whole := [][]byte{bytesOf(1, 1000), bytesOf(2, 0), bytesOf(3, 5000)}
	last := bytesOf(4, 3000)
	for _, c := range []struct {
		name string
		tear func(pack []byte, at int) []byte // the last record begins at
	}{
		{"header cut", func(p []byte, at int) []byte { return p[:at+20] }},
		{"content cut", func(p []byte, at int) []byte { return p[:at+recordHeader+100] }},
		{"content zero", func(p []byte, at int) []byte { clear(p[at+recordHeader+1000:]); return p }},
		{"header garbled", func(p []byte, at int) []byte { p[at+9] ^= 1; return p }},
		{"length garbled", func(p []byte, at int) []byte { p[at+6] = 0xff; return p }},
		{"content garbled", func(p []byte, at int) []byte { p[at+recordHeader+2999] ^= 1; return p }},
		{"never written", func(p []byte, at int) []byte { clear(p[at:]); return p }},
		{"nothing behind", func(p []byte, at int) []byte { return p[:at] }},
		{"a good record behind a torn one", func(p []byte, at int) []byte {
			p[at+recordHeader] ^= 1
			after := at + recordHeader + len(last)
			rec, _ := appendRecord(nil, sha256.Sum256([]byte("x")), []byte("x"))
			copy(p[after:], rec)
			return p
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			for _, data := range whole {
				put(t, s, data)
			}
			at := int(s.packs.end)
			lost := put(t, s, last)
			s.Close()
			name := filepath.Join(dir, "pack", "000000.pack")
			pack, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, c.tear(pack, at), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				s = open(t, dir)
				for _, data := range whole {
					want(t, s, refOf(sha256.Sum256(data)), data)
				}
				for _, ref := range []Ref{lost.Ref, refOf(sha256.Sum256([]byte("x")))} {
					if has, err := s.Has(t.Context(), ref); has || err != nil {
						t.Errorf("%s is there, %v", ref, err)
					}
				}
				put(t, s, []byte("later"))
				s.Close()
			}
			s = open(t, dir)
			want(t, s, put(t, s, last).Ref, last)
			want(t, s, refOf(sha256.Sum256([]byte("later"))), []byte("later"))
		})
	}
}

func TestRotten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	info := put(t, s, bytesOf(1, 1000))
	f, err := os.OpenFile(filepath.Join(dir, "pack", "000000.pack"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("rot"), recordHeader+500); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), info.Ref); !errors.Is(err, ErrChecksum) {
		t.Errorf("rotten content: %v", err)
	}
}

func TestPackAfterPack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	first := bytesOf(1, 5000)
	put(t, s, first)
	s.packs.end = packMax - 100 // as good as full; nothing was written between
	second := bytesOf(2, 5000)
	put(t, s, second)
	if len(s.packs.files) != 2 {
		t.Fatalf("%d packs", len(s.packs.files))
	}
	for range 2 {
		want(t, s, refOf(sha256.Sum256(first)), first)
		want(t, s, refOf(sha256.Sum256(second)), second)
		s.Close()
		s = open(t, dir)
	}
}

func TestDiskFull(t *testing.T) {
	s := open(t, t.TempDir())
	before := put(t, s, []byte("before"))
	room := int64(recordHeader + 6 + 5000)
	full := true
	s.packs.write = func(f *os.File, p []byte, at int64) (int, error) {
		if full && at+int64(len(p)) > room {
			n, _ := f.WriteAt(p[:max(0, room-at)], at)
			return n, syscall.ENOSPC
		}
		return f.WriteAt(p, at)
	}
	s.packs.filled = s.packs.end // no zeros ahead
	data := bytesOf(1, 6000)
	if _, err := s.Put(t.Context(), bytes.NewReader(data), PutOptions{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("disk full: %v", err)
	}
	if has, _ := s.Has(t.Context(), refOf(sha256.Sum256(data))); has {
		t.Error("it is there all the same")
	}
	fits := put(t, s, []byte("fits"))
	full = false
	after := put(t, s, data)
	for ref, data := range map[Ref][]byte{before.Ref: []byte("before"), fits.Ref: []byte("fits"), after.Ref: data} {
		want(t, s, ref, data)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir())
	s.Close()
	if _, err := s.Put(t.Context(), strings.NewReader("x"), PutOptions{}); err == nil {
		t.Error("a closed store took a content")
	}
}

func BenchmarkPut4K(b *testing.B) {
	s := open(b, b.TempDir())
	var n sync.Mutex
	i := uint64(0)
	b.SetBytes(4096)
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n.Lock()
			i++
			data := bytesOf(i, 4096)
			n.Unlock()
			if _, err := s.Put(context.Background(), bytes.NewReader(data), PutOptions{}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(s.packs.syncs.Load())/float64(b.N), "fsyncs/put")
}

func BenchmarkOpen4K(b *testing.B) {
	s := open(b, b.TempDir())
	info := put(b, s, bytesOf(1, 4096))
	for b.Loop() {
		r, err := s.Open(b.Context(), info.Ref)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, r)
		r.Close()
	}
}
