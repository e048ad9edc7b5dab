package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// fresh gives a log of n entries, one a minute.
func fresh(t *testing.T, d *db.DB, n int) *Log {
	t.Helper()
	if err := d.Migrate(t.Context(), "audit", Migrations()); err != nil {
		t.Fatal(err)
	}
	clock := start
	l := New([]byte("a key for the tests"), func() time.Time { clock = clock.Add(time.Minute); return clock })
	for i := range n {
		add(t, d, l, Entry{
			Actor: fmt.Sprintf("p%d", i%3), Action: []string{SignIn, SignInFailed, Lock}[i%3], Subject: fmt.Sprintf("p%d", i%5),
			Detail: map[string]string{"device": "PC 7", "n": strconv.Itoa(i)}, Addr: "10.0.0.1",
		})
	}
	return l
}

func add(t *testing.T, d *db.DB, l *Log, e Entry) {
	t.Helper()
	if err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return l.Append(ctx, tx, e) }); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, d *db.DB, l *Log) (int, *Broken) {
	t.Helper()
	n, bad, err := l.Verify(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return n, bad
}

func TestChainHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 0)
		if n, bad := verify(t, d, l); n != 0 || bad != nil {
			t.Errorf("an empty log: %d, %v", n, bad)
		}
		l = fresh(t, d, 50)
		if n, bad := verify(t, d, l); n != 50 || bad != nil {
			t.Errorf("%d entries, broken %v", n, bad)
		}
		undone := errors.New("undone")
		err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := l.Append(ctx, tx, Entry{Action: Lock}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if n, bad := verify(t, d, l); n != 50 || bad != nil {
			t.Errorf("after an undone transaction: %d entries, broken %v", n, bad)
		}
	})
}

func TestTampering(t *testing.T) {
	changes := map[string]string{
		"seq":     `UPDATE audit SET seq = seq + 1000 WHERE seq = $1`,
		"at":      `UPDATE audit SET at = at + 1 WHERE seq = $1`,
		"actor":   `UPDATE audit SET actor = 'somebody' WHERE seq = $1`,
		"action":  `UPDATE audit SET action = 'nothing' WHERE seq = $1`,
		"subject": `UPDATE audit SET subject = 'somebody' WHERE seq = $1`,
		"detail":  `UPDATE audit SET detail = '{}' WHERE seq = $1`,
		"addr":    `UPDATE audit SET addr = '' WHERE seq = $1`,
		"prev":    `UPDATE audit SET prev = 'x' WHERE seq = $1`,
		"hash":    `UPDATE audit SET hash = '00' WHERE seq = $1`,
		"removal": `DELETE FROM audit WHERE seq = $1`,
		"moved":   `UPDATE audit SET actor = '', subject = actor || subject WHERE seq = $1`,
	}
	heads := map[string]string{
		"head seq":   `UPDATE audit_head SET seq = seq - 1`,
		"head hash":  `UPDATE audit_head SET hash = 'x'`,
		"first seq":  `UPDATE audit_head SET first_seq = first_seq + 1`,
		"first prev": `UPDATE audit_head SET first_prev = 'x'`,
		"mac":        `UPDATE audit_head SET mac = ''`,
		"end cut":    `UPDATE audit_head SET seq = 29, hash = (SELECT prev FROM audit WHERE seq = 30)`,
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 30)
		for name, change := range changes {
			for _, seq := range []int64{1, 2 + rand.Int64N(27), 30} {
				inside(t, d, func(ctx context.Context, tx *db.Tx) {
					if n, err := tx.Exec(ctx, change, seq); err != nil || n != 1 {
						t.Fatalf("%s: %d, %v", name, n, err)
					}
					n, bad, err := l.Verify(ctx, tx)
					if err != nil || bad == nil || bad.Seq != seq || int64(n) != seq-1 {
						t.Errorf("%s of %d: %d hold, broken %+v, %v", name, seq, n, bad, err)
					}
				})
			}
		}
		for name, change := range heads {
			inside(t, d, func(ctx context.Context, tx *db.Tx) {
				if _, err := tx.Exec(ctx, change); err != nil {
					t.Fatal(err)
				}
				if _, bad, err := l.Verify(ctx, tx); err != nil || bad == nil || bad.Why != WhyHead {
					t.Errorf("%s: broken %+v, %v", name, bad, err)
				}
			})
		}
		inside(t, d, func(ctx context.Context, tx *db.Tx) { // two change places
			for _, change := range []string{
				`UPDATE audit SET seq = 1000 WHERE seq = 7`, `UPDATE audit SET seq = 7 WHERE seq = 8`, `UPDATE audit SET seq = 8 WHERE seq = 1000`,
			} {
				if _, err := tx.Exec(ctx, change); err != nil {
					t.Fatal(err)
				}
			}
			if _, bad, err := l.Verify(ctx, tx); err != nil || bad == nil || bad.Seq != 7 {
				t.Errorf("reorder: %+v, %v", bad, err)
			}
		})
		inside(t, d, func(ctx context.Context, tx *db.Tx) { // made anew by one who has no key
			other := New(nil, l.now)
			if _, err := tx.Exec(ctx, `DELETE FROM audit WHERE seq = 30`); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, `UPDATE audit_head SET seq = 29, hash = (SELECT hash FROM audit WHERE seq = 29)`); err != nil {
				t.Fatal(err)
			}
			if err := other.Append(ctx, tx, Entry{Action: SignIn}); err != nil {
				t.Fatal(err)
			}
			if _, bad, err := l.Verify(ctx, tx); err != nil || bad == nil {
				t.Errorf("forged: %+v, %v", bad, err)
			}
		})
		if n, bad := verify(t, d, l); n != 30 || bad != nil {
			t.Errorf("after all undone: %d, %v", n, bad)
		}
	})
}

