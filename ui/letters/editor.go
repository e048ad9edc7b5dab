package letters

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

const (
	keepAfter = 500 * time.Millisecond // a pause in writing: this PC keeps the text
	saveAfter = 2 * time.Second        // a longer one: the server gets it
)

// editor is a draft on screen. What is written is kept on this PC at each pause and
// sent to the server a little later, so that a crash costs a sentence at most.
type editor struct {
	l     *drafts
	name  string // under which this PC keeps it, the same as long as it is open
	draft wire.Draft
	lang  string // the version on screen, "" for the letter's own language

	change  int  // counts changes
	stored  int  // the change that the server has
	saving  bool // a save is under way
	waiting []func(err error)
	gone    bool // deleted, sent or left

	disk     sync.Mutex // around what this PC keeps: keptAt and storedAt
	keptAt   int        // the change that this PC keeps
	storedAt int        // the change that the server has, so that this PC need not keep it

	reach   wire.Reach
	reached bool
	asked   int // counts questions for the reach

	object  *fyne.Container
	column  *fyne.Container
	scroll  *container.Scroll
	banner  *kit.Banner
	strip   *fyne.Container
	status  *kit.Text
	reachOf *kit.Text
	whom    *kit.Button
	send    *kit.Button
	subject *kit.Field
	text    *kit.Entry
	rows    int              // of text
	control []fyne.Focusable // all that one writes with, in order
	preview bool
	modes   *kit.Choice     // to write or to preview
	look    *fyne.Container // the preview
	filled  asRead
}

func newEditor(l *drafts, n named) *editor {
	e := &editor{l: l, name: n.name, draft: n.draft, banner: kit.NewBanner(), status: kit.NewSmall(""), reachOf: kit.NewWhole("")}
	if n.local {
		e.keptAt = 1
	}
	if e.name == "" {
		e.name = "new-" + rand.Text()
	}
	if n.local {
		e.change = 1
	}
	e.strip = kit.Inset(0, theme.Gap, 0, 0, e.banner)
	e.strip.Hide()
	e.column = kit.Column(theme.Around)
	e.scroll = kit.Scrolled(kit.Inset(theme.Gap, theme.Around, theme.Around, theme.Around, e.column))
	back := kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("letters.drafts"), kit.Quiet, e.leave)
	remove := kit.NewIconButton(ftheme.DeleteIcon(), lang.T("letters.delete_draft"), func() { l.remove(named{name: e.name, draft: e.draft}) })
	template := kit.NewButton(lang.T("letters.template"), kit.Normal, e.templates)
	bar := container.NewBorder(nil, nil, back, kit.Row(theme.Gap, template, remove), kit.Inset(0, 0, theme.Gap, theme.Gap, e.status))
	e.send = kit.NewButton(lang.T("letters.send"), kit.Primary, e.sendNow)
	e.whom = kit.NewButton("", kit.Normal, e.unreachable)
	e.whom.Hide()
	foot := kit.Column(0, kit.NewLine(), kit.Inset(theme.Gap, theme.Gap, theme.Around, theme.Around, kit.Flow(theme.Gap, e.send, e.whom, kit.Inset(8, 0, 0, 0, e.reachOf))))
	e.object = container.NewBorder(kit.Inset(0, theme.Gap, theme.Gap, theme.Around, bar), foot, nil, nil, e.scroll)
	e.build()
	return e
}

// begin asks for the reach and, with an empty letter, offers the templates.
func (e *editor) begin() {
	e.askReach()
	if e.change > 0 {
		e.later()
	}
	e.l.p.d.Window.Canvas().Focus(e.subject.Entry)
}

// leave keeps everything and goes back to the list.
func (e *editor) leave() {
	if e.change == e.stored || e.empty() {
		e.gone = true
		e.l.close()
		return
	}
	e.keep()
	e.save(func(error) {
		e.gone = true
		e.l.close()
	})
}

// empty tells whether nothing was written at all.
func (e *editor) empty() bool {
	d := e.draft
	return d.ID == "" && strings.TrimSpace(d.Subject+d.Markdown) == "" && len(d.To) == 0 && len(d.Files) == 0
}

// changed is called for every change of the draft.
func (e *editor) changed() {
	e.change++
	e.draft.Saved = e.l.p.d.Now()
	e.status.Set(lang.T("letters.writing"))
	e.later()
}

