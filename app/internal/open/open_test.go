package open

import (
	"errors"
	"testing"

	"schulhof/ui/module"
)

func TestProgramsAreNotOpened(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // nothing to open with: what passes the check fails otherwise
	for _, name := range []string{"a.exe", "A.BAT", "x.pdf.js", "a.exe.", "a.exe ", "a.exe:stream", "a.desktop", "a.LNK", "a.settingcontent-ms"} {
		if err := Local(t.Context(), "/tmp/"+name); !errors.Is(err, module.ErrProgram) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"a.pdf", "exe", "a.exe.odt", "Übung.docx"} {
		if err := Local(t.Context(), "/tmp/"+name); errors.Is(err, module.ErrProgram) {
			t.Errorf("%s counts as a program", name)
		}
	}
}
