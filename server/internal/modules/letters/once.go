package letters

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// keepKeys is how long a repeated write is known.
const keepKeys = 14 * 24 * time.Hour

// Keyed is the header of a write that is safe to repeat.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"100" pattern:"^[!-~]*$"`
}

// once does a write of a person, or answers as it did the first time when the key is
// known: the answer is kept in the transaction of the write. what is the request: the
// same key with another one is refused. Without a key it just does the write. first
// says whether it was done now.
//
//nolint:revive // seven arguments: the write's circumstances and the write
func once[T any](ctx context.Context, m *Module, tx *db.Tx, person, key string, what []any, do func() (T, error)) (out T, first bool, err error) {
	if key == "" {
		out, err = do()
		return out, true, err
	}
	request, err := json.Marshal(what)
	if err != nil {
		return out, false, fmt.Errorf("request under a key: %w", err)
	}
	sum := sha256.Sum256(request)
	hash := hex.EncodeToString(sum[:])
	n, err := tx.Exec(ctx, `INSERT INTO letter_key (person, key, what, answer, at) VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING`,
		person, key, hash, m.d.Now().UnixMilli())
	if err != nil {
		return out, false, fmt.Errorf("key of a write: %w", err)
	}
	if n == 0 {
		var kept struct {
			What   string `db:"what"`
			Answer string `db:"answer"`
		}
		if err := tx.Get(ctx, &kept, `SELECT what, answer FROM letter_key WHERE person = $1 AND key = $2`, person, key); err != nil {
			return out, false, fmt.Errorf("answer to a write before: %w", err)
		}
		if kept.What != hash {
			return out, false, web.Refuse(http.StatusUnprocessableEntity, wire.CodeInvalid, "This Idempotency-Key was used for another request.")
		}
		return out, false, json.Unmarshal([]byte(kept.Answer), &out)
	}
	if out, err = do(); err != nil {
		return out, false, err
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return out, false, fmt.Errorf("answer to a write: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE letter_key SET answer = $3 WHERE person = $1 AND key = $2`, person, key, string(answer)); err != nil {
		return out, false, fmt.Errorf("answer to a write: %w", err)
	}
	return out, true, nil
}

// prune forgets the keys of writes that nobody will repeat.
func (m *Module) prune(ctx context.Context, _ json.RawMessage) error {
	if _, err := m.db.Exec(ctx, `DELETE FROM letter_key WHERE at < $1`, m.d.Now().Add(-keepKeys).UnixMilli()); err != nil {
		return fmt.Errorf("prune keys: %w", err)
	}
	return nil
}
