// Package db keeps the school's records in SQL: in an embedded SQLite file, or in
// PostgreSQL when several servers share them. It is the only package that knows a
// driver.
//
// One SQL text serves both. It numbers its placeholders $1 to $n and uses TEXT,
// BIGINT and INTEGER only: times are BIGINT milliseconds since 1970 in UTC, truths
// are INTEGER 0 or 1. It avoids what only one of the two understands.
//
// Words: a [Conn] is anything one can ask, the database itself or a [Tx], one
// running transaction; store functions take a Conn, so that they work in both. A
// batch is the set of transactions that SQLite's one writer commits together.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
)

// ErrNotFound says that a query which must give a row gave none.
var ErrNotFound = errors.New("not found")

// ErrExists says that a row would be the second of its kind: a primary key or a
// unique index refused it. PostgreSQL has given the transaction up by then, so the
// function has to return; to go on, write ON CONFLICT DO NOTHING instead.
var ErrExists = errors.New("exists already")

// ErrText says that the database cannot keep a text: PostgreSQL takes no NUL and
// nothing but UTF-8. The transaction is given up.
var ErrText = errors.New("a text that cannot be kept")

// errNested is what Tx answers inside of a Tx, where waiting would never end.
var errNested = errors.New("a transaction inside a transaction")

// errClosed is what Tx answers after Close.
var errClosed = errors.New("the database is closed")

// Dialect is the kind of database.
type Dialect string

// The two kinds.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Conn is what can be asked: *DB and *Tx.
type Conn interface {
	// Get reads the first row into dest, a pointer to a struct with db tags or to
	// a plain value. It answers ErrNotFound when there is no row.
	Get(ctx context.Context, dest any, query string, args ...any) error
	// Select reads all rows into dest, a pointer to a slice.
	Select(ctx context.Context, dest any, query string, args ...any) error
	// Exec runs a statement and says how many rows it touched. It answers
	// ErrExists when a unique index refused it. On a *DB it is a transaction of
	// its own.
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	// Query gives the rows one by one; the caller closes them.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// DB is an open database, safe for use by many goroutines.
//
// A context that ends stops a call from starting and, on PostgreSQL, one that is
// under way. SQLite finishes what it has begun: its driver would pay a goroutine
// per row to do otherwise.
type DB struct {
	dialect Dialect
	dsn     string
	pool    *sqlx.DB // SQLite: readers only
	stmts   stmts    // SQLite: the readers' prepared statements
	writer  *writer  // SQLite only
}

// Open opens the database that dsn names, "sqlite:PATH" or "postgres://…", and
// makes the SQLite file if there is none.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn)
	}
	return nil, fmt.Errorf("database %q: an address starts with sqlite: or postgres://", redact(dsn))
}

// redact cuts an address down to what may stand in an error.
func redact(dsn string) string {
	if i := strings.LastIndexByte(dsn, '@'); i >= 0 {
		return "…" + dsn[i:]
	}
	return dsn
}

// Dialect says which kind of database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Close waits for the transactions under way, then closes.
func (d *DB) Close() error {
	if d.writer != nil {
		return errors.Join(d.pool.Close(), d.writer.close())
	}
	return d.pool.Close()
}

// Tx runs fn in a transaction, and returns once what fn wrote is durable. An error
// of fn undoes it and comes back as it is; a panic of fn undoes it and goes on in
// the caller.
//
// On SQLite all functions run one after the other and share their commits, so fn
// waits for nothing but SQL. On PostgreSQL fn may run again, up to five times, when
// another transaction got in its way: it touches nothing outside of the transaction
// but variables that it sets anew. Tx inside of fn is an error.
func (d *DB) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(insideKey{}) != nil {
		return errNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.writer != nil {
		return d.writer.do(ctx, fn)
	}
	return d.postgresTx(ctx, fn)
}

// insideKey marks the context that a transaction's function is given.
type insideKey struct{}

// Get implements Conn.
func (d *DB) Get(ctx context.Context, dest any, query string, args ...any) error {
	if d.dialect == Postgres {
		return mapError(d.pool.GetContext(ctx, dest, query, args...))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	query = numbered(query)
	stmt, err := d.stmts.get(ctx, d.pool, query)
	switch {
	case err != nil:
		return mapError(err)
	case stmt == nil:
		return mapError(d.pool.GetContext(ctx, dest, query, args...))
	}
	return mapError(stmt.GetContext(ctx, dest, args...))
}

// Select implements Conn.
func (d *DB) Select(ctx context.Context, dest any, query string, args ...any) error {
	if d.dialect == Postgres {
		return mapError(d.pool.SelectContext(ctx, dest, query, args...))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	query = numbered(query)
	stmt, err := d.stmts.get(ctx, d.pool, query)
	switch {
	case err != nil:
		return mapError(err)
	case stmt == nil:
		return mapError(d.pool.SelectContext(ctx, dest, query, args...))
	}
	return mapError(stmt.SelectContext(ctx, dest, args...))
}

// Query implements Conn.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if d.dialect == Postgres {
		rows, err := d.pool.QueryContext(ctx, query, args...)
		return rows, mapError(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	query = numbered(query)
	stmt, err := d.stmts.get(ctx, d.pool, query)
	switch {
	case err != nil:
		return nil, mapError(err)
	case stmt == nil:
		rows, err := d.pool.QueryContext(ctx, query, args...)
		return rows, mapError(err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, mapError(err)
}

// Exec implements Conn, as a transaction of its own.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := d.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		var err error
		n, err = tx.Exec(ctx, query, args...)
		return err
	})
	return n, err
}

// maxStmts bounds the prepared statements that are kept: queries are literals, but
// a few are put together (IN lists), and those must not fill the memory.
const maxStmts = 512

// preparer is a pool or a single connection.
type preparer interface {
	PreparexContext(ctx context.Context, query string) (*sqlx.Stmt, error)
}

// stmts keeps prepared statements by their text.
type stmts struct {
	mu   sync.RWMutex
	byID map[string]*stmt
}

// stmt is a prepared statement that a pool closes with its connections.
type stmt struct{ *sqlx.Stmt }

// close closes the statements of a single connection, which does not close them
// itself: SQLite keeps the file open, and its log beside it, until the last one
// is closed.
func (s *stmts) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := make([]error, 0, len(s.byID))
	for _, kept := range s.byID {
		errs = append(errs, kept.Close())
	}
	s.byID = nil
	return errors.Join(errs...)
}

// get gives the statement, prepared on p when it is new; nil when enough are kept.
func (s *stmts) get(ctx context.Context, p preparer, query string) (*stmt, error) {
	s.mu.RLock()
	kept, full := s.byID[query], len(s.byID) >= maxStmts
	s.mu.RUnlock()
	if kept != nil || full {
		return kept, nil
	}
	prepared, err := p.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.byID[query]; other != nil {
		return other, prepared.Close() //nolint:sqlclosecheck // the one that is not kept
	}
	if s.byID == nil {
		s.byID = map[string]*stmt{}
	}
	kept = &stmt{prepared}
	s.byID[query] = kept
	return kept, nil
}
