package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
	"schulhof/server/wire/rules"
)

const password = "Regen+Lampe-26"

// world is an Auth over a database with a few people, and a clock to turn.
type world struct {
	*Auth
	t     *testing.T
	mu    sync.Mutex
	clock time.Time
	ended []string // sessions and persons whose streams were ended
}

func (s *world) PublishSession(id string) { s.note("session " + id) }
func (s *world) EndPerson(id string)      { s.note("person " + id) }
func (s *world) Recheck(id string)        { s.note("recheck " + id) }
func (s *world) UnderWay() int            { return 1 }

func (s *world) Cut(_ context.Context, id string) { s.note("cut " + id) }

func (s *world) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, what)
}

func (s *world) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *world) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

func each(t *testing.T, fn func(t *testing.T, s *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, Cost{8, 1})) })
}

func newWorld(t testing.TB, d *db.DB, cost Cost) *world {
	t.Helper()
	if err := errors.Join(
		d.Migrate(t.Context(), "people", people.Migrations()), d.Migrate(t.Context(), "auth", Migrations()),
		d.Migrate(t.Context(), "school", school.Migrations()), d.Migrate(t.Context(), "audit", audit.Migrations()),
	); err != nil {
		t.Fatal(err)
	}
	h, err := NewHasher(cost)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []people.Person{
		{ID: "lena", Login: "lena.weber", Given: "Lena", Family: "Weber", Role: wire.RoleStudent, Born: "2014-05-19"},
		{ID: "tom", Login: "tom.test", Given: "Tom", Family: "Test", Role: wire.RoleStudent, MustChange: true},
		{ID: "erika", Login: "erika@example.org", Email: "erika@example.org", Role: wire.RoleGuardian},
		{ID: "anna", Login: "anna.schmidt", Email: "anna@example.org", Role: wire.RoleTeacher, Admin: true},
		{ID: "gone", Login: "gone", State: people.Left},
	} {
		p.PasswordHash = hash
		if err := people.Create(t.Context(), d, &p); err != nil {
			t.Fatal(err)
		}
	}
	s := &world{clock: time.UnixMilli(1_790_000_000_000)}
	n := 0
	s.Auth = New(Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Now: s.now, Hasher: h, Streams: s, Idle: 15 * time.Minute,
		ID:      func() string { s.mu.Lock(); defer s.mu.Unlock(); n++; return fmt.Sprintf("id%03d", n) },
		Modules: func(context.Context, web.Caller) ([]string, error) { return []string{"files"}, nil },
		Audit:   audit.New([]byte("key"), s.now), Key: make([]byte, 32),
		School: school.New(school.Options{DB: d, Now: s.now, Defaults: school.Default()}),
	})
	t.Cleanup(s.Close)
	if tt, ok := t.(*testing.T); ok {
		s.t = tt
	}
	return s
}

func (s *world) signIn(login string) wire.Session {
	s.t.Helper()
	out, err := s.SignIn(s.t.Context(), wire.SignIn{Login: login, Password: password, Device: "PC 7"}, "10.0.0.1")
	if err != nil {
		s.t.Fatalf("%s: %v", login, err)
	}
	return out
}

// code gives a refusal's code, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	if r, ok := errors.AsType[*web.Refusal](err); ok {
		return r.Problem.Code
	}
	return "no refusal: " + err.Error()
}

