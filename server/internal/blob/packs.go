package blob

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
)

// Sizes.
const (
	packMax   = 256 << 20 // a pack that has grown to it is left, the next one begun
	fillMin   = 1 << 20   // a pack is filled with zeros ahead, in steps that grow with it
	fillMax   = 16 << 20
	roundMax  = 8 << 20 // bytes of one round
	queueSize = 256
)

var errClosed = errors.New("the blob store is closed")

// packs are the pack files. One goroutine writes: it takes all contents that wait,
// appends them with one write, puts them on the disk with one fdatasync, and
// answers all. Ahead of the end a pack is filled with zeros, so that the fdatasync
// writes the contents and no changed size.
type packs struct {
	dir   string
	log   *slog.Logger
	queue chan *putJob
	ended chan struct{}
	syncs atomic.Int64

	closing sync.RWMutex // held for reading while a job enters the queue
	closed  bool

	mu    sync.RWMutex
	index map[[sha256.Size]byte]record
	files []*os.File

	// The writer's own.
	end    int64 // behind the last record of the last pack
	filled int64 // the last pack holds zeros up to here
	buf    []byte
	write  func(f *os.File, p []byte, at int64) (int, error) // tests put errors here
}

// putJob is a content that waits for the writer.
type putJob struct {
	sum  [sha256.Size]byte
	data []byte
	done chan struct{}
	err  error
}

func openPacks(dir string, log *slog.Logger) (*packs, error) {
	p := &packs{
		dir: dir, log: log, queue: make(chan *putJob, queueSize), ended: make(chan struct{}),
		index: map[[sha256.Size]byte]record{},
		write: func(f *os.File, b []byte, at int64) (int, error) { return f.WriteAt(b, at) },
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.pack"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for i, name := range names {
		if err := p.load(name, i == len(names)-1); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), p.closeFiles())
		}
	}
	go p.loop()
	return p, nil
}

// load reads a pack's headers into the index. Only the last one can have a torn
// end: an earlier one was on the disk before its successor was begun.
func (p *packs) load(name string, last bool) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	number := int32(len(p.files)) //nolint:gosec // 256 MiB each
	p.files = append(p.files, f)
	st, err := f.Stat()
	if err != nil {
		return err
	}
	p.end, err = scan(f, st.Size(), last, func(sum [sha256.Size]byte, rec record) {
		rec.pack = number
		p.index[sum] = rec
	})
	if err != nil || !last {
		return err
	}
	// Cut off what is torn, and the zeros with it.
	if p.filled = p.end; st.Size() > p.end {
		return errors.Join(f.Truncate(p.end), f.Sync())
	}
	return nil
}

func (p *packs) close() error {
	p.closing.Lock()
	if !p.closed {
		p.closed = true
		close(p.queue)
	}
	p.closing.Unlock()
	<-p.ended
	return p.closeFiles()
}

func (p *packs) closeFiles() error {
	errs := make([]error, 0, len(p.files))
	for _, f := range p.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func (p *packs) has(sum [sha256.Size]byte) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, ok := p.index[sum]
	return ok
}

// put returns when the content is on the disk.
func (p *packs) put(sum [sha256.Size]byte, data []byte) error {
	if p.has(sum) {
		return nil
	}
	j := &putJob{sum: sum, data: data, done: make(chan struct{})}
	if err := p.enqueue(j); err != nil {
		return err
	}
	<-j.done
	return j.err
}

func (p *packs) enqueue(j *putJob) error {
	p.closing.RLock()
	defer p.closing.RUnlock()
	if p.closed {
		return errClosed
	}
	p.queue <- j
	return nil
}

func (p *packs) loop() {
	defer close(p.ended)
	for first := range p.queue {
		round := []*putJob{first}
		for size := len(first.data); size < roundMax; {
			var j *putJob
			select {
			case j = <-p.queue:
			default:
			}
			if j == nil {
				break
			}
			round = append(round, j)
			size += len(j.data)
		}
		err := p.round(round)
		for _, j := range round {
			j.err = err
			close(j.done)
		}
	}
}

// round appends contents, makes them durable and known. After an error none of
// them is known, and the next round writes over their place.
func (p *packs) round(jobs []*putJob) error {
	p.buf = p.buf[:0]
	added := make(map[[sha256.Size]byte]record, len(jobs))
	for _, j := range jobs {
		if _, twice := added[j.sum]; twice || p.has(j.sum) {
			continue
		}
		at := len(p.buf)
		rec := record{length: uint32(len(j.data)), offset: int64(at) + recordHeader} //nolint:gosec // at most smallMax
		p.buf, rec.crc = appendRecord(p.buf, j.sum, j.data)
		added[j.sum] = rec
	}
	if len(added) == 0 {
		return nil
	}
	f, number, err := p.room(int64(len(p.buf)))
	if err != nil {
		return err
	}
	if _, err := p.write(f, p.buf, p.end); err != nil {
		return err
	}
	p.syncs.Add(1)
	if err := syncData(f); err != nil {
		return err
	}
	p.mu.Lock()
	for sum, rec := range added {
		rec.pack, rec.offset = number, rec.offset+p.end
		p.index[sum] = rec
	}
	p.mu.Unlock()
	p.end += int64(len(p.buf))
	return nil
}

// room gives the pack to write to, with zeros as far as the round reaches.
func (p *packs) room(size int64) (*os.File, int32, error) {
	if len(p.files) == 0 || p.end+size > packMax {
		if err := p.next(); err != nil {
			return nil, 0, err
		}
	}
	number := int32(len(p.files) - 1) //nolint:gosec // 256 MiB each
	f := p.files[number]
	if p.end+size > p.filled {
		from := max(p.filled, p.end)
		to := p.end + size + min(max(p.end, fillMin), fillMax)
		if err := p.fill(f, from, to); err != nil {
			// No room for zeros may still be room for the contents.
			return f, number, f.Truncate(from)
		}
		p.filled = to
	}
	return f, number, nil
}

// zeros is what packs are filled with.
var zeros [256 << 10]byte

func (p *packs) fill(f *os.File, from, to int64) error {
	for from < to {
		n, err := p.write(f, zeros[:min(int64(len(zeros)), to-from)], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return f.Sync()
}

// next begins a new pack.
func (p *packs) next() error {
	name := filepath.Join(p.dir, fmt.Sprintf("%06d.pack", len(p.files)))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), syncDir(p.dir)); err != nil {
		return errors.Join(err, f.Close(), os.Remove(name))
	}
	p.mu.Lock()
	p.files = append(p.files, f)
	p.mu.Unlock()
	p.end, p.filled = 0, 0
	return nil
}

// open gives a content of a pack, read at once; nil without an error when no pack has it.
func (p *packs) open(sum [sha256.Size]byte) (Reader, error) {
	p.mu.RLock()
	rec, ok := p.index[sum]
	var f *os.File
	if ok {
		f = p.files[rec.pack]
	}
	p.mu.RUnlock()
	if !ok {
		return nil, nil //nolint:nilnil // as promised
	}
	data := make([]byte, rec.length)
	if _, err := f.ReadAt(data, rec.offset); err != nil {
		return nil, fmt.Errorf("ref %s: %w", refOf(sum), err)
	}
	if crc32.Checksum(data, castagnoli) != rec.crc {
		return nil, fmt.Errorf("ref %s: %w", refOf(sum), ErrChecksum)
	}
	return &smallReader{Reader: *bytes.NewReader(data)}, nil
}

// smallReader is a content in memory. Its Size is that of bytes.Reader.
type smallReader struct{ bytes.Reader }

// Close implements io.Closer.
func (*smallReader) Close() error { return nil }
