// Package sync is the folder of the client's data: what is known on this PC,
// what the server says, and what still has to go there. It knows no window.
//
// The folder itself holds no code and is never imported; its name would hide
// the standard sync. Import one of its subfolders:
//
//   - cache: the account's SQLite file
//   - remote: the one HTTP client
//   - files: listings, local copies and the queue of uploads
//   - signal: what changed, so that pages can redraw
package sync
