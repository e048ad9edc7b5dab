package session

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"schulhof/server/servertest"
	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/people"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

func TestConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.toml")
	t.Setenv(ConfigVariable, path)
	if c, err := ReadConfig(); err != nil || c != (Config{}) || c.Idle() != 15*time.Minute {
		t.Error("no file:", c, err)
	}
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("server = \"schule.example\"\nshared = true\nidle_minutes = 5\n")
	if c, err := ReadConfig(); err != nil || c.Server != "schule.example" || !c.Shared || c.Idle() != 5*time.Minute {
		t.Error(c, err)
	}
	for _, bad := range []string{"shared = \"perhaps\"", "shred = true", "= ="} {
		write(bad)
		if _, err := ReadConfig(); err == nil {
			t.Errorf("%s was taken: the PC could be a shared one", bad)
		}
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	if !KeyringWorks() {
		t.Error("an empty keyring counts as none")
	}
	if token, err := LoadToken("a/b"); token != "" || err != nil {
		t.Error(token, err)
	}
	if err := SaveToken("a/b", "secret"); err != nil {
		t.Fatal(err)
	}
	if token, err := LoadToken("a/b"); token != "secret" || err != nil {
		t.Error(token, err)
	}
	for range 2 {
		if err := DropToken("a/b"); err != nil {
			t.Error(err)
		}
	}
	keyring.MockInitWithError(errors.New("locked"))
	if KeyringWorks() || SaveToken("a/b", "x") == nil {
		t.Error("a keyring that refuses counts as one")
	}
}

