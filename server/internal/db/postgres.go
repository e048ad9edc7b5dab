package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/jmoiron/sqlx"
)

// SQLSTATE codes (PostgreSQL manual, appendix A).
const (
	stateUnique        = "23505"
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateText          = "22021" // not in the repertoire: NUL, or no UTF-8
	stateNoText        = "22P05"
)

// maxTries is how often a transaction runs that others get in the way of.
const maxTries = 5

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	pool, err := sqlx.ConnectContext(ctx, "pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", redact(dsn), err)
	}
	n := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{dialect: Postgres, dsn: dsn, pool: pool}, nil
}

func (d *DB) postgresTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	inside := context.WithValue(ctx, insideKey{}, true)
	var err error
	for range maxTries {
		if err = d.postgresTry(inside, fn); !isRetryable(err) {
			return err
		}
	}
	return fmt.Errorf("after %d tries: %w", maxTries, err)
}

func (d *DB) postgresTry(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	tx, err := d.pool.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := fn(ctx, &Tx{q: tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return mapError(fmt.Errorf("commit: %w", err))
	}
	return nil
}

func isRetryable(err error) bool {
	state := sqlState(err)
	return state == stateSerialization || state == stateDeadlock
}

func isPostgresUnique(err error) bool { return sqlState(err) == stateUnique }

func isPostgresText(err error) bool {
	state := sqlState(err)
	return state == stateText || state == stateNoText
}

func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
