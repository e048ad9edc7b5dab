package letters_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
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

func mails(t *testing.T, s *servertest.Server, letter string) (list []struct {
	Key     string  `db:"dedup"`
	To      string  `db:"to_addr"`
	Subject string  `db:"subject"`
	Text    string  `db:"text"`
	HTML    *string `db:"html"`
	Unsub   string  `db:"unsubscribe"`
},
) {
	t.Helper()
	if err := s.DB.Select(t.Context(), &list, `SELECT dedup, to_addr, subject, text, html, unsubscribe FROM mail WHERE kind = 'letter' AND dedup LIKE $1 ORDER BY dedup`, letter+":%"); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSchedule sends a letter at its time, once.
func TestSchedule(t *testing.T) {
	var ahead atomic.Int64
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		ahead.Store(0)
		h, e := s.Client(t, head), s.Client(t, erika)
		at := time.Now().Add(time.Hour)
		d := all(wire.Ask{Read: true})
		d.SendAt = &at
		sent := send(t, h, d)
		if sent.State != "scheduled" || has(t, e, sent.ID) {
			t.Fatalf("%+v", sent)
		}
		refused(t, h, http.MethodPost, "drafts/"+sent.ID+"/send", nil, wire.CodeLetterState)
		ahead.Store(int64(2 * time.Hour))
		s.Host.Deps().Jobs.Wake()
		h, e = s.Client(t, head), s.Client(t, erika)
		clocktest.Eventually(t, "the letter, whose time has come", func() bool { return has(t, e, sent.ID) })
		if got := mails(t, s, sent.ID); len(got) != 2 {
			t.Errorf("mails: %+v", got)
		}
		later := time.Now().Add(3 * time.Hour)
		d.SendAt = &later
		sent = send(t, h, d)
		ok(t, h, http.MethodPost, sent.ID+"/recall", nil, &sent)
		if sent.State != "draft" {
			t.Errorf("taken back before its time: %+v", sent)
		}
		var one wire.Draft
		ok(t, h, http.MethodGet, "draft?id="+sent.ID, nil, &one)
		if one.Subject != d.Subject {
			t.Errorf("%+v", one)
		}
	}, servertest.Modules(letters.New), servertest.Now(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }))
}

