package module_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"schulhof/server/internal/auth"
	"schulhof/server/internal/config"
	"schulhof/server/internal/module"
	"schulhof/server/internal/web"
)

func TestIDs(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	next := module.NewIDs(func() time.Time { return now })
	ids := make([]string, 0, 1000)
	for i := range 1000 {
		switch i {
		case 500:
			now = now.Add(time.Millisecond)
		case 700:
			now = now.Add(-time.Hour) // a clock that is put back
		}
		ids = append(ids, next())
	}
	for _, id := range ids {
		if len(id) != 26 || strings.ToLower(id) != id {
			t.Fatalf("id %q", id)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids are not in the order of making")
	}
	if other := module.NewIDs(func() time.Time { return now })(); slices.Contains(ids, other) {
		t.Error("two servers make the same ids")
	}
}

// forum is a module of a test.
type forum struct {
	d      module.Deps
	sql    string
	mount  error
	closed *bool
}

func (f *forum) Name() string { return "forum" }

func (f *forum) Migrations() fs.FS {
	return fstest.MapFS{"00001_forum.sql": {Data: []byte("-- +goose Up\n" + f.sql)}}
}

func (f *forum) Mount(_ context.Context, r *web.Router) error {
	r.Raw(web.Op{Method: http.MethodGet, Path: "/api/v1/forum"}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var n int
		if err := f.d.DB.Get(req.Context(), &n, `SELECT COUNT(*) FROM post`); err != nil {
			web.WriteError(w, req, err)
		}
	}))
	return f.mount
}

func (f *forum) Close(context.Context) error {
	*f.closed = true
	return nil
}

func options(t *testing.T, f *forum) module.Options {
	t.Helper()
	c := config.Default()
	c.Data = t.TempDir()
	return module.Options{
		Config: c, Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "1", Cost: auth.Cost{MemoryKiB: 8, Passes: 1},
		Modules: []func(module.Deps) module.Module{func(d module.Deps) module.Module { f.d = d; return f }},
	}
}

func TestHost(t *testing.T) {
	closed := false
	f := &forum{sql: "CREATE TABLE post (id TEXT PRIMARY KEY);", closed: &closed}
	o := options(t, f)
	for range 2 { // the second time the tables are there
		h, err := module.NewHost(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := module.NewHost(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another server is running") {
			t.Errorf("a second server on the folder: %v", err)
		}
		rec := httptest.NewRecorder()
		h.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/v1/forum", http.NoBody))
		if rec.Code != http.StatusOK {
			t.Errorf("the module's route: %d %s", rec.Code, rec.Body)
		}
		if err := h.Close(t.Context()); err != nil || !closed {
			t.Errorf("close: %v, module closed %v", err, closed)
		}
		closed = false
	}
}

func TestHostThatCannotStart(t *testing.T) {
	closed := false
	good := "CREATE TABLE post (id TEXT PRIMARY KEY);"
	f := &forum{sql: "CREATE TABEL post (id TEXT);", closed: &closed}
	o := options(t, f)
	if _, err := module.NewHost(t.Context(), o); err == nil || !strings.Contains(err.Error(), "forum") {
		t.Errorf("a module whose tables are wrong: %v", err)
	}
	f.sql, f.mount = good, errors.New("no")
	if _, err := module.NewHost(t.Context(), o); !errors.Is(err, f.mount) || !closed {
		t.Errorf("a module that cannot mount: %v, closed %v", err, closed)
	}
	f.mount = nil
	h, err := module.NewHost(t.Context(), o) // the folder is free again
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	o.Config.Listen = "0.0.0.0:1"
	if _, err := module.NewHost(t.Context(), o); err == nil {
		t.Error("settings that cannot work")
	}
}
