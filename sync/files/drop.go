package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
)

const jobsAtOnce = 200

// dropping is one call of Upload.
type dropping struct {
	f     *Files
	batch *Batch
	clash func(Clash) Decision
	all   *Decision // once somebody answered "for all"
	jobs  []*job    // not queued yet
}

// Upload takes files and folders of this PC on for upload into a folder, and
// waits for one listing of each folder that is there already, not for the
// uploads themselves. clash is asked, on the caller's goroutine, about each file
// whose name is taken; nil keeps both. Files are read when their turn comes, so
// they have to stay where they are until then. Without network the last known
// listings decide, and what turns out to be taken later is kept beside.
func (f *Files) Upload(ctx context.Context, into string, paths []string, clash func(Clash) Decision) (*Batch, error) {
	into, err := remote.Clean(into)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.batches++
	d := dropping{f: f, clash: clash, batch: &Batch{ID: f.batches}}
	f.mu.Unlock()
	if d.clash == nil {
		d.clash = func(Clash) Decision { return Decision{Action: KeepBoth, ForAll: true} }
	}
	members, err := d.members(ctx, into)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	for _, path := range paths {
		if err := d.take(ctx, into, members, path, 0); err != nil {
			return d.batch, err
		}
	}
	return d.batch, d.queue(ctx)
}

// members are the entries of a folder by fold key.
func (d *dropping) members(ctx context.Context, href string) (map[string]Entry, error) {
	list, err := d.f.membersOf(ctx, href)
	if unasked(err) {
		list, err = nil, nil // never listed: what is taken shows at the upload
	}
	if remote.Status(err) == 404 {
		list, err = nil, nil // made together with the first file
	}
	taken := make(map[string]Entry, len(list))
	for _, e := range list {
		taken[foldKey(e.Name)] = e
	}
	// What is queued from an earlier drop is as good as there.
	d.f.mu.Lock()
	defer d.f.mu.Unlock()
	for _, j := range d.f.jobs {
		if remote.Parent(j.Href) == href && j.State != Done && j.State != Conflicted {
			name := remote.Base(j.Href)
			if _, ok := taken[foldKey(name)]; !ok {
				taken[foldKey(name)] = Entry{Href: j.Href, Name: name, Folder: j.Kind == kindFolder, Size: j.Size}
			}
		}
	}
	return taken, err
}

func (d *dropping) problem(path string, err error) {
	d.batch.Problems = append(d.batch.Problems, Problem{path, err})
}

// take takes one path on. Its errors are those that end the whole.
func (d *dropping) take(ctx context.Context, into string, taken map[string]Entry, path string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	name := filepath.Base(path)
	switch {
	case err != nil:
		d.problem(path, err)
	case depth > 0 && litter(name):
		d.batch.Skipped++
	case info.Mode()&os.ModeSymlink != 0:
		d.problem(path, ErrSymlink)
	case forbidden(name) != "":
		d.problem(path, fmt.Errorf("%w: %s", ErrName, forbidden(name)))
	case depth > maxDepth:
		d.problem(path, fmt.Errorf("%w: too deep", ErrName))
	case info.IsDir():
		return d.folder(ctx, into, taken, path, depth)
	case info.Mode().IsRegular():
		return d.file(ctx, into, taken, path, info)
	default:
		d.problem(path, ErrSpecial)
	}
	return nil
}

