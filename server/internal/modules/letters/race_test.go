package letters_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// meanwhile does change in a transaction that ends only after do was begun and had time
// to come as far as it can beside it.
func meanwhile(t *testing.T, s *servertest.Server, change func(ctx context.Context, tx *db.Tx) error, do func()) {
	t.Helper()
	begun, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first := true // PostgreSQL may ask for it again
		ended <- s.DB.Tx(context.WithoutCancel(t.Context()), func(ctx context.Context, tx *db.Tx) error {
			if err := change(ctx, tx); err != nil {
				return err
			}
			if first {
				first = false
				close(begun)
				time.Sleep(500 * time.Millisecond)
			}
			return nil
		})
	}()
	<-begun
	go func() {
		defer close(done)
		do()
	}()
	<-done
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestSendWhatWasSaved holds that a letter which is saved while it is sent goes out as it
// was saved, or not at all.
func TestSendWhatWasSaved(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		d := draft(t, h, all(wire.Ask{}))
		var status int
		var p wire.Problem
		meanwhile(t, s, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE letter SET markdown = 'Neuer Text', rev = rev + 1 WHERE id = $1`, d.ID)
			return err
		}, func() { status, p = h.JSON(t, http.MethodPost, api+"drafts/"+d.ID+"/send", nil, nil) })
		if status != http.StatusOK {
			if p.Code != wire.CodeConflict || has(t, e, d.ID) {
				t.Fatalf("%d %+v", status, p)
			}
			ok(t, h, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		}
		if l := find(t, e, d.ID); l.Markdown != "Neuer Text" {
			t.Errorf("the letter says %q", l.Markdown)
		}
	})
}

// TestDeleteWhileSent holds that a draft which is thrown away while it is sent is either
// sent or gone, and that the one who throws it away is told so.
func TestDeleteWhileSent(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h := s.Client(t, head)
		d := draft(t, h, all(wire.Ask{}))
		var status int
		meanwhile(t, s, func(ctx context.Context, tx *db.Tx) error { // as sending does
			for _, query := range []string{
				`UPDATE letter_counter SET seq = seq + 1 WHERE id = 1 AND $1 <> ''`,
				`UPDATE letter SET state = 'sent', sent = 1, version = 1 WHERE id = $1`,
				`INSERT INTO letter_version (letter, version, subject, markdown, versions, changed, at, author) VALUES ($1, 1, 'a', 'b', '', '', 1, '')`,
			} {
				if _, err := tx.Exec(ctx, query, d.ID); err != nil {
					return err
				}
			}
			return nil
		}, func() { status, _ = h.JSON(t, http.MethodDelete, api+"drafts/"+d.ID, nil, nil) })
		if status != http.StatusNotFound {
			t.Errorf("throwing a letter away that is sent: %d", status)
		}
		var n int
		if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM letter_sender WHERE letter = $1`, d.ID); err != nil || n != 1 {
			t.Errorf("%d senders are left, %v", n, err)
		}
	})
}

// TestChooseWhileSent holds that a letter is sent, and by the way that its reader has
// chosen, when that is chosen for the first time while it is sent.
func TestChooseWhileSent(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h := s.Client(t, head)
		d, her := draft(t, h, all(wire.Ask{})), s.PersonID(t, erika)
		var status int
		var p wire.Problem
		meanwhile(t, s, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO letter_notice (person, mode, token) VALUES ($1, 'never', 'her-token')`, her)
			return err
		}, func() { status, p = h.JSON(t, http.MethodPost, api+"drafts/"+d.ID+"/send", nil, nil) })
		if status != http.StatusOK {
			t.Fatalf("sending: %d %+v", status, p)
		}
		if got := mails(t, s, d.ID); len(got) != 1 || got[0].To != sabine {
			t.Errorf("mails: %+v", got)
		}
	})
}

// TestCorrectMeanwhile holds that a correction of a version that somebody has corrected
// in the meantime is refused, so that neither undoes the other unseen.
func TestCorrectMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		sent := send(t, h, all(wire.Ask{}))
		ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "a", Markdown: "Um neun", Version: 1}, nil)
		refused(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "a", Markdown: "Um zehn", Version: 1}, wire.CodeConflict)
		if l := find(t, e, sent.ID); l.Markdown != "Um neun" || l.Version != 2 {
			t.Errorf("%+v", l)
		}
		ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "a", Markdown: "Um zehn", Version: 2}, nil)
		ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "a", Markdown: "Um elf"}, nil) // of an older program
		if l := find(t, e, sent.ID); l.Markdown != "Um elf" || l.Version != 4 {
			t.Errorf("%+v", l)
		}
	})
}
