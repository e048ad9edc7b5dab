//go:build race

package intake_test

const slower = 4 // with the race detector
