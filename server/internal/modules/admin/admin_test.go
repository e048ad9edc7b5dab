package admin_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// school is a server with administrators who have just given the password again.
type school struct {
	*servertest.Server
	admin *servertest.Client
	skip  *atomic.Int64 // how much later it is than it is
}

func each(t *testing.T, fn func(t *testing.T, s *school), opts ...servertest.Option) {
	t.Helper()
	skip := new(atomic.Int64)
	now := servertest.Now(func() time.Time { return time.Now().Add(time.Duration(skip.Load())) })
	servertest.Each(t, func(t *testing.T, server *servertest.Server) {
		s := &school{Server: server, skip: skip}
		s.admin = s.elevated(t, "admin")
		fn(t, s)
	}, append(opts, now)...)
}

// elevated signs an administrator in, who gives the password again.
func (s *school) elevated(t testing.TB, login string) *servertest.Client {
	t.Helper()
	c := s.Client(t, login)
	if status, p := c.JSON(t, http.MethodPost, "/api/v1/session/admin", wire.PasswordOnly{Password: servertest.Password}, nil); status != http.StatusOK {
		t.Fatalf("administrate: %d %+v", status, p)
	}
	return c
}

// ask sends a request that has to succeed.
func ask[T any](t testing.TB, c *servertest.Client, method, path string, in any) T {
	t.Helper()
	var out T
	var to any = &out
	if _, none := to.(*any); none {
		to = nil
	}
	if status, p := c.JSON(t, method, path, in, to); status >= 300 {
		t.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
	return out
}

// no is a refusal.
type no struct {
	status int
	code   string
}

// refused sends a request that has to be refused.
func refused(t testing.TB, c *servertest.Client, method, path string, in any, want no) {
	t.Helper()
	status, code := want.status, want.code
	got, p := c.JSON(t, method, path, in, nil)
	if got != status || p.Code != code {
		t.Errorf("%s %s: %d %+v, want %d %s", method, path, got, p, status, code)
	}
	if p.Detail == "" || strings.ContainsAny(p.Detail, "{}") {
		t.Errorf("%s %s: the sentence %q", method, path, p.Detail)
	}
}

func logins(page wire.PeoplePage) []string {
	out := make([]string, len(page.People))
	for i, p := range page.People {
		out[i] = p.Login
	}
	return out
}

func TestPeople(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		for _, c := range []struct {
			query string
			want  []string
		}{
			{"", []string{"admin", "claudia.direktor", "erika.musterfrau@example.org", "bernd.richter", "anna.schmidt", "mia.test", "tom.test", "lena.weber", "sabine.weber@example.org"}},
			{"q=weber", []string{"lena.weber", "sabine.weber@example.org"}},
			{"q=web+le", []string{"lena.weber"}},
			{"q=WEBER+7B", []string{"lena.weber"}},
			{"q=eber", nil},
			{"q=%25", []string{"admin", "claudia.direktor", "erika.musterfrau@example.org", "bernd.richter", "anna.schmidt", "mia.test", "tom.test", "lena.weber", "sabine.weber@example.org"}},
			{"q=_ena", nil},
			{"q=sabine.weber@ex", []string{"sabine.weber@example.org"}},
			{"q=7b&role=student", []string{"tom.test", "lena.weber"}},
			{"role=guardian", []string{"erika.musterfrau@example.org", "sabine.weber@example.org"}},
			{"group=" + s.GroupID(t, "klasse-5a") + "&role=student", []string{"mia.test"}},
			{"state=locked", nil},
			{"q=" + url.QueryEscape("x' OR 1=1 --"), nil},
		} {
			page := ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?"+c.query, nil)
			if got := logins(page); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("%s: %q, want %q", c.query, got, c.want)
			}
			if page.Total != len(c.want) || page.Reach != "all" {
				t.Errorf("%s: %d of %s", c.query, page.Total, page.Reach)
			}
		}
		var paged []string
		for after := ""; ; {
			page := ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?limit=2&after="+after, nil)
			paged = append(paged, logins(page)...)
			if after = page.Next; after == "" {
				break
			}
		}
		if len(paged) != 9 || len(slices.Compact(slices.Sorted(slices.Values(paged)))) != 9 {
			t.Errorf("pages: %q", paged)
		}
		refused(t, s.admin, http.MethodGet, "/api/v1/people?after=!", nil, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		detail := ask[wire.PersonDetail](t, s.admin, http.MethodGet, "/api/v1/people/"+s.PersonID(t, "sabine.weber@example.org"), nil)
		if len(detail.Children) != 1 || detail.Children[0].Class != "7b" || detail.Class != "7b" {
			t.Errorf("%+v", detail)
		}
		if detail = ask[wire.PersonDetail](t, s.admin, http.MethodGet, "/api/v1/people/"+s.PersonID(t, "lena.weber"), nil); len(detail.Guardians) != 1 || detail.Class != "7b" || detail.Used == 0 {
			t.Errorf("%+v", detail)
		}
	})
}

