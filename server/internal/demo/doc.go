// Package demo fills an empty server with the Musterschule: three classes of
// thirty, their teachers, some guardians, an administrator. It is the same school
// every time, down to the names and dates of birth; only ids and passwords' salts
// differ.
package demo
