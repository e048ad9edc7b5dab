// Package admin is the module of administration: people and groups, lists that are
// taken in, leaving and deletion, the log, and everybody's copy of the own data.
//
// Words: the reach of a deed is with whom the asker may do it, everybody or the
// students of the classes that the asker leads, and it is in the WHERE clause; a
// consent lets one administrator read what the log says of a named person, and a
// second administrator gives it.
package admin

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/intake"
	"schulhof/server/internal/module"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

//go:embed migrations
var migrations embed.FS

// Name is the name of the module.
const Name = "admin"

// Module is the administration of a server.
type Module struct {
	d      module.Deps
	intake *intake.Intake
}

// New makes the module.
func New(d module.Deps) module.Module {
	return &Module{d: d, intake: intake.New(intake.Deps{DB: d.DB, School: d.School, Audit: d.Audit, Now: d.Now, ID: d.ID})}
}

// Name implements module.Module.
func (*Module) Name() string { return Name }

// Fixed implements module.Fixed: what switches modules cannot be switched off.
func (*Module) Fixed() {}

// Migrations implements module.Module.
func (*Module) Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Visible implements module.Visible: administrators see it, and those who lead a class.
func (m *Module) Visible(c web.Caller) bool {
	if c.Admin || c.Person.Role == wire.RoleStudent || c.Person.Role == wire.RoleGuardian {
		return c.Admin
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	lead, err := m.leads(ctx, c.Person.ID)
	if err != nil {
		m.d.Log.WarnContext(ctx, "who leads a class", slog.Any("error", err))
	}
	return lead
}

// Mount implements module.Module.
func (m *Module) Mount(_ context.Context, r *web.Router) error {
	m.jobs()
	m.d.Auth.OnDeed(func(ctx context.Context) { m.changed(ctx) })
	op := func(method, path string, access web.Access, summary string) web.Op {
		return web.Op{Method: method, Path: path, Access: access, Summary: summary, Tag: Name}
	}
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	web.Handle(r, op(get, "/api/v1/people", web.SignedIn, "People, by name"), m.getPeople)
	web.Handle(r, op(post, "/api/v1/people", web.Administrator, "A new person"), m.postPerson)
	web.Handle(r, op(get, "/api/v1/people/{id}", web.SignedIn, "One person"), m.getPerson)
	web.Handle(r, op(put, "/api/v1/people/{id}", web.Administrator, "Change a person"), m.putPerson)
	web.Handle(r, op(put, "/api/v1/people/{id}/children/{child}", web.Administrator, "Make somebody the guardian of a child"), m.putChild)
	web.Handle(r, op(del, "/api/v1/people/{id}/children/{child}", web.Administrator, "End that somebody is the guardian of a child"), m.deleteChild)
	web.Handle(r, op(post, "/api/v1/people/merge", web.Administrator, "Make one guardian of two"), m.postMerge)

	web.Handle(r, op(get, "/api/v1/groups", web.SignedIn, "Groups with who leads them"), m.getGroups)
	web.Handle(r, op(post, "/api/v1/groups", web.Administrator, "A new group"), m.postGroup)
	web.Handle(r, op(put, "/api/v1/groups/{id}", web.Administrator, "Rename a group"), m.putGroup)
	web.Handle(r, op(del, "/api/v1/groups/{id}", web.Administrator, "End a group"), m.deleteGroup)
	web.Handle(r, op(put, "/api/v1/groups/{id}/members/{person}", web.Administrator, "Put somebody into a group"), m.putMember)
	web.Handle(r, op(del, "/api/v1/groups/{id}/members/{person}", web.Administrator, "Take somebody out of a group"), m.deleteMember)
	web.Handle(r, op(post, "/api/v1/groups/{id}/start-codes", web.SignedIn, "Renew the first passwords of a class"), m.postStartCodes)

	r.Raw(op(post, "/api/v1/imports/{kind}", web.Administrator, "Preview a list: the body is the file, map=Nachname=Column its columns"), http.HandlerFunc(m.postImport))
	web.Handle(r, op(get, "/api/v1/imports", web.Administrator, "How far one's own work with a list is"), m.getProgress)
	web.Handle(r, op(get, "/api/v1/imports/{id}", web.Administrator, "A preview once more"), m.getImport)
	web.Handle(r, op(post, "/api/v1/imports/{id}/decide", web.Administrator, "Settle unclear lines"), m.postDecide)
	web.Handle(r, op(post, "/api/v1/imports/{id}/confirm", web.Administrator, "Take the list in"), m.postConfirm)
	web.Handle(r, op(del, "/api/v1/imports/{id}", web.Administrator, "Forget a preview"), m.deleteImport)

	web.Handle(r, op(post, "/api/v1/log", web.Administrator, "Read the log, with a reason"), m.postLog)
	web.Handle(r, op(get, "/api/v1/log/consents", web.Administrator, "Consents to read the log of a person"), m.getConsents)
	web.Handle(r, op(post, "/api/v1/log/consents", web.Administrator, "Ask for a consent"), m.postConsent)
	web.Handle(r, op(post, "/api/v1/log/consents/{id}", web.Administrator, "Give a consent"), m.giveConsent)

	r.Raw(op(get, "/api/v1/account/export", web.TermsPending, "All that the school holds on me, as a ZIP file"), http.HandlerFunc(m.getExport))
	return nil
}

// ByID is a request that names a person or thing.
type ByID struct {
	ID string `path:"id" maxLength:"64"`
}

type none struct{}

// leads says whether a person leads a class.
func (m *Module) leads(ctx context.Context, personID string) (bool, error) {
	var n int
	err := m.d.DB.Get(ctx, &n, `
		SELECT COUNT(*) FROM member JOIN grp ON grp.id = member.grp_id
		WHERE member.person_id = $1 AND member.lead = 1 AND grp.kind = 'class' AND grp.ended = 0`, personID)
	return n > 0, err
}

// reach says with whom the caller may do a deed. It refuses one who may with nobody:
// with admin_confirm an administrator who has to give the password again.
func (m *Module) reach(ctx context.Context, deed people.Deed) (people.Reach, error) {
	c := web.CallerFrom(ctx)
	lead, err := m.leads(ctx, c.Person.ID)
	if err != nil {
		return people.Nobody, err
	}
	h := people.Holder{ID: c.Person.ID, Role: c.Person.Role, Admin: c.Elevated, Head: c.Head, Moderator: c.Moderator}
	if r := people.ReachOf(h, deed, lead); r != people.Nobody {
		return r, nil
	}
	if h.Admin = c.Admin; people.ReachOf(h, deed, lead) != people.Nobody {
		return people.Nobody, web.ErrConfirm
	}
	return people.Nobody, web.ErrForbidden
}

// tx runs a change of the caller's.
func (m *Module) tx(ctx context.Context, do func(ctx context.Context, tx *db.Tx, by string) error) error {
	by := web.CallerFrom(ctx).Person.ID
	return m.d.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { return do(ctx, tx, by) })
}

// changed tells the clients of people that their groups or names are others now, and
// administrators and class leads that there is something new to see.
func (m *Module) changed(ctx context.Context, ids ...string) {
	if len(ids) > 0 {
		m.d.Events.Publish(wire.Event{Kind: wire.EventReset}, ids)
	}
	var see []string
	err := m.d.DB.Select(context.WithoutCancel(ctx), &see, `
		SELECT id FROM person WHERE admin = 1
		UNION
		SELECT member.person_id FROM member JOIN grp ON grp.id = member.grp_id
		WHERE member.lead = 1 AND grp.kind = 'class' AND grp.ended = 0`)
	if err != nil {
		m.d.Log.WarnContext(ctx, "administrators not told of a change", slog.Any("error", err))
		return
	}
	m.d.Events.Publish(wire.Event{Kind: wire.EventModule, Module: Name}, see)
}
