package files

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

const (
	workers    = 3
	maxEnded   = 1000 // ended transfers that are still listed
	sweepEvery = 300 * time.Millisecond
)

// Kinds of jobs.
const (
	kindFile   = "file"   // upload Source to Href
	kindFolder = "folder" // make Href
	kindEdit   = "edit"   // upload what was saved in the copy
)

// job is an upload that waits, runs or ended. Fields up to Err are its row; all
// are guarded by Files.mu, but for those that never change: ID, Batch, Kind,
// Source, Copy.
type job struct {
	ID      int64
	Batch   int64
	Kind    string
	Href    string
	Source  string
	Copy    int64
	Size    int64
	IfMatch string
	Sent    sums // of Source, what may have arrived
	State   TransferState
	Err     error

	done      int64
	tries     int
	notBefore time.Time
	cancel    context.CancelFunc
	pausing   bool
	dropped   bool
}

// jobRow is a job's row.
type jobRow struct {
	ID      int64  `db:"id"`
	Batch   int64  `db:"batch"`
	Kind    string `db:"kind"`
	Href    string `db:"href"`
	Source  string `db:"source"`
	Copy    int64  `db:"copy"`
	Size    int64  `db:"size"`
	IfMatch string `db:"if_match"`
	Sent    sums   `db:"sent"`
	State   string `db:"state"`
	Error   string `db:"error"`
}

func (f *Files) loadJobs(ctx context.Context, r cache.Reader) error {
	var rows []jobRow
	err := r.Select(ctx, &rows, `SELECT id, batch, kind, href, source, copy, size, if_match, sent, state, error FROM job ORDER BY id`)
	for _, row := range rows {
		j := &job{
			ID: row.ID, Batch: row.Batch, Kind: row.Kind, Href: row.Href, Source: row.Source, Copy: row.Copy,
			Size: row.Size, IfMatch: row.IfMatch, Sent: row.Sent, State: TransferState(row.State), Err: parseError(row.Error),
		}
		f.enlist(j)
		f.nextID = max(f.nextID, j.ID)
		f.batches = max(f.batches, j.Batch)
	}
	if err != nil {
		return err
	}
	// An edit whose job was not written yet when the program ended.
	for _, c := range f.copies {
		if c.Edited && f.jobs[c.job] == nil {
			c.noted = seen{}
		}
	}
	return nil
}

// enlist makes a job known, together with the copy that it uploads: between the
// two an edit counted twice. The caller holds the lock.
func (f *Files) enlist(j *job) {
	f.jobs[j.ID] = j
	f.order = append(f.order, j.ID)
	if c := f.copies[j.Copy]; c != nil {
		c.job = j.ID
	}
}

// putJobs writes jobs' rows; list holds snapshots.
func putJobs(ctx context.Context, tx cache.Tx, list []job) error {
	args := make([][]any, 0, len(list))
	for _, j := range list {
		state := j.State
		if state == Running {
			state = Queued
		}
		args = append(args, []any{j.ID, j.Batch, j.Kind, j.Href, j.Source, j.Copy, j.Size, j.IfMatch, j.Sent, string(state), errorText(j.Err)})
	}
	return tx.Each(ctx, `INSERT OR REPLACE INTO job (id, batch, kind, href, source, copy, size, if_match, sent, state, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, args)
}

// add puts jobs into the queue: on the disk first.
func (f *Files) add(ctx context.Context, list []*job) error {
	if len(list) == 0 {
		return nil
	}
	f.mu.Lock()
	rows := make([]job, 0, len(list))
	for _, j := range list {
		f.nextID++
		j.ID = f.nextID
		rows = append(rows, *j)
	}
	f.mu.Unlock()
	if err := f.Cache.Write(ctx, func(tx cache.Tx) error { return putJobs(ctx, tx, rows) }); err != nil {
		return err
	}
	f.mu.Lock()
	for _, j := range list {
		f.enlist(j)
	}
	f.trim()
	f.mu.Unlock()
	f.emit.hit()
	for range min(workers, len(list)) {
		poke(f.wake)
	}
	return nil
}

// save writes the rows, as they are now, of those jobs that did not end, also
// while the program ends.
func (f *Files) save(ctx context.Context, list ...*job) {
	ctx = context.WithoutCancel(ctx)
	f.sweeping.Lock()
	defer f.sweeping.Unlock()
	f.mu.Lock()
	rows := make([]job, 0, len(list))
	for _, j := range list {
		if f.jobs[j.ID] == j && !f.ended(j.ID) {
			rows = append(rows, *j)
		}
	}
	f.mu.Unlock()
	if err := f.Cache.Write(ctx, func(tx cache.Tx) error { return putJobs(ctx, tx, rows) }); err != nil {
		f.Log.ErrorContext(ctx, "queue not written", "err", err)
	}
}

// work runs jobs until ctx ends.
func (f *Files) work(ctx context.Context) {
	for ctx.Err() == nil {
		j, one, wait := f.pick(ctx)
		if j == nil {
			t := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-f.wake:
			case <-t.C:
			}
			t.Stop()
			continue
		}
		f.emit.hit()
		f.settled(ctx, j, f.run(one, j))
	}
}

// pick takes the next job: edits first, then in the order of the queue. Without
// one it says how long to wait for one at most.
func (f *Files) pick(ctx context.Context) (*job, context.Context, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait := time.Minute
	if !f.online {
		return nil, nil, wait
	}
	now := f.Now()
	var next *job
	for _, id := range f.order {
		j := f.jobs[id]
		if j == nil || j.State != Queued {
			continue
		}
		if d := j.notBefore.Sub(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		if next == nil || (next.Kind != kindEdit && j.Kind == kindEdit) {
			next = j
		}
		if next.Kind == kindEdit {
			break
		}
	}
	if next == nil {
		return nil, nil, wait
	}
	one, cancel := context.WithCancel(ctx)
	next.State, next.cancel, next.done = Running, cancel, 0
	return next, one, 0
}

// settled notes how a run of a job ended.
func (f *Files) settled(ctx context.Context, j *job, err error) {
	f.mu.Lock()
	j.cancel()
	j.cancel = nil
	persist := false
	switch {
	case j.dropped:
		f.dropTransfer(j.ID)
		f.finished = append(f.finished, j.ID)
	case j.pausing && err != nil:
		j.State, j.pausing, persist = Paused, false, true
	case err == nil:
		j.pausing = false
		if j.State == Running {
			j.State = Done
		}
		j.Err, j.done = nil, j.Size
		f.finished = append(f.finished, j.ID)
		f.stale[remote.Parent(j.Href)] = true
	case ctx.Err() != nil:
		j.State = Queued // the row says so already
	case remote.Status(err) == http.StatusUnauthorized:
		j.State, j.Err, j.notBefore = Queued, err, f.Now().Add(signedOut)
	case later(err):
		j.tries++
		j.State, j.Err, j.notBefore = Queued, err, f.Now().Add(backoff(j.tries))
	default:
		j.State, j.Err, persist = Broken, err, true
	}
	href, state := j.Href, j.State
	f.mu.Unlock()
	f.heard(err)
	if persist {
		f.save(ctx, j)
	}
	if err != nil {
		f.Log.InfoContext(ctx, "upload", "state", string(state), "err", err)
	}
	f.emit.hit()
	f.Signal.Emit(signal.Folder(remote.Parent(href)))
	poke(f.look) // a copy may have been saved meanwhile
}

// unasked says of a call that the server was not asked, or wants something of the
// person first: later it will answer.
func unasked(err error) bool { return errors.Is(err, remote.ErrOffline) || remote.Pending(err) }

// later says whether a job that ended so should run again by itself.
func later(err error) bool {
	return remote.Temporary(err) || errors.Is(err, ErrChanged) || errors.Is(err, context.DeadlineExceeded)
}

// housekeep removes the rows of finished jobs, a few at a time, and refreshes
// the folders that uploads went into.
func (f *Files) housekeep(ctx context.Context) {
	for pause(ctx, sweepEvery) {
		if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
			f.Log.WarnContext(ctx, "rows of finished uploads stay", "err", err)
		}
		f.mu.Lock()
		list := make([]string, 0, len(f.stale))
		for href := range f.stale {
			list = append(list, href)
		}
		clear(f.stale)
		f.mu.Unlock()
		for _, href := range list {
			f.Refresh(href)
		}
	}
}

// sweep removes the rows of finished jobs. One that stays for a crash is run
// again, finds its content on the server, and ends.
func (f *Files) sweep(ctx context.Context) error {
	f.sweeping.Lock()
	defer f.sweeping.Unlock()
	f.mu.Lock()
	list := f.finished
	f.finished = nil
	f.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	args := make([][]any, 0, len(list))
	for _, id := range list {
		args = append(args, []any{id})
	}
	err := f.Cache.Write(ctx, func(tx cache.Tx) error { return tx.Each(ctx, `DELETE FROM job WHERE id = ?`, args) })
	if err != nil {
		f.mu.Lock()
		f.finished = append(f.finished, list...)
		f.mu.Unlock()
	}
	return err
}

// dropTransfer forgets a transfer. Call it with f.mu.
func (f *Files) dropTransfer(id int64) {
	delete(f.jobs, id)
	delete(f.downs, id)
	f.order = slices.DeleteFunc(f.order, func(o int64) bool { return o == id })
}

// trim forgets the oldest of too many ended transfers. Call it with f.mu.
func (f *Files) trim() {
	if len(f.order) < 2*maxEnded {
		return
	}
	ended := 0
	for _, id := range f.order {
		if f.ended(id) {
			ended++
		}
	}
	f.dropEnded(ended - maxEnded)
}

// ended says whether a transfer is done. Call it with f.mu.
func (f *Files) ended(id int64) bool {
	if j := f.jobs[id]; j != nil {
		return j.State == Done || j.State == Conflicted
	}
	d := f.downs[id]
	return d == nil || d.State == Done
}

// dropEnded forgets the n oldest ended transfers. Call it with f.mu.
func (f *Files) dropEnded(n int) {
	kept := f.order[:0]
	for _, id := range f.order {
		if n > 0 && f.ended(id) {
			delete(f.jobs, id)
			delete(f.downs, id)
			n--
			continue
		}
		kept = append(kept, id)
	}
	f.order = kept
}

// storedError is an error as a job's row keeps it.
type storedError struct {
	Local   string        `json:"local,omitempty"`
	Method  string        `json:"method,omitempty"`
	Problem *wire.Problem `json:"problem,omitempty"`
}

var localErrors = map[string]error{
	"gone": ErrGone, "special": ErrSpecial, "name": ErrName, "taken": ErrTaken, "permission": os.ErrPermission,
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	var s storedError
	if refused, ok := errors.AsType[*remote.Error](err); ok {
		s.Method, s.Problem = refused.Method, &refused.Problem
	} else {
		s.Local = err.Error()
		for name, known := range localErrors {
			if errors.Is(err, known) {
				s.Local = name
			}
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(text)
}

func parseError(text string) error {
	var s storedError
	switch err := json.Unmarshal([]byte(text), &s); {
	case text == "" || err != nil:
		return nil //nolint:nilerr // what an older version wrote is no reason to fail
	case s.Problem != nil:
		return &remote.Error{Method: s.Method, Problem: *s.Problem}
	case localErrors[s.Local] != nil:
		return localErrors[s.Local]
	}
	return errors.New(s.Local)
}
