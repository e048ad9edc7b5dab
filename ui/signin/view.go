package signin

import (
	"context"
	"image"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// Deps are what New needs.
type Deps struct {
	Window    fyne.Window
	Do        func(func())
	Now       func() time.Time
	Log       *slog.Logger
	Address   string // as last used, or as the school's administrator fixed it
	Fixed     bool   // the address cannot be changed here
	Shared    bool   // this PC is used by many: never offer to stay signed in
	Keyring   bool   // a token can be kept safely on this PC
	Login     string // as last used
	Device    string // what the list of devices calls this PC
	UserAgent string
	Notice    string // what to say above the first form, as why one was signed out; "" = nothing
	Speak     func(code string)
	Done      func(Result)
	Out       func() // of Resume: what one does who does not want to go on, as signing out
}

// View is the sign-in, filling a window. It belongs to the UI goroutine.
type View struct {
	d    Deps
	ctx  context.Context //nolint:containedctx // lives as long as the view, which is not a call
	stop context.CancelFunc
	root *fyne.Container
	card *fyne.Container

	server  *remote.Server // nil until an address was found good
	client  *remote.Client
	logo    image.Image
	session wire.Session
	stay    bool
	typed   struct{ address, login, password string }
	old     string // the first password, for the change; "" is asked for
	step    func() // builds the step that is shown
	first   fyne.Focusable
	cleanup func() // ends what the step has under way

	during context.Context    //nolint:containedctx // ends when the step is left
	left   context.CancelFunc // leaves the step

	keyringChanged func() // draws the choice to stay anew; nil while it is not shown
}

// New returns the sign-in at its first step. Close ends it.
func New(d Deps) *View {
	v := &View{d: d}
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.typed.address, v.typed.login = d.Address, d.Login
	v.card = container.NewStack()
	v.root = container.NewStack()
	v.step = v.addressStep
	if d.Address != "" {
		v.step = v.connectStep
	}
	v.build()
	return v
}

// Resume returns the pages for what is pending in a session that is in use already.
// Done gets the session with nothing pending; Deps.Out is the other way on. The
// address, the login and what else is for signing in may be empty.
func Resume(d Deps, client *remote.Client, school wire.School, session wire.Session) *View {
	v := &View{d: d, client: client, server: &remote.Server{Base: client.Base(), School: school}, session: session}
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.card = container.NewStack()
	v.root = container.NewStack()
	if v.step = v.pending(); v.step == nil {
		v.step = v.finish
	}
	v.build()
	return v
}

// Object is the content for the window.
func (v *View) Object() fyne.CanvasObject { return v.root }

// Focus puts the cursor where typing begins.
func (v *View) Focus() {
	if v.first != nil {
		v.d.Window.Canvas().Focus(v.first)
	}
}

// SetKeyring tells whether tokens can be kept on this PC, once that is known.
func (v *View) SetKeyring(works bool) {
	v.d.Keyring = works
	if v.keyringChanged != nil {
		v.keyringChanged()
	}
}

// Close gives up what is under way.
func (v *View) Close() {
	v.endStep()
	v.stop()
}

// Rebuild shows the step again, in the language that is now in force.
func (v *View) Rebuild() {
	v.build()
	v.Focus()
}

// to shows another step.
func (v *View) to(step func()) {
	v.step = step
	v.build()
	v.Focus()
}

func (v *View) endStep() {
	if v.left != nil {
		v.left()
	}
	if v.cleanup != nil {
		v.cleanup()
		v.cleanup = nil
	}
	v.keyringChanged = nil
}

func (v *View) build() {
	v.endStep()
	v.during, v.left = context.WithCancel(v.ctx)
	v.first = nil
	v.card.Objects = nil
	v.step()
	languages := kit.Row(theme.Unit)
	for _, code := range lang.All() {
		b := kit.NewButton(lang.Name(code), kit.Quiet, func() { v.d.Speak(code) })
		b.Chosen = code == lang.Current()
		languages.Add(b)
	}
	top := container.NewBorder(nil, nil, nil, kit.Inset(12, 0, 0, theme.Around, languages))
	ground := kit.NewCard(ftheme.ColorNameOverlayBackground)
	ground.Corner = 10
	pad := float32(28)
	if h := v.d.Window.Canvas().Size().Height; h < low {
		pad = theme.Around
	}
	panel := container.NewStack(ground, kit.Inset(pad, pad, 32, 32, v.card))
	middle := kit.Scrolled(container.New(&center{pad}, panel))
	v.root.Objects = []fyne.CanvasObject{kit.NewGround(theme.ColorSurface), container.NewBorder(top, nil, nil, nil, middle)}
	v.root.Refresh()
}

// center puts the card in the middle, a little above the centre, as wide as the
// text size asks for.
type center struct{ below float32 } // the room that stays free below

// low is a window in which the longest step fits only with less room around it.
const low = 640

func (center) width(o fyne.CanvasObject, room float32) float32 {
	scale := fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameText) / 14
	return max(min(420*min(scale, 1.5), room-32), o.MinSize().Width)
}

