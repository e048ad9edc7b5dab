package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
	conn, in := dial(t, l.Addr().String())
	other, inOther := dial(t, l.Addr().String())
	io.WriteString(conn, "PUT /dav/x HTTP/1.1\r\nAuthorization: Bearer student\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
	io.WriteString(other, "PUT /dav/x HTTP/1.1\r\nAuthorization: Bearer admin\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
	for end := time.Now().Add(10 * time.Second); router.UnderWay() != 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d requests are under way", router.UnderWay())
		}
	}
	router.Cut(t.Context(), "student") // who still is let in
	time.Sleep(50 * time.Millisecond)
	if n := router.UnderWay(); n != 2 {
		t.Fatalf("%d requests are under way", n)
	}
	alive.Store(false)
	begin := time.Now()
	router.Cut(t.Context(), "student")
	if status := answered(t, in); status != http.StatusUnauthorized {
		t.Errorf("cut: %d", status)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v", took)
	}
	io.WriteString(other, "other")
	if status := answered(t, inOther); status != http.StatusCreated {
		t.Errorf("somebody else: %d", status)
	}
	for end := time.Now().Add(10 * time.Second); router.UnderWay() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d requests are still under way", router.UnderWay())
		}
	}
}
