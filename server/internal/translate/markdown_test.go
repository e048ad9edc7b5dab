package translate

import (
	"bytes"
	"context"
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"

	"schulhof/server/internal/clocktest"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// shout is a machine that translates into capitals and respects HTML.
func shout(_ context.Context, units []string, isHTML bool) ([]string, error) {
	done := make([]string, 0, len(units))
	for _, u := range units {
		if !isHTML {
			done = append(done, strings.ToUpper(u))
			continue
		}
		var out strings.Builder
		last := 0
		for _, at := range tag.FindAllStringIndex(u, -1) {
			out.WriteString(html.EscapeString(strings.ToUpper(html.UnescapeString(u[last:at[0]]))) + u[at[0]:at[1]])
			last = at[1]
		}
		out.WriteString(html.EscapeString(strings.ToUpper(html.UnescapeString(u[last:]))))
		done = append(done, out.String())
	}
	return done, nil
}

// loses is a machine that drops all HTML.
func loses(ctx context.Context, units []string, isHTML bool) ([]string, error) {
	done, err := shout(ctx, units, isHTML)
	for i := range done {
		if isHTML {
			done[i] = tag.ReplaceAllString(done[i], "")
		}
	}
	return done, err
}

// tears is a machine that puts space around all HTML.
func tears(ctx context.Context, units []string, isHTML bool) ([]string, error) {
	done, err := shout(ctx, units, isHTML)
	for i := range done {
		if isHTML {
			done[i] = tag.ReplaceAllString(done[i], " $0 ")
		}
	}
	return done, err
}

// turns is a machine that turns the words of a line around.
func turns(ctx context.Context, units []string, isHTML bool) ([]string, error) {
	done, err := shout(ctx, units, isHTML)
	for i := range done {
		if all := element.FindAllString(done[i], -1); isHTML && len(all) > 0 {
			done[i] = strings.Join(all, " ") + " " + tag.ReplaceAllString(done[i], "")
		}
	}
	return done, err
}

var table = []struct{ name, in, want string }{
	{"plain", "Hallo Welt", "HALLO WELT"},
	{"empty", "", ""},
	{"lines", "a\n\nb\n", "A\n\nB\n"},
	{"heading", "## Ausflug ##", "## AUSFLUG ##"},
	{"setext", "Ausflug\n=======\n", "AUSFLUG\n=======\n"},
	{"list", "- Brot\n  - hell\n1. eins\n2) zwei\n* drei", "- BROT\n  - HELL\n1. EINS\n2) ZWEI\n* DREI"},
	{"quote", "> ja\n>> - nein", "> JA\n>> - NEIN"},
	{"rule", "a\n\n---\n\n* * *\nb", "A\n\n---\n\n* * *\nB"},
	{"emphasis", "Bitte **bis morgen** antworten, *danke*!", "BITTE **BIS MORGEN** ANTWORTEN, *DANKE*!"},
	{"link", "Siehe [den Plan](https://a.example/p_(1)?x=y \"t\") dort", "SIEHE [DEN PLAN](https://a.example/p_(1)?x=y \"t\") DORT"},
	{"link in brackets", "[Plan](<https://a.example/a b>)", "[PLAN](<https://a.example/a b>)"},
	{"picture", "![Hof](https://a.example/b.png)", "![HOF](https://a.example/b.png)"},
	{"bare link", "auf https://schule.example/a_b oder bei a.b@schule.example", "AUF https://schule.example/a_b ODER BEI a.b@schule.example"},
	{"autolink", "<https://schule.example/a> und <b@c.example>", "<https://schule.example/a> UND <b@c.example>"},
	{"placeholder", "Ihr Kind ({{child}}) fährt am **{{date}}** mit", "IHR KIND ({{child}}) FÄHRT AM **{{date}}** MIT"},
	{"only a placeholder", "{{teacher}}\n{{school}}", "{{teacher}}\n{{school}}"},
	{"code", "Tippe `go run x` ein", "TIPPE `go run x` EIN"},
	{"fence", "a\n```\ncode *x*\n\n# y\n```\nb", "A\n```\ncode *x*\n\n# y\n```\nB"},
	{"open fence", "a\n~~~~\ncode\n~~~\nmore", "A\n~~~~\ncode\n~~~\nmore"},
	{"numbers stay", "12:30 – 14,50 €", "12:30 – 14,50 €"},
	{"escape", `2 \* a und b&amp;c`, `2 \* A UND B&amp;C`},
	{"hard break", "a  \nb\\\nc", "A  \nB\\\nC"},
	{"html", "a <b>b</b> c", "A <b>B</b> C"},
	{"less", "wenn a < b & c > d **e** f", `WENN A \< B & C > D **E** F`},
	{"arabic", "مرحبا {{child}} **اليوم**", "مرحبا {{child}} **اليوم**"},
}

func TestMarkdown(t *testing.T) {
	for _, c := range table {
		for name, machine := range map[string]ask{"good": shout, "loses": loses, "tears": tears} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				got, err := markdown(t.Context(), c.in, machine)
				if err != nil {
					t.Fatal(err)
				}
				if got != c.want && (name != "tears" || relaxed(got) != relaxed(c.want)) {
					t.Errorf("%q\n got %q\nwant %q", c.in, got, c.want)
				}
			})
		}
		t.Run(c.name+"/turns", func(t *testing.T) { // any order of words, but every mark, and those in pairs in order
			got, err := markdown(t.Context(), c.in, turns)
			if err != nil {
				t.Fatal(err)
			}
			if marksOf(got) != marksOf(c.want) {
				t.Errorf("%q\n got %q\nwant the marks of %q", c.in, got, c.want)
			}
		})
	}
}

