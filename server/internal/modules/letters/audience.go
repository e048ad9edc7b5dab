package letters

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// Kinds of targets.
const (
	toAll    = "all"
	toYear   = "year"
	toClass  = "class"
	toCourse = "course"
	toChild  = "child"
	toStaff  = "staff"
)

// maxUnreachable is how many names Reach gives.
const maxUnreachable = 500

// audience is whom a letter is for, by somebody who may write to them.
type audience struct {
	asker    string
	wide     bool
	all      bool
	staff    bool
	groups   []string
	children []string
	targets  []wire.Target // with their names
}

// where gives a condition on a person c: a child that the letter concerns.
func (a *audience) where(args *args) string {
	const student = `c.role = 'student' AND c.state <> 'left'`
	if a.all && a.wide {
		return student
	}
	if len(a.groups)+len(a.children) == 0 {
		return "1 = 0"
	}
	own := ""
	if !a.wide {
		own = " AND " + fmt.Sprintf(ownGroup, args.add(a.asker))
	}
	const inGroup = `EXISTS (SELECT 1 FROM member m JOIN grp g ON g.id = m.grp_id WHERE m.person_id = c.id AND m.lead = 0`
	var parts []string
	if len(a.groups) > 0 {
		parts = append(parts, inGroup+` AND g.id IN `+args.in(a.groups)+own+`)`)
	}
	if len(a.children) > 0 {
		part := `c.id IN ` + args.in(a.children)
		if own != "" {
			part += " AND " + inGroup + own + ")"
		}
		parts = append(parts, part)
	}
	return student + ` AND (` + strings.Join(parts, " OR ") + `)`
}

// groupRow is a group that may be addressed.
type groupRow struct {
	ID   string `db:"id"`
	Name string `db:"name"`
	Kind string `db:"kind"`
}

// year is the number at the beginning of a class's name: 5 of Klasse 5a.
func (g *groupRow) year() string {
	name := strings.TrimPrefix(g.Name, roster.ClassName(""))
	return name[:len(name)-len(strings.TrimLeftFunc(name, unicode.IsDigit))]
}

// groups gives the groups that a person may address; with wide also years.
func groups(ctx context.Context, c db.Conn, person string, wide bool) ([]groupRow, error) {
	var list args
	where := `g.kind IN ('class', 'course', 'year') AND g.ended = 0`
	if !wide {
		where = fmt.Sprintf(ownGroup, list.add(person))
	}
	var found []groupRow
	if err := c.Select(ctx, &found, `SELECT g.id, g.name, g.kind FROM grp g WHERE `+where+` ORDER BY g.name, g.id`, list...); err != nil {
		return nil, fmt.Errorf("groups that %s may address: %w", person, err)
	}
	return found, nil
}

// audienceOf resolves targets. Those that the asker may not address, or that there
// are not, it refuses by name.
func audienceOf(ctx context.Context, c db.Conn, person string, to []wire.Target) (*audience, error) {
	may, err := wide(ctx, c, person)
	if err != nil {
		return nil, err
	}
	a := &audience{asker: person, wide: may}
	known, err := groups(ctx, c, person, may)
	if err != nil {
		return nil, err
	}
	var bad []string
	for _, t := range to {
		if !a.add(t, known) {
			bad = append(bad, cmp.Or(t.Name, t.Kind))
		}
	}
	names, err := a.childNames(ctx, c)
	if err != nil {
		return nil, err
	}
	for i := range a.targets {
		t := &a.targets[i]
		if t.Kind != toChild {
			continue
		}
		name, ok := names[t.ID]
		if !ok {
			bad = append(bad, cmp.Or(t.Name, t.Kind))
		}
		t.Name = name
	}
	if len(bad) > 0 {
		list := strings.Join(bad[:min(len(bad), 10)], ", ")
		return nil, web.Refuse(http.StatusForbidden, wire.CodeLetterTarget, "You may not write to: "+list+".", "names", list)
	}
	return a, nil
}

