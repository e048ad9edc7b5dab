package files

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"schulhof/server/wire"
	"schulhof/sync/files"
)

// safeName returns a name as it may be shown: characters that turn the reading
// direction, or that are not to be seen, become a visible "�", so that
// "gpj.exe" never reads as "exe.jpg".
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == 0x200c || r == 0x200d: // joiners that Persian and emoji need
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return '�'
		}
		return r
	}, name)
}

// lrm is the left-to-right mark: set around a word, it makes the toolkit draw
// the signs beside it where they are written.
const lrm = "\u200e"

// visual returns a name in the order in which its pieces stand from left to
// right. The toolkit shapes a piece of one script rightly, but sets the pieces
// in the order in which they are written; a name stands in a line from left to
// right, whatever its script. The result is for drawing only.
func visual(name string) string {
	if !hasRTL(name) {
		return name
	}
	runes := []rune(name)
	var b strings.Builder
	for at := 0; at < len(runes); {
		if !isRTL(runes[at]) {
			b.WriteRune(runes[at])
			at++
			continue
		}
		end := stretch(runes, at)
		fromRight(&b, runes[at:end])
		at = end
	}
	return b.String()
}

// stretch returns where the piece ends that begins with the right-to-left
// letter at start: behind the last such letter, or digit, ahead of the next
// letter of another direction. A bracket that was opened in it is closed in it.
func stretch(runes []rune, start int) int {
	end := lastOf(runes, start)
	if end < len(runes) && strings.ContainsRune(")]}", runes[end]) && strings.ContainsAny(string(runes[start:end]), "([{") {
		end++
	}
	return end
}

func lastOf(runes []rune, start int) int {
	end := start + 1
	for k := start + 1; k < len(runes); k++ {
		switch {
		case isRTL(runes[k]), unicode.IsDigit(runes[k]):
			end = k + 1
		case unicode.IsLetter(runes[k]):
			return end
		}
	}
	return end
}

// fromRight writes the words and numbers of a right-to-left piece, and what is
// between them, from the last to the first.
func fromRight(b *strings.Builder, runes []rune) {
	class := func(r rune) int {
		switch {
		case isRTL(r):
			return 1
		case unicode.IsDigit(r):
			return 2
		}
		return 0
	}
	for end := len(runes); end > 0; {
		start := end - 1
		c := class(runes[start])
		for start > 0 && (class(runes[start-1]) == c || c == 2 && start > 1 && strings.ContainsRune(".,:", runes[start-1]) && class(runes[start-2]) == 2) {
			start--
		}
		piece := string(runes[start:end])
		switch c {
		case 1:
			b.WriteString(lrm + piece + lrm)
		case 0:
			b.WriteString(bidi.ReverseString(piece)) // and mirrors brackets
		default:
			b.WriteString(piece)
		}
		end = start
	}
}

func isRTL(r rune) bool {
	if r < 0x590 {
		return false
	}
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.NSM
}

func hasRTL(s string) bool { return strings.IndexFunc(s, isRTL) >= 0 }

// fit returns text cut in the middle by "…" so that it is at most wide by the
// given measure; the end, where the extension stands, keeps eight characters if
// there is room.
func fit(text string, wide float32, measure func(string) float32) string {
	if measure(text) <= wide {
		return text
	}
	runes := []rune(text)
	cut := func(keep int) string {
		tail := min(8, keep/2)
		return string(runes[:keep-tail]) + "…" + string(runes[len(runes)-tail:])
	}
	low, high := 0, len(runes)-1
	for low < high {
		mid := (low + high + 1) / 2
		if measure(cut(mid)) <= wide {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return cut(low)
}

// stem is the number of characters of a name ahead of its extension, the part
// that renaming selects: all of a folder's name.
func stem(e files.Entry) int {
	name := e.Name
	if !e.Folder {
		if short := strings.TrimSuffix(name, path.Ext(name)); short != "" {
			name = short
		}
	}
	return utf8.RuneCountInString(name)
}

// kind is what a file is to the eye: which picture it gets.
type kind int

// The kinds.
const (
	kindOther kind = iota
	kindFolder
	kindHome
	kindGroup
	kindText
	kindPDF
	kindTable
	kindSlides
	kindPicture
	kindSound
	kindVideo
	kindArchive
	kindProgram
)

// kinds lists extensions, lower case, by kind.
var kinds = map[kind][]string{
	kindText:    {"txt", "md", "doc", "docx", "odt", "rtf", "tex", "log"},
	kindPDF:     {"pdf"},
	kindTable:   {"csv", "xls", "xlsx", "ods"},
	kindSlides:  {"ppt", "pptx", "odp"},
	kindPicture: {"png", "jpg", "jpeg", "gif", "webp", "bmp", "svg", "tif", "tiff", "heic"},
	kindSound:   {"mp3", "ogg", "oga", "wav", "flac", "m4a", "opus"},
	kindVideo:   {"mp4", "mkv", "webm", "avi", "mov", "ogv"},
	kindArchive: {"zip", "tar", "gz", "xz", "bz2", "7z", "rar"},
	kindProgram: {"exe", "msi", "bat", "cmd", "sh", "com", "scr", "jar", "ps1", "vbs"},
}

// kindOf tells the kind by the name alone.
func kindOf(e files.Entry) kind {
	switch {
	case isRoot(e) && e.Href == wire.DAVHome:
		return kindHome
	case isRoot(e):
		return kindGroup
	case e.Folder:
		return kindFolder
	}
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(e.Name), "."))
	for k, exts := range kinds {
		if slices.Contains(exts, ext) {
			return k
		}
	}
	return kindOther
}