// TestRefusals holds that what cannot be sent is refused with a code, and the draft kept.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a := s.Client(t, head), s.Client(t, anna)
		past := time.Now().Add(-time.Hour)
		for _, c := range []struct {
			name string
			who  *servertest.Client
			code string
			edit func(d *wire.Draft)
		}{
			{"nobody", h, wire.CodeLetterNobody, func(d *wire.Draft) { d.To = nil }},
			{"no subject", h, wire.CodeLetterEmpty, func(d *wire.Draft) { d.Subject = " " }},
			{"no text", h, wire.CodeLetterEmpty, func(d *wire.Draft) { d.Markdown = "" }},
			{"past", h, wire.CodeLetterDeadline, func(d *wire.Draft) { d.Ask.Deadline = &past }},
			{"unknown placeholder", h, wire.CodeLetterPlaceholder, func(d *wire.Draft) { d.Markdown = "{{kind}}" }},
			{"unknown in a version", h, wire.CodeLetterPlaceholder, func(d *wire.Draft) { d.Versions = map[string]wire.Text{"tr": {Subject: "a", Markdown: "{{x}}"}} }},
			{"no value", h, wire.CodeLetterValue, func(d *wire.Draft) { d.Markdown = "{{amount}}" }},
			{"one option", h, wire.CodeLetterAsk, func(d *wire.Draft) { d.Ask.Choice = &wire.Choice{Options: []string{"Ja"}} }},
			{"must what is not asked", h, wire.CodeLetterAsk, func(d *wire.Draft) { d.Ask.Must = []string{"text"} }},
			{"all, by a teacher", a, wire.CodeLetterTarget, func(*wire.Draft) {}},
			{"staff, by a teacher", a, wire.CodeLetterTarget, func(d *wire.Draft) { d.To = []wire.Target{{Kind: "staff"}} }},
			{"another's class", a, wire.CodeLetterTarget, func(d *wire.Draft) { d.To = []wire.Target{{Kind: "class", ID: s.GroupID(t, "klasse-5a")}} }},
			{"a child of another's class", a, wire.CodeLetterTarget, func(d *wire.Draft) { d.To = []wire.Target{{Kind: "child", ID: s.PersonID(t, "mia.test")}} }},
			{"a guardian as a child", h, wire.CodeLetterTarget, func(d *wire.Draft) { d.To = []wire.Target{{Kind: "child", ID: s.PersonID(t, erika)}} }},
			{"deep", h, wire.CodeLetterText, func(d *wire.Draft) { d.Markdown = strings.Repeat(">", 100) + "a" }},
		} {
			d := all(wire.Ask{})
			c.edit(&d)
			d = draft(t, c.who, d)
			if status, p := c.who.JSON(t, http.MethodPost, api+"drafts/"+d.ID+"/send", nil, nil); p.Code != c.code || p.Detail == "" {
				t.Errorf("%s: %d %+v, want %s", c.name, status, p, c.code)
			}
			var kept wire.Draft
			ok(t, c.who, http.MethodGet, "draft?id="+d.ID, nil, &kept)
			if kept.Markdown != d.Markdown || kept.Rev != d.Rev {
				t.Errorf("%s: the draft is not kept: %+v", c.name, kept)
			}
		}
		ok(t, a, http.MethodPost, "drafts/"+draft(t, a, wire.Draft{Subject: "a", Markdown: "b", To: []wire.Target{{Kind: "class", ID: s.GroupID(t, "klasse-7b")}}}).ID+"/send", nil, nil)
		ok(t, s.Client(t, bernd), http.MethodPost, "reach", wire.ReachOf{To: []wire.Target{{Kind: "child", ID: s.PersonID(t, "lena.weber")}}}, nil)
		if _, err := s.DB.Exec(t.Context(), `DELETE FROM guardian WHERE child_id = $1`, s.PersonID(t, "lena.weber")); err != nil {
			t.Fatal(err)
		}
		var r wire.Reach
		ok(t, h, http.MethodPost, "reach", wire.ReachOf{To: []wire.Target{{Kind: "all"}}}, &r)
		if r.Children != 3 || r.Missed != 1 || len(r.Unreachable) != 1 || r.Unreachable[0] != "Lena Weber" {
			t.Errorf("without Lena's guardian: %+v", r)
		}
		d := draft(t, h, all(wire.Ask{}))
		old := d
		ok(t, h, http.MethodPut, "drafts/"+d.ID, d, &d)
		refused(t, h, http.MethodPut, "drafts/"+d.ID, old, wire.CodeConflict)
	})
}

