package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// fakeAuth knows people whose token or password is their role.
type fakeAuth struct{}

func (fakeAuth) ByToken(_ context.Context, token string) (web.Caller, error) {
	c := web.Caller{SessionID: "s", Person: wire.Person{ID: token}}
	switch token {
	case "student":
	case "pending":
		c.MustChange = true
	case "admin":
		c.Admin, c.AdminUntil = true, time.Now().Add(time.Minute)
	case "locked":
		return web.Caller{}, web.Refuse(http.StatusForbidden, wire.CodeLocked, "Locked.", "reason", "why")
	case "broken":
		return web.Caller{}, errors.New("secret: the database is down")
	default:
		return web.Caller{}, web.Refuse(http.StatusUnauthorized, wire.CodeSignedOut, "Gone.")
	}
	return c, nil
}

func (a fakeAuth) ByBasic(ctx context.Context, _, password, addr string) (web.Caller, error) {
	if password == "slow" {
		return web.Caller{}, web.RefuseFor(7, "Wait, "+addr+".")
	}
	return a.ByToken(ctx, password)
}

type nothing struct{}

type out struct{ Body map[string]string }

func newRouter(t testing.TB, log io.Writer, proxies ...netip.Prefix) *web.Router {
	t.Helper()
	r := web.NewRouter(web.Options{
		Auth: fakeAuth{}, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: time.Now, Version: "1",
		Metrics: prometheus.NewRegistry(), TrustedProxies: proxies,
	})
	fail := func(name string, err error) {
		web.Handle(r, web.Op{Method: "GET", Path: "/fail/" + name, Tag: "test"}, func(context.Context, *nothing) (*out, error) { return nil, err })
	}
	fail("refused", web.Refuse(http.StatusConflict, wire.CodeConflict, "Somebody was faster.", "who", "Lena"))
	fail("slow", fmt.Errorf("wrapped: %w", web.RefuseFor(9, "Wait.")))
	fail("forbidden", fmt.Errorf("secret: %w", web.ErrForbidden))
	fail("row", fmt.Errorf("secret: %w", db.ErrNotFound))
	fail("ours", errors.New("secret: no such table"))
	web.Handle(r, web.Op{Method: "GET", Path: "/fail/panic", Tag: "test"}, func(context.Context, *nothing) (*out, error) { panic("secret") })
	for path, access := range map[string]web.Access{
		"/public": web.Public, "/pending": web.PasswordPending, "/signedin": web.SignedIn, "/admin": web.Administrator,
	} {
		web.Handle(r, web.Op{Method: "GET", Path: path, Access: access, Tag: "test"}, func(ctx context.Context, _ *nothing) (*out, error) {
			return &out{Body: map[string]string{"person": web.CallerFrom(ctx).Person.ID, "addr": web.AddrFrom(ctx)}}, nil
		})
	}
	web.Handle(r, web.Op{Method: "POST", Path: "/body/{id}", Tag: "test"}, func(_ context.Context, _ *struct {
		ID   string `path:"id" maxLength:"5"`
		Body struct {
			Password string `json:"password" maxLength:"10"`
		}
	},
	) (*nothing, error) {
		return nil, nil
	})
	r.Raw(web.Op{Method: "GET", Path: "/raw/{rest...}", Access: web.SignedIn}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		io.WriteString(w, req.PathValue("rest"))
	}))
	r.Raw(web.Op{Method: "GET", Path: "/half"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("in the middle")
	}))
	r.Mount("/dav/", web.SignedIn, []string{"GET", "PROPFIND"}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		io.WriteString(w, req.URL.EscapedPath())
	}))
	return r
}

func ask(r http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://h"+path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, req)
	return rec
}

func problem(t *testing.T, rec *httptest.ResponseRecorder) wire.Problem {
	t.Helper()
	var p wire.Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d is no problem: %s %q", rec.Code, rec.Header().Get("Content-Type"), rec.Body)
	}
	if p.Status != rec.Code || p.RequestID == "" || p.RequestID != rec.Header().Get("X-Request-Id") || p.Title == "" || p.Detail == "" {
		t.Errorf("problem %+v under %d, request %q", p, rec.Code, rec.Header().Get("X-Request-Id"))
	}
	return p
}

