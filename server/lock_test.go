package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/config"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// A locked account is out: what asks anew, what waits, and what is under way; on the
// server that locks it, and on another one over the same database.
func TestLockReachesAll(t *testing.T) { lockReachesAll(t, patience) }

// TestMeasureLock measures it: all that is promised within a second.
func TestMeasureLock(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	lockReachesAll(t, time.Second)
}

func lockReachesAll(t *testing.T, bound time.Duration) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		s := servertest.Start(t)
		lockWithin(t, bound, s, s)
	})
	t.Run("postgres, two servers", func(t *testing.T) {
		dsn := dbtest.Postgres(t)
		here := servertest.Start(t, servertest.Database(dsn))
		there := servertest.Start(t, servertest.Database(dsn), servertest.Configure(func(c *config.Config) {
			if err := os.WriteFile(filepath.Join(c.Data, "server.key"), here.DataFile(t, "server.key"), 0o600); err != nil {
				t.Fatal(err)
			}
		}))
		lockWithin(t, bound, here, there)
	})
}

// lockWithin locks lena.weber on one server while she works on the other.
func lockWithin(t *testing.T, bound time.Duration, here, there *servertest.Server) {
	t.Helper()
	lena, anonymous := there.Client(t, "lena.weber"), there.Anonymous()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("lena.weber:"+servertest.Password))
	ask := map[string]func() int{
		"token": func() int {
			res, _ := lena.Do(t, http.MethodGet, "/api/v1/session", "")
			return res.StatusCode
		},
		"Basic": func() int {
			res, _ := anonymous.Do(t, "PROPFIND", "/dav/home/", "", "Depth", "0", "Authorization", basic)
			return res.StatusCode
		},
	}
	const big = 64 << 20 // more than any connection holds back
	if res, text := lena.Do(t, http.MethodPut, "/dav/home/big.bin", strings.Repeat("0123456789abcdef", big/16)); res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status, text)
	}
	for _, once := range ask { // now it is believed without the database
		if status := once(); status >= http.StatusBadRequest {
			t.Fatal(status)
		}
	}
	events, _ := lena.Events(t, "")
	next(t, events)
	down := request(t, there, "GET /dav/home/big.bin HTTP/1.1\r\nAuthorization: "+basic+"\r\n\r\n")
	up := request(t, there, "PUT /dav/home/new.bin HTTP/1.1\r\nAuthorization: Bearer "+lena.Token+"\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 500_000))
	clocktest.Eventually(t, "both to be under way, and the stream", func() bool { return there.Host.Router().UnderWay() == 3 })

	here.Lock(t, "lena.weber", "Handy im Unterricht")
	begin := time.Now()
	soon := func(what string, since time.Duration) {
		t.Helper()
		t.Logf("%s after %v", what, since.Round(time.Millisecond))
		if since >= bound {
			t.Errorf("%s took %v", what, since)
		}
	}
	ended := make(chan error, 1)
	go func() {
		res, err := http.ReadResponse(up, nil)
		if err == nil {
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized {
				err = fmt.Errorf("the upload was answered with %s", res.Status)
			}
		}
		if err == nil || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") {
			err = nil
		}
		ended <- err
	}()
	if e, open := next(t, events); !open || e.Kind != wire.EventSession {
		t.Errorf("the stream: %+v, %v", e, open)
	}
	soon("the stream ended", time.Since(begin))
	if err := <-ended; err != nil {
		t.Error(err)
	}
	soon("the upload ended", time.Since(begin))
	for name, once := range ask {
		for once() < http.StatusBadRequest && time.Since(begin) < bound {
			time.Sleep(10 * time.Millisecond)
		}
		soon(name+" was refused", time.Since(begin))
	}
	var n int64 // taken so slowly that all of it would take longer than the bound
	for err := error(nil); err == nil && n < big; time.Sleep(bound / (big >> 20)) {
		var more int64
		more, err = io.CopyN(io.Discard, down, 1<<20)
		n += more
	}
	if n >= big {
		t.Errorf("the download went on: %d bytes", n)
	}
	if err := here.Host.Deps().Auth.Unlock(t.Context(), here.PersonID(t, "lena.weber")); err != nil {
		t.Fatal(err)
	}
	if res, _ := there.Client(t, "lena.weber").Do(t, http.MethodGet, "/dav/home/new.bin", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("half an upload is there: %s", res.Status)
	}
}

// request sends the beginning of a request on a connection of its own and gives
// what comes back, for two minutes at most.
func request(t *testing.T, s *servertest.Server, text string) *bufio.Reader {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	first, rest, _ := strings.Cut(text, "\r\n")
	if _, err := io.WriteString(conn, first+"\r\nHost: h\r\n"+rest); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(conn)
}

// A command beside the running server takes a list in, in which somebody is missing.
func TestLeavingEndsStreams(t *testing.T) {
	s := servertest.Start(t)
	dir, c := t.TempDir(), s.Host.Deps().Config
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := file("schulhof.toml", "data = '"+c.Data+"'\ndatabase = '"+c.DSN()+"'\n")
	take := func(list string) {
		t.Helper()
		var out strings.Builder
		args := []string{"import", "--config", settings, "students", file("liste.csv", list), "--yes", "--leave", "--codes", filepath.Join(dir, "codes.csv")}
		if status := run(t.Context(), args, system{stdin: strings.NewReader(""), stdout: &out, stderr: &out, now: time.Now}); status != 0 {
			t.Fatalf("status %d:\n%s", status, out.String())
		}
	}
	take("Vorname;Nachname;Klasse\nNeu;Neumann;6a\nAlt;Altmann;6a\n")
	codes, err := os.ReadFile(filepath.Join(dir, "codes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	own := wire.NewPassword{New: "Regen+Lampe-26"}
	for line := range strings.Lines(string(codes)) {
		if cells := strings.Split(line, ";"); cells[2] == "neu.neumann" {
			own.Old = cells[3]
		}
	}
	neu := s.SignIn(t, "neu.neumann", own.Old)
	if status, p := neu.JSON(t, http.MethodPost, "/api/v1/session/password", own, nil); status != http.StatusNoContent {
		t.Fatal(status, p)
	}
	events, _ := neu.Events(t, "")
	next(t, events)
	take("Vorname;Nachname;Klasse\nAlt;Altmann;6a\n")
	// On a busy machine the cut may be faster than the word about it.
	if e, open := next(t, events); open && e.Kind != wire.EventSession {
		t.Errorf("the stream: %+v", e)
	}
	over(t, events)
}
