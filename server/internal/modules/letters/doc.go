// Package letters is the module of parent letters (Elternbriefe): the school writes
// to guardians and staff, they read and answer, the senders see who has.
//
// Words: a draft is a letter that is being written; delivering it makes its rows (one
// for each child, or member of the staff, of its report), says to whom it goes for
// which child, and puts it into the box of each of them; a box is what one person has
// of one letter: read, archived, gone. An answer is for a child or for the person
// that gives it; one that came on paper is nobody's. Wide is who may write to all, and
// stands in for the senders of a letter once all of them have left. The counter numbers
// every change that a reader sees.
//
// Who may address, read or see what is decided in the WHERE clauses of rights.go.
package letters
