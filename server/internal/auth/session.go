package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"schulhof/server/internal/audit"
	"schulhof/server/internal/db"
	"schulhof/server/internal/people"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// session is a row of the table.
type session struct {
	ID       string `db:"id"`
	PersonID string `db:"person_id"`
	Device   string `db:"device"`
	Created  int64  `db:"created"`
	Used     int64  `db:"used"`
	Expires  int64  `db:"expires"`
	Shared   bool   `db:"shared"`
	Ended    int64  `db:"ended"`
	Admin    int64  `db:"admin_until"`
}

const sessionColumns = `session.id, session.person_id, session.device, session.created, session.used,
	session.expires, session.shared, session.ended, session.admin_until`

func (s *session) live(now time.Time) bool { return s.Ended == 0 && now.UnixMilli() < s.Expires }

var errSignedOut = web.Refuse(http.StatusUnauthorized, wire.CodeSignedOut, "You have been signed out. Sign in again.")

// errLocked words why a locked person is refused.
func errLocked(p *people.Person) error {
	if p.LockedUntil == 0 {
		return web.Refuse(http.StatusForbidden, wire.CodeLocked, "This account is locked.", "reason", p.LockReason)
	}
	until := time.UnixMilli(p.LockedUntil).UTC().Format(time.RFC3339)
	return web.Refuse(http.StatusForbidden, wire.CodeLocked, "This account is locked until "+until+".",
		"reason", p.LockReason, "until", until)
}

// caller says who a person is for the router; s is the zero session with Basic.
func (a *Auth) caller(ctx context.Context, p *people.Person, s *session) (web.Caller, error) {
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return web.Caller{}, err
	}
	return web.Caller{
		SessionID: s.ID, Person: p.Wire(), Admin: p.Admin, Head: p.Head, Moderator: p.Moderator,
		MustChange: p.MustChange, MustSetUp: !p.SecondStep && state.MustSecondStep(p), MustAccept: p.Terms < state.Terms,
		Restricted: p.RestrictedAt(a.o.Now()), AdminUntil: time.UnixMilli(s.Admin),
	}, nil
}

// newToken makes a token and the hash it is stored by.
func newToken() (token, hash string) {
	b := make([]byte, 32)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	sum := sha256.Sum256([]byte(token))
	return token, hex.EncodeToString(sum[:])
}

// ByToken says whose token this is. It refuses with signed_out (401) what is
// unknown, ended or expired, and with locked (403) a locked person.
func (a *Auth) ByToken(ctx context.Context, token string) (web.Caller, error) {
	now := a.o.Now()
	key := sha256.Sum256([]byte(token))
	if c, ok := a.cache.token(key, now); ok {
		return c, nil
	}
	generation := a.cache.now()
	var s session
	err := a.o.DB.Get(ctx, &s, `SELECT `+sessionColumns+` FROM session WHERE token_hash = $1`, hex.EncodeToString(key[:]))
	if errors.Is(err, db.ErrNotFound) {
		return web.Caller{}, errSignedOut
	}
	if err != nil {
		return web.Caller{}, fmt.Errorf("session of a token: %w", err)
	}
	p, err := people.ByID(ctx, a.o.DB, s.PersonID)
	if errors.Is(err, db.ErrNotFound) {
		return web.Caller{}, errSignedOut
	}
	if err != nil {
		return web.Caller{}, err
	}
	switch {
	case p.LockedAt(now):
		return web.Caller{}, errLocked(&p)
	case !s.live(now), p.State == people.Left:
		return web.Caller{}, errSignedOut
	}
	c, err := a.caller(ctx, &p, &s)
	if err != nil {
		return web.Caller{}, err
	}
	a.touch(ctx, &s, now)
	a.cache.putToken(generation, key, tokenEntry{caller: c, at: now, expires: time.UnixMilli(s.Expires)})
	return c, nil
}

