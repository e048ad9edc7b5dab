package letters

import (
	"context"
	"fmt"
	"strconv"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type settingsAnswer struct{ Body wire.LetterSettings }

// wholeText says whether mails carry the letters.
func (m *Module) wholeText(ctx context.Context, c db.Conn) (bool, error) {
	var whole bool
	if err := c.Get(ctx, &whole, `SELECT whole_text FROM letter_setting WHERE id = 1`); err != nil {
		return false, fmt.Errorf("settings of letters: %w", err)
	}
	return whole, nil
}

// manages refuses who may not change the settings; an administrator gives the password again.
func manages(ctx context.Context) error {
	if a := askerOf(ctx); a.Head && a.Staff {
		return nil
	}
	c := web.CallerFrom(ctx)
	return c.Administers()
}

func (m *Module) settings(ctx context.Context, _ *struct{}) (*settingsAnswer, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	out := &settingsAnswer{wire.LetterSettings{Wide: []wire.Person{}}}
	var err error
	if out.Body.WholeText, err = m.wholeText(ctx, m.db); err != nil {
		return nil, err
	}
	var rows []struct {
		personRow
		Login string    `db:"login"`
		Role  wire.Role `db:"role"`
	}
	if err := m.db.Select(ctx, &rows, `
		SELECT p.id, p.given, p.family, p.login, p.role FROM letter_wide w JOIN person p ON p.id = w.person ORDER BY p.family, p.given, p.id`); err != nil {
		return nil, fmt.Errorf("who may write to all: %w", err)
	}
	for _, r := range rows {
		out.Body.Wide = append(out.Body.Wide, wire.Person{ID: r.ID, Login: r.Login, Given: r.Given, Family: r.Family, Role: r.Role})
	}
	return out, nil
}

func (m *Module) putSettings(ctx context.Context, in *settingsAnswer) (*settingsAnswer, error) {
	a := askerOf(ctx)
	if err := manages(ctx); err != nil {
		return nil, err
	}
	people := make([]string, 0, len(in.Body.Wide))
	for _, p := range in.Body.Wide[:min(len(in.Body.Wide), 500)] {
		people = append(people, p.ID)
	}
	err := m.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE letter_setting SET whole_text = $1 WHERE id = 1`, truth(in.Body.WholeText)); err != nil {
			return fmt.Errorf("settings of letters: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM letter_wide`); err != nil {
			return fmt.Errorf("who may write to all: %w", err)
		}
		var list args
		n, err := tx.Exec(ctx, `INSERT INTO letter_wide (person) SELECT id FROM person WHERE role IN ('teacher', 'staff') AND id IN `+list.in(ids(people)), list...)
		if err != nil {
			return fmt.Errorf("who may write to all: %w", err)
		}
		return m.d.Audit.Append(ctx, tx, audit.Entry{
			Actor: a.ID, Action: "letters.settings", Addr: web.AddrFrom(ctx),
			Detail: map[string]string{"wholeText": strconv.FormatBool(in.Body.WholeText), "wide": strconv.FormatInt(n, 10)},
		})
	})
	if err != nil {
		return nil, err
	}
	return m.settings(ctx, nil)
}
