package letters

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/letters"
	"schulhof/sync/people"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// reader is the pane with one letter.
type reader struct {
	b      *inbox
	letter letters.Letter
	shown  bool
	narrow bool
	forms  map[string]*form // what is being answered, by letter and child
	stay   map[string]bool  // letters that were marked unread while they are open

	text     *wire.Translation // of the letter in the chosen language, nil for the original
	wants    string            // the chosen language, "" for the original
	asked    bool              // wants was read from this PC
	busy     *kit.Busy
	trouble  error // why there is no translation
	original bool  // the original of this letter is looked at
	visit    int

	object *fyne.Container
	bar    *fyne.Container
	scroll *container.Scroll
	column *fyne.Container
	// controls are what one answers with, in order.
	controls []fyne.Focusable
}

func newReader(b *inbox) *reader {
	r := &reader{b: b, forms: map[string]*form{}, stay: map[string]bool{}, busy: kit.NewBusy(b.p.d.Do)}
	r.bar, r.column = kit.Flow(theme.Unit), kit.Column(theme.Around)
	r.scroll = kit.Scrolled(kit.Inset(theme.Gap, theme.Around, 20, 20, r.column))
	r.object = container.NewStack()
	r.clear()
	return r
}

func (r *reader) setNarrow(narrow bool) {
	if r.narrow != narrow {
		r.narrow = narrow
		r.build()
	}
}

// clear shows that nothing is open.
func (r *reader) clear() {
	r.shown = false
	r.visit++
	r.object.Objects = []fyne.CanvasObject{kit.NewEmptyState(ftheme.MailComposeIcon(), lang.T("letters.choose"), lang.T("letters.choose_text"))}
	r.object.Refresh()
}

// show shows a letter; one that is on screen already is built anew only when
// something of it changed.
func (r *reader) show(l letters.Letter) {
	other := !r.shown || r.letter.ID != l.ID || r.letter.Version != l.Version
	if !other && same(r.letter, l) {
		return
	}
	r.letter, r.shown = l, true
	if other {
		r.visit++
		r.text, r.trouble, r.original = nil, nil, false
		r.scroll.Offset = fyne.Position{}
		r.begin()
	}
	r.build()
}

// begin notes that the letter is read, after a moment, and asks for it in the
// language that was chosen before.
func (r *reader) begin() {
	visit, l := r.visit, r.letter
	delete(r.stay, l.ID)
	if l.Read == nil {
		time.AfterFunc(readAfter, func() {
			r.b.p.d.Do(func() {
				if r.visit == visit && r.b.p.shown && !r.stay[l.ID] {
					r.b.do(func(ctx context.Context) error { return r.b.p.e.SetRead(ctx, true, l.ID) }, nil)
				}
			})
		})
	}
	if r.asked {
		r.translate()
		return
	}
	var code string
	r.b.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		code, err = r.b.p.e.Language(ctx)
		return err
	}, func(err error) {
		r.asked = true
		if err == nil && code != "" {
			r.wants = code
			r.translate()
		}
	})
}

// leaveUnread keeps letters that are open from being marked as read.
func (r *reader) leaveUnread(read bool, ids []string) {
	for _, id := range ids {
		r.stay[id] = !read
	}
}

// translate fetches the text in the chosen language.
func (r *reader) translate() {
	if r.wants == "" || r.wants == r.letter.Lang || !r.shown {
		return
	}
	visit, l, code := r.visit, r.letter, r.wants
	r.busy.Start()
	var text wire.Translation
	r.b.p.d.Work(time.Minute, func(ctx context.Context) (err error) {
		text, err = r.b.p.e.Translate(ctx, l, code)
		return err
	}, func(err error) {
		r.busy.Stop()
		if r.visit != visit || r.wants != code {
			return
		}
		if r.trouble = err; err == nil {
			r.text = &text
		}
		r.build()
		if err == nil && !l.Whole(text) {
			r.translateQuestion(visit, l, code)
		}
	})
}

// translateQuestion asks once more for a text that came without the letter's question,
// while it is read: a machine may have translated that since.
func (r *reader) translateQuestion(visit int, l letters.Letter, code string) {
	var text wire.Translation
	r.b.p.d.Work(time.Minute, func(ctx context.Context) (err error) {
		text, err = r.b.p.e.TranslateAgain(ctx, l, code)
		return err
	}, func(err error) {
		if err == nil && r.visit == visit && r.wants == code && l.Whole(text) {
			r.text = &text
			r.build()
		}
	})
}

// focus puts the keyboard into the answer.
func (r *reader) focus() {
	if len(r.controls) > 0 {
		r.b.p.d.Window.Canvas().Focus(r.controls[0])
	}
}

func (r *reader) now() time.Time { return r.b.p.d.Now() }

