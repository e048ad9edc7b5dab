// Package intake takes in the lists that a school's administration program writes:
// a list becomes a preview, and a confirmed preview becomes people and groups.
//
// Its words: a preview is what a list would change, kept for an hour in the memory of
// this server and good for whom it was made; a decision settles an unclear line of it.
// Nothing is written before it is confirmed, and then all of it in one transaction.
package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/school"
)

const (
	// keepFor is how long a preview can be confirmed.
	keepFor = time.Hour
	// keepMost bounds the previews in memory; the oldest goes first.
	keepMost = 6
)

// Refusals of a preview that cannot be confirmed as it is.
var (
	// ErrGone: there is no such preview, or its hour is over.
	ErrGone = errors.New("no such preview of a list")
	// ErrChanged: the school has changed since; the preview shows it now.
	ErrChanged = errors.New("the school has changed since the preview")
	// ErrLastAdmin: nobody would be left who may administrate.
	ErrLastAdmin = errors.New("the last administrator would leave")
	// ErrAsk: so much would be taken away that it has to be said once more.
	ErrAsk = errors.New("the list takes many people away")
)

// Deps are what an Intake needs.
type Deps struct {
	DB     *db.DB
	School *school.Store
	Audit  *audit.Log
	Now    func() time.Time
	ID     func() string
}

// Intake keeps previews and applies them. It is safe for use by many goroutines.
type Intake struct {
	d    Deps
	mu   sync.Mutex
	by   map[string]*Preview  // by id
	work map[string]*progress // by the person whose work it is
}

// New gives an intake without previews.
func New(d Deps) *Intake {
	return &Intake{d: d, by: map[string]*Preview{}, work: map[string]*progress{}}
}

// Preview is what a list would change. Nobody changes it.
type Preview struct {
	ID   string
	By   string // id of the person for whom it was made, "" = the command line
	List roster.List
	Plan roster.Preview

	school    roster.School
	decisions map[int]roster.Decision
	made      time.Time
}

// Done is what a confirmed preview has done.
type Done struct {
	people.Applied
	Counts  map[string]int // by the kind of change, as in wire.Import
	Until   time.Time      // of the first passwords
	Persons map[string]*roster.New
}

// Read reads a list and keeps a preview of it in place of the one before by the same
// person. A list that cannot be read as a whole is a *roster.RefusedError.
func (i *Intake) Read(ctx context.Context, by string, kind roster.Kind, r io.Reader, mapping map[string]roster.Field) (*Preview, error) {
	w := i.begin(by, "reading")
	defer w.end()
	list, err := roster.Read(r, roster.Options{Kind: kind, Mapping: mapping, Today: i.d.Now(), Progress: w.tell})
	if err != nil {
		return nil, err
	}
	w.now("comparing")
	return i.plan(ctx, &Preview{ID: i.d.ID(), By: by, List: list})
}

// Decide gives a new preview in place of an earlier one, with unclear lines settled.
// ErrGone where there is none.
func (i *Intake) Decide(ctx context.Context, by, id string, decisions map[int]roster.Decision) (*Preview, error) {
	old, err := i.Get(by, id)
	if err != nil {
		return nil, err
	}
	return i.plan(ctx, &Preview{ID: old.ID, By: by, List: old.List, decisions: decisions})
}

// Get gives a preview that was made for that person; else ErrGone.
func (i *Intake) Get(by, id string) (*Preview, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.forget()
	p, ok := i.by[id]
	if !ok || p.By != by {
		return nil, ErrGone
	}
	return p, nil
}

// Drop forgets a preview.
func (i *Intake) Drop(by, id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if p, ok := i.by[id]; ok && p.By == by {
		delete(i.by, id)
	}
}

func (i *Intake) plan(ctx context.Context, p *Preview) (*Preview, error) {
	stored, err := people.Stored(ctx, i.d.DB)
	if err != nil {
		return nil, err
	}
	p.school, p.made = stored, i.d.Now()
	p.Plan = roster.Plan(stored, p.List, roster.PlanOptions{Decisions: p.decisions})
	i.mu.Lock()
	defer i.mu.Unlock()
	for id, other := range i.by {
		if other.By == p.By {
			delete(i.by, id)
		}
	}
	i.by[p.ID] = p
	i.forget()
	return p, nil
}

// forget drops what is too old or too much.
func (i *Intake) forget() {
	for id, p := range i.by {
		if i.d.Now().Sub(p.made) >= keepFor {
			delete(i.by, id)
		}
	}
	for len(i.by) > keepMost {
		oldest := ""
		for id, p := range i.by {
			if oldest == "" || p.made.Before(i.by[oldest].made) {
				oldest = id
			}
		}
		delete(i.by, oldest)
	}
}

