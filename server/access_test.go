package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"schulhof/server/internal/web"
	"schulhof/server/servertest"
)

// access is who gets what from every route of the server, asked without a body or
// parameters, in the order of columns. A number is the status; "in" means that the
// caller is let in, and the handler says the rest. A new route needs a line.
var access = map[string]string{
	//                                 public pending student teacher guardian admin locked
	"GET /api/openapi.json":         "200    200     200     200     200      200   200",
	"GET /api/v1/school":            "200    200     200     200     200      200   200",
	"GET /api/v1/school/logo":       "200    200     200     200     200      200   200",
	"GET /healthz":                  "200    200     200     200     200      200   200",
	"OPTIONS /{$}":                  "200    200     200     200     200      200   200",
	"GET /metrics":                  "200    200     200     200     200      200   200",
	"POST /api/v1/session":          "400    400     400     400     400      400   400",
	"GET /api/v1/session":           "401    200     200     200     200      200   403",
	"DELETE /api/v1/session":        "401    204     204     204     204      204   403",
	"POST /api/v1/session/password": "401    400     400     400     400      400   403",
	"GET /api/v1/devices":           "401    403     200     200     200      200   403",
	"DELETE /api/v1/devices/{id}":   "401    403     404     404     404      404   403",
	"GET /api/v1/events":            "401    403     200     200     200      200   403",
	"GET /api/v1/files/roots":       "401    403     200     200     200      200   403",
	"GET /api/v1/files/search":      "401    403     in      in      in       in    403",
}

// mounted is the same for what is mounted below a prefix, whatever the method.
var mounted = map[string]string{
	"/dav/": "401    403     in      in      in       in    403",
}

var columns = []string{"", "tom.test", "lena.weber", "anna.schmidt", "erika.musterfrau@example.org", "admin", "bernd.richter"}

func TestAccess(t *testing.T) {
	s := servertest.Start(t)
	locked := s.Client(t, "bernd.richter")
	s.Lock(t, "bernd.richter", "test")
	listed := map[string]bool{}
	for _, op := range s.Host.Router().Routes() {
		route := strings.TrimSpace(op.Method + " " + op.Path)
		if listed[route] {
			t.Errorf("%s is listed twice", route)
		}
		listed[route] = true
		line, ok := access[route]
		if !ok {
			line, ok = mounted[op.Path]
		}
		if !ok {
			t.Errorf("%s has no line in the table of access", route)
			continue
		}
		want := strings.Fields(line)
		for i, login := range columns {
			c := s.Anonymous()
			switch {
			case login == "bernd.richter":
				c = locked
			case login != "":
				c = s.Client(t, login)
			}
			checkAccess(t, c, op, want[i], route+" as "+login)
		}
	}
	for route := range access {
		if !listed[route] {
			t.Errorf("%s has a line in the table, but is no route", route)
		}
	}
}

func checkAccess(t *testing.T, c *servertest.Client, op web.Op, want, what string) {
	t.Helper()
	method := op.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+strings.NewReplacer("{id}", "x", "{$}", "").Replace(op.Path), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want == "in" {
		// A refusal at the door names who may not come in; the handler's own
		// refusals are not 401 and have another reason.
		if res.StatusCode == http.StatusUnauthorized || res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %d, want to be let in", what, res.StatusCode)
		}
		return
	}
	if strconv.Itoa(res.StatusCode) != want {
		t.Errorf("%s: %d, want %s", what, res.StatusCode, want)
	}
}
