package letters_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/letters"
	"schulhof/server/internal/people"
	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// forget deletes a person as the school's job does.
func forget(t *testing.T, s *servertest.Server, id string) {
	t.Helper()
	d := s.Host.Deps()
	m := letters.New(d)
	err := s.DB.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := m.(module.Forgetter).ForgetPerson(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE person SET state = 'left', deletes = 1 WHERE id = $1`, id); err != nil {
			return err
		}
		if err := people.Delete(ctx, tx, id, time.Now()); err != nil {
			return err
		}
		return d.Auth.Forget(ctx, tx, id)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Auth.DropPerson(id)
	for _, column := range []string{
		"letter.author", "letter.targets", "letter.fill", "letter_sender.person", "letter_row.person", "letter_to.person", "letter_to.child", "letter_box.person",
		"letter_answer.person", "letter_answer.child", "letter_answer.entered", "letter_notice.person", "letter_wide.person", "letter_alias.person",
	} {
		table, name, _ := strings.Cut(column, ".")
		var n int
		if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM `+table+` WHERE `+name+` LIKE $1`, "%"+id+"%"); err != nil || n != 0 {
			t.Errorf("%s still names the person %d times, %v", column, n, err)
		}
	}
}

// aliases are the ids under which those who were deleted stand in a letter.
func aliases(t *testing.T, s *servertest.Server, letter string) []string {
	t.Helper()
	var ids []string
	if err := s.DB.Select(t.Context(), &ids, `
		SELECT person FROM letter_row WHERE letter = $1 AND person LIKE 'gone-%' UNION SELECT person FROM letter_to WHERE letter = $1 AND person LIKE 'gone-%'
		UNION SELECT child FROM letter_to WHERE letter = $1 AND child LIKE 'gone-%' UNION SELECT person FROM letter_answer WHERE letter = $1 AND person LIKE 'gone-%'
		UNION SELECT child FROM letter_answer WHERE letter = $1 AND child LIKE 'gone-%' UNION SELECT person FROM letter_sender WHERE letter = $1 AND person LIKE 'gone-%'
		UNION SELECT author FROM letter WHERE id = $1 AND author LIKE 'gone-%'`, letter); err != nil {
		t.Fatal(err)
	}
	return ids
}

func reportOf(t *testing.T, c *servertest.Client, letter string) wire.Report {
	t.Helper()
	var r wire.Report
	ok(t, c, http.MethodGet, letter+"/report", nil, &r)
	return r
}

func row(t *testing.T, r *wire.Report, name string) wire.ReportRow {
	t.Helper()
	for _, row := range r.Rows {
		if row.Child.Name == name {
			return row
		}
	}
	t.Fatalf("no row of %q in %+v", name, r.Rows)
	return wire.ReportRow{}
}

