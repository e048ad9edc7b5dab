package files

import (
	"context"
	"os"
	"path/filepath"
	"slices"
)

// maxKept is how many bytes of local copies stay when the program starts that
// nobody opened since and that hold nothing which the server does not have.
const maxKept = 2 << 30

// evict removes the oldest of too many local copies, once, before any is opened.
func (f *Files) evict(ctx context.Context, keep int64) {
	f.mu.Lock()
	var list []*localCopy
	for num, c := range f.copies {
		if !f.active[num] && !c.Edited && !c.Conflict && c.ETag != "" && f.jobs[c.job] == nil {
			list = append(list, c)
		}
	}
	f.mu.Unlock()
	slices.SortFunc(list, func(a, b *localCopy) int { return int(b.Num - a.Num) })
	var sum int64
	for _, c := range list {
		if sum += c.Size; sum <= keep || ctx.Err() != nil {
			continue
		}
		if err := f.discard(ctx, c); err != nil && ctx.Err() == nil {
			f.Log.WarnContext(ctx, "local copy stays", "err", err)
		}
	}
}

// discard removes a local copy, unless it is not as the server has it after all.
func (f *Files) discard(ctx context.Context, c *localCopy) error {
	f.mu.Lock()
	row := *c
	opened := f.active[c.Num]
	f.mu.Unlock()
	defer f.lockOpen(row.Node + " " + row.Href)()
	info, err := os.Stat(f.path(row))
	if opened || (err == nil && !row.pristine(info)) {
		return nil
	}
	if err == nil {
		if err := os.Remove(f.path(row)); err != nil {
			return err
		}
	}
	_ = os.Remove(filepath.Join(f.Dir, row.Dir)) // fails where something else is in it, which stays
	return f.dropCopy(ctx, c)
}
