package auth

import (
	"context"

	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
)

// Again asks a caller who is signed in for the password once more. A wrong one is
// refused with sign_in_failed (403) and slows further tries down.
func (a *Auth) Again(ctx context.Context, c web.Caller, password string) (people.Person, error) {
	return a.again(ctx, c, password, "", false)
}
