package letters

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
)

// picker is a list to choose from, with a field that filters it.
type picker struct {
	title, hint string
	all         []wire.Target
	find        func(ctx context.Context, text string) ([]wire.Target, error) // more than all, for two letters and more; may be nil
	has         func(t wire.Target) bool
	pick        func(t wire.Target, on bool)
	done        func()
}

// mostPicks bounds what a picker shows at once.
const mostPicks = 60

func (p picker) show(d module.Deps) {
	column := kit.Column(0)
	scroll := kit.Scrolled(column)
	scroll.SetMinSize(fyne.NewSize(200, 300))
	search := kit.NewSearchEntry(p.hint)
	turn := 0
	fill := func(list []wire.Target) {
		column.Objects = nil
		for i, t := range list {
			if i == mostPicks {
				column.Add(kit.NewNote(lang.T("letters.more_hits")))
				break
			}
			var o *option
			o = newOption(targetName(t), true, p.has(t), func() {
				p.pick(t, !o.on)
				o.set(!o.on)
			})
			column.Add(o)
		}
		if len(list) == 0 {
			column.Add(kit.NewHint(lang.T("letters.not_found")))
		}
		column.Refresh()
		scroll.Refresh()
	}
	search.OnChanged = func(text string) {
		turn++
		at := turn
		text = strings.TrimSpace(text)
		var list []wire.Target
		for _, t := range p.all {
			if strings.Contains(strings.ToLower(targetName(t)), strings.ToLower(text)) {
				list = append(list, t)
			}
		}
		fill(list)
		if p.find == nil || len([]rune(text)) < 2 {
			return
		}
		var more []wire.Target
		d.Work(module.Patience, func(ctx context.Context) (err error) {
			more, err = p.find(ctx, text)
			return err
		}, func(err error) {
			if turn == at && err == nil {
				fill(append(list, more...))
			}
		})
	}
	fill(p.all)
	(&module.Form{Title: p.title, Body: []fyne.CanvasObject{search, scroll}, First: search, Close: lang.T("letters.done"), Wide: true, Closed: p.done}).Show(d)
}