// relaxed returns s without space, for a machine that adds some.
func relaxed(s string) string { return strings.ReplaceAll(s, " ", "") }

func marksOf(s string) string {
	s = strings.ReplaceAll(s, `\<`, "")
	var bound []string
	for _, m := range marks.FindAllString(s, -1) {
		if !free.MatchString(m) {
			bound = append(bound, m)
		}
	}
	return strings.Join(bound, " ")
}

// TestMarkdownHostile holds that a machine's words cannot become Markdown.
func TestMarkdownHostile(t *testing.T) {
	for _, words := range []string{
		"# x", "- x", "1. x", "> x", "```", "---", "===", "<script>", "[x](javascript:y)", "**x**", "a\n\n# b", "`x`", "&lt;b&gt;", "+ x", "2) x",
		"{{child}}", "\u202ex", "  - x", "",
	} {
		machine := func(_ context.Context, units []string, _ bool) ([]string, error) {
			done := make([]string, len(units))
			for i := range done {
				done[i] = words
			}
			return done, nil
		}
		for _, in := range []string{"Hallo", "- Hallo", "> Hallo", "Siehe **das** hier"} {
			out, err := markdown(t.Context(), in, machine)
			if err != nil {
				t.Fatal(err)
			}
			rendered := show(t, out)
			for _, bad := range []string{"<h1", "<h2", "<script", "<a ", "<code", "<pre", "<hr", "<ol"} {
				if strings.Contains(rendered, bad) {
					t.Errorf("%q became %q in %q: %s", words, bad, in, rendered)
				}
			}
			if strings.Count(rendered, "<blockquote") != strings.Count(in, ">") || strings.Count(rendered, "<li") != strings.Count(in, "-") ||
				strings.Count(out, "\n") > 0 || strings.Contains(out, "\u202e") {
				t.Errorf("%q in %q became %q", words, in, out)
			}
		}
	}
}

func TestMarkdownWrongNumber(t *testing.T) {
	machine := func(context.Context, []string, bool) ([]string, error) { return []string{"a"}, nil }
	if _, err := markdown(t.Context(), "a\nb", machine); !errors.Is(err, ErrDown) {
		t.Errorf("one result for two: %v", err)
	}
	if _, err := markdown(t.Context(), "a *b*\nb *c*", machine); !errors.Is(err, ErrDown) {
		t.Errorf("one result for two lines: %v", err)
	}
}

func TestBatches(t *testing.T) {
	units := make([]string, 120)
	for i := range units {
		units[i] = strings.Repeat("a", i*20)
	}
	units[7] = strings.Repeat("b", 90_000)
	calls := 0
	done, err := inBatches(t.Context(), units, func(_ context.Context, batch []string) ([]string, error) {
		calls++
		size := 0
		for _, u := range batch {
			size += len(u)
		}
		if len(batch) > 50 || size > 50_000 && len(batch) > 1 {
			t.Errorf("a batch of %d units, %d bytes", len(batch), size)
		}
		return batch, nil
	})
	if err != nil || strings.Join(done, "|") != strings.Join(units, "|") || calls < 4 {
		t.Errorf("%d units in %d calls: %v", len(done), calls, err)
	}
}

// show renders Markdown.
func show(t *testing.T, markdown string) string {
	t.Helper()
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// FuzzMarkdown holds that a machine that changes nothing changes nothing: the
// words come back, whether or not it respects the marks.
func FuzzMarkdown(f *testing.F) {
	for _, c := range table {
		f.Add(c.in)
	}
	same := func(_ context.Context, units []string, _ bool) ([]string, error) { return units, nil }
	f.Fuzz(func(t *testing.T, in string) {
		in = clean(in)
		if len(in) > 2000 {
			return
		}
		began := clocktest.CPU()
		out, err := markdown(t.Context(), in, same)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(out, "\n") != strings.Count(in, "\n") {
			t.Errorf("%q became %q", in, out)
		}
		if letters(out) != letters(in) {
			t.Errorf("the letters of %q became those of %q", in, out)
		}
		if _, err := markdown(t.Context(), in, loses); err != nil {
			t.Fatal(err)
		}
		if took := clocktest.CPU() - began; took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(in), took)
		}
	})
}

var notLetters = regexp.MustCompile(`[^\pL\pN]+`)

func letters(s string) string { return notLetters.ReplaceAllString(s, "") }
