package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"schulhof/app/internal/e2e"
)

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
	s.double(places[0], "the home", s.shows(7))
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

	s.double(rows[7], "the file", func() bool { return len(opened()) == 1 }) // after seven folders
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
	s.double(folders[2], "the folder", s.shows(6)) // Abgabe, Austausch, Material
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
		s.picture("failed-" + filepath.Base(s.dir))
		s.Fatalf("closing the window: ended %t, %v", ended, err)
	}
	s.clean(token, "Arbeitsblatt", "anna", "schmidt")
}