// Who leads a class sees its students and nobody else.
func TestReach(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lead := s.Client(t, "anna.schmidt")
		page := ask[wire.PeoplePage](t, lead, http.MethodGet, "/api/v1/people", nil)
		var own string
		for _, g := range ask[[]wire.GroupRow](t, lead, http.MethodGet, "/api/v1/groups", nil) {
			own = g.Name
			if g.Kind != "class" || len(g.Leads) == 0 {
				t.Errorf("%+v", g)
			}
		}
		if got := logins(page); page.Reach != "own_classes" || own != "Klasse 7b" || !slices.Equal(got, []string{"tom.test", "lena.weber"}) {
			t.Fatalf("%q of %q", got, own)
		}
		if !slices.Contains(lead.Session.Modules, "admin") {
			t.Errorf("modules %q", lead.Session.Modules)
		}
		refused(t, lead, http.MethodGet, "/api/v1/people/"+s.PersonID(t, "mia.test"), nil, no{http.StatusForbidden, wire.CodeForbidden})
		refused(t, lead, http.MethodPost, "/api/v1/groups/"+s.GroupID(t, "klasse-5a")+"/start-codes", nil, no{http.StatusNotFound, wire.CodeNotFound})
		codes := ask[[]wire.StartCode](t, lead, http.MethodPost, "/api/v1/groups/"+s.GroupID(t, "klasse-7b")+"/start-codes", nil)
		if len(codes) != 1 || codes[0].Login != "tom.test" || codes[0].Class != "7b" || codes[0].Code == "" {
			t.Fatalf("%+v", codes)
		}
		if c := s.SignIn(t, "tom.test", codes[0].Code); !c.Session.MustChange || slices.Contains(c.Session.Modules, "admin") {
			t.Errorf("%+v", c.Session)
		}
		for _, login := range []string{"lena.weber", "erika.musterfrau@example.org"} {
			refused(t, s.Client(t, login), http.MethodGet, "/api/v1/people", nil, no{http.StatusForbidden, wire.CodeForbidden})
		}
		refused(t, s.Client(t, "admin"), http.MethodGet, "/api/v1/people", nil, no{http.StatusForbidden, wire.CodeAdmin})
	})
}

func TestNewPerson(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		class := s.GroupID(t, "klasse-7b")
		made := ask[wire.PersonDetail](t, s.admin, http.MethodPost, "/api/v1/people", wire.NewPerson{
			Given: " Lena ", Family: "Weber", Role: wire.RoleStudent, Born: "01.02.2014", Class: class,
		})
		if made.Login != "lena.weber2" || made.Class != "7b" || made.Code == nil || made.Born != "2014-02-01" || made.Start == nil {
			t.Fatalf("%+v", made)
		}
		if c := s.SignIn(t, made.Login, made.Code.Code); !c.Session.MustChange {
			t.Errorf("%+v", c.Session)
		}
		for name, bad := range map[string]wire.NewPerson{
			"300 characters":         {Given: strings.Repeat("x", 300), Family: "B", Role: wire.RoleStudent},
			"right-to-left override": {Given: "A", Family: "B\u202eC", Role: wire.RoleStudent},
			"31 February":            {Given: "A", Family: "B", Role: wire.RoleStudent, Born: "31.02.2012"},
			"no name":                {Given: "A", Family: " ", Role: wire.RoleStudent},
			"no address":             {Given: "A", Family: "B", Role: wire.RoleGuardian, Email: "x"},
			"role":                   {Given: "A", Family: "B", Role: "king"},
			"class":                  {Given: "A", Family: "B", Role: wire.RoleStudent, Class: "x"},
		} {
			t.Run(name, func(t *testing.T) {
				refused(t, s.admin, http.MethodPost, "/api/v1/people", bad, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
			})
		}
		if page := ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people", nil); page.Total != 10 {
			t.Errorf("%d people", page.Total)
		}
		path := "/api/v1/people/" + made.ID
		edited := ask[wire.PersonDetail](t, s.admin, http.MethodPut, path, wire.EditPerson{Given: "Helena", Family: "Kurz", Language: "tr", Quota: 7})
		if edited.Given != "Helena" || edited.Login != "lena.weber2" || edited.Quota != 7 || edited.Language != "tr" || edited.Born != "" {
			t.Errorf("%+v", edited)
		}
		if page := ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?q=kurz", nil); page.Total != 1 {
			t.Errorf("not found under the new name")
		}
		sabine := "/api/v1/people/" + s.PersonID(t, "sabine.weber@example.org")
		refused(t, s.admin, http.MethodPut, sabine, wire.EditPerson{Given: "Sabine", Family: "Weber", Email: "new@example.org"}, no{http.StatusConflict, wire.CodeConflict})
	})
}

