package letters

import (
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	ftheme "fyne.io/fyne/v2/theme"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/letters"
	"schulhof/sync/records"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/kit"
	"schulhof/ui/lang"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

var now = time.Date(2026, 11, 20, 9, 30, 0, 0, time.Local)

// fake answers from a table of paths, and notes what it was asked.
type fake struct {
	mu      sync.Mutex
	offline bool
	answers map[string]any // by method and path
	wrong   map[string]string
	asked   []string
}

func (f *fake) JSON(_ context.Context, method, path string, in, out any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offline {
		return fmt.Errorf("gone: %w", remote.ErrOffline)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if method != http.MethodGet {
		f.asked = append(f.asked, method+" "+path+" "+string(body))
	}
	for key, code := range f.wrong {
		if strings.HasPrefix(method+" "+path, key) {
			return &remote.Error{Method: method, Problem: wire.Problem{Status: 409, Code: code}}
		}
	}
	for _, key := range []string{method + " " + path, method + " " + strings.SplitN(path, "?", 2)[0]} {
		answer, ok := f.answers[key]
		if fn, is := answer.(func(body []byte) any); is {
			answer = fn(body)
		}
		if ok {
			if out == nil {
				return nil
			}
			raw, err := json.Marshal(answer)
			if err != nil {
				return err
			}
			return json.Unmarshal(raw, out)
		}
	}
	return &remote.Error{Method: method, Problem: wire.Problem{Status: 404, Code: wire.CodeNotFound}}
}

func (f *fake) Once(ctx context.Context, _, method, path string, in, out any) error {
	if err := f.JSON(ctx, method, path, in, out); remote.Status(err) != http.StatusNotFound {
		return err
	}
	return nil
}

func (f *fake) Send(ctx context.Context, path, _ string, body io.Reader, out any) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return f.JSON(ctx, http.MethodPost, path, string(text), out)
}

func (f *fake) Fetch(_ context.Context, method, path string, _ any, w io.Writer) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offline {
		return fmt.Errorf("gone: %w", remote.ErrOffline)
	}
	f.asked = append(f.asked, method+" "+path)
	_, err := io.WriteString(w, "Inhalt")
	return err
}

func (f *fake) got(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasPrefix(a, prefix) {
			return a
		}
	}
	return ""
}

