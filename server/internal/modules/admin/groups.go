package admin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

type groupsOut struct{ Body []wire.GroupRow }

// getGroups lists the groups of the school, for those who lead a class these classes.
func (m *Module) getGroups(ctx context.Context, _ *none) (*groupsOut, error) {
	reach, err := m.reach(ctx, people.ReadPeople)
	if err != nil {
		return nil, err
	}
	list, err := m.groups(ctx, web.CallerFrom(ctx).Person.ID, reach, "")
	return &groupsOut{Body: list}, err
}

// groups gives the groups within a reach, or the one with that id.
func (m *Module) groups(ctx context.Context, asker string, reach people.Reach, id string) ([]wire.GroupRow, error) {
	var rows []struct {
		people.Group
		Members int `db:"members"`
	}
	err := m.d.DB.Select(ctx, &rows, `
		SELECT grp.*, (SELECT COUNT(*) FROM member WHERE member.grp_id = grp.id) AS members FROM grp
		WHERE grp.ended = 0 AND (CAST($3 AS TEXT) = '' OR grp.id = $3)
			AND (CAST($2 AS TEXT) = 'all' OR grp.kind = 'class' AND grp.id IN (
				SELECT grp_id FROM member WHERE person_id = $1 AND lead = 1))
		ORDER BY grp.kind, grp.name, grp.id`, asker, string(reach), id)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	var leads []struct {
		people.Person
		Group string `db:"grp_id"`
	}
	err = m.d.DB.Select(ctx, &leads, `
		SELECT person.*, member.grp_id FROM member JOIN person ON person.id = member.person_id
		WHERE member.lead = 1 ORDER BY person.fold, person.id`)
	if err != nil {
		return nil, fmt.Errorf("leads of groups: %w", err)
	}
	by := map[string][]wire.Person{}
	for i := range leads {
		by[leads[i].Group] = append(by[leads[i].Group], leads[i].Wire())
	}
	out := make([]wire.GroupRow, len(rows))
	for i := range rows {
		g := &rows[i]
		out[i] = wire.GroupRow{ID: g.ID, Slug: g.Slug, Name: g.Name, Kind: g.Kind, Members: g.Members, Leads: by[g.ID], Managed: g.Managed}
		if out[i].Leads == nil {
			out[i].Leads = []wire.Person{}
		}
	}
	return out, nil
}

type groupOut struct{ Body wire.GroupRow }

func (m *Module) group(ctx context.Context, id string) (*groupOut, error) {
	list, err := m.groups(ctx, "", people.Everybody, id)
	if err != nil || len(list) != 1 {
		return nil, err
	}
	return &groupOut{Body: list[0]}, nil
}

// groupName brings a group's name into the form in which it is kept.
func groupName(name string) (string, error) {
	name = roster.Tidy(name)
	return name, fault(roster.CheckName(name), "name")
}

func (m *Module) postGroup(ctx context.Context, in *struct{ Body wire.NewGroup }) (*groupOut, error) {
	name, err := groupName(in.Body.Name)
	if err != nil {
		return nil, err
	}
	if in.Body.Kind == "" {
		return nil, invalid("Say what kind of group it is.", "kind")
	}
	g := people.Group{ID: m.d.ID(), Name: name, Kind: in.Body.Kind, Created: m.d.Now().UnixMilli()}
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		if err := free(ctx, tx, name, g.ID); err != nil {
			return err
		}
		var err error
		if g.Slug, err = people.FreeSlug(ctx, tx, name); err != nil {
			return err
		}
		if err := people.CreateGroup(ctx, tx, &g); err != nil {
			return exists(err)
		}
		return m.log(ctx, tx, logGroup, g.ID, map[string]string{"what": "created", "name": name}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("new group: %w", err)
	}
	m.changed(ctx)
	return m.group(ctx, g.ID)
}

