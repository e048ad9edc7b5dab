// Package slips makes the papers that a school hands out so that people get in:
// letters with which guardians register, slips with start codes for a class, and
// the slip for a password that was reset. It writes PDF.
//
// Its words: a letter is one A4 page that fits a window envelope (DIN 5008, form
// B); a slip is a part of a page to be cut off; the steps are the three things
// that a guardian has to do, in German and in the family's language.
//
// Times are printed in the location that they carry: the caller gives the
// school's. Codes are secrets: they stand on the paper and nowhere else.
package slips

import "time"

// School is what stands at the head of a paper.
type School struct {
	Name    string
	Address []string // lines: street, postal code and place
	Contact string   // telephone or e-mail, may be empty
	Server  string   // the address that people type into the program: schule.example.org
	Page    string   // the address of the page for guardians: https://schule.example.org/eltern
}

// Letter is one letter to one guardian.
type Letter struct {
	Name       string   // of the guardian, given name first
	Address    []string // lines below the name, may be empty: then the letter is handed out
	Children   []Child
	Code       string // in groups of four
	Link       string // what the QR code holds
	ValidUntil time.Time
	Language   string // tag of the family's language; "" or "de" = German only
}

// Child is a child of a guardian.
type Child struct {
	Name  string
	Class string
}

// Slip is a start code of one person.
type Slip struct {
	Name       string
	Class      string
	Login      string
	Code       string
	ValidUntil time.Time
	Formal     bool // says Sie, as to a teacher
}

// Reset is a slip for a password that was reset.
type Reset struct {
	Slip
	By string // who reset it
	At time.Time
}

// MaxPapers bounds the letters or slips of one document.
const MaxPapers = 5000