func (c center) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[0].MinSize()
	return fyne.NewSize(m.Width, m.Height+c.below)
}

func (c center) Layout(o []fyne.CanvasObject, s fyne.Size) {
	width := c.width(o[0], s.Width)
	o[0].Resize(fyne.NewSize(width, o[0].MinSize().Height))
	height := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(width, height))
	o[0].Move(fyne.NewPos((s.Width-width)/2, max(0, (s.Height-height)*0.42)))
}

// show fills the card with a column.
func (v *View) show(objects ...fyne.CanvasObject) {
	for _, o := range objects {
		switch o := o.(type) {
		case *kit.Field:
			o.OnResize = v.relayout
		case *kit.Banner:
			o.OnResize = v.relayout
		case *kit.RuleList:
			o.OnResize = v.relayout
		}
	}
	v.card.Objects = []fyne.CanvasObject{kit.Column(theme.Around, objects...)}
	v.card.Refresh()
}

// relayout fits the card to what became larger or smaller in it. The second time
// is for paragraphs, whose height follows from the width of the first.
func (v *View) relayout() {
	v.root.Refresh()
	v.root.Refresh()
}

// header is the school's logo and name; before one is known, the program's own name.
func (v *View) header() fyne.CanvasObject {
	if v.server == nil {
		return kit.NewTitle("Schulhof")
	}
	return v.badge(v.newClient(), v.server.School)
}

// badge shows a school's logo and name.
func (v *View) badge(client *remote.Client, s wire.School) fyne.CanvasObject {
	name := kit.NewTitle(s.Name)
	lines := kit.Column(2, name)
	if s.Place != "" {
		lines.Add(kit.NewMuted(s.Place))
	}
	logo := kit.NewAsyncImage(v.d.Do, ftheme.NewColoredResource(ftheme.HomeIcon(), theme.ColorAccent), fyne.NewSquareSize(48))
	v.showLogo(logo, client, s.LogoPath)
	return container.NewBorder(nil, nil, kit.Inset(0, 0, 0, 12, container.NewCenter(logo)), nil, container.New(layout.NewVBoxLayout(), layout.NewSpacer(), lines, layout.NewSpacer()))
}

func (v *View) showLogo(into *kit.AsyncImage, client *remote.Client, path string) {
	switch {
	case v.logo != nil:
		into.SetImage(v.logo)
	case path != "":
		into.Load(v.ctx, func(ctx context.Context) (image.Image, error) {
			raw, err := client.Bytes(ctx, path)
			if err != nil {
				return nil, err
			}
			img, err := decodeLogo(raw)
			if err == nil {
				v.d.Do(func() { v.logo = img })
			}
			return img, err
		})
	}
}

func (v *View) newClient() *remote.Client {
	if v.client == nil {
		v.client = v.clientOf(*v.server)
	}
	return v.client
}

func (v *View) clientOf(s remote.Server) *remote.Client {
	return remote.New(remote.Options{Base: s.Base, UserAgent: v.d.UserAgent, Log: v.d.Log})
}

// background runs work on a goroutine of its own and gives its error to then,
// on the UI goroutine, unless the step was left meanwhile.
func (v *View) background(work func(ctx context.Context) error, then func(err error)) {
	ctx := v.during
	go func() {
		err := work(ctx)
		v.d.Do(func() {
			if ctx.Err() == nil {
				then(err)
			}
		})
	}()
}

// after runs fn on the UI goroutine when the time has passed, unless the step was
// left meanwhile. The timer may be stopped earlier.
func (v *View) after(wait time.Duration, fn func()) *time.Timer {
	ctx := v.during
	return time.AfterFunc(wait, func() {
		v.d.Do(func() {
			if ctx.Err() == nil {
				fn()
			}
		})
	})
}
