package admin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// maxList is how large a list may be, in bytes; the server has a bound of its own.
const maxList = 64 << 20

// whats are the kinds of changes, those to look at first.
var whats = []string{"unclear", "leaving", "moved", "changed", "new"}

// contains tells whether a text holds all words of another, whatever their case.
func contains(s, words string) bool {
	s = strings.ToLower(s)
	for w := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

type importTab struct {
	p         *Page
	box       *fyne.Container
	kind      int // of importKinds
	file      string
	mapping   []string // what was said of its columns
	busy      string   // what is being done, "" = nothing
	stop      func()   // ends it; nil where that is no longer possible
	turn      int      // counts the readings: what was stopped answers in vain
	preview   *wire.Import
	decisions map[int]wire.ImportDecision
	what      string // the filter
	found     []wire.ImportChange
	rows      *rows
	done      *wire.ImportDone
	err       error
}

var importKinds = []string{people.Students, people.Teachers, people.Guardians}

func (p *Page) newImport() tab {
	t := &importTab{p: p, box: container.NewStack(), decisions: map[int]wire.ImportDecision{}}
	t.rows = newRows(func() int { return len(t.found) }, func(i int) line { return changeLine(&t.found[i]) }, func(i int) { t.opened(i) })
	t.draw()
	return t
}

func (t *importTab) object() fyne.CanvasObject { return t.box }
func (t *importTab) shown()                    {}
func (*importTab) key(*fyne.KeyEvent) bool     { return false }

func (t *importTab) dropped(paths []string) bool {
	if len(paths) != 1 || t.busy != "" {
		return false
	}
	t.read(paths[0])
	return true
}

func changeLine(c *wire.ImportChange) line {
	l := line{title: c.Name, mark: lang.T("admin.what_" + c.What)}
	var parts []string
	for _, s := range []string{c.Class, c.Login, c.Detail} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if c.Line > 0 {
		parts = append(parts, lang.T("admin.line", "Line", lang.Number(int64(c.Line))))
	}
	l.below = arrows(strings.Join(parts, " · "))
	return l
}

// arrows writes arrows as our fonts have them.
func arrows(s string) string { return strings.ReplaceAll(s, "→", "›") }

// read sends a file and shows what it would change.
func (t *importTab) read(path string) { t.readAs(path, nil) }

// readAs is read where it was said what columns mean.
func (t *importTab) readAs(path string, mapping []string) {
	kind := importKinds[t.kind]
	t.file, t.mapping, t.preview, t.done, t.err, t.what = path, mapping, nil, nil, nil, ""
	clear(t.decisions)
	quit, stop := context.WithCancel(context.Background())
	t.turn++
	turn := t.turn
	t.busy, t.stop = lang.T("admin.import_reading", "Name", filepath.Base(path)), stop
	t.draw()
	var out wire.Import
	t.p.work(longTime, func(ctx context.Context) error {
		ctx, end := context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(quit, end)()
		info, err := os.Stat(path)
		if err == nil && (info.IsDir() || info.Size() > maxList) {
			err = errNoList
		}
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		defer file.Close()
		out, err = t.p.calls.Read(ctx, kind, lang.Current(), mapping, file)
		return err
	}, func(err error) {
		stop()
		if turn == t.turn {
			t.took(&out, err)
		}
	})
}

// halt stops the reading; nothing was written by it.
func (t *importTab) halt() {
	stop := t.stop
	t.turn++
	t.busy, t.stop = "", nil
	stop()
	t.draw()
}

// took shows a preview.
func (t *importTab) took(out *wire.Import, err error) {
	t.busy, t.stop, t.err = "", nil, err
	if err == nil {
		t.preview = out
	}
	t.filter(t.what)
}

// filter shows the changes of a kind, all for "".
func (t *importTab) filter(what string) {
	t.what, t.found = what, nil
	t.rows.forget()
	if t.preview != nil {
		for _, c := range t.preview.Changes {
			if what == "" || c.What == what {
				t.found = append(t.found, c)
			}
		}
	}
	t.draw()
}

// opened lets one settle an unclear line.
func (t *importTab) opened(i int) {
	c := t.found[i]
	t.rows.forget()
	if c.What != "unclear" || c.Line == 0 {
		return
	}
	decided := wire.ImportDecision{Line: c.Line, New: true}
	options := []string{lang.T("admin.decide_new")}
	for _, who := range c.People {
		options = append(options, strings.Join(slices.DeleteFunc([]string{who.Name, who.Class, dateOf(who.Born)}, func(s string) bool { return s == "" }), " · "))
	}
	body := kit.Column(theme.Gap, kit.NewParagraph(c.Detail))
	var buttons []*kit.Button
	for n, o := range options {
		b := kit.NewButton(o, kit.Normal, nil)
		b.Leading, b.Chosen = true, n == 0
		b.OnTapped = func() {
			decided = wire.ImportDecision{Line: c.Line, New: n == 0}
			if n > 0 {
				decided.As = c.People[n-1].ID
			}
			for m, other := range buttons {
				other.Chosen = m == n
				other.Refresh()
			}
		}
		buttons = append(buttons, b)
		body.Add(b)
	}
	var out wire.Import
	var all []wire.ImportDecision
	id := t.preview.ID
	t.p.form(&module.Form{
		Title: lang.T("admin.decide_title", "Name", c.Name), Body: []fyne.CanvasObject{body}, Deed: lang.T("admin.decide_deed"), Time: longTime,
		Read: func() {
			all = []wire.ImportDecision{decided}
			for line, d := range t.decisions {
				if line != decided.Line {
					all = append(all, d)
				}
			}
		},
		Send: func(ctx context.Context) (err error) {
			out, err = t.p.calls.Decide(ctx, id, lang.Current(), all)
			return err
		},
		Done: func() {
			t.decisions[decided.Line] = decided
			t.took(&out, nil)
		},
	})
}

// confirm writes what the preview shows.
func (t *importTab) confirm() {
	p := t.preview
	body := []fyne.CanvasObject{kit.NewParagraph(lang.T("admin.import_sure", "Counts", counts(p.Counts)))}
	kind := kit.Primary
	if p.ManyLeave {
		kind = kit.Danger
		b := kit.NewBanner()
		b.Say(kit.Trouble, p.Why+" "+lang.N("admin.import_leaving", p.Counts["leaving"]), nil)
		body = append(body, b)
	}
	if n := p.Counts["unclear"]; n > 0 {
		body = append(body, kit.NewHint(lang.N("admin.import_unclear", n)))
	}
	t.p.form(&module.Form{
		Title: lang.T("admin.import_title"), Body: body, Deed: t.deed(), Kind: kind,
		Send: sure, Done: func() { t.write(p) },
	})
}

// write writes what a preview shows. It cannot be stopped: all of it is written, or
// nothing.
func (t *importTab) write(p *wire.Import) {
	t.busy, t.stop, t.err = lang.T("admin.import_writing", "Name", filepath.Base(t.file)), nil, nil
	t.draw()
	var done wire.ImportDone
	t.p.work(longTime, func(ctx context.Context) (err error) {
		done, err = t.p.calls.Confirm(ctx, p.ID, p.ManyLeave)
		return err
	}, func(err error) {
		t.busy, t.err = "", err
		if err == nil {
			t.preview, t.done = nil, &done
		}
		t.draw()
	})
}

// changes is how many people the preview touches.
func changes(counts map[string]int) int {
	return counts["new"] + counts["changed"] + counts["moved"] + counts["leaving"]
}

func (t *importTab) deed() string { return lang.N("admin.import_deed", changes(t.preview.Counts)) }

// counts words how many of each there are: "12 neu, 3 geändert".
func counts(n map[string]int) string {
	var parts []string
	for _, what := range []string{"new", "changed", "moved", "leaving", "unclear", "unchanged"} {
		if n[what] > 0 {
			parts = append(parts, lang.N("admin.n_"+what, n[what]))
		}
	}
	if len(parts) == 0 {
		return lang.T("admin.n_none")
	}
	return strings.Join(parts, ", ")
}

// draw shows the step that the import is at.
func (t *importTab) draw() {
	var in fyne.CanvasObject
	switch {
	case t.busy != "":
		in = t.working()
	case t.done != nil:
		in = t.finished()
	case t.preview != nil:
		in = t.previewed()
	default:
		in = t.start()
	}
	for _, o := range t.box.Objects {
		stopBusy(o)
	}
	t.box.Objects = []fyne.CanvasObject{in}
	t.box.Refresh()
}

// working says what is being done.
func (t *importTab) working() fyne.CanvasObject {
	text := kit.NewParagraph(t.busy)
	text.Align = fyne.TextAlignCenter
	column := kit.Column(theme.Around, text, container.New(barRoom{}, widget.NewProgressBarInfinite()))
	if t.stop != nil {
		column.Add(container.NewCenter(kit.NewButton(lang.T("form.cancel"), kit.Normal, t.halt)))
	} else {
		column.Add(container.NewCenter(kit.NewHint(lang.T("admin.import_writing_text"))))
	}
	return container.NewCenter(column)
}

// barRoom makes a bar thin.
type barRoom struct{}

func (barRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 6) }

