package files

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/killtest"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

func TestMain(m *testing.M) { killtest.Main(m, serveChild) }

// serveChild serves lena's home in a folder until the process is killed.
func serveChild(dir string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "school.db"))
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, "people", people.Migrations()); err != nil {
		return err
	}
	if err := d.Migrate(ctx, "files", (&Module{}).Migrations()); err != nil {
		return err
	}
	blobs, err := blob.Open(filepath.Join(dir, "blobs"), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	lena := people.Person{ID: "p-lena", Login: "lena", Given: "Lena", Family: "Weber", Role: wire.RoleStudent}
	if _, err := people.ByID(ctx, d, lena.ID); err != nil {
		if err := people.Create(ctx, d, &lena); err != nil {
			return err
		}
	}
	s := &school{people: map[string]*people.Person{"lena": &lena}}
	s.store = newStore(d, blobs, noEvents{})
	s.store.quotas.student = 1 << 40
	router := web.NewRouter(web.Options{Auth: s, Log: slog.New(slog.DiscardHandler), Now: time.Now, Metrics: prometheus.NewRegistry()})
	s.store.mount(router)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("ready http://%s\n", listener.Addr())
	return web.NewServer(router).Serve(listener)
}

type noEvents struct{}

func (noEvents) Root(string, int64, []string) {}

// startChild starts the server process and gives its address.
func startChild(t testing.TB, dir string) (*killtest.Child, string) {
	t.Helper()
	c := killtest.Start(t, dir)
	return c, c.Ready(t)
}
