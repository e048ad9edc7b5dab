package module

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// Patience is how long a page waits for an answer that it shows.
const Patience = 30 * time.Second

// Work runs work on a goroutine of its own and gives its error to then on the UI
// goroutine; then may be nil.
func (d Deps) Work(patience time.Duration, work func(ctx context.Context) error, then func(error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := work(ctx)
		if then != nil {
			d.Do(func() { then(err) })
		}
	}()
}

// Form is a dialog that sends something to the server and stays open until that was
// taken. What was refused is shown in it.
type Form struct {
	Title string
	Body  []fyne.CanvasObject
	First fyne.Focusable // has the cursor; the deed where it is nil
	Deed  string         // the button names it; "" = there is only the closing button
	Kind  kit.Kind       // of the button
	Close string         // the other button; "" = cancel
	Wide  bool
	Stays bool          // Esc does not close it
	Time  time.Duration // 0 = Patience

	Read   func()                          // reads the fields on the UI goroutine, before Send; may be nil
	Check  func() bool                     // false when something is missing, which it shows; may be nil
	Send   func(ctx context.Context) error // runs in the background
	Done   func()                          // after Send was fine, with the dialog closed; may be nil
	Closed func()                          // whatever closed it, after Done; may be nil
	Wrong  func(err error) bool            // shows an error at a field, else false; may be nil

	// Confirm may ask for more and send again with again, as when administrating
	// needs the password once more; false when that is not what the error says.
	Confirm func(err error, again func()) bool

	d       Deps
	dialog  *kit.Dialog
	trouble *kit.Banner
	busy    *kit.Busy
	deed    *kit.Button
	sending bool
	fine    bool // it was sent
}

// Show puts the form on screen.
func (f *Form) Show(d Deps) *Form {
	f.d, f.trouble, f.busy = d, kit.NewBanner(), kit.NewBusy(d.Do)
	if f.Close == "" {
		f.Close = lang.T("form.cancel")
	}
	body := kit.Column(12, append([]fyne.CanvasObject{f.trouble}, f.Body...)...)
	capped := kit.Capped(kit.Inset(3, 3, 3, 10, body), func() float32 {
		return d.Window.Canvas().Size().Height - 190*min(fyne.CurrentApp().Settings().Theme().Size("text")/14, 1.5)
	})
	f.trouble.OnResize = f.relayout
	for _, o := range f.Body {
		switch o := o.(type) {
		case *kit.Field:
			o.OnResize = f.relayout
			o.Entry.OnSubmitted = func(string) { f.Submit() }
		case *kit.RuleList:
			o.OnResize = f.relayout
		}
	}
	shut := kit.NewButton(f.Close, kit.Normal, func() { f.dialog.Close() })
	buttons := []*kit.Button{shut}
	if f.Deed != "" {
		kind := f.Kind
		if kind == kit.Normal {
			kind = kit.Primary
		}
		f.deed = kit.NewButton(f.Deed, kind, f.Submit)
		buttons = []*kit.Button{f.deed, shut}
		if f.First == nil && kind == kit.Danger {
			f.First = shut
		}
	}
	body.Add(kit.Row(theme.Gap, f.busy))
	f.dialog = kit.NewDialog(d.Window, f.Title, capped, f.First, buttons...)
	if f.Wide {
		f.dialog.SetWidth(640)
	}
	f.dialog.Stays = f.Stays
	f.dialog.OnClosed = func() {
		f.busy.Stop()
		if f.Closed != nil && !f.fine {
			f.Closed()
		}
	}
	f.dialog.Show()
	f.relayout()
	return f
}

// relayout fits the dialog to what became larger or smaller; the second time is for
// paragraphs, whose height follows from their width.
func (f *Form) relayout() {
	if f.dialog != nil && f.dialog.Open() {
		f.dialog.Relayout()
		f.dialog.Relayout()
	}
}

// Submit sends the form, unless that is under way.
func (f *Form) Submit() {
	if f.sending || f.Send == nil || f.Check != nil && !f.Check() {
		return
	}
	if f.Read != nil {
		f.Read()
	}
	f.sending = true
	f.trouble.Clear()
	f.deed.Disable()
	f.busy.Start()
	patience := f.Time
	if patience == 0 {
		patience = Patience
	}
	f.d.Work(patience, f.Send, f.answered)
}

func (f *Form) answered(err error) {
	f.sending = false
	f.busy.Stop()
	f.deed.Enable()
	switch {
	case err == nil:
		f.fine = true
		f.dialog.Close()
		if f.Done != nil {
			f.Done()
		}
		if f.Closed != nil {
			f.Closed()
		}
	case f.dialog.Open() && f.Confirm != nil && f.Confirm(err, f.Submit):
	case !f.dialog.Open():
		f.d.Toast(Sentence(err, f.d.Now()), "", nil)
	case f.Wrong != nil && f.Wrong(err):
		f.relayout()
	default:
		f.trouble.Say(kit.Trouble, Sentence(err, f.d.Now()), nil)
	}
}

// Open tells whether the form is on screen.
func (f *Form) Open() bool { return f.dialog != nil && f.dialog.Open() }

// Shut closes the form.
func (f *Form) Shut() { f.dialog.Close() }
