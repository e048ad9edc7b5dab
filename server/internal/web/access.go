package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"schulhof/server/wire"
)

// Access says who may use a route.
type Access int

// The kinds of access, each narrower than the one before.
const (
	Public          Access = iota // anybody; the caller is not even looked at
	PasswordPending               // signed in, even before an own password is chosen
	SetUpPending                  // with an own password, even before a second step that is demanded is set up
	TermsPending                  // the same with the second step, even before the terms of use are accepted
	SignedIn                      // signed in, with nothing pending
	Administrator                 // with the right of an administrator, who has just given the password again
)

// Caller is who asks. The zero value is nobody.
type Caller struct {
	SessionID  string // "" with Basic authentication
	Person     wire.Person
	Admin      bool // may administrate, once the password was given again
	Head       bool // of the school
	Moderator  bool
	MustChange bool      // has yet to choose an own password
	MustSetUp  bool      // has yet to set up the second step
	MustAccept bool      // has yet to accept the terms of use
	Restricted bool      // may read, not write
	AdminUntil time.Time // until when the password given again counts
	Elevated   bool      // an administrator for whom it counts now; set by the router
}

// pending refuses what a caller may not do yet.
func (c *Caller) pending(access Access) error {
	switch {
	case c.MustChange && access > PasswordPending:
		return Refuse(http.StatusForbidden, wire.CodePasswordChange, "Choose a password of your own first.")
	case c.MustSetUp && access > SetUpPending:
		return Refuse(http.StatusForbidden, wire.CodeSecondSetUp, "Set up the second step of signing in first.")
	case c.MustAccept && access > TermsPending:
		return Refuse(http.StatusForbidden, wire.CodeTerms, "Accept the terms of use first.")
	}
	return nil
}

// ErrConfirm refuses an administrator who has not just given the password again.
var ErrConfirm = Refuse(http.StatusForbidden, wire.CodeAdmin, "Give your password again: you are about to administrate.")

// Administers refuses a caller who may not administrate now, with ErrForbidden or ErrConfirm.
func (c *Caller) Administers() error {
	switch {
	case !c.Admin:
		return ErrForbidden
	case !c.Elevated:
		return ErrConfirm
	}
	return nil
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

// door is who may come in to a route.
type door struct {
	access   Access
	module   string // "" = none that can be switched off
	harmless bool
}

// readers are the methods that change nothing.
var readers = []string{
	http.MethodGet, http.MethodHead, http.MethodOptions, "PROPFIND", "REPORT", "SEARCH",
}

// admit finds out who asks and whether the door lets the caller in.
func (r *Router) admit(s *state, req *http.Request, d *door, basic bool) error {
	if d.access == Public {
		return r.moduleOff(req.Context(), d.module, Caller{})
	}
	caller, err := r.identify(s, req, basic)
	if err != nil {
		return err
	}
	caller.Elevated = caller.Admin && caller.AdminUntil.After(r.o.Now())
	s.caller = caller
	if err := caller.pending(d.access); err != nil {
		return err
	}
	if d.access == Administrator {
		if err := caller.Administers(); err != nil {
			return err
		}
	}
	if err := r.moduleOff(req.Context(), d.module, caller); err != nil {
		return err
	}
	if caller.Restricted && d.access >= SignedIn && !d.harmless && !slices.Contains(readers, req.Method) {
		return Refuse(http.StatusForbidden, wire.CodeRestricted, "Your account is restricted: you may read, but not change anything.")
	}
	return nil
}

// moduleOff refuses what belongs to a module that the school has switched off.
func (r *Router) moduleOff(ctx context.Context, module string, c Caller) error {
	if module == "" || r.o.Off == nil {
		return nil
	}
	off, err := r.o.Off(ctx, module, c)
	if err != nil {
		return err
	}
	if off {
		return Refuse(http.StatusNotFound, wire.CodeModuleOff, "Your school has switched this off.")
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
