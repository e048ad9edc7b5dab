package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"schulhof/server/internal/web"
)

// pacedServer answers on loopback; a body may pause for so long.
func pacedServer(t *testing.T, stall time.Duration, add func(r *web.Router)) string {
	t.Helper()
	r := web.NewRouter(web.Options{
		Auth: fakeAuth{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "1",
		Metrics: prometheus.NewRegistry(), Stall: stall,
	})
	add(r)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(r)
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

func dial(t *testing.T, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn, bufio.NewReader(conn)
}

// answered reads an answer to its end and gives its status, 0 for none.
func answered(t *testing.T, in *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

func TestStalledBodyIsRefused(t *testing.T) {
	const stall = 2 * time.Second // far more than a busy machine lets anyone wait
	addr := pacedServer(t, stall, func(r *web.Router) {
		take := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			n, err := io.Copy(io.Discard, req.Body)
			if err != nil {
				web.WriteError(w, req, fmt.Errorf("wrapped: %w", err))
				return
			}
			fmt.Fprint(w, n)
		})
		r.Mount("/dav/", web.SignedIn, []string{"PUT"}, take)
		r.Raw(web.Op{Method: "PUT", Path: "/raw"}, take)
		web.Handle(r, web.Op{Method: "POST", Path: "/json", Tag: "test"}, func(context.Context, *struct{ Body map[string]string }) (*nothing, error) {
			return nil, nil
		})
	})
	for name, c := range map[string]struct{ head, want string }{
		"DAV":        {"PUT /dav/x HTTP/1.1\r\nAuthorization: Bearer student\r\n", "408"},
		"raw":        {"PUT /raw HTTP/1.1\r\n", "408"},
		"JSON":       {"POST /json HTTP/1.1\r\nContent-Type: application/json\r\n", "408"},
		"signed out": {"PUT /dav/x HTTP/1.1\r\n", "401"}, // nobody reads the body
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, in := dial(t, addr)
			io.WriteString(conn, c.head+"Host: h\r\nContent-Length: 1000\r\n\r\n{\"a\"")
			if status := answered(t, in); strconv.Itoa(status) != c.want {
				t.Fatalf("%d, want %s", status, c.want)
			}
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("the connection stays: %v", err)
			}
		})
	}
	t.Run("slower than the bound in all, but going on", func(t *testing.T) {
		t.Parallel()
		conn, in := dial(t, addr)
		io.WriteString(conn, "PUT /raw HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n")
		for range 12 {
			time.Sleep(stall / 8)
			io.WriteString(conn, "x")
		}
		if status := answered(t, in); status != http.StatusOK {
			t.Fatal("a slow upload:", status)
		}
		// The deadline of that body does not end the connection's next request.
		time.Sleep(stall + stall/4)
		io.WriteString(conn, "PUT /raw HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
		if status := answered(t, in); status != http.StatusOK {
			t.Error("the next request:", status)
		}
	})
}

// TestLongWorkAfterABody: no deadline of a body that was read ends the handler's context.
func TestLongWorkAfterABody(t *testing.T) {
	work := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(6 * time.Second): // longer than any deadline set while reading
			return nil
		}
	}
	addr := pacedServer(t, 300*time.Millisecond, func(r *web.Router) {
		web.Handle(r, web.Op{Method: "POST", Path: "/json", Tag: "test"}, func(ctx context.Context, _ *struct{ Body map[string]string }) (*nothing, error) {
			return nil, work(ctx)
		})
		r.Raw(web.Op{Method: "POST", Path: "/raw"}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			io.Copy(io.Discard, req.Body)
			if err := work(req.Context()); err != nil {
				web.WriteError(w, req, err)
			}
		}))
	})
	for _, path := range []string{"/json", "/raw"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			resp, err := http.Post("http://"+addr+path, "application/json", strings.NewReader(`{"a":"b"}`))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode >= 300 {
				t.Error(resp.Status)
			}
		})
	}
}
