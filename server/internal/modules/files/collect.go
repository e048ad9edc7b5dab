package files

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"schulhof/server/internal/db"
)

// collectFiles is the nightly job that deletes what is kept for a time only.
const collectFiles = "files.collect"

// Times that things are kept. Tombstones go before what they speak of: a client
// that has not been told of a deletion by then is told to list again.
const (
	keepTrash = 30 * 24 * time.Hour
	keepGone  = 29 * 24 * time.Hour
)

// collect deletes old tombstones, what has lain in the trash for long, and locks
// that have run out. Contents that nothing names then go with the host's job.
func (s *store) collect(ctx context.Context) error {
	for _, do := range []func(context.Context) error{s.collectGone, s.collectTrash, s.collectLocks} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) collectGone(ctx context.Context) error {
	var roots []struct {
		ID  string `db:"root"`
		Seq int64  `db:"seq"`
	}
	err := s.db.Select(ctx, &roots, `SELECT root, max(seq) AS seq FROM files_gone WHERE at < $1 GROUP BY root ORDER BY root`,
		s.now().Add(-keepGone).UnixMilli())
	if err != nil {
		return fmt.Errorf("old tombstones: %w", err)
	}
	for _, r := range roots {
		err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE files_root SET pruned = $2 WHERE id = $1 AND pruned < $2`, r.ID, r.Seq); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM files_gone WHERE root = $1 AND seq <= $2`, r.ID, r.Seq)
			return err
		})
		if err != nil {
			return fmt.Errorf("old tombstones of %s: %w", r.ID, err)
		}
		if s.homes != nil {
			s.homes.changed(r.ID)
		}
	}
	return nil
}

func (s *store) collectTrash(ctx context.Context) error {
	before := s.now().Add(-keepTrash).UnixMilli()
	purged := 0
	for {
		var nodes []string
		if err := s.db.Select(ctx, &nodes, `SELECT node FROM files_trash WHERE deleted_at < $1 ORDER BY deleted_at LIMIT 500`, before); err != nil {
			return fmt.Errorf("old trash: %w", err)
		}
		if len(nodes) == 0 {
			break
		}
		for _, id := range nodes {
			err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return purge(ctx, tx, id, before) })
			if err != nil {
				return fmt.Errorf("old trash: %s: %w", id, err)
			}
		}
		purged += len(nodes)
	}
	if purged > 0 {
		s.log.InfoContext(ctx, "old trash deleted", slog.Int("count", purged))
	}
	return nil
}

// purge deletes a node that still lies in the trash since before a moment, with all
// below it.
func purge(ctx context.Context, tx *db.Tx, id string, before int64) error {
	n, err := tx.Exec(ctx, `DELETE FROM files_trash WHERE node = $1 AND deleted_at < $2`, id, before)
	if err != nil || n == 0 {
		return err
	}
	const tree = ` IN (WITH RECURSIVE sub(id) AS (
			SELECT id FROM files_node WHERE id = $1 AND parent = '` + parentTrash + `'
			UNION ALL SELECT n.id FROM files_node n JOIN sub ON n.parent = sub.id
		) SELECT id FROM sub)`
	for _, query := range []string{
		`DELETE FROM files_version WHERE node` + tree, `DELETE FROM files_prop WHERE node` + tree, `DELETE FROM files_node WHERE id` + tree,
	} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) collectLocks(ctx context.Context) error {
	now := s.now().UnixMilli()
	var roots []string
	if err := s.db.Select(ctx, &roots, `SELECT DISTINCT root FROM files_lock WHERE expires <= $1 ORDER BY root`, now); err != nil {
		return fmt.Errorf("old locks: %w", err)
	}
	for _, root := range roots {
		err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			for _, query := range []string{
				`UPDATE files_root SET locks = locks WHERE id = $1`, // holds the row, so that no lock is taken meanwhile
				`DELETE FROM files_lock WHERE root = $1 AND expires <= $2`,
				`UPDATE files_root SET locks = (SELECT count(*) FROM files_lock WHERE root = $1) WHERE id = $1`,
			} {
				args := []any{root, now}
				if query[0] == 'U' {
					args = args[:1]
				}
				if _, err := tx.Exec(ctx, query, args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("old locks of %s: %w", root, err)
		}
	}
	return nil
}
