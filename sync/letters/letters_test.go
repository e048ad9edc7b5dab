package letters

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/wire"
	"schulhof/sync/cache"
	"schulhof/sync/records"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
)

// fake is a server in a map: it keeps letters, and the writes it got by key.
type fake struct {
	mu      sync.Mutex
	offline bool
	refuse  string // code
	seq     int64
	letters []wire.Letter
	gone    []string
	writes  []string // path and body, in order
	keys    []string
	lost    int // so many answers to writes get lost on the way back
	deaf    bool
}

func (f *fake) JSON(_ context.Context, method, path string, _, out any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offline || f.deaf {
		return fmt.Errorf("no: %w", remote.ErrOffline)
	}
	if strings.HasPrefix(path, api+"inbox") {
		var since int64
		if _, err := fmt.Sscanf(path, api+"inbox?since=%d", &since); err != nil {
			return err
		}
		c := wire.Changes[wire.Letter]{Seq: f.seq}
		for _, l := range f.letters {
			if l.Seq > since {
				c.Items = append(c.Items, l)
			}
		}
		slices.SortFunc(c.Items, func(a, b wire.Letter) int { return int(a.Seq - b.Seq) })
		if len(c.Items) > 100 {
			c.Items, c.More = c.Items[:100], true
			c.Seq = c.Items[99].Seq
		}
		c.Gone = f.gone
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, out)
	}
	if strings.Contains(path, "/translate") {
		return json.Unmarshal([]byte(`{"lang":"tr","subject":"Gezi","markdown":"Merhaba","machine":true,"engine":"test"}`), out)
	}
	return &remote.Error{Method: method, Problem: wire.Problem{Status: 404, Code: wire.CodeNotFound}}
}

