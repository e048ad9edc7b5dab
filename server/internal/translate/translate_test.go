package translate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

// fake speaks a machine's real HTTP format and shouts. Answer, when set, answers
// instead; it returns false to let the request through.
type fake struct {
	*httptest.Server
	calls  atomic.Int64
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func newFake(t *testing.T, handler func(t *testing.T, w http.ResponseWriter, r *http.Request)) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.calls.Add(1)
		if f.answer != nil && f.answer(w, r) {
			return
		}
		handler(t, w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// libreServer is LibreTranslate.
func libreServer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /languages":
		reply(w, 200, []map[string]any{
			{"code": "en", "name": "English", "targets": []string{"de", "tr"}},
			{"code": "de", "name": "German"},
			{"code": "TR", "name": "Turkish"},
			{"code": "../x", "name": "Bad"},
			{"code": "en", "name": "Twice"},
		})
	case "POST /translate":
		var q struct {
			Q              []string
			Source, Target string
			Format         string
			Key            string `json:"api_key"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			reply(w, 400, map[string]string{"error": "Invalid request"})
			return
		}
		if q.Key != "secret" {
			reply(w, 403, map[string]string{"error": "Invalid API key"})
			return
		}
		if q.Target == "xx" {
			reply(w, 400, map[string]string{"error": "xx is not supported"})
			return
		}
		if len(q.Q) > 0 && strings.HasPrefix(q.Q[0], "toolong") {
			reply(w, 400, map[string]string{"error": "Invalid request: request (200) exceeds text limit (100)"})
			return
		}
		if q.Format != "html" && q.Format != "text" || q.Source != "de" && q.Source != "auto" {
			t.Errorf("format %q, source %q", q.Format, q.Source)
		}
		done, _ := shout(r.Context(), q.Q, q.Format == "html")
		reply(w, 200, map[string]any{"translatedText": done, "detectedLanguage": []any{}})
	default:
		http.NotFound(w, r)
	}
}

// deeplServer is DeepL.
func deeplServer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "DeepL-Auth-Key secret" {
		reply(w, 403, map[string]string{"message": "Forbidden"})
		return
	}
	switch r.Method + " " + r.URL.RequestURI() {
	case "GET /v2/languages?type=target":
		reply(w, 200, []map[string]any{
			{"language": "EN-GB", "name": "English (British)"},
			{"language": "EN-US", "name": "English (American)"},
			{"language": "DE", "name": "German"},
			{"language": "TR", "name": "Turkish"},
		})
	case "POST /v2/translate":
		var q struct {
			Text   []string
			Source string `json:"source_lang"`
			Target string `json:"target_lang"`
			Tags   string `json:"tag_handling"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.Text) > 50 {
			reply(w, 400, map[string]string{"message": "Bad request"})
			return
		}
		if q.Target == "XX" {
			reply(w, 400, map[string]string{"message": "Value for 'target_lang' not supported."})
			return
		}
		if strings.HasPrefix(q.Text[0], "toolong") {
			reply(w, 413, map[string]string{"message": "Request size exceeds the limit"})
			return
		}
		if q.Target != "EN-GB" || q.Source != "DE" && q.Source != "" {
			t.Errorf("from %q to %q", q.Source, q.Target)
		}
		done, _ := shout(r.Context(), q.Text, q.Tags == "html")
		var all []map[string]string
		for _, text := range done {
			all = append(all, map[string]string{"detected_source_language": "DE", "text": text})
		}
		reply(w, 200, map[string]any{"translations": all})
	default:
		http.NotFound(w, r)
	}
}

