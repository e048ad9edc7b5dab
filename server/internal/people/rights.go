package people

import (
	"context"
	"slices"

	"schulhof/server/internal/db"
	"schulhof/server/wire"
)

// Deed is something that not everybody may do. Its name is part of the protocol.
type Deed string

// The deeds.
const (
	ReadPeople     Deed = "people.read"      // the list of people and what is known of one
	EditPeople     Deed = "people.edit"      // create and change
	LockPeople     Deed = "people.lock"      // lock, restrict, let leave and come back
	LiftSlowDown   Deed = "people.slow_down" // let somebody try again after wrong passwords
	ResetPassword  Deed = "people.reset"     // give a one-time code in place of the password
	DropSecondStep Deed = "people.second_step"
	RenewStart     Deed = "people.start"  // renew first passwords
	GiveRights     Deed = "people.rights" // administrator, head, moderator
	MergePeople    Deed = "people.merge"
	Invite         Deed = "guardians.invite" // print registration letters, see who has registered
	EditGroups     Deed = "groups.edit"
	ImportLists    Deed = "import"
	ReadLog        Deed = "log.read"
	EditSettings   Deed = "settings.edit"
	EditTerms      Deed = "terms.edit"
	SwitchModules  Deed = "modules.switch"
)

// Reach says with whom a deed may be done.
type Reach string

// The reaches.
const (
	Nobody     Reach = ""
	OwnClasses Reach = "own_classes" // students of the classes that one leads
	Everybody  Reach = "all"
)

// Title is what a right is tied to: a role, or an extra office.
type Title string

// The titles beside the roles of wire.
const (
	ClassLead     Title = "class_lead" // leads a class
	Head          Title = "head"
	Moderator     Title = "moderator"
	Administrator Title = "administrator" // who has just given the password again
)

// Titles are all titles in the order in which they are shown.
var Titles = []Title{
	Title(wire.RoleStudent), Title(wire.RoleGuardian), Title(wire.RoleTeacher), Title(wire.RoleStaff),
	ClassLead, Head, Moderator, Administrator,
}

// Right is one line of the table: who may do a deed, and with whom. Whom it does
// not name may not.
type Right struct {
	Deed Deed
	Who  map[Title]Reach
}

// rights is what may be done by whom. Handlers ask it; GET /api/v1/rights shows it.
var rights = []Right{
	{ReadPeople, map[Title]Reach{ClassLead: OwnClasses, Administrator: Everybody}},
	{EditPeople, map[Title]Reach{Administrator: Everybody}},
	{LockPeople, map[Title]Reach{Administrator: Everybody}},
	{LiftSlowDown, map[Title]Reach{ClassLead: OwnClasses, Administrator: Everybody}},
	{ResetPassword, map[Title]Reach{ClassLead: OwnClasses, Administrator: Everybody}},
	{DropSecondStep, map[Title]Reach{Administrator: Everybody}},
	{RenewStart, map[Title]Reach{ClassLead: OwnClasses, Administrator: Everybody}},
	{GiveRights, map[Title]Reach{Administrator: Everybody}},
	{MergePeople, map[Title]Reach{Administrator: Everybody}},
	{Invite, map[Title]Reach{ClassLead: OwnClasses, Administrator: Everybody}},
	{EditGroups, map[Title]Reach{Administrator: Everybody}},
	{ImportLists, map[Title]Reach{Administrator: Everybody}},
	{ReadLog, map[Title]Reach{Administrator: Everybody}},
	{EditSettings, map[Title]Reach{Administrator: Everybody}},
	{EditTerms, map[Title]Reach{Administrator: Everybody}},
	{SwitchModules, map[Title]Reach{Administrator: Everybody}},
}

// Rights gives the table.
func Rights() []Right { return slices.Clone(rights) }

// Holder is who wants to do something. Admin means that the password was just given again.
type Holder struct {
	ID                     string
	Role                   wire.Role
	Admin, Head, Moderator bool
}

// ReachOf says with whom a holder may do a deed, where lead says whether the holder
// leads a class. A deed that the table does not know may nobody do.
func ReachOf(h Holder, deed Deed, lead bool) Reach {
	titles := []Title{Title(h.Role)}
	for title, has := range map[Title]bool{ClassLead: lead, Head: h.Head, Moderator: h.Moderator, Administrator: h.Admin} {
		if has {
			titles = append(titles, title)
		}
	}
	found := Nobody
	for _, r := range rights {
		if r.Deed != deed {
			continue
		}
		for _, title := range titles {
			if reach := r.Who[title]; reach == Everybody || reach == OwnClasses && found == Nobody {
				found = reach
			}
		}
	}
	return found
}

// May says whether a holder may do a deed with a person; with the empty id, whether
// with everybody.
func May(ctx context.Context, c db.Conn, h Holder, deed Deed, personID string) (bool, error) {
	switch ReachOf(h, deed, true) {
	case Everybody:
		return true, nil
	case OwnClasses:
		if personID == "" {
			return false, nil
		}
		return Leads(ctx, c, h.ID, personID)
	case Nobody:
	}
	return false, nil
}
