package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// want sends a request such as "GET /path", and checks the answer's status with the
// refusal's code: "403 forbidden".
func want(t *testing.T, c *servertest.Client, route string, in, out any, result string) wire.Problem {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	status, p := c.JSON(t, method, path, in, out)
	if got := strings.TrimSpace(strconv.Itoa(status) + " " + p.Code); got != result {
		t.Errorf("%s: %s (%s), want %s", route, got, p.Detail, result)
	}
	return p
}

// confirmed signs the administrator in, ready to administrate.
func confirmed(t *testing.T, s *servertest.Server) *servertest.Client {
	t.Helper()
	admin := s.Client(t, "admin")
	admin.Confirm(t)
	return admin
}

// A class teacher resets the password of an own student, and of nobody else.
func TestClassLeadResets(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		anna, lena := s.Client(t, "anna.schmidt"), s.Client(t, "lena.weber")
		events, _ := lena.Events(t, "")
		<-events
		reset := func(login string) string { return "/api/v1/people/" + s.PersonID(t, login) + "/reset" }
		for _, login := range []string{"mia.test", "bernd.richter", "sabine.weber@example.org", "anna.schmidt", "admin"} {
			want(t, anna, "POST "+reset(login), nil, nil, "403 "+wire.CodeForbidden)
		}
		want(t, s.Client(t, "bernd.richter"), "POST "+reset("lena.weber"), nil, nil, "403 "+wire.CodeForbidden)
		want(t, lena, "POST "+reset("mia.test"), nil, nil, "403 "+wire.CodeForbidden)
		want(t, s.Client(t, "admin"), "POST "+reset("mia.test"), nil, nil, "403 "+wire.CodeAdmin)
		want(t, confirmed(t, s), "POST "+reset("mia.test"), nil, nil, "200")
		var start wire.StartCode
		want(t, anna, "POST "+reset("lena.weber"), nil, &start, "200")
		want(t, lena, "GET /api/v1/session", nil, nil, "401 "+wire.CodeSignedOut)
		over(t, events)
		again := s.SignIn(t, "lena.weber", start.Code)
		if !again.Session.MustChange {
			t.Errorf("%+v", again.Session)
		}
		for _, path := range []string{"/api/v1/account", "/api/v1/files/roots", "/api/v1/devices", "/api/v1/events"} {
			want(t, again, "GET "+path, nil, nil, "403 "+wire.CodePasswordChange)
		}
		if res, _ := again.Do(t, "PROPFIND", "/dav/", "", "Depth", "0"); res.StatusCode != http.StatusForbidden {
			t.Errorf("dav: %s", res.Status)
		}
		want(t, again, "POST /api/v1/session/password", wire.NewPassword{Old: start.Code, New: "Grün-Kehrt-7-Um"}, nil, "204")
		var account wire.Account
		want(t, again, "GET /api/v1/account", nil, &account, "200")
		if account.Reset == nil || account.Reset.By != "Anna Schmidt" || len(account.Groups) != 2 {
			t.Errorf("%+v", account)
		}
	})
}

// Administrators give the password again, every ten minutes.
func TestAdministratorConfirms(t *testing.T) {
	now := clocktest.At(time.Now())
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.Client(t, "admin")
		want(t, admin, "GET /api/v1/settings", nil, nil, "403 "+wire.CodeAdmin)
		want(t, admin, "POST /api/v1/session/admin", wire.PasswordOnly{Password: "wrong"}, nil, "403 "+wire.CodeSignInFailed)
		admin.Confirm(t)
		want(t, admin, "GET /api/v1/settings", nil, nil, "200")
		want(t, s.Client(t, "claudia.direktor"), "POST /api/v1/session/admin", wire.PasswordOnly{Password: servertest.Password}, nil, "403 "+wire.CodeForbidden)
		now.Advance(10*time.Minute + time.Second)
		want(t, admin, "GET /api/v1/settings", nil, nil, "403 "+wire.CodeAdmin)
	}, servertest.Now(now.Now))
}

