// Package rules says what a school asks of an own password, and makes the codes
// that are printed for those who have none yet.
//
// Its words: a rule is one demand, by its name in the protocol; a set is what a
// school demands; own is what a person must not use for a password; a start code
// is twelve characters on paper that are good once; its canonical form is capital
// letters in groups of four.
package rules
