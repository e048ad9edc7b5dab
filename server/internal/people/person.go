package people

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"schulhof/server/internal/db"
	"schulhof/server/wire"
)

//go:embed migrations
var migrations embed.FS

// Migrations are this package's tables, module "people".
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// State says what an account may do.
type State string

// The states.
const (
	Active     State = "active"
	Restricted State = "restricted" // may read, not write
	Locked     State = "locked"     // may not sign in, until LockedUntil
	Left       State = "left"       // is no longer at the school
)

// Person is one account.
type Person struct {
	ID           string    `db:"id"`
	Login        string    `db:"login"`
	Given        string    `db:"given"`
	Family       string    `db:"family"`
	Role         wire.Role `db:"role"`
	Email        string    `db:"email"`
	Born         string    `db:"born"` // 2006-01-02, "" = not known
	Admin        bool      `db:"admin"`
	Head         bool      `db:"head"`
	PasswordHash string    `db:"password_hash"`
	MustChange   bool      `db:"must_change"`
	State        State     `db:"state"`
	LockedUntil  int64     `db:"locked_until"` // milliseconds since 1970, 0 = until someone unlocks
	LockReason   string    `db:"lock_reason"`
	Quota        int64     `db:"quota"` // bytes, 0 = the school's default for the role
	Created      int64     `db:"created"`
}

// Wire gives what others may see of the person.
func (p *Person) Wire() wire.Person {
	return wire.Person{ID: p.ID, Login: p.Login, Given: p.Given, Family: p.Family, Role: p.Role}
}

// LockedAt says whether the account is locked at that moment.
func (p *Person) LockedAt(now time.Time) bool {
	return p.State == Locked && (p.LockedUntil == 0 || now.UnixMilli() < p.LockedUntil)
}

// Canonical gives a login or an e-mail address as it is stored: without spaces
// around it, in NFC, in lower case.
func Canonical(login string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(login)))
}

// Create adds a person. A login that is in use is db.ErrExists.
func Create(ctx context.Context, c db.Conn, p *Person) error {
	if p.State == "" {
		p.State = Active
	}
	_, err := c.Exec(ctx, `
		INSERT INTO person (id, login, given, family, role, email, born, admin, head, password_hash,
			must_change, state, locked_until, lock_reason, quota, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, Canonical(p.Login), p.Given, p.Family, string(p.Role), Canonical(p.Email), p.Born, number(p.Admin), number(p.Head),
		p.PasswordHash, number(p.MustChange), string(p.State), p.LockedUntil, p.LockReason, p.Quota, p.Created)
	if err != nil {
		return fmt.Errorf("create person %s: %w", p.Login, err)
	}
	return nil
}

// ByID gives a person; db.ErrNotFound when there is none.
func ByID(ctx context.Context, c db.Conn, id string) (Person, error) {
	var p Person
	if err := c.Get(ctx, &p, `SELECT * FROM person WHERE id = $1`, id); err != nil {
		return Person{}, fmt.Errorf("person %s: %w", id, err)
	}
	return p, nil
}

// ByLogin gives the person with a login, or with an e-mail address that only this
// person has; db.ErrNotFound when there is none.
func ByLogin(ctx context.Context, c db.Conn, login string) (Person, error) {
	login = Canonical(login)
	if strings.ContainsRune(login, 0) || !utf8.ValidString(login) { // PostgreSQL takes neither
		return Person{}, fmt.Errorf("person with a login that none can have: %w", db.ErrNotFound)
	}
	var found []Person
	err := c.Select(ctx, &found, `
		SELECT * FROM person WHERE login = $1
		UNION ALL
		SELECT * FROM person WHERE email = $1 AND login <> $1 AND email <> ''
		LIMIT 3`, login)
	if err != nil {
		return Person{}, fmt.Errorf("person with the login %s: %w", login, err)
	}
	for _, p := range found {
		if p.Login == login {
			return p, nil
		}
	}
	if len(found) != 1 {
		return Person{}, fmt.Errorf("person with the login %s: %w", login, db.ErrNotFound)
	}
	return found[0], nil
}

// SetPassword stores the hash of a new password.
func SetPassword(ctx context.Context, c db.Conn, id, hash string, mustChange bool) error {
	return one(c.Exec(ctx, `UPDATE person SET password_hash = $2, must_change = $3 WHERE id = $1`, id, hash, number(mustChange)))
}

// SetState changes what an account may do. until is in milliseconds since 1970 and
// counts for Locked only, like the reason. Who calls it tells auth afterwards.
func SetState(ctx context.Context, c db.Conn, id string, state State, until int64, reason string) error {
	return one(c.Exec(ctx, `UPDATE person SET state = $2, locked_until = $3, lock_reason = $4 WHERE id = $1`,
		id, string(state), until, reason))
}

// SetQuota sets a person's own bound in bytes, 0 = the school's default.
func SetQuota(ctx context.Context, c db.Conn, id string, quota int64) error {
	return one(c.Exec(ctx, `UPDATE person SET quota = $2 WHERE id = $1`, id, quota))
}

// one makes sure that a statement touched its row.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return db.ErrNotFound
	}
	return err
}

// number gives a truth as the database keeps it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// AddGuardian makes one person the guardian of another; again does nothing.
func AddGuardian(ctx context.Context, c db.Conn, guardianID, childID string) error {
	_, err := c.Exec(ctx, `INSERT INTO guardian (guardian_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, guardianID, childID)
	if err != nil {
		return fmt.Errorf("guardian %s of %s: %w", guardianID, childID, err)
	}
	return nil
}

// Children gives those whose guardian the person is, by name.
func Children(ctx context.Context, c db.Conn, guardianID string) ([]Person, error) {
	var found []Person
	err := c.Select(ctx, &found, `
		SELECT person.* FROM guardian JOIN person ON person.id = guardian.child_id
		WHERE guardian.guardian_id = $1 ORDER BY person.family, person.given, person.id`, guardianID)
	if err != nil {
		return nil, fmt.Errorf("children of %s: %w", guardianID, err)
	}
	return found, nil
}
