package guardians

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // letters bear the school's time, also where the system knows no zones

	"schulhof/server/internal/db"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/module"
	"schulhof/server/internal/web"
)

//go:embed migrations
var migrations embed.FS

// Kinds of jobs.
const (
	jobReset = "guardians.reset"
	jobPrune = "guardians.prune"
)

// keepLinks is how long used and expired links and codes are remembered, so that who
// follows one again is told what became of it.
const keepLinks = 365 * 24 * time.Hour

// Module is the registration of guardians.
type Module struct {
	module.Deps
	pages *pages
	zone  *time.Location
	codes *limiter // wrong codes
	posts *limiter // requests for new passwords
	guard *http.CrossOriginProtection
}

// New makes the module.
func New(d module.Deps) module.Module {
	return &Module{Deps: d, codes: newLimiter(20), posts: newLimiter(20)}
}

// Name implements module.Module.
func (m *Module) Name() string { return "guardians" }

// Fixed implements module.Fixed: without an account a guardian reaches nothing.
func (m *Module) Fixed() {}

// Visible implements module.Visible: the client has no page of this name.
func (m *Module) Visible(web.Caller) bool { return false }

// Migrations implements module.Module.
func (m *Module) Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Mount implements module.Module.
func (m *Module) Mount(_ context.Context, r *web.Router) (err error) {
	if m.pages, err = newPages(); err != nil {
		return err
	}
	if m.zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
		return fmt.Errorf("the school's time: %w", err)
	}
	m.guard = http.NewCrossOriginProtection()
	if err := m.guard.AddTrustedOrigin(m.Config.Address()); err != nil {
		return fmt.Errorf("address of the pages: %w", err)
	}
	m.Auth.OnAccount(m.newEmail)
	m.Jobs.RegisterTx(jobReset, m.resetJob, jobs.Policy{})
	m.Jobs.RegisterTx(jobPrune, m.prune, jobs.Policy{})
	m.Jobs.Every(jobPrune, 24*time.Hour)
	m.mountPages(r)
	m.mountAPI(r)
	return nil
}

// prune forgets what nobody follows any more.
func (m *Module) prune(ctx context.Context, tx *db.Tx, _ json.RawMessage) error {
	before := m.Now().Add(-keepLinks).UnixMilli()
	for _, query := range []string{
		`DELETE FROM guardian_link WHERE until < $1`,
		`DELETE FROM guardian_code WHERE until < $1`,
	} {
		if _, err := tx.Exec(ctx, query, before); err != nil {
			return fmt.Errorf("forget old links: %w", err)
		}
	}
	return nil
}

// MergePerson moves what is kept of one guardian to another, who is the same person:
// a letter that is under way stays good.
func (m *Module) MergePerson(ctx context.Context, tx *db.Tx, into, from string) error {
	if _, err := tx.Exec(ctx, `UPDATE guardian_code SET person_id = $1 WHERE person_id = $2`, into, from); err != nil {
		return fmt.Errorf("codes of %s: %w", from, err)
	}
	return nil
}

// address is where people reach the server, without the scheme, as they type it.
func (m *Module) host() string {
	_, host, _ := strings.Cut(m.Config.Address(), "://")
	return host
}
