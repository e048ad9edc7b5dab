package files

import (
	"context"

	"schulhof/server/internal/modules/files/dav"
)

// Bounds of dead properties.
const (
	maxProps     = 200       // of one node
	maxPropValue = 64 << 10  // bytes of XML
	maxPropsSize = 128 << 10 // of all values of one node
	maxPropsCopy = 16 << 20  // of all values that one COPY copies
)

// propRow is one row of files_prop.
type propRow struct {
	Node  string `db:"node"`
	Space string `db:"space"`
	Name  string `db:"name"`
	Lang  string `db:"lang"`
	Value string `db:"value"`
}

// propChange is one instruction of a PROPPATCH.
type propChange struct {
	name   dav.Name
	remove bool
	lang   string
	value  string // XML
	text   string
}

// microsoft is the namespace of the properties that Windows sets on every file it
// writes: the times and attributes of the file there.
const microsoft = "urn:schemas-microsoft-com:"

// setProps carries out a PROPPATCH, all of it or nothing.
func (c *change) setProps(ctx context.Context, names []string, changes []propChange) error {
	sd := c.own()
	f, err := get(ctx, sd.fi, sd.view, names)
	if err != nil {
		return err
	}
	n := f.last()
	if sd.view.rights(n, f.depth())&mayWrite == 0 {
		return errForbidden
	}
	if err := c.check(ctx, f, 0); err != nil {
		return err
	}
	if err := c.free(sd, f.chain); err != nil {
		return err
	}
	mtime := n.Mtime
	for _, p := range changes {
		if err := c.setProp(ctx, n.ID, p); err != nil {
			return err
		}
		if p.name == (dav.Name{Space: microsoft, Local: "Win32LastModifiedTime"}) && !p.remove {
			if t, ok := dav.ParseWin32Time(p.text); ok {
				mtime = t.UnixMilli()
			}
		}
	}
	count, size, err := c.propsOf(ctx, n.ID)
	if err != nil {
		return err
	}
	if count > maxProps || size > maxPropsSize {
		return errProperty
	}
	_, err = c.tx.Exec(ctx, `UPDATE files_node SET props = $2, mtime = $3, seq = $4 WHERE id = $1`, n.ID, count, mtime, sd.seq)
	return err
}

// propsOf says how many dead properties a node has, and of how many bytes.
func (c *change) propsOf(ctx context.Context, id string) (count int, size int64, err error) {
	var row struct {
		Count int   `db:"count"`
		Size  int64 `db:"size"`
	}
	err = c.tx.Get(ctx, &row, `SELECT count(*) AS count, CAST(coalesce(sum(octet_length(value)), 0) AS BIGINT) AS size
		FROM files_prop WHERE node = $1`, id)
	return row.Count, row.Size, err
}

func (c *change) setProp(ctx context.Context, id string, p propChange) error {
	if len(p.value) > maxPropValue || len(p.name.Space)+len(p.name.Local) > 1000 {
		return errProperty
	}
	if p.remove {
		_, err := c.tx.Exec(ctx, `DELETE FROM files_prop WHERE node = $1 AND space = $2 AND name = $3`, id, p.name.Space, p.name.Local)
		return err
	}
	_, err := c.tx.Exec(ctx, `INSERT INTO files_prop (node, space, name, lang, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (node, space, name) DO UPDATE SET lang = excluded.lang, value = excluded.value`,
		id, p.name.Space, p.name.Local, p.lang, p.value)
	return err
}