// later keeps and saves the draft after a pause.
func (e *editor) later() {
	at := e.change
	time.AfterFunc(keepAfter, func() {
		e.l.p.d.Do(func() {
			if e.change == at && !e.gone {
				e.keep()
			}
		})
	})
	time.AfterFunc(saveAfter, func() {
		e.l.p.d.Do(func() {
			if e.change == at && !e.gone {
				e.save(nil)
			}
		})
	})
}

// keep stores the draft on this PC.
func (e *editor) keep() {
	if e.change == e.stored || e.empty() || e.gone {
		return
	}
	d, at := copyOf(e.draft), e.change
	e.l.p.d.Work(module.Patience, func(ctx context.Context) error {
		e.disk.Lock()
		defer e.disk.Unlock()
		if e.storedAt >= at || e.keptAt >= at {
			return nil
		}
		e.keptAt = at
		return e.l.p.e.KeepDraft(ctx, e.name, &d)
	}, func(err error) {
		if err != nil {
			e.trouble(err)
		} else if e.change != e.stored {
			e.status.Set(lang.T("letters.kept"))
		}
	})
}

// save gives the draft to the server; then is called when it has the newest.
func (e *editor) save(then func(err error)) {
	if then != nil {
		e.waiting = append(e.waiting, then)
	}
	if e.saving {
		return
	}
	if e.draft.ID != "" && e.change == e.stored {
		e.answer(nil)
		return
	}
	e.saving = true
	d, at := copyOf(e.draft), e.change
	var out wire.Draft
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		if out, err = e.l.p.e.Save(ctx, d); err != nil {
			return err
		}
		e.disk.Lock()
		defer e.disk.Unlock()
		e.storedAt = at
		if e.keptAt > at {
			return nil // something newer, which goes there next
		}
		return e.l.p.e.KeepDraft(ctx, e.name, nil)
	}, func(err error) {
		e.saving = false
		if out.ID != "" {
			e.draft.ID, e.draft.Rev, e.draft.Files = out.ID, out.Rev, out.Files
			e.stored = at
			if slices.Equal(e.draft.CoSenders, out.CoSenders) {
				e.draft.CoNames = out.CoNames
			}
		}
		switch {
		case remote.Code(err) == wire.CodeConflict && out.ID == "":
			e.conflict()
			e.answer(err)
		case err != nil:
			e.status.Set(lang.T("letters.kept"))
			e.trouble(err)
			e.answer(err)
		case e.change != e.stored: // written on meanwhile
			e.keep()
			e.save(nil)
		default:
			e.clear()
			e.fill()
			e.status.Set(lang.T("letters.stored", "Time", e.l.p.d.Now().Format("15:04")))
			e.answer(nil)
		}
	})
}

func (e *editor) answer(err error) {
	waiting := e.waiting
	e.waiting = nil
	for _, fn := range waiting {
		fn(err)
	}
}

// conflict asks which of two drafts counts; neither is lost before that.
func (e *editor) conflict() {
	id := e.draft.ID
	var other wire.Draft
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		other, err = e.l.p.e.Draft(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		kit.Confirm(e.l.p.d.Window, kit.Ask{
			Title: lang.T("letters.conflict"), Text: lang.T("letters.conflict_text"), Deed: lang.T("letters.conflict_mine"), Cancel: lang.T("letters.conflict_theirs"),
			Do: func() {
				e.draft.Rev = other.Rev
				e.save(nil)
			},
			OnCancel: func() {
				e.draft, e.stored = other, e.change
				e.build()
				e.askReach()
			},
		})
	})
}

func (e *editor) trouble(err error) {
	e.banner.Say(kit.Trouble, problem(err, e.l.p.d.Now()), nil)
	e.strip.Show()
	e.column.Refresh()
}

func (e *editor) clear() {
	if e.strip.Visible() {
		e.banner.Clear()
		e.strip.Hide()
		e.column.Refresh()
	}
}

// askReach asks whom the draft reaches.
func (e *editor) askReach() {
	e.asked++
	asked, to := e.asked, slices.Clone(e.draft.To)
	e.reached = false
	if len(to) == 0 {
		e.reach = wire.Reach{}
		e.showReach()
		return
	}
	var r wire.Reach
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		r, err = e.l.p.e.Reach(ctx, to)
		return err
	}, func(err error) {
		if e.asked != asked {
			return
		}
		if err != nil {
			e.trouble(err)
			return
		}
		e.reach, e.reached = r, true
		e.showReach()
	})
	e.showReach()
}

