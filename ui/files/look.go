package files

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // for image.Decode
	_ "image/jpeg" // for image.Decode
	_ "image/png"  // for image.Decode
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	_ "golang.org/x/image/bmp" // for image.Decode
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // for image.Decode

	"schulhof/sync/files"
)

// Bounds of what is looked into.
const (
	lookPixels = 40_000_000 // of a picture
	lookText   = 64 << 10   // bytes of a text
	lookSide   = 560        // pixels that a picture is scaled down to
)

// inside is what a look into a file brought: one of these, or neither.
type inside struct {
	picture image.Image
	text    string
}

// textual lists extensions, lower case, of files that are plain text.
var textual = []string{"txt", "md", "csv", "log", "json", "xml", "html", "htm", "css", "js", "py", "java", "go", "c", "h", "cpp", "sh", "bat", "tex", "ini", "toml", "yaml", "yml", "sql", "svg", "srt"}

func isPlainText(name string) bool {
	return slices.Contains(textual, strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
}

// look fetches a file and looks into it. It runs off the UI goroutine.
func look(ctx context.Context, e engine, entry files.Entry) (inside, error) {
	local, err := e.Open(ctx, entry)
	if err != nil {
		return inside{}, fmt.Errorf("preview of %s: %w", entry.Href, err)
	}
	f, err := os.Open(local)
	if err != nil {
		return inside{}, fmt.Errorf("preview of %s: %w", entry.Href, err)
	}
	defer f.Close()
	if isPlainText(entry.Name) {
		raw, err := io.ReadAll(io.LimitReader(f, lookText))
		if err != nil {
			return inside{}, fmt.Errorf("preview of %s: %w", entry.Href, err)
		}
		return inside{text: textOf(raw)}, nil
	}
	if img, err := pictureOf(f); err == nil {
		return inside{picture: img}, nil
	}
	return inside{}, nil // a picture that cannot be read is shown as an icon
}

// errTooManyPixels says that a picture would need too much memory.
var errTooManyPixels = errors.New("too many pixels")

// pictureOf reads a picture and scales it down. Its size is looked at before
// its pixels are: a small file can claim to be a huge picture.
func pictureOf(f io.ReadSeeker) (image.Image, error) {
	head, _, err := image.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("head of a picture: %w", err)
	}
	if head.Width <= 0 || head.Height <= 0 || head.Width > lookPixels/head.Height {
		return nil, errTooManyPixels
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	size := img.Bounds().Size()
	most := max(size.X, size.Y)
	if most <= lookSide {
		return img, nil
	}
	small := image.NewRGBA(image.Rect(0, 0, max(size.X*lookSide/most, 1), max(size.Y*lookSide/most, 1)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small, nil
}

// textOf reads bytes as UTF-8, or as Latin-1 where they are not; "" for what is
// no text.
func textOf(raw []byte) string {
	if slices.Contains(raw, 0) {
		return ""
	}
	raw = []byte(strings.TrimPrefix(string(raw), "\ufeff"))
	whole := raw
	for n := 1; n < utf8.UTFMax && n <= len(raw); n++ { // the limit may have cut a letter
		if tail := raw[len(raw)-n:]; utf8.RuneStart(tail[0]) && !utf8.FullRune(tail) {
			whole = raw[:len(raw)-n]
		}
	}
	if utf8.Valid(whole) {
		return string(whole)
	}
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
	}
	return string(runes)
}

// wrap breaks a text into lines at most wide by the measure, between words
// where it can.
func wrap(text string, wide float32, measure func(string) float32) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = safeName(strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\r\n"))
		out = wrapLine(out, line, wide, measure)
	}
	return out
}

func wrapLine(out []string, line string, wide float32, measure func(string) float32) []string {
	var b strings.Builder
	used := float32(0)
	for _, word := range strings.SplitAfter(line, " ") {
		w := measure(word)
		if used+w > wide && used > 0 {
			out = append(out, strings.TrimRight(b.String(), " "))
			b.Reset()
			used = 0
		}
		for w > wide { // one word wider than the line
			runes := []rune(word)
			n := min(max(int(float32(len(runes))*wide/w), 1), len(runes))
			for n > 1 && measure(string(runes[:n])) > wide {
				n--
			}
			out = append(out, string(runes[:n]))
			word = string(runes[n:])
			if word == "" {
				w = 0
				break
			}
			w = measure(word)
		}
		b.WriteString(word)
		used += w
	}
	return append(out, strings.TrimRight(b.String(), " "))
}
