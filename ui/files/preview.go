package files

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/sync/files"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// previewBytes is the largest file that is fetched only to look into it.
const previewBytes = 20 << 20

// preview is the pane at the right: what is in the selected file, and its facts.
type preview struct {
	p       *Page
	on      bool
	object  *fyne.Container
	line    *kit.Ground
	stage   *fyne.Container // the picture, the text, or an icon
	name    *kit.Paragraph
	facts   *fyne.Container
	open    *kit.Button
	none    fyne.CanvasObject
	some    fyne.CanvasObject
	image   *canvas.Image
	lines   []string
	text    *widget.List
	icon    *widget.Icon
	note    *kit.Text
	entry   files.Entry
	shows   string // id and ETag of what is shown
	cancel  context.CancelFunc
	pending *time.Timer
}

func newPreview(p *Page) *preview {
	v := &preview{p: p, on: p.d.Settings.Get(settingPreview) == "on", line: kit.NewLine(), stage: container.NewStack(), name: kit.NewParagraph(""), facts: container.NewStack(), image: canvas.NewImageFromImage(nil), icon: widget.NewIcon(nil), note: kit.NewSmall("")}
	v.image.FillMode = canvas.ImageFillContain
	v.image.ScaleMode = canvas.ImageScaleSmooth
	v.note.Align = fyne.TextAlignCenter
	v.text = widget.NewList(func() int { return len(v.lines) }, func() fyne.CanvasObject { return newTextLine() }, func(i int, o fyne.CanvasObject) {
		if line, ok := o.(*textLine); ok && i < len(v.lines) {
			line.Set(v.lines[i])
		}
	})
	v.text.HideSeparators = true
	v.open = kit.NewIconTextButton(ftheme.FolderOpenIcon(), lang.T("files.menu_open"), kit.Normal, func() { p.openFile(v.entry) })
	v.none = container.NewCenter(kit.FixedWidth(220, muted(lang.T("files.preview_none"))))
	foot := kit.Column(theme.Gap, v.name, v.facts, v.open)
	v.some = container.NewBorder(nil, kit.Inset(12, 0, 0, 0, foot), nil, nil, container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(4, 4, 4, 4, v.stage)))
	v.object = container.NewStack(kit.Around(container.NewStack(v.none, v.some)))
	v.some.Hide()
	return v
}

func muted(text string) *kit.Paragraph {
	para := kit.NewParagraph(text)
	para.Color, para.Align = theme.ColorMuted, fyne.TextAlignCenter
	return para
}

// togglePreview shows or hides the pane.
func (p *Page) togglePreview() {
	p.preview.on = !p.preview.on
	value := ""
	if p.preview.on {
		value = "on"
	}
	p.d.Settings.Set(settingPreview, value)
	if p.preview.on && p.d.Window.Canvas().Size().Width < previewLeast {
		p.d.Toast(lang.T("files.preview_narrow"), "", nil)
	}
	p.parts.bar.Show()
	p.parts.object.Refresh()
	p.table.arrange()
	p.preview.Show(p.m.Selected())
}

// Show follows the selection.
func (v *preview) Show(selected []files.Entry) {
	if !v.on {
		return
	}
	if len(selected) != 1 {
		v.stop()
		v.shows = ""
		v.some.Hide()
		v.none.Show()
		return
	}
	e := selected[0]
	v.some.Show()
	v.none.Hide()
	v.entry = e
	v.name.Set(e.Name)
	v.facts.Objects = []fyne.CanvasObject{v.factsOf(e)}
	v.facts.Refresh()
	v.open.Hidden = e.Folder
	if shows := idOf(e) + e.ETag; shows != v.shows {
		v.shows = shows
		v.load(e)
	}
	v.object.Refresh()
}

// factsOf lists what is known of an entry.
func (v *preview) factsOf(e files.Entry) fyne.CanvasObject {
	var rows []fyne.CanvasObject
	add := func(label, value string) {
		if value == "" {
			return
		}
		rows = append(rows, container.NewBorder(nil, nil, kit.FixedWidth(84*v.p.table.scale(), kit.NewSmall(label)), nil, kit.NewText(value)))
	}
	if !e.Folder {
		add(lang.T("files.column_size"), lang.Size(e.Size))
	}
	add(lang.T("files.column_changed"), lang.FullTime(e.Mtime))
	add(lang.T("files.column_person"), safeName(e.By))
	if _, key := badge(e.Local); key != "" {
		add(lang.T("files.state"), lang.T(key))
	}
	return kit.Column(theme.Unit, rows...)
}

