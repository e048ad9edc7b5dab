package letters_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/config"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// asked is a letter with a text in Turkish, Arabic and Polish, and a question in the
// first of them; in Arabic its options alone.
func asked() wire.Draft {
	d := all(wire.Ask{PerChild: true, Choice: &wire.Choice{Question: "Was bringt ihr mit?", Options: []string{"Kuchen", "Salat"}, Versions: map[string]wire.ChoiceText{
		"tr": {Question: "Ne getirirsiniz?", Options: []string{"Kek", "Salata"}}, "ar": {Options: []string{"كعكة", "سلطة"}}, "fa": {},
	}}})
	d.Versions = map[string]wire.Text{
		"tr": {Subject: "Yaz şenliği", Markdown: "**{{child}}** geliyor mu?"}, "ar": {Subject: "حفلة الصيف", Markdown: "هل يأتي {{child}}؟"}, "pl": {Subject: "Festyn", Markdown: "Zapraszamy"},
	}
	return d
}

// TestQuestionLanguages holds that a question that the sender wrote in further languages
// reaches the readers with the letter, that it stands on their slips beside the school's
// own words, and that options which do not fit those are refused.
func TestQuestionLanguages(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		for name, options := range map[string][]string{"fewer": {"Kek"}, "more": {"Kek", "Salata", "Ekmek"}, "an empty one": {"Kek", " "}} {
			d := asked()
			d.Ask.Choice.Versions["tr"] = wire.ChoiceText{Options: options}
			d = draft(t, h, d)
			if status, p := h.JSON(t, http.MethodPost, api+"drafts/"+d.ID+"/send", nil, nil); p.Code != wire.CodeLetterAsk || p.Args["reason"] != "languages" || p.Args["language"] != "tr" {
				t.Errorf("%s: %d %+v", name, status, p)
			}
		}
		for name, v := range map[string]wire.ChoiceText{"x1": {Question: "a"}, "tr": {Question: strings.Repeat("a", 501)}, "pl": {Options: []string{strings.Repeat("a", 301)}}} {
			d := asked()
			d.Ask.Choice.Versions[name] = v
			refused(t, h, http.MethodPost, "drafts", d, wire.CodeLetterAsk)
		}
		kept := draft(t, h, asked())
		if c := kept.Ask.Choice; len(c.Versions) != 2 || c.Versions["tr"].Question != "Ne getirirsiniz?" {
			t.Errorf("the draft: %+v", c)
		}
		var sent wire.SentLetter
		ok(t, h, http.MethodPost, "drafts/"+kept.ID+"/send", nil, &sent)
		l := find(t, e, sent.ID)
		if got := l.Ask.Choice.In("tr-TR"); got.Question != "Ne getirirsiniz?" || len(got.Options) != 2 || got.Options[1] != "Salata" {
			t.Errorf("in Turkish: %+v", got)
		}
		if got := l.Ask.Choice.In("pl"); got.Question != "" || got.Options != nil {
			t.Errorf("in Polish: %+v", got)
		}
		for _, lang := range []string{"tr", "pl"} { // the school has no machine
			var tr wire.Translation
			if ok(t, e, http.MethodGet, sent.ID+"/text?lang="+lang, nil, &tr); tr.Question != "" || tr.Options != nil || tr.Engine != "" || tr.Machine {
				t.Errorf("the text in %s: %+v", lang, tr)
			}
		}
		for _, child := range l.Children {
			ok(t, e, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Child: child.ID, Options: []int{1}, Lang: "tr"}, nil)
		}
		if r := reportOf(t, h, sent.ID); r.Counts[1] != 2 || r.Ask.Choice.Options[1] != "Salat" {
			t.Errorf("the report: %+v", r)
		}
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = CASE WHEN login = $1 THEN 'tr' ELSE 'ar' END WHERE role = 'guardian'`, erika); err != nil {
			t.Fatal(err)
		}
		_, pdf := h.Do(t, http.MethodGet, api+sent.ID+"/print.pdf?who=all", "")
		got := pages(t, pdf)
		if len(got) != 3 || !strings.Contains(got[0], "Was bringt ihr mit? · Ne getirirsiniz?") || !strings.Contains(got[0], "Kuchen · Kek") || !strings.Contains(got[0], "Salat · Salata") {
			t.Errorf("on paper in Turkish: %q", got)
		}
		if last := got[len(got)-1]; !strings.Contains(last, "Was bringt ihr mit?") || strings.Contains(last, "mit? ·") || !strings.Contains(last, "Salat ·") || strings.Contains(last, "Salata") {
			t.Errorf("on paper in Arabic: %q", last)
		}
		name := wire.Template{Name: "Buffet", Texts: map[string]wire.Text{"de": {Subject: "a", Markdown: "b"}}, Ask: kept.Ask}
		ok(t, h, http.MethodPut, "templates/buffet", name, nil)
		var list wire.Templates
		if ok(t, h, http.MethodGet, "templates", nil, &list); list.Templates[0].Ask.Choice.In("tr").Question != "Ne getirirsiniz?" {
			t.Errorf("the template: %+v", list.Templates[0])
		}
	})
}

// TestQuestionByMachine holds that a machine translates what of the question the sender
// did not write, and nothing else, and that a text which the sender wrote waits neither
// for a machine that is down nor long for one that is slow.
func TestQuestionByMachine(t *testing.T) {
	var slow, down atomic.Bool
	var calls atomic.Int32
	free := make(chan struct{})
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		if slow.Load() {
			<-free
		}
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		texts, _, _ := strings.Cut(string(body), "]")
		n := strings.Count(texts, `"`)/2 - 1
		_, _ = io.WriteString(w, `{"translatedText":[`+strings.TrimSuffix(strings.Repeat(`"übersetzt",`, n), ",")+`]}`)
	}))
	t.Cleanup(machine.Close)
	var ahead atomic.Int64
	s := servertest.Start(t, servertest.Modules(letters.New), servertest.Now(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }),
		servertest.Configure(func(c *config.Config) { c.Translate = config.Translate{Engine: "libretranslate", URL: machine.URL} }))
	h, e := s.Client(t, head), s.Client(t, erika)
	sent := send(t, h, asked())
	text := func(lang string) (tr wire.Translation) {
		t.Helper()
		began := time.Now()
		ok(t, e, http.MethodGet, sent.ID+"/text?lang="+lang, nil, &tr)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the sender's text waited %v", took)
		}
		if tr.Machine || tr.Subject != asked().Versions[lang].Subject {
			t.Errorf("the sender's text in %s: %+v", lang, tr)
		}
		return tr
	}
	if tr := text("tr"); tr.Question != "" || tr.Options != nil || tr.Engine != "" || calls.Load() != 0 {
		t.Errorf("all of it is the sender's: %+v, %d calls", tr, calls.Load())
	}
	if tr := text("ar"); tr.Question != "übersetzt" || tr.Options != nil || tr.Engine != "libretranslate" {
		t.Errorf("the options are the sender's: %+v", tr)
	}
	slow.Store(true)
	if tr := text("pl"); tr.Question != "" || tr.Options != nil || tr.Engine != "" {
		t.Errorf("by a slow machine: %+v", tr)
	}
	slow.Store(false)
	close(free)
	clocktest.Eventually(t, "what the machine said later", func() bool { tr := text("pl"); return tr.Question == "übersetzt" && len(tr.Options) == 2 })

	other := asked()
	other.Ask.Choice.Question = "Wer kommt?"
	sent = send(t, h, other)
	down.Store(true)
	if tr := text("pl"); tr.Question != "" || tr.Engine != "" {
		t.Errorf("by a machine that is down: %+v", tr)
	}
	down.Store(false)
	ahead.Store(int64(time.Minute))
	if tr := text("pl"); tr.Question != "übersetzt" {
		t.Errorf("by one that is up again: %+v", tr)
	}
	var tr wire.Translation
	ok(t, e, http.MethodPost, sent.ID+"/translate?lang=fr", nil, &tr)
	if !tr.Machine || tr.Question != "übersetzt" || len(tr.Options) != 2 {
		t.Errorf("all by the machine: %+v", tr)
	}
}
