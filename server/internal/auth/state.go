package auth

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

var (
	errLastAdmin = web.Refuse(http.StatusConflict, wire.CodeConflict,
		"This is the last administrator. Give somebody else the right first.")
	errOneself = web.Refuse(http.StatusConflict, wire.CodeConflict, "You cannot do this to your own account.")
	errPast    = web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The moment lies in the past.", "field", "until")
)

// Allow refuses a caller who may not do a deed with a person, or with everybody
// where the id is empty: with forbidden, or with admin_confirm an administrator who
// has to give the password again. Whether there is such a person it does not say.
func (a *Auth) Allow(ctx context.Context, c web.Caller, deed people.Deed, personID string) error {
	h := people.Holder{ID: c.Person.ID, Role: c.Person.Role, Admin: c.Elevated, Head: c.Head, Moderator: c.Moderator}
	ok, err := people.May(ctx, a.o.DB, h, deed, personID)
	if err != nil || ok {
		return err
	}
	if h.Admin = c.Admin; people.ReachOf(h, deed, false) == people.Everybody {
		return web.ErrConfirm
	}
	return web.ErrForbidden
}

// newState is a change of what an account may do.
type newState struct {
	state   people.State
	until   int64 // milliseconds, 0 = no end
	deletes int64 // milliseconds, 0 = never
	reason  string
}

// stateOf gives the change that a request asks for.
func stateOf(in wire.Lock, now time.Time, deleteWeeks int) (newState, error) {
	n := newState{state: people.State(in.State)}
	switch n.state {
	case people.Active:
		return n, nil
	case people.Left:
		n.deletes = now.AddDate(0, 0, 7*deleteWeeks).UnixMilli()
	default:
		if in.Until != nil {
			if !in.Until.After(now) {
				return n, errPast
			}
			n.until = in.Until.UnixMilli()
		}
	}
	n.reason = oneLine(in.Reason)
	return n, nil
}

// ends says that all sessions end with it.
func (n *newState) ends() bool { return n.state == people.Locked || n.state == people.Left }

// entry gives what the log says of it.
func (n *newState) entry() (action string, detail map[string]string) {
	action, detail = audit.Unlock, map[string]string{"state": string(n.state)}
	if n.state != people.Active {
		action, detail["reason"] = audit.Lock, n.reason
	}
	if n.until > 0 {
		detail["until"] = time.UnixMilli(n.until).UTC().Format(time.RFC3339)
	}
	return action, detail
}

// SetState locks an account, restricts it, lets it leave, or sets it free, in the
// name of the person by, "" = the server. Sessions of one who may not sign in any
// more end at once everywhere.
func (a *Auth) SetState(ctx context.Context, by, personID string, in wire.Lock) error {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return err
	}
	if by == personID && in.State != wire.StateActive {
		return errOneself
	}
	n, err := stateOf(in, a.o.Now(), state.DeleteWeeks)
	if err != nil {
		return err
	}
	err = a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return a.setState(ctx, tx, by, personID, &n) })
	if n.ends() {
		a.DropPerson(personID)
	} else {
		a.cache.dropPerson(personID)
	}
	if err != nil {
		return fmt.Errorf("state of %s: %w", personID, err)
	}
	return nil
}

func (a *Auth) setState(ctx context.Context, tx *db.Tx, by, personID string, n *newState) error {
	p, err := people.ByID(ctx, tx, personID)
	if err != nil {
		return err
	}
	if err := people.SetState(ctx, tx, personID, n.state, n.until, n.reason); err != nil {
		return err
	}
	if err := people.SetDeletes(ctx, tx, personID, n.deletes); err != nil {
		return err
	}
	if err := keepAdmin(ctx, tx, &p); err != nil {
		return err
	}
	if n.ends() {
		if err := endSessions(ctx, tx, personID, "", a.o.Now()); err != nil {
			return err
		}
	}
	action, detail := n.entry()
	return a.log(ctx, tx, by, action, personID, detail)
}

