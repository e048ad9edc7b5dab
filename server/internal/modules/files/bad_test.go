package files

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/db"
)

// TestBadInput sends what nobody should, and looks whether all is still there.
func TestBadInput(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.want(201, "lena", "PUT", home+"a.txt", "safe")
		s.want(201, "lena", "MKCOL", home+"d", "")
		long := strings.Repeat("n", 300)
		bomb := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop><x>&b;</x></prop></propfind>`
		outside := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop><x>&a;</x></prop></propfind>`
		for _, c := range []struct {
			status             int
			method, path, body string
			headers            []string
		}{
			{400, "GET", "/dav/home/../home/a.txt", "", nil},
			{400, "GET", "/dav/home/%2e%2e/a.txt", "", nil},
			{400, "PUT", "/dav/home/%2e%2e%2fx", "x", nil},
			{400, "PUT", "/dav/home/a%2Fb", "x", nil},
			{400, "PUT", "/dav/home/a%00b", "x", nil},
			{400, "PUT", "/dav/home/a%5cb", "x", nil},
			{400, "PUT", "/dav/home/%ff%fe", "x", nil},
			{400, "PUT", "/dav/home/" + long, "x", nil},
			{404, "GET", "/dav/home/" + long, "", nil},
			{400, "MKCOL", "/dav/home/" + long, "", nil},
			{400, "PUT", "/dav/home/con.txt", "x", nil},
			{400, "PUT", "/dav/home/end.%20", "x", nil},
			{400, "PUT", "/dav/home/wer%3f", "x", nil},
			{400, "PUT", "/dav/home/x%E2%80%AEgpj.exe", "x", nil},
			{400, "MOVE", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/NUL"}},
			{400, "COPY", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/x%3Ay"}},
			{414, "MKCOL", "/dav/home/" + strings.Repeat("d/", 10000), "", nil},
			{502, "MOVE", "/dav/home/a.txt", "", []string{"Destination", "http://elsewhere.example/dav/home/b.txt"}},
			{502, "COPY", "/dav/home/a.txt", "", []string{"Destination", "https://evil.example/dav/home/b.txt"}},
			{400, "MOVE", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/../b.txt"}},
			{400, "MOVE", "/dav/home/a.txt", "", nil},
			{409, "MOVE", "/dav/home/a.txt", "", []string{"Destination", "/elsewhere/b.txt"}},
			{403, "MOVE", "/dav/home/a.txt", "", []string{"Destination", "/dav/b.txt"}},
			{409, "COPY", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/none/b.txt"}},
			{400, "COPY", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/b.txt", "Depth", "1"}},
			{400, "COPY", "/dav/home/a.txt", "", []string{"Destination", "/dav/home/b.txt", "Overwrite", "X"}},
			{409, "PUT", "/dav/home/none/b.txt", "x", nil},
			{409, "PUT", "/dav/home/a.txt/b.txt", "x", nil},
			{405, "PUT", "/dav/home/d", "x", nil},
			{405, "PUT", "/dav/home/d/", "x", nil},
			{409, "MKCOL", "/dav/home/none/d", "", nil},
			{405, "MKCOL", "/dav/home/D", "", nil},
			{415, "MKCOL", "/dav/home/e", "<x/>", nil},
			{405, "GET", "/dav/home/d/", "", nil},
			{400, "PROPFIND", home, bomb, []string{"Depth", "0"}},
			{400, "PROPFIND", home, outside, []string{"Depth", "0"}},
			{400, "PROPFIND", home, "<propfind", []string{"Depth", "0"}},
			{400, "PROPFIND", home, `<propfind xmlns="DAV:"/>`, []string{"Depth", "0"}},
			{400, "PROPFIND", home, "", []string{"Depth", "7"}},
			{413, "PROPFIND", home, `<propfind xmlns="DAV:"><prop>` + strings.Repeat("<x/>", 300000) + `</prop></propfind>`, nil},
			{400, "PROPPATCH", home + "a.txt", bomb, nil},
			{400, "PROPPATCH", home + "a.txt", "", nil},
			{400, "LOCK", home + "a.txt", outside, nil},
			{400, "LOCK", home + "a.txt", "", nil},
			{400, "LOCK", home + "a.txt", `<lockinfo xmlns="DAV:"><lockscope/></lockinfo>`, nil},
			{400, "UNLOCK", home + "a.txt", "", nil},
			{409, "UNLOCK", home + "a.txt", "", []string{"Lock-Token", "<urn:uuid:none>"}},
			{400, "REPORT", home, bomb, nil},
			{403, "REPORT", home, `<x xmlns="DAV:"/>`, nil},
			{403, "REPORT", home, `<sync-collection xmlns="DAV:"><sync-token>https://schulhof.org/ns/sync/other/1</sync-token><prop/></sync-collection>`, nil},
			{403, "REPORT", home, `<sync-collection xmlns="DAV:"><sync-token>nonsense</sync-token><prop/></sync-collection>`, nil},
			{400, "PUT", home + "a.txt", "x", []string{"If", "(<x"}},
			{400, "PUT", home + "a.txt", "x", []string{"OC-Checksum", "SHA256:short"}},
			{412, "PUT", home + "a.txt", "x", []string{"If", `(["nothing"])`}},
			{412, "DELETE", home + "a.txt", "", []string{"If", "(<urn:uuid:none>)"}},
			{403, "PUT", "/dav/x", "x", nil},
			{403, "MKCOL", "/dav/other/", "", nil},
			{403, "MKCOL", "/dav/groups/", "", nil},
			{403, "DELETE", "/dav/", "", nil},
			{403, "DELETE", "/dav/groups/", "", nil},
			{403, "LOCK", "/dav/", `<lockinfo xmlns="DAV:"/>`, nil},
			{403, "PROPFIND", "/dav/", "", []string{"Depth", "infinity"}},
			{404, "PROPFIND", "/dav/home2/", "", nil},
			{404, "GET", "/dav/homes/tom/", "", nil},
			{404, "GET", "/dav/home/../../tom", "", nil},
		} {
			if strings.Contains(c.path, "..") && c.status == 404 {
				c.status = 400
			}
			a := s.want(c.status, "lena", c.method, c.path, c.body, c.headers...)
			if !strings.Contains(a.body, "\n") || strings.Contains(a.body, "root:x:") {
				t.Errorf("%s %.60s: no two sentences: %s", c.method, c.path, a.body)
			}
		}
		for _, q := range []string{"a%00b", "%ff", "%ed%a0%80"} {
			a := s.do("lena", "GET", "/api/v1/files/search?under=/dav/home/&q="+q, "")
			if a.status >= 500 {
				t.Errorf("search for %s: %d %s", q, a.status, a.body)
			}
		}
		s.sees("lena", home+"a.txt", "safe")
		if got := strings.Count(s.want(207, "lena", "PROPFIND", home, "", "Depth", "infinity").body, "<D:response>"); got != 3 {
			t.Errorf("%d resources are left, want 3", got)
		}
	})
}

// TestDepth makes folders until it is refused, and then a tree that would grow too deep.
func TestDepth(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		path, made := home, 0
		for range 100 {
			path += "d/"
			if a := s.do("lena", "MKCOL", path, ""); a.status != 201 {
				if a.status != 403 && a.status != 414 {
					t.Errorf("too deep: %d %s", a.status, a.body)
				}
				break
			}
			made++
		}
		if made != 64 {
			t.Errorf("%d levels, want 64", made)
		}
		s.want(201, "lena", "MKCOL", home+"e", "")
		s.want(403, "lena", "MOVE", home+"d", "", "Destination", home+"e/d")
		s.want(403, "lena", "COPY", home+"d", "", "Destination", home+"e/d")
		s.want(201, "lena", "COPY", home+"d", "", "Destination", home+"f")
		s.want(204, "lena", "DELETE", home+"d", "")
	})
}

// TestQuota fills a home.
func TestQuota(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.want(201, "lena", "PUT", home+"a", strings.Repeat("a", 600))
		s.want(507, "lena", "PUT", home+"b", strings.Repeat("b", 500))
		s.want(507, "lena", "PUT", home+"b", strings.Repeat("b", 500), "Transfer-Encoding", "chunked")
		s.want(507, "lena", "COPY", home+"a", "", "Destination", home+"b")
		s.sees("lena", home+"b", "")
		s.want(204, "lena", "PUT", home+"a", strings.Repeat("a", 1000))
		s.want(507, "lena", "PUT", home+"a", strings.Repeat("a", 1001))
		s.sees("lena", home+"a", strings.Repeat("a", 1000))
		s.want(201, "lena", "MOVE", home+"a", "", "Destination", home+"c")
		s.want(204, "lena", "DELETE", home+"c", "")
		s.want(201, "lena", "PUT", home+"b", strings.Repeat("b", 500))
		if _, err := s.db.Exec(context.Background(), `UPDATE person SET quota = 450 WHERE id = 'p-lena'`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(fresh)
		s.want(507, "lena", "PUT", home+"d", "d")
		s.want(204, "lena", "PUT", home+"b", "b")
		var used int64
		if err := s.db.Get(context.Background(), &used, `SELECT used FROM files_root WHERE owner = 'p-lena'`); err != nil || used != 1 {
			t.Errorf("used %d, %v", used, err)
		}
	}, func(st *store) { st.quotas.student = 1000 })
}

