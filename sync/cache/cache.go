// Package cache is the account's SQLite file on this PC: what the server said
// last, and what still has to go there. It may be thrown away at any time but
// for the queue of uploads, which is why a write is on the disk when it returns.
//
// Words: a migration is a list of statements that only ever grows at its end;
// each part of sync has one, under its own name.
package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// ErrNotFound says that there is no such row.
var ErrNotFound = errors.New("no such row in the cache")

// ErrDamaged says that the file is no SQLite database, or a broken one.
var ErrDamaged = errors.New("the cache file is damaged")

// Cache is an open cache file. All methods may be called from any goroutine.
type Cache struct {
	path  string
	write *sqlx.DB // one connection
	read  *sqlx.DB // several, which see the last committed state

	mu    sync.Mutex
	stmts map[string]*sqlx.Stmt // of read, by text: the package's callers use few texts
}

// Reader reads the last committed state.
type Reader struct{ c *Cache }

// Tx is a write transaction, which also reads what it wrote.
type Tx struct{ tx *sqlx.Tx }

const (
	readers  = 4
	maxStmts = 64
)

// Open opens or makes the cache file at path, with its folder, for this user alone.
// A file that SQLite cannot read is ErrDamaged and left as it is.
func Open(ctx context.Context, path string) (*Cache, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cache at %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o700); err != nil {
		return nil, fmt.Errorf("folder of the cache: %w", err)
	}
	// SQLite would make the file readable for others where the umask says so;
	// its -wal and -shm take over the file's mode.
	file, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cache file: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("cache file: %w", err)
	}
	c := &Cache{path: abs, stmts: map[string]*sqlx.Stmt{}}
	if c.write, err = connect(ctx, abs, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if c.read, err = connect(ctx, abs, readers, "_query_only=1"); err != nil {
		return nil, errors.Join(err, c.write.Close())
	}
	if err := c.Migrate(ctx, "", nil); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func connect(ctx context.Context, path string, conns int, extra string) (*sqlx.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	dsn := url.URL{
		Scheme:   "file",
		Path:     slashed,
		RawQuery: "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=1&" + extra,
	}
	db, err := sqlx.Open("sqlite3", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open cache: %w", mapped(err)), db.Close())
	}
	return db, nil
}

// Migrate brings the tables of one part of sync up to date: it runs those of
// the statements that this file has not seen yet, all or none.
func (c *Cache) Migrate(ctx context.Context, name string, statements []string) error {
	err := c.Write(ctx, func(tx Tx) error {
		const table = `CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, done INTEGER NOT NULL)`
		if _, err := tx.Exec(ctx, table); err != nil {
			return err
		}
		var done int
		err := tx.Get(ctx, &done, `SELECT done FROM migration WHERE name = ?`, name)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if done >= len(statements) {
			return nil
		}
		for _, s := range statements[done:] {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO migration (name, done) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET done = excluded.done`, name, len(statements))
		return err
	})
	if err != nil {
		return fmt.Errorf("tables of %q in the cache: %w", name, err)
	}
	return nil
}

// Read calls fn with a reader. What fn reads need not be of one moment.
func (c *Cache) Read(_ context.Context, fn func(r Reader) error) error {
	return fn(Reader{c})
}

// Write runs fn in a transaction, one at a time. It is committed and on the
// disk when Write returns nil; on any error, and on a panic, nothing of it stays.
func (c *Cache) Write(ctx context.Context, fn func(tx Tx) error) error {
	tx, err := c.write.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin in the cache: %w", mapped(err))
	}
	defer tx.Rollback()
	if err := fn(Tx{tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit in the cache: %w", mapped(err))
	}
	return nil
}

// Close ends the use of the file.
func (c *Cache) Close() error {
	return errors.Join(c.read.Close(), c.write.Close())
}

// Wipe closes the file and removes it with all that belongs to it.
func (c *Cache) Wipe() error {
	return errors.Join(c.Close(), Wipe(c.path))
}

// Wipe removes a cache file that is not open, with all that belongs to it. None
// there is fine.
func Wipe(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove the cache: %w", err)
	}
	return nil
}

// Get reads one row into dest; ErrNotFound when there is none.
func (r Reader) Get(ctx context.Context, dest any, query string, args ...any) error {
	return r.c.with(ctx, query, func(stmt *sqlx.Stmt) error { return stmt.GetContext(ctx, dest, args...) })
}

// Select reads all rows into the slice that dest points to.
func (r Reader) Select(ctx context.Context, dest any, query string, args ...any) error {
	return r.c.with(ctx, query, func(stmt *sqlx.Stmt) error { return stmt.SelectContext(ctx, dest, args...) })
}

// Each calls row for each row, with a function that scans it: cheaper than
// Select where there are thousands.
func (r Reader) Each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	return r.c.with(ctx, query, func(stmt *sqlx.Stmt) error {
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// with runs fn with the prepared statement of a text. Texts beyond the first
// maxStmts are prepared each time.
func (c *Cache) with(ctx context.Context, query string, fn func(stmt *sqlx.Stmt) error) error {
	c.mu.Lock()
	stmt := c.stmts[query]
	keep := stmt != nil || len(c.stmts) < maxStmts
	if stmt == nil {
		var err error
		// Prepared for all callers to come: not under this one's context.
		if stmt, err = c.read.PreparexContext(context.WithoutCancel(ctx), query); err != nil {
			c.mu.Unlock()
			return fmt.Errorf("prepare: %w", mapped(err))
		}
		if keep {
			c.stmts[query] = stmt
		}
	}
	c.mu.Unlock()
	if !keep {
		defer stmt.Close()
	}
	return mapped(fn(stmt))
}

// Get reads one row into dest; ErrNotFound when there is none.
func (t Tx) Get(ctx context.Context, dest any, query string, args ...any) error {
	return mapped(t.tx.GetContext(ctx, dest, query, args...))
}

// Select reads all rows into the slice that dest points to.
func (t Tx) Select(ctx context.Context, dest any, query string, args ...any) error {
	return mapped(t.tx.SelectContext(ctx, dest, query, args...))
}

// Exec runs a statement and says what it did.
func (t Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	return res, mapped(err)
}

// Each runs a statement once for each list of arguments, prepared once.
func (t Tx) Each(ctx context.Context, query string, args [][]any) error {
	if len(args) == 0 {
		return nil
	}
	stmt, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return mapped(err)
	}
	defer stmt.Close()
	for _, a := range args {
		if _, err := stmt.ExecContext(ctx, a...); err != nil {
			return mapped(err)
		}
	}
	return nil
}

func mapped(err error) error {
	var lite sqlite3.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrNotADB || lite.Code == sqlite3.ErrCorrupt):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
