package admin

import (
	"strconv"
	"strings"
)

const gib = 1 << 30

// quotaField words an own bound in GiB, "" for the school's.
func quotaField(n int64) string {
	if n <= 0 {
		return ""
	}
	return strings.Replace(strconv.FormatFloat(float64(n)/gib, 'f', -1, 64), ".", ",", 1)
}

// readQuota reads a bound in GiB; "" is 0, the school's.
func readQuota(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || v <= 0 || v > 100_000 {
		return 0, false
	}
	return int64(v * gib), true
}
