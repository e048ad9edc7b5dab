package files

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

// none is no target; start is one that takes nothing.
const none = "\x00"

// drag is what is under way between the mouse button's press and release.
type drag struct {
	entries []files.Entry
	target  string // href of the folder that would take them, or none
	out     bool   // left the window: other programs may take it
	label   *kit.Text
}

// targetAt finds the folder under a place of the canvas, for entries of the
// page or, with nil, for files from outside.
func (p *Page) targetAt(at fyne.Position, es []files.Entry) (href string, row, step int) {
	row = p.table.RowAt(at)
	if e, ok := p.m.At(row); ok && e.Folder && accepts(e) && fits(es, e.Href) {
		return e.Href, row, -1
	}
	if step = p.parts.bar.crumbs.StepAt(at); step >= 0 {
		if href := p.parts.bar.crumbs.steps[step].Href; href != start && fits(es, href) {
			return href, -1, step
		}
	}
	return none, -1, -1
}

// accepts says whether a folder takes anything, as far as is known: of roots
// the rights are not, the server has the last word.
func accepts(e files.Entry) bool { return isRoot(e) || e.Can(wire.RightAdd) }

// fits says whether all entries may go into the folder.
func fits(es []files.Entry, into string) bool {
	return es == nil || len(movable(es, into)) == len(es)
}

// dragged follows the selected entries under the pointer.
func (p *Page) dragged(at fyne.Position) {
	if p.at == start && !p.search.deep {
		return // roots stay where they are
	}
	d := &p.drag
	if d.entries == nil {
		d.entries = p.m.Selected()
		if len(d.entries) == 0 {
			return
		}
		p.startGhost()
	}
	if d.out {
		return
	}
	if p.outside(at) {
		p.dragOut()
		return
	}
	href, row, step := p.targetAt(at, d.entries)
	d.target = href
	p.table.Target(row)
	p.parts.bar.crumbs.Light(step)
	p.moveGhost(at)
}

// dropped ends the drag.
func (p *Page) dropped() {
	d := p.drag
	p.drag = drag{target: none}
	p.table.Target(-1)
	p.parts.bar.crumbs.Light(-1)
	p.parts.ghost.RemoveAll()
	if d.target == none || d.target == "" || d.out || len(d.entries) == 0 {
		return
	}
	if p.table.held().Toggle {
		p.copyInto(d.entries, d.target)
		return
	}
	if why := cannotLeave(d.entries, p.engine.Online()); why != "" {
		p.d.Toast(lang.T("files.move_not", "Why", why), "", nil)
		return
	}
	p.moveInto(d.entries, d.target)
}

// startGhost shows what is dragged beside the pointer.
func (p *Page) startGhost() {
	p.drag.label = kit.NewWhole("")
	p.drag.label.Color = theme.ColorOnAccent
	ground := kit.NewGround(theme.ColorAccent)
	ground.Corner = theme.Corner
	p.parts.ghost.Objects = []fyne.CanvasObject{container.NewStack(ground, kit.Inset(6, 6, 10, 10, p.drag.label))}
}

func (p *Page) moveGhost(at fyne.Position) {
	if len(p.parts.ghost.Objects) == 0 {
		return
	}
	text := deedOf("files.drag_one", "files.drag", p.drag.entries)
	if p.drag.target != none {
		key := "files.drag_move"
		if p.table.held().Toggle {
			key = "files.drag_copy"
		}
		text = lang.T(key, "What", text, "Folder", safeName(nameOfPlace(p.drag.target, p.roots)))
	}
	p.drag.label.Set(text)
	o := p.parts.ghost.Objects[0]
	o.Resize(o.MinSize())
	o.Move(at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(p.parts.ghost)).AddXY(14, 14))
	p.parts.ghost.Refresh()
}

// outside says whether the pointer has left the window.
func (p *Page) outside(at fyne.Position) bool {
	s := p.d.Window.Canvas().Size()
	return at.X < 0 || at.Y < 0 || at.X >= s.Width || at.Y >= s.Height
}

// dragOut hands what is dragged to other programs: first the files must be on
// this PC.
func (p *Page) dragOut() {
	if p.d.DragOut == nil {
		return
	}
	p.drag.out = true
	p.drag.target = none
	p.table.Target(-1)
	p.parts.bar.crumbs.Light(-1)
	p.parts.ghost.RemoveAll()
	es := p.drag.entries
	began := p.d.Now()
	run(p, func(ctx context.Context) (late bool, err error) {
		paths, err := p.engine.LocalCopies(ctx, es)
		if err != nil {
			return false, err
		}
		return p.d.Now().Sub(began) > time.Second, p.d.DragOut(paths)
	}, func(late bool, err error) {
		switch {
		case err == nil, errors.Is(err, context.Canceled):
		case late:
			p.d.Toast(lang.N("files.drag_again", len(es)), "", nil)
		default:
			p.trouble("files.drag_failed", es[0].Name, err)
		}
	})
}

