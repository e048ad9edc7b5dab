package guardians

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Bounds on mails.
const (
	mailsADay    = 6 // to register
	resetsAnHour = 3
	changesADay  = 5
)

// begin takes a code and an e-mail address, and sends a link there. It gives the
// address as it is stored.
func (m *Module) begin(ctx context.Context, typedCode, typedEmail, language string) (string, error) {
	addr := web.AddrFrom(ctx)
	if err := m.codes.check(addr, m.Now()); err != nil {
		return "", err
	}
	found, p, err := m.codeTyped(ctx, m.DB, typedCode)
	if err != nil {
		if codeOfRefusal(err) == wire.CodeCodeWrong {
			m.codes.count(addr, m.Now())
		}
		return "", err
	}
	email, err := address(typedEmail)
	if err != nil {
		return "", err
	}
	return email, m.invite(ctx, &found, &p, email, language)
}

// invite sends the link with which a guardian chooses a password.
func (m *Module) invite(ctx context.Context, c *code, p *people.Person, email, language string) error {
	err := m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := free(ctx, tx, p.ID, email); err != nil {
			return err
		}
		n, err := m.recent(ctx, tx, linkActivate, p.ID, email, 24*time.Hour)
		if err != nil {
			return err
		}
		if n >= mailsADay {
			return errMails
		}
		// A link to another address was a slip of the pen: whoever has it there must not use it.
		_, err = tx.Exec(ctx, `
			UPDATE guardian_link SET until = 0, about = '' WHERE person_id = $1 AND kind = $2 AND email <> $3 AND used_at = 0`,
			p.ID, linkActivate, email)
		if err != nil {
			return fmt.Errorf("earlier links of %s: %w", p.ID, err)
		}
		return m.send(ctx, tx, &letter{
			kind: linkActivate, about: c.ID, person: p, to: email, email: email, language: language, lasts: activateFor,
			text: "mail_activate", path: "/eltern/aktivieren/",
		})
	})
	m.Mail.Wake()
	return err
}

// again sends a new link in place of one that has expired. It gives the address.
func (m *Module) again(ctx context.Context, token, language string) (string, error) {
	l, err := m.linkBy(ctx, m.DB, token, linkActivate)
	if err != nil && codeOfRefusal(err) != codeLinkExpired {
		return "", err
	}
	if l.About == "" {
		return "", errLinkWrong
	}
	c, p, err := m.codeOf(ctx, m.DB, l.About)
	if err != nil {
		return "", err
	}
	return l.Email, m.invite(ctx, &c, &p, l.Email, language)
}

// activate sets the first password behind a link: from now on the guardian signs in
// with the link's address.
func (m *Module) activate(ctx context.Context, l *link, password, language string) error {
	p, err := people.ByID(ctx, m.DB, l.PersonID)
	if err != nil {
		return err
	}
	p.Login, p.Email = l.Email, l.Email
	hash, err := m.Auth.HashOwn(ctx, &p, password, "")
	if err != nil {
		return err
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := m.useLink(ctx, tx, l.ID); err != nil {
			return err
		}
		c, p, err := m.codeOf(ctx, tx, l.About)
		if err != nil && codeOfRefusal(err) != wire.CodeCodeExpired { // the link is good, even if the letter's time has run out since
			return err
		}
		if p.State == people.Left {
			return errCodeExpired
		}
		if err := m.use(ctx, tx, c.ID); err != nil {
			return err
		}
		if err := free(ctx, tx, p.ID, l.Email); err != nil {
			return err
		}
		if err := m.register(ctx, tx, &p, l.Email, language); err != nil {
			return err
		}
		return m.Auth.SetOwn(ctx, tx, p.ID, hash, "")
	})
	m.Auth.DropPerson(l.PersonID)
	return err
}

// free refuses, with email_taken, an address that somebody else has.
func free(ctx context.Context, c db.Conn, personID, email string) error {
	taken, err := people.AddressTaken(ctx, c, personID, email)
	if err == nil && taken {
		return errEmailTaken
	}
	return err
}

