package files

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxName      = 255 // bytes, and UTF-16 units, of a name on the server
	maxLocalName = 180 // bytes of a local copy's name, so that paths stay short enough for Windows
)

// foldKey is equal for names that the server holds to be the same.
func foldKey(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
}

// splitName cuts a name before its extension. What is no extension as people
// know them, such as the rest of ".profile" or of "1. Vorlesung", stays with the stem.
func splitName(name string) (stem, ext string) {
	ext = filepath.Ext(name)
	stem = strings.TrimSuffix(name, ext)
	if stem == "" || len(ext) < 2 || len(ext) > 12 || strings.ContainsRune(ext, ' ') {
		return name, ""
	}
	if inner := filepath.Ext(stem); strings.EqualFold(inner, ".tar") && len(inner) < len(stem) {
		return strings.TrimSuffix(stem, inner), inner + ext
	}
	return stem, ext
}

// withSuffix puts a text between stem and extension, and shortens the stem
// where the name would get too long.
func withSuffix(name, suffix string, limit int) string {
	stem, ext := splitName(name)
	room := limit - len(suffix) - len(ext)
	if room < 1 {
		ext, room = "", limit-len(suffix)
	}
	return strings.TrimRight(shorten(stem, room), " .") + suffix + ext
}

// shorten cuts s to at most limit bytes, between characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// numbered is the n-th name beside a taken one: "Name (2).ext".
func numbered(name string, n int) string {
	return withSuffix(name, " ("+strconv.Itoa(n)+")", maxName)
}

// freeName is the first of name, "Name (2)", "Name (3)" … that is not taken.
func freeName(name string, taken func(name string) bool) string {
	if !taken(name) {
		return name
	}
	for n := 2; ; n++ {
		if next := numbered(name, n); !taken(next) {
			return next
		}
	}
}

// conflictName is the name of an edit that came second, as users know it:
// "Name (Konflikt USER@HOST 2026-11-21 081500).ext".
func conflictName(name, who, host string, at time.Time) string {
	mark := " (Konflikt " + short(who) + "@" + short(host) + " " + at.Format("2006-01-02 150405") + ")"
	return withSuffix(name, mark, maxName)
}

func short(s string) string { return shorten(safeName(s, 40), 40) }

// forbidden says what keeps a name from being used on every system, "" if nothing.
func forbidden(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return "empty"
	case !utf8.ValidString(name):
		return "encoding"
	case len(norm.NFC.String(name)) > maxName:
		return "long"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return "ends"
	case strings.IndexFunc(name, badRune) >= 0:
		return "character"
	case reserved(name):
		return "reserved"
	}
	return ""
}

func badRune(r rune) bool {
	return strings.ContainsRune(`<>:"/\|?*`, r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

// reserved says whether Windows takes the name for a device.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	if len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) {
		return stem[3] >= '1' && stem[3] <= '9'
	}
	return false
}

// safeName makes a name that every system can hold, of at most limit bytes.
func safeName(name string, limit int) string {
	name = strings.Map(func(r rune) rune {
		if badRune(r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " ")
	name = strings.TrimRight(name, " .")
	if reserved(name) {
		name = "_" + name
	}
	if len(name) > limit {
		name = withSuffix(name, "", limit)
	}
	if name == "" {
		return "_"
	}
	return name
}

// dirName is the name of a local copy's folder: the node's id where that is fit
// for a name, else a hash of id and href.
func dirName(id, href string) string {
	fit := id != "" && len(id) <= 64
	for i := range len(id) {
		c := id[i]
		fit = fit && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if fit && !reserved(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id + "\x00" + href))
	return hex.EncodeToString(sum[:16])
}

// passing says whether a file beside a local copy is one that programs make
// for a while and nobody wants on the server.
func passing(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range []string{".~lock.", "~$", ".~", ".goutputstream", partPrefix, "~wr", "._"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	for _, suffix := range []string{".tmp", ".temp", ".swp", ".swo", ".swx", ".part", ".crdownload", ".bak", ".lock", ".lck", "~"} {
		if strings.HasSuffix(lower, suffix) {
			return true
		}
	}
	return litter(name) || lower == "4913" // vim tries whether it may write
}

// litter says whether a file is only there because a system looked at a folder.
func litter(name string) bool {
	switch strings.ToLower(name) {
	case ".ds_store", "thumbs.db", "desktop.ini", ".directory":
		return true
	}
	return strings.HasPrefix(name, ".~lock.") || strings.HasPrefix(name, "~$")
}
