package people

import (
	"context"
	"fmt"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people/roster"
	"schulhof/server/wire"
)

// Stored gives what is stored of the school as far as lists speak of it.
func Stored(ctx context.Context, c db.Conn) (roster.School, error) {
	var persons []Person
	if err := c.Select(ctx, &persons, `SELECT * FROM person ORDER BY id`); err != nil {
		return roster.School{}, fmt.Errorf("people of the school: %w", err)
	}
	s := roster.School{People: make([]roster.Person, len(persons))}
	byID := make(map[string]*roster.Person, len(persons))
	for i := range persons {
		p := &persons[i]
		login := p.Login
		if login == p.ID {
			login = ""
		}
		s.People[i] = roster.Person{
			ID: p.ID, Role: p.Role, ImportID: p.ImportID, Login: login, Given: p.Given, Family: p.Family, Born: p.Born,
			Mail: p.Email, Phone: p.Phone, Address: p.Address, Language: p.Language, Short: p.Short,
			Managed: p.Managed, Own: p.Registered(), Left: p.State == Left,
		}
		byID[p.ID] = &s.People[i]
	}
	if err := storedGroups(ctx, c, &s, byID); err != nil {
		return roster.School{}, err
	}
	return s, storedChildren(ctx, c, byID)
}

// storedGroups adds the groups, and which of them the people are in: a student's
// class and year, whoever put the student there, and what lists said; and who leads a
// class.
func storedGroups(ctx context.Context, c db.Conn, s *roster.School, byID map[string]*roster.Person) error {
	var groups []Group
	if err := c.Select(ctx, &groups, `SELECT * FROM grp WHERE ended = 0 ORDER BY created, id`); err != nil {
		return fmt.Errorf("groups of the school: %w", err)
	}
	for _, g := range groups {
		s.Groups = append(s.Groups, roster.Group{ID: g.ID, Kind: g.Kind, Name: g.Name, Managed: g.Managed})
	}
	var members []struct {
		Person   string `db:"person_id"`
		Name     string `db:"name"`
		Kind     string `db:"kind"`
		Imported bool   `db:"imported"`
		Lead     bool   `db:"lead"`
	}
	err := c.Select(ctx, &members, `
		SELECT member.person_id, grp.name, grp.kind, member.imported, member.lead FROM member JOIN grp ON grp.id = member.grp_id
		WHERE grp.ended = 0 AND (member.lead = 0 OR grp.kind = 'class') ORDER BY member.imported DESC, grp.created, grp.id`)
	if err != nil {
		return fmt.Errorf("members of the groups: %w", err)
	}
	class, year := roster.ClassName(""), roster.YearName("")
	for _, m := range members {
		p := byID[m.Person]
		switch student := p.Role == wire.RoleStudent; {
		case m.Lead:
			p.Leads = append(p.Leads, roster.Lead{Group: m.Name, Managed: m.Imported})
		case student && m.Kind == KindClass && p.Class == "" && strings.HasPrefix(m.Name, class):
			p.Class = m.Name[len(class):]
		case student && m.Kind == KindYear && p.Year == "" && strings.HasPrefix(m.Name, year):
			p.Year = m.Name[len(year):]
		case m.Imported:
			p.Groups = append(p.Groups, m.Name)
		}
	}
	return nil
}

// storedChildren adds whose guardian somebody is, as far as lists said so: what was
// entered by hand no list takes away.
func storedChildren(ctx context.Context, c db.Conn, byID map[string]*roster.Person) error {
	var links []struct {
		Guardian string `db:"guardian_id"`
		Child    string `db:"child_id"`
	}
	if err := c.Select(ctx, &links, `SELECT guardian_id, child_id FROM guardian WHERE imported = 1 ORDER BY guardian_id, child_id`); err != nil {
		return fmt.Errorf("guardians of the school: %w", err)
	}
	for _, l := range links {
		byID[l.Guardian].Children = append(byID[l.Guardian].Children, l.Child)
	}
	return nil
}
