package files

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"schulhof/server/wire"
)

const class = "/dav/groups/7b/"

// names lists the members of a folder as somebody sees them.
func (s *school) names(who, path string) []string {
	s.t.Helper()
	a := s.want(207, who, "PROPFIND", path, "", "Depth", "1")
	found := regexp.MustCompile(`<D:href>([^<]*)</D:href>`).FindAllStringSubmatch(a.body, -1)[1:]
	names := make([]string, 0, len(found))
	for _, m := range found {
		names = append(names, strings.TrimPrefix(m[1], path))
	}
	return names
}

func (s *school) lists(who, path string, want ...string) {
	s.t.Helper()
	if got := s.names(who, path); !slices.Equal(got, want) {
		s.t.Errorf("%s sees in %s: %q, want %q", who, path, got, want)
	}
}

// TestHomes holds that a home is its owner's alone.
func TestHomes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.want(201, "lena", "PUT", home+"secret.txt", "mine")
		s.sees("tom", home+"secret.txt", "")
		for _, path := range []string{"/dav/home/lena/secret.txt", "/dav/homes/lena/secret.txt", "/dav/lena/secret.txt", "/dav/groups/lena/secret.txt", "/dav/groups/p-lena/"} {
			for _, who := range []string{"tom", "anna", "erika"} {
				if a := s.do(who, "GET", path, ""); a.status != 404 {
					t.Errorf("%s GET %s: %d", who, path, a.status)
				}
				if a := s.do(who, "PROPFIND", path, "", "Depth", "0"); a.status != 404 {
					t.Errorf("%s PROPFIND %s: %d", who, path, a.status)
				}
			}
		}
		s.want(409, "lena", "COPY", home+"secret.txt", "", "Destination", "/dav/groups/none/x")
		s.want(401, "nobody", "GET", home+"secret.txt", "")
	})
}

// TestGroups holds who may do what in a class folder.
func TestGroups(t *testing.T) {
	onBoth(t, func(_ *testing.T, s *school) {
		s.lists("lena", class, "Abgabe/", "Austausch/", "Material/")
		for _, who := range []string{"mia", "erika"} {
			s.want(404, who, "PROPFIND", class, "", "Depth", "1")
			s.want(404, who, "PUT", class+"Austausch/x", "x")
			s.lists(who, "/dav/groups/")
			s.want(409, who, "COPY", home, "", "Destination", class+"Austausch/x")
		}
		for _, who := range []string{"anna", "lena"} { // the group's root and its folders are fixed
			s.want(403, who, "PUT", class+"x.txt", "x")
			s.want(403, who, "MKCOL", class+"New", "")
			s.want(403, who, "DELETE", class+"Material", "")
			s.want(403, who, "DELETE", class, "")
			s.want(403, who, "MOVE", class+"Material", "", "Destination", home+"Material")
			s.want(403, who, "MOVE", class+"Material", "", "Destination", class+"Anders")
			s.want(403, who, "PROPPATCH", class+"Material", `<propertyupdate xmlns="DAV:"><set><prop><x xmlns="u">1</x></prop></set></propertyupdate>`)
			s.want(403, who, "LOCK", class+"Material", `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`)
		}

		// Material
		s.want(201, "anna", "PUT", class+"Material/blatt.txt", "sheet")
		s.want(201, "anna", "MKCOL", class+"Material/Mathe", "")
		s.sees("lena", class+"Material/blatt.txt", "sheet")
		s.want(403, "lena", "PUT", class+"Material/blatt.txt", "spoilt")
		s.want(403, "lena", "PUT", class+"Material/Mathe/x", "x")
		s.want(403, "lena", "DELETE", class+"Material/blatt.txt", "")
		s.want(403, "lena", "MOVE", class+"Material/blatt.txt", "", "Destination", home+"blatt.txt")
		s.want(201, "lena", "COPY", class+"Material/blatt.txt", "", "Destination", home+"blatt.txt")
		s.want(403, "lena", "COPY", home+"blatt.txt", "", "Destination", class+"Material/blatt.txt")
		s.sees("lena", home+"blatt.txt", "sheet")

		// Austausch
		s.want(201, "lena", "PUT", class+"Austausch/l.txt", "lena's")
		s.want(201, "lena", "MKCOL", class+"Austausch/Ordner", "")
		s.want(201, "tom", "PUT", class+"Austausch/Ordner/t.txt", "tom's")
		for _, c := range [][]string{{"PUT", "l.txt"}, {"DELETE", "l.txt"}, {"DELETE", "Ordner"}} {
			s.want(403, "tom", c[0], class+"Austausch/"+c[1], "")
		}
		s.want(403, "tom", "MOVE", class+"Austausch/l.txt", "", "Destination", class+"Austausch/t.txt")
		s.want(403, "tom", "COPY", class+"Austausch/Ordner/t.txt", "", "Destination", class+"Austausch/l.txt")
		s.want(403, "lena", "DELETE", class+"Austausch/Ordner/t.txt", "")
		s.want(403, "lena", "DELETE", class+"Austausch/Ordner", "") // Tom's file is in it
		s.want(403, "lena", "MOVE", class+"Austausch/Ordner", "", "Destination", home+"Ordner")
		s.sees("lena", class+"Austausch/Ordner/t.txt", "tom's")
		s.want(204, "lena", "PUT", class+"Austausch/l.txt", "again")
		s.want(204, "tom", "DELETE", class+"Austausch/Ordner/t.txt", "")
		s.want(201, "lena", "MOVE", class+"Austausch/Ordner", "", "Destination", class+"Austausch/Mappe")
		s.want(204, "anna", "PUT", class+"Austausch/l.txt", "lead's")
		s.want(204, "anna", "DELETE", class+"Austausch/l.txt", "")

		// a restricted account
		s.sees("jonas", class+"Material/blatt.txt", "sheet")
		s.want(403, "jonas", "PUT", home+"x", "x")
		s.want(403, "jonas", "PUT", class+"Austausch/x", "x")
		s.want(403, "jonas", "MKCOL", class+"Abgabe/x", "")
	})
}