func (d *dropping) folder(ctx context.Context, into string, taken map[string]Entry, path string, depth int) error {
	items, err := os.ReadDir(path)
	if err != nil {
		d.problem(path, err)
		return nil
	}
	name := filepath.Base(path)
	there, ok := taken[foldKey(name)]
	if ok && !there.Folder {
		name = freeName(name, func(n string) bool { _, used := taken[foldKey(n)]; return used })
		ok = false
	}
	href := remote.Join(into, name, true)
	inside := map[string]Entry{}
	if ok {
		href = there.Href
		if inside, err = d.members(ctx, href); err != nil {
			d.problem(path, err)
			return nil
		}
	} else {
		taken[foldKey(name)] = Entry{Href: href, Name: remote.Base(href), Folder: true}
		d.batch.Folders++
		d.jobs = append(d.jobs, &job{Batch: d.batch.ID, Kind: kindFolder, Href: href, State: Queued})
	}
	for _, item := range items {
		if err := d.take(ctx, href, inside, filepath.Join(path, item.Name()), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (d *dropping) file(ctx context.Context, into string, taken map[string]Entry, path string, info os.FileInfo) error {
	if file, err := os.Open(path); err != nil { // say so now rather than when its turn comes
		d.problem(path, err)
		return nil
	} else if err := file.Close(); err != nil {
		d.problem(path, err)
		return nil
	}
	name := filepath.Base(path)
	j := &job{Batch: d.batch.ID, Kind: kindFile, Source: path, Size: info.Size(), State: Queued}
	if there, ok := taken[foldKey(name)]; ok {
		decision := d.decide(there, info)
		switch {
		case decision.Action == Skip:
			d.batch.Skipped++
			return nil
		case decision.Action == Replace && !there.Folder && there.ETag != "":
			j.IfMatch = there.ETag
			j.Href = there.Href
		default:
			name = freeName(name, func(n string) bool { _, used := taken[foldKey(n)]; return used })
		}
	}
	if j.Href == "" {
		j.Href = remote.Join(into, name, false)
	}
	taken[foldKey(name)] = Entry{Href: j.Href, Name: remote.Base(j.Href), Size: info.Size()}
	d.batch.Files++
	d.batch.Bytes += info.Size()
	abs, err := filepath.Abs(path)
	if err != nil {
		d.problem(path, err)
		return nil
	}
	j.Source = abs
	d.jobs = append(d.jobs, j)
	if len(d.jobs) >= jobsAtOnce {
		return d.queue(ctx)
	}
	return nil
}

func (d *dropping) decide(there Entry, info os.FileInfo) Decision {
	if d.all != nil {
		return *d.all
	}
	decision := d.clash(Clash{
		Name:   there.Name,
		Local:  Entry{Name: info.Name(), Size: info.Size(), Mtime: info.ModTime().Truncate(time.Millisecond)},
		Remote: there,
	})
	if decision.ForAll {
		d.all = &decision
	}
	return decision
}

func (d *dropping) queue(ctx context.Context) error {
	list := d.jobs
	d.jobs = nil
	if err := d.f.add(ctx, list); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	return nil
}

// Pending counts the uploads that the server does not have yet, those that
// failed included.
func (f *Files) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, j := range f.jobs {
		if j.State != Done && j.State != Conflicted {
			n++
		}
	}
	for _, c := range f.copies {
		if c.Edited && f.jobs[c.job] == nil {
			n++
		}
	}
	return n
}

// Drain looks for saves, lets all uploads go on that are paused, and waits
// until the server has everything. ErrUnsent: some were refused for good, or ctx
// ended before, which is then in the chain too.
func (f *Files) Drain(ctx context.Context) error {
	f.ResumeAll()
	for {
		quiet := f.lookAt(ctx, true)
		waiting, broken := f.open()
		switch {
		case quiet && waiting == 0 && broken == 0:
			return f.sweep(ctx)
		case quiet && waiting == 0:
			return fmt.Errorf("%w: %d were refused", ErrUnsent, broken)
		case !pause(ctx, f.settle/4):
			return fmt.Errorf("%w: %d wait: %w", ErrUnsent, waiting, ctx.Err())
		}
	}
}

// open counts the uploads that can still arrive by themselves, and those that can not.
func (f *Files) open() (waiting, broken int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, j := range f.jobs {
		switch j.State {
		case Queued, Running, Paused:
			waiting++
		case Broken:
			broken++
		default:
		}
	}
	return waiting, broken
}

// Export copies the content of everything that the server does not have yet
// into a folder of this PC, for a sign-out that can not wait, and says how many.
func (f *Files) Export(ctx context.Context, dir string) (int, error) {
	f.lookAt(ctx, true)
	f.mu.Lock()
	var list []fetching
	for _, c := range f.copies {
		if c.Edited {
			list = append(list, fetching{Entry{Name: c.Name}, f.path(*c)})
		}
	}
	for _, j := range f.jobs {
		if j.Kind == kindFile && j.State != Done && j.State != Conflicted {
			list = append(list, fetching{Entry{Name: filepath.Base(j.Source)}, j.Source})
		}
	}
	f.mu.Unlock()
	n := 0
	var errs []error
	for _, t := range list {
		if err := copyInto(ctx, t.path, dir, t.e.Name); err != nil {
			errs = append(errs, fmt.Errorf("export %s: %w", t.e.Name, err))
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// copyInto copies a file into a folder under the first free name.
func copyInto(ctx context.Context, from, dir, name string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	path, err := reserve(dir, safeName(name, maxLocalName), false)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.ReadFrom(&ctxReader{ctx, source})
	return errors.Join(err, file.Sync(), file.Close())
}

// rehref follows a rename or move of ours in copies and queued jobs.
func (f *Files) rehref(ctx context.Context, from, to string) error {
	f.mu.Lock()
	moved := func(href string) (string, bool) {
		if href == from {
			return to, true
		}
		if remote.IsFolder(from) && remote.Within(href, from) {
			return to + href[len(from):], true
		}
		return href, false
	}
	var copies []localCopy
	for _, c := range f.copies {
		if href, ok := moved(c.Href); ok {
			c.Href = href
			copies = append(copies, *c)
		}
	}
	var jobs []job
	for _, j := range f.jobs {
		if href, ok := moved(j.Href); ok && j.State != Done && j.State != Conflicted {
			j.Href = href
			jobs = append(jobs, *j)
		}
	}
	f.mu.Unlock()
	return f.Cache.Write(ctx, func(tx cache.Tx) error {
		for _, c := range copies {
			if err := putCopy(ctx, tx, c); err != nil {
				return err
			}
		}
		return putJobs(ctx, tx, jobs)
	})
}
