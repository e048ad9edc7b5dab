package main

import (
	"net/http"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// The demo school has terms of use: who has worked there before has accepted them,
// and tom.test is asked at the first sign-in, after the own password.
func TestDemoTerms(t *testing.T) {
	s := servertest.Start(t, servertest.Full())
	for _, login := range []string{"lena.weber", "erika.musterfrau@example.org", "claudia.direktor", "admin"} {
		if c := s.Client(t, login); c.Session.MustAccept || c.Session.MustChange {
			t.Errorf("%s: %+v", login, c.Session)
		}
	}
	tom := s.Client(t, "tom.test")
	own := wire.NewPassword{Old: servertest.TomsPassword, New: "Regen+Lampe-26"}
	want(t, tom, "POST /api/v1/session/password", own, nil, "204")
	var session wire.Session
	want(t, tom, "GET /api/v1/session", nil, &session, "200")
	if !session.MustAccept || session.MustChange {
		t.Errorf("%+v", session)
	}
	want(t, tom, "GET /api/v1/files/roots", nil, nil, "403 "+wire.CodeTerms)
	var terms wire.Terms
	want(t, tom, "GET /api/v1/terms", nil, &terms, "200")
	if terms.Version != 1 || !strings.HasPrefix(terms.Markdown, "# Nutzungsordnung der Musterschule") || !strings.Contains(terms.Markdown, "## In English") {
		t.Errorf("%+v", terms)
	}
	want(t, tom, "POST /api/v1/terms/accept", wire.AcceptTerms{Version: 1}, nil, "204")
	want(t, tom, "GET /api/v1/files/roots", nil, nil, "200")
	if status, _ := s.Anonymous().JSON(t, http.MethodPost, "/api/v1/session", wire.SignIn{Login: "tom.test", Password: servertest.TomsPassword, Device: "x"}, nil); status != http.StatusUnauthorized {
		t.Errorf("the date of birth still signs in: %d", status)
	}
}