func (f *fake) set(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

const api = "/api/v1/letters/"

func inDays(n int) *time.Time {
	t := now.AddDate(0, 0, n)
	return &t
}

var (
	ben = wire.LetterChild{ID: "ben", Name: "Ben Musterfrau", Class: "7b"}
	mia = wire.LetterChild{ID: "mia", Name: "Mia Musterfrau", Class: "5a"}
)

const outing = `Liebe Eltern,

am **Donnerstag, 3. Dezember**, besuchen wir das *Naturkundemuseum*.

## Was mitzubringen ist

- Regenjacke und feste Schuhe
- ein Frühstück
- 4,50 € für den Eintritt

Mehr steht auf der [Seite des Museums](https://museum.example.org/schulen).

Mit freundlichen Grüßen
Anna Schmidt`

const arabic = `الأعزاء أولياء الأمور،

سنزور **متحف التاريخ الطبيعي** يوم الخميس 3 ديسمبر.

- سترة مطر وحذاء متين
- وجبة إفطار
- 4,50 € لرسم الدخول

مع أطيب التحيات`

// post is the inbox of the tests.
func post() []wire.Letter {
	yes := &wire.Choice{Question: "Darf Ihr Kind mitfahren?", Options: []string{"Ja", "Nein"}}
	read := now.Add(-20 * time.Hour)
	list := []wire.Letter{
		{
			ID: "ausflug", Subject: "Ausflug ins Naturkundemuseum", Markdown: outing, Lang: "de", Langs: []string{"ar", "tr"}, From: []string{"Anna Schmidt", "Jonas Becker"},
			Sent: now.Add(-15 * time.Minute), Version: 1, Ask: wire.Ask{Choice: yes, Text: true, Must: []string{"choice"}, PerChild: true, Deadline: inDays(5)},
			Files:    []wire.LetterFile{{ID: "f1", Name: "Wegbeschreibung und Treffpunkt.pdf", Type: "application/pdf", Size: 182_000}},
			Children: []wire.LetterChild{ben, mia}, Open: true,
			Answers: []wire.LetterAnswer{{Child: "mia", By: "Jan Musterfrau", At: now.Add(-5 * time.Minute), Options: []int{0}}},
		},
		{
			ID: "schluss", Subject: "Unterrichtsschluss am Freitag nach der dritten Stunde", Markdown: "Am Freitag endet der Unterricht um **10:30 Uhr**.", Lang: "de", From: []string{"Claudia Direktor"},
			Sent: now.Add(-22 * time.Hour), Version: 2, Changed: "Statt 11:30 Uhr jetzt **10:30 Uhr**", Important: true, Ask: wire.Ask{Read: true, Must: []string{"read"}}, Children: []wire.LetterChild{ben, mia}, Open: true, Read: &read,
		},
		{
			ID: "abend", Subject: "Elternabend der Klasse 7b", Markdown: "Der Elternabend findet am 12. November statt.", Lang: "de", From: []string{"Anna Schmidt"},
			Sent: now.AddDate(0, 0, -14), Version: 1, Ask: wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein", "Später"}}, Deadline: inDays(-8)}, Children: []wire.LetterChild{ben}, Read: &read,
			Answers: []wire.LetterAnswer{{Mine: true, By: "Erika Musterfrau", At: now.AddDate(0, 0, -13), Options: []int{0}}},
		},
		{ID: "ferien", Subject: "عطلة الشتاء", Markdown: arabic, Lang: "ar", From: []string{"Claudia Direktor"}, Sent: now.AddDate(0, 0, -40), Version: 1, Children: []wire.LetterChild{mia}, Read: &read},
		{ID: "alt", Subject: "Fotoerlaubnis", Markdown: "Alt.", Lang: "de", From: []string{"Sekretariat"}, Sent: now.AddDate(0, -4, 0), Version: 1, Archived: true, Read: &read, Children: []wire.LetterChild{mia}},
	}
	for i := range list {
		list[i].Seq = int64(i + 1)
	}
	return list
}

// desk is the page in a window, over a real store and a server of paper.
type desk struct {
	*uitest.Window
	page   *Page
	server *fake
	store  *records.Store
	hub    *signal.Hub
	toasts []string
	undo   func()
	opened []string
	pick   []string
	dir    string
}

func newServer(list []wire.Letter) *fake {
	return &fake{answers: map[string]any{
		"GET " + api + "inbox":                      wire.Changes[wire.Letter]{Items: list, Seq: int64(len(list)), Reset: true},
		"GET " + api + "languages":                  wire.LetterLanguages{On: true, Languages: []wire.LetterLanguage{{Code: "en"}, {Code: "uk"}, {Code: "fa"}, {Code: "pl"}}},
		"GET " + api + "ausflug/text?lang=ar":       wire.Translation{Lang: "ar", Subject: "رحلة إلى متحف التاريخ الطبيعي", Markdown: arabic},
		"POST " + api + "ausflug/translate?lang=en": wire.Translation{Lang: "en", Subject: "Trip to the museum", Markdown: "Dear parents", Machine: true, Engine: "libretranslate", Question: "May your child come?", Options: []string{"Yeah", "Nope"}},
		"GET " + api + "schluss/versions": wire.LetterVersions{Versions: []wire.LetterVersion{
			{Version: 2, At: now, By: "Claudia Direktor", Text: wire.Text{Subject: "Neu", Markdown: "10:30"}},
			{Version: 1, At: now.Add(-time.Hour), By: "Claudia Direktor", Text: wire.Text{Subject: "Alt", Markdown: "11:30"}},
		}},
	}, wrong: map[string]string{}}
}

func openDesk(t testing.TB, size fyne.Size, look theme.Settings, role wire.Role, server *fake) *desk {
	t.Helper()
	t.Cleanup(func() { lang.Use(lang.German) })
	d := &desk{Window: uitest.Open(t, size, look), server: server, hub: &signal.Hub{}, dir: t.TempDir()}
	c, err := cache.Open(t.Context(), filepath.Join(d.dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	if d.store, err = records.New(t.Context(), records.Deps{Cache: c, Remote: server, Signal: d.hub, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	l := letters.New(d.store, server, filepath.Join(d.dir, "letters"))
	d.page = newPage(module.Deps{
		Letters: l, Signal: d.hub, Do: d.Queue.Do, Window: d.Window.Window, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Session: wire.Session{Person: wire.Person{ID: "p", Given: "Erika", Family: "Musterfrau", Role: role}}, School: wire.School{Name: "Gesamtschule am See"},
		Settings: module.NewSettings(nil, nil), Retitle: func() {}, Go: func(string, ...string) {},
		Toast:       func(text, _ string, do func()) { d.toasts = append(d.toasts, text); d.undo = do },
		OpenLocal:   func(p string) error { d.opened = append(d.opened, p); return nil },
		RevealLocal: func(string) error { return nil },
		PickFolder:  func(then func(string)) { then(d.dir) }, PickFiles: func(then func([]string)) { then(d.pick) },
	})
	d.store.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		d.store.Stop()
		c.Close()
	})
	title := kit.NewTitle(d.page.Title())
	head := container.NewBorder(nil, nil, nil, d.page.Header(), title)
	d.SetContent(container.NewStack(kit.NewGround("background"), container.NewBorder(kit.Inset(12, 8, 16, 16, head), nil, nil, nil, d.page.Object())))
	d.Resize(size)
	d.page.Shown()
	return d
}

func (d *desk) wait(what string, ok func() bool) {
	d.T.Helper()
	d.Queue.Wait(d.T, what, ok)
}

// letter opens a letter by its subject.
func (d *desk) letter(subject string) {
	d.T.Helper()
	var at *row
	d.wait(subject, func() bool {
		rows := uitest.All(d.Window, func(r *row) bool { return strings.HasPrefix(r.v.Title, subject) })
		if len(rows) > 0 {
			at = rows[0]
		}
		return len(rows) > 0
	})
	at.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	d.Queue.Drain()
}

func (d *desk) option(text string, nth int) {
	d.T.Helper()
	all := uitest.All(d.Window, func(o *option) bool { return strings.HasPrefix(o.text, text) })
	if len(all) <= nth {
		d.T.Fatalf("there are %d options %q", len(all), text)
	}
	all[nth].Tapped(&fyne.PointEvent{})
	d.Queue.Drain()
}

func guardian(t testing.TB) *desk {
	return openDesk(t, uitest.Large, theme.Settings{}, wire.RoleGuardian, newServer(post()))
}

func TestReadAndAnswer(t *testing.T) {
	d := guardian(t)
	d.wait("the inbox", func() bool { return d.Sees("Ausflug ins Natur") })
	if !d.Sees("Antwort bis Mi 25.11.") || d.Sees("Fotoerlaubnis") {
		t.Errorf("the inbox says %q", d.Texts())
	}
	d.letter("Ausflug")
	if !d.Sees("Jan Musterfrau, 09:25: Ja") || !d.Sees("Ben Musterfrau (7b)") {
		t.Errorf("the letter says %q", d.Texts())
	}
	d.wait("the letter to be read", func() bool { return d.server.got("POST "+api+"flags") != "" })
	d.Click("Antwort senden")
	if !d.Sees("Eine Antwort auswählen.") {
		t.Error("an answer without the required choice went out")
	}
	d.server.set(func() { d.server.offline = true })
	d.option("Nein", 0)
	d.Click("Antwort senden")
	d.wait("the state", func() bool { return d.Sees("Wird gesendet, sobald") })
	d.server.set(func() { d.server.offline = false })
	d.hub.Emit(signal.Missed)
	d.wait("the answer", func() bool { return d.server.got("POST "+api+"ausflug/answer") != "" })
	if got := d.server.got("POST " + api + "ausflug/answer"); !strings.Contains(got, `{"child":"ben","options":[1]}`) {
		t.Errorf("the server got %s", got)
	}
}

func TestWhatIsTypedSurvivesNews(t *testing.T) {
	d := guardian(t)
	d.letter("Ausflug")
	entry := uitest.One(d.Window, "the message", func(e *kit.Entry) bool { return e.MultiLine })
	d.Type(entry, "Kommt gern mit")
	d.page.inbox.pane.letter.Answers = nil // as if something had come
	d.hub.Emit(signal.Records(wire.ModuleLetters))
	d.wait("the letter anew", func() bool { return len(d.page.inbox.pane.letter.Answers) == 1 })
	if !d.Sees("Kommt gern mit") {
		t.Errorf("what was typed is gone: %q", d.Texts())
	}
	for _, r := range ", danke" {
		d.Window.Canvas().Focused().TypedRune(r)
	}
	if !d.Sees("Kommt gern mit, danke") {
		t.Errorf("the cursor is gone: %q", d.Texts())
	}
}

func TestTranslate(t *testing.T) {
	d := guardian(t)
	d.letter("Ausflug")
	d.Click("Übersetzen")
	d.wait("the languages", func() bool { return d.Sees("Von einer Maschine") })
	d.option("English", 0)
	d.wait("the translation", func() bool { return d.Sees("Trip to the museum") })
	if !d.Sees("Von einer Maschine übersetzt (LibreTranslate)") {
		t.Errorf("no mark: %q", d.Texts())
	}
	if !d.Sees("May your child come?") || !d.Sees("Yes (Ja)") || d.Sees("Yeah") {
		t.Errorf("the question is not in English: %q", d.Texts())
	}
	d.Click("Original zeigen")
	if !d.Sees("besuchen wir") || d.Sees("Trip to the museum") || !d.Sees("Darf Ihr Kind mitfahren?") || d.Sees("Yes (Ja)") {
		t.Errorf("not the original: %q", d.Texts())
	}
	d.Click("Übersetzen")
	d.wait("the languages", func() bool { return d.Sees("Von der Schule") })
	d.option("\u200eالعربية", 0)
	d.wait("the school's version", func() bool { return d.Sees("نعم (Ja)") && d.Sees("لا (Nein)") })
	d.Picture("letters-arabic-question")
	d.server.set(func() { d.server.wrong["POST "+api+"schluss/translate"] = wire.CodeTranslateDown })
	d.letter("Unterrichtsschluss")
	d.wait("the refusal", func() bool { return d.Sees("nicht erreichbar") })
	if !d.Sees("Am Freitag endet") {
		t.Error("the original is not shown")
	}
}

// TestLooksChangeWithTheTheme turns the page dark while it is open: nothing keeps
// the colours of before.
func TestLooksChangeWithTheTheme(t *testing.T) {
	d := guardian(t)
	d.letter("Ausflug")
	d.wait("the letter", func() bool { return d.Sees("Darf Ihr Kind mitfahren?") })
	light := theme.New(theme.Settings{Mode: theme.Light})
	before := []color.Color{light.Color(ftheme.ColorNameForeground, 0), light.Color(theme.ColorMuted, 0), light.Color(theme.ColorDanger, 0)}
	d.Look(theme.Settings{Mode: theme.Dark})
	uitest.Walk(d.Root(), d.Root().Position(), func(o fyne.CanvasObject, _ fyne.Position) {
		if text, is := o.(*canvas.Text); is && text.Text != "" && slices.Contains(before, text.Color) {
			t.Errorf("%q has its colour on light ground still: %v", text.Text, text.Color)
		}
	})
	d.Picture("letters-turned-dark")
}

func TestArchiveSeveral(t *testing.T) {
	d := guardian(t)
	d.letter("Elternabend")
	d.page.inbox.tapped("ferien", fyne.KeyModifierShortcutDefault)
	d.Queue.Drain()
	if !d.Sees("2 Briefe ausgewählt") {
		t.Fatalf("it says %q", d.Texts())
	}
	d.page.inbox.list.focus()
	d.Key(fyne.KeyDelete)
	d.wait("them to go", func() bool { return d.page.inbox.m.at("abend") < 0 && d.page.inbox.m.at("ferien") < 0 })
	if !slices.Contains(d.toasts, "2 Briefe ins Archiv gelegt") {
		t.Errorf("it said %q", d.toasts)
	}
	d.undo()
	d.wait("them to come back", func() bool { return d.page.inbox.m.at("abend") >= 0 && d.page.inbox.m.at("ferien") >= 0 })
	d.Click("Archiv")
	d.wait("the archive", func() bool { return d.Sees("Fotoerlaubnis") && !d.Sees("Elternabend") })
}

func TestSearchAndFilter(t *testing.T) {
	d := guardian(t)
	d.wait("the inbox", func() bool { return d.Sees("Elternabend") })
	d.page.inbox.search.SetText("fruhstuck museum")
	d.wait("the hit", func() bool { return d.Sees("Ausflug") && !d.Sees("Elternabend") })
	d.page.inbox.search.SetText("zzz")
	d.wait("nothing", func() bool { return d.Sees("Nichts gefunden") })
	d.page.inbox.search.SetText("")
	d.wait("all", func() bool { return d.Sees("Elternabend") })
	d.Click("Offen")
	if d.Sees("Elternabend") || !d.Sees("Unterrichtsschluss") {
		t.Errorf("open are %q", d.Texts())
	}
}

func TestAttachmentsAndPrint(t *testing.T) {
	d := guardian(t)
	d.letter("Ausflug")
	d.Click("Öffnen")
	d.wait("the file", func() bool { return len(d.opened) == 1 })
	if text, err := os.ReadFile(d.opened[0]); err != nil || string(text) != "Inhalt" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	d.server.set(func() { d.server.offline = true })
	d.Click("Öffnen")
	d.wait("the file from this PC", func() bool { return len(d.opened) == 2 })
	d.Click("Drucken")
	page, err := os.ReadFile(d.opened[2])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2>Was mitzubringen ist</h2>", "Gesamtschule am See", "default-src 'none'"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page to print has no %s", want)
		}
	}
}

