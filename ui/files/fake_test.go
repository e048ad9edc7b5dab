package files

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/module"
	"schulhof/ui/theme"
	"schulhof/ui/uitest"
)

// fake is an engine of listings in memory. Its deeds are noted, not done,
// unless do says otherwise.
type fake struct {
	mu        sync.Mutex
	signal    *signal.Hub
	online    bool
	roots     []wire.RootInfo
	folders   map[string]files.Listing
	transfers []files.Transfer
	found     []files.Entry
	local     string // what Open returns
	problems  []files.Problem
	err       error
	hold      chan struct{} // Folder waits for it, if not nil
	log       []string
	watching  map[string]int
	clash     []files.Clash
	decided   []files.Decision
}

func (f *fake) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func (f *fake) did(s string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.log, s)
}

func hrefs(es []files.Entry) string {
	out := make([]string, 0, len(es))
	for _, e := range es {
		name, err := url.PathUnescape(e.Href)
		if err != nil {
			name = e.Href
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func (f *fake) Online() bool                                   { return f.online }
func (f *fake) Roots(context.Context) ([]wire.RootInfo, error) { return f.roots, nil }
func (f *fake) Folder(_ context.Context, href string) (files.Listing, error) {
	f.mu.Lock()
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		<-hold
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.folders[href]
	l.Href = href
	return l, nil
}
func (f *fake) RefreshRoots()       { f.note("refresh roots") }
func (f *fake) Refresh(href string) { f.note("refresh %s", href) }
func (f *fake) Watch(href string) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watching[href]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.watching[href]--
	}
}

func (f *fake) Open(_ context.Context, e files.Entry) (string, error) {
	f.note("open %s", hrefs([]files.Entry{e}))
	return f.local, f.err
}

func (f *fake) Upload(_ context.Context, into string, paths []string, clash func(files.Clash) files.Decision) (*files.Batch, error) {
	f.note("upload %s into %s", strings.Join(paths, " "), into)
	for _, c := range f.clash {
		d := clash(c)
		f.mu.Lock()
		f.decided = append(f.decided, d)
		f.mu.Unlock()
	}
	return &files.Batch{Files: len(paths), Problems: f.problems}, f.err
}

func (f *fake) Download(_ context.Context, es []files.Entry, dir string) ([]string, error) {
	f.note("download %s to %s", hrefs(es), dir)
	return []string{dir + "/" + es[0].Name}, f.err
}

func (f *fake) LocalCopies(_ context.Context, es []files.Entry) ([]string, error) {
	f.note("copies of %s", hrefs(es))
	return []string{"/tmp/" + es[0].Name}, f.err
}

func (f *fake) NewFolder(_ context.Context, into, name string) (files.Entry, error) {
	f.note("new folder %s in %s", name, into)
	e := files.Entry{ID: "new", Href: into + url.PathEscape(name) + "/", Name: name, Folder: true, Mtime: noon, Rights: "wad", By: "Lena Weber"}
	f.mu.Lock()
	l := f.folders[into]
	l.Entries = append(slices.Clip(l.Entries), e)
	f.folders[into] = l
	f.mu.Unlock()
	return e, f.err
}

func (f *fake) Rename(_ context.Context, e files.Entry, name string) (files.Entry, error) {
	f.note("rename %s to %s", hrefs([]files.Entry{e}), name)
	e.Name = name
	e.Href = remote.Join(remote.Parent(e.Href), name, e.Folder)
	return e, f.err
}

func (f *fake) Move(_ context.Context, es []files.Entry, into string) ([]files.Problem, error) {
	f.note("move %s into %s", hrefs(es), into)
	return f.problems, f.err
}

func (f *fake) Copy(_ context.Context, es []files.Entry, into string) ([]files.Problem, error) {
	f.note("copy %s into %s", hrefs(es), into)
	return f.problems, f.err
}

func (f *fake) Delete(_ context.Context, es []files.Entry) ([]files.Problem, error) {
	f.note("delete %s", hrefs(es))
	return f.problems, f.err
}

func (f *fake) Search(_ context.Context, under, text string) ([]files.Entry, error) {
	f.note("search %s below %s", text, under)
	return f.found[:min(1, len(f.found))], nil
}

func (f *fake) SearchRemote(_ context.Context, _, _ string) ([]files.Entry, bool, error) {
	return f.found, false, f.err
}
func (f *fake) Transfers() []files.Transfer { return f.transfers }
func (f *fake) Pause(id int64)              { f.note("pause %d", id) }
func (f *fake) Resume(id int64)             { f.note("resume %d", id) }
func (f *fake) Cancel(id int64)             { f.note("cancel %d", id) }
func (f *fake) Retry(id int64)              { f.note("retry %d", id) }
func (f *fake) PauseAll()                   { f.note("pause all") }
func (f *fake) ResumeAll()                  { f.note("resume all") }
func (f *fake) CancelAll()                  { f.note("cancel all") }
func (f *fake) ClearDone()                  { f.note("clear done") }
func (f *fake) Settle(_ context.Context, e files.Entry) error {
	f.note("settle %s", e.Name)
	return f.err
}

const (
	home  = wire.DAVHome
	klass = wire.DAVGroups + "7b/"
)

// school is an engine with a home and a class folder.
func school() *fake {
	at := func(name string, size int64, by string, hours int) files.Entry {
		e := entry(name, size)
		e.Href = home + url.PathEscape(strings.TrimSuffix(name, "/"))
		if e.Folder {
			e.Href += "/"
		}
		e.By, e.Mtime, e.ETag = by, noon.Add(-timeHours(hours)), "v1"
		return e
	}
	es := []files.Entry{
		at("Mathematik/", 0, "Lena Weber", 30), at("Deutsch/", 0, "Lena Weber", 200), at("Übungen/", 0, "Lena Weber", 3), at("Bilder vom Ausflug/", 0, "Tom Test", 1000),
		at("Referat Photosynthese.odt", 48_230, "Lena Weber", 1), at("Arbeitsblatt 2.pdf", 312_000, "Bernd Richter", 26), at("Arbeitsblatt 10.pdf", 1_412_000, "Bernd Richter", 27),
		at("Notenübersicht.xlsx", 9_300, "Lena Weber", 500), at("Foto Klassenfahrt.jpg", 3_400_000, "Anna Schmidt", 700), at("Vortrag Europa.odp", 5_120_000, "Lena Weber", 9000),
		at("Lied.mp3", 4_800_000, "Lena Weber", 40), at("Notizen.txt", 812, "Lena Weber", 0), at("Abgabe.zip", 12_400_000, "Lena Weber", 90),
	}
	es[4].Local, es[5].Local, es[11].Local, es[7].Local, es[12].Local = files.Edited, files.Cached, files.Uploading, files.Conflict, files.Failed
	hub := &signal.Hub{}
	return &fake{
		signal:   hub,
		online:   true,
		watching: map[string]int{},
		roots: []wire.RootInfo{
			{ID: "1", Href: home, Kind: "home", Used: 212_400_000, Quota: 1_000_000_000},
			{ID: "2", Href: klass, Name: "Klasse 7b", Kind: "group", Used: 1_100_000_000, Quota: 10_000_000_000},
			{ID: "3", Href: wire.DAVGroups + "chor/", Name: "Schulchor", Kind: "group", Quota: 10_000_000_000},
		},
		folders: map[string]files.Listing{
			home:                             {Entries: es, At: noon, Rights: "a"},
			home + "Mathematik/":             {At: noon, Rights: "a"},
			klass:                            {At: noon, Entries: []files.Entry{{ID: "m", Href: klass + "Material/", Name: "Material", Folder: true}, {ID: "x", Href: klass + "Austausch/", Name: "Austausch", Folder: true, Rights: "a"}, {ID: "g", Href: klass + "Abgabe/", Name: "Abgabe", Folder: true, Rights: "a"}}},
			klass + "Material/":              {At: noon},
			home + "%C3%9Cbungen/":           {At: noon, Rights: "a"},
			home + "Deutsch/":                {At: noon, Rights: "a"},
			home + "Bilder%20vom%20Ausflug/": {At: noon, Rights: "a"},
		},
	}
}

// desk is a page in a window with what it was given.
type desk struct {
	*uitest.Window
	page   *Page
	fake   *fake
	toasts []string
	undo   func()
	opened []string
	pick   []string
	panel  bool
	status *fyne.Container
}

func (d *desk) SetPanel(o fyne.CanvasObject) {
	d.status.Objects = []fyne.CanvasObject{o}
	d.OpenPanel(d.panel)
}

func (d *desk) OpenPanel(open bool) {
	d.panel = open
	for _, o := range d.status.Objects {
		o.(*fyne.Container).Hidden = !open
	}
	d.Content().Refresh()
}

func openDesk(t testing.TB, f *fake, size fyne.Size, look theme.Settings) *desk {
	t.Helper()
	d := &desk{Window: uitest.Open(t, size, look), fake: f, status: container.NewStack()}
	deps := module.Deps{
		Signal: f.signal, Do: d.Queue.Do, Window: d.Window.Window, Now: noonNow, Log: slog.New(slog.DiscardHandler),
		Settings: module.NewSettings(nil, nil), Status: d,
		Toast:       func(text, _ string, do func()) { d.toasts = append(d.toasts, text); d.undo = do },
		OpenLocal:   func(p string) error { d.opened = append(d.opened, p); return nil },
		RevealLocal: func(p string) error { d.opened = append(d.opened, "reveal "+p); return nil },
		DragOut:     func(p []string) error { f.note("drag out %s", strings.Join(p, " ")); return nil },
		PickFiles:   func(then func([]string)) { then(d.pick) },
		PickFolder:  func(then func(string)) { then("/tmp/ziel") },
		Go:          func(string, ...string) {}, Retitle: func() {},
	}
	d.page = newPage(deps, f)
	d.page.table.held = func() mods { return mods{} }
	d.SetContent(container.NewBorder(nil, d.status, nil, nil, d.page.Object()))
	d.page.Shown()
	d.wait("the start", func() bool { return d.page.known })
	return d
}

// wait drains the queue until ok.
func (d *desk) wait(what string, ok func() bool) {
	d.T.Helper()
	d.Queue.Wait(d.T, what, ok)
}

func (d *desk) goTo(href string) {
	d.T.Helper()
	d.page.goTo(href)
	d.wait(href, func() bool { return d.page.known && d.page.at == href })
}

func (d *desk) said(part string) bool {
	for _, s := range d.toasts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
