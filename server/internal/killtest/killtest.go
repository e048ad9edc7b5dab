// Package killtest lets a test start its own test program once more, as a child that
// is killed in the middle of its work: what it acknowledged before must be there.
package killtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// environment names, in the environment of a child, what it is to work on.
const environment = "SCHULHOF_TEST_CHILD"

// Main runs the tests of a package, or, in a process that Start has started, work in
// their place with Start's argument. It is called by the package's TestMain and does
// not return.
func Main(m *testing.M, work func(arg string) error) {
	arg := os.Getenv(environment)
	if arg == "" {
		os.Exit(m.Run())
	}
	if err := work(arg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Child is a process that works. What it writes to standard output is read line by
// line; its errors go to those of the test.
type Child struct {
	*exec.Cmd
	out *bufio.Reader
}

// Start starts a child with an argument that is not empty, and with more of the
// environment. It ends with the test at the latest.
func Start(t testing.TB, arg string, environ ...string) *Child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), environment+"="+arg), environ...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &Child{Cmd: cmd, out: bufio.NewReader(out)}
}

// Ready waits until the child says on a line that it is ready, and gives the rest of
// that line.
func (c *Child) Ready(t testing.TB) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "ready")
	if err != nil || !ok {
		c.Kill()
		t.Fatalf("the child does not start: %q %v", line, err)
	}
	return strings.TrimSpace(rest)
}

// Lines kills the child once it has written n lines, and gives all that it wrote: a
// few more, perhaps. A last line without its end was not acknowledged.
func (c *Child) Lines(t testing.TB, n int) []string {
	t.Helper()
	var lines []string
	for {
		line, err := c.out.ReadString('\n')
		if err != nil {
			break
		}
		if lines = append(lines, strings.TrimSpace(line)); len(lines) == n {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait() // it was killed
	if len(lines) < n {
		t.Fatalf("the child ended after %d of %d lines", len(lines), n)
	}
	return lines
}

// Kill kills the child and waits for its end.
func (c *Child) Kill() {
	_ = c.Process.Kill() // it may have ended by itself
	_ = c.Wait()         // it was killed
}
