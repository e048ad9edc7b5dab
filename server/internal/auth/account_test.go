package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/school"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// try gives the code of the refusal of a sign-in, "" for none.
func (s *world) try(in wire.SignIn) string {
	s.t.Helper()
	_, err := s.SignIn(s.t.Context(), in, "10.0.0.9")
	return code(err)
}

func (s *world) change(do func(ctx context.Context, tx *db.Tx) error) {
	s.t.Helper()
	if err := s.o.DB.Tx(s.t.Context(), do); err != nil {
		s.t.Fatal(err)
	}
	s.o.School.Forget()
}

// settings changes the school's.
func (s *world) settings(change func(*wire.Settings)) {
	s.t.Helper()
	state, err := s.o.School.Now(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	in := state.Settings
	change(&in)
	s.change(func(ctx context.Context, tx *db.Tx) error { return s.o.School.SetSettings(ctx, tx, "anna", &in) })
	s.pass(freshFor) // what was found out about tokens
}

// logged gives the actions in the log about a person, the oldest first.
func (s *world) logged(subject string) []string {
	s.t.Helper()
	entries, err := s.o.Audit.Read(s.t.Context(), s.o.DB, audit.Filter{Subject: subject})
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, e := range slices.Backward(entries) {
		out = append(out, e.Actor+" "+e.Action)
	}
	if n, bad, err := s.o.Audit.Verify(s.t.Context(), s.o.DB); err != nil || bad != nil || n == 0 {
		s.t.Errorf("the log: %d, %+v, %v", n, bad, err)
	}
	return out
}

func TestFirstPasswords(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		add := func(id string, role wire.Role, born string) string {
			t.Helper()
			state, err := s.o.School.Now(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p := people.Person{ID: "id-" + id, Login: id, Role: role, Born: born}
			start := First(state, &p, s.now())
			if err := people.Create(ctx, s.o.DB, &p); err != nil {
				t.Fatal(err)
			}
			return start
		}
		coded := add("coded", wire.RoleStudent, "2012-01-31")
		s.settings(func(in *wire.Settings) { in.Start = school.StartBorn })
		if born := add("born", wire.RoleStudent, "2012-01-31"); born != "" {
			t.Errorf("a code for one who has a date of birth: %q", born)
		}
		teacher, unknown := add("teacher", wire.RoleTeacher, "1980-01-31"), add("unknown", wire.RoleStudent, "")
		for _, x := range []struct{ login, password, want string }{
			{"coded", coded, ""},
			{"coded", strings.ToLower(strings.ReplaceAll(coded, "-", "")), ""},
			{"coded", "31.01.2012", wire.CodeSignInFailed},
			{"coded", "", wire.CodeSignInFailed},
			{"born", "31.01.2012", ""},
			{"born", " 31.01.2012 ", ""},
			{"born", "31.1.2012", wire.CodeSignInFailed},
			{"born", "", wire.CodeSignInFailed},
			{"teacher", teacher, ""},
			{"teacher", "31.01.1980", wire.CodeSignInFailed},
			{"unknown", unknown, ""},
			{"unknown", "", wire.CodeSignInFailed},
			{"unknown", "01.01.0001", wire.CodeSignInFailed},
		} {
			if got := s.try(wire.SignIn{Login: x.login, Password: x.password}); got != x.want {
				t.Errorf("%s with %q: %q, want %q", x.login, x.password, got, x.want)
			}
		}
		out, err := s.SignIn(ctx, wire.SignIn{Login: "born", Password: "31.01.2012"}, "")
		if err != nil || !out.MustChange {
			t.Fatalf("%+v, %v", out, err)
		}
		if c, err := s.ByBasic(ctx, "born", "31.01.2012", ""); err != nil || !c.MustChange {
			t.Errorf("basic: %+v, %v", c, err)
		}
		s.pass(14*24*time.Hour - time.Minute)
		if got := s.try(wire.SignIn{Login: "coded", Password: coded}); got != "" {
			t.Errorf("on the last day: %q", got)
		}
		c := s.token(out.Token, "")
		s.pass(time.Hour)
		for login, start := range map[string]string{"coded": coded, "born": "31.01.2012"} {
			if got := s.try(wire.SignIn{Login: login, Password: start}); got != wire.CodeStartExpired {
				t.Errorf("%s after the window: %q", login, got)
			}
			if got := s.try(wire.SignIn{Login: login, Password: "wrong"}); got != wire.CodeSignInFailed {
				t.Errorf("%s, wrong, after the window: %q", login, got)
			}
		}
		if err := s.ChangePassword(ctx, c, wire.NewPassword{Old: "31.01.2012", New: "Grün-Kehrt-7-Um"}); code(err) != wire.CodeStartExpired {
			t.Errorf("own password after the window: %v", err)
		}
		var renewed wire.StartCode
		s.change(func(ctx context.Context, tx *db.Tx) (err error) {
			renewed, err = s.Renew(ctx, tx, "id-born")
			return err
		})
		s.DropPerson("id-born")
		if renewed.Code != "" || renewed.Login != "born" || renewed.Until.Sub(s.now()) != 14*24*time.Hour {
			t.Errorf("renewed %+v", renewed)
		}
		s.token(out.Token, wire.CodeSignedOut)
		out, err = s.SignIn(ctx, wire.SignIn{Login: "born", Password: "31.01.2012"}, "")
		if err != nil {
			t.Fatal(err)
		}
		c = s.token(out.Token, "")
		for _, weak := range []string{"31.01.2012", "Hund-31012012"} {
			if err := s.ChangePassword(ctx, c, wire.NewPassword{Old: "31.01.2012", New: weak}); code(err) != wire.CodePasswordWeak {
				t.Errorf("%s: %v", weak, err)
			}
		}
		if err := s.ChangePassword(ctx, c, wire.NewPassword{Old: "31.01.2012", New: "Grün-Kehrt-7-Um"}); err != nil {
			t.Fatal(err)
		}
		if got := s.try(wire.SignIn{Login: "born", Password: "31.01.2012"}); got != wire.CodeSignInFailed {
			t.Errorf("the first password after the own one: %q", got)
		}
		err = s.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error { _, err := s.Renew(ctx, tx, "id-born"); return err })
		if code(err) != wire.CodeForbidden {
			t.Errorf("renewed over an own password: %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		lena := s.token(out.Token, "")
		if _, err := s.ByBasic(ctx, "lena.weber", password, ""); err != nil {
			t.Fatal(err)
		}
		app, err := s.AddAppPassword(ctx, lena, wire.NewAppPassword{Name: "Handy"})
		if err != nil {
			t.Fatal(err)
		}
		for range freeTries {
			s.try(wire.SignIn{Login: "lena.weber", Password: "wrong"})
		}
		got, err := s.Reset(ctx, web.Caller{Person: wire.Person{ID: "tom"}}, "lena")
		if err != nil || got.Login != "lena.weber" || len(got.Code) != 14 {
			t.Fatalf("%+v, %v", got, err)
		}
		s.token(out.Token, wire.CodeSignedOut)
		if !slices.Contains(s.ended, "person lena") {
			t.Errorf("streams ended: %v", s.ended)
		}
		for _, secret := range []string{password, app.Password} {
			if _, err := s.ByBasic(ctx, "lena.weber", secret, ""); code(err) != wire.CodeSignInFailed {
				t.Errorf("basic: %v", err)
			}
		}
		out, err = s.SignIn(ctx, wire.SignIn{Login: "lena.weber", Password: got.Code}, "")
		if err != nil || !out.MustChange {
			t.Fatalf("with the code: %+v, %v", out, err)
		}
		if err := s.ChangePassword(ctx, s.token(out.Token, ""), wire.NewPassword{Old: got.Code, New: "Grün-Kehrt-7-Um"}); err != nil {
			t.Fatal(err)
		}
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: got.Code}); got != wire.CodeSignInFailed {
			t.Errorf("the code a second time: %q", got)
		}
		if a, err := s.Account(ctx, "lena"); err != nil || a.Reset == nil || a.Reset.By != "Tom Test" || len(a.AppPasswords) != 0 {
			t.Errorf("account %+v, %v", a, err)
		}
		if _, err := s.Reset(ctx, web.Caller{}, "nobody"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if log := s.logged("lena"); !slices.Contains(log, "tom password_reset") || !slices.Contains(log, "lena password_change") {
			t.Errorf("log %v", log)
		}
	})
}

