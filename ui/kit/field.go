package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// Entry is a text field that gives what it does not use itself, as F1, Esc and
// Ctrl+K, to the window.
type Entry struct {
	widget.Entry
	// OnKey is asked before anything else is done with a key; true means used up.
	OnKey func(e *fyne.KeyEvent) bool
	// OnFocus is called when the focus comes and goes.
	OnFocus func(on bool)
}

// NewEntry returns an empty field of one line.
func NewEntry(placeholder string) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.ExtendBaseWidget(e)
	return e
}

// NewSearchEntry returns a field with a magnifying glass.
func NewSearchEntry(placeholder string) *Entry {
	e := NewEntry(placeholder)
	e.Icon = ftheme.SearchIcon()
	return e
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	input(e)
	if e.OnKey != nil && e.OnKey(k) {
		return
	}
	switch k.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF5:
		ForwardKey(e, k)
	default:
		e.Entry.TypedKey(k)
	}
}

// TypedRune implements fyne.Focusable.
func (e *Entry) TypedRune(r rune) {
	input(e)
	e.Entry.TypedRune(r)
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutCut, *fyne.ShortcutPaste, *fyne.ShortcutSelectAll, *fyne.ShortcutUndo, *fyne.ShortcutRedo:
		e.Entry.TypedShortcut(s)
		return
	}
	if textKeys[s.ShortcutName()] {
		e.Entry.TypedShortcut(s)
		return
	}
	ForwardShortcut(e, s)
}

// textKeys are shortcuts that move or delete by words; the toolkit names them so.
var textKeys = map[string]bool{
	"CustomDesktop:Control+Left": true, "CustomDesktop:Control+Right": true,
	"CustomDesktop:Shift+Control+Left": true, "CustomDesktop:Shift+Control+Right": true,
	"CustomDesktop:Control+BackSpace": true, "CustomDesktop:Control+Delete": true,
	"CustomDesktop:Alt+Left": true, "CustomDesktop:Alt+Right": true,
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	if e.OnFocus != nil {
		e.OnFocus(true)
	}
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnFocus != nil {
		e.OnFocus(false)
	}
}

// Field is a text field with its label above and, below, a hint or what is wrong.
type Field struct {
	widget.BaseWidget
	Entry *Entry
	// OnResize is called when the field may need another height; nil where the
	// window sees to it.
	OnResize func()

	label *Text
	icon  *widget.Icon
	mark  *fyne.Container
	note  *Paragraph
	below *fyne.Container
	hint  string
	box   *fyne.Container
}

// NewField returns a field; hint may be "".
func NewField(label, placeholder, hint string) *Field {
	return newField(label, hint, NewEntry(placeholder))
}

// NewPasswordField returns a field that hides what is typed until one asks to see it.
func NewPasswordField(label, hint string) *Field {
	e := NewEntry("")
	e.Password = true
	return newField(label, hint, e)
}

func newField(label, hint string, e *Entry) *Field {
	f := &Field{Entry: e, hint: hint, label: NewText(label), note: NewParagraph(hint), icon: widget.NewIcon(nil)}
	f.note.TextSize = ftheme.SizeNameCaptionText
	f.label.Style.Bold = true
	f.mark = Inset(0, 0, 0, 6, smallIcon(f.icon))
	f.below = container.New(markLayout{}, f.mark, f.note)
	f.box = Column(theme.Unit, f.label, e, f.below)
	f.ExtendBaseWidget(f)
	f.SetError("")
	return f
}

// SetError shows what is wrong, or the hint again for "".
func (f *Field) SetError(s string) {
	f.note.Color = theme.ColorMuted
	f.mark.Hide()
	text := f.hint
	if s != "" {
		text, f.note.Color = s, theme.ColorDanger
		f.icon.SetResource(ftheme.NewErrorThemedResource(ftheme.ErrorIcon()))
		f.mark.Show()
	}
	f.note.Set(text)
	f.below.Hidden = text == ""
	f.note.Refresh()
	f.below.Refresh()
	f.box.Refresh()
	if f.OnResize != nil {
		f.OnResize()
	}
}

// markLayout puts a small mark before a paragraph, without any gap while the
// mark is hidden.
type markLayout struct{}

func (markLayout) left(o []fyne.CanvasObject) float32 {
	if o[0].Visible() {
		return o[0].MinSize().Width
	}
	return 0
}

func (l markLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(l.left(o)+m.Width, m.Height)
}

func (l markLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	left := l.left(o)
	o[0].Resize(o[0].MinSize())
	o[1].Resize(fyne.NewSize(s.Width-left, s.Height))
	o[1].Move(fyne.NewPos(left, 0))
}

// smallIcon makes an icon as high as a line of small text.
func smallIcon(i *widget.Icon) fyne.CanvasObject {
	return container.New(smallLayout{}, i)
}

type smallLayout struct{}

func (smallLayout) side() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(ftheme.SizeNameCaptionText) * 1.36
}

func (l smallLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSquareSize(l.side()) }

func (l smallLayout) Layout(o []fyne.CanvasObject, _ fyne.Size) {
	o[0].Resize(fyne.NewSquareSize(l.side()))
}

