package files

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLitmus runs the WebDAV test program litmus, all of its five suites.
func TestLitmus(t *testing.T) {
	program, err := exec.LookPath("litmus")
	if err != nil {
		t.Fatal("litmus is not installed; make test installs it")
	}
	onBoth(t, func(t *testing.T, s *school) {
		cmd := exec.CommandContext(t.Context(), program, "-k", s.url+"/dav/home/", "lena", "lena")
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		text := string(out)
		if err != nil {
			t.Errorf("litmus: %v", err)
		}
		run, passed := 0, 0
		for _, m := range regexp.MustCompile("summary for `[a-z]+': of (\\d+) tests run: (\\d+) passed").FindAllStringSubmatch(text, -1) {
			r, _ := strconv.Atoi(m[1])
			p, _ := strconv.Atoi(m[2])
			run, passed = run+r, passed+p
		}
		if run != 104 || passed != 104 || strings.Contains(text, "WARNING") || strings.Contains(text, "skipped") {
			t.Errorf("litmus: %d of %d tests passed, want 104 of 104 without a warning\n%s", passed, run, text)
		}
	})
}
