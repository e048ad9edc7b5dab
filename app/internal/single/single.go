// Package single makes sure that one program at a time works on a folder: a
// second one wakes the first and ends.
package single

import "errors"

// Name is the name of the one file that Take may put into the folder.
const Name = "instance.sock"

// ErrRunning says that another program has the folder and was woken.
var ErrRunning = errors.New("another window of this program is open")
