package files

import (
	"errors"
	"time"
)

// State says how an entry stands on this PC.
type State string

// The states of an entry.
const (
	None      State = ""          // only on the server
	Cached    State = "cached"    // a local copy as it was on the server
	Edited    State = "edited"    // a local copy with changes that wait
	Uploading State = "uploading" // its changes are under way
	Conflict  State = "conflict"  // somebody else was faster; this is the copy with the own changes
	Failed    State = "failed"    // its changes were refused for good; the local copy has them
)

// Entry is one file or folder as last listed.
type Entry struct {
	ID     string // stable over renames and moves; "" for what is not on the server yet
	Href   string // absolute and percent-encoded; a folder's ends in a slash
	Name   string
	Folder bool
	Size   int64
	Mtime  time.Time
	By     string // display name of who last changed it
	ETag   string
	Rights string // letters of wire.PropRights
	SHA256 string // hex, "" where unknown
	Local  State
}

// Can says whether the rights of e hold the letter (wire.RightWrite …).
func (e Entry) Can(right byte) bool {
	for i := range len(e.Rights) {
		if e.Rights[i] == right {
			return true
		}
	}
	return false
}

// Listing is what is known of one folder.
type Listing struct {
	Href    string
	Entries []Entry   // in the order of their names' bytes; pages sort as they like
	At      time.Time // when the server was last asked with success; zero: never listed
	Rights  string    // the asker's rights on the folder itself
	Err     error     // why the last refresh brought nothing, nil if it did
}

// Direction of a transfer.
type Direction int

// The directions.
const (
	Up Direction = iota
	Down
)

// TransferState is where a transfer stands.
type TransferState string

// The states of a transfer.
const (
	Queued     TransferState = "queued" // waits for its turn, for the network, or for another try
	Running    TransferState = "running"
	Paused     TransferState = "paused"
	Broken     TransferState = "failed" // for good, until Retry; Err says why
	Done       TransferState = "done"
	Conflicted TransferState = "conflict" // done, but as a conflict copy: Href is the copy's
)

// Transfer is one upload or download, as Files.Transfers lists it.
type Transfer struct {
	ID    int64
	Name  string
	Href  string // the target of an upload, the source of a download
	Dir   Direction
	Done  int64
	Total int64
	State TransferState
	Err   error // of Broken: why; of Queued: why the last try brought nothing
	Batch int64 // transfers of one Upload or Download share it; 0 for a single one
	Edit  bool  // a save of a local copy rather than an upload that was asked for
}

// Action is what to do with a file whose name is taken.
type Action int

// The actions.
const (
	KeepBoth Action = iota // upload as "Name (2).ext"
	Replace
	Skip
)

// Decision answers a Clash.
type Decision struct {
	Action Action
	ForAll bool // for all further clashes of this batch
}

// Clash asks about a file that is to be uploaded where its name is taken.
type Clash struct {
	Name   string
	Local  Entry // Href is empty
	Remote Entry // a folder can not be replaced by a file: Replace then keeps both
}

// Batch is what Upload, Download and the like took on.
type Batch struct {
	ID       int64
	Files    int
	Folders  int
	Bytes    int64
	Skipped  int
	Problems []Problem // what could not be read or made; the rest goes on
}

// Problem is one path that an operation had to leave out.
type Problem struct {
	Path string
	Err  error
}

// Errors of this package. Refusals by the server are *remote.Error, a missing
// network is remote.ErrOffline.
var (
	ErrChanged  = errors.New("the file was changed while it was read")
	ErrGone     = errors.New("the file is no longer there")
	ErrChecksum = errors.New("the content arrived damaged")
	ErrSymlink  = errors.New("a link is not followed")
	ErrSpecial  = errors.New("neither a file nor a folder")
	ErrName     = errors.New("the name is not allowed")
	ErrTaken    = errors.New("the name is taken")
	ErrUnsent   = errors.New("some files are not on the server yet")
	ErrPending  = errors.New("an upload of it is still under way")
)
