package people

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people/roster"
	"schulhof/server/wire"
)

// ApplyOptions are what Apply needs besides the preview. All are required.
type ApplyOptions struct {
	Now     time.Time
	ID      func() string
	Deletes time.Time // when those who leave now are deleted
	// First gives a new person, who is about to be stored, a first password, and
	// tells it where it is a code. Guardians get none: they register.
	First func(p *Person) (code string)
	// Progress is told how many changes have been written, of how many there are; nil =
	// nobody asks. A transaction that runs again begins anew.
	Progress func(done, of int)
}

// Applied is what Apply has done.
type Applied struct {
	Created []Started // new people with a first password
	Left    []string  // ids of those whose accounts are locked now
	Touched []string  // ids of those whose groups or names have changed
}

// Started is a new person with the first password.
type Started struct {
	ID    string
	Login string
	Code  string // "" = the date of birth
}

// Apply does what a preview says, which was made of what the same transaction has
// read. The preview of the same list is empty afterwards.
func Apply(ctx context.Context, tx *db.Tx, p *roster.Preview, o ApplyOptions) (Applied, error) {
	a := applier{tx: tx, p: p, o: o, groups: map[string]Group{}, touched: map[string]bool{}}
	for _, step := range []func(context.Context) error{
		a.regroup, a.readGroups, a.leave, a.change, a.move, a.create, a.unlead, a.courses, a.lead, a.link, a.claim,
	} {
		if err := step(ctx); err != nil {
			return Applied{}, err
		}
	}
	a.done.Touched = slices.Sorted(maps.Keys(a.touched))
	return a.done, nil
}

type applier struct {
	tx      *db.Tx
	p       *roster.Preview
	o       ApplyOptions
	groups  map[string]Group // by folded name
	touched map[string]bool
	done    Applied
	written int // changes
}

// wrote tells that another change was written.
func (a *applier) wrote() {
	a.written++
	if a.o.Progress != nil {
		p := a.p
		a.o.Progress(a.written, len(p.New)+len(p.Changed)+len(p.Moved)+len(p.Leaving)+len(p.Joins)+len(p.Quits)+
			len(p.Leads)+len(p.Unleads)+len(p.Link)+len(p.Unlink))
	}
}

