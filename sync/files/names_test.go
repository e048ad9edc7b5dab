package files

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 15, 0, 0, time.UTC)
	for got, want := range map[string]string{
		numbered("Aufsatz.odt", 2):                                "Aufsatz (2).odt",
		numbered("Aufsatz", 3):                                    "Aufsatz (3)",
		numbered("daten.tar.gz", 2):                               "daten (2).tar.gz",
		numbered(".profile", 2):                                   ".profile (2)",
		numbered("1. Vorlesung", 2):                               "1. Vorlesung (2)",
		conflictName("Mathe.ods", "lena.weber", "pc-07", at):      "Mathe (Konflikt lena.weber@pc-07 2026-11-21 081500).ods",
		conflictName("Mathe.ods", "e@x.org", `a/b:c`, at):         "Mathe (Konflikt e@x.org@a_b_c 2026-11-21 081500).ods",
		safeName(`a/b\c:d*?"<>|`, 100):                            "a_b_c_d______",
		safeName("CON.txt", 100):                                  "_CON.txt",
		safeName("nul", 100):                                      "_nul",
		safeName(" . ", 100):                                      "_",
		safeName("Rechnung\u202egpj.exe", 100):                    "Rechnung_gpj.exe",
		safeName(strings.Repeat("ü", 200)+".odt", 100):            strings.Repeat("ü", 48) + ".odt",
		dirName("01ab-z", "/dav/home/x"):                          "01ab-z",
		forbidden("Übung 1.odt") + forbidden("a.b") + foldKey(""): "",
		forbidden("a.") + forbidden("b "):                         "endsends",
		forbidden("a?b"):                                          "character",
		forbidden("lpt1.x"):                                       "reserved",
		forbidden(strings.Repeat("ü", 128)):                       "long",
		foldKey("STRASSE ÄÖ"):                                     foldKey("straße äö"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if id := dirName("../../etc", "/x"); strings.ContainsAny(id, "/.") || id == dirName("../../etc", "/y") {
		t.Errorf("dirName = %q", id)
	}
	for name, want := range map[string]bool{
		".~lock.a.odt#": true, "~$a.docx": true, "a.tmp": true, ".a.swp": true, "a.txt~": true, "4913": true,
		partPrefix + "123": true, "a.odt": false, "tmp.odt": false, "Swap.pdf": false, ".goutputstream-X": true,
	} {
		if passing(name) != want {
			t.Errorf("passing(%q) = %v", name, !want)
		}
	}
}

// Any name, however odd: what is made of it is one that every system can hold,
// keeps its extension, and is free.
func TestNamesAreFreeAndFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := safeName(rapid.String().Draw(t, "name"), maxName)
		if why := forbidden(norm.NFC.String(name)); why != "" && why != "long" {
			t.Fatalf("safeName makes %q: %s", name, why)
		}
		taken := map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			next := freeName(name, func(n string) bool { return taken[foldKey(n)] })
			switch {
			case taken[foldKey(next)]:
				t.Fatalf("%q is taken", next)
			case len(next) > maxName || !utf8.ValidString(next):
				t.Fatalf("%q has %d bytes", next, len(next))
			case strings.HasSuffix(next, " ") || strings.HasSuffix(next, "."):
				t.Fatalf("%q ends badly", next)
			}
			taken[foldKey(next)] = true
		}
		_, ext := splitName(name)
		conflict := conflictName(name, rapid.String().Draw(t, "who"), rapid.String().Draw(t, "host"), time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0))
		if len(conflict) > maxName || !utf8.ValidString(conflict) || !strings.HasSuffix(conflict, ext) || !strings.Contains(conflict, " (Konflikt ") {
			t.Fatalf("%q of %q", conflict, name)
		}
		if strings.IndexFunc(conflict, badRune) >= 0 {
			t.Fatalf("%q holds a character that some system can not", conflict)
		}
	})
}