func TestPending(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		s.settings(func(in *wire.Settings) { in.SecondStep = []wire.Role{wire.RoleStudent, wire.Administrators} })
		if c := s.token(out.Token, ""); !c.MustSetUp {
			t.Errorf("%+v", c)
		}
		if out := s.signIn("anna.schmidt"); !out.MustSetUp || out.MustAccept {
			t.Errorf("an administrator: %+v", out)
		}
		if out := s.signIn("erika@example.org"); out.MustSetUp {
			t.Errorf("a guardian: %+v", out)
		}
		s.settings(func(in *wire.Settings) { in.SecondStep = nil })
		s.change(func(ctx context.Context, tx *db.Tx) error {
			_, err := s.o.School.SetTerms(ctx, tx, "anna", "Sei nett.")
			return err
		})
		s.pass(freshFor)
		c := s.token(out.Token, "")
		if !c.MustAccept || c.MustSetUp {
			t.Errorf("%+v", c)
		}
		for _, version := range []int{0, 2, -1} {
			if err := s.AcceptTerms(ctx, c, version); code(err) != wire.CodeConflict {
				t.Errorf("version %d: %v", version, err)
			}
		}
		if err := s.AcceptTerms(ctx, c, 1); err != nil {
			t.Fatal(err)
		}
		if c := s.token(out.Token, ""); c.MustAccept {
			t.Errorf("%+v", c)
		}
		s.change(func(ctx context.Context, tx *db.Tx) error {
			_, err := s.o.School.SetTerms(ctx, tx, "anna", "Sei netter.")
			return err
		})
		s.pass(freshFor)
		if c := s.token(out.Token, ""); !c.MustAccept {
			t.Errorf("a changed version: %+v", c)
		}
		s.change(func(ctx context.Context, tx *db.Tx) error {
			_, err := s.o.School.SetTerms(ctx, tx, "anna", "")
			return err
		})
		s.pass(freshFor)
		if c := s.token(out.Token, ""); c.MustAccept {
			t.Errorf("no terms any more: %+v", c)
		}
	})
}

