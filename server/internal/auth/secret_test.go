package auth

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

func TestSecondStep(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		out := s.signIn("lena.weber")
		c := s.token(out.Token, "")
		start, err := s.StartSecondStep(ctx, c)
		if err != nil || !strings.HasPrefix(start.URI, "otpauth://totp/Schulhof:lena.weber?") || !strings.HasPrefix(string(start.QR), "\x89PNG") {
			t.Fatalf("%+v, %v", start, err)
		}
		show := func(after time.Duration) string {
			t.Helper()
			shown, err := totp.GenerateCode(start.Secret, s.now().Add(after))
			if err != nil {
				t.Fatal(err)
			}
			return shown
		}
		sign := func(code string) string {
			t.Helper()
			return s.try(wire.SignIn{Login: "lena.weber", Password: password, Code: code})
		}
		if got := sign(""); got != "" {
			t.Errorf("before it was confirmed: %q", got)
		}
		if _, err := s.ConfirmSecondStep(ctx, c, "000000"); code(err) != wire.CodeSecondStep {
			t.Errorf("confirmed with a wrong code: %v", err)
		}
		recovery, err := s.ConfirmSecondStep(ctx, c, show(0))
		if err != nil || len(recovery.Codes) != recoveryCodes {
			t.Fatalf("%+v, %v", recovery, err)
		}
		if _, err := s.StartSecondStep(ctx, c); code(err) != wire.CodeConflict {
			t.Errorf("a new secret over one that counts: %v", err)
		}
		var stored []string
		if err := s.o.DB.Select(ctx, &stored, `SELECT secret FROM second_step UNION ALL SELECT code_hash FROM recovery`); err != nil || len(stored) != 11 {
			t.Errorf("stored %v, %v", stored, err)
		}
		if text := strings.Join(stored, " "); strings.Contains(text, start.Secret) || strings.Contains(text, recovery.Codes[0]) {
			t.Error("a secret is stored as it is")
		}
		for _, x := range []struct {
			pass time.Duration
			code func() string
			want string
		}{
			{0, func() string { return "" }, wire.CodeSecondStep},
			{0, func() string { return show(0) }, wire.CodeSecondStep}, // used to confirm
			{time.Minute, func() string { return show(0) }, ""},
			{0, func() string { return show(0) }, wire.CodeSecondStep},                  // a replay
			{0, func() string { return show(-30 * time.Second) }, wire.CodeSecondStep},  // an earlier one
			{0, func() string { return show(30 * time.Second) }, ""},                    // a clock that is fast
			{0, func() string { return show(120 * time.Second) }, wire.CodeSecondStep},  // too fast
			{0, func() string { return show(-120 * time.Second) }, wire.CodeSecondStep}, // too slow
			{0, func() string { return strings.ToLower(recovery.Codes[3]) }, ""},
			{0, func() string { return recovery.Codes[3] }, wire.CodeSecondStep}, // once
			{0, func() string { return recovery.Codes[4] }, ""},
		} {
			s.pass(x.pass)
			if got := sign(x.code()); got != x.want {
				t.Errorf("code %q: %q, want %q", x.code(), got, x.want)
			}
		}
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: "wrong", Code: recovery.Codes[5]}); got != wire.CodeSignInFailed {
			t.Errorf("a wrong password with a right code: %q", got)
		}
		if a, err := s.Account(ctx, "lena"); err != nil || !a.SecondStep || a.Recovery != 8 {
			t.Errorf("account %+v, %v", a, err)
		}
		if _, err := s.ByBasic(ctx, "lena.weber", password, ""); code(err) != wire.CodeAppPassword {
			t.Errorf("basic: %v", err)
		}
		// Who knows the password alone guesses no codes.
		for range freeTries {
			sign("000000")
		}
		s.pass(time.Minute)
		if got := sign(recovery.Codes[5]); got != "" {
			t.Errorf("when the wait is over: %q", got)
		}
		if err := s.EndSecondStep(ctx, c, wire.PasswordOnly{Password: password}); code(err) != wire.CodeSecondStep {
			t.Errorf("ended without a code: %v", err)
		}
		if err := s.EndSecondStep(ctx, c, wire.PasswordOnly{Password: "wrong", Code: recovery.Codes[6]}); code(err) != wire.CodeSignInFailed {
			t.Errorf("ended without a password: %v", err)
		}
		if err := s.EndSecondStep(ctx, c, wire.PasswordOnly{Password: password, Code: recovery.Codes[6]}); err != nil {
			t.Fatal(err)
		}
		if got := sign(""); got != "" {
			t.Errorf("after the end: %q", got)
		}
		if log := s.logged("lena"); !slices.Contains(log, "lena second_step") {
			t.Errorf("log %v", log)
		}
	})
}

