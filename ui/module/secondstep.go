package module

import (
	"bytes"
	"image"
	_ "image/png" // the code for the authenticator app
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/theme"
)

const maxQRSide = 2000

// SecondStepSecret shows what an authenticator app needs: the picture to scan, and
// the same as letters to type.
func SecondStepSecret(s wire.SecondStepStart, copied func()) fyne.CanvasObject {
	column := kit.Column(theme.Gap, kit.NewParagraph(lang.T("secondstep.scan")))
	if img := qr(s.QR); img != nil {
		picture := canvas.NewImageFromImage(img)
		picture.FillMode = canvas.ImageFillContain
		picture.ScaleMode = canvas.ImageScalePixels
		picture.SetMinSize(fyne.NewSquareSize(180))
		column.Add(container.NewCenter(picture))
	}
	secret := kit.NewParagraph(fours(s.Secret))
	secret.Style.Monospace = true
	copyIt := kit.NewIconButton(ftheme.ContentCopyIcon(), lang.T("secondstep.copy_secret"), func() { Copy(s.Secret, copied) })
	hint := kit.NewParagraph(lang.T("secondstep.type"))
	hint.Color, hint.TextSize = theme.ColorMuted, ftheme.SizeNameCaptionText
	column.Add(kit.Column(theme.Unit, hint, container.NewBorder(nil, nil, nil, copyIt, container.NewVBox(secret))))
	return column
}

// qr reads the picture; what is too large or no picture is none.
func qr(raw []byte) image.Image {
	c, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || c.Width > maxQRSide || c.Height > maxQRSide {
		return nil
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	return img
}

// fours writes a code in groups of four letters.
func fours(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Copy puts a text on the clipboard and says so.
func Copy(text string, copied func()) {
	fyne.CurrentApp().Clipboard().SetContent(text)
	if copied != nil {
		copied()
	}
}

// RecoveryCodes shows the codes, which are shown this once.
func RecoveryCodes(codes []string) fyne.CanvasObject {
	rows := container.NewGridWithColumns(2)
	for _, code := range codes {
		line := kit.NewWhole(code)
		line.Style.Monospace = true
		rows.Add(line)
	}
	return container.NewStack(kit.NewCard(theme.ColorSurface), kit.Inset(12, 12, theme.Around, theme.Around, rows))
}
