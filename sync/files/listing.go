package files

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// fullEvery is how long changes are taken instead of whole listings: what is no
// change of the folder, such as a right that came with a new role, shows then.
const fullEvery = 10 * time.Minute

// refreshing is a refresh under way.
type refreshing struct{ again bool }

// Folder returns the last known listing, with the state of each entry on this
// PC. It never waits for the network. A folder that was never listed is an
// empty Listing whose At is zero, no error.
func (f *Files) Folder(ctx context.Context, href string) (Listing, error) {
	href, err := remote.Clean(href)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{Href: href}
	err = f.Cache.Read(ctx, func(r cache.Reader) error {
		row, err := folderOf(ctx, r, href)
		if errors.Is(err, cache.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		l.At, l.Rights = time.UnixMilli(row.At), row.Rights
		l.Entries, err = entriesOf(ctx, r, href)
		return err
	})
	f.overlay(l.Entries)
	f.mu.Lock()
	defer f.mu.Unlock()
	l.Err = f.failed[href]
	return l, err
}

// Refresh asks the server for a folder in the background and emits
// signal.Folder(href) when the answer, or an error, is there. Calls while one is
// under way are one more.
func (f *Files) Refresh(href string) {
	href, err := remote.Clean(href)
	if err != nil {
		return
	}
	f.mu.Lock()
	if r := f.refresh[href]; r != nil {
		r.again = true
		f.mu.Unlock()
		return
	}
	if f.stopped {
		f.mu.Unlock()
		return
	}
	f.refresh[href] = &refreshing{}
	f.mu.Unlock()
	f.spawn(func(ctx context.Context) {
		for {
			f.refreshNow(ctx, href)
			f.mu.Lock()
			again := f.refresh[href].again && ctx.Err() == nil
			f.refresh[href].again = false
			if !again {
				delete(f.refresh, href)
			}
			f.mu.Unlock()
			if !again {
				return
			}
		}
	})
}

// Watch keeps a folder fresh while a page shows it: on every change that the
// server tells of, and after each time without network. It does not refresh by
// itself; call Refresh for the first time.
func (f *Files) Watch(href string) (stop func()) {
	href, err := remote.Clean(href)
	if err != nil {
		return func() {}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watched[href]++
	var once bool
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if once {
			return
		}
		once = true
		if f.watched[href]--; f.watched[href] == 0 {
			delete(f.watched, href)
		}
	}
}

// refreshWatched refreshes the folders that pages show, below a href.
func (f *Files) refreshWatched(below string) {
	f.mu.Lock()
	var list []string
	for href := range f.watched {
		if remote.Within(href, below) {
			list = append(list, href)
		}
	}
	f.mu.Unlock()
	for _, href := range list {
		f.Refresh(href)
	}
}

// refreshNow asks for a folder and waits for the answer.
func (f *Files) refreshNow(ctx context.Context, href string) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return
	}
	err := f.fetch(ctx, href)
	if ctx.Err() != nil {
		return
	}
	f.heard(err)
	f.mu.Lock()
	if err != nil {
		f.failed[href] = err
	} else {
		delete(f.failed, href)
	}
	f.mu.Unlock()
	if err != nil && !errors.Is(err, remote.ErrOffline) {
		f.Log.InfoContext(ctx, "folder not listed", "err", err)
	}
	f.Signal.Emit(signal.Folder(href))
}

// fetch brings a folder's rows up to date.
func (f *Files) fetch(ctx context.Context, href string) error {
	var row folderRow
	err := f.Cache.Read(ctx, func(r cache.Reader) error {
		var err error
		row, err = folderOf(ctx, r, href)
		return err
	})
	if err != nil && !errors.Is(err, cache.ErrNotFound) {
		return err
	}
	now := f.Now()
	if row.Token != "" && now.Sub(time.UnixMilli(row.Listed)).Abs() < fullEvery {
		changed, token, err := f.Remote.Changes(ctx, href, row.Token)
		if err == nil {
			row.At, row.Token = now.UnixMilli(), token
			return f.applyChanges(ctx, href, row, changed)
		}
		if !errors.Is(err, remote.ErrResync) {
			return f.orGone(ctx, href, err)
		}
	}
	_, err = f.list(ctx, href)
	return err
}

