//go:build !linux && !windows

package tray

func available() bool { return true }

// Hide does nothing: the icon ends with the program.
func Hide() {}