// TestHandIn holds that members hand in without seeing or hindering each other.
func TestHandIn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		s.lists("lena", class+"Abgabe/")
		s.lists("anna", class+"Abgabe/")
		s.want(201, "lena", "PUT", class+"Abgabe/aufsatz.txt", "lena")
		s.want(201, "lena2", "PUT", class+"Abgabe/aufsatz.txt", "the other lena")
		s.want(201, "tom", "MKCOL", class+"Abgabe/Mappe", "")
		s.want(201, "tom", "PUT", class+"Abgabe/Mappe/t.txt", "tom")
		s.sees("lena", class+"Abgabe/aufsatz.txt", "lena")
		s.sees("lena2", class+"Abgabe/aufsatz.txt", "the other lena")
		s.lists("lena", class+"Abgabe/", "aufsatz.txt")
		s.lists("tom", class+"Abgabe/", "Mappe/")
		lenas, second := "Abgabe/Weber,%20Lena/", "Abgabe/Weber,%20Lena%20(lena2)/"
		s.lists("anna", class+"Abgabe/", "Test,%20Tom/", "Weber,%20Lena/", "Weber,%20Lena%20(lena2)/")
		s.sees("anna", class+lenas+"aufsatz.txt", "lena")
		s.sees("anna", class+second+"aufsatz.txt", "the other lena")
		for _, path := range []string{lenas, lenas + "aufsatz.txt", "Abgabe/Test,%20Tom/", second + "aufsatz.txt"} {
			s.want(404, "lena", "PROPFIND", class+path, "", "Depth", "0")
			s.want(404, "lena", "DELETE", class+path, "")
			s.want(404, "lena", "COPY", class+path, "", "Destination", home+"stolen")
		}
		s.want(404, "lena", "MOVE", class+"Abgabe/Mappe/t.txt", "", "Destination", home+"stolen")
		if deep := s.want(207, "lena", "PROPFIND", class, "", "Depth", "infinity").body; strings.Contains(deep, "Mappe") || strings.Contains(deep, "Weber") || !strings.Contains(deep, "Abgabe/aufsatz.txt") {
			t.Errorf("lena sees: %s", deep)
		}
		s.want(403, "anna", "PUT", class+"Abgabe/x.txt", "x")
		s.want(403, "anna", "DELETE", class+lenas, "")
		s.want(403, "anna", "MOVE", class+lenas, "", "Destination", home+"Lena")
		s.want(201, "anna", "COPY", class+"Abgabe", "", "Destination", home+"Abgaben")
		s.sees("anna", home+"Abgaben/Test,%20Tom/Mappe/t.txt", "tom")
		s.want(201, "anna", "PUT", class+lenas+"korrektur.txt", "well done")
		s.sees("lena", class+"Abgabe/korrektur.txt", "well done")
		s.want(201, "lena", "COPY", class+"Abgabe", "", "Destination", home+"Meins")
		s.sees("lena", home+"Meins/aufsatz.txt", "lena")
		s.want(201, "lena", "MOVE", home+"Meins", "", "Destination", class+"Abgabe/Meins")
		s.sees("anna", class+lenas+"Meins/aufsatz.txt", "lena")
		s.want(201, "lena", "MOVE", class+"Abgabe/Meins", "", "Destination", class+"Austausch/Meins")
		s.sees("tom", class+"Austausch/Meins/aufsatz.txt", "lena")
		s.want(204, "lena", "DELETE", class+"Abgabe/aufsatz.txt", "")
		s.sees("lena2", class+"Abgabe/aufsatz.txt", "the other lena")
		s.want(403, "lena", "DELETE", class+"Abgabe", "")
	})
}

