// Package idle tells how long nobody has touched the PC: no key, no movement of
// the mouse, in whatever program.
package idle
