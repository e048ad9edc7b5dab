package main

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// want sends a request and checks the status and the refusal's code.
func want(t *testing.T, c *servertest.Client, method, path string, in, out any, status int, code string) wire.Problem {
	t.Helper()
	got, p := c.JSON(t, method, path, in, out)
	if got != status || p.Code != code {
		t.Errorf("%s %s: %d %s (%s), want %d %s", method, path, got, p.Code, p.Detail, status, code)
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
			want(t, anna, http.MethodPost, reset(login), nil, nil, http.StatusForbidden, wire.CodeForbidden)
		}
		want(t, s.Client(t, "bernd.richter"), http.MethodPost, reset("lena.weber"), nil, nil, http.StatusForbidden, wire.CodeForbidden)
		want(t, lena, http.MethodPost, reset("mia.test"), nil, nil, http.StatusForbidden, wire.CodeForbidden)
		want(t, s.Client(t, "admin"), http.MethodPost, reset("mia.test"), nil, nil, http.StatusForbidden, wire.CodeAdmin)
		want(t, confirmed(t, s), http.MethodPost, reset("mia.test"), nil, nil, http.StatusOK, "")
		var start wire.StartCode
		want(t, anna, http.MethodPost, reset("lena.weber"), nil, &start, http.StatusOK, "")
		want(t, lena, http.MethodGet, "/api/v1/session", nil, nil, http.StatusUnauthorized, wire.CodeSignedOut)
		ended := time.After(time.Second)
		for open := true; open; {
			select {
			case _, open = <-events:
			case <-ended:
				t.Fatal("the stream is still open after a second")
			}
		}
		again := s.SignIn(t, "lena.weber", start.Code)
		if !again.Session.MustChange {
			t.Errorf("%+v", again.Session)
		}
		for _, path := range []string{"/api/v1/account", "/api/v1/files/roots", "/api/v1/devices", "/api/v1/events"} {
			want(t, again, http.MethodGet, path, nil, nil, http.StatusForbidden, wire.CodePasswordChange)
		}
		if res, _ := again.Do(t, "PROPFIND", "/dav/", "", "Depth", "0"); res.StatusCode != http.StatusForbidden {
			t.Errorf("dav: %s", res.Status)
		}
		want(t, again, http.MethodPost, "/api/v1/session/password", wire.NewPassword{Old: start.Code, New: "Grün-Kehrt-7-Um"}, nil, http.StatusNoContent, "")
		var account wire.Account
		want(t, again, http.MethodGet, "/api/v1/account", nil, &account, http.StatusOK, "")
		if account.Reset == nil || account.Reset.By != "Anna Schmidt" || len(account.Groups) != 2 {
			t.Errorf("%+v", account)
		}
	})
}

// Administrators give the password again, every ten minutes.
func TestAdministratorConfirms(t *testing.T) {
	now := time.Now()
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.Client(t, "admin")
		want(t, admin, http.MethodGet, "/api/v1/settings", nil, nil, http.StatusForbidden, wire.CodeAdmin)
		want(t, admin, http.MethodPost, "/api/v1/session/admin", wire.PasswordOnly{Password: "wrong"}, nil, http.StatusForbidden, wire.CodeSignInFailed)
		admin.Confirm(t)
		want(t, admin, http.MethodGet, "/api/v1/settings", nil, nil, http.StatusOK, "")
		want(t, s.Client(t, "claudia.direktor"), http.MethodPost, "/api/v1/session/admin", wire.PasswordOnly{Password: servertest.Password}, nil, http.StatusForbidden, wire.CodeForbidden)
		now = now.Add(10*time.Minute + time.Second)
		want(t, admin, http.MethodGet, "/api/v1/settings", nil, nil, http.StatusForbidden, wire.CodeAdmin)
	}, servertest.Now(func() time.Time { return now }))
}

