package module

import (
	"context"
	"errors"
	"strconv"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/lang"
)

// Sentence words an error for a user: what happened and what to do now, never a
// code alone. A refusal that has no text of its own shows the server's sentence;
// a mistake of ours names the line in the server's log.
func Sentence(err error, now time.Time) string {
	var refusal *remote.Error
	var cert *remote.CertificateError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &cert):
		return lang.T("problem.certificate_"+string(cert.Reason), "Host", cert.Host)
	case errors.As(err, &refusal):
		return refused(refusal.Problem, now)
	case errors.Is(err, remote.ErrOffline):
		return lang.T("problem.offline")
	case errors.Is(err, ErrProgram):
		return lang.T("problem.program")
	case errors.Is(err, context.DeadlineExceeded):
		return lang.T("problem.timeout")
	}
	return lang.T("problem.unexpected", "Error", err.Error())
}

func refused(p wire.Problem, now time.Time) string {
	switch p.Code {
	case wire.CodeLocked:
		return locked(p, now)
	case wire.CodeSlowDown:
		return lang.T("problem.slow_down", "Time", lang.Duration(time.Duration(p.RetryIn)*time.Second))
	case wire.CodeInternal:
		return lang.T("problem.internal", "ID", p.RequestID)
	}
	if key := "problem." + p.Code; lang.Has(key) {
		return lang.T(key)
	}
	if p.Detail != "" {
		return p.Detail
	}
	return lang.T("problem.status", "Status", strconv.Itoa(p.Status))
}

func locked(p wire.Problem, now time.Time) string {
	s := lang.T("problem.locked")
	if until := moment(p.Args["until"]); until.After(now) {
		s = lang.T("problem.locked_until", "Time", lang.FullTime(until.In(now.Location())))
	}
	if reason := p.Args["reason"]; reason != "" {
		s += " " + lang.T("problem.locked_reason", "Reason", reason)
	}
	return s
}

// moment reads a point in time as servers write it: RFC 3339, or milliseconds
// since 1970. The zero time for anything else.
func moment(s string) time.Time {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// ErrProgram says that a file would run as a program on this PC and is not opened.
var ErrProgram = errors.New("a program is not opened from here")

// AdminNeeded is the refusal of one who has to give the password again to administrate.
func AdminNeeded() error {
	return &remote.Error{Problem: wire.Problem{Status: 403, Code: wire.CodeAdmin}}
}