func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		g := ask[wire.GroupRow](t, s.admin, http.MethodPost, "/api/v1/groups", wire.NewGroup{Name: "AG Höhlen", Kind: "club"})
		if g.Slug != "ag-hoehlen" {
			t.Errorf("%+v", g)
		}
		refused(t, s.admin, http.MethodPost, "/api/v1/groups", wire.NewGroup{Name: "ag höhlen"}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		refused(t, s.admin, http.MethodPost, "/api/v1/groups", wire.NewGroup{Name: "AG Höhlen", Kind: "club"}, no{http.StatusConflict, wire.CodeConflict})
		lena := s.PersonID(t, "lena.weber")
		ask[any](t, s.admin, http.MethodPut, "/api/v1/groups/"+g.ID+"/members/"+lena, wire.Membership{})
		refused(t, s.admin, http.MethodPut, "/api/v1/groups/"+g.ID+"/members/"+lena, wire.Membership{Lead: true}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		refused(t, s.admin, http.MethodPut, "/api/v1/groups/"+g.ID+"/members/"+s.PersonID(t, "sabine.weber@example.org"), wire.Membership{}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		c := s.Client(t, "lena.weber")
		has := func(name string) bool {
			roots := ask[struct{ Roots []wire.RootInfo }](t, c, http.MethodGet, "/api/v1/files/roots", nil)
			return slices.ContainsFunc(roots.Roots, func(r wire.RootInfo) bool { return r.Name == name })
		}
		if !has("AG Höhlen") {
			t.Error("the new member does not see the group's files")
		}
		if g = ask[wire.GroupRow](t, s.admin, http.MethodPut, "/api/v1/groups/"+g.ID, wire.NewGroup{Name: "AG Klettern"}); g.Slug != "ag-klettern" || g.Members != 1 || !has("AG Klettern") {
			t.Errorf("%+v", g)
		}
		ask[any](t, s.admin, http.MethodDelete, "/api/v1/groups/"+g.ID+"/members/"+lena, nil)
		if has("AG Klettern") {
			t.Error("still sees the group's files")
		}
		ask[any](t, s.admin, http.MethodDelete, "/api/v1/groups/"+g.ID, nil)
		refused(t, s.admin, http.MethodPut, "/api/v1/groups/"+g.ID, wire.NewGroup{Name: "X"}, no{http.StatusNotFound, wire.CodeNotFound})
		if again := ask[wire.GroupRow](t, s.admin, http.MethodPost, "/api/v1/groups", wire.NewGroup{Name: "AG Klettern", Kind: "club"}); again.Slug != "ag-klettern" {
			t.Errorf("%+v", again)
		}
	})
}

