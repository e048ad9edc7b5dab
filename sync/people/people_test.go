package people

import (
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/remote"
)

func TestSaveNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	write := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	for i, want := range []string{"a-b.pdf", "a-b (2).pdf", "a-b (3).pdf"} {
		got, err := Save(dir, "a/b.pdf", write(want))
		if err != nil || filepath.Base(got) != want {
			t.Fatalf("%d: %s %v", i, got, err)
		}
		if text, err := os.ReadFile(got); err != nil || string(text) != want {
			t.Error(err, string(text))
		}
		if info, err := os.Stat(got); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Error("others may read it", err)
		}
	}
	broken := errors.New("cut")
	if _, err := Save(dir, "c.pdf", func(w io.Writer) error { w.Write([]byte("half")); return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 3 {
		t.Error("something was left behind:", left, err)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{"": "Schulhof", "../../etc": "-..-etc", "x\x00y": "x-y", "a.": "a", strings.Repeat("ä", 300) + ".zip": strings.Repeat("ä", 96) + ".zip"} {
		if got := safeName(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestCallsReachTheServer(t *testing.T) {
	s := servertest.Start(t)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := remote.New(remote.Options{Base: base, Token: s.Client(t, "admin").Token})
	p, ctx := New(c), t.Context()
	if _, err := p.List(ctx, Query{}); remote.Code(err) != wire.CodeAdmin {
		t.Fatal("without the password:", err)
	}
	if _, err := p.Administrate(ctx, wire.PasswordOnly{Password: servertest.Password}); err != nil {
		t.Fatal(err)
	}
	page, err := p.List(ctx, Query{Text: "weber", Role: wire.RoleStudent})
	if err != nil || len(page.People) != 1 || page.People[0].Login != "lena.weber" {
		t.Fatal(err, page)
	}
	var zip strings.Builder
	if err := p.Export(ctx, &zip); err != nil || !strings.HasPrefix(zip.String(), "PK") {
		t.Error(err)
	}
	groups, err := p.Groups(ctx)
	if err != nil || len(groups) == 0 {
		t.Fatal(err)
	}
	g, err := p.AddGroup(ctx, wire.NewGroup{Name: "Chor", Kind: "club"})
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"member":  func() error { return p.SetMember(ctx, g.ID, page.People[0].ID, false) },
		"rename":  func() error { return p.RenameGroup(ctx, g.ID, wire.NewGroup{Name: "Großer Chor", Kind: "club"}) },
		"lift":    func() error { return p.LiftSlowDown(ctx, page.People[0].ID) },
		"modules": func() error { _, err := p.Modules(ctx); return err },
		"log":     func() error { _, err := p.Log(ctx, wire.LogQuery{Reason: "Stichprobe"}); return err },
		"never":   func() error { _, err := p.List(ctx, Query{Never: true, Group: g.ID}); return err },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := p.EndGroup(ctx, g.ID); err != nil {
		t.Error(err)
	}
}