// inside runs fn in a transaction that is undone.
func inside(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx)) {
	t.Helper()
	undone := errors.New("undone")
	err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error { fn(ctx, tx); return undone })
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
}

func TestPrune(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 20)
		prune := func(before time.Time, want int64) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				n, err := l.Prune(ctx, tx, before)
				if n != want {
					t.Errorf("%d removed, want %d", n, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		prune(start, 0)
		prune(start.Add(8*time.Minute), 7)
		prune(start.Add(8*time.Minute), 0)
		if n, bad := verify(t, d, l); n != 13 || bad != nil {
			t.Errorf("%d entries, broken %v", n, bad)
		}
		inside(t, d, func(ctx context.Context, tx *db.Tx) {
			if _, err := tx.Exec(ctx, `DELETE FROM audit WHERE seq = 8`); err != nil {
				t.Fatal(err)
			}
			if _, bad, err := l.Verify(ctx, tx); err != nil || bad == nil || bad.Seq != 8 || bad.Why != WhyMissing {
				t.Errorf("first after the anchor removed: %+v, %v", bad, err)
			}
		})
		inside(t, d, func(ctx context.Context, tx *db.Tx) {
			if _, err := tx.Exec(ctx, `INSERT INTO audit SELECT 3, at, actor, action, subject, detail, addr, prev, hash FROM audit WHERE seq = 9`); err != nil {
				t.Fatal(err)
			}
			if _, bad, err := l.Verify(ctx, tx); err != nil || bad == nil || bad.Seq != 3 || bad.Why != WhyExtra {
				t.Errorf("one put in before the anchor: %+v, %v", bad, err)
			}
		})
		add(t, d, l, Entry{Action: LogPrune})
		prune(start.Add(time.Hour), 14)
		if n, bad := verify(t, d, l); n != 0 || bad != nil {
			t.Errorf("all removed: %d entries, broken %v", n, bad)
		}
		add(t, d, l, Entry{Action: SignIn})
		if n, bad := verify(t, d, l); n != 1 || bad != nil {
			t.Errorf("one after all removed: %d entries, broken %v", n, bad)
		}
		entries, err := l.Read(t.Context(), d, Filter{})
		if err != nil || len(entries) != 1 || entries[0].Seq != 22 {
			t.Errorf("%+v, %v", entries, err)
		}
	})
}

func TestRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 30)
		count := func(f Filter) int {
			entries, err := l.Read(t.Context(), d, f)
			if err != nil {
				t.Fatal(err)
			}
			return len(entries)
		}
		for _, test := range []struct {
			name string
			f    Filter
			want int
		}{
			{"all", Filter{}, 30},
			{"actor", Filter{Actor: "p1"}, 10},
			{"subject", Filter{Subject: "p4"}, 6},
			{"person", Filter{Person: "p1"}, 14},
			{"action", Filter{Action: Lock}, 10},
			{"actor and action", Filter{Actor: "p1", Action: Lock}, 0},
			{"since", Filter{Since: start.Add(21 * time.Minute)}, 10},
			{"until", Filter{Until: start.Add(21 * time.Minute)}, 20},
			{"page", Filter{Before: 6}, 5},
			{"limit", Filter{Limit: 3}, 3},
			{"a quote", Filter{Actor: "' OR ''='"}, 0},
		} {
			if got := count(test.f); got != test.want {
				t.Errorf("%s: %d entries, want %d", test.name, got, test.want)
			}
		}
		entries, err := l.Read(t.Context(), d, Filter{Limit: 1})
		if err != nil || entries[0].Seq != 30 || entries[0].Detail["n"] != "29" || !entries[0].At.Equal(start.Add(30*time.Minute)) {
			t.Errorf("%+v, %v", entries, err)
		}
	})
}

func TestOddTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 0)
		many := map[string]string{"zero": "a\x00b\xff", "long": strings.Repeat("ä", 10_000)}
		for i := range 100 {
			many[strconv.Itoa(i)] = "x"
		}
		add(t, d, l, Entry{Actor: "a\x00\xffb", Action: strings.Repeat("x", 1000), Addr: "\u202e", Detail: many})
		if n, bad := verify(t, d, l); n != 1 || bad != nil {
			t.Errorf("%d, %v", n, bad)
		}
		entries, err := l.Read(t.Context(), d, Filter{})
		if err != nil || entries[0].Actor != "a\ufffd\ufffdb" || len([]rune(entries[0].Action)) != maxField || len(entries[0].Detail) != maxDetail {
			t.Errorf("%+v, %v", entries, err)
		}
	})
}

func TestAtTheSameTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := fresh(t, d, 0)
		l.now = func() time.Time { return start }
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 20 {
					err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						return l.Append(ctx, tx, Entry{Actor: strconv.Itoa(i), Action: SignIn, Subject: strconv.Itoa(j)})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 5 {
			if _, bad := verify(t, d, l); bad != nil {
				t.Errorf("while others write: %+v", bad)
			}
		}
		wg.Wait()
		if n, bad := verify(t, d, l); n != 160 || bad != nil {
			t.Errorf("%d, %+v", n, bad)
		}
	})
}
