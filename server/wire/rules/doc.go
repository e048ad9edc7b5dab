// Package rules says what a school asks of an own password. The server decides by
// it, and the client says the same while one types.
//
// Its words: a rule is one demand, by its name in the protocol; a set is what a
// school demands; own is what a person must not use for a password.
package rules
