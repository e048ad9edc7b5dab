package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"schulhof/sync/files"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// Leave is the way out: it waits for what the server does not have yet, and
// never throws it away without having said so. It belongs to the UI goroutine.
type Leave struct {
	Window fyne.Window
	Do     func(func())
	Files  *files.Files
	// Outbox counts what else waits to be sent, as answers to letters; may be nil.
	Outbox func(ctx context.Context) (int, error)
	Shared bool
	Now    func() time.Time
	// Unlock checks the person's password. When it is set nobody was there for a
	// while: whoever comes now must know the password to stay, and sees no names.
	Unlock     func(ctx context.Context, password string) error
	PickFolder func(then func(path string))
	Then       func() // signs out for good
	Stayed     func() // it was given up; may be nil

	dialog *kit.Dialog
	text   *kit.Paragraph
	bar    *kit.Progress
	copies *kit.Button // what waits into a folder
	loses  *kit.Button // what waits is given up
	stop   context.CancelFunc
	ended  bool
	start  int
}

// grace is how long nothing is shown, for a sign-out with nothing left to do.
const grace = 400 * time.Millisecond

// Start looks for saves that were not noticed yet and signs out when the server
// has everything; where that takes a moment it shows what is left.
func (l *Leave) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	l.start = l.pending()
	l.build(ctx)
	if l.Unlock != nil || l.start > 0 {
		l.open()
	} else {
		time.AfterFunc(grace, func() { l.Do(l.open) })
	}
	go l.drain(ctx)
}

// open shows the dialog unless all is done already.
func (l *Leave) open() {
	if l.ended {
		return
	}
	l.show()
	l.dialog.Show()
}

func (l *Leave) build(ctx context.Context) {
	l.text, l.bar = kit.NewParagraph(""), kit.NewProgress(100)
	body := kit.Column(12, l.text, l.bar)
	stay := kit.NewButton(lang.T("leave.stay"), kit.Normal, func() { l.dialog.Close() })
	l.copies = kit.NewButton(lang.T("leave.export"), kit.Normal, l.export)
	l.loses = kit.NewButton(lang.T("leave.anyway"), kit.Danger, l.anyway)
	var first fyne.Focusable = stay
	buttons := []*kit.Button{l.loses, l.copies, stay}
	if l.Unlock != nil {
		first, buttons = l.lock(ctx, body), []*kit.Button{l.loses}
	}
	l.dialog = kit.NewDialog(l.Window, lang.T("leave.title"), body, first, buttons...)
	l.dialog.SetWidth(580)
	l.dialog.Stays = l.Unlock != nil
	l.dialog.OnClosed = func() {
		l.stop()
		if !l.ended {
			l.ended = true
			if l.Stayed != nil {
				l.Stayed()
			}
		}
	}
}

// lock adds the field by which the person comes back in.
func (l *Leave) lock(ctx context.Context, body *fyne.Container) fyne.Focusable {
	field := kit.NewPasswordField(lang.T("signin.password"), lang.T("leave.unlock_hint"))
	field.Entry.OnChanged = func(string) { field.SetError("") }
	field.Entry.OnSubmitted = func(password string) {
		go func() {
			err := l.Unlock(ctx, password)
			l.Do(func() {
				switch {
				case l.ended:
				case err != nil:
					field.SetError(module.Sentence(err, l.Now()))
					l.dialog.Relayout()
				default:
					l.dialog.Close()
				}
			})
		}()
	}
	body.Add(field)
	return field.Entry
}

// pending counts what the server does not have yet.
func (l *Leave) pending() int { return l.Files.Pending() + l.writes() }

func (l *Leave) writes() int {
	if l.Outbox == nil {
		return 0
	}
	n, err := l.Outbox(context.Background())
	if err != nil {
		return 0
	}
	return n
}

