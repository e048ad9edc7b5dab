// Package dbtest runs a test on both kinds of database.
//
// PostgreSQL is started once per test program, on a free port of the loopback, in
// a folder of its own, without fsync. A small shell that reads the test program's
// end of a pipe outlives it, stops PostgreSQL and removes the folder, however the
// test program ended.
package dbtest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"schulhof/server/internal/db"
)

// Each runs fn on a fresh SQLite file and on a fresh PostgreSQL database. With
// -short it leaves PostgreSQL out; without PostgreSQL installed that half fails.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, open(t, SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { fn(t, open(t, Postgres(t))) })
}

// SQLite gives the address of a database that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

var databases atomic.Int64

// Postgres gives the address of an empty database of its own for this test, and
// skips the test with -short.
func Postgres(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is left out with -short")
	}
	admin, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	d, err := db.Open(t.Context(), admin+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Query(t.Context(), "CREATE DATABASE "+name) // outside of a transaction
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return admin + name
}

func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(context.WithoutCancel(t.Context()), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}
