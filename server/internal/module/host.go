package module

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/auth"
	"schulhof/server/internal/blob"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/notify"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

//go:embed migrations
var migrations embed.FS

// Options are what a Host is made of. All fields but Cost are required.
type Options struct {
	Config  config.Config
	Log     *slog.Logger
	Now     func() time.Time
	Version string
	Modules []func(Deps) Module
	// Cost of password hashes; the zero value is the standard one. Tests lower it.
	Cost auth.Cost
}

// Host is a running server without its listener.
type Host struct {
	deps    Deps
	router  *web.Router
	modules []Module
	metrics *prometheus.Registry
	hasher  *auth.Hasher
	version string
	logo    []byte
	lock    *os.File
	work    *background
}

// open is what callers have open: event streams, and all requests under way.
type open struct {
	*notify.Hub
	router *web.Router // set before the first request
}

// Cut implements auth.Streams.
func (o *open) Cut(ctx context.Context, personID string) { o.router.Cut(ctx, personID) }

// UnderWay implements auth.Streams.
func (o *open) UnderWay() int { return o.router.UnderWay() }

// NewHost opens the data folder, which no other server may be using, brings all
// tables up to date, and mounts the routes of the modules.
func NewHost(ctx context.Context, o Options) (_ *Host, err error) {
	if err := o.Config.Check(); err != nil {
		return nil, err
	}
	h := &Host{version: o.Version, metrics: prometheus.NewRegistry()}
	h.deps = Deps{Log: o.Log, Now: o.Now, ID: NewIDs(o.Now), Config: o.Config, Modules: h.Modules}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(ctx))
		}
	}()
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	if h.logo, err = o.Config.School.ReadLogo(); err != nil {
		return nil, err
	}
	if h.hasher, err = auth.NewHasher(o.Cost); err != nil {
		return nil, err
	}
	h.deps.Events = notify.New(notify.Options{Log: o.Log})
	key, err := serverKey(o.Config.Data, true)
	if err != nil {
		return nil, err
	}
	h.deps.Audit = audit.New(key.audit(), o.Now)
	h.deps.School = school.New(school.Options{DB: h.deps.DB, Now: o.Now, Defaults: schoolDefaults(&o.Config)})
	streams := &open{Hub: h.deps.Events}
	h.deps.Auth = auth.New(auth.Options{
		DB: h.deps.DB, Log: o.Log, Now: o.Now, ID: h.deps.ID, Hasher: h.hasher, Streams: streams,
		Audit: h.deps.Audit, School: h.deps.School, Key: key.secrets(), Idle: o.Config.IdleSignOut, Modules: h.visible,
	})
	h.deps.Events.SetAlive(h.deps.Auth.Alive)
	if h.work, err = newBackground(ctx, &h.deps); err != nil {
		return nil, err
	}
	proxies, err := o.Config.Proxies()
	if err != nil {
		return nil, err
	}
	h.collect()
	h.router = web.NewRouter(web.Options{
		Auth: h.deps.Auth, Log: o.Log, Now: o.Now, Version: o.Version, Metrics: h.metrics, TrustedProxies: proxies,
		Off: h.off, Alive: h.deps.Auth.Alive,
	})
	streams.router = h.router
	h.routes()
	h.deps.Auth.Mount(h.router)
	(&school.Routes{Store: h.deps.School, Audit: h.deps.Audit, Modules: h.switchable}).Mount(h.router)
	if err := h.mount(ctx, o.Modules); err != nil {
		return nil, err
	}
	h.work.start(ctx, &h.deps)
	return h, nil
}

// open opens what is kept, and brings the tables of the server's own parts up to date.
func (h *Host) open(ctx context.Context) (err error) {
	c := &h.deps.Config
	if h.lock, err = lockData(c.Data); err != nil {
		return err
	}
	if h.deps.DB, err = db.Open(ctx, c.DSN()); err != nil {
		return err
	}
	if h.deps.Blobs, err = blob.Open(filepath.Join(c.Data, "blobs"), h.deps.Log); err != nil {
		return err
	}
	own, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	for _, m := range []struct {
		name string
		fsys fs.FS
	}{{"server", own}, {"people", people.Migrations()}, {"auth", auth.Migrations()}, {"school", school.Migrations()}, {"audit", audit.Migrations()}} {
		if err := h.deps.DB.Migrate(ctx, m.name, m.fsys); err != nil {
			return err
		}
	}
	return nil
}