// TestRightsProperty holds the letters that clients grey out their buttons by.
func TestRightsProperty(t *testing.T) {
	s := onSQLite(t)
	s.want(201, "anna", "PUT", class+"Material/m.txt", "m")
	s.want(201, "lena", "PUT", class+"Austausch/l.txt", "l")
	s.want(201, "lena", "PUT", home+"h.txt", "h")
	for _, c := range []struct{ who, path, want string }{
		{"lena", home, "a"},
		{"lena", home + "h.txt", "wd"},
		{"lena", class, ""},
		{"lena", class + "Material/", ""},
		{"anna", class + "Material/", "a"},
		{"lena", class + "Material/m.txt", ""},
		{"anna", class + "Material/m.txt", "wd"},
		{"lena", class + "Austausch/", "a"},
		{"lena", class + "Austausch/l.txt", "wd"},
		{"tom", class + "Austausch/l.txt", ""},
		{"lena", class + "Abgabe/", "a"},
		{"anna", class + "Abgabe/", ""},
		{"lena", "/dav/", ""},
		{"lena", "/dav/groups/", ""},
		{"jonas", class + "Austausch/", ""},
		{"jonas", home, ""},
	} {
		a := s.want(207, c.who, "PROPFIND", c.path, `<propfind xmlns="DAV:" xmlns:s="`+wire.DAVNamespace+`"><prop><s:rights/><s:id/><s:by/></prop></propfind>`, "Depth", "0")
		if !strings.Contains(a.body, "<s:rights>"+c.want+"</s:rights>") {
			t.Errorf("%s in %s: want %q: %s", c.who, c.path, c.want, a.body)
		}
	}
	a := s.want(207, "tom", "PROPFIND", class+"Austausch/l.txt", `<propfind xmlns="DAV:" xmlns:s="`+wire.DAVNamespace+`"><prop><s:by/><s:sha256/></prop></propfind>`, "Depth", "0")
	if !strings.Contains(a.body, "<s:by>Lena Weber<") || !strings.Contains(a.body, "<s:sha256>acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0<") {
		t.Error(a.body)
	}
}

// TestRootsAndSearch holds the routes of the API.
func TestRootsAndSearch(t *testing.T) {
	onBoth(t, func(t *testing.T, s *school) {
		roots := func(who string) (r wire.Roots) {
			a := s.want(200, who, "GET", "/api/v1/files/roots", "", "Authorization", "Bearer "+who)
			if err := json.Unmarshal([]byte(a.body), &r); err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := roots("lena").Roots
		if len(r) != 2 || r[0].Href != home || r[0].Kind != "home" || r[0].Quota != 1<<30 || r[1].Href != class || r[1].Name != "Klasse 7b" || r[1].Lead {
			t.Errorf("lena's roots: %+v", r)
		}
		if r := roots("anna").Roots; len(r) != 2 || !r[1].Lead || r[0].Quota != 5<<30 {
			t.Errorf("anna's roots: %+v", r)
		}
		if r := roots("erika").Roots; len(r) != 1 {
			t.Errorf("erika's roots: %+v", r)
		}
		s.want(201, "lena", "MKCOL", home+"Übungen", "")
		s.want(201, "lena", "PUT", home+"Übungen/Lösung%201_a.txt", "x")
		s.want(201, "lena", "PUT", home+"l%C3%B6sung.txt", "x")
		s.want(201, "tom", "PUT", class+"Abgabe/Lösung.txt", "tom")
		s.want(201, "lena", "PUT", class+"Abgabe/Lösung.txt", "lena")
		search := func(who, under, q string) (hrefs []string) {
			a := s.want(200, who, "GET", "/api/v1/files/search?under="+under+"&q="+q, "", "Authorization", "Bearer "+who)
			var l wire.FoundList
			if err := json.Unmarshal([]byte(a.body), &l); err != nil {
				t.Fatal(err)
			}
			for _, f := range l.Found {
				hrefs = append(hrefs, f.Href)
			}
			return hrefs
		}
		for _, c := range []struct {
			who, under, q string
			want          []string
		}{
			{"lena", home, "LÖSUNG", []string{home + "%C3%9Cbungen/L%C3%B6sung%201_a.txt", home + "l%C3%B6sung.txt"}},
			{"lena", home + "Übungen/", "lös", []string{home + "%C3%9Cbungen/L%C3%B6sung%201_a.txt"}},
			{"lena", home, "%25", nil},
			{"lena", home, "1_a", []string{home + "%C3%9Cbungen/L%C3%B6sung%201_a.txt"}},
			{"lena", home, "1-a", nil},
			{"lena", home, "übung", []string{home + "%C3%9Cbungen/"}},
			{"lena", class, "lösung", []string{class + "Abgabe/L%C3%B6sung.txt"}},
			{"lena", class, "weber", nil},
			{"lena", class + "Abgabe/", "lösung", []string{class + "Abgabe/L%C3%B6sung.txt"}},
			{"lena2", class, "lösung", nil},
			{"anna", class, "lösung", []string{class + "Abgabe/Test,%20Tom/L%C3%B6sung.txt", class + "Abgabe/Weber,%20Lena/L%C3%B6sung.txt"}},
		} {
			got := search(c.who, c.under, c.q)
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s finds %s under %s: %q, want %q", c.who, c.q, c.under, got, c.want)
			}
		}
		s.want(404, "mia", "GET", "/api/v1/files/search?under="+class+"&q=a", "", "Authorization", "Bearer mia")
		s.want(404, "lena", "GET", "/api/v1/files/search?under=/dav/&q=a", "", "Authorization", "Bearer lena")
	})
}
