package admin

import (
	"context"

	"schulhof/sync/signal"
	"schulhof/ui/module"
)

// follow begins to bring what is shown in line with what other administrators and
// imports change; it ends with unfollow.
func (p *Page) follow() {
	if p.offs != nil {
		return
	}
	for _, topic := range []string{signal.Module(Info().Name), signal.Missed} {
		p.offs = append(p.offs, p.d.Signal.On(topic, func() { p.d.Do(p.news) }))
	}
}

func (p *Page) unfollow() {
	for _, off := range p.offs {
		off()
	}
	p.offs = nil
}

// news tells the tab in front that somebody else may have changed something. The
// others ask anew when they are shown.
func (p *Page) news() {
	if t := p.tabs[p.on]; t != nil && p.offs != nil {
		t.news()
	}
}

// follower fetches anew after changes by others: one time after the other, and once
// more for all that came meanwhile. What fails is left as it is shown, and no password
// is asked for: nobody wanted anything.
type follower struct{ busy, stale bool }

// run does work in the background, and then on the UI goroutine when it went well.
// again runs instead of it where something came meanwhile, after it was done.
func (f *follower) run(d module.Deps, again func(), work func(ctx context.Context) error, then func()) {
	if f.busy {
		f.stale = true
		return
	}
	f.busy = true
	d.Work(module.Patience, work, func(err error) {
		f.busy = false
		if err == nil {
			then()
		}
		if f.stale {
			f.stale = false
			again()
		}
	})
}
