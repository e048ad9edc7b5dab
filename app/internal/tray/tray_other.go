//go:build !linux

package tray

func available() bool { return true }
