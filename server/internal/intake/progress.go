package intake

import "schulhof/server/wire"

// progress is how far somebody's work with a list is.
type progress struct {
	in *Intake
	by string
	at wire.ImportProgress
}

// begin notes work that somebody begins, in place of the work before.
func (i *Intake) begin(by, doing string) *progress {
	w := &progress{in: i, by: by, at: wire.ImportProgress{Doing: doing}}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.work[by] = w
	return w
}

func (w *progress) tell(done, of int) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.at.Done, w.at.Of = done, of
}

// now says what is done from now on.
func (w *progress) now(doing string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.at = wire.ImportProgress{Doing: doing}
}

func (w *progress) end() {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	if w.in.work[w.by] == w {
		delete(w.in.work, w.by)
	}
}

// Progress says how far the work of a person is, the zero value where there is none.
func (i *Intake) Progress(by string) wire.ImportProgress {
	i.mu.Lock()
	defer i.mu.Unlock()
	if w := i.work[by]; w != nil {
		return w.at
	}
	return wire.ImportProgress{}
}