func TestSettings(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		var in wire.Settings
		want(t, admin, "GET /api/v1/settings", nil, &in, "200")
		if in.Name != "Musterschule" || in.Place != "Musterstadt" || in.Length != 8 || in.StartDays != 14 || in.LetterWeeks != 9 || in.LogDays != 90 || in.DeleteWeeks != 6 {
			t.Errorf("%+v", in)
		}
		for _, bad := range []func(*wire.Settings){
			func(in *wire.Settings) { in.Name = " \u202e " },
			func(in *wire.Settings) { in.Name = "a\nb" },
			func(in *wire.Settings) { in.Length = 7 },
			func(in *wire.Settings) { in.RulesOff = []wire.Rule{wire.RuleLength} },
			func(in *wire.Settings) { in.RulesOff = []wire.Rule{"none"} },
			func(in *wire.Settings) { in.SecondStep = []wire.Role{"none"} },
			func(in *wire.Settings) { in.Start = "name" },
			func(in *wire.Settings) { in.LogDays = 0 },
		} {
			changed := in
			bad(&changed)
			want(t, admin, "PUT /api/v1/settings", changed, nil, "422 "+wire.CodeInvalid)
		}
		in.Name, in.Length, in.RulesOff = "Schule am See", 12, []wire.Rule{wire.RuleSpecial}
		want(t, admin, "PUT /api/v1/settings", in, nil, "200")
		var school wire.School
		want(t, s.Anonymous(), "GET /api/v1/school", nil, &school, "200")
		if school.Name != "Schule am See" {
			t.Errorf("%+v", school)
		}
		tom := s.Client(t, "tom.test")
		if slices.Contains(tom.Session.PasswordRules, wire.RuleSpecial) {
			t.Errorf("rules %v", tom.Session.PasswordRules)
		}
		weak := want(t, tom, "POST /api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "Kehrt7UmGr"}, nil, "422 "+wire.CodePasswordWeak)
		if weak.Args["missing"] != "length" {
			t.Errorf("missing %q", weak.Args["missing"])
		}
		want(t, tom, "POST /api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "Kehrt7UmGrau"}, nil, "204")
		s.Stop(t)
		s.Restart(t)
		want(t, s.Anonymous(), "GET /api/v1/school", nil, &school, "200")
		if school.Name != "Schule am See" {
			t.Errorf("after a restart: %+v", school)
		}
	})
}

// What is switched off is neither shown nor reached.
func TestModuleSwitches(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin, lena := confirmed(t, s), s.Client(t, "lena.weber")
		reach := func(c *servertest.Client, result string) {
			t.Helper()
			want(t, c, "GET /api/v1/files/roots", nil, nil, result)
			res, _ := c.Do(t, "PROPFIND", "/dav/", "", "Depth", "0")
			if dav := res.StatusCode; (dav == http.StatusNotFound) != strings.HasPrefix(result, "404") || dav >= 500 {
				t.Errorf("dav: %d", dav)
			}
		}
		set := func(sw wire.Switch) {
			t.Helper()
			want(t, admin, "PUT /api/v1/modules", wire.Switches{Modules: []wire.Switch{sw}}, nil, "200")
		}
		reach(lena, "200")
		set(wire.Switch{Module: "files", On: true, Off: []wire.Role{wire.RoleStudent}})
		reach(lena, "404 "+wire.CodeModuleOff)
		anna := s.Client(t, "anna.schmidt")
		reach(anna, "200")
		if lena := s.Client(t, "lena.weber"); slices.Contains(lena.Session.Modules, "files") || !slices.Contains(anna.Session.Modules, "files") {
			t.Errorf("shown to lena: %v, to anna: %v", lena.Session.Modules, anna.Session.Modules)
		}
		set(wire.Switch{Module: "files", Off: []wire.Role{}})
		reach(anna, "404 "+wire.CodeModuleOff)
		var list wire.Switches
		want(t, admin, "GET /api/v1/modules", nil, &list, "200")
		if i := slices.IndexFunc(list.Modules, func(sw wire.Switch) bool { return sw.Module == "files" }); i < 0 || list.Modules[i].On {
			t.Errorf("%+v", list)
		}
		set(wire.Switch{Module: "files", On: true, Off: []wire.Role{}})
		reach(lena, "200")
		for _, bad := range []wire.Switch{{Module: "none", On: true, Off: []wire.Role{}}, {Module: "files", On: true, Off: []wire.Role{"none"}}} {
			want(t, admin, "PUT /api/v1/modules", wire.Switches{Modules: []wire.Switch{bad}}, nil, "422 "+wire.CodeInvalid)
		}
	})
}