func TestPrintedLetterIsInert(t *testing.T) {
	d := guardian(t)
	d.wait("the inbox", func() bool { return d.Sees("Ausflug") })
	l := letters.Letter{Letter: wire.Letter{ID: "x", Subject: "<script>alert(1)</script>", Markdown: "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>"}}
	d.page.inbox.pane.letter = l
	var out strings.Builder
	if err := d.page.inbox.sheet(&out, l); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "javascript:", "onerror"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the page holds %s:\n%s", bad, out.String())
		}
	}
}

func TestEmptyAndOffline(t *testing.T) {
	server := newServer(nil)
	server.offline = true
	d := openDesk(t, uitest.Small, theme.Settings{}, wire.RoleGuardian, server)
	d.wait("offline", func() bool { return d.Sees("Keine Verbindung") })
	d.Picture("letters-offline")
	server.set(func() { server.offline = false })
	d.hub.Emit(signal.Missed)
	d.wait("nothing", func() bool { return d.Sees("Noch keine Briefe") })
	d.Picture("letters-none")
}

func TestBadgeAndNotice(t *testing.T) {
	server := newServer(post())
	d := openDesk(t, uitest.Small, theme.Settings{}, wire.RoleGuardian, server)
	d.wait("the inbox", func() bool { return d.Sees("Ausflug") })
	if n := badge(d.page.d); n != 1 {
		t.Errorf("the badge says %d", n)
	}
	said := make(chan string, 10)
	deps := d.page.d
	deps.Notify = func(s string) { said <- s }
	stop := watch(deps)
	defer stop()
	if _, err := deps.Letters.News(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := append(post(), wire.Letter{ID: "neu", Subject: "Geheim", Sent: now, Seq: 99})
	server.set(func() {
		server.answers["GET "+api+"inbox"] = wire.Changes[wire.Letter]{Items: fresh, Seq: 99, Reset: true}
	})
	d.hub.Emit(signal.Module(wire.ModuleLetters))
	select {
	case text := <-said:
		if text != "Ein neuer Elternbrief" {
			t.Errorf("the desktop says %q", text)
		}
	case <-time.After(time.Minute):
		t.Error("no notice")
	}
}

func TestPicturesOfReading(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   fyne.Size
		look   theme.Settings
		code   string
		letter string
		ar     bool
	}{
		{"letters-inbox", uitest.Large, theme.Settings{}, lang.German, "", false},
		{"letters-letter", uitest.Large, theme.Settings{}, lang.German, "Ausflug", false},
		{"letters-letter-dark-en", uitest.Large, theme.Settings{Mode: theme.Dark}, lang.English, "Unterricht", false},
		{"letters-letter-arabic", uitest.Large, theme.Settings{}, lang.German, "Ausflug", true},
		{"letters-letter-small", uitest.Small, theme.Settings{}, lang.German, "Ausflug", false},
		{"letters-letter-small-150", uitest.Small, theme.Settings{Scale: 1.5}, lang.German, "Ausflug", false},
		{"letters-closed-contrast", uitest.Large, theme.Settings{Mode: theme.Contrast}, lang.German, "Elternabend", false},
	} {
		lang.Use(c.code)
		d := openDesk(t, c.size, c.look, wire.RoleGuardian, newServer(post()))
		lang.Use(c.code)
		d.wait("the inbox", func() bool { return d.Sees("Ausflug") })
		if c.letter != "" {
			d.letter(c.letter)
		}
		if c.ar {
			d.page.inbox.pane.setLanguage("ar")
			d.wait("Arabic", func() bool { return d.page.inbox.pane.text != nil })
		}
		d.Picture(c.name)
	}
}
