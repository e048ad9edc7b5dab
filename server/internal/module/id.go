package module

import (
	"crypto/rand"
	"encoding/base32"
	"sync"
	"time"
)

// idEncoding keeps the order of what it encodes.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewIDs gives a function that makes ids of 26 characters: 48 bits of milliseconds,
// 80 random bits, so that later ones sort behind earlier ones. Within one
// millisecond they count up.
func NewIDs(now func() time.Time) func() string {
	var mu sync.Mutex
	var last int64
	var id [16]byte
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		if ms := now().UnixMilli(); ms > last {
			last = ms
			for i := range 6 {
				id[i] = byte(ms >> (8 * (5 - i))) //nolint:gosec // the next eight bits
			}
			rand.Read(id[6:])
		} else {
			for i := len(id) - 1; i >= 0; i-- {
				if id[i]++; id[i] != 0 {
					break
				}
			}
		}
		return idEncoding.EncodeToString(id[:])
	}
}
