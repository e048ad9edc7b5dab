package files

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"schulhof/server/internal/modules/files/dav"
	"schulhof/server/internal/web"
)

// modelNode is a file or a folder of the model that the server is compared with.
type modelNode struct {
	name    string
	folder  bool
	content string
	parent  *modelNode
	members map[string]*modelNode // by fold
}

func newModelFolder(name string, parent *modelNode) *modelNode {
	return &modelNode{name: name, folder: true, parent: parent, members: map[string]*modelNode{}}
}

// find gives the node at the names, or how far it came and what is left over.
func (m *modelNode) find(names []string) (*modelNode, []string) {
	at := m
	for i, name := range names {
		next := at.members[dav.Fold(name)]
		if next == nil {
			return at, names[i:]
		}
		at = next
	}
	return at, nil
}

func (m *modelNode) within(other *modelNode) bool {
	for at := m; at != nil; at = at.parent {
		if at == other {
			return true
		}
	}
	return false
}

func (m *modelNode) put(n *modelNode) {
	n.parent = m
	m.members[dav.Fold(n.name)] = n
}

func (m *modelNode) detach() { delete(m.parent.members, dav.Fold(m.name)) }

func (m *modelNode) clone(name string) *modelNode {
	c := &modelNode{name: name, folder: m.folder, content: m.content}
	if m.folder {
		c.members = map[string]*modelNode{}
		for _, n := range m.members {
			c.put(n.clone(n.name))
		}
	}
	return c
}

// all gives every path below, a folder's with a slash, and the contents.
func (m *modelNode) all(prefix string, into map[string]string) {
	for _, n := range m.members {
		path := string(dav.AppendSegment([]byte(prefix), n.name))
		if n.folder {
			into[path+"/"] = ""
			n.all(path+"/", into)
		} else {
			into[path] = n.content
		}
	}
}

// modelRun is one run of random requests in a folder of its own.
type modelRun struct {
	t      *rapid.T
	router http.Handler
	base   string
	root   *modelNode
	token  string
	mirror map[string]bool // what a client knows that follows the REPORTs
	n      int
}

func (r *modelRun) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://school.example"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer lena")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	return w
}

func (r *modelRun) want(status int, method string, names []string, body string, headers ...string) {
	r.t.Helper()
	path := r.base + strings.TrimPrefix(dav.Href(false, names...), "/")
	if w := r.do(method, path, body, headers...); w.Code != status {
		r.t.Fatalf("%s %s %v: %d, want %d\n%s", method, path, headers, w.Code, status, w.Body)
	}
}

var modelNames = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "A", "b", "ü.txt", "Ü.TXT", "c d"}), 1, 4)

func (r *modelRun) putFile(*rapid.T) {
	names := modelNames.Draw(r.t, "names")
	r.n++
	content := fmt.Sprint("content ", r.n)
	at, rest := r.root.find(names)
	switch {
	case len(rest) == 0 && at.folder:
		r.want(405, "PUT", names, content)
	case len(rest) == 0:
		r.want(204, "PUT", names, content)
		at.content = content
	case len(rest) > 1 || !at.folder:
		r.want(409, "PUT", names, content)
	default:
		r.want(201, "PUT", names, content)
		at.put(&modelNode{name: rest[0], content: content})
	}
}

func (r *modelRun) makeFolder(*rapid.T) {
	names := modelNames.Draw(r.t, "names")
	at, rest := r.root.find(names)
	switch {
	case len(rest) == 0:
		r.want(405, "MKCOL", names, "")
	case len(rest) > 1 || !at.folder:
		r.want(409, "MKCOL", names, "")
	default:
		r.want(201, "MKCOL", names, "")
		at.put(newModelFolder(rest[0], at))
	}
}

func (r *modelRun) remove(*rapid.T) {
	names := modelNames.Draw(r.t, "names")
	at, rest := r.root.find(names)
	if len(rest) > 0 {
		r.want(404, "DELETE", names, "")
		return
	}
	r.want(204, "DELETE", names, "")
	at.detach()
}

// place says what the model expects of a COPY or MOVE to the names.
func (r *modelRun) place(src *modelNode, names []string, overwrite, move bool) int {
	at, rest := r.root.find(names)
	last := names[len(names)-1]
	switch {
	case move && len(rest) == 0 && at == src && last != src.name:
		return 1 // respelled
	case at.within(src):
		return 403
	case len(rest) > 1, len(rest) == 1 && !at.folder:
		return 409
	case len(rest) == 1:
		return 201
	case src.within(at):
		return 403
	case !overwrite:
		return 412
	}
	return 204
}

