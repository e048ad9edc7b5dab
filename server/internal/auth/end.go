package auth

import (
	"context"
	"time"

	"schulhof/server/internal/db"
)

// EndSessions ends all sessions of a person inside of the caller's transaction, who
// calls DropPerson after the commit.
func EndSessions(ctx context.Context, tx *db.Tx, personID string, now time.Time) error {
	return endSessions(ctx, tx, personID, "", now)
}