func (barRoom) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

// stopBusy ends the sign of work in what is taken from the screen.
func stopBusy(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *widget.ProgressBarInfinite:
		o.Stop()
	case *fyne.Container:
		for _, inner := range o.Objects {
			stopBusy(inner)
		}
	}
}

// start asks what kind of list it is, and for the file.
func (t *importTab) start() fyne.CanvasObject {
	names := make([]string, 0, len(importKinds))
	for _, k := range importKinds {
		names = append(names, lang.T("admin.import_"+k))
	}
	kind := kit.NewChoice(names, t.kind, func(i int) {
		t.kind = i
		t.draw()
	})
	file := kit.NewIconTextButton(ftheme.FolderOpenIcon(), lang.T("admin.import_file"), kit.Primary, func() {
		t.p.d.PickFiles(func(paths []string) {
			if len(paths) > 0 {
				t.read(paths[0])
			}
		})
	})
	column := kit.Column(theme.Around, kit.NewParagraph(lang.T("admin.import_text")))
	if t.err != nil {
		b := kit.NewBanner()
		b.Say(kit.Trouble, module.Sentence(t.err, t.p.d.Now()), nil)
		column.Add(b)
	}
	column.Add(kit.NewPart(lang.T("admin.import_kind"), kind, kit.NewHint(lang.T("admin.import_columns_"+importKinds[t.kind]))))
	column.Add(kit.NewFrame(kit.Column(theme.Gap, kit.NewHint(lang.T("admin.import_drop")), kit.Row(0, file, layout.NewSpacer()))))
	return scrolled(column)
}

