package main

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"schulhof/server/internal/people"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// patience is how long a busy machine may take for what another one does within a
// second, and less than the time between two pings, which would also end a stream;
// TestMeasureLock holds the second itself.
const patience = 12 * time.Second

// next gives the next event.
func next(t *testing.T, events <-chan servertest.Streamed) (e servertest.Streamed, open bool) {
	t.Helper()
	select {
	case e, open = <-events:
		return e, open
	case <-time.After(patience):
		t.Fatal("no event")
		return e, false
	}
}

// over waits until the stream ends.
func over(t *testing.T, events <-chan servertest.Streamed) {
	t.Helper()
	for open := true; open; {
		_, open = next(t, events)
	}
}

func TestLockEndsEverything(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		lena, basic := s.Client(t, "lena.weber"), "Basic "+base64.StdEncoding.EncodeToString([]byte("lena.weber:"+servertest.Password))
		anonymous := s.Anonymous()
		events, _ := lena.Events(t, "")
		if e, _ := next(t, events); e.Kind != wire.EventReset {
			t.Fatalf("first event: %+v", e)
		}
		for range 2 {
			if res, text := anonymous.Do(t, "PROPFIND", "/dav/home/", "", "Depth", "1", "Authorization", basic); res.StatusCode != http.StatusMultiStatus {
				t.Fatalf("basic: %s %s", res.Status, text)
			}
		}
		s.Lock(t, "lena.weber", "Handy im Unterricht")
		if e, open := next(t, events); !open || e.Kind != wire.EventSession {
			t.Errorf("the stream: %+v, %v", e, open)
		}
		if _, open := next(t, events); open {
			t.Error("the stream goes on")
		}
		for _, path := range []string{"/api/v1/session", "/api/v1/files/roots", "/api/v1/events", "/dav/home/"} {
			if status, p := lena.JSON(t, http.MethodGet, path, nil, nil); status != http.StatusForbidden || p.Code != wire.CodeLocked || p.Args["reason"] != "Handy im Unterricht" {
				t.Errorf("%s with the token: %d %+v", path, status, p)
			}
		}
		if res, _ := anonymous.Do(t, "PROPFIND", "/dav/home/", "", "Authorization", basic); res.StatusCode != http.StatusForbidden {
			t.Errorf("basic: %s", res.Status)
		}
	})
}

// Locked in the database by hand: within a second, and the stream at its next ping.
func TestLockByHand(t *testing.T) {
	s := servertest.Start(t)
	lena := s.Client(t, "lena.weber")
	if status, _ := lena.JSON(t, http.MethodGet, "/api/v1/files/roots", nil, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	if err := people.SetState(t.Context(), s.DB, lena.Session.Person.ID, people.Locked, 0, ""); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1050 * time.Millisecond)
	if status, p := lena.JSON(t, http.MethodGet, "/api/v1/files/roots", nil, nil); status != http.StatusForbidden || p.Code != wire.CodeLocked {
		t.Errorf("a second later: %d %+v", status, p)
	}
}

func TestSignOutEndsItsStreamOnly(t *testing.T) {
	s := servertest.Start(t)
	one, two := s.Client(t, "lena.weber"), s.Client(t, "lena.weber")
	ends, _ := one.Events(t, "")
	stays, _ := two.Events(t, "")
	next(t, ends)
	next(t, stays)
	var devices []wire.Device
	if status, _ := two.JSON(t, http.MethodGet, "/api/v1/devices", nil, &devices); status != http.StatusOK || len(devices) != 2 {
		t.Fatalf("devices: %d %+v", status, devices)
	}
	for _, d := range devices {
		if d.Current != (d.ID == two.Session.ID) {
			t.Errorf("device %+v", d)
		}
	}
	if res, _ := one.Do(t, http.MethodDelete, "/api/v1/session", ""); res.StatusCode != http.StatusNoContent {
		t.Fatal(res.Status)
	}
	if e, _ := next(t, ends); e.Kind != wire.EventSession {
		t.Errorf("the stream: %+v", e)
	}
	if status, p := one.JSON(t, http.MethodGet, "/api/v1/session", nil, nil); status != http.StatusUnauthorized || p.Code != wire.CodeSignedOut {
		t.Errorf("after signing out: %d %+v", status, p)
	}
	if res, _ := two.Do(t, http.MethodPut, "/dav/home/a.txt", "a"); res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status)
	}
	if e, _ := next(t, stays); e.Kind != wire.EventRoot {
		t.Errorf("the other stream: %+v", e)
	}
}