// list lists a folder in full, from the server, and keeps what it says.
func (f *Files) list(ctx context.Context, href string) ([]Entry, error) {
	now := f.Now().UnixMilli()
	found, err := f.Remote.List(ctx, href)
	if err != nil {
		return nil, f.orGone(ctx, href, err)
	}
	self := found[0]
	members := make([]Entry, 0, len(found)-1)
	for _, e := range found[1:] {
		if remote.Parent(e.Href) == href {
			members = append(members, entryOf(e))
		}
	}
	row := folderRow{At: now, Listed: now, Rights: self.Rights, Token: self.Token}
	return members, f.applyList(ctx, href, row, members)
}

func entryOf(e remote.Entry) Entry {
	return Entry{
		ID: e.ID, Href: e.Href, Name: e.Name, Folder: e.Folder, Size: e.Size, Mtime: e.Mtime,
		By: e.By, ETag: e.ETag, Rights: e.Rights, SHA256: e.SHA256,
	}
}

// orGone forgets a folder that the server says is not there.
func (f *Files) orGone(ctx context.Context, href string, err error) error {
	if remote.Status(err) != http.StatusNotFound {
		return err
	}
	drop := f.Cache.Write(ctx, func(tx cache.Tx) error { return dropBelow(ctx, tx, href) })
	return errors.Join(err, drop)
}

// applyList makes the rows of a folder what the server listed; rows that are
// right already are not written.
func (f *Files) applyList(ctx context.Context, href string, row folderRow, members []Entry) error {
	var known []Entry
	err := f.Cache.Read(ctx, func(r cache.Reader) error {
		var err error
		known, err = entriesOf(ctx, r, href)
		return err
	})
	if err != nil {
		return err
	}
	before := make(map[string]Entry, len(known))
	for _, e := range known {
		before[e.Name] = e
	}
	var put, drop []Entry
	for _, e := range members {
		old, ok := before[e.Name]
		delete(before, e.Name)
		if !ok || !same(old, e) {
			put = append(put, e)
		}
		if ok && old.Folder && (!e.Folder || old.ID != e.ID) {
			drop = append(drop, old) // another folder under the same name
		}
	}
	for _, e := range before {
		drop = append(drop, e)
	}
	return f.Cache.Write(ctx, func(tx cache.Tx) error {
		if err := dropEntries(ctx, tx, drop); err != nil {
			return err
		}
		if err := putEntries(ctx, tx, href, put); err != nil {
			return err
		}
		return putFolder(ctx, tx, href, row)
	})
}

func same(a, b Entry) bool {
	return a.ID == b.ID && a.Href == b.Href && a.Size == b.Size && a.Mtime.UnixMilli() == b.Mtime.UnixMilli() &&
		a.By == b.By && a.ETag == b.ETag && a.Rights == b.Rights && a.SHA256 == b.SHA256
}

func (f *Files) applyChanges(ctx context.Context, href string, row folderRow, changed []remote.Entry) error {
	var put, drop []Entry
	for _, e := range changed {
		if remote.Parent(e.Href) != href {
			continue
		}
		own := entryOf(e)
		if e.Gone {
			own.Folder = true // not known any more; forgetting what is below is right for both
			own.Href = remote.Join(href, own.Name, true)
			drop = append(drop, own)
		} else {
			put = append(put, own)
		}
	}
	return f.Cache.Write(ctx, func(tx cache.Tx) error {
		if err := dropEntries(ctx, tx, drop); err != nil {
			return err
		}
		if err := putEntries(ctx, tx, href, put); err != nil {
			return err
		}
		return putFolder(ctx, tx, href, row)
	})
}