func (r *modelRun) transfer(move bool) func(*rapid.T) {
	return func(*rapid.T) {
		from, to := modelNames.Draw(r.t, "from"), modelNames.Draw(r.t, "to")
		overwrite := rapid.Bool().Draw(r.t, "overwrite")
		method, flag := "COPY", "F"
		if move {
			method = "MOVE"
		}
		if overwrite {
			flag = "T"
		}
		headers := []string{"Overwrite", flag, "Destination", "http://school.example" + r.base + strings.TrimPrefix(dav.Href(false, to...), "/")}
		src, rest := r.root.find(from)
		if len(rest) > 0 {
			r.want(404, method, from, "", headers...)
			return
		}
		name := to[len(to)-1]
		status := r.place(src, to, overwrite, move)
		if status == 1 {
			r.want(201, method, from, "", headers...)
			src.name = name
			return
		}
		r.want(status, method, from, "", headers...)
		if status >= 300 {
			return
		}
		parent, _ := r.root.find(to[:len(to)-1])
		if old := parent.members[dav.Fold(name)]; old != nil {
			old.detach()
		}
		if move {
			src.detach()
			src.name = name
			parent.put(src)
		} else {
			parent.put(src.clone(name))
		}
	}
}

// follow lets a client that only follows REPORTs catch up.
func (r *modelRun) follow(*rapid.T) {
	w := r.do("REPORT", r.base, `<sync-collection xmlns="DAV:"><sync-token>`+r.token+`</sync-token><sync-level>infinite</sync-level><prop><getetag/></prop></sync-collection>`)
	if w.Code != 207 {
		r.t.Fatalf("REPORT: %d %s", w.Code, w.Body)
	}
	for _, m := range responses.FindAllStringSubmatch(w.Body.String(), -1) {
		path := strings.TrimPrefix(m[1], r.base)
		if !strings.HasPrefix(m[2], "<D:status>HTTP/1.1 404") {
			other := strings.TrimSuffix(path, "/")
			if other == path {
				other += "/"
			}
			maps.DeleteFunc(r.mirror, func(p string, _ bool) bool {
				return p == other || strings.HasSuffix(other, "/") && strings.HasPrefix(p, other)
			})
			r.mirror[path] = true
			continue
		}
		maps.DeleteFunc(r.mirror, func(p string, _ bool) bool {
			return p == path || strings.HasSuffix(path, "/") && strings.HasPrefix(p, path)
		})
	}
	r.token = token.FindStringSubmatch(w.Body.String())[1]
	want := map[string]string{}
	r.root.all("", want)
	if got, want := slices.Sorted(maps.Keys(r.mirror)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		r.t.Fatalf("a client that follows the changes has %q, want %q\n%s", got, want, w.Body)
	}
}

var (
	responses = regexp.MustCompile(`(?s)<D:response><D:href>([^<]*)</D:href>(.*?)</D:response>`)
	token     = regexp.MustCompile(`<D:sync-token>([^<]*)<`)
)

// check compares everything.
func (r *modelRun) check(*rapid.T) {
	w := r.do("PROPFIND", r.base, "", "Depth", "infinity")
	if w.Code != 207 {
		r.t.Fatalf("PROPFIND: %d %s", w.Code, w.Body)
	}
	got := map[string]string{}
	for _, m := range responses.FindAllStringSubmatch(w.Body.String(), -1)[1:] {
		path := strings.TrimPrefix(m[1], r.base)
		got[path] = ""
		if !strings.HasSuffix(path, "/") {
			got[path] = r.do("GET", m[1], "").Body.String()
		}
	}
	want := map[string]string{}
	r.root.all("", want)
	if !maps.Equal(got, want) {
		r.t.Fatalf("the server has %q, want %q", got, want)
	}
}

// TestModel sends random requests and compares the server with a model, and with a
// client that follows the changes alone.
func TestModel(t *testing.T) {
	var runs atomic.Int64
	onBoth(t, func(t *testing.T, s *school) {
		router := web.NewRouter(s.routerOptions())
		s.store.mount(router)
		rapid.Check(t, func(t *rapid.T) {
			base := fmt.Sprintf("%srun-%d/", home, runs.Add(1))
			r := &modelRun{t: t, router: router, base: base, root: newModelFolder("", nil), mirror: map[string]bool{}}
			if w := r.do("MKCOL", base, ""); w.Code != 201 {
				t.Fatal(w.Code, w.Body)
			}
			t.Repeat(map[string]func(*rapid.T){
				"put": r.putFile, "mkcol": r.makeFolder, "delete": r.remove, "move": r.transfer(true), "copy": r.transfer(false),
				"follow": r.follow, "check": r.check,
			})
			r.check(t)
			r.follow(t)
		})
	})
}
