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
	patience     = 30 * time.Second // on a machine that does much else meanwhile
)

// seat is a shared PC of the Musterschule's computer room, with the server and
// the line to it.
type seat struct {
	*testing.T
	ctx    context.Context //nolint:containedctx // the test's own
	desk   *e2e.Desk
	line   *e2e.Line
	server string // past the line
	exe    string
	client *e2e.Program
	dir    string
}

// programs builds client and server as make build does, once per test binary.
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
	dir := t.TempDir()
	client, server = filepath.Join(dir, "schulhof"), filepath.Join(dir, "schulhof-server")
	for _, args := range [][]string{{"-tags", string(tags[1]), "-o", client, "."}, {"-o", server, "../server"}} {
		if out, err := exec.CommandContext(t.Context(), "go", append([]string{"build"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", args, err, out)
		}
	}
	return client, server
}

// sit starts a server with the demo school, a display, and the client on it.
func sit(t *testing.T) *seat {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a display")
	}
	exe, server := programs(t)
	s := &seat{T: t, ctx: t.Context(), exe: exe, dir: t.TempDir()}
	running := s.start(exec.CommandContext(s.ctx, server, "demo", "--listen", "127.0.0.1:0", "--data", filepath.Join(s.dir, "data")))
	s.wait("the server is ready", time.Minute, func() bool { return running.Line("ready ", 0) != "" })
	s.server = strings.TrimPrefix(running.Line("ready ", 0), "ready ")
	var err error
	if s.line, err = e2e.NewLine(s.ctx, s.server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.line.Cut() })
	if s.desk, err = e2e.NewDesk(s.ctx, s.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.desk.Close)
	t.Setenv("DISPLAY", s.desk.Display) // for the drop
	config := filepath.Join(s.dir, "client.toml")
	s.write(config, fmt.Sprintf("server = %q\nshared = true\n", s.line.URL))
	s.open()
	return s
}

// open starts the client.
func (s *seat) open() {
	s.Helper()
	cmd := s.desk.Command(s.ctx, s.exe)
	cmd.Env = append(cmd.Env, "SCHULHOF_CLIENT_CONFIG="+filepath.Join(s.dir, "client.toml"))
	s.client = s.start(cmd)
}

func (s *seat) start(cmd *exec.Cmd) *e2e.Program {
	s.Helper()
	p, err := e2e.Run(cmd)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		p.Kill()
		if s.Failed() {
			s.Logf("%s said:\n%s", filepath.Base(cmd.Path), p.Said(0))
		}
	})
	return p
}

func (s *seat) write(path, text string) {
	s.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		s.Fatal(err)
	}
}

// must ends the test on the first error.
func (s *seat) must(err error) {
	s.Helper()
	if err != nil {
		s.picture("failed")
		s.Fatal(err)
	}
}