// keep writes one entry that the server just confirmed, into a folder that was
// listed before, so that it shows before the next refresh.
func (f *Files) keep(ctx context.Context, e Entry) {
	parent := remote.Parent(e.Href)
	err := f.Cache.Write(ctx, func(tx cache.Tx) error {
		var listed int
		err := tx.Get(ctx, &listed, `SELECT count(*) FROM folder WHERE href = ?`, parent)
		if err != nil || listed == 0 {
			return err
		}
		return putEntries(ctx, tx, parent, []Entry{e})
	})
	if err != nil {
		f.Log.WarnContext(ctx, "entry not kept", "err", err)
	}
	f.Signal.Emit(signal.Folder(parent))
}

// forget drops entries from the known listings.
func (f *Files) forget(ctx context.Context, list ...Entry) {
	if err := f.Cache.Write(ctx, func(tx cache.Tx) error { return dropEntries(ctx, tx, list) }); err != nil {
		f.Log.WarnContext(ctx, "entries not dropped", "err", err)
	}
	for _, e := range list {
		f.Signal.Emit(signal.Folder(remote.Parent(e.Href)))
	}
}

// Roots returns where the person has files, as last known; none before the
// first answer.
func (f *Files) Roots(_ context.Context) ([]wire.RootInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.roots), nil
}

// RefreshRoots asks for the roots and their quotas in the background and emits
// signal.Roots when they changed.
func (f *Files) RefreshRoots() {
	f.spawn(func(ctx context.Context) {
		if err := f.fetchRoots(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, remote.ErrOffline) {
			f.Log.InfoContext(ctx, "roots not listed", "err", err)
		}
	})
}

func (f *Files) fetchRoots(ctx context.Context) error {
	roots, err := f.Remote.Roots(ctx)
	f.heard(err)
	if err != nil {
		return err
	}
	f.mu.Lock()
	changed := !slices.Equal(roots, f.roots) || f.rootsAt.IsZero()
	f.roots, f.rootsAt = roots, f.Now()
	f.mu.Unlock()
	if !changed {
		return nil
	}
	text, err := json.Marshal(roots)
	if err != nil {
		return err
	}
	err = f.Cache.Write(ctx, func(tx cache.Tx) error { return putFact(ctx, tx, "roots", string(text)) })
	f.Signal.Emit(signal.Roots)
	return err
}

// rootOf is the href of the root that holds a href, as far as is known: what a
// client can not make anew if it is missing.
func (f *Files) rootOf(href string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.roots {
		if remote.Within(href, r.Href) {
			return r.Href
		}
	}
	if remote.Within(href, wire.DAVHome) {
		return wire.DAVHome
	}
	return remote.Parent(href)
}

const maxFound = 500

// Search returns known entries below a folder whose names contain the text,
// ignoring case, without asking the server; at most 500.
func (f *Files) Search(ctx context.Context, under, text string) ([]Entry, error) {
	under, err := remote.Clean(under)
	if err != nil {
		return nil, err
	}
	var list []Entry
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(foldKey(strings.TrimSpace(text))) + "%"
	err = f.Cache.Read(ctx, func(r cache.Reader) error {
		return r.Each(ctx, `SELECT `+entryColumns+` FROM entry
			WHERE parent >= ? AND parent < ? AND fold LIKE ? ESCAPE '\' ORDER BY parent, name LIMIT ?`,
			[]any{under, afterAll(under), pattern, maxFound}, func(scan func(...any) error) error {
				e, err := scanEntry(scan)
				list = append(list, e)
				return err
			})
	})
	f.overlay(list)
	return list, err
}

// SearchRemote asks the server for entries below a folder whose names contain
// the text, and waits for the answer; more says that there are others.
func (f *Files) SearchRemote(ctx context.Context, under, text string) (list []Entry, more bool, err error) {
	found, err := f.Remote.Search(ctx, under, text)
	f.heard(err)
	if err != nil {
		return nil, false, err
	}
	list = make([]Entry, 0, len(found.Found))
	for _, e := range found.Found {
		list = append(list, Entry{
			ID: e.ID, Href: e.Href, Name: e.Name, Folder: e.Folder, Size: e.Size, Mtime: e.Mtime,
			By: e.By, ETag: e.ETag, Rights: e.Rights,
		})
	}
	f.overlay(list)
	return list, found.More, nil
}