// post sends a list.
func post(t testing.TB, c *servertest.Client, path, text string) wire.Import {
	t.Helper()
	answer, body := c.Do(t, http.MethodPost, path, text, "Content-Type", "text/csv")
	var out wire.Import
	if err := json.Unmarshal([]byte(body), &out); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", path, answer.Status, body)
	}
	return out
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		text := "ID;Vorname;Fam;Klasse;Geburtsdatum;Schuhgröße\n1;Lena;Weber;7b;19.05.2014;38\n2;Mia;Test;6a;08.02.2016;36\n3;Neu;Neumann;6a;;37\n"
		p := post(t, s.admin, "/api/v1/imports/students?map=Nachname%3DFam", text)
		if p.ID == "" || p.Rows != 3 || !slices.Equal(p.Unknown, []string{"Schuhgröße"}) || p.Counts["new"] != 1 || len(p.Problems) != 0 {
			t.Fatalf("%+v", p)
		}
		if again := ask[wire.Import](t, s.admin, http.MethodGet, "/api/v1/imports/"+p.ID+"?lang=en", nil); again.Rows != 3 {
			t.Errorf("%+v", again)
		}
		if at := ask[wire.ImportProgress](t, s.admin, http.MethodGet, "/api/v1/imports", nil); at.Doing != "" || at.Of != 0 {
			t.Errorf("progress %+v", at)
		}
		done := ask[wire.ImportDone](t, s.admin, http.MethodPost, "/api/v1/imports/"+p.ID+"/confirm", nil)
		if len(done.Start) != 1 || done.Start[0].Login != "neu.neumann" || done.Start[0].Class != "6a" {
			t.Fatalf("%+v", done)
		}
		s.SignIn(t, "neu.neumann", done.Start[0].Code)
		refused(t, s.admin, http.MethodPost, "/api/v1/imports/"+p.ID+"/confirm", nil, no{http.StatusNotFound, wire.CodeNotFound})
		if p = post(t, s.admin, "/api/v1/imports/students?map=Nachname%3DFam", text); p.Counts["new"]+p.Counts["changed"]+p.Counts["moved"]+p.Counts["leaving"]+p.Counts["unclear"]+len(p.Groups) != 0 {
			t.Errorf("once more: %+v", p)
		}
		for _, c := range []struct{ text, says string }{
			{"", "leer"}, {"%PDF-1.4\n", "PDF"}, {strings.Repeat("x", 21<<20), "zu groß"},
		} {
			if p := post(t, s.admin, "/api/v1/imports/students", c.text); p.ID != "" || len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Text, c.says) {
				t.Errorf("%+v", p)
			}
		}
		refused(t, s.admin, http.MethodPost, "/api/v1/imports/kings", nil, no{http.StatusNotFound, wire.CodeNotFound})
		refused(t, s.admin, http.MethodPost, "/api/v1/imports/students?map=x", nil, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		refused(t, s.Client(t, "anna.schmidt"), http.MethodPost, "/api/v1/imports/students", nil, no{http.StatusForbidden, wire.CodeForbidden})
	})
}

func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lena, mia := s.PersonID(t, "lena.weber"), s.PersonID(t, "mia.test")
		twin := ask[wire.PersonDetail](t, s.admin, http.MethodPost, "/api/v1/people", wire.NewPerson{Given: "Sabine", Family: "Weber-Test", Role: wire.RoleGuardian})
		if twin.Login != "" || twin.Code != nil {
			t.Errorf("%+v", twin)
		}
		ask[wire.PersonDetail](t, s.admin, http.MethodPut, "/api/v1/people/"+twin.ID+"/children/"+mia, nil)
		sabine := s.PersonID(t, "sabine.weber@example.org")
		mother := s.Client(t, "sabine.weber@example.org")
		mother.Do(t, http.MethodPut, "/dav/home/eins.txt", "eins")
		erika := s.PersonID(t, "erika.musterfrau@example.org")
		s.Client(t, "erika.musterfrau@example.org").Do(t, http.MethodPut, "/dav/home/zwei.txt", "zwei")
		refused(t, s.admin, http.MethodPost, "/api/v1/people/merge", wire.Merge{Into: sabine, From: lena}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		refused(t, s.admin, http.MethodPost, "/api/v1/people/merge", wire.Merge{Into: sabine, From: sabine}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		merged := ask[wire.PersonDetail](t, s.admin, http.MethodPost, "/api/v1/people/merge", wire.Merge{Into: twin.ID, From: sabine})
		if merged.ID != sabine || len(merged.Children) != 2 { // the account that is used stays
			t.Fatalf("%+v", merged)
		}
		s.Client(t, "sabine.weber@example.org")
		refused(t, s.admin, http.MethodGet, "/api/v1/people/"+twin.ID, nil, no{http.StatusNotFound, wire.CodeNotFound})
		ask[any](t, s.admin, http.MethodDelete, "/api/v1/people/"+sabine+"/children/"+mia, nil)
		if merged = ask[wire.PersonDetail](t, s.admin, http.MethodPost, "/api/v1/people/merge", wire.Merge{Into: sabine, From: erika}); merged.ID != sabine {
			t.Errorf("%+v", merged)
		}
		for path, want := range map[string]string{"eins.txt": "eins", "Dateien%20des%20zweiten%20Kontos/zwei.txt": "zwei"} {
			if _, got := mother.Do(t, http.MethodGet, "/dav/home/"+path, ""); got != want {
				t.Errorf("%s: %q", path, got)
			}
		}
	})
}