// drainAll waits for the uploads, then for what else waits to be sent.
func (l *Leave) drainAll(ctx context.Context) error {
	if err := l.Files.Drain(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for l.writes() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// drain waits for the uploads and looks at them every half second.
func (l *Leave) drain(ctx context.Context) {
	done := make(chan error, 1)
	go func() { done <- l.drainAll(ctx) }()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.Do(l.show)
		case err := <-done:
			l.Do(func() { l.drained(err) })
			return
		}
	}
}

func (l *Leave) drained(err error) {
	switch {
	case l.ended:
	case err == nil && l.pending() == 0:
		l.finish()
	default:
		l.open()
	}
}

func (l *Leave) finish() {
	l.ended = true
	l.stop()
	l.dialog.Close()
	l.Then()
}

// show says what is left, and why it does not get less.
func (l *Leave) show() {
	if l.ended {
		return
	}
	uploads, writes := l.Files.Pending(), l.writes()
	left := uploads + writes
	l.start = max(l.start, left)
	s := summarize(l.Files.Online(), l.Files.Transfers(), uploads)
	words := lang.T("leave.looking")
	switch {
	case uploads > 0:
		words = lang.N("leave.left", uploads)
	case writes > 0:
		words = lang.N("leave.writes", writes)
	}
	switch {
	case left == 0:
	case !s.online:
		words += " " + lang.T("leave.offline")
	case s.failed > 0:
		words += " " + l.failure()
	}
	l.text.Set(words)
	l.offer(uploads, writes)
	l.bar.Set(max(s.part, 1-float64(left)/float64(max(l.start, 1))))
	if l.dialog.Open() {
		l.dialog.Relayout()
	}
}

// offer shows the ways out that fit what is left. Files can be copied to a folder,
// and on a shared PC, where they would be gone, they are not given up otherwise; an
// answer to a letter cannot be copied.
func (l *Leave) offer(uploads, writes int) {
	if l.Unlock != nil {
		return
	}
	files := uploads > 0 || writes == 0
	l.copies.Hidden = !files
	l.loses.Hidden = files && l.Shared
}

// failure words why an upload was refused.
func (l *Leave) failure() string {
	if l.Unlock != nil {
		return lang.T("leave.refused")
	}
	for _, t := range l.Files.Transfers() {
		if t.State == files.Broken && t.Dir == files.Up {
			return lang.T("leave.failed", "Name", t.Name, "Error", module.Sentence(t.Err, l.Now()))
		}
	}
	return ""
}

// export copies what the server does not have to a folder of the user's.
func (l *Leave) export() {
	l.PickFolder(func(path string) {
		if path == "" || l.ended {
			return
		}
		go func() {
			n, err := l.Files.Export(context.Background(), path)
			l.Do(func() {
				switch {
				case l.ended:
				case err != nil:
					kit.Tell(l.Window, lang.T("leave.export"), module.Sentence(err, l.Now()), lang.T("shell.close"))
				default:
					kit.Confirm(l.Window, kit.Ask{
						Title: lang.T("leave.exported"), Text: lang.N("leave.exported_text", n, "Folder", path),
						Deed: lang.T("shell.sign_out"), Cancel: lang.T("leave.stay"), Do: l.exported,
					})
				}
			})
		}()
	})
}

// exported signs out after what waits was copied; what cannot be copied is asked about.
func (l *Leave) exported() {
	if l.writes() > 0 {
		l.anyway()
		return
	}
	l.finish()
}

// anyway asks once more before uploads are given up.
func (l *Leave) anyway() {
	left := l.pending()
	kit.Confirm(l.Window, kit.Ask{
		Title: lang.T("leave.lose_title"), Text: lang.N("leave.lose_text", left),
		Deed: lang.N("leave.lose", left), Cancel: lang.T("shell.cancel"), Danger: true, Do: l.finish,
	})
}

// Waiting is the window's content while there is nothing to do but wait.
func Waiting(text string) fyne.CanvasObject {
	return container.NewStack(kit.NewGround(theme.ColorSurface), container.NewCenter(kit.NewWhole(text)))
}
