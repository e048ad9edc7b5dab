package files

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"schulhof/server/internal/db"
)

// Former contents cost no quota: the last ten versions of a file (keepVersions), and
// what lies in the trash for 30 days (keepTrash). So that nobody fills the school's
// disk with them, by malice or by a program that saves for ever:
//
//   - Where the versions and the trash of a root take more than its quota, the oldest
//     of them go, at the next upload: never a file that is there, and nothing that was
//     replaced or deleted within the last day.
//   - A root takes uploads of uploadsADay times its quota within a day of UTC; more is
//     refused with 507 until the next, whatever became of what was uploaded. The count
//     is this server's own, and begins anew with it.
//
// A root that has a quota thus takes at most its files, as much again of former
// contents, and what two days of uploads leave for the nightly collector.
const (
	keepFresh   = 24 * time.Hour
	uploadsADay = 5
	lookEvery   = 10  // looks at the former contents after each tenth of the quota
	maxPruned   = 500 // rows that go in one transaction
)

// uploads counts what was uploaded into each root today.
type uploads struct {
	mu sync.Mutex
	by map[string]*today // by root
}

type today struct {
	day    int64 // since 1970
	bytes  int64
	looked int64 // bytes up to which the former contents were looked at
}

// of gives today's count of a root. The caller holds the lock.
func (u *uploads) of(root string, now time.Time) *today {
	if u.by == nil {
		u.by = map[string]*today{}
	}
	c := u.by[root]
	if c == nil {
		c = &today{}
		u.by[root] = c
	}
	if day := now.Unix() / 86400; c.day != day {
		*c = today{day: day, looked: c.looked - c.bytes}
	}
	return c
}

// take counts n bytes that are about to be uploaded, and gives how many more a root
// takes today; false, and nothing is counted, when they are too many.
func (u *uploads) take(v *view, n int64, now time.Time) (left int64, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.of(v.root.ID, now)
	left = min(v.quota, math.MaxInt64/uploadsADay)*uploadsADay - c.bytes
	if n > left || n == 0 && left <= 0 {
		return left, false
	}
	c.bytes += n
	return left - n, true
}

// settle corrects the count by the difference between what came and what was taken.
func (u *uploads) settle(v *view, n int64, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.of(v.root.ID, now)
	c.bytes = max(0, c.bytes+n)
}

// due says, once for each tenth of the quota, that it is time to look.
func (u *uploads) due(v *view, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.of(v.root.ID, now)
	if c.bytes-c.looked < v.quota/lookEvery {
		return false
	}
	c.looked = c.bytes
	return true
}

// makeRoom lets the oldest former contents of a root go where all of them take more
// than its quota. It is called after the commit of an upload.
func (s *store) makeRoom(ctx context.Context, v *view) {
	if v.quota == 0 || !s.uploads.due(v, s.now()) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	for more := true; more; {
		err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			more, err = s.pruneFormer(ctx, tx, v)
			return err
		})
		if err != nil {
			s.log.ErrorContext(ctx, "former contents", slog.String("root", v.root.ID), slog.Any("error", err))
			return
		}
	}
}

// former is a version, or something in the trash.
type former struct {
	Node string `db:"node"`
	Seq  int64  `db:"seq"` // of a version; 0 = in the trash
	Size int64  `db:"size"`
	At   int64  `db:"at"`
}

// pruneFormer deletes some of the oldest former contents of a root, as far as they
// are too many and old enough, and says whether there may be more to delete.
func (s *store) pruneFormer(ctx context.Context, tx *db.Tx, v *view) (more bool, err error) {
	var kept int64
	err = tx.Get(ctx, &kept, `SELECT CAST(
		COALESCE((SELECT SUM(v.size) FROM files_version v JOIN files_node n ON n.id = v.node WHERE n.root = $1), 0)
		+ COALESCE((SELECT SUM(size) FROM files_trash WHERE root = $1), 0) AS BIGINT)`, v.root.ID)
	if err != nil {
		return false, fmt.Errorf("size of former contents: %w", err)
	}
	over := kept - v.quota
	if over <= 0 {
		return false, nil
	}
	before := s.now().Add(-keepFresh).UnixMilli()
	var oldest []former
	err = tx.Select(ctx, &oldest, `
		SELECT v.node, v.seq, v.size, v.replaced AS at FROM files_version v JOIN files_node n ON n.id = v.node
		WHERE n.root = $1 AND v.replaced < $2
		UNION ALL SELECT node, 0 AS seq, size, deleted_at AS at FROM files_trash WHERE root = $1 AND deleted_at < $2
		ORDER BY at, node, seq LIMIT $3`, v.root.ID, before, maxPruned)
	if err != nil {
		return false, fmt.Errorf("oldest former contents: %w", err)
	}
	for _, f := range oldest {
		if over <= 0 {
			return false, nil
		}
		if f.Seq == 0 {
			err = purge(ctx, tx, f.Node, before)
		} else {
			_, err = tx.Exec(ctx, `DELETE FROM files_version WHERE node = $1 AND seq = $2`, f.Node, f.Seq)
		}
		if err != nil {
			return false, err
		}
		over -= f.Size
	}
	return len(oldest) == maxPruned, nil
}
