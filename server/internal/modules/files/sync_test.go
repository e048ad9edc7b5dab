package files

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// changes asks a REPORT and gives the hrefs that are there with +, those gone with
// -, and the next token. A 507 is "more".
func (s *school) changes(who, path, token, level string, limit int) ([]string, string) {
	s.t.Helper()
	body := `<sync-collection xmlns="DAV:"><sync-token>` + token + `</sync-token><sync-level>` + level + `</sync-level>`
	if limit > 0 {
		body += fmt.Sprintf("<limit><nresults>%d</nresults></limit>", limit)
	}
	a := s.want(207, who, "REPORT", path, body+`<prop><getetag/></prop></sync-collection>`)
	var found []string
	for _, m := range regexp.MustCompile(`(?s)<D:response><D:href>([^<]*)</D:href>(.*?)</D:response>`).FindAllStringSubmatch(a.body, -1) {
		switch {
		case strings.Contains(m[2], "HTTP/1.1 507"):
			found = append(found, "more")
		case strings.HasPrefix(m[2], "<D:status>HTTP/1.1 404"):
			found = append(found, "-"+strings.TrimPrefix(m[1], path))
		default:
			found = append(found, "+"+strings.TrimPrefix(m[1], path))
		}
	}
	slices.Sort(found)
	return found, regexp.MustCompile(`<D:sync-token>([^<]*)<`).FindStringSubmatch(a.body)[1]
}

// TestSyncCollection follows a home by its changes alone.
func TestSyncCollection(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		token := ""
		step := func(want ...string) {
			t.Helper()
			var got []string
			got, token = s.changes("lena", home, token, "infinite", 0)
			if !slices.Equal(got, want) {
				t.Errorf("changes %q, want %q", got, want)
			}
		}
		step()
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.want(201, "lena", "PUT", home+"d/a", "a")
		s.want(201, "lena", "PUT", home+"d/b", "b")
		step("+d/", "+d/a", "+d/b")
		step()
		s.want(204, "lena", "PUT", home+"d/a", "aa")
		step("+d/a")
		s.want(201, "lena", "MOVE", home+"d", "", "Destination", home+"e")
		step("+e/", "+e/a", "+e/b", "-d/")
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.want(201, "lena", "COPY", home+"e", "", "Destination", home+"d/f")
		step("+d/", "+d/f/", "+d/f/a", "+d/f/b")
		s.want(204, "lena", "DELETE", home+"e/a", "")
		s.want(201, "lena", "MOVE", home+"e/b", "", "Destination", home+"b")
		step("+b", "-e/a", "-e/b")
		s.want(204, "lena", "DELETE", home+"b", "")
		s.want(201, "lena", "PUT", home+"b", "new")
		step("+b")
		s.want(201, "lena", "PUT", home+"brief", "x")
		s.want(204, "lena", "DELETE", home+"brief", "")
		step("-brief")
		s.want(201, "lena", "PUT", home+"d/f/c", "c")
		step("+d/f/c")
		s.want(204, "lena", "DELETE", home+"d", "")
		s.want(201, "lena", "MKCOL", home+"d", "") // the client still knows d/f
		step("+d/", "-d/f/")
		for _, name := range []string{"d/f", "x", "x/f"} {
			s.want(201, "lena", "MKCOL", home+name, "")
		}
		s.want(201, "lena", "PUT", home+"d/f/old", "old")
		s.want(201, "lena", "PUT", home+"x/f/new", "new")
		step("+d/f/", "+d/f/old", "+x/", "+x/f/", "+x/f/new")
		s.want(204, "lena", "MOVE", home+"x", "", "Destination", home+"d") // both have a folder f
		step("+d/", "+d/f/", "+d/f/new", "-d/f/old", "-x/")
		s.lockOn("lena", home+"b", "exclusive", "Depth", "0")
		step()

		if got, _ := s.changes("lena", home, "", "1", 0); !slices.Equal(got, []string{"+b", "+d/", "+e/"}) {
			t.Errorf("level 1: %q", got)
		}
		for i := range 10 {
			s.want(201, "lena", "PUT", fmt.Sprint(home, "n", i), "n")
		}
		var all []string
		for range 20 {
			var got []string
			got, token = s.changes("lena", home, token, "infinite", 3)
			all = append(all, got...)
			if !slices.Contains(got, "more") {
				break
			}
		}
		if slices.Sort(all); len(slices.DeleteFunc(all, func(x string) bool { return x == "more" })) != 10 {
			t.Errorf("in parts: %q", all)
		}
		s.want(201, "lena", "MOVE", home+"n1", "", "Destination", class+"Austausch/n1")
		step("-n1")
	})
}

// TestSyncHandIn holds that a member's changes in Abgabe are told to those who may see them.
func TestSyncHandIn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		tokens := map[string]string{}
		step := func(who string, want ...string) {
			t.Helper()
			got, next := s.changes(who, class, tokens[who], "infinite", 0)
			tokens[who] = next
			if !slices.Equal(got, want) {
				t.Errorf("%s is told %q, want %q", who, got, want)
			}
		}
		for _, who := range []string{"anna", "lena", "tom"} {
			step(who, "+Abgabe/", "+Austausch/", "+Material/")
		}
		s.want(201, "lena", "PUT", class+"Abgabe/a.txt", "a")
		step("lena", "+Abgabe/a.txt")
		step("tom")
		step("anna", "+Abgabe/Weber,%20Lena/", "+Abgabe/Weber,%20Lena/a.txt")
		s.want(201, "lena", "MOVE", class+"Abgabe/a.txt", "", "Destination", class+"Austausch/a.txt")
		step("lena", "+Austausch/a.txt", "-Abgabe/a.txt")
		step("tom", "+Austausch/a.txt")
		step("anna", "+Austausch/a.txt", "-Abgabe/Weber,%20Lena/a.txt")
		if len(s.events) == 0 {
			t.Error("nobody was told")
		}
	})
}

// TestListingFollowsChanges looks at a listing, which comes from memory, after
// every kind of change, and after one that another server made.
func TestListingFollowsChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		other := newStore(s.db, s.blobs, s)
		s.store.homes, other.homes = nil, nil // as where several servers write
		s.lists("lena", home)
		s.want(201, "lena", "PUT", home+"a", "1")
		s.lists("lena", home, "a")
		s.want(201, "lena", "MKCOL", home+"d", "")
		s.lists("lena", home, "a", "d/")
		s.lists("lena", home+"d/")
		s.want(201, "lena", "MOVE", home+"a", "", "Destination", home+"d/b")
		s.lists("lena", home, "d/")
		s.lists("lena", home+"d/", "b")
		v, err := other.home(t.Context(), asker{ID: "p-lena", Role: "student"}, false)
		if err != nil {
			t.Fatal(err)
		}
		put := func(names ...string) {
			err := other.write(t.Context(), conditions{}, []*view{v}, func(ctx context.Context, c *change) error {
				_, _, err := c.put(ctx, names, content{blob: emptyBlob})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		put("from-another-server")
		put("d", "too")
		s.lists("lena", home, "d/", "from-another-server")
		s.lists("lena", home+"d/", "b", "too")
		s.want(204, "lena", "DELETE", home+"d", "")
		s.lists("lena", home, "from-another-server")
		s.want(404, "lena", "PROPFIND", home+"d/", "", "Depth", "1")
		if _, err := s.db.Exec(t.Context(), `UPDATE files_root SET epoch = 'restored', seq = 1`); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec(t.Context(), `DELETE FROM files_node WHERE name = 'from-another-server'`); err != nil {
			t.Fatal(err)
		}
		s.lists("lena", home)
	})
}