// keepAdmin refuses a change of an administrator after which there is none left.
func keepAdmin(ctx context.Context, tx *db.Tx, before *people.Person) error {
	if !before.Admin || before.State != people.Active {
		return nil
	}
	n, err := people.Administrators(ctx, tx)
	if err == nil && n == 0 {
		return errLastAdmin
	}
	return err
}

// Lock locks an account in the server's own name until a moment, the zero time
// meaning until someone unlocks it. The reason is shown to the person.
func (a *Auth) Lock(ctx context.Context, personID string, until time.Time, reason string) error {
	in := wire.Lock{State: wire.StateLocked, Reason: reason}
	if !until.IsZero() {
		in.Until = &until
	}
	return a.SetState(ctx, "", personID, in)
}

// Unlock lets a person sign in again.
func (a *Auth) Unlock(ctx context.Context, personID string) error {
	return a.SetState(ctx, "", personID, wire.Lock{State: wire.StateActive})
}

// SetRights gives and takes the rights of administrator, head and moderator.
func (a *Auth) SetRights(ctx context.Context, by, personID string, in wire.Rights) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := people.ByID(ctx, tx, personID)
		if err != nil {
			return err
		}
		if (in.Admin || in.Head || in.Moderator) && p.Role != wire.RoleTeacher && p.Role != wire.RoleStaff {
			return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "Only teachers and staff may have such rights.", "field", "role")
		}
		if err := people.SetRights(ctx, tx, personID, in.Admin, in.Head, in.Moderator); err != nil {
			return err
		}
		if err := keepAdmin(ctx, tx, &p); err != nil {
			return err
		}
		if !in.Admin {
			if _, err := tx.Exec(ctx, `UPDATE session SET admin_until = 0 WHERE person_id = $1`, personID); err != nil {
				return err
			}
		}
		return a.log(ctx, tx, by, audit.Rights, personID, map[string]string{
			"admin": strconv.FormatBool(in.Admin), "head": strconv.FormatBool(in.Head), "moderator": strconv.FormatBool(in.Moderator),
		})
	})
	a.cache.dropPerson(personID)
	if err != nil {
		return fmt.Errorf("rights of %s: %w", personID, err)
	}
	return nil
}

// LiftSlowDown lets a person try again at once after wrong passwords.
func (a *Auth) LiftSlowDown(ctx context.Context, by, personID string) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := people.ByID(ctx, tx, personID); err != nil {
			return err
		}
		if err := forgive(ctx, tx, personID); err != nil {
			return err
		}
		return a.log(ctx, tx, by, audit.Unlock, personID, map[string]string{"state": "slow_down"})
	})
	if err != nil {
		return fmt.Errorf("slow-down of %s: %w", personID, err)
	}
	return nil
}

// Forget deletes what this package keeps of a person, inside of the caller's
// transaction. DropPerson follows the commit.
func (a *Auth) Forget(ctx context.Context, tx *db.Tx, personID string) error {
	for _, query := range []string{
		`DELETE FROM session WHERE person_id = $1`, `DELETE FROM second_step WHERE person_id = $1`,
		`DELETE FROM recovery WHERE person_id = $1`, `DELETE FROM app_password WHERE person_id = $1`,
		`DELETE FROM attempt WHERE account = $1`,
	} {
		if _, err := tx.Exec(ctx, query, personID); err != nil {
			return fmt.Errorf("forget the sign-in of %s: %w", personID, err)
		}
	}
	return tell(ctx, tx, personID, a.o.Now())
}

// log writes into the log, inside of the transaction of what it tells.
func (a *Auth) log(ctx context.Context, tx *db.Tx, actor, action, subject string, detail map[string]string) error {
	return a.o.Audit.Append(ctx, tx, audit.Entry{Actor: actor, Action: action, Subject: subject, Detail: detail, Addr: web.AddrFrom(ctx)})
}

// oneLine takes out of a text that is shown to others what no such text holds.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}
