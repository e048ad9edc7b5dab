package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// access is who gets what from every route of the server, asked without a body or
// with an id that nobody has, in the order of columns. A number is the status; "in"
// means that the caller is let in, and the handler says the rest. A new route needs
// a line.
//
// pending has yet to choose a password; lead leads a class; admin has the right of
// an administrator, and confirmed has also given the password again.
var access = map[string]string{
	//                                            public pending student guardian teacher staff lead head admin confirmed restricted locked
	"GET /api/openapi.json":                           "200    200     200     200      200     200   200  200  200   200       200        200",
	"GET /api/v1/school":                              "200    200     200     200      200     200   200  200  200   200       200        200",
	"GET /api/v1/school/logo":                         "200    200     200     200      200     200   200  200  200   200       200        200",
	"GET /healthz":                                    "200    200     200     200      200     200   200  200  200   200       200        200",
	"OPTIONS /{$}":                                    "200 200 200 200 200 200 200 200 200 200 200 200",
	"GET /metrics":                                    "200    200     200     200      200     200   200  200  200   200       200        200",
	"POST /api/v1/session":                            "400    400     400     400      400     400   400  400  400   400       400        400",
	"GET /api/v1/session":                             "401    200     200     200      200     200   200  200  200   200       200        403",
	"DELETE /api/v1/session":                          "401    204     204     204      204     204   204  204  204   204       204        403",
	"POST /api/v1/session/password":                   "401    400     400     400      400     400   400  400  400   400       400        403",
	"POST /api/v1/session/admin":                      "401    403     400     400      400     400   400  400  400   400       400        403",
	"GET /api/v1/devices":                             "401    403     200     200      200     200   200  200  200   200       200        403",
	"DELETE /api/v1/devices":                          "401    403     204     204      204     204   204  204  204   204       204        403",
	"DELETE /api/v1/devices/{id}":                     "401    403     404     404      404     404   404  404  404   404       404        403",
	"GET /api/v1/account":                             "401    403     200     200      200     200   200  200  200   200       200        403",
	"POST /api/v1/account/second-step":                "401    403     200     200      200     200   200  200  200   200       200        403",
	"POST /api/v1/account/second-step/confirm":        "401    403     400     400      400     400   400  400  400   400       400        403",
	"POST /api/v1/account/second-step/recovery":       "401    403     400     400      400     400   400  400  400   400       400        403",
	"DELETE /api/v1/account/second-step":              "401    403     400     400      400     400   400  400  400   400       400        403",
	"GET /api/v1/account/app-passwords":               "401    403     200     200      200     200   200  200  200   200       200        403",
	"POST /api/v1/account/app-passwords":              "401    403     400     400      400     400   400  400  400   400       400        403",
	"DELETE /api/v1/account/app-passwords/{id}":       "401    403     404     404      404     404   404  404  404   404       404        403",
	"GET /api/v1/terms":                               "401    200     200     200      200     200   200  200  200   200       200        403",
	"POST /api/v1/terms/accept":                       "401    403     400     400      400     400   400  400  400   400       400        403",
	"PUT /api/v1/terms":                               "401    403     403     403      403     403   403  403  403   400       403        403",
	"GET /api/v1/rights":                              "401    403     200     200      200     200   200  200  200   200       200        403",
	"GET /api/v1/settings":                            "401    403     403     403      403     403   403  403  403   200       403        403",
	"PUT /api/v1/settings":                            "401    403     403     403      403     403   403  403  403   400       403        403",
	"GET /api/v1/modules":                             "401    403     403     403      403     403   403  403  403   200       403        403",
	"PUT /api/v1/modules":                             "401    403     403     403      403     403   403  403  403   400       403        403",
	"POST /api/v1/people/{id}/reset":                  "401    403     403     403      403     403   403  403  403   404       403        403",
	"DELETE /api/v1/people/{id}/slow-down":            "401    403     403     403      403     403   403  403  403   404       403        403",
	"POST /api/v1/people/{id}/lock":                   "401    403     403     403      403     403   403  403  403   400       403        403",
	"POST /api/v1/people/{id}/rights":                 "401    403     403     403      403     403   403  403  403   400       403        403",
	"DELETE /api/v1/people/{id}/second-step":          "401    403     403     403      403     403   403  403  403   404       403        403",
	"POST /api/v1/account/children":                   "401 403 400 400 400 400 400 400 400 400 403 403",
	"POST /api/v1/account/email":                      "401 403 400 400 400 400 400 400 400 400 403 403",
	"PUT /api/v1/guardians/{id}/email":                "401 403 403 403 403 403 403 403 403 400 403 403",
	"GET /api/v1/groups/{id}/guardians":               "401 403 403 403 403 403 403 403 403 404 403 403",
	"POST /api/v1/groups/{id}/codes":                  "401 403 403 403 403 403 403 403 403 404 403 403",
	"POST /api/v1/guardians/codes":                    "401 403 403 403 403 403 403 403 403 422 403 403",
	"POST /api/v1/slips":                              "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/people":                              "401 403 403 403 403 403 200 403 403 200 403 403",
	"POST /api/v1/people":                             "401 403 403 403 403 403 403 403 403 400 403 403",
	"GET /api/v1/people/{id}":                         "401 403 403 403 403 403 403 403 403 404 403 403",
	"PUT /api/v1/people/{id}":                         "401 403 403 403 403 403 403 403 403 400 403 403",
	"PUT /api/v1/people/{id}/children/{child}":        "401 403 403 403 403 403 403 403 403 404 403 403",
	"DELETE /api/v1/people/{id}/children/{child}":     "401 403 403 403 403 403 403 403 403 404 403 403",
	"POST /api/v1/people/merge":                       "401 403 403 403 403 403 403 403 403 400 403 403",
	"GET /api/v1/groups":                              "401 403 403 403 403 403 200 403 403 200 403 403",
	"POST /api/v1/groups":                             "401 403 403 403 403 403 403 403 403 400 403 403",
	"PUT /api/v1/groups/{id}":                         "401 403 403 403 403 403 403 403 403 400 403 403",
	"DELETE /api/v1/groups/{id}":                      "401 403 403 403 403 403 403 403 403 404 403 403",
	"PUT /api/v1/groups/{id}/members/{person}":        "401 403 403 403 403 403 403 403 403 400 403 403",
	"DELETE /api/v1/groups/{id}/members/{person}":     "401 403 403 403 403 403 403 403 403 404 403 403",
	"POST /api/v1/groups/{id}/start-codes":            "401 403 403 403 403 403 404 403 403 404 403 403",
	"POST /api/v1/imports/{kind}":                     "401 403 403 403 403 403 403 403 403 404 403 403",
	"GET /api/v1/imports":                             "401 403 403 403 403 403 403 403 403 200 403 403",
	"GET /api/v1/imports/{id}":                        "401 403 403 403 403 403 403 403 403 404 403 403",
	"POST /api/v1/imports/{id}/decide":                "401 403 403 403 403 403 403 403 403 400 403 403",
	"POST /api/v1/imports/{id}/confirm":               "401 403 403 403 403 403 403 403 403 404 403 403",
	"DELETE /api/v1/imports/{id}":                     "401 403 403 403 403 403 403 403 403 204 403 403",
	"POST /api/v1/log":                                "401 403 403 403 403 403 403 403 403 400 403 403",
	"GET /api/v1/log/consents":                        "401 403 403 403 403 403 403 403 403 200 403 403",
	"POST /api/v1/log/consents":                       "401 403 403 403 403 403 403 403 403 400 403 403",
	"POST /api/v1/log/consents/{id}":                  "401 403 403 403 403 403 403 403 403 404 403 403",
	"GET /api/v1/account/export":                      "401 403 200 200 200 200 200 200 200 200 200 403",
	"GET /eltern":                                     "200 200 200 200 200 200 200 200 200 200 200 200",
	"GET /eltern/stil.css":                            "200 200 200 200 200 200 200 200 200 200 200 200",
	"GET /eltern/passwort":                            "200 200 200 200 200 200 200 200 200 200 200 200",
	"POST /eltern":                                    "403 403 403 403 403 403 403 403 403 403 403 403",
	"POST /eltern/neu":                                "403 403 403 403 403 403 403 403 403 403 403 403",
	"POST /eltern/passwort":                           "403 403 403 403 403 403 403 403 403 403 403 403",
	"GET /eltern/aktivieren/{token}":                  "404 404 404 404 404 404 404 404 404 404 404 404",
	"POST /eltern/aktivieren/{token}":                 "403 403 403 403 403 403 403 403 403 403 403 403",
	"GET /eltern/passwort/{token}":                    "404 404 404 404 404 404 404 404 404 404 404 404",
	"POST /eltern/passwort/{token}":                   "403 403 403 403 403 403 403 403 403 403 403 403",
	"GET /eltern/adresse/{token}":                     "404 404 404 404 404 404 404 404 404 404 404 404",
	"POST /eltern/adresse/{token}":                    "403 403 403 403 403 403 403 403 403 403 403 403",
	"GET /api/v1/events":                              "401    403     200     200      200     200   200  200  200   200       200        403",
	"GET /api/v1/letters/inbox":                       "401 403 200 200 200 200 200 200 200 200 200 403",
	"POST /api/v1/letters/flags":                      "401 403 400 400 400 400 400 400 400 400 403 403",
	"POST /api/v1/letters/{id}/answer":                "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/letters/{id}/text":                   "401 403 422 422 422 422 422 422 422 422 422 403",
	"POST /api/v1/letters/{id}/translate":             "401 403 422 422 422 422 422 422 422 422 422 403",
	"GET /api/v1/letters/{id}/versions":               "401 403 404 404 404 404 404 404 404 404 404 403",
	"GET /api/v1/letters/{id}/files/{file}":           "401 403 404 404 404 404 404 404 404 404 404 403",
	"GET /api/v1/letters/languages":                   "401 403 200 200 200 200 200 200 200 200 200 403",
	"GET /api/v1/letters/notice":                      "401 403 200 200 200 200 200 200 200 200 200 403",
	"PUT /api/v1/letters/notice":                      "401 403 400 400 400 400 400 400 400 400 400 403",
	"GET /api/v1/letters/targets":                     "401 403 403 403 200 200 200 200 200 200 200 403",
	"GET /api/v1/letters/targets/children":            "401 403 403 403 200 200 200 200 200 200 200 403",
	"GET /api/v1/letters/targets/senders":             "401 403 403 403 200 200 200 200 200 200 200 403",
	"POST /api/v1/letters/reach":                      "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/letters/templates":                   "401 403 403 403 200 200 200 200 200 200 200 403",
	"PUT /api/v1/letters/templates/{id}":              "401 403 400 400 400 400 400 400 400 400 403 403",
	"DELETE /api/v1/letters/templates/{id}":           "401 403 403 403 403 403 403 404 403 403 403 403",
	"GET /api/v1/letters/drafts":                      "401 403 403 403 200 200 200 200 200 200 200 403",
	"POST /api/v1/letters/drafts":                     "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/letters/draft":                       "401 403 422 422 422 422 422 422 422 422 422 403",
	"PUT /api/v1/letters/drafts/{id}":                 "401 403 400 400 400 400 400 400 400 400 403 403",
	"DELETE /api/v1/letters/drafts/{id}":              "401 403 403 403 404 404 404 404 404 404 403 403",
	"POST /api/v1/letters/drafts/{id}/files":          "401 403 403 403 422 422 422 422 422 422 403 403",
	"DELETE /api/v1/letters/drafts/{id}/files/{file}": "401 403 422 422 422 422 422 422 422 422 403 403",
	"POST /api/v1/letters/drafts/{id}/preview":        "401 403 403 403 404 404 404 404 404 404 404 403",
	"POST /api/v1/letters/drafts/{id}/send":           "401 403 403 403 404 404 404 404 404 404 403 403",
	"POST /api/v1/letters/{id}/recall":                "401 403 403 403 404 404 404 404 404 404 403 403",
	"POST /api/v1/letters/{id}/correct":               "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/letters/settings":                    "401 403 403 403 403 403 403 200 403 200 403 403",
	"PUT /api/v1/letters/settings":                    "401 403 400 400 400 400 400 400 400 400 403 403",
	"GET /api/v1/letters/sent":                        "401 403 403 403 200 200 200 200 200 200 200 403",
	"GET /api/v1/letters/{id}/report":                 "401 403 403 403 404 404 404 404 404 404 404 403",
	"GET /api/v1/letters/{id}/report.csv":             "401 403 403 403 404 404 404 404 404 404 404 403",
	"GET /api/v1/letters/{id}/report.xlsx":            "401 403 403 403 404 404 404 404 404 404 404 403",
	"GET /api/v1/letters/{id}/print.pdf":              "401 403 403 403 404 404 404 404 404 404 404 403",
	"POST /api/v1/letters/{id}/paper":                 "401 403 400 400 400 400 400 400 400 400 403 403",
	"POST /api/v1/letters/{id}/remind":                "401 403 403 403 404 404 404 404 404 404 403 403",
	"GET /api/v1/unsubscribe/letters/{token}":         "200 200 200 200 200 200 200 200 200 200 200 200",
	"POST /api/v1/unsubscribe/letters/{token}":        "404 404 404 404 404 404 404 404 404 404 404 404",
	"GET /api/v1/files/roots":                         "401    403     200     200      200     200   200  200  200   200       200        403",
	"GET /api/v1/files/search":                        "401    403     in      in       in      in    in   in   in    in        in         403",
}

