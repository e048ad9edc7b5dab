package db_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

func BenchmarkTx8Writers(b *testing.B) {
	d, err := db.Open(b.Context(), dbtest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(b.Context(), `CREATE TABLE thing (id TEXT PRIMARY KEY, num BIGINT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if err := d.Tx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO thing (id, num) VALUES ($1, $2)`, fmt.Sprint("id", i), i)
				return err
			}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	d, err := db.Open(b.Context(), dbtest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(b.Context(), `CREATE TABLE thing (id TEXT PRIMARY KEY, num BIGINT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	if _, err := d.Exec(b.Context(), `INSERT INTO thing VALUES ('a', 1)`); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var n int64
		if err := d.Get(b.Context(), &n, `SELECT num FROM thing WHERE id = $1`, "a"); err != nil {
			b.Fatal(err)
		}
	}
}
