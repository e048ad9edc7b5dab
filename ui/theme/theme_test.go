package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"
)

// luminance and ratio are those of WCAG 2.1, section 1.4.3.
func luminance(c color.Color) float64 {
	n, _ := color.NRGBAModel.Convert(c).(color.NRGBA)
	part := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n.R) + 0.7152*part(n.G) + 0.0722*part(n.B)
}

func ratio(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastOfText(t *testing.T) {
	type pair struct {
		on, under fyne.ThemeColorName
		least     float64
	}
	grounds := []fyne.ThemeColorName{ftheme.ColorNameBackground, ColorSurface, ftheme.ColorNameOverlayBackground}
	pairs := make([]pair, 0, 40)
	for _, under := range grounds {
		for _, on := range []fyne.ThemeColorName{ftheme.ColorNameForeground, ColorMuted, ColorAccent, ColorDanger, ColorSuccess, ColorWarning} {
			pairs = append(pairs, pair{on, under, 4.5})
		}
		pairs = append(pairs, pair{ftheme.ColorNameInputBorder, under, 3})
	}
	pairs = append(pairs,
		pair{ColorOnAccent, ColorAccent, 4.5},
		pair{ColorOnUnread, ColorUnread, 4.5},
		pair{ColorOnToast, ColorToast, 4.5},
		pair{ColorToastAccent, ColorToast, 4.5},
		pair{ftheme.ColorNameForeground, ColorAccentSoft, 4.5},
		pair{ColorMuted, ColorAccentSoft, 4.5},
		pair{ftheme.ColorNameForeground, ftheme.ColorNameButton, 4.5},
		pair{ftheme.ColorNameForegroundOnError, ftheme.ColorNameError, 4.5},
		pair{ftheme.ColorNameForegroundOnSuccess, ftheme.ColorNameSuccess, 4.5},
		pair{ftheme.ColorNameForegroundOnWarning, ftheme.ColorNameWarning, 4.5},
	)
	for _, mode := range []Mode{Light, Dark, Contrast} {
		th := New(Settings{Mode: mode})
		for _, p := range pairs {
			least := p.least
			if mode == Contrast {
				least = max(least, 7)
			}
			got := ratio(th.Color(p.on, 0), th.Color(p.under, 0))
			if got < least {
				t.Errorf("%s: %s on %s has %.2f:1, wanted %.1f:1", mode, p.on, p.under, got, least)
			}
		}
	}
}

func TestSystemFollowsTheDesktop(t *testing.T) {
	th := New(Settings{})
	day, night := th.Color(ftheme.ColorNameBackground, ftheme.VariantLight), th.Color(ftheme.ColorNameBackground, ftheme.VariantDark)
	if day == night {
		t.Error("light and dark have the same ground")
	}
	th.NoSystem = true
	if th.Color(ftheme.ColorNameBackground, ftheme.VariantDark) != day || th.IsDark(ftheme.VariantDark) {
		t.Error("a desktop that tells nothing is dark")
	}
	th.Apply(Settings{Mode: Dark})
	if th.Color(ftheme.ColorNameBackground, ftheme.VariantLight) != night {
		t.Error("dark mode follows the desktop's light variant")
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct{ asked, got float32 }{{0, 1}, {0.5, 1}, {1.5, 1.5}, {9, 2}} {
		th := New(Settings{Scale: c.asked})
		if got := th.Size(ftheme.SizeNameText); got != 14*c.got {
			t.Errorf("text at scale %v is %v", c.asked, got)
		}
		if th.Size(ftheme.SizeNamePadding) != Unit {
			t.Error("padding grew with the text")
		}
		if th.Size(SizeRow) < 36 || th.Size(SizeRow) < th.Size(ftheme.SizeNameText)*1.36+16 {
			t.Errorf("a row of %v is too low at scale %v", th.Size(SizeRow), c.asked)
		}
	}
}

func TestFontsAreOurOwn(t *testing.T) {
	th := New(Settings{})
	seen := map[string]bool{}
	for _, s := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Bold: true, Italic: true}} {
		f := th.Font(s)
		if seen[f.Name()] || len(f.Content()) == 0 || f == ftheme.DefaultTheme().Font(s) {
			t.Errorf("style %+v has the font %s", s, f.Name())
		}
		seen[f.Name()] = true
	}
}
