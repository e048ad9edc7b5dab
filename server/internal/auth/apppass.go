package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// maxAppPasswords is how many a person may have.
const maxAppPasswords = 30

var errAppPassword = web.Refuse(http.StatusUnauthorized, wire.CodeAppPassword,
	"Your own password does not work here. Make an app password under My account.")

// newAppPassword makes one: two codes, of 120 bits together.
func newAppPassword() string { return codes.StartCode() + "-" + codes.StartCode() }

// appHash is what is stored of an app password, however it was typed: it is random,
// so that no slow hash is needed. What can be none gives "".
func appHash(password string) string {
	bare := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, password)
	if len(bare) != 24 {
		return ""
	}
	one, ok1 := codes.Normalize(bare[:12])
	two, ok2 := codes.Normalize(bare[12:])
	if !ok1 || !ok2 {
		return ""
	}
	sum := sha256.Sum256([]byte(one + "-" + two))
	return hex.EncodeToString(sum[:])
}

// appPassword says whether this is one of a person's app passwords, and writes its
// use down.
func (a *Auth) appPassword(ctx context.Context, p *people.Person, password string) (bool, error) {
	hash := appHash(password)
	if hash == "" || p.ID == "" {
		return false, nil
	}
	var row struct {
		ID   string `db:"id"`
		Used int64  `db:"used"`
	}
	err := a.o.DB.Get(ctx, &row, `SELECT id, used FROM app_password WHERE person_id = $1 AND hash = $2`, p.ID, hash)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("app password of %s: %w", p.ID, err)
	}
	now := a.o.Now().UnixMilli()
	if now-row.Used >= usedEvery.Milliseconds() {
		ctx := context.WithoutCancel(ctx)
		a.writes.Go(func() {
			if _, err := a.o.DB.Exec(ctx, `UPDATE app_password SET used = $2 WHERE id = $1`, row.ID, now); err != nil {
				a.o.Log.WarnContext(ctx, "use of an app password not written down", slog.Any("error", err))
			}
		})
	}
	return true, nil
}

// hasAppPasswords says whether a person has any.
func (a *Auth) hasAppPasswords(ctx context.Context, personID string) (bool, error) {
	var n int
	if err := a.o.DB.Get(ctx, &n, `SELECT COUNT(*) FROM app_password WHERE person_id = $1`, personID); err != nil {
		return false, fmt.Errorf("app passwords of %s: %w", personID, err)
	}
	return n > 0, nil
}

// AppPasswords lists a person's app passwords, the newest first.
func (a *Auth) AppPasswords(ctx context.Context, personID string) ([]wire.AppPassword, error) {
	var rows []struct {
		ID      string `db:"id"`
		Name    string `db:"name"`
		Created int64  `db:"created"`
		Used    int64  `db:"used"`
	}
	err := a.o.DB.Select(ctx, &rows, `
		SELECT id, name, created, used FROM app_password WHERE person_id = $1 ORDER BY created DESC, id LIMIT 1000`, personID)
	if err != nil {
		return nil, fmt.Errorf("app passwords of %s: %w", personID, err)
	}
	out := make([]wire.AppPassword, len(rows))
	for i, r := range rows {
		out[i] = wire.AppPassword{ID: r.ID, Name: r.Name, Created: time.UnixMilli(r.Created).UTC()}
		if r.Used > 0 {
			used := time.UnixMilli(r.Used).UTC()
			out[i].Used = &used
		}
	}
	return out, nil
}

// AddAppPassword makes an app password for the caller. The answer is the only place
// where it can be read.
func (a *Auth) AddAppPassword(ctx context.Context, c web.Caller, in wire.NewAppPassword) (wire.AppPassword, error) {
	name := oneLine(in.Name)
	if name == "" {
		return wire.AppPassword{}, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "Give the app password a name.", "field", "name")
	}
	now := a.o.Now()
	out := wire.AppPassword{ID: a.o.ID(), Name: name, Password: newAppPassword(), Created: now.UTC().Truncate(time.Millisecond)}
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := people.SecretsChanged(ctx, tx, c.Person.ID); err != nil { // and takes the person's row
			return err
		}
		var n int
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM app_password WHERE person_id = $1`, c.Person.ID); err != nil {
			return err
		}
		if n >= maxAppPasswords {
			return web.Refuse(http.StatusConflict, wire.CodeTooLarge, "You have too many app passwords. Delete one first.")
		}
		_, err := tx.Exec(ctx, `INSERT INTO app_password (id, person_id, name, hash, created, used) VALUES ($1, $2, $3, $4, $5, 0)`,
			out.ID, c.Person.ID, out.Name, appHash(out.Password), now.UnixMilli())
		if err != nil {
			return err
		}
		return a.log(ctx, tx, c.Person.ID, audit.AppPassword, c.Person.ID, map[string]string{"what": "new", "name": out.Name})
	})
	a.cache.dropPerson(c.Person.ID)
	if err != nil {
		return wire.AppPassword{}, fmt.Errorf("app password of %s: %w", c.Person.ID, err)
	}
	return out, nil
}

// EndAppPassword deletes one of the caller's app passwords; web.ErrNotFound when it is not one.
func (a *Auth) EndAppPassword(ctx context.Context, c web.Caller, id string) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM app_password WHERE id = $1 AND person_id = $2`, id, c.Person.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return web.ErrNotFound
		}
		if err := people.SecretsChanged(ctx, tx, c.Person.ID); err != nil {
			return err
		}
		return a.log(ctx, tx, c.Person.ID, audit.AppPassword, c.Person.ID, map[string]string{"what": "end"})
	})
	a.cache.dropPerson(c.Person.ID)
	if err != nil {
		return fmt.Errorf("app password of %s: %w", c.Person.ID, err)
	}
	return nil
}