// previewed shows what would change.
func (t *importTab) previewed() fyne.CanvasObject {
	p := t.preview
	head := kit.Column(theme.Gap, container.NewBorder(nil, nil, nil, kit.NewButton(lang.T("admin.import_other"), kit.Normal, t.reset), kit.NewStrong(filepath.Base(t.file))))
	if p.ID != "" {
		head.Add(kit.NewHint(lang.N("admin.import_rows", p.Rows, "Encoding", p.Encoding) + " " + counts(p.Counts) + "."))
	}
	if p.ManyLeave {
		b := kit.NewBanner()
		b.Say(kit.Warning, p.Why, nil)
		head.Add(b)
	}
	t.aside(head)
	notes := kit.Column(theme.Unit)
	for i, bad := range p.Problems {
		if i == 100 {
			notes.Add(kit.NewNote(lang.N("admin.import_more", len(p.Problems)-i)))
			break
		}
		row := kit.NewParagraph(bad.Text)
		row.Color = theme.ColorDanger
		notes.Add(row)
	}
	for _, g := range p.Groups {
		notes.Add(kit.NewHint(g))
	}
	for _, d := range p.Doubtful {
		notes.Add(kit.NewHint(lang.T("admin.import_doubt", "Name", d.Name, "Other", d.Other)))
	}
	if len(notes.Objects) > 0 {
		room := t.p.d.Window.Canvas().Size().Height
		head.Add(kit.Capped(kit.Inset(0, 0, 0, theme.Around, notes), func() float32 { return room * 0.22 }))
	}
	head.Add(t.filters())
	confirm := kit.NewButton(t.deed(), kit.Primary, t.confirm)
	if p.ID == "" || changes(p.Counts) == 0 {
		confirm.Disable()
	}
	foot := kit.Inset(theme.Gap, theme.Gap, theme.Around, theme.Around, kit.Row(theme.Gap, layout.NewSpacer(), confirm))
	var middle fyne.CanvasObject = t.rows
	switch {
	case mappable(p):
		middle = t.assign()
	case p.ID == "":
		middle = kit.NewEmptyState(ftheme.ErrorIcon(), lang.T("admin.import_refused"), lang.T("admin.import_refused_text"), kit.NewButton(lang.T("admin.import_other"), kit.Primary, t.reset))
	case len(p.Changes) == 0:
		middle = kit.NewEmptyState(ftheme.ConfirmIcon(), lang.T("admin.import_same"), lang.T("admin.import_same_text"))
	}
	top, bottom := kit.Inset(theme.Unit, theme.Gap, theme.Around, theme.Around, head), kit.Column(0, kit.NewLine(), foot)
	if t.p.d.Window.Canvas().Size().Height < 640*t.scale() {
		low := container.New(listRoom{}, middle)
		return container.NewBorder(nil, bottom, nil, nil, kit.Scrolled(container.NewVBox(top, low)))
	}
	return container.NewBorder(top, bottom, nil, nil, middle)
}