// build makes the pane anew.
func (r *reader) build() {
	if !r.shown {
		return
	}
	offset, before := r.scroll.Offset, r.controls
	r.controls = nil
	r.buildBar()
	r.column.Objects = nil
	r.head()
	subject, body := r.said()
	if subject != r.letter.Subject {
		r.column.Add(heading(subject))
	}
	r.column.Add(kit.NewLetter(body))
	r.files()
	r.answers()
	r.object.Objects = []fyne.CanvasObject{container.NewBorder(kit.Inset(0, theme.Unit, theme.Gap, theme.Gap, r.bar), nil, nil, nil, r.scroll)}
	r.object.Refresh()
	r.scroll.Refresh()
	r.scroll.ScrollToOffset(offset)
	refocus(r.b.p.d.Window.Canvas(), before, r.controls)
}

// refocus gives the keyboard to the control that took the place of the one that had
// it, with the cursor where it was: what arrives must not take it from who writes.
func refocus(c fyne.Canvas, before, after []fyne.Focusable) {
	at := slices.Index(before, c.Focused())
	if at < 0 || len(after) == 0 {
		return
	}
	if p, is := before[at].(interface{ Ring() bool }); is && !p.Ring() {
		return // by a click of the mouse: there is nothing to be seen of it
	}
	now := after[min(at, len(after)-1)]
	old, was := before[at].(*kit.Entry)
	entry, is := now.(*kit.Entry)
	if was && is {
		entry.CursorRow, entry.CursorColumn = old.CursorRow, old.CursorColumn
	}
	c.Focus(now)
}

// said is subject and text in the language that is shown.
func (r *reader) said() (subject, body string) {
	if r.text != nil && !r.original {
		return r.text.Subject, r.text.Markdown
	}
	return r.letter.Subject, r.letter.Markdown
}

// changed is what a correction changed, in the language that is shown.
func (r *reader) changed() string {
	if r.text != nil && !r.original {
		return cmp.Or(r.text.Changed, r.letter.Changed)
	}
	return r.letter.Changed
}

func (r *reader) buildBar() {
	r.bar.Objects = nil
	if r.narrow {
		r.bar.Add(kit.NewIconTextButton(ftheme.NavigateBackIcon(), lang.T("letters.back"), kit.Quiet, func() { r.b.m.Clear(); r.b.show() }))
	}
	word, icon := lang.T("letters.to_archive"), ftheme.FolderIcon()
	if r.letter.Archived {
		word, icon = lang.T("letters.from_archive"), ftheme.FolderOpenIcon()
	}
	one := []letters.Letter{r.letter}
	r.bar.Add(kit.NewIconTextButton(kit.GlobeIcon(), lang.T("letters.translate"), kit.Quiet, r.pickLanguage))
	if r.narrow {
		r.bar.Add(kit.NewIconButton(icon, word, func() { r.b.archive(one) }))
		r.bar.Add(kit.NewIconButton(ftheme.DocumentPrintIcon(), lang.T("letters.print"), r.b.print))
	} else {
		r.bar.Add(kit.NewIconTextButton(icon, word, kit.Quiet, func() { r.b.archive(one) }))
		r.bar.Add(kit.NewIconTextButton(ftheme.DocumentPrintIcon(), lang.T("letters.print"), kit.Quiet, r.b.print))
	}
	r.bar.Add(r.busy)
	r.bar.Refresh()
}

// heading is a letter's subject: it wraps, and stands at the right where it is
// read from there.
func heading(text string) *kit.Paragraph {
	p := kit.NewParagraph(text)
	p.TextSize, p.Style.Bold = ftheme.SizeNameHeadingText, true
	return p
}

// head says what the letter is about, from whom, for whom, and in what language.
func (r *reader) head() {
	l, now := r.letter, r.now()
	if l.Important {
		banner := kit.NewBanner()
		banner.Say(kit.Warning, lang.T("letters.important"), nil)
		r.column.Add(banner)
	}
	lines := kit.Column(2, heading(l.Subject))
	from := senders(l.From) + " · " + lang.FullTime(l.Sent.In(now.Location()))
	lines.Add(kit.NewHint(from))
	if len(l.Children) > 0 {
		lines.Add(kit.NewHint(lang.T("letters.for", "Names", withClasses(l.Children))))
	}
	r.column.Add(lines)
	if l.NeedsAnswer(now) && l.Ask.Deadline != nil {
		banner := kit.NewBanner()
		banner.Say(kit.Info, lang.T("letters.answer_until", "Time", lang.FullTime(l.Ask.Deadline.In(now.Location()))), nil)
		r.column.Add(banner)
	}
	if l.Version > 1 {
		note := kit.Column(theme.Gap, kit.NewStrong(lang.T("letters.corrected")))
		if changed := r.changed(); changed != "" {
			note.Add(kit.NewLetter(changed))
		}
		note.Add(container.NewHBox(kit.NewButton(lang.T("letters.versions"), kit.Normal, r.versions)))
		r.column.Add(kit.NewFrame(note))
	}
	r.translation()
}

