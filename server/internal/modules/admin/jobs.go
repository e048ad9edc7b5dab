package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
)

// Kinds of jobs.
const (
	jobFollow = "admin.follow" // guardians whose children have left, or have come back
	jobDelete = "admin.delete" // those whose time is over
	jobPrune  = "admin.prune"  // of the log, and of old consents
)

// deleteAtOnce bounds how many people one run deletes.
const deleteAtOnce = 200

func (m *Module) jobs() {
	m.d.Jobs.Register(jobFollow, m.follow, jobs.Policy{})
	m.d.Jobs.Register(jobDelete, m.deleteDue, jobs.Policy{})
	m.d.Jobs.Register(jobPrune, m.prune, jobs.Policy{})
	m.d.Jobs.Every(jobFollow, 10*time.Minute)
	m.d.Jobs.Every(jobDelete, time.Hour)
	m.d.Jobs.Every(jobPrune, 24*time.Hour)
}

// follow lets guardians without a child at the school leave, and come back.
func (m *Module) follow(ctx context.Context, _ json.RawMessage) error {
	state, err := m.d.School.Now(ctx)
	if err != nil {
		return err
	}
	now := m.d.Now()
	var left, back []string
	err = m.d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if left, back, err = people.Follow(ctx, tx, now.AddDate(0, 0, 7*state.DeleteWeeks)); err != nil {
			return err
		}
		for _, id := range left {
			if err := auth.EndSessions(ctx, tx, id, now); err != nil {
				return err
			}
			if err := m.d.Audit.Append(ctx, tx, audit.Entry{Action: logLeave, Subject: id}); err != nil {
				return err
			}
		}
		for _, id := range back {
			if err := m.d.Audit.Append(ctx, tx, audit.Entry{Action: logReturn, Subject: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("guardians follow: %w", err)
	}
	for _, id := range append(left, back...) {
		m.d.Auth.DropPerson(id)
	}
	return nil
}

// deleteDue deletes those who have left and whose time is over, each in a transaction
// of its own: one who cannot be deleted keeps nobody else. Guardians leave before their
// last child is deleted: after it, nothing says whose guardians they were.
func (m *Module) deleteDue(ctx context.Context, _ json.RawMessage) error {
	if err := m.follow(ctx, nil); err != nil {
		return err
	}
	now := m.d.Now()
	ids, err := people.Due(ctx, m.d.DB, now, deleteAtOnce)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		err := m.d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return m.delete(ctx, tx, id, now) })
		if errors.Is(err, db.ErrNotFound) {
			continue // wanted again
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		m.d.Auth.DropPerson(id)
	}
	if len(ids) > 0 {
		m.d.Log.InfoContext(ctx, "people deleted whose time was over", slog.Int("count", len(ids)-len(errs)))
	}
	return errors.Join(errs...)
}

// delete deletes one person everywhere: the modules first, whose tables name the
// person. One who is wanted again is ErrNotFound at the end, which undoes it all.
func (m *Module) delete(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	for _, mod := range m.d.Modules() {
		if f, ok := mod.(module.Forgetter); ok {
			if err := f.ForgetPerson(ctx, tx, id); err != nil {
				return fmt.Errorf("module %s forgets %s: %w", mod.Name(), id, err)
			}
		}
	}
	if err := people.Delete(ctx, tx, id, now); err != nil {
		return err
	}
	if err := m.d.Auth.Forget(ctx, tx, id); err != nil {
		return err
	}
	return m.d.Audit.Append(ctx, tx, audit.Entry{Action: logDelete, Subject: id})
}

// prune removes what is kept no longer.
func (m *Module) prune(ctx context.Context, _ json.RawMessage) error {
	state, err := m.d.School.Now(ctx)
	if err != nil {
		return err
	}
	before := m.d.Now().AddDate(0, 0, -state.LogDays)
	return m.d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := m.d.Audit.Prune(ctx, tx, before)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM admin_consent WHERE asked < $1`, before.UnixMilli()); err != nil {
			return fmt.Errorf("old consents: %w", err)
		}
		if n == 0 {
			return nil
		}
		return m.d.Audit.Append(ctx, tx, audit.Entry{Action: audit.LogPrune, Detail: map[string]string{"entries": strconv.FormatInt(n, 10)}})
	})
}
