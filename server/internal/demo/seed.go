package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	settings "schulhof/server/internal/school"
)

// terms are the school's terms of use.
//
//go:embed nutzungsordnung.md
var terms string

// setting is the row that says that the demo school is complete.
const setting = "demo"

// Seed fills an empty server with the demo school; with full unset only with the
// accounts that the documentation names, and without terms of use. The terms are
// accepted by all who have an own password: tom.test is yet to be asked. On a server that it has filled before it
// does nothing. A server that holds anything else is refused.
func Seed(ctx context.Context, h *module.Host, full bool) error {
	d := h.Deps()
	var value string
	err := d.DB.Get(ctx, &value, `SELECT value FROM setting WHERE name = $1`, setting)
	if err == nil || !errors.Is(err, db.ErrNotFound) {
		return err
	}
	var persons int
	if err := d.DB.Get(ctx, &persons, `SELECT COUNT(*) FROM person`); err != nil {
		return err
	}
	if persons > 0 {
		return fmt.Errorf("the data folder %s holds something else than a finished demo school; give an empty one", d.Config.Data)
	}
	accounts := build(full)
	if err := hashAll(ctx, h, accounts); err != nil {
		return err
	}
	created := d.Now().UnixMilli()
	for i := range accounts {
		accounts[i].Created = created
	}
	s := school(accounts, d.ID)
	err = d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if full {
			if err := agree(ctx, tx, d.School, s.Persons); err != nil {
				return err
			}
		}
		return store(ctx, tx, accounts, &s, created)
	})
	d.School.Forget()
	if err != nil {
		return fmt.Errorf("demo school: %w", err)
	}
	for _, m := range h.Modules() {
		if demo, ok := m.(module.Demo); ok {
			if err := demo.Demo(ctx, s); err != nil {
				return fmt.Errorf("demo school: module %s: %w", m.Name(), err)
			}
		}
	}
	d.Log.InfoContext(ctx, "demo school filled", slog.Int("persons", len(s.Persons)))
	_, err = d.DB.Exec(ctx, `INSERT INTO setting (name, value) VALUES ($1, 'done')`, setting)
	return err
}

// hashAll hashes every password with its own salt, as many at once as there are processors.
func hashAll(ctx context.Context, h *module.Host, accounts []account) error {
	var wg sync.WaitGroup
	errs := make([]error, len(accounts))
	for i := range accounts {
		if accounts[i].StartKind != people.StartNone {
			continue
		}
		wg.Go(func() { accounts[i].PasswordHash, errs[i] = h.Hasher().HashWaiting(ctx, accounts[i].password) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// agree makes the terms of use, which all have accepted who have an own password.
func agree(ctx context.Context, tx *db.Tx, to *settings.Store, persons []people.Person) error {
	by := slices.IndexFunc(persons, func(p people.Person) bool { return p.Admin })
	version, err := to.SetTerms(ctx, tx, persons[by].ID, terms)
	if err != nil {
		return err
	}
	for i := range persons {
		if !persons[i].MustChange {
			persons[i].Terms = version
		}
	}
	return nil
}

func store(ctx context.Context, tx *db.Tx, accounts []account, s *module.DemoSchool, created int64) error {
	byLogin := map[string]string{}
	for i := range s.Persons {
		byLogin[s.Persons[i].Login] = s.Persons[i].ID
		if err := people.Create(ctx, tx, &s.Persons[i]); err != nil {
			return err
		}
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		g.Created = created
		if err := people.CreateGroup(ctx, tx, &g.Group); err != nil {
			return err
		}
		for _, m := range g.Members {
			if err := people.AddMember(ctx, tx, g.ID, m.PersonID, m.Lead); err != nil {
				return err
			}
		}
	}
	for _, pair := range guardians(accounts) {
		if err := people.AddGuardian(ctx, tx, byLogin[pair[0]], byLogin[pair[1]]); err != nil {
			return err
		}
	}
	return nil
}