// translation says by whom a translation was made, with the original one click away.
func (r *reader) translation() {
	banner := kit.NewBanner()
	switch {
	case r.trouble != nil:
		banner.Say(kit.Trouble, module.Sentence(r.trouble, r.now()), kit.NewButton(lang.T("letters.again"), kit.Normal, func() { r.trouble = nil; r.translate(); r.build() }))
	case r.text == nil:
		return
	case r.original:
		banner.Say(kit.Info, lang.T("letters.original_shown"), kit.NewButton(languageName(r.text.Lang), kit.Normal, func() { r.original = false; r.build() }))
	case r.text.Machine:
		banner.Say(kit.Warning, lang.T("letters.by_machine", "Language", languageName(r.text.Lang), "Engine", engineName(r.text.Engine)),
			kit.NewButton(lang.T("letters.original"), kit.Normal, func() { r.original = true; r.build() }))
	default:
		banner.Say(kit.Fine, lang.T("letters.by_sender", "Language", languageName(r.text.Lang)),
			kit.NewButton(lang.T("letters.original"), kit.Normal, func() { r.original = true; r.build() }))
	}
	r.column.Add(banner)
}

// files lists the attachments.
func (r *reader) files() {
	if len(r.letter.Files) == 0 {
		return
	}
	list := kit.Column(theme.Gap, kit.NewStrong(lang.N("letters.files", len(r.letter.Files))))
	id := r.letter.ID
	for _, f := range r.letter.Files {
		open := kit.NewButton(lang.T("letters.open_file"), kit.Normal, func() { r.openFile(id, f) })
		save := kit.NewIconButton(ftheme.DownloadIcon(), lang.T("letters.save_file", "Name", kit.OneLine(f.Name)), func() { r.saveFile(id, f) })
		list.Add(kit.NewItem(ftheme.FileIcon(), f.Name, lang.Size(f.Size), kit.Row(theme.Unit, open, save)))
	}
	r.column.Add(list)
}

func (r *reader) openFile(id string, f wire.LetterFile) {
	var path string
	r.b.p.d.Work(10*time.Minute, func(ctx context.Context) (err error) {
		path, err = r.b.p.e.Local(ctx, id, f)
		return err
	}, func(err error) {
		if err == nil {
			err = r.b.p.d.OpenLocal(path)
		}
		if err != nil {
			r.b.p.d.Toast(module.Sentence(err, r.now()), "", nil)
		}
	})
}

func (r *reader) saveFile(id string, f wire.LetterFile) {
	saveTo(r.b.p.d, f.Name, func(ctx context.Context, w io.Writer) error { return r.b.p.e.File(ctx, id, f.ID, w) })
}

// saveTo asks for a folder, writes a file into it and offers to show it there.
func saveTo(d module.Deps, name string, fetch func(ctx context.Context, w io.Writer) error) {
	d.PickFolder(func(dir string) {
		if dir == "" {
			return
		}
		var path string
		d.Work(10*time.Minute, func(ctx context.Context) (err error) {
			path, err = people.Save(dir, name, func(w io.Writer) error { return fetch(ctx, w) })
			return err
		}, func(err error) {
			if err != nil {
				d.Toast(module.Sentence(err, d.Now()), "", nil)
				return
			}
			d.Toast(lang.T("letters.saved", "Path", path), lang.T("letters.reveal"), func() {
				if err := d.RevealLocal(path); err != nil {
					d.Toast(module.Sentence(err, d.Now()), "", nil)
				}
			})
		})
	})
}

// versions shows what the letter said before, in the language that is shown where the
// school wrote it in that.
func (r *reader) versions() {
	id, shown := r.letter.ID, ""
	if r.text != nil && !r.original {
		shown = r.text.Lang
	}
	var list wire.LetterVersions
	r.b.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
		list, err = r.b.p.e.Versions(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			r.b.p.d.Toast(module.Sentence(err, r.now()), "", nil)
			return
		}
		column := kit.Column(20)
		for _, v := range list.Versions {
			title := lang.T("letters.version", "Number", v.Version, "Time", lang.FullTime(v.At.In(r.now().Location())), "By", senders([]string{v.By}))
			said, own := v.Versions[shown]
			if !own {
				said = v.Text
			}
			column.Add(kit.NewPart(title, heading(said.Subject), kit.NewLetter(said.Markdown)))
		}
		(&module.Form{Title: lang.T("letters.versions"), Body: []fyne.CanvasObject{column}, Close: lang.T("shell.close"), Wide: true}).Show(r.b.p.d)
	})
}
