package guardians

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/mail"
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

// errTakenByOther is errEmailTaken for an administrator.
var errTakenByOther = web.Refuse(http.StatusConflict, wire.CodeEmailTaken,
	"Somebody else signs in with this e-mail address. If both are the same person, merge them.", "field", "email")

// moveAddress gives a registered guardian another address to sign in with, in the
// name of the administrator by: the guardian does not reach the one until now any
// more. Both addresses are told. Password and sessions stay; links that were sent to
// the address until now are void.
func (m *Module) moveAddress(ctx context.Context, by, personID, typed string) error {
	email, err := address(typed)
	if err != nil {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This is no e-mail address.", "field", "email")
	}
	moved := false
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		moved = false
		// Whoever changes the same account at the same moment waits here.
		if _, err := tx.Exec(ctx, `UPDATE person SET email = email WHERE id = $1`, personID); err != nil {
			return err
		}
		p, err := people.ByID(ctx, tx, personID)
		switch {
		case err != nil:
			return err
		case p.Role != wire.RoleGuardian || p.State == people.Left:
			return web.ErrNotFound
		case !p.Registered():
			return web.Refuse(http.StatusConflict, wire.CodeConflict,
				"This guardian has not registered yet: change the e-mail address among the personal data.", "field", "email")
		case p.Login == email:
			return nil
		}
		moved = true
		return m.move(ctx, tx, &p, email, by)
	})
	if err != nil {
		return fmt.Errorf("address of %s: %w", personID, err)
	}
	if moved {
		m.Mail.Wake()
		m.Auth.DropPerson(personID)
		m.Events.Publish(wire.Event{Kind: wire.EventReset}, []string{personID})
	}
	return nil
}

func (m *Module) move(ctx context.Context, tx *db.Tx, p *people.Person, email, by string) error {
	taken, err := people.AddressTaken(ctx, tx, p.ID, email)
	if err == nil && taken {
		err = errTakenByOther
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE guardian_link SET until = 0 WHERE person_id = $1 AND kind IN ($2, $3, $4) AND used_at = 0`,
		p.ID, linkReset, linkOld, linkNew)
	if err != nil {
		return err
	}
	old := p.Email
	if err := people.SetAddress(ctx, tx, p, email); errors.Is(err, db.ErrExists) {
		return errTakenByOther
	} else if err != nil {
		return err
	}
	if err := m.notice(ctx, tx, p, old, "mail_moved_old"); err != nil {
		return err
	}
	if err := m.notice(ctx, tx, p, email, "mail_moved_new"); err != nil {
		return err
	}
	return m.Audit.Append(ctx, tx, audit.Entry{
		Actor: by, Action: "guardians.address", Subject: p.ID, Detail: map[string]string{"what": "moved"}, Addr: web.AddrFrom(ctx),
	})
}

// notice queues a mail without a link. An address that no mail can reach gets none.
func (m *Module) notice(ctx context.Context, tx *db.Tx, p *people.Person, to, text string) error {
	state, err := m.School.Now(ctx)
	if err != nil {
		return err
	}
	say := m.pages.in(languageOf(p))
	values := []string{"school", state.Name, "name", p.Wire().Name(), "email", p.Email}
	err = m.Mail.Queue(ctx, tx, mail.Message{
		Kind: "guardians", Key: m.ID(), To: mail.Address{Name: p.Wire().Name(), Addr: to},
		Subject: say.text(text+"_subject", values...), Text: say.text(text, values...),
	})
	if errors.Is(err, mail.ErrInvalid) {
		return nil
	}
	return err
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
