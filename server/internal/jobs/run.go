package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"schulhof/server/internal/db"
)

// claim is a job that this runner holds.
type claim struct {
	ID       string `db:"id"`
	Kind     string `db:"kind"`
	Key      string `db:"key"`
	Payload  string `db:"payload"`
	Attempts int    `db:"attempts"`
	Gen      int    `db:"gen"`
	holder   string
}

// Run does jobs until ctx ends. Then it takes no new ones, waits for those under
// way (their context goes on until the grace is over) and returns nil. It is
// called once.
func (j *Jobs) Run(ctx context.Context) error {
	j.mu.Lock()
	if j.running {
		j.mu.Unlock()
		return errors.New("run jobs: they run already")
	}
	j.running = true
	j.mu.Unlock()
	if err := j.prepare(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // it was to end before it had begun
		}
		return err
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var wg sync.WaitGroup
	ended := make(chan struct{}, j.deps.Workers)
	for busy := 0; ctx.Err() == nil; {
		claims, err := j.claim(ctx, j.deps.Workers-busy)
		if err != nil && ctx.Err() == nil {
			j.deps.Log.ErrorContext(ctx, "jobs cannot be taken", slog.Any("error", err))
		}
		for _, c := range claims {
			busy++
			wg.Go(func() {
				j.do(work, c)
				ended <- struct{}{}
			})
		}
		if len(claims) > 0 && busy < j.deps.Workers {
			continue // there may be more
		}
		busy -= j.wait(ctx, ended)
	}
	go func() {
		select {
		case <-work.Done():
		case <-time.After(j.deps.Grace):
			stop()
		}
	}()
	wg.Wait()
	return nil
}

// wait returns when there may be something to do: a worker ended, a wake-up, a
// poll, the end. It returns how many workers ended.
func (j *Jobs) wait(ctx context.Context, ended <-chan struct{}) int {
	poll := time.NewTimer(j.deps.Poll)
	defer poll.Stop()
	n := 0
	select {
	case <-ended:
		n++
	case <-j.wake:
	case <-poll.C:
	case <-ctx.Done():
	}
	for {
		select {
		case <-ended:
			n++
		default:
			return n
		}
	}
}

// prepare frees what a killed server left leased, where no other server can hold
// it, and sees to the jobs that repeat.
func (j *Jobs) prepare(ctx context.Context) error {
	if j.deps.DB.Dialect() == db.SQLite {
		if _, err := j.deps.DB.Exec(ctx, `UPDATE job SET locked_until = 0, holder = '' WHERE locked_until > 0`); err != nil {
			return fmt.Errorf("free the jobs of the last run: %w", err)
		}
	}
	for name, k := range j.kinds {
		if k.every == 0 {
			continue
		}
		now := j.deps.Now()
		if _, err := j.deps.DB.Exec(ctx, `
			INSERT INTO job (id, kind, key, due, payload) VALUES ($1, $2, $3, $4, 'null')
			ON CONFLICT (kind, key) DO UPDATE SET due = CASE WHEN job.due > $5 THEN $5 ELSE job.due END`,
			j.deps.ID(), name, everyKey, now.UnixMilli(), now.Add(k.every).UnixMilli()); err != nil {
			return fmt.Errorf("repeat job %s: %w", name, err)
		}
	}
	return nil
}

// claim leases at most n due jobs of registered kinds. The outer condition on
// locked_until keeps two servers apart that chose the same rows.
func (j *Jobs) claim(ctx context.Context, n int) ([]claim, error) {
	if n <= 0 || len(j.kinds) == 0 {
		return nil, nil
	}
	now := j.deps.Now()
	holder := j.deps.ID()
	args := []any{now.Add(j.deps.Lease).UnixMilli(), holder, now.UnixMilli(), n}
	names := make([]string, 0, len(j.kinds))
	for _, name := range slices.Sorted(maps.Keys(j.kinds)) {
		args = append(args, name)
		names = append(names, "$"+strconv.Itoa(len(args)))
	}
	var claims []claim
	err := j.deps.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		claims = nil
		return tx.Select(ctx, &claims, `
			UPDATE job SET locked_until = $1, holder = $2, attempts = attempts + 1
			WHERE locked_until <= $3 AND failed = 0 AND due <= $3 AND id IN (
				SELECT id FROM job WHERE failed = 0 AND due <= $3 AND locked_until <= $3
					AND kind IN (`+strings.Join(names, ", ")+`)
				ORDER BY due, id LIMIT $4)
			RETURNING id, kind, COALESCE(key, '') AS key, payload, attempts, gen`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("take due jobs: %w", err)
	}
	for i := range claims {
		claims[i].holder = holder
	}
	return claims, nil
}

// do runs one job and writes down how it ended.
func (j *Jobs) do(ctx context.Context, c claim) {
	k := j.kinds[c.Kind]
	err := j.attempt(ctx, k, c)
	log := j.deps.Log.With(slog.String("kind", c.Kind), slog.String("job", c.ID), slog.Int("attempt", c.Attempts))
	switch {
	case err == nil:
		return
	case errors.Is(err, errLost):
		log.WarnContext(ctx, "another server took over the job")
		return
	}
	last := c.Attempts >= k.policy.Max
	if last {
		log.ErrorContext(ctx, "job failed for the last time", slog.Any("error", err))
	} else {
		log.WarnContext(ctx, "job failed", slog.Any("error", err))
	}
	if err := j.fail(context.WithoutCancel(ctx), k, c, err); err != nil {
		log.ErrorContext(ctx, "job's failure not written, it runs again after its lease", slog.Any("error", err))
	}
}

// attempt calls the function of the job, keeping the lease meanwhile.
func (j *Jobs) attempt(ctx context.Context, k kind, c claim) (err error) {
	if c.Attempts > k.policy.Max {
		return errors.New("the server was stopped during each try")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go j.keep(ctx, cancel, c)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	payload := json.RawMessage(c.Payload)
	if k.runTx != nil {
		return j.deps.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			// The end first: it locks the row, so that no other server can do the same.
			if err := j.finish(ctx, tx, k, c); err != nil {
				return err
			}
			return k.runTx(ctx, tx, payload)
		})
	}
	if err := k.run(ctx, payload); err != nil {
		return err
	}
	return j.deps.DB.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		return j.finish(ctx, tx, k, c)
	})
}

// keep renews the lease until ctx ends, and cancels the job when it is lost.
func (j *Jobs) keep(ctx context.Context, cancel func(), c claim) {
	tick := time.NewTicker(j.deps.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n, err := j.deps.DB.Exec(ctx, `UPDATE job SET locked_until = $1 WHERE id = $2 AND holder = $3`,
			j.deps.Now().Add(j.deps.Lease).UnixMilli(), c.ID, c.holder)
		if err == nil && n == 0 {
			cancel()
			return
		}
	}
}

// finish removes a job that is done, or frees it for its next turn: one that
// repeats, or was enqueued anew while it ran.
func (j *Jobs) finish(ctx context.Context, tx *db.Tx, k kind, c claim) error {
	var n int64
	var err error
	if k.every > 0 && c.Key == everyKey {
		n, err = tx.Exec(ctx, `UPDATE job SET due = $1, attempts = 0, locked_until = 0, holder = '', last_error = ''
			WHERE id = $2 AND holder = $3`, j.deps.Now().Add(k.every).UnixMilli(), c.ID, c.holder)
	} else {
		n, err = tx.Exec(ctx, `DELETE FROM job WHERE id = $1 AND holder = $2 AND gen = $3`, c.ID, c.holder, c.Gen)
		if err == nil && n == 0 {
			n, err = tx.Exec(ctx, `UPDATE job SET attempts = 0, locked_until = 0, holder = ''
				WHERE id = $1 AND holder = $2`, c.ID, c.holder)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("end of job %s: %w", c.ID, err)
	case n == 0:
		return errLost
	}
	return nil
}

// fail frees a job for its next try, or makes it poison after the last one. What
// was enqueued anew meanwhile keeps its own time and all its tries.
func (j *Jobs) fail(ctx context.Context, k kind, c claim, why error) error {
	attempts, failed, wait := c.Attempts, 0, k.policy.Backoff(c.Attempts)
	if c.Attempts >= k.policy.Max {
		if k.every > 0 && c.Key == everyKey {
			attempts, wait = 0, k.every
		} else {
			failed, wait = 1, 0
		}
	}
	reason := []rune(why.Error())
	if len(reason) > 1000 {
		reason = append(reason[:1000], '…')
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(reason), "\uFFFD"), "\x00", "")
	err := j.deps.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE job SET due = $1, attempts = $2, failed = $3, last_error = $4, locked_until = 0, holder = ''
			WHERE id = $5 AND holder = $6 AND gen = $7`,
			j.deps.Now().Add(wait).UnixMilli(), attempts, failed, text, c.ID, c.holder, c.Gen)
		if err == nil && n == 0 {
			_, err = tx.Exec(ctx, `UPDATE job SET attempts = 0, last_error = $1, locked_until = 0, holder = ''
				WHERE id = $2 AND holder = $3`, text, c.ID, c.holder)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("failure of job %s: %w", c.ID, err)
	}
	return nil
}
