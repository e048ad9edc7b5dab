package files

import (
	"strings"
	"testing"
	"unicode/utf8"

	"schulhof/sync/files"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"Bericht.pdf":               "Bericht.pdf",
		"bild\u202egpj.exe":         "bild�gpj.exe",
		"a\u2066b\u2069.txt":        "a�b�.txt",
		"zeile\nzwei":               "zeile zwei",
		"null\x00.txt":              "null�.txt",
		"\ufeffbom.txt":             "�bom.txt",
		"می\u200cخواهم.txt":         "می\u200cخواهم.txt",
		"👩\u200d🏫 Unterricht.odp":   "👩\u200d🏫 Unterricht.odp",
		"bell\x07 \u200b\u2028.txt": "bell� ��.txt",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

func TestVisual(t *testing.T) {
	for name, want := range map[string]string{
		"Bericht 2026.pdf": "Bericht 2026.pdf",
		"واجب.pdf":         "واجب.pdf",
		// Read from the right: the second word stands left of the first, the number between.
		"واجب 12 رياضيات.pdf": "رياضيات 12 واجب.pdf",
		"Blatt واجب 3.pdf":    "Blatt 3 واجب.pdf",
		"واجب (مادة).pdf":     "(مادة) واجب.pdf",
		"12.05. واجب":         "12.05. واجب",
		"שיעור 12.05 בית.odt": "בית 12.05 שיעור.odt",
	} {
		if got := strings.ReplaceAll(visual(name), lrm, ""); got != want {
			t.Errorf("%q is drawn as %q, want %q", name, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	measure := func(s string) float32 { return float32(utf8.RuneCountInString(s)) }
	for _, c := range []struct {
		text, want string
		wide       float32
	}{
		{"kurz.txt", "kurz.txt", 8},
		{"ein sehr langer Name mit Endung.pdf", "ein sehr lan…dung.pdf", 21},
		{"abcdefghij", "ab…j", 4},
		{"abcdefghij", "…", 1},
		{"abcdefghij", "…", 0},
		{strings.Repeat("ä", 200) + ".pdf", strings.Repeat("ä", 31) + "…ääää.pdf", 40},
	} {
		if got := fit(c.text, c.wide, measure); got != c.want {
			t.Errorf("%q in %v: %q, want %q", c.text, c.wide, got, c.want)
		}
	}
}

func TestStem(t *testing.T) {
	for name, want := range map[string]int{"Größe.pdf": 5, ".bashrc": 7, "ohne": 4, "a.tar.gz": 5} {
		if got := stem(files.Entry{Name: name}); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	if got := stem(files.Entry{Name: "Ordner 1.2", Folder: true}); got != 10 {
		t.Errorf("a folder's stem: %d", got)
	}
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]kind{"a.PDF": kindPDF, "b.JPeG": kindPicture, "c": kindOther, "d.ods": kindTable, "e.exe": kindProgram} {
		if got := kindOf(files.Entry{Name: name}); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	if kindOf(files.Entry{Name: "x.pdf", Folder: true}) != kindFolder {
		t.Error("a folder with an extension is a folder")
	}
}