func TestSettings(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		var in wire.Settings
		want(t, admin, http.MethodGet, "/api/v1/settings", nil, &in, http.StatusOK, "")
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
			want(t, admin, http.MethodPut, "/api/v1/settings", changed, nil, http.StatusUnprocessableEntity, wire.CodeInvalid)
		}
		in.Name, in.Length, in.RulesOff = "Schule am See", 12, []wire.Rule{wire.RuleSpecial}
		want(t, admin, http.MethodPut, "/api/v1/settings", in, nil, http.StatusOK, "")
		var school wire.School
		want(t, s.Anonymous(), http.MethodGet, "/api/v1/school", nil, &school, http.StatusOK, "")
		if school.Name != "Schule am See" {
			t.Errorf("%+v", school)
		}
		tom := s.Client(t, "tom.test")
		if slices.Contains(tom.Session.PasswordRules, wire.RuleSpecial) {
			t.Errorf("rules %v", tom.Session.PasswordRules)
		}
		weak := want(t, tom, http.MethodPost, "/api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "Kehrt7UmGr"}, nil, http.StatusUnprocessableEntity, wire.CodePasswordWeak)
		if weak.Args["missing"] != "length" {
			t.Errorf("missing %q", weak.Args["missing"])
		}
		want(t, tom, http.MethodPost, "/api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "Kehrt7UmGrau"}, nil, http.StatusNoContent, "")
		s.Stop(t)
		s.Restart(t)
		want(t, s.Anonymous(), http.MethodGet, "/api/v1/school", nil, &school, http.StatusOK, "")
		if school.Name != "Schule am See" {
			t.Errorf("after a restart: %+v", school)
		}
	})
}

// What is switched off is neither shown nor reached.
func TestModuleSwitches(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin, lena := confirmed(t, s), s.Client(t, "lena.weber")
		reach := func(c *servertest.Client, status int, code string) {
			t.Helper()
			want(t, c, http.MethodGet, "/api/v1/files/roots", nil, nil, status, code)
			res, _ := c.Do(t, "PROPFIND", "/dav/", "", "Depth", "0")
			if dav := res.StatusCode; (dav == http.StatusNotFound) != (status == http.StatusNotFound) || dav >= 500 {
				t.Errorf("dav: %d", dav)
			}
		}
		set := func(sw wire.Switch) {
			t.Helper()
			want(t, admin, http.MethodPut, "/api/v1/modules", wire.Switches{Modules: []wire.Switch{sw}}, nil, http.StatusOK, "")
		}
		reach(lena, http.StatusOK, "")
		set(wire.Switch{Module: "files", On: true, Off: []wire.Role{wire.RoleStudent}})
		reach(lena, http.StatusNotFound, wire.CodeModuleOff)
		anna := s.Client(t, "anna.schmidt")
		reach(anna, http.StatusOK, "")
		if lena := s.Client(t, "lena.weber"); slices.Contains(lena.Session.Modules, "files") || !slices.Contains(anna.Session.Modules, "files") {
			t.Errorf("shown to lena: %v, to anna: %v", lena.Session.Modules, anna.Session.Modules)
		}
		set(wire.Switch{Module: "files", Off: []wire.Role{}})
		reach(anna, http.StatusNotFound, wire.CodeModuleOff)
		var list wire.Switches
		want(t, admin, http.MethodGet, "/api/v1/modules", nil, &list, http.StatusOK, "")
		if i := slices.IndexFunc(list.Modules, func(sw wire.Switch) bool { return sw.Module == "files" }); i < 0 || list.Modules[i].On {
			t.Errorf("%+v", list)
		}
		set(wire.Switch{Module: "files", On: true, Off: []wire.Role{}})
		reach(lena, http.StatusOK, "")
		for _, bad := range []wire.Switch{{Module: "none", On: true, Off: []wire.Role{}}, {Module: "files", On: true, Off: []wire.Role{"none"}}} {
			want(t, admin, http.MethodPut, "/api/v1/modules", wire.Switches{Modules: []wire.Switch{bad}}, nil, http.StatusUnprocessableEntity, wire.CodeInvalid)
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
		want(t, admin, http.MethodPost, lock, wire.Lock{State: wire.StateRestricted}, nil, http.StatusNoContent, "")
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
		want(t, lena, http.MethodGet, "/api/v1/session", nil, &session, http.StatusOK, "")
		if !session.Restricted {
			t.Errorf("%+v", session)
		}
		want(t, lena, http.MethodDelete, "/api/v1/session", nil, nil, http.StatusNoContent, "")
	})
}