// service returns a translator on a fake, and its clock.
func service(t *testing.T, d *db.DB, engine string, f *fake) (*Service, *atomic.Int64, *bytes.Buffer) {
	t.Helper()
	var ms atomic.Int64
	ms.Store(1_800_000_000_000)
	var logged bytes.Buffer
	s, err := New(t.Context(), Deps{
		DB: d, Log: slog.New(slog.NewTextHandler(&logged, nil)), Now: func() time.Time { return time.UnixMilli(ms.Load()) },
		Config: Config{Engine: engine, URL: f.URL + "/", Key: "secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, &ms, &logged
}

// each runs a test on both engines.
func each(t *testing.T, fn func(t *testing.T, engine string, f *fake)) {
	t.Run(LibreTranslate, func(t *testing.T) { fn(t, LibreTranslate, newFake(t, libreServer)) })
	t.Run(DeepL, func(t *testing.T) { fn(t, DeepL, newFake(t, deeplServer)) })
}

func lite(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(context.WithoutCancel(t.Context()), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestTranslate(t *testing.T) {
	each(t, func(t *testing.T, engine string, f *fake) {
		s, _, _ := service(t, lite(t), engine, f)
		languages, err := s.Languages(t.Context())
		if err != nil || fmt.Sprint(languages) != "[{en English} {de German} {tr Turkish}]" {
			t.Fatalf("languages %v: %v", languages, err)
		}
		if _, err := s.Languages(t.Context()); err != nil || f.calls.Load() != 1 {
			t.Errorf("the list was asked for %d times: %v", f.calls.Load(), err)
		}
		in := "# Ausflug\n\nBitte **bis {{date}}** [hier](https://a.example) antworten.\n\n- Brot\n- Wasser"
		want := "# AUSFLUG\n\nBITTE **BIS {{date}}** [HIER](https://a.example) ANTWORTEN.\n\n- BROT\n- WASSER"
		for _, from := range []string{"de", ""} {
			if got, err := s.Translate(t.Context(), in, from, "en"); err != nil || got != want {
				t.Errorf("from %q: %q: %v", from, got, err)
			}
		}
	})
}

func TestCache(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFake(t, libreServer)
		s, ms, _ := service(t, d, LibreTranslate, f)
		for range 3 {
			if got, err := s.Translate(t.Context(), "Hallo\x00", "de", "en"); err != nil || got != "HALLO" {
				t.Fatalf("%q: %v", got, err)
			}
		}
		if f.calls.Load() != 1 {
			t.Errorf("asked %d times, want 1", f.calls.Load())
		}
		if _, err := s.Translate(t.Context(), "Hallo", "de", "tr"); err != nil || f.calls.Load() != 2 {
			t.Errorf("another language: %v", err)
		}
		if n, err := s.Prune(t.Context()); n != 0 || err != nil {
			t.Errorf("pruned %d: %v", n, err)
		}
		ms.Add((91 * 24 * time.Hour).Milliseconds())
		if _, err := s.Translate(t.Context(), "Hallo", "de", "en"); err != nil || f.calls.Load() != 3 {
			t.Errorf("an old result was used: %v", err)
		}
		if n, err := s.Prune(t.Context()); n != 1 || err != nil {
			t.Errorf("pruned %d, want 1: %v", n, err)
		}
		f.Close()
		if got, err := s.Translate(t.Context(), "Hallo", "de", "en"); err != nil || got != "HALLO" {
			t.Errorf("without the machine: %q: %v", got, err)
		}
	})
}

// TestShared holds that many who want the same cost one request.
func TestShared(t *testing.T) {
	f := newFake(t, libreServer)
	asked, answer := make(chan struct{}, 1), make(chan struct{})
	f.answer = func(http.ResponseWriter, *http.Request) bool {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-answer
		return false
	}
	s, _, _ := service(t, lite(t), LibreTranslate, f)
	gone, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := s.Translate(gone, "Hallo", "de", "en")
		left <- err
	}()
	<-asked
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := s.Translate(t.Context(), "Hallo", "de", "en"); err != nil || got != "HALLO" {
				t.Errorf("%q: %v", got, err)
			}
		})
	}
	time.Sleep(30 * time.Millisecond) // most of them wait by now; who comes later finds the result
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who went away: %v", err)
	}
	close(answer)
	wg.Wait()
	if f.calls.Load() != 1 {
		t.Errorf("asked %d times, want 1", f.calls.Load())
	}
}