// Alive says whether a caller who came in earlier would come in now.
func (a *Auth) Alive(ctx context.Context, c web.Caller) bool {
	now := a.o.Now()
	p, err := people.ByID(ctx, a.o.DB, c.Person.ID)
	if err != nil {
		return !errors.Is(err, db.ErrNotFound) // not a reason to end it
	}
	if p.LockedAt(now) || p.State == people.Left {
		return false
	}
	if c.SessionID == "" {
		return true
	}
	s, err := sessionByID(ctx, a.o.DB, c.SessionID)
	if err != nil {
		return !errors.Is(err, db.ErrNotFound)
	}
	return s.live(now)
}

func sessionByID(ctx context.Context, c db.Conn, id string) (session, error) {
	var s session
	if err := c.Get(ctx, &s, `SELECT `+sessionColumns+` FROM session WHERE id = $1`, id); err != nil {
		return session{}, fmt.Errorf("session %s: %w", id, err)
	}
	return s, nil
}

// touch writes down that a session is in use, in the background, and lengthens the
// life of one that is not on a shared PC.
func (a *Auth) touch(ctx context.Context, s *session, now time.Time) {
	if now.UnixMilli()-s.Used < usedEvery.Milliseconds() {
		return
	}
	s.Used = now.UnixMilli()
	if !s.Shared {
		s.Expires = now.Add(sessionFor).UnixMilli()
	}
	id, person, used, expires := s.ID, s.PersonID, s.Used, s.Expires
	ctx = context.WithoutCancel(ctx)
	a.writes.Go(func() {
		if _, err := a.o.DB.Exec(ctx, `UPDATE session SET used = $2, expires = $3 WHERE id = $1`, id, used, expires); err != nil {
			a.o.Log.WarnContext(ctx, "use of a session not written down", slog.Any("error", err))
		}
		if err := people.SetSeen(ctx, a.o.DB, person, used); err != nil {
			a.o.Log.WarnContext(ctx, "use of an account not written down", slog.Any("error", err))
		}
	})
}

