package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
)

// keys gives the window its keys.
func (s *Shell) keys(c fyne.Canvas) {
	c.SetOnTypedKey(s.typedKey)
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(func(*fyne.KeyEvent) { s.touched() })
	}
	s.tips.OnShortcut = s.shortcut
	control, shift := fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	all := []fyne.Shortcut{&fyne.ShortcutCopy{}, &fyne.ShortcutCut{}, &fyne.ShortcutPaste{}, &fyne.ShortcutSelectAll{}, &fyne.ShortcutUndo{}, &fyne.ShortcutRedo{}}
	for digit := '1'; digit <= '9'; digit++ {
		all = append(all, &desktop.CustomShortcut{KeyName: fyne.KeyName(string(digit)), Modifier: control})
	}
	for letter := 'A'; letter <= 'Z'; letter++ {
		for _, mod := range []fyne.KeyModifier{control, control | shift} {
			all = append(all, &desktop.CustomShortcut{KeyName: fyne.KeyName(string(letter)), Modifier: mod})
		}
	}
	for _, key := range []fyne.KeyName{fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyReturn} {
		all = append(all, &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt})
	}
	for _, sc := range all {
		c.AddShortcut(sc, s.shortcut)
	}
}

// shortcut gets the shortcuts that nothing else took: the window's own come
// first, the rest is the page's.
func (s *Shell) shortcut(sc fyne.Shortcut) {
	s.touched()
	if s.closed || s.d.Window.Canvas().Overlays().Top() != nil {
		return
	}
	if custom, ok := sc.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierShortcutDefault {
		if custom.KeyName == fyne.KeyK {
			s.showPalette()
			return
		}
		if n, err := strconv.Atoi(string(custom.KeyName)); err == nil {
			if n >= 1 && n <= len(s.modules) {
				s.Go(s.modules[n-1].Name)
			}
			return
		}
	}
	if p, ok := s.pages[s.current].(module.Shortcuts); ok {
		p.Shortcut(sc)
	}
}

// typedKey gets the keys that nothing else took.
func (s *Shell) typedKey(e *fyne.KeyEvent) {
	s.touched()
	if s.cover != nil {
		return
	}
	switch e.Name {
	case fyne.KeyF1:
		s.showKeys()
		return
	case fyne.KeyEscape:
		if s.escape() {
			return
		}
	default:
	}
	if p, ok := s.pages[s.current].(module.KeyTaker); ok {
		p.TypedKey(e)
	}
}

// escape closes the topmost thing and tells whether there was one.
func (s *Shell) escape() bool {
	switch {
	case s.toaster.Showing():
		s.toaster.Hide()
	case s.status.open:
		s.status.OpenPanel(false)
	default:
		return false
	}
	return true
}

// showKeys lists the keys of the page and of the window.
func (s *Shell) showKeys() {
	if s.keysOpen != nil && s.keysOpen.Open() {
		return
	}
	body := kit.Column(theme.Gap)
	part := func(head string, keys []module.Key) {
		if len(keys) == 0 {
			return
		}
		body.Add(kit.Inset(theme.Gap, 0, 0, 0, kit.NewStrong(head)))
		for _, k := range keys {
			body.Add(container.New(keyLayout{}, keyCap(k.Keys), kit.NewText(k.Text)))
		}
	}
	if p := s.pages[s.current]; p != nil {
		part(p.Title(), p.Keys())
	}
	part(lang.T("shell.keys_window"), s.ownKeys())
	scroll := kit.Scrolled(body)
	room := s.d.Window.Canvas().Size()
	scroll.SetMinSize(fyne.NewSize(0, min(room.Height*0.6, body.MinSize().Height+8)))
	var d *kit.Dialog
	d = kit.NewDialog(s.d.Window, lang.T("shell.keys"), scroll, nil, kit.NewButton(lang.T("shell.close"), kit.Primary, func() { d.Close() }))
	d.SetWidth(520)
	s.keysOpen = d
	d.Show()
}

func (s *Shell) ownKeys() []module.Key {
	list := []module.Key{
		{Keys: lang.Keys("Ctrl+K"), Text: lang.T("shell.key_palette")},
		{Keys: lang.Keys("Tab"), Text: lang.T("shell.key_tab")},
		{Keys: "P", Text: lang.T("shell.key_pin")},
		{Keys: "F1", Text: lang.T("shell.key_keys")},
		{Keys: "Esc", Text: lang.T("shell.key_esc")},
	}
	if n := min(len(s.modules), 9); n > 0 {
		keys := lang.Keys("Ctrl+1")
		if n > 1 {
			keys += " … " + strconv.Itoa(n)
		}
		list = append([]module.Key{{Keys: keys, Text: lang.T("shell.key_modules")}}, list...)
	}
	return list
}

// keyCap draws a key's name as on a key.
func keyCap(s string) fyne.CanvasObject {
	return container.NewHBox(container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(3, 3, theme.Gap, theme.Gap, kit.NewWhole(s))), layout.NewSpacer())
}

// keyLayout puts the key into the left third and its meaning beside it.
type keyLayout struct{}

func (keyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[0].MinSize().Width+o[1].MinSize().Width, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (keyLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	left := max(s.Width*0.36, o[0].MinSize().Width+theme.Gap)
	o[0].Resize(fyne.NewSize(left, s.Height))
	o[1].Resize(fyne.NewSize(s.Width-left, s.Height))
	o[1].Move(fyne.NewPos(left, 0))
}