// TestTeacherLeaves holds that a teacher's letters stay for those who have them,
// without the name, and that what the teacher had begun goes.
func TestTeacherLeaves(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, a, e := s.Client(t, head), s.Client(t, anna), s.Client(t, erika)
		her, lena, class := s.PersonID(t, anna), s.PersonID(t, "lena.weber"), s.GroupID(t, "klasse-7b")
		mine := wire.Draft{Subject: "Ausflug", Markdown: "Kommt **{{child}}**?\n\n{{teacher}}", To: []wire.Target{{Kind: "class", ID: class}}, Ask: yesNo()}
		one, two := send(t, a, mine), send(t, a, mine)
		ok(t, a, http.MethodPost, one.ID+"/correct", wire.Correction{Subject: "Ausflug", Markdown: "Kommt **{{child}}** mit?"}, nil)
		begun := draft(t, a, mine)
		waits := mine
		later := time.Now().Add(time.Hour)
		waits.SendAt = &later
		scheduled := send(t, a, waits)
		together := all(yesNo())
		together.To = append(together.To, wire.Target{Kind: "staff"})
		together.CoSenders = []string{her}
		both, hers := send(t, h, together), draft(t, h, together)
		ok(t, a, http.MethodPost, both.ID+"/paper", wire.PaperAnswer{Child: lena, Options: []int{1}}, nil)
		ok(t, e, http.MethodPost, one.ID+"/answer", wire.GiveAnswer{Child: s.PersonID(t, "tom.test"), Options: []int{0}}, nil)
		before := reportOf(t, h, both.ID)
		seq := inbox(t, e, "0").Seq

		forget(t, s, her)
		if news := inbox(t, e, itoa(seq)).Items; !slices.ContainsFunc(news, func(l wire.Letter) bool { return l.ID == one.ID }) {
			t.Errorf("the reader's program does not hear of it: %+v", news)
		}
		if l := find(t, e, one.ID); !slices.Equal(l.From, []string{""}) || !strings.Contains(l.Markdown, "Tom Test") || len(l.Answers) != 1 {
			t.Errorf("the reader's letter: %+v", l)
		}
		r := reportOf(t, h, one.ID)
		if !slices.Equal(r.Letter.From, []string{""}) || r.Letter.Mine || r.Counts[0] != 1 || row(t, &r, "Tom Test").Answers[0].By != "Erika Musterfrau" {
			t.Errorf("its report: %+v", r)
		}
		var v wire.LetterVersions
		if ok(t, e, http.MethodGet, one.ID+"/versions", nil, &v); len(v.Versions) != 2 || v.Versions[0].By != "" || v.Versions[1].By != "" {
			t.Errorf("its versions: %+v", v)
		}
		var list wire.SentList
		ok(t, h, http.MethodGet, "sent?scope=seen", nil, &list)
		if !slices.ContainsFunc(list.Letters, func(l wire.SentLetter) bool { return l.ID == two.ID }) {
			t.Error("the head has lost a letter without a sender")
		}
		if _, err := s.DB.Exec(t.Context(), `INSERT INTO member (grp_id, person_id, lead) VALUES ($1, $2, 1) ON CONFLICT (grp_id, person_id) DO UPDATE SET lead = 1`, class, s.PersonID(t, bernd)); err != nil {
			t.Fatal(err)
		}
		if r := reportOf(t, s.Client(t, bernd), one.ID); len(r.Rows) != 2 {
			t.Errorf("the class's new lead sees %+v", r)
		}

		after := reportOf(t, h, both.ID)
		if len(after.Rows) != len(before.Rows) || after.Letter.Total != before.Letter.Total || after.Letter.Answered != before.Letter.Answered || after.Counts[1] != 1 ||
			!slices.Equal(after.Letter.From, []string{before.Letter.From[0], ""}) {
			t.Errorf("the report of a letter written together: %+v, before %+v", after, before)
		}
		if paper := row(t, &after, "Lena Weber").Answers; len(paper) != 1 || !paper[0].Paper || paper[0].By != "" {
			t.Errorf("an answer on paper: %+v", paper)
		}
		if gone := row(t, &after, ""); !gone.Gone || gone.Missing {
			t.Errorf("the row of the teacher: %+v", gone)
		}
		_, csv := h.Do(t, http.MethodGet, api+both.ID+"/report.csv", "")
		if strings.Contains(csv, "Schmidt") || strings.Count(csv, "Gelöschtes Konto") != 2 {
			t.Errorf("the table: %s", csv)
		}
		for _, id := range []string{begun.ID, scheduled.ID} {
			var n int
			if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM letter WHERE id = $1`, id); err != nil || n != 0 {
				t.Errorf("what was not sent is still there: %d, %v", n, err)
			}
		}
		var d wire.Draft
		if ok(t, h, http.MethodGet, "draft?id="+hers.ID, nil, &d); len(d.CoSenders) != 0 {
			t.Errorf("another's draft: %+v", d)
		}
		x, y := aliases(t, s, one.ID), aliases(t, s, two.ID)
		if len(x) != 1 || len(y) != 1 || x[0] == y[0] || len(aliases(t, s, both.ID)) != 1 {
			t.Errorf("other ids: %v, %v, %v", x, y, aliases(t, s, both.ID))
		}
	})
}

// TestEntererLeaves holds that the guardians of a child hear of it when the name goes of
// who entered an answer of theirs from paper, and wrote nothing.
func TestEntererLeaves(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, b, e, w := s.Client(t, head), s.Client(t, bernd), s.Client(t, erika), s.Client(t, sabine)
		his, tom := s.PersonID(t, bernd), s.PersonID(t, "tom.test")
		if _, err := s.DB.Exec(t.Context(), `INSERT INTO member (grp_id, person_id, lead) VALUES ($1, $2, 1) ON CONFLICT (grp_id, person_id) DO UPDATE SET lead = 1`, s.GroupID(t, "klasse-7b"), his); err != nil {
			t.Fatal(err)
		}
		sent := send(t, h, all(yesNo()))
		ok(t, b, http.MethodPost, sent.ID+"/paper", wire.PaperAnswer{Child: tom, Options: []int{1}}, nil)
		if l := find(t, e, sent.ID); len(l.Answers) != 1 || l.Answers[0].By != "Bernd Richter" {
			t.Fatalf("before: %+v", l)
		}
		seq, others := inbox(t, e, "0").Seq, inbox(t, w, "0").Seq

		forget(t, s, his)
		news := inbox(t, e, itoa(seq)).Items
		if len(news) != 1 || news[0].ID != sent.ID || len(news[0].Answers) != 1 || news[0].Answers[0].By != "" {
			t.Errorf("the child's guardian hears of %+v", news)
		}
		if news := inbox(t, w, itoa(others)).Items; len(news) != 0 {
			t.Errorf("another child's guardian hears of %+v", news)
		}
	})
}

// TestGuardianLeaves holds that a guardian's answers stay without the name, and that
// the other guardian of the child loses nothing.
func TestGuardianLeaves(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e, w := s.Client(t, head), s.Client(t, erika), s.Client(t, sabine)
		lena := s.PersonID(t, "lena.weber")
		if _, err := s.DB.Exec(t.Context(), `INSERT INTO guardian (guardian_id, child_id) VALUES ($1, $2)`, s.PersonID(t, erika), lena); err != nil {
			t.Fatal(err)
		}
		to := []wire.Target{{Kind: "child", ID: lena}}
		child, once := yesNo(), wire.Ask{Read: true, Text: true, Must: []string{"read"}}
		perChild := send(t, h, wire.Draft{Subject: "Je Kind", Markdown: "a", To: to, Ask: child})
		perGuardian := send(t, h, wire.Draft{Subject: "Je Person", Markdown: "a", To: to, Ask: once})
		ok(t, w, http.MethodPost, perChild.ID+"/answer", wire.GiveAnswer{Child: lena, Options: []int{1}}, nil)
		ok(t, w, http.MethodPost, perGuardian.ID+"/answer", wire.GiveAnswer{Read: true, Text: "Gern"}, nil)
		before := reportOf(t, h, perChild.ID)
		seq := inbox(t, e, "0").Seq

		forget(t, s, s.PersonID(t, sabine))
		if news := inbox(t, e, itoa(seq)).Items; !slices.ContainsFunc(news, func(l wire.Letter) bool { return l.ID == perChild.ID }) {
			t.Errorf("the other guardian's program does not hear of it: %+v", news)
		}
		after := reportOf(t, h, perChild.ID)
		lenas := row(t, &after, "Lena Weber")
		if after.Letter.Answered != 1 || after.Counts[1] != 1 || !slices.Equal(lenas.Guardian, []string{"Erika Musterfrau"}) || lenas.Missing || lenas.Gone {
			t.Errorf("the report: %+v", after)
		}
		given := before.Rows[0].Answers[0]
		given.By = ""
		if len(lenas.Answers) != 1 || lenas.Answers[0].By != "" || !lenas.Answers[0].At.Equal(given.At) || !slices.Equal(lenas.Answers[0].Options, given.Options) {
			t.Errorf("the answer: %+v, before %+v", lenas.Answers, given)
		}
		if l := find(t, e, perChild.ID); len(l.Answers) != 1 || l.Answers[0].By != "" || l.Answers[0].Mine || l.Open {
			t.Errorf("the other guardian's letter: %+v", l)
		}
		r := reportOf(t, h, perGuardian.ID)
		if got := r.Rows[0].Answers; len(got) != 1 || got[0].Text != "Gern" || got[0].By != "" {
			t.Errorf("the answer for oneself: %+v", r)
		}
		if r.Letter.Answered != 0 {
			t.Errorf("answered before the other guardian has: %+v", r)
		}
		ok(t, e, http.MethodPost, perGuardian.ID+"/answer", wire.GiveAnswer{Read: true}, nil)
		if r = reportOf(t, h, perGuardian.ID); len(r.Rows[0].Answers) != 2 || r.Letter.Answered != 1 {
			t.Errorf("with the other's answer: %+v", r)
		}
		x, y := aliases(t, s, perChild.ID), aliases(t, s, perGuardian.ID)
		if len(x) != 1 || len(y) != 1 || x[0] == y[0] {
			t.Errorf("other ids: %v, %v", x, y)
		}
	})
}

// TestChildLeaves holds that a child's row and the answers for it stay without any
// name, that counts stay, and that the guardians keep only what concerns a child of
// theirs.
func TestChildLeaves(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		h, e, w := s.Client(t, head), s.Client(t, erika), s.Client(t, sabine)
		tom, mia, lena := s.PersonID(t, "tom.test"), s.PersonID(t, "mia.test"), s.PersonID(t, "lena.weber")
		perChild, perGuardian := send(t, h, all(yesNo())), send(t, h, all(wire.Ask{Read: true, Must: []string{"read"}}))
		single := send(t, h, wire.Draft{Subject: "Einzeln", Markdown: "a", To: []wire.Target{{Kind: "child", ID: tom}, {Kind: "child", ID: mia}}, Ask: yesNo()})
		begun := draft(t, h, wire.Draft{Subject: "Entwurf", To: []wire.Target{{Kind: "child", ID: tom, Name: "Tom Test"}, {Kind: "all"}}})
		for id, c := range map[string]*servertest.Client{tom: e, mia: e, lena: w} {
			ok(t, c, http.MethodPost, perChild.ID+"/answer", wire.GiveAnswer{Child: id, Options: []int{0}}, nil)
		}
		for _, c := range []*servertest.Client{e, w} {
			ok(t, c, http.MethodPost, perGuardian.ID+"/answer", wire.GiveAnswer{Read: true}, nil)
		}

		forget(t, s, tom)
		forget(t, s, lena)
		r := reportOf(t, h, perChild.ID)
		gone := slices.DeleteFunc(slices.Clone(r.Rows), func(row wire.ReportRow) bool { return !row.Gone })
		if r.Letter.Total != 3 || r.Letter.Answered != 3 || r.Counts[0] != 3 || len(r.Rows) != 3 || len(gone) != 2 {
			t.Fatalf("the report: %+v", r)
		}
		for _, row := range gone {
			if row.Child.Name != "" || row.Child.Class != "7b" || len(row.Guardian) > 0 || row.Missing || len(row.Answers) != 1 || row.Answers[0].By != "" || row.Read == nil {
				t.Errorf("a row without a name: %+v", row)
			}
			refused(t, h, http.MethodPost, perChild.ID+"/paper", wire.PaperAnswer{Child: row.Child.ID, Options: []int{0}}, wire.CodeNotFound)
		}
		if r = reportOf(t, h, perGuardian.ID); r.Letter.Answered != 3 || row(t, &r, "Mia Test").Answers[0].By != "Erika Musterfrau" {
			t.Errorf("the report of one answer for each guardian: %+v", r)
		}
		for _, row := range r.Rows {
			if row.Gone && (len(row.Answers) != 1 || row.Answers[0].By != "" || row.Answers[0].Mine) {
				t.Errorf("a row of it without a name: %+v", row)
			}
		}
		if _, csv := h.Do(t, http.MethodGet, api+perChild.ID+"/report.csv", ""); strings.Contains(csv, "Tom") || strings.Contains(csv, "Weber") ||
			strings.Count(csv, ";Gelöschtes Konto;") != 4 {
			t.Errorf("the table: %s", csv)
		}
		if res, _ := h.Do(t, http.MethodGet, api+perChild.ID+"/report.xlsx", ""); res.StatusCode != http.StatusOK {
			t.Errorf("the workbook: %s", res.Status)
		}

		if l := find(t, e, perChild.ID); len(l.Children) != 1 || l.Children[0].ID != mia || len(l.Answers) != 1 {
			t.Errorf("the mother of another child has %+v", l)
		}
		if l := find(t, e, single.ID); len(l.Children) != 1 || l.Children[0].ID != mia {
			t.Errorf("of the letter to both children she has %+v", l)
		}
		if has(t, w, perChild.ID) || has(t, w, perGuardian.ID) {
			t.Error("a guardian without a child has a letter about it")
		}
		if r = reportOf(t, h, single.ID); len(r.Letter.To) != 2 || r.Letter.To[0].Name != "" || r.Letter.To[1].Name != "Mia Test" {
			t.Errorf("the addressees: %+v", r.Letter.To)
		}
		var n wire.Reminded
		if ok(t, h, http.MethodPost, single.ID+"/remind", nil, &n); n.People != 1 {
			t.Errorf("%d reminded", n.People)
		}
		var d wire.Draft
		if ok(t, h, http.MethodGet, "draft?id="+begun.ID, nil, &d); len(d.To) != 1 || d.To[0].Kind != "all" {
			t.Errorf("the draft goes to %+v", d.To)
		}
		severed(t, s, perChild.ID, perGuardian.ID)
	})
}

// severed holds that nothing leads from a row without a name to a guardian, or from
// one letter to another, but where one answer stands for a brother or sister too.
func severed(t *testing.T, s *servertest.Server, perChild, perGuardian string) {
	t.Helper()
	var linked []string
	if err := s.DB.Select(t.Context(), &linked, `SELECT letter FROM letter_to WHERE child LIKE 'gone-%' AND person NOT LIKE 'gone-%'`); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(linked, []string{perGuardian}) {
		t.Errorf("guardians beside a nameless child in %v, want only %s", linked, perGuardian)
	}
	x, y := aliases(t, s, perChild), aliases(t, s, perGuardian)
	if len(x) != 4 || len(y) != 3 || slices.ContainsFunc(x, func(id string) bool { return slices.Contains(y, id) }) {
		t.Errorf("other ids: %v, %v", x, y)
	}
}

// TestMergeMany holds that a guardian who gets more letters of another at once than an
// inbox tells of in one answer gets all of them.
func TestMergeMany(t *testing.T) {
	each(t, func(t *testing.T, s *servertest.Server) {
		e := s.Client(t, erika)
		her, other, tom, author := s.PersonID(t, erika), s.PersonID(t, sabine), s.PersonID(t, "tom.test"), s.PersonID(t, head)
		const many = 130
		merge := func(ctx context.Context, tx *db.Tx) error {
			for i := range many {
				id := fmt.Sprintf("viele%d", i)
				for _, query := range []string{
					`INSERT INTO letter (id, author, state, subject, markdown, lang, versions, targets, ask, remind, fill, important, deadline, send_at, sent, version, rev, saved, problem)
						VALUES ($1, $2, 'sent', 'a', 'b', 'de', '', '', '', '', '', 0, 0, 0, $3, 1, 0, 0, '')`,
					`INSERT INTO letter_version (letter, version, subject, markdown, versions, changed, at, author) SELECT id, 1, subject, markdown, '', '', sent, '' FROM letter WHERE id = $1 AND author = $2 AND sent = $3`,
					`INSERT INTO letter_box (letter, person, seq, sent, read_at, archived, gone, digest, bounce) VALUES ($1, $2, 1, $3, 0, 0, 0, 0, '')`,
				} {
					values := []any{id, author, i + 1}
					if strings.Contains(query, "letter_box") {
						values[1] = other
					}
					if _, err := tx.Exec(ctx, query, values...); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(ctx, `INSERT INTO letter_to (letter, person, child) VALUES ($1, $2, $3)`, id, other, tom); err != nil {
					return err
				}
			}
			return letters.New(s.Host.Deps()).(module.Merger).MergePerson(ctx, tx, her, other)
		}
		since := inbox(t, e, "0").Seq
		if err := s.DB.Tx(t.Context(), merge); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for more := true; more; {
			page := inbox(t, e, itoa(since))
			for _, l := range page.Items {
				got[l.ID] = true
			}
			since, more = page.Seq, page.More
		}
		for i := range many {
			if !got[fmt.Sprintf("viele%d", i)] {
				t.Errorf("letter %d did not come", i)
			}
		}
	})
}