func TestEventsResume(t *testing.T) {
	s := servertest.Start(t)
	lena := s.Client(t, "lena.weber")
	events, stop := lena.Events(t, "")
	reset, _ := next(t, events)
	put := func(name string) {
		t.Helper()
		if res, text := lena.Do(t, http.MethodPut, "/dav/home/"+name, name); res.StatusCode != http.StatusCreated {
			t.Fatalf("%s %s", res.Status, text)
		}
	}
	put("a.txt")
	first, _ := next(t, events)
	if reset.ID == "" || first.Kind != wire.EventRoot || first.Root == "" || first.Seq == 0 {
		t.Fatalf("%+v, then %+v", reset, first)
	}
	stop()
	put("b.txt")
	put("c.txt")
	events, stop = lena.Events(t, first.ID)
	last, _ := next(t, events)
	for last.Seq < first.Seq+2 {
		last, _ = next(t, events)
	}
	if last.Kind != wire.EventRoot || last.Root != first.Root {
		t.Errorf("missed: %+v", last)
	}
	stop()
	s.Stop(t)
	s.Restart(t)
	events, _ = lena.Events(t, last.ID)
	if e, _ := next(t, events); e.Kind != wire.EventReset {
		t.Errorf("after a restart: %+v", e)
	}
}

// A listing by a foreign program asks fifty times with login and password.
func TestListingCostsOneHash(t *testing.T) {
	s := servertest.Start(t, servertest.RealPasswords())
	before := s.Host.Hasher().Count()
	c := s.Anonymous()
	for range 50 {
		basic := base64.StdEncoding.EncodeToString([]byte("lena.weber:" + servertest.Password))
		if res, text := c.Do(t, "PROPFIND", "/dav/home/", "", "Depth", "1", "Authorization", "Basic "+basic); res.StatusCode != http.StatusMultiStatus {
			t.Fatalf("%s %s", res.Status, text)
		}
	}
	if n := s.Host.Hasher().Count() - before; n != 1 {
		t.Errorf("%d hashes for a listing of fifty requests", n)
	}
}

func TestFirstPassword(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		tom := s.Client(t, "tom.test")
		for _, path := range []string{"/api/v1/files/roots", "/api/v1/events", "/api/v1/devices", "/dav/home/"} {
			if status, p := tom.JSON(t, http.MethodGet, path, nil, nil); status != http.StatusForbidden || p.Code != wire.CodePasswordChange {
				t.Errorf("%s: %d %+v", path, status, p)
			}
		}
		basic := base64.StdEncoding.EncodeToString([]byte("tom.test:" + servertest.TomsPassword))
		if status, p := s.Anonymous().JSON(t, http.MethodGet, "/dav/home/", nil, nil); status != http.StatusUnauthorized {
			t.Errorf("nobody: %d %+v", status, p)
		}
		if res, _ := s.Anonymous().Do(t, "PROPFIND", "/dav/home/", "", "Authorization", "Basic "+basic); res.StatusCode != http.StatusForbidden {
			t.Errorf("basic: %s", res.Status)
		}
		if status, p := tom.JSON(t, http.MethodPost, "/api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "24.12.2013"}, nil); status != http.StatusUnprocessableEntity || p.Code != wire.CodePasswordWeak {
			t.Errorf("the same again: %d %+v", status, p)
		}
		if status, p := tom.JSON(t, http.MethodPost, "/api/v1/session/password", wire.NewPassword{Old: servertest.TomsPassword, New: "Regen+Lampe-26"}, nil); status != http.StatusNoContent {
			t.Fatalf("an own password: %d %+v", status, p)
		}
		var session wire.Session
		if status, _ := tom.JSON(t, http.MethodGet, "/api/v1/session", nil, &session); status != http.StatusOK || session.MustChange || session.Token != "" {
			t.Errorf("the session: %d %+v", status, session)
		}
		if status, p := tom.JSON(t, http.MethodGet, "/api/v1/files/roots", nil, nil); status != http.StatusOK {
			t.Errorf("roots: %d %+v", status, p)
		}
	})
}
