package files

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"schulhof/server/internal/jobs"
	"schulhof/server/internal/module"
	"schulhof/server/internal/web"
)

//go:embed migrations
var migrations embed.FS

// Module is the files module of a server.
type Module struct {
	*store
	jobs *jobs.Jobs
}

// New makes the module.
func New(d module.Deps) module.Module {
	return &Module{jobs: d.Jobs, store: &store{
		db: d.DB, blobs: d.Blobs, events: d.Events, log: d.Log, now: d.Now, id: d.ID,
		quotas: quotas{
			student: int64(d.Config.QuotaStudent), teacher: int64(d.Config.QuotaTeacher),
			guardian: int64(d.Config.QuotaGuardian), group: int64(d.Config.QuotaGroup),
		},
		trees: newTrees(d.DB), homes: newHomesFor(d.DB), names: map[string]knownName{},
	}}
}

// Name implements module.Module.
func (m *Module) Name() string { return "files" }

// Migrations implements module.Module.
func (m *Module) Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Mount implements module.Module.
func (m *Module) Mount(_ context.Context, r *web.Router) error {
	m.mount(r)
	m.jobs.Register(collectFiles, func(ctx context.Context, _ json.RawMessage) error { return m.collect(ctx) }, jobs.Policy{})
	m.jobs.Every(collectFiles, 24*time.Hour)
	return nil
}
