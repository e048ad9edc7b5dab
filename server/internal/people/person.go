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
	LockedUntil  int64     `db:"locked_until"` // milliseconds since 1970, 0 = until someone unlocks; of Restricted too
	LockReason   string    `db:"lock_reason"`
	Quota        int64     `db:"quota"` // bytes, 0 = the school's default for the role
	Created      int64     `db:"created"`
	StartKind    StartKind `db:"start_kind"`
	StartHash    string    `db:"start_hash"`  // of a start code, by rules.HashCode
	StartUntil   int64     `db:"start_until"` // milliseconds, 0 = no end
	ResetAt      int64     `db:"reset_at"`    // the last reset by somebody else, milliseconds
	ResetBy      string    `db:"reset_by"`    // id of that person
	Moderator    bool      `db:"moderator"`
	Deletes      int64     `db:"deletes"` // milliseconds: one who has left is deleted then, 0 = never
	Terms        int       `db:"terms"`   // version of the terms of use that was accepted
	SecondStep   bool      `db:"second_step"`
	SecretsRev   int64     `db:"secrets_rev"` // counts changes of app passwords and second step
	ImportID     string    `db:"import_id"`   // the school's own number for the person
	Managed      bool      `db:"managed"`     // comes from the school's lists
	Followed     bool      `db:"followed"`    // a guardian who left because the children did
	Phone        string    `db:"phone"`
	Address      string    `db:"address"`
	Language     string    `db:"language"` // BCP 47, of letters to the person; "" = not known
	Short        string    `db:"short"`    // a teacher's letters
	Seen         int64     `db:"seen"`     // the last use of the account, to within five minutes, milliseconds; 0 = never
	Fold         string    `db:"fold"`     // words to search and to order by, set by Create and SetFold
}

// StartKind says what a first password is.
type StartKind string

// The kinds of first passwords. They count only while there is no own password.
const (
	StartNone StartKind = ""
	StartCode StartKind = "code" // a printed code, of which the hash is kept
	StartBorn StartKind = "born" // the date of birth, 31.01.2012
)

// Wire gives what others may see of the person. A guardian who has yet to register
// has no login.
func (p *Person) Wire() wire.Person {
	w := wire.Person{ID: p.ID, Login: p.Login, Given: p.Given, Family: p.Family, Role: p.Role}
	if w.Login == w.ID {
		w.Login = ""
	}
	return w
}

// Registered says whether the person has an own password.
func (p *Person) Registered() bool { return p.PasswordHash != "" && !p.MustChange }

// LockedAt says whether the account is locked at that moment.
func (p *Person) LockedAt(now time.Time) bool {
	return p.State == Locked && (p.LockedUntil == 0 || now.UnixMilli() < p.LockedUntil)
}

// RestrictedAt says whether the account may only read at that moment.
func (p *Person) RestrictedAt(now time.Time) bool {
	return p.State == Restricted && (p.LockedUntil == 0 || now.UnixMilli() < p.LockedUntil)
}

// Canonical gives a login or an e-mail address as it is stored: without spaces
// around it, in NFC, in lower case.
func Canonical(login string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(login)))
}

