package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

func TestSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := d.Exec(ctx, query, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`CREATE TABLE snap (id TEXT PRIMARY KEY, n BIGINT NOT NULL)`)
		exec(`INSERT INTO snap (id, n) VALUES ($1, $2)`, "a", 1)
		for range 20 { // more often than there are connections
			err := d.Snapshot(ctx, func(ctx context.Context, c db.Conn) error {
				var before, after int
				if err := c.Get(ctx, &before, `SELECT COUNT(*) FROM snap`); err != nil {
					return err
				}
				// A writer does not wait for it, nor is it seen.
				bounded, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				if _, err := d.Exec(bounded, `INSERT INTO snap (id, n) SELECT 'x' || COUNT(*), 1 FROM snap`); err != nil {
					return err
				}
				if err := c.Get(ctx, &after, `SELECT COUNT(*) FROM snap`); err != nil {
					return err
				}
				if before != after {
					t.Errorf("%d rows, then %d", before, after)
				}
				if _, err := c.Exec(ctx, `DELETE FROM snap`); err == nil {
					t.Error("a snapshot could be written to")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var n int
		if err := d.Get(ctx, &n, `SELECT COUNT(*) FROM snap`); err != nil || n != 21 {
			t.Error(n, err)
		}
		columns, err := d.Columns(ctx, d)
		if err != nil || !slices.Contains(columns, db.Column{Table: "snap", Name: "id"}) || !slices.Contains(columns, db.Column{Table: "snap", Name: "n"}) {
			t.Error(columns, err)
		}
	})
}
