package files

import (
	"sync"
	"time"
)

// homes remembers the rows of homes for a second, so that reading one's files asks
// the database nothing. It is used where this process is the only one that writes,
// which is on SQLite; a change of a root makes what is remembered of it stale.
type homes struct {
	mu   sync.RWMutex
	rows map[string]homeRow // by person
	gens map[string]int64   // by root: how often it changed in this process
}

type homeRow struct {
	row rootRow
	gen int64
	at  time.Time
}

// fresh is how long a row holds although its owner's quota may have changed.
const fresh = time.Second

func newHomes() *homes {
	return &homes{rows: map[string]homeRow{}, gens: map[string]int64{}}
}

// get gives what is remembered, if anything is. It is stale when the root has changed
// since.
func (h *homes) get(person string, now time.Time) (row rootRow, stale, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	r, ok := h.rows[person]
	age := now.Sub(r.at)
	return r.row, r.gen != h.gens[r.row.ID], ok && age >= 0 && age < fresh
}

// gen is to be asked before the row is read that put is then given.
func (h *homes) gen(person string) int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.gens[h.rows[person].row.ID]
}

func (h *homes) put(person string, row rootRow, gen int64, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.rows) > 20000 {
		clear(h.rows)
	}
	h.rows[person] = homeRow{row: row, gen: gen, at: now}
}

// changed makes what is remembered of a root stale. It is called after the commit
// and before anybody is told of it.
func (h *homes) changed(root string) {
	h.mu.Lock()
	h.gens[root]++
	h.mu.Unlock()
}

// grew is changed by a request that made a home use so many bytes more. What is
// remembered knows of them, so that one who has no room is refused before uploading.
func (h *homes) grew(r *root, n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gens[r.ID]++
	if row, ok := h.rows[r.Owner]; ok && row.row.ID == r.ID {
		row.row.Used += n
		h.rows[r.Owner] = row
	}
}
