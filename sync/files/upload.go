package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
)

const (
	maxNumbered = 50
	maxSums     = 32
)

// content is a local file as it was read.
type content struct {
	path  string
	sum   string // hex SHA-256
	info  fs.FileInfo
	mtime time.Time
}

// inspect reads a file once and says what it holds. ErrChanged: it was written
// meanwhile. ErrGone: it is not there.
func inspect(ctx context.Context, path string) (content, error) {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return content{}, err
	}
	if !before.Mode().IsRegular() {
		return content{}, ErrSpecial
	}
	sum, err := hashFile(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return content{}, err
	}
	c := content{path: path, sum: sum, info: before, mtime: before.ModTime()}
	return c, c.check()
}

// check says ErrChanged if the file is not as it was read any more.
func (c content) check() error {
	now, err := os.Stat(c.path)
	if err != nil || now.Size() != c.info.Size() || !now.ModTime().Equal(c.mtime) {
		return ErrChanged
	}
	return nil
}

// sums are SHA-256 in hex, with blanks between: of contents whose upload was begun
// and of which no answer said whether they arrived. What has such a content on
// the server is ours, and is replaced by what was saved since.
type sums string

func (s sums) has(sum string) bool {
	return sum != "" && slices.Contains(strings.Fields(string(s)), sum)
}

// with adds a sum, and lets go of the oldest of too many.
func (s sums) with(sum string) sums {
	if s.has(sum) {
		return s
	}
	list := append(strings.Fields(string(s)), sum)
	return sums(strings.Join(list[max(0, len(list)-maxSums):], " "))
}

// sent is what became of an upload.
type sent struct {
	href string
	meta remote.Meta
	name int // 1: the name that was asked for; more: so many were taken
}

// run does a job.
func (f *Files) run(ctx context.Context, j *job) error {
	switch j.Kind {
	case kindFolder:
		return f.mkdirs(ctx, j.Href)
	case kindEdit:
		return f.sendEdit(ctx, j)
	}
	return f.sendFile(ctx, j)
}

