package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/app/internal/dragout"
	"schulhof/app/internal/e2e"
)

const (
	demoPassword = "Schulhof-2026"
	patience     = 2 * time.Minute // on a machine that does much else meanwhile
)

// musterschule is the demo school's server, and the programs.
type musterschule struct {
	*testing.T
	ctx context.Context //nolint:containedctx // the test's own
	url string
	exe string // the client
	dir string
	eye *e2e.Reader
}

// seat is a PC with the client on it, and the line to the server.
type seat struct {
	*musterschule
	desk   *e2e.Desk
	line   *e2e.Line
	client *e2e.Program
	dir    string
}

// programs builds client and server as make build does.
func programs(t *testing.T) (client, server string) {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`(?m)^PROGRAM_TAGS := (\S+)$`).FindSubmatch(makefile)
	if tags == nil {
		t.Fatal("the Makefile names no PROGRAM_TAGS")
	}
	dir, err := filepath.Abs(filepath.Join("..", "build", "e2e")) // stays: what is built is not linked again
	if err != nil {
		t.Fatal(err)
	}
	client, server = filepath.Join(dir, "schulhof"), filepath.Join(dir, "schulhof-server")
	for _, args := range [][]string{{"-tags", string(tags[1]), "-o", client, "."}, {"-o", server, "../server"}} {
		if out, err := exec.CommandContext(t.Context(), "go", append([]string{"build"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", args, err, out)
		}
	}
	return client, server
}

// opens starts the demo school's server; args are further flags of it.
func opens(t *testing.T, args ...string) *musterschule {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a display")
	}
	exe, server := programs(t)
	m := &musterschule{T: t, ctx: t.Context(), exe: exe, dir: t.TempDir(), eye: e2e.NewReader()}
	args = append([]string{"demo", "--listen", "127.0.0.1:0", "--data", filepath.Join(m.dir, "data")}, args...)
	running := m.start(exec.CommandContext(m.ctx, server, args...))
	if !e2e.Until(m.ctx, patience, func() bool { return running.Line("ready ", 0) != "" }) {
		t.Fatal("the server is not ready")
	}
	m.url = strings.TrimPrefix(running.Line("ready ", 0), "ready ")
	return m
}

// seat is a PC with that name: a display and the client on it. config is what the
// school's administrator has laid down there beside the server's address.
func (m *musterschule) seat(name, config string) *seat {
	m.Helper()
	s := &seat{musterschule: m, dir: filepath.Join(m.dir, name)}
	var err error
	if s.line, err = e2e.NewLine(s.ctx, s.url); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { _ = s.line.Cut() })
	if s.desk, err = e2e.NewDesk(s.ctx, s.dir); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(s.desk.Close)
	s.write(filepath.Join(s.dir, "client.toml"), fmt.Sprintf("server = %q\n%s", s.line.URL, config))
	s.open()
	return s
}

// sit is a shared PC of the Musterschule's computer room.
func sit(t *testing.T) *seat {
	t.Helper()
	s := opens(t).seat("pc", "shared = true\n")
	t.Setenv("DISPLAY", s.desk.Display) // for the drop
	return s
}

// open starts the client.
func (s *seat) open() {
	s.Helper()
	cmd := s.desk.Command(s.ctx, s.exe)
	cmd.Env = append(cmd.Env, "SCHULHOF_CLIENT_CONFIG="+filepath.Join(s.dir, "client.toml"))
	s.client = s.start(cmd)
}

func (m *musterschule) start(cmd *exec.Cmd) *e2e.Program {
	m.Helper()
	p, err := e2e.Run(cmd)
	if err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() {
		p.Kill()
		if m.Failed() {
			m.Logf("%s said:\n%s", filepath.Base(cmd.Path), p.Said(0))
		}
	})
	return p
}

func (m *musterschule) write(path, text string) {
	m.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		m.Fatal(err)
	}
}

// must ends the test on the first error.
func (s *seat) must(err error) {
	s.Helper()
	if err != nil {
		s.picture("failed-" + filepath.Base(s.dir))
		s.Fatal(err)
	}
}

// wait fails with what it waited for, and a picture.
func (s *seat) wait(what string, within time.Duration, yes func() bool) {
	s.Helper()
	if !e2e.Until(s.ctx, within, yes) {
		s.picture("failed-" + filepath.Base(s.dir))
		s.Fatalf("waited %v until %s", within, what)
	}
}

func (s *seat) see() *image.RGBA {
	s.Helper()
	img, err := s.desk.Picture()
	if err != nil {
		s.Fatal(err)
	}
	return img
}

// picture keeps what is on the display, to be looked at.
func (s *seat) picture(name string) {
	s.Helper()
	if err := e2e.Save(s.see(), filepath.Join("..", "build", "pictures", "e2e-"+name+".png")); err != nil {
		s.Error(err)
	}
}

// button waits for the one button in the accent colour and gives its middle.
func (s *seat) button() image.Point {
	s.Helper()
	var at image.Point
	s.wait("there is one first button", patience, func() bool {
		found := e2e.Buttons(s.see(), s.desk.Area(), e2e.Accent)
		if len(found) != 1 {
			return false
		}
		at = found[0].Min.Add(found[0].Size().Div(2))
		return true
	})
	return at
}

// column is where the names of the files stand.
func (s *seat) column() image.Rectangle {
	min := s.desk.Area().Min
	return image.Rectangle{Min: min.Add(image.Pt(274, 150)), Max: min.Add(image.Pt(560, 660))}
}

// rows waits until the table has so many.
func (s *seat) rows(n int) []image.Point {
	s.Helper()
	var rows []image.Point
	s.wait(fmt.Sprintf("the table has %d rows", n), patience, func() bool {
		before := rows
		rows = e2e.Rows(s.see(), s.column())
		return len(rows) == n && slices.Equal(rows, before) // not while it is being drawn
	})
	return rows
}

