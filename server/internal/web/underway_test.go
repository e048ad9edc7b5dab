package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/web"
)

// Cut ends the requests of a person who is not let in any more, and of nobody else.
func TestCut(t *testing.T) {
	var alive atomic.Bool
	alive.Store(true)
	router := web.NewRouter(web.Options{
		Auth: fakeAuth{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "1", Metrics: prometheus.NewRegistry(),
		Alive: func(context.Context, web.Caller) bool { return alive.Load() },
	})
	router.Mount("/dav/", web.SignedIn, []string{"PUT"}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			web.WriteError(w, req, err)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(router)
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	underWay := func(n int) {
		t.Helper()
		clocktest.Eventually(t, fmt.Sprint(n, " requests under way"), func() bool { return router.UnderWay() == n })
	}
	half := func(who string) (net.Conn, *bufio.Reader) {
		conn, in := dial(t, l.Addr().String())
		io.WriteString(conn, "PUT /dav/x HTTP/1.1\r\nAuthorization: Bearer "+who+"\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
		return conn, in
	}
	other, inOther := half("admin")
	for try := 1; ; try++ {
		alive.Store(true)
		_, in := half("student")
		underWay(2)
		router.Cut(t.Context(), "student") // who still is let in
		time.Sleep(50 * time.Millisecond)
		underWay(2)
		alive.Store(false)
		router.Cut(t.Context(), "student")
		res, err := http.ReadResponse(in, nil)
		underWay(1)
		if err == nil {
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("cut: %s", res.Status)
			}
			break
		}
		if try == 20 { // a busy machine may need longer than lastWord, but not each time
			t.Fatalf("cut without a word: %v", err)
		}
	}
	io.WriteString(other, "other")
	if status := answered(t, inOther); status != http.StatusCreated {
		t.Errorf("somebody else: %d", status)
	}
	underWay(0)
}
