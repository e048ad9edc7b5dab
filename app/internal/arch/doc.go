// Package arch holds the laws of the tree as tests: who may import whom, in
// both programs, and that every package says what it is for. It has no code of
// its own; `make test` runs it, and ARCHITECTURE.md explains the rules.
package arch
