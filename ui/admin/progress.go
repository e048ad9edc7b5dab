package admin

import (
	"context"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// askEvery is the pause between questions how far the reading or writing of a list is.
const askEvery = 300 * time.Millisecond

// begin shows that work has begun, and follows it.
func (t *importTab) begin(turn int) {
	t.bar = newBar()
	t.draw()
	t.watch(turn)
}

// watch asks how far the work is until it is over or stopped. What cannot be asked
// leaves the bar as it is: the answer to the work itself says what went wrong.
func (t *importTab) watch(turn int) {
	time.AfterFunc(askEvery, func() {
		t.p.d.Do(func() {
			if turn != t.turn || t.bar == nil {
				return
			}
			var at wire.ImportProgress
			t.p.d.Work(module.Patience, func(ctx context.Context) (err error) {
				at, err = t.p.calls.Progress(ctx)
				return err
			}, func(err error) {
				if turn != t.turn || t.bar == nil {
					return
				}
				if err == nil {
					t.bar.set(at)
				}
				t.watch(turn)
			})
		})
	})
}

// bar shows how far the work on a list is, and as long as that is not known, that
// there is some.
type bar struct {
	object  fyne.CanvasObject
	going   *widget.ProgressBarInfinite
	share   *kit.Progress
	words   *kit.Text
	shown   *fyne.Container
	percent int
}

func newBar() *bar {
	b := &bar{going: widget.NewProgressBarInfinite(), share: kit.NewProgress(320), words: kit.NewWhole("")}
	b.words.Color, b.words.Align = theme.ColorMuted, fyne.TextAlignCenter
	b.shown = container.New(barRoom{}, b.going)
	b.object = kit.Column(theme.Gap, container.NewCenter(b.shown), b.words)
	return b
}

// set shows what the server says.
func (b *bar) set(at wire.ImportProgress) {
	if at.Of <= 0 || at.Doing == "" {
		if at.Doing == "comparing" {
			b.words.Set(lang.T("admin.import_comparing"))
		}
		return
	}
	b.percent = min(max(at.Done*100/at.Of, 0), 100)
	b.share.Set(float64(at.Done) / float64(at.Of))
	b.words.Set(lang.T("admin.import_at_"+at.Doing, "Done", lang.Number(int64(at.Done)), "Of", lang.Number(int64(at.Of)), "Percent", strconv.Itoa(b.percent)))
	if b.shown.Objects[0] != fyne.CanvasObject(b.share) {
		b.going.Stop()
		b.shown.Objects = []fyne.CanvasObject{b.share}
		b.shown.Refresh()
	}
}

func (b *bar) stop() { b.going.Stop() }

// barRoom makes a bar thin.
type barRoom struct{}

func (barRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 6) }

func (barRoom) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }
