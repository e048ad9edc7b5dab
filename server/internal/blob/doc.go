// Package blob keeps the content of files, each once, under the SHA-256 of its
// bytes.
//
// What Put has answered is on the disk. Small contents are appended to pack files,
// many of them with one fsync; large ones are a file each. A blob has no name and
// no owner: rows of the database say where its content belongs, and are written
// after it.
//
// A large content that no row names any more goes with [Store.Collect]; a small one
// keeps its place in its pack, which nothing compacts.
//
// Words: a ref names a content; a pack is an append-only file of records; a record
// is a header and one content; a round is the set of records that one fsync covers.
package blob
