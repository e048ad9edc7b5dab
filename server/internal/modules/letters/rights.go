package letters

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// asker is who asks.
type asker struct {
	ID    string
	Name  string
	Head  bool
	Admin bool // may administrate now
	Staff bool // a teacher or a member of the staff
}

func askerOf(ctx context.Context) asker {
	c := web.CallerFrom(ctx)
	return asker{
		ID: c.Person.ID, Name: c.Person.Name(), Head: c.Head, Admin: c.Elevated,
		Staff: c.Person.Role == wire.RoleTeacher || c.Person.Role == wire.RoleStaff,
	}
}

// writerOf gives who asks, or refuses those who write no letters.
func writerOf(ctx context.Context) (asker, error) {
	a := askerOf(ctx)
	if !a.Staff {
		return a, web.ErrForbidden
	}
	return a, nil
}

// mayWide is a condition on a person wp: may write to all, to years and to the staff.
const mayWide = `wp.role IN ('teacher', 'staff') AND wp.state = 'active'
	AND (wp.head = 1 OR EXISTS (SELECT 1 FROM letter_wide lw WHERE lw.person = wp.id))`

// wide says whether a person may write to all, to years and to the staff.
func wide(ctx context.Context, c db.Conn, person string) (bool, error) {
	var n int
	err := c.Get(ctx, &n, `SELECT COUNT(*) FROM person wp WHERE wp.id = $1 AND `+mayWide, person)
	if err != nil {
		return false, fmt.Errorf("right of %s to write to all: %w", person, err)
	}
	return n > 0, nil
}

// ownGroup is a condition on a group g: the person $%s may address it without the wide right.
const ownGroup = `g.kind IN ('class', 'course') AND g.ended = 0 AND EXISTS (
	SELECT 1 FROM member me JOIN person w ON w.id = me.person_id
	WHERE me.grp_id = g.id AND me.person_id = %s AND w.role IN ('teacher', 'staff'))`

// mayRead is a condition on a box b of a letter l: it is its person's to see. A guardian
// sees a letter as long as it concerns a child that is in the guardian's care.
const mayRead = `l.state = 'sent' AND EXISTS (
	SELECT 1 FROM letter_to t WHERE t.letter = b.letter AND t.person = b.person AND (t.child = '' OR EXISTS (
		SELECT 1 FROM guardian g WHERE g.guardian_id = t.person AND g.child_id = t.child)))`

// orphaned is a condition on a letter whose id is %s: none of its senders is at the
// school any more.
const orphaned = `NOT EXISTS (
	SELECT 1 FROM letter_sender os JOIN person op ON op.id = os.person WHERE os.letter = %s AND op.state <> 'left')`

// standsIn gives a condition on a letter that was sent, whose id is the given column:
// the asker, whose placeholder is me, stands in for its senders. Whoever may write to
// all does so for a letter whose senders have all left.
func standsIn(letter, me string) string {
	return `EXISTS (SELECT 1 FROM person wp WHERE wp.id = ` + me + ` AND ` + mayWide + `) AND ` + fmt.Sprintf(orphaned, letter)
}

// seesRow gives a condition on a row r of a report: the asker sees it. Senders, who
// stands in for them, and the head see all, class leads those of the children in their
// class.
func seesRow(a asker, args *args) string {
	if a.Head && a.Staff {
		return "1 = 1"
	}
	me := args.add(a.ID)
	return `(EXISTS (SELECT 1 FROM letter_sender s WHERE s.letter = r.letter AND s.person = ` + me + `)
		OR r.staff = 0 AND EXISTS (
			SELECT 1 FROM member lm JOIN grp lg ON lg.id = lm.grp_id JOIN member cm ON cm.grp_id = lm.grp_id
			WHERE lm.person_id = ` + me + ` AND lm.lead = 1 AND lg.kind = 'class' AND cm.person_id = r.person AND cm.lead = 0)
		OR ` + standsIn("r.letter", me) + `)`
}

// sender gives a condition on a letter l: the asker is one of its senders.
func sender(a asker, args *args) string {
	return `EXISTS (SELECT 1 FROM letter_sender s WHERE s.letter = l.id AND s.person = ` + args.add(a.ID) + `)`
}

// reporters gives those who see some row of a letter's report, of a child's row where
// one is named.
func reporters(ctx context.Context, c db.Conn, letter, child string) ([]string, error) {
	var ids []string
	err := c.Select(ctx, &ids, `
		SELECT person FROM letter_sender WHERE letter = $1
		UNION SELECT id FROM person WHERE head = 1
		UNION SELECT person FROM letter_wide WHERE `+fmt.Sprintf(orphaned, "$1")+`
		UNION SELECT lm.person_id FROM member cm JOIN grp lg ON lg.id = cm.grp_id AND lg.kind = 'class'
			JOIN member lm ON lm.grp_id = cm.grp_id AND lm.lead = 1
			WHERE cm.person_id = $2 AND cm.lead = 0`, letter, child)
	if err != nil {
		return nil, fmt.Errorf("who sees the report of %s: %w", letter, err)
	}
	return ids, nil
}

// args collects the values of a query.
type args []any

// add gives the placeholder of a further value.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// in gives a list of placeholders; NULL, which equals nothing, for none.
func (a *args) in(values []string) string {
	if len(values) == 0 {
		return "(NULL)"
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = a.add(v)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

var anID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// ids keeps what can be an id, each once.
func ids(values []string) []string {
	seen := map[string]bool{}
	kept := make([]string, 0, len(values))
	for _, v := range values {
		if anID.MatchString(v) && !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}
