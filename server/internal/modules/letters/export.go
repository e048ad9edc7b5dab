package letters

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"schulhof/server/internal/modules/letters/render"
	"schulhof/server/internal/people/slips"
	"schulhof/server/internal/web"
	"schulhof/server/wire"
)

// table gives a report as a table: a line for each answer, or for a row without one.
func (r *fullReport) table() [][]string {
	lines := [][]string{{
		"Klasse", "Name", "Erziehungsberechtigte", "Erreicht", "Gelesen", "Antwort", "Text", "Übersetzung", "Beantwortet", "Von", "Auf Papier", "Zustellung",
	}}
	for i := range r.Rows {
		row := &r.Rows[i]
		line := []string{row.Child.Class, known(row.Child.Name), strings.Join(row.Guardian, ", "), yesNo(row.Reached), when(row.Read), "", "", "", "", "", "", row.Bounce}
		if row.Gone {
			line[3] = ""
		}
		for _, a := range row.Answers {
			full := append([]string{}, line...)
			full[5], full[6], full[7], full[8], full[9], full[10] = r.choice(&a), a.Text, a.German, when(&a.At), known(a.By), yesNo(a.Paper)
			lines = append(lines, full)
		}
		if len(row.Answers) == 0 {
			lines = append(lines, line)
		}
	}
	for _, line := range lines {
		for i := range line {
			line[i] = harmless(line[i])
		}
	}
	return lines
}

// choice words what was chosen.
func (r *fullReport) choice(a *wire.LetterAnswer) string {
	var words []string
	if a.Read {
		words = append(words, "gelesen")
	}
	for _, o := range a.Options {
		if r.Ask.Choice != nil && o >= 0 && o < len(r.Ask.Choice.Options) {
			words = append(words, r.Ask.Choice.Options[o])
		}
	}
	return strings.Join(words, ", ")
}

// known gives a name, or what stands in its place once the account is deleted.
func known(name string) string { return cmp.Or(name, "Gelöschtes Konto") }

func yesNo(b bool) string {
	if b {
		return "ja"
	}
	return "nein"
}

func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("02.01.2006 15:04")
}

// harmless keeps a spreadsheet program from taking a text for a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|", rune(text[0])) {
		return "'" + text
	}
	return text
}

// exported finds the report that a request asks for.
func (m *Module) exported(r *http.Request) (*fullReport, error) {
	a, err := writerOf(r.Context())
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	if !anID.MatchString(id) {
		return nil, web.ErrNotFound
	}
	return m.reportOf(r.Context(), a, id)
}

func download(w http.ResponseWriter, media, name string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(content) //nolint:gosec // a download of its own type, never shown as a page
}

// reportCSV answers a report as the spreadsheet programs of German schools read it.
func (m *Module) reportCSV(w http.ResponseWriter, r *http.Request) {
	report, err := m.exported(r)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	var out bytes.Buffer
	out.WriteString("\uFEFF")
	c := csv.NewWriter(&out)
	c.Comma, c.UseCRLF = ';', true
	if err := c.WriteAll(report.table()); err != nil {
		web.WriteError(w, r, fmt.Errorf("report as a table: %w", err))
		return
	}
	download(w, "text/csv; charset=utf-8", "antworten.csv", out.Bytes())
}

// reportXLSX answers a report as a workbook.
func (m *Module) reportXLSX(w http.ResponseWriter, r *http.Request) {
	report, err := m.exported(r)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	content, err := workbook(report.table())
	if err != nil {
		web.WriteError(w, r, fmt.Errorf("report as a workbook: %w", err))
		return
	}
	download(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "antworten.xlsx", content)
}