// Who is restricted reads, and writes nowhere; signing out and the own account go on.
func TestRestricted(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin, lena := confirmed(t, s), s.Client(t, "lena.weber")
		path := "/dav/home/a.txt"
		if res, _ := lena.Do(t, http.MethodPut, path, "a"); res.StatusCode != http.StatusCreated {
			t.Fatalf("put: %s", res.Status)
		}
		lock := "/api/v1/people/" + lena.Session.Person.ID + "/lock"
		want(t, admin, "POST "+lock, wire.Lock{State: wire.StateRestricted}, nil, "204")
		for _, method := range []string{http.MethodPut, http.MethodDelete, "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK"} {
			res, _ := lena.Do(t, method, path, "b")
			if res.StatusCode != http.StatusForbidden || res.Header.Get(wire.HeaderReason) != wire.CodeRestricted {
				t.Errorf("%s: %s %q", method, res.Status, res.Header.Get(wire.HeaderReason))
			}
		}
		if res, body := lena.Do(t, http.MethodGet, path, ""); res.StatusCode != http.StatusOK || body != "a" {
			t.Errorf("get: %s %q", res.Status, body)
		}
		var session wire.Session
		want(t, lena, "GET /api/v1/session", nil, &session, "200")
		if !session.Restricted {
			t.Errorf("%+v", session)
		}
		want(t, lena, "DELETE /api/v1/session", nil, nil, "204")
	})
}

// A lock ends what is under way: tokens, cached Basic and streams.
func TestLockEndsAll(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin, lena := confirmed(t, s), s.Client(t, "lena.weber")
		events, _ := lena.Events(t, "")
		<-events
		basic := func() int {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), "PROPFIND", s.URL+"/dav/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Depth", "0")
			req.SetBasicAuth("lena.weber", servertest.Password)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		if got := basic(); got != http.StatusMultiStatus {
			t.Fatalf("basic: %d", got)
		}
		until := time.Now().Add(24 * time.Hour)
		lock := "/api/v1/people/" + lena.Session.Person.ID + "/lock"
		want(t, admin, "POST "+lock, wire.Lock{State: wire.StateLocked, Reason: "Bitte ins Sekretariat kommen.", Until: &until}, nil, "204")
		p := want(t, lena, "GET /api/v1/session", nil, nil, "403 "+wire.CodeLocked)
		if p.Args["reason"] != "Bitte ins Sekretariat kommen." || p.Args["until"] == "" {
			t.Errorf("%+v", p)
		}
		if got := basic(); got != http.StatusForbidden {
			t.Errorf("basic: %d", got)
		}
		over(t, events)
		own := "/api/v1/people/" + admin.Session.Person.ID
		want(t, admin, "POST "+own+"/lock", wire.Lock{State: wire.StateLocked}, nil, "409 "+wire.CodeConflict)
		want(t, admin, "POST "+own+"/rights", wire.Rights{}, nil, "409 "+wire.CodeConflict)
		want(t, admin, "POST "+lock, wire.Lock{State: wire.StateActive}, nil, "204")
		s.Client(t, "lena.weber")
	})
}

// The terms of use are asked for at the first sign-in, and again when they change.
func TestTermsFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		for version := 1; version <= 2; version++ {
			var terms wire.Terms
			want(t, admin, "PUT /api/v1/terms", wire.NewTerms{Markdown: "# Nutzungsordnung\n\nSei nett."}, &terms, "200")
			if terms.Version != version {
				t.Errorf("%+v", terms)
			}
			lena := s.Client(t, "lena.weber")
			if !lena.Session.MustAccept {
				t.Errorf("%+v", lena.Session)
			}
			want(t, lena, "GET /api/v1/files/roots", nil, nil, "403 "+wire.CodeTerms)
			want(t, lena, "GET /api/v1/terms", nil, &terms, "200")
			want(t, lena, "POST /api/v1/terms/accept", wire.AcceptTerms{Version: version - 1}, nil, "409 "+wire.CodeConflict)
			want(t, lena, "POST /api/v1/terms/accept", wire.AcceptTerms{Version: version}, nil, "204")
			want(t, lena, "GET /api/v1/files/roots", nil, nil, "200")
			want(t, admin, "POST /api/v1/terms/accept", wire.AcceptTerms{Version: version}, nil, "204")
		}
	})
}

// Where the school demands the second step, nothing else works before.
func TestSecondStepFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		var in wire.Settings
		want(t, admin, "GET /api/v1/settings", nil, &in, "200")
		in.SecondStep = []wire.Role{wire.RoleTeacher}
		want(t, admin, "PUT /api/v1/settings", in, nil, "200")
		anna := s.Client(t, "anna.schmidt")
		if !anna.Session.MustSetUp {
			t.Errorf("%+v", anna.Session)
		}
		want(t, anna, "GET /api/v1/files/roots", nil, nil, "403 "+wire.CodeSecondSetUp)
		var start wire.SecondStepStart
		want(t, anna, "POST /api/v1/account/second-step", nil, &start, "200")
		if len(start.QR) == 0 || start.Secret == "" {
			t.Errorf("%+v", start)
		}
		want(t, anna, "POST /api/v1/account/second-step/confirm", wire.SecondStepCode{Code: "12"}, nil, "403 "+wire.CodeSecondStep)
	})
}