func TestElevate(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("anna.schmidt")
		c := s.token(out.Token, "")
		if _, err := s.Elevate(ctx, c, wire.PasswordOnly{Password: "wrong"}); code(err) != wire.CodeSignInFailed {
			t.Errorf("wrong: %v", err)
		}
		until, err := s.Elevate(ctx, c, wire.PasswordOnly{Password: password})
		if err != nil || until.Until.Sub(s.now()) != adminFor {
			t.Fatalf("%+v, %v", until, err)
		}
		if c := s.token(out.Token, ""); !c.AdminUntil.Equal(until.Until) {
			t.Errorf("%+v", c)
		}
		if c := s.token(s.signIn("anna.schmidt").Token, ""); c.AdminUntil.After(s.now()) {
			t.Error("another session administrates too")
		}
		lena := s.token(s.signIn("lena.weber").Token, "")
		if _, err := s.Elevate(ctx, lena, wire.PasswordOnly{Password: password}); code(err) != wire.CodeForbidden {
			t.Errorf("lena: %v", err)
		}
		if err := s.SetRights(ctx, "anna", "anna", wire.Rights{}); code(err) != wire.CodeConflict {
			t.Errorf("the last administrator: %v", err)
		}
		for _, state := range []wire.State{wire.StateLocked, wire.StateLeft, wire.StateRestricted} {
			if err := s.SetState(ctx, "", "anna", wire.Lock{State: state}); code(err) != wire.CodeConflict {
				t.Errorf("the last administrator %s: %v", state, err)
			}
		}
		if err := s.SetRights(ctx, "anna", "lena", wire.Rights{Admin: true}); code(err) != wire.CodeInvalid {
			t.Errorf("a student: %v", err)
		}
		if c := s.token(out.Token, ""); !c.Admin || !c.AdminUntil.After(s.now()) {
			t.Errorf("what was refused left a trace: %+v", c)
		}
		if err := people.Create(ctx, s.o.DB, &people.Person{ID: "second", Login: "second.admin", Role: wire.RoleStaff}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetRights(ctx, "anna", "second", wire.Rights{Admin: true, Moderator: true}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetRights(ctx, "second", "anna", wire.Rights{Head: true}); err != nil {
			t.Fatal(err)
		}
		if c := s.token(out.Token, ""); c.Admin || !c.Head || c.AdminUntil.After(s.now()) {
			t.Errorf("%+v", c)
		}
		if log := s.logged("anna"); !slices.Contains(log, "anna admin_confirm") || !slices.Contains(log, "second rights") || !slices.Contains(log, " sign_in_failed") {
			t.Errorf("log %v", log)
		}
	})
}

