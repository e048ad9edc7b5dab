package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
)

// TestLeavingKeepsLetters lets a teacher, a child and its mother leave until the job
// deletes them: the teacher's letter and the mother's answer stay, without the names.
func TestLeavingKeepsLetters(t *testing.T) {
	const api = "/api/v1/letters/"
	each(t, func(t *testing.T, s *school) {
		lena, anna := s.PersonID(t, "lena.weber"), s.PersonID(t, "anna.schmidt")
		teacher, mother := s.Client(t, "anna.schmidt"), s.Client(t, "sabine.weber@example.org")
		written := ask[wire.Draft](t, teacher, http.MethodPost, api+"drafts", wire.Draft{
			Subject: "Ausflug", Markdown: "Darf {{child}} mit?", To: []wire.Target{{Kind: "class", ID: s.GroupID(t, "klasse-7b")}},
			Ask: wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein"}}, Text: true, Must: []string{"choice"}, PerChild: true},
		})
		ask[wire.SentLetter](t, teacher, http.MethodPost, api+"drafts/"+written.ID+"/send", nil)
		ask[wire.Letter](t, mother, http.MethodPost, api+written.ID+"/answer", wire.GiveAnswer{Child: lena, Options: []int{0}, Text: "Sie freut sich"})
		before := ask[wire.Report](t, s.Client(t, "claudia.direktor"), http.MethodGet, api+written.ID+"/report", nil)

		for _, id := range []string{lena, anna} {
			ask[any](t, s.admin, http.MethodPost, "/api/v1/people/"+id+"/lock", wire.Lock{State: wire.StateLeft})
		}
		sabine := s.PersonID(t, "sabine.weber@example.org")
		s.eventually(t, "the mother does not follow", 11*time.Minute, func() bool {
			return ask[wire.PersonDetail](t, s.admin, http.MethodGet, "/api/v1/people/"+sabine, nil).State == wire.StateLeft
		})
		s.eventually(t, "not deleted", 44*24*time.Hour, func() bool {
			found := ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?q=weber", nil).Total
			return found+ask[wire.PeoplePage](t, s.admin, http.MethodGet, "/api/v1/people?q=schmidt", nil).Total == 0
		})
		after := ask[wire.Report](t, s.Client(t, "claudia.direktor"), http.MethodGet, api+written.ID+"/report", nil)
		if !slices.Equal(after.Letter.From, []string{""}) || after.Letter.Total != before.Letter.Total || after.Letter.Answered != 1 || after.Counts[0] != 1 {
			t.Errorf("the report says %+v, before %+v", after, before)
		}
		gone := slices.IndexFunc(after.Rows, func(r wire.ReportRow) bool { return r.Gone })
		if gone < 0 {
			t.Fatalf("no row without a name: %+v", after.Rows)
		}
		row := after.Rows[gone]
		if row.Child.Name != "" || row.Child.Class != "7b" || row.Missing || len(row.Answers) != 1 || row.Answers[0].By != "" || row.Answers[0].Text != "Sie freut sich" {
			t.Errorf("the row of the child who left: %+v", row)
		}
		if text := fmt.Sprintf("%+v", after); strings.Contains(text, "Weber") || strings.Contains(text, "Schmidt") || strings.Contains(text, lena) || strings.Contains(text, anna) {
			t.Errorf("a name is left: %s", text)
		}
		inbox := ask[wire.Changes[wire.Letter]](t, s.Client(t, "erika.musterfrau@example.org"), http.MethodGet, api+"inbox?since=0", nil)
		kept := slices.IndexFunc(inbox.Items, func(l wire.Letter) bool { return l.ID == written.ID })
		if kept < 0 || !slices.Equal(inbox.Items[kept].From, []string{""}) || inbox.Items[kept].Markdown != "Darf Tom Test mit?" {
			t.Errorf("another mother's inbox: %+v", inbox.Items)
		}
	})
}

// A server that was off for longer than leavers are kept finds all of it due at once:
// the mother still follows the child that is deleted first.
func TestLeavingAllAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *school) {
		lena, sabine := s.PersonID(t, "lena.weber"), s.PersonID(t, "sabine.weber@example.org")
		if status, p := s.admin.JSON(t, http.MethodPost, "/api/v1/people/"+lena+"/lock", wire.Lock{State: wire.StateLeft}, nil); status >= 300 {
			t.Fatalf("%d %+v", status, p)
		}
		s.eventually(t, "the child is not deleted", 44*24*time.Hour, func() bool {
			status, _ := s.admin.JSON(t, http.MethodGet, "/api/v1/people/"+lena, nil, nil)
			return status == http.StatusNotFound
		})
		s.eventually(t, "the mother does not follow", 11*time.Minute, func() bool {
			var p wire.PersonDetail
			status, _ := s.admin.JSON(t, http.MethodGet, "/api/v1/people/"+sabine, nil, &p)
			return status == http.StatusNotFound || p.State == wire.StateLeft
		})
	})
}