// away takes the mouse to where it marks nothing.
func (s *seat) away() { s.must(s.desk.Point(s.ctx, s.desk.Area().Min.Add(image.Pt(700, 700)))) }

func (s *seat) click(at image.Point, times int) {
	s.Helper()
	s.must(s.desk.Click(s.ctx, at, times))
	s.away()
}

// double clicks twice on what is then open. Where the program was too busy to see both
// clicks as one, it does so again, as people do.
func (s *seat) double(at image.Point, what string, open func() bool) {
	s.Helper()
	for range 4 {
		if s.click(at, 2); e2e.Until(s.ctx, patience/4, open) {
			return
		}
	}
	s.picture("failed-" + filepath.Base(s.dir))
	s.Fatalf("waited in vain until %s is open", what)
}

// shows is for double: the table has so many rows now.
func (s *seat) shows(n int) func() bool {
	return func() bool { return len(e2e.Rows(s.see(), s.column())) == n }
}

// signIn types the login, which nobody may find filled in, and the password, and presses the button by mouse.
func (s *seat) signIn(login string) {
	s.Helper()
	s.button() // the sign-in is there
	from := s.client.Mark()
	s.must(s.desk.Type(s.ctx, login))
	s.must(s.desk.Key(s.ctx, "Tab"))
	s.must(s.desk.Type(s.ctx, demoPassword))
	s.click(s.button(), 1)
	s.wait(login+" is signed in", patience, func() bool { return strings.Contains(s.client.Said(from), `msg="signed in"`) })
	s.wait("the sign-in is off the display", patience, func() bool { return len(e2e.Buttons(s.see(), s.desk.Area(), e2e.Accent)) == 0 })
}

// signOut opens the person's menu and chooses its last entry.
func (s *seat) signOut() {
	s.Helper()
	from := s.client.Mark()
	corner := s.desk.Area().Min
	s.click(corner.Add(image.Pt(150, 88)), 1)
	var entries []image.Point
	s.wait("the person's menu is open", patience, func() bool {
		entries = e2e.Rows(s.see(), image.Rectangle{Min: corner.Add(image.Pt(44, 145)), Max: corner.Add(image.Pt(110, 520))})
		return len(entries) >= 6
	})
	s.picture("menu")
	s.click(entries[len(entries)-1], 1)
	s.wait("the data is wiped", patience, func() bool { return strings.Contains(s.client.Said(from), "nothing is left") })
	s.button()
}

// curl reads a file from the server as any WebDAV program does.
func (s *seat) curl(login, path string) (string, bool) {
	s.Helper()
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	out, err := exec.CommandContext(s.ctx, "curl", "-fsS", "-u", login+":"+demoPassword, s.url+strings.Join(parts, "/")).Output()
	return string(out), err == nil
}

// has waits until the server has those bytes.
func (s *seat) has(login, path, want string) {
	s.Helper()
	s.wait(path+" is on the server", patience, func() bool {
		got, ok := s.curl(login, path)
		return ok && got == want
	})
}

// status asks the server with a token, and gives the status it answers with.
func (s *seat) status(token string) string {
	s.Helper()
	out, err := exec.CommandContext(s.ctx, "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", "-H", "Authorization: Bearer "+token, s.url+"/api/v1/session").Output()
	if err != nil {
		s.Fatal(err)
	}
	return string(out)
}

// kept lists what the program has on the disk but its socket.
func (s *seat) kept() (paths []string) {
	base := filepath.Join(s.desk.Home, ".cache", "schulhof")
	_ = filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if err == nil && path != base && e.Name() != "instance.sock" {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// traces lists the files of the home folder in which one of the words stands.
func (s *seat) traces(words ...string) (paths []string) {
	_ = filepath.WalkDir(s.desk.Home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil //nolint:nilerr // what went away meanwhile is no trace
		}
		text, unread := os.ReadFile(path)
		for _, w := range words {
			if unread != nil || bytes.Contains(text, []byte(w)) || strings.Contains(path, w) {
				paths = append(paths, path)
				break
			}
		}
		return nil
	})
	return paths
}

// clean checks that nothing of a session is on the PC, and that its token is dead.
func (s *seat) clean(token string, words ...string) {
	s.Helper()
	if left := s.kept(); len(left) > 0 {
		s.Errorf("still there after the sign-out: %q", left)
	}
	if left := s.traces(append(words, token)...); len(left) > 0 {
		s.Errorf("traces after the sign-out: %q", left)
	}
	if token == "" {
		s.Error("no token was overheard")
	} else if got := s.status(token); got != "401" {
		s.Errorf("the token still works: %s", got)
	}
}

// drop drops files and folders on the window, as a file manager does.
func (s *seat) drop(paths ...string) {
	s.Helper()
	_, title := s.desk.Window()
	s.must(dragout.Inject(title, 700, 600, paths))
}

// editor makes xdg-open a program that adds a line to what it is given, and saves
// as editors do: into a new file, which then takes the old one's name.
func (s *seat) editor() (opened func() []string) {
	s.Helper()
	list := filepath.Join(s.dir, "opened")
	script := fmt.Sprintf("#!/bin/sh\nset -e\necho 'Er frisst Käfer.' | cat \"$1\" - >\"$1.neu\"\nmv \"$1.neu\" \"$1\"\nprintf '%%s\\n' \"$1\" >>%s\n", list)
	path := filepath.Join(s.desk.Bin, "xdg-open")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		s.Fatal(err)
	}
	return func() []string {
		text, _ := os.ReadFile(list) // none: nothing was opened
		return slices.Collect(strings.Lines(string(text)))
	}
}
