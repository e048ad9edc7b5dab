package guardians

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Refusals of a code. Each says what to do next.
var (
	errCodeWrong = web.Refuse(http.StatusUnprocessableEntity, wire.CodeCodeWrong,
		"There is no such code. Compare it with the letter: twelve letters and digits.")
	errCodeUsed = web.Refuse(http.StatusUnprocessableEntity, wire.CodeCodeUsed,
		"This code has been used already. Sign in with the e-mail address and the password that were chosen then.")
	errCodeExpired = web.Refuse(http.StatusUnprocessableEntity, wire.CodeCodeExpired,
		"The time of this code is over. The class teacher prints a new one.")
	errCodeReplaced = web.Refuse(http.StatusUnprocessableEntity, wire.CodeCodeReplaced,
		"A newer letter has taken the place of this one. Use its code, or ask the class teacher.")
)

// code is a row of guardian_code.
type code struct {
	ID       string `db:"id"`
	PersonID string `db:"person_id"`
	Until    int64  `db:"until"`
	UsedAt   int64  `db:"used_at"`
	Void     bool   `db:"void"`
}

// state says why a code of a person is not good; nil when it is.
func (c *code) state(p *people.Person, now time.Time) error {
	switch {
	case c.UsedAt > 0 || p.Registered():
		return errCodeUsed
	case c.Void:
		return errCodeReplaced
	case p.State == people.Left || now.UnixMilli() >= c.Until:
		return errCodeExpired
	}
	return nil
}

// codeTyped gives the code that somebody typed, and whose it is. It refuses with
// code_wrong, code_used, code_replaced or code_expired.
func (m *Module) codeTyped(ctx context.Context, c db.Conn, typed string) (code, people.Person, error) {
	return m.code(ctx, c, `SELECT id, person_id, until, used_at, void FROM guardian_code WHERE hash = $1`, codes.HashCode(typed))
}

// codeOf is codeTyped by id.
func (m *Module) codeOf(ctx context.Context, c db.Conn, id string) (code, people.Person, error) {
	return m.code(ctx, c, `SELECT id, person_id, until, used_at, void FROM guardian_code WHERE id = $1`, id)
}

func (m *Module) code(ctx context.Context, c db.Conn, query, arg string) (code, people.Person, error) {
	var found code
	err := c.Get(ctx, &found, query, arg)
	if errors.Is(err, db.ErrNotFound) {
		return code{}, people.Person{}, errCodeWrong
	}
	if err != nil {
		return code{}, people.Person{}, fmt.Errorf("registration code: %w", err)
	}
	p, err := people.ByID(ctx, c, found.PersonID)
	if err != nil {
		return code{}, people.Person{}, err
	}
	return found, p, found.state(&p, m.Now())
}

// use marks a code as used. It refuses with code_used when somebody was faster.
func (m *Module) use(ctx context.Context, tx *db.Tx, codeID string) error {
	n, err := tx.Exec(ctx, `UPDATE guardian_code SET used_at = $2 WHERE id = $1 AND used_at = 0`, codeID, m.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("use a registration code: %w", err)
	}
	if n == 0 {
		return errCodeUsed
	}
	return nil
}

// issued is a new code of a guardian.
type issued struct {
	PersonID string
	Code     string
	Until    time.Time
}

// issue makes a code for each person; those of before are void. about is the group
// that they are for, "" = the school.
func (m *Module) issue(ctx context.Context, by, about string, personIDs []string) ([]issued, error) {
	state, err := m.School.Now(ctx)
	if err != nil {
		return nil, err
	}
	now := m.Now()
	until := now.In(m.zone).AddDate(0, 0, 7*state.LetterWeeks).Truncate(time.Minute)
	out := make([]issued, len(personIDs))
	for i, id := range personIDs {
		out[i] = issued{PersonID: id, Code: codes.StartCode(), Until: until}
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, one := range out {
			if _, err := tx.Exec(ctx, `UPDATE guardian_code SET void = 1 WHERE person_id = $1 AND used_at = 0 AND void = 0`, one.PersonID); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO guardian_code (id, person_id, hash, created, created_by, until, used_at, void)
				VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`,
				m.ID(), one.PersonID, codes.HashCode(one.Code), now.UnixMilli(), by, until.UnixMilli()); err != nil {
				return err
			}
		}
		detail := map[string]string{"what": "codes", "people": strings.Join(personIDs[:min(len(personIDs), 50)], " ")}
		if len(personIDs) > 50 {
			detail["people"] += " …"
		}
		return m.Audit.Append(ctx, tx, audit.Entry{
			Actor: by, Action: "guardians.invite", Subject: about, Detail: detail, Addr: web.AddrFrom(ctx),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("new registration codes: %w", err)
	}
	return out, nil
}

// addChild gives an account the children of the guardian whom a code is for: both
// are the same person. It gives all children of the account.
func (m *Module) addChild(ctx context.Context, c web.Caller, typed string) ([]people.Person, error) {
	if c.Person.Role != wire.RoleGuardian {
		return nil, web.ErrForbidden
	}
	if err := m.codes.check(c.Person.ID, m.Now()); err != nil {
		return nil, err
	}
	from := ""
	err := m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, other, err := m.codeTyped(ctx, tx, typed)
		if err != nil {
			return err
		}
		into, err := people.ByID(ctx, tx, c.Person.ID)
		if err != nil {
			return err
		}
		if err := m.use(ctx, tx, found.ID); err != nil {
			return err
		}
		from = other.ID
		if err := module.Merge(ctx, tx, &m.Deps, &into, &other); err != nil {
			return err
		}
		return m.Audit.Append(ctx, tx, audit.Entry{
			Actor: into.ID, Action: "guardians.child", Subject: into.ID, Detail: map[string]string{"merged": from}, Addr: web.AddrFrom(ctx),
		})
	})
	if err != nil {
		if code := codeOfRefusal(err); code == wire.CodeCodeWrong {
			m.codes.count(c.Person.ID, m.Now())
		}
		return nil, err
	}
	m.Auth.DropPerson(from)
	return people.Children(ctx, m.DB, c.Person.ID)
}

// codeOfRefusal gives the code of a refusal, "" of every other error.
func codeOfRefusal(err error) string {
	if r, ok := errors.AsType[*web.Refusal](err); ok {
		return r.Problem.Code
	}
	return ""
}
