package module

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/remote"
)

func TestSentence(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	refusal := func(p wire.Problem) error { return fmt.Errorf("sign in: %w", &remote.Error{Problem: p}) }
	for _, c := range []struct {
		name string
		err  error
		has  []string
		not  string
	}{
		{"nothing", nil, nil, ""},
		{"offline", fmt.Errorf("x: %w", remote.ErrOffline), []string{"Verbindung"}, "problem."},
		{"certificate", &remote.CertificateError{Reason: remote.CertificateExpired, Host: "schule.example"}, []string{"abgelaufen", "schule.example"}, "problem."},
		{"locked", refusal(wire.Problem{Code: wire.CodeLocked, Args: map[string]string{"reason": "Ausweis fehlt", "until": "2026-11-23T08:00:00Z"}}), []string{"Ausweis fehlt", "Mo 23.11.2026, 08:00"}, "problem."},
		{"locked, no end", refusal(wire.Problem{Code: wire.CodeLocked}), []string{"gesperrt"}, "1970"},
		{"slow", refusal(wire.Problem{Code: wire.CodeSlowDown, RetryIn: 90}), []string{"1:30 min"}, ""},
		{"ours", refusal(wire.Problem{Code: wire.CodeInternal, RequestID: "abc123"}), []string{"abc123"}, ""},
		{"unknown code", refusal(wire.Problem{Code: "new_thing", Detail: "The moon is full."}), []string{"The moon is full."}, "new_thing"},
		{"no words", refusal(wire.Problem{Code: "new_thing", Status: 418}), []string{"418"}, ""},
		{"other", errors.New("disk on fire"), []string{"disk on fire"}, ""},
	} {
		got := Sentence(c.err, now)
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", c.name, got, want)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %q holds %q", c.name, got, c.not)
		}
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	for _, code := range []string{
		wire.CodeSignInFailed, wire.CodeSignedOut, wire.CodePasswordChange, wire.CodePasswordWeak, wire.CodeForbidden, wire.CodeNotFound,
		wire.CodeInvalid, wire.CodeConflict, wire.CodeTooLarge, wire.CodeQuota, wire.CodeUploads, wire.CodeName, wire.CodeUnavailable,
	} {
		if got := refused(wire.Problem{Code: code, Detail: "detail"}, time.Time{}); got == "detail" {
			t.Errorf("%s has no sentence", code)
		}
	}
}
