package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Snapshot runs fn over the database as it is at one moment, which is not before
// the call. fn only reads. Writers go on meanwhile, so it may take its time.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, c Conn) error) (err error) {
	if ctx.Value(insideKey{}) != nil {
		return errNested
	}
	if d.dialect == Postgres {
		tx, err := d.pool.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer tx.Rollback() // it has changed nothing
		return fn(ctx, &Tx{q: tx})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	conn, err := d.pool.Connx(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// Not through the driver, which would begin as a writer.
	if _, err := conn.ExecContext(ctx, "BEGIN DEFERRED"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	kept := &stmts{}
	defer func() {
		for _, s := range kept.byID {
			err = errors.Join(err, s.Close())
		}
		_, end := conn.ExecContext(ctx, "ROLLBACK")
		err = errors.Join(err, end)
	}()
	return fn(ctx, &Tx{q: conn, stmts: kept, sqlite: true})
}

// Column is a column of a table.
type Column struct {
	Table string `db:"tbl"`
	Name  string `db:"col"`
}

// Columns lists the columns of all tables by table.
func (d *DB) Columns(ctx context.Context, c Conn) ([]Column, error) {
	query := `SELECT m.name AS tbl, p.name AS col FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' ORDER BY m.name, p.cid`
	if d.dialect == Postgres {
		query = `SELECT table_name AS tbl, column_name AS col FROM information_schema.columns
			WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
	}
	var list []Column
	if err := c.Select(ctx, &list, query); err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	return list, nil
}
