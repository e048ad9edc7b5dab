package dav

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Depth is the value of a Depth header.
type Depth int

// The depths of RFC 4918.
const (
	DepthZero     Depth = 0
	DepthOne      Depth = 1
	DepthInfinity Depth = 2
)

var errHeader = &RefusalError{
	Status: 400, Reason: "header",
	German:  "Die Anfrage hat eine Kopfzeile, die keinen Sinn ergibt.",
	English: "The request has a header that makes no sense.",
}

// ParseDepth reads the Depth header; without one it is def.
func ParseDepth(h http.Header, def Depth) (Depth, error) {
	switch v := strings.TrimSpace(h.Get("Depth")); {
	case v == "":
		return def, nil
	case v == "0":
		return DepthZero, nil
	case v == "1":
		return DepthOne, nil
	case strings.EqualFold(v, "infinity"):
		return DepthInfinity, nil
	}
	return 0, errHeader
}

// ParseOverwrite reads the Overwrite header, which is true when absent (RFC 4918, 10.6).
func ParseOverwrite(h http.Header) (bool, error) {
	switch v := strings.TrimSpace(h.Get("Overwrite")); {
	case v == "", strings.EqualFold(v, "T"):
		return true, nil
	case strings.EqualFold(v, "F"):
		return false, nil
	}
	return false, errHeader
}

// MaxLock is the longest life of a lock; a client that lives longer refreshes it.
const MaxLock = 24 * time.Hour

// ParseTimeout reads the Timeout header: the first value that makes sense, cut
// to MaxLock, which is also the default.
func ParseTimeout(h http.Header) time.Duration {
	for v := range strings.SplitSeq(h.Get("Timeout"), ",") {
		if s, ok := cutPrefixFold(strings.TrimSpace(v), "Second-"); ok {
			n, err := strconv.ParseInt(s, 10, 64)
			if err == nil && n > 0 && n < int64(MaxLock/time.Second) {
				return time.Duration(n) * time.Second
			}
		}
	}
	return MaxLock
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// ParseLockToken reads the coded URL of a Lock-Token header.
func ParseLockToken(h http.Header) (string, error) {
	v := strings.TrimSpace(h.Get("Lock-Token"))
	if len(v) < 3 || len(v) > 300 || v[0] != '<' || v[len(v)-1] != '>' {
		return "", errHeader
	}
	return v[1 : len(v)-1], nil
}

var errOtherHost = &RefusalError{
	Status: 502, Reason: "other-server",
	German:  "Das Ziel liegt auf einem anderen Server.",
	English: "The destination lies on another server.",
}

// ParseDestination reads the Destination header: an absolute URL of this host or
// an absolute path. A URL of another host is refused with 502.
func ParseDestination(r *http.Request) ([]string, error) {
	u, err := SameHost(r, r.Header.Get("Destination"))
	if err != nil {
		return nil, err
	}
	return ParsePath(u.EscapedPath())
}

// SameHost parses a URL that must be a path or name the host that was asked.
func SameHost(r *http.Request, raw string) (*url.URL, error) {
	if raw == "" || len(raw) > 4*MaxPath {
		return nil, errHeader
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return nil, errHeader
	}
	if u.Host != "" && !strings.EqualFold(bareHost(u.Host), bareHost(r.Host)) {
		return nil, errOtherHost
	}
	if u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return nil, errOtherHost
	}
	if u.Host == "" && strings.HasPrefix(raw, "//") {
		return nil, errHeader
	}
	return u, nil
}

// bareHost drops the default ports, which one side may name and the other not.
func bareHost(host string) string {
	return strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
}

// ParseMtime reads X-OC-Mtime: seconds since 1970, perhaps with a fraction.
// The bool says whether there was one that makes sense.
func ParseMtime(h http.Header) (time.Time, bool) {
	v := strings.TrimSpace(h.Get("X-OC-Mtime"))
	if v == "" {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 253402300799 {
		return time.Time{}, false
	}
	whole, frac := math.Modf(f)
	return time.Unix(int64(whole), int64(frac*1e9)), true
}

// ParseWin32Time reads the value of one of Windows' time properties.
func ParseWin32Time(v string) (time.Time, bool) {
	for _, layout := range []string{http.TimeFormat, time.RFC1123, time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(v)); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t, true
		}
	}
	return time.Time{}, false
}

// Checksums are the sums that a client claims for a body; empty = not claimed.
type Checksums struct{ SHA256, SHA1, MD5 string }

// ParseChecksum reads OC-Checksum ("SHA256:hex", several separated by spaces).
// Kinds that are not known are passed over; a known one with a bad value is refused.
func ParseChecksum(h http.Header) (Checksums, error) {
	var c Checksums
	for part := range strings.FieldsSeq(h.Get("OC-Checksum")) {
		kind, sum, ok := strings.Cut(part, ":")
		sum = strings.ToLower(sum)
		if !ok {
			return c, errHeader
		}
		var into *string
		var size int
		switch strings.ToUpper(kind) {
		case "SHA256":
			into, size = &c.SHA256, 64
		case "SHA1":
			into, size = &c.SHA1, 40
		case "MD5":
			into, size = &c.MD5, 32
		default:
			continue
		}
		if len(sum) != size || strings.Trim(sum, "0123456789abcdef") != "" {
			return c, errHeader
		}
		*into = sum
	}
	return c, nil
}

// Match evaluates If-Match and If-None-Match (RFC 9110, 13.1) for a method that
// writes. etag is "" when the resource does not exist. False means 412.
func Match(h http.Header, etag string) bool {
	if v := h.Values("If-Match"); len(v) > 0 && !anyTag(v, etag, false) {
		return false
	}
	if v := h.Values("If-None-Match"); len(v) > 0 && anyTag(v, etag, true) {
		return false
	}
	return true
}

func anyTag(values []string, etag string, weak bool) bool {
	if etag == "" {
		return false
	}
	for _, value := range values {
		for tag := range strings.SplitSeq(value, ",") {
			tag = strings.TrimSpace(tag)
			if weak {
				tag = strings.TrimPrefix(tag, "W/")
			}
			if tag == "*" || tag == etag {
				return true
			}
		}
	}
	return false
}
