package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"schulhof/sync/remote"
)

// download is a download under way or ended. Guarded by Files.mu.
type download struct {
	Transfer
	cancel  context.CancelFunc // of the request under way
	pausing bool
	dropped bool
	resume  chan struct{} // gets a token when a pause ends
	again   func(ctx context.Context)
}

const maxTries = 5 // without one byte of progress between them

// pull downloads a file into a hidden part file in dir and returns its path. The
// download shows among the transfers and goes on after a broken connection;
// again is what Retry does after it failed.
func (f *Files) pull(ctx context.Context, e Entry, dir string, batch int64, again func(ctx context.Context)) (string, remote.Meta, error) {
	file, err := os.CreateTemp(dir, partPrefix+"*") // 0600
	if err != nil {
		return "", remote.Meta{}, err
	}
	d := f.beginDownload(e, batch, again)
	meta, err := f.pullInto(ctx, e, file, d)
	if err == nil && !e.Mtime.IsZero() {
		err = os.Chtimes(file.Name(), time.Time{}, e.Mtime)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	f.endDownload(d, err)
	if err != nil {
		return "", meta, errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), meta, nil
}

func (f *Files) pullInto(ctx context.Context, e Entry, file *os.File, d *download) (remote.Meta, error) {
	var meta remote.Meta
	var from int64
	for try := 1; ; try++ {
		one, cancel, err := f.nextPart(ctx, d)
		if err != nil {
			return meta, err
		}
		meta, err = f.Remote.Get(one, e.Href, file, remote.GetOptions{
			From: from, ETag: meta.ETag,
			Progress: func(done, total int64) { f.progress(d, done, total) },
		})
		cancel()
		if err == nil {
			return meta, nil
		}
		f.mu.Lock()
		pausing, dropped := d.pausing, d.dropped
		f.mu.Unlock()
		if dropped || ctx.Err() != nil {
			return meta, context.Canceled
		}
		before := from
		if from, err = offset(file, meta, err); pausing {
			continue
		}
		if f.heard(err); !remote.Temporary(err) || (from == 0 && !f.Online()) {
			return meta, err
		}
		if from > before {
			try = 1
		}
		if try >= maxTries || !pause(ctx, backoff(try)) {
			return meta, err
		}
	}
}

// offset is how much of a file is there and can be kept.
func offset(file *os.File, meta remote.Meta, err error) (int64, error) {
	if meta.ETag == "" {
		return 0, err
	}
	n, seekErr := file.Seek(0, io.SeekCurrent)
	if seekErr != nil {
		return 0, errors.Join(err, seekErr)
	}
	return n, err
}

// nextPart waits while the download is paused.
func (f *Files) nextPart(ctx context.Context, d *download) (context.Context, context.CancelFunc, error) {
	for {
		f.mu.Lock()
		if d.dropped {
			f.mu.Unlock()
			return nil, nil, context.Canceled
		}
		if !d.pausing {
			one, cancel := context.WithCancel(ctx)
			d.cancel, d.State = cancel, Running
			f.mu.Unlock()
			return one, cancel, nil
		}
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-d.resume:
		}
	}
}

func (f *Files) beginDownload(e Entry, batch int64, again func(ctx context.Context)) *download {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	d := &download{
		Transfer: Transfer{ID: f.nextID, Name: e.Name, Href: e.Href, Dir: Down, Total: e.Size, State: Running, Batch: batch},
		resume:   make(chan struct{}, 1),
		again:    again,
	}
	f.downs[d.ID] = d
	f.order = append(f.order, d.ID)
	f.trim()
	f.emit.hit()
	return d
}

func (f *Files) endDownload(d *download, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.Err = err
	switch {
	case err == nil:
		d.State, d.Done = Done, d.Total
	case d.dropped || errors.Is(err, context.Canceled):
		f.dropTransfer(d.ID)
	default:
		d.State = Broken
	}
	f.emit.hit()
}

func (f *Files) progress(d *download, done, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.Done = done
	if total >= 0 {
		d.Total = total
	}
	f.emit.hit()
}

// Download copies files and folders into a folder of this PC, beside what is
// there, and waits for the network; it returns the paths it made, in the order
// of es. A taken name becomes "Name (2).ext". On an error what came so far stays.
func (f *Files) Download(ctx context.Context, es []Entry, toDir string) ([]string, error) {
	f.mu.Lock()
	f.batches++
	batch := f.batches
	f.mu.Unlock()
	paths := make([]string, 0, len(es))
	var todo []fetching
	for _, e := range es {
		path, more, err := f.prepare(ctx, e, toDir, 0)
		if err != nil {
			return paths, fmt.Errorf("download %s: %w", e.Name, err)
		}
		paths = append(paths, path)
		todo = append(todo, more...)
	}
	return paths, f.fetchAll(ctx, todo, batch)
}

// fetching is one file that Download brings.
type fetching struct {
	e    Entry
	path string // an empty file that keeps the name
}

const maxDepth = 64

