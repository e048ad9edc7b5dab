package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"schulhof/server/internal/db"
	"schulhof/server/wire"
)

// Refusals without further words. db.ErrNotFound is answered like ErrNotFound.
var (
	ErrForbidden = Refuse(http.StatusForbidden, wire.CodeForbidden, "You may not do this.")
	ErrNotFound  = Refuse(http.StatusNotFound, wire.CodeNotFound, "There is nothing here, or it is not yours to see.")
	ErrInvalid   = Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The request makes no sense.")
	errText      = Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "The request has characters that no text can have.")
)

// Refusal is an error that the caller may read.
type Refusal struct { //nolint:errname // it reads better: a refusal is an answer
	Problem wire.Problem
}

// Refuse makes a refusal: an HTTP status, one of wire's codes, and a plain English
// sentence that a user can act on. args are keys and values for Problem.Args.
func Refuse(status int, code, detail string, args ...string) error {
	p := wire.Problem{Status: status, Title: http.StatusText(status), Code: code, Detail: detail}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[args[i]] = args[i+1]
	}
	return &Refusal{Problem: p}
}

// RefuseFor is Refuse with code slow_down (429): the caller may try again after so
// many seconds.
func RefuseFor(seconds int, detail string) error {
	const status = http.StatusTooManyRequests
	return &Refusal{Problem: wire.Problem{
		Status: status, Title: http.StatusText(status), Code: wire.CodeSlowDown, Detail: detail, RetryIn: max(1, seconds),
		Args: map[string]string{"seconds": strconv.Itoa(max(1, seconds))},
	}}
}

// Error gives the sentence.
func (e *Refusal) Error() string { return e.Problem.Code + ": " + e.Problem.Detail }

// GetStatus gives huma the status.
func (e *Refusal) GetStatus() int { return e.Problem.Status }

// ContentType gives huma the media type of RFC 9457.
func (e *Refusal) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// ProblemOf gives what is answered for err. The words of an error that is no
// refusal are not in it: the caller of ProblemOf logs them.
func ProblemOf(ctx context.Context, err error) wire.Problem {
	err = cutOff(ctx, err)
	p := wire.Problem{
		Status: http.StatusInternalServerError, Title: http.StatusText(http.StatusInternalServerError), Code: wire.CodeInternal,
		Detail: "The server made a mistake. Tell your administrator the number of this request.",
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		p = r.Problem
	} else if errors.Is(err, db.ErrNotFound) {
		p = ErrNotFound.(*Refusal).Problem //nolint:errorlint // our own value
	} else if errors.Is(err, db.ErrText) {
		p = errText.(*Refusal).Problem //nolint:errorlint // our own value
	} else if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p = wire.Problem{
			Status: http.StatusRequestEntityTooLarge, Title: http.StatusText(http.StatusRequestEntityTooLarge),
			Code: wire.CodeTooLarge, Detail: "This is more than the server takes at once.",
		}
	}
	if s := stateFrom(ctx); s != nil {
		p.RequestID = s.id
	}
	return p
}

// WriteError answers err as a problem, and logs it when it is our fault. It does
// nothing but log when the answer has begun already.
func WriteError(w http.ResponseWriter, req *http.Request, err error) {
	ctx := req.Context()
	p := ProblemOf(ctx, err)
	s := stateFrom(ctx)
	if p.Status >= http.StatusInternalServerError && s != nil {
		s.failed = err
	}
	if s != nil && s.out.status != 0 {
		return
	}
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	if p.RetryIn > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryIn))
	}
	h.Del("Content-Length")
	h.Del("ETag")
	w.WriteHeader(p.Status)
	if req.Method == http.MethodHead {
		return
	}
	if err := json.NewEncoder(w).Encode(p); err != nil && s != nil && s.log != nil {
		s.log.DebugContext(ctx, "answer not sent", slog.Any("error", err))
	}
}

// transform makes huma's answers ours: every error that huma words becomes a Problem.
func transform(ctx huma.Context, _ string, v any) (any, error) {
	switch e := v.(type) {
	case *Refusal:
		p := e.Problem
		if s := stateFrom(ctx.Context()); s != nil {
			p.RequestID = s.id
		}
		return p, nil
	case *huma.ErrorModel:
		return humaProblem(ctx, e), nil
	}
	return v, nil
}

// humaProblem words what huma found wrong with a request: where, but never what
// stood there, which may be a password.
func humaProblem(ctx huma.Context, e *huma.ErrorModel) wire.Problem {
	p := wire.Problem{Status: e.Status, Title: http.StatusText(e.Status), Code: wire.CodeInvalid, Detail: "The request makes no sense."}
	if e.Status == http.StatusRequestEntityTooLarge {
		p.Code, p.Detail = wire.CodeTooLarge, "This is more than the server takes at once."
	} else if len(e.Errors) > 0 && e.Errors[0] != nil && e.Errors[0].Location != "" {
		p.Detail = "The request makes no sense: " + e.Errors[0].Message + " (" + e.Errors[0].Location + ")."
		p.Args = map[string]string{"field": e.Errors[0].Location}
	}
	if s := stateFrom(ctx.Context()); s != nil {
		p.RequestID = s.id
	}
	return p
}
