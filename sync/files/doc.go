// Package files is the client's view of the school's files for a PC where one
// signs in, works and signs out again: it shows what is known at once, fetches
// what is opened, and sends what is saved.
//
// Words: a listing is what the server last said of one folder. A local copy is a
// file that was opened, in a folder of its own below Deps.Dir; saving it makes
// an edit, which goes up by itself. A job is an upload that waits in the cache
// file, and so survives the end of the program; a transfer is a job or a
// download as pages see it. A conflict copy is an edit that came second: it is
// uploaded beside the file that somebody else changed.
//
// Nothing is lost: an edit's bytes stay in the local copy until the server has
// said that it has them, and every upload names the content that it replaces
// (If-Match) or that it replaces none (If-None-Match).
package files