// TestFiles attaches files; one that is too large is refused, and the draft kept.
func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		d := draft(t, h, all(wire.Ask{}))
		path := api + "drafts/" + d.ID + "/files?name="
		res, body := h.Do(t, http.MethodPost, path+url.QueryEscape(`../a"\b<script>.html`), "<script>alert(1)</script>")
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, body)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path+"large.bin", io.LimitReader(zeros{}, 200<<20))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 200 << 20
		req.Header.Set("Authorization", "Bearer "+h.Token)
		if res, err := h.HTTP.Do(req); err == nil {
			text, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "25 MB") {
				t.Errorf("200 MB: %s %s", res.Status, text)
			}
		} else if !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("200 MB: %v", err)
		}
		ok(t, h, http.MethodGet, "draft?id="+d.ID, nil, &d)
		if len(d.Files) != 1 || d.Files[0].Name != "bscript.html" {
			t.Fatalf("%+v", d.Files)
		}
		for range wire.MaxLetterFiles - 1 {
			h.Do(t, http.MethodPost, path+"a.txt", "a")
		}
		if res, body := h.Do(t, http.MethodPost, path+"a.txt", "a"); !strings.Contains(body, wire.CodeLetterFiles) {
			t.Errorf("the 21st: %s %s", res.Status, body)
		}
		file := api + d.ID + "/files/" + d.Files[0].ID
		if res, _ := e.Do(t, http.MethodGet, file, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("a draft's attachment, by a guardian: %s", res.Status)
		}
		ok(t, h, http.MethodPost, "drafts/"+d.ID+"/send", nil, nil)
		res, body = e.Do(t, http.MethodGet, file, "")
		if res.StatusCode != http.StatusOK || body != "<script>alert(1)</script>" || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s %v %s", res.Status, res.Header, body)
		}
		if l := find(t, e, d.ID); len(l.Files) != wire.MaxLetterFiles {
			t.Errorf("%d attachments", len(l.Files))
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestReport enters answers on paper, reminds, exports and prints.
func TestReport(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a := s.Client(t, head), s.Client(t, anna)
		d := all(yesNo())
		d.Ask.Text = true
		d.Versions = map[string]wire.Text{"ar": {Subject: "حفلة الصيف", Markdown: "هل يأتي {{child}}؟"}}
		sent := send(t, h, d)
		lena := s.PersonID(t, "lena.weber")
		var r wire.Report
		ok(t, a, http.MethodPost, sent.ID+"/paper", wire.PaperAnswer{Child: lena, Options: []int{1}, Text: "=HYPERLINK(\"x\")"}, &r)
		refused(t, a, http.MethodPost, sent.ID+"/paper", wire.PaperAnswer{Child: s.PersonID(t, "mia.test"), Options: []int{1}}, wire.CodeNotFound)
		sab := find(t, s.Client(t, sabine), sent.ID)
		if len(sab.Answers) != 1 || !sab.Answers[0].Paper || sab.Open {
			t.Errorf("an answer on paper: %+v", sab)
		}
		var n wire.Reminded
		ok(t, h, http.MethodPost, sent.ID+"/remind", nil, &n)
		if n.People != 1 || len(mails(t, s, sent.ID)) != 3 {
			t.Errorf("reminded %d: %+v", n.People, mails(t, s, sent.ID))
		}
		res, csv := h.Do(t, http.MethodGet, api+sent.ID+"/report.csv", "")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(csv, "\uFEFFKlasse;Name;") || !strings.Contains(csv, "'=HYPERLINK") || strings.Contains(csv, ";=") ||
			!strings.Contains(csv, "7b;Lena Weber;Sabine Weber;ja;") {
			t.Errorf("%s %q", res.Status, csv)
		}
		_, xlsx := h.Do(t, http.MethodGet, api+sent.ID+"/report.xlsx", "")
		if z, err := zip.NewReader(bytes.NewReader([]byte(xlsx)), int64(len(xlsx))); err != nil || len(z.File) < 5 {
			t.Errorf("workbook: %v", err)
		}
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = 'ar' WHERE login = $1`, erika); err != nil {
			t.Fatal(err)
		}
		res, pdf := h.Do(t, http.MethodGet, api+sent.ID+"/print.pdf?who=all", "")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("%s %.100s", res.Status, pdf)
		}
		if to := os.Getenv("LETTERS_PDF"); to != "" {
			if err := os.WriteFile(to, []byte(pdf), 0o600); err != nil {
				t.Error(err)
			}
		}
		if res, body := h.Do(t, http.MethodGet, api+sent.ID+"/print.pdf", ""); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("all have an account, yet: %s %.100s", res.Status, body)
		}
	})
}

// TestMail holds what a mail carries, and who gets one.
func TestMail(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		ok(t, h, http.MethodPut, "settings", wire.LetterSettings{WholeText: true, Wide: []wire.Person{{ID: s.PersonID(t, anna)}}}, nil)
		d := all(wire.Ask{})
		d.Markdown = "Hallo <script>alert(1)</script> [x](javascript:alert(1)) **{{child}}**"
		d.To = []wire.Target{{Kind: "all"}, {Kind: "staff"}}
		sent := send(t, s.Client(t, anna), d)
		got := mails(t, s, sent.ID)
		if len(got) != 4 { // two guardians, two other teachers; the administrator has no address
			t.Fatalf("%d mails: %+v", len(got), got)
		}
		token := ""
		for _, m := range got {
			if m.HTML == nil || strings.Contains(*m.HTML, "script") || strings.Contains(m.Text, "javascript:") || !strings.Contains(m.Text, "https://schule.example.org") {
				t.Errorf("%+v", m)
			}
			if m.To == erika {
				if !strings.Contains(m.Text, "Mia Test, Tom Test") {
					t.Errorf("%+v", m)
				}
				token = m.Unsub[strings.LastIndex(m.Unsub, "/")+1:]
			}
		}
		out := s.Anonymous()
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = 'fa' WHERE login = $1`, erika); err != nil {
			t.Fatal(err)
		}
		if res, page := out.Do(t, http.MethodGet, "/api/v1/unsubscribe/letters/"+token, ""); res.StatusCode != http.StatusOK ||
			!strings.Contains(page, `<section lang="fa" dir="rtl"`) || !strings.Contains(page, `<section lang="en" dir="ltr"`) || !strings.Contains(page, "<button>") {
			t.Error(res.Status, page)
		}
		var n wire.LetterNotice
		if ok(t, e, http.MethodGet, "notice", nil, &n); n.Mail != "now" {
			t.Errorf("reading the page changed: %+v", n)
		}
		if res, _ := out.Do(t, http.MethodPost, "/api/v1/unsubscribe/letters/"+token, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); res.StatusCode != http.StatusOK {
			t.Error(res.Status)
		}
		if ok(t, e, http.MethodGet, "notice", nil, &n); n.Mail != "never" {
			t.Errorf("%+v", n)
		}
		if res, _ := out.Do(t, http.MethodPost, "/api/v1/unsubscribe/letters/other", ""); res.StatusCode != http.StatusNotFound {
			t.Error(res.Status)
		}
		ok(t, s.Client(t, sabine), http.MethodPut, "notice", wire.LetterNotice{Mail: "daily"}, nil)
		if got := mails(t, s, send(t, h, all(wire.Ask{})).ID); len(got) != 0 {
			t.Errorf("never and daily: %+v", got)
		}
		if _, err := s.DB.Exec(t.Context(), `UPDATE job SET due = 0 WHERE kind = 'letters.digest'`); err != nil {
			t.Fatal(err)
		}
		s.Host.Deps().Jobs.Wake()
		var digests int
		clocktest.Eventually(t, "the daily mail", func() bool {
			if err := s.DB.Get(t.Context(), &digests, `SELECT COUNT(*) FROM mail WHERE kind = 'letter' AND dedup LIKE '%:d%' AND to_addr = $1`, sabine); err != nil {
				t.Fatal(err)
			}
			return digests > 0
		})
		if digests != 1 {
			t.Errorf("%d daily mails", digests)
		}
	}, servertest.Modules(letters.New),
		servertest.Configure(func(c *config.Config) { c.PublicURL = "https://schule.example.org" }))
}

