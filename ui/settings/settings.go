// Package settings is the page on which one chooses how the program looks and
// speaks, and sees where one is signed in.
package settings

import (
	"context"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

var scales = []float32{1, 1.25, 1.5, 1.75, 2}

const patience = 20 * time.Second

type page struct {
	d       module.Deps
	object  fyne.CanvasObject
	devices *fyne.Container
	turn    int
}

// New returns the page.
func New(d module.Deps) module.Page {
	p := &page{d: d, devices: kit.Column(theme.Gap)}
	look := d.Settings.Look()
	if look.Mode == "" {
		look.Mode = theme.System
	}
	modes := make([]string, 0, len(theme.Modes()))
	sizes := make([]string, 0, len(scales))
	languages := make([]string, 0, len(lang.All()))
	for _, m := range theme.Modes() {
		modes = append(modes, lang.T("look."+string(m)))
	}
	for _, s := range scales {
		sizes = append(sizes, strconv.Itoa(int(s*100))+" %")
	}
	for _, code := range lang.All() {
		languages = append(languages, lang.Name(code))
	}
	mode := kit.NewChoice(modes, slices.Index(theme.Modes(), look.Mode), func(i int) {
		d.Look(theme.Settings{Mode: theme.Modes()[i], Scale: d.Settings.Look().Scale})
	})
	size := kit.NewChoice(sizes, slices.Index(scales, look.Scale), func(i int) {
		d.Look(theme.Settings{Mode: d.Settings.Look().Mode, Scale: scales[i]})
	})
	language := kit.NewChoice(languages, slices.Index(lang.All(), lang.Current()), func(i int) { d.Speak(lang.All()[i]) })
	column := kit.Column(20,
		part("settings.look", row("settings.colors", mode), row("settings.text_size", size), row("settings.language", language)),
		part("settings.devices", hint("settings.devices_hint"), p.devices))
	if d.Shared {
		column.Objects = append([]fyne.CanvasObject{hint("settings.shared")}, column.Objects...)
	}
	p.object = kit.Scrolled(kit.Inset(theme.Gap, theme.Around, theme.Around, theme.Around, column))
	return p
}

func part(key string, objects ...fyne.CanvasObject) fyne.CanvasObject {
	return kit.Column(12, append([]fyne.CanvasObject{kit.NewHeading(lang.T(key))}, objects...)...)
}

func row(key string, choice fyne.CanvasObject) fyne.CanvasObject {
	label := kit.NewText(lang.T(key))
	label.Style.Bold = true
	return kit.Column(theme.Unit+2, label, kit.Inset(0, 0, -3, 0, container.NewHScroll(kit.Inset(3, 3, 3, 3, choice))))
}

func hint(key string) fyne.CanvasObject {
	p := kit.NewParagraph(lang.T(key))
	p.Color = theme.ColorMuted
	return p
}

// Title implements module.Page.
func (*page) Title() string { return lang.T("settings.title") }

// Object implements module.Page.
func (p *page) Object() fyne.CanvasObject { return p.object }

// Keys implements module.Page.
func (*page) Keys() []module.Key { return nil }

// Dropped implements module.Page.
func (*page) Dropped(fyne.Position, []string) bool { return false }

// Hidden implements module.Page.
func (p *page) Hidden() { p.turn++ }

// Shown implements module.Page: it asks for the devices anew.
func (p *page) Shown(...string) {
	if len(p.devices.Objects) == 0 {
		p.devices.Add(kit.NewSkeleton(2))
	}
	p.load()
}

func (p *page) load() {
	p.turn++
	turn := p.turn
	p.background(func(ctx context.Context) error {
		list, err := p.d.Remote.Devices(ctx)
		p.d.Do(func() {
			if p.turn == turn {
				p.show(list, err)
			}
		})
		return nil
	}, nil)
}

// background runs work and gives its error to then on the UI goroutine.
func (p *page) background(work func(ctx context.Context) error, then func(error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := work(ctx)
		if then != nil {
			p.d.Do(func() { then(err) })
		}
	}()
}

func (p *page) show(list []wire.Device, err error) {
	p.devices.Objects = nil
	if err != nil {
		b := kit.NewBanner()
		b.Say(kit.Warning, module.Sentence(err, p.d.Now()), kit.NewButton(lang.T("settings.again"), kit.Normal, p.load))
		p.devices.Add(b)
	}
	for _, dev := range list {
		p.devices.Add(p.device(dev))
	}
	p.devices.Refresh()
}

func (p *page) device(dev wire.Device) fyne.CanvasObject {
	name := dev.Name
	if name == "" {
		name = lang.T("settings.unnamed")
	}
	used := lang.T("settings.used", "Time", lang.Time(dev.Used, p.d.Now()))
	var right fyne.CanvasObject = kit.NewButton(lang.T("settings.end"), kit.Normal, func() { p.end(dev, name) })
	if dev.Current {
		used = lang.T("settings.current")
		right = nil
	}
	words := kit.Column(2, kit.NewStrong(name), kit.NewSmall(used))
	icon := container.NewCenter(widget.NewIcon(ftheme.NewColoredResource(ftheme.ComputerIcon(), theme.ColorMuted)))
	if right != nil {
		right = container.NewCenter(right)
	}
	return container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(10, 10, 12, 12, container.NewBorder(nil, nil, kit.Inset(0, 0, 0, 12, icon), right, words)))
}

func (p *page) end(dev wire.Device, name string) {
	kit.Confirm(p.d.Window, kit.Ask{
		Title: lang.T("settings.end_title"), Text: lang.T("settings.end_text", "Name", name),
		Deed: lang.T("settings.end"), Cancel: lang.T("settings.cancel"), Danger: true,
		Do: func() {
			p.background(func(ctx context.Context) error { return p.d.Remote.EndDevice(ctx, dev.ID) }, func(err error) {
				if err != nil {
					p.d.Toast(module.Sentence(err, p.d.Now()), "", nil)
				}
				p.load()
			})
		},
	})
}
