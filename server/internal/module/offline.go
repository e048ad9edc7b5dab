package module

import (
	"context"
	"errors"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
)

// Offline gives what a command of the administrator needs beside a server, which may
// be running: DB, School, Audit, Now and ID are set, nothing else. Who calls it closes
// the database.
func Offline(ctx context.Context, c config.Config, now func() time.Time) (_ Deps, err error) {
	if err := c.Check(); err != nil {
		return Deps{}, err
	}
	d := Deps{Now: now, ID: NewIDs(now), Config: c}
	if d.DB, err = db.Open(ctx, c.DSN()); err != nil {
		return Deps{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.DB.Close())
		}
	}()
	if err := d.DB.Migrate(ctx, "people", people.Migrations()); err != nil {
		return Deps{}, err
	}
	if err := d.DB.Migrate(ctx, "auth", auth.Migrations()); err != nil {
		return Deps{}, err
	}
	if err := d.DB.Migrate(ctx, "school", school.Migrations()); err != nil {
		return Deps{}, err
	}
	if err := d.DB.Migrate(ctx, "audit", audit.Migrations()); err != nil {
		return Deps{}, err
	}
	key, err := serverKey(c.Data, true)
	if err != nil {
		return Deps{}, err
	}
	d.Audit = audit.New(key.audit(), now)
	d.School = school.New(school.Options{DB: d.DB, Now: now, Defaults: schoolDefaults(&c)})
	return d, nil
}