func TestStoreKeepsNoSecret(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Change(func(s *State) {
		s.Login = "lena.weber"
		s.Stay = &Stay{Base: "https://x", Session: wire.Session{Token: "very-secret", ID: "s1"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err != nil || strings.Contains(string(raw), "very-secret") {
		t.Error("the file holds the token", err)
	}
	again, err := OpenStore(dir)
	if err != nil || again.Get().Login != "lena.weber" || again.Get().Stay.Session.ID != "s1" {
		t.Error(again.Get(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if broken, err := OpenStore(dir); err != nil || broken.Get().Login != "" {
		t.Error("a broken file:", err)
	}
	memory, err := OpenStore("")
	if err != nil || memory.Change(func(s *State) { s.Login = "x" }) != nil || memory.Get().Login != "x" {
		t.Error("in memory:", err)
	}
}

func TestSafeNames(t *testing.T) {
	for in, want := range map[string]string{"schule.example:8080": "schule.example_8080", "..": "_..", "": "_", "a/../b": "a_.._b", `a\b`: "a_b", "ü": "_"} {
		if got := safe(in); got != want {
			t.Errorf("%q gives %q", in, got)
		}
	}
}

func signIn(t *testing.T, s *servertest.Server, base string) *Account {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := remote.New(remote.Options{Base: u})
	session, err := client.SignIn(t.Context(), wire.SignIn{Login: "lena.weber", Password: servertest.Password, Device: "test"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), Start{Base: base, Client: client, Session: session, Host: "pc1", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// left lists what is below a folder.
func left(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSignOutLeavesNothing(t *testing.T) {
	keyring.MockInit()
	s, base := servertest.Start(t), t.TempDir()
	a := signIn(t, s, base)
	until(t, "the server was reached", a.Files.Online)
	roots, err := a.Remote.Roots(t.Context())
	if err != nil || len(roots) == 0 {
		t.Fatal(roots, err)
	}
	if len(left(t, base)) == 0 {
		t.Fatal("nothing on the disk to be wiped")
	}
	if err := a.SignOut(t.Context()); err != nil {
		t.Error(err)
	}
	if err := a.Wipe(); err != nil {
		t.Error(err)
	}
	if names := left(t, base); len(names) != 0 {
		t.Error("still there:", names)
	}
}

// TestEndedByTheServer: a save that nobody has noticed yet is not wiped with the session.
func TestEndedByTheServer(t *testing.T) {
	keyring.MockInit()
	s, base := servertest.Start(t), t.TempDir()
	a := signIn(t, s, base)
	until(t, "the server was reached", a.Files.Online)
	const href = "/dav/home/ended.txt"
	if _, err := a.Remote.Put(t.Context(), href, strings.NewReader("old"), 3, remote.PutOptions{IfNoneMatch: true}); err != nil {
		t.Fatal(err)
	}
	path, err := a.Files.Open(t.Context(), files.Entry{Name: "ended.txt", Href: href})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SignOut(t.Context()); err != nil { // the session is over; the token is gone
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("saved at the last moment"), 0o600); err != nil {
		t.Fatal(err)
	}
	if wiped, err := a.Ended(t.Context(), false); wiped || err != nil {
		t.Errorf("wiped: %v, %v", wiped, err)
	}
	again := signIn(t, s, base)
	if err := again.Files.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, err := again.Remote.Stat(t.Context(), href); err != nil || e.Size != int64(len("saved at the last moment")) {
		t.Errorf("the save did not arrive at the next sign-in: %+v, %v", e, err)
	}
	if wiped, err := again.Ended(t.Context(), false); !wiped || err != nil {
		t.Errorf("with everything on the server: wiped %v, %v", wiped, err)
	}
	if names := left(t, base); len(names) != 0 {
		t.Error("still there:", names)
	}
}

func TestWipeAllAfterACrash(t *testing.T) {
	s, base := servertest.Start(t), t.TempDir()
	a := signIn(t, s, base)
	a.Files.Stop() // as after a crash: nothing was closed or wiped
	if err := os.WriteFile(filepath.Join(base, "instance.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WipeAll(base, "instance.sock"); err != nil {
		t.Fatal(err)
	}
	if names := left(t, base); len(names) != 1 || names[0] != "instance.sock" {
		t.Error("still there:", names)
	}
	if err := WipeAll(filepath.Join(base, "never", "there")); err != nil {
		t.Error(err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain until %s", what)
}

// TestPendingKeepsWhatWaits: while the school asks for its new terms of use, a save is
// neither lost nor given up, and the window hears why.
func TestPendingKeepsWhatWaits(t *testing.T) {
	keyring.MockInit()
	s, base := servertest.Start(t), t.TempDir()
	a := signIn(t, s, base)
	until(t, "the server was reached", a.Files.Online)
	const href = "/dav/home/pending.txt"
	if _, err := a.Remote.Put(t.Context(), href, strings.NewReader("old"), 3, remote.PutOptions{IfNoneMatch: true}); err != nil {
		t.Fatal(err)
	}
	path, err := a.Files.Open(t.Context(), files.Entry{Name: "pending.txt", Href: href})
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Bool
	t.Cleanup(a.Signal.On(signal.Pending, func() { heard.Store(true) }))
	var ended atomic.Bool
	t.Cleanup(a.Signal.On(signal.Session, func() { ended.Store(true) }))
	admin := s.Client(t, "admin")
	admin.Confirm(t)
	var terms wire.Terms
	if status, p := admin.JSON(t, http.MethodPut, "/api/v1/terms", wire.NewTerms{Markdown: "# Neu"}, &terms); status != http.StatusOK {
		t.Fatal(status, p)
	}
	until(t, "the refusal", func() bool {
		_, err := a.Remote.Roots(t.Context())
		return remote.Pending(err)
	})
	if err := os.WriteFile(path, []byte("saved meanwhile"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the save was noticed, and the refusal heard", func() bool { return a.Files.Pending() == 1 && heard.Load() })
	until(t, "a try to send it", func() bool {
		for _, x := range a.Files.Transfers() {
			if x.State == files.Broken {
				t.Fatal("given up:", x.Err)
			}
			if remote.Pending(x.Err) {
				return true
			}
		}
		return false
	})
	dropped := filepath.Join(t.TempDir(), "Gedicht.txt")
	if err := os.WriteFile(dropped, []byte("Der Herbst"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Files.Upload(t.Context(), "/dav/home/", []string{dropped}, nil); err != nil {
		t.Error("what is dropped meanwhile is not taken:", err)
	}
	time.Sleep(4 * time.Second) // the pauses between tries become long
	if err := people.New(a.Remote).AcceptTerms(t.Context(), terms.Version); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	a.Files.Reconnect() // as the window does
	if err := a.Files.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 20*time.Second { // at once, but not on a busy machine
		t.Errorf("the save went up only %v after the terms were accepted", took)
	}
	if e, err := a.Remote.Stat(t.Context(), href); err != nil || e.Size != int64(len("saved meanwhile")) {
		t.Errorf("the save did not arrive: %+v, %v", e, err)
	}
	if _, err := a.Remote.Stat(t.Context(), "/dav/home/Gedicht.txt"); err != nil {
		t.Error("what was dropped did not arrive:", err)
	}
	if ended.Load() {
		t.Error("the session counts as ended")
	}
	if err := a.Wipe(); err != nil {
		t.Error(err)
	}
}