// A lock ends what is under way: tokens, cached Basic and streams, within a second.
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
		want(t, admin, http.MethodPost, lock, wire.Lock{State: wire.StateLocked, Reason: "Bitte ins Sekretariat kommen.", Until: &until}, nil, http.StatusNoContent, "")
		start := time.Now()
		p := want(t, lena, http.MethodGet, "/api/v1/session", nil, nil, http.StatusForbidden, wire.CodeLocked)
		if p.Args["reason"] != "Bitte ins Sekretariat kommen." || p.Args["until"] == "" {
			t.Errorf("%+v", p)
		}
		if got := basic(); got != http.StatusForbidden {
			t.Errorf("basic: %d", got)
		}
		for open := true; open; {
			select {
			case _, open = <-events:
			case <-time.After(time.Second):
				t.Fatal("the stream is still open")
			}
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %s", took)
		}
		own := "/api/v1/people/" + admin.Session.Person.ID
		want(t, admin, http.MethodPost, own+"/lock", wire.Lock{State: wire.StateLocked}, nil, http.StatusConflict, wire.CodeConflict)
		want(t, admin, http.MethodPost, own+"/rights", wire.Rights{}, nil, http.StatusConflict, wire.CodeConflict)
		want(t, admin, http.MethodPost, lock, wire.Lock{State: wire.StateActive}, nil, http.StatusNoContent, "")
		s.Client(t, "lena.weber")
	})
}

// The terms of use are asked for at the first sign-in, and again when they change.
func TestTermsFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		for version := 1; version <= 2; version++ {
			var terms wire.Terms
			want(t, admin, http.MethodPut, "/api/v1/terms", wire.NewTerms{Markdown: "# Nutzungsordnung\n\nSei nett."}, &terms, http.StatusOK, "")
			if terms.Version != version {
				t.Errorf("%+v", terms)
			}
			lena := s.Client(t, "lena.weber")
			if !lena.Session.MustAccept {
				t.Errorf("%+v", lena.Session)
			}
			want(t, lena, http.MethodGet, "/api/v1/files/roots", nil, nil, http.StatusForbidden, wire.CodeTerms)
			want(t, lena, http.MethodGet, "/api/v1/terms", nil, &terms, http.StatusOK, "")
			want(t, lena, http.MethodPost, "/api/v1/terms/accept", wire.AcceptTerms{Version: version - 1}, nil, http.StatusConflict, wire.CodeConflict)
			want(t, lena, http.MethodPost, "/api/v1/terms/accept", wire.AcceptTerms{Version: version}, nil, http.StatusNoContent, "")
			want(t, lena, http.MethodGet, "/api/v1/files/roots", nil, nil, http.StatusOK, "")
			want(t, admin, http.MethodPost, "/api/v1/terms/accept", wire.AcceptTerms{Version: version}, nil, http.StatusNoContent, "")
		}
	})
}

// Where the school demands the second step, nothing else works before.
func TestSecondStepFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := confirmed(t, s)
		var in wire.Settings
		want(t, admin, http.MethodGet, "/api/v1/settings", nil, &in, http.StatusOK, "")
		in.SecondStep = []wire.Role{wire.RoleTeacher}
		want(t, admin, http.MethodPut, "/api/v1/settings", in, nil, http.StatusOK, "")
		anna := s.Client(t, "anna.schmidt")
		if !anna.Session.MustSetUp {
			t.Errorf("%+v", anna.Session)
		}
		want(t, anna, http.MethodGet, "/api/v1/files/roots", nil, nil, http.StatusForbidden, wire.CodeSecondSetUp)
		var start wire.SecondStepStart
		want(t, anna, http.MethodPost, "/api/v1/account/second-step", nil, &start, http.StatusOK, "")
		if len(start.QR) == 0 || start.Secret == "" {
			t.Errorf("%+v", start)
		}
		want(t, anna, http.MethodPost, "/api/v1/account/second-step/confirm", wire.SecondStepCode{Code: "12"}, nil, http.StatusForbidden, wire.CodeSecondStep)
	})
}
