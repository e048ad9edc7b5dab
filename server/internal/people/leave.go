package people

import (
	"context"
	"fmt"
	"time"

	"schulhof/server/internal/db"
)

// Follow lets guardians without a child at the school leave, as their children did,
// and those come back who left so and have one again. It gives both; who calls it
// tells auth afterwards of those who left.
func Follow(ctx context.Context, tx *db.Tx, deletes time.Time) (left, back []string, err error) {
	err = tx.Select(ctx, &left, `
		SELECT id FROM person WHERE role = 'guardian' AND state <> 'left'
			AND (managed = 1 OR EXISTS (SELECT 1 FROM guardian WHERE guardian.guardian_id = person.id))
			AND NOT EXISTS (
				SELECT 1 FROM guardian JOIN person AS child ON child.id = guardian.child_id
				WHERE guardian.guardian_id = person.id AND child.state <> 'left')
		ORDER BY id`)
	if err != nil {
		return nil, nil, fmt.Errorf("guardians without a child at the school: %w", err)
	}
	for _, id := range left {
		if err := SetState(ctx, tx, id, Left, 0, ""); err != nil {
			return nil, nil, err
		}
		if err := one(tx.Exec(ctx, `UPDATE person SET followed = 1, deletes = $2 WHERE id = $1`, id, deletes.UnixMilli())); err != nil {
			return nil, nil, fmt.Errorf("%s follows: %w", id, err)
		}
	}
	err = tx.Select(ctx, &back, `
		SELECT id FROM person WHERE role = 'guardian' AND state = 'left' AND followed = 1
			AND EXISTS (
				SELECT 1 FROM guardian JOIN person AS child ON child.id = guardian.child_id
				WHERE guardian.guardian_id = person.id AND child.state <> 'left')
		ORDER BY id`)
	if err != nil {
		return nil, nil, fmt.Errorf("guardians who come back: %w", err)
	}
	for _, id := range back {
		if err := SetState(ctx, tx, id, Active, 0, ""); err != nil {
			return nil, nil, err
		}
		if err := SetDeletes(ctx, tx, id, 0); err != nil {
			return nil, nil, err
		}
	}
	return left, back, nil
}

// Due gives those who have left and whose time is over, at most limit.
func Due(ctx context.Context, c db.Conn, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := c.Select(ctx, &ids, `
		SELECT id FROM person WHERE deletes > 0 AND deletes <= $1 AND state = 'left' ORDER BY deletes, id LIMIT $2`,
		now.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("people to delete: %w", err)
	}
	return ids, nil
}

// Delete deletes a person with all memberships and guardianships. It does nothing
// where the person is wanted again: db.ErrNotFound.
func Delete(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	err := one(tx.Exec(ctx, `UPDATE person SET deletes = deletes WHERE id = $1 AND state = 'left' AND deletes > 0 AND deletes <= $2`,
		id, now.UnixMilli())) // holds the row
	if err != nil {
		return fmt.Errorf("delete person %s: %w", id, err)
	}
	return remove(ctx, tx, id)
}

func remove(ctx context.Context, tx *db.Tx, id string) error {
	for _, query := range []string{
		`DELETE FROM member WHERE person_id = $1`, `DELETE FROM former_member WHERE person_id = $1`,
		`DELETE FROM guardian WHERE guardian_id = $1 OR child_id = $1`, `DELETE FROM person WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("delete person %s: %w", id, err)
		}
	}
	return nil
}

// Merge makes one guardian of two: into gets the children and groups of from, and
// what was known of from only; from is deleted. The account of into stays.
func Merge(ctx context.Context, tx *db.Tx, into, from *Person) error {
	for _, query := range []string{
		`INSERT INTO guardian (guardian_id, child_id, imported)
			SELECT $1, child_id, imported FROM guardian WHERE guardian_id = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO member (grp_id, person_id, lead, imported)
			SELECT grp_id, $1, lead, imported FROM member WHERE person_id = $2 ON CONFLICT DO NOTHING`,
	} {
		if _, err := tx.Exec(ctx, query, into.ID, from.ID); err != nil {
			return fmt.Errorf("merge %s into %s: %w", from.ID, into.ID, err)
		}
	}
	if err := remove(ctx, tx, from.ID); err != nil {
		return err
	}
	for _, v := range []struct{ to, value *string }{
		{&into.ImportID, &from.ImportID},
		{&into.Email, &from.Email},
		{&into.Phone, &from.Phone},
		{&into.Address, &from.Address},
		{&into.Language, &from.Language},
	} {
		if *v.to == "" {
			*v.to = *v.value
		}
	}
	into.Managed = into.Managed || from.Managed
	return Update(ctx, tx, into)
}
