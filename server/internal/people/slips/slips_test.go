package slips

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
)

var (
	berlin = time.FixedZone("CET", 3600)
	date   = time.Date(2026, 11, 21, 8, 0, 0, 0, berlin)
	until  = time.Date(2027, 1, 23, 12, 0, 0, 0, berlin)
	school = School{
		Name: "Musterschule, Gesamtschule der Stadt Musterstadt", Address: []string{"Schulstraße 1", "12345 Musterstadt"},
		Contact: "Telefon 01234 5678", Server: "schule.example.org", Page: "https://schule.example.org/eltern",
	}
)

func letter(language string) Letter {
	return Letter{
		Name: "Erika Musterfrau", Address: []string{"Hauptstraße 5", "12345 Musterstadt"},
		Children: []Child{{"Tom Test", "7b"}, {"Mia Test", "5a"}}, Code: "4F7K-9QXT-2MBW",
		Link: "https://schule.example.org/eltern?code=4F7K-9QXT-2MBW", ValidUntil: until, Language: language,
	}
}

// text is what a PDF's pages say, in the order of the page.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	keep(t, pdf)
	return string(out)
}

// keep leaves a PDF where SLIPS_OUT says, to be looked at.
func keep(t *testing.T, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("SLIPS_OUT"); dir != "" {
		name := strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()) + ".pdf"
		if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, want := range wanted {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestLetters(t *testing.T) {
	languagesAndNone := append([]string{"", "de", "xx"}, Languages()...)
	letters := make([]Letter, 0, len(languagesAndNone))
	for _, language := range languagesAndNone {
		letters = append(letters, letter(language))
	}
	var b bytes.Buffer
	if err := Letters(&b, school, date, letters); err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(text(t, b.Bytes()), "\f"), "\f")
	if len(pages) != len(letters) {
		t.Fatalf("%d pages for %d letters", len(pages), len(letters))
	}
	for i, page := range pages {
		contains(t, page, school.Name, "Schulstraße 1", "Erika Musterfrau", "Hauptstraße 5", "Datum: 21.11.2026",
			"Tom Test (7b), Mia Test (5a)", "4F7K-9QXT-2MBW", "Gültig bis 23.01.2027, 12:00 Uhr",
			"1. Öffnen Sie https://schule.example.org/eltern", "2. Geben Sie den Code", "3. Öffnen Sie den Link")
		switch s, ok := languages[letters[i].Language]; {
		case !ok || letters[i].Language == "de":
			if strings.Count(page, "2.") != 1 {
				t.Errorf("letter %q has steps twice", letters[i].Language)
			}
		case !rightToLeft(letters[i].Language):
			contains(t, page, s.title, strings.ReplaceAll(s.steps[0], "{page}", school.Page))
		}
	}
}

func TestLongTexts(t *testing.T) {
	l := letter("fa")
	l.Name = strings.Repeat("Maximiliane-Alexandra ", 6) + "von und zu Hohenstein"
	l.Address = []string{strings.Repeat("Straße des ", 10), "bei Meier", "3. Stock", "12345 Ort", "Land", "Planet"}
	for i := range 12 {
		l.Children = append(l.Children, Child{fmt.Sprintf("Kind mit einem langen Namen %d", i), "10b"})
	}
	var b bytes.Buffer
	if err := Letters(&b, school, date, []Letter{l}); err != nil {
		t.Fatal(err)
	}
	contains(t, text(t, b.Bytes()), "Kind mit einem langen Namen 11", "4F7K-9QXT-2MBW")
}

func TestOddNames(t *testing.T) {
	l := letter("")
	for _, name := range []string{"محمد علي", "😀 Grüße", "a\u202eb\x00\nc", "", "王小明", "Ольга Їжак", "שרה כהן", "አበበ"} {
		l.Name = name
		var b bytes.Buffer
		if err := Letters(&b, school, date, []Letter{l}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got := clean("a\u202eb\x00\n c😀"); got != "ab c\ufffd" {
		t.Errorf("%q", got)
	}
}

func TestRefused(t *testing.T) {
	var b bytes.Buffer
	if err := Letters(&b, school, date, nil); err == nil || b.Len() > 0 {
		t.Error("no letters made a document")
	}
	if err := StartSlips(&b, school, date, make([]Slip, MaxPapers+1)); err == nil || b.Len() > 0 {
		t.Error("too many slips made a document")
	}
	l := letter("")
	l.Link = strings.Repeat("x", 10_000)
	if err := Letters(&b, school, date, []Letter{l}); err == nil || b.Len() > 0 {
		t.Error("a link that no QR code holds made a document")
	}
}

func slipsOf(n int) []Slip {
	slips := make([]Slip, 0, n)
	for i := range n {
		slips = append(slips, Slip{
			Name: fmt.Sprintf("Schülerin Nummer %d", i+1), Class: "7b", Login: fmt.Sprintf("schuelerin.nummer%d", i+1),
			Code: "4F7K-9QXT-2MBW", ValidUntil: until,
		})
	}
	return slips
}

func TestStartSlips(t *testing.T) {
	slips := slipsOf(9)
	slips[1].Name = strings.Repeat("Anna-Lena-Sophie ", 5)
	slips[1].Login = strings.Repeat("x", 64)
	var b bytes.Buffer
	if err := StartSlips(&b, school, date, slips); err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(text(t, b.Bytes()), "\f"), "\f")
	if len(pages) != 2 || strings.Count(pages[0], "4F7K-9QXT-2MBW") != 8 {
		t.Errorf("%d pages", len(pages))
	}
	if strings.Count(pages[0], "x") < 64 {
		t.Error("a long login was cut")
	}
	contains(t, pages[1], "Schülerin Nummer 9", "7b", "schuelerin.nummer9", "schule.example.org", "23.01.2027, 12:00 Uhr")
}

func TestResetSlip(t *testing.T) {
	var b bytes.Buffer
	reset := Reset{Slip: slipsOf(1)[0], By: "Anna Schmidt", At: date}
	if err := ResetSlip(&b, school, reset); err != nil {
		t.Fatal(err)
	}
	contains(t, text(t, b.Bytes()), "Schülerin Nummer 1", "Einmalcode", "4F7K-9QXT-2MBW", "Zurückgesetzt von Anna Schmidt am 21.11.2026, 08:00 Uhr")
}

// reply is a letter as it comes from Markdown.
func reply(language string, blocks ...Block) Reply {
	return Reply{
		Name: "Tom Test", Class: "7b", From: "Anna Schmidt", Subject: "Ausflug in den Tierpark", Title: "Ausflug in den Tierpark", Language: language, Text: blocks,
		Read: true, Question: "Kommt Ihr Kind mit?", Options: []string{"Ja", "Nein"}, Free: true, Deadline: until,
	}
}

func said(text string) []Run { return []Run{{Text: text}} }

// outing is the text of a letter with everything that a letter can have.
func outing() []Block {
	return []Block{
		{Runs: said("Liebe Eltern,")},
		{Runs: []Run{{Text: "am "}, {Text: "Montag", Bold: true}, {Text: " fahren wir in den Tierpark. Das ist "}, {Text: "für alle", Italic: true}, {Text: " und "}, {Text: "ganz wichtig", Bold: true, Italic: true}, {Text: "; die Kosten übernimmt der Förderverein, und wer mag, kann etwas spenden.\nTreffpunkt ist der Schulhof."}}},
		{Heading: 1, Runs: said("Was mitzubringen ist")},
		{Indent: 1, Mark: "•", Runs: said("Brot, Äpfel, Gemüse und was sonst noch gut schmeckt; davon so viel, dass es für den ganzen Tag reicht und niemand hungrig bleibt")},
		{Indent: 1, Mark: "•", Runs: said("Wasser")},
		{Indent: 2, Mark: "1.", Runs: said("still")},
		{Indent: 2, Mark: "2.", Runs: said("nicht in Glasflaschen")},
		{Heading: 2, Runs: said("Für Familien, die Russisch lesen")},
		{Indent: 1, Runs: said("В понедельник мы едем в зоопарк.")},
		{Rule: true},
		{Runs: []Run{{Text: "Der Plan", Link: "https://schule.example.org/plan?klasse=7b"}, {Text: " und Fragen: "}, {Text: "schule@example.org", Link: "mailto:schule@example.org"}}},
	}
}

func TestReplies(t *testing.T) {
	arabic := reply("ar",
		Block{Runs: said("أولياء الأمور الأعزاء،")},
		Block{Runs: []Run{{Text: "نذهب يوم "}, {Text: "الاثنين", Bold: true}, {Text: " إلى حديقة الحيوان (Tierpark) في الساعة 8:00 صباحًا، وسنعود إلى المدرسة قبل الظهر بقليل إن شاء الله."}}},
		Block{Heading: 2, Runs: said("ماذا نحضر معنا")},
		Block{Indent: 1, Mark: "•", Runs: said("خبز")}, Block{Indent: 2, Mark: "2.", Runs: said("ماء")},
		Block{Runs: []Run{{Text: "الخطة", Link: "https://schule.example.org/plan"}}})
	arabic.Subject = "رحلة إلى حديقة الحيوان"
	farsi := reply("fa", Block{Runs: said("والدین گرامی،")}, Block{Indent: 1, Mark: "12.", Runs: []Run{{Text: "نان و "}, {Text: "آب", Bold: true}}}, Block{Runs: said("می\u200cرویم به باغ\u200cوحش.")})
	farsi.Subject = "گردش"
	var b bytes.Buffer
	if err := Replies(&b, school, date, []Reply{reply("de", outing()...), arabic, farsi}); err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(text(t, b.Bytes()), "\f"), "\f")
	if len(pages) != 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for _, page := range pages {
		contains(t, page, "An die Familie von Tom Test, Klasse 7b", "Von: Anna Schmidt", "Bitte hier abtrennen und in der Schule abgeben bis zum 23.01.2027",
			"Wir haben den Brief gelesen.", "Kommt Ihr Kind mit?", "Ja", "Nein", "Mitteilung:", "Datum, Unterschrift:")
	}
	contains(t, pages[0], "am Montag fahren wir", "für alle und ganz wichtig;", "Treffpunkt ist der Schulhof.", "Was mitzubringen ist", "• Wasser", "2. nicht in Glasflaschen",
		"В понедельник мы едем в зоопарк.", "Der Plan (https://schule.example.org/plan?klasse=7b) und Fragen: schule@example.org")
	if strings.Contains(pages[0], "schule@example.org (") {
		t.Errorf("an address stands there twice: %s", pages[0])
	}
	contains(t, pages[1], "https://schule.example.org/plan", "Tierpark", "8:00")
	if uris := strings.Count(b.String(), "/URI (https://schule.example.org/plan"); uris < 2 {
		t.Errorf("%d places lead to the plan", uris)
	}
}

// TestLongReply holds that nothing of a letter or of its slip is lost where pages are full.
func TestLongReply(t *testing.T) {
	long := reply("de")
	for i := range 120 {
		long.Text = append(long.Text, Block{Heading: i % 7, Indent: i % 4, Runs: said(fmt.Sprintf("Absatz %d.", i))})
	}
	const letters = 60_000 // as many as a letter may have: a minute or more where all of it is measured again for each line
	long.Text = append(long.Text, Block{Runs: said("Wort " + strings.Repeat("x", letters) + " Wort")}, Block{Indent: 40, Mark: "•", Runs: said("tief")})
	long.Options = nil
	for i := range 50 {
		long.Options = append(long.Options, fmt.Sprintf("Möglichkeit %d, ", i)+strings.Repeat("die lang ist ", 20))
	}
	var b bytes.Buffer
	began := clocktest.CPU()
	if err := Replies(&b, school, date, []Reply{long}); err != nil {
		t.Fatal(err)
	}
	if took := clocktest.CPU() - began; took > 40*time.Second {
		t.Errorf("it took %v", took)
	}
	out := text(t, b.Bytes())
	for i := range 120 {
		contains(t, out, fmt.Sprintf("Absatz %d.", i))
	}
	for i := range 50 {
		contains(t, out, fmt.Sprintf("Möglichkeit %d, die lang", i))
	}
	contains(t, out, "Tom Test, Klasse 7b · Ausflug in den Tierpark", "tief", "Datum, Unterschrift:")
	if n := strings.Count(out, "x"); n < letters {
		t.Errorf("of a long word %d letters are left", n)
	}
}

// FuzzReplies holds that any text can be printed, in either direction.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{"Liebe Eltern,\nguten Tag", "نذهب يوم (Tierpark) 8:00", "لا\u200cلا\u064b", "a\u2029b\x00\u202e\ufeff", "😀\xff", strings.Repeat("ل", 500), " \n \n"} {
		f.Add(seed, "https://a.example", true)
		f.Add(seed, "", false)
	}
	f.Fuzz(func(t *testing.T, words, link string, rtl bool) {
		language := "de"
		if rtl {
			language = "fa"
		}
		var b bytes.Buffer
		l := reply(language, Block{Indent: 1, Mark: words, Runs: []Run{{Text: words, Bold: true}, {Text: words, Link: link}}}, Block{Heading: 1, Runs: said(words)})
		if err := Replies(&b, school, date, []Reply{l}); err != nil || !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) {
			t.Errorf("%q, %q: %v", words, link, err)
		}
	})
}

func TestSameInputSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Letters(w, school, date, []Letter{letter("ar"), letter("tr")}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two documents differ")
	}
}

func TestJoin(t *testing.T) {
	tests := []struct{ text, want string }{
		{"سلام", "\ufeb3\ufefc\ufee1"},
		{"لا", "\ufefb"},
		{"باب", "\ufe91\ufe8e\ufe8f"},
		{"می\u200cکنید", "\ufee3\ufbfd\ufb90\ufee8\ufbff\ufeaa"},
		{"ماء", "\ufee3\ufe8e\ufe80"},
		{"تُ", "\ufe95"},
		{"Abc 12", "Abc 12"},
	}
	for _, test := range tests {
		if got := join(test.text); got != test.want {
			t.Errorf("join(%q) = %+q, want %+q", test.text, got, test.want)
		}
	}
}

func TestVisual(t *testing.T) {
	tests := []struct {
		text string
		rtl  bool
		want string
	}{
		{"אבג", true, "גבא"},
		{"אב https://a.de/eltern גד", true, "דג https://a.de/eltern בא"},
		{"אב 48 גד", true, "דג 48 בא"},
		{"Name אבג x", false, "Name גבא x"},
		{"(אב)", true, "(בא)"},
	}
	for _, test := range tests {
		if got := visual(test.text, test.rtl); got != test.want {
			t.Errorf("visual(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// BenchmarkFiveHundredLetters prints the letters of a school's new guardians; five
// seconds are the goal.
func BenchmarkFiveHundredLetters(b *testing.B) {
	letters := make([]Letter, 0, 500)
	for i := range 500 {
		l := letter(Languages()[i%len(Languages())])
		l.Code = fmt.Sprintf("4F7K-9QXT-%04d", i)
		l.Link = "https://schule.example.org/eltern?code=" + l.Code
		letters = append(letters, l)
	}
	for b.Loop() {
		if err := Letters(io.Discard, school, date, letters); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFifteenHundredReplies prints a letter with everything that it can have for
// each child of a school; five seconds are the goal.
func BenchmarkFifteenHundredReplies(b *testing.B) {
	letters := make([]Reply, 1500)
	for i := range letters {
		letters[i] = reply("de", outing()...)
		letters[i].Name = fmt.Sprintf("Kind %d", i)
	}
	for b.Loop() {
		if err := Replies(io.Discard, school, date, letters); err != nil {
			b.Fatal(err)
		}
	}
}
