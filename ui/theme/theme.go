// Package theme holds how Schulhof looks: every colour, the fonts, the sizes
// and the text scale. No other package names a colour.
//
// Its words: a mode is what the user chose (system, light, dark, contrast); a
// palette is the set of colours that a mode comes to; muted is text of less
// weight; surface is the ground of side bars and panels; accent is the one
// colour that stands out.
//
// Colours that a canvas object was given at its creation do not follow a change
// of mode: widgets set them in their renderer's Refresh.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/assets"
)

// Mode is the user's choice of colours.
type Mode string

// The modes. System follows the desktop's own light or dark.
const (
	System   Mode = "system"
	Light    Mode = "light"
	Dark     Mode = "dark"
	Contrast Mode = "contrast"
)

// Modes returns all modes in the order in which a user chooses among them.
func Modes() []Mode { return []Mode{System, Light, Dark, Contrast} }

// Bounds of Settings.Scale.
const (
	MinScale = 1.0
	MaxScale = 2.0
)

// Settings is what a user may choose about the looks. The zero value is the
// system's mode at normal text size.
type Settings struct {
	Mode  Mode
	Scale float32 // text size, 1 = normal; 0 counts as 1; kept within MinScale and MaxScale
}

// Colours of our own beside those of the toolkit.
const (
	ColorSurface     fyne.ThemeColorName = "schulhof.surface"     // ground of side bars, panels, the status line
	ColorLine        fyne.ThemeColorName = "schulhof.line"        // thin lines between areas
	ColorMuted       fyne.ThemeColorName = "schulhof.muted"       // text of less weight, 4.5:1 on both grounds
	ColorAccent      fyne.ThemeColorName = "schulhof.accent"      // the one colour that stands out
	ColorOnAccent    fyne.ThemeColorName = "schulhof.onAccent"    // text on accent
	ColorAccentSoft  fyne.ThemeColorName = "schulhof.accentSoft"  // ground of what is chosen
	ColorDanger      fyne.ThemeColorName = "schulhof.danger"      // errors and deeds that cannot be undone
	ColorSuccess     fyne.ThemeColorName = "schulhof.success"     // done, online
	ColorWarning     fyne.ThemeColorName = "schulhof.warning"     // offline, waiting, nearly full
	ColorUnread      fyne.ThemeColorName = "schulhof.unread"      // ground of badges
	ColorOnUnread    fyne.ThemeColorName = "schulhof.onUnread"    // text on badges
	ColorSkeleton    fyne.ThemeColorName = "schulhof.skeleton"    // rows that are not known yet
	ColorToast       fyne.ThemeColorName = "schulhof.toast"       // ground of a passing message
	ColorOnToast     fyne.ThemeColorName = "schulhof.onToast"     // text on it
	ColorToastAccent fyne.ThemeColorName = "schulhof.toastAccent" // its action
)

// Sizes of our own beside those of the toolkit; all grow with the text scale.
const (
	SizeRow      fyne.ThemeSizeName = "schulhof.row"      // height of a table's row
	SizeTallRow  fyne.ThemeSizeName = "schulhof.tallRow"  // height of a row with two lines
	SizeSidebar  fyne.ThemeSizeName = "schulhof.sidebar"  // width of the side bar
	SizeListPane fyne.ThemeSizeName = "schulhof.listPane" // width of the list beside a reading pane
	SizeControl  fyne.ThemeSizeName = "schulhof.control"  // height of buttons and fields
)

// Distances that do not grow with the text: the unit, inside a row, around a panel.
const (
	Unit    float32 = 4
	Gap     float32 = 8
	Around  float32 = 16
	Corner  float32 = 6
	IconBox float32 = 20
)

// Theme is the application's one theme. Change it through Apply, then give the
// same pointer to the toolkit's Settings().SetTheme again: everything is redrawn.
// It belongs to the UI goroutine.
type Theme struct {
	// NoSystem says that the desktop does not tell whether it is light or dark:
	// system mode is then light, whatever the toolkit makes of it.
	NoSystem bool

	settings Settings
	regular  fyne.Resource
	bold     fyne.Resource
	italic   fyne.Resource
	both     fyne.Resource
	colors   map[Mode]map[fyne.ThemeColorName]color.NRGBA
}

