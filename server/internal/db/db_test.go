package db_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
)

//go:embed testdata
var testdata embed.FS

type row struct {
	ID   string `db:"id"`
	Num  int64  `db:"num"`
	Note string `db:"note"`
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		fn(t, d)
	})
}

func migrate(t *testing.T, d *db.DB) {
	t.Helper()
	sub, err := fs.Sub(testdata, "testdata")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		if err := d.Migrate(t.Context(), "test", sub); err != nil {
			t.Fatal(err)
		}
	}
}

func count(t *testing.T, c db.Conn) int {
	t.Helper()
	var n int
	if err := c.Get(t.Context(), &n, `SELECT COUNT(*) FROM thing`); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRows(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := range 3 {
				// Out of order and twice: placeholders go by number.
				n, err := tx.Exec(ctx, `INSERT INTO thing (num, id, note) VALUES ($2, $1, 'costs $1 -- ' || $3 || $1)`,
					fmt.Sprint("id", i), int64(i), "n")
				if err != nil || n != 1 {
					return fmt.Errorf("inserted %d: %w", n, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var r row
		if err := d.Get(ctx, &r, `SELECT id, num, note FROM thing WHERE num = $2 AND id = $1 /* $3 */`, "id1", 1); err != nil {
			t.Fatal(err)
		}
		if want := (row{"id1", 1, "costs $1 -- nid1"}); r != want {
			t.Errorf("got %+v, want %+v", r, want)
		}
		var all []row
		if err := d.Select(ctx, &all, `SELECT id, num, note FROM thing ORDER BY num`); err != nil || len(all) != 3 {
			t.Errorf("select: %d rows, %v", len(all), err)
		}
		if err := d.Get(ctx, &r, `SELECT id, num, note FROM thing WHERE id = $1`, "nobody"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("missing row: %v", err)
		}
		if _, err := d.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ($1, 9, '')`, "id1"); !errors.Is(err, db.ErrExists) {
			t.Errorf("second id1: %v", err)
		}
		if _, err := d.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ($1, 2, '')`, "other"); !errors.Is(err, db.ErrExists) {
			t.Errorf("second num 2: %v", err)
		}
		var num int64
		err = d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.Get(ctx, &num, `UPDATE thing SET num = num + 10 WHERE id = $1 RETURNING num`, "id2")
		})
		if err != nil || num != 12 {
			t.Errorf("returning: %d, %v", num, err)
		}
	})
}

func TestQueryInsideRows(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for i := range 4 {
			if _, err := d.Exec(t.Context(), `INSERT INTO thing (id, num, note) VALUES ($1, $2, '')`, strconv.Itoa(i), i); err != nil {
				t.Fatal(err)
			}
		}
		const q = `SELECT num FROM thing WHERE num > $1 ORDER BY num`
		outer, err := d.Query(t.Context(), q, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer outer.Close()
		seen := 0
		for outer.Next() {
			var n int64
			if err := outer.Scan(&n); err != nil {
				t.Fatal(err)
			}
			var inner []int64
			if err := d.Select(t.Context(), &inner, q, n); err != nil || int64(len(inner)) != 3-n {
				t.Errorf("after %d: %v, %v", n, inner, err)
			}
			seen++
		}
		if seen != 3 || outer.Err() != nil {
			t.Errorf("saw %d rows, %v", seen, outer.Err())
		}
	})
}

func TestBadFunctionsRollBackAlone(t *testing.T) {
	errBad := errors.New("bad")
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := range 30 {
					kind := i % 5
					var caught any
					err := func() (err error) {
						defer func() { caught = recover() }()
						return d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
							if _, err := tx.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ($1, $2, $3)`,
								fmt.Sprintf("%d-%d", w, i), w*1000+i, strconv.Itoa(kind)); err != nil {
								return err
							}
							switch kind {
							case 1:
								return errBad
							case 2:
								panic("ouch")
							case 3:
								_, err := tx.Exec(ctx, `INSERT INTO nowhere VALUES (1)`)
								return err
							}
							return nil
						})
					}()
					var ok bool
					switch kind {
					case 1:
						ok = errors.Is(err, errBad)
					case 2:
						ok = caught == "ouch"
					case 3:
						ok = err != nil
					default:
						ok = err == nil
					}
					if !ok || (caught != nil) != (kind == 2) {
						t.Errorf("kind %d: error %v, panic %v", kind, err, caught)
					}
				}
			})
		}
		wg.Wait()
		var kinds []string
		if err := d.Select(t.Context(), &kinds, `SELECT DISTINCT note FROM thing ORDER BY note`); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(kinds, ","); got != "0,4" || count(t, d) != 8*12 {
			t.Errorf("kinds %s, %d rows, want 0,4 and %d rows", got, count(t, d), 8*12)
		}
	})
}

func TestContexts(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		ran := false
		insert := func(ctx context.Context, tx *db.Tx) error {
			ran = true
			_, err := tx.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ('a', 1, '')`)
			return err
		}
		cancel()
		if err := d.Tx(ctx, insert); !errors.Is(err, context.Canceled) || ran {
			t.Errorf("cancelled before the start: ran %v, %v", ran, err)
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := insert(ctx, tx); err != nil {
				return err
			}
			return d.Tx(ctx, insert)
		})
		if err == nil || count(t, d) != 0 {
			t.Errorf("nested transaction: %v, %d rows", err, count(t, d))
		}
		if err := d.Tx(t.Context(), insert); err != nil || count(t, d) != 1 {
			t.Errorf("afterwards: %v, %d rows", err, count(t, d))
		}
	})
}