// Create adds a person. A login that is in use is db.ErrExists. A guardian who has
// yet to register gets the id for a login, with which nobody signs in.
func Create(ctx context.Context, c db.Conn, p *Person) error {
	if p.State == "" {
		p.State = Active
	}
	if p.Login == "" && p.Role == wire.RoleGuardian {
		p.Login = p.ID
	}
	p.Fold = foldOf(p)
	_, err := c.Exec(ctx, `
		INSERT INTO person (id, login, given, family, role, email, born, admin, head, password_hash,
			must_change, state, locked_until, lock_reason, quota, created,
			start_kind, start_hash, start_until, moderator, deletes, terms,
			import_id, managed, phone, address, language, short, fold)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
			$23, $24, $25, $26, $27, $28, $29)`,
		p.ID, Canonical(p.Login), p.Given, p.Family, string(p.Role), Canonical(p.Email), p.Born, number(p.Admin), number(p.Head),
		p.PasswordHash, number(p.MustChange), string(p.State), p.LockedUntil, p.LockReason, p.Quota, p.Created,
		string(p.StartKind), p.StartHash, p.StartUntil, number(p.Moderator), p.Deletes, p.Terms,
		p.ImportID, number(p.Managed), p.Phone, p.Address, p.Language, p.Short, p.Fold)
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

// SetPassword stores the hash of a new password; a first password counts no more.
func SetPassword(ctx context.Context, c db.Conn, id, hash string, mustChange bool) error {
	return one(c.Exec(ctx, `
		UPDATE person SET password_hash = $2, must_change = $3, start_kind = '', start_hash = '', start_until = 0
		WHERE id = $1`, id, hash, number(mustChange)))
}

// SetStart takes a person's password away and gives a first one, which must be
// changed at the next sign-in. hash is that of a start code, until in milliseconds
// since 1970, 0 = no end.
func SetStart(ctx context.Context, c db.Conn, id string, kind StartKind, hash string, until int64) error {
	return one(c.Exec(ctx, `
		UPDATE person SET password_hash = '', must_change = 1, start_kind = $2, start_hash = $3, start_until = $4
		WHERE id = $1`, id, string(kind), hash, until))
}

// SetReset notes who reset a person's password, and when.
func SetReset(ctx context.Context, c db.Conn, id string, at int64, by string) error {
	return one(c.Exec(ctx, `UPDATE person SET reset_at = $2, reset_by = $3 WHERE id = $1`, id, at, by))
}

// SetSeen notes that a person uses the account.
func SetSeen(ctx context.Context, c db.Conn, id string, at int64) error {
	return one(c.Exec(ctx, `UPDATE person SET seen = $2 WHERE id = $1`, id, at))
}

// SetTerms notes which version of the terms of use a person has accepted.
func SetTerms(ctx context.Context, c db.Conn, id string, version int) error {
	return one(c.Exec(ctx, `UPDATE person SET terms = $2 WHERE id = $1`, id, version))
}

// SetSecondStep notes whether sign-in asks a person for a code.
func SetSecondStep(ctx context.Context, c db.Conn, id string, on bool) error {
	return one(c.Exec(ctx, `UPDATE person SET second_step = $2, secrets_rev = secrets_rev + 1 WHERE id = $1`, id, number(on)))
}

// SecretsChanged counts a change of a person's app passwords.
func SecretsChanged(ctx context.Context, c db.Conn, id string) error {
	return one(c.Exec(ctx, `UPDATE person SET secrets_rev = secrets_rev + 1 WHERE id = $1`, id))
}

// SetRights gives and takes extra rights. It refuses with db.ErrNotFound if there
// is no such person; who calls it sees to it that an administrator remains.
func SetRights(ctx context.Context, c db.Conn, id string, admin, head, moderator bool) error {
	return one(c.Exec(ctx, `UPDATE person SET admin = $2, head = $3, moderator = $4 WHERE id = $1`,
		id, number(admin), number(head), number(moderator)))
}

// SetDeletes says when a person who has left is deleted, in milliseconds; 0 = never.
func SetDeletes(ctx context.Context, c db.Conn, id string, at int64) error {
	return one(c.Exec(ctx, `UPDATE person SET deletes = $2 WHERE id = $1`, id, at))
}

// Administrators counts those who have the right of an administrator and may sign
// in. Inside a transaction it holds their rows until the end, so that two who take
// the right from one another do not both succeed.
func Administrators(ctx context.Context, tx *db.Tx) (int, error) {
	if _, err := tx.Exec(ctx, `UPDATE person SET admin = admin WHERE admin = 1`); err != nil {
		return 0, fmt.Errorf("administrators: %w", err)
	}
	var n int
	err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM person WHERE admin = 1 AND state = 'active'`)
	if err != nil {
		return 0, fmt.Errorf("administrators: %w", err)
	}
	return n, nil
}

// Leads says whether a person leads a class that another one is in as a student.
func Leads(ctx context.Context, c db.Conn, leadID, studentID string) (bool, error) {
	var n int
	err := c.Get(ctx, &n, `
		SELECT COUNT(*) FROM member AS lead
		JOIN grp ON grp.id = lead.grp_id AND grp.kind = 'class' AND grp.ended = 0
		JOIN member AS student ON student.grp_id = grp.id
		JOIN person ON person.id = student.person_id AND person.role = 'student'
		WHERE lead.person_id = $1 AND lead.lead = 1 AND student.person_id = $2`, leadID, studentID)
	if err != nil {
		return false, fmt.Errorf("does %s lead a class of %s: %w", leadID, studentID, err)
	}
	return n > 0, nil
}

// SetState changes what an account may do. until is in milliseconds since 1970 and
// counts for Locked and Restricted, like the reason. One who leaves goes out of all
// groups, and back into those that still exist on coming back. Who calls it tells
// auth afterwards.
func SetState(ctx context.Context, c db.Conn, id string, state State, until int64, reason string) error {
	err := one(c.Exec(ctx, `UPDATE person SET state = $2, locked_until = $3, lock_reason = $4, followed = 0 WHERE id = $1`,
		id, string(state), until, reason))
	if err != nil {
		return err
	}
	if state == Left {
		return leaveGroups(ctx, c, id)
	}
	return rejoinGroups(ctx, c, id)
}

func leaveGroups(ctx context.Context, c db.Conn, id string) error {
	for _, query := range []string{
		`INSERT INTO former_member (grp_id, person_id, lead, imported)
			SELECT grp_id, person_id, lead, imported FROM member WHERE person_id = $1 ON CONFLICT DO NOTHING`,
		`DELETE FROM member WHERE person_id = $1`,
	} {
		if _, err := c.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("%s leaves all groups: %w", id, err)
		}
	}
	return nil
}

func rejoinGroups(ctx context.Context, c db.Conn, id string) error {
	for _, query := range []string{
		`INSERT INTO member (grp_id, person_id, lead, imported)
			SELECT former_member.grp_id, former_member.person_id, former_member.lead, former_member.imported
			FROM former_member JOIN grp ON grp.id = former_member.grp_id
			WHERE former_member.person_id = $1 AND grp.ended = 0 ON CONFLICT DO NOTHING`,
		`DELETE FROM former_member WHERE person_id = $1`,
	} {
		if _, err := c.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("%s comes back into the groups: %w", id, err)
		}
	}
	return nil
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
