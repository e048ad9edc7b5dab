package files

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"schulhof/sync/files"
	"schulhof/ui/lang"
)

func TestSentencesHideTheError(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.3: secret")
	if got := sentence(secret); strings.Contains(got, "secret") || got == "" {
		t.Errorf("said %q", got)
	}
	if got := sentence(fmt.Errorf("x: %w", files.ErrTaken)); got != lang.T("files.error_taken") {
		t.Errorf("said %q", got)
	}
}

func TestMeter(t *testing.T) {
	var m meter
	for s := range 10 {
		m.Note(noon.Add(time.Duration(s)*time.Second), int64(s)*1_000_000)
	}
	if m.rate < 990_000 || m.rate > 1_010_000 {
		t.Errorf("rate %v", m.rate)
	}
	if left := m.Left(30_000_000); left < 29*time.Second || left > 31*time.Second {
		t.Errorf("left %v", left)
	}
	m.Note(noon.Add(11*time.Second), 5)
	if m.rate != 0 || m.Left(10) != 0 {
		t.Error("a list that was tidied up does not begin anew")
	}
}

func TestHistory(t *testing.T) {
	var h history
	for _, p := range []string{"a", "b", "c"} {
		h.Go(p)
	}
	back := func(by int, want string, ok bool) {
		t.Helper()
		if got, is := h.Move(by); got != want || is != ok {
			t.Errorf("move %d: %q %t", by, got, is)
		}
	}
	back(-1, "b", true)
	back(-1, "a", true)
	back(-1, "", false)
	back(1, "b", true)
	h.Go("x")
	back(1, "", false)
	back(-1, "b", true)
}

func TestTextOf(t *testing.T) {
	for in, want := range map[string]string{"Grüße": "Grüße", "Gr\xfc\xdfe": "Grüße", "a\x00b": "", "\ufeffBOM": "BOM", "abgeschnitten ü"[:len("abgeschnitten ü")-1]: "abgeschnitten "} {
		if got := textOf([]byte(in)); got != want {
			t.Errorf("%q reads as %q, want %q", in, got, want)
		}
	}
}

func TestPictureBounds(t *testing.T) {
	// The head of a PNG that claims 60,000 by 60,000 pixels.
	head := []byte{0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 6, 0, 0, 0, 0, 0, 0, 0}
	if _, err := pictureOf(strings.NewReader(string(head))); err == nil {
		t.Error("decoded")
	}
	if _, err := pictureOf(strings.NewReader("no picture")); err == nil {
		t.Error("decoded a text")
	}
}

func TestWrap(t *testing.T) {
	measure := func(s string) float32 { return float32(len([]rune(s))) }
	got := wrap("eins zwei drei\n\nDonaudampfschifffahrt ja\n", 10, measure)
	want := []string{"eins zwei", "drei", "", "Donaudampf", "schifffahr", "t ja"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q", got)
	}
}