// register gives a guardian the address to sign in with, and the language in which
// the guardian has read, where the school knows none.
func (m *Module) register(ctx context.Context, tx *db.Tx, p *people.Person, email, language string) error {
	if p.Language == "" && slices.Contains(languages, language) {
		p.Language = language
		if err := people.Update(ctx, tx, p); err != nil {
			return err
		}
	}
	err := people.SetAddress(ctx, tx, p, email)
	if errors.Is(err, db.ErrExists) {
		return errEmailTaken
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE guardian_link SET used_at = $3 WHERE person_id = $1 AND kind = $2 AND used_at = 0`,
		p.ID, linkActivate, m.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("links of %s: %w", p.ID, err)
	}
	return m.Audit.Append(ctx, tx, audit.Entry{Actor: p.ID, Action: audit.Register, Subject: p.ID, Addr: web.AddrFrom(ctx)})
}

// wanted is what a request for a new password brings to its job.
type wanted struct {
	Email    string `json:"email"`
	Language string `json:"language"`
}

// askReset lets a job send a link for a new password, if there is such an account:
// neither the answer nor its time tells.
func (m *Module) askReset(ctx context.Context, typed, language string) error {
	addr := web.AddrFrom(ctx)
	if err := m.posts.check(addr, m.Now()); err != nil {
		return err
	}
	m.posts.count(addr, m.Now())
	email, err := address(typed)
	if err != nil {
		return err
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return m.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: jobReset, Key: hashToken(email), Payload: wanted{email, language}})
	})
	m.Jobs.Wake()
	return err
}

// resetJob sends the link, if there is a guardian with that address who may sign in.
func (m *Module) resetJob(ctx context.Context, tx *db.Tx, payload json.RawMessage) error {
	var in wanted
	if err := json.Unmarshal(payload, &in); err != nil {
		return fmt.Errorf("request for a new password: %w", err)
	}
	p, err := people.ByLogin(ctx, tx, in.Email)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Role != wire.RoleGuardian || p.Login != in.Email || p.PasswordHash == "" && p.StartKind == "" || p.State == people.Left || p.LockedAt(m.Now()) {
		return nil
	}
	n, err := m.recent(ctx, tx, linkReset, p.ID, "", time.Hour)
	if err != nil || n >= resetsAnHour {
		return err
	}
	err = m.send(ctx, tx, &letter{
		kind: linkReset, person: &p, to: p.Email, language: in.Language, lasts: resetFor, text: "mail_reset", path: "/eltern/passwort/",
	})
	if codeOfRefusal(err) == codeEmail {
		return nil // a login that no mail reaches
	}
	return err
}

// reset sets a new password behind a link. All sessions of the account end.
func (m *Module) reset(ctx context.Context, l *link, password string) error {
	p, err := people.ByID(ctx, m.DB, l.PersonID)
	if err != nil {
		return err
	}
	hash, err := m.Auth.HashOwn(ctx, &p, password, "")
	if err != nil {
		return err
	}
	err = m.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := m.useLink(ctx, tx, l.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE guardian_link SET until = 0 WHERE person_id = $1 AND kind = $2 AND used_at = 0`, p.ID, linkReset); err != nil {
			return fmt.Errorf("links of %s: %w", p.ID, err)
		}
		if err := m.Auth.SetOwn(ctx, tx, p.ID, hash, ""); err != nil {
			return err
		}
		return m.Audit.Append(ctx, tx, audit.Entry{
			Actor: p.ID, Action: audit.PasswordReset, Subject: p.ID, Detail: map[string]string{"by": "mail"}, Addr: web.AddrFrom(ctx),
		})
	})
	m.Auth.DropPerson(p.ID)
	return err
}

// languageOf gives the language in which to write to a person.
func languageOf(p *people.Person) string {
	base, _, _ := strings.Cut(strings.ToLower(p.Language), "-")
	if slices.Contains(languages, base) {
		return base
	}
	return languages[0]
}
