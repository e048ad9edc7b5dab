package admin

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

const (
	// consentFor is how long the asker may read once a consent is given.
	consentFor = 24 * time.Hour
	// askFor is how long a consent can be given after it was asked for.
	askFor = 14 * 24 * time.Hour
	// maxConsents bounds the list.
	maxConsents = 200
)

// consent is a row of the table.
type consent struct {
	ID     string `db:"id"`
	Person string `db:"person"`
	Reason string `db:"reason"`
	Asker  string `db:"asker"`
	Asked  int64  `db:"asked"`
	Giver  string `db:"giver"`
	Given  int64  `db:"given"`
	Until  int64  `db:"until"`
}

type consentsOut struct{ Body []wire.LogConsent }

func (m *Module) getConsents(ctx context.Context, _ *none) (*consentsOut, error) {
	var list []consent
	err := m.d.DB.Select(ctx, &list, `SELECT * FROM admin_consent WHERE asked >= $1 ORDER BY asked DESC, id DESC LIMIT $2`,
		m.d.Now().Add(-askFor).UnixMilli(), maxConsents)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	out := &consentsOut{Body: make([]wire.LogConsent, 0, len(list))}
	for i := range list {
		c, err := m.wireConsent(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		out.Body = append(out.Body, c)
	}
	return out, nil
}

func (m *Module) wireConsent(ctx context.Context, c *consent) (wire.LogConsent, error) {
	out := wire.LogConsent{
		ID: c.ID, Reason: c.Reason, Asked: time.UnixMilli(c.Asked).UTC(), Given: moment(c.Given), Until: moment(c.Until),
		Mine: c.Asker == web.CallerFrom(ctx).Person.ID,
	}
	for id, to := range map[string]*wire.Person{c.Person: &out.Person, c.Asker: &out.Asker} {
		p, err := m.personOf(ctx, id)
		if err != nil {
			return wire.LogConsent{}, err
		}
		*to = p
	}
	if c.Giver != "" {
		p, err := m.personOf(ctx, c.Giver)
		if err != nil {
			return wire.LogConsent{}, err
		}
		out.Giver = &p
	}
	return out, nil
}

// personOf gives a person who may be gone.
func (m *Module) personOf(ctx context.Context, id string) (wire.Person, error) {
	p, err := people.ByID(ctx, m.d.DB, id)
	if errors.Is(err, db.ErrNotFound) {
		return wire.Person{ID: id}, nil
	}
	return p.Wire(), err
}

type consentOut struct{ Body wire.LogConsent }

func (m *Module) postConsent(ctx context.Context, in *struct{ Body wire.NewConsent }) (*consentOut, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	c := consent{ID: m.d.ID(), Person: in.Body.Person, Reason: reason, Asked: m.d.Now().UnixMilli()}
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		c.Asker = by
		if _, err := people.ByID(ctx, tx, c.Person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO admin_consent (id, person, reason, asker, asked, giver, given, until)
			VALUES ($1, $2, $3, $4, $5, '', 0, 0)`, c.ID, c.Person, c.Reason, c.Asker, c.Asked)
		if err != nil {
			return err
		}
		return m.log(ctx, tx, audit.LogConsent, c.Person, map[string]string{"what": "asked", "reason": c.Reason, "consent": c.ID}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for a consent: %w", err)
	}
	m.changed(ctx)
	out, err := m.wireConsent(ctx, &c)
	return &consentOut{Body: out}, err
}

// giveConsent lets another administrator read. It takes a second one: neither who
// asks nor the person whom it is about gives it.
func (m *Module) giveConsent(ctx context.Context, in *ByID) (*consentOut, error) {
	now := m.d.Now()
	var c consent
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		err := tx.Get(ctx, &c, `SELECT * FROM admin_consent WHERE id = $1`, in.ID)
		if err != nil {
			return err
		}
		if c.Asker == by || c.Person == by {
			return web.Refuse(http.StatusForbidden, wire.CodeForbidden, "A second administrator has to consent.", "why", "second")
		}
		n, err := tx.Exec(ctx, `UPDATE admin_consent SET giver = $2, given = $3, until = $4 WHERE id = $1 AND giver = '' AND asked >= $5`,
			c.ID, by, now.UnixMilli(), now.Add(consentFor).UnixMilli(), now.Add(-askFor).UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return web.Refuse(http.StatusConflict, wire.CodeConflict, "This consent was given before, or asked for too long ago.")
		}
		c.Giver, c.Given, c.Until = by, now.UnixMilli(), now.Add(consentFor).UnixMilli()
		return m.log(ctx, tx, audit.LogConsent, c.Person, map[string]string{"what": "given", "asker": c.Asker, "consent": c.ID}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("consent %s: %w", in.ID, err)
	}
	m.changed(ctx)
	out, err := m.wireConsent(ctx, &c)
	return &consentOut{Body: out}, err
}