// wait fails with what it waited for, and a picture.
func (s *seat) wait(what string, within time.Duration, yes func() bool) {
	s.Helper()
	if !e2e.Until(s.ctx, within, yes) {
		if s.desk != nil {
			s.picture("failed")
		}
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

// signIn types the login, which nobody may find filled in, and the password, and presses the button by mouse.
func (s *seat) signIn(login string) {
	s.Helper()
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
	out, err := exec.CommandContext(s.ctx, "curl", "-fsS", "-u", login+":"+demoPassword, s.server+strings.Join(parts, "/")).Output()
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
	out, err := exec.CommandContext(s.ctx, "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", "-H", "Authorization: Bearer "+token, s.server+"/api/v1/session").Output()
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

// TestE2EComputerRoom is an hour in the computer room: a student brings files,
// changes one, also while the network is gone, and leaves nothing behind; then a
// teacher at the same PC puts a worksheet into the class folder.
func TestE2EComputerRoom(t *testing.T) {
	s := sit(t)
	opened := s.editor()
	at := s.button()
	s.picture("1-sign-in")
	if at.Y < s.desk.Area().Min.Y+300 {
		t.Errorf("the button is at %v", at)
	}
	if left := s.kept(); len(left) > 0 {
		t.Errorf("before anybody signed in: %q", left)
	}
	s.signIn("lena.weber")
	places := s.rows(3)
	s.picture("2-places")
	token := s.line.Token()
	if got := s.status(token); got != "200" {
		t.Fatalf("the overheard token: %s", got)
	}
	s.click(places[0], 2)
	s.rows(7)
	s.picture("3-home")
	s.student(opened)
	if len(s.kept()) == 0 || len(s.traces("Igel")) == 0 {
		t.Error("no local copy was found while lena.weber was signed in: the search for traces is blind")
	}
	s.signOut()
	s.picture("7-signed-out")
	s.clean(token, "Igel", "lena", "Lena", demoPassword)
	s.teacher()
}

// student drops two files and a folder, opens one, and edits it.
func (s *seat) student(opened func() []string) {
	s.Helper()
	from := filepath.Join(s.dir, "Stick")
	const igel, zahlen, wald = "Der Igel hat Stacheln.\n", "Tag;Grad\nMo;7\nDi;9\n", "Buche, Eiche, Ahorn\n"
	s.write(filepath.Join(from, "Steckbrief Igel.txt"), igel)
	s.write(filepath.Join(from, "Temperaturen für Bio.csv"), zahlen)
	s.write(filepath.Join(from, "Projekt Wald", "Bäume", "Liste.txt"), wald)
	before := s.see()
	s.drop(filepath.Join(from, "Steckbrief Igel.txt"), filepath.Join(from, "Temperaturen für Bio.csv"), filepath.Join(from, "Projekt Wald"))
	rows := s.rows(10)
	s.picture("4-dropped")
	if n := e2e.Differ(before, s.see(), s.column()); n < 500 {
		s.Errorf("only %d pixels of the table changed", n)
	}
	s.has("lena.weber", "/dav/home/Steckbrief Igel.txt", igel)
	s.has("lena.weber", "/dav/home/Temperaturen für Bio.csv", zahlen)
	s.has("lena.weber", "/dav/home/Projekt Wald/Bäume/Liste.txt", wald)

	s.click(rows[7], 2) // after seven folders
	s.wait("the PC's own program has opened the file", patience, func() bool { return len(opened()) == 1 })
	path := strings.TrimSuffix(opened()[0], "\n")
	if filepath.Base(path) != "Steckbrief Igel.txt" {
		s.Fatalf("%s was opened", path)
	}
	const edited = igel + "Er frisst Käfer.\n"
	s.has("lena.weber", "/dav/home/Steckbrief Igel.txt", edited)
	s.picture("5-saved")

	s.must(s.line.Cut())
	before = s.see()
	foot := s.desk.Area()
	foot.Min.Y = foot.Max.Y - 30
	s.wait("the line at the bottom tells that the network is gone", patience, func() bool { return e2e.Differ(before, s.see(), foot) > 50 })
	const offline = edited + "Ohne Netz geschrieben.\n"
	s.write(path+".neu", offline)
	s.must(os.Rename(path+".neu", path))
	time.Sleep(2 * time.Second) // the save is noticed, and waits
	s.picture("6-offline")
	if got, _ := s.curl("lena.weber", "/dav/home/Steckbrief Igel.txt"); got != edited {
		s.Errorf("through a cut line came %q", got)
	}
	s.must(s.line.Mend(s.ctx))
	s.has("lena.weber", "/dav/home/Steckbrief Igel.txt", offline)
}

// teacher finds the class folder with the keyboard, and drops a worksheet there;
// then the program crashes, and closing the window ends the next one.
func (s *seat) teacher() {
	s.Helper()
	s.signIn("anna.schmidt")
	s.rows(3)
	s.picture("8-teacher")
	s.must(s.desk.Type(s.ctx, "Klasse"))
	places := s.see()
	s.must(s.desk.Key(s.ctx, "Return"))
	s.wait("the class folder is open", patience, func() bool { return e2e.Differ(places, s.see(), s.column()) > 300 })
	folders := s.rows(3)
	s.picture("9-class")
	s.click(folders[2], 2) // Abgabe, Austausch, Material
	s.rows(6)
	s.picture("10-material")
	sheet := filepath.Join(s.dir, "Stick", "Arbeitsblatt Frösche.txt")
	s.write(sheet, "1. Wo lebt der Frosch?\n")
	s.drop(sheet)
	s.rows(7)
	s.picture("11-handed-out")
	s.has("anna.schmidt", "/dav/groups/klasse-7b/Material/Arbeitsblatt Frösche.txt", "1. Wo lebt der Frosch?\n")
	s.has("lena.weber", "/dav/groups/klasse-7b/Material/Arbeitsblatt Frösche.txt", "1. Wo lebt der Frosch?\n")

	s.client.Kill()
	if len(s.kept()) == 0 {
		s.Error("a crash left nothing: the next check is blind")
	}
	s.open()
	s.button()
	if left := s.traces("Arbeitsblatt", "anna", "schmidt"); len(left) > 0 || len(s.kept()) > 0 {
		s.Errorf("after a crash and a new start: %q %q", left, s.kept())
	}
	s.signIn("anna.schmidt")
	token := s.line.Token()
	s.must(s.desk.Ask())
	ended, err := s.client.Ended(patience)
	if !ended || err != nil {
		s.picture("failed")
		s.Fatalf("closing the window: ended %t, %v", ended, err)
	}
	s.clean(token, "Arbeitsblatt", "anna", "schmidt")
}