func TestAccess(t *testing.T) {
	r := newRouter(t, io.Discard)
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	callers := []struct {
		name    string
		headers []string
	}{
		{"public", nil},
		{"pending", bearer("pending")},
		{"student", bearer("student")},
		{"admin", bearer("admin")},
		{"locked", bearer("locked")},
		{"gone", bearer("gone")},
		{"lower", []string{"authorization", "bearer student"}},
		{"basic", []string{"Authorization", "Basic YTpzdHVkZW50"}},
		{"odd", []string{"Authorization", "Bearerstudent"}},
	}
	for path, want := range map[string]string{
		"/public":   "200 200 200 200 200 200 200 200 200",
		"/pending":  "401 200 200 200 403 401 200 401 401",
		"/signedin": "401 403 200 200 403 401 200 401 401",
		"/admin":    "401 403 403 200 403 401 403 401 401",
		"/raw/x":    "401 403 200 200 403 401 200 401 401",
		"/dav/x":    "401 403 200 200 403 401 200 200 401",
	} {
		got := make([]string, 0, len(callers))
		for _, c := range callers {
			rec := ask(r, "GET", path, c.headers...)
			got = append(got, strconv.Itoa(rec.Code))
			if rec.Code >= 400 {
				problem(t, rec)
			}
			challenge := rec.Header().Get("WWW-Authenticate")
			if (rec.Code == 401) != (challenge != "") || rec.Code == 401 && strings.HasPrefix(path, "/dav") != strings.HasPrefix(challenge, "Basic ") {
				t.Errorf("%s as %s: %d with the challenge %q", path, c.name, rec.Code, challenge)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s\n got %s\nwant %s", path, s, want)
		}
	}
	if p := problem(t, ask(r, "GET", "/signedin", bearer("pending")...)); p.Code != wire.CodePasswordChange {
		t.Errorf("pending: %+v", p)
	}
	if p := problem(t, ask(r, "GET", "/dav/", bearer("locked")...)); p.Code != wire.CodeLocked || p.Args["reason"] != "why" {
		t.Errorf("locked: %+v", p)
	}
	rec := ask(r, "GET", "/dav/", "Authorization", "Basic YTpzbG93")
	if p := problem(t, rec); rec.Code != 429 || p.RetryIn != 7 || rec.Header().Get("Retry-After") != "7" || p.Args["seconds"] != "7" {
		t.Errorf("slow: %+v, %v", p, rec.Header())
	}
}

func TestErrors(t *testing.T) {
	var log bytes.Buffer
	r := newRouter(t, &log)
	for path, want := range map[string]wire.Problem{
		"/fail/refused":   {Status: 409, Code: wire.CodeConflict, Detail: "Somebody was faster.", Args: map[string]string{"who": "Lena"}},
		"/fail/slow":      {Status: 429, Code: wire.CodeSlowDown, Detail: "Wait.", RetryIn: 9},
		"/fail/forbidden": {Status: 403, Code: wire.CodeForbidden},
		"/fail/row":       {Status: 404, Code: wire.CodeNotFound},
		"/fail/ours":      {Status: 500, Code: wire.CodeInternal},
		"/fail/panic":     {Status: 500, Code: wire.CodeInternal},
		"/nowhere":        {Status: 404, Code: wire.CodeNotFound},
		"/public/":        {Status: 404, Code: wire.CodeNotFound},
		"//public":        {Status: 404, Code: wire.CodeNotFound},
		"/raw/../public":  {Status: 404, Code: wire.CodeNotFound},
		"/raw/%2e%2e/x":   {Status: 404, Code: wire.CodeNotFound},
	} {
		log.Reset()
		rec := ask(r, "GET", path)
		p := problem(t, rec)
		if p.Status != want.Status || p.Code != want.Code || want.Detail != "" && p.Detail != want.Detail || p.RetryIn != want.RetryIn || want.Args != nil && p.Args["who"] != want.Args["who"] {
			t.Errorf("%s: %+v", path, p)
		}
		if strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s tells what went wrong inside: %s", path, rec.Body)
		}
		if want.Status == 500 && (!strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), p.RequestID)) {
			t.Errorf("%s: the log does not say what went wrong: %s", path, &log)
		}
		if want.RetryIn > 0 && rec.Header().Get("Retry-After") != strconv.Itoa(want.RetryIn) {
			t.Errorf("%s: Retry-After %q", path, rec.Header().Get("Retry-After"))
		}
	}
	if p := problem(t, ask(r, "PUT", "/public")); p.Status != 405 {
		t.Errorf("PUT: %+v", p)
	}
	if rec := ask(r, "PUT", "/dav/x", "Authorization", "Bearer student"); rec.Code != 405 || rec.Header().Get("Allow") != "GET, PROPFIND" {
		t.Errorf("PUT on the mount: %d, %v", rec.Code, rec.Header())
	}
	if p := problem(t, ask(r, "GET", "/signedin", "Authorization", "Bearer broken")); p.Status != 500 || strings.Contains(p.Detail, "secret") {
		t.Errorf("broken authenticator: %+v", p)
	}
	if rec := ask(r, "HEAD", "/nowhere"); rec.Code != 404 || rec.Body.Len() != 0 {
		t.Errorf("HEAD: %d %q", rec.Code, rec.Body)
	}
}

