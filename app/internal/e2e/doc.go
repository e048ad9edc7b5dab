// Package e2e lets a test use the programs as a person does: on a display of its
// own, with the keyboard, the mouse and the eye. It starts programs, presses
// keys, drops files, and looks at the picture.
//
// Its words: a desk is a display with a home folder of its own; a row is a line
// of text in a table; a button is a filled area in the accent colour; the reader
// finds words by how the program writes them.
package e2e
