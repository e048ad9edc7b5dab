package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"schulhof/server/internal/config"
	"schulhof/server/internal/intake"
	"schulhof/server/internal/module"
	"schulhof/server/internal/modules/admin"
	"schulhof/server/internal/people/roster"
	"schulhof/server/wire"
)

// shownMost is how many people of each kind of change are printed.
const shownMost = 200

type importCommand struct {
	Kind   string   `arg:"" enum:"students,teachers,guardians" help:"Whom the list holds: students, teachers or guardians."`
	File   string   `arg:"" help:"The list, a CSV file."`
	Config string   `required:"" placeholder:"FILE" help:"The settings, a TOML file."`
	Map    []string `placeholder:"Nachname=Familienname" sep:"none" help:"What a column of the list means; as often as needed."`
	Codes  string   `placeholder:"FILE" help:"Write the first passwords of new people here, as CSV."`
	Yes    bool     `help:"Take the list in without asking."`
	Leave  bool     `help:"With --yes: also where unusually many people would leave."`
}

// Run runs the command. The server may be running: it sees the change at once.
func (c *importCommand) Run(ctx context.Context, sys system) (err error) {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	kind := roster.Kind(c.Kind)
	mapping, err := admin.Mapping(kind, c.Map)
	if err != nil {
		return err
	}
	deps, err := module.Offline(ctx, cfg, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, deps.DB.Close()) }()
	in := intake.New(intake.Deps{DB: deps.DB, School: deps.School, Audit: deps.Audit, Now: deps.Now, ID: deps.ID})
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("the list: %w", err)
	}
	preview, err := in.Read(ctx, "", kind, f, mapping)
	_ = f.Close() // it was only read
	out := &printer{w: sys.stdout}
	if refused, ok := errors.AsType[*roster.RefusedError](err); ok {
		out.say("%s", refused.Text("de"))
		out.say("Es wurde nichts geändert.")
		return errors.Join(errRefused, out.err)
	}
	if err != nil {
		return err
	}
	p := preview.Wire("de")
	out.preview(&p)
	if preview.Plan.Empty() {
		out.say("Es gibt nichts zu ändern.")
		return out.err
	}
	if out.err != nil || !c.agreed(sys, out, &p) {
		out.say("Es wurde nichts geändert.")
		return errors.Join(errDeclined, out.err)
	}
	done, err := in.Confirm(ctx, "", preview.ID, "", true)
	if errors.Is(err, intake.ErrLastAdmin) {
		out.say("Die letzte Administratorin oder der letzte Administrator steht nicht in der Liste. Es wurde nichts geändert.")
	}
	if errors.Is(err, intake.ErrChanged) {
		out.say("Die Schule hat sich inzwischen geändert. Bitte noch einmal aufrufen. Es wurde nichts geändert.")
	}
	if err != nil {
		return err
	}
	out.say("Übernommen: %s.", counts(done.Counts))
	return errors.Join(out.err, c.codes(&done, out))
}

var (
	errRefused  = errors.New("the list was refused as a whole")
	errDeclined = errors.New("the list was not taken in")
)

// agreed asks whether to take the list in, once more where many would leave.
func (c *importCommand) agreed(sys system, out *printer, p *wire.Import) bool {
	if c.Yes {
		if p.ManyLeave && !c.Leave {
			out.say("Das bestätigt nur --leave.")
		}
		return !p.ManyLeave || c.Leave
	}
	lines := bufio.NewScanner(sys.stdin)
	questions := []string{"Übernehmen? (ja/nein) "}
	if p.ManyLeave {
		questions = append(questions, "Ist die Liste wirklich vollständig? (ja/nein) ")
	}
	for _, q := range questions {
		out.print("%s", q)
		if !lines.Scan() {
			return false
		}
		if answer := strings.ToLower(strings.TrimSpace(lines.Text())); answer != "ja" && answer != "j" {
			return false
		}
	}
	return true
}

