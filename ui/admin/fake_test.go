package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/wire"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)

// fake is a school of any size that answers as the server does.
type fake struct {
	mu        sync.Mutex
	people    []wire.PersonRow
	groups    []wire.GroupRow
	open      bool // the password was given
	own       bool // the asker leads a class and is no administrator
	calls     []string
	switches  wire.Switches
	settings  wire.Settings
	terms     wire.Terms
	preview   wire.Import
	progress  wire.ImportProgress
	decided   []wire.ImportDecision
	consents  []wire.LogConsent
	confirmed bool
	slow      bool // the next list is read until its asker gives up
}

const longName = "Maximiliane-Charlotte Alexandra Wilhelmina Josephine von und zu Hohenstein-Wittgenstein-Berleburg-Oldenburg"

func newFake(n int) *fake {
	f := &fake{
		settings: wire.Settings{Name: "Musterschule", Place: "Musterstadt", Address: "Schulstraße 1\n12345 Musterstadt", Imprint: "Schulleitung: Claudia Direktor", Length: 8, Start: "code", StartDays: 14, LetterWeeks: 9, LogDays: 90, DeleteWeeks: 6, SecondStep: []wire.Role{wire.Administrators}},
		terms:    wire.Terms{Version: 2, Since: noon.AddDate(0, -2, 0), Markdown: "# Nutzungsordnung\n\nDie Geräte gehören **allen**.\n\n* nichts essen\n* abmelden\n"},
		switches: wire.Switches{Modules: []wire.Switch{{Module: "files", On: true}, {Module: "letters", On: true, Off: []wire.Role{wire.RoleStudent}}, {Module: "messenger"}}},
	}
	seen, until := noon.Add(-26*time.Hour), noon.AddDate(0, 0, 9)
	family := []string{"Weber", "Schmidt", "Özdemir", "Müller", "Łukaszewski", "Nguyen", "Haddad", "Groß"}
	given := []string{"Lena", "Tom", "Mia", "Emil", "Zeynep", "Anton", "Ylva", "Jan"}
	for i := range n {
		r := wire.PersonRow{
			Person: wire.Person{ID: "p" + strconv.Itoa(i), Family: family[i*len(family)/n], Given: fmt.Sprintf("%s %c.", given[i%len(given)], 'A'+rune(i%26)), Role: []wire.Role{wire.RoleStudent, wire.RoleGuardian, wire.RoleTeacher}[i%3]},
			State:  wire.StateActive, Class: []string{"5a", "7b", "8c"}[i%3], Seen: &seen, Managed: true,
		}
		r.Login = strings.ToLower(given[i%len(given)]+"."+r.Family) + strconv.Itoa(i)
		switch i {
		case 1:
			r.Family, r.Given = longName, strings.Repeat("Friedrich ", 8)
		case 2:
			r.Family, r.Given, r.Seen = "علي", "محمد", nil
		case 3:
			r.State, r.Reason, r.Until = wire.StateLocked, "Gerät beschädigt: bei Frau Schmidt melden", &until
		case 4:
			r.State, r.Deletes = wire.StateLeft, &until
		}
		f.people = append(f.people, r)
	}
	if n > 0 {
		f.groups = []wire.GroupRow{
			{ID: "g1", Name: "Klasse 7b", Kind: "class", Members: 28, Managed: true, Leads: []wire.Person{{ID: "p5", Given: "Anna", Family: "Schmidt"}}},
			{ID: "g2", Name: "Jahrgang 7", Kind: "year", Members: 120},
			{ID: "g3", Name: longName, Kind: "club", Members: 1},
		}
	}
	return f
}

func answer(w http.ResponseWriter, v any) { json.NewEncoder(w).Encode(v) }

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	answer(w, wire.Problem{Status: status, Code: code, Detail: code})
}

// start serves the fake; called lists the requests that changed something.
func (f *fake) start(t *testing.T) string {
	mux := http.NewServeMux()
	on := func(pattern string, fn func(w http.ResponseWriter, r *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			f.mu.Lock()
			defer f.mu.Unlock()
			if !f.open && !f.own {
				refuse(w, 403, wire.CodeAdmin)
				return
			}
			if r.Method != http.MethodGet {
				f.calls = append(f.calls, r.Method+" "+r.URL.Path)
			}
			fn(w, r)
		})
	}
	mux.HandleFunc("POST /api/v1/session/admin", func(w http.ResponseWriter, r *http.Request) {
		var in wire.PasswordOnly
		json.NewDecoder(r.Body).Decode(&in)
		f.mu.Lock()
		defer f.mu.Unlock()
		switch {
		case in.Password != "richtig":
			refuse(w, 403, wire.CodeSignInFailed)
		case in.Code == "":
			refuse(w, 403, wire.CodeSecondStep)
		default:
			f.open = true
			answer(w, wire.AdminUntil{Until: noon})
		}
	})
	on("GET /api/v1/people", f.list)
	on("GET /api/v1/people/{id}", func(w http.ResponseWriter, r *http.Request) {
		row := f.person(r.PathValue("id"))
		d := wire.PersonDetail{PersonRow: *row, Born: "2014-05-19", Phone: "0123 456789", Address: "Schulstraße 1, 12345 Musterstadt", ImportID: "4711", Used: 3 << 20, Quota: 1 << 30, Groups: []wire.GroupRef{{Name: "Klasse 7b"}, {Name: longName, Lead: true}}}
		if row.Role == wire.RoleGuardian {
			d.Children = []wire.Child{{ID: "p0", Name: "Lena Weber", Class: "7b"}}
		} else {
			d.Guardians = []wire.PersonRow{*f.person("p1")}
		}
		answer(w, d)
	})
	on("POST /api/v1/people", func(w http.ResponseWriter, r *http.Request) {
		var in wire.NewPerson
		json.NewDecoder(r.Body).Decode(&in)
		row := wire.PersonRow{Person: wire.Person{ID: "new", Given: in.Given, Family: in.Family, Role: in.Role, Login: "neu"}, State: wire.StateActive}
		f.people = append([]wire.PersonRow{row}, f.people...)
		answer(w, wire.PersonDetail{PersonRow: row, Code: &wire.StartCode{Login: "neu", Code: "AAAA-BBBB-CCCC", Until: noon.AddDate(0, 0, 14)}})
	})
	on("PUT /api/v1/people/{id}", func(w http.ResponseWriter, r *http.Request) {
		var in wire.EditPerson
		json.NewDecoder(r.Body).Decode(&in)
		row := f.person(r.PathValue("id"))
		row.Given, row.Family = in.Given, in.Family
		answer(w, wire.PersonDetail{PersonRow: *row})
	})
	on("POST /api/v1/people/{id}/reset", func(w http.ResponseWriter, r *http.Request) {
		answer(w, wire.StartCode{Login: f.person(r.PathValue("id")).Login, Code: "K7QM-2XPA-9TRW", Until: noon.AddDate(0, 0, 14)})
	})
	on("POST /api/v1/people/{id}/lock", func(_ http.ResponseWriter, r *http.Request) {
		var in wire.Lock
		json.NewDecoder(r.Body).Decode(&in)
		row := f.person(r.PathValue("id"))
		row.State, row.Reason, row.Until = in.State, in.Reason, in.Until
	})
	on("POST /api/v1/people/{id}/rights", func(_ http.ResponseWriter, r *http.Request) {
		var in wire.Rights
		json.NewDecoder(r.Body).Decode(&in)
		f.person(r.PathValue("id")).Head = in.Head
	})
	on("DELETE /api/v1/people/{id}/slow-down", func(http.ResponseWriter, *http.Request) {})
	on("DELETE /api/v1/people/{id}/second-step", func(http.ResponseWriter, *http.Request) {})
	on("POST /api/v1/people/merge", func(http.ResponseWriter, *http.Request) {})
	on("POST /api/v1/slips", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("%PDF-1.4 slips")) })
	f.more(on)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// more are the routes beside people.
