package intake_test

import (
	"io"
	"testing"
	"time"

	"schulhof/server/internal/people/roster"
	"schulhof/server/internal/school"
	"schulhof/server/wire"
)

func TestProgress(t *testing.T) {
	w := made(t, sqlite(t), school.StartCode)
	if at := w.Progress("by"); at != (wire.ImportProgress{}) {
		t.Errorf("before: %+v", at)
	}
	r, send := io.Pipe()
	read := make(chan string, 1)
	go func() {
		p, err := w.Read(t.Context(), "by", roster.Students, r, nil)
		if err != nil {
			t.Error(err)
			close(read)
			return
		}
		read <- p.ID
	}()
	if _, err := io.WriteString(send, many(3000)); err != nil {
		t.Fatal(err)
	}
	if at := w.Progress("by"); at.Doing != "reading" || at.Of != 0 {
		t.Errorf("while it is sent: %+v", at)
	}
	if at := w.Progress("other"); at.Doing != "" {
		t.Errorf("to somebody else: %+v", at)
	}
	send.Close()
	id := <-read
	if at := w.Progress("by"); at != (wire.ImportProgress{}) {
		t.Errorf("after the reading: %+v", at)
	}
	written := make(chan error, 1)
	go func() {
		_, err := w.Confirm(t.Context(), "by", id, "", true)
		written <- err
	}()
	last, seen := 0, 0
	for {
		select {
		case err := <-written:
			if err != nil {
				t.Error(err)
			}
			if seen == 0 {
				t.Error("not seen while it was written")
			}
			if at := w.Progress("by"); at != (wire.ImportProgress{}) {
				t.Errorf("after the writing: %+v", at)
			}
			return
		case <-time.After(time.Millisecond):
			at := w.Progress("by")
			if at.Doing != "writing" || at.Of == 0 {
				continue
			}
			if at.Done < last || at.Done > at.Of || at.Of != 3000 {
				t.Errorf("%+v after %d", at, last)
			}
			if at.Done > last {
				seen++
			}
			last = at.Done
		}
	}
}
