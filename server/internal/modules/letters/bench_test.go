package letters_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/internal/people"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// A large school.
const (
	manyChildren  = 1500
	manyGuardians = 2500 // one or two for each child
)

// large is a server with a large school in it.
func large(tb testing.TB, opts ...servertest.Option) *servertest.Server {
	tb.Helper()
	s := servertest.Start(tb, append([]servertest.Option{servertest.Modules(letters.New)}, opts...)...)
	err := s.DB.Tx(tb.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range manyChildren {
			c := people.Person{ID: "c" + strconv.Itoa(i), Login: fmt.Sprintf("kind.%d", i), Given: "Kind", Family: strconv.Itoa(i), Role: wire.RoleStudent}
			if err := people.Create(ctx, tx, &c); err != nil {
				return err
			}
		}
		for i := range manyGuardians {
			mail := fmt.Sprintf("eltern%d@example.org", i)
			g := people.Person{ID: "g" + strconv.Itoa(i), Login: mail, Email: mail, Given: "Eltern", Family: strconv.Itoa(i), Role: wire.RoleGuardian, PasswordHash: "x"}
			if err := people.Create(ctx, tx, &g); err != nil {
				return err
			}
			if err := people.AddGuardian(ctx, tx, g.ID, "c"+strconv.Itoa(i%manyChildren)); err != nil {
				return err
			}
		}
		for i := range 60 {
			g := people.Group{ID: "k" + strconv.Itoa(i), Slug: "k" + strconv.Itoa(i), Name: fmt.Sprintf("Klasse %d%c", 5+i/10, 'a'+i%10), Kind: people.KindClass}
			if err := people.CreateGroup(ctx, tx, &g); err != nil {
				return err
			}
			for j := i; j < manyChildren; j += 60 {
				if err := people.AddMember(ctx, tx, g.ID, "c"+strconv.Itoa(j), false); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func mustDo(tb testing.TB, c *servertest.Client, method, path string, in, out any) {
	tb.Helper()
	if status, p := c.JSON(tb, method, api+path, in, out); status >= 300 {
		tb.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
}

func bigDraft(tb testing.TB, c *servertest.Client) wire.Draft {
	tb.Helper()
	deadline := time.Now().Add(48 * time.Hour)
	var d wire.Draft
	mustDo(tb, c, http.MethodPost, "drafts", wire.Draft{
		Subject: "Sommerfest", Markdown: "Liebe Eltern,\n\n**{{child}}** aus der {{class}} ist eingeladen.", To: []wire.Target{{Kind: "all"}}, Remind: []int{1},
		Ask: wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein"}}, Must: []string{"choice"}, PerChild: true, Deadline: &deadline},
	}, &d)
	return d
}

// both runs a benchmark over a large school on both databases.
func both(b *testing.B, fn func(b *testing.B, s *servertest.Server)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { fn(b, large(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, large(b, servertest.Database(dbtest.Postgres(b)))) })
}

// BenchmarkDeliver delivers a letter to 2,500 guardians: rows, boxes, mails, events.
// Its bound is a second.
func BenchmarkDeliver(b *testing.B) {
	both(b, func(b *testing.B, s *servertest.Server) {
		c := s.Client(b, head)
		for b.Loop() {
			b.StopTimer()
			d := bigDraft(b, c)
			b.StartTimer()
			mustDo(b, c, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		}
	})
}

// BenchmarkReport opens a report over 1,500 children. Its bound is 100 ms.
func BenchmarkReport(b *testing.B) {
	both(b, func(b *testing.B, s *servertest.Server) {
		c := s.Client(b, head)
		d := bigDraft(b, c)
		mustDo(b, c, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		if _, err := s.DB.Exec(b.Context(), `INSERT INTO letter_answer (letter, person, child, name, confirmed, options, text, lang, german, at)
			SELECT letter, person, child, 'Eltern', 0, '[0]', '', '', '', 1 FROM letter_to WHERE letter = $1`, d.ID); err != nil {
			b.Fatal(err)
		}
		var r wire.Report
		for b.Loop() {
			mustDo(b, c, http.MethodGet, d.ID+"/report", nil, &r)
		}
		if len(r.Rows) != manyChildren+3 || r.Counts[0] != manyGuardians+3 {
			b.Fatalf("%d rows, %v", len(r.Rows), r.Counts)
		}
	})
}

// BenchmarkInbox fetches an inbox of 500 letters, all pages.
func BenchmarkInbox(b *testing.B) {
	s := servertest.Start(b, servertest.Modules(letters.New))
	h, e := s.Client(b, head), s.Client(b, erika)
	for range 510 {
		d := bigDraft(b, h)
		mustDo(b, h, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
	}
	for b.Loop() {
		n := 0
		for since, more := int64(0), true; more; {
			var page wire.Changes[wire.Letter]
			mustDo(b, e, http.MethodGet, "inbox?since="+itoa(since), nil, &page)
			n, since, more = n+len(page.Items), page.Seq, page.More
		}
		if n != 500 {
			b.Fatalf("%d letters", n)
		}
	}
}

// TestLarge holds the bounds of the benchmarks, with much room for a busy machine, on both
// databases.
func TestLarge(t *testing.T) {
	run := func(t *testing.T, s *servertest.Server) {
		c := s.Client(t, head)
		d := bigDraft(t, c)
		began := time.Now()
		mustDo(t, c, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		took := time.Since(began)
		t.Logf("delivered in %v", took)
		if took > 30*time.Second {
			t.Errorf("delivering took %v", took)
		}
		began = time.Now()
		var r wire.Report
		mustDo(t, c, http.MethodGet, d.ID+"/report", nil, &r)
		took = time.Since(began)
		t.Logf("report in %v", took)
		if took > 10*time.Second || len(r.Rows) != manyChildren+3 {
			t.Errorf("the report of %d rows took %v", len(r.Rows), took)
		}
		var mails int
		if err := s.DB.Get(t.Context(), &mails, `SELECT COUNT(*) FROM mail WHERE kind = 'letter'`); err != nil || mails != manyGuardians+2 {
			t.Errorf("%d mails, %v", mails, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, large(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, large(t, servertest.Database(dbtest.Postgres(t)))) })
}
