package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// sqliteDSN is the driver's address of the file: write-ahead log, every commit on
// the disk before it is answered.
func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {"10000"},
		"_cache_size":   {"-16000"},
		"_txlock":       {"immediate"},
	}
	if readOnly {
		q.Set("_query_only", "on")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	w, err := newWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	pool, err := sqlx.ConnectContext(ctx, "sqlite3", sqliteDSN(path, true))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, errors.Join(err, w.close()))
	}
	n := max(4, 2*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return &DB{dialect: SQLite, dsn: sqliteDSN(path, false), pool: pool, writer: w}, nil
}

// mapError gives the errors that callers ask for their own names.
func mapError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		switch e.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
			return fmt.Errorf("%w: %w", ErrExists, err)
		}
	}
	switch {
	case isPostgresUnique(err):
		return fmt.Errorf("%w: %w", ErrExists, err)
	case isPostgresText(err):
		return fmt.Errorf("%w: %w", ErrText, err)
	}
	return err
}
