package dav

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCheckName(t *testing.T) {
	for name, want := range map[string]error{
		"Mathe.odt":                       nil,
		"Übung 3 – Größe.docx":            nil,
		".profile":                        nil,
		"._Anhang":                        nil,
		"~$Brief.docx":                    nil,
		"COM":                             nil,
		"COM10.txt":                       nil,
		"Konsole":                         nil,
		"ملف":                             nil,
		strings.Repeat("a", 255):          nil,
		"":                                errEmpty,
		strings.Repeat("a", 256):          errLong,
		strings.Repeat("ä", 128):          errLong,
		"a/b":                             errChar,
		`a\b`:                             errChar,
		"a:b":                             errChar,
		"Was?":                            errChar,
		"a<b":                             errChar,
		"a|b":                             errChar,
		"a*":                              errChar,
		`"a"`:                             errChar,
		"a\x00b":                          errControl,
		"a\nb":                            errControl,
		"a\u0085b":                        errControl,
		"rechnung\u202egpj.exe":           errControl,
		"a\u2066b":                        errControl,
		"Ende.":                           errEnd,
		"Ende ":                           errEnd,
		"CON":                             errReserved,
		"con.txt":                         errReserved,
		"Nul.tar.gz":                      errReserved,
		"AUX .txt":                        errReserved,
		"COM1":                            errReserved,
		"lpt9.doc":                        errReserved,
		"COM²":                            errReserved,
		"a\xffb":                          errUTF8,
		"PRN":                             errReserved,
		"CONIN$":                          errReserved,
		"x" + strings.Repeat("😀", 63):     nil,
		"xxxx" + strings.Repeat("😀", 63):  errLong,
		"zwei\u2028Zeilen":                errControl,
		"Familie \u200f\u05d0\u05d1 .txt": nil,
	} {
		if got := CheckName(name); !errors.Is(got, want) {
			t.Errorf("CheckName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Datei.TXT", "datei.txt", true},
		{"ÜBUNG", "übung", true},
		{"U\u0308bung", "übung", true},
		{"STRAẞE", "straße", true},
		{"ΣΑΣ", "σας", true},
		{"\u212aelvin", "kelvin", true},
		{"Maße", "Masse", false},
		{"a", "b", false},
		{"a_b", "a-b", false},
	} {
		if got := Fold(c.a) == Fold(c.b); got != c.same {
			t.Errorf("%q and %q are the same: %v, want %v", c.a, c.b, got, c.same)
		}
	}
}

func TestParsePath(t *testing.T) {
	for escaped, want := range map[string]string{
		"/":                                "",
		"/dav/home/":                       "dav|home",
		"/dav//home":                       "dav|home",
		"/dav/%C3%9Cbung%201":              "dav|Übung 1",
		"/dav/U%CC%88bung":                 "dav|Übung",
		"/dav/50%25":                       "dav|50%",
		"/dav/a+b":                         "dav|a+b",
		"/dav/...":                         "dav|...",
		"/dav/../etc":                      "!",
		"/dav/%2e%2e/etc":                  "!",
		"/dav/./x":                         "!",
		"/dav/a%2Fb":                       "!",
		"/dav/a%00b":                       "!",
		"/dav/%zz":                         "!",
		"/dav/%ff":                         "!",
		"dav":                              "!",
		"":                                 "!",
		"http://host/dav":                  "!",
		"/" + strings.Repeat("a/", 69):     "!",
		"/" + strings.Repeat("abcde", 900): "!",
	} {
		got, err := ParsePath(escaped)
		text := strings.Join(got, "|")
		if err != nil {
			text = "!"
		}
		if text != want {
			t.Errorf("ParsePath(%.40q) = %q, %v, want %q", escaped, got, err, want)
		}
	}
}

func TestHref(t *testing.T) {
	got := Href(true, "dav", "home", "Größe & 50% #1'<x>")
	if want := "/dav/home/Gr%C3%B6%C3%9Fe%20%26%2050%25%20%231%27%3Cx%3E/"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := Href(true); got != "/" {
		t.Errorf("root: %s", got)
	}
}

func TestParseDestination(t *testing.T) {
	for dest, want := range map[string]int{
		"http://school.example/dav/home/a":    0,
		"http://school.example:80/dav/home/a": 0,
		"https://SCHOOL.example/dav/home/a":   0,
		"/dav/home/a":                         0,
		"http://elsewhere.example/dav/home/a": 502,
		"http://school.example:8080/x":        502,
		"ftp://school.example/x":              502,
		"//elsewhere.example/x":               502,
		"":                                    400,
		"mailto:x":                            400,
		"http://school.example/a/../b":        400,
		"dav/home/a":                          400,
		"http://school.example/" + strings.Repeat("aaaa/", 2000): 414,
	} {
		r := httptest.NewRequest("MOVE", "http://school.example/dav/home/x", nil)
		r.Header.Set("Destination", dest)
		_, err := ParseDestination(r)
		status := 0
		if refusal := (*RefusalError)(nil); errors.As(err, &refusal) {
			status = refusal.Status
		}
		if status != want {
			t.Errorf("%.60q: %d %v, want %d", dest, status, err, want)
		}
	}
}

func TestParseIf(t *testing.T) {
	for header, want := range map[string][]List{
		"":                               nil,
		`(<urn:x>)`:                      {{"", []Condition{{Token: "urn:x"}}}},
		`(Not <urn:x> ["e"])`:            {{"", []Condition{{Not: true, Token: "urn:x"}, {ETag: `"e"`}}}},
		`(<a>) (Not <DAV:no-lock>)`:      {{"", []Condition{{Token: "a"}}}, {"", []Condition{{Not: true, Token: "DAV:no-lock"}}}},
		`<http://h/x> (<a>) ([W/"e"])`:   {{"http://h/x", []Condition{{Token: "a"}}}, {"http://h/x", []Condition{{ETag: `W/"e"`}}}},
		`</a>(<t>) </b>(not["e"])`:       {{"/a", []Condition{{Token: "t"}}}, {"/b", []Condition{{Not: true, ETag: `"e"`}}}},
		`(`:                              nil,
		`()`:                             nil,
		`<x>`:                            nil,
		`(<t>) </b> (<u>)`:               nil,
		`([e])`:                          nil,
		`(Not)`:                          nil,
		`(Not Not <a>)`:                  nil,
		`<t>)`:                           nil,
		`x`:                              nil,
		`(<>)`:                           nil,
		strings.Repeat(`(<urn:x>)`, 4e3): nil,
	} {
		got, err := ParseIf(header)
		if !reflect.DeepEqual(got, want) || (err == nil) != (want != nil || header == "") {
			t.Errorf("ParseIf(%.40q) = %v, %v, want %v", header, got, err, want)
		}
	}
}

func TestHolds(t *testing.T) {
	state := func(href string) (State, error) {
		if href == "/gone" {
			return State{}, nil
		}
		return State{ETag: `"1"`, Tokens: []string{"held"}}, nil
	}
	for header, want := range map[string]bool{
		"":                                true,
		"(<held>)":                        true,
		"(<other>)":                       false,
		"(Not <other>)":                   true,
		`(["1"])`:                         true,
		`(["2"])`:                         false,
		`(Not ["2"] <held>)`:              true,
		`(<held> ["2"]) (Not <other>)`:    true,
		`</gone> (["1"])`:                 false,
		`</gone> (Not ["1"])`:             true,
		`(<DAV:no-lock>)`:                 false,
		`(Not <DAV:no-lock>)`:             true,
		`</gone> (<held>) </x> ( ["1"] )`: true,
	} {
		lists, err := ParseIf(header)
		if err != nil {
			t.Fatal(header, err)
		}
		if got, _ := Holds(lists, state); got != want {
			t.Errorf("%s holds: %v, want %v", header, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		match, none, etag string
		want              bool
	}{
		{"", "", "", true},
		{"", "*", "", true},
		{"", "*", `"1"`, false},
		{"", `"1"`, `"1"`, false},
		{"", `W/"1"`, `"1"`, false},
		{"", `"2"`, `"1"`, true},
		{"*", "", "", false},
		{"*", "", `"1"`, true},
		{`"1"`, "", `"1"`, true},
		{`"2", "1"`, "", `"1"`, true},
		{`W/"1"`, "", `"1"`, false},
		{`"2"`, "", `"1"`, false},
	} {
		h := http.Header{}
		if c.match != "" {
			h.Set("If-Match", c.match)
		}
		if c.none != "" {
			h.Set("If-None-Match", c.none)
		}
		if got := Match(h, c.etag); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestSmallHeaders(t *testing.T) {
	h := http.Header{}
	set := func(k, v string) http.Header { h = http.Header{}; h.Set(k, v); return h }
	for v, want := range map[string]time.Duration{
		"": MaxLock, "Infinite": MaxLock, "Infinite, Second-4100000000": MaxLock, "Second-60": time.Minute,
		"Second-x, Second-7": 7 * time.Second, "Second--5": MaxLock, "Second-0": MaxLock,
	} {
		if got := ParseTimeout(set("Timeout", v)); got != want {
			t.Errorf("Timeout %q: %v, want %v", v, got, want)
		}
	}
	for v, want := range map[string]int64{"": -1, "x": -1, "-1": -1, "1": 1, "1700000000.5": 1700000000, "NaN": -1, "1e300": -1} {
		got, ok := ParseMtime(set("X-OC-Mtime", v))
		if ok != (want >= 0) || ok && got.Unix() != want {
			t.Errorf("X-OC-Mtime %q: %v %v, want %d", v, got, ok, want)
		}
	}
	for v, want := range map[string]bool{
		"": true, "SHA256:" + strings.Repeat("A0", 32): true, "MD5:" + strings.Repeat("b", 32) + " SHA1:" + strings.Repeat("c", 40): true,
		"Adler32:1": true, "SHA256:zz": false, "SHA256": false, "MD5:" + strings.Repeat("g", 32): false,
	} {
		if _, err := ParseChecksum(set("OC-Checksum", v)); (err == nil) != want {
			t.Errorf("OC-Checksum %q: %v", v, err)
		}
	}
	if d, err := ParseDepth(set("Depth", "Infinity"), DepthZero); d != DepthInfinity || err != nil {
		t.Error("Depth Infinity", d, err)
	}
	if _, err := ParseDepth(set("Depth", "2"), DepthZero); err == nil {
		t.Error("Depth 2 passes")
	}
	if o, err := ParseOverwrite(set("Overwrite", "f")); o || err != nil {
		t.Error("Overwrite f", o, err)
	}
	if _, err := ParseLockToken(set("Lock-Token", "urn:x")); err == nil {
		t.Error("a bare lock token passes")
	}
}

func TestParseXML(t *testing.T) {
	for body, want := range map[string]string{
		``:     "nil",
		`<a/>`: `a{}`,
		`<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop/></D:propfind>`: `propfind{DAV:}`,
		`<a xmlns:p=""/>`:  "!",
		`<p:a/>`:           "!",
		`<a p:x="1"/>`:     "!",
		`<a><b></a></b>`:   "!",
		`<a>`:              "!",
		`</a>`:             "!",
		`<a/><b/>`:         "!",
		`text`:             "!",
		`<a>&unknown;</a>`: "!",
		`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`:                    "!",
		`<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><lolz>&lol2;</lolz>`: "!",
		`<a:b:c xmlns:a="x"/>`:                                   "!",
		`<?xml version="1.0" encoding="latin1"?><a/>`:            "!",
		strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100): "!413",
		"<a>" + strings.Repeat("<b/>", 20000) + "</a>":           "!413",
		"<a>" + strings.Repeat("x", MaxXML) + "</a>":             "!413",
	} {
		e, err := ParseXML(strings.NewReader(body))
		got := "nil"
		var refusal *RefusalError
		switch {
		case errors.As(err, &refusal) && refusal.Status == 413:
			got = "!413"
		case err != nil:
			got = "!"
		case e != nil:
			got = e.Name.Local + "{" + e.Name.Space + "}"
		}
		if got != want {
			t.Errorf("ParseXML(%.60q) = %s (%v), want %s", body, got, err, want)
		}
	}
}

func TestInnerStandsByItself(t *testing.T) {
	const body = `<p:x xmlns:p="urn:p" xmlns="urn:d" xml:lang="de">a &lt;<p:y q="1&quot;" p:r="2"><z/></p:y> b<w xmlns=""/></p:x>`
	e, err := ParseXML(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	inner := e.Inner()
	again, err := ParseXML(strings.NewReader("<x>" + inner + "</x>"))
	if err != nil {
		t.Fatal(inner, err)
	}
	if !reflect.DeepEqual(strip(e.Content), strip(again.Content)) {
		t.Errorf("changed on the way: %s", inner)
	}
	if e.Lang != "de" {
		t.Errorf("lang %q", e.Lang)
	}
}

// strip drops what the place of an element decides.
func strip(nodes []Node) []Node {
	for _, n := range nodes {
		if n.Element != nil {
			n.Element.Lang = ""
			strip(n.Element.Content)
		}
	}
	return nodes
}

func TestTimes(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2026, 2, 3, 4, 5, 6, 7e6, time.UTC), time.Date(2024, 12, 31, 23, 59, 59, 0, time.UTC)} {
		if got, want := string(AppendHTTPTime(nil, at.UnixMilli())), at.UTC().Format(http.TimeFormat); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/dav/home/a", "/a/../b", "/%2e%2e", "/a%2fb", "/%00", "/%zz", "/U%CC%88", "/a//b/", "/%F0%9F%98%80", "/%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		segments, err := ParsePath(escaped)
		if err != nil {
			return
		}
		for _, s := range segments {
			if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\x00") {
				t.Fatalf("segment %q of %q", s, escaped)
			}
			if CheckName(s) == nil && CheckName(Sanitize(s)) != nil {
				t.Fatalf("sanitized %q is refused", s)
			}
			if CheckName(Sanitize(s)) != nil {
				t.Fatalf("Sanitize(%q) = %q: %v", s, Sanitize(s), CheckName(Sanitize(s)))
			}
			if Fold(Fold(s)) != Fold(s) {
				t.Fatalf("Fold of %q does not rest", s)
			}
		}
		again, err := ParsePath(Href(false, segments...))
		if err != nil || !reflect.DeepEqual(append([]string{}, again...), append([]string{}, segments...)) {
			t.Fatalf("%q -> %q -> %q %v", escaped, segments, again, err)
		}
	})
}

func FuzzIf(f *testing.F) {
	for _, seed := range []string{"", "(<a>)", `(Not <a> ["e"])`, `<x> (<a>) (<b>)`, `(["W`, "(((", `(Not Not <a>)`, "<x>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		lists, err := ParseIf(header)
		if err != nil {
			return
		}
		for _, l := range lists {
			if len(l.Conditions) == 0 {
				t.Fatalf("an empty list in %q", header)
			}
			for _, c := range l.Conditions {
				if (c.Token == "") == (c.ETag == "") {
					t.Fatalf("a condition that is neither or both in %q", header)
				}
			}
		}
		if _, err := Holds(lists, func(string) (State, error) { return State{ETag: `"e"`}, nil }); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		"", "<a/>", `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`, `<a xmlns:b=""><b:c/></a>`, "<a>&lt;<b/>x</a>",
		`<!DOCTYPE a [<!ENTITY e "e">]><a>&e;</a>`, `<p:x xmlns:p="urn:p" p:q="1" xml:lang="de"><y/></p:x>`, "<a><![CDATA[<x>]]></a>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := ParseXML(strings.NewReader(body))
		if err != nil || e == nil {
			return
		}
		inner := e.Inner()
		if len(inner) > MaxXML/2 {
			return
		}
		if _, err := ParseXML(strings.NewReader("<x>" + inner + "</x>")); err != nil && strings.Count(inner, "<") < 5000 {
			t.Fatalf("%q gives %q: %v", body, inner, err)
		}
	})
}
