package dav

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

var (
	errPath = &RefusalError{
		Status: 400, Reason: "path",
		German:  "Dieser Pfad ist ungültig.",
		English: "This path is not valid.",
	}
	errPathLong = &RefusalError{
		Status: 414, Reason: "path-too-long",
		German:  "Der Pfad ist zu lang: höchstens 4096 Zeichen und 64 Ordner tief.",
		English: "The path is too long: at most 4096 bytes and 64 folders deep.",
	}
)

// ErrTooDeep refuses a path or a move that would lie deeper than MaxDepth.
var ErrTooDeep error = &RefusalError{
	Status: 403, Reason: "too-deep",
	German:  "Der Ordner läge zu tief: höchstens 64 Ebenen.",
	English: "The folder would lie too deep: at most 64 levels.",
}

// ParsePath splits an escaped path, as a request line or a Destination has it,
// into decoded segments in NFC. Empty segments are dropped, so "//" is "/". A
// path with "." or ".." segments, an encoded slash, a NUL or broken escapes is
// refused, whatever it would have led to.
func ParsePath(escaped string) ([]string, error) {
	if len(escaped) > 3*MaxPath {
		return nil, errPathLong
	}
	if !strings.HasPrefix(escaped, "/") {
		return nil, errPath
	}
	segments := make([]string, 0, 8)
	size := 0
	for raw := range strings.SplitSeq(escaped, "/") {
		if raw == "" {
			continue
		}
		name, err := unescape(raw)
		if err != nil {
			return nil, err
		}
		size += len(name) + 1
		segments = append(segments, name)
	}
	if size > MaxPath || len(segments) > MaxDepth+4 {
		return nil, errPathLong
	}
	return segments, nil
}

func unescape(raw string) (string, error) {
	name := raw
	if strings.IndexByte(raw, '%') >= 0 {
		var err error
		if name, err = url.PathUnescape(raw); err != nil {
			return "", errPath
		}
	}
	if name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return "", errPath
	}
	if !utf8.ValidString(name) {
		return "", errUTF8
	}
	return Normal(name), nil
}

const hexDigits = "0123456789ABCDEF"

// plain marks the bytes that a segment may hold without escaping.
var plain = func() (t [256]bool) {
	for c := range 256 {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!$()*+,;=:@", byte(c)) >= 0
	}
	return t
}()

// AppendSegment appends a name, percent-encoded for a href and safe inside XML.
func AppendSegment(b []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; plain[c] {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// Href joins decoded segments to an absolute href; a collection's ends in a slash.
func Href(collection bool, segments ...string) string {
	b := make([]byte, 0, 64)
	for _, s := range segments {
		b = append(b, '/')
		b = AppendSegment(b, s)
	}
	if collection || len(b) == 0 {
		b = append(b, '/')
	}
	return string(b)
}
