package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Tone is what a banner is about.
type Tone int

// The tones.
const (
	Info Tone = iota
	Warning
	Trouble
	Fine
)

// Banner says something about a whole page or form, with an icon and perhaps a
// button; it hides while there is nothing to say.
type Banner struct {
	widget.BaseWidget
	// OnResize is called when the banner needs another height, comes or goes; nil
	// where the window sees to it.
	OnResize func()

	ground *Ground
	icon   *widget.Icon
	text   *Paragraph
	action *fyne.Container
	box    *fyne.Container
}

// NewBanner returns a hidden banner.
func NewBanner() *Banner {
	b := &Banner{ground: NewCard(theme.ColorSurface), icon: widget.NewIcon(nil), text: NewParagraph(""), action: container.NewStack()}
	b.action.Hide()
	row := container.NewBorder(nil, nil, container.NewCenter(b.icon), b.action, container.New(middle{}, Inset(0, 0, theme.Gap, theme.Gap, b.text)))
	b.box = container.NewStack(b.ground, Inset(theme.Gap+2, theme.Gap+2, 12, theme.Gap, row))
	b.Hidden = true
	b.ExtendBaseWidget(b)
	return b
}

// Say shows a text; action may be nil.
func (b *Banner) Say(tone Tone, text string, action *Button) {
	switch tone {
	case Trouble:
		b.ground.Stroke = theme.ColorDanger
		b.icon.SetResource(ftheme.NewColoredResource(ftheme.ErrorIcon(), theme.ColorDanger))
	case Warning:
		b.ground.Stroke = theme.ColorWarning
		b.icon.SetResource(ftheme.NewColoredResource(ftheme.WarningIcon(), theme.ColorWarning))
	case Fine:
		b.ground.Stroke = theme.ColorLine
		b.icon.SetResource(ftheme.NewColoredResource(ftheme.ConfirmIcon(), theme.ColorSuccess))
	case Info:
		b.ground.Stroke = theme.ColorLine
		b.icon.SetResource(ftheme.NewColoredResource(ftheme.InfoIcon(), theme.ColorAccent))
	}
	b.action.Objects = nil
	b.action.Hidden = action == nil
	if action != nil {
		b.action.Objects = []fyne.CanvasObject{action}
	}
	b.text.Set(text)
	b.Hidden = false
	b.box.Refresh()
	b.resized()
}

// Clear hides the banner.
func (b *Banner) Clear() {
	if b.Hidden {
		return
	}
	b.text.Set("")
	b.Hide()
	b.resized()
}

func (b *Banner) resized() {
	b.Refresh()
	if b.OnResize != nil {
		b.OnResize()
	}
}

// Text returns what the banner says.
func (b *Banner) Text() string { return b.text.Get() }

// CreateRenderer implements fyne.Widget.
func (b *Banner) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.box) }

const busyStep = 250 * time.Millisecond

// Busy shows that something is going on, in steps: a picture drawn anew in each
// frame would cost a weak PC a third of its processor.
type Busy struct {
	widget.BaseWidget
	do    func(func())
	timer *time.Timer
	step  int
	on    bool
}

// NewBusy returns a sign that is hidden until Start.
func NewBusy(do func(func())) *Busy {
	b := &Busy{do: do}
	b.Hidden = true
	b.ExtendBaseWidget(b)
	return b
}

// Start shows the sign.
func (b *Busy) Start() {
	b.BaseWidget.Show()
	if !b.on {
		b.on = true
		b.tick()
	}
}

// Stop hides it.
func (b *Busy) Stop() {
	b.on = false
	if b.timer != nil {
		b.timer.Stop()
	}
	b.Hide()
}

func (b *Busy) tick() {
	b.timer = time.AfterFunc(busyStep, func() {
		b.do(func() {
			if b.on {
				b.step++
				b.Refresh()
				b.tick()
			}
		})
	})
}

// CreateRenderer implements fyne.Widget.
func (b *Busy) CreateRenderer() fyne.WidgetRenderer {
	r := &busyRenderer{b: b}
	for range 3 {
		r.dots = append(r.dots, canvas.NewCircle(nil))
	}
	r.style()
	return r
}

type busyRenderer struct {
	b    *Busy
	dots []fyne.CanvasObject
}

func (r *busyRenderer) style() {
	for i, o := range r.dots {
		if dot, ok := o.(*canvas.Circle); ok {
			dot.FillColor = Color(theme.ColorLine, r.b)
			if i == r.b.step%3 {
				dot.FillColor = Color(theme.ColorAccent, r.b)
			}
		}
	}
}

func (r *busyRenderer) Destroy()           {}
func (r *busyRenderer) MinSize() fyne.Size { return fyne.NewSize(32, 20) }

func (r *busyRenderer) Layout(s fyne.Size) {
	for i, dot := range r.dots {
		dot.Resize(fyne.NewSquareSize(7))
		dot.Move(fyne.NewPos(float32(i)*11, (s.Height-7)/2))
	}
}

func (r *busyRenderer) Objects() []fyne.CanvasObject { return r.dots }

func (r *busyRenderer) Refresh() {
	r.style()
	for _, dot := range r.dots {
		dot.Refresh()
	}
}
