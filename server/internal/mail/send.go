package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"schulhof/server/internal/db"
)

// How long a mail is tried, and how long a sender waits.
const (
	maxAge    = 72 * time.Hour // after that a mail that is still refused has failed
	grace     = 10 * time.Second
	idle      = 5 * time.Second // after that without mail the connection is ended
	maxPause  = time.Minute     // between tries to reach a smart host that is down
	firstWait = time.Second
)

// backoff is the wait after a mail's attempt-th refusal.
func backoff(attempt int) time.Duration {
	return min(time.Minute<<min(max(attempt-1, 0), 8), 4*time.Hour)
}

// outcome is how the last mail of a sender ended.
type outcome struct {
	row   row
	err   error // nil: sent; *refusal: this mail; other: the way is blocked
	quiet bool  // its BounceFunc fails and is not called again
}

// tellError is what a BounceFunc failed with.
type tellError struct{ err error }

func (e *tellError) Error() string { return "tell of a bounce: " + e.err.Error() }
func (e *tellError) Unwrap() error { return e.err }

// Run sends mail until ctx ends; then it finishes the mail under way and returns
// nil. On SQLite it is the only one to send.
func (m *Mail) Run(ctx context.Context) error {
	if m.deps.DB.Dialect() == db.SQLite {
		if _, err := m.deps.DB.Exec(ctx, `UPDATE mail SET state = 'queued', locked_until = 0, holder = ''
			WHERE open = 1 AND state = 'sending'`); err != nil {
			if ctx.Err() != nil {
				return nil // it was to end before it had begun
			}
			return fmt.Errorf("free the mails of the last run: %w", err)
		}
	}
	var senders []*sender
	for range m.deps.Config.Connections {
		way, err := newDelivery(m.deps.Config)
		if err != nil {
			return err
		}
		if way == nil {
			m.deps.Log.WarnContext(ctx, "no smart host is configured: mail is kept in the queue")
			<-ctx.Done()
			return nil
		}
		senders = append(senders, &sender{m: m, way: way})
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })()
	var wg sync.WaitGroup
	for _, s := range senders {
		wg.Go(func() { s.run(ctx, work) })
	}
	wg.Wait()
	return nil
}

// sender is one connection's goroutine.
type sender struct {
	m       *Mail
	way     delivery
	blocked bool          // the last mail found no way
	pause   time.Duration // how long to wait then; 0 while the way is free
	resting bool
	since   time.Time // of the last mail
}

// run sends one mail after the other until ctx ends; work outlasts it for the
// mail under way.
func (s *sender) run(ctx, work context.Context) {
	defer s.way.rest()
	var last *outcome
	s.since = s.m.deps.Now()
	for {
		next, err := s.m.step(work, last, ctx.Err() == nil && !s.blocked)
		if err != nil {
			if !s.survives(ctx, work, last, err) {
				return
			}
			continue // with the same last, until it is written down
		}
		last = nil
		switch {
		case next != nil:
			last = s.send(work, *next)
			s.resting, s.since = false, s.m.deps.Now()
		case ctx.Err() != nil:
			return
		default:
			s.rest(ctx)
		}
	}
}

// survives deals with an error of step and says whether to go on.
func (s *sender) survives(ctx, work context.Context, last *outcome, err error) bool {
	s.m.deps.Log.ErrorContext(work, "mail queue", slog.Any("error", err))
	var tell *tellError
	if errors.As(err, &tell) && last != nil && !last.quiet {
		last.quiet = true
		return true
	}
	if ctx.Err() != nil {
		return false // a mail that was sent will be sent again
	}
	s.wait(ctx, s.m.deps.Poll, nil)
	return true
}

// rest waits for mail, or for the smart host.
func (s *sender) rest(ctx context.Context) {
	if s.blocked {
		s.wait(ctx, s.pause, nil)
		s.blocked = false
		return
	}
	if !s.resting && s.m.deps.Now().Sub(s.since) > idle {
		s.way.rest()
		s.resting = true
	}
	s.wait(ctx, s.m.deps.Poll, s.m.wake)
}

// wait returns after d, at a wake-up, or when ctx ends.
func (s *sender) wait(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
	}
}

// send delivers one mail and says how it went.
func (s *sender) send(ctx context.Context, r row) *outcome {
	log := s.m.deps.Log.With(slog.String("mail", r.ID), slog.String("kind", r.Kind), slog.Int("attempt", r.Attempts))
	msg, err := s.m.build(ctx, r)
	if err != nil {
		log.ErrorContext(ctx, "mail cannot be made", slog.Any("error", err))
		return &outcome{row: r, err: &refusal{reason: oneLine(err.Error(), 500), permanent: true}}
	}
	err = s.way.deliver(ctx, r, msg)
	var refused *refusal
	switch {
	case err == nil:
		s.pause = 0
	case errors.As(err, &refused):
		s.pause = 0
		log.WarnContext(ctx, "mail refused", slog.String("reason", refused.reason), slog.Bool("permanent", refused.permanent))
	default:
		first := s.pause == 0
		s.blocked, s.pause = true, min(max(2*s.pause, firstWait), maxPause)
		if first {
			log.ErrorContext(ctx, "mail waits: the smart host cannot be used", slog.Any("error", err))
		}
	}
	return &outcome{row: r, err: err}
}