// Confirm writes what a preview shows, in one transaction, and forgets it. leaving
// says that somebody has looked at how many leave; without it such a preview is
// ErrAsk. ErrChanged means that the school has changed since the preview, which shows
// it from now on; nothing was written. Whoever calls it tells auth and clients.
func (i *Intake) Confirm(ctx context.Context, by, id, addr string, leaving bool) (Done, error) {
	p, err := i.Get(by, id)
	if err != nil {
		return Done{}, err
	}
	if p.Plan.Confirm && !leaving {
		return Done{}, ErrAsk
	}
	state, err := i.d.School.Now(ctx)
	if err != nil {
		return Done{}, err
	}
	w := i.begin(by, "writing")
	defer w.end()
	var done Done
	err = i.d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		done, err = i.apply(ctx, tx, application{p, state, addr, w})
		return err
	})
	if errors.Is(err, ErrChanged) {
		again := &Preview{ID: p.ID, By: by, List: p.List, decisions: p.decisions}
		if _, planErr := i.plan(ctx, again); planErr != nil {
			return Done{}, planErr
		}
		return Done{}, ErrChanged
	}
	if err != nil {
		return Done{}, fmt.Errorf("import of %s: %w", p.List.Kind, err)
	}
	i.Drop(by, id)
	return done, nil
}

// application is a preview that is being written.
type application struct {
	*Preview
	state *school.State
	addr  string
	work  *progress
}

// apply writes a preview. The entry in the log comes first: it makes two imports at
// once wait for one another.
func (i *Intake) apply(ctx context.Context, tx *db.Tx, p application) (Done, error) {
	now, state := i.d.Now(), p.state
	done := Done{Counts: Counts(&p.Plan), Until: now.Add(state.StartWindow()), Persons: map[string]*roster.New{}}
	detail := map[string]string{"kind": string(p.List.Kind), "rows": strconv.Itoa(len(p.List.Rows))}
	for what, n := range done.Counts {
		detail[what] = strconv.Itoa(n)
	}
	err := i.d.Audit.Append(ctx, tx, audit.Entry{Actor: p.By, Action: audit.Import, Detail: detail, Addr: p.addr})
	if err != nil {
		return Done{}, err
	}
	stored, err := people.Stored(ctx, tx)
	if err != nil {
		return Done{}, err
	}
	plan := roster.Plan(stored, p.List, roster.PlanOptions{Decisions: p.decisions})
	if same, err := equal(&plan, &p.Plan); err != nil || !same {
		return Done{}, errors.Join(err, notSame(same))
	}
	deletes := now.AddDate(0, 0, 7*state.DeleteWeeks)
	done.Applied, err = people.Apply(ctx, tx, &plan, people.ApplyOptions{
		Now: now, ID: i.d.ID, Deletes: deletes,
		First: func(person *people.Person) string { return auth.First(state, person, now) }, Progress: p.work.tell,
	})
	if err != nil {
		return Done{}, err
	}
	if err := keepAdmin(ctx, tx, &plan); err != nil {
		return Done{}, err
	}
	for n := range done.Created {
		done.Persons[done.Created[n].ID] = &plan.New[n]
	}
	followed, back, err := people.Follow(ctx, tx, deletes)
	if err != nil {
		return Done{}, err
	}
	done.Left = append(done.Left, followed...)
	done.Touched = append(done.Touched, back...)
	for _, id := range done.Left {
		if err := auth.EndSessions(ctx, tx, id, now); err != nil {
			return Done{}, err
		}
	}
	return done, nil
}

// keepAdmin refuses a list by which the last administrator would leave.
func keepAdmin(ctx context.Context, tx *db.Tx, plan *roster.Preview) error {
	if len(plan.Leaving) == 0 {
		return nil
	}
	var before int
	if err := tx.Get(ctx, &before, `SELECT COUNT(*) FROM person WHERE admin = 1`); err != nil {
		return err
	}
	after, err := people.Administrators(ctx, tx)
	if err == nil && before > 0 && after == 0 {
		return ErrLastAdmin
	}
	return err
}

func notSame(same bool) error {
	if same {
		return nil
	}
	return ErrChanged
}

// equal says whether two plans would write the same.
func equal(a, b *roster.Preview) (bool, error) {
	left, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("compare previews: %w", err)
	}
	right, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("compare previews: %w", err)
	}
	return bytes.Equal(left, right), nil
}
