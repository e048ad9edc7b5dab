package db

import "testing"

func TestRewrite(t *testing.T) {
	for in, want := range map[string]string{
		`a = $1 AND b = $12`:               `a = ?1 AND b = ?12`,
		`$2,$1,$2`:                         `?2,?1,?2`,
		`'$1' || $1 || 'it''s $2'`:         `'$1' || ?1 || 'it''s $2'`,
		`"col$1" = $1`:                     `"col$1" = ?1`,
		"a -- $1\n = $1":                   "a -- $1\n = ?1",
		`a /* $1 ' */ = $1`:                `a /* $1 ' */ = ?1`,
		`a = '$1`:                          `a = '$1`,
		`/* $1`:                            `/* $1`,
		`-- $1`:                            `-- $1`,
		`cost $ 1 $0 $`:                    `cost $ 1 $0 $`,
		"":                                 "",
		`"a""$1" = 'ö' AND ü = $3 -- ende`: `"a""$1" = 'ö' AND ü = ?3 -- ende`,
	} {
		if got := rewrite(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if got := numbered(in); got != want {
			t.Errorf("numbered %s\n got %s\nwant %s", in, got, want)
		}
	}
}
