package letters_test

import (
	"net/http"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestGuard asks every route of a letter that concerns only lena.weber of 7b as
// everybody whom it does not concern: nobody sees or changes anything.
func TestGuard(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		a := s.Client(t, anna)
		lena := s.PersonID(t, "lena.weber")
		d := draft(t, a, wire.Draft{
			Subject: "Geheim", Markdown: "Geheim", To: []wire.Target{{Kind: "child", ID: lena}}, Versions: map[string]wire.Text{"en": {Subject: "Geheim", Markdown: "Geheim"}},
			Ask: wire.Ask{Read: true, PerChild: true},
		})
		if res, body := a.Do(t, http.MethodPost, api+"drafts/"+d.ID+"/files?name=a.txt", "Geheim"); res.StatusCode != http.StatusOK {
			t.Fatal(body)
		}
		ok(t, a, http.MethodGet, "draft?id="+d.ID, nil, &d)
		waiting := draft(t, a, d)
		ok(t, a, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		ok(t, s.Client(t, sabine), http.MethodPost, d.ID+"/answer", wire.GiveAnswer{Child: lena, Read: true}, nil)
		file := d.Files[0].ID
		routes := []struct {
			method, path string
			body         any
			writer       bool // only writers come that far
		}{
			{http.MethodPost, d.ID + "/answer", wire.GiveAnswer{Child: lena, Read: true}, false},
			{http.MethodGet, d.ID + "/text?lang=en", nil, false},
			{http.MethodPost, d.ID + "/translate?lang=en", nil, false},
			{http.MethodGet, d.ID + "/versions", nil, false},
			{http.MethodGet, d.ID + "/files/" + file, nil, false},
			{http.MethodGet, "draft?id=" + waiting.ID, nil, true},
			{http.MethodPut, "drafts/" + waiting.ID, waiting, true},
			{http.MethodDelete, "drafts/" + waiting.ID, nil, true},
			{http.MethodPost, "drafts/" + waiting.ID + "/files?name=b.txt", "b", true},
			{http.MethodDelete, "drafts/" + waiting.ID + "/files/" + file, nil, true},
			{http.MethodPost, "drafts/" + waiting.ID + "/preview", nil, true},
			{http.MethodPost, "drafts/" + waiting.ID + "/send", nil, true},
			{http.MethodPost, d.ID + "/recall", nil, true},
			{http.MethodPost, d.ID + "/correct", wire.Correction{Subject: "x", Markdown: "x"}, true},
			{http.MethodGet, d.ID + "/report", nil, true},
			{http.MethodGet, d.ID + "/report.csv", nil, true},
			{http.MethodGet, d.ID + "/report.xlsx", nil, true},
			{http.MethodGet, d.ID + "/print.pdf?who=all", nil, true},
			{http.MethodPost, d.ID + "/paper", wire.PaperAnswer{Child: lena, Read: true}, true},
			{http.MethodPost, d.ID + "/remind", nil, true},
		}
		for _, who := range []struct {
			login  string
			writer bool
		}{{erika, false}, {"mia.test", false}, {bernd, true}, {"admin", true}} {
			c := s.Client(t, who.login)
			for _, r := range routes {
				want := wire.CodeNotFound
				if r.writer && !who.writer {
					want = wire.CodeForbidden
				}
				status, p := c.JSON(t, r.method, api+r.path, r.body, nil)
				if p.Code != want || strings.Contains(p.Detail, "Geheim") {
					t.Errorf("%s: %s %s: %d %+v, want %s", who.login, r.method, r.path, status, p, want)
				}
			}
			if !who.writer {
				for _, path := range []string{"targets", "targets/children?q=a", "targets/senders", "templates", "drafts", "sent", "sent?scope=seen", "settings"} {
					refused(t, c, http.MethodGet, path, nil, wire.CodeForbidden)
				}
				refused(t, c, http.MethodPost, "reach", wire.ReachOf{To: []wire.Target{}}, wire.CodeForbidden)
				refused(t, c, http.MethodPost, "drafts", d, wire.CodeForbidden)
			}
			yes := true
			if status, _ := c.JSON(t, http.MethodPost, api+"flags", wire.Flags{IDs: []string{d.ID}, Read: &yes, Archived: &yes}, nil); status != http.StatusNoContent {
				t.Errorf("%s: flags: %d", who.login, status)
			}
			if has(t, c, d.ID) {
				t.Errorf("%s has the letter in the inbox", who.login)
			}
			for _, scope := range []string{"own", "seen"} {
				if res, body := c.Do(t, http.MethodGet, api+"sent?scope="+scope, ""); strings.Contains(body, d.ID) {
					t.Errorf("%s sees the letter in the list: %s", who.login, res.Status)
				}
			}
		}
		refused(t, s.Client(t, bernd), http.MethodPut, "settings", wire.LetterSettings{Wide: []wire.Person{}}, wire.CodeForbidden)
		refused(t, s.Client(t, bernd), http.MethodPut, "templates/own", wire.Template{Name: "a", Texts: map[string]wire.Text{"de": {Subject: "a", Markdown: "b"}}}, wire.CodeForbidden)
		after := find(t, s.Client(t, sabine), d.ID)
		if len(after.Answers) != 1 || !after.Answers[0].Mine || after.Archived || after.Version != 1 {
			t.Errorf("somebody changed the letter: %+v", after)
		}
		anonymous := s.Anonymous()
		for _, r := range routes {
			refused(t, anonymous, r.method, r.path, r.body, wire.CodeSignedOut)
		}
	})
}

// TestCare holds that a guardian loses a letter with the child it concerns, and that
// two guardians of a child see each other's answers for it, but no others.
func TestCare(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e, sab := s.Client(t, head), s.Client(t, erika), s.Client(t, sabine)
		lena := s.PersonID(t, "lena.weber")
		if _, err := s.DB.Exec(t.Context(), `INSERT INTO guardian (guardian_id, child_id) VALUES ($1, $2)`, s.PersonID(t, erika), lena); err != nil {
			t.Fatal(err)
		}
		sent := send(t, h, all(yesNo()))
		seq := inbox(t, e, "0").Seq
		ok(t, sab, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Child: lena, Options: []int{0}}, nil)
		got := inbox(t, e, itoa(seq))
		if len(got.Items) != 1 || len(got.Items[0].Answers) != 1 || got.Items[0].Answers[0].Mine || got.Items[0].Answers[0].By != "Sabine Weber" {
			t.Errorf("the other guardian's answer: %+v", got)
		}
		ok(t, e, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Child: s.PersonID(t, "mia.test"), Options: []int{0}}, nil)
		if l := find(t, sab, sent.ID); len(l.Answers) != 1 || len(l.Children) != 1 {
			t.Errorf("of another's child: %+v", l)
		}
		seq = inbox(t, e, "0").Seq
		if _, err := s.DB.Exec(t.Context(), `DELETE FROM guardian WHERE guardian_id = $1`, s.PersonID(t, erika)); err != nil {
			t.Fatal(err)
		}
		got = inbox(t, e, itoa(seq))
		if len(got.Items) != 0 || len(got.Gone) == 0 || has(t, e, sent.ID) {
			t.Errorf("without children: %+v", got)
		}
		refused(t, e, http.MethodGet, sent.ID+"/versions", nil, wire.CodeNotFound)
	})
}
