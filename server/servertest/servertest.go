// Package servertest runs a whole server inside of a test: the real host with all
// modules, on a free port of the loopback, over a fresh SQLite file.
//
// It holds the accounts of the demo school that the documentation names (see
// package demo), with passwords hashed cheaply; Full asks for all of them.
package servertest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"schulhof/server/internal/auth"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/demo"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules"
	"schulhof/server/internal/porttest"
	"schulhof/server/internal/web"
)

// Passwords of the demo school.
const (
	Password     = demo.Password
	TomsPassword = demo.TomsPassword
)

// cheap is what a password hash costs in tests.
var cheap = auth.Cost{MemoryKiB: 8, Passes: 1}

// Option changes the server that Start starts.
type Option func(*options)

type options struct {
	config  config.Config
	full    bool
	empty   bool
	cost    auth.Cost
	modules []func(module.Deps) module.Module
	now     func() time.Time
	log     slog.Level
}

// Full fills in all accounts of the demo school.
func Full() Option { return func(o *options) { o.full = true } }

// Empty leaves the demo school out.
func Empty() Option { return func(o *options) { o.empty = true } }

// Database runs the server over that database.
func Database(dsn string) Option { return func(o *options) { o.config.Database = dsn } }

// Configure changes the settings.
func Configure(change func(*config.Config)) Option { return func(o *options) { change(&o.config) } }

// Modules runs other modules than the server's own.
func Modules(list ...func(module.Deps) module.Module) Option {
	return func(o *options) { o.modules = list }
}

// RealPasswords makes password hashes cost what they cost in a school.
func RealPasswords() Option { return func(o *options) { o.cost = auth.StandardCost } }

// Now gives the server another clock.
func Now(now func() time.Time) Option { return func(o *options) { o.now = now } }

// Server is a running server.
type Server struct {
	URL  string // http://127.0.0.1:PORT, without a slash
	Dir  string // the data folder
	DB   *db.DB
	Host *module.Host
	Log  *Log

	options options
	addr    string
	http    *http.Server
	ended   chan error
}

// Start starts a server, which stops when the test ends.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := options{config: config.Default(), cost: cheap, modules: modules.All, now: time.Now, log: slog.LevelInfo}
	o.config.Listen, o.config.Data, o.config.School = "127.0.0.1:0", t.TempDir(), demo.School()
	for _, opt := range opts {
		opt(&o)
	}
	s := &Server{Dir: o.config.Data, Log: &Log{}, options: o, addr: o.config.Listen}
	t.Cleanup(func() {
		s.Stop(t)
		if t.Failed() && s.Log.String() != "" {
			t.Logf("the end of the server's log:\n%s", s.Log.tail(4000))
		}
	})
	s.Restart(t)
	return s
}

// Each runs a test against a server on SQLite and against one on PostgreSQL.
func Each(t *testing.T, fn func(t *testing.T, s *Server), opts ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Start(t, opts...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Start(t, append(opts, Database(dbtest.Postgres(t)))...)) })
}

// Restart starts a stopped server again, on the same address with the same data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	host, err := module.NewHost(ctx, module.Options{
		Config: s.options.config, Log: slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: s.options.log})),
		Now: s.options.now, Version: "test", Modules: s.options.modules, Cost: s.options.cost,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Host, s.DB = host, host.Deps().DB
	if !s.options.empty {
		if err := demo.Seed(ctx, host, s.options.full); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL == "" {
		porttest.Hold(t, l) // between Stop and Restart
	}
	s.addr = l.Addr().String()
	s.URL = "http://" + s.addr
	s.http = web.NewServer(host.Handler())
	s.http.RegisterOnShutdown(host.EndStreams)
	s.http.ErrorLog = slog.NewLogLogger(slog.NewJSONHandler(s.Log, nil), slog.LevelInfo)
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.http.Serve(l) }()
}

// Stop stops the server as a signal would; again does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		t.Logf("requests were still under way: %v", err)
		s.http.Close()
	}
	if err := <-s.ended; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("serve: %v", err)
	}
	if err := s.Host.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	s.http = nil
}

// Cut ends all connections at once and stops the server, like a pulled plug for
// its clients.
func (s *Server) Cut(t testing.TB) {
	t.Helper()
	if s.http != nil {
		s.http.Close()
	}
	s.Stop(t)
}

// PersonID gives the id of the person with that login.
func (s *Server) PersonID(t testing.TB, login string) string {
	t.Helper()
	var id string
	if err := s.DB.Get(t.Context(), &id, `SELECT id FROM person WHERE login = $1`, login); err != nil {
		t.Fatalf("person %s: %v", login, err)
	}
	return id
}

// GroupID gives the id of the group with that slug.
func (s *Server) GroupID(t testing.TB, slug string) string {
	t.Helper()
	var id string
	if err := s.DB.Get(t.Context(), &id, `SELECT id FROM grp WHERE slug = $1`, slug); err != nil {
		t.Fatalf("group %s: %v", slug, err)
	}
	return id
}

// Lock locks an account, as an administrator would.
func (s *Server) Lock(t testing.TB, login, reason string) {
	t.Helper()
	if err := s.Host.Deps().Auth.Lock(t.Context(), s.PersonID(t, login), time.Time{}, reason); err != nil {
		t.Fatalf("lock %s: %v", login, err)
	}
}

// DataFile reads a file of the data folder.
func (s *Server) DataFile(t testing.TB, name string) []byte {
	t.Helper()
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	data, err := root.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
