package files

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/blob"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// childFolder is the environment variable by which this test program becomes a
// server on a folder, in a process of its own that can be killed and measured.
const childFolder = "FILES_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := serveChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

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
func startChild(t testing.TB, dir string, env ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childFolder+"="+dir), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		_ = cmd.Process.Kill()
		t.Fatalf("the server does not start: %q %v", line, err)
	}
	return cmd, url
}
