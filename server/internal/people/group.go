package people

import (
	"context"
	"fmt"

	"schulhof/server/internal/db"
)

// Kinds of groups.
const (
	KindClass  = "class"
	KindYear   = "year"
	KindCourse = "course"
	KindClub   = "club"
	KindStaff  = "staff"
)

// Group is a class, a year, a course, a club or the staff.
type Group struct {
	ID      string `db:"id"`
	Slug    string `db:"slug"` // in addresses, unique: klasse-5a
	Name    string `db:"name"`
	Kind    string `db:"kind"`
	Quota   int64  `db:"quota"` // bytes, 0 = the school's default for groups
	Created int64  `db:"created"`
	Managed bool   `db:"managed"` // an import may rename and end it
	Ended   int64  `db:"ended"`   // milliseconds, 0 = it goes on
}

// Membership is a group that a person is in.
type Membership struct {
	Group
	Lead bool `db:"lead"`
}

// Member is a person who is in a group.
type Member struct {
	Person
	Lead bool `db:"lead"`
}

// CreateGroup adds a group. A slug that is in use is db.ErrExists.
func CreateGroup(ctx context.Context, c db.Conn, g *Group) error {
	_, err := c.Exec(ctx, `INSERT INTO grp (id, slug, name, kind, quota, created, managed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		g.ID, g.Slug, g.Name, g.Kind, g.Quota, g.Created, number(g.Managed))
	if err != nil {
		return fmt.Errorf("create group %s: %w", g.Slug, err)
	}
	return nil
}

// GroupBySlug gives a group; db.ErrNotFound when there is none.
func GroupBySlug(ctx context.Context, c db.Conn, slug string) (Group, error) {
	var g Group
	if err := c.Get(ctx, &g, `SELECT * FROM grp WHERE slug = $1`, slug); err != nil {
		return Group{}, fmt.Errorf("group %s: %w", slug, err)
	}
	return g, nil
}

// Groups gives the groups that a person is in, by name.
func Groups(ctx context.Context, c db.Conn, personID string) ([]Membership, error) {
	var found []Membership
	err := c.Select(ctx, &found, `
		SELECT grp.*, member.lead FROM member JOIN grp ON grp.id = member.grp_id
		WHERE member.person_id = $1 ORDER BY grp.name, grp.id`, personID)
	if err != nil {
		return nil, fmt.Errorf("groups of %s: %w", personID, err)
	}
	return found, nil
}

// Members gives those who are in a group, by name.
func Members(ctx context.Context, c db.Conn, groupID string) ([]Member, error) {
	var found []Member
	err := c.Select(ctx, &found, `
		SELECT person.*, member.lead FROM member JOIN person ON person.id = member.person_id
		WHERE member.grp_id = $1 ORDER BY person.family, person.given, person.id`, groupID)
	if err != nil {
		return nil, fmt.Errorf("members of %s: %w", groupID, err)
	}
	return found, nil
}

// AddMember puts a person into a group by hand, or changes whether a member leads it.
// A list takes the lead away from nobody who was given it by hand.
func AddMember(ctx context.Context, c db.Conn, groupID, personID string, lead bool) error {
	_, err := c.Exec(ctx, `
		INSERT INTO member (grp_id, person_id, lead) VALUES ($1, $2, $3)
		ON CONFLICT (grp_id, person_id) DO UPDATE SET lead = EXCLUDED.lead,
			imported = CASE WHEN EXCLUDED.lead = 1 AND member.lead = 0 THEN 0 ELSE member.imported END`, groupID, personID, number(lead))
	if err != nil {
		return fmt.Errorf("member %s of %s: %w", personID, groupID, err)
	}
	return nil
}

// RemoveMember takes a person out of a group; one who is not in it stays out.
func RemoveMember(ctx context.Context, c db.Conn, groupID, personID string) error {
	_, err := c.Exec(ctx, `DELETE FROM member WHERE grp_id = $1 AND person_id = $2`, groupID, personID)
	if err != nil {
		return fmt.Errorf("remove %s from %s: %w", personID, groupID, err)
	}
	return nil
}