func (s *world) token(token, want string) web.Caller {
	s.t.Helper()
	c, err := s.ByToken(s.t.Context(), token)
	if code(err) != want {
		s.t.Fatalf("token: %v, want %q", err, want)
	}
	return c
}

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		out := s.signIn(" Lena.WEBER ")
		if out.Person.ID != "lena" || out.MustChange || out.Admin || len(out.Token) != 43 || out.IdleSignOutSec != 0 ||
			!slices.Equal(out.Modules, []string{"files"}) || !slices.Equal(out.PasswordRules, rules.All) {
			t.Errorf("session %+v", out)
		}
		if c := s.token(out.Token, ""); c.SessionID != out.ID || c.Person.Login != "lena.weber" || c.MustChange {
			t.Errorf("caller %+v", c)
		}
		if out := s.signIn("anna@example.org"); out.Person.ID != "anna" || !out.Admin {
			t.Errorf("by e-mail %+v", out)
		}
		if c := s.token(s.signIn("tom.test").Token, ""); !c.MustChange {
			t.Errorf("tom %+v", c)
		}
		for _, in := range []wire.SignIn{
			{Login: "lena.weber", Password: "wrong"},
			{Login: "lena.weber"},
			{Login: "nobody", Password: password},
			{Login: "gone", Password: password},
			{},
			{Login: "lena.weber", Password: strings.Repeat("x", 100_000)},
			{Login: "lena.weber", Password: strings.ToLower(password)},
		} {
			if _, err := s.SignIn(t.Context(), in, "10.0.0.2"); code(err) != wire.CodeSignInFailed {
				t.Errorf("%s: %v", in.Login, err)
			}
		}
		var stored []string
		if err := s.o.DB.Select(t.Context(), &stored, `SELECT token_hash FROM session`); err != nil || slices.Contains(stored, out.Token) || len(stored) != 3 {
			t.Errorf("stored %v, %v", stored, err)
		}
		for _, token := range []string{"", "x", stored[0], out.Token + "x"} {
			s.token(token, wire.CodeSignedOut)
		}
		for _, name := range []string{"Pa\u0308ssword-1", "P\u00e4ssword-1"} { // two ways to type one password
			hash, err := s.o.Hasher.Hash(t.Context(), "P\u00e4ssword-1")
			if ok, err2 := s.o.Hasher.Verify(t.Context(), hash, name); !ok || err != nil || err2 != nil {
				t.Errorf("%q: %v, %v, %v", name, ok, err, err2)
			}
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		a, b := s.signIn("lena.weber"), s.signIn("lena.weber")
		s.token(a.Token, "")
		if err := s.SignOut(ctx, s.token(a.Token, "")); err != nil {
			t.Fatal(err)
		}
		s.token(a.Token, wire.CodeSignedOut)
		s.token(b.Token, "")
		devices, err := s.Devices(ctx, "lena")
		if err != nil || len(devices) != 1 || devices[0].ID != b.ID || devices[0].Name != "PC 7" {
			t.Errorf("devices %+v, %v", devices, err)
		}
		if err := s.EndDevice(ctx, "tom", b.ID); code(err) != wire.CodeNotFound {
			t.Errorf("another's device: %v", err)
		}
		s.token(b.Token, "")
		if err := s.EndDevice(ctx, "lena", b.ID); err != nil {
			t.Fatal(err)
		}
		s.token(b.Token, wire.CodeSignedOut)
		if want := []string{"session " + a.ID, "session " + b.ID}; !slices.Equal(s.ended, want) {
			t.Errorf("streams ended: %v, want %v", s.ended, want)
		}
		shared, err := s.SignIn(ctx, wire.SignIn{Login: "lena.weber", Password: password, Shared: true}, "")
		if err != nil || shared.IdleSignOutSec != 900 || shared.Expires.Sub(s.now()) != 12*time.Hour {
			t.Errorf("shared %+v, %v", shared, err)
		}
		for range 13 {
			s.pass(time.Hour - time.Minute)
			_, _ = s.ByToken(ctx, shared.Token) // used, which does not lengthen it
		}
		s.token(shared.Token, wire.CodeSignedOut)
		own := s.signIn("lena.weber")
		for range 3 {
			s.pass(sessionFor - time.Hour)
			s.token(own.Token, "")
			s.writes.Wait()
		}
		s.pass(sessionFor + time.Second)
		s.token(own.Token, wire.CodeSignedOut)
		for i := range maxSessions + 5 {
			s.pass(time.Second)
			out := s.signIn("tom.test")
			if i == 0 {
				own = out
			}
		}
		devices, err = s.Devices(ctx, "tom")
		if err != nil || len(devices) != maxSessions {
			t.Errorf("%d devices, %v", len(devices), err)
		}
		s.token(own.Token, wire.CodeSignedOut) // the one used longest ago
	})
}

func TestLock(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		s.token(out.Token, "")
		basic := func(want string) {
			t.Helper()
			if _, err := s.ByBasic(ctx, "lena.weber", password, ""); code(err) != want {
				t.Errorf("basic: %v, want %q", err, want)
			}
		}
		basic("")
		until := s.now().Add(time.Hour)
		if err := s.Lock(ctx, "lena", until, "Handy im Unterricht"); err != nil {
			t.Fatal(err)
		}
		s.token(out.Token, wire.CodeLocked)
		basic(wire.CodeLocked)
		if !slices.Contains(s.ended, "person lena") {
			t.Errorf("streams ended: %v", s.ended)
		}
		_, err := s.SignIn(ctx, wire.SignIn{Login: "lena.weber", Password: password}, "")
		if r, ok := errors.AsType[*web.Refusal](err); !ok || r.Problem.Code != wire.CodeLocked ||
			r.Problem.Args["reason"] != "Handy im Unterricht" || r.Problem.Args["until"] != until.UTC().Format(time.RFC3339) {
			t.Errorf("sign in: %v", err)
		}
		if _, err := s.SignIn(ctx, wire.SignIn{Login: "lena.weber", Password: "wrong"}, ""); code(err) != wire.CodeSignInFailed {
			t.Errorf("a wrong password learns that the account is locked: %v", err)
		}
		s.pass(time.Hour + time.Second)
		s.token(out.Token, wire.CodeSignedOut) // the session has ended for good
		basic("")
		s.signIn("lena.weber")
		if err := s.Lock(ctx, "lena", time.Time{}, ""); err != nil {
			t.Fatal(err)
		}
		s.pass(10_000 * time.Hour)
		basic(wire.CodeLocked)
		if err := s.Unlock(ctx, "lena"); err != nil {
			t.Fatal(err)
		}
		basic("")
		if err := s.Lock(ctx, "nobody", time.Time{}, ""); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("lock nobody: %v", err)
		}
	})
}

// A change made by another server, in the database alone, counts within a second.
func TestChangesElsewhere(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		alive := s.token(out.Token, "")
		if _, err := s.ByBasic(ctx, "lena.weber", password, ""); err != nil {
			t.Fatal(err)
		}
		if !s.Alive(ctx, alive) {
			t.Error("not alive")
		}
		if err := people.SetState(ctx, s.o.DB, "lena", people.Locked, 0, ""); err != nil {
			t.Fatal(err)
		}
		if s.Alive(ctx, alive) {
			t.Error("alive while locked")
		}
		s.pass(time.Second)
		s.token(out.Token, wire.CodeLocked)
		if _, err := s.ByBasic(ctx, "lena.weber", password, ""); code(err) != wire.CodeLocked {
			t.Errorf("basic: %v", err)
		}
		for state, want := range map[people.State]string{people.Left: wire.CodeSignedOut, people.Restricted: "", people.Active: ""} {
			if err := people.SetState(ctx, s.o.DB, "lena", state, 0, ""); err != nil {
				t.Fatal(err)
			}
			s.pass(time.Second)
			if c := s.token(out.Token, want); c.Restricted != (state == people.Restricted) {
				t.Errorf("%s: %+v", state, c)
			}
		}
		hash, err := s.o.Hasher.Hash(ctx, "Anders-2026")
		if err != nil {
			t.Fatal(err)
		}
		if err := people.SetPassword(ctx, s.o.DB, "lena", hash, false); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Second)
		if _, err := s.ByBasic(ctx, "lena.weber", password, ""); code(err) != wire.CodeSignInFailed {
			t.Errorf("the old password: %v", err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		here, there := s.signIn("tom.test"), s.signIn("tom.test")
		c := s.token(here.Token, "")
		for _, x := range []struct {
			old, new, code, missing string
		}{
			{"wrong", "Neues-Wort-2026", wire.CodeSignInFailed, ""},
			{password, "kurz", wire.CodePasswordWeak, "length,upper,digit,special"},
			{password, "Passwort1!", wire.CodePasswordWeak, "common"},
			{password, "Tom.Test-99", wire.CodePasswordWeak, "own"},
			{password, password, wire.CodePasswordWeak, "own"},
		} {
			err := s.ChangePassword(ctx, c, wire.NewPassword{Old: x.old, New: x.new})
			r, ok := errors.AsType[*web.Refusal](err)
			if !ok || r.Problem.Code != x.code || r.Problem.Args["missing"] != x.missing || r.Problem.Status == 401 {
				t.Errorf("%s: %v, want %s %s", x.new, err, x.code, x.missing)
			}
		}
		if err := s.ChangePassword(ctx, c, wire.NewPassword{Old: password, New: "Grün-Kehrt-7-Um"}); err != nil {
			t.Fatal(err)
		}
		if c := s.token(here.Token, ""); c.MustChange {
			t.Error("must still change")
		}
		s.token(there.Token, wire.CodeSignedOut)
		if !slices.Equal(s.ended, []string{"session " + there.ID}) {
			t.Errorf("streams ended: %v", s.ended)
		}
		if _, err := s.SignIn(ctx, wire.SignIn{Login: "tom.test", Password: password}, ""); code(err) != wire.CodeSignInFailed {
			t.Errorf("the old password: %v", err)
		}
		if _, err := s.SignIn(ctx, wire.SignIn{Login: "tom.test", Password: "Gru\u0308n-Kehrt-7-Um"}, ""); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestUnreadableHashes(t *testing.T) {
	for _, hash := range []string{"", "x", "$argon2id$v=19$m=8,t=1,p=1$$", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA", "$2b$10$x", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := parse(hash); err == nil {
			t.Errorf("%q was read", hash)
		}
	}
}

// An unknown login is refused after as long as a wrong password.
func TestTiming(t *testing.T) {
	d, err := db.Open(t.Context(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := newWorld(t, d, StandardCost)
	logins := []string{"lena.weber", "nobody", "gone"}
	least := map[string]time.Duration{}
	for i := range 15 { // by turns, since the machine has other work too
		for _, login := range logins {
			start := time.Now()
			if _, err := s.SignIn(t.Context(), wire.SignIn{Login: login, Password: "wrong"}, strconv.Itoa(i)); code(err) != wire.CodeSignInFailed {
				t.Fatal(err)
			}
			if took := time.Since(start); i == 0 || took < least[login] {
				least[login] = took
			}
			s.pass(time.Hour)
		}
	}
	known, unknown, left := least["lena.weber"], least["nobody"], least["gone"]
	t.Logf("known %s, unknown %s, left %s", known, unknown, left)
	if known < time.Millisecond || max(known, unknown, left) > 3*min(known, unknown, left) {
		t.Errorf("known %s, unknown %s, left %s", known, unknown, left)
	}
}

func BenchmarkTokenCached(b *testing.B) {
	d, err := db.Open(b.Context(), dbtest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	s := newWorld(b, d, Cost{8, 1})
	out, err := s.SignIn(b.Context(), wire.SignIn{Login: "lena.weber", Password: password}, "")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("token", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.ByToken(b.Context(), out.Token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("basic", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.ByBasic(b.Context(), "lena.weber", password, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("token from the database", func(b *testing.B) {
		for b.Loop() {
			s.pass(time.Second)
			if _, err := s.ByToken(b.Context(), out.Token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