// TestNothingIsLost looks for what was deleted and overwritten.
func TestNothingIsLost(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		ctx := context.Background()
		for i := range 15 {
			s.do("lena", "PUT", home+"a.txt", fmt.Sprint("version ", i))
		}
		var versions int
		if err := s.db.Get(ctx, &versions, `SELECT count(*) FROM files_version`); err != nil || versions != keepVersions {
			t.Errorf("%d versions, %v, want %d", versions, err, keepVersions)
		}
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.want(201, "lena", "PUT", home+"d/b.txt", "b")
		s.want(204, "lena", "DELETE", home+"d", "")
		s.want(201, "lena", "PUT", home+"c.txt", "c")
		s.want(204, "lena", "MOVE", home+"c.txt", "", "Destination", home+"a.txt")
		var trash []string
		if err := s.db.Select(ctx, &trash, `SELECT path FROM files_trash ORDER BY path`); err != nil || fmt.Sprint(trash) != "[a.txt d]" {
			t.Errorf("in the trash: %v %v", trash, err)
		}
		s.sees("lena", home+"d/b.txt", "")
	})
}

// TestManyNodes holds the bound on deep listings, and what a listing of many costs.
func TestManyNodes(t *testing.T) {
	s := onSQLite(t)
	s.want(201, "lena", "MKCOL", home+"many", "")
	ctx := context.Background()
	var top, root string
	if err := s.db.Get(ctx, &root, `SELECT root FROM files_node WHERE name = 'many'`); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Get(ctx, &top, `SELECT id FROM files_node WHERE name = 'many'`); err != nil {
		t.Fatal(err)
	}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i := range maxTree {
			name := fmt.Sprintf("f%05d", i)
			if err := insert(ctx, tx, &node{ID: testID(), Root: root, Parent: top, Name: name, Fold: foldOf(name), Blob: emptyBlob, Seq: 2}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := s.want(403, "lena", "PROPFIND", home, "", "Depth", "infinity")
	if !strings.Contains(a.body, "<D:propfind-finite-depth/>") {
		t.Error(a.body)
	}
	if got := strings.Count(s.want(207, "lena", "PROPFIND", home+"many/", "", "Depth", "1").body, "<D:response>"); got != maxTree+1 {
		t.Errorf("%d resources", got)
	}
	s.want(403, "lena", "COPY", home+"many", "", "Destination", home+"copy")
	s.want(204, "lena", "DELETE", home+"many", "")
	s.lists("lena", home)
}
