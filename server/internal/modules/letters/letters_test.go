package letters_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/modules/letters"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// The people of the demo school that the tests speak of.
const (
	head   = "claudia.direktor"
	anna   = "anna.schmidt"                 // leads 7b
	bernd  = "bernd.richter"                // teaches mathematics in 7b
	erika  = "erika.musterfrau@example.org" // of tom.test (7b) and mia.test (5a)
	sabine = "sabine.weber@example.org"     // of lena.weber (7b)
)

const api = "/api/v1/letters/"

// only this module: others are being changed by others.
func start(t *testing.T, opts ...servertest.Option) *servertest.Server {
	t.Helper()
	return servertest.Start(t, append([]servertest.Option{servertest.Modules(letters.New)}, opts...)...)
}

func each(t *testing.T, fn func(t *testing.T, s *servertest.Server)) {
	t.Helper()
	servertest.Each(t, fn, servertest.Modules(letters.New))
}

func ok(t *testing.T, c *servertest.Client, method, path string, in, out any) {
	t.Helper()
	if status, p := c.JSON(t, method, api+path, in, out); status >= 300 {
		t.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
}

func refused(t *testing.T, c *servertest.Client, method, path string, in any, code string) {
	t.Helper()
	if status, p := c.JSON(t, method, api+path, in, nil); p.Code != code {
		t.Errorf("%s %s: %d %+v, want %s", method, path, status, p, code)
	}
}

func inbox(t *testing.T, c *servertest.Client, since string) wire.Changes[wire.Letter] {
	t.Helper()
	var out wire.Changes[wire.Letter]
	ok(t, c, http.MethodGet, "inbox?since="+since, nil, &out)
	return out
}

func find(t *testing.T, c *servertest.Client, id string) wire.Letter {
	t.Helper()
	for _, l := range inbox(t, c, "0").Items {
		if l.ID == id {
			return l
		}
	}
	t.Fatalf("no letter %s", id)
	return wire.Letter{}
}

func has(t *testing.T, c *servertest.Client, id string) bool {
	t.Helper()
	for _, l := range inbox(t, c, "0").Items {
		if l.ID == id {
			return true
		}
	}
	return false
}

func yesNo() wire.Ask {
	deadline := time.Now().Add(48 * time.Hour)
	return wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein"}}, Must: []string{"choice"}, PerChild: true, Deadline: &deadline}
}

func draft(t *testing.T, c *servertest.Client, d wire.Draft) wire.Draft {
	t.Helper()
	var out wire.Draft
	ok(t, c, http.MethodPost, "drafts", d, &out)
	return out
}

func send(t *testing.T, c *servertest.Client, d wire.Draft) wire.SentLetter {
	t.Helper()
	var out wire.SentLetter
	ok(t, c, http.MethodPost, "drafts/"+draft(t, c, d).ID+"/send", nil, &out)
	return out
}

func all(ask wire.Ask) wire.Draft {
	return wire.Draft{Subject: "Sommerfest", Markdown: "Kommt **{{child}}** ({{class}})?", To: []wire.Target{{Kind: "all"}}, Ask: ask}
}

// TestAnswer is a letter's life: the head asks all, a guardian finds it, answers for
// each child, and the report shows it.
func TestAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		events, _ := e.Events(t, "")
		before := inbox(t, e, "0")
		if !before.Reset || before.Seq == 0 {
			t.Fatalf("the demo's letters: %+v", before)
		}
		sent := send(t, h, all(yesNo()))
		await(t, events)
		got := inbox(t, e, itoa(before.Seq))
		if len(got.Items) != 1 || got.Items[0].ID != sent.ID || !got.Items[0].Open || got.Reset {
			t.Fatalf("after the letter: %+v", got)
		}
		l := got.Items[0]
		if len(l.Children) != 2 || !strings.Contains(l.Markdown, "Mia Test, Tom Test") || !strings.Contains(l.Markdown, "5a, 7b") {
			t.Errorf("%+v", l)
		}
		for i, child := range l.Children {
			ok(t, e, http.MethodPost, l.ID+"/answer", wire.GiveAnswer{Child: child.ID, Options: []int{i}}, &l)
			if l.Open != (i == 0) || l.Read == nil {
				t.Errorf("after answer %d: %+v", i, l)
			}
		}
		refused(t, e, http.MethodPost, l.ID+"/answer", wire.GiveAnswer{Child: s.PersonID(t, "lena.weber"), Options: []int{0}}, wire.CodeInvalid)
		refused(t, e, http.MethodPost, l.ID+"/answer", wire.GiveAnswer{Child: l.Children[0].ID}, wire.CodeInvalid)
		var r wire.Report
		ok(t, h, http.MethodGet, l.ID+"/report", nil, &r)
		if r.Letter.Total != 3 || r.Letter.Answered != 2 || r.Letter.Read != 2 || r.Counts[0] != 1 || r.Counts[1] != 1 || len(r.Rows) != 3 {
			t.Errorf("report: %+v", r)
		}
		ok(t, s.Client(t, anna), http.MethodGet, l.ID+"/report", nil, &r)
		if len(r.Rows) != 2 || r.Letter.Total != 2 {
			t.Errorf("the class lead of 7b sees %+v", r)
		}
		refused(t, s.Client(t, bernd), http.MethodGet, l.ID+"/report", nil, wire.CodeNotFound)
		refused(t, h, http.MethodPost, l.ID+"/recall", nil, wire.CodeLetterRead)
	})
}

func await(t *testing.T, events <-chan servertest.Streamed) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case e := <-events:
			if e.Kind == wire.EventModule && e.Module == wire.ModuleLetters {
				return
			}
		case <-limit:
			t.Fatal("no event came")
		}
	}
}

func itoa(n int64) string {
	b, _ := json.Marshal(n)
	return string(b)
}
