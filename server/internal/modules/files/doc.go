// Package files is the school's file store and its WebDAV server: everybody's
// home, and a folder for every group.
//
// Words: a root is a tree of files with one owner, a person's home or a group's
// folder; a node is a file or a folder in it, a row that names a blob; a zone is
// one of a group's fixed folders (Material, Austausch, Abgabe); a hand-in folder
// is one member's part of Abgabe, which the member sees as Abgabe itself; a view
// is a root as one person may see it.
//
// Every change of a root takes the next number of that root, its seq, inside the
// transaction that makes it. What left is kept as a tombstone (table files_gone),
// so "what changed since N" is one indexed question. A root's epoch changes when
// its numbers start over.
//
// A request's way: handler (HTTP) -> change (the rules, in one transaction) -> SQL.
// Reading goes through the tree, an image of the nodes in memory that one query
// per request keeps true. An upload is streamed into a durable blob before its
// transaction begins, so one that was cut never touches a node.
package files
