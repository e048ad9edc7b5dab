// Package auth knows who asks. It signs people in, keeps their sessions, and slows
// down who guesses.
//
// Words: a token is the secret of a session, 256 random bits, of which only the
// SHA-256 is stored; a session is one device that is signed in; Basic is the
// authentication of foreign WebDAV programs, login and password with every
// request; an attempt is a sign-in with a wrong password. A sign-in that must not
// happen yet is slowed: refused with the time to wait, without looking at the
// password.
//
// What was found out about a token or a person is believed for a second
// (freshFor), so that a change made by another server counts within that second; a
// change made by this one counts at once. What was let in before and is still open,
// event streams and requests under way, ends within a second as well (Watch).
package auth
