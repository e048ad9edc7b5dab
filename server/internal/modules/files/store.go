package files

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// emptyBlob is the hash of no bytes. No blob is kept for it.
const emptyBlob = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// quotas are the defaults, in bytes; 0 = none.
type quotas struct{ student, teacher, guardian, group int64 }

// events is where changes are told.
type events interface {
	Root(rootID string, seq int64, to []string)
}

// store is what every part of this module shares.
type store struct {
	db     *db.DB
	blobs  *blob.Store
	events events
	log    *slog.Logger
	now    func() time.Time
	id     func() string
	quotas quotas
	trees  *trees
	homes  *homes // nil where other processes write, too

	uploads uploads

	mu    sync.Mutex
	names map[string]knownName // of persons, as "changed by" shows them
}

type knownName struct {
	name string
	at   time.Time
}

// newHomesFor gives the memory of homes that fits a database.
func newHomesFor(d *db.DB) *homes {
	if d.Dialect() == db.SQLite {
		return newHomes()
	}
	return nil
}

// askerOf is who asks.
func askerOf(ctx context.Context) asker {
	c := web.CallerFrom(ctx)
	return asker{ID: c.Person.ID, Role: c.Person.Role, ReadOnly: c.Restricted}
}

// rootRow is a root with what its owner's row says of it.
type rootRow struct {
	root
	Quota int64  `db:"quota"`
	Group string `db:"grp"` // a group's id
	Slug  string `db:"slug"`
	Name  string `db:"name"`
	Kind2 string `db:"group_kind"`
	Lead  bool   `db:"lead"`
}

// home gives the view of the asker's own root, made when it is first asked for. Where
// mayBeStale, the root may have changed in the last second: the view says so.
func (s *store) home(ctx context.Context, a asker, mayBeStale bool) (*view, error) {
	const query = `SELECT r.id, r.kind, r.owner, r.epoch, r.seq, r.used, r.locks, r.pruned, p.quota
		FROM files_root r JOIN person p ON p.id = r.owner WHERE r.kind = 'home' AND r.owner = $1`
	if s.homes != nil {
		if row, stale, ok := s.homes.get(a.ID, s.now()); ok && (mayBeStale || !stale) {
			v := s.homeView(a, row)
			v.stale = stale
			return v, nil
		}
	}
	var row rootRow
	var gen int64
	if s.homes != nil {
		gen = s.homes.gen(a.ID)
	}
	err := s.db.Get(ctx, &row, query, a.ID)
	if errors.Is(err, db.ErrNotFound) {
		if err := s.makeRoot(ctx, kindHome, a.ID, nil); err != nil {
			return nil, err
		}
		err = s.db.Get(ctx, &row, query, a.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("home of %s: %w", a.ID, err)
	}
	if s.homes != nil {
		s.homes.put(a.ID, row, gen, s.now())
	}
	return s.homeView(a, row), nil
}

func (s *store) homeView(a asker, row rootRow) *view {
	v := &view{root: row.root, base: homeBase, lead: true, quota: row.Quota, asker: a}
	if v.quota == 0 {
		switch a.Role {
		case wire.RoleTeacher, wire.RoleStaff:
			v.quota = s.quotas.teacher
		case wire.RoleGuardian:
			v.quota = s.quotas.guardian
		default:
			v.quota = s.quotas.student
		}
	}
	return v
}

// homeBase are the segments of wire.DAVHome.
var homeBase = []string{"dav", "home"}

// groupQuery finds the groups that a person is in; what they lead is in the rows,
// who may see them in the WHERE.
const groupQuery = `SELECT coalesce(r.id, '') AS id, coalesce(r.kind, '') AS kind, coalesce(r.owner, '') AS owner, coalesce(r.epoch, '') AS epoch,
		coalesce(r.seq, 0) AS seq, coalesce(r.used, 0) AS used, coalesce(r.locks, 0) AS locks, coalesce(r.pruned, 0) AS pruned, g.quota, g.id AS grp, g.slug, g.name, g.kind AS group_kind, m.lead
	FROM member m JOIN grp g ON g.id = m.grp_id JOIN person p ON p.id = m.person_id
		LEFT JOIN files_root r ON r.kind = 'group' AND r.owner = g.id
	WHERE m.person_id = $1 AND p.role <> 'guardian'`

// group gives the view of the root of a group that the asker is in.
func (s *store) group(ctx context.Context, a asker, slug string) (*view, error) {
	const query = groupQuery + ` AND g.slug = $2`
	var row rootRow
	err := s.db.Get(ctx, &row, query, a.ID, slug)
	if err == nil && row.ID == "" {
		if err := s.makeGroup(ctx, row); err != nil {
			return nil, err
		}
		err = s.db.Get(ctx, &row, query, a.ID, slug)
	}
	if errors.Is(err, db.ErrNotFound) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("group %s of %s: %w", slug, a.ID, err)
	}
	return s.groupView(a, row), nil
}

