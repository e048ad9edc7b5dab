package people

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people/roster"
)

// maxSlug is the length of the longest slug that is made of a name.
const maxSlug = 60

// FreeSlug gives a slug for a group's name that no group has: klasse-7b.
func FreeSlug(ctx context.Context, c db.Conn, name string) (string, error) {
	base := slugOf(name)
	for n := 1; ; n++ {
		slug := base
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", base, n)
		}
		_, err := GroupBySlug(ctx, c, slug)
		if errors.Is(err, db.ErrNotFound) {
			return slug, nil
		}
		if err != nil {
			return "", err
		}
	}
}

func slugOf(name string) string {
	var b strings.Builder
	for _, r := range bare(roster.Fold(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String()[:min(b.Len(), maxSlug)], "-")
	if slug == "" {
		return "gruppe"
	}
	return slug
}

// EndGroup ends a group: its name and address are free for another, and those whom
// lists put into it go. Who leads it, or was put into it by hand, keeps what was
// worked on there. now is in milliseconds, year that of the calendar.
func EndGroup(ctx context.Context, c db.Conn, id string, now int64, year int) error {
	var g Group
	if err := c.Get(ctx, &g, `SELECT * FROM grp WHERE id = $1 AND ended = 0`, id); err != nil {
		return fmt.Errorf("end group %s: %w", id, err)
	}
	name := fmt.Sprintf("%s (bis %d)", g.Name, year)
	slug, err := FreeSlug(ctx, c, name)
	if err != nil {
		return err
	}
	if _, err := c.Exec(ctx, `UPDATE grp SET name = $2, slug = $3, ended = $4 WHERE id = $1`, id, name, slug, now); err != nil {
		return fmt.Errorf("end group %s: %w", id, err)
	}
	if _, err := c.Exec(ctx, `DELETE FROM member WHERE grp_id = $1 AND imported = 1 AND lead = 0`, id); err != nil {
		return fmt.Errorf("members of %s: %w", id, err)
	}
	return nil
}
