package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Actions in the log beside those of package audit.
const (
	logCreate = "people.create"
	logEdit   = "people.edit"
	logMerge  = "people.merge"
	logDelete = "people.delete"
	logLeave  = "people.leave"
	logReturn = "people.return"
	logGroup  = "groups.edit"
	logStart  = "people.start"
)

type personOut struct{ Body wire.PersonDetail }

func (m *Module) getPerson(ctx context.Context, in *ByID) (*personOut, error) {
	if err := m.d.Auth.Allow(ctx, web.CallerFrom(ctx), people.ReadPeople, in.ID); err != nil {
		return nil, err
	}
	return m.detail(ctx, in.ID)
}

// detail gives a person with what belongs to one.
func (m *Module) detail(ctx context.Context, id string) (*personOut, error) {
	p, err := people.ByID(ctx, m.d.DB, id)
	if err != nil {
		return nil, err
	}
	rows, err := m.rows(ctx, []people.Person{p})
	if err != nil {
		return nil, err
	}
	out := &personOut{Body: wire.PersonDetail{
		PersonRow: rows[0], Groups: []wire.GroupRef{}, Quota: p.Quota, Born: p.Born, Phone: p.Phone, Address: p.Address,
		Language: p.Language, ImportID: p.ImportID,
	}}
	for _, mod := range m.d.Modules() {
		if meter, ok := mod.(module.Meter); ok {
			used, err := meter.UsedBy(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			out.Body.Used += used
		}
	}
	groups, err := people.Groups(ctx, m.d.DB, p.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		out.Body.Groups = append(out.Body.Groups, wire.GroupRef{ID: g.ID, Name: g.Name, Kind: g.Kind, Lead: g.Lead})
	}
	var guardians []people.Person
	err = m.d.DB.Select(ctx, &guardians, `
		SELECT person.* FROM guardian JOIN person ON person.id = guardian.guardian_id
		WHERE guardian.child_id = $1 ORDER BY person.fold, person.id`, p.ID)
	if err != nil {
		return nil, fmt.Errorf("guardians of %s: %w", p.ID, err)
	}
	if out.Body.Guardians, err = m.rows(ctx, guardians); err != nil {
		return nil, err
	}
	children, err := people.Children(ctx, m.d.DB, p.ID)
	if err != nil {
		return nil, err
	}
	classes, err := m.classes(ctx, children)
	if err != nil {
		return nil, err
	}
	for i := range children {
		child := wire.Child{ID: children[i].ID, Name: children[i].Wire().Name(), Class: strings.Join(classes[children[i].ID], ", ")}
		out.Body.Children = append(out.Body.Children, child)
	}
	return out, nil
}

func invalid(detail, field string) error {
	return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, detail, "field", field)
}

// fault refuses a field by what a list would be told of it.
func fault(p *roster.Problem, field string) error {
	if p == nil {
		return nil
	}
	return web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, p.Text("en"), "field", field, "why", p.Code)
}

// check brings what is entered of a person into the form in which it is kept.
func check(e *wire.EditPerson, role wire.Role, now time.Time) error {
	for _, f := range []struct {
		name  string
		value *string
		most  int
	}{
		{"given", &e.Given, roster.MaxName},
		{"family", &e.Family, roster.MaxName},
		{"email", &e.Email, 200},
		{"phone", &e.Phone, 50},
		{"address", &e.Address, 300},
		{"language", &e.Language, 35},
	} {
		*f.value = roster.Tidy(*f.value)
		if err := fault(roster.CheckText(*f.value, f.most), f.name); err != nil {
			return err
		}
	}
	if err := fault(roster.CheckName(e.Family), "family"); err != nil {
		return err
	}
	if e.Given != "" || role != wire.RoleStaff {
		if err := fault(roster.CheckName(e.Given), "given"); err != nil {
			return err
		}
	}
	if e.Email != "" {
		if err := fault(roster.CheckMail(e.Email), "email"); err != nil {
			return err
		}
	}
	if e.Born != "" {
		born, wrong := roster.CheckBorn(e.Born, now)
		if wrong != nil {
			return fault(wrong, "born")
		}
		e.Born = born
	}
	return nil
}

