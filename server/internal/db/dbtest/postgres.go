//go:build !windows

package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/porttest"
)

// server starts PostgreSQL at the first call and gives its address, up to the
// database's name.
var server = sync.OnceValues(start)

// script makes a cluster in $2 with the programs in $1, serves it on port $3 until
// its input ends, and removes it.
const script = `
trap "" INT TERM HUP
if "$1/initdb" -D "$2/data" -U postgres -A trust --no-sync --locale=C -E UTF8 >"$2/log" 2>&1; then
	"$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
		-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=32MB \
		-c max_connections=200 -c autovacuum=off >>"$2/log" 2>&1 </dev/null &
	cat >/dev/null
	kill -QUIT $!
	wait $!
fi
cd /
rm -rf "$2"
`

func start() (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "schulhof-postgres-")
	if err != nil {
		return "", err
	}
	port, release, err := ownPort()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir, strconv.Itoa(port))
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := asPostgres(cmd, dir); err != nil {
			return "", err
		}
	}
	if _, err := cmd.StdinPipe(); err != nil { // stays open until the test program has ended
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		release()
	}()
	address := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/", port)
	return address, await(address, filepath.Join(dir, "log"), ended)
}

// asPostgres lets cmd run as the user that Debian's package made.
func asPostgres(cmd *exec.Cmd, dir string) error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("a user for PostgreSQL, which does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(dir, int(uid), int(gid))
}

// await waits until the server answers.
func await(address, log string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for {
		d, err := db.Open(ctx, address+"postgres")
		if err == nil {
			return d.Close()
		}
		select {
		case err := <-ended:
			text, _ := os.ReadFile(log)
			return fmt.Errorf("PostgreSQL ended: %w\n%s", err, text)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// programs gives the folder of PostgreSQL's programs, the newest of Debian's.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if p, err := exec.LookPath("initdb"); err == nil && len(found) == 0 {
		found = append(found, p)
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: run make test, which installs it, or give -short")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	if len(found) == 1 {
		return filepath.Dir(found[0]), nil
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// ownPort gives a port that no other program is given until release, although nobody
// listens there yet: a connection over it stays open.
func ownPort() (port int, release func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, err
	}
	defer l.Close()
	out, in, err := porttest.Pair(context.Background(), l)
	if err != nil {
		return 0, nil, err
	}
	release = func() {
		out.Close()
		in.Close()
	}
	return l.Addr().(*net.TCPAddr).Port, release, nil
}