// TestMailLanguages holds that a mail speaks the guardian's language, from right to
// left where it is written so, around a letter in whatever language that is.
func TestMailLanguages(t *testing.T) {
	for _, whole := range []bool{false, true} {
		s := start(t)
		h := s.Client(t, head)
		ok(t, h, http.MethodPut, "settings", wire.LetterSettings{WholeText: whole, Wide: []wire.Person{}}, nil)
		d := all(yesNo())
		d.Versions = map[string]wire.Text{"ar": {Subject: "حفلة الصيف", Markdown: "هل يأتي **{{child}}**؟"}}
		for lang, want := range map[string]struct{ hello, about, until, subject, dir string }{
			"de": {"Guten Tag Erika Musterfrau,", "Betrifft: Mia Test", "Bitte antworten Sie bis", "Sommerfest", "ltr"},
			"en": {"Hello Erika Musterfrau,", "About: Mia Test", "Please answer by", "Sommerfest", "ltr"},
			"tr": {"Merhaba Erika Musterfrau,", "İlgili: Mia Test", "Lütfen şu tarihe kadar yanıtlayın:", "Sommerfest", "ltr"},
			"ar": {"مرحبًا Erika Musterfrau،", "بخصوص: Mia Test", "يرجى الإجابة حتى", "حفلة الصيف", "rtl"},
			"uk": {"Добрий день, Erika Musterfrau!", "Стосується: Mia Test", "Будь ласка, дайте відповідь до", "Sommerfest", "ltr"},
			"ru": {"Здравствуйте, Erika Musterfrau!", "Касается: Mia Test", "Пожалуйста, ответьте до", "Sommerfest", "ltr"},
			"pl": {"Dzień dobry, Erika Musterfrau,", "Dotyczy: Mia Test", "Proszę odpowiedzieć do", "Sommerfest", "ltr"},
			"ro": {"Bună ziua, Erika Musterfrau,", "Privește: Mia Test", "Vă rugăm să răspundeți până la", "Sommerfest", "ltr"},
			"fa": {"سلام Erika Musterfrau،", "دربارهٔ: Mia Test", "لطفاً پاسخ دهید تا", "Sommerfest", "rtl"},
			"fr": {"Bonjour Erika Musterfrau,", "Concerne : Mia Test", "Merci de répondre avant le", "Sommerfest", "ltr"},
			"sq": {"Hello Erika Musterfrau,", "About: Mia Test", "Please answer by", "Sommerfest", "ltr"}, // of which there are no words
		} {
			if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = $2 WHERE login = $1`, erika, lang); err != nil {
				t.Fatal(err)
			}
			sent := send(t, h, d)
			for _, m := range mails(t, s, sent.ID) {
				if m.To != erika {
					continue
				}
				for _, part := range []string{want.hello, want.about, want.until, want.subject} {
					if !strings.Contains(m.Text, part) || m.HTML == nil || !strings.Contains(*m.HTML, part) {
						t.Errorf("%s, whole letter %t: no %q in %+v", lang, whole, part, m)
					}
				}
				if m.Subject != want.subject || m.HTML == nil || !strings.Contains(*m.HTML, `<body dir="`+want.dir+`"`) || strings.Contains(m.Text, "%s") {
					t.Errorf("%s, whole letter %t: %+v", lang, whole, m)
				}
				if german := strings.Contains(*m.HTML, `<p lang="de" dir="ltr"`); german != (want.subject == "Sommerfest") {
					t.Errorf("%s: the letter's own language and direction: %s", lang, *m.HTML)
				}
				if inside := strings.Contains(*m.HTML, "<strong>Mia Test, Tom Test</strong>"); inside != whole {
					t.Errorf("%s, whole letter %t: %s", lang, whole, *m.HTML)
				}
			}
		}
	}
}

// TestDailyMail holds that each letter in the mail of a day names its own child.
func TestDailyMail(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		ok(t, e, http.MethodPut, "notice", wire.LetterNotice{Mail: "daily"}, nil)
		for _, login := range []string{"tom.test", "mia.test"} {
			send(t, h, wire.Draft{Subject: "Gespräch über {{child}}", Markdown: "a", To: []wire.Target{{Kind: "child", ID: s.PersonID(t, login)}}})
		}
		if _, err := s.DB.Exec(t.Context(), `UPDATE job SET due = 0 WHERE kind = 'letters.digest'`); err != nil {
			t.Fatal(err)
		}
		s.Host.Deps().Jobs.Wake()
		var texts []string
		clocktest.Eventually(t, "the daily mail", func() bool {
			if err := s.DB.Select(t.Context(), &texts, `SELECT text FROM mail WHERE kind = 'letter' AND dedup LIKE '%:d%' AND to_addr = $1`, erika); err != nil {
				t.Fatal(err)
			}
			return len(texts) > 0
		})
		if len(texts) != 1 || !strings.Contains(texts[0], "- Gespräch über Tom Test") || !strings.Contains(texts[0], "- Gespräch über Mia Test") {
			t.Errorf("the daily mails: %q", texts)
		}
	})
}

// TestTranslate translates a letter by a machine, and an answer for the report.
func TestTranslate(t *testing.T) {
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/languages" {
			_, _ = io.WriteString(w, `[{"code":"de","name":"German"},{"code":"tr","name":"Turkish"}]`)
			return
		}
		texts, _, _ := strings.Cut(string(body), "]")
		if len(texts) > 500 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"Invalid request: request (501) exceeds text limit (500)"}`)
			return
		}
		n := strings.Count(texts, `"`)/2 - 1
		_, _ = io.WriteString(w, `{"translatedText":[`+strings.TrimSuffix(strings.Repeat(`"übersetzt",`, n), ",")+`]}`)
	}))
	t.Cleanup(machine.Close)
	s := start(t, servertest.Configure(func(c *config.Config) { c.Translate = config.Translate{Engine: "libretranslate", URL: machine.URL} }))
	h, e := s.Client(t, head), s.Client(t, erika)
	d := all(wire.Ask{Text: true, Choice: &wire.Choice{Question: "Kommt es?", Options: []string{"Gern", "Nie"}}})
	d.Markdown = "Guten Tag"
	d.Versions = map[string]wire.Text{"en": {Subject: "Party", Markdown: "Is {{child}} coming?"}}
	sent := send(t, h, d)
	var tr wire.Translation
	ok(t, e, http.MethodPost, sent.ID+"/translate?lang=en", nil, &tr)
	if tr.Machine || tr.Markdown != "Is Mia Test, Tom Test coming?" || tr.Question != "übersetzt" || len(tr.Options) != 2 || tr.Engine != "libretranslate" {
		t.Errorf("the sender's version, its question by the machine: %+v", tr)
	}
	ok(t, e, http.MethodPost, sent.ID+"/translate?lang=tr", nil, &tr)
	if !tr.Machine || tr.Subject != "übersetzt" || tr.Engine != "libretranslate" || tr.Question != "übersetzt" || len(tr.Options) != 2 || tr.Options[1] != "übersetzt" {
		t.Errorf("the machine's: %+v", tr)
	}
	refused(t, e, http.MethodGet, sent.ID+"/text?lang=tr", nil, wire.CodeNotFound)
	ok(t, e, http.MethodPost, sent.ID+"/answer", wire.GiveAnswer{Text: "Teşekkürler", Lang: "tr"}, nil)
	ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: d.Subject, Markdown: strings.Repeat("Guten Abend. ", 30)}, nil)
	ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: d.Subject, Markdown: strings.Repeat("Gute Nacht. ", 30)}, nil)
	ok(t, e, http.MethodPost, sent.ID+"/translate?lang=tr", nil, &tr)
	if !tr.Machine || strings.TrimSpace(tr.Markdown) != "übersetzt" || !strings.HasPrefix(tr.Changed, "**Bisher:** Guten Abend.") {
		t.Errorf("a letter of which what changed is too long for the machine: %+v", tr)
	}
	clocktest.Eventually(t, "the translation in the report", func() bool {
		var r wire.Report
		ok(t, h, http.MethodGet, sent.ID+"/report", nil, &r)
		return slices.ContainsFunc(r.Rows, func(row wire.ReportRow) bool {
			return len(row.Answers) == 1 && row.Answers[0].German == "übersetzt" && row.Answers[0].Text == "Teşekkürler"
		})
	})
}

// TestRepeat holds that a repeated write with the same key is done once.
func TestRepeat(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h := s.Client(t, head)
		d := draft(t, h, all(wire.Ask{}))
		_, first := h.Do(t, http.MethodPost, api+"drafts/"+d.ID+"/send", "", wire.HeaderKey, "k1")
		res, again := h.Do(t, http.MethodPost, api+"drafts/"+d.ID+"/send", "", wire.HeaderKey, "k1")
		if res.StatusCode != http.StatusOK || first != again {
			t.Errorf("%s\n%s\n%s", res.Status, first, again)
		}
		if res, _ := h.Do(t, http.MethodPost, api+d.ID+"/recall", "", wire.HeaderKey, "k1"); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("the key of another request: %s", res.Status)
		}
	})
}
