// Package assets holds the files that both programs carry inside themselves:
// the fonts and the program's own icon.
//
// Its words: a face is one font file; Noto Sans is the font of the whole
// interface; Schul Sans is Noto Sans merged with the other scripts that
// families at a school read (see .ci/fonts.sh), for paragraphs only, since
// measuring text costs twice as much with it.
//
// Nobody may change the bytes: every reader shares them.
package assets

import _ "embed" // the files below

// The four faces of Noto Sans as TrueType, for every text of the interface.
// Latin, Greek and Cyrillic, with the dot on the Ukrainian i.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	FontRegular []byte
	//go:embed fonts/NotoSans-Bold.ttf
	FontBold []byte
	//go:embed fonts/NotoSans-Italic.ttf
	FontItalic []byte
	//go:embed fonts/NotoSans-BoldItalic.ttf
	FontBoldItalic []byte
)

// Schul Sans as TrueType: Noto Sans with Arabic, Armenian, Devanagari,
// Ethiopic, Georgian, Hebrew, Tamil and Thai, of the same ascent and descent, with
// a gap below the line for Arabic's deep letters.
var (
	//go:embed fonts/SchulSans-Regular.ttf
	FontScriptsRegular []byte
	//go:embed fonts/SchulSans-Bold.ttf
	FontScriptsBold []byte
)

// FontLicence is the licence that all fonts here come under, to be shown
// where the program names what it is made of.
//
//go:embed fonts/OFL.txt
var FontLicence string

// Icon is the program's icon as a PNG of 512 by 512 pixels.
//
//go:embed icon.png
var Icon []byte

// IconSVG is the same icon as a drawing, sharp at any size.
//
//go:embed icon.svg
var IconSVG []byte
