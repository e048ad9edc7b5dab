package admin

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// pageSize is how many people a page has at most.
const pageSize = 200

type peopleIn struct {
	Search string `query:"q" maxLength:"200" doc:"beginnings of words: names, login, e-mail, class"`
	Role   string `query:"role" enum:"student,teacher,staff,guardian"`
	State  string `query:"state" enum:"active,restricted,locked,left"`
	Group  string `query:"group" maxLength:"64" doc:"id of a group"`
	Never  bool   `query:"never" doc:"only those who have never signed in"`
	After  string `query:"after" maxLength:"2000" doc:"PeoplePage.Next"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"200"`
}

type peopleOut struct{ Body wire.PeoplePage }

// own is the condition that limits a list to students of the classes that $1 leads,
// and no condition where $2 is all.
const own = `(CAST($2 AS TEXT) = 'all' OR person.role = 'student' AND person.id IN (
	SELECT student.person_id FROM member AS lead
	JOIN grp ON grp.id = lead.grp_id AND grp.kind = 'class' AND grp.ended = 0
	JOIN member AS student ON student.grp_id = grp.id
	WHERE lead.person_id = $1 AND lead.lead = 1))`

func (m *Module) getPeople(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	reach, err := m.reach(ctx, people.ReadPeople)
	if err != nil {
		return nil, err
	}
	name, id, ok := readCursor(in.After)
	if !ok {
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This is no next page.", "field", "after")
	}
	where, args := in.where(web.CallerFrom(ctx).Person.ID, reach)
	out := &peopleOut{Body: wire.PeoplePage{Reach: string(reach)}}
	if err := m.d.DB.Get(ctx, &out.Body.Total, `SELECT COUNT(*) FROM person WHERE `+where, args...); err != nil {
		return nil, fmt.Errorf("number of people: %w", err)
	}
	limit := in.Limit
	if limit <= 0 || limit > pageSize {
		limit = pageSize
	}
	n := len(args)
	query := `SELECT * FROM person WHERE ` + where + ` AND (fold > ` + place(n+1) + ` OR fold = ` + place(n+1) + ` AND id > ` + place(n+2) +
		`) ORDER BY fold, id LIMIT ` + place(n+3)
	var found []people.Person
	if err := m.d.DB.Select(ctx, &found, query, append(args, name, id, limit+1)...); err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	if len(found) > limit {
		found = found[:limit]
		last := &found[limit-1]
		out.Body.Next = cursor(last.Fold, last.ID)
	}
	out.Body.People, err = m.rows(ctx, found)
	return out, err
}

func place(n int) string { return "$" + strconv.Itoa(n) }

// where words what is looked for. Nothing of what the asker gives is in the text.
func (in *peopleIn) where(asker string, reach people.Reach) (where string, args []any) {
	never := 0
	if in.Never {
		never = 1
	}
	patterns := people.Patterns(in.Search)
	args = append(make([]any, 0, 6+len(patterns)), asker, string(reach), in.Role, in.State, in.Group, never)
	var b strings.Builder
	b.WriteString(own + `
		AND (CAST($3 AS TEXT) = '' OR person.role = $3)
		AND (CAST($4 AS TEXT) = '' OR person.state = $4)
		AND (CAST($5 AS TEXT) = '' OR person.id IN (SELECT person_id FROM member WHERE grp_id = $5))
		AND (CAST($6 AS INTEGER) = 0 OR person.seen = 0)`)
	for _, pattern := range patterns {
		args = append(args, pattern)
		at := place(len(args))
		b.WriteString(` AND (person.fold LIKE ` + at + ` ESCAPE '\' OR person.id IN (
			SELECT member.person_id FROM member JOIN grp ON grp.id = member.grp_id
			WHERE grp.kind = 'class' AND grp.ended = 0 AND ' ' || LOWER(grp.name) LIKE ` + at + ` ESCAPE '\'))`)
	}
	return b.String(), args
}

// cursor names the last person of a page.
func cursor(fold, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fold + "\n" + id))
}

func readCursor(text string) (fold, id string, ok bool) {
	if text == "" {
		return "", "", true
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", "", false
	}
	fold, id, ok = strings.Cut(strings.ToValidUTF8(string(b), ""), "\n")
	return fold, id, ok && !strings.Contains(fold+id, "\x00")
}

// rows gives people as lists show them, with their classes.
func (m *Module) rows(ctx context.Context, found []people.Person) ([]wire.PersonRow, error) {
	classes, err := m.classes(ctx, found)
	if err != nil {
		return nil, err
	}
	now := m.d.Now()
	out := make([]wire.PersonRow, len(found))
	for i := range found {
		out[i] = row(&found[i], now)
		out[i].Class = strings.Join(classes[found[i].ID], ", ")
	}
	return out, nil
}

// row gives a person as lists show one; a lock whose time is over is none.
func row(p *people.Person, now time.Time) wire.PersonRow {
	r := wire.PersonRow{
		Person: p.Wire(), Email: p.Email, Admin: p.Admin, Head: p.Head, Moderator: p.Moderator, State: wire.State(p.State),
		Reason: p.LockReason, Until: moment(p.LockedUntil), Seen: moment(p.Seen), Managed: p.Managed,
	}
	if p.State == people.Locked && !p.LockedAt(now) || p.State == people.Restricted && !p.RestrictedAt(now) {
		r.State, r.Reason, r.Until = wire.StateActive, "", nil
	}
	if p.State == people.Left {
		r.Deletes = moment(p.Deletes)
	}
	if p.MustChange && p.StartUntil > now.UnixMilli() {
		r.Start = moment(p.StartUntil)
	}
	return r
}

// moment gives a time of the database, nil for none.
func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	return &t
}

// classes gives the classes of people, without the word: of students the one they
// are in, of guardians those of their children, of others those they lead.
func (m *Module) classes(ctx context.Context, found []people.Person) (map[string][]string, error) {
	out := map[string][]string{}
	for start := 0; start < len(found); start += pageSize {
		part := found[start:min(start+pageSize, len(found))]
		args := make([]any, pageSize) // always as many, so that the query is prepared once
		for i := range args {
			args[i] = ""
			if i < len(part) {
				args[i] = part[i].ID
			}
		}
		var list []struct {
			ID   string `db:"id"`
			Name string `db:"name"`
		}
		if err := m.d.DB.Select(ctx, &list, classQuery, args...); err != nil {
			return nil, fmt.Errorf("classes of people: %w", err)
		}
		for _, c := range list {
			out[c.ID] = append(out[c.ID], people.ClassOf(c.Name))
		}
	}
	return out, nil
}

// classQuery finds the classes of pageSize people.
var classQuery = func() string {
	places := make([]string, pageSize)
	for i := range places {
		places[i] = place(i + 1)
	}
	in := strings.Join(places, ", ")
	return `
		SELECT member.person_id AS id, grp.name FROM member JOIN grp ON grp.id = member.grp_id
		WHERE grp.kind = 'class' AND grp.ended = 0 AND member.person_id IN (` + in + `)
		UNION
		SELECT guardian.guardian_id AS id, grp.name FROM guardian
		JOIN member ON member.person_id = guardian.child_id AND member.lead = 0 JOIN grp ON grp.id = member.grp_id
		WHERE grp.kind = 'class' AND grp.ended = 0 AND guardian.guardian_id IN (` + in + `)
		ORDER BY id, name`
}()