func (e *editor) showReach() {
	words := lang.T("letters.no_targets")
	if len(e.draft.To) > 0 {
		words = ""
	}
	if e.reached {
		words = reachWords(e.reach)
	}
	e.reachOf.Set(words)
	n := e.reach.Missed
	e.whom.Hidden = !e.reached || n == 0
	if n > 0 {
		e.whom.Set(lang.N("letters.unreachable", n))
	}
	e.send.Set(sendWords(e.reach, e.reached, e.draft.SendAt != nil))
	e.object.Refresh()
}

// unreachable names the children of whom nobody has an account.
func (e *editor) unreachable() {
	names := strings.Join(e.reach.Unreachable, "\n")
	if e.reach.Missed > len(e.reach.Unreachable) {
		names += "\n…"
	}
	text := kit.NewParagraph(names)
	(&module.Form{
		Title: lang.N("letters.unreachable", e.reach.Missed), Body: []fyne.CanvasObject{kit.NewHint(lang.T("letters.unreachable_text")), text},
		Close: lang.T("shell.close"),
	}).Show(e.l.p.d)
}

// sendNow saves the draft and sends it.
func (e *editor) sendNow() {
	e.clear()
	e.send.Disable()
	fail := func(err error) {
		e.send.Enable()
		e.trouble(err)
		e.scroll.ScrollToTop()
	}
	e.save(func(err error) {
		if err != nil {
			fail(err)
			return
		}
		id, later := e.draft.ID, e.draft.SendAt
		e.l.p.d.Work(2*time.Minute, func(ctx context.Context) error {
			_, err := e.l.p.e.SendDraft(ctx, id)
			return err
		}, func(err error) {
			if err != nil {
				fail(err)
				return
			}
			e.gone = true
			words := lang.T("letters.sent_now")
			if later != nil {
				words = lang.T("letters.sent_later", "Time", lang.FullTime(later.In(e.l.p.d.Now().Location())))
			}
			e.l.p.d.Toast(words, "", nil)
			e.l.editor = nil
			e.l.p.sent.current = id
			e.l.show()
			e.l.p.turn(modeSent)
		})
	})
}

// attach adds files of this PC.
func (e *editor) attach(paths []string) {
	e.clear()
	if len(e.draft.Files)+len(paths) > wire.MaxLetterFiles {
		e.banner.Say(kit.Trouble, lang.T("problem."+wire.CodeLetterFiles), nil)
		e.strip.Show()
		e.scroll.ScrollToTop()
		return
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			e.trouble(err)
			return
		case info.IsDir():
			e.banner.Say(kit.Trouble, lang.T("letters.no_folder", "Name", filepath.Base(path)), nil)
			e.strip.Show()
			return
		case info.Size() > wire.MaxLetterFile:
			e.banner.Say(kit.Trouble, lang.T("letters.wrong_file", "Name", filepath.Base(path), "Size", lang.Size(info.Size())), nil)
			e.strip.Show()
			return
		}
	}
	e.changed()
	e.save(func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		e.upload(paths)
	})
}

// upload sends the files one after the other.
func (e *editor) upload(paths []string) {
	id := e.draft.ID
	e.status.Set(lang.N("letters.uploading", len(paths)))
	e.l.p.d.Work(10*time.Minute, func(ctx context.Context) error {
		for _, path := range paths {
			if err := e.uploadOne(ctx, id, path); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			e.trouble(err)
		}
		e.refreshFiles()
	})
}

func (e *editor) uploadOne(ctx context.Context, id, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = e.l.p.e.Attach(ctx, id, filepath.Base(path), f)
	return err
}

// refreshFiles asks what the draft has attached now.
func (e *editor) refreshFiles() {
	id := e.draft.ID
	var d wire.Draft
	e.l.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		d, err = e.l.p.e.Draft(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			e.trouble(err)
			return
		}
		e.draft.Files, e.draft.Rev = d.Files, d.Rev
		e.status.Set("")
		e.build()
	})
}

func (e *editor) detach(f wire.LetterFile) {
	id := e.draft.ID
	e.l.p.d.Work(module.Patience, func(ctx context.Context) error { return e.l.p.e.Detach(ctx, id, f.ID) }, func(err error) {
		if err != nil {
			e.trouble(err)
		}
		e.refreshFiles()
	})
}
