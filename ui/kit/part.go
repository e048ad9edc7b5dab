package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/theme"
)

// NewPart is a heading with what belongs below it.
func NewPart(title string, objects ...fyne.CanvasObject) fyne.CanvasObject {
	return Column(10, append([]fyne.CanvasObject{NewHeading(title)}, objects...)...)
}

// NewHint is a paragraph of less weight.
func NewHint(text string) *Paragraph {
	p := NewParagraph(text)
	p.Color = theme.ColorMuted
	return p
}

// NewNote is a small paragraph of less weight.
func NewNote(text string) *Paragraph {
	p := NewHint(text)
	p.TextSize = ftheme.SizeNameCaptionText
	return p
}

// NewFrame puts a thin frame around an object.
func NewFrame(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(NewCard(theme.ColorSurface), Inset(12, 12, theme.Around, theme.Around, o))
}

// NewItem is a framed row with an icon, a title, a small text below it, which may be
// "", and something at the right, which may be nil.
func NewItem(icon fyne.Resource, title, below string, right fyne.CanvasObject) fyne.CanvasObject {
	picture := container.NewCenter(widget.NewIcon(ftheme.NewColoredResource(icon, theme.ColorMuted)))
	words := Column(2, NewStrong(title))
	if below != "" {
		words.Add(NewNote(below))
	}
	if right != nil {
		right = Inset(0, 0, theme.Gap, 0, container.NewCenter(right))
	}
	row := container.NewBorder(nil, nil, Inset(0, 0, 0, 12, picture), right, container.New(middle{}, words))
	return container.NewStack(NewCard(theme.ColorSurface), Inset(10, 10, 12, 12, row))
}
