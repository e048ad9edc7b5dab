package files

import (
	"context"
	"time"

	"schulhof/sync/remote"
)

// Transfers lists uploads and downloads in the order in which they were begun,
// those that ended included until ClearDone.
func (f *Files) Transfers() []Transfer {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Transfer, 0, len(f.order))
	for _, id := range f.order {
		if j := f.jobs[id]; j != nil {
			list = append(list, Transfer{
				ID: j.ID, Name: remote.Base(j.Href), Href: j.Href, Dir: Up, Done: j.done, Total: j.Size,
				State: j.State, Err: j.Err, Batch: j.Batch, Edit: j.Kind == kindEdit,
			})
		} else if d := f.downs[id]; d != nil {
			list = append(list, d.Transfer)
		}
	}
	return list
}

// Pause holds a transfer until Resume, also over a restart of the program.
func (f *Files) Pause(id int64) { f.each(id, f.pause) }

// Resume lets a paused transfer go on.
func (f *Files) Resume(id int64) { f.each(id, f.resume) }

// Retry tries a failed transfer again.
func (f *Files) Retry(id int64) { f.each(id, f.retry) }

// Cancel gives a transfer up. An edit is only paused: its bytes are nowhere else.
func (f *Files) Cancel(id int64) { f.each(id, f.giveUp) }

// PauseAll pauses all that is queued or running.
func (f *Files) PauseAll() { f.each(0, f.pause) }

// ResumeAll lets all that is paused go on.
func (f *Files) ResumeAll() { f.each(0, f.resume) }

// RetryAll tries all that failed again.
func (f *Files) RetryAll() { f.each(0, f.retry) }

// CancelAll gives up all transfers, as Cancel does each.
func (f *Files) CancelAll() { f.each(0, f.giveUp) }

// ClearDone forgets the transfers that are done.
func (f *Files) ClearDone() {
	f.mu.Lock()
	f.dropEnded(len(f.order))
	f.mu.Unlock()
	f.emit.hit()
}

// each calls fn, with f.mu, for one transfer or, with id 0, for all, and writes
// the rows of the jobs for which it returns true.
func (f *Files) each(id int64, fn func(j *job, d *download) bool) {
	f.mu.Lock()
	ids := []int64{id}
	if id == 0 {
		ids = append(ids[:0], f.order...)
	}
	var changed []*job
	for _, id := range ids {
		j, d := f.jobs[id], f.downs[id]
		if (j != nil || d != nil) && fn(j, d) && j != nil {
			changed = append(changed, j)
		}
	}
	f.mu.Unlock()
	f.emit.hit()
	for range workers {
		poke(f.wake)
	}
	if len(changed) > 0 {
		f.spawn(func(ctx context.Context) { f.save(ctx, changed...) })
	}
}

func (f *Files) pause(j *job, d *download) bool {
	if d != nil {
		if d.State == Running {
			d.State, d.pausing = Paused, true
			d.cancel()
		}
		return false
	}
	switch j.State {
	case Queued:
		j.State = Paused
		return true
	case Running:
		j.pausing = true
		j.cancel()
	default:
	}
	return false
}

func (f *Files) resume(j *job, d *download) bool {
	if d != nil {
		if d.State == Paused {
			d.State, d.pausing = Running, false
			poke(d.resume)
		}
		return false
	}
	if j.pausing { // not stopped yet: it will be queued rather than paused
		j.pausing = false
		return false
	}
	if j.State != Paused {
		return false
	}
	j.State, j.notBefore = Queued, time.Time{}
	return true
}

func (f *Files) retry(j *job, d *download) bool {
	if d != nil {
		if d.State == Broken && d.again != nil {
			f.dropTransfer(d.ID)
			go f.spawn(d.again) // spawn takes the lock that is held here
		}
		return false
	}
	switch j.State {
	case Broken:
		j.State, j.tries, j.notBefore, j.Err = Queued, 0, time.Time{}, nil
		return true
	case Queued:
		j.notBefore = time.Time{}
	default:
	}
	return false
}

func (f *Files) giveUp(j *job, d *download) bool {
	if d != nil {
		switch d.State {
		case Running, Paused:
			d.dropped = true
			d.cancel()
			poke(d.resume)
		default:
			f.dropTransfer(d.ID)
		}
		return false
	}
	if j.Kind == kindEdit && j.State != Done && j.State != Conflicted {
		return f.pause(j, nil)
	}
	if j.State == Running {
		j.dropped = true
		j.cancel()
		return false
	}
	if j.State != Done && j.State != Conflicted {
		f.finished = append(f.finished, j.ID)
	}
	f.dropTransfer(j.ID)
	return false
}
