package render

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"schulhof/server/internal/clocktest"
)

func TestHTML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "Liebe Eltern,\n\nam Montag", "<p>Liebe Eltern,</p>\n<p>am Montag</p>\n"},
		{"line break", "Mit freundlichen Grüßen\nA. Lehrer", "<p>Mit freundlichen Grüßen<br>\nA. Lehrer</p>\n"},
		{"emphasis", "**fett** und *kursiv*", "<p><strong>fett</strong> und <em>kursiv</em></p>\n"},
		{"heading", "# Ausflug", "<h1>Ausflug</h1>\n"},
		{"list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"numbers", "3. c\n4. d", "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>\n"},
		{"link", "[Plan](https://schule.example/a?b=1&c=2)", `<p><a href="https://schule.example/a?b=1&amp;c=2" rel="noopener">Plan</a></p>` + "\n"},
		{"mail", "<office@schule.example>", `<p><a href="mailto:office@schule.example" rel="noopener">office@schule.example</a></p>` + "\n"},
		{"javascript", "[hier](javascript:alert(1))", "<p>hier</p>\n"},
		{"javascript, disguised", "[hier](java&#115;cript:alert(1))", "<p>hier</p>\n"},
		{"data", "[hier](data:text/html;base64,PHN2Zz4=)", "<p>hier</p>\n"},
		{"auto javascript", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"},
		{"relative", "[hier](/admin/delete)", "<p>hier</p>\n"},
		{"no host", "[hier](https:evil)", "<p>hier</p>\n"},
		{"no host but a place", "[hier](http://#000) [da](https:///a) [dort](https://?a)", "<p>hier da dort</p>\n"},
		{"picture", "![unser **Hof**](https://tracker.example/1.gif)", "<p>unser <strong>Hof</strong></p>\n"},
		{"script", "<script>alert(1)</script>\n\ngut", "\n<p>gut</p>\n"},
		{"inline tag", "a <img src=x onerror=alert(1)> b", "<p>a  b</p>\n"},
		{"title", `[a](https://b.example "x")`, `<p><a href="https://b.example" rel="noopener">a</a></p>` + "\n"},
		{"less than", "3 < 4 & 5 > 2", "<p>3 &lt; 4 &amp; 5 &gt; 2</p>\n"},
		{"override", "a\u202eb", "<p>ab</p>\n"},
		{"joiner stays", "می\u200cخواهم", "<p>می\u200cخواهم</p>\n"},
		{"indented", "    Absatz", "<pre><code>Absatz\n</code></pre>\n"},
		{"no references", "[a]: https://b.example\n\n[a]", "<p>[a]: https://b.example</p>\n<p>[a]</p>\n"},
		{"invalid UTF-8", "a\xffb", "<p>a\uFFFDb</p>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := HTML(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("HTML(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
			harmless(t, got)
		})
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "# Ausflug\n\nLiebe **Eltern**,\nguten Tag", "Ausflug\n\nLiebe Eltern,\nguten Tag"},
		{"list", "Mitbringen:\n\n- Brot\n- Wasser\n  - still\n\nDanke", "Mitbringen:\n\n- Brot\n- Wasser\n  - still\n\nDanke"},
		{"loose list", "1. a\n\n2. b", "1. a\n\n2. b"},
		{"link", "[Plan](https://a.example/p) <b@c.example>", "Plan (https://a.example/p) b@c.example"},
		{"unsafe link", "[Plan](javascript:x) <javascript:a&b>", "Plan javascript:a&b"},
		{"escapes", `2 \* 3 &amp; &lt;b&gt; &#65;`, "2 * 3 & <b> A"},
		{"code", "`a\\*b`\n\n```\nx < y\n```", "a\\*b\n\nx < y"},
		{"raw", "a <b>b</b>\n\n<script>alert(1)</script>", "a b"},
		{"picture", "![Hof](https://t.example/1.gif)", "Hof"},
		{"indented", "a\n\n    Absatz\n\nb", "a\n\nAbsatz\n\nb"},
		{"empty", " \n\n ", ""},
		{"override by entity", "a&#x202e;b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Text(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("Text(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	text := func(s string) []Run { return []Run{{Text: s}} }
	for _, c := range []struct {
		name, in string
		want     []Block
	}{
		{"paragraphs", "# Ausflug\n\nLiebe **Eltern**,\nguten *Tag*", []Block{
			{Heading: 1, Runs: text("Ausflug")},
			{Runs: []Run{{Text: "Liebe "}, {Text: "Eltern", Bold: true}, {Text: ",\nguten "}, {Text: "Tag", Italic: true}}},
		}},
		{"both", "***a***", []Block{{Runs: []Run{{Text: "a", Bold: true, Italic: true}}}}},
		{"list", "- Brot\n- Wasser\n  1. still\n  2. medium\n\n7. sieben\n8. acht", []Block{
			{Indent: 1, Mark: Bullet, Runs: text("Brot")},
			{Indent: 1, Mark: Bullet, Runs: text("Wasser")},
			{Indent: 2, Mark: "1.", Runs: text("still")},
			{Indent: 2, Mark: "2.", Runs: text("medium")},
			{Indent: 1, Mark: "7.", Runs: text("sieben")},
			{Indent: 1, Mark: "8.", Runs: text("acht")},
		}},
		{"loose item", "- a\n\n  b", []Block{{Indent: 1, Mark: Bullet, Runs: text("a")}, {Indent: 1, Runs: text("b")}}},
		{"quote and rule", "> a\n\n---\n\nb", []Block{{Indent: 1, Runs: text("a")}, {Rule: true}, {Runs: text("b")}}},
		{"links", "[der **Plan**](https://a.example/p), <b@c.example>", []Block{{Runs: []Run{
			{Text: "der ", Link: "https://a.example/p"},
			{Text: "Plan", Bold: true, Link: "https://a.example/p"},
			{Text: ", "},
			{Text: "b@c.example", Link: "mailto:b@c.example"},
		}}}},
		{"unsafe link", "[Plan](javascript:x) ![Hof](https://t.example/1.gif)", []Block{{Runs: text("Plan Hof")}}},
		{"escapes", `2 \* 3 &amp; &lt;b&gt;&#x202e; ` + "`a\\*b`", []Block{{Runs: text(`2 * 3 & <b> a\*b`)}}},
		{"code", "```\nx < y\n\n z\n```", []Block{{Runs: text("x < y\n\n z")}}},
		{"raw", "<script>alert(1)</script>\n\na <b>b</b>", []Block{{Runs: text("a b")}}},
		{"empty", " \n\n ", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Blocks(c.in)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("Blocks(%q), %v\n got %+v\nwant %+v", c.in, err, got, c.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	onPaper := func(markdown string) (string, error) {
		_, err := Blocks(markdown)
		return "", err
	}
	for _, render := range []func(string) (string, error){HTML, Text, onPaper} {
		if _, err := render(strings.Repeat("a", Max+1)); !errors.Is(err, ErrTooLong) {
			t.Errorf("too long: %v", err)
		}
		for _, mark := range []string{">", "> ", "- ", "1. ", "* > "} {
			if _, err := render("a\n" + strings.Repeat(mark, 200) + "a"); !errors.Is(err, ErrTooDeep) {
				t.Errorf("%q nested: %v", mark, err)
			}
		}
	}
}

// TestHostile holds that nothing within the bound keeps the server busy.
func TestHostile(t *testing.T) {
	var nested strings.Builder
	for i := range 300 {
		nested.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	inputs := map[string]string{"nested lists": nested.String()}
	for _, s := range []string{
		"[", "![", "*", "_", "**a ", "*a_ ", "`", "`a``", "<", "<a", "&", "\\", "[a](", "[a](<b", "![[]()", "> a\n", "- a\n", "<!--", "<?",
		"a\n\n", "#\n", "1. a\n", "~~~\n", "[a](https://b.example)", "**a**_b_", "](", "\u202e", "((", "[a](b ((", "<a href='",
	} {
		inputs[s] = strings.Repeat(s, Max/len(s))
	}
	for _, s := range []string{"*a_ ", "[a](", "[a](<b", "`a``", "[", "**a "} {
		part := strings.Repeat(s, maxMarks/4) + "\n\n"
		inputs[s+" in paragraphs"] = strings.Repeat(part, Max/len(part))
	}
	for name, in := range inputs {
		began := clocktest.CPU()
		out, err := HTML(in)
		if err != nil && !errors.Is(err, ErrTangled) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := Text(in); err != nil && !errors.Is(err, ErrTangled) {
			t.Errorf("%q as text: %v", name, err)
		}
		if _, err := Blocks(in); err != nil && !errors.Is(err, ErrTangled) {
			t.Errorf("%q on paper: %v", name, err)
		}
		if took := clocktest.CPU() - began; took > time.Minute { // two seconds, without the race detector
			t.Errorf("%q took %v", name, took)
		} else if took > 200*time.Millisecond {
			t.Logf("%q took %v", name, took)
		}
		if len(out) > 20*Max {
			t.Errorf("%q became %d bytes", name, len(out))
		}
	}
}

func TestDocument(t *testing.T) {
	page := Document(`ar"><script>`, true, "</title><script>", "<p>x</p>")
	if strings.Contains(page, "<script>") {
		t.Errorf("a title got out: %s", page)
	}
	for _, want := range []string{`dir="rtl"`, "text-align:right", "<p>x</p>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing %s", page, want)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"# A\n\n- b **c** [d](https://e.example) <f@g.example>", "[a](javascript:b)", "<script>a</script>", "<svg/onload=a>", "![a](data:b)",
		"[a](https://b.example \"onclick=c\")", "`<b>`", "&lt;script&gt;", "<a href=\"javascript:a\">b</a>", "> 1. a\n>    - b", "[a](<java\nscript:b>)",
		"<https://a.example/\"onmouseover=\"b>", "[a](http://b.example/&quot;onclick=c)", "<style>a</style>", "</p><iframe src=a>", "a\\\nb", "***a*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, err := HTML(in)
		plain, textErr := Text(in)
		if (err == nil) != (textErr == nil) {
			t.Fatalf("HTML says %v, Text says %v", err, textErr)
		}
		if err != nil {
			return
		}
		harmless(t, out)
		if strings.ContainsAny(plain, "\x00\r\u202e") {
			t.Errorf("control characters in %q", plain)
		}
		blocks, err := Blocks(in)
		if err != nil {
			t.Fatalf("HTML and Text can, Blocks says %v", err)
		}
		for _, b := range blocks {
			for _, r := range b.Runs {
				if strings.ContainsAny(r.Text, "\x00\r\u202e") || r.Link != "" && !safe(r.Link) {
					t.Errorf("on paper: %+v", r)
				}
			}
		}
	})
}

// harmless fails for any element, attribute or address that is not allowed,
// as a browser's parser sees the page.
func harmless(t *testing.T, fragment string) {
	t.Helper()
	for _, page := range []string{fragment, Document("de", false, "t", fragment)} {
		tree, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatalf("%q cannot be parsed: %v", page, err)
		}
		for n := range tree.Descendants() {
			check(t, n)
		}
	}
}

func check(t *testing.T, n *html.Node) {
	t.Helper()
	switch n.Type {
	case html.CommentNode:
		t.Errorf("a comment: %q", n.Data)
	case html.ElementNode:
		frame := slices.Contains([]string{"html", "head", "body", "meta", "title"}, n.Data)
		if !frame && !slices.Contains(Elements(), n.Data) {
			t.Errorf("the element %q", n.Data)
		}
		for _, a := range n.Attr {
			checkAttribute(t, n.Data, a, frame)
		}
	default:
	}
}

func checkAttribute(t *testing.T, element string, a html.Attribute, frame bool) {
	t.Helper()
	switch {
	case frame && slices.Contains([]string{"lang", "dir", "charset", "style"}, a.Key):
	case element == "ol" && a.Key == "start":
	case element == "a" && a.Key == "rel" && a.Val == "noopener":
	case element == "a" && a.Key == "href":
		to := strings.ToLower(a.Val)
		if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "mailto:") {
			t.Errorf("a link to %q", a.Val)
		}
	default:
		t.Errorf("the attribute %s=%q of %s", a.Key, a.Val, element)
	}
}
