// Package files is the page "Dateien": one's own files and the folders of one's
// groups, as a table to work in with mouse and keyboard.
//
// Its words: an entry is a file or folder as sync/files knows it; a place is
// where the page stands, a folder's href or the start, where the roots are
// listed; the model is what the table shows of a place (order, filter,
// selection), plain Go and tested alone; the table draws it and turns mouse and
// keys into calls; the page knows the engine and does the deeds. A badge is the
// small picture in a row that says where a file stands on its way.
//
// Everything here belongs to the UI goroutine. What waits runs elsewhere and
// comes back through Deps.Do.
package files
