package db_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/killtest"
)

func TestMain(m *testing.M) { killtest.Main(m, writeForever) }

// writeForever names on standard output every row that was acknowledged.
func writeForever(dsn string) error {
	d, err := db.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now().UnixNano()
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", start, w, i)
				err := d.Tx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					for half := range 2 { // both or none
						if _, err := tx.Exec(ctx, `INSERT INTO thing (id, num, note) VALUES ($1, $2, $3)`,
							fmt.Sprint(id, "-", half), start+int64(w*1_000_000+2*i+half), strings.Repeat("x", 300)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return nil
}

func TestKilled(t *testing.T) {
	dsn := dbtest.SQLite(t)
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	total := 0
	for range rounds {
		acknowledged := killtest.Start(t, dsn).Lines(t, 100+total%97)
		total += len(acknowledged)
		if d, err = db.Open(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		for _, id := range acknowledged {
			var n int
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM thing WHERE id IN ($1, $2)`, id+"-0", id+"-1"); err != nil || n != 2 {
				t.Fatalf("row %s was acknowledged, %d of 2 are there: %v", id, n, err)
			}
		}
		var odd int
		if err := d.Get(t.Context(), &odd, `SELECT COUNT(*) % 2 FROM thing`); err != nil || odd != 0 {
			t.Fatalf("half a transaction is there: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged transactions, none lost", total)
}