// add takes a target in, unless the asker may not address it.
func (a *audience) add(t wire.Target, known []groupRow) bool {
	found := false
	switch t.Kind {
	case toAll:
		a.all, found, t.ID, t.Name = true, a.wide, "", "Alle"
	case toStaff:
		a.staff, found, t.ID, t.Name = true, a.wide, "", "Kollegium"
	case toYear:
		found = a.wide && a.addYear(&t, known)
	case toClass, toCourse:
		i := slices.IndexFunc(known, func(g groupRow) bool { return g.ID == t.ID && g.Kind == t.Kind })
		if found = i >= 0; found {
			t.Name = known[i].Name
			a.groups = append(a.groups, t.ID)
		}
	case toChild:
		if found = anID.MatchString(t.ID); found {
			a.children = append(a.children, t.ID)
		}
	}
	if found {
		a.targets = append(a.targets, t)
	}
	return found
}

// addYear takes a year in: a group, or all classes whose names begin with its number.
func (a *audience) addYear(t *wire.Target, known []groupRow) bool {
	found := false
	for _, g := range known {
		switch {
		case g.Kind == people.KindYear && g.ID == t.ID:
			t.Name = g.Name
		case g.Kind == people.KindClass && t.ID != "" && g.year() == t.ID:
			t.Name = roster.YearName(t.ID)
		default:
			continue
		}
		found = true
		a.groups = append(a.groups, g.ID)
	}
	return found
}

// childNames gives the names of the single children that may be addressed.
func (a *audience) childNames(ctx context.Context, c db.Conn) (map[string]string, error) {
	names := map[string]string{}
	if len(a.children) == 0 {
		return names, nil
	}
	only := audience{asker: a.asker, wide: a.wide, children: a.children}
	var list args
	where := only.where(&list)
	var rows []personRow
	if err := c.Select(ctx, &rows, `SELECT c.id, c.given, c.family FROM person c WHERE `+where, list...); err != nil {
		return nil, fmt.Errorf("children addressed by %s: %w", a.asker, err)
	}
	for _, r := range rows {
		names[r.ID] = r.name()
	}
	return names, nil
}

// personRow is a person's name.
type personRow struct {
	ID     string `db:"id"`
	Given  string `db:"given"`
	Family string `db:"family"`
}

func (p *personRow) name() string { return strings.TrimSpace(p.Given + " " + p.Family) }

// reachable is a condition on a person p: has an account and can be told of a letter.
const reachable = `p.state IN ('active', 'restricted') AND p.password_hash <> '' AND p.must_change = 0`

type targetsAnswer struct{ Body wire.Targets }

// targets answers whom the caller may address.
func (m *Module) targets(ctx context.Context, _ *struct{}) (*targetsAnswer, error) {
	a, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	may, err := wide(ctx, m.db, a.ID)
	if err != nil {
		return nil, err
	}
	known, err := groups(ctx, m.db, a.ID, may)
	if err != nil {
		return nil, err
	}
	out := &targetsAnswer{Body: wire.Targets{Targets: []wire.Target{}}}
	if may {
		out.Body.Targets = append(out.Body.Targets, wire.Target{Kind: toAll, Name: "Alle"}, wire.Target{Kind: toStaff, Name: "Kollegium"})
		if !slices.ContainsFunc(known, func(g groupRow) bool { return g.Kind == people.KindYear }) {
			years := map[string]bool{}
			for _, g := range known {
				if y := g.year(); g.Kind == people.KindClass && y != "" && !years[y] {
					years[y] = true
					out.Body.Targets = append(out.Body.Targets, wire.Target{Kind: toYear, ID: y, Name: roster.YearName(y)})
				}
			}
		}
	}
	for _, kind := range []string{toYear, toClass, toCourse} {
		for _, g := range known {
			if g.Kind == kind {
				out.Body.Targets = append(out.Body.Targets, wire.Target{Kind: kind, ID: g.ID, Name: g.Name})
			}
		}
	}
	return out, nil
}

type searchInput struct {
	Q string `query:"q" maxLength:"100" doc:"words that the name contains"`
}

// named adds to where that a person c has all words of q in the name.
func named(where, q string, list *args) string {
	conditions := []string{where}
	for word := range strings.FieldsSeq(strings.ReplaceAll(q, "\x00", "")) {
		conditions = append(conditions, `(c.fold LIKE `+list.add("%"+likeText(strings.ToLower(word))+"%")+
			` ESCAPE '!' OR c.given || ' ' || c.family LIKE `+list.add("%"+likeText(word)+"%")+` ESCAPE '!')`)
	}
	return strings.Join(conditions, " AND ")
}

