package module

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
)

// collectBlobs is the job that removes contents which nothing names any more.
const collectBlobs = "blobs.collect"

// keepBlobs is how long a content stays that nothing names: longer than any time
// between the end of an upload and the commit of its row.
const keepBlobs = 24 * time.Hour

// collect removes large contents that were last put a day ago and that no row names.
func collect(ctx context.Context, deps *Deps) (blob.Collected, error) {
	before := time.Now().Add(-keepBlobs) //nolint:forbidigo // the disk's clock, not the school's
	done, err := deps.Blobs.Collect(ctx, before, func(ctx context.Context, old map[blob.Ref]struct{}) error {
		return deps.DB.Snapshot(ctx, func(ctx context.Context, c db.Conn) error { return dropNamed(ctx, deps.DB, c, old) })
	})
	if done.Removed > 0 {
		deps.Log.InfoContext(ctx, "contents removed that nothing named",
			slog.Int("count", done.Removed), slog.Int64("bytes", done.Bytes))
	}
	return done, err
}

// dropNamed takes out of refs those that stand anywhere in the database: in any
// column of any table, alone or within a longer text such as JSON. So no module can
// forget to say where it names contents.
func dropNamed(ctx context.Context, d *db.DB, c db.Conn, refs map[blob.Ref]struct{}) error {
	columns, err := d.Columns(ctx, c)
	if err != nil {
		return err
	}
	for len(columns) > 0 && len(refs) > 0 {
		n := 1
		for n < len(columns) && columns[n].Table == columns[0].Table {
			n++
		}
		if err := dropNamedIn(ctx, c, columns[:n], refs); err != nil {
			return err
		}
		columns = columns[n:]
	}
	return nil
}

// dropNamedIn is dropNamed for the columns of one table.
func dropNamedIn(ctx context.Context, c db.Conn, columns []db.Column, refs map[blob.Ref]struct{}) error {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	texts, long := make([]string, len(columns)), make([]string, len(columns))
	for i, column := range columns {
		texts[i] = `COALESCE(CAST(` + quoted(column.Name) + ` AS TEXT), '')`
		long[i] = `octet_length(` + texts[i] + `) >= 64`
	}
	rows, err := c.Query(ctx, `SELECT `+strings.Join(texts, ", ")+` FROM `+quoted(columns[0].Table)+` WHERE `+strings.Join(long, " OR "))
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]string, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, text := range values {
			dropNamedBy(text, refs)
		}
	}
	return rows.Err()
}

// dropNamedBy takes out of refs those that a text holds.
func dropNamedBy(text string, refs map[blob.Ref]struct{}) {
	const length = 64
	run := 0
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' && c < 'a' || c > 'f' {
			run = 0
			continue
		}
		if run++; run >= length {
			delete(refs, blob.Ref(text[i+1-length:i+1]))
		}
	}
}
