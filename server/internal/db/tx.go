package db

import (
	"context"
	"database/sql"
)

// querier is what a Tx runs on: SQLite's writing connection or a transaction of PostgreSQL.
type querier interface {
	preparer
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Tx is a running transaction. It belongs to the function it is given to, and ends with it.
type Tx struct {
	q      querier
	stmts  *stmts
	sqlite bool
}

// prepared gives the query in SQLite's words and its kept statement; nil when
// there is none to use.
func (t *Tx) prepared(ctx context.Context, query string) (string, *stmt, error) {
	if !t.sqlite {
		return query, nil, nil // pgx keeps its own
	}
	query = numbered(query)
	stmt, err := t.stmts.get(ctx, t.q, query)
	return query, stmt, err
}

// Get implements Conn.
func (t *Tx) Get(ctx context.Context, dest any, query string, args ...any) error {
	query, stmt, err := t.prepared(ctx, query)
	switch {
	case err != nil:
		return mapError(err)
	case stmt == nil:
		return mapError(t.q.GetContext(ctx, dest, query, args...))
	}
	return mapError(stmt.GetContext(ctx, dest, args...))
}

// Select implements Conn.
func (t *Tx) Select(ctx context.Context, dest any, query string, args ...any) error {
	query, stmt, err := t.prepared(ctx, query)
	switch {
	case err != nil:
		return mapError(err)
	case stmt == nil:
		return mapError(t.q.SelectContext(ctx, dest, query, args...))
	}
	return mapError(stmt.SelectContext(ctx, dest, args...))
}

// Exec implements Conn.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	query, stmt, err := t.prepared(ctx, query)
	if err != nil {
		return 0, mapError(err)
	}
	var res sql.Result
	if stmt == nil {
		res, err = t.q.ExecContext(ctx, query, args...)
	} else {
		res, err = stmt.ExecContext(ctx, args...)
	}
	if err != nil {
		return 0, mapError(err)
	}
	return res.RowsAffected()
}

// Query implements Conn. The rows are closed before fn ends. On PostgreSQL nothing
// else can be asked of the transaction until they are.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if t.sqlite {
		// Not a kept statement: the same text asked again while its rows are open
		// would start them over.
		query = numbered(query)
	}
	rows, err := t.q.QueryContext(ctx, query, args...)
	return rows, mapError(err)
}
