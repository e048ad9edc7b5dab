package main

import (
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/app/internal/e2e"
)

// hike is the letter of the test, by its lines, as the machine translates it.
var hike = map[string]string{
	"Wandertag am Freitag":                     "رحلة مشي يوم الجمعة",
	"Liebe Eltern,":                            "أولياء الأمور الأعزاء،",
	"am Freitag wandern wir in den Stadtwald.": "سنذهب يوم الجمعة في نزهة إلى غابة المدينة.",
	"Freundliche Grüße":                        "مع أطيب التحيات",
	"Darf Ihr Kind mitwandern?":                "هل يسمح لطفلكم بالمشاركة؟",
	"Ja":                                       "نعم",
	"Nein":                                     "لا",
}

// machine is a LibreTranslate server that knows one letter and one language.
func machine(t *testing.T) string {
	t.Helper()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /languages", func(w http.ResponseWriter, _ *http.Request) {
		both := []string{"de", "ar"}
		answer(w, []map[string]any{{"code": "de", "name": "German", "targets": both}, {"code": "ar", "name": "Arabic", "targets": both}})
	})
	mux.HandleFunc("POST /detect", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, []map[string]any{{"language": "de", "confidence": 99}})
	})
	mux.HandleFunc("POST /translate", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Q      []string `json:"q"`
			Source string   `json:"source"`
			Target string   `json:"target"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Source != "de" || in.Target != "ar" {
			t.Errorf("the machine was asked for %+v, %v", in, err)
		}
		out := make([]string, len(in.Q))
		for i, q := range in.Q {
			if out[i] = hike[q]; out[i] == "" {
				t.Errorf("the machine was asked for %q", q)
			}
		}
		answer(w, map[string]any{"translatedText": out})
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// busy is how many programs wait for each processor of this machine, at least 1:
// what takes a second on a quiet machine takes so many then.
func busy(t *testing.T) float64 {
	t.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	load, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return max(load/float64(runtime.NumCPU()), 1)
}

// side is the side bar, column the list beside it, and pane what lies beside that.
func (s *seat) side() image.Rectangle {
	r := s.desk.Area()
	r.Max.X = r.Min.X + 232
	return r
}

func (s *seat) letters() image.Rectangle {
	r := s.desk.Area()
	r.Min.X += 233
	r.Max.X = r.Min.X + 340
	return r
}

func (s *seat) pane() image.Rectangle {
	r := s.desk.Area()
	r.Min.X += 233 + 341
	return r
}

// reads waits until a text stands so many times in a part of the window, and gives the places.
func (s *seat) reads(text string, in func() image.Rectangle, times int) []image.Rectangle {
	s.Helper()
	var at []image.Rectangle
	s.wait(fmt.Sprintf("%q stands there %d times", text, times), patience, func() bool {
		at = s.eye.Find(s.see(), in(), text)
		return len(at) == times
	})
	return at
}

func middle(r image.Rectangle) image.Point { return r.Min.Add(r.Size().Div(2)) }

// press clicks on the first of the places of a text.
func (s *seat) press(text string, in func() image.Rectangle) {
	s.Helper()
	var at []image.Rectangle
	s.wait(fmt.Sprintf("%q is to be seen", text), patience, func() bool {
		at = s.eye.Find(s.see(), in(), text)
		return len(at) > 0
	})
	s.click(middle(at[0]), 1)
}

// types types a text.
func (s *seat) types(text string) { s.must(s.desk.Type(s.ctx, text)) }

// accents gives the buttons that are filled in the accent colour once there are so many.
func (s *seat) accents(n int) []image.Rectangle {
	s.Helper()
	var found []image.Rectangle
	s.wait(fmt.Sprintf("there are %d first buttons", n), patience, func() bool {
		found = e2e.Buttons(s.see(), s.desk.Area(), e2e.Accent)
		return len(found) == n
	})
	return found
}

// dark turns the window dark, and comes back to the letters.
func (s *seat) dark() {
	s.Helper()
	s.must(s.desk.Key(s.ctx, "ctrl+k"))
	s.types("Einstellungen")
	s.must(s.desk.Key(s.ctx, "Return"))
	s.press("Dunkel", s.desk.Area)
	s.press("Elternbriefe", s.side)
}

// TestE2ELetter is the way of a letter through the school, in two windows: the head
// asks all guardians a question; a mother, whose window is open, finds it at the top
// of her inbox without doing anything, reads it in her language and answers for each
// of her children; and the head's report shows it, without doing anything either.
func TestE2ELetter(t *testing.T) { letterGoesItsWay(t, patience) }

// TestMeasureLetter measures that the letter is there within two seconds.
func TestMeasureLetter(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("set SCHULHOF_BENCH=1 to measure")
	}
	letterGoesItsWay(t, 2*time.Second)
}

// letterGoesItsWay bounds how long the letter takes on a machine that does nothing else.
func letterGoesItsWay(t *testing.T, bound time.Duration) {
	t.Helper()
	m := opens(t, "--libretranslate", machine(t))
	mother, head := m.seat("erika", ""), m.seat("claudia", "")
	mother.signIn("erika.musterfrau@example.org")
	top := mother.reads("Sommerfest", mother.letters, 1)[0]
	mother.picture("letter-1-inbox")

	head.signIn("claudia.direktor")
	head.rows(2)                                 // of the files, which have the keyboard
	head.must(head.desk.Key(head.ctx, "ctrl+2")) // the second module
	head.writeToAll()

	send := head.accents(2)[1] // below "Neuer Brief"
	pressed := time.Now()
	head.must(head.desk.Click(head.ctx, middle(send), 1))
	var seen time.Time
	mother.wait("the letter is in the mother's inbox", patience, func() bool {
		at := m.eye.Find(mother.see(), mother.letters(), "Wandertag am Freitag")
		seen = time.Now()
		return len(at) == 1 && at[0].Min.Y < top.Max.Y
	})
	if at := mother.reads("Sommerfest", mother.letters, 1)[0]; at.Min.Y < top.Max.Y {
		t.Errorf("what was first is at %v still", at)
	}
	answered, load := head.line.Answered("POST send"), busy(t)
	t.Logf("the letter was seen %v after the server had taken it, %v after the click (load %.1f)", seen.Sub(answered).Round(time.Millisecond), seen.Sub(pressed).Round(time.Millisecond), load)
	if answered.IsZero() || seen.Sub(answered) > time.Duration(load*float64(bound)) {
		t.Errorf("the letter was seen %v after the server had taken it", seen.Sub(answered))
	}
	mother.picture("letter-2-arrived")
	head.reads("Der Brief ist gesendet", head.desk.Area, 1)
	head.picture("letter-3-sent")

	mother.readAndAnswer()
	head.reads("1 · 50 %", head.pane, 2)
	t.Logf("the report showed the last answer %v after the server had taken it", time.Since(mother.line.Answered("POST answer")).Round(time.Millisecond))
	head.picture("letter-8-report")

	mother.press("Ausflug", mother.letters)
	mother.reads("Von der Schule geschrieben", mother.pane, 1) // the template is in Arabic by itself
	mother.picture("letter-9-template")
	mother.dark()
	mother.press("Wandertag", mother.letters)
	mother.reads(hike["Liebe Eltern,"], mother.pane, 1)
	mother.picture("letter-10-dark")
	head.dark()
	head.reads("1 · 50 %", head.pane, 2)
	head.picture("letter-11-report-dark")
	head.press("Neuer Brief", head.desk.Area)
	head.reads("Empfänger hinzufügen", head.desk.Area, 1)
	head.picture("letter-12-editor-dark")
}

// writeToAll writes a letter to all guardians with a question, up to its sending.
func (s *seat) writeToAll() {
	s.Helper()
	all := s.desk.Area
	s.press("Neuer Brief", all)
	s.reads("Empfänger hinzufügen", all, 1)
	s.types("Wandertag am Freitag")
	s.press("Empfänger hinzufügen", all)
	s.press("Alle Erziehungsberechtigten", all)
	s.press("Fertig", all)
	s.press("Liebe Eltern, …", all)
	for _, line := range []string{"Liebe Eltern,", "", "am Freitag wandern wir in den Stadtwald.", "", "Freundliche Grüße"} {
		if line != "" {
			s.types(line)
		}
		s.must(s.desk.Key(s.ctx, "Return"))
	}
	s.reads("Freundliche Grüße", all, 1)
	s.picture("letter-4-editor")
	s.must(s.desk.Wheel(s.ctx, all().Min.Add(image.Pt(640, 640)), 60))
	s.press("Eine Frage mit Antworten", all)
	s.must(s.desk.Wheel(s.ctx, all().Min.Add(image.Pt(640, 300)), 60))
	s.press("Darf Ihr Kind mitfahren?", all)
	s.types("Darf Ihr Kind mitwandern?")
	s.reads("Darf Ihr Kind mitwandern?", all, 1)
	s.picture("letter-5-question")
}

// readAndAnswer opens the letter, reads it in Arabic, and answers for both children.
func (s *seat) readAndAnswer() {
	s.Helper()
	s.press("Wandertag", s.letters)
	s.reads("am Freitag wandern wir", s.pane, 1)
	s.reads("Eine Antwort auswählen", s.pane, 2)
	s.picture("letter-6-german")
	s.press("Übersetzen", s.pane)
	s.press("\u200eالعربية (Arabisch)", s.desk.Area)
	line := s.reads(hike["Liebe Eltern,"], s.pane, 1)[0]
	if right := s.desk.Area().Max.X; right-line.Max.X > 40 || line.Min.X < s.pane().Min.X+s.pane().Dx()/2 {
		s.Errorf("Arabic stands at %v, the window ends at %d", line, right)
	}
	s.reads("Von einer Maschine übersetzt", s.pane, 1)
	s.picture("letter-7-arabic")

	s.must(s.desk.Wheel(s.ctx, middle(s.pane()), 60))
	s.reads(hike["Darf Ihr Kind mitwandern?"], s.pane, 1)
	s.press("نعم (Ja)", s.pane)
	s.click(middle(s.accents(2)[0]), 1)
	s.reads("Antwort gegeben", s.pane, 1)
	no := s.reads("لا (Nein)", s.pane, 2)
	s.click(middle(no[1]), 1)
	s.click(middle(s.accents(1)[0]), 1)
	s.reads("Antwort gegeben", s.pane, 2)
	s.picture("letter-7-answered")
}