func TestStates(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		until := s.now().Add(time.Hour)
		if err := s.SetState(ctx, "anna", "lena", wire.Lock{State: wire.StateRestricted, Reason: "Zu\u202e laut\n", Until: &until}); err != nil {
			t.Fatal(err)
		}
		if c := s.token(out.Token, ""); !c.Restricted {
			t.Errorf("%+v", c)
		}
		s.pass(time.Hour + time.Second)
		if c := s.token(out.Token, ""); c.Restricted {
			t.Errorf("after its time: %+v", c)
		}
		past := s.now().Add(-time.Hour)
		if err := s.SetState(ctx, "anna", "lena", wire.Lock{State: wire.StateLocked, Until: &past}); code(err) != wire.CodeInvalid {
			t.Errorf("until the past: %v", err)
		}
		if err := s.SetState(ctx, "anna", "anna", wire.Lock{State: wire.StateLocked}); code(err) != wire.CodeConflict {
			t.Errorf("oneself: %v", err)
		}
		if err := s.SetState(ctx, "anna", "lena", wire.Lock{State: wire.StateLeft}); err != nil {
			t.Fatal(err)
		}
		s.token(out.Token, wire.CodeSignedOut)
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: password}); got != wire.CodeSignInFailed {
			t.Errorf("one who has left: %q", got)
		}
		p, err := people.ByID(ctx, s.o.DB, "lena")
		if err != nil || p.Deletes != s.now().AddDate(0, 0, 6*7).UnixMilli() {
			t.Errorf("deleted at %s, %v", time.UnixMilli(p.Deletes), err)
		}
		if err := s.SetState(ctx, "anna", "lena", wire.Lock{State: wire.StateActive}); err != nil {
			t.Fatal(err)
		}
		if p, err := people.ByID(ctx, s.o.DB, "lena"); err != nil || p.Deletes != 0 || p.LockReason != "" {
			t.Errorf("%+v, %v", p, err)
		}
		s.signIn("lena.weber")
		if log := s.logged("lena"); !slices.Contains(log, "anna lock") || !slices.Contains(log, "anna unlock") {
			t.Errorf("log %v", log)
		}
		s.change(func(ctx context.Context, tx *db.Tx) error { return s.Forget(ctx, tx, "lena") })
		var n int
		if err := s.o.DB.Get(ctx, &n, `SELECT COUNT(*) FROM session WHERE person_id = 'lena'`); err != nil || n != 0 {
			t.Errorf("%d sessions left, %v", n, err)
		}
	})
}

func TestLiftSlowDown(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		for range freeTries {
			s.try(wire.SignIn{Login: "lena.weber", Password: "wrong"})
		}
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: password}); got != wire.CodeSlowDown {
			t.Fatal(got)
		}
		if err := s.LiftSlowDown(t.Context(), "anna", "lena"); err != nil {
			t.Fatal(err)
		}
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: password}); got != "" {
			t.Errorf("after it was lifted: %q", got)
		}
		if log := s.logged("lena"); log[0] != " sign_in_failed" || !slices.Contains(log, "anna unlock") {
			t.Errorf("log %v", log)
		}
	})
}