// Dropped implements module.Page: files from other programs go into the folder
// under the pointer, or into the place.
func (p *Page) Dropped(at fyne.Position, paths []string) bool {
	if len(paths) == 0 || !under(p.parts.object, at) {
		return false
	}
	href, _, _ := p.targetAt(at, nil)
	if href == none {
		if why := p.canAdd(); why != "" {
			p.d.Toast(why, "", nil)
			return true
		}
		href = p.at
	}
	p.table.MouseOut()
	p.endForeign()
	p.upload(href, paths)
	return true
}

// hint is the small text beside a resting pointer.
type hint struct {
	text  string
	at    fyne.Position
	timer *time.Timer
}

// showHint shows a text once the pointer has rested; "" takes it away.
func (p *Page) showHint(text string, at fyne.Position) {
	h := &p.hint
	h.at = at
	if text == h.text {
		return
	}
	h.text = text
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	if p.drag.entries == nil && len(p.parts.ghost.Objects) > 0 {
		p.parts.ghost.RemoveAll()
	}
	if text == "" {
		return
	}
	h.timer = time.AfterFunc(600*time.Millisecond, func() {
		p.d.Do(func() {
			if p.hint.text == text && p.drag.entries == nil {
				p.drawHint()
			}
		})
	})
}

func (p *Page) drawHint() {
	words := kit.NewText(visual(p.hint.text))
	words.Whole = len([]rune(p.hint.text)) < 60
	words.Color, words.TextSize = theme.ColorOnToast, ftheme.SizeNameCaptionText
	ground := kit.NewGround(theme.ColorToast)
	ground.Corner = 4
	var inner fyne.CanvasObject = words
	if !words.Whole { // a long name in several lines
		para := kit.NewParagraph(p.hint.text)
		para.Color = theme.ColorOnToast
		inner = kit.FixedWidth(380, para)
	}
	tip := container.NewStack(ground, kit.Inset(4, 4, 8, 8, inner))
	layer := p.parts.ghost
	room := layer.Size()
	tip.Resize(tip.MinSize())
	tip.Resize(tip.MinSize())
	at := p.hint.at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(layer)).AddXY(12, 20)
	at.X = max(min(at.X, room.Width-tip.Size().Width-4), 4)
	if at.Y+tip.Size().Height > room.Height {
		at.Y -= tip.Size().Height + 28
	}
	tip.Move(at)
	layer.Objects = []fyne.CanvasObject{tip}
	layer.Refresh()
}

func parentOf(e files.Entry) string { return remote.Parent(e.Href) }

// foreign shows, while another program drags something over the page, that it
// can be let go here, and where it would go.
type foreign struct {
	on     bool
	asking atomic.Bool
}

// hovered is called as the pointer moves over the rows with no button of ours
// pressed: it may be another program's drag.
func (p *Page) hovered(at fyne.Position) {
	if p.foreign.on {
		p.lightForeign(at)
		return
	}
	if p.d.ForeignDrag == nil || p.drag.entries != nil || !p.foreign.asking.CompareAndSwap(false, true) {
		return
	}
	go func() {
		yes := p.d.ForeignDrag()
		time.AfterFunc(150*time.Millisecond, func() { p.foreign.asking.Store(false) })
		if yes {
			p.d.Do(func() { p.startForeign(at) })
		}
	}()
}

func (p *Page) startForeign(at fyne.Position) {
	if p.foreign.on || !p.shown {
		return
	}
	p.foreign.on = true
	p.showHint("", at)
	p.parts.dropFrame.Show()
	p.lightForeign(at)
	p.pollForeign()
}

// pollForeign ends the hint when the drag is over: nobody tells.
func (p *Page) pollForeign() {
	time.AfterFunc(150*time.Millisecond, func() {
		yes := p.d.ForeignDrag()
		p.d.Do(func() {
			switch {
			case !p.foreign.on:
			case yes:
				p.pollForeign()
			default:
				p.endForeign()
			}
		})
	})
}

func (p *Page) endForeign() {
	p.foreign.on = false
	p.table.Target(-1)
	p.parts.dropFrame.Hide()
}

// lightForeign marks what would take the files.
func (p *Page) lightForeign(at fyne.Position) {
	href, row, _ := p.targetAt(at, nil)
	p.table.Target(row)
	if href == none {
		href = p.at
	}
	text := lang.T("files.drop_here", "Folder", safeName(nameOfPlace(href, p.roots)))
	if why := p.canAdd(); why != "" && row < 0 {
		text = why
	}
	p.parts.dropText.Set(text)
	p.parts.dropFrame.Refresh()
}