func TestBodies(t *testing.T) {
	r := newRouter(t, io.Discard)
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/body/x", `{"password":"x"}`, 204, ""},
		{"/body/x", `{"password":"x","newer":[1]}`, 204, ""},
		{"/body/toolong", `{"password":"x"}`, 422, wire.CodeInvalid},
		{"/body/x", `{"password":"geheimgeheim"}`, 422, wire.CodeInvalid},
		{"/body/x", `{"password":["geheim"]}`, 422, wire.CodeInvalid},
		{"/body/x", `{}`, 422, wire.CodeInvalid},
		{"/body/x", `geheim`, 400, wire.CodeInvalid},
		{"/body/x", ``, 400, wire.CodeInvalid},
		{"/body/x", `{"password":"` + strings.Repeat("geheim", 200_000) + `"}`, 413, wire.CodeTooLarge},
		{"/body/x", strings.Repeat(`[`, 100_000), 400, wire.CodeInvalid},
	} {
		req := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, req)
		short := c.body[:min(40, len(c.body))]
		if rec.Code != c.status {
			t.Errorf("%s %s: %d %s", c.path, short, rec.Code, rec.Body)
		} else if c.status >= 400 {
			if p := problem(t, rec); p.Code != c.code || strings.Contains(rec.Body.String(), "geheim") {
				t.Errorf("%s %s: %s", c.path, short, rec.Body)
			}
		}
	}
}

func TestMountSeesTheRawPath(t *testing.T) {
	srv := httptest.NewServer(newRouter(t, io.Discard))
	defer srv.Close()
	for _, path := range []string{"/dav/a//b", "/dav/../etc", "/dav/a%2Fb", "/dav/%2e%2e/x", "/dav", "/dav/./"} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer student\r\nConnection: close\r\n\r\n", path)
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(answer), "HTTP/1.1 200") || !strings.HasSuffix(string(answer), path) {
			t.Errorf("%s: %s", path, answer)
		}
	}
}

