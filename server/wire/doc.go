// Package wire holds the JSON types and names that the server and its clients
// share. It imports the standard library only, so that both programs agree on
// the protocol at compile time.
//
// Fields are added, never renamed and never given another meaning.
//
// Words: a root is a tree of files with one owner (a person's home or a group's
// folder); a href is the absolute, percent-encoded path of a WebDAV resource; a
// code is the stable name of a refusal, which clients translate.
package wire

// Protocol is the version of the protocol that this package describes. A client
// refuses a server whose Protocol is lower than the client's own MinProtocol.
//
//	1 (2026-11): sign-in, sessions, event stream, files over WebDAV
const Protocol = 1

// MinProtocol is the oldest server protocol that this client works with.
const MinProtocol = 1

// Product is what School.Product says, by which a client knows a Schulhof server.
const Product = "schulhof"
