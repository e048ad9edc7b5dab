package auth

import (
	"context"
	"fmt"

	"schulhof/server/internal/db"
)

// Prune deletes what nobody asks for any more: sessions a month after their end,
// wrong tries after a day, and word of ended sessions after an hour.
func (a *Auth) Prune(ctx context.Context) error {
	now := a.o.Now()
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		old := now.Add(-keepEnded).UnixMilli()
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE expires < $1 OR (ended > 0 AND ended < $1)`, old); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_change WHERE at < $1`, now.Add(-keepChanges).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM attempt WHERE last < $1`, now.Add(-keepAttempts).UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("old sessions: %w", err)
	}
	return nil
}
