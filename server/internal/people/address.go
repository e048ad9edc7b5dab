package people

import (
	"context"
	"fmt"

	"schulhof/server/internal/db"
)

// SetAddress gives a guardian an e-mail address to sign in with, in place of the one
// before. One that is another's login is db.ErrExists.
func SetAddress(ctx context.Context, c db.Conn, p *Person, email string) error {
	p.Email = Canonical(email)
	p.Login = p.Email
	p.Fold = foldOf(p)
	if err := one(c.Exec(ctx, `UPDATE person SET login = $2, email = $2, fold = $3 WHERE id = $1`, p.ID, p.Email, p.Fold)); err != nil {
		return fmt.Errorf("address of %s: %w", p.ID, err)
	}
	return nil
}

// AddressTaken says whether an e-mail address is that of somebody else: one signs in
// with it, or could.
func AddressTaken(ctx context.Context, c db.Conn, personID, email string) (bool, error) {
	var n int
	err := c.Get(ctx, &n, `
		SELECT COUNT(*) FROM person WHERE id <> $1
			AND (login = $2 OR email = $2 AND (role <> 'guardian' OR password_hash <> ''))`, personID, Canonical(email))
	if err != nil {
		return false, fmt.Errorf("who has an address: %w", err)
	}
	return n > 0, nil
}
