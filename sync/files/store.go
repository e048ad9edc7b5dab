package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"schulhof/sync/cache"
	"schulhof/sync/remote"
)

// schema only ever grows at its end.
var schema = []string{
	`CREATE TABLE folder (
		href   TEXT PRIMARY KEY,
		at     INTEGER NOT NULL, -- last asked, unix ms
		listed INTEGER NOT NULL, -- last listed in full, unix ms
		rights TEXT NOT NULL,
		token  TEXT NOT NULL
	) WITHOUT ROWID`,
	`CREATE TABLE entry (
		parent TEXT NOT NULL,
		name   TEXT NOT NULL,
		fold   TEXT NOT NULL,
		id     TEXT NOT NULL,
		folder INTEGER NOT NULL,
		size   INTEGER NOT NULL,
		mtime  INTEGER NOT NULL, -- unix ms
		by     TEXT NOT NULL,
		etag   TEXT NOT NULL,
		rights TEXT NOT NULL,
		sha256 TEXT NOT NULL,
		PRIMARY KEY (parent, name)
	) WITHOUT ROWID`,
	`CREATE INDEX entry_id ON entry (id)`,
	`CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
	`CREATE TABLE copy (
		num      INTEGER PRIMARY KEY,
		node     TEXT NOT NULL,
		href     TEXT NOT NULL,
		dir      TEXT NOT NULL, -- below Deps.Dir
		name     TEXT NOT NULL,        -- of the local file
		etag     TEXT NOT NULL,        -- of the content both sides agreed on, '' for none
		sha256   TEXT NOT NULL,
		size     INTEGER NOT NULL,     -- of the local file then
		mtime    INTEGER NOT NULL,     -- likewise, unix ns
		edited   INTEGER NOT NULL,
		conflict INTEGER NOT NULL,
		UNIQUE (dir, name)
	)`,
	`CREATE TABLE job (
		id       INTEGER PRIMARY KEY,
		batch    INTEGER NOT NULL,
		kind     TEXT NOT NULL,
		href     TEXT NOT NULL,
		source   TEXT NOT NULL,    -- local path, '' of a folder and of an edit
		copy     INTEGER NOT NULL, -- of an edit
		size     INTEGER NOT NULL,
		if_match TEXT NOT NULL,
		state    TEXT NOT NULL,    -- queued, paused, failed
		error    TEXT NOT NULL     -- of failed: JSON
	)`,
	`ALTER TABLE copy ADD COLUMN sent TEXT NOT NULL DEFAULT ''`, // SHA-256 of edits whose upload was begun
	`ALTER TABLE job ADD COLUMN sent TEXT NOT NULL DEFAULT ''`,  // likewise, of a dropped file
}

// load reads what is kept in memory.
func (f *Files) load(ctx context.Context) error {
	err := f.Cache.Read(ctx, func(r cache.Reader) error {
		if err := f.loadCopies(ctx, r); err != nil {
			return err
		}
		if err := f.loadJobs(ctx, r); err != nil {
			return err
		}
		return f.loadRoots(ctx, r)
	})
	if err != nil {
		return fmt.Errorf("files in the cache: %w", err)
	}
	return nil
}

func (f *Files) loadRoots(ctx context.Context, r cache.Reader) error {
	var text string
	err := r.Get(ctx, &text, `SELECT value FROM fact WHERE key = 'roots'`)
	if errors.Is(err, cache.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), &f.roots)
}

func putFact(ctx context.Context, tx cache.Tx, key, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO fact (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// folderRow is what is known of a folder itself.
type folderRow struct {
	At     int64  `db:"at"`
	Listed int64  `db:"listed"`
	Rights string `db:"rights"`
	Token  string `db:"token"`
}

// folderOf returns cache.ErrNotFound for a folder that was never listed.
func folderOf(ctx context.Context, r cache.Reader, href string) (folderRow, error) {
	var row folderRow
	err := r.Get(ctx, &row, `SELECT at, listed, rights, token FROM folder WHERE href = ?`, href)
	return row, err
}

func putFolder(ctx context.Context, tx cache.Tx, href string, row folderRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO folder (href, at, listed, rights, token) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (href) DO UPDATE SET at = excluded.at, listed = excluded.listed, rights = excluded.rights, token = excluded.token`,
		href, row.At, row.Listed, row.Rights, row.Token)
	return err
}

const entryColumns = `parent, name, id, folder, size, mtime, by, etag, rights, sha256`

// scanEntry reads a row of entryColumns.
func scanEntry(scan func(...any) error) (Entry, error) {
	var (
		e      Entry
		parent string
		mtime  int64
	)
	if err := scan(&parent, &e.Name, &e.ID, &e.Folder, &e.Size, &mtime, &e.By, &e.ETag, &e.Rights, &e.SHA256); err != nil {
		return e, err
	}
	e.Href = remote.Join(parent, e.Name, e.Folder)
	e.Mtime = time.UnixMilli(mtime)
	return e, nil
}

// Between the columns and the rows of packed entries. No name holds them: see
// packable.
const (
	unitEnd   = "\x1f"
	recordEnd = "\x1e"
)

// packable says whether an entry's texts can be told apart when they are packed.
func packable(e Entry) bool {
	for _, s := range []string{e.Name, e.ID, e.By, e.ETag, e.Rights, e.SHA256} {
		if strings.ContainsAny(s, unitEnd+recordEnd+"\x00") {
			return false
		}
	}
	return true
}

// entriesOf returns the members of a folder by name. SQLite packs all rows into
// one text: to fetch thousands of rows one by one costs many times as much.
func entriesOf(ctx context.Context, r cache.Reader, parent string) ([]Entry, error) {
	var packed struct {
		Count int    `db:"count"`
		Text  string `db:"text"`
	}
	err := r.Get(ctx, &packed, `SELECT count(*) AS count, coalesce(group_concat(
		concat_ws(char(31), name, id, folder, size, mtime, by, etag, rights, sha256), char(30) ORDER BY name), '') AS text
		FROM entry WHERE parent = ?`, parent)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, packed.Count)
	for rest, more := packed.Text, packed.Count > 0; more; {
		var row string
		row, rest, more = strings.Cut(rest, recordEnd)
		e, err := unpack(parent, row)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func unpack(parent, row string) (Entry, error) {
	var field [9]string
	for i := range field {
		field[i], row, _ = strings.Cut(row, unitEnd)
	}
	size, err := strconv.ParseInt(field[3], 10, 64)
	if err != nil {
		return Entry{}, fmt.Errorf("entry in the cache: %w", err)
	}
	mtime, err := strconv.ParseInt(field[4], 10, 64)
	if err != nil {
		return Entry{}, fmt.Errorf("entry in the cache: %w", err)
	}
	e := Entry{
		Name: field[0], ID: field[1], Folder: field[2] == "1", Size: size, Mtime: time.UnixMilli(mtime),
		By: field[5], ETag: field[6], Rights: field[7], SHA256: field[8],
	}
	e.Href = remote.Join(parent, e.Name, e.Folder)
	return e, nil
}

// entryAt returns the entry at a href; cache.ErrNotFound where none is known.
func entryAt(ctx context.Context, r cache.Reader, href string) (Entry, error) {
	return oneEntry(ctx, r, `SELECT `+entryColumns+` FROM entry WHERE parent = ? AND name = ?`, remote.Parent(href), remote.Base(href))
}

// entryWith returns the entry of an id; cache.ErrNotFound where none is known.
func entryWith(ctx context.Context, r cache.Reader, id string) (Entry, error) {
	return oneEntry(ctx, r, `SELECT `+entryColumns+` FROM entry WHERE id = ? AND id <> '' LIMIT 1`, id)
}

func oneEntry(ctx context.Context, r cache.Reader, query string, args ...any) (Entry, error) {
	var e Entry
	found := false
	err := r.Each(ctx, query, args, func(scan func(...any) error) error {
		var err error
		e, err = scanEntry(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = cache.ErrNotFound
	}
	return e, err
}

func putEntries(ctx context.Context, tx cache.Tx, parent string, list []Entry) error {
	args := make([][]any, 0, len(list))
	for _, e := range list {
		if !packable(e) {
			continue // nothing that our server lists
		}
		args = append(args, []any{
			parent, e.Name, foldKey(e.Name), e.ID, e.Folder, e.Size, e.Mtime.UnixMilli(), e.By, e.ETag, e.Rights, e.SHA256,
		})
	}
	return tx.Each(ctx, `INSERT OR REPLACE INTO entry (parent, name, fold, id, folder, size, mtime, by, etag, rights, sha256)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, args)
}

// dropEntries forgets members of a folder, and all that is known below them.
func dropEntries(ctx context.Context, tx cache.Tx, list []Entry) error {
	for _, e := range list {
		if _, err := tx.Exec(ctx, `DELETE FROM entry WHERE parent = ? AND name = ?`, remote.Parent(e.Href), e.Name); err != nil {
			return err
		}
		if e.Folder {
			if err := dropBelow(ctx, tx, e.Href); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropBelow forgets a folder's listing and those below it.
func dropBelow(ctx context.Context, tx cache.Tx, href string) error {
	end := afterAll(href)
	if _, err := tx.Exec(ctx, `DELETE FROM folder WHERE href >= ? AND href < ?`, href, end); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM entry WHERE parent >= ? AND parent < ?`, href, end)
	return err
}

// afterAll is the first text behind all that begin with a folder's href.
func afterAll(href string) string { return href[:len(href)-1] + "0" } // '0' follows '/'
