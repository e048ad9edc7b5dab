package letters_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// TestCorrect corrects a letter and takes another back.
func TestCorrect(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		sent := send(t, h, all(yesNo()))
		yes := true
		ok(t, e, http.MethodPost, "flags", wire.Flags{IDs: []string{sent.ID}, Read: &yes, Archived: &yes}, nil)
		if l := find(t, e, sent.ID); l.Read == nil || !l.Archived {
			t.Errorf("flags: %+v", l)
		}
		refused(t, h, http.MethodPost, sent.ID+"/recall", nil, wire.CodeLetterRead)
		ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: "Sommerfest", Markdown: "Kommt **{{child}}** ({{class}}) am Montag?\n\nNeuer Absatz"}, &sent)
		l := find(t, e, sent.ID)
		if l.Version != 2 || l.Read != nil || l.Archived || !strings.Contains(l.Changed, "**Neu:** Neuer Absatz") && !strings.Contains(l.Changed, "Montag") || !strings.Contains(l.Markdown, "am Montag") {
			t.Errorf("corrected: %+v", l)
		}
		var v wire.LetterVersions
		ok(t, e, http.MethodGet, sent.ID+"/versions", nil, &v)
		if len(v.Versions) != 2 || v.Versions[1].Markdown != "Kommt **Mia Test, Tom Test** (5a, 7b)?" {
			t.Errorf("versions: %+v", v)
		}
		if got := mails(t, s, sent.ID); len(got) != 4 {
			t.Errorf("%d mails, want one for each guardian and version: %+v", len(got), got)
		}
		back := send(t, h, all(wire.Ask{}))
		if !has(t, e, back.ID) {
			t.Fatal("not delivered")
		}
		seq := inbox(t, e, "0").Seq
		ok(t, h, http.MethodPost, back.ID+"/recall", nil, &back)
		if got := inbox(t, e, itoa(seq)); back.State != "recalled" || len(got.Gone) != 1 || got.Gone[0] != back.ID || has(t, e, back.ID) {
			t.Errorf("recalled: %+v", got)
		}
		if got := mails(t, s, back.ID); len(got) != 0 {
			t.Errorf("the mails of a letter that was taken back: %+v", got)
		}
	})
}

// TestCorrectLanguages corrects a letter in all its languages at once: both versions
// are kept, and who reads one of them is shown what changed in it.
func TestCorrectLanguages(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e := s.Client(t, head), s.Client(t, erika)
		if _, err := s.DB.Exec(t.Context(), `UPDATE person SET language = 'tr' WHERE login = $1`, erika); err != nil {
			t.Fatal(err)
		}
		d := all(wire.Ask{})
		d.Subject, d.Markdown = "Fest am Montag", "Kommt **{{child}}**?\n\nUm acht."
		d.Versions = map[string]wire.Text{
			"tr": {Subject: "Pazartesi şenlik", Markdown: "**{{child}}** geliyor mu?\n\nSaat sekizde."},
			"ar": {Subject: "حفلة يوم الاثنين", Markdown: "في الثامنة."}, "pl": {Subject: "Festyn", Markdown: "O ósmej."},
		}
		sent := send(t, h, d)
		now := wire.Correction{Subject: d.Subject, Markdown: d.Markdown, Versions: map[string]wire.Text{"tr": d.Versions["tr"], "ar": d.Versions["ar"], "pl": d.Versions["pl"]}}
		refused(t, h, http.MethodPost, sent.ID+"/correct", now, wire.CodeInvalid) // nothing is different
		now = wire.Correction{Subject: "Fest am Dienstag", Markdown: "Kommt **{{child}}**?\n\nUm neun.", Versions: map[string]wire.Text{
			"tr": {Subject: "Salı günü şenlik", Markdown: "**{{child}}** geliyor mu?\n\nSaat dokuzda."},
			"ar": {Subject: "حفلة يوم الثلاثاء", Markdown: "في التاسعة."}, "fr": {Subject: "Fête mardi", Markdown: "À neuf heures."},
		}}
		ok(t, h, http.MethodPost, sent.ID+"/correct", now, nil)

		l := find(t, e, sent.ID)
		if l.Version != 2 || !slices.Equal(l.Langs, []string{"ar", "fr", "tr"}) || l.Changed != "**Bisher:** Fest am Montag\n\n**Jetzt:** Fest am Dienstag\n\n**Bisher:** Um acht.\n\n**Jetzt:** Um neun." {
			t.Errorf("corrected: %+v", l)
		}
		for lang, want := range map[string]string{
			"tr": "**Önceki:** Pazartesi şenlik\n\n**Şimdi:** Salı günü şenlik\n\n**Önceki:** Saat sekizde.\n\n**Şimdi:** Saat dokuzda.",
			"ar": "**سابقًا:** حفلة يوم الاثنين\n\n**الآن:** حفلة يوم الثلاثاء\n\n**سابقًا:** في الثامنة.\n\n**الآن:** في التاسعة.",
			"fr": l.Changed, // new: what changed is told in the letter's own language
		} {
			var tr wire.Translation
			ok(t, e, http.MethodGet, sent.ID+"/text?lang="+lang, nil, &tr)
			if tr.Changed != want || tr.Subject != now.Versions[lang].Subject {
				t.Errorf("%s: %+v, want what changed to be %q", lang, tr, want)
			}
		}
		refused(t, e, http.MethodGet, sent.ID+"/text?lang=pl", nil, wire.CodeNotFound)
		var v wire.LetterVersions
		ok(t, h, http.MethodGet, sent.ID+"/versions", nil, &v)
		if v.Lang != "de" || len(v.Versions) != 2 || v.Versions[1].Versions["pl"].Subject != "Festyn" || v.Versions[0].Versions["tr"] != now.Versions["tr"] {
			t.Errorf("versions: %+v", v)
		}
		ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: now.Subject, Markdown: now.Markdown, Versions: map[string]wire.Text{
			"tr": {Subject: "Salı günü bahar şenliği", Markdown: now.Versions["tr"].Markdown}, "ar": now.Versions["ar"], "fr": now.Versions["fr"],
		}}, nil)
		if l = find(t, e, sent.ID); l.Version != 3 || l.Changed != "" || l.Read != nil {
			t.Errorf("only the Turkish text is corrected: %+v", l)
		}
		for _, m := range mails(t, s, sent.ID) {
			if m.To == erika && strings.HasSuffix(m.Key, ":v3") && (m.Subject != "Salı günü bahar şenliği" || !strings.Contains(m.Text, "Mektup düzeltildi.")) {
				t.Errorf("the mail: %+v", m)
			}
		}
	})
}

// TestCorrectLong corrects a letter so long that what changed is longer than a letter
// may be: its mails hold the letter alone.
func TestCorrectLong(t *testing.T) {
	s := start(t)
	h := s.Client(t, head)
	ok(t, h, http.MethodPut, "settings", wire.LetterSettings{WholeText: true, Wide: []wire.Person{}}, nil)
	d := all(wire.Ask{})
	d.Markdown = strings.Repeat("alt ", 10_000)
	sent := send(t, h, d)
	ok(t, h, http.MethodPost, sent.ID+"/correct", wire.Correction{Subject: d.Subject, Markdown: strings.Repeat("neu ", 10_000)}, nil)
	found := 0
	for _, m := range mails(t, s, sent.ID) {
		if strings.HasSuffix(m.Key, ":v2") {
			found++
			if n := strings.Count(m.Text, "neu "); n < 9_999 || n > 10_001 || strings.Contains(m.Text, "alt") {
				t.Errorf("the mail to %s has the letter's text %d times", m.To, n)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d mails", found)
	}
}
