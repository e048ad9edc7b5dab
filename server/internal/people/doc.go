// Package people keeps who is at the school: persons, their groups, and whose
// guardian is whose.
//
// Words: a person has one account, with one login; a group is a class, a year, a
// course, a club or the staff, and has members, some of whom lead it; a guardian
// signs in with an e-mail address and may have several children.
//
// The functions take a db.Conn, so that they work in and out of a transaction.
package people