// codes writes the first passwords, for the eyes of who runs the command only.
func (c *importCommand) codes(done *intake.Done, out *printer) error {
	start := done.Wire().Start
	if len(start) == 0 {
		return nil
	}
	if c.Codes == "" {
		out.say("Die Startpasswörter der Neuen druckt die Verwaltung, klassenweise.")
		return out.err
	}
	f, err := os.OpenFile(c.Codes, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("first passwords: %w", err)
	}
	w := csv.NewWriter(f)
	w.Comma = ';'
	rows := [][]string{{"Name", "Klasse", "Anmeldename", "Startpasswort", "gültig bis"}}
	for i := range start {
		s := &start[i]
		code := s.Code
		if s.Born {
			code = "Geburtsdatum"
		}
		rows = append(rows, []string{plainCell(s.Name), plainCell(s.Class), s.Login, code, s.Until.Local().Format("02.01.2006 15:04")})
	}
	err = errors.Join(w.WriteAll(rows), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("first passwords: %w", err)
	}
	out.say("Die Startpasswörter stehen in %s.", c.Codes)
	return out.err
}

// plainCell keeps a spreadsheet from taking a name for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// printer prints German sentences and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) say(format string, args ...any) { p.print(format+"\n", args...) }

// kinds are the kinds of changes in the order in which they are printed.
var kinds = []struct{ what, word string }{
	{"new", "neu"},
	{"changed", "geändert"},
	{"moved", "in anderer Klasse"},
	{"leaving", "verlassen die Schule"},
	{"unclear", "unklar"},
	{"unchanged", "unverändert"},
}

func counts(n map[string]int) string {
	parts := make([]string, 0, len(kinds))
	for _, k := range kinds {
		parts = append(parts, fmt.Sprintf("%d %s", n[k.what], k.word))
	}
	return strings.Join(parts, ", ")
}

// preview prints what a list would change.
func (p *printer) preview(i *wire.Import) {
	p.say("%d Zeilen gelesen (%s).", i.Rows, i.Encoding)
	if len(i.Unknown) > 0 {
		p.say("Nicht verwendete Spalten: %s", strings.Join(i.Unknown, ", "))
	}
	for _, bad := range i.Problems {
		p.say("Fehler: %s", bad.Text)
	}
	for _, g := range i.Groups {
		p.say("%s.", g)
	}
	by := map[string][]wire.ImportChange{}
	for _, c := range i.Changes {
		by[c.What] = append(by[c.What], c)
	}
	for _, k := range kinds {
		list := by[k.what]
		if len(list) == 0 {
			continue
		}
		p.say("\n%s: %d", strings.ToUpper(k.word[:1])+k.word[1:], i.Counts[k.what])
		for n := range list[:min(len(list), shownMost)] {
			p.change(&list[n])
		}
		if more := i.Counts[k.what] - min(len(list), shownMost); more > 0 {
			p.say("  … und %d weitere", more)
		}
	}
	if len(i.Doubtful) > 0 {
		p.say("\nVielleicht dieselbe Person (zusammenführen in der Verwaltung):")
		for _, d := range i.Doubtful[:min(len(i.Doubtful), shownMost)] {
			p.say("  %s und %s", d.Name, d.Other)
		}
	}
	p.say("\nZusammen: %s.", counts(i.Counts))
	if i.ManyLeave {
		p.say("Achtung: %s", i.Why)
	}
}

func (p *printer) change(c *wire.ImportChange) {
	parts := []string{c.Name}
	if c.Class != "" {
		parts = append(parts, "Klasse "+c.Class)
	}
	if c.Login != "" {
		parts = append(parts, c.Login)
	}
	if c.Detail != "" {
		parts = append(parts, c.Detail)
	}
	line := ""
	if c.Line > 0 {
		line = fmt.Sprintf(" (Zeile %d)", c.Line)
	}
	p.say("  %s%s", strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", "), line)
}
