package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"schulhof/sync/remote"
)

const (
	pollFor = 2 * time.Second  // where the system tells nothing
	resting = 30 * time.Second // while no copy is open
)

// guard watches the local copies for saves until ctx ends.
func (f *Files) guard(ctx context.Context) {
	var events chan fsnotify.Event
	var failures chan error
	if w, err := fsnotify.NewWatcher(); err != nil {
		f.Log.WarnContext(ctx, "saves are only found by looking", "err", err)
	} else {
		defer w.Close()
		events, failures = w.Events, w.Errors
		f.mu.Lock()
		f.watch = func(dir string) {
			if err := w.Add(dir); err != nil && ctx.Err() == nil {
				f.Log.DebugContext(ctx, "folder not watched", "err", err)
			}
		}
		f.mu.Unlock()
	}
	quiet := f.lookAt(ctx, true) // what was saved while the program did not run
	f.evict(ctx, maxKept)
	f.rewatch()
	for {
		timer := time.NewTimer(f.nextLook(quiet))
		select {
		case <-ctx.Done():
		case <-f.look:
		case <-timer.C:
		case _, ok := <-events:
			if !ok {
				events = nil
			}
		case _, ok := <-failures:
			if !ok {
				failures = nil
			}
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		quiet = f.lookAt(ctx, false)
	}
}

// rewatch puts the folders of all active copies under the watch.
func (f *Files) rewatch() {
	f.mu.Lock()
	watch := f.watch
	var dirs []string
	for num := range f.active {
		if c := f.copies[num]; c != nil {
			dirs = append(dirs, filepath.Join(f.Dir, c.Dir))
		}
	}
	f.mu.Unlock()
	for _, dir := range dirs {
		if watch != nil {
			watch(dir)
		}
	}
}

func (f *Files) nextLook(quiet bool) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !quiet:
		return f.settle / 2
	case len(f.active) > 0:
		return pollFor
	}
	return resting
}

// lookAt looks at the active copies, or at all. It returns false when some file
// was written so lately that it has to be looked at again.
func (f *Files) lookAt(ctx context.Context, all bool) (quiet bool) {
	f.looking.Lock()
	defer f.looking.Unlock()
	f.mu.Lock()
	var list []*localCopy
	dirs := map[string]*localCopy{}
	for num, c := range f.copies {
		if all || f.active[num] {
			list = append(list, c)
			dirs[c.Dir] = c
		}
	}
	f.mu.Unlock()
	quiet = true
	for _, c := range list {
		quiet = f.examine(ctx, c) && quiet
	}
	for dir, c := range dirs {
		quiet = f.strangers(ctx, dir, c) && quiet
	}
	return quiet
}

// examine looks at one copy and queues an upload if it was saved.
func (f *Files) examine(ctx context.Context, c *localCopy) (quiet bool) {
	f.mu.Lock()
	row := *c
	j := f.jobs[c.job]
	waiting := j != nil && (j.State == Queued || j.State == Paused || j.State == Running || j.State == Broken)
	f.mu.Unlock()
	info, err := os.Stat(f.path(row))
	if err != nil || !info.Mode().IsRegular() {
		return true // an editor is between two steps of a save, or the user deleted it
	}
	if row.pristine(info) || (row.noted.is(info) && waiting) {
		return true
	}
	now := f.Now()
	if !row.seen.is(info) {
		row.seen = seen{info.Size(), info.ModTime().UnixNano(), now}
		f.mu.Lock()
		c.seen = row.seen
		f.active[c.Num] = true
		f.mu.Unlock()
	}
	if age := now.Sub(row.seen.at); age >= 0 && age < f.settle {
		return false
	}
	if err := f.saved(ctx, c, row, info); err != nil {
		if ctx.Err() == nil {
			f.Log.WarnContext(ctx, "save not taken up yet", "err", err)
		}
		return false
	}
	return true
}

