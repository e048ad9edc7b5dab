package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"schulhof/server/wire"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"/dav/home/":                           "/dav/home/",
		"/dav/home/%C3%9Cbung.txt":             "/dav/home/%C3%9Cbung.txt",
		"/dav/home/U%CC%88bung.txt":            "/dav/home/%C3%9Cbung.txt", // NFD
		"/dav/home/Übung (2)!.txt":             "/dav/home/%C3%9Cbung%20%282%29%21.txt",
		"/dav/home/%7Ea%2b":                    "/dav/home/~a+",
		"https://schule.example/dav/home/a":    "/dav/home/a",
		"/dav/home/100%25":                     "/dav/home/100%25",
		"/dav/home/../x":                       "",
		"/dav/home/%2E%2E/x":                   "",
		"/dav/home/a%2Fb":                      "",
		"/dav//home":                           "",
		"dav/home":                             "",
		"/dav/%zz":                             "",
		"/dav/home/./x":                        "",
		"/dav/home/a?x=1":                      "/dav/home/a",
		"/dav/groups/klasse-7b/Material/a.odt": "/dav/groups/klasse-7b/Material/a.odt",
	} {
		got, err := Clean(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Clean(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestHrefsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[^/\x00]{1,40}`).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(t, "name")
		folder := rapid.Bool().Draw(t, "folder")
		href := Join("/dav/home/", name, folder)
		clean, err := Clean(href)
		if err != nil || clean != href {
			t.Fatalf("Join is not clean: %q -> %q, %v", href, clean, err)
		}
		if Parent(href) != "/dav/home/" || IsFolder(href) != folder || !Within(href, "/dav/home/") || Within(href, "/dav/hom") {
			t.Fatalf("%q: parent %q", href, Parent(href))
		}
		if again := Join("/dav/home/", Base(href), folder); again != href {
			t.Fatalf("Base loses something: %q -> %q", href, again)
		}
	})
}

const answer = `<?xml version="1.0" encoding="utf-8"?>
<d:multistatus xmlns:d="DAV:" xmlns:x="https://schulhof.org/ns/dav">
<d:response><d:href>/dav/home/%C3%9Cbungen/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype>
 <x:id>f1</x:id><x:rights>a</x:rights><d:sync-token>https://schulhof.org/ns/sync/e/7</d:sync-token></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
 <d:propstat><d:prop><d:getcontentlength/><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
<d:response><d:href>/dav/home/%C3%9Cbungen/a%20%26%20b.txt</d:href><d:propstat><d:prop><d:resourcetype/>
 <d:getcontentlength>12</d:getcontentlength><d:getlastmodified>Sat, 21 Nov 2026 08:15:00 GMT</d:getlastmodified>
 <d:getetag>W/"1"</d:getetag><x:id>n2</x:id><x:by>Anna &lt;Schmidt&gt;</x:by><x:rights>wd</x:rights><x:sha256>ab</x:sha256></d:prop>
 <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>/dav/home/%C3%9Cbungen/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
<d:sync-token>https://schulhof.org/ns/sync/e/8</d:sync-token></d:multistatus>`

func TestParseMultistatus(t *testing.T) {
	list, token, err := parseMultistatus(strings.NewReader(answer))
	if err != nil || token != "https://schulhof.org/ns/sync/e/8" {
		t.Fatal(token, err)
	}
	mtime := time.Date(2026, 11, 21, 8, 15, 0, 0, time.UTC)
	want := []Entry{
		{ID: "f1", Href: "/dav/home/%C3%9Cbungen/", Name: "Übungen", Folder: true, Rights: "a", Token: "https://schulhof.org/ns/sync/e/7"},
		{
			ID: "n2", Href: "/dav/home/%C3%9Cbungen/a%20&%20b.txt", Name: "a & b.txt", Size: 12, Mtime: mtime,
			By: "Anna <Schmidt>", ETag: `W/"1"`, Rights: "wd", SHA256: "ab",
		},
		{Href: "/dav/home/%C3%9Cbungen/gone", Name: "gone", Gone: true},
	}
	if fmt.Sprintf("%+v", list) != fmt.Sprintf("%+v", want) {
		t.Fatalf("got\n%+v\nwant\n%+v", list, want)
	}
}

func TestParseMultistatusRefuses(t *testing.T) {
	beforeToken, _, _ := strings.Cut(answer, "<d:sync-token>https://schulhof.org/ns/sync/e/8")
	one := `<D:response><D:href>/a</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>`
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"cut":              {answer[:len(answer)/2], ErrOffline},
		"cut between":      {beforeToken, ErrOffline},
		"empty":            {"", ErrOffline},
		"no xml":           {"<html><br></html>", ErrNotSchulhof},
		"foreign entity":   {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><D:multistatus xmlns:D="DAV:">&x;</D:multistatus>`, ErrNotSchulhof},
		"outside href":     {`<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a/../b</D:href></D:response></D:multistatus>`, ErrAddress},
		"too deep":         {`<D:multistatus xmlns:D="DAV:">` + strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), ErrTooLarge},
		"another document": {`<D:error xmlns:D="DAV:"/>`, ErrNotSchulhof},
		"too many":         {`<D:multistatus xmlns:D="DAV:">` + strings.Repeat(one, MaxEntries+1) + `</D:multistatus>`, ErrTooLarge},
		"laughing lions":   {`<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><a>&b;</a>`, ErrNotSchulhof},
		"text without end": {"just text", ErrOffline},
	} {
		t.Run(name, func(t *testing.T) {
			list, _, err := parseMultistatus(strings.NewReader(c.body))
			if !errors.Is(err, c.want) || list != nil {
				t.Fatalf("%d entries, err = %v, want %v", len(list), err, c.want)
			}
		})
	}
}

func FuzzMultistatus(f *testing.F) {
	f.Add([]byte(answer))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, _, err := parseMultistatus(bytes.NewReader(body))
		if err != nil {
			return
		}
		for _, e := range list {
			if clean, err := Clean(e.Href); err != nil || clean != e.Href {
				t.Fatalf("href %q", e.Href)
			}
		}
	})
}

func TestReadEvents(t *testing.T) {
	const stream = ": ping\n\nid: e-1\ndata: {\"kind\":\"root\",\n" + "data: \"root\":\"r1\",\"seq\":7}\n\n" +
		"id: e-2\nevent: message\r\ndata: not json\n\ndata: {\"kind\":\"reset\"}\n\nid: e-3\ndata: {\"kind\":\"module\",\"module\":\"letters\",\"badge\":2}\n"
	var got []string
	err := readEvents(strings.NewReader(stream), func(id string, e wire.Event) {
		got = append(got, fmt.Sprint(id, e))
	})
	if err != nil {
		t.Fatal(err)
	}
	// The last one has no end: it is not there yet.
	if want := "[e-1{root  0 r1 7} e-2{reset  0  0}]"; fmt.Sprint(got) != want {
		t.Fatalf("got %v, want %s", got, want)
	}
	if err := readEvents(strings.NewReader("data: "+strings.Repeat("x", maxEvent)+"\n\n"), nil); err == nil {
		t.Fatal("a line without bound was read")
	}
}

// server is a client of a handler, with the log of both.
func server(t *testing.T, h http.HandlerFunc) (*Client, *bytes.Buffer) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var log bytes.Buffer
	c := New(Options{
		Base: base(t, s.URL), Token: "geheimes-token", UserAgent: "schulhof/test",
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(c.Close)
	return c, &log
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		status       int
		media, body  string
		reason       string
		code, detail string
		temporary    bool
	}{
		"problem": {
			429, "application/problem+json", `{"status":200,"code":"slow_down","detail":"Wait.","retryIn":3}`, "",
			wire.CodeSlowDown, "Wait.", true,
		},
		"quota": {
			507, "application/xml", `<D:error xmlns:D="DAV:" xmlns:s="x"><D:quota-not-exceeded/><s:message>Voll.` + "\n" +
				`Full.</s:message></D:error>`, "quota-not-exceeded", wire.CodeQuota, "Full.", false,
		},
		"uploads": {
			507, "application/xml", `<D:error xmlns:D="DAV:" xmlns:s="x"><D:sufficient-disk-space/><s:message>Morgen.` + "\n" +
				`Tomorrow.</s:message></D:error>`, "sufficient-disk-space", wire.CodeUploads, "Tomorrow.", false,
		},
		"name":           {400, "application/xml; charset=utf-8", `<e xmlns:s="x"><s:message>Nein.` + "\nNo.</s:message></e>", "name-reserved", wire.CodeName, "No.", false},
		"cut":            {400, "application/xml", `<e/>`, "cut", wire.CodeUnavailable, "", true},
		"broken problem": {500, "application/json", `{`, "", wire.CodeInternal, "", true},
		"page":           {502, "text/html", `<script>`, "", wire.CodeUnavailable, "", true},
		"text":           {403, "text/plain", "no\x00\u202e\nway", "", wire.CodeForbidden, "no way", false},
		"gone":           {404, "", "", "", wire.CodeNotFound, "", false},
		"locked":         {423, "", "", "", wire.CodeConflict, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			client, log := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				w.Header().Set(wire.HeaderReason, c.reason)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			err := client.JSON(t.Context(), http.MethodPost, "/api/v1/x", wire.SignIn{Password: "geheim-pw"}, nil)
			refused, ok := errors.AsType[*Error](err)
			if !ok || refused.Problem.Status != c.status || refused.Problem.Code != c.code || refused.Problem.Detail != c.detail {
				t.Fatalf("err = %#v", err)
			}
			if Temporary(err) != c.temporary {
				t.Errorf("temporary = %v", Temporary(err))
			}
			if all := err.Error() + log.String(); strings.Contains(all, "geheim") {
				t.Errorf("a secret in %s", all)
			}
		})
	}
}

func TestRedirectsStayHere(t *testing.T) {
	var leaked string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = r.Header.Get("Authorization") + r.Method
	}))
	defer other.Close()
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/there":
			_, _ = io.WriteString(w, `{"name":"da"}`)
		default:
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}
	})
	var school wire.School
	if err := c.JSON(t.Context(), http.MethodGet, "/here", nil, &school); err != nil || school.Name != "da" {
		t.Fatal(school, err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if err := c.JSON(t.Context(), method, "/out", nil, nil); Status(err) != http.StatusTemporaryRedirect {
			t.Errorf("%s: %v", method, err)
		}
	}
	if leaked != "" {
		t.Fatalf("the other host was asked: %s", leaked)
	}
}

func TestOffline(t *testing.T) {
	c, _ := server(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if err := c.JSON(t.Context(), http.MethodGet, "/x", nil, nil); !errors.Is(err, ErrOffline) || !Temporary(err) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.JSON(ctx, http.MethodGet, "/x", nil, nil); !errors.Is(err, context.Canceled) || errors.Is(err, ErrOffline) {
		t.Fatalf("given up by the caller: %v", err)
	}
}

func TestIdleTimeout(t *testing.T) {
	const idle = 2 * time.Second // far more than a busy machine takes for a byte
	block := make(chan struct{})
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" { // slow, but not idle
			for range 12 {
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(idle / 8)
			}
			return
		}
		_, _ = io.WriteString(w, "x")
		_ = http.NewResponseController(w).Flush()
		<-block
	})
	defer close(block)
	for path, want := range map[string]error{"/slow": nil, "/dead": ErrOffline} {
		req, err := c.request(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.do(req, idle)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestGetResumes(t *testing.T) {
	const text = "0123456789"
	etag := `"a"`
	var ranges []string
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		w.Header().Set("ETag", etag)
		w.Header().Set(wire.HeaderFileID, "n1")
		if len(ranges) == 1 {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, text[:4])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader(text))
	})
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, err := c.Get(t.Context(), "/dav/home/x.txt", file, GetOptions{})
	if !errors.Is(err, ErrOffline) || m.ETag != etag {
		t.Fatal(m, err)
	}
	if m, err = c.Get(t.Context(), "/dav/home/x.txt", file, GetOptions{From: 4, ETag: m.ETag}); err != nil || m.Size != 10 || m.ID != "n1" {
		t.Fatal(m, err)
	}
	check := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(file.Name()); err != nil || string(got) != want {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	check(text)
	etag = `"b"` // another content meanwhile: from the start
	if m, err = c.Get(t.Context(), "/dav/home/x.txt", file, GetOptions{From: 4, ETag: `"a"`}); err != nil || m.Size != 10 {
		t.Fatal(m, err)
	}
	check(text)
	if m, err = c.Get(t.Context(), "/dav/home/x.txt", file, GetOptions{From: 40, ETag: etag}); err != nil || m.Size != 10 {
		t.Fatal("behind the end:", m, err)
	}
	check(text)
	if want := "[ bytes=4- bytes=4- bytes=40- ]"; fmt.Sprint(ranges) != want {
		t.Fatalf("ranges %v", ranges)
	}
}

func TestVerbs(t *testing.T) {
	var got []string
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		got = append(got, strings.Join([]string{
			r.Method, r.URL.EscapedPath(), "dest=" + strings.TrimPrefix(h.Get("Destination"), "http://"+r.Host),
			"over=" + h.Get("Overwrite"), "match=" + h.Get("If-Match"), h.Get("Authorization"),
		}, " "))
		if r.Method == "COPY" {
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = io.WriteString(w, `<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href><D:status>HTTP/1.1 507 x</D:status></D:response></D:multistatus>`)
			return
		}
		w.Header().Set(wire.HeaderFileID, "n9")
		w.WriteHeader(http.StatusCreated)
	})
	id, err := c.Mkcol(t.Context(), "/dav/home/%C3%9Cbung%20%282%29/")
	if err != nil || id != "n9" {
		t.Fatal(id, err)
	}
	if err := c.Delete(t.Context(), "/dav/home/a", `"e"`); err != nil {
		t.Fatal(err)
	}
	if err := c.Move(t.Context(), "/dav/home/a", "/dav/home/100%25/", false); err != nil {
		t.Fatal(err)
	}
	if err := c.Copy(t.Context(), "/dav/home/a", "/dav/home/b", true); Code(err) != wire.CodeQuota {
		t.Fatalf("a copy that failed in part: %v", err)
	}
	want := []string{
		`MKCOL /dav/home/%C3%9Cbung%20%282%29/ dest= over= match= Bearer geheimes-token`,
		`DELETE /dav/home/a dest= over= match="e" Bearer geheimes-token`,
		`MOVE /dav/home/a dest=/dav/home/100%25/ over=F match= Bearer geheimes-token`,
		`COPY /dav/home/a dest=/dav/home/b over=T match= Bearer geheimes-token`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
}

func BenchmarkParse10000(b *testing.B) {
	parts := strings.SplitAfter(answer, "</d:response>")
	one := parts[1]
	body := `<d:multistatus xmlns:d="DAV:" xmlns:x="https://schulhof.org/ns/dav">` + strings.Repeat(one, 10_000) + `</d:multistatus>`
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		list, _, err := parseMultistatus(strings.NewReader(body))
		if err != nil || len(list) != 10_000 {
			b.Fatal(len(list), err)
		}
	}
}
