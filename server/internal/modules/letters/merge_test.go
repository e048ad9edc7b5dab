package letters_test

import (
	"context"
	"net/http"
	"testing"

	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestMergeAnswers holds that a letter which each guardian answers waits no longer for
// the answer of an account that was merged into one which has answered, whichever of the
// two that was; but it still waits for another guardian.
func TestMergeAnswers(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e, w := s.Client(t, head), s.Client(t, erika), s.Client(t, sabine)
		her, other, lena := s.PersonID(t, erika), s.PersonID(t, sabine), s.PersonID(t, "lena.weber")
		if _, err := s.DB.Exec(t.Context(), `INSERT INTO guardian (guardian_id, child_id) VALUES ($1, $2)`, her, lena); err != nil {
			t.Fatal(err)
		}
		d := wire.Draft{Subject: "a", Markdown: "b", To: []wire.Target{{Kind: "child", ID: lena}}, Ask: wire.Ask{Read: true, Must: []string{"read"}}}
		hers, others, nobodys := send(t, h, d), send(t, h, d), send(t, h, d)
		ok(t, e, http.MethodPost, hers.ID+"/answer", wire.GiveAnswer{Read: true}, nil)
		ok(t, w, http.MethodPost, others.ID+"/answer", wire.GiveAnswer{Read: true}, nil)
		for _, l := range []wire.SentLetter{hers, others, nobodys} {
			if r := reportOf(t, h, l.ID); r.Letter.Answered != 0 || !r.Rows[0].Missing {
				t.Fatalf("before both have answered: %+v", r)
			}
		}
		if err := s.DB.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := letters.New(s.Host.Deps()).(module.Merger).MergePerson(ctx, tx, her, other); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM guardian WHERE guardian_id = $1`, other)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]int{hers.ID: 1, others.ID: 1, nobodys.ID: 0} {
			if r := reportOf(t, h, id); r.Letter.Answered != want || r.Rows[0].Missing != (want == 0) {
				t.Errorf("after the merge, want %d: %+v", want, r)
			}
		}
	})
}
