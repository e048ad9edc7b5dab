package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// logPage is how many entries a page has.
const logPage = 100

// minReason is the length of the shortest reason, in characters.
const minReason = 5

func reasonOf(text string) (string, error) {
	text = roster.Tidy(text)
	if utf8.RuneCountInString(text) < minReason {
		return "", invalid("Say why, in a few words.", "reason")
	}
	return text, fault(roster.CheckText(text, 300), "reason")
}

type logOut struct{ Body wire.LogPage }

// postLog reads the log. That it is read is written down first, with the reason.
func (m *Module) postLog(ctx context.Context, in *struct{ Body wire.LogQuery }) (*logOut, error) {
	q := in.Body
	reason, err := reasonOf(q.Reason)
	if err != nil {
		return nil, err
	}
	err = m.tx(ctx, func(ctx context.Context, tx *db.Tx, by string) error {
		detail := map[string]string{"reason": reason}
		if q.Person != "" {
			if err := m.consented(ctx, tx, q.Person, q.Consent, by); err != nil {
				return err
			}
			detail["consent"] = q.Consent
		}
		return m.log(ctx, tx, audit.LogRead, q.Person, detail, by)
	})
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	entries, err := m.d.Audit.Read(ctx, m.d.DB, audit.Filter{Person: q.Person, Before: q.From, Limit: logPage + 1})
	if err != nil {
		return nil, err
	}
	out := &logOut{Body: wire.LogPage{Entries: make([]wire.LogEntry, 0, logPage)}}
	if len(entries) > logPage {
		entries = entries[:logPage]
		out.Body.Next = entries[logPage-1].Seq
	}
	names := names{m: m, person: q.Person, known: map[string]people.Person{}}
	for i := range entries {
		e, err := names.entry(ctx, &entries[i])
		if err != nil {
			return nil, err
		}
		out.Body.Entries = append(out.Body.Entries, e)
	}
	return out, nil
}

// consented refuses one who may not read what the log says of a person.
func (m *Module) consented(ctx context.Context, tx *db.Tx, person, id, by string) error {
	var n int
	err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM admin_consent WHERE id = $1 AND person = $2 AND asker = $3 AND giver <> '' AND until > $4`,
		id, person, by, m.d.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("consent %s: %w", id, err)
	}
	if n == 0 {
		return web.Refuse(http.StatusForbidden, wire.CodeForbidden,
			"To read what the log says of a person, a second administrator has to consent.", "why", "consent")
	}
	return nil
}

// names says whom entries are about: by name administrators, and the person for whom
// there is a consent; of all others only the role.
type names struct {
	m      *Module
	person string
	known  map[string]people.Person
}

// open are the details that name nobody.
var open = map[string]bool{
	"what": true, "reason": true, "kind": true, "rows": true, "new": true, "changed": true, "moved": true, "leaving": true,
	"unclear": true, "unchanged": true, "role": true, "state": true, "until": true, "version": true, "lead": true, "admin": true,
	"head": true, "moderator": true, "entries": true,
}

func (n *names) entry(ctx context.Context, e *audit.Entry) (wire.LogEntry, error) {
	actor, clear, err := n.of(ctx, e.Actor)
	if err != nil {
		return wire.LogEntry{}, err
	}
	subject, subjectClear, err := n.of(ctx, e.Subject)
	if err != nil {
		return wire.LogEntry{}, err
	}
	out := wire.LogEntry{Seq: e.Seq, At: e.At.UTC().Truncate(time.Millisecond), Actor: actor, Action: e.Action, Subject: subject}
	if e.Actor == "" {
		clear = subjectClear && e.Subject != ""
	}
	if clear {
		out.Addr = e.Addr
	}
	for key, value := range e.Detail {
		if clear && subjectClear || open[key] {
			if out.Detail == nil {
				out.Detail = map[string]string{}
			}
			out.Detail[key] = value
		}
	}
	return out, nil
}

// of gives the name of a person, or what stands for it; clear says that it is the name.
func (n *names) of(ctx context.Context, id string) (name string, clear bool, err error) {
	if id == "" {
		return "", true, nil
	}
	p, ok := n.known[id]
	if !ok {
		p, err = people.ByID(ctx, n.m.d.DB, id)
		if errors.Is(err, db.ErrNotFound) {
			p, err = people.Person{}, nil
		}
		if err != nil {
			return "", false, err
		}
		n.known[id] = p
	}
	switch {
	case p.ID == "": // a group, or somebody who is gone
		return id, true, nil
	case p.Admin, p.ID == n.person:
		return p.Wire().Name(), true, nil
	}
	return string(p.Role), false, nil
}
