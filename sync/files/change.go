package files

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// NewFolder makes a folder and waits for the server. A taken name is ErrTaken,
// one that some system can not hold ErrName or a refusal with wire.CodeName.
func (f *Files) NewFolder(ctx context.Context, into, name string) (Entry, error) {
	into, err := f.target(into, name)
	if err != nil {
		return Entry{}, err
	}
	href := remote.Join(into, name, true)
	_, err = f.Remote.Mkcol(ctx, href)
	if f.heard(err); remote.Status(err) == http.StatusMethodNotAllowed {
		err = fmt.Errorf("%w: %w", ErrTaken, err)
	}
	if err != nil {
		return Entry{}, err
	}
	return f.confirm(ctx, href)
}

// target checks the folder and the name of something that is to be made in it.
func (f *Files) target(into, name string) (string, error) {
	into, err := remote.Clean(into)
	if err != nil {
		return "", err
	}
	if why := forbidden(name); why != "" {
		return "", fmt.Errorf("%w: %s", ErrName, why)
	}
	return into, nil
}

// confirm asks for what was just made and keeps it.
func (f *Files) confirm(ctx context.Context, href string) (Entry, error) {
	there, err := f.Remote.Stat(ctx, href)
	if f.heard(err); err != nil {
		return Entry{}, err
	}
	e := entryOf(there)
	f.keep(ctx, e)
	f.Refresh(remote.Parent(e.Href))
	list := []Entry{e}
	f.overlay(list)
	return list[0], nil
}

// Rename gives an entry another name in its folder and waits for the server.
// ErrTaken, ErrName and ErrPending say why not.
func (f *Files) Rename(ctx context.Context, e Entry, name string) (Entry, error) {
	if name == e.Name {
		return e, nil
	}
	into, err := f.target(remote.Parent(e.Href), name)
	if err != nil {
		return Entry{}, err
	}
	href := remote.Join(into, name, e.Folder)
	if err := f.moveTo(ctx, e, href); err != nil {
		return Entry{}, err
	}
	return f.confirm(ctx, href)
}

// moveTo moves an entry, and what this PC knows of it, to a free href.
func (f *Files) moveTo(ctx context.Context, e Entry, href string) error {
	from, err := remote.Clean(e.Href)
	if err != nil {
		return err
	}
	if f.busy(from, Running) {
		return ErrPending
	}
	err = f.Remote.Move(ctx, from, href, false)
	if f.heard(err); remote.Precondition(err) {
		err = fmt.Errorf("%w: %w", ErrTaken, err)
	}
	if err != nil {
		return err
	}
	f.forget(ctx, e)
	return f.rehref(ctx, from, href)
}

// busy says whether there is an upload in one of the states for a href or below it.
func (f *Files) busy(href string, states ...TransferState) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, j := range f.jobs {
		for _, s := range states {
			if j.State == s && remote.Within(j.Href, href) {
				return true
			}
		}
	}
	for _, c := range f.copies {
		if c.Edited && len(states) > 1 && remote.Within(c.Href, href) {
			return true
		}
	}
	return false
}

// Move moves entries into another folder and waits for the server. What could
// not be moved is listed, the rest is moved; a taken name is ErrTaken.
func (f *Files) Move(ctx context.Context, es []Entry, into string) ([]Problem, error) {
	return f.forEach(ctx, es, into, func(e Entry, into string) error {
		if remote.Parent(e.Href) == into {
			return nil
		}
		href := remote.Join(into, e.Name, e.Folder)
		return f.moveTo(ctx, e, href)
	})
}

// Copy copies entries into a folder, which may be their own, and waits for the
// server. A taken name becomes "Name (2).ext". What could not be copied is listed.
func (f *Files) Copy(ctx context.Context, es []Entry, into string) ([]Problem, error) {
	return f.forEach(ctx, es, into, func(e Entry, into string) error {
		for n := 1; n <= maxNumbered; n++ {
			name := e.Name
			if n > 1 {
				name = numbered(e.Name, n)
			}
			href := remote.Join(into, name, e.Folder)
			if href == e.Href {
				continue
			}
			err := f.Remote.Copy(ctx, e.Href, href, false)
			if f.heard(err); err == nil || !remote.Precondition(err) {
				return err
			}
		}
		return ErrTaken
	})
}

// Delete moves entries to the server's trash and waits for the server. What
// could not be deleted is listed; something with an upload under way or waiting
// is ErrPending.
func (f *Files) Delete(ctx context.Context, es []Entry) ([]Problem, error) {
	return f.forEach(ctx, es, "/", func(e Entry, _ string) error {
		if f.busy(e.Href, Running, Queued, Paused, Broken) {
			return ErrPending
		}
		ifMatch := ""
		if !e.Folder {
			ifMatch = e.ETag
		}
		err := f.Remote.Delete(ctx, e.Href, ifMatch)
		if f.heard(err); err != nil && remote.Status(err) != http.StatusNotFound {
			return err
		}
		f.forget(ctx, e)
		return f.settleBelow(ctx, e.Href)
	})
}

// settleBelow takes the mark of a conflict from what was just deleted.
func (f *Files) settleBelow(ctx context.Context, href string) error {
	f.mu.Lock()
	var list []*localCopy
	for _, c := range f.copies {
		if c.Conflict && remote.Within(c.Href, href) {
			list = append(list, c)
		}
	}
	f.mu.Unlock()
	for _, c := range list {
		if err := f.change(ctx, c, func(c *localCopy) { c.Conflict = false }); err != nil {
			return err
		}
	}
	return nil
}

// forEach does something with each entry, and refreshes what it touched.
// Without network it ends at the first.
func (f *Files) forEach(ctx context.Context, es []Entry, into string, do func(e Entry, into string) error) ([]Problem, error) {
	into, err := remote.Clean(into)
	if err != nil {
		return nil, err
	}
	touched := map[string]bool{}
	if into != "/" {
		touched[into] = true
	}
	var problems []Problem
	var stop error
	for _, e := range es {
		touched[remote.Parent(e.Href)] = true
		err := do(e, into)
		if errors.Is(err, remote.ErrOffline) || ctx.Err() != nil {
			stop = err
			break
		}
		if err != nil {
			problems = append(problems, Problem{e.Name, err})
		}
	}
	for href := range touched {
		f.Refresh(href)
		f.Signal.Emit(signal.Folder(href))
	}
	return problems, stop
}