// step writes down how the last mail ended and, with claim, takes the next one:
// one transaction, so one wait for the disk per mail.
func (m *Mail) step(ctx context.Context, last *outcome, claim bool) (*row, error) {
	for {
		id := ""
		if claim {
			var err error
			if id, err = m.candidate(ctx); err != nil {
				return nil, err
			}
		}
		if last == nil && id == "" {
			return nil, nil //nolint:nilnil // nothing to do, nothing taken
		}
		next, err := m.turn(ctx, last, id)
		if err != nil || next != nil || id == "" {
			return next, err
		}
		last = nil // written down; another server was faster with the next
	}
}

// candidate returns the id of a mail that was due a moment ago, "" if there is
// none. It looks for many at once: the head of the queue is where rows that were
// just sent slow PostgreSQL down.
func (m *Mail) candidate(ctx context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.due) == 0 {
		if err := m.deps.DB.Select(ctx, &m.due, `
			SELECT id FROM mail WHERE open = 1 AND due <= $1 AND locked_until <= $1 ORDER BY due, id LIMIT 100`,
			m.deps.Now().UnixMilli()); err != nil {
			return "", fmt.Errorf("due mails: %w", err)
		}
	}
	if len(m.due) == 0 {
		return "", nil
	}
	id := m.due[0]
	m.due = m.due[1:]
	return id, nil
}

// turn is the transaction of step. It returns nil if the mail id is no longer to
// be had.
func (m *Mail) turn(ctx context.Context, last *outcome, id string) (*row, error) {
	var next *row
	holder := m.deps.ID()
	err := m.deps.DB.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
		next = nil
		if last != nil {
			if err := m.end(ctx, tx, *last); err != nil {
				return err
			}
		}
		if id == "" {
			return nil
		}
		now := m.deps.Now()
		var r row
		err := tx.Get(ctx, &r, `
			UPDATE mail SET state = 'sending', attempts = attempts + 1, locked_until = $1, holder = $2
			WHERE id = $3 AND open = 1 AND due <= $4 AND locked_until <= $4
			RETURNING id, kind, dedup, to_name, to_addr, reply_name, reply_addr, subject, text, html,
				unsubscribe, headers, attachments, attempts, created`,
			now.Add(m.deps.Config.lease()).UnixMilli(), holder, id, now.UnixMilli())
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.holder = holder
		next = &r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("next mail: %w", err)
	}
	return next, nil
}

// end writes down how a mail ended. What was sent keeps neither text nor
// attachments: only that it was sent.
func (m *Mail) end(ctx context.Context, tx *db.Tx, o outcome) error {
	now := m.deps.Now()
	r := o.row
	var refused *refusal
	var err error
	switch {
	case o.err == nil:
		_, err = tx.Exec(ctx, `UPDATE mail SET state = 'sent', open = 0, locked_until = 0, holder = '', last_error = '', sent_at = $1,
			text = '', html = NULL, attachments = '[]' WHERE id = $2 AND holder = $3`, now.UnixMilli(), r.ID, r.holder)
	case !errors.As(o.err, &refused):
		_, err = tx.Exec(ctx, `UPDATE mail SET state = 'queued', locked_until = 0, holder = '', attempts = attempts - 1, last_error = $1
			WHERE id = $2 AND holder = $3`, oneLine(o.err.Error(), 500), r.ID, r.holder)
	case refused.permanent || now.Sub(time.UnixMilli(r.Created)) > maxAge:
		err = m.bounce(ctx, tx, o, refused.reason)
	default:
		_, err = tx.Exec(ctx, `UPDATE mail SET state = 'queued', locked_until = 0, holder = '', due = $1, last_error = $2
			WHERE id = $3 AND holder = $4`, now.Add(backoff(r.Attempts)).UnixMilli(), refused.reason, r.ID, r.holder)
	}
	if err != nil {
		return fmt.Errorf("end of mail %s: %w", r.ID, err)
	}
	return nil
}

// bounce writes down that a mail will never arrive, and tells who asked.
func (m *Mail) bounce(ctx context.Context, tx *db.Tx, o outcome, reason string) error {
	n, err := tx.Exec(ctx, `UPDATE mail SET state = 'failed', open = 0, locked_until = 0, holder = '', last_error = $1
		WHERE id = $2 AND holder = $3`, reason, o.row.ID, o.row.holder)
	if err != nil || n == 0 || o.quiet {
		return err
	}
	m.mu.Lock()
	tell := m.onBounce[o.row.Kind]
	m.mu.Unlock()
	if tell == nil {
		return nil
	}
	if err := tell(ctx, tx, o.row.Dedup, reason); err != nil {
		return &tellError{err}
	}
	return nil
}
