package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

var errStartExpired = web.Refuse(http.StatusForbidden, wire.CodeStartExpired,
	"The time of this first password is over. Your class teacher can renew it.")

// right says whether a password is the person's, own or first, at the same cost
// whoever it is; the zero person has none.
func (a *Auth) right(ctx context.Context, p *people.Person, password string) (bool, error) {
	ok, err := a.o.Hasher.Verify(ctx, p.PasswordHash, password)
	if err != nil {
		return false, fmt.Errorf("password of %s: %w", p.ID, err)
	}
	if p.PasswordHash != "" {
		return ok, nil
	}
	want, got := "", ""
	switch p.StartKind {
	case people.StartCode:
		want, got = p.StartHash, codes.HashCode(password)
	case people.StartBorn:
		want, got = bornPassword(p.Born), strings.TrimSpace(password)
	case people.StartNone:
	}
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1, nil
}

// bornPassword gives the first password of one born on that day, 31.01.2012; "" for
// what is no day.
func bornPassword(born string) string {
	t, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return ""
	}
	return t.Format("02.01.2006")
}

// startExpired says that a first password's window is over.
func startExpired(p *people.Person, now time.Time) bool {
	return p.MustChange && p.StartUntil > 0 && now.UnixMilli() >= p.StartUntil
}

// First gives a person, who is about to be stored, a first password by the school's
// rules: the date of birth where the school chooses so, it is known, and the person
// is a student; else a code, which is the answer. The code is "" for a date of birth.
func First(s *school.State, p *people.Person, now time.Time) (code string) {
	p.PasswordHash, p.MustChange, p.StartHash = "", true, ""
	p.StartUntil = now.Add(s.StartWindow()).UnixMilli()
	if s.Start == school.StartBorn && p.Role == wire.RoleStudent && bornPassword(p.Born) != "" {
		p.StartKind = people.StartBorn
		return ""
	}
	code = codes.StartCode()
	p.StartKind, p.StartHash = people.StartCode, codes.HashCode(code)
	return code
}

// Renew gives a person a new first password by the school's rules inside of the
// caller's transaction, who logs it, and calls DropPerson after the commit. The
// answer's code is "" for a date of birth. It refuses with forbidden a person who
// has an own password: that takes Reset.
func (a *Auth) Renew(ctx context.Context, tx *db.Tx, personID string) (wire.StartCode, error) {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return wire.StartCode{}, err
	}
	p, err := people.ByID(ctx, tx, personID)
	if err != nil {
		return wire.StartCode{}, err
	}
	if p.PasswordHash != "" && !p.MustChange {
		return wire.StartCode{}, web.ErrForbidden
	}
	code := First(state, &p, a.o.Now())
	if err := people.SetStart(ctx, tx, p.ID, p.StartKind, p.StartHash, p.StartUntil); err != nil {
		return wire.StartCode{}, err
	}
	if err := endSessions(ctx, tx, p.ID, "", a.o.Now()); err != nil {
		return wire.StartCode{}, err
	}
	return wire.StartCode{Login: p.Login, Code: code, Until: time.UnixMilli(p.StartUntil).UTC()}, forgive(ctx, tx, p.ID)
}

