package files

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"schulhof/sync/files"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func entry(name string, size int64) files.Entry {
	short, folder := strings.CutSuffix(name, "/")
	return files.Entry{ID: "id-" + short, Href: "/dav/home/" + name, Name: short, Folder: folder, Size: size, Mtime: noon.Add(-time.Duration(size) * time.Minute), Rights: "wad"}
}

func names(m *model) []string {
	out := make([]string, 0, m.Len())
	for _, it := range m.rows {
		out = append(out, it.Name)
	}
	return out
}

func chosen(m *model) []string {
	out := make([]string, 0, len(m.selected))
	for _, e := range m.Selected() {
		out = append(out, e.Name)
	}
	return out
}

func filled(names ...string) *model {
	m := newModel()
	es := make([]files.Entry, 0, len(names))
	for i, n := range names {
		es = append(es, entry(n, int64(i)))
	}
	m.Set(es)
	return m
}

func TestOrder(t *testing.T) {
	list := []string{"Zebra.txt", "Übung.txt", "udo.txt", "Blatt 10.pdf", "Blatt 2.pdf", "äpfel.txt", "Apfel.txt", "Ordner/", "abend/"}
	for _, c := range []struct {
		name string
		by   order
		want []string
	}{
		{"names as in a German dictionary, numbers as numbers, folders first", order{By: byName}, []string{"abend", "Ordner", "Apfel.txt", "äpfel.txt", "Blatt 2.pdf", "Blatt 10.pdf", "Übung.txt", "udo.txt", "Zebra.txt"}},
		{"names downwards, folders still first", order{By: byName, Down: true}, []string{"Ordner", "abend", "Zebra.txt", "udo.txt", "Übung.txt", "Blatt 10.pdf", "Blatt 2.pdf", "äpfel.txt", "Apfel.txt"}},
		{"by size", order{By: bySize}, []string{"Ordner", "abend", "Zebra.txt", "Übung.txt", "udo.txt", "Blatt 10.pdf", "Blatt 2.pdf", "äpfel.txt", "Apfel.txt"}},
		{"by change, oldest first", order{By: byChanged}, []string{"abend", "Ordner", "Apfel.txt", "äpfel.txt", "Blatt 2.pdf", "Blatt 10.pdf", "udo.txt", "Übung.txt", "Zebra.txt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := filled(list...)
			m.SetOrder(c.by)
			if got := names(m); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSelect(t *testing.T) {
	m := filled("a", "b", "c", "d", "e", "f")
	steps := []struct {
		row  int
		held mods
		want string
	}{
		{2, mods{}, "c"},
		{4, mods{Extend: true}, "c d e"},
		{0, mods{Extend: true}, "a b c"},
		{5, mods{Toggle: true}, "a b c f"},
		{3, mods{Extend: true, Toggle: true}, "a b c d e f"},
		{1, mods{Toggle: true}, "a c d e f"},
		{9, mods{}, "a c d e f"},
		{1, mods{}, "b"},
	}
	for _, s := range steps {
		m.Click(s.row, s.held)
		if got := strings.Join(chosen(m), " "); got != s.want {
			t.Errorf("click %d %+v: %q, want %q", s.row, s.held, got, s.want)
		}
	}
	m.SelectAll()
	m.SetFilter("a")
	if got := chosen(m); !slices.Equal(got, []string{"a"}) {
		t.Errorf("a filter left %q selected", got)
	}
	m.SetFilter("")
	if got := chosen(m); !slices.Equal(got, []string{"a"}) {
		t.Errorf("what a filter had hidden is selected again: %q", got)
	}
	m.Band(1, 3, map[string]bool{"id-f": true})
	if got := strings.Join(chosen(m), " "); got != "b c d f" {
		t.Errorf("band: %q", got)
	}
}

func TestRefreshKeepsSelection(t *testing.T) {
	m := filled("a", "c", "e")
	m.Click(1, mods{})
	m.Click(2, mods{Toggle: true})
	m.Set([]files.Entry{entry("a", 1), entry("b", 1), entry("c", 5)})
	if got := chosen(m); !slices.Equal(got, []string{"c"}) {
		t.Errorf("selected %q", got)
	}
	if m.cursor != 2 {
		t.Errorf("the cursor's entry went, the cursor is at %d", m.cursor)
	}
	renamed := entry("z", 1)
	renamed.ID = "id-c"
	m.Set([]files.Entry{entry("a", 1), renamed})
	if got := chosen(m); !slices.Equal(got, []string{"z"}) {
		t.Errorf("after a rename elsewhere: %q", got)
	}
}

func TestFilterIgnoresCaseAndAccents(t *testing.T) {
	m := filled("Übung.pdf", "Straße.txt", "cafe\u0301.txt", "Łódź.txt", "bild.png")
	for text, want := range map[string]string{"ubung": "Übung.pdf", "STRASSE": "Straße.txt", "CAFE": "cafe\u0301.txt", "ź": "Łódź.txt", "": "", "nichts": ""} {
		m.SetFilter(text)
		if text == "" {
			if m.Len() != 5 {
				t.Errorf("no filter shows %d", m.Len())
			}
			continue
		}
		if got := strings.Join(names(m), " "); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
}

func TestStartingWith(t *testing.T) {
	m := filled("apfel", "Birne", "bild", "Zebra")
	m.Click(0, mods{})
	if got := m.StartingWith("b", true); m.rows[got].Name != "bild" {
		t.Errorf("b: %d", got)
	}
	m.Click(m.Named("bild"), mods{})
	if got := m.StartingWith("b", true); m.rows[got].Name != "Birne" {
		t.Errorf("b again: %d", got)
	}
	if got := m.StartingWith("bild", false); m.rows[got].Name != "bild" {
		t.Errorf("typing on: %d", got)
	}
	if m.StartingWith("x", false) != -1 || newModel().StartingWith("a", true) != -1 {
		t.Error("found what is not there")
	}
}

func TestStayAndReturn(t *testing.T) {
	m := filled("a", "b", "bc")
	m.SetFilter("b")
	m.Click(1, mods{})
	s := m.Stay(120)
	m.Return([]files.Entry{entry("x", 1)}, stay{})
	if len(chosen(m)) != 0 || m.filter != "" || m.cursor != -1 {
		t.Errorf("another place began with %q, %q, %d", chosen(m), m.filter, m.cursor)
	}
	m.Return([]files.Entry{entry("a", 1), entry("b", 1), entry("bc", 1)}, s)
	if got := chosen(m); !slices.Equal(got, []string{"bc"}) || m.filter != "b" || m.cursor != 1 {
		t.Errorf("came back to %q, %q, %d", got, m.filter, m.cursor)
	}
}

// Whatever is clicked, typed and refreshed: rows and selection stay sound.
func TestModelStaysSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		check := func() {
			if m.cursor < -1 || m.cursor >= m.Len() || m.anchor < -1 || m.anchor >= m.Len() {
				t.Fatalf("cursor %d, anchor %d of %d", m.cursor, m.anchor, m.Len())
			}
			for id := range m.selected {
				if m.Row(id) < 0 {
					t.Fatalf("%s is selected and not to be seen", id)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				drawn := rapid.SliceOfNDistinct(rapid.IntRange(0, 30), 0, 20, rapid.ID[int]).Draw(t, "names")
				es := make([]files.Entry, 0, len(drawn))
				for _, n := range drawn {
					es = append(es, entry(fmt.Sprint("n", n), int64(n)))
				}
				m.Set(es)
			},
			"click": func(t *rapid.T) {
				m.Click(rapid.IntRange(-1, 20).Draw(t, "row"), mods{rapid.Bool().Draw(t, "shift"), rapid.Bool().Draw(t, "ctrl")})
			},
			"filter": func(t *rapid.T) { m.SetFilter(rapid.SampledFrom([]string{"", "1", "n2", "x"}).Draw(t, "text")) },
			"order": func(t *rapid.T) {
				m.SetOrder(order{column(rapid.IntRange(0, 3).Draw(t, "by")), rapid.Bool().Draw(t, "down")})
			},
			"all": func(*rapid.T) { m.SelectAll() },
			"":    func(*rapid.T) { check() },
		})
	})
}

func BenchmarkSet10000(b *testing.B) {
	es := many(10000)
	for b.Loop() {
		newModel().Set(es)
	}
}

func BenchmarkRefresh10000(b *testing.B) {
	es := many(10000)
	m := newModel()
	m.Set(es)
	for b.Loop() {
		m.Set(es)
	}
}

// many returns entries as a large folder holds them.
func many(n int) []files.Entry {
	es := make([]files.Entry, 0, n)
	for i := range n {
		name := fmt.Sprintf("Arbeitsblatt Mathematik %05d Größe.pdf", i*7919%n)
		if i%97 == 0 {
			name = fmt.Sprintf("Thema %05d/", i)
		}
		e := entry(name, int64(i)*37%9_000_000)
		e.ID, e.By = strconv.Itoa(i), "Bernd Richter"
		es = append(es, e)
	}
	return es
}
