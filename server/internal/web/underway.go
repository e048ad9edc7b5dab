package web

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"schulhof/server/wire"
)

// lastWord is how long an answer may still be written once its request was cut.
const lastWord = 100 * time.Millisecond

var errCut = Refuse(http.StatusUnauthorized, wire.CodeSignedOut, "You have been signed out. Sign in again.")

// underway holds the requests of callers who are known, while they are answered.
type underway struct {
	mu sync.Mutex
	by map[string][]*state // by person
	n  int
}

func (u *underway) add(s *state) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = map[string][]*state{}
	}
	u.by[s.caller.Person.ID] = append(u.by[s.caller.Person.ID], s)
	u.n++
}

func (u *underway) remove(s *state) {
	u.mu.Lock()
	defer u.mu.Unlock()
	id := s.caller.Person.ID
	list := u.by[id]
	for i := range list {
		if list[i] == s {
			list[i] = list[len(list)-1]
			list[len(list)-1] = nil
			list = list[:len(list)-1]
			u.n--
			break
		}
	}
	if u.by[id] = list; len(list) == 0 {
		delete(u.by, id)
	}
}

func (u *underway) of(personID string) []*state {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]*state(nil), u.by[personID]...)
}

// UnderWay counts the requests of signed-in callers that are being answered, event
// streams among them.
func (r *Router) UnderWay() int {
	r.underway.mu.Lock()
	defer r.underway.mu.Unlock()
	return r.underway.n
}

// Cut ends the requests of a person who would not be let in any more: nothing more
// is read of their bodies, their contexts end, and what has not been committed by
// then is refused with signed_out. So may be what was committed just before: whoever
// sends it again must be able to. An answer under way breaks off. Who would still be
// let in, in another session for instance, is left alone.
func (r *Router) Cut(ctx context.Context, personID string) {
	for _, s := range r.underway.of(personID) {
		if r.o.Alive != nil && !r.o.Alive(ctx, s.caller) {
			s.cut()
		}
	}
}

// cut is called by another goroutine than the one that answers.
func (s *state) cut() {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	if s.line.cut || s.line.over {
		return
	}
	s.line.cut = true
	now := clock()
	// A connection without deadlines (in tests) ends with the context alone.
	_ = s.line.rc.SetReadDeadline(now)
	_ = s.line.rc.SetWriteDeadline(now.Add(lastWord))
	s.cancel()
}

// over ends the request: from now on its connection belongs to the next one.
func (s *state) over() {
	s.line.mu.Lock()
	s.line.over = true
	s.line.mu.Unlock()
	s.cancel()
}

// line is a request's connection: its deadlines do not move any more once it is cut.
type line struct {
	rc   http.ResponseController
	mu   sync.Mutex
	cut  bool
	over bool
}

func (l *line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

func (l *line) readUntil(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return os.ErrDeadlineExceeded
	}
	return l.rc.SetReadDeadline(t)
}

func (l *line) writeUntil(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return os.ErrDeadlineExceeded
	}
	return l.rc.SetWriteDeadline(t)
}

// WasCut says that the request has been ended by Cut: WriteError refuses with
// signed_out then, whatever the error is.
func WasCut(ctx context.Context) bool {
	s := stateFrom(ctx)
	return s != nil && s.line.isCut()
}

// cutOff gives errCut for whatever went wrong with a request that was cut.
func cutOff(ctx context.Context, err error) error {
	if WasCut(ctx) {
		return errors.Join(errCut, err)
	}
	return err
}
