package guardians

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// askAddress sends both addresses of a guardian, the one until now and the new one,
// a link that agrees to the change.
func (m *Module) askAddress(ctx context.Context, c web.Caller, in wire.EmailChange) error {
	if c.Person.Role != wire.RoleGuardian {
		return web.Refuse(http.StatusForbidden, wire.CodeForbidden, "The school keeps your e-mail address. Ask the administrator.")
	}
	p, err := m.Auth.Again(ctx, c, in.Password)
	if err != nil {
		return err
	}
	email, err := address(in.Email)
	if err != nil {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This is no e-mail address.", "field", "email")
	}
	if email == p.Email {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This is your e-mail address already.", "field", "email")
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := free(ctx, tx, p.ID, email); err != nil {
			return err
		}
		n, err := m.recent(ctx, tx, linkNew, p.ID, email, 24*time.Hour)
		if err != nil {
			return err
		}
		if n >= changesADay {
			return errMails
		}
		_, err = tx.Exec(ctx, `UPDATE guardian_link SET until = 0 WHERE person_id = $1 AND kind IN ($2, $3)`, p.ID, linkOld, linkNew)
		if err != nil {
			return fmt.Errorf("earlier links of %s: %w", p.ID, err)
		}
		both := letter{
			about: m.ID(), person: &p, email: email, language: languageOf(&p), lasts: addressFor,
			path: "/eltern/adresse/", extra: []string{"old", p.Email},
		}
		before, after := both, both
		before.kind, before.to, before.text = linkOld, p.Email, "mail_old"
		after.kind, after.to, after.text = linkNew, email, "mail_new"
		if err := m.send(ctx, tx, &before); err != nil {
			return err
		}
		if err := m.send(ctx, tx, &after); err != nil {
			return err
		}
		return m.Audit.Append(ctx, tx, audit.Entry{
			Actor: p.ID, Action: "guardians.address", Subject: p.ID, Detail: map[string]string{"what": "asked"}, Addr: web.AddrFrom(ctx),
		})
	})
	m.Mail.Wake()
	return err
}

// agree agrees to a change of address behind a link. done says that the other
// address has agreed too, and that the new one counts.
func (m *Module) agree(ctx context.Context, l *link) (done bool, err error) {
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		// Who agrees at the same moment at the other address waits here.
		if _, err := tx.Exec(ctx, `UPDATE person SET email = email WHERE id = $1`, l.PersonID); err != nil {
			return fmt.Errorf("change of address of %s: %w", l.PersonID, err)
		}
		if err := m.useLink(ctx, tx, l.ID); err != nil {
			return err
		}
		var agreed int
		err := tx.Get(ctx, &agreed, `SELECT COUNT(*) FROM guardian_link WHERE about = $1 AND used_at > 0`, l.About)
		if err != nil {
			return fmt.Errorf("change of address of %s: %w", l.PersonID, err)
		}
		if agreed < 2 {
			return nil
		}
		p, err := people.ByID(ctx, tx, l.PersonID)
		if err != nil {
			return err
		}
		if err := free(ctx, tx, p.ID, l.Email); err != nil {
			return err
		}
		err = people.SetAddress(ctx, tx, &p, l.Email)
		if errors.Is(err, db.ErrExists) {
			return errEmailTaken
		}
		if err != nil {
			return err
		}
		done = true
		return m.Audit.Append(ctx, tx, audit.Entry{
			Actor: p.ID, Action: "guardians.address", Subject: p.ID, Detail: map[string]string{"what": "changed"}, Addr: web.AddrFrom(ctx),
		})
	})
	if done && err == nil {
		m.Auth.DropPerson(l.PersonID)
	}
	return done && err == nil, err
}

// newEmail adds to an account the address that both have yet to agree to.
func (m *Module) newEmail(ctx context.Context, out *wire.Account) error {
	if out.Person.Role != wire.RoleGuardian {
		return nil
	}
	err := m.DB.Get(ctx, &out.NewEmail, `
		SELECT email FROM guardian_link AS l WHERE person_id = $1 AND kind IN ($2, $3) AND until > $4 AND used_at = 0
		ORDER BY created DESC LIMIT 1`, out.Person.ID, linkOld, linkNew, m.Now().UnixMilli())
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("new address of %s: %w", out.Person.ID, err)
	}
	return nil
}