// likeText escapes text for LIKE … ESCAPE '!'.
func likeText(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// targetChildren answers which children the caller may address.
func (m *Module) targetChildren(ctx context.Context, in *searchInput) (*targetsAnswer, error) {
	w, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	may, err := wide(ctx, m.db, w.ID)
	if err != nil {
		return nil, err
	}
	known, err := groups(ctx, m.db, w.ID, may)
	if err != nil {
		return nil, err
	}
	a := audience{asker: w.ID, wide: may, all: may}
	for _, g := range known {
		a.groups = append(a.groups, g.ID)
	}
	var list args
	where := named(a.where(&list), in.Q, &list)
	return m.people(ctx, toChild, `SELECT c.id, c.given, c.family FROM person c WHERE `+where+` ORDER BY c.fold, c.id LIMIT 200`, list)
}

// targetSenders answers who may be a co-sender.
func (m *Module) targetSenders(ctx context.Context, in *searchInput) (*targetsAnswer, error) {
	w, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	var list args
	where := named(`c.role IN ('teacher', 'staff') AND c.state = 'active' AND c.id <> `+list.add(w.ID), in.Q, &list)
	return m.people(ctx, toStaff, `SELECT c.id, c.given, c.family FROM person c WHERE `+where+` ORDER BY c.fold, c.id LIMIT 50`, list)
}

func (m *Module) people(ctx context.Context, kind, query string, list args) (*targetsAnswer, error) {
	var rows []personRow
	if err := m.db.Select(ctx, &rows, query, list...); err != nil {
		return nil, fmt.Errorf("people of the kind %s to address: %w", kind, err)
	}
	out := &targetsAnswer{Body: wire.Targets{Targets: []wire.Target{}}}
	for _, r := range rows {
		out.Body.Targets = append(out.Body.Targets, wire.Target{Kind: kind, ID: r.ID, Name: r.name()})
	}
	return out, nil
}

type reachInput struct{ Body wire.ReachOf }

type reachAnswer struct{ Body wire.Reach }

// reach answers whom a letter would reach.
func (m *Module) reach(ctx context.Context, in *reachInput) (*reachAnswer, error) {
	w, err := writerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := audienceOf(ctx, m.db, w.ID, in.Body.To)
	if err != nil {
		return nil, err
	}
	out := &reachAnswer{Body: wire.Reach{Unreachable: []string{}}}
	var list args
	where := a.where(&list)
	if err := m.db.Get(ctx, &out.Body.Children, `SELECT COUNT(*) FROM person c WHERE `+where, list...); err != nil {
		return nil, fmt.Errorf("children reached: %w", err)
	}
	if err := m.db.Get(ctx, &out.Body.Guardians, `
		SELECT COUNT(DISTINCT p.id) FROM person c JOIN guardian k ON k.child_id = c.id JOIN person p ON p.id = k.guardian_id
		WHERE `+reachable+` AND `+where, list...); err != nil {
		return nil, fmt.Errorf("guardians reached: %w", err)
	}
	missed := where + ` AND NOT EXISTS (
		SELECT 1 FROM guardian k JOIN person p ON p.id = k.guardian_id WHERE k.child_id = c.id AND ` + reachable + `)`
	if err := m.db.Get(ctx, &out.Body.Missed, `SELECT COUNT(*) FROM person c WHERE `+missed, list...); err != nil {
		return nil, fmt.Errorf("children not reached: %w", err)
	}
	var rows []personRow
	if err := m.db.Select(ctx, &rows, `
		SELECT c.id, c.given, c.family FROM person c WHERE `+missed+` ORDER BY c.fold, c.id LIMIT `+strconv.Itoa(maxUnreachable), list...); err != nil {
		return nil, fmt.Errorf("names of children not reached: %w", err)
	}
	for _, r := range rows {
		out.Body.Unreachable = append(out.Body.Unreachable, r.name())
	}
	if a.staff {
		if err := m.db.Get(ctx, &out.Body.Staff, `SELECT COUNT(*) FROM person p WHERE `+staffOf, w.ID); err != nil {
			return nil, fmt.Errorf("staff reached: %w", err)
		}
	}
	return out, nil
}

// staffOf is a condition on a person p: of the staff, but not the sender $1.
const staffOf = `p.role IN ('teacher', 'staff') AND p.state IN ('active', 'restricted') AND p.id <> $1`
