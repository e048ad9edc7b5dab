//go:build !linux

package main

// desktopTells tells whether the desktop says that it is light or dark: Windows
// and macOS always do.
func desktopTells() bool { return true }
