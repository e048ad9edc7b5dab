// Package module holds the server together: what a module is, what it is given,
// and the host that runs all of them over one database.
//
// A module's life: [NewHost] makes it from its [Deps], brings its tables up to
// date, and mounts its routes; then requests come in, until [Host.Close]. A module
// that has work of its own in the background implements [Closer].
package module

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/blob"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/mail"
	"schulhof/server/internal/notify"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
	"schulhof/server/internal/translate"
	"schulhof/server/internal/web"
)

// Deps is what a module is given, once.
type Deps struct {
	DB     *db.DB
	Blobs  *blob.Store
	Auth   *auth.Auth
	Events *notify.Hub
	School *school.Store
	Audit  *audit.Log
	Jobs   *jobs.Jobs // kinds are registered in Mount
	Mail   *mail.Mail
	Tongue *translate.Service
	Log    *slog.Logger
	Now    func() time.Time
	ID     func() string // 26 characters, later ones sort behind earlier ones
	Config config.Config
	// Modules gives all modules, once they are mounted.
	Modules func() []Module
}

// Module is one module of the server.
type Module interface {
	Name() string      // of its tables and in the session's list of modules
	Migrations() fs.FS // goose's files; may refer to the tables of people
	Mount(ctx context.Context, r *web.Router) error
}

// Visible is a module that not everybody may use.
type Visible interface {
	Visible(c web.Caller) bool
}

// Fixed is a module that a school cannot switch off.
type Fixed interface {
	Fixed()
}

// Closer is a module that must be told when the server stops. No request is under
// way by then.
type Closer interface {
	Close(ctx context.Context) error
}

// Demo is a module that has something to show in the demo school.
type Demo interface {
	// Demo fills the module's tables. It is called once, on empty tables.
	Demo(ctx context.Context, school DemoSchool) error
}

// DemoSchool is who is at the demo school.
type DemoSchool struct {
	Persons []people.Person
	Groups  []DemoGroup
}

// DemoGroup is a group with its members.
type DemoGroup struct {
	people.Group
	Members []DemoMember
}

// DemoMember is a member of a group.
type DemoMember struct {
	PersonID string
	Lead     bool
}

// Person gives a person by id.
func (s *DemoSchool) Person(id string) (people.Person, bool) {
	for i := range s.Persons {
		if s.Persons[i].ID == id {
			return s.Persons[i], true
		}
	}
	return people.Person{}, false
}
