package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/jobs"
	"schulhof/server/internal/killtest"
)

func TestMain(m *testing.M) { killtest.Main(m, child) }

// crashQueue is the queue that parent and child share: each job writes a row.
func crashQueue(ctx context.Context, d *db.DB) (*jobs.Jobs, error) {
	j, err := jobs.New(ctx, jobs.Deps{
		DB: d, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Now: time.Now,
		ID:   func() string { return fmt.Sprintf("%d-%d-%s", time.Now().UnixNano(), os.Getpid(), id()) },
		Poll: 5 * time.Millisecond, Lease: 200 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	j.RegisterTx("write", func(ctx context.Context, tx *db.Tx, payload json.RawMessage) error {
		_, err := tx.Exec(ctx, `INSERT INTO effect (num) VALUES ($1)`, string(payload))
		return err
	}, jobs.Policy{Max: 1000})
	return j, nil
}

// child runs jobs until none is left or it is killed.
func child(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	j, err := crashQueue(ctx, d)
	if err != nil {
		return err
	}
	go func() {
		for left := 1; left > 0 && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if err := d.Get(ctx, &left, `SELECT COUNT(*) FROM job`); err != nil {
				break
			}
		}
		cancel()
	}()
	fmt.Println("ready")
	return j.Run(ctx)
}

func TestKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { killed(t, dbtest.Postgres(t)) })
}

// killed kills the child at random moments until 12 kills fell into the work, and
// counts the effects.
func killed(t *testing.T, dsn string) {
	const perRound, kills = 100, 12
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(t.Context(), `CREATE TABLE effect (num TEXT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	j, err := crashQueue(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	total, cut := 0, 0
	for last, rounds := false, 1; !last; rounds++ {
		if last = cut == kills; rounds > 10*kills {
			t.Fatalf("only %d of %d kills fell into the work", cut, rounds)
		}
		if err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for i := range perRound {
				if err := j.Enqueue(ctx, tx, jobs.Job{Kind: "write", Payload: total + i}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		total += perRound
		before := count(t, d, `SELECT COUNT(*) FROM effect`)
		runChild(t, dsn, !last, func() { // killed once it has done a random number of jobs
			some := rand.IntN(perRound)
			clocktest.Eventually(t, "some jobs", func() bool { return count(t, d, `SELECT COUNT(*) FROM effect`) > before+some })
		})
		if count(t, d, `SELECT COUNT(*) FROM job`) > 0 {
			cut++
		}
	}
	if left := count(t, d, `SELECT COUNT(*) FROM job`); left != 0 {
		t.Errorf("%d of %d jobs are left", left, total)
	}
	if n := count(t, d, `SELECT COUNT(DISTINCT num) FROM effect`); n != total {
		t.Errorf("%d of %d jobs had an effect", n, total)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM effect`); n != total {
		t.Errorf("%d jobs had %d effects", total, n)
	}
}

// runChild starts the child; it kills it after until returns, or waits for its end.
func runChild(t *testing.T, dsn string, kill bool, until func()) {
	t.Helper()
	c := killtest.Start(t, dsn)
	c.Ready(t)
	if kill {
		until()
		c.Kill()
		return
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("the last child: %v", err)
	}
}