// start makes a session and makes room for it.
func (a *Auth) start(ctx context.Context, tx *db.Tx, p *people.Person, in wire.SignIn) (session, string, error) {
	now := a.o.Now()
	life := sessionFor
	if in.Shared {
		life = sharedFor
	}
	s := session{
		ID: a.o.ID(), PersonID: p.ID, Device: device(in.Device), Created: now.UnixMilli(), Used: now.UnixMilli(),
		Expires: now.Add(life).UnixMilli(), Shared: in.Shared,
	}
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE person_id = $1 AND (expires < $2 OR (ended > 0 AND ended < $2))`,
		p.ID, now.Add(-keepEnded).UnixMilli())
	if err != nil {
		return session{}, "", err
	}
	_, err = tx.Exec(ctx, `
		UPDATE session SET ended = $2 WHERE id IN (
			SELECT id FROM session WHERE person_id = $1 AND ended = 0 ORDER BY used DESC, id LIMIT 1000 OFFSET $3)`,
		p.ID, now.UnixMilli(), maxSessions-1)
	if err != nil {
		return session{}, "", err
	}
	token, hash := newToken()
	shared := 0
	if s.Shared {
		shared = 1
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO session (id, person_id, token_hash, device, created, used, expires, shared, ended)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		s.ID, s.PersonID, hash, s.Device, s.Created, s.Used, s.Expires, shared)
	if err != nil {
		return session{}, "", err
	}
	return s, token, people.SetSeen(ctx, tx, p.ID, s.Used)
}

// device bounds what a client says of itself, and takes out what no name holds.
func device(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > 100 {
		return string(runes[:100])
	}
	return name
}

// endSessions ends a person's sessions, all but one, and tells all servers, which
// look at what is open with Basic authentication, too.
func endSessions(ctx context.Context, c db.Conn, personID, but string, now time.Time) error {
	_, err := c.Exec(ctx, `UPDATE session SET ended = $3 WHERE person_id = $1 AND id <> $2 AND ended = 0`, personID, but, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("end the sessions of %s: %w", personID, err)
	}
	return tell(ctx, c, personID, now)
}

// wireSession gives what the client is told of a session.
func (a *Auth) wireSession(ctx context.Context, p *people.Person, s *session) (wire.Session, error) {
	c, err := a.caller(ctx, p, s)
	if err != nil {
		return wire.Session{}, err
	}
	state, err := a.o.School.Now(ctx)
	if err != nil {
		return wire.Session{}, err
	}
	out := wire.Session{
		ID: s.ID, Person: c.Person, Admin: c.Admin, Head: c.Head, Moderator: c.Moderator, Restricted: c.Restricted,
		MustChange: c.MustChange, MustSetUp: c.MustSetUp, MustAccept: c.MustAccept,
		Expires: time.UnixMilli(s.Expires).UTC(), Modules: []string{},
		PasswordRules: state.Demands().Rules(), PasswordLength: state.Length,
	}
	if s.Shared {
		out.IdleSignOutSec = int(a.o.Idle.Seconds())
	}
	if a.o.Modules != nil {
		names, err := a.o.Modules(ctx, c)
		if err != nil {
			return wire.Session{}, err
		}
		out.Modules = append(out.Modules, names...)
	}
	return out, nil
}

// Session gives the caller's own session, without its token.
func (a *Auth) Session(ctx context.Context, c web.Caller) (wire.Session, error) {
	s, err := sessionByID(ctx, a.o.DB, c.SessionID)
	if err != nil {
		return wire.Session{}, err
	}
	p, err := people.ByID(ctx, a.o.DB, s.PersonID)
	if err != nil {
		return wire.Session{}, err
	}
	return a.wireSession(ctx, &p, &s)
}

// SignOut ends the caller's session; again does nothing.
func (a *Auth) SignOut(ctx context.Context, c web.Caller) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := a.o.Now()
		n, err := tx.Exec(ctx, `UPDATE session SET ended = $2 WHERE id = $1 AND ended = 0`, c.SessionID, now.UnixMilli())
		if err != nil || n == 0 {
			return err
		}
		if err := tell(ctx, tx, c.Person.ID, now); err != nil {
			return err
		}
		return a.log(ctx, tx, c.Person.ID, audit.SignOut, c.Person.ID, nil)
	})
	if err != nil {
		return fmt.Errorf("sign out of %s: %w", c.SessionID, err)
	}
	a.cache.dropSession(c.SessionID)
	a.o.Streams.PublishSession(c.SessionID)
	return nil
}

// Devices lists where a person is signed in, the last used first.
func (a *Auth) Devices(ctx context.Context, personID string) ([]wire.Device, error) {
	var rows []session
	err := a.o.DB.Select(ctx, &rows, `
		SELECT `+sessionColumns+` FROM session
		WHERE person_id = $1 AND ended = 0 AND expires > $2 ORDER BY used DESC, id LIMIT 1000`, personID, a.o.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("devices of %s: %w", personID, err)
	}
	out := make([]wire.Device, len(rows))
	for i, s := range rows {
		out[i] = wire.Device{ID: s.ID, Name: s.Device, Created: time.UnixMilli(s.Created).UTC(), Used: time.UnixMilli(s.Used).UTC()}
	}
	return out, nil
}

// EndDevice ends one of a person's own sessions; web.ErrNotFound when it is not one.
func (a *Auth) EndDevice(ctx context.Context, personID, sessionID string) error {
	err := a.o.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := a.o.Now()
		n, err := tx.Exec(ctx, `UPDATE session SET ended = $3 WHERE id = $1 AND person_id = $2 AND ended = 0`,
			sessionID, personID, now.UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return web.ErrNotFound
		}
		if err := tell(ctx, tx, personID, now); err != nil {
			return err
		}
		return a.log(ctx, tx, personID, audit.DeviceEnd, personID, nil)
	})
	if err != nil {
		return fmt.Errorf("end the session %s: %w", sessionID, err)
	}
	a.cache.dropSession(sessionID)
	a.o.Streams.PublishSession(sessionID)
	return nil
}