// New returns the theme with these settings.
func New(s Settings) *Theme {
	t := &Theme{
		regular: fyne.NewStaticResource("NotoSans-Regular.ttf", assets.FontRegular),
		bold:    fyne.NewStaticResource("NotoSans-Bold.ttf", assets.FontBold),
		italic:  fyne.NewStaticResource("NotoSans-Italic.ttf", assets.FontItalic),
		both:    fyne.NewStaticResource("NotoSans-BoldItalic.ttf", assets.FontBoldItalic),
		colors:  map[Mode]map[fyne.ThemeColorName]color.NRGBA{},
	}
	for mode, p := range palettes {
		t.colors[mode] = p.names()
	}
	t.Apply(s)
	return t
}

// Apply takes over other settings.
func (t *Theme) Apply(s Settings) {
	if s.Scale == 0 {
		s.Scale = 1
	}
	s.Scale = min(max(s.Scale, MinScale), MaxScale)
	if s.Mode == "" {
		s.Mode = System
	}
	t.settings = s
}

// Settings returns what is in force.
func (t *Theme) Settings() Settings { return t.settings }

// Font implements fyne.Theme with our own Noto Sans: the toolkit's bundled one
// draws the Ukrainian i without its dot.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Monospace, s.Symbol:
		return ftheme.DefaultTheme().Font(s)
	case s.Bold && s.Italic:
		return t.both
	case s.Bold:
		return t.bold
	case s.Italic:
		return t.italic
	}
	return t.regular
}

// Icon implements fyne.Theme with the toolkit's family of icons.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return ftheme.DefaultTheme().Icon(n) }

// Size implements fyne.Theme.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	s := t.settings.Scale
	if size, ok := textSizes[n]; ok {
		return size * s
	}
	line := 19 * (s - 1) // what one line of text grows by
	switch n {
	case SizeRow:
		return 36 + line
	case SizeTallRow:
		return 64 + 2*line
	case SizeControl:
		return 36 + line
	case SizeSidebar:
		return 232 + 110*(s-1)
	case SizeListPane:
		return 340 + 120*(s-1)
	}
	if size, ok := fixedSizes[n]; ok {
		return size
	}
	return ftheme.DefaultTheme().Size(n)
}

var textSizes = map[fyne.ThemeSizeName]float32{
	ftheme.SizeNameText:           14,
	ftheme.SizeNameCaptionText:    12,
	ftheme.SizeNameHeadingText:    20,
	ftheme.SizeNameSubHeadingText: 16,
	ftheme.SizeNameInlineIcon:     IconBox,
}

var fixedSizes = map[fyne.ThemeSizeName]float32{
	ftheme.SizeNamePadding:         Unit,
	ftheme.SizeNameInnerPadding:    Gap,
	ftheme.SizeNameInputRadius:     Corner,
	ftheme.SizeNameSelectionRadius: Corner,
	ftheme.SizeNameButtonRadius:    Corner,
	ftheme.SizeNameCardRadius:      Corner,
	ftheme.SizeNameDialogRadius:    10,
	ftheme.SizeNamePopupRadius:     Corner,
	ftheme.SizeNameMenuRadius:      Corner,
	ftheme.SizeNameScrollBar:       10,
	ftheme.SizeNameScrollBarSmall:  4,
	ftheme.SizeNameLineSpacing:     4,
	ftheme.SizeNameModalBlurRadius: 0, // a blur costs a PC without graphics hardware too much
}

// Color implements fyne.Theme. A name that nobody knows comes from the toolkit.
func (t *Theme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	mode := t.settings.Mode
	if mode == System {
		mode = Light
		if v == ftheme.VariantDark && !t.NoSystem {
			mode = Dark
		}
	}
	if c, ok := t.colors[mode][n]; ok {
		return c
	}
	return ftheme.DefaultTheme().Color(n, palettes[mode].variant)
}

// IsDark tells whether text is lighter than its ground when the desktop's own
// variant is v, for pictures that exist twice.
func (t *Theme) IsDark(v fyne.ThemeVariant) bool {
	switch t.settings.Mode {
	case Light:
		return false
	case Dark, Contrast:
		return true
	default:
	}
	return v == ftheme.VariantDark && !t.NoSystem
}
