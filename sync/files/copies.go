package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

const partPrefix = ".schulhof-part-"

// localCopy is a file of the server on this PC. Fields up to Sent are its
// row; all are guarded by Files.mu.
type localCopy struct {
	Num      int64  `db:"num"`
	Node     string `db:"node"`
	Href     string `db:"href"`
	Dir      string `db:"dir"`
	Name     string `db:"name"`
	ETag     string `db:"etag"`   // of the content that both sides agreed on; "" for a file that is new here
	SHA256   string `db:"sha256"` // likewise
	Size     int64  `db:"size"`   // of the local file with that content
	Mtime    int64  `db:"mtime"`  // likewise, unix ns
	Edited   bool   `db:"edited"`
	Conflict bool   `db:"conflict"`
	Sent     sums   `db:"sent"` // edits since then that may have arrived

	seen  seen // the watcher's last look
	noted seen // the edit that a job was queued for
	job   int64
}

// seen is how a file looked.
type seen struct {
	size  int64
	mtime int64
	at    time.Time
}

func (s seen) is(info fs.FileInfo) bool {
	return s.size == info.Size() && s.mtime == info.ModTime().UnixNano()
}

// pristine says whether a local file is as both sides agreed.
func (c *localCopy) pristine(info fs.FileInfo) bool {
	return !c.Edited && c.ETag != "" && c.Size == info.Size() && c.Mtime == info.ModTime().UnixNano()
}

func (f *Files) loadCopies(ctx context.Context, r cache.Reader) error {
	var rows []*localCopy
	err := r.Select(ctx, &rows, `SELECT num, node, href, dir, name, etag, sha256, size, mtime, edited, conflict, sent FROM copy`)
	for _, c := range rows {
		f.copies[c.Num] = c
		f.nextCopy = max(f.nextCopy, c.Num)
		if c.Edited {
			f.active[c.Num] = true
		}
	}
	return err
}

// putCopy writes a copy's row; c is a snapshot.
func putCopy(ctx context.Context, tx cache.Tx, c localCopy) error {
	_, err := tx.Exec(ctx, `INSERT OR REPLACE INTO copy (num, node, href, dir, name, etag, sha256, size, mtime, edited, conflict, sent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Num, c.Node, c.Href, c.Dir, c.Name, c.ETag, c.SHA256, c.Size, c.Mtime, c.Edited, c.Conflict, c.Sent)
	return err
}

// change changes a copy in memory and on the disk.
func (f *Files) change(ctx context.Context, c *localCopy, fn func(c *localCopy)) error {
	f.mu.Lock()
	fn(c)
	row := *c
	f.mu.Unlock()
	err := f.Cache.Write(ctx, func(tx cache.Tx) error { return putCopy(ctx, tx, row) })
	f.Signal.Emit(signal.Folder(remote.Parent(row.Href)))
	return err
}

// dropCopy forgets a copy whose file is gone.
func (f *Files) dropCopy(ctx context.Context, c *localCopy) error {
	f.mu.Lock()
	delete(f.copies, c.Num)
	delete(f.active, c.Num)
	href := c.Href
	f.mu.Unlock()
	err := f.Cache.Write(ctx, func(tx cache.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM copy WHERE num = ?`, c.Num)
		return err
	})
	f.Signal.Emit(signal.Folder(remote.Parent(href)))
	return err
}

// copyFor finds the copy of an entry. Call it with f.mu.
func (f *Files) copyFor(id, href string) *localCopy {
	var byHref *localCopy
	for _, c := range f.copies {
		if id != "" && c.Node == id {
			return c
		}
		if c.Href == href && (c.Node == "" || id == "") {
			byHref = c
		}
	}
	return byHref
}

// overlay puts the state on this PC into entries.
func (f *Files) overlay(list []Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.copies) == 0 || len(list) == 0 {
		return
	}
	byNode := make(map[string]*localCopy, len(f.copies))
	byHref := make(map[string]*localCopy, len(f.copies))
	for _, c := range f.copies {
		if c.Node != "" {
			byNode[c.Node] = c
		}
		byHref[c.Href] = c
	}
	for i := range list {
		e := &list[i]
		c := byNode[e.ID]
		if c == nil && byHref[e.Href] != nil && (e.ID == "" || byHref[e.Href].Node == "") {
			c = byHref[e.Href]
		}
		if c != nil && !e.Folder {
			e.Local = f.stateOf(c, e.ETag)
		}
	}
}

// stateOf is the state of an entry with a copy. Call it with f.mu.
func (f *Files) stateOf(c *localCopy, etag string) State {
	if j := f.jobs[c.job]; j != nil {
		switch j.State {
		case Running:
			return Uploading
		case Broken:
			return Failed
		case Queued, Paused:
			return Edited
		default:
		}
	}
	switch {
	case c.Edited:
		return Edited
	case c.Conflict:
		return Conflict
	case c.ETag == etag:
		return Cached
	}
	return None
}

func (f *Files) path(c localCopy) string { return filepath.Join(f.Dir, c.Dir, c.Name) }

// Open returns the path of a local copy of a file, downloading it if there is
// none with the listed content; it waits for that. What is saved at the path
// afterwards goes up by itself. Without network any copy is good, and where
// there is none the error is remote.ErrOffline.
func (f *Files) Open(ctx context.Context, e Entry) (string, error) {
	if e.Folder {
		return "", fmt.Errorf("open %s: %w", e.Name, ErrSpecial)
	}
	href, err := remote.Clean(e.Href)
	if err != nil {
		return "", err
	}
	e.Href = href
	defer f.lockOpen(e.ID + " " + e.Href)()
	if e.ETag == "" && f.Online() {
		now, err := f.Remote.Stat(ctx, e.Href)
		if f.heard(err); err != nil {
			return "", fmt.Errorf("open %s: %w", e.Name, err)
		}
		e = entryOf(now)
	}
	c, row := f.snapshot(e)
	if c != nil && f.good(row, e) {
		f.activate(row)
		return f.path(row), nil
	}
	path, err := f.bring(ctx, e, c)
	if errors.Is(err, remote.ErrOffline) && c != nil {
		if _, gone := os.Stat(f.path(row)); gone == nil {
			f.activate(row)
			return f.path(row), nil // an older copy is better than none
		}
	}
	if err != nil {
		return "", fmt.Errorf("open %s: %w", e.Name, err)
	}
	return path, nil
}

// snapshot finds the copy of an entry, nil where there is none, and its row now.
func (f *Files) snapshot(e Entry) (*localCopy, localCopy) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.copyFor(e.ID, e.Href)
	if c == nil {
		return nil, localCopy{}
	}
	return c, *c
}

// good says whether a copy can be opened as it is: it has the listed content,
// or an edit that waits, or there is no network to bring another.
func (f *Files) good(row localCopy, e Entry) bool {
	info, err := os.Stat(f.path(row))
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	return !row.pristine(info) || row.ETag == e.ETag || !f.Online()
}

