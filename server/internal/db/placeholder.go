package db

import (
	"strings"
	"sync"
	"sync/atomic"
)

var (
	rewritten      sync.Map // query as written -> query for SQLite
	rewrittenCount atomic.Int64
)

// numbered gives the query with $n as ?n. SQLite knows $n as a name and numbers
// names by first appearance, ?n it takes by number.
func numbered(query string) string {
	if q, ok := rewritten.Load(query); ok {
		return q.(string)
	}
	q := rewrite(query)
	if rewrittenCount.Load() < maxStmts {
		rewrittenCount.Add(1)
		rewritten.Store(query, q)
	}
	return q
}

// rewrite replaces $n by ?n outside of strings, quoted names and comments.
func rewrite(query string) string {
	var b strings.Builder
	b.Grow(len(query))
	for i := 0; i < len(query); {
		n := literal(query[i:])
		switch {
		case n > 0:
			b.WriteString(query[i : i+n])
			i += n
		case query[i] == '$' && i+1 < len(query) && query[i+1] >= '1' && query[i+1] <= '9':
			b.WriteByte('?')
			i++
		default:
			b.WriteByte(query[i])
			i++
		}
	}
	return b.String()
}

// literal says how many bytes at the start of s are a string, a quoted name or a comment.
func literal(s string) int {
	var end string
	switch {
	case s[0] == '\'', s[0] == '"':
		end = s[:1] // a doubled quote ends one literal and begins the next
	case strings.HasPrefix(s, "--"):
		end = "\n"
	case strings.HasPrefix(s, "/*"):
		end = "*/"
	default:
		return 0
	}
	skip := len(end)
	if end == "\n" {
		skip = 2
	}
	if i := strings.Index(s[skip:], end); i >= 0 {
		return skip + i + len(end)
	}
	return len(s)
}
