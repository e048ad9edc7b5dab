package files

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
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// panel lists the transfers; the line at the foot of the window opens it.
type panel struct {
	d       module.Deps
	engine  engine
	object  *fyne.Container
	title   *kit.Text
	total   *kit.Progress
	pause   *kit.Button
	tidy    *kit.Button
	cancel  *kit.Button
	list    *widget.List
	empty   *fyne.Container
	rows    []files.Transfer
	meter   meter
	paused  bool
	waiting atomic.Bool // an update is on its way
	listens bool
	off     func() // ends the listening
}

// panelTall is how high the panel is.
const panelTall = 230

func newPanel(d module.Deps, e engine) *panel {
	p := &panel{d: d, engine: e, title: kit.NewStrong(""), total: kit.NewProgress(100)}
	p.pause = kit.NewIconTextButton(ftheme.MediaPauseIcon(), lang.T("files.pause_all"), kit.Quiet, p.pauseAll)
	p.cancel = kit.NewIconTextButton(ftheme.CancelIcon(), lang.T("files.cancel_all"), kit.Quiet, p.cancelAll)
	p.tidy = kit.NewIconTextButton(ftheme.ConfirmIcon(), lang.T("files.clear_done"), kit.Quiet, func() {
		e.ClearDone()
		p.Update()
	})
	fold := kit.NewIconButton(ftheme.MoveDownIcon(), lang.T("files.close_panel"), func() {
		if d.Status != nil {
			d.Status.OpenPanel(false)
		}
	})
	p.list = widget.NewList(func() int { return len(p.rows) }, func() fyne.CanvasObject { return newTransferRow(p) }, func(i int, o fyne.CanvasObject) {
		if row, ok := o.(*transferRow); ok && i < len(p.rows) {
			row.Set(p.rows[i])
		}
	})
	p.list.HideSeparators = true
	none := kit.NewMuted(lang.T("files.no_transfers"))
	none.Whole = true
	p.empty = container.NewCenter(none)
	head := container.NewBorder(nil, nil, nil, kit.Row(theme.Unit, p.pause, p.cancel, p.tidy, fold), container.NewBorder(nil, nil, nil, kit.Inset(0, 0, theme.Around, theme.Around, container.NewCenter(p.total)), p.title))
	tall := kit.NewGround("")
	tall.Least = fyne.NewSize(100, panelTall)
	inner := container.NewBorder(container.NewVBox(kit.NewLine(), kit.Inset(2, 2, theme.Around, theme.Gap, head)), nil, nil, nil, container.NewStack(p.list, p.empty))
	p.object = container.NewStack(kit.NewGround(theme.ColorSurface), tall, inner)
	p.Update()
	return p
}

// Listen follows the transfers from now on, also while other pages are shown.
func (p *panel) Listen() {
	if p.listens {
		return
	}
	p.listens = true
	p.off = p.d.Signal.On(signal.Transfers, func() {
		// Progress comes many times a second: four times are enough for the eye.
		if p.waiting.CompareAndSwap(false, true) {
			time.AfterFunc(250*time.Millisecond, func() {
				p.waiting.Store(false)
				p.d.Do(p.Update)
			})
		}
	})
	p.Update()
}

// Close ends the listening: another panel takes over.
func (p *panel) Close() {
	if p.off != nil {
		p.off()
	}
}

// Update shows the transfers as they are now.
func (p *panel) Update() {
	p.rows = p.engine.Transfers()
	s := sumUp(p.rows)
	p.meter.Note(p.d.Now(), s.Done)
	p.title.Set(p.headline(s))
	p.total.Set(s.Part())
	p.total.Hidden = s.Open == 0
	p.paused = s.Paused
	p.pause.Icon, p.pause.Text = ftheme.MediaPauseIcon(), lang.T("files.pause_all")
	if s.Paused {
		p.pause.Icon, p.pause.Text = ftheme.MediaPlayIcon(), lang.T("files.resume_all")
	}
	p.cancel.Text, p.tidy.Text = lang.T("files.cancel_all"), lang.T("files.clear_done")
	if p.object.Size().Width < 900*ftheme.SizeForWidget(ftheme.SizeNameText, p.list)/14 { // icons alone
		p.pause.Label, p.pause.Text = p.pause.Text, ""
		p.cancel.Label, p.cancel.Text = p.cancel.Text, ""
		p.tidy.Label, p.tidy.Text = p.tidy.Text, ""
	}
	p.pause.Hidden = s.Open == 0
	p.cancel.Hidden = s.Open == 0
	p.tidy.Hidden = s.Finished == 0
	p.empty.Hidden = len(p.rows) > 0
	p.list.Refresh()
	p.object.Refresh()
	for _, b := range []*kit.Button{p.pause, p.cancel, p.tidy} {
		b.Refresh()
	}
}

// headline says how far all is: number, bytes, rate, time left.
func (p *panel) headline(s sum) string {
	switch {
	case s.Open > 0 && s.Paused:
		return lang.N("files.transfers_paused", s.Open)
	case s.Open > 0:
		text := lang.N("files.transfers_open", s.Open) + " · " + lang.T("files.of", "Done", lang.Size(s.Done), "Total", lang.Size(s.Total))
		if left := p.meter.Left(s.Total - s.Done); left > 0 {
			text += " · " + lang.T("files.rate", "Rate", lang.Size(int64(p.meter.rate)), "Left", lang.Duration(left))
		}
		return text
	case s.Failed > 0:
		return lang.N("files.transfers_failed", s.Failed)
	}
	return lang.T("files.transfers")
}

