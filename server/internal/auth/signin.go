package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

var errSignIn = web.Refuse(http.StatusUnauthorized, wire.CodeSignInFailed, "The login or the password is wrong.")

// maxSecret bounds a password, since hashing reads all of it.
const maxSecret = 400 * 4

// try is one attempt to prove who one is.
type try struct {
	login, password, code, addr string
	noCode                      bool // the second step is not asked for
	basic                       bool // a foreign program: app passwords count
}

// prove checks a try against an account, by login or e-mail address, with all that
// slows down who guesses. An unknown login is refused like a wrong password, after
// as long. Only who gave the right password learns anything about the account.
func (a *Auth) prove(ctx context.Context, t try) (people.Person, error) {
	if len(t.password) > maxSecret || len(t.login) > maxSecret {
		return people.Person{}, errSignIn
	}
	p, err := people.ByLogin(ctx, a.o.DB, t.login)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return people.Person{}, err
	}
	if p.State == people.Left {
		p = people.Person{}
	}
	if t.basic { // nobody guesses an app password, so that none is ever slowed, or ends a slow-down
		if ok, err := a.appPassword(ctx, &p, t.password); err != nil || ok {
			return p, errors.Join(err, usable(&p, a.o.Now()))
		}
	}
	if err := a.addrs.check(t.addr, a.o.Now()); err != nil {
		return people.Person{}, err
	}
	account := p.ID
	if account == "" {
		sum := sha256.Sum256([]byte(people.Canonical(t.login)))
		account = "?" + hex.EncodeToString(sum[:16])
	}
	unlock, err := a.accounts.lock(ctx, account)
	if err != nil {
		return people.Person{}, err
	}
	defer unlock()
	failed, err := a.checkAccount(ctx, account, a.o.Now())
	if err != nil {
		return people.Person{}, err
	}
	if err := a.check(ctx, &p, account, t); err != nil {
		return people.Person{}, err
	}
	if failed {
		return p, forgive(ctx, a.o.DB, account)
	}
	return p, nil
}

// check checks the password, the account's state and the second step, in that order.
func (a *Auth) check(ctx context.Context, p *people.Person, account string, t try) error {
	ok, err := a.right(ctx, p, t.password)
	if err != nil {
		return err
	}
	if !ok {
		return a.wrong(ctx, p, account, t, "password", errSignIn)
	}
	if err := usable(p, a.o.Now()); err != nil {
		return err
	}
	switch {
	case t.basic:
		return a.mainPassword(ctx, p)
	case t.noCode || !p.SecondStep:
		return nil
	case t.code == "":
		return errSecondStep
	}
	ok, err = a.secondStep(ctx, p, t.code)
	if err == nil && !ok {
		return a.wrong(ctx, p, account, t, "code", errSecondWrong)
	}
	return err
}

// usable refuses a person who has proved who it is, but may not sign in now.
func usable(p *people.Person, now time.Time) error {
	switch {
	case p.LockedAt(now):
		return errLocked(p)
	case startExpired(p, now):
		return errStartExpired
	}
	return nil
}

// wrong counts a wrong try and gives the refusal.
func (a *Auth) wrong(ctx context.Context, p *people.Person, account string, t try, what string, refusal error) error {
	a.o.Log.InfoContext(ctx, "wrong sign-in", slog.String("person", p.ID), slog.String("addr", t.addr), slog.String("wrong", what))
	a.addrs.fail(t.addr, a.o.Now())
	if err := a.failAccount(ctx, account, p.ID, what); err != nil {
		return err
	}
	return refusal
}

// mainPassword refuses the own password of one for whom only app passwords work in
// foreign programs: who has any, or has the second step, which they cannot ask for.
func (a *Auth) mainPassword(ctx context.Context, p *people.Person) error {
	if p.SecondStep {
		return errAppPassword
	}
	has, err := a.hasAppPasswords(ctx, p.ID)
	if err == nil && has {
		return errAppPassword
	}
	return err
}

// SignIn checks a password and starts a session. It refuses with sign_in_failed or
// second_step (401), slow_down (429), locked or start_expired (403).
func (a *Auth) SignIn(ctx context.Context, in wire.SignIn, addr string) (wire.Session, error) {
	p, err := a.prove(ctx, try{login: in.Login, password: in.Password, code: in.Code, addr: addr})
	if err != nil {
		return wire.Session{}, err
	}
	var s session
	var token string
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if s, token, err = a.start(ctx, tx, &p, in); err != nil {
			return err
		}
		if err := people.SetSeen(ctx, tx, p.ID, s.Used); err != nil {
			return err
		}
		return a.log(ctx, tx, p.ID, audit.SignIn, p.ID, map[string]string{"device": s.Device})
	})
	if err != nil {
		return wire.Session{}, fmt.Errorf("session for %s: %w", p.ID, err)
	}
	a.o.Log.InfoContext(ctx, "signed in", slog.String("person", p.ID), slog.String("session", s.ID), slog.String("addr", addr))
	out, err := a.wireSession(ctx, &p, &s)
	out.Token = token
	return out, err
}

// ByBasic says who this is by login and password. A right password is believed for
// five minutes without checking it again, as long as the account stays as it is.
func (a *Auth) ByBasic(ctx context.Context, login, password, addr string) (web.Caller, error) {
	now := a.o.Now()
	// Under a key of this process, so that no memory dump tells passwords. The sum
	// is never shown to anyone: a prefix does what an HMAC would, in half the time.
	var room [256]byte
	text := append(append(append(append(room[:0], a.basicKey[:]...), login...), 0), password...)
	key := sha256.Sum256(text)
	generation := a.cache.now()
	if e, ok := a.cache.basic(key, now); ok {
		p, err := a.person(ctx, e.person)
		if err != nil {
			return web.Caller{}, err
		}
		if p.PasswordHash == e.hash && p.SecretsRev == e.rev && p.State != people.Left {
			if err := usable(&p, now); err != nil {
				return web.Caller{}, err
			}
			return a.caller(ctx, &p, &session{})
		}
	}
	p, err := a.prove(ctx, try{login: login, password: password, addr: addr, basic: true})
	if err != nil {
		return web.Caller{}, err
	}
	a.writes.Go(func() {
		ctx := context.WithoutCancel(ctx)
		if err := people.SetSeen(ctx, a.o.DB, p.ID, now.UnixMilli()); err != nil {
			a.o.Log.WarnContext(ctx, "use of an account not written down", slog.Any("error", err))
		}
	})
	a.cache.putBasic(generation, key, basicEntry{person: p.ID, hash: p.PasswordHash, rev: p.SecretsRev, until: now.Add(basicFor)}, now)
	return a.caller(ctx, &p, &session{})
}

// person gives an account as it was a second ago at most.
func (a *Auth) person(ctx context.Context, id string) (people.Person, error) {
	now := a.o.Now()
	if p, ok := a.cache.person(id, now); ok {
		return p, nil
	}
	generation := a.cache.now()
	p, err := people.ByID(ctx, a.o.DB, id)
	if errors.Is(err, db.ErrNotFound) {
		return people.Person{}, errSignIn
	}
	if err != nil {
		return people.Person{}, err
	}
	a.cache.putPerson(generation, personEntry{person: p, at: now})
	return p, nil
}

// refusalOf gives what a refusal says.
func refusalOf(err error) (wire.Problem, bool) {
	r, ok := errors.AsType[*web.Refusal](err)
	if !ok {
		return wire.Problem{}, false
	}
	return r.Problem, true
}
