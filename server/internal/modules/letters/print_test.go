package letters_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// pages gives what the pages of a PDF say, in one line each.
func pages(t *testing.T, pdf string) []string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if to := os.Getenv("LETTERS_PDF"); to != "" {
		file = to
	}
	if err := os.WriteFile(file, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	for i := range all {
		all[i] = strings.Join(strings.Fields(all[i]), " ")
	}
	return all
}

// TestPrint prints a letter for each child as it was formatted, in the language of
// the family where the sender wrote one, with a slip that the school can read; for
// those who were deleted it prints nothing.
func TestPrint(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h := s.Client(t, head)
		d := all(yesNo())
		d.Markdown = "## Was mitzubringen ist\n\n- **Wasser** für {{child}}\n- [Plan](https://schule.example.org/plan)\n\nЩиро вітаємо"
		d.Versions = map[string]wire.Text{"ar": {Subject: "حفلة الصيف", Markdown: "# ماذا نحضر\n\n1. ماء"}}
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = 'ar' WHERE login = $1`, sabine); err != nil {
			t.Fatal(err)
		}
		sent := send(t, h, d)
		print := func() []string {
			t.Helper()
			res, pdf := h.Do(t, http.MethodGet, api+sent.ID+"/print.pdf?who=all", "")
			if res.StatusCode != http.StatusOK {
				t.Fatal(res.Status, pdf)
			}
			return pages(t, pdf)
		}
		got := print()
		if len(got) != 3 {
			t.Fatalf("%d pages: %q", len(got), got)
		}
		for i, child := range []string{"Mia Test, Klasse 5a", "Tom Test, Klasse 7b", "Lena Weber, Klasse 7b"} {
			name, _, _ := strings.Cut(child, ",")
			parts := []string{"An die Familie von " + child, "Von: Claudia Direktor", "Sommerfest", "Bitte hier abtrennen", "Ja", "Nein", "Datum, Unterschrift"}
			if name != "Lena Weber" {
				parts = append(parts, "Was mitzubringen ist • Wasser für "+name+" • Plan (https://schule.example.org/plan) Щиро вітаємо")
			}
			for _, part := range parts {
				if !strings.Contains(got[i], part) {
					t.Errorf("page %d does not say %q: %s", i+1, part, got[i])
				}
			}
			if arabic := strings.ContainsFunc(got[i], func(r rune) bool { return r >= 0xfe70 && r <= 0xfeff }); arabic != (name == "Lena Weber") {
				t.Errorf("page %d, in letters that are joined: %t: %s", i+1, arabic, got[i])
			}
			if strings.ContainsAny(got[i], "#*[") {
				t.Errorf("marks on page %d: %s", i+1, got[i])
			}
		}
		forget(t, s, s.PersonID(t, "tom.test"))
		if got = print(); len(got) != 2 || strings.Contains(strings.Join(got, " "), "Tom") {
			t.Errorf("after one has left: %q", got)
		}
	})
}