// aside adds what there is to say of the columns, and what went wrong.
func (t *importTab) aside(head *fyne.Container) {
	p := t.preview
	if t.err != nil {
		b := kit.NewBanner()
		b.Say(kit.Trouble, module.Sentence(t.err, t.p.d.Now()), nil)
		head.Add(b)
	}
	row := container.NewHBox()
	if p.ID != "" && len(p.Columns) > 0 {
		row.Add(kit.NewButton(lang.T("admin.columns_ask"), kit.Normal, t.askColumns))
	}
	if len(p.Unknown) > 0 {
		head.Add(kit.NewNote(lang.T("admin.import_unknown", "Columns", strings.Join(p.Unknown, ", "))))
	}
	if len(row.Objects) > 0 {
		head.Add(row)
	}
}

// listRoom is the height of the list where all of the preview scrolls.
type listRoom struct{}

func (listRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 320) }

func (listRoom) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

func (*importTab) scale() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText) / 14
}

// filters are the buttons that show one kind of changes.
func (t *importTab) filters() fyne.CanvasObject {
	row := kit.Flow(theme.Unit)
	add := func(what, label string) {
		b := kit.NewButton(label, kit.Normal, func() { t.filter(what) })
		b.Chosen = t.what == what
		row.Add(b)
	}
	add("", lang.T("admin.what_all"))
	for _, what := range whats {
		if n := t.preview.Counts[what]; n > 0 {
			add(what, lang.N("admin.n_"+what, n))
		}
	}
	if len(row.Objects) < 3 {
		row.Objects = nil
	}
	return row
}

func (t *importTab) reset() {
	t.preview, t.done, t.err = nil, nil, nil
	t.draw()
}

// finished says what was done, and offers the first passwords to print.
func (t *importTab) finished() fyne.CanvasObject {
	column := kit.Column(theme.Around, kit.NewPart(lang.T("admin.import_done"), kit.NewParagraph(counts(t.done.Counts)+".")))
	if codes := t.done.Start; len(codes) > 0 {
		b := kit.NewBanner()
		b.Say(kit.Warning, lang.N("admin.import_codes", len(codes)), nil)
		column.Add(b)
		column.Add(kit.Row(0, kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("admin.slips"), kit.Primary, func() {
			t.p.printSlips(codes, lang.T("admin.import_"+importKinds[t.kind]))
		}), layout.NewSpacer()))
	}
	column.Add(kit.Row(0, kit.NewButton(lang.T("admin.import_next"), kit.Normal, t.reset), layout.NewSpacer()))
	return scrolled(column)
}
