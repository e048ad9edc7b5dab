// Package dragout drags files from the program's window to other programs, and
// plays such another program in tests.
//
// The toolkit takes drops but cannot start a drag. Under X11 no toolkit is
// needed for it: a second connection to the display owns the selection
// XdndSelection, follows the pointer, and speaks XDND (version 5) with the window
// under it. The pointer needs no grab: the button was pressed in our window, and
// the display server reports its state to anybody.
//
// Its words: the source is we, the target is the window under the pointer; a
// target is aware when it carries the property XdndAware.
package dragout

import "errors"

// Errors of a drag.
var (
	// ErrUnsupported says that this system or this session cannot drag out.
	ErrUnsupported = errors.New("dragging out is not possible here")
	// ErrReleased says that the button was let go before the drag could begin.
	ErrReleased = errors.New("the mouse button was let go too early")
	// ErrTooMany says that the list of files is too long to be handed over.
	ErrTooMany = errors.New("too many files for one drag")
)
