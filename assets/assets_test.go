package assets

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// TestFontsDrawTheSchoolsLanguages holds that each face has a picture for
// every letter that it is there for.
func TestFontsDrawTheSchoolsLanguages(t *testing.T) {
	const latin = "ÄÖÜäöüßŁłŻżĞğŞşİıĐđẠạỆệẵ„“‚‘–…€ІіЇїЄєҐґЖж0123456789"
	const scripts = "العربية پچژگ" + "አማርኛ" + "हिन्दी" + "עברית" + "ქართული" + "தமிழ்" + "ภาษาไทย" + "Հայերեն"
	faces := []struct {
		name, family, text string
		data               []byte
	}{
		{"regular", "Noto Sans", latin, FontRegular},
		{"bold", "Noto Sans", latin, FontBold},
		{"italic", "Noto Sans", latin, FontItalic},
		{"bold italic", "Noto Sans", latin, FontBoldItalic},
		{"scripts", "Schul Sans", latin + scripts, FontScriptsRegular},
		{"scripts bold", "Schul Sans", latin + scripts, FontScriptsBold},
	}
	for _, face := range faces {
		t.Run(face.name, func(t *testing.T) {
			font, err := sfnt.Parse(face.data)
			if err != nil {
				t.Fatal(err)
			}
			var buf sfnt.Buffer
			if name, err := font.Name(&buf, sfnt.NameIDFamily); err != nil || name != face.family {
				t.Errorf("family %q, %v; want %q", name, err, face.family)
			}
			for _, letter := range strings.ReplaceAll(face.text, " ", "") {
				glyph, err := font.GlyphIndex(&buf, letter)
				if err != nil || glyph == 0 {
					t.Errorf("no picture for %q (%v)", letter, err)
				}
			}
		})
	}
}

func TestIconIsAPictureOf512Pixels(t *testing.T) {
	picture, err := png.DecodeConfig(bytes.NewReader(Icon))
	if err != nil {
		t.Fatal(err)
	}
	if picture.Width != 512 || picture.Height != 512 {
		t.Errorf("icon is %d by %d", picture.Width, picture.Height)
	}
	if !bytes.Contains(IconSVG, []byte("<svg")) {
		t.Error("the drawing is no SVG")
	}
}

func TestFontsComeWithTheirLicence(t *testing.T) {
	for _, want := range []string{"Google", "SIL OPEN FONT LICENSE", "PREAMBLE", "DISCLAIMER"} {
		if !strings.Contains(FontLicence, want) {
			t.Errorf("the licence lacks %q", want)
		}
	}
}