func (f *fake) more(on func(string, func(http.ResponseWriter, *http.Request))) {
	on("GET /api/v1/groups", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.groups) })
	on("POST /api/v1/groups", func(w http.ResponseWriter, r *http.Request) {
		var in wire.NewGroup
		json.NewDecoder(r.Body).Decode(&in)
		g := wire.GroupRow{ID: "gn", Name: in.Name, Kind: in.Kind, Leads: []wire.Person{}}
		f.groups = append(f.groups, g)
		answer(w, g)
	})
	on("PUT /api/v1/groups/{id}/members/{person}", func(http.ResponseWriter, *http.Request) {})
	on("GET /api/v1/groups/{id}/guardians", func(w http.ResponseWriter, _ *http.Request) {
		until := noon.AddDate(0, 0, 40)
		answer(w, []wire.Invitation{
			{Guardian: wire.Person{Given: "Sabine", Family: "Weber"}, Child: wire.Child{Name: "Lena Weber"}, State: "registered", Seen: &noon},
			{Guardian: wire.Person{Given: "Erika", Family: "Musterfrau"}, Child: wire.Child{Name: "Tom Test"}, State: "invited", Until: &until},
			{Guardian: wire.Person{Given: "Karl", Family: longName}, Child: wire.Child{Name: longName}, State: "none"},
		})
	})
	on("POST /api/v1/groups/{id}/codes", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("%PDF-1.4 letters")) })
	on("POST /api/v1/groups/{id}/start-codes", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, []wire.StartCode{{ID: "p0", Code: "AAAA-BBBB-CCCC"}, {ID: "p2", Code: "AAAA-BBBB-DDDD"}})
	})
	on("GET /api/v1/imports", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.progress) })
	on("POST /api/v1/imports/{kind}", func(w http.ResponseWriter, r *http.Request) {
		if f.slow {
			f.slow = false
			io.Copy(io.Discard, r.Body)
			f.mu.Unlock()
			<-r.Context().Done() // until the asker gives up
			f.mu.Lock()
			return
		}
		answer(w, f.preview)
	})
	on("PUT /api/v1/people/{id}/children/{child}", func(http.ResponseWriter, *http.Request) {})
	on("DELETE /api/v1/people/{id}/children/{child}", func(http.ResponseWriter, *http.Request) {})
	on("POST /api/v1/imports/{id}/decide", func(w http.ResponseWriter, r *http.Request) {
		var in wire.ImportDecisions
		json.NewDecoder(r.Body).Decode(&in)
		f.decided = in.Decisions
		f.preview.Changes = f.preview.Changes[1:]
		f.preview.Counts["unclear"] = 0
		answer(w, f.preview)
	})
	on("POST /api/v1/imports/{id}/confirm", func(w http.ResponseWriter, r *http.Request) {
		if f.preview.ManyLeave && r.URL.Query().Get("leaving") != "yes" {
			refuse(w, 409, wire.CodeConflict)
			return
		}
		f.confirmed = true
		answer(w, wire.ImportDone{Counts: f.preview.Counts, Start: []wire.StartCode{{ID: "p0", Code: "AAAA-BBBB-CCCC"}}})
	})
	on("GET /api/v1/modules", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.switches) })
	on("PUT /api/v1/modules", func(w http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(&f.switches)
		answer(w, f.switches)
	})
	on("GET /api/v1/terms", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.terms) })
	on("PUT /api/v1/terms", func(w http.ResponseWriter, r *http.Request) {
		var in wire.NewTerms
		json.NewDecoder(r.Body).Decode(&in)
		f.terms = wire.Terms{Version: f.terms.Version + 1, Markdown: in.Markdown, Since: noon}
		answer(w, f.terms)
	})
	on("GET /api/v1/settings", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.settings) })
	on("PUT /api/v1/settings", func(w http.ResponseWriter, r *http.Request) {
		f.settings = wire.Settings{}
		json.NewDecoder(r.Body).Decode(&f.settings)
		answer(w, f.settings)
	})
	on("GET /api/v1/rights", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, []wire.RightRow{{Deed: "people.reset", Who: map[string]string{"class_lead": "own_classes", "administrator": "all"}}, {Deed: "import", Who: map[string]string{"administrator": "all"}}, {Deed: "log.read", Who: map[string]string{"administrator": "all"}}})
	})
	on("GET /api/v1/log/consents", func(w http.ResponseWriter, _ *http.Request) { answer(w, f.consents) })
	on("POST /api/v1/log/consents", func(w http.ResponseWriter, r *http.Request) {
		var in wire.NewConsent
		json.NewDecoder(r.Body).Decode(&in)
		f.consents = append(f.consents, wire.LogConsent{ID: "c9", Person: f.person(in.Person).Person, Reason: in.Reason, Asked: noon, Asker: wire.Person{Family: "Administrator"}, Mine: true})
		answer(w, f.consents[len(f.consents)-1])
	})
	on("POST /api/v1/log/consents/{id}", func(w http.ResponseWriter, _ *http.Request) { answer(w, wire.LogConsent{}) })
	on("POST /api/v1/log", func(w http.ResponseWriter, r *http.Request) {
		var in wire.LogQuery
		json.NewDecoder(r.Body).Decode(&in)
		page := wire.LogPage{Next: 100}
		for i := range 100 {
			page.Entries = append(page.Entries, wire.LogEntry{Seq: int64(200 - i), At: noon.Add(-time.Duration(i) * time.Hour), Actor: "teacher", Action: []string{"sign_in", "password_reset", "sign_in_failed", "chess.move"}[i%4], Subject: "student", Addr: "192.0.2.7", Detail: map[string]string{"reason": in.Reason}})
		}
		if in.From > 0 {
			page.Next = 0
		}
		answer(w, page)
	})
}

func (f *fake) person(id string) *wire.PersonRow {
	for i := range f.people {
		if f.people[i].ID == id {
			return &f.people[i]
		}
	}
	return &wire.PersonRow{}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []wire.PersonRow
	for _, p := range f.people {
		if contains(p.Given+" "+p.Family+" "+p.Login, q.Get("q")) && (q.Get("role") == "" || string(p.Role) == q.Get("role")) && (q.Get("state") == "" || string(p.State) == q.Get("state")) {
			found = append(found, p)
		}
	}
	if q.Get("group") != "" {
		found = found[:min(len(found), 28)]
	}
	page := wire.PeoplePage{Total: len(found), Reach: "all"}
	if f.own {
		page.Reach = "own_classes"
	}
	from, _ := strconv.Atoi(q.Get("after"))
	to := min(from+200, len(found))
	page.People = found[from:to]
	if to < len(found) {
		page.Next = strconv.Itoa(to)
	}
	answer(w, page)
}

// called tells whether a request was made.
func (f *fake) called(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.calls, what)
}