func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, engine string, f *fake) {
		s, _, _ := service(t, lite(t), engine, f)
		for _, c := range []struct {
			text, from, to string
			want           error
			calls          int64
		}{
			{"Hallo", "de", "xx", ErrLanguage, 1},
			{"Hallo", "de", "../x", ErrLanguage, 0},
			{"Hallo", "de", "", ErrLanguage, 0},
			{"Hallo", "DE; drop", "en", ErrLanguage, 0},
			{"toolong", "de", "en", ErrTooLong, 1},
			{strings.Repeat("a", MaxText+1), "de", "en", ErrTooLong, 0},
		} {
			before := f.calls.Load()
			if _, err := s.Translate(t.Context(), c.text, c.from, c.to); !errors.Is(err, c.want) || f.calls.Load()-before != c.calls {
				t.Errorf("%.10q from %q to %q: %v after %d calls", c.text, c.from, c.to, err, f.calls.Load()-before)
			}
		}
		before := f.calls.Load()
		for _, text := range []string{"", " \n"} {
			if got, err := s.Translate(t.Context(), text, "de", "en"); err != nil || got != text {
				t.Errorf("%q became %q: %v", text, got, err)
			}
		}
		if got, err := s.Translate(t.Context(), "Hallo", "de", "de"); err != nil || got != "Hallo" || f.calls.Load() != before {
			t.Errorf("into the same language: %q: %v", got, err)
		}
	})
}

// TestFailures holds what each kind of failure becomes, and after how many tries.
func TestFailures(t *testing.T) {
	old := waits
	waits = []time.Duration{time.Millisecond, time.Millisecond}
	t.Cleanup(func() { waits = old })
	status := func(code int, words string, header ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if len(header) > 0 {
				w.Header().Set("Retry-After", header[0])
			}
			reply(w, code, map[string]string{"error": words, "message": words})
			return true
		}
	}
	raw := func(body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { io.WriteString(w, body); return true }
	}
	elsewhere := newFake(t, func(t *testing.T, _ http.ResponseWriter, r *http.Request) { t.Errorf("%s reached someone else", r.URL) })
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request) bool
		want   error
		calls  int64
	}{
		{"500", status(500, "boom"), ErrDown, 3},
		{"503", status(503, "busy"), ErrDown, 3},
		{"429", status(429, "Slowdown: 30 per 1 minute"), ErrQuota, 3},
		{"429, wait long", status(429, "Slowdown", "3600"), ErrQuota, 1},
		{"404", status(404, "what?"), ErrDown, 1},
		{"bad key", status(403, "Invalid API key"), ErrDown, 1},
		{"no JSON", raw("<html>"), ErrDown, 1},
		{"other JSON", raw(`{"a": 1}`), ErrDown, 1},
		{"too few", raw(`{"translatedText": [], "translations": []}`), ErrDown, 1},
		{"wrong type", raw(`{"translatedText": "a", "translations": "a"}`), ErrDown, 1},
		{"huge", raw(strings.Repeat("x", maxAnswer+10)), ErrDown, 3},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "{")
			return true
		}, ErrDown, 3},
		{"redirect", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
			return true
		}, ErrDown, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, engine string, f *fake) {
				f.answer = c.answer
				s, ms, logged := service(t, lite(t), engine, f)
				_, err := s.Translate(t.Context(), "Hallo Geheimnis", "de", "en")
				if !errors.Is(err, c.want) || f.calls.Load() != c.calls {
					t.Errorf("%v after %d calls, want %v after %d", err, f.calls.Load(), c.want, c.calls)
				}
				if strings.Contains(logged.String()+err.Error(), "secret") || strings.Contains(logged.String(), "Geheimnis") {
					t.Errorf("a secret stands in %s", logged)
				}
				if !errors.Is(c.want, ErrDown) {
					return
				}
				if _, err := s.Translate(t.Context(), "anderes", "de", "en"); !errors.Is(err, ErrDown) || f.calls.Load() != c.calls {
					t.Errorf("it is asked again at once: %v", err)
				}
				f.answer = nil
				ms.Add((downFor + time.Second).Milliseconds())
				if got, err := s.Translate(t.Context(), "Hallo", "de", "en"); err != nil || got != "HALLO" {
					t.Errorf("after it is mended: %q: %v", got, err)
				}
			})
		})
	}
	t.Run("quota of DeepL", func(t *testing.T) {
		f := newFake(t, deeplServer)
		f.answer = status(456, "Quota exceeded")
		s, _, _ := service(t, lite(t), DeepL, f)
		if _, err := s.Translate(t.Context(), "Hallo", "de", "en"); !errors.Is(err, ErrQuota) || f.calls.Load() != 1 {
			t.Errorf("%v after %d calls", err, f.calls.Load())
		}
	})
	t.Run("second try", func(t *testing.T) {
		f := newFake(t, libreServer)
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			if f.calls.Load() > 1 {
				return false
			}
			reply(w, 502, nil)
			return true
		}
		s, _, _ := service(t, lite(t), LibreTranslate, f)
		if got, err := s.Translate(t.Context(), "Hallo", "de", "en"); err != nil || got != "HALLO" {
			t.Errorf("%q: %v", got, err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		f := newFake(t, libreServer)
		s, _, _ := service(t, lite(t), LibreTranslate, f)
		f.Close()
		if _, err := s.Translate(t.Context(), "Hallo", "de", "en"); !errors.Is(err, ErrDown) {
			t.Error(err)
		}
		if _, err := s.Languages(t.Context()); !errors.Is(err, ErrDown) {
			t.Error(err)
		}
	})
}

