package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"schulhof/server/internal/auth/rules"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

var errSignIn = web.Refuse(http.StatusUnauthorized, wire.CodeSignInFailed, "The login or the password is wrong.")

// maxSecret bounds a password, since hashing reads all of it.
const maxSecret = 400 * 4

// verify checks a password against an account, by login or e-mail address, with
// all that slows down who guesses. An unknown login is refused like a wrong
// password, after as long.
func (a *Auth) verify(ctx context.Context, login, password, addr string) (people.Person, error) {
	if len(password) > maxSecret || len(login) > maxSecret {
		return people.Person{}, errSignIn
	}
	if err := a.addrs.check(addr, a.o.Now()); err != nil {
		return people.Person{}, err
	}
	p, err := people.ByLogin(ctx, a.o.DB, login)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return people.Person{}, err
	}
	if p.State == people.Left {
		p = people.Person{}
	}
	account := p.ID
	if account == "" {
		sum := sha256.Sum256([]byte(people.Canonical(login)))
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
	ok, err := a.o.Hasher.Verify(ctx, p.PasswordHash, password)
	if err != nil {
		return people.Person{}, fmt.Errorf("password of %s: %w", p.ID, err)
	}
	if !ok {
		a.o.Log.InfoContext(ctx, "wrong login or password", slog.String("person", p.ID), slog.String("addr", addr))
		a.addrs.fail(addr, a.o.Now())
		if err := a.failAccount(ctx, account, a.o.Now()); err != nil {
			return people.Person{}, err
		}
		return people.Person{}, errSignIn
	}
	if p.LockedAt(a.o.Now()) {
		return people.Person{}, errLocked(&p)
	}
	if failed {
		return p, a.forgive(ctx, account)
	}
	return p, nil
}

// SignIn checks a password and starts a session. It refuses with sign_in_failed
// (401), slow_down (429) or locked (403).
func (a *Auth) SignIn(ctx context.Context, in wire.SignIn, addr string) (wire.Session, error) {
	p, err := a.verify(ctx, in.Login, in.Password, addr)
	if err != nil {
		return wire.Session{}, err
	}
	var s session
	var token string
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		s, token, err = a.start(ctx, tx, &p, in)
		return err
	})
	if err != nil {
		return wire.Session{}, fmt.Errorf("session for %s: %w", p.ID, err)
	}
	a.o.Log.InfoContext(ctx, "signed in", slog.String("person", p.ID), slog.String("session", s.ID), slog.String("addr", addr))
	out := a.wireSession(&p, &s)
	out.Token = token
	return out, nil
}

// ByBasic says who this is by login and password. A right password is believed for
// five minutes without hashing it again, as long as the account stays as it is.
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
		if p.PasswordHash == e.hash && p.State != people.Left {
			if p.LockedAt(now) {
				return web.Caller{}, errLocked(&p)
			}
			return callerOf(&p, ""), nil
		}
	}
	p, err := a.verify(ctx, login, password, addr)
	if err != nil {
		return web.Caller{}, err
	}
	a.cache.putBasic(generation, key, basicEntry{person: p.ID, hash: p.PasswordHash, until: now.Add(basicFor)}, now)
	return callerOf(&p, ""), nil
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

// ChangePassword sets an own password and ends every other session of the account.
// It refuses with sign_in_failed when the old one is wrong, and with password_weak
// when the new one does not fulfil the rules.
func (a *Auth) ChangePassword(ctx context.Context, c web.Caller, in wire.NewPassword) error {
	p, err := a.verify(ctx, c.Person.Login, in.Old, web.AddrFrom(ctx))
	if err != nil {
		if r, ok := errors.AsType[*web.Refusal](err); ok && r.Problem.Code == wire.CodeSignInFailed {
			return web.Refuse(http.StatusForbidden, wire.CodeSignInFailed, "The old password is wrong.")
		}
		return err
	}
	own := rules.Own{Given: p.Given, Family: p.Family, Login: p.Login, Mail: p.Email, Born: p.Born}
	weak := rules.Missing(in.New, own, a.o.Demands)
	if in.New == in.Old && !slices.Contains(weak, wire.RuleOwn) {
		weak = append(weak, wire.RuleOwn)
	}
	if len(weak) > 0 || len(in.New) > maxSecret {
		names := make([]string, len(weak))
		for i, rule := range weak {
			names[i] = string(rule)
		}
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodePasswordWeak, "The new password is too easy to guess.",
			"missing", strings.Join(names, ","))
	}
	hash, err := a.o.Hasher.Hash(ctx, in.New)
	if err != nil {
		return err
	}
	others, err := a.Devices(ctx, p.ID)
	if err != nil {
		return err
	}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := people.SetPassword(ctx, tx, p.ID, hash, false); err != nil {
			return err
		}
		return endSessions(ctx, tx, p.ID, c.SessionID, a.o.Now())
	})
	if err != nil {
		return fmt.Errorf("new password of %s: %w", p.ID, err)
	}
	a.cache.dropPerson(p.ID)
	for _, d := range others {
		if d.ID != c.SessionID {
			a.o.Streams.PublishSession(d.ID)
		}
	}
	return nil
}