// saved takes up a save: it queues the upload unless the content is the one
// that the server has.
func (f *Files) saved(ctx context.Context, c *localCopy, row localCopy, info fs.FileInfo) error {
	if !row.Edited && row.ETag != "" {
		now, err := inspect(ctx, f.path(row))
		if errors.Is(err, ErrGone) {
			return nil
		}
		if err != nil {
			return err
		}
		if now.sum == row.SHA256 {
			return f.change(ctx, c, func(c *localCopy) { c.Size, c.Mtime = now.info.Size(), now.mtime.UnixNano() })
		}
	}
	err := f.change(ctx, c, func(c *localCopy) {
		c.Edited = true
		c.noted = seen{size: info.Size(), mtime: info.ModTime().UnixNano()}
	})
	if err != nil {
		return err
	}
	return f.queueEdit(ctx, c)
}

// queueEdit sees to it that a copy's edit will be uploaded.
func (f *Files) queueEdit(ctx context.Context, c *localCopy) error {
	f.mu.Lock()
	f.active[c.Num] = true
	size := c.noted.size
	if j := f.jobs[c.job]; j != nil {
		switch j.State {
		case Running: // it sees the change itself, or is looked at when it ends
			f.mu.Unlock()
			return nil
		case Queued, Paused:
			j.Size, j.notBefore = size, time.Time{}
			f.mu.Unlock()
			poke(f.wake)
			return nil
		case Broken: // perhaps this content is not refused
			j.State, j.Err, j.Size, j.tries, j.notBefore = Queued, nil, size, 0, time.Time{}
			f.mu.Unlock()
			f.save(ctx, j)
			poke(f.wake)
			return nil
		default:
		}
	}
	j := &job{Kind: kindEdit, Href: c.Href, Copy: c.Num, Size: size, State: Queued}
	f.mu.Unlock()
	return f.add(ctx, []*job{j})
}

// strangers looks for files that a program saved beside a copy under another
// name, such as an export, and makes them files of the same folder on the server.
func (f *Files) strangers(ctx context.Context, dir string, beside *localCopy) (quiet bool) {
	found, err := os.ReadDir(filepath.Join(f.Dir, dir))
	if err != nil {
		return true
	}
	quiet = true
	now := f.Now()
	for _, item := range found {
		if !item.Type().IsRegular() || passing(item.Name()) || f.known(dir, item.Name()) {
			continue
		}
		info, err := item.Info()
		if err != nil || info.Size() == 0 {
			continue
		}
		key := filepath.Join(dir, item.Name())
		f.mu.Lock()
		s := f.strange[key]
		if !s.is(info) {
			s = seen{info.Size(), info.ModTime().UnixNano(), now}
			f.strange[key] = s
		}
		f.mu.Unlock()
		if age := now.Sub(s.at); age >= 0 && age < f.settle {
			quiet = false
			continue
		}
		if err := f.adopt(ctx, dir, item.Name(), info, beside); err != nil {
			f.Log.WarnContext(ctx, "new file beside a local copy not taken up yet", "err", err)
			quiet = false
		}
	}
	return quiet
}

func (f *Files) known(dir, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.copies {
		if c.Dir == dir && c.Name == name {
			return true
		}
	}
	return false
}

// adopt makes a file beside a copy a copy of its own, which is new on the server.
func (f *Files) adopt(ctx context.Context, dir, name string, info fs.FileInfo, beside *localCopy) error {
	f.mu.Lock()
	delete(f.strange, filepath.Join(dir, name))
	f.nextCopy++
	c := &localCopy{
		Num: f.nextCopy, Href: remote.Join(remote.Parent(beside.Href), name, false), Dir: dir, Name: name, Edited: true,
		noted: seen{size: info.Size(), mtime: info.ModTime().UnixNano()},
	}
	f.copies[c.Num] = c
	f.mu.Unlock()
	if err := f.change(ctx, c, func(*localCopy) {}); err != nil {
		f.mu.Lock()
		delete(f.copies, c.Num) // a stranger again, to be found at the next look
		f.mu.Unlock()
		return err
	}
	return f.queueEdit(ctx, c)
}
