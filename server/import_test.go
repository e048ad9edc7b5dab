package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"schulhof/server/servertest"
)

// A list is taken in beside the running server, which lets the new people in.
func TestImport(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		dir := t.TempDir()
		c := s.Host.Deps().Config
		write := func(name, text string) string {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		settings := write("schulhof.toml", "data = '"+c.Data+"'\ndatabase = '"+c.DSN()+"'\n")
		command := func(answer string, args ...string) (int, string) {
			var out, log bytes.Buffer
			args = append([]string{"import", "--config", settings}, args...)
			status := run(t.Context(), args, system{stdin: strings.NewReader(answer), stdout: &out, stderr: &log, now: time.Now})
			return status, out.String() + log.String()
		}
		says := func(status, want int, out string, sentences ...string) {
			t.Helper()
			for _, sentence := range sentences {
				if !strings.Contains(out, sentence) {
					t.Errorf("%q does not stand in:\n%s", sentence, out)
				}
			}
			if status != want {
				t.Errorf("status %d:\n%s", status, out)
			}
		}
		list := write("liste.csv", "Vorname;Familien-Name;Klasse;Schuhgröße\nNeu;Neumann;6a;38\nAuch;Neu=Wert;6a;39\nX;\u202eY;6a;1\n")
		status, out := command("nein\n", "students", list, "--map", "Nachname=Familien-Name")
		says(status, 1, out, "Neu: 2", "Neu Neumann, Klasse 6a, neu.neumann (Zeile 2)", "Klasse 6a wird angelegt", "Schuhgröße",
			"Fehler: Zeile 4", "Übernehmen?", "Es wurde nichts geändert")
		var n int
		if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM person WHERE family = 'Neumann'`); err != nil || n != 0 {
			t.Fatalf("%d written, %v", n, err)
		}
		codes := filepath.Join(dir, "codes.csv")
		status, out = command("ja\n", "students", list, "--map", "Nachname=Familien-Name", "--codes", codes)
		says(status, 0, out, "Übernommen: 2 neu")
		text, err := os.ReadFile(codes)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if cells := strings.Split(line, ";"); cells[2] == "neu.neumann" {
				s.SignIn(t, "neu.neumann", cells[3])
			}
		}
		if !strings.Contains(string(text), "neu.neumann;") {
			t.Errorf("%s", text)
		}
		status, out = command("", "students", list, "--map", "Nachname=Familien-Name", "--yes")
		says(status, 0, out, "Es gibt nichts zu ändern")
		for _, bad := range []struct{ text, says string }{
			{"", "Die Datei ist leer."},
			{"%PDF-1.4", "keine CSV-Datei, sondern PDF"},
			{"Vorname;Nachname\n" + strings.Repeat("A;B\n", 200_000), "zu viele Zeilen"},
		} {
			status, out = command("", "students", write("bad.csv", bad.text), "--yes")
			says(status, 1, out, bad.says, "Es wurde nichts geändert")
		}
		status, out = command("", "students", list, "--map", "Unsinn=Klasse")
		says(status, 1, out, "mapping")
	})
}