// regroup ends, renames and makes groups. A renamed group keeps its id, and with it
// its files; its address follows the name.
func (a *applier) regroup(ctx context.Context) error {
	for _, g := range a.p.End {
		if err := a.members(ctx, g.ID); err != nil {
			return err
		}
		if err := EndGroup(ctx, a.tx, g.ID, a.o.Now.UnixMilli(), a.o.Now.Year()); err != nil {
			return err
		}
	}
	for _, r := range a.p.Rename { // all names and slugs are free before the first is given
		if err := a.members(ctx, r.ID); err != nil {
			return err
		}
		err := one(a.tx.Exec(ctx, `UPDATE grp SET slug = $2 WHERE id = $1`, r.ID, "!"+r.ID))
		if err != nil {
			return fmt.Errorf("rename %s: %w", r.From, err)
		}
	}
	for _, r := range a.p.Rename {
		slug, err := FreeSlug(ctx, a.tx, r.To)
		if err != nil {
			return err
		}
		if err := one(a.tx.Exec(ctx, `UPDATE grp SET name = $2, slug = $3 WHERE id = $1`, r.ID, r.To, slug)); err != nil {
			return fmt.Errorf("rename %s to %s: %w", r.From, r.To, err)
		}
	}
	for _, g := range a.p.Create {
		slug, err := FreeSlug(ctx, a.tx, g.Name)
		if err != nil {
			return err
		}
		err = CreateGroup(ctx, a.tx, &Group{
			ID: a.o.ID(), Slug: slug, Name: g.Name, Kind: g.Kind, Created: a.o.Now.UnixMilli(), Managed: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// members notes that something changes for all members of a group.
func (a *applier) members(ctx context.Context, groupID string) error {
	var ids []string
	if err := a.tx.Select(ctx, &ids, `SELECT person_id FROM member WHERE grp_id = $1`, groupID); err != nil {
		return fmt.Errorf("members of %s: %w", groupID, err)
	}
	for _, id := range ids {
		a.touched[id] = true
	}
	return nil
}

func (a *applier) readGroups(ctx context.Context) error {
	var all []Group
	if err := a.tx.Select(ctx, &all, `SELECT * FROM grp WHERE ended = 0 ORDER BY managed, created DESC`); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	for _, g := range all { // of two with one name the older one of the import's counts
		a.groups[roster.Fold(g.Name)] = g
	}
	return nil
}

func (a *applier) leave(ctx context.Context) error {
	for _, l := range a.p.Leaving {
		a.wrote()
		if err := SetState(ctx, a.tx, l.ID, Left, 0, ""); err != nil {
			return fmt.Errorf("%s leaves: %w", l.ID, err)
		}
		if err := SetDeletes(ctx, a.tx, l.ID, a.o.Deletes.UnixMilli()); err != nil {
			return fmt.Errorf("%s leaves: %w", l.ID, err)
		}
		a.done.Left = append(a.done.Left, l.ID)
	}
	return nil
}

func (a *applier) change(ctx context.Context) error {
	for _, c := range a.p.Changed {
		a.wrote()
		p, err := ByID(ctx, a.tx, c.ID)
		if err != nil {
			return err
		}
		if c.Back {
			if _, err := a.tx.Exec(ctx, `DELETE FROM former_member WHERE person_id = $1`, p.ID); err != nil {
				return fmt.Errorf("%s comes back: %w", p.ID, err)
			}
			if err := SetState(ctx, a.tx, p.ID, Active, 0, ""); err != nil {
				return fmt.Errorf("%s comes back: %w", p.ID, err)
			}
			if err := SetDeletes(ctx, a.tx, p.ID, 0); err != nil {
				return fmt.Errorf("%s comes back: %w", p.ID, err)
			}
		}
		for _, f := range c.Fields {
			set(&p, f)
		}
		if err := Update(ctx, a.tx, &p); err != nil {
			return err
		}
		a.touched[p.ID] = true
	}
	return nil
}

func set(p *Person, f roster.FieldChange) {
	switch f.Field {
	case roster.FieldImportID:
		p.ImportID = f.To
	case roster.FieldGiven:
		p.Given = f.To
	case roster.FieldFamily:
		p.Family = f.To
	case roster.FieldBorn:
		p.Born = f.To
	case roster.FieldShort:
		p.Short = f.To
	case roster.FieldPhone:
		p.Phone = f.To
	case roster.FieldAddress:
		p.Address = f.To
	case roster.FieldLanguage:
		p.Language = f.To
	case roster.FieldMail:
		p.Email = f.To
	case roster.FieldManaged:
		p.Managed = true
	default: // of no person by itself: classes, groups, logins
	}
}

// Update stores what a person is called and how one is reached. The login stays.
func Update(ctx context.Context, c db.Conn, p *Person) error {
	p.Fold = foldOf(p)
	err := one(c.Exec(ctx, `
		UPDATE person SET given = $2, family = $3, born = $4, email = $5, phone = $6, address = $7, language = $8,
			short = $9, import_id = $10, managed = $11, fold = $12
		WHERE id = $1`,
		p.ID, p.Given, p.Family, p.Born, Canonical(p.Email), p.Phone, p.Address, p.Language,
		p.Short, p.ImportID, number(p.Managed), p.Fold))
	if err != nil {
		return fmt.Errorf("change person %s: %w", p.ID, err)
	}
	return nil
}

// move puts people into their new classes and years.
func (a *applier) move(ctx context.Context) error {
	for _, m := range a.p.Moved {
		a.wrote()
		for _, way := range []struct{ kind, from, to string }{
			{KindClass, m.FromClass, m.ToClass}, {KindYear, m.FromYear, m.ToYear},
		} {
			if way.from == way.to {
				continue
			}
			if g, ok := a.groups[roster.Fold(groupName(way.kind, way.from))]; ok {
				_, err := a.tx.Exec(ctx, `DELETE FROM member WHERE person_id = $1 AND grp_id = $2 AND lead = 0`, m.ID, g.ID)
				if err != nil {
					return fmt.Errorf("%s moves out of %s: %w", m.ID, way.from, err)
				}
				a.touched[m.ID] = true
			}
			if err := a.join(ctx, m.ID, groupName(way.kind, way.to)); err != nil {
				return err
			}
		}
	}
	return nil
}

func groupName(kind, short string) string {
	switch {
	case short == "":
		return ""
	case kind == KindClass:
		return roster.ClassName(short)
	default:
		return roster.YearName(short)
	}
}

// join puts a person into a group by its name, "" being none.
func (a *applier) join(ctx context.Context, personID, name string) error {
	if name == "" {
		return nil
	}
	g, ok := a.groups[roster.Fold(name)]
	if !ok {
		return fmt.Errorf("group %q of the preview: %w", name, db.ErrNotFound)
	}
	_, err := a.tx.Exec(ctx, `
		INSERT INTO member (grp_id, person_id, lead, imported) VALUES ($1, $2, 0, 1)
		ON CONFLICT (grp_id, person_id) DO UPDATE SET imported = 1`, g.ID, personID)
	if err != nil {
		return fmt.Errorf("%s into %s: %w", personID, name, err)
	}
	a.touched[personID] = true
	return nil
}

func (a *applier) create(ctx context.Context) error {
	role := roleOf(a.p.Kind)
	for i := range a.p.New {
		a.wrote()
		n := &a.p.New[i]
		p := Person{
			ID: a.o.ID(), Login: n.Login, Given: n.Row.Given, Family: n.Row.Family, Role: role, Email: n.Row.Mail, Born: n.Row.Born,
			Created: a.o.Now.UnixMilli(), ImportID: n.Row.ImportID, Managed: true, Phone: n.Row.Phone, Address: n.Row.Address,
			Language: n.Row.Language, Short: n.Row.Short,
		}
		if role == wire.RoleGuardian {
			p.MustChange = true
		} else {
			code := a.o.First(&p)
			a.done.Created = append(a.done.Created, Started{ID: p.ID, Login: p.Login, Code: code})
		}
		if err := Create(ctx, a.tx, &p); err != nil {
			if errors.Is(err, db.ErrExists) {
				return fmt.Errorf("line %d: %w", n.Row.Line, err)
			}
			return err
		}
		names := n.Row.Groups
		if role == wire.RoleStudent {
			names = append([]string{groupName(KindClass, n.Row.Class), groupName(KindYear, n.Row.Year)}, names...)
		}
		for _, name := range names {
			if err := a.join(ctx, p.ID, name); err != nil {
				return err
			}
		}
		for _, name := range n.Row.Leads {
			if err := a.leads(ctx, p.ID, name); err != nil {
				return err
			}
		}
		for _, child := range n.Children {
			if err := a.guard(ctx, p.ID, child); err != nil {
				return err
			}
		}
	}
	return nil
}

func roleOf(kind roster.Kind) wire.Role {
	switch kind {
	case roster.Teachers:
		return wire.RoleTeacher
	case roster.Guardians:
		return wire.RoleGuardian
	default:
		return wire.RoleStudent
	}
}

// courses puts people into groups beside class and year, and takes them out.
func (a *applier) courses(ctx context.Context) error {
	if err := a.out(ctx, a.p.Quits, false); err != nil {
		return err
	}
	for _, m := range a.p.Joins {
		a.wrote()
		if err := a.join(ctx, m.ID, m.Group); err != nil {
			return err
		}
	}
	return nil
}

// unlead takes classes away from those who led them because an earlier list said so.
func (a *applier) unlead(ctx context.Context) error { return a.out(ctx, a.p.Unleads, true) }

// out takes people out of groups that an earlier list put them into, as leads or as
// members.
func (a *applier) out(ctx context.Context, list []roster.Member, lead bool) error {
	for _, m := range list {
		a.wrote()
		g, ok := a.groups[roster.Fold(m.Group)]
		if !ok {
			continue // it has ended
		}
		_, err := a.tx.Exec(ctx, `DELETE FROM member WHERE grp_id = $1 AND person_id = $2 AND imported = 1 AND lead = $3`, g.ID, m.ID, number(lead))
		if err != nil {
			return fmt.Errorf("%s out of %s: %w", m.ID, m.Group, err)
		}
		a.touched[m.ID] = true
	}
	return nil
}

func (a *applier) lead(ctx context.Context) error {
	for _, m := range a.p.Leads {
		a.wrote()
		if err := a.leads(ctx, m.ID, m.Group); err != nil {
			return err
		}
	}
	return nil
}

// leads makes a person lead a class.
func (a *applier) leads(ctx context.Context, personID, name string) error {
	g, ok := a.groups[roster.Fold(name)]
	if !ok {
		return fmt.Errorf("class %q of the preview: %w", name, db.ErrNotFound)
	}
	_, err := a.tx.Exec(ctx, `
		INSERT INTO member (grp_id, person_id, lead, imported) VALUES ($1, $2, 1, 1)
		ON CONFLICT (grp_id, person_id) DO UPDATE SET lead = 1, imported = 1`, g.ID, personID)
	if err != nil {
		return fmt.Errorf("%s leads %s: %w", personID, name, err)
	}
	a.touched[personID] = true
	return nil
}

func (a *applier) link(ctx context.Context) error {
	for _, l := range a.p.Link {
		a.wrote()
		if err := a.guard(ctx, l.Guardian, l.Child); err != nil {
			return err
		}
	}
	for _, l := range a.p.Unlink {
		a.wrote()
		_, err := a.tx.Exec(ctx, `DELETE FROM guardian WHERE guardian_id = $1 AND child_id = $2`, l.Guardian, l.Child)
		if err != nil {
			return fmt.Errorf("guardian %s of %s: %w", l.Guardian, l.Child, err)
		}
		a.touched[l.Guardian] = true
	}
	return nil
}

func (a *applier) guard(ctx context.Context, guardianID, childID string) error {
	_, err := a.tx.Exec(ctx, `
		INSERT INTO guardian (guardian_id, child_id, imported) VALUES ($1, $2, 1)
		ON CONFLICT (guardian_id, child_id) DO UPDATE SET imported = 1`, guardianID, childID)
	if err != nil {
		return fmt.Errorf("guardian %s of %s: %w", guardianID, childID, err)
	}
	a.touched[guardianID] = true
	return nil
}

// claim makes the classes and years that a list of students speaks of the import's:
// the next list may rename them.
func (a *applier) claim(ctx context.Context) error {
	if a.p.Kind != roster.Students {
		return nil
	}
	for _, query := range []string{
		`UPDATE member SET imported = 1 WHERE imported = 0 AND lead = 0
			AND person_id IN (SELECT id FROM person WHERE role = 'student' AND managed = 1)
			AND grp_id IN (SELECT id FROM grp WHERE kind IN ('class', 'year') AND ended = 0)`,
		`UPDATE grp SET managed = 1 WHERE managed = 0 AND ended = 0 AND kind IN ('class', 'year')
			AND EXISTS (SELECT 1 FROM member WHERE member.grp_id = grp.id AND member.imported = 1)`,
	} {
		if _, err := a.tx.Exec(ctx, query); err != nil {
			return fmt.Errorf("classes of the import: %w", err)
		}
	}
	return nil
}

// ClassOf gives a class's name as it is shown in lists, without the word: 7b.
func ClassOf(groupName string) string { return strings.TrimPrefix(groupName, roster.ClassName("")) }
