// Package uitest is what tests of pages share: a window without a display, and
// ways to find, click, type, drop and wait in it as a user does.
//
// Everything runs on the test's goroutine. Pages get Queue.Do as their Do, so
// that what arrives in the background waits in the queue until the test drains
// it; the race detector stays content.
//
// Tests with windows do not run in parallel: the toolkit's test driver knows
// only the last window.
package uitest

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"schulhof/ui/kit"
	"schulhof/ui/theme"
)

// Sizes of windows that every page is looked at in.
var (
	Large = fyne.NewSize(1280, 800)
	Small = fyne.NewSize(800, 560)
)

// Queue holds what is to run on the UI goroutine.
type Queue struct {
	mu   sync.Mutex
	jobs []func()
	more chan struct{}
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{more: make(chan struct{}, 1)} }

// Do adds a function; any goroutine may call it.
func (q *Queue) Do(fn func()) {
	q.mu.Lock()
	q.jobs = append(q.jobs, fn)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// Drain runs what is waiting, and what that adds, and returns how many ran.
func (q *Queue) Drain() int {
	n := 0
	for {
		q.mu.Lock()
		if len(q.jobs) == 0 {
			q.mu.Unlock()
			return n
		}
		job := q.jobs[0]
		q.jobs = q.jobs[1:]
		q.mu.Unlock()
		job()
		n++
	}
}

// Wait drains the queue until ok, and fails the test after two minutes: a busy
// machine may take long for what takes no time elsewhere.
func (q *Queue) Wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		q.Drain()
		if ok() {
			return
		}
		select {
		case <-q.more:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// Window is a window of a test.
type Window struct {
	fyne.Window
	T     testing.TB
	Queue *Queue
	Theme *theme.Theme
}

// Open opens an empty window.
func Open(t testing.TB, size fyne.Size, look theme.Settings) *Window {
	t.Helper()
	if look.Mode == "" {
		look.Mode = theme.Light
	}
	app := test.NewTempApp(t)
	th := theme.New(look)
	app.Settings().SetTheme(th)
	w := &Window{Window: test.NewTempWindow(t, widget.NewLabel("")), T: t, Queue: NewQueue(), Theme: th}
	w.SetPadded(false)
	w.Resize(size)
	return w
}

// Look changes theme and text size, as the settings page does.
func (w *Window) Look(look theme.Settings) {
	w.Theme.Apply(look)
	fyne.CurrentApp().Settings().SetTheme(w.Theme)
}

// Root is what takes part in clicks: the topmost overlay, or the content.
func (w *Window) Root() fyne.CanvasObject {
	if top := w.Canvas().Overlays().Top(); top != nil {
		return top
	}
	return w.Content()
}

// Walk visits every visible object with its place in the window, the deepest
// last, through the renderers that are in use. (The toolkit's LaidOutObjects
// makes new renderers and breaks a live window.)
func Walk(o fyne.CanvasObject, at fyne.Position, fn func(o fyne.CanvasObject, at fyne.Position)) {
	if o == nil || !o.Visible() {
		return
	}
	fn(o, at)
	var kids []fyne.CanvasObject
	switch c := o.(type) {
	case *fyne.Container:
		kids = c.Objects
	case fyne.Widget:
		kids = test.WidgetRenderer(c).Objects()
	}
	for _, k := range kids {
		if k != nil {
			Walk(k, at.Add(k.Position()), fn)
		}
	}
}

// All returns the visible objects of a type that ok accepts; ok may be nil.
func All[T fyne.CanvasObject](w *Window, ok func(T) bool) []T {
	var all []T
	Walk(w.Root(), w.Root().Position(), func(o fyne.CanvasObject, _ fyne.Position) {
		if x, is := o.(T); is && (ok == nil || ok(x)) {
			all = append(all, x)
		}
	})
	return all
}

// One returns the first visible object of a type that ok accepts; without one
// the test ends.
func One[T fyne.CanvasObject](w *Window, what string, ok func(T) bool) T {
	w.T.Helper()
	all := All(w, ok)
	if len(all) == 0 {
		w.T.Fatalf("not to be seen: %s; texts: %q", what, w.Texts())
	}
	return all[0]
}

// At returns the deepest object of a type under a place in the window.
func At[T fyne.CanvasObject](w *Window, at fyne.Position) (found T) {
	Walk(w.Root(), w.Root().Position(), func(o fyne.CanvasObject, p fyne.Position) {
		x, is := o.(T)
		if is && at.X >= p.X && at.Y >= p.Y && at.X < p.X+o.Size().Width && at.Y < p.Y+o.Size().Height {
			found = x
		}
	})
	return found
}

// Place returns where an object is in the window.
func Place(o fyne.CanvasObject) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
}

// Texts returns every text that is to be seen, from the top.
func (w *Window) Texts() []string {
	var texts []string
	Walk(w.Root(), w.Root().Position(), func(o fyne.CanvasObject, _ fyne.Position) {
		if s := said(o); s != "" {
			texts = append(texts, s)
		}
	})
	return texts
}

// Sees tells whether a text that contains s is to be seen.
func (w *Window) Sees(s string) bool {
	for _, text := range w.Texts() {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

func said(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *widget.Label:
		return o.Text
	case *widget.Check:
		return o.Text
	case *kit.Entry:
		return o.Text
	case *widget.Entry:
		return o.Text
	case *widget.RichText:
		return o.String()
	case fyne.Accessible:
		if o.AccessibilityRole() == fyne.AccessibleRoleContainer {
			return ""
		}
		return o.AccessibilityLabel()
	}
	return ""
}

// Click taps the pressable whose text or label is s.
func (w *Window) Click(s string) {
	w.T.Helper()
	One(w, s, func(o pressable) bool { return o.AccessibilityLabel() == s }).Tapped(&fyne.PointEvent{})
	w.Queue.Drain()
}

type pressable interface {
	fyne.CanvasObject
	fyne.Tappable
	fyne.Accessible
}

// Type puts the focus on an object and types a text into it.
func (w *Window) Type(into fyne.Focusable, s string) {
	w.Canvas().Focus(into)
	for _, r := range s {
		into.TypedRune(r)
	}
	w.Queue.Drain()
}

// Field returns the field with this label.
func (w *Window) Field(label string) *kit.Field {
	w.T.Helper()
	return One(w, "field "+label, func(f *kit.Field) bool {
		found := false
		Walk(f, fyne.Position{}, func(o fyne.CanvasObject, _ fyne.Position) {
			if t, ok := o.(*kit.Text); ok && t.Get() == label {
				found = true
			}
		})
		return found
	})
}

// Key sends a key to what has the focus, or to the window.
func (w *Window) Key(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := w.Canvas().Focused(); f != nil {
		f.TypedKey(e)
	} else if fn := w.Canvas().OnTypedKey(); fn != nil {
		fn(e)
	}
	w.Queue.Drain()
}

// Press sends a shortcut to what has the focus, or to the window.
func (w *Window) Press(key fyne.KeyName, mod fyne.KeyModifier) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: mod}
	if f, ok := w.Canvas().Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
	} else {
		kit.ForwardShortcut(w.Content(), s)
	}
	w.Queue.Drain()
}

// Tab moves the focus on.
func (w *Window) Tab() { w.Canvas().FocusNext() }

// Pictures returns the folder of pictures, build/pictures, and makes it.
func Pictures(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("go.mod was not found above the test")
		}
		dir = up
	}
	dir = filepath.Join(dir, "build", "pictures")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Picture saves what the window shows as build/pictures/<name>.png, and fails
// when nothing is drawn.
func (w *Window) Picture(name string) image.Image {
	w.T.Helper()
	w.Queue.Drain()
	img := w.Canvas().Capture()
	if blank(img) {
		w.T.Errorf("the picture %s is empty", name)
	}
	f, err := os.Create(filepath.Join(Pictures(w.T), name+".png"))
	if err != nil {
		w.T.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		w.T.Fatal(err)
	}
	return img
}

func blank(img image.Image) bool {
	b := img.Bounds()
	rgba := image.NewRGBA(b)
	draw.Draw(rgba, b, img, b.Min, draw.Src)
	for i := 4; i+3 < len(rgba.Pix); i += 4 {
		if rgba.Pix[i] != rgba.Pix[0] || rgba.Pix[i+1] != rgba.Pix[1] || rgba.Pix[i+2] != rgba.Pix[2] {
			return false
		}
	}
	return true
}
