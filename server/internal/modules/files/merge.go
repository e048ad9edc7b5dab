package files

import (
	"context"
	"errors"
	"fmt"

	"schulhof/server/internal/db"
)

// mergedName is the folder that holds the files of the second account of a guardian.
const mergedName = "Dateien des zweiten Kontos"

// MergePerson implements module.Merger: the home of one guardian becomes a folder in
// the home of the other. Nothing is lost, not even what lies in the trash.
func (m *Module) MergePerson(ctx context.Context, tx *db.Tx, into, from string) error {
	var to, old root
	err := tx.Get(ctx, &old, `SELECT `+rootColumns+` FROM files_root WHERE kind = 'home' AND owner = $1`, from)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("home of %s: %w", from, err)
	}
	err = tx.Get(ctx, &to, `UPDATE files_root SET seq = seq + 1, used = used + $2 WHERE kind = 'home' AND owner = $1 RETURNING `+rootColumns, into, old.Used)
	if errors.Is(err, db.ErrNotFound) {
		_, err = tx.Exec(ctx, `UPDATE files_root SET owner = $2 WHERE id = $1`, old.ID, into)
	} else if err == nil {
		err = mergeHomes(ctx, tx, &to, &old)
	}
	if err != nil {
		return fmt.Errorf("files of %s to %s: %w", from, into, err)
	}
	if m.homes != nil {
		m.homes.changed(old.ID)
		m.homes.changed(to.ID)
	}
	return nil
}

// mergeHomes hangs the top of one home into another.
func mergeHomes(ctx context.Context, tx *db.Tx, to, old *root) error {
	name := mergedName
	for n := 2; ; n++ {
		var taken int
		if err := tx.Get(ctx, &taken, `SELECT COUNT(*) FROM files_node WHERE parent = $1 AND fold = $2`, to.ID, foldOf(name)); err != nil {
			return err
		}
		if taken == 0 {
			break
		}
		name = fmt.Sprintf("%s (%d)", mergedName, n)
	}
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM files_lock WHERE root = $1`, []any{old.ID}},
		{`DELETE FROM files_gone WHERE root = $1`, []any{old.ID}},
		{`UPDATE files_trash SET root = $2 WHERE root = $1`, []any{old.ID, to.ID}},
		{`UPDATE files_node SET root = $2, seq = $3 WHERE root = $1`, []any{old.ID, to.ID, to.Seq}},
		{`UPDATE files_node SET parent = $2, name = $3, fold = $4, moved = $5 WHERE id = $1`, []any{old.ID, to.ID, name, foldOf(name), to.Seq}},
		{`DELETE FROM files_root WHERE id = $1`, []any{old.ID}},
	} {
		if _, err := tx.Exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}
