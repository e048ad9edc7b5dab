package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"schulhof/server/internal/db"
)

// Filter says which entries to read. Zero fields do not filter.
type Filter struct {
	Actor   string
	Subject string
	Person  string // actor or subject
	Action  string
	Since   time.Time // included
	Until   time.Time // not included
	Before  int64     // entries with a lower number: the next page
	Limit   int       // at most MaxRead, which is also what 0 means
}

// MaxRead is how many entries Read gives at most.
const MaxRead = 500

// Read gives entries, the newest first. Whoever shows them to a person logs that
// first, with the reason.
func (l *Log) Read(ctx context.Context, conn db.Conn, f Filter) ([]Entry, error) {
	if f.Limit <= 0 || f.Limit > MaxRead {
		f.Limit = MaxRead
	}
	var records []record
	err := conn.Select(ctx, &records, `
		SELECT seq, at, actor, action, subject, detail, addr, prev, hash FROM audit
		WHERE (CAST($1 AS TEXT) = '' OR actor = CAST($1 AS TEXT))
		  AND (CAST($2 AS TEXT) = '' OR subject = CAST($2 AS TEXT))
		  AND (CAST($3 AS TEXT) = '' OR actor = CAST($3 AS TEXT) OR subject = CAST($3 AS TEXT))
		  AND (CAST($4 AS TEXT) = '' OR action = CAST($4 AS TEXT))
		  AND (CAST($5 AS BIGINT) = 0 OR at >= CAST($5 AS BIGINT))
		  AND (CAST($6 AS BIGINT) = 0 OR at < CAST($6 AS BIGINT))
		  AND (CAST($7 AS BIGINT) = 0 OR seq < CAST($7 AS BIGINT))
		ORDER BY seq DESC LIMIT CAST($8 AS BIGINT)`,
		f.Actor, f.Subject, f.Person, f.Action, millis(f.Since), millis(f.Until), f.Before, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("log entries: %w", err)
	}
	entries := make([]Entry, 0, len(records))
	for _, r := range records {
		e := Entry{
			Seq: r.Seq, At: time.UnixMilli(r.At).UTC(), Actor: r.Actor, Action: r.Action, Subject: r.Subject, Addr: r.Addr,
		}
		if err := json.Unmarshal([]byte(r.Detail), &e.Detail); err != nil {
			// A changed entry is still shown; Verify says that it was changed.
			e.Detail = map[string]string{"text": r.Detail}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
