package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "schulhof/"
	top    = "../../.."
)

// units lists the parts of the program, the narrower first, and what each of
// them may import besides itself. A * stands for one folder, which is then a
// part of its own: a school module never imports another one, nor does a page.
var units = []struct {
	folder string
	may    []string
}{
	{"server/internal/modules/*", []string{"server/internal", "server/wire"}},
	{"server/internal/modules", []string{"server/internal/modules/*", "server/internal"}},
	{"server/internal", []string{"server/wire", "assets"}}, // fonts, for what is printed
	{"server/wire", nil},
	{"server/servertest", []string{"server/internal/modules", "server/internal/modules/*", "server/internal", "server/wire"}},
	{"server", []string{"server/internal/modules", "server/internal/modules/*", "server/internal", "server/wire"}},
	{"ui/lang", nil},
	{"ui/theme", []string{"assets"}},
	{"ui/kit", []string{"ui/theme", "ui/lang", "assets"}},
	{"ui/module", []string{"ui/kit", "ui/theme", "ui/lang", "sync", "server/wire"}},
	{"ui/uitest", []string{"ui/module", "ui/kit", "ui/theme", "ui/lang", "sync", "server/wire", "assets"}},
	{"ui/signin", []string{"ui/module", "ui/kit", "ui/theme", "ui/lang", "sync", "server/wire", "assets"}}, // before the shell and its pages
	{"ui/*", []string{"ui/module", "ui/kit", "ui/theme", "ui/lang", "sync", "server/wire", "assets"}},
	{"ui", []string{"ui/*", "ui/signin", "ui/module", "ui/kit", "ui/theme", "ui/lang", "sync", "server/wire", "assets"}},
	{"sync", []string{"server/wire"}},
	{"assets", nil},
	{"app", []string{"ui", "ui/signin", "ui/module", "ui/kit", "ui/theme", "ui/lang", "sync", "server/wire", "assets"}},
}

// forTests lists what any test may import, whatever its folder.
var forTests = []string{"server/servertest", "ui/uitest"}

// fenced lists packages from elsewhere and the only folders that import them.
var fenced = map[string][]string{
	"fyne.io/fyne/v2":                  {"app", "ui", "assets"},
	"fyne.io/fyne/v2/app":              {"app"},
	"github.com/zalando/go-keyring":    {"app"},
	"github.com/jmoiron/sqlx":          {"server/internal/db", "sync/cache"},
	"github.com/mattn/go-sqlite3":      {"server/internal/db", "sync/cache"},
	"github.com/jackc/pgx/v5":          {"server/internal/db"},
	"github.com/danielgtaylor/huma/v2": {"server/internal/web"},
}

