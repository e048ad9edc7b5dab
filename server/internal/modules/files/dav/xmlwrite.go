package dav

import (
	"io"
	"strconv"
	"time"
	"unicode/utf8"
)

// A Writer writes an XML answer by appending to a buffer, which it hands on
// whenever it has grown; nothing of the answer is kept as a tree. Names of the
// DAV: namespace always carry the prefix D:, which old Windows redirectors need.
type Writer struct {
	B   []byte // the part that was not handed on yet; append to it
	w   io.Writer
	err error
}

// flushAt is how much a Writer holds back.
const flushAt = 32 << 10

// NewWriter starts a document.
func NewWriter(w io.Writer) *Writer {
	return &Writer{B: append(make([]byte, 0, flushAt+8<<10), `<?xml version="1.0" encoding="utf-8"?>`+"\n"...), w: w}
}

// Maybe hands the buffer on when it is full.
func (w *Writer) Maybe() {
	if len(w.B) >= flushAt {
		_ = w.Flush()
	}
}

// Flush hands the buffer on. Its error is that of the first write that failed.
func (w *Writer) Flush() error {
	if w.err == nil {
		_, w.err = w.w.Write(w.B)
	}
	w.B = w.B[:0]
	return w.err
}

// Raw appends XML as it is.
func (w *Writer) Raw(s string) { w.B = append(w.B, s...) }

// Text appends text, escaped.
func (w *Writer) Text(s string) { w.B = AppendText(w.B, s) }

// escapes are what stands for the ASCII characters that may not stand for themselves.
var escapes = func() (t [utf8.RuneSelf]string) {
	for c := range ' ' {
		t[c] = "\uFFFD"
	}
	t['\t'], t['\n'], t['\r'] = "", "", "&#13;"
	t['&'], t['<'], t['>'], t['"'] = "&amp;", "&lt;", "&gt;", "&quot;"
	return t
}()

// AppendText appends text, escaped for content and for attribute values. What
// XML cannot hold becomes U+FFFD.
func AppendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				b = append(b, "\uFFFD"...)
			} else {
				b = append(b, s[i:i+size]...)
			}
			i += size
			continue
		}
		if e := escapes[c]; e != "" {
			b = append(b, e...)
		} else {
			b = append(b, c)
		}
		i++
	}
	return b
}

const (
	days   = "SunMonTueWedThuFriSat"
	months = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// AppendHTTPTime appends unix milliseconds as RFC 9110 wants dates.
func AppendHTTPTime(b []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	hour, minute, sec := t.Clock()
	wd := int(t.Weekday()) * 3
	b = append(b, days[wd:wd+3]...)
	b = append(b, ", "...)
	b = two(b, day)
	b = append(b, ' ')
	b = append(b, months[int(month)*3-3:int(month)*3]...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(year), 10)
	b = append(b, ' ')
	b = two(b, hour)
	b = append(b, ':')
	b = two(b, minute)
	b = append(b, ':')
	b = two(b, sec)
	return append(b, " GMT"...)
}

func two(b []byte, n int) []byte { return append(b, "0123456789"[n/10%10], "0123456789"[n%10]) }

// AppendISOTime appends unix milliseconds as RFC 3339 wants dates.
func AppendISOTime(b []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
}

// WriteError writes the body of a refusal: a D:error with the precondition that
// failed (may be "") and the sentences in German and English, in this order.
func WriteError(w *Writer, precondition, inner, german, english string) {
	w.Raw(`<D:error xmlns:D="DAV:" xmlns:s="https://schulhof.org/ns/dav">`)
	if precondition != "" {
		w.Raw("<D:" + precondition)
		if inner == "" {
			w.Raw("/>")
		} else {
			w.Raw(">" + inner + "</D:" + precondition + ">")
		}
	}
	w.Raw("<s:message>")
	w.Text(german + "\n" + english)
	w.Raw("</s:message></D:error>\n")
}
