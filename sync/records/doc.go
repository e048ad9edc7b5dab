// Package records keeps plain school records (letters, tasks, absences) on this
// PC: typed collections that follow the server's Changes, and one outbox for what
// is written, with the network or without.
//
// Its words: a collection is all records of one kind that the person may see; a
// pull asks the server what changed; a write is what the user did and the server
// may not know yet; the overlay shows a record as it will be once its writes have
// arrived. What the server said is never changed by an overlay: it is laid over
// each time a record is read.
//
// A module has a package of its own beside this one that names its collections,
// its writes and its other calls; letters is the one to copy.
package records
