// Package dav holds the parts of WebDAV that need no store: paths and names,
// XML bodies in and out, the If header and the smaller headers of RFC 4918.
//
// Words: a href is the absolute, percent-encoded path of a resource; a segment
// is one decoded name of a path; a fold is the form of a name by which two names
// of one folder are compared; a condition is one state token or entity tag of an
// If header.
//
// Everything here reads bytes from outside, so everything has a bound.
package dav