func TestReadersWrite(t *testing.T) {
	d, err := db.Open(t.Context(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	migrate(t, d)
	rows, err := d.Query(t.Context(), `INSERT INTO thing (id, num, note) VALUES ('a', 1, '') RETURNING id`)
	if err == nil {
		rows.Next()
		err = rows.Err()
		rows.Close()
	}
	if err == nil || count(t, d) != 0 {
		t.Errorf("a reader wrote: %v, %d rows", err, count(t, d))
	}
}

// A test that fails inside of a transaction ends the goroutine it runs on.
func TestGoexit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect() == db.Postgres {
			t.Skip("functions run in the caller's goroutine")
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ('a', 1, '')`); err != nil {
				return err
			}
			t.SkipNow()
			return nil
		})
		if err == nil || count(t, d) != 0 {
			t.Errorf("ended goroutine: %v, %d rows", err, count(t, d))
		}
		if _, err := d.Exec(t.Context(), `INSERT INTO thing (id, num, note) VALUES ('b', 2, '')`); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseFinishes(t *testing.T) {
	dsn := dbtest.SQLite(t)
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, d)
	var wg sync.WaitGroup
	var mu sync.Mutex
	yes := 0
	started := make(chan struct{}, 1)
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				if _, err := d.Exec(context.Background(), `INSERT INTO thing (id, num, note) VALUES ($1, $2, '')`, fmt.Sprintf("%d-%d", w, i), w*1_000_000+i); err != nil {
					return
				}
				mu.Lock()
				yes++
				mu.Unlock()
				select {
				case started <- struct{}{}:
				default:
				}
			}
		})
	}
	<-started
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if d, err = db.Open(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if n := count(t, d); n != yes {
		t.Errorf("%d rows, %d acknowledged", n, yes)
	}
}

// TestCloseLeavesOneFile: what was written stands in the file itself, so that it can
// be copied, and nothing holds it open.
func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(dir, "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, d)
	if _, err := d.Exec(t.Context(), "CREATE TABLE other (id TEXT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	if count(t, d) != 0 {
		t.Error("there are rows")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("after the end: %v, %v", entries, err)
	}
}

func TestPostgresRetries(t *testing.T) {
	d, err := db.Open(t.Context(), dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	migrate(t, d)
	for i := range 2 {
		if _, err := d.Exec(t.Context(), `INSERT INTO thing (id, num, note) VALUES ($1, $2, '')`, strconv.Itoa(i), i); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	var meet sync.WaitGroup
	meet.Add(2)
	for me := range 2 {
		first := true
		wg.Go(func() {
			err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE thing SET note = note || 'x' WHERE id = $1`, strconv.Itoa(me)); err != nil {
					return err
				}
				if first { // both hold one row and want the other's: a deadlock
					first = false
					meet.Done()
					meet.Wait()
				}
				_, err := tx.Exec(ctx, `UPDATE thing SET note = note || 'x' WHERE id = $1`, strconv.Itoa(1-me))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var notes []string
	if err := d.Select(t.Context(), &notes, `SELECT note FROM thing`); err != nil || strings.Join(notes, ",") != "xx,xx" {
		t.Errorf("notes %v, %v", notes, err)
	}
}

func TestBadAddresses(t *testing.T) {
	for _, dsn := range []string{"", "mysql://u:geheim@h/x", "sqlite:/nowhere/at/all.db", "postgres://u:geheim@127.0.0.1:1/x"} {
		d, err := db.Open(t.Context(), dsn)
		if err == nil {
			d.Close()
			t.Errorf("%q opened", dsn)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: the error tells the password: %v", dsn, err)
		}
	}
}

// TestTextThatCannotBeKept: what only SQLite takes is an error with a name on PostgreSQL.
func TestTextThatCannotBeKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if d.Dialect() == db.SQLite {
			return
		}
		for _, bad := range []string{"a\x00b", "a\xffb"} {
			var got string
			if err := d.Get(ctx, &got, `SELECT CAST($1 AS TEXT)`, bad); !errors.Is(err, db.ErrText) {
				t.Errorf("get %q: %v", bad, err)
			}
			err := d.Tx(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `CREATE TABLE never AS SELECT CAST($1 AS TEXT) AS t`, bad)
				return err
			})
			if !errors.Is(err, db.ErrText) {
				t.Errorf("exec %q: %v", bad, err)
			}
		}
	})
}