// Wrong returns what is shown as wrong, "" when nothing is.
func (f *Field) Wrong() string {
	if f.mark.Visible() {
		return f.note.Get()
	}
	return ""
}

// SetHint changes the hint.
func (f *Field) SetHint(s string) {
	was := f.Wrong()
	f.hint = s
	f.SetError(was)
}

// CreateRenderer implements fyne.Widget.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.box) }

// Rule is one line of a list of demands on a password. Holds tells whether the
// text fulfils it; nil means that only the server can tell.
type Rule struct {
	Name  string
	Text  string
	Holds func(password string) bool
	// Unsure tells of a text for which Holds is true that the server may say
	// otherwise; the line then says Doubt and is not ticked. nil: of none.
	Unsure func(password string) bool
	Doubt  string
}

// RuleList shows demands, and ticks those that hold while one types.
type RuleList struct {
	widget.BaseWidget
	// OnResize is called when a line became longer or shorter; nil where the window
	// sees to it.
	OnResize func()

	rules []Rule
	rows  []*ruleRow
	box   *fyne.Container
}

type ruleRow struct {
	icon *widget.Icon
	text *Paragraph
}

// NewRuleList returns a list in which nothing is ticked.
func NewRuleList(rules []Rule) *RuleList {
	l := &RuleList{rules: rules, box: Column(theme.Unit)}
	for _, r := range rules {
		row := &ruleRow{icon: widget.NewIcon(nil), text: NewParagraph(r.Text)}
		row.text.TextSize = ftheme.SizeNameCaptionText
		l.rows = append(l.rows, row)
		l.box.Add(container.New(markLayout{}, Inset(0, 0, 0, 8, smallIcon(row.icon)), row.text))
	}
	l.ExtendBaseWidget(l)
	l.Check("", nil)
	return l
}

// Check ticks the rules that the password fulfils, and marks those that the
// server named as not fulfilled. It tells whether none is known to be broken.
func (l *RuleList) Check(password string, missing []string) bool {
	all, resized := true, false
	for i, r := range l.rules {
		was := l.rows[i].text.Get()
		broken := slices.Contains(missing, r.Name)
		all = l.rows[i].show(r, password, broken) && all
		resized = resized || l.rows[i].text.Get() != was
	}
	if resized && l.OnResize != nil {
		l.OnResize()
	}
	return all
}

// show says how a password stands to a rule, and tells whether it is not known to
// break it; broken is what the server said.
func (row *ruleRow) show(r Rule, password string, broken bool) bool {
	text, icon, fine := r.Text, fyne.Resource(ftheme.NewColoredResource(ftheme.RadioButtonIcon(), theme.ColorMuted)), false
	row.text.Color = theme.ColorMuted
	switch {
	case broken:
		icon, row.text.Color = ftheme.NewErrorThemedResource(ftheme.CancelIcon()), theme.ColorDanger
	case r.Holds == nil:
		fine = true
	case password == "" || !r.Holds(password):
	case r.Unsure != nil && r.Unsure(password):
		text, icon, fine = r.Doubt, ftheme.NewColoredResource(ftheme.QuestionIcon(), theme.ColorMuted), true
		row.text.Color = ftheme.ColorNameForeground
	default:
		icon, fine = ftheme.NewColoredResource(ftheme.ConfirmIcon(), theme.ColorSuccess), true
		row.text.Color = ftheme.ColorNameForeground
	}
	row.icon.SetResource(icon)
	row.text.Set(text)
	row.text.Refresh()
	return fine
}

// CreateRenderer implements fyne.Widget.
func (l *RuleList) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.box) }

// Choice is a row of buttons of which one is chosen. The arrow keys go through it.
type Choice struct {
	widget.BaseWidget
	OnChosen func(i int)
	buttons  []*Button
	chosen   int
	box      *fyne.Container
}

// NewChoice returns a choice; chosen is the index of the first choice, -1 for none.
func NewChoice(texts []string, chosen int, onChosen func(i int)) *Choice {
	c := &Choice{OnChosen: onChosen, chosen: chosen, box: Row(theme.Unit)}
	for i, text := range texts {
		b := NewButton(text, Normal, func() { c.choose(i) })
		b.Chosen = i == chosen
		b.OnKey = func(e *fyne.KeyEvent) bool { return c.arrow(i, e) }
		c.buttons = append(c.buttons, b)
		c.box.Add(b)
	}
	c.ExtendBaseWidget(c)
	return c
}

func (c *Choice) arrow(i int, e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyLeft:
		i--
	case fyne.KeyRight:
		i++
	default:
		return false
	}
	if i >= 0 && i < len(c.buttons) {
		if canvas := fyne.CurrentApp().Driver().CanvasForObject(c.buttons[i]); canvas != nil {
			canvas.Focus(c.buttons[i])
		}
	}
	return true
}

func (c *Choice) choose(i int) {
	if i == c.chosen {
		return
	}
	c.Set(i)
	if c.OnChosen != nil {
		c.OnChosen(i)
	}
}

// Set shows another choice without calling OnChosen.
func (c *Choice) Set(i int) {
	c.chosen = i
	for j, b := range c.buttons {
		b.Chosen = j == i
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }
