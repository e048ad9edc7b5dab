package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"schulhof/server/internal/db"
)

// Whoever ends sessions leaves a row in account_change, in the same transaction:
// this server, another one over the same database, or a command beside a running
// one. Every server looks for such rows as long as anybody has something open.
const (
	watchEvery  = 250 * time.Millisecond
	watchBack   = 5 * time.Minute // what a transaction may take, and servers' clocks may differ
	keepChanges = time.Hour
)

// tell leaves word that sessions of a person have ended, for Watch of every server.
func tell(ctx context.Context, c db.Conn, personID string, now time.Time) error {
	_, err := c.Exec(ctx, `INSERT INTO account_change (id, person_id, at) VALUES ($1, $2, $3)`, rand.Text(), personID, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("tell of the end of sessions of %s: %w", personID, err)
	}
	return nil
}

// Watch ends, until ctx does, what is open for those whose sessions have ended,
// wherever that happened, within a second of the commit: event streams, and a moment
// later, so that the answer to who signs out still arrives, requests under way. It
// asks the database nothing while nobody has anything open.
func (a *Auth) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	w := watch{auth: a}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			w.look(ctx)
		}
	}
}

// watch is what Watch remembers from one look to the next.
type watch struct {
	auth    *Auth
	seen    map[string]bool // rows
	cut     []string        // persons whose requests under way end at the next look
	failing bool
}

// look looks once.
func (w *watch) look(ctx context.Context) {
	a := w.auth
	for _, id := range w.cut {
		a.o.Streams.Cut(ctx, id)
	}
	w.cut = w.cut[:0]
	if a.o.Streams.UnderWay() == 0 {
		return
	}
	var rows []struct {
		ID     string `db:"id"`
		Person string `db:"person_id"`
	}
	err := a.o.DB.Select(ctx, &rows, `SELECT id, person_id FROM account_change WHERE at > $1`, a.o.Now().Add(-watchBack).UnixMilli())
	if err != nil {
		if !w.failing && ctx.Err() == nil {
			a.o.Log.WarnContext(ctx, "ends of sessions elsewhere not seen", slog.Any("error", err))
		}
		w.failing = true
		return
	}
	w.failing = false
	seen := make(map[string]bool, len(rows))
	told := map[string]bool{}
	for _, r := range rows {
		seen[r.ID] = true
		if w.seen[r.ID] || told[r.Person] {
			continue
		}
		told[r.Person] = true
		a.cache.dropPerson(r.Person)
		a.o.Streams.Recheck(r.Person)
		w.cut = append(w.cut, r.Person)
	}
	w.seen = seen
}
