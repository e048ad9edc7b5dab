//go:build !linux && !windows

package idle

import "time"

// Meter never knows on this system: the window's own keys and clicks count alone.
type Meter struct{}

// New returns a meter.
func New() *Meter { return &Meter{} }

// Since always says that it does not know.
func (*Meter) Since() (since time.Duration, ok bool) { return 0, false }
