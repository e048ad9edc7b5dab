package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// adminFor is how long a password given again counts.
const adminFor = 10 * time.Minute

// Elevate lets a caller who has the right of an administrator use it for ten
// minutes, in this session, once the password was given again.
func (a *Auth) Elevate(ctx context.Context, c web.Caller, in wire.PasswordOnly) (wire.AdminUntil, error) {
	if !c.Admin || c.SessionID == "" {
		return wire.AdminUntil{}, web.ErrForbidden
	}
	p, err := a.again(ctx, c, in.Password, in.Code, true)
	if err != nil {
		return wire.AdminUntil{}, err
	}
	until := a.o.Now().Add(adminFor)
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE session SET admin_until = $3 WHERE id = $1 AND person_id = $2 AND ended = 0`,
			c.SessionID, p.ID, until.UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return errSignedOut
		}
		return a.log(ctx, tx, p.ID, audit.AdminConfirm, p.ID, nil)
	})
	a.cache.dropSession(c.SessionID)
	if err != nil {
		return wire.AdminUntil{}, fmt.Errorf("administration by %s: %w", p.ID, err)
	}
	return wire.AdminUntil{Until: until.UTC().Truncate(time.Millisecond)}, nil
}

// AcceptTerms notes that the caller has accepted the terms of use. A version that is
// not the one that counts is refused as a conflict: read again.
func (a *Auth) AcceptTerms(ctx context.Context, c web.Caller, version int) error {
	terms, err := a.o.School.Terms(ctx)
	if err != nil {
		return err
	}
	if version != terms.Version || version == 0 {
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "The terms of use have changed. Read them again.",
			"version", strconv.Itoa(terms.Version))
	}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := people.SetTerms(ctx, tx, c.Person.ID, version); err != nil {
			return err
		}
		return a.log(ctx, tx, c.Person.ID, audit.Terms, c.Person.ID, map[string]string{"version": strconv.Itoa(version)})
	})
	a.cache.dropPerson(c.Person.ID)
	if err != nil {
		return fmt.Errorf("terms accepted by %s: %w", c.Person.ID, err)
	}
	return nil
}

// Account gives what a person sees of the own account.
func (a *Auth) Account(ctx context.Context, personID string) (wire.Account, error) {
	p, err := people.ByID(ctx, a.o.DB, personID)
	if err != nil {
		return wire.Account{}, err
	}
	out := wire.Account{Person: p.Wire(), Email: p.Email, Groups: []wire.GroupRef{}, SecondStep: p.SecondStep, Terms: p.Terms}
	groups, err := people.Groups(ctx, a.o.DB, p.ID)
	if err != nil {
		return wire.Account{}, err
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, wire.GroupRef{ID: g.ID, Name: g.Name, Kind: g.Kind, Lead: g.Lead})
	}
	if p.Role == wire.RoleGuardian {
		if out.Children, err = a.children(ctx, p.ID); err != nil {
			return wire.Account{}, err
		}
	}
	if p.ResetAt > 0 {
		out.Reset = &wire.ResetNote{At: time.UnixMilli(p.ResetAt).UTC(), By: a.nameOf(ctx, p.ResetBy)}
	}
	if p.SecondStep {
		err := a.o.DB.Get(ctx, &out.Recovery, `SELECT COUNT(*) FROM recovery WHERE person_id = $1 AND used = 0`, p.ID)
		if err != nil {
			return wire.Account{}, fmt.Errorf("recovery codes of %s: %w", p.ID, err)
		}
	}
	if out.AppPasswords, err = a.AppPasswords(ctx, p.ID); err != nil {
		return wire.Account{}, err
	}
	if a.more != nil {
		err = a.more(ctx, &out)
	}
	return out, err
}

// OnAccount names who adds to what a person sees of the own account. It is called
// before the first request.
func (a *Auth) OnAccount(more func(ctx context.Context, out *wire.Account) error) { a.more = more }

// OnDeed names who hears of what was done to the account of another, after its commit.
// It is called before the first request.
func (a *Auth) OnDeed(done func(ctx context.Context)) { a.done = done }

// did tells of a deed that went well, and gives its error back.
func (a *Auth) did(ctx context.Context, err error) error {
	if err == nil && a.done != nil {
		a.done(ctx)
	}
	return err
}

func (a *Auth) children(ctx context.Context, guardianID string) ([]wire.Child, error) {
	list, err := people.Children(ctx, a.o.DB, guardianID)
	if err != nil {
		return nil, err
	}
	out := make([]wire.Child, 0, len(list))
	for i := range list {
		child := wire.Child{ID: list[i].ID, Name: list[i].Wire().Name()}
		groups, err := people.Groups(ctx, a.o.DB, child.ID)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if g.Kind == people.KindClass && child.Class == "" {
				child.Class = g.Name
			}
		}
		out = append(out, child)
	}
	return out, nil
}

// nameOf gives the name of a person who may be gone.
func (a *Auth) nameOf(ctx context.Context, personID string) string {
	p, err := people.ByID(ctx, a.o.DB, personID)
	if err != nil {
		if !errors.Is(err, db.ErrNotFound) {
			a.o.Log.WarnContext(ctx, "name of a person", slog.Any("error", err))
		}
		return ""
	}
	return p.Wire().Name()
}

// EndOthers ends all of a person's sessions but one.
func (a *Auth) EndOthers(ctx context.Context, personID, butSession string) error {
	others, err := a.Devices(ctx, personID)
	if err != nil {
		return err
	}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := endSessions(ctx, tx, personID, butSession, a.o.Now()); err != nil {
			return err
		}
		return a.log(ctx, tx, personID, audit.DeviceEnd, personID, map[string]string{"what": "all others"})
	})
	a.cache.dropPerson(personID)
	for _, d := range others {
		if d.ID != butSession {
			a.o.Streams.PublishSession(d.ID)
		}
	}
	return err
}
