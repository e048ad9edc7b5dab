package ui

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/files"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// summary is what the status line says.
type summary struct {
	online   bool
	up, down int // files under way or waiting
	waiting  int // uploads that wait for the network
	failed   int
	part     float64 // of the bytes under way that are done
	paused   bool    // everything that is left is paused
}

// summarize counts the transfers. Pending are the uploads that the server does
// not have yet, which may be more than those in the list.
func summarize(online bool, transfers []files.Transfer, pending int) summary {
	s := summary{online: online}
	var done, total int64
	paused := 0
	for _, t := range transfers {
		switch t.State {
		case files.Broken:
			s.failed++
			continue
		case files.Done, files.Conflicted:
			continue
		case files.Paused:
			paused++
		default:
		}
		if t.Dir == files.Up {
			s.up++
		} else {
			s.down++
		}
		done += t.Done
		total += t.Total
	}
	s.paused = paused > 0 && paused == s.up+s.down
	if total > 0 {
		s.part = float64(done) / float64(total)
	}
	if !online {
		s.waiting = max(pending-s.failed, s.up)
	}
	return s
}

// words puts the summary into a line.
func (s summary) words() string {
	line := lang.T("status.online")
	if !s.online {
		line = lang.T("status.offline")
	}
	add := func(text string) { line += "  ·  " + text }
	switch {
	case s.waiting > 0:
		add(lang.N("status.waiting", s.waiting))
	case s.paused:
		add(lang.N("status.paused", s.up+s.down))
	default:
		if s.up > 0 {
			add(lang.N("status.up", s.up))
		}
		if s.down > 0 {
			add(lang.N("status.down", s.down))
		}
	}
	if s.failed > 0 {
		add(lang.N("status.failed", s.failed))
	}
	return line
}

// busy tells whether there is progress to show.
func (s summary) busy() bool { return s.online && !s.paused && s.up+s.down > 0 }

// statusLine is the foot of the window. A click opens what pages gave it.
type statusLine struct {
	kit.Press
	shell *Shell
	panel *fyne.Container
	open  bool
	now   summary
	due   atomic.Bool
}

func newStatusLine(s *Shell) *statusLine {
	l := &statusLine{shell: s, panel: container.NewStack()}
	l.panel.Hide()
	l.OnTapped = func() { l.OpenPanel(!l.open) }
	l.Extend(l)
	l.update()
	return l
}

// SetPanel implements module.Status.
func (l *statusLine) SetPanel(panel fyne.CanvasObject) {
	l.panel.Objects = []fyne.CanvasObject{container.NewBorder(kit.NewLine(), nil, nil, nil, container.NewStack(kit.NewGround(ftheme.ColorNameBackground), panel))}
	l.panel.Refresh()
}

// OpenPanel implements module.Status.
func (l *statusLine) OpenPanel(open bool) {
	open = open && len(l.panel.Objects) > 0
	if l.open == open {
		return
	}
	l.open = open
	l.panel.Hidden = !open
	if l.shell.frame != nil {
		l.shell.frame.Refresh()
	}
	l.Refresh()
}

// watch keeps the line true while the shell lives. Transfers say something many
// times a second; the line is drawn anew five times at most.
func (l *statusLine) watch() {
	look := func() {
		if l.due.Swap(true) {
			return
		}
		time.AfterFunc(200*time.Millisecond, func() {
			l.due.Store(false)
			l.shell.d.Do(l.update)
		})
	}
	for _, topic := range []string{signal.Online, signal.Transfers} {
		l.shell.offs = append(l.shell.offs, l.shell.d.Signal.On(topic, look))
	}
	l.update() // what changed before one listened
}

func (l *statusLine) update() {
	if l.shell.closed {
		return
	}
	f := l.shell.d.Files
	l.now = summarize(f.Online(), f.Transfers(), f.Pending())
	l.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (l *statusLine) AccessibilityLabel() string { return l.now.words() }

// AccessibilityRole implements fyne.Accessible.
func (*statusLine) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (l *statusLine) CreateRenderer() fyne.WidgetRenderer {
	r := &statusRenderer{l: l, ground: kit.NewGround(theme.ColorSurface), icon: widget.NewIcon(nil), text: kit.NewSmall(""), bar: kit.NewProgress(140), percent: kit.NewSmall(""), arrow: widget.NewIcon(nil)}
	r.percent.Whole, r.percent.Align = true, fyne.TextAlignTrailing
	r.style()
	return r
}

type statusRenderer struct {
	l             *statusLine
	ground        *kit.Ground
	icon, arrow   *widget.Icon
	text, percent *kit.Text
	bar           *kit.Progress
}

func (r *statusRenderer) style() {
	s := r.l.now
	r.ground.Stroke = ""
	if r.l.Ring() {
		r.ground.Stroke = theme.ColorAccent
	}
	icon, ink := ftheme.ConfirmIcon(), theme.ColorSuccess
	switch {
	case s.failed > 0:
		icon, ink = ftheme.ErrorIcon(), theme.ColorDanger
	case !s.online:
		icon, ink = ftheme.WarningIcon(), theme.ColorWarning
	case s.up > 0:
		icon, ink = ftheme.UploadIcon(), theme.ColorAccent
	case s.down > 0:
		icon, ink = ftheme.DownloadIcon(), theme.ColorAccent
	}
	r.icon.SetResource(ftheme.NewColoredResource(icon, ink))
	arrow := ftheme.MoveUpIcon()
	if r.l.open {
		arrow = ftheme.MoveDownIcon()
	}
	r.arrow.SetResource(ftheme.NewColoredResource(arrow, theme.ColorMuted))
	r.arrow.Hidden = len(r.l.panel.Objects) == 0
	r.text.Color = theme.ColorMuted
	if r.l.Hovered() {
		r.text.Color = ftheme.ColorNameForeground
	}
	r.text.Set(s.words())
	r.bar.Hidden, r.percent.Hidden = !s.busy(), !s.busy()
	r.bar.Set(s.part)
	r.percent.Set(lang.Percent(s.part))
}

func (r *statusRenderer) Destroy() {}

func (r *statusRenderer) MinSize() fyne.Size {
	return fyne.NewSize(300, r.text.MinSize().Height+14)
}

func (r *statusRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	place := func(o fyne.CanvasObject, x, width, height float32) {
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos(x, (s.Height-height)/2))
	}
	place(r.icon, theme.Around, 16, 16)
	left, right := float32(theme.Around+16+theme.Gap), s.Width-theme.Around
	if !r.arrow.Hidden {
		right -= 16
		place(r.arrow, right, 16, 16)
		right -= theme.Gap
	}
	if !r.bar.Hidden {
		width := kit.Size(ftheme.SizeNameCaptionText, r.l) * 3.2
		right -= width
		place(r.percent, right, width, r.percent.MinSize().Height)
		right -= theme.Gap
		bar := min(140, max(right-left-260, 60))
		right -= bar
		place(r.bar, right, bar, 6)
		right -= theme.Around
	}
	place(r.text, left, max(right-left, 0), r.text.MinSize().Height)
}

func (r *statusRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.icon, r.text, r.bar, r.percent, r.arrow}
}

func (r *statusRenderer) Refresh() {
	r.style()
	r.Layout(r.l.Size())
	r.ground.Refresh()
	r.text.Refresh()
	r.bar.Refresh()
	r.percent.Refresh()
	r.icon.Refresh()
	r.arrow.Refresh()
}