// mount makes the modules.
func (h *Host) mount(ctx context.Context, modules []func(Deps) Module) error {
	for _, newModule := range modules {
		m := newModule(h.deps)
		if err := h.deps.DB.Migrate(ctx, m.Name(), m.Migrations()); err != nil {
			return err
		}
		h.modules = append(h.modules, m)
		if _, fixed := m.(Fixed); !fixed {
			h.router.Module(m.Name())
		}
		err := m.Mount(ctx, h.router)
		h.router.Module("")
		if err != nil {
			return fmt.Errorf("module %s: %w", m.Name(), err)
		}
	}
	return nil
}

// visible gives the names of the modules that a person may use.
func (h *Host) visible(ctx context.Context, c web.Caller) ([]string, error) {
	names := make([]string, 0, len(h.modules))
	for _, m := range h.modules {
		if v, ok := m.(Visible); ok && !v.Visible(c) {
			continue
		}
		off, err := h.off(ctx, m.Name(), c)
		if err != nil {
			return nil, err
		}
		if _, fixed := m.(Fixed); fixed || !off {
			names = append(names, m.Name())
		}
	}
	return names, nil
}

// off says whether the school has switched a module off for a caller.
func (h *Host) off(ctx context.Context, name string, c web.Caller) (bool, error) {
	state, err := h.deps.School.Now(ctx)
	if err != nil {
		return false, err
	}
	return state.Off(name, c.Person.Role), nil
}

// switchable gives the names of the modules that a school can switch off.
func (h *Host) switchable() []string {
	names := make([]string, 0, len(h.modules))
	for _, m := range h.modules {
		if _, fixed := m.(Fixed); !fixed {
			names = append(names, m.Name())
		}
	}
	return names
}

// schoolDefaults are the settings of a school that has saved none.
func schoolDefaults(c *config.Config) wire.Settings {
	s := school.Default()
	s.Name, s.Place, s.Imprint, s.Login = c.School.Name, c.School.Place, c.School.Imprint, c.School.LoginHint
	s.RulesOff = c.Passwords.Off
	return s
}

// Handler answers requests.
func (h *Host) Handler() http.Handler { return h.router }

// Router is the list of all routes.
func (h *Host) Router() *web.Router { return h.router }

// Deps are what the modules were given.
func (h *Host) Deps() Deps { return h.deps }

// Modules are the modules, in their order.
func (h *Host) Modules() []Module { return slices.Clone(h.modules) }

// Hasher is what hashes the passwords.
func (h *Host) Hasher() *auth.Hasher { return h.hasher }

// EndStreams ends the event streams, which would otherwise keep a stopping server
// waiting. Requests that are under way go on.
func (h *Host) EndStreams() { h.deps.Events.Close() }

// Close closes what is kept. The listener is closed and no request is under way by then.
func (h *Host) Close(ctx context.Context) error {
	var errs []error
	if h.deps.Events != nil {
		h.deps.Events.Close()
	}
	h.work.stop()
	for _, m := range slices.Backward(h.modules) {
		if c, ok := m.(Closer); ok {
			errs = append(errs, c.Close(ctx))
		}
	}
	if h.deps.Auth != nil {
		h.deps.Auth.Close()
	}
	if h.deps.Blobs != nil {
		errs = append(errs, h.deps.Blobs.Close())
	}
	if h.deps.DB != nil {
		errs = append(errs, h.deps.DB.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}

// collect registers what is counted beside requests.
func (h *Host) collect() {
	h.metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "schulhof_event_streams", Help: "Event streams that are open.",
		}, func() float64 { return float64(h.deps.Events.Streams()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "schulhof_password_hashes_total", Help: "Passwords hashed.",
		}, func() float64 { return float64(h.hasher.Count()) }),
	)
}