// Reset takes a person's password away and gives a one-time code, which must be
// changed at the next sign-in. All sessions and app passwords of the account end.
// by is who does it, which the person is shown.
func (a *Auth) Reset(ctx context.Context, by web.Caller, personID string) (wire.StartCode, error) {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return wire.StartCode{}, err
	}
	now := a.o.Now()
	out := wire.StartCode{Code: codes.StartCode(), Until: now.Add(state.StartWindow()).UTC().Truncate(time.Millisecond)}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := people.ByID(ctx, tx, personID)
		if err != nil {
			return err
		}
		if p.State == people.Left {
			return web.ErrNotFound
		}
		if p.Login == p.ID { // a guardian who has not registered
			return web.Refuse(http.StatusConflict, wire.CodeConflict, "This person has no account yet: print a registration letter.")
		}
		out.Login = p.Login
		if err := people.SetStart(ctx, tx, p.ID, people.StartCode, codes.HashCode(out.Code), out.Until.UnixMilli()); err != nil {
			return err
		}
		if err := people.SetReset(ctx, tx, p.ID, now.UnixMilli(), by.Person.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM app_password WHERE person_id = $1`, p.ID); err != nil {
			return err
		}
		if err := people.SecretsChanged(ctx, tx, p.ID); err != nil {
			return err
		}
		if err := forgive(ctx, tx, p.ID); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, p.ID, "", now); err != nil {
			return err
		}
		return a.log(ctx, tx, by.Person.ID, audit.PasswordReset, p.ID, nil)
	})
	a.DropPerson(personID)
	if err != nil {
		return wire.StartCode{}, fmt.Errorf("reset of %s: %w", personID, err)
	}
	return out, nil
}

// HashOwn gives the hash of an own password, or refuses with password_weak one that
// does not fulfil the school's rules. old is the password before, "" = not known.
func (a *Auth) HashOwn(ctx context.Context, p *people.Person, password, old string) (string, error) {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return "", err
	}
	own := rules.Own{Given: p.Given, Family: p.Family, Login: p.Login, Mail: p.Email, Born: p.Born}
	weak := rules.Missing(password, own, state.Demands())
	if password == old && !slices.Contains(weak, wire.RuleOwn) {
		weak = append(weak, wire.RuleOwn)
	}
	if len(weak) > 0 || len(password) > maxSecret {
		names := make([]string, len(weak))
		for i, rule := range weak {
			names[i] = string(rule)
		}
		return "", web.Refuse(http.StatusUnprocessableEntity, wire.CodePasswordWeak, "The new password is too easy to guess.",
			"missing", strings.Join(names, ","))
	}
	return a.o.Hasher.Hash(ctx, password)
}

// SetOwn stores an own password that HashOwn has hashed, and ends all sessions but
// one, inside of the caller's transaction. DropPerson follows the commit.
func (a *Auth) SetOwn(ctx context.Context, tx *db.Tx, personID, hash, butSession string) error {
	if err := people.SetPassword(ctx, tx, personID, hash, false); err != nil {
		return err
	}
	if err := forgive(ctx, tx, personID); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, personID, butSession, a.o.Now()); err != nil {
		return err
	}
	return a.log(ctx, tx, personID, audit.PasswordChange, personID, nil)
}

// ChangePassword sets an own password and ends every other session of the account.
// It refuses with sign_in_failed when the old one is wrong, and with password_weak
// when the new one does not fulfil the rules.
func (a *Auth) ChangePassword(ctx context.Context, c web.Caller, in wire.NewPassword) error {
	p, err := a.again(ctx, c, in.Old, "", false)
	if err != nil {
		return err
	}
	hash, err := a.HashOwn(ctx, &p, in.New, in.Old)
	if err != nil {
		return err
	}
	others, err := a.Devices(ctx, p.ID)
	if err != nil {
		return err
	}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return a.SetOwn(ctx, tx, p.ID, hash, c.SessionID) })
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

// again asks a caller who is signed in for the password once more, and where there
// is one and withCode asks for it, for the second step. What is wrong is refused
// with 403, so that no client takes it for the end of the session.
func (a *Auth) again(ctx context.Context, c web.Caller, password, code string, withCode bool) (people.Person, error) {
	p, err := a.prove(ctx, try{login: c.Person.Login, password: password, code: code, addr: web.AddrFrom(ctx), noCode: !withCode})
	if err != nil {
		if r, ok := refusalOf(err); ok && r.Status == http.StatusUnauthorized {
			detail := r.Detail
			if r.Code == wire.CodeSignInFailed {
				detail = "The password is wrong."
			}
			return people.Person{}, web.Refuse(http.StatusForbidden, r.Code, detail)
		}
		return people.Person{}, err
	}
	return p, nil
}