func (m *Module) postPerson(ctx context.Context, in *struct{ Body wire.NewPerson }) (*personOut, error) {
	now := m.d.Now()
	e := wire.EditPerson{Given: in.Body.Given, Family: in.Body.Family, Email: in.Body.Email, Born: in.Body.Born}
	if err := check(&e, in.Body.Role, now); err != nil {
		return nil, err
	}
	state, err := m.d.School.Now(ctx)
	if err != nil {
		return nil, err
	}
	p := people.Person{
		ID: m.d.ID(), Given: e.Given, Family: e.Family, Email: e.Email, Born: e.Born, Role: in.Body.Role, Created: now.UnixMilli(),
	}
	var code *wire.StartCode
	if p.Role == wire.RoleGuardian {
		p.MustChange = true // they register
	} else {
		code = &wire.StartCode{Code: auth.First(state, &p, now), Until: time.UnixMilli(p.StartUntil).UTC()}
		code.Born = code.Code == ""
	}
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		if p.Role != wire.RoleGuardian {
			var err error
			if p.Login, err = freeLogin(ctx, tx, &p); err != nil {
				return err
			}
			code.Login = p.Login
		}
		if err := people.Create(ctx, tx, &p); err != nil {
			return err
		}
		if in.Body.Class != "" {
			if err := intoClass(ctx, tx, in.Body.Class, p.ID); err != nil {
				return err
			}
		}
		return m.log(ctx, tx, logCreate, p.ID, map[string]string{"role": string(p.Role)}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("new person: %w", err)
	}
	m.changed(ctx)
	out, err := m.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out.Body.Code = code
	return out, nil
}

// freeLogin gives a login that nobody has.
func freeLogin(ctx context.Context, tx *db.Tx, p *people.Person) (string, error) {
	var err error
	login := roster.LoginFor(p.Role, p.Given, p.Family, func(login string) bool {
		var n int
		if err == nil {
			err = tx.Get(ctx, &n, `SELECT COUNT(*) FROM person WHERE login = $1`, login)
		}
		return n > 0
	})
	if err != nil {
		return "", fmt.Errorf("login for %s: %w", p.ID, err)
	}
	return login, nil
}