// mounted is the same for what is mounted below a prefix, whatever the method.
var mounted = map[string]string{
	"/dav/": "401 403 in in in in in in in in in 403",
}

// columns are who asks, by login.
var columns = []string{
	"", "tom.test", "lena.weber", "erika.musterfrau@example.org", "plain.teacher", "plain.staff",
	"anna.schmidt", "claudia.direktor", "admin", "admin", "restricted.teacher", "bernd.richter",
}

// Columns that need more than a sign-in.
const (
	confirmedColumn = 9
	lockedColumn    = 11
)

// callers gives a client for each column; sessions that end are made anew by sign.
func callers(t *testing.T, s *servertest.Server) (sign func(i int) *servertest.Client) {
	t.Helper()
	ctx := t.Context()
	hash, err := s.Host.Hasher().Hash(ctx, servertest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for login, p := range map[string]people.Person{
		"plain.teacher": {Role: wire.RoleTeacher}, "plain.staff": {Role: wire.RoleStaff, Moderator: true},
		"restricted.teacher": {Role: wire.RoleTeacher, State: people.Restricted},
	} {
		p.ID, p.Login, p.PasswordHash = "id-"+login, login, hash
		if err := people.Create(ctx, s.DB, &p); err != nil {
			t.Fatal(err)
		}
	}
	locked := s.Client(t, columns[lockedColumn])
	s.Lock(t, columns[lockedColumn], "test")
	return func(i int) *servertest.Client {
		switch {
		case columns[i] == "":
			return s.Anonymous()
		case i == lockedColumn:
			return locked
		}
		c := s.Client(t, columns[i])
		if i == confirmedColumn {
			c.Confirm(t)
		}
		return c
	}
}

func TestAccess(t *testing.T) {
	s := servertest.Start(t)
	sign := callers(t, s)
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
		if len(want) != len(columns) {
			t.Errorf("%s has %d columns, not %d", route, len(want), len(columns))
			continue
		}
		for i := range columns {
			checkAccess(t, sign(i), op, want[i], fmt.Sprintf("%s as %q (column %d)", route, columns[i], i))
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
