package dav

import "strings"

// MaxIf is the longest If header that is read.
const MaxIf = 16 << 10

// A Condition of an If header: a state token or an entity tag, perhaps negated.
type Condition struct {
	Not   bool
	Token string // a state token, without its angle brackets
	ETag  string // an entity tag with its quotes
}

// A List of conditions holds when all of them do. Href is the tag of a tagged
// list as the client wrote it, "" for the resource of the request.
type List struct {
	Href       string
	Conditions []Condition
}

// ParseIf reads an If header (RFC 4918, 10.4). An empty one gives no lists; one
// that does not follow the grammar is refused with 400.
func ParseIf(header string) ([]List, error) {
	s := strings.TrimSpace(header)
	if len(s) > MaxIf {
		return nil, errHeader
	}
	var lists []List
	href, tagged := "", false
	for s != "" {
		switch s[0] {
		case '<':
			if !tagged && len(lists) > 0 {
				return nil, errHeader // tagged and untagged lists do not mix
			}
			tag, rest, ok := strings.Cut(s[1:], ">")
			rest = strings.TrimSpace(rest)
			if !ok || tag == "" || !strings.HasPrefix(rest, "(") {
				return nil, errHeader
			}
			href, tagged, s = tag, true, rest
		case '(':
			conditions, rest, err := parseList(s[1:])
			if err != nil {
				return nil, err
			}
			lists = append(lists, List{Href: href, Conditions: conditions})
			s = strings.TrimSpace(rest)
		default:
			return nil, errHeader
		}
	}
	return lists, nil
}

func parseList(s string) ([]Condition, string, error) {
	var conditions []Condition
	for {
		s = strings.TrimSpace(s)
		if rest, ok := strings.CutPrefix(s, ")"); ok {
			if len(conditions) == 0 {
				return nil, "", errHeader
			}
			return conditions, rest, nil
		}
		var c Condition
		if rest, ok := cutPrefixFold(s, "Not"); ok {
			c.Not, s = true, strings.TrimSpace(rest)
		}
		if s == "" {
			return nil, "", errHeader
		}
		var ok bool
		switch s[0] {
		case '<':
			c.Token, s, ok = strings.Cut(s[1:], ">")
			ok = ok && c.Token != ""
		case '[':
			c.ETag, s, ok = strings.Cut(s[1:], "]")
			c.ETag = strings.TrimSpace(c.ETag)
			bare := strings.TrimPrefix(c.ETag, "W/")
			ok = ok && len(bare) >= 2 && bare[0] == '"' && bare[len(bare)-1] == '"'
		}
		if !ok {
			return nil, "", errHeader
		}
		conditions = append(conditions, c)
	}
}

// Tokens returns every state token that the lists name: naming one submits it
// (RFC 4918, 10.4.1), even in a condition that does not hold.
func Tokens(lists []List) []string {
	var tokens []string
	for _, l := range lists {
		for _, c := range l.Conditions {
			if c.Token != "" {
				tokens = append(tokens, c.Token)
			}
		}
	}
	return tokens
}

// State is what the conditions of an If header are compared with.
type State struct {
	ETag   string // "" when the resource does not exist
	Tokens []string
}

// Holds evaluates the lists: one of them must hold. No lists always hold.
// state is asked for each href that occurs ("" is the request's own resource).
func Holds(lists []List, state func(href string) (State, error)) (bool, error) {
	if len(lists) == 0 {
		return true, nil
	}
	known := map[string]State{}
	for _, l := range lists {
		s, ok := known[l.Href]
		if !ok {
			var err error
			if s, err = state(l.Href); err != nil {
				return false, err
			}
			known[l.Href] = s
		}
		if l.holds(s) {
			return true, nil
		}
	}
	return false, nil
}

func (l List) holds(s State) bool {
	for _, c := range l.Conditions {
		is := false
		if c.Token != "" {
			for _, t := range s.Tokens {
				is = is || t == c.Token
			}
		} else {
			is = s.ETag != "" && c.ETag == s.ETag
		}
		if is == c.Not {
			return false
		}
	}
	return true
}
