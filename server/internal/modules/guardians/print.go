package guardians

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"schulhof/server/internal/auth/codes"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/people/slips"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

var errNobody = web.Refuse(http.StatusUnprocessableEntity, wire.CodeNobody, "All of these guardians have an account, or a letter that is still good.")

// pair is a guardian and a child at the school, of a class or of all.
type pair struct {
	GuardianID string    `db:"guardian_id"`
	Login      string    `db:"login"`
	Given      string    `db:"given"`
	Family     string    `db:"family"`
	Registered bool      `db:"registered"`
	Seen       int64     `db:"seen"`
	Address    string    `db:"address"`
	Language   string    `db:"language"`
	ChildID    string    `db:"child_id"`
	ChildGiven string    `db:"child_given"`
	ChildName  string    `db:"child_family"`
	Class      string    `db:"class"`
	Issued     int64     `db:"issued"` // until when the newest code is or was good, 0 = there never was one
	Open       int64     `db:"open"`   // the same of one that is still good, 0 = there is none
	Role       wire.Role `db:"role"`
}

func (p *pair) guardian() wire.Person {
	person := people.Person{ID: p.GuardianID, Login: p.Login, Given: p.Given, Family: p.Family, Role: p.Role}
	return person.Wire()
}

func (p *pair) child() wire.Child {
	return wire.Child{ID: p.ChildID, Name: wire.Person{Given: p.ChildGiven, Family: p.ChildName}.Name(), Class: p.Class}
}

// pairs gives the children of a group, "" = of the school, with their guardians, by
// the children's names; a child whose guardians nobody knows has an empty one.
func (m *Module) pairs(ctx context.Context, c db.Conn, groupID string) ([]pair, error) {
	var found []pair
	err := c.Select(ctx, &found, `
		SELECT COALESCE(p.id, '') AS guardian_id, COALESCE(p.login, '') AS login, COALESCE(p.given, '') AS given,
			COALESCE(p.family, '') AS family, COALESCE(p.role, '') AS role, COALESCE(p.address, '') AS address,
			COALESCE(p.language, '') AS language, COALESCE(p.seen, 0) AS seen,
			CASE WHEN p.password_hash <> '' AND p.must_change = 0 THEN 1 ELSE 0 END AS registered,
			child.id AS child_id, child.given AS child_given, child.family AS child_family,
			COALESCE((SELECT MIN(g.name) FROM member AS inclass JOIN grp AS g ON g.id = inclass.grp_id
				WHERE inclass.person_id = child.id AND inclass.lead = 0 AND g.kind = 'class' AND g.ended = 0), '') AS class,
			COALESCE((SELECT MAX(until) FROM guardian_code WHERE person_id = p.id), 0) AS issued,
			COALESCE((SELECT MAX(until) FROM guardian_code WHERE person_id = p.id AND used_at = 0 AND void = 0 AND until > $2), 0) AS open
		FROM person AS child
		LEFT JOIN (guardian JOIN person AS p ON p.id = guardian.guardian_id AND p.state <> 'left') ON guardian.child_id = child.id
		WHERE child.role = 'student' AND child.state <> 'left'
			AND ($1 = '' OR EXISTS (SELECT 1 FROM member WHERE member.grp_id = $1 AND member.person_id = child.id AND member.lead = 0))
		ORDER BY child.family, child.given, child.id, p.family, p.given, p.id`, groupID, m.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("guardians of %q: %w", groupID, err)
	}
	for i := range found {
		found[i].Class = people.ClassOf(found[i].Class)
	}
	return found, nil
}

// classOf gives the class that a child is in, as lists show it.
func (m *Module) classOf(ctx context.Context, childID string) (string, error) {
	groups, err := people.Groups(ctx, m.DB, childID)
	if err != nil {
		return "", err
	}
	for i := range groups {
		if groups[i].Kind == people.KindClass && !groups[i].Lead {
			return people.ClassOf(groups[i].Name), nil
		}
	}
	return "", nil
}

// States of a guardian in the list.
const (
	stateRegistered = "registered"
	stateInvited    = "invited"
	stateExpired    = "expired"
	stateNone       = "none"
)

// invitations says how far the guardians of a group are.
func (m *Module) invitations(ctx context.Context, groupID string) ([]wire.Invitation, error) {
	list, err := m.pairs(ctx, m.DB, groupID)
	if err != nil {
		return nil, err
	}
	out := make([]wire.Invitation, len(list))
	for i := range list {
		p := &list[i]
		out[i] = wire.Invitation{Guardian: p.guardian(), Child: p.child(), State: stateNone}
		until := int64(0)
		switch {
		case p.Registered:
			out[i].State = stateRegistered
		case p.Open > 0:
			out[i].State, until = stateInvited, p.Open
		case p.Issued > 0:
			out[i].State, until = stateExpired, p.Issued
		}
		out[i].Until, out[i].Seen = moment(until), moment(p.Seen)
	}
	return out, nil
}

func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := time.UnixMilli(ms).UTC()
	return &t
}

