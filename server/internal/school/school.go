// Package school keeps what a school decides for itself: its name and address,
// what it asks of passwords, which modules are on for whom, and its terms of use.
//
// Words: the defaults come from the server's configuration file, and count until an
// administrator saves the settings; a switch says for whom a module is on; the
// state is all of it at one moment, believed for a second at most, so that another
// server's change counts within that second; one made here counts at once.
package school

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

//go:embed migrations
var migrations embed.FS

// Migrations are this package's tables, module "school".
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// freshFor is how long what was read from the database is believed.
const freshFor = time.Second

// Ways to a student's first password.
const (
	StartBorn = "born"
	StartCode = "code"
)

// Default gives the settings of a school that has decided nothing.
func Default() wire.Settings {
	return wire.Settings{
		Name: "Schulhof", Length: rules.MinLength, Start: StartCode, StartDays: 14, LetterWeeks: 9, LogDays: 90, DeleteWeeks: 6,
	}
}

// State is what the school has decided. Nobody changes it: it is shared.
type State struct {
	wire.Settings
	Switches []wire.Switch
	Terms    int // version of the terms of use, 0 = there are none
}

// Demands are the school's on an own password.
func (s *State) Demands() rules.Set { return rules.Set{Length: s.Length, Off: s.RulesOff} }

// Off says whether a module is off for a role; the empty role asks for everybody.
func (s *State) Off(module string, role wire.Role) bool {
	for i := range s.Switches {
		if sw := &s.Switches[i]; sw.Module == module {
			return !sw.On || slices.Contains(sw.Off, role)
		}
	}
	return false
}

// MustSecondStep says whether the person has to use the second step.
func (s *State) MustSecondStep(p *people.Person) bool {
	return slices.Contains(s.SecondStep, p.Role) || p.Admin && slices.Contains(s.SecondStep, wire.Administrators)
}

// StartWindow is how long first passwords work.
func (s *State) StartWindow() time.Duration { return time.Duration(s.StartDays) * 24 * time.Hour }

// Store reads and writes the state. It is safe for use by many goroutines.
type Store struct {
	o       Options
	reading sync.Mutex
	last    atomic.Pointer[read]
}

// read is a state with the time it was read.
type read struct {
	state State
	at    time.Time
}

// Options are what a Store needs.
type Options struct {
	DB       *db.DB
	Now      func() time.Time
	Defaults wire.Settings
}

// New makes a store over tables that have been migrated.
func New(o Options) *Store { return &Store{o: o} }

// Now gives the state as it was a second ago at most.
func (s *Store) Now(ctx context.Context) (*State, error) {
	now := s.o.Now()
	if r := s.last.Load(); r != nil && now.Sub(r.at) < freshFor {
		return &r.state, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if r := s.last.Load(); r != nil && now.Sub(r.at) < freshFor {
		return &r.state, nil
	}
	state, err := s.read(ctx, s.o.DB)
	if err != nil {
		return nil, err
	}
	s.last.Store(&read{state: state, at: now})
	return &state, nil
}

// Forget makes the next Now read again. It is called after the commit of a change.
func (s *Store) Forget() {
	s.reading.Lock()
	defer s.reading.Unlock()
	s.last.Store(nil)
}

const (
	settingsName = "settings"
	modulesName  = "modules"
)

func (s *Store) read(ctx context.Context, c db.Conn) (State, error) {
	state := State{Settings: s.o.Defaults}
	var rows []struct {
		Name  string `db:"name"`
		Value string `db:"value"`
	}
	if err := c.Select(ctx, &rows, `SELECT name, value FROM school_setting`); err != nil {
		return State{}, fmt.Errorf("settings of the school: %w", err)
	}
	for _, r := range rows {
		var err error
		switch r.Name {
		case settingsName:
			state.Settings = wire.Settings{}
			err = json.Unmarshal([]byte(r.Value), &state.Settings)
		case modulesName:
			err = json.Unmarshal([]byte(r.Value), &state.Switches)
		}
		if err != nil {
			return State{}, fmt.Errorf("setting %s: %w", r.Name, err)
		}
	}
	err := c.Get(ctx, &state.Terms, `
		SELECT COALESCE(MAX(version), 0) FROM terms
		WHERE version = (SELECT MAX(version) FROM terms) AND markdown <> ''`)
	if err != nil {
		return State{}, fmt.Errorf("version of the terms: %w", err)
	}
	return state, nil
}

// SetSettings saves the settings. Forget follows the commit.
func (s *Store) SetSettings(ctx context.Context, tx *db.Tx, by string, in *wire.Settings) error {
	return s.set(ctx, tx, settingsName, by, in)
}

// SetSwitches saves for whom the modules are on. Forget follows the commit.
func (s *Store) SetSwitches(ctx context.Context, tx *db.Tx, by string, in []wire.Switch) error {
	return s.set(ctx, tx, modulesName, by, in)
}

func (s *Store) set(ctx context.Context, tx *db.Tx, name, by string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO school_setting (name, value, changed, author) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed = EXCLUDED.changed, author = EXCLUDED.author`,
		name, string(text), s.o.Now().UnixMilli(), by)
	if err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// Terms gives the terms of use that count; version 0 when there are none.
func (s *Store) Terms(ctx context.Context) (wire.Terms, error) {
	var t struct {
		Version  int    `db:"version"`
		Markdown string `db:"markdown"`
		Since    int64  `db:"since"`
	}
	err := s.o.DB.Get(ctx, &t, `SELECT version, markdown, since FROM terms ORDER BY version DESC LIMIT 1`)
	if errors.Is(err, db.ErrNotFound) || err == nil && t.Markdown == "" {
		return wire.Terms{}, nil
	}
	if err != nil {
		return wire.Terms{}, fmt.Errorf("terms of use: %w", err)
	}
	return wire.Terms{Version: t.Version, Markdown: t.Markdown, Since: time.UnixMilli(t.Since).UTC()}, nil
}

// SetTerms adds a version of the terms of use; an empty one means that there are
// none any more. Two at once: one is db.ErrExists.
// Forget follows the commit.
func (s *Store) SetTerms(ctx context.Context, tx *db.Tx, by, markdown string) (version int, err error) {
	if err := tx.Get(ctx, &version, `SELECT COALESCE(MAX(version), 0) + 1 FROM terms`); err != nil {
		return 0, fmt.Errorf("version of the terms: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO terms (version, markdown, since, author) VALUES ($1, $2, $3, $4)`,
		version, markdown, s.o.Now().UnixMilli(), by)
	if err != nil {
		return 0, fmt.Errorf("terms of use: %w", err)
	}
	return version, nil
}
