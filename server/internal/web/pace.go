package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"schulhof/server/wire"
)

// A client that stalls in the middle of a body or an answer would hold what its
// request has taken for ever. It may take any time in all, as long as it goes on.
const (
	stallAfter = 60 * time.Second       // without a byte of the body
	slowGrace  = 5 * time.Minute        // before a body's rate counts
	slowRate   = 1 << 10                // bytes a second, the slowest body after the grace
	sendAfter  = 2 * time.Minute        // for a piece of the answer
	sendPiece  = 1 << 20                // bytes of a file that are sent under one deadline
	paceEvery  = 500 * time.Millisecond // deadlines are moved no oftener
)

var errStalled = Refuse(http.StatusRequestTimeout, wire.CodeUnavailable, "The upload stalled; nothing has changed. Send it again.")

// stalledError is errStalled in the shape of a network's timeout, which huma asks for.
type stalledError struct{ error }

func (stalledError) Timeout() bool   { return true }
func (stalledError) Temporary() bool { return false }
func (e stalledError) Unwrap() error { return e.error }

// clock is the machine's, as the deadlines of connections are.
func clock() time.Time {
	return time.Now() //nolint:forbidigo // the network's time, not the school's
}

// body is a request's body that has to go on.
type body struct {
	io.ReadCloser
	line  *line
	stall time.Duration
	start time.Time
	moved time.Time // when the deadline was set last; zero before the first Read
	n     int64
	ended bool
}

// paced bounds the time that a request's body may take. req is a copy: the server
// looks at the body of its own, whether it was read to its end.
func (r *Router) paced(l *line, req *http.Request) {
	if req.Body == nil || req.Body == http.NoBody {
		return
	}
	b := &body{ReadCloser: req.Body, line: l, stall: r.o.Stall, start: clock()}
	if b.stall == 0 {
		b.stall = stallAfter
	}
	b.move(b.start) // also for what nobody reads: the server does, at the end
	req.Body = b
}

// move sets the deadline. A connection without deadlines (in tests) is served without.
func (b *body) move(now time.Time) {
	until := now.Add(b.stall)
	if slowest := b.start.Add(max(slowGrace, b.stall) + time.Duration(b.n/slowRate)*time.Second); slowest.Before(until) {
		until = slowest
	}
	_ = b.line.readUntil(until)
}

// Read implements io.Reader. A stall is refused with 408.
func (b *body) Read(p []byte) (int, error) {
	if b.ended {
		return b.ReadCloser.Read(p)
	}
	if now := clock(); now.Sub(b.moved) >= min(paceEvery, b.stall/4) {
		b.moved = now
		b.move(now)
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		b.ended = true
		// From here the server reads ahead to learn that the client has gone; it would
		// take a deadline for that.
		_ = b.line.readUntil(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, stalledError{errStalled}
	}
	return n, err
}

// pace gives the client its time to receive the next piece of the answer.
func (w *writer) pace() {
	now := clock()
	if now.Sub(w.paced) < paceEvery {
		return
	}
	w.paced = now
	_ = w.line.writeUntil(now.Add(sendAfter))
}

// sendFrom copies src to the client, each piece under a deadline of its own, in a
// way that lets the system send a file by itself.
func (w *writer) sendFrom(src io.Reader) (int64, error) {
	left := int64(-1) // not known
	if l, ok := src.(*io.LimitedReader); ok {
		src, left = l.R, l.N
		defer func() { l.N = left }()
	}
	var sent int64
	for left != 0 {
		piece := int64(sendPiece)
		if left > 0 {
			piece = min(piece, left)
		}
		w.paced = time.Time{}
		w.pace()
		n, err := io.Copy(w.ResponseWriter, &io.LimitedReader{R: src, N: piece})
		sent += n
		if left > 0 {
			left -= n
		}
		if err != nil || n < piece {
			return sent, err
		}
	}
	return sent, nil
}
