package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings a module's tables up to date. fsys holds goose's SQL files,
// NNNNN_name.sql, at its top; they are only ever added to. What has run stands in
// the table goose_MODULE. Several servers that start at once on PostgreSQL wait for
// each other.
func (d *DB) Migrate(ctx context.Context, module string, fsys fs.FS) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("migrate %s: %w", module, err)
		}
	}()
	dialect, driver := database.DialectSQLite3, "sqlite3"
	var opts []goose.ProviderOption
	if d.dialect == Postgres {
		dialect, driver = database.DialectPostgres, "pgx"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	store, err := database.NewStore(dialect, "goose_"+module)
	if err != nil {
		return err
	}
	pool, err := sqlx.ConnectContext(ctx, driver, d.dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	provider, err := goose.NewProvider("", pool.DB, fsys, append(opts, goose.WithStore(store))...)
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