// lockOpen keeps two calls from bringing the same file.
func (f *Files) lockOpen(key string) (unlock func()) {
	f.mu.Lock()
	lock := f.opening[key]
	if lock == nil {
		lock = &sync.Mutex{}
		f.opening[key] = lock
	}
	f.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// activate puts a copy under the watch.
func (f *Files) activate(c localCopy) {
	f.mu.Lock()
	f.active[c.Num] = true
	watch := f.watch
	f.mu.Unlock()
	if watch != nil {
		watch(filepath.Join(f.Dir, c.Dir))
	}
	poke(f.look)
}

// bring downloads a file into its local copy, old or nil, and watches it.
func (f *Files) bring(ctx context.Context, e Entry, old *localCopy) (string, error) {
	next := localCopy{Node: e.ID, Href: e.Href, Name: safeName(e.Name, maxLocalName)}
	if old != nil {
		f.mu.Lock()
		next.Num, next.Dir, next.Conflict = old.Num, old.Dir, old.Conflict
		f.mu.Unlock()
	} else {
		dir, err := f.newDir(e.ID, e.Href)
		if err != nil {
			return "", err
		}
		next.Dir = dir
	}
	dir := filepath.Join(f.Dir, next.Dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	part, meta, err := f.pull(ctx, e, dir, 0, func(ctx context.Context) {
		if _, err := f.Open(ctx, e); err != nil && ctx.Err() == nil {
			f.Log.InfoContext(ctx, "download", "err", err)
		}
	})
	if err != nil {
		return "", err
	}
	defer os.Remove(part)
	// On the disk before its row is: after a power cut, a file that is not as its row
	// says would be taken for an edit, and go up over the good one.
	if err := syncFile(part); err != nil {
		return "", err
	}
	if next.SHA256, err = hashFile(ctx, part); err != nil {
		return "", err
	}
	if e.SHA256 != "" && meta.ETag == e.ETag && next.SHA256 != e.SHA256 {
		return "", ErrChecksum
	}
	if next.ETag = meta.ETag; meta.ID != "" {
		next.Node = meta.ID
	}
	return f.place(ctx, part, next, old)
}

// place puts a download where its copy is. A file that was edited meanwhile
// stays, and the download goes.
func (f *Files) place(ctx context.Context, part string, next localCopy, old *localCopy) (string, error) {
	path := f.path(next)
	if old != nil {
		f.mu.Lock()
		row := *old
		f.mu.Unlock()
		info, err := os.Stat(f.path(row))
		if err == nil && !row.pristine(info) {
			f.activate(row)
			return f.path(row), nil
		}
		if before := f.path(row); err == nil && before != path {
			if err := os.Remove(before); err != nil {
				return "", err
			}
		}
	}
	if err := os.Rename(part, path); err != nil {
		return "", err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	next.Size, next.Mtime = info.Size(), info.ModTime().UnixNano()
	c := old
	f.mu.Lock()
	if c == nil {
		f.nextCopy++
		c = &localCopy{Num: f.nextCopy}
		next.Num = c.Num
		f.copies[c.Num] = c
	}
	f.mu.Unlock()
	err = f.change(ctx, c, func(c *localCopy) {
		job := c.job
		*c = next
		c.job = job
	})
	if err != nil {
		return "", err
	}
	f.activate(next)
	return path, nil
}

// newDir makes the folder of a new copy. One that is there already, and whose
// copy is not known any more, may hold an edit: it stays as it is.
func (f *Files) newDir(id, href string) (string, error) {
	base := dirName(id, href)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		err := os.Mkdir(filepath.Join(f.Dir, name), 0o700)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return "", err
		}
		if left, err := os.ReadDir(filepath.Join(f.Dir, name)); err == nil && len(left) == 0 && !f.dirUsed(name) {
			return name, nil
		}
	}
}

func (f *Files) dirUsed(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.copies {
		if c.Dir == name {
			return true
		}
	}
	return false
}

func hashFile(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return hash(ctx, file)
}

// hash reads r to its end.
func hash(ctx context.Context, r io.Reader) (string, error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// Conflicts lists the conflict copies that nobody settled.
func (f *Files) Conflicts(ctx context.Context) ([]Entry, error) {
	f.mu.Lock()
	var hrefs []string
	for _, c := range f.copies {
		if c.Conflict {
			hrefs = append(hrefs, c.Href)
		}
	}
	f.mu.Unlock()
	list := make([]Entry, 0, len(hrefs))
	err := f.Cache.Read(ctx, func(r cache.Reader) error {
		for _, href := range hrefs {
			e, err := entryAt(ctx, r, href)
			if errors.Is(err, cache.ErrNotFound) {
				e = Entry{Href: href, Name: remote.Base(href)}
			} else if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	f.overlay(list)
	return list, err
}

// Settle takes the mark of a conflict from an entry: somebody looked at both.
func (f *Files) Settle(ctx context.Context, e Entry) error {
	f.mu.Lock()
	c := f.copyFor(e.ID, e.Href)
	f.mu.Unlock()
	if c == nil {
		return nil
	}
	return f.change(ctx, c, func(c *localCopy) { c.Conflict = false })
}
