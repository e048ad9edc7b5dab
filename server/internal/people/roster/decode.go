package roster

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
)

// Names of the encodings that are told apart.
const (
	encUTF8    = "UTF-8"
	encUTF16LE = "UTF-16LE"
	encUTF16BE = "UTF-16BE"
	encCP1252  = "Windows-1252"
	encLatin9  = "ISO 8859-15"
)

var bomUTF8 = []byte("\xef\xbb\xbf")

// decode turns a school's file into UTF-8 and says which encoding it was in.
func decode(data []byte) (text []byte, name string, refused *Problem) {
	switch {
	case len(data) > MaxBytes:
		return nil, "", &Problem{Code: CodeTooBig, Args: map[string]string{"max": strconv.Itoa(MaxBytes >> 20)}}
	case len(bytes.TrimSpace(bytes.TrimPrefix(data, bomUTF8))) == 0:
		return nil, "", &Problem{Code: CodeEmpty}
	}
	if format := foreign(data); format != "" {
		return nil, "", &Problem{Code: CodeNotCSV, Args: map[string]string{"format": format}}
	}
	name = encodingOf(data)
	var from encoding.Encoding
	switch name {
	case encUTF16LE:
		from = textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM)
		if !bytes.HasPrefix(data, []byte("\xff\xfe")) {
			from = textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM)
		}
	case encUTF16BE:
		from = textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM)
		if !bytes.HasPrefix(data, []byte("\xfe\xff")) {
			from = textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM)
		}
	case encCP1252:
		from = charmap.Windows1252
	case encLatin9:
		from = charmap.ISO8859_15
	default:
		data = bytes.TrimPrefix(data, bomUTF8)
		return bytes.ToValidUTF8(data, []byte("\ufffd")), name, nil
	}
	text, err := from.NewDecoder().Bytes(data)
	if err != nil {
		return nil, "", &Problem{Code: CodeEncoding}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, "", &Problem{Code: CodeEmpty}
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, "", &Problem{Code: CodeNotCSV, Args: map[string]string{"format": "binary data"}}
	}
	return text, name, nil
}

// magics are the beginnings of files that people name .csv by mistake.
var magics = []struct{ start, format string }{
	{"%PDF", "PDF"},
	{"\xd0\xcf\x11\xe0", "Excel (XLS)"},
	{"PK\x05\x06", "ZIP"},
	{"{\\rtf", "RTF"},
	{"\x89PNG", "PNG"},
	{"\xff\xd8\xff", "JPEG"},
	{"GIF8", "GIF"},
	{"\x1f\x8b", "GZIP"},
	{"7z\xbc\xaf", "7z"},
	{"Rar!", "RAR"},
	{"SQLite format 3", "SQLite"},
	{"<?xml", "XML"},
	{"<!DOCTYPE", "HTML"},
	{"<!doctype", "HTML"},
	{"<html", "HTML"},
}

// foreign names the format of data that is no table of text, else "".
func foreign(data []byte) string {
	start := bytes.TrimLeft(bytes.TrimPrefix(data, bomUTF8), " \t\r\n")
	if bytes.HasPrefix(start, []byte("PK\x03\x04")) {
		head := start[:min(len(start), 4096)]
		switch {
		case bytes.Contains(head, []byte("[Content_Types].xml")), bytes.Contains(head, []byte("xl/")):
			return "Excel (XLSX)"
		case bytes.Contains(head, []byte("opendocument.spreadsheet")):
			return "OpenDocument (ODS)"
		}
		return "ZIP"
	}
	for _, m := range magics {
		if bytes.HasPrefix(start, []byte(m.start)) {
			return m.format
		}
	}
	if bytes.IndexByte(data, 0) >= 0 && !wide(data) {
		return "binary data"
	}
	return ""
}

// wide reports whether data is UTF-16, by its mark or by the zero bytes of its
// first letters.
func wide(data []byte) bool {
	name := encodingOf(data)
	return name == encUTF16LE || name == encUTF16BE
}

func encodingOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, bomUTF8):
		return encUTF8
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return encUTF16LE
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return encUTF16BE
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return widthOf(data)
	}
	good, bad := 0, 0
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		rest = rest[size:]
	}
	// A few bad bytes among many good ones are damage, not another encoding.
	if bad == 0 || good > bad {
		return encUTF8
	}
	return singleByte(data)
}

// widthOf tells UTF-16 without a mark by where the zero bytes of the first
// letters stand; "" when they stand nowhere regular.
func widthOf(data []byte) string {
	head := data[:min(len(data), 512)&^1]
	even, odd := 0, 0
	for i := 0; i < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	switch half := len(head) / 4; {
	case half > 0 && odd > half && even == 0:
		return encUTF16LE
	case half > 0 && even > half && odd == 0:
		return encUTF16BE
	}
	return ""
}

// singleByte tells Windows-1252 from ISO 8859-15. They differ in 0x80 to 0x9F
// (letters and quotes against nothing that a list holds) and in eight more
// places, where ISO 8859-15 has letters such as š and Windows-1252 has signs
// that stand beside no letter.
func singleByte(data []byte) string {
	latin9 := false
	for i, b := range data {
		switch {
		case b >= 0x80 && b <= 0x9f:
			return encCP1252
		case b == 0xa6, b == 0xa8, b == 0xb8, b == 0xbc, b == 0xbd, b == 0xbe:
			latin9 = latin9 || letterAt(data, i-1) || letterAt(data, i+1)
		case b == 0xb4: // an acute accent, often for an apostrophe, or Ž
			latin9 = latin9 || !letterAt(data, i-1) && letterAt(data, i+1)
		}
	}
	if latin9 {
		return encLatin9
	}
	return encCP1252
}

func letterAt(data []byte, i int) bool {
	return i >= 0 && i < len(data) && unicode.IsLetter(charmap.ISO8859_1.DecodeByte(data[i]))
}