// TestSlow holds that a machine that takes for ever does not take its caller along.
func TestSlow(t *testing.T) {
	release := make(chan struct{})
	f := newFake(t, libreServer)
	t.Cleanup(func() { close(release) }) // before the server's own clean-up, which waits
	f.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	s, _, _ := service(t, lite(t), LibreTranslate, f)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := s.Translate(ctx, "Hallo", "de", "en"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Minute {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestLong holds that the longest text is cut up in reasonable time.
func TestLong(t *testing.T) {
	f := newFake(t, libreServer)
	s, _, _ := service(t, lite(t), LibreTranslate, f)
	s.patience = 10 * time.Minute // what it computes is measured, not how busy the machine is
	for name, line := range map[string]string{
		"lines": "Wort\n", "marks": "a *b* ", "one word": "a", "stars": "*", "brackets": "[", "at": "a@", "dots": "a.", "quotes": "> ", "digits": "1. ",
	} {
		text := strings.Repeat(line, MaxText/len(line))
		began := clocktest.CPU()
		got, err := s.Translate(t.Context(), text, "de", "en")
		if err != nil || letters(got) != strings.ToUpper(letters(text)) {
			t.Errorf("%s: %d of %d bytes: %v", name, len(got), len(text), err)
		}
		if took := clocktest.CPU() - began; took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestConfig(t *testing.T) {
	d := lite(t)
	for name, c := range map[string]Config{
		"unknown engine":     {Engine: "google"},
		"no address":         {Engine: LibreTranslate},
		"no scheme":          {Engine: LibreTranslate, URL: "translate.example"},
		"file":               {Engine: LibreTranslate, URL: "file:///etc/passwd"},
		"password":           {Engine: LibreTranslate, URL: "https://a:b@translate.example"},
		"no key":             {Engine: DeepL},
		"key with a line":    {Engine: DeepL, Key: "a\r\nX: b"},
		"DeepL, unencrypted": {Engine: DeepL, Key: "a", URL: "http://deepl.example"},
	} {
		if _, err := New(t.Context(), Deps{DB: d, Config: c}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	off, err := New(t.Context(), Deps{DB: d})
	if err != nil || off.On() {
		t.Fatalf("without an engine: %v", err)
	}
	if _, err := off.Translate(t.Context(), "a", "de", "en"); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	if _, err := off.Languages(t.Context()); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	for key, want := range map[string]string{"a": "https://api.deepl.com", "a:fx": "https://api-free.deepl.com"} {
		if e, err := newDeepL(Config{Key: key}, nil); err != nil || e.base != want {
			t.Errorf("key %q: %+v: %v", key, e, err)
		}
	}
}