func TestHalfAnAnswerIsCut(t *testing.T) {
	srv := httptest.NewServer(newRouter(t, io.Discard))
	defer srv.Close()
	srv.Config.ErrorLog = nil
	res, err := http.Get(srv.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err == nil || string(text) != "half" {
		t.Errorf("the half answer looks whole: %q, %v", text, err)
	}
}

func TestAddr(t *testing.T) {
	for _, c := range []struct {
		from, forwarded, proxies, want string
	}{
		{"192.0.2.1:5", "", "", "192.0.2.1"},
		{"192.0.2.1:5", "203.0.113.9", "", "192.0.2.1"},
		{"192.0.2.1:5", "203.0.113.9", "198.51.100.0/24", "192.0.2.1"},
		{"192.0.2.1:5", "203.0.113.9", "192.0.2.0/24", "203.0.113.9"},
		{"192.0.2.1:5", "1.1.1.1, 203.0.113.9", "192.0.2.0/24", "203.0.113.9"},
		{"192.0.2.1:5", "203.0.113.9, 192.0.2.7", "192.0.2.0/24", "203.0.113.9"},
		{"192.0.2.1:5", "rubbish", "192.0.2.0/24", "192.0.2.1"},
		{"192.0.2.1:5", "", "192.0.2.0/24", "192.0.2.1"},
		{"[2001:db8::1]:5", "2001:db8:f::2", "2001:db8::1/128", "2001:db8:f::2"},
	} {
		var proxies []netip.Prefix
		if c.proxies != "" {
			proxies = append(proxies, netip.MustParsePrefix(c.proxies))
		}
		req := httptest.NewRequest(http.MethodGet, "/public", http.NoBody)
		req.RemoteAddr = c.from
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		rec := httptest.NewRecorder()
		newRouter(t, io.Discard, proxies...).ServeHTTP(rec, req)
		if !strings.Contains(rec.Body.String(), `"addr":"`+c.want+`"`) {
			t.Errorf("%+v: %s", c, rec.Body)
		}
	}
}

func TestLogTellsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	r := newRouter(t, &log)
	ask(r, "GET", "/nowhere?token=geheim", "Authorization", "Bearer geheim", "Cookie", "geheim")
	ask(r, "GET", "/dav/x?q=geheim", "Authorization", "Basic "+"Z2VoZWltOmdlaGVpbQ==")
	if log.Len() == 0 || strings.Contains(log.String(), "geheim") || strings.Contains(log.String(), "Z2Vo") {
		t.Errorf("log: %s", &log)
	}
}

func TestOpenAPI(t *testing.T) {
	rec := ask(newRouter(t, io.Discard), "GET", "/api/openapi.json")
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Security []any }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	if doc.Paths["/public"]["get"].Security != nil || doc.Paths["/signedin"]["get"].Security == nil || doc.Paths["/api/openapi.json"] == nil {
		t.Errorf("paths: %+v", doc.Paths)
	}
	if doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["ErrorModel"] != nil {
		t.Errorf("schemas: %v", doc.Components.Schemas)
	}
}

func TestTenMegabytesOfHeaders(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(newRouter(t, io.Discard))
	go srv.Serve(l)
	defer srv.Close()
	for name, c := range map[string]struct {
		headers int
		want    string
	}{"10 MB": {10 << 20, "431"}, "100 KB": {100 << 10, "431"}, "50 KB": {50 << 10, "200"}} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		go func() {
			io.WriteString(conn, "GET /public HTTP/1.1\r\nHost: h\r\nConnection: close\r\n")
			line := "X-Fill: " + strings.Repeat("x", 1000) + "\r\n"
			for sent := 0; sent < c.headers; sent += len(line) {
				if _, err := io.WriteString(conn, line); err != nil {
					return
				}
			}
			io.WriteString(conn, "\r\n")
		}()
		answer := make([]byte, 12)
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer[9:]) != c.want {
			t.Errorf("%s of headers: %q, %v", name, answer, err)
		}
		conn.Close()
	}
	if rec := ask(srv.Handler, "GET", "/public"); rec.Code != 200 {
		t.Errorf("afterwards: %d", rec.Code)
	}
}

func BenchmarkMiddleware(b *testing.B) {
	r := newRouter(b, io.Discard)
	req := httptest.NewRequest(http.MethodGet, "/dav/x", http.NoBody)
	req.Header.Set("Authorization", "Bearer student")
	rec := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		rec.Body.Reset()
		r.ServeHTTP(rec, req)
	}
}

func BenchmarkHandle(b *testing.B) {
	r := newRouter(b, io.Discard)
	req := httptest.NewRequest(http.MethodGet, "/signedin", http.NoBody)
	req.Header.Set("Authorization", "Bearer student")
	rec := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		rec.Body.Reset()
		r.ServeHTTP(rec, req)
	}
}