// letters prints letters with new codes for the guardians of a group, "" = of the
// school, who have no account. A nil in is all of them.
func (m *Module) letters(ctx context.Context, groupID string, in *wire.NewCodes) (*paper, error) {
	if in == nil {
		in = &wire.NewCodes{}
	}
	list, err := m.pairs(ctx, m.DB, groupID)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(list, in)
	if err != nil {
		return nil, err
	}
	children := list
	if groupID != "" { // a letter names all children, not only those of the class
		if children, err = m.pairs(ctx, m.DB, ""); err != nil {
			return nil, err
		}
	}
	of := map[string][]slips.Child{}
	for i := range children {
		child := children[i].child()
		of[children[i].GuardianID] = append(of[children[i].GuardianID], slips.Child{Name: child.Name, Class: child.Class})
	}
	ids := make([]string, len(chosen))
	for i, p := range chosen {
		ids[i] = p.GuardianID
	}
	issued, err := m.issue(ctx, web.CallerFrom(ctx).Person.ID, groupID, ids)
	if err != nil {
		return nil, err
	}
	papers := make([]slips.Letter, len(issued))
	for i, c := range issued {
		p := chosen[i]
		papers[i] = slips.Letter{
			Name: p.guardian().Name(), Address: lines(p.Address), Children: of[c.PersonID], Code: c.Code,
			Link: m.Config.Address() + "/eltern?code=" + c.Code, ValidUntil: c.Until,
			Language: languageOf(&people.Person{Language: p.Language}),
		}
	}
	head, err := m.letterhead(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := slips.Letters(&out, head, m.Now().In(m.zone), papers); err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	return pdf("elternbriefe", &out), nil
}

// choose gives those who are to get a letter, each once. Who is named and is no
// guardian of the list is refused as not found.
func choose(list []pair, in *wire.NewCodes) ([]*pair, error) {
	wanted, done := map[string]bool{}, map[string]bool{}
	for _, id := range in.Guardians {
		wanted[id] = true
	}
	var chosen []*pair
	for i := range list {
		p := &list[i]
		if p.GuardianID == "" || done[p.GuardianID] || len(wanted) > 0 && !wanted[p.GuardianID] {
			continue
		}
		done[p.GuardianID] = true
		if !p.Registered && (!in.Missing || p.Open == 0) {
			chosen = append(chosen, p)
		}
	}
	for id := range wanted {
		if !done[id] {
			return nil, web.ErrNotFound
		}
	}
	switch {
	case len(chosen) == 0:
		return nil, errNobody
	case len(chosen) > slips.MaxPapers:
		return nil, web.Refuse(http.StatusUnprocessableEntity, wire.CodeTooLarge, "These are too many letters at once. Print them class by class.")
	}
	return chosen, nil
}

// lines are those of an address, which lists separate by commas.
func lines(address string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(address, func(r rune) bool { return r == '\n' || r == ',' || r == ';' }) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// letterhead is what stands at the head of papers.
func (m *Module) letterhead(ctx context.Context) (slips.School, error) {
	state, err := m.School.Now(ctx)
	if err != nil {
		return slips.School{}, err
	}
	head := slips.School{Name: state.Name, Address: lines(state.Address), Server: m.host(), Page: m.Config.Address() + "/eltern"}
	if len(head.Address) == 0 && state.Place != "" {
		head.Address = []string{state.Place}
	}
	return head, nil
}

// slips prints start codes that were made just now; one that counts no more is
// refused, so that no paper says what does not work.
func (m *Module) slips(ctx context.Context, given []wire.StartCode) (*paper, error) {
	all := make([]slips.Slip, len(given))
	reset := slips.Reset{}
	for i := range given {
		c := &given[i]
		p, err := people.ByID(ctx, m.DB, c.ID)
		if err != nil {
			return nil, err
		}
		code := c.Code
		switch {
		case p.StartKind == people.StartBorn && c.Code == "":
			code = "dein Geburtsdatum, TT.MM.JJJJ"
		case p.StartKind != people.StartCode || p.StartHash == "" || codes.HashCode(c.Code) != p.StartHash:
			return nil, web.Refuse(http.StatusConflict, wire.CodeConflict,
				"A start code counts no more: the person has chosen a password, or there is a newer code.", "name", p.Wire().Name())
		}
		class, err := m.classOf(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		all[i] = slips.Slip{
			Name: p.Wire().Name(), Class: class, Login: p.Login, Code: code,
			ValidUntil: time.UnixMilli(p.StartUntil).In(m.zone), Formal: p.Role != wire.RoleStudent,
		}
		if len(given) == 1 && p.ResetAt > 0 {
			by, err := people.ByID(ctx, m.DB, p.ResetBy)
			if err == nil {
				reset = slips.Reset{Slip: all[i], By: by.Wire().Name(), At: time.UnixMilli(p.ResetAt).In(m.zone)}
			}
		}
	}
	head, err := m.letterhead(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if reset.By != "" {
		err = slips.ResetSlip(&out, head, reset)
	} else {
		err = slips.StartSlips(&out, head, m.Now().In(m.zone), all)
	}
	if err != nil {
		return nil, fmt.Errorf("slips: %w", err)
	}
	return pdf("startcodes", &out), nil
}