// prepare makes the folders and reserves the names of a download.
func (f *Files) prepare(ctx context.Context, e Entry, dir string, depth int) (string, []fetching, error) {
	if depth > maxDepth {
		return "", nil, ErrName
	}
	path, err := reserve(dir, safeName(e.Name, maxLocalName), e.Folder)
	if err != nil || !e.Folder {
		return path, []fetching{{e, path}}, err
	}
	members, err := f.membersOf(ctx, e.Href)
	if err != nil {
		return path, nil, err
	}
	var todo []fetching
	for _, m := range members {
		_, more, err := f.prepare(ctx, m, path, depth+1)
		if err != nil {
			return path, nil, err
		}
		todo = append(todo, more...)
	}
	return path, todo, nil
}

// membersOf lists a folder from the server, or as known where that does not answer.
func (f *Files) membersOf(ctx context.Context, href string) ([]Entry, error) {
	list, err := f.list(ctx, href)
	if f.heard(err); unasked(err) {
		known, cached := f.Folder(ctx, href)
		if cached == nil && !known.At.IsZero() {
			return known.Entries, nil
		}
	}
	return list, err
}

// reserve makes an empty file or a folder under the first free name.
func reserve(dir, name string, folder bool) (string, error) {
	for n := 1; n <= 10_000; n++ {
		path := filepath.Join(dir, name)
		if n > 1 {
			path = filepath.Join(dir, numbered(name, n))
		}
		var err error
		if folder {
			err = os.Mkdir(path, 0o700)
		} else {
			var file *os.File
			if file, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
				err = file.Close()
			}
		}
		if !errors.Is(err, os.ErrExist) {
			return path, err
		}
	}
	return "", ErrTaken
}

// fetchAll brings files, a few at a time; the first error ends it.
func (f *Files) fetchAll(ctx context.Context, todo []fetching, batch int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan fetching)
	for range min(workers, len(todo)) {
		wg.Go(func() {
			for t := range next {
				if err := f.fetchOne(ctx, t, batch); err != nil {
					cancel(fmt.Errorf("download %s: %w", t.e.Name, err))
				}
			}
		})
	}
	var left []fetching
	for i, t := range todo {
		if ctx.Err() != nil {
			left = todo[i:]
			break
		}
		next <- t
	}
	close(next)
	wg.Wait()
	for _, t := range left {
		_ = os.Remove(t.path) // empty: only the name was kept
	}
	return context.Cause(ctx)
}

// fetchOne fills one reserved file: from a local copy if it has the listed
// content, else from the server.
func (f *Files) fetchOne(ctx context.Context, t fetching, batch int64) error {
	part, err := f.fromCopy(ctx, t)
	if err != nil {
		return errors.Join(err, os.Remove(t.path))
	}
	if part == "" {
		var meta remote.Meta
		if part, meta, err = f.pull(ctx, t.e, filepath.Dir(t.path), batch, f.retryDownload(t)); err != nil {
			return errors.Join(err, os.Remove(t.path))
		}
		if t.e.SHA256 != "" && meta.ETag == t.e.ETag {
			if sum, err := hashFile(ctx, part); err != nil || sum != t.e.SHA256 {
				return errors.Join(ErrChecksum, err, os.Remove(part), os.Remove(t.path))
			}
		}
	}
	if err := syncFile(part); err != nil {
		return errors.Join(err, os.Remove(part), os.Remove(t.path))
	}
	info, err := os.Stat(t.path)
	if err == nil && info.Size() > 0 {
		// Somebody wrote into the reserved file: theirs stays.
		if t.path, err = reserve(filepath.Dir(t.path), filepath.Base(t.path), false); err != nil {
			return errors.Join(err, os.Remove(part))
		}
	}
	return os.Rename(part, t.path)
}

// retryDownload brings a file of a Download that failed.
func (f *Files) retryDownload(t fetching) func(ctx context.Context) {
	return func(ctx context.Context) {
		if _, err := f.Download(ctx, []Entry{t.e}, filepath.Dir(t.path)); err != nil && ctx.Err() == nil {
			f.Log.InfoContext(ctx, "download", "err", err)
		}
	}
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// fromCopy copies a local copy into a part file beside t.path; "" when there is
// none that fits.
func (f *Files) fromCopy(ctx context.Context, t fetching) (string, error) {
	c, row := f.snapshot(t.e)
	if c == nil || (row.ETag != t.e.ETag && !row.Edited && f.Online()) {
		return "", nil
	}
	from, err := os.Open(f.path(row))
	if err != nil {
		return "", nil // no copy: the server has it
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(t.path), partPrefix+"*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, &ctxReader{ctx, from})
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(to.Name()))
	}
	return to.Name(), nil
}

// ctxReader ends with its ctx.
type ctxReader struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to end early
	r   io.Reader
}

func (r *ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// LocalCopies returns paths of the entries' content on this PC, for a file
// manager to take: local copies of files, which are watched as after Open, and
// for folders a tree of their own that is not. It waits for the network.
func (f *Files) LocalCopies(ctx context.Context, es []Entry) ([]string, error) {
	paths := make([]string, 0, len(es))
	for _, e := range es {
		if !e.Folder {
			path, err := f.Open(ctx, e)
			if err != nil {
				return paths, err
			}
			paths = append(paths, path)
			continue
		}
		dir, err := os.MkdirTemp(f.Dir, ".folder-*")
		if err != nil {
			return paths, fmt.Errorf("folder for %s: %w", e.Name, err)
		}
		made, err := f.Download(ctx, []Entry{e}, dir)
		if err != nil {
			return paths, err
		}
		paths = append(paths, made...)
	}
	return paths, nil
}