// eventually lets time pass in steps until something holds.
func (s *school) eventually(t testing.TB, what string, step time.Duration, holds func() bool) {
	t.Helper()
	for range 10 {
		s.later(step)
		s.admin = s.elevated(t, "admin")
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if holds() {
				return
			}
		}
	}
	t.Fatal(what)
}

// Who leaves is locked at once, comes back when it is undone, and is deleted when
// the time is over; a guardian without another child follows.
func TestLeaving(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lena, sabine := s.PersonID(t, "lena.weber"), s.PersonID(t, "sabine.weber@example.org")
		state := func(id string) wire.State {
			return ask[wire.PersonDetail](t, s.admin, http.MethodGet, "/api/v1/people/"+id, nil).State
		}
		c := s.Client(t, "lena.weber")
		for path, content := range map[string]string{"home/Tagebuch.txt": "geheim", "groups/klasse-7b/Abgabe/Aufsatz.txt": "fertig", "groups/klasse-7b/Austausch/Bild.txt": "bunt"} {
			if answer, body := c.Do(t, http.MethodPut, "/dav/"+path, content); answer.StatusCode != http.StatusCreated {
				t.Fatalf("%s: %s %s", path, answer.Status, body)
			}
		}
		leave := func(state wire.State) {
			if status, p := s.admin.JSON(t, http.MethodPost, "/api/v1/people/"+lena+"/lock", wire.Lock{State: state}, nil); status >= 300 {
				t.Fatalf("%d %+v", status, p)
			}
		}
		leave(wire.StateLeft)
		refused(t, c, http.MethodGet, "/api/v1/session", nil, no{http.StatusUnauthorized, wire.CodeSignedOut})
		s.eventually(t, "the guardian does not follow", 11*time.Minute, func() bool { return state(sabine) == wire.StateLeft })
		leave(wire.StateActive)
		s.eventually(t, "the guardian does not come back", 11*time.Minute, func() bool { return state(sabine) == wire.StateActive })
		if p := ask[wire.PersonDetail](t, s.admin, http.MethodGet, "/api/v1/people/"+lena, nil); p.Class != "7b" || p.State != wire.StateActive || p.Deletes != nil {
			t.Errorf("%+v", p)
		}
		leave(wire.StateLeft)
		s.eventually(t, "the guardian does not follow", 11*time.Minute, func() bool { return state(sabine) == wire.StateLeft })
		s.eventually(t, "not deleted", 44*24*time.Hour, func() bool {
			return ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?q=weber", nil).Total == 0
		})
		for query, want := range map[string]int{
			`SELECT COUNT(*) FROM files_root WHERE owner = $1`: 0, `SELECT COUNT(*) FROM files_node WHERE handin = $1`: 0,
			`SELECT COUNT(*) FROM session WHERE person_id = $1`: 0, `SELECT COUNT(*) FROM files_node WHERE name = 'Bild.txt' AND owner = $1`: 1,
		} {
			var n int
			if err := s.DB.Get(t.Context(), &n, query, lena); err != nil || n != want {
				t.Errorf("%s: %d, %v, want %d", query, n, err, want)
			}
		}
		var used, sum int64
		if err := s.DB.Get(t.Context(), &used, `SELECT used FROM files_root WHERE owner = $1`, s.GroupID(t, "klasse-7b")); err != nil {
			t.Fatal(err)
		}
		if err := s.DB.Get(t.Context(), &sum, `SELECT CAST(SUM(n.size) AS BIGINT) FROM files_node n JOIN files_root r ON r.id = n.root WHERE r.owner = $1`, s.GroupID(t, "klasse-7b")); err != nil || used != sum {
			t.Errorf("the class uses %d bytes, its files have %d, %v", used, sum, err)
		}
	})
}

// later lets time pass.
func (s *school) later(d time.Duration) { s.skip.Add(int64(d)) }

// Four eyes: what the log says of a person takes a second administrator.
func TestLog(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lena := s.PersonID(t, "lena.weber")
		s.Client(t, "lena.weber")
		refused(t, s.admin, http.MethodPost, "/api/v1/log", wire.LogQuery{}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		refused(t, s.admin, http.MethodPost, "/api/v1/log", wire.LogQuery{Reason: "       "}, no{http.StatusUnprocessableEntity, wire.CodeInvalid})
		page := ask[wire.LogPage](t, s.admin, http.MethodPost, "/api/v1/log", wire.LogQuery{Reason: "Prüfung der Woche"})
		if len(page.Entries) < 3 || page.Entries[0].Action != "log_read" || page.Entries[0].Detail["reason"] != "Prüfung der Woche" {
			t.Fatalf("%+v", page)
		}
		text := fmt.Sprintf("%+v", page)
		if strings.Contains(text, "Lena") || strings.Contains(text, lena) || !strings.Contains(text, "student") {
			t.Errorf("names without a consent: %s", text)
		}
		about := wire.LogQuery{Reason: "Vorfall im Computerraum", Person: lena}
		refused(t, s.admin, http.MethodPost, "/api/v1/log", about, no{http.StatusForbidden, wire.CodeForbidden})
		asked := ask[wire.LogConsent](t, s.admin, http.MethodPost, "/api/v1/log/consents", wire.NewConsent{Person: lena, Reason: about.Reason})
		refused(t, s.admin, http.MethodPost, "/api/v1/log/consents/"+asked.ID, nil, no{http.StatusForbidden, wire.CodeForbidden})
		about.Consent = asked.ID
		refused(t, s.admin, http.MethodPost, "/api/v1/log", about, no{http.StatusForbidden, wire.CodeForbidden})
		ask[any](t, s.admin, http.MethodPost, "/api/v1/people/"+s.PersonID(t, "anna.schmidt")+"/rights", wire.Rights{Admin: true})
		second := s.elevated(t, "anna.schmidt")
		list := ask[[]wire.LogConsent](t, second, http.MethodGet, "/api/v1/log/consents", nil)
		if len(list) != 1 || list[0].Mine || list[0].Person.Login != "lena.weber" {
			t.Fatalf("%+v", list)
		}
		if given := ask[wire.LogConsent](t, second, http.MethodPost, "/api/v1/log/consents/"+asked.ID, nil); given.Giver == nil || given.Giver.Login != "anna.schmidt" {
			t.Errorf("%+v", given)
		}
		page = ask[wire.LogPage](t, s.admin, http.MethodPost, "/api/v1/log", about)
		if len(page.Entries) < 3 || !strings.Contains(fmt.Sprintf("%+v", page), "Lena Weber") {
			t.Errorf("%+v", page)
		}
		refused(t, second, http.MethodPost, "/api/v1/log", about, no{http.StatusForbidden, wire.CodeForbidden}) // not who asked
		s.later(25 * time.Hour)
		refused(t, s.elevated(t, "admin"), http.MethodPost, "/api/v1/log", about, no{http.StatusForbidden, wire.CodeForbidden})
	})
}

func TestExport(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lena := s.Client(t, "lena.weber")
		lena.Do(t, http.MethodPut, "/dav/groups/klasse-7b/Abgabe/Aufsatz.txt", "fertig")
		lena.Do(t, http.MethodPut, "/dav/home/weg.txt", "weggeworfen")
		lena.Do(t, http.MethodDelete, "/dav/home/weg.txt", "")
		answer, body := lena.Do(t, http.MethodGet, "/api/v1/account/export", "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/zip" {
			t.Fatalf("%s %s", answer.Status, body)
		}
		z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			found[f.Name] = string(text)
		}
		if !strings.Contains(found["konto.json"], `"lena.weber"`) || !strings.Contains(found["person.json"], "2014-05-19") ||
			!strings.Contains(found["protokoll.json"], "sign_in") || strings.Contains(found["person.json"], "sabine.weber@example.org\",\n      \"state") {
			t.Errorf("%v", found)
		}
		own, bin := 0, 0
		for name, text := range found {
			switch {
			case strings.HasPrefix(name, "files/Eigene Dateien/Papierkorb/") && text == "weggeworfen":
				bin++
			case strings.HasPrefix(name, "files/Eigene Dateien/") && text != "":
				own++
			}
		}
		if own == 0 || bin != 1 || found["files/Abgaben/Klasse 7b/Weber, Lena/Aufsatz.txt"] != "fertig" {
			t.Errorf("%d own files, %d in the bin, of %q", own, bin, slices.Sorted(maps.Keys(found)))
		}
	})
}