// free refuses a name that another group has.
func free(ctx context.Context, tx *db.Tx, name, id string) error {
	var n int
	err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM grp WHERE LOWER(name) = LOWER($1) AND ended = 0 AND id <> $2`, name, id)
	if err != nil {
		return fmt.Errorf("groups named %s: %w", name, err)
	}
	if n > 0 {
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "There is a group with this name already.", "name", name)
	}
	return nil
}

// living makes sure that a group goes on, and holds its row.
func living(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `UPDATE grp SET ended = 0 WHERE id = $1 AND ended = 0`, id)
	if err == nil && n == 0 {
		return db.ErrNotFound
	}
	return err
}

func (m *Module) putGroup(ctx context.Context, in *struct {
	ByID
	Body wire.NewGroup
},
) (*groupOut, error) {
	name, err := groupName(in.Body.Name)
	if err != nil {
		return nil, err
	}
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		if err := living(ctx, tx, in.ID); err != nil {
			return err
		}
		if err := free(ctx, tx, name, in.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE grp SET slug = $2 WHERE id = $1`, in.ID, "!"+in.ID); err != nil {
			return err
		}
		slug, err := people.FreeSlug(ctx, tx, name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE grp SET name = $2, slug = $3 WHERE id = $1`, in.ID, name, slug); err != nil {
			return exists(err)
		}
		return m.log(ctx, tx, logGroup, in.ID, map[string]string{"what": "renamed", "name": name}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("rename group %s: %w", in.ID, err)
	}
	m.groupChanged(ctx, in.ID)
	return m.group(ctx, in.ID)
}

// groupChanged tells the members of a group, and others.
func (m *Module) groupChanged(ctx context.Context, id string, others ...string) {
	members, err := people.Members(context.WithoutCancel(ctx), m.d.DB, id)
	if err != nil {
		m.d.Log.WarnContext(ctx, "members not told of a change", "error", err)
	}
	for i := range members {
		others = append(others, members[i].ID)
	}
	m.changed(ctx, others...)
}

func (m *Module) deleteGroup(ctx context.Context, in *ByID) (*none, error) {
	var gone []string
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		if err := tx.Select(ctx, &gone, `SELECT person_id FROM member WHERE grp_id = $1`, in.ID); err != nil {
			return err
		}
		now := m.d.Now()
		if err := people.EndGroup(ctx, tx, in.ID, now.UnixMilli(), now.Year()); err != nil {
			return err
		}
		return m.log(ctx, tx, logGroup, in.ID, map[string]string{"what": "ended"}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("end group %s: %w", in.ID, err)
	}
	m.changed(ctx, gone...)
	return nil, nil //nolint:nilnil // 204
}

// MemberIn is a request that names a group and a person.
type MemberIn struct {
	ByID
	Person string `path:"person" maxLength:"64"`
}

func (m *Module) putMember(ctx context.Context, in *struct {
	MemberIn
	Body wire.Membership
},
) (*none, error) {
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		if err := living(ctx, tx, in.ID); err != nil {
			return err
		}
		p, err := people.ByID(ctx, tx, in.Person)
		if err != nil {
			return err
		}
		switch {
		case p.Role == wire.RoleGuardian:
			return invalid("Guardians are in no groups of the school.", "person")
		case in.Body.Lead && p.Role == wire.RoleStudent:
			return invalid("Students do not lead groups.", "lead")
		case p.State == people.Left:
			return invalid("This person has left the school.", "person")
		}
		if err := people.AddMember(ctx, tx, in.ID, p.ID, in.Body.Lead); err != nil {
			return err
		}
		return m.log(ctx, tx, logGroup, in.ID, map[string]string{"what": "member", "person": p.ID, "lead": strconv.FormatBool(in.Body.Lead)}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("%s into group %s: %w", in.Person, in.ID, err)
	}
	m.groupChanged(ctx, in.ID)
	return nil, nil //nolint:nilnil // 204
}

func (m *Module) deleteMember(ctx context.Context, in *MemberIn) (*none, error) {
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		n, err := tx.Exec(ctx, `DELETE FROM member WHERE grp_id = $1 AND person_id = $2`, in.ID, in.Person)
		if err != nil {
			return err
		}
		if n == 0 {
			return db.ErrNotFound
		}
		return m.log(ctx, tx, logGroup, in.ID, map[string]string{"what": "no member", "person": in.Person}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("%s out of group %s: %w", in.Person, in.ID, err)
	}
	m.groupChanged(ctx, in.ID, in.Person)
	return nil, nil //nolint:nilnil // 204
}

type codesOut struct{ Body []wire.StartCode }

// postStartCodes gives new first passwords to the students of a class who have not
// chosen an own one.
func (m *Module) postStartCodes(ctx context.Context, in *ByID) (*codesOut, error) {
	reach, err := m.reach(ctx, people.RenewStart)
	if err != nil {
		return nil, err
	}
	list, err := m.groups(ctx, web.CallerFrom(ctx).Person.ID, reach, in.ID)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || list[0].Kind != people.KindClass {
		return nil, web.ErrNotFound
	}
	out := &codesOut{Body: []wire.StartCode{}}
	var ids []string
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		out.Body, ids = []wire.StartCode{}, nil
		members, err := people.Members(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		for i := range members {
			p := &members[i].Person
			if p.Role != wire.RoleStudent || p.Registered() || p.State == people.Left {
				continue
			}
			code, err := m.d.Auth.Renew(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			code.ID, code.Name, code.Class, code.Born = p.ID, p.Wire().Name(), people.ClassOf(list[0].Name), code.Code == ""
			code.Until = code.Until.Truncate(time.Millisecond)
			out.Body, ids = append(out.Body, code), append(ids, p.ID)
			if err := m.log(ctx, tx, logStart, p.ID, nil, by); err != nil {
				return err
			}
		}
		return nil
	})
	for _, id := range ids {
		m.d.Auth.DropPerson(id)
	}
	if err != nil {
		return nil, fmt.Errorf("first passwords of %s: %w", in.ID, err)
	}
	return out, nil
}