func (s *store) groupView(a asker, row rootRow) *view {
	v := &view{root: row.root, base: []string{"dav", "groups", row.Slug}, name: row.Name, lead: row.Lead, quota: row.Quota, asker: a}
	if v.quota == 0 {
		v.quota = s.quotas.group
	}
	return v
}

// groups gives the views of all groups that the asker is in, by name.
func (s *store) groups(ctx context.Context, a asker) ([]*view, error) {
	const query = groupQuery + ` ORDER BY g.name, g.id`
	for range 3 {
		var rows []rootRow
		if err := s.db.Select(ctx, &rows, query, a.ID); err != nil {
			return nil, fmt.Errorf("groups of %s: %w", a.ID, err)
		}
		views, made := make([]*view, 0, len(rows)), false
		for _, row := range rows {
			if row.ID == "" {
				made = true
				if err := s.makeGroup(ctx, row); err != nil {
					return nil, err
				}
			}
			views = append(views, s.groupView(a, row))
		}
		if !made {
			return views, nil
		}
	}
	return nil, fmt.Errorf("groups of %s: roots do not stay", a.ID)
}

func (s *store) makeGroup(ctx context.Context, row rootRow) error {
	return s.makeRoot(ctx, kindGroup, row.Group, zonesOf(row.Kind2))
}

// zonesOf gives the fixed folders of a kind of group. Only who is taught hands in.
func zonesOf(kind string) []string {
	if kind == people.KindClass || kind == people.KindCourse {
		return []string{zoneMaterial, zoneExchange, zoneHandin}
	}
	return []string{zoneMaterial, zoneExchange}
}

// makeRoot makes a root with its fixed folders; one that is there already stays.
func (s *store) makeRoot(ctx context.Context, kind, owner string, zones []string) error {
	err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.makeRootIn(ctx, tx, kind, owner, zones)
		return err
	})
	if err != nil {
		return fmt.Errorf("root of the %s %s: %w", kind, owner, err)
	}
	return nil
}

func (s *store) makeRootIn(ctx context.Context, tx *db.Tx, kind, owner string, zones []string) (string, error) {
	now, id := s.now().UnixMilli(), s.id()
	n, err := tx.Exec(ctx, `INSERT INTO files_root (id, kind, owner, epoch, seq, used, locks, created) VALUES ($1, $2, $3, $4, 1, 0, 0, $5)
		ON CONFLICT (kind, owner) DO NOTHING`, id, kind, owner, s.id(), now)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return id, tx.Get(ctx, &id, `SELECT id FROM files_root WHERE kind = $1 AND owner = $2`, kind, owner)
	}
	top := &node{ID: id, Root: id, Fold: id, Folder: true, Mtime: now, Created: now, Seq: 1}
	if err := insert(ctx, tx, top); err != nil {
		return "", err
	}
	for _, z := range zoneNames {
		for _, zone := range zones {
			if z.zone != zone {
				continue
			}
			n := &node{ID: s.id(), Root: id, Parent: id, Name: z.name, Fold: foldOf(z.name), Folder: true, Mtime: now, Created: now, Zone: zone, Seq: 1}
			if err := insert(ctx, tx, n); err != nil {
				return "", err
			}
		}
	}
	return id, nil
}

// tell sends the event that a root has changed to everybody who may see it.
func (s *store) tell(ctx context.Context, v *view, seq int64) {
	to := []string{v.root.Owner}
	if v.root.Kind == kindGroup {
		to = nil
		err := s.db.Select(context.WithoutCancel(ctx), &to, `SELECT person_id FROM member WHERE grp_id = $1`, v.root.Owner)
		if err != nil {
			s.log.ErrorContext(ctx, "members to tell of a change", slog.String("root", v.root.ID), slog.Any("error", err))
			return
		}
	}
	if len(to) > 0 {
		s.events.Root(v.root.ID, seq, to)
	}
}

func (s *store) person(ctx context.Context, conn db.Conn, id string) (people.Person, error) {
	return people.ByID(ctx, conn, id)
}

// nameOf gives the display name of a person, "" for nobody. It may be a minute old.
func (s *store) nameOf(ctx context.Context, id string) string {
	if id == "" {
		return ""
	}
	now := s.now()
	s.mu.Lock()
	known, ok := s.names[id]
	s.mu.Unlock()
	if ok && now.Sub(known.at) < time.Minute {
		return known.name
	}
	p, err := people.ByID(ctx, s.db, id)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		s.log.ErrorContext(ctx, "name of a person", slog.String("person", id), slog.Any("error", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) > 20000 {
		clear(s.names)
	}
	s.names[id] = knownName{name: p.Wire().Name(), at: now}
	return p.Wire().Name()
}
