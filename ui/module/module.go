// Package module is what a page is and what a page is given. The window knows
// pages through it alone, and pages know nothing else of the window.
//
// Its words: a page is one module's view in the window; its name is the module's
// name on the server ("files"); an info is one line in the window's list of pages.
package module

import (
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"schulhof/server/wire"
	"schulhof/sync/files"
	"schulhof/sync/letters"
	"schulhof/sync/remote"
	"schulhof/sync/signal"
	"schulhof/ui/theme"
)

// Page is one view of the window. All of it is called on the UI goroutine.
type Page interface {
	// Title stands above the page and may change; call Deps.Retitle then.
	Title() string
	// Object is the page's content, the same one each time.
	Object() fyne.CanvasObject
	// Shown is called each time the page comes to the front, with the arguments of
	// Deps.Go, Hidden when it leaves. A page that is hidden fetches nothing.
	Shown(args ...string)
	Hidden()
	// Keys lists the page's keys, for F1.
	Keys() []Key
	// Dropped is called with files dropped on the window; at is a place in the
	// window. It tells whether the page took them.
	Dropped(at fyne.Position, paths []string) bool
}

// Shortcuts is for pages that want shortcuts while nothing else takes them; it
// tells whether the page used it.
type Shortcuts interface {
	Shortcut(s fyne.Shortcut) bool
}

// KeyTaker is for pages that want keys while nothing has the focus, and Esc; it
// tells whether the page used it.
type KeyTaker interface {
	TypedKey(e *fyne.KeyEvent) bool
}

// Keeper is for pages that keep their place when the window is built again, as
// after a change of language: what Keep returns is given to the new page's
// Restore before it is shown.
type Keeper interface {
	Keep() any
	Restore(state any)
}

// Key is one line of the list of keys.
type Key struct {
	Keys string // as lang.Keys writes it: "Strg+A"
	Text string
}

// Info is one page in the window's list.
type Info struct {
	Name string // of the module; its title is the text "<name>.title"
	Icon fyne.Resource
	New  func(Deps) Page
	// Badge counts what is new, from this PC alone; nil takes what the server's events say.
	Badge func(Deps) int
	// Watch runs beside the page from the sign-in to the sign-out, shown or not, for
	// messages of the desktop; nil: nothing does.
	Watch func(Deps) (stop func())
}

// Status is the line at the foot of the window.
type Status interface {
	// SetPanel gives the line what a click on it opens, above it. It stays as high
	// as its smallest height, at most a third of the window.
	SetPanel(panel fyne.CanvasObject)
	// OpenPanel opens or closes the panel.
	OpenPanel(open bool)
}

// Deps is what a page is given. Everything is set unless it says otherwise.
type Deps struct {
	Files    *files.Files
	Letters  *letters.Letters // nil where the person has no such module
	Remote   *remote.Client
	Signal   *signal.Hub
	Session  wire.Session
	School   wire.School
	Shared   bool   // this PC is used by many: offer nothing that would stay on it
	Version  string // of this program
	Settings *Settings
	Log      *slog.Logger
	Now      func() time.Time

	Window  fyne.Window
	Do      func(func())                         // runs a function on the UI goroutine: fyne.Do, or a test's queue
	Go      func(page string, args ...string)    // shows a page
	Retitle func()                               // the page's title changed
	Toast   func(text, action string, do func()) // a passing message; action "" = none
	Status  Status
	Badge   func(page string, count int) // the number beside a page's name
	SignOut func()
	Notify  func(text string) // a message of the desktop, of our own texts only; nil where nobody shows one

	Look  func(theme.Settings) // another theme or text size, at once, and kept
	Speak func(code string)    // another language, at once, and kept: builds the window again

	OpenLocal   func(path string) error         // opens a file with the PC's own program
	RevealLocal func(path string) error         // shows a file in the PC's file manager
	DragOut     func(paths []string) error      // starts a drag to other programs; nil where the system cannot
	ForeignDrag func() bool                     // tells whether another program drags something now; nil where nobody knows
	PickFolder  func(then func(path string))    // asks for a folder of this PC; then is called with "" when given up
	PickFiles   func(then func(paths []string)) // asks for files of this PC
}

// Header is for pages with something to the right of their title, in the same line.
type Header interface {
	Header() fyne.CanvasObject
}
