package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"
)

type palette struct {
	variant fyne.ThemeVariant

	background, surface, overlay, input             color.NRGBA
	text, muted, disabled, line, border             color.NRGBA
	accent, onAccent, accentSoft                    color.NRGBA
	danger, onDanger, success, onSuccess            color.NRGBA
	warning, onWarning, unread, onUnread            color.NRGBA
	button, hover, pressed, focus, scroll, skeleton color.NRGBA
	toast, onToast, toastAccent, shadow             color.NRGBA
}

func rgb(v uint32) color.NRGBA { return rgba(v, 0xff) }

func rgba(v uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16 & 0xff), G: uint8(v >> 8 & 0xff), B: uint8(v & 0xff), A: alpha}
}

var light = palette{
	variant:    ftheme.VariantLight,
	background: rgb(0xffffff), surface: rgb(0xf5f6f8), overlay: rgb(0xffffff), input: rgb(0xffffff),
	text: rgb(0x1c2128), muted: rgb(0x59626e), disabled: rgb(0x8c949e), line: rgb(0xe1e4e8), border: rgb(0x868e99),
	accent: rgb(0x1d5fa6), onAccent: rgb(0xffffff), accentSoft: rgb(0xdde9f6),
	danger: rgb(0xb3261e), onDanger: rgb(0xffffff), success: rgb(0x1a7038), onSuccess: rgb(0xffffff),
	warning: rgb(0x8a5300), onWarning: rgb(0xffffff), unread: rgb(0x1d5fa6), onUnread: rgb(0xffffff),
	button: rgb(0xeceef1), hover: rgba(0x1c2128, 0x12), pressed: rgba(0x1c2128, 0x24), focus: rgba(0x1d5fa6, 0x50),
	scroll: rgba(0x1c2128, 0x60), skeleton: rgb(0xe8ebee),
	toast: rgb(0x2a313a), onToast: rgb(0xffffff), toastAccent: rgb(0x9ccbff), shadow: rgba(0x000000, 0x38),
}

var dark = palette{
	variant:    ftheme.VariantDark,
	background: rgb(0x1a1d22), surface: rgb(0x22262c), overlay: rgb(0x282d34), input: rgb(0x1a1d22),
	text: rgb(0xe8eaed), muted: rgb(0xa5adb8), disabled: rgb(0x737b86), line: rgb(0x363c45), border: rgb(0x7b8491),
	accent: rgb(0x82b9f2), onAccent: rgb(0x0c1c2c), accentSoft: rgb(0x2a3f57),
	danger: rgb(0xff9b91), onDanger: rgb(0x3a0906), success: rgb(0x7fd39a), onSuccess: rgb(0x06280f),
	warning: rgb(0xf2c063), onWarning: rgb(0x2e1d00), unread: rgb(0x82b9f2), onUnread: rgb(0x0c1c2c),
	button: rgb(0x343a43), hover: rgba(0xffffff, 0x14), pressed: rgba(0xffffff, 0x28), focus: rgba(0x82b9f2, 0x50),
	scroll: rgba(0xffffff, 0x60), skeleton: rgb(0x2e343c),
	toast: rgb(0xe8eaed), onToast: rgb(0x1c2128), toastAccent: rgb(0x174f8c), shadow: rgba(0x000000, 0x80),
}

var contrast = palette{
	variant:    ftheme.VariantDark,
	background: rgb(0x000000), surface: rgb(0x000000), overlay: rgb(0x1c1c1c), input: rgb(0x000000),
	text: rgb(0xffffff), muted: rgb(0xffffff), disabled: rgb(0xb0b0b0), line: rgb(0xffffff), border: rgb(0xffffff),
	accent: rgb(0xffe100), onAccent: rgb(0x000000), accentSoft: rgb(0x00309c),
	danger: rgb(0xff9d93), onDanger: rgb(0x000000), success: rgb(0x6dff8e), onSuccess: rgb(0x000000),
	warning: rgb(0xffc94d), onWarning: rgb(0x000000), unread: rgb(0xffe100), onUnread: rgb(0x000000),
	button: rgb(0x1f1f1f), hover: rgba(0xffffff, 0x33), pressed: rgba(0xffffff, 0x55), focus: rgba(0xffe100, 0x60),
	scroll: rgba(0xffffff, 0xc0), skeleton: rgb(0x3a3a3a),
	toast: rgb(0xffffff), onToast: rgb(0x000000), toastAccent: rgb(0x00309c), shadow: rgba(0x000000, 0xb0),
}

// names lists the palette by the names under which widgets ask for colours.
func (p *palette) names() map[fyne.ThemeColorName]color.NRGBA {
	return map[fyne.ThemeColorName]color.NRGBA{
		ColorSurface: p.surface, ColorLine: p.line, ColorMuted: p.muted,
		ColorAccent: p.accent, ColorOnAccent: p.onAccent, ColorAccentSoft: p.accentSoft,
		ColorDanger: p.danger, ColorSuccess: p.success, ColorWarning: p.warning,
		ColorUnread: p.unread, ColorOnUnread: p.onUnread, ColorSkeleton: p.skeleton,
		ColorToast: p.toast, ColorOnToast: p.onToast, ColorToastAccent: p.toastAccent,

		ftheme.ColorNameBackground:                p.background,
		ftheme.ColorNameOverlayBackground:         p.overlay,
		ftheme.ColorNameMenuBackground:            p.overlay,
		ftheme.ColorNameHeaderBackground:          p.surface,
		ftheme.ColorNameInputBackground:           p.input,
		ftheme.ColorNameInputBorder:               p.border,
		ftheme.ColorNameForeground:                p.text,
		ftheme.ColorNamePlaceHolder:               p.muted,
		ftheme.ColorNameDisabled:                  p.disabled,
		ftheme.ColorNameSeparator:                 p.line,
		ftheme.ColorNamePrimary:                   p.accent,
		ftheme.ColorNameForegroundOnPrimary:       p.onAccent,
		ftheme.ColorNameHyperlink:                 p.accent,
		ftheme.ColorNameSelection:                 p.accentSoft,
		ftheme.ColorNameFocus:                     p.focus,
		ftheme.ColorNameHover:                     p.hover,
		ftheme.ColorNamePressed:                   p.pressed,
		ftheme.ColorNameButton:                    p.button,
		ftheme.ColorNameDisabledButton:            p.button,
		ftheme.ColorNameError:                     p.danger,
		ftheme.ColorNameForegroundOnError:         p.onDanger,
		ftheme.ColorNameSuccess:                   p.success,
		ftheme.ColorNameForegroundOnSuccess:       p.onSuccess,
		ftheme.ColorNameWarning:                   p.warning,
		ftheme.ColorNameForegroundOnWarning:       p.onWarning,
		ftheme.ColorNameScrollBar:                 p.scroll,
		ftheme.ColorNameScrollBarBackground:       rgba(0, 0),
		ftheme.ColorNameShadow:                    p.shadow,
		ftheme.ColorNameInnerWindowBorder:         p.line,
		ftheme.ColorNameInnerWindowBorderInactive: p.line,
	}
}

var palettes = map[Mode]*palette{Light: &light, Dark: &dark, Contrast: &contrast}