// Codes are guessed no faster by one who knows the password and forgets none of them.
func TestSecondStepSlowsDown(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		c := s.token(s.signIn("lena.weber").Token, "")
		start, err := s.StartSecondStep(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := totp.GenerateCode(start.Secret, s.now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ConfirmSecondStep(ctx, c, shown); err != nil {
			t.Fatal(err)
		}
		tried := 0
		for range 100 {
			s.try(wire.SignIn{Login: "lena.weber", Password: password}) // a right password between
			if s.try(wire.SignIn{Login: "lena.weber", Password: password, Code: "123456"}) == wire.CodeSecondStep {
				tried++
			}
		}
		if tried != freeTries {
			t.Errorf("%d of 100 codes were tried, want %d", tried, freeTries)
		}
	})
}

func TestAppPasswords(t *testing.T) {
	each(t, func(t *testing.T, s *world) {
		ctx := t.Context()
		basic := func(login, secret string) string {
			t.Helper()
			_, err := s.ByBasic(ctx, login, secret, "10.0.0.3")
			return code(err)
		}
		lena := s.token(s.signIn("lena.weber").Token, "")
		if got := basic("lena.weber", password); got != "" {
			t.Fatal(got)
		}
		app, err := s.AddAppPassword(ctx, lena, wire.NewAppPassword{Name: " Kalender\non Handy "})
		if err != nil || app.Name != "Kalender on Handy" || len(app.Password) != 29 {
			t.Fatalf("%+v, %v", app, err)
		}
		hashes := s.o.Hasher.Count()
		for _, x := range [][3]string{
			{"lena.weber", app.Password, ""},
			{"lena.weber", strings.ToLower(strings.ReplaceAll(app.Password, "-", "")), ""},
			{"tom.test", app.Password, wire.CodeSignInFailed},
			{"lena.weber", password, wire.CodeAppPassword}, // also though it was believed before
			{"lena.weber", app.Password[:14], wire.CodeSignInFailed},
		} {
			if got := basic(x[0], x[1]); got != x[2] {
				t.Errorf("%s %s: %q, want %q", x[0], x[1], got, x[2])
			}
		}
		if n := s.o.Hasher.Count() - hashes; n != 3 {
			t.Errorf("%d hashes", n)
		}
		if got := s.try(wire.SignIn{Login: "lena.weber", Password: app.Password}); got != wire.CodeSignInFailed {
			t.Errorf("signed in with an app password: %q", got)
		}
		for range freeTries + 1 {
			basic("lena.weber", "wrong")
		}
		if got := basic("lena.weber", app.Password); got != "" {
			t.Errorf("an app password while somebody guesses: %q", got)
		}
		s.writes.Wait()
		list, err := s.AppPasswords(ctx, "lena")
		if err != nil || len(list) != 1 || list[0].Used == nil || list[0].Password != "" || list[0].Name != app.Name {
			t.Errorf("%+v, %v", list, err)
		}
		tom := s.token(s.signIn("tom.test").Token, "")
		if err := s.EndAppPassword(ctx, tom, app.ID); code(err) != wire.CodeNotFound {
			t.Errorf("another's: %v", err)
		}
		if err := s.EndAppPassword(ctx, lena, app.ID); err != nil {
			t.Fatal(err)
		}
		if got := basic("lena.weber", app.Password); got == "" {
			t.Error("works after its end")
		}
		s.pass(time.Hour)
		if got := basic("lena.weber", password); got != "" {
			t.Errorf("the own password when there is none any more: %q", got)
		}
		for i := range maxAppPasswords + 1 {
			_, err = s.AddAppPassword(ctx, lena, wire.NewAppPassword{Name: strconv.Itoa(i)})
		}
		if code(err) != wire.CodeTooLarge {
			t.Errorf("too many: %v", err)
		}
		// Another server ends one, in the database alone: it counts within a second.
		app, err = s.AddAppPassword(ctx, tom, wire.NewAppPassword{Name: "x"})
		if err != nil || basic("tom.test", app.Password) != "" {
			t.Fatal(err)
		}
		s.change(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM app_password WHERE id = $1`, app.ID)
			return errors.Join(err, people.SecretsChanged(ctx, tx, "tom"))
		})
		s.pass(freshFor)
		if got := basic("tom.test", app.Password); got != wire.CodeSignInFailed {
			t.Errorf("ended elsewhere: %q", got)
		}
	})
}
