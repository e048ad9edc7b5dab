package clocktest

import "time"

var start = time.Now()

// CPU gives how long this program has run so far.
func CPU() time.Duration { return time.Since(start) }