func workbook(lines [][]string) ([]byte, error) {
	const sheet = "Antworten"
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := s.SetColWidth(1, len(lines[0]), 20); err != nil {
		return nil, err
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		cells := make([]any, len(line))
		for j, text := range line {
			cells[j] = text
			if i == 0 {
				cells[j] = excelize.Cell{StyleID: bold, Value: text}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, err
		}
		if err := s.SetRow(at, cells); err != nil {
			return nil, err
		}
	}
	if err := s.Flush(); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// print answers a letter on paper, one for each child, with a slip to cut off: of
// those without an account, of those whose answer is missing, or of all.
func (m *Module) print(w http.ResponseWriter, r *http.Request) {
	report, err := m.exported(r)
	if err != nil {
		web.WriteError(w, r, err)
		return
	}
	var out bytes.Buffer
	if err := m.printed(r, report, &out); err != nil {
		web.WriteError(w, r, err)
		return
	}
	download(w, "application/pdf", "briefe.pdf", out.Bytes())
}

func (m *Module) printed(r *http.Request, report *fullReport, out *bytes.Buffer) error {
	ctx, id := r.Context(), r.PathValue("id")
	who := r.URL.Query().Get("who")
	text, err := raw(ctx, m.db, askerOf(ctx), id)
	if err != nil {
		return err
	}
	languages, err := m.familyLanguages(r, id)
	if err != nil {
		return err
	}
	var letters []slips.Reply
	for i := range report.Rows {
		row := &report.Rows[i]
		if !wanted(who, row) {
			continue
		}
		t, lang := wire.Text{Subject: text.Subject, Markdown: text.Markdown}, text.Lang
		if own, ok, err := text.own(languages[row.Child.ID]); err == nil && ok && languages[row.Child.ID] != "" {
			t, lang = own, languages[row.Child.ID]
		}
		t = forChildren(t, []wire.LetterChild{row.Child})
		drawn, err := blocks(t.Markdown)
		if err != nil {
			return fmt.Errorf("letter %s on paper: %w", id, err)
		}
		reply := report.slip(lang)
		lang, _, _ = strings.Cut(lang, "-")
		reply.Name, reply.Class, reply.Subject, reply.Text, reply.Language = row.Child.Name, row.Child.Class, t.Subject, drawn, lang
		reply.Title = forChildren(wire.Text{Subject: text.Subject}, []wire.LetterChild{row.Child}).Subject
		letters = append(letters, reply)
	}
	if len(letters) == 0 {
		return web.Refuse(http.StatusUnprocessableEntity, wire.CodeLetterNobody, "There is nobody for whom the letter has to be printed.")
	}
	school, err := m.letterhead(ctx)
	if err != nil {
		return err
	}
	return slips.Replies(out, school, m.d.Now().Local(), letters)
}

// blocks gives a text as it is printed.
func blocks(markdown string) ([]slips.Block, error) {
	all, err := render.Blocks(markdown)
	out := make([]slips.Block, len(all))
	for i, b := range all {
		out[i] = slips.Block{Heading: b.Heading, Indent: b.Indent, Mark: b.Mark, Rule: b.Rule, Runs: make([]slips.Run, len(b.Runs))}
		for j, r := range b.Runs {
			out[i].Runs[j] = slips.Run(r)
		}
	}
	return out, err
}

// present leaves those out who have no name any more.
func present(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
}

// wanted says whether a row is in a print run.
func wanted(who string, row *wire.ReportRow) bool {
	if row.Gone {
		return false
	}
	switch who {
	case "all":
		return true
	case "missing":
		return row.Missing
	}
	return !row.Reached
}

// slip gives what is the same on all slips of a letter in a language: the question as
// the school reads it, and as the sender wrote it in that language beside it.
func (r *fullReport) slip(lang string) slips.Reply {
	reply := slips.Reply{Read: r.Ask.Read, Free: r.Ask.Text, From: strings.Join(present(r.Letter.From), ", ")}
	if c := r.Ask.Choice; c != nil {
		written := c.In(lang)
		reply.Question, reply.Several = beside(c.Question, written.Question), c.Several
		for i, option := range c.Options {
			if i < len(written.Options) {
				option = beside(option, written.Options[i])
			}
			reply.Options = append(reply.Options, option)
		}
	}
	if r.Ask.Deadline != nil {
		reply.Deadline = r.Ask.Deadline.Local()
	}
	return reply
}

// beside puts a text beside what it says in another language.
func beside(text, other string) string {
	if text == "" || other == "" || text == other {
		return cmp.Or(text, other)
	}
	return text + " · " + other
}

func (m *Module) letterhead(ctx context.Context) (slips.School, error) {
	state, err := m.d.School.Now(ctx)
	if err != nil {
		return slips.School{}, err
	}
	school := slips.School{Name: state.Name, Server: m.d.Config.Address()}
	for line := range strings.Lines(state.Address) {
		if line = strings.TrimSpace(line); line != "" {
			school.Address = append(school.Address, line)
		}
	}
	return school, nil
}

// familyLanguages gives the language of each child's family, where it is known.
func (m *Module) familyLanguages(r *http.Request, letter string) (map[string]string, error) {
	var rows []struct {
		Child    string `db:"child"`
		Language string `db:"language"`
	}
	if err := m.db.Select(r.Context(), &rows, `
		SELECT t.child, MIN(p.language) AS language FROM letter_to t JOIN person p ON p.id = t.person
		WHERE t.letter = $1 AND t.child <> '' AND p.language <> '' GROUP BY t.child`, letter); err != nil {
		return nil, fmt.Errorf("languages of the families of letter %s: %w", letter, err)
	}
	by := map[string]string{}
	for _, row := range rows {
		by[row.Child] = row.Language
	}
	return by, nil
}