func (v *preview) stop() {
	if v.cancel != nil {
		v.cancel()
		v.cancel = nil
	}
	if v.pending != nil {
		v.pending.Stop()
		v.pending = nil
	}
}

// stageIcon shows the kind's picture and a word.
func (v *preview) stageIcon(e files.Entry, note string) {
	v.icon.SetResource(icon(kindOf(e)))
	v.note.Set(note)
	v.stage.Objects = []fyne.CanvasObject{container.NewCenter(kit.Column(theme.Gap, container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(72), v.icon)), v.note))}
	v.note.Whole = true
	v.stage.Refresh()
}

// load looks into a file once the selection rests on it. What is under way for
// another one is given up.
func (v *preview) load(e files.Entry) {
	v.stop()
	k := kindOf(e)
	looks := !e.Folder && (k == kindPicture || isPlainText(e.Name))
	if !looks || e.Size > previewBytes {
		v.stageIcon(e, "")
		return
	}
	v.stageIcon(e, lang.T("files.loading"))
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	shows := v.shows
	v.pending = time.AfterFunc(250*time.Millisecond, func() {
		seen, err := look(ctx, v.p.engine, e)
		v.p.d.Do(func() {
			if v.shows == shows && ctx.Err() == nil {
				v.seen(e, seen, err)
			}
		})
	})
}

// seen shows what was found in a file.
func (v *preview) seen(e files.Entry, s inside, err error) {
	switch {
	case err != nil:
		v.stageIcon(e, sentence(err))
		v.note.Whole = false
		v.stage.Objects = []fyne.CanvasObject{container.NewCenter(kit.Column(theme.Gap, container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(72), v.icon)), kit.FixedWidth(220, muted(sentence(err)))))}
		v.stage.Refresh()
	case s.picture != nil:
		v.image.Image = s.picture
		v.image.Refresh()
		v.stage.Objects = []fyne.CanvasObject{v.image}
		v.stage.Refresh()
	case s.text != "":
		var r ruler
		r.reset(ftheme.SizeForWidget(ftheme.SizeNameCaptionText, v.text), 0)
		v.lines = wrap(s.text, previewWide-2*theme.Around-30, r.Measure)
		v.stage.Objects = []fyne.CanvasObject{v.text}
		v.text.ScrollToOffset(0)
		v.text.Refresh()
		v.stage.Refresh()
	default:
		v.stageIcon(e, lang.T("files.preview_not"))
	}
}

// textLine is one line of a text.
type textLine struct {
	widget.BaseWidget
	text *canvas.Text
}

func newTextLine() *textLine {
	l := &textLine{text: canvas.NewText("x", nil)}
	l.ExtendBaseWidget(l)
	return l
}

// Set shows a line.
func (l *textLine) Set(s string) {
	s = visual(s)
	l.text.FontSource = fontFor(s)
	l.text.Text = s
	l.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (l *textLine) CreateRenderer() fyne.WidgetRenderer {
	r := &textLineRenderer{l}
	r.Refresh()
	return r
}

type textLineRenderer struct{ l *textLine }

func (r *textLineRenderer) Destroy() {}
func (r *textLineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(10, ftheme.SizeForWidget(ftheme.SizeNameCaptionText, r.l)*1.25)
}

func (r *textLineRenderer) Layout(s fyne.Size) {
	r.l.text.Resize(s)
	r.l.text.Move(fyne.NewPos(theme.Unit, 0))
}
func (r *textLineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.l.text} }
func (r *textLineRenderer) Refresh() {
	r.l.text.Color = ftheme.ColorForWidget(ftheme.ColorNameForeground, r.l)
	r.l.text.TextSize = ftheme.SizeForWidget(ftheme.SizeNameCaptionText, r.l)
	r.l.text.Refresh()
}