// put uploads a file's content under one condition: that the server still has
// ifMatch, or, if that is "", that it has nothing there. The server refuses a
// body that is not what was inspected.
func (f *Files) put(ctx context.Context, j *job, href string, c content, ifMatch string) (remote.Meta, error) {
	file, err := os.Open(c.path)
	if err != nil {
		return remote.Meta{}, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	defer file.Close()
	f.mu.Lock()
	j.Size, j.done = c.info.Size(), 0
	f.mu.Unlock()
	meta, err := f.Remote.Put(ctx, href, file, c.info.Size(), remote.PutOptions{
		IfMatch: ifMatch, IfNoneMatch: ifMatch == "", Mtime: c.mtime, SHA256: c.sum,
		Progress: func(done int64) {
			f.mu.Lock()
			j.done = done
			f.mu.Unlock()
			f.emit.hit()
		},
	})
	if err != nil && ctx.Err() == nil && c.check() != nil {
		return meta, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	return meta, err
}

// sendNew uploads a content that replaces nothing but what may have arrived of
// before: under href, or, where that is taken by another content, beside it under
// the names that nameFor gives for 2, 3 …. Folders that are missing are made.
func (f *Files) sendNew(ctx context.Context, j *job, href string, c content, before sums, nameFor func(n int) string) (sent, error) {
	retried := false // what is odd is tried once more, then believed
	for n := 1; n <= maxNumbered; n++ {
		target := href
		if n > 1 {
			target = remote.Join(remote.Parent(href), nameFor(n), false)
		}
		meta, err := f.put(ctx, j, target, c, "")
		var again bool
		switch status := remote.Status(err); {
		case err == nil:
			return sent{target, meta, n}, nil
		case status == http.StatusPreconditionFailed || status == http.StatusMethodNotAllowed:
			if meta, again, err = f.arrived(ctx, j, target, c, before); err != nil {
				return sent{}, err
			}
			if meta.ETag != "" {
				return sent{target, meta, n}, nil
			}
		case status == http.StatusConflict || status == http.StatusNotFound:
			if again = true; retried {
				return sent{}, err
			}
			if err := f.mkdirs(ctx, remote.Parent(href)); err != nil {
				return sent{}, err
			}
		default:
			return sent{}, err
		}
		if again && !retried {
			retried = true
			n--
		}
	}
	return sent{}, ErrTaken
}

// arrived looks at what has a name that is taken. Is it the content, as after
// an answer that was lost, its Meta is returned, and so it is where it is one of
// before and was replaced; gone says that it is not there after all.
func (f *Files) arrived(ctx context.Context, j *job, href string, c content, before sums) (meta remote.Meta, gone bool, err error) {
	now, err := f.Remote.Stat(ctx, href)
	switch {
	case remote.Status(err) == http.StatusNotFound:
		return meta, true, nil
	case err != nil:
		return meta, false, err
	case now.Folder:
	case now.SHA256 == c.sum:
		meta = remote.Meta{ETag: now.ETag, ID: now.ID, Size: now.Size}
	case before.has(now.SHA256):
		meta, err = f.putOver(ctx, j, href, c, now.ETag)
	}
	return meta, false, err
}

// putOver puts a content over one that was there a moment ago; ErrChanged: it is
// not any more.
func (f *Files) putOver(ctx context.Context, j *job, href string, c content, etag string) (remote.Meta, error) {
	meta, err := f.put(ctx, j, href, c, etag)
	switch remote.Status(err) {
	case http.StatusPreconditionFailed, http.StatusNotFound, http.StatusConflict:
		return meta, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	return meta, err
}

// mkdirs makes a folder and those above it that are missing, below its root.
func (f *Files) mkdirs(ctx context.Context, href string) error {
	_, err := f.Remote.Mkcol(ctx, href)
	switch remote.Status(err) {
	case http.StatusMethodNotAllowed:
		return nil // there already
	case http.StatusConflict, http.StatusNotFound:
	default:
		return err
	}
	parent := remote.Parent(href)
	if root := f.rootOf(href); !remote.Within(parent, root) || parent == root || parent == href {
		return err
	}
	if err := f.mkdirs(ctx, parent); err != nil {
		return err
	}
	if _, err = f.Remote.Mkcol(ctx, href); remote.Status(err) == http.StatusMethodNotAllowed {
		return nil
	}
	return err
}

// sendFile uploads a file that was dropped.
func (f *Files) sendFile(ctx context.Context, j *job) error {
	c, err := inspect(ctx, j.Source)
	if err != nil {
		return err
	}
	f.mu.Lock()
	href, ifMatch, before := j.Href, j.IfMatch, j.Sent
	f.mu.Unlock()
	name := remote.Base(href)
	var done sent
	if ifMatch != "" {
		done, err = f.replace(ctx, j, href, c, before, ifMatch)
	} else {
		done, err = f.sendNew(ctx, j, href, c, before, func(n int) string { return numbered(name, n) })
	}
	if err != nil && !before.has(c.sum) {
		f.mu.Lock()
		j.Sent = before.with(c.sum)
		f.mu.Unlock()
		f.save(ctx, j)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	j.Href = done.href
	f.mu.Unlock()
	// One that is no longer here was moved away after the drop: all is well.
	if _, err := os.Stat(j.Source); err == nil && c.check() != nil {
		// Written while it was sent: what the server has is whole, but no longer the newest.
		f.mu.Lock()
		j.IfMatch = done.meta.ETag
		f.mu.Unlock()
		f.save(ctx, j)
		return ErrChanged
	}
	return nil
}

// replace uploads a content over the one that the user decided to replace.
func (f *Files) replace(ctx context.Context, j *job, href string, c content, before sums, ifMatch string) (sent, error) {
	meta, err := f.put(ctx, j, href, c, ifMatch)
	switch remote.Status(err) {
	case http.StatusPreconditionFailed, http.StatusNotFound, http.StatusConflict:
	default:
		return sent{href, meta, 1}, err
	}
	meta, gone, err := f.arrived(ctx, j, href, c, before)
	switch {
	case err != nil || meta.ETag != "":
		return sent{href, meta, 1}, err
	case gone:
		return f.sendNew(ctx, j, href, c, before, func(n int) string { return numbered(remote.Base(href), n) })
	}
	return f.sendBeside(ctx, j, href, c)
}

// sendBeside uploads a content as a conflict copy of href.
func (f *Files) sendBeside(ctx context.Context, j *job, href string, c content) (sent, error) {
	name := conflictName(remote.Base(href), f.Who, f.Host, c.mtime) // of the save: the same when it is sent again
	target := remote.Join(remote.Parent(href), name, false)
	done, err := f.sendNew(ctx, j, target, c, "", func(n int) string { return numbered(name, n) })
	if err == nil {
		f.mu.Lock()
		j.State = Conflicted
		f.mu.Unlock()
		f.Log.InfoContext(ctx, "conflict copy", "id", done.meta.ID)
	}
	return done, err
}

// sendEdit uploads what was saved in a local copy.
func (f *Files) sendEdit(ctx context.Context, j *job) error {
	f.mu.Lock()
	c := f.copies[j.Copy]
	if c == nil {
		f.mu.Unlock()
		return nil
	}
	row := *c
	j.Href = row.Href
	f.mu.Unlock()
	// What follows changes files that jobs before this one may have made: they end
	// first, and their rows go, lest one runs again over the new content.
	if err := f.endDrops(ctx, row); err != nil {
		return err
	}
	if err := f.sweep(ctx); err != nil {
		return err
	}
	now, err := inspect(ctx, f.path(row))
	if errors.Is(err, ErrGone) && j.tries < 3 {
		return fmt.Errorf("%w: %w", ErrChanged, err) // in the middle of a save
	}
	if errors.Is(err, ErrGone) {
		return f.dropCopy(ctx, c) // the user deleted it: there is nothing to send any more
	}
	if err != nil {
		return err
	}
	if row.ETag != "" && now.sum == row.SHA256 && row.Sent == "" {
		return f.agree(ctx, c, sent{row.Href, remote.Meta{ETag: row.ETag, ID: row.Node}, 1}, now, false)
	}
	before := row.Sent
	if !before.has(now.sum) {
		if err := f.change(ctx, c, func(c *localCopy) { c.Sent = before.with(now.sum) }); err != nil {
			return err
		}
	}
	var done sent
	if row.ETag == "" {
		name := remote.Base(row.Href)
		done, err = f.sendNew(ctx, j, row.Href, now, before, func(n int) string { return numbered(name, n) })
	} else {
		done, err = f.sendOver(ctx, j, row, now)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	conflict := j.State == Conflicted
	j.Href = done.href
	f.mu.Unlock()
	return f.agree(ctx, c, done, now, conflict)
}

// endDrops ends the uploads of dropped files that brought the content which an
// edit came from: after the edit they would find another content in their place,
// and go beside it. ErrChanged: one is under way.
func (f *Files) endDrops(ctx context.Context, edit localCopy) error {
	if edit.SHA256 == "" {
		return nil
	}
	f.mu.Lock()
	var list []*job
	running := false
	for _, j := range f.jobs {
		if j.Kind == kindFile && j.Href == edit.Href && j.State != Done && j.State != Conflicted {
			list = append(list, j)
			running = running || j.State == Running
		}
	}
	f.mu.Unlock()
	for _, j := range list {
		if running {
			break
		}
		sum, err := hashFile(ctx, j.Source)
		f.mu.Lock()
		running = j.State == Running
		if err == nil && sum == edit.SHA256 && !running {
			j.State, j.Err, j.done = Done, nil, j.Size
			f.finished = append(f.finished, j.ID)
		}
		f.mu.Unlock()
	}
	if running {
		return ErrChanged
	}
	return nil
}

// sendOver uploads an edit over the content that it came from. Where somebody
// else was faster it becomes a conflict copy; where the file was deleted it is
// there again; where it was moved it follows.
func (f *Files) sendOver(ctx context.Context, j *job, row localCopy, now content) (sent, error) {
	meta, err := f.put(ctx, j, row.Href, now, row.ETag)
	switch remote.Status(err) {
	case http.StatusPreconditionFailed, http.StatusNotFound, http.StatusConflict:
	default:
		return sent{row.Href, meta, 1}, err
	}
	meta, gone, err := f.arrived(ctx, j, row.Href, now, row.Sent.with(row.SHA256))
	switch {
	case err != nil || meta.ETag != "":
		return sent{row.Href, meta, 1}, err
	case gone:
		return f.sendAfter(ctx, j, row, now)
	}
	return f.sendBeside(ctx, j, row.Href, now)
}

// sendAfter uploads an edit of a file that is not at its place any more.
func (f *Files) sendAfter(ctx context.Context, j *job, row localCopy, now content) (sent, error) {
	if moved, ok := f.movedTo(ctx, row); ok {
		if moved.ETag != row.ETag && !row.Sent.has(moved.SHA256) {
			return f.sendBeside(ctx, j, moved.Href, now)
		}
		meta, err := f.putOver(ctx, j, moved.Href, now, moved.ETag)
		return sent{moved.Href, meta, 1}, err
	}
	name := remote.Base(row.Href)
	conflict := conflictName(name, f.Who, f.Host, now.mtime)
	return f.sendNew(ctx, j, row.Href, now, row.Sent, func(n int) string {
		if n == 2 {
			return conflict
		}
		return numbered(conflict, n-1)
	})
}

// movedTo finds a file that somebody moved or renamed, where a listing tells.
func (f *Files) movedTo(ctx context.Context, row localCopy) (remote.Entry, bool) {
	var known Entry
	err := f.Cache.Read(ctx, func(r cache.Reader) error {
		var err error
		known, err = entryWith(ctx, r, row.Node)
		return err
	})
	if err != nil || known.Href == row.Href {
		return remote.Entry{}, false
	}
	there, err := f.Remote.Stat(ctx, known.Href)
	return there, err == nil && there.ID == row.Node && !there.Folder
}

// agree notes that the server has a copy's content.
func (f *Files) agree(ctx context.Context, c *localCopy, done sent, now content, conflict bool) error {
	old := ""
	err := f.change(ctx, c, func(c *localCopy) {
		if old = c.Href; done.meta.ID != "" {
			c.Node = done.meta.ID
		}
		c.Href, c.ETag, c.SHA256 = done.href, done.meta.ETag, now.sum
		c.Size, c.Mtime = now.info.Size(), now.mtime.UnixNano()
		c.Edited, c.Conflict = false, c.Conflict || conflict
		c.noted, c.Sent = seen{}, ""
	})
	if err != nil {
		return fmt.Errorf("upload arrived, but is not noted: %w", err)
	}
	var e Entry
	err = f.Cache.Read(ctx, func(r cache.Reader) error {
		var err error
		e, err = entryAt(ctx, r, done.href)
		return err
	})
	if err == nil && old == done.href {
		e.ID, e.ETag, e.SHA256 = done.meta.ID, done.meta.ETag, now.sum
		e.Size, e.Mtime = now.info.Size(), now.mtime
		f.keep(ctx, e)
	}
	return nil
}
