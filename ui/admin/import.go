package admin

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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
	turn      int      // counts what was begun: what was stopped answers in vain
	bar       *bar     // how far it is
	preview   *wire.Import
	decisions map[int]wire.ImportDecision
	what      string // the filter
	found     []wire.ImportChange
	rows      *rows
	done      *wire.ImportDone
	err       error
	sure      *module.Form // asks whether a preview is to be written
	planNews  follower
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

// news implements tab: what a list would change follows from how the school is now.
func (t *importTab) news() {
	was := t.preview
	if was == nil || was.ID == "" || t.busy != "" || t.sure != nil && t.sure.Open() {
		return
	}
	var out wire.Import
	decided := slices.Collect(maps.Values(t.decisions))
	t.planNews.run(t.p.d, t.news, func(ctx context.Context) (err error) {
		out, err = t.p.calls.Decide(ctx, was.ID, lang.Current(), decided)
		return err
	}, func() {
		if t.preview != was || t.busy != "" || reflect.DeepEqual(*was, out) {
			return
		}
		t.preview = &out
		t.rows.kept(func(i int) string {
			return t.found[i].What + " " + t.found[i].Name + " " + strconv.Itoa(t.found[i].Line)
		}, func() { t.filter(t.what) })
	})
}

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
	t.begin(turn)
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
	t.sure = &module.Form{
		Title: lang.T("admin.import_title"), Body: body, Deed: t.deed(), Kind: kind,
		Send: sure, Done: func() { t.write(p) }, Closed: t.news, // what it has held up
	}
	t.p.form(t.sure)
}

// write writes what a preview shows. It cannot be stopped: all of it is written, or
// nothing.
func (t *importTab) write(p *wire.Import) {
	if t.preview != p || t.planNews.busy { // not what was confirmed
		t.p.toast(lang.T("admin.import_moved"))
		return
	}
	t.busy, t.stop, t.err = lang.T("admin.import_writing", "Name", filepath.Base(t.file)), nil, nil
	t.turn++
	t.begin(t.turn)
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
