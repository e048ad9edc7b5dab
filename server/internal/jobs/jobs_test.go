package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/jobs"
)

var ids atomic.Int64

func id() string { return fmt.Sprintf("%020d", ids.Add(1)) }

// queue returns a queue on d with the test's clock.
func queue(t *testing.T, d *db.DB, c *clocktest.Clock) *jobs.Jobs {
	t.Helper()
	j, err := jobs.New(t.Context(), jobs.Deps{
		DB: d, Log: slog.New(slog.DiscardHandler), Now: c.Now, ID: id, Poll: 5 * time.Millisecond, Grace: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// run runs the queue until the test ends or stop is called, which waits.
func run(t *testing.T, j *jobs.Jobs) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- j.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func enqueue(t *testing.T, d *db.DB, j *jobs.Jobs, job jobs.Job) {
	t.Helper()
	if err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return j.Enqueue(ctx, tx, job) }); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.Get(t.Context(), &n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRunsWhatIsDue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clocktest.New()
		j := queue(t, d, c)
		var mu sync.Mutex
		var got []string
		j.Register("say", func(_ context.Context, payload json.RawMessage) error {
			var word string
			if err := json.Unmarshal(payload, &word); err != nil {
				return err
			}
			mu.Lock()
			got = append(got, word)
			mu.Unlock()
			return nil
		}, jobs.Policy{})
		enqueue(t, d, j, jobs.Job{Kind: "say", Payload: "now"})
		enqueue(t, d, j, jobs.Job{Kind: "say", Payload: "later", Due: c.Now().Add(time.Hour)})
		enqueue(t, d, j, jobs.Job{Kind: "unknown", Payload: "kept"})
		undone := errors.New("undone")
		if err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := j.Enqueue(ctx, tx, jobs.Job{Kind: "say", Payload: "never"}); err != nil {
				return err
			}
			return undone
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		run(t, j)
		said := func() string {
			mu.Lock()
			defer mu.Unlock()
			return strings.Join(got, " ")
		}
		clocktest.Eventually(t, "the first job", func() bool { return said() == "now" })
		time.Sleep(50 * time.Millisecond)
		if said() != "now" {
			t.Fatalf("said %q before its time", said())
		}
		// Before its end is written, an hour would also end the first job's lease.
		clocktest.Eventually(t, "the end of the first job", func() bool { return count(t, d, `SELECT COUNT(*) FROM job`) == 2 })
		c.Advance(time.Hour)
		clocktest.Eventually(t, "the second job", func() bool { return said() == "now later" })
		clocktest.Eventually(t, "only the unknown kind to be left", func() bool { return count(t, d, `SELECT COUNT(*) FROM job`) == 1 })
	})
}

func TestKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clocktest.New()
		j := queue(t, d, c)
		began, goOn := make(chan string, 10), make(chan struct{})
		j.Register("slow", func(_ context.Context, payload json.RawMessage) error {
			began <- string(payload)
			<-goOn
			return nil
		}, jobs.Policy{})
		enqueue(t, d, j, jobs.Job{Kind: "slow", Key: "a", Payload: 1, Due: c.Now().Add(time.Hour)})
		enqueue(t, d, j, jobs.Job{Kind: "slow", Key: "a", Payload: 2})
		enqueue(t, d, j, jobs.Job{Kind: "slow", Key: "gone", Payload: 3, Due: c.Now().Add(time.Minute)})
		if err := j.Cancel(t.Context(), d, "slow", "gone"); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM job`); n != 1 {
			t.Fatalf("%d jobs, want 1", n)
		}
		run(t, j)
		if got := <-began; got != "2" {
			t.Fatalf("ran %s, want the newer payload", got)
		}
		enqueue(t, d, j, jobs.Job{Kind: "slow", Key: "a", Payload: 4}) // while it runs
		time.Sleep(30 * time.Millisecond)
		select {
		case got := <-began:
			t.Fatalf("%s began beside the one under way", got)
		default:
		}
		close(goOn)
		if got := <-began; got != "4" {
			t.Fatalf("ran %s, want what was enqueued meanwhile", got)
		}
		clocktest.Eventually(t, "an empty table", func() bool { return count(t, d, `SELECT COUNT(*) FROM job`) == 0 })
	})
}

func TestFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clocktest.New()
		j := queue(t, d, c)
		var tries atomic.Int64
		var mended atomic.Bool
		j.RegisterTx("bad", func(ctx context.Context, tx *db.Tx, _ json.RawMessage) error {
			if _, err := tx.Exec(ctx, `UPDATE job SET payload = 'undone' WHERE kind = 'witness'`); err != nil {
				return err
			}
			switch {
			case mended.Load():
				return nil
			case tries.Add(1) == 2:
				panic("second")
			}
			return errors.New("no \x00 luck \xff")
		}, jobs.Policy{Max: 3, Backoff: func(attempt int) time.Duration { return time.Duration(attempt) * time.Minute }})
		enqueue(t, d, j, jobs.Job{Kind: "witness"})
		enqueue(t, d, j, jobs.Job{Kind: "bad", Key: "k"})
		run(t, j)
		for try := range int64(3) {
			clocktest.Eventually(t, "a failed try", func() bool {
				return count(t, d, `SELECT COUNT(*) FROM job WHERE kind = 'bad' AND attempts = $1 AND locked_until = 0`, try+1) == 1
			})
			time.Sleep(30 * time.Millisecond)
			if n := tries.Load(); n != try+1 {
				t.Fatalf("%d tries before the wait is over, want %d", n, try+1)
			}
			c.Advance(time.Duration(try+1) * time.Minute)
		}
		c.Advance(24 * time.Hour)
		time.Sleep(30 * time.Millisecond)
		all, err := j.Failures(t.Context())
		if err != nil || len(all) != 1 || all[0].Attempts != 3 || !strings.Contains(all[0].LastError, "luck") || tries.Load() != 3 {
			t.Fatalf("failures %+v after %d tries: %v", all, tries.Load(), err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM job WHERE payload = 'undone'`); n != 0 {
			t.Fatal("a failed job's writes stayed")
		}
		mended.Store(true)
		if err := j.Retry(t.Context(), all[0].ID); err != nil {
			t.Fatal(err)
		}
		clocktest.Eventually(t, "the mended job to end", func() bool { return count(t, d, `SELECT COUNT(*) FROM job WHERE kind = 'bad'`) == 0 })
		if err := j.Retry(t.Context(), all[0].ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("retry of nothing: %v", err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM job WHERE payload = 'undone'`); n != 1 {
			t.Error("the mended job's writes are missing")
		}
	})
}

func TestEvery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clocktest.New()
		j := queue(t, d, c)
		var runs atomic.Int64
		j.Register("tidy", func(context.Context, json.RawMessage) error {
			if runs.Add(1) == 2 {
				return errors.New("not now")
			}
			return nil
		}, jobs.Policy{Max: 1})
		j.Every("tidy", time.Hour)
		stop := run(t, j)
		for turn := range int64(4) { // the second fails for good and is followed by a third nevertheless
			clocktest.Eventually(t, "a turn", func() bool {
				return runs.Load() == turn+1 && count(t, d, `SELECT COUNT(*) FROM job WHERE locked_until = 0 AND failed = 0`) == 1
			})
			time.Sleep(20 * time.Millisecond)
			if runs.Load() != turn+1 {
				t.Fatal("ran before its time")
			}
			c.Advance(time.Hour)
		}
		clocktest.Eventually(t, "the fifth turn", func() bool { return runs.Load() == 5 })
		stop()
		again := queue(t, d, c)
		again.Register("tidy", func(context.Context, json.RawMessage) error { runs.Add(1); return nil }, jobs.Policy{})
		again.Every("tidy", time.Hour)
		looked := make(chan struct{}, 1)
		again.Register("last", func(context.Context, json.RawMessage) error { looked <- struct{}{}; return nil }, jobs.Policy{})
		enqueue(t, d, again, jobs.Job{Kind: "last"})
		run(t, again)
		<-looked
		clocktest.Eventually(t, "the end of what comes last", func() bool { return count(t, d, `SELECT COUNT(*) FROM job`) == 1 })
		if runs.Load() != 5 || count(t, d, `SELECT COUNT(*) FROM job`) != 1 {
			t.Errorf("%d runs after a restart, want 5", runs.Load())
		}
	})
}

// TestEndedEarly holds that Run ends without a complaint when it is to end before it
// has begun.
func TestEndedEarly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := queue(t, d, clocktest.New())
		j.Register("tidy", func(context.Context, json.RawMessage) error { return nil }, jobs.Policy{})
		j.Every("tidy", time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := j.Run(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestStop holds that Run finishes what is under way and begins nothing new.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clocktest.New()
		j := queue(t, d, c)
		began, goOn := make(chan struct{}, 10), make(chan struct{})
		j.Register("slow", func(ctx context.Context, _ json.RawMessage) error {
			began <- struct{}{}
			<-goOn
			return ctx.Err()
		}, jobs.Policy{})
		for range 4 { // as many as workers
			enqueue(t, d, j, jobs.Job{Kind: "slow"})
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- j.Run(ctx) }()
		for range 4 {
			<-began
		}
		enqueue(t, d, j, jobs.Job{Kind: "slow"})
		cancel()
		select {
		case err := <-ended:
			t.Fatalf("it ended before what was under way: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(goOn)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM job`); n != 1 {
			t.Errorf("%d jobs are left, want the one that had not begun", n)
		}
	})
}

func TestRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		j := queue(t, d, clocktest.New())
		for _, bad := range []jobs.Job{
			{Kind: ""},
			{Kind: "a", Key: "@every"},
			{Kind: "a", Payload: strings.Repeat("x", 70_000)},
			{Kind: "a", Payload: func() {}},
		} {
			if err := j.Enqueue(t.Context(), d, bad); err == nil {
				t.Errorf("%+v was taken", bad.Kind)
			}
		}
		if n := count(t, d, `SELECT COUNT(*) FROM job`); n != 0 {
			t.Errorf("%d jobs", n)
		}
	})
}

// TestTwoServers holds that two runners on one database do each job once, also
// when jobs outlive their lease, which is then renewed.
func TestTwoServers(t *testing.T) {
	dsn := dbtest.Postgres(t)
	const n, lease = 300, 6 * time.Second // renewed at a third of it, however busy the machine is
	var mu sync.Mutex
	done := map[string]int{}
	var first *jobs.Jobs
	var firstDB *db.DB
	for range 2 {
		d, err := db.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		j, err := jobs.New(t.Context(), jobs.Deps{
			DB: d, Log: slog.New(slog.DiscardHandler), Now: time.Now, ID: id, Poll: 5 * time.Millisecond, Lease: lease,
		})
		if err != nil {
			t.Fatal(err)
		}
		j.Register("once", func(ctx context.Context, payload json.RawMessage) error {
			mu.Lock()
			done[string(payload)]++
			long := len(done)%50 == 0
			mu.Unlock()
			if long {
				time.Sleep(lease + time.Second)
			}
			return ctx.Err()
		}, jobs.Policy{})
		if first == nil {
			first, firstDB = j, d
			if err := d.Tx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for i := range n {
					if err := j.Enqueue(ctx, tx, jobs.Job{Kind: "once", Payload: i}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		run(t, j)
	}
	clocktest.Eventually(t, "all jobs", func() bool { return count(t, firstDB, `SELECT COUNT(*) FROM job`) == 0 })
	mu.Lock()
	defer mu.Unlock()
	if len(done) != n {
		t.Errorf("%d jobs done, want %d", len(done), n)
	}
	for payload, times := range done {
		if times != 1 {
			t.Errorf("job %s done %d times", payload, times)
		}
	}
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		0: 10 * time.Second, 1: 10 * time.Second, 2: 20 * time.Second, 5: 160 * time.Second, 50: 6 * time.Hour, 1 << 40: 6 * time.Hour,
	} {
		if got := jobs.Backoff(attempt); got != want {
			t.Errorf("Backoff(%d) = %v, want %v", attempt, got, want)
		}
	}
}