func TestImports(t *testing.T) {
	for _, file := range goFiles(t) {
		tree := parse(t, file, parser.ImportsOnly)
		for _, spec := range tree.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := bad(folder(file), imp, strings.HasSuffix(file, "_test.go")); why != "" {
				t.Errorf("%s: %s", file, why)
			}
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	says := map[string]bool{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree := parse(t, file, parser.ParseComments|parser.PackageClauseOnly)
		says[folder(file)] = says[folder(file)] || tree.Doc.Text() != ""
	}
	for pkg, said := range says {
		if !said {
			t.Errorf("%s has no package comment: say what it is for above the word package", pkg)
		}
	}
}

// TestBad holds the laws themselves: a rule that forbids nothing would pass.
func TestBad(t *testing.T) {
	for _, law := range []struct {
		from, imp     string
		inTest, allow bool
	}{
		{from: "app", imp: "fyne.io/fyne/v2/app", allow: true},
		{from: "ui", imp: "fyne.io/fyne/v2/app"},
		{from: "ui/files", imp: "fyne.io/fyne/v2/widget", allow: true},
		{from: "sync/remote", imp: "fyne.io/fyne/v2"},
		{from: "server", imp: "fyne.io/fyne/v2/widget"},
		{from: "app/internal/session", imp: "github.com/zalando/go-keyring", allow: true},
		{from: "sync/remote", imp: "github.com/zalando/go-keyring"},
		{from: "server/internal/db/dbtest", imp: "github.com/jackc/pgx/v5/stdlib", allow: true},
		{from: "server/internal/people", imp: "github.com/jmoiron/sqlx"},
		{from: "ui/files", imp: "schulhof/ui/messenger"},
		{from: "ui/files", imp: "schulhof/ui/lang", allow: true},
		{from: "ui/kit", imp: "schulhof/ui/files"},
		{from: "ui/kit", imp: "schulhof/ui/module"},
		{from: "ui/files", imp: "schulhof/ui"},
		{from: "ui", imp: "schulhof/ui/files", allow: true},
		{from: "ui", imp: "schulhof/app/internal/session"},
		{from: "app", imp: "schulhof/ui/files"},
		{from: "app", imp: "schulhof/ui/signin", allow: true},
		{from: "ui/signin", imp: "schulhof/ui/files"},
		{from: "ui/files", imp: "schulhof/ui/signin"},
		{from: "server/internal/people", imp: "schulhof/assets", allow: true},
		{from: "sync/records", imp: "schulhof/sync/cache", allow: true},
		{from: "sync/records", imp: "schulhof/sync"},
		{from: "ui/files", imp: "schulhof/sync", inTest: true},
		{from: "sync/remote", imp: "schulhof/ui/lang"},
		{from: "sync/remote", imp: "schulhof/server/internal/db"},
		{from: "sync/remote", imp: "schulhof/server/servertest"},
		{from: "sync/remote", imp: "schulhof/server/servertest", inTest: true, allow: true},
		{from: "ui/files", imp: "schulhof/ui/uitest"},
		{from: "ui/files", imp: "schulhof/ui/uitest", inTest: true, allow: true},
		{from: "server/internal/modules/files", imp: "schulhof/server/internal/modules/messenger"},
		{from: "server/internal/modules/files", imp: "schulhof/server/internal/web", allow: true},
		{from: "server/internal/web", imp: "schulhof/server/internal/modules"},
		{from: "server/wire", imp: "schulhof/assets"},
		{from: "server/wire", imp: "github.com/emersion/go-webdav"},
		{from: "server/wire", imp: "encoding/json", allow: true},
		{from: "tools", imp: "schulhof/assets"},
	} {
		if why := bad(law.from, law.imp, law.inTest); (why == "") != law.allow {
			t.Errorf("%s importing %s (test: %t): %q", law.from, law.imp, law.inTest, why)
		}
	}
}

// goFiles returns every Go file of the project, from the top folder.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(top, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != top && (entry.Name() == "build" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(file, ".go"):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go file found")
	}
	return files
}

func parse(t *testing.T, file string, mode parser.Mode) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// folder returns the folder of a file of goFiles, seen from the top.
func folder(file string) string {
	rel, err := filepath.Rel(top, filepath.Dir(file))
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

// bad says why the package in folder from must not import imp, or "".
func bad(from, imp string, inTest bool) string {
	for pkg, folders := range fenced {
		if within(imp, pkg) && !slices.ContainsFunc(folders, func(f string) bool { return within(from, f) }) {
			return imp + " is only for " + strings.Join(folders, ", ")
		}
	}
	to, ours := strings.CutPrefix(imp, module)
	switch {
	case !ours && from == "server/wire" && !inTest && strings.Contains(strings.Split(imp, "/")[0], "."):
		return "server/wire imports nothing but the standard library, not " + imp
	case !ours:
		return ""
	case to == "sync":
		return "import one of sync's subfolders; the name hides the standard sync"
	case inTest && slices.ContainsFunc(forTests, func(f string) bool { return within(to, f) }):
		return ""
	}
	i, unit := unitOf(from)
	j, other := unitOf(to)
	switch {
	case i < 0 || j < 0:
		return "no rule in arch_test.go for " + from + " or " + to
	case unit == other || slices.Contains(units[i].may, units[j].folder):
		return ""
	}
	return units[i].folder + " may not import " + to
}

// unitOf returns the index of the part that folder p belongs to, and the
// folder of that part; -1 if it belongs to none.
func unitOf(p string) (int, string) {
	parts := strings.Split(p, "/")
	for i, u := range units {
		n := strings.Count(u.folder, "/") + 1
		if len(parts) < n {
			continue
		}
		prefix := strings.Join(parts[:n], "/")
		if ok, _ := path.Match(u.folder, prefix); ok {
			return i, prefix
		}
	}
	return -1, ""
}

func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }
