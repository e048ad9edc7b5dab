package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
)

// ForgetPerson implements module.Forgetter: the home goes, with its trash and all
// versions, and so does what the person has handed in. What the person put into
// other folders of groups stays there, without the name.
func (m *Module) ForgetPerson(ctx context.Context, tx *db.Tx, personID string) error {
	var home string
	err := tx.Get(ctx, &home, `SELECT id FROM files_root WHERE kind = 'home' AND owner = $1`, personID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("home of %s: %w", personID, err)
	}
	if err == nil {
		if err := forgetHome(ctx, tx, home); err != nil {
			return fmt.Errorf("home of %s: %w", personID, err)
		}
		if m.homes != nil {
			m.homes.changed(home)
		}
	}
	var roots []string
	err = tx.Select(ctx, &roots, `SELECT DISTINCT root FROM files_node WHERE handin = $1 AND handin <> '' ORDER BY root`, personID)
	if err != nil {
		return fmt.Errorf("hand-ins of %s: %w", personID, err)
	}
	for _, root := range roots {
		if err := forgetHandins(ctx, tx, root, personID, m.now().UnixMilli()); err != nil {
			return fmt.Errorf("hand-ins of %s: %w", personID, err)
		}
	}
	return nil
}

func forgetHome(ctx context.Context, tx *db.Tx, root string) error {
	for _, query := range []string{
		`DELETE FROM files_version WHERE node IN (SELECT id FROM files_node WHERE root = $1)`,
		`DELETE FROM files_prop WHERE node IN (SELECT id FROM files_node WHERE root = $1)`,
		`DELETE FROM files_lock WHERE root = $1`,
		`DELETE FROM files_trash WHERE root = $1`,
		`DELETE FROM files_gone WHERE root = $1`,
		`DELETE FROM files_node WHERE root = $1`,
		`DELETE FROM files_root WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, root); err != nil {
			return err
		}
	}
	return nil
}

// forgetHandins deletes what a person has handed in to one group, with a tombstone,
// so that those who keep a copy of the group's files learn of it.
func forgetHandins(ctx context.Context, tx *db.Tx, root, personID string, now int64) error {
	var seq int64
	if err := tx.Get(ctx, &seq, `UPDATE files_root SET seq = seq + 1 WHERE id = $1 RETURNING seq`, root); err != nil {
		return err
	}
	var tops []struct {
		ID     string `db:"id"`
		Name   string `db:"name"`
		Zone   string `db:"zone_name"`
		Folder bool   `db:"folder"`
	}
	err := tx.Select(ctx, &tops, `
		SELECT n.id, n.name, n.folder, p.name AS zone_name FROM files_node n JOIN files_node p ON p.id = n.parent
		WHERE n.handin = $1 AND n.root = $2 AND p.handin <> $1 ORDER BY n.id`, personID, root)
	if err != nil {
		return err
	}
	for _, n := range tops {
		_, err := tx.Exec(ctx, `INSERT INTO files_gone (root, seq, node, path, folder, handin, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			root, seq, n.ID, joined([]string{n.Zone, n.Name}), truth(n.Folder), personID, now)
		if err != nil {
			return err
		}
	}
	const own = `(SELECT id FROM files_node WHERE handin = $1 AND root = $2)`
	for _, query := range []string{
		`UPDATE files_root SET used = used
			- (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files_node WHERE handin = $1 AND root = $2)
			+ (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files_trash WHERE node IN ` + own + `) WHERE id = $2`,
		`DELETE FROM files_version WHERE node IN ` + own,
		`DELETE FROM files_prop WHERE node IN ` + own,
		`DELETE FROM files_lock WHERE node IN ` + own,
		`DELETE FROM files_trash WHERE node IN ` + own,
		`DELETE FROM files_node WHERE handin = $1 AND root = $2`,
	} {
		if _, err := tx.Exec(ctx, query, personID, root); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE files_root SET locks = (SELECT COUNT(*) FROM files_lock WHERE files_lock.root = files_root.id) WHERE id = $1`, root)
	return err
}

// UsedBy implements module.Meter.
func (m *Module) UsedBy(ctx context.Context, personID string) (int64, error) {
	var used int64
	err := m.db.Get(ctx, &used, `SELECT used FROM files_root WHERE kind = 'home' AND owner = $1`, personID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return 0, fmt.Errorf("space of %s: %w", personID, err)
	}
	return used, nil
}

// exported is a node of an export.
type exported struct {
	node
	Group string `db:"group_name"` // "" = of the home
}

// ExportPerson implements module.Exporter: the home, what lies in its trash, and
// what the person has handed in.
func (m *Module) ExportPerson(ctx context.Context, personID string, out module.Export) error {
	var nodes []exported
	err := m.db.Select(ctx, &nodes, `
		SELECT n.id, n.parent, n.name, n.folder, n.blob, n.size, n.mtime, n.handin, COALESCE(g.name, '') AS group_name
		FROM files_node n JOIN files_root r ON r.id = n.root LEFT JOIN grp g ON r.kind = 'group' AND g.id = r.owner
		WHERE r.kind = 'home' AND r.owner = $1
		UNION ALL
		SELECT n.id, n.parent, n.name, n.folder, n.blob, n.size, n.mtime, n.handin, COALESCE(g.name, '') AS group_name
		FROM files_node n JOIN files_root r ON r.id = n.root LEFT JOIN grp g ON r.kind = 'group' AND g.id = r.owner
		WHERE n.handin = $1 AND n.handin <> ''`, personID)
	if err != nil {
		return fmt.Errorf("files of %s: %w", personID, err)
	}
	byID := make(map[string]*exported, len(nodes))
	for i := range nodes {
		byID[nodes[i].ID] = &nodes[i]
	}
	for i := range nodes {
		if n := &nodes[i]; !n.Folder {
			if err := m.exportFile(ctx, out, exportPath(n, byID), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// exportPath is where a file stands in the export.
func exportPath(n *exported, byID map[string]*exported) string {
	names := []string{}
	top := n
	for depth := 0; top != nil && depth < 1000; depth++ {
		if top.Name != "" { // the home's own top has none
			names = append([]string{strings.NewReplacer(`\`, "_", "/", "_").Replace(top.Name)}, names...)
		}
		if top.Parent == parentTrash {
			names = append([]string{"Papierkorb", top.ID}, names...)
			break
		}
		top = byID[top.Parent]
	}
	if n.Group != "" {
		names = append([]string{"Abgaben", strings.NewReplacer(`\`, "_", "/", "_").Replace(n.Group)}, names...)
	} else {
		names = append([]string{"Eigene Dateien"}, names...)
	}
	return strings.Join(names, "/")
}

func (m *Module) exportFile(ctx context.Context, out module.Export, name string, n *exported) (err error) {
	w, err := out.File(name, time.UnixMilli(n.Mtime))
	if err != nil || n.Size == 0 {
		return err
	}
	content, err := m.blobs.Open(ctx, blob.Ref(n.Blob))
	if err != nil {
		return fmt.Errorf("content of %s: %w", n.ID, err)
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if _, err := io.Copy(w, content); err != nil {
		return fmt.Errorf("content of %s: %w", n.ID, err)
	}
	return nil
}
