package letters_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// listed gives a letter in the list of all whose report somebody sees.
func listed(t *testing.T, c *servertest.Client, id string) (wire.SentLetter, bool) {
	t.Helper()
	var list wire.SentList
	ok(t, c, http.MethodGet, "sent?scope=seen", nil, &list)
	at := slices.IndexFunc(list.Letters, func(l wire.SentLetter) bool { return l.ID == id })
	if at < 0 {
		return wire.SentLetter{}, false
	}
	return list.Letters[at], true
}

// TestStandIn holds that those who may write to all, and nobody else, can correct a
// letter whose senders have all been deleted, take it back and see its report, and that
// they cannot while one of its senders is there.
func TestStandIn(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a, b, e := s.Client(t, head), s.Client(t, anna), s.Client(t, bernd), s.Client(t, erika)
		hers, his, leads := s.PersonID(t, anna), s.PersonID(t, bernd), s.PersonID(t, head)
		d := wire.Draft{Subject: "Ausflug", Markdown: "Um acht", To: []wire.Target{{Kind: "class", ID: s.GroupID(t, "klasse-7b")}}, Ask: wire.Ask{Text: true}}
		one, two := send(t, a, d), send(t, a, d)
		d.CoSenders = []string{his}
		both := send(t, a, d)
		now := wire.Correction{Subject: "Ausflug", Markdown: "Um neun"}
		routes := []struct {
			method, path string
			body         any
		}{
			{http.MethodPost, one.ID + "/correct", now},
			{http.MethodPost, one.ID + "/recall", nil},
			{http.MethodGet, one.ID + "/report", nil},
			{http.MethodGet, one.ID + "/versions", nil},
			{http.MethodGet, one.ID + "/report.csv", nil},
			{http.MethodGet, one.ID + "/print.pdf?who=all", nil},
			{http.MethodPost, one.ID + "/remind", nil},
			{http.MethodPost, one.ID + "/paper", wire.PaperAnswer{Child: s.PersonID(t, "lena.weber"), Text: "x"}},
		}
		outside := func(who *servertest.Client, name, want string) {
			t.Helper()
			for _, r := range routes {
				if status, p := who.JSON(t, r.method, api+r.path, r.body, nil); p.Code != want {
					t.Errorf("%s: %s %s: %d %+v, want %s", name, r.method, r.path, status, p, want)
				}
			}
			if _, there := listed(t, who, one.ID); there {
				t.Errorf("%s has the letter in the list", name)
			}
		}
		wide := func(people ...wire.Person) {
			t.Helper()
			ok(t, h, http.MethodPut, "settings", wire.LetterSettings{Wide: people}, nil)
		}
		wide(wire.Person{ID: his})
		outside(b, "wide, with the sender there", wire.CodeNotFound)
		for _, r := range routes[:2] {
			refused(t, h, r.method, r.path, r.body, wire.CodeNotFound)
		}
		if l, _ := listed(t, h, one.ID); l.StandIn || l.Mine {
			t.Errorf("with the sender there: %+v", l)
		}

		wide()
		forget(t, s, hers)
		outside(b, "a teacher", wire.CodeNotFound)
		outside(s.Client(t, "admin"), "an administrator", wire.CodeNotFound)
		for _, r := range routes[:2] {
			refused(t, e, r.method, r.path, r.body, wire.CodeForbidden)
			refused(t, h, r.method, strings.Replace(r.path, one.ID, both.ID, 1), r.body, wire.CodeNotFound) // the other sender is there
		}
		if l, _ := listed(t, h, both.ID); l.StandIn {
			t.Errorf("with one of two senders there: %+v", l)
		}

		wide(wire.Person{ID: his})
		if l, there := listed(t, b, two.ID); !there || !l.StandIn || l.Mine || l.Total != 2 {
			t.Errorf("wide, without a sender: %t %+v", there, l)
		}
		var own wire.SentList
		if ok(t, b, http.MethodGet, "sent?scope=own", nil, &own); slices.ContainsFunc(own.Letters, func(l wire.SentLetter) bool { return l.ID == two.ID }) {
			t.Error("another's letter is among the own ones")
		}
		if r := reportOf(t, b, two.ID); len(r.Rows) != 2 {
			t.Errorf("its report: %+v", r)
		}
		events, _ := b.Events(t, "")
		seq := inbox(t, e, "0").Seq
		var done wire.SentLetter
		ok(t, h, http.MethodPost, one.ID+"/correct", now, &done)
		if done.Version != 2 || !done.Mine || done.StandIn || !slices.Equal(done.From, []string{"", "Claudia Direktor"}) {
			t.Errorf("corrected by the head: %+v", done)
		}
		news := inbox(t, e, itoa(seq)).Items
		if len(news) != 1 || news[0].Markdown != "Um neun" || news[0].Version != 2 || !slices.Equal(news[0].From, done.From) || !strings.Contains(news[0].Changed, "Um acht") {
			t.Errorf("the reader is told of %+v", news)
		}
		var v wire.LetterVersions
		if ok(t, e, http.MethodGet, one.ID+"/versions", nil, &v); len(v.Versions) != 2 || v.Versions[0].By != "Claudia Direktor" || v.Versions[1].By != "" {
			t.Errorf("its versions: %+v", v)
		}
		outside(b, "wide, with the head as its sender", wire.CodeNotFound)

		ok(t, b, http.MethodPost, two.ID+"/recall", nil, &done)
		if done.State != "recalled" || has(t, e, two.ID) {
			t.Errorf("taken back: %+v", done)
		}
		await(t, events)
		refused(t, b, http.MethodPost, two.ID+"/correct", now, wire.CodeLetterState)

		wide()
		forget(t, s, leads)
		var after wire.LetterVersions
		if ok(t, e, http.MethodGet, one.ID+"/versions", nil, &after); len(after.Versions) != 2 || after.Versions[0].By != "" {
			t.Errorf("the head's name stays: %+v", after)
		}
	})
}

// TestStandInForLeaver holds that a letter is nobody's to change once its sender has
// left the school, and the sender's again who comes back.
func TestStandInForLeaver(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a := s.Client(t, head), s.Client(t, anna)
		sent := send(t, a, wire.Draft{Subject: "a", Markdown: "Um acht", To: []wire.Target{{Kind: "class", ID: s.GroupID(t, "klasse-7b")}}})
		state := func(state string) {
			t.Helper()
			if _, err := s.DB.Exec(t.Context(), `UPDATE person SET state = $2 WHERE id = $1`, s.PersonID(t, anna), state); err != nil {
				t.Fatal(err)
			}
		}
		state("locked")
		refused(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "a", Markdown: "Um neun"}, wire.CodeNotFound)
		state("left")
		if l, _ := listed(t, h, sent.ID); !l.StandIn {
			t.Errorf("the sender has left: %+v", l)
		}
		state("active")
		if l, _ := listed(t, h, sent.ID); l.StandIn {
			t.Errorf("the sender is back: %+v", l)
		}
		refused(t, h, http.MethodPost, sent.ID+"/recall", nil, wire.CodeNotFound)
		ok(t, s.Client(t, anna), http.MethodPost, sent.ID+"/recall", nil, nil)
	})
}