func intoClass(ctx context.Context, tx *db.Tx, groupID, personID string) error {
	var n int
	if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM grp WHERE id = $1 AND kind = 'class' AND ended = 0`, groupID); err != nil {
		return fmt.Errorf("class %s: %w", groupID, err)
	}
	if n == 0 {
		return invalid("There is no such class.", "class")
	}
	return people.AddMember(ctx, tx, groupID, personID, false)
}

func (m *Module) putPerson(ctx context.Context, in *struct {
	ByID
	Body wire.EditPerson
},
) (*personOut, error) {
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		p, err := people.ByID(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		e := in.Body
		if err := check(&e, p.Role, m.d.Now()); err != nil {
			return err
		}
		if p.Role == wire.RoleGuardian && p.Registered() && people.Canonical(e.Email) != p.Email {
			return web.Refuse(http.StatusConflict, wire.CodeConflict,
				"This is the address that the guardian signs in with. Change it as the address to sign in with.", "field", "email")
		}
		detail := map[string]string{}
		for _, f := range []struct {
			name string
			old  *string
			now  string
		}{
			{"given", &p.Given, e.Given},
			{"family", &p.Family, e.Family},
			{"email", &p.Email, people.Canonical(e.Email)},
			{"born", &p.Born, e.Born},
			{"phone", &p.Phone, e.Phone},
			{"address", &p.Address, e.Address},
			{"language", &p.Language, e.Language},
		} {
			if *f.old != f.now {
				detail[f.name] = "changed"
				*f.old = f.now
			}
		}
		if err := people.Update(ctx, tx, &p); err != nil {
			return err
		}
		if p.Quota != e.Quota {
			detail["quota"] = strconv.FormatInt(e.Quota, 10)
			if err := people.SetQuota(ctx, tx, p.ID, e.Quota); err != nil {
				return err
			}
		}
		return m.log(ctx, tx, logEdit, p.ID, detail, by)
	})
	if err != nil {
		return nil, fmt.Errorf("change of %s: %w", in.ID, err)
	}
	m.d.Auth.DropPerson(in.ID)
	m.changed(ctx, in.ID)
	return m.detail(ctx, in.ID)
}

type childIn struct {
	ByID
	Child string `path:"child" maxLength:"64"`
}

func (m *Module) putChild(ctx context.Context, in *childIn) (*personOut, error) {
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		guardian, err := people.ByID(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		child, err := people.ByID(ctx, tx, in.Child)
		if err != nil {
			return err
		}
		if guardian.Role != wire.RoleGuardian || child.Role != wire.RoleStudent {
			return invalid("A guardian and a student are needed.", "child")
		}
		if err := people.AddGuardian(ctx, tx, guardian.ID, child.ID); err != nil {
			return err
		}
		return m.log(ctx, tx, logEdit, guardian.ID, map[string]string{"child": child.ID, "what": "added"}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("child %s of %s: %w", in.Child, in.ID, err)
	}
	m.changed(ctx, in.ID)
	return m.detail(ctx, in.ID)
}

func (m *Module) deleteChild(ctx context.Context, in *childIn) (*none, error) {
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		n, err := tx.Exec(ctx, `DELETE FROM guardian WHERE guardian_id = $1 AND child_id = $2`, in.ID, in.Child)
		if err != nil {
			return err
		}
		if n == 0 {
			return db.ErrNotFound
		}
		return m.log(ctx, tx, logEdit, in.ID, map[string]string{"child": in.Child, "what": "removed"}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("child %s of %s: %w", in.Child, in.ID, err)
	}
	m.changed(ctx, in.ID)
	return nil, nil //nolint:nilnil // 204
}

func (m *Module) postMerge(ctx context.Context, in *struct{ Body wire.Merge }) (*personOut, error) {
	into, from := in.Body.Into, in.Body.From
	if into == from {
		return nil, invalid("Two people are needed.", "from")
	}
	err := m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		a, err := people.ByID(ctx, tx, into)
		if err != nil {
			return err
		}
		b, err := people.ByID(ctx, tx, from)
		if err != nil {
			return err
		}
		if a.Role != wire.RoleGuardian || b.Role != wire.RoleGuardian {
			return invalid("Only guardians can be merged.", "from")
		}
		if b.Registered() && !a.Registered() { // the account that somebody uses stays
			a, b, into, from = b, a, from, into
		}
		if err := module.Merge(ctx, tx, &m.d, &a, &b); err != nil {
			return err
		}
		return m.log(ctx, tx, logMerge, into, map[string]string{"from": from}, by)
	})
	if err != nil {
		return nil, fmt.Errorf("merge %s into %s: %w", from, into, err)
	}
	m.d.Auth.DropPerson(from)
	m.changed(ctx, into)
	return m.detail(ctx, into)
}

// log writes into the log, inside of the transaction of what it tells.
func (m *Module) log(ctx context.Context, tx *db.Tx, action, subject string, detail map[string]string, by string) error {
	return m.d.Audit.Append(ctx, tx, audit.Entry{Actor: by, Action: action, Subject: subject, Detail: detail, Addr: web.AddrFrom(ctx)})
}

// exists makes a sentence of db.ErrExists.
func exists(err error) error {
	if errors.Is(err, db.ErrExists) {
		return web.Refuse(http.StatusConflict, wire.CodeConflict, "There is one already.")
	}
	return err
}