func (f *fake) Once(_ context.Context, key, method, path string, in, _ any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.offline {
		return fmt.Errorf("no: %w", remote.ErrOffline)
	}
	if f.refuse != "" {
		return &remote.Error{Method: method, Problem: wire.Problem{Status: http.StatusConflict, Code: f.refuse}}
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if !slices.Contains(f.keys, key) {
		f.keys = append(f.keys, key)
		f.writes = append(f.writes, path+" "+string(raw))
		f.apply(path, raw)
	}
	if f.lost > 0 {
		f.lost--
		return fmt.Errorf("broken: %w", remote.ErrOffline)
	}
	return nil
}

func (f *fake) apply(path string, raw []byte) {
	for i := range f.letters {
		l := &f.letters[i]
		var flags wire.Flags
		var a wire.GiveAnswer
		switch {
		case strings.HasSuffix(path, "/flags") && json.Unmarshal(raw, &flags) == nil && slices.Contains(flags.IDs, l.ID):
			if flags.Archived != nil {
				l.Archived = *flags.Archived
			}
		case path == api+l.ID+"/answer" && json.Unmarshal(raw, &a) == nil:
			l.Answers = []wire.LetterAnswer{{Child: a.Child, Mine: true, By: "Erika", Options: a.Options, Text: a.Text}}
			l.Open = false
		default:
			continue
		}
		f.seq++
		l.Seq = f.seq
	}
}

func (f *fake) Send(context.Context, string, string, io.Reader, any) error { return nil }

func (f *fake) Fetch(context.Context, string, string, any, io.Writer) error { return nil }

func (f *fake) set(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

var start = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func (f *fake) fill(n int) {
	for i := range n {
		f.seq++
		f.letters = append(f.letters, wire.Letter{
			ID: fmt.Sprintf("l%03d", i), Subject: fmt.Sprintf("Brief %d", i), Markdown: strings.Repeat("Der Klassenausflug führt an den Fluß. ", 40),
			Sent: start.Add(time.Duration(i) * time.Hour), Version: 1, From: []string{"Anna Schmidt"}, Open: true, Seq: f.seq,
			Ask:      wire.Ask{Choice: &wire.Choice{Options: []string{"Ja", "Nein"}}, Must: []string{PartChoice}, PerChild: true},
			Children: []wire.LetterChild{{ID: "ben", Name: "Ben Musterfrau", Class: "7b"}},
		})
	}
}

// pc opens the account's letters of a cache file, as a start of the program does.
func pc(t testing.TB, path string, f *fake) (*Letters, *signal.Hub, func()) {
	t.Helper()
	c, err := cache.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	hub := &signal.Hub{}
	store, err := records.New(context.Background(), records.Deps{Cache: c, Remote: f, Signal: hub, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	l := New(store, f, t.TempDir())
	store.Start(context.Background())
	stop := sync.OnceFunc(func() { store.Stop(); c.Close() })
	t.Cleanup(stop)
	return l, hub, stop
}

func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

func count(t testing.TB, l *Letters) int {
	t.Helper()
	list, err := l.Inbox(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestInboxFollowsTheServer(t *testing.T) {
	f := &fake{}
	f.fill(250)
	l, hub, _ := pc(t, filepath.Join(t.TempDir(), "c.db"), f)
	until(t, "the letters", func() bool { return count(t, l) == 250 })
	list, err := l.Inbox(t.Context(), "AUSFLUG fluss 249")
	if err != nil || len(list) != 1 || list[0].ID != "l249" {
		t.Fatalf("the search found %d letters, %v", len(list), err)
	}
	if list, err = l.Inbox(t.Context(), "nirgends"); err != nil || len(list) != 0 {
		t.Fatalf("the search for nothing found %d, %v", len(list), err)
	}
	f.set(func() { f.gone, f.seq = []string{"l000"}, f.seq+1 })
	hub.Emit(signal.Module(wire.ModuleLetters))
	until(t, "one to go", func() bool { return count(t, l) == 249 })
	if n, err := l.Unread(t.Context()); err != nil || n != 249 {
		t.Errorf("%d are unread, %v", n, err)
	}
}

func TestAnswerWithoutTheServer(t *testing.T) {
	f := &fake{}
	f.fill(2)
	file := filepath.Join(t.TempDir(), "c.db")
	l, _, stop := pc(t, file, f)
	until(t, "the letters", func() bool { return count(t, l) == 2 })
	f.set(func() { f.offline = true })
	for _, option := range []int{1, 0} {
		if err := l.Answer(t.Context(), "l001", wire.GiveAnswer{Child: "ben", Options: []int{option}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.SetArchived(t.Context(), true, "l000"); err != nil {
		t.Fatal(err)
	}
	letter, err := l.Letter(t.Context(), "l001")
	if err != nil {
		t.Fatal(err)
	}
	own, ok := letter.Own("ben")
	if !ok || !slices.Equal(own.Options, []int{0}) || letter.Open || !slices.Equal(letter.Waiting, []string{"ben"}) {
		t.Fatalf("offline it shows %+v, open %t, waiting %q", own, letter.Open, letter.Waiting)
	}
	stop() // the program ends; the next one sends

	f.set(func() { f.offline, f.lost = false, 1 })
	l, _, _ = pc(t, file, f)
	until(t, "the writes", func() bool {
		sent := 0
		f.set(func() { sent = len(f.writes) })
		letter, err := l.Letter(t.Context(), "l001")
		return err == nil && sent >= 2 && len(letter.Waiting) == 0 && len(letter.Answers) == 1 && letter.Answers[0].By == "Erika"
	})
	f.set(func() {
		want := []string{api + `l001/answer {"child":"ben","options":[0]}`, api + `flags {"ids":["l000"],"archived":true}`}
		if !slices.Equal(f.writes, want) {
			t.Errorf("the server got %q", f.writes)
		}
	})
	if archived, err := l.Letter(t.Context(), "l000"); err != nil || !archived.Archived {
		t.Errorf("it is not in the archive: %v", err)
	}
}

func TestWhatWasSentStaysShownUntilItIsPulled(t *testing.T) {
	f := &fake{}
	f.fill(1)
	l, _, _ := pc(t, filepath.Join(t.TempDir(), "c.db"), f)
	until(t, "the letter", func() bool { return count(t, l) == 1 })
	f.set(func() { f.deaf = true })
	if err := l.Answer(t.Context(), "l000", wire.GiveAnswer{Child: "ben", Options: []int{1}}); err != nil {
		t.Fatal(err)
	}
	until(t, "the answer to be sent", func() bool {
		letter, err := l.Letter(t.Context(), "l000")
		return err == nil && len(letter.Answers) == 1 && len(letter.Waiting) == 0
	})
}

func TestRefusedAnswer(t *testing.T) {
	f := &fake{refuse: wire.CodeLetterClosed}
	f.fill(1)
	l, _, _ := pc(t, filepath.Join(t.TempDir(), "c.db"), f)
	until(t, "the letter", func() bool { return count(t, l) == 1 })
	if err := l.Answer(t.Context(), "l000", wire.GiveAnswer{Child: "ben", Options: []int{1}, Text: "gern"}); err != nil {
		t.Fatal(err)
	}
	var letter Letter
	until(t, "the refusal", func() bool {
		var err error
		letter, err = l.Letter(t.Context(), "l000")
		return err == nil && letter.Refused != nil
	})
	if letter.Refused.Code != wire.CodeLetterClosed || len(letter.Answers) != 0 || !letter.Open || letter.Given[0].Text != "gern" {
		t.Fatalf("after the refusal it shows %+v", letter)
	}
	if err := l.DropAnswer(t.Context(), letter.Given[0]); err != nil {
		t.Fatal(err)
	}
	if letter, err := l.Letter(t.Context(), "l000"); err != nil || letter.Refused != nil {
		t.Errorf("the refusal stays: %v", err)
	}
}

func TestNewsAndNotes(t *testing.T) {
	f := &fake{}
	f.fill(1)
	l, hub, _ := pc(t, filepath.Join(t.TempDir(), "c.db"), f)
	until(t, "the letter", func() bool { return count(t, l) == 1 })
	if news, err := l.News(t.Context()); err != nil || len(news) != 0 {
		t.Fatalf("the first look brings %d, %v", len(news), err)
	}
	f.set(func() {
		f.seq++
		f.letters = append(f.letters, wire.Letter{ID: "new", Sent: start.AddDate(1, 0, 0), Seq: f.seq})
	})
	hub.Emit(signal.Missed)
	until(t, "the new one", func() bool { return count(t, l) == 2 })
	for _, want := range []int{1, 0} {
		if news, err := l.News(t.Context()); err != nil || len(news) != want {
			t.Errorf("news are %d, want %d, %v", len(news), want, err)
		}
	}
	letter, err := l.Letter(t.Context(), "new")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := l.Translate(t.Context(), letter, "tr")
		if err != nil || got.Subject != "Gezi" {
			t.Fatalf("the translation is %+v, %v", got, err)
		}
		f.set(func() { f.offline = true }) // the second time it comes from this PC
	}
}

func TestFlushGivesDraftsToTheServer(t *testing.T) {
	f := &fake{offline: true}
	l, _, _ := pc(t, filepath.Join(t.TempDir(), "c.db"), f)
	if err := l.KeepDraft(t.Context(), "new-1", &wire.Draft{Subject: "Nicht verlieren"}); err != nil {
		t.Fatal(err)
	}
	if left, err := l.Flush(t.Context()); left != 1 || err != nil {
		t.Fatalf("without the server %d are left, %v", left, err)
	}
	f.set(func() { f.offline = false })
	if left, err := l.Flush(t.Context()); left != 0 || err != nil {
		t.Fatalf("%d are left, %v", left, err)
	}
	if kept, err := l.KeptDrafts(t.Context()); err != nil || len(kept) != 0 || len(f.writes) != 1 || !strings.Contains(f.writes[0], "Nicht verlieren") {
		t.Errorf("kept are %v, the server got %q, %v", kept, f.writes, err)
	}
}

func BenchmarkInbox500(b *testing.B) {
	f := &fake{}
	f.fill(500)
	l, _, _ := pc(b, filepath.Join(b.TempDir(), "c.db"), f)
	until(b, "the letters", func() bool { return count(b, l) == 500 })
	for b.Loop() {
		if count(b, l) != 500 {
			b.Fatal("not all")
		}
	}
	if per := b.Elapsed() / time.Duration(b.N); per > 100*time.Millisecond {
		b.Errorf("an inbox of 500 letters takes %v", per)
	}
}
