package admin

import (
	"math"
	"strconv"
	"strings"
)

// gb is what the program shows as 1 GB everywhere (lang.Size).
const gb = 1e9

// quotaField words an own bound in GB, "" for the school's.
func quotaField(n int64) string {
	if n <= 0 {
		return ""
	}
	return strings.Replace(strconv.FormatFloat(float64(n)/gb, 'f', -1, 64), ".", ",", 1)
}

// readQuota reads a bound in GB; "" is 0, the school's.
func readQuota(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || v <= 0 || v > 100_000 {
		return 0, false
	}
	return int64(math.Round(v * gb)), true
}
