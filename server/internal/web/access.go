package web

import (
	"context"
	"net/http"
	"strings"

	"schulhof/server/wire"
)

// Access says who may use a route.
type Access int

// The kinds of access, each narrower than the one before.
const (
	Public          Access = iota // anybody; the caller is not even looked at
	PasswordPending               // signed in, even before an own password is chosen
	SignedIn                      // signed in, with an own password
	Administrator                 // with the right of an administrator
)

// Caller is who asks. The zero value is nobody.
type Caller struct {
	SessionID  string // "" with Basic authentication
	Person     wire.Person
	Admin      bool // may administrate
	Head       bool // of the school
	MustChange bool // has yet to choose an own password
	Restricted bool // may read, not write
}

// Authenticator knows people by what their requests bring. Its refusals are made
// with Refuse.
type Authenticator interface {
	ByToken(ctx context.Context, token string) (Caller, error)
	ByBasic(ctx context.Context, login, password, addr string) (Caller, error)
}

// CallerFrom says who asks; the zero value on public routes.
func CallerFrom(ctx context.Context) Caller {
	if s := stateFrom(ctx); s != nil {
		return s.caller
	}
	return Caller{}
}

// WithCaller gives a context in which CallerFrom answers c, for handlers that are
// tested without a router.
func WithCaller(ctx context.Context, c Caller) context.Context {
	s := &state{caller: c}
	if old := stateFrom(ctx); old != nil {
		s.id, s.addr = old.id, old.addr
	}
	return context.WithValue(ctx, stateKey{}, s)
}

// AddrFrom gives the address of the caller's machine, without its port; behind a
// trusted proxy the one that the proxy tells.
func AddrFrom(ctx context.Context) string {
	if s := stateFrom(ctx); s != nil {
		return s.addr
	}
	return ""
}

// admit finds out who asks and whether access lets the caller in.
func (r *Router) admit(s *state, req *http.Request, access Access, basic bool) error {
	if access == Public {
		return nil
	}
	caller, err := r.identify(s, req, basic)
	if err != nil {
		return err
	}
	s.caller = caller
	if caller.MustChange && access > PasswordPending {
		return Refuse(http.StatusForbidden, wire.CodePasswordChange, "Choose a password of your own first.")
	}
	if access == Administrator && !caller.Admin {
		return ErrForbidden
	}
	return nil
}

func (r *Router) identify(s *state, req *http.Request, basic bool) (Caller, error) {
	header := req.Header.Get("Authorization")
	if token, ok := cutScheme(header, "Bearer "); ok {
		return r.o.Auth.ByToken(req.Context(), token)
	}
	if basic {
		if login, password, ok := req.BasicAuth(); ok {
			return r.o.Auth.ByBasic(req.Context(), login, password, s.addr)
		}
	}
	return Caller{}, Refuse(http.StatusUnauthorized, wire.CodeSignedOut, "Sign in first.")
}

// cutScheme takes the scheme's name off, in any case (RFC 9110 section 11.1).
func cutScheme(header, scheme string) (string, bool) {
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(header[len(scheme):]), true
}
