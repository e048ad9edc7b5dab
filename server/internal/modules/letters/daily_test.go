package letters_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// dailyMails gives what the daily mails to somebody say.
func dailyMails(t *testing.T, s *servertest.Server, to string) (texts []string) {
	t.Helper()
	if err := s.DB.Select(t.Context(), &texts, `SELECT text FROM mail WHERE kind = 'letter' AND dedup LIKE '%:d%' AND to_addr = $1 ORDER BY created, id`, to); err != nil {
		t.Fatal(err)
	}
	return texts
}

// runDaily lets the daily mails go out now, and waits until they have.
func runDaily(t *testing.T, s *servertest.Server) {
	t.Helper()
	if _, err := s.DB.Exec(t.Context(), `UPDATE job SET due = 0, locked_until = 0 WHERE kind = 'letters.digest'`); err != nil {
		t.Fatal(err)
	}
	s.Host.Deps().Jobs.Wake()
	clocktest.Eventually(t, "the jobs of the daily mails", func() bool { return waiting(t, s, `SELECT COUNT(*) FROM job WHERE kind = 'letters.digest'`) == 0 })
}

func waiting(t *testing.T, s *servertest.Server, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.DB.Get(t.Context(), &n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDailyMailOfMany holds that a daily mail names a hundred letters and says how many
// more there are, that each is told of once, and that who cannot be told now is told
// with the next one.
func TestDailyMailOfMany(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		her, tom, author := s.PersonID(t, erika), s.PersonID(t, "tom.test"), s.PersonID(t, head)
		ok(t, e, http.MethodPut, "notice", wire.LetterNotice{Mail: "daily"}, nil)
		const many = 129
		err := s.DB.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for i := range many {
				id := fmt.Sprintf("viele%d", i)
				if _, err := tx.Exec(ctx, `
					INSERT INTO letter (id, author, state, subject, markdown, lang, versions, targets, ask, remind, fill, important, deadline, send_at, sent, version, rev, saved, problem)
					VALUES ($1, $2, 'sent', 'a', 'b', 'de', '', '', '', '', '', 0, 0, 0, $3, 1, 0, 0, '')`, id, author, i+1); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO letter_version (letter, version, subject, markdown, versions, changed, at, author) VALUES ($1, 1, $2, 'b', '', '', 1, '')`,
					id, fmt.Sprintf("Brief %d.", i)); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO letter_box (letter, person, seq, sent, read_at, archived, gone, digest, bounce) VALUES ($1, $2, $3, $3, 0, 0, 0, 1, '')`, id, her, i+1); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO letter_to (letter, person, child) VALUES ($1, $2, $3)`, id, her, tom); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		last := send(t, h, all(wire.Ask{}))
		state := func(state string) {
			t.Helper()
			if _, err := s.DB.Exec(t.Context(), `UPDATE person SET state = $2 WHERE id = $1`, her, state); err != nil {
				t.Fatal(err)
			}
		}
		state("locked")
		runDaily(t, s)
		if got := dailyMails(t, s, erika); len(got) != 0 {
			t.Fatalf("to somebody who is locked out: %q", got)
		}
		if n := waiting(t, s, `SELECT COUNT(*) FROM letter_box WHERE person = $1 AND digest = 1`, her); n != many+1 {
			t.Errorf("%d letters wait", n)
		}
		state("active")
		ok(t, h, http.MethodPost, last.ID+"/correct", wire.Correction{Subject: "Sommerfest", Markdown: "Um neun"}, nil)
		runDaily(t, s)
		got := dailyMails(t, s, erika)
		if len(got) != 1 || strings.Count(got[0], "- Brief ") != 100 || !strings.Contains(got[0], "- Brief 0.") || !strings.Contains(got[0], "- Brief 99.") || !strings.Contains(got[0], "und weitere Briefe: 30\n") {
			t.Fatalf("the daily mail: %q", got)
		}
		if n := waiting(t, s, `SELECT COUNT(*) FROM letter_box WHERE person = $1 AND digest = 1`, her); n != 0 {
			t.Errorf("%d letters wait still", n)
		}
		send(t, h, all(wire.Ask{}))
		runDaily(t, s)
		if got = dailyMails(t, s, erika); len(got) != 2 || strings.Count(got[1], "- ") != 1 || !strings.Contains(got[1], "- Sommerfest") || strings.Contains(got[1], "weitere") {
			t.Errorf("the next daily mail: %q", got)
		}
	})
}

// TestDailyMailLate holds that a letter which comes while a daily mail is late does not
// put it off for a day, and is told of with it.
func TestDailyMailLate(t *testing.T) {
	var ahead atomic.Int64
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		ahead.Store(0)
		h, e := s.Client(t, head), s.Client(t, erika)
		ok(t, e, http.MethodPut, "notice", wire.LetterNotice{Mail: "daily"}, nil)
		first := all(wire.Ask{})
		first.Subject = "Der erste"
		send(t, h, first)
		// Its job is held back, as by a server that was off.
		if _, err := s.DB.Exec(t.Context(), `UPDATE job SET locked_until = $1 WHERE kind = 'letters.digest'`, time.Now().Add(1000*time.Hour).UnixMilli()); err != nil {
			t.Fatal(err)
		}
		ahead.Store(int64(26 * time.Hour)) // also where the clock is put back tonight
		h = s.Client(t, head)
		second := all(wire.Ask{})
		second.Subject = "Der zweite"
		send(t, h, second)
		if _, err := s.DB.Exec(t.Context(), `UPDATE job SET locked_until = 0 WHERE kind = 'letters.digest'`); err != nil {
			t.Fatal(err)
		}
		s.Host.Deps().Jobs.Wake()
		clocktest.Eventually(t, "the mail of the day before", func() bool { return len(dailyMails(t, s, erika)) > 0 })
		runDaily(t, s)
		if got := dailyMails(t, s, erika); len(got) != 1 || !strings.Contains(got[0], "- Der erste") || !strings.Contains(got[0], "- Der zweite") {
			t.Errorf("the daily mails: %q", got)
		}
	}, servertest.Modules(letters.New), servertest.Now(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
}