func (p *panel) pauseAll() {
	if p.paused {
		p.engine.ResumeAll()
	} else {
		p.engine.PauseAll()
	}
	p.Update()
}

func (p *panel) cancelAll() {
	kit.Confirm(p.d.Window, kit.Ask{
		Title:  lang.T("files.cancel_all_title"),
		Text:   lang.T("files.cancel_all_text"),
		Deed:   lang.T("files.cancel_all"),
		Cancel: lang.T("files.go_on"),
		Danger: true,
		Do: func() {
			p.engine.CancelAll()
			p.Update()
		},
	})
}

// transferRow is one transfer: direction, name, how far, what can be done.
type transferRow struct {
	widget.BaseWidget
	panel  *panel
	id     int64
	paused bool
	icon   *widget.Icon
	name   *kit.Text
	text   *kit.Text
	bar    *kit.Progress
	pause  *kit.Button
	retry  *kit.Button
	cancel *kit.Button
	box    *fyne.Container
}

func newTransferRow(p *panel) *transferRow {
	r := &transferRow{panel: p, icon: widget.NewIcon(ftheme.UploadIcon()), name: kit.NewText("x"), text: kit.NewSmall("x"), bar: kit.NewProgress(120)}
	r.name.Middle = true
	then := func(fn func()) func() {
		return func() {
			fn()
			p.Update()
		}
	}
	r.pause = kit.NewIconButton(ftheme.MediaPauseIcon(), lang.T("files.pause"), then(func() {
		if r.paused {
			p.engine.Resume(r.id)
		} else {
			p.engine.Pause(r.id)
		}
	}))
	r.retry = kit.NewIconButton(ftheme.ViewRefreshIcon(), lang.T("files.again"), then(func() { p.engine.Retry(r.id) }))
	r.cancel = kit.NewIconButton(ftheme.CancelIcon(), lang.T("files.cancel"), then(func() { p.engine.Cancel(r.id) }))
	words := kit.Column(0, r.name, r.text)
	right := kit.Row(0, kit.Inset(0, 0, theme.Gap, theme.Gap, r.bar), r.pause, r.retry, r.cancel)
	r.box = kit.Inset(theme.Unit, theme.Unit, theme.Around, theme.Gap, container.NewBorder(nil, nil, kit.Inset(0, 0, 0, theme.Gap+theme.Unit, container.NewCenter(r.icon)), right, words))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *transferRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// Set shows a transfer.
func (r *transferRow) Set(t files.Transfer) {
	r.id = t.ID
	r.paused = t.State == files.Paused
	res, col := ftheme.UploadIcon(), theme.ColorMuted
	if t.Dir == files.Down {
		res = ftheme.DownloadIcon()
	}
	r.text.Color = theme.ColorMuted
	switch t.State {
	case files.Done:
		res, col = ftheme.ConfirmIcon(), theme.ColorSuccess
	case files.Broken:
		res, col = ftheme.ErrorIcon(), theme.ColorDanger
		r.text.Color = theme.ColorDanger
	case files.Conflicted:
		res, col = ftheme.WarningIcon(), theme.ColorWarning
	case files.Running:
		col = theme.ColorAccent
	case files.Queued, files.Paused:
	}
	r.icon.SetResource(ftheme.NewColoredResource(res, col))
	r.name.Set(safeName(t.Name))
	r.text.Set(transferText(t))
	r.text.Refresh()
	open := t.State == files.Queued || t.State == files.Running || t.State == files.Paused
	part := float64(0)
	if t.Total > 0 {
		part = float64(t.Done) / float64(t.Total)
	}
	r.bar.Set(part)
	r.bar.Hidden = !open
	r.pause.Icon, r.pause.Label = ftheme.MediaPauseIcon(), lang.T("files.pause")
	if r.paused {
		r.pause.Icon, r.pause.Label = ftheme.MediaPlayIcon(), lang.T("files.resume")
	}
	r.pause.Hidden = !open
	r.retry.Hidden = t.State != files.Broken
	r.cancel.Hidden = !open && t.State != files.Broken
	r.box.Refresh()
}

// transferText words where a transfer stands.
func transferText(t files.Transfer) string {
	switch t.State {
	case files.Running:
		return lang.T("files.of", "Done", lang.Size(t.Done), "Total", lang.Size(t.Total))
	case files.Paused:
		return lang.T("files.transfer_paused", "Done", lang.Size(t.Done), "Total", lang.Size(t.Total))
	case files.Broken:
		return sentence(t.Err)
	case files.Conflicted:
		return lang.T("files.transfer_conflict")
	case files.Done:
		if t.Dir == files.Down {
			return lang.T("files.transfer_down", "Size", lang.Size(t.Total))
		}
		return lang.T("files.transfer_up", "Size", lang.Size(t.Total))
	case files.Queued:
		if t.Err != nil {
			return lang.T("files.transfer_waits") + " " + sentence(t.Err)
		}
	}
	return lang.T("files.transfer_queued", "Size", lang.Size(t.Total))
}
