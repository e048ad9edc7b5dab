package db

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"
)

// Bounds of a batch, so that no one waits long for its commit.
const (
	maxBatch  = 128
	queueSize = 256
)

// job is one transaction that waits for the writer.
type job struct {
	ctx   context.Context //nolint:containedctx // travels to the writer with its function
	fn    func(ctx context.Context, tx *Tx) error
	done  chan struct{}
	err   error
	panic any
}

// writer owns SQLite's only writing connection. It commits in groups: the
// functions that wait run one after the other in one SQL transaction, each in its
// own savepoint, and one commit, one fsync, answers them all.
type writer struct {
	pool  *sqlx.DB
	conn  *sqlx.Conn
	stmts stmts
	queue chan *job

	mu     sync.RWMutex // held for reading while a job enters the queue
	closed bool
	ended  chan struct{} // the loop has ended
}

func newWriter(ctx context.Context, path string) (*writer, error) {
	pool, err := sqlx.ConnectContext(ctx, "sqlite3", sqliteDSN(path, false))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	conn, err := pool.Connx(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 4000"); err != nil {
		return nil, errors.Join(err, conn.Close(), pool.Close())
	}
	w := &writer{pool: pool, conn: conn, queue: make(chan *job, queueSize), ended: make(chan struct{})}
	go w.loop()
	return w, nil
}

// do queues fn and waits for the commit that holds it. When ctx ends before fn
// starts, fn never runs; afterwards the answer is awaited, since it may be a yes.
func (w *writer) do(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	if err := w.enqueue(j); err != nil {
		return err
	}
	<-j.done
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

func (w *writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- j:
		return nil
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	return errors.Join(w.stmts.close(), w.conn.Close(), w.pool.Close())
}

func (w *writer) loop() {
	finished := false
	defer func() {
		if !finished { // a function called runtime.Goexit, as t.FailNow does
			go w.loop()
		}
	}()
	for j := range w.queue {
		w.batch(j)
	}
	finished = true
	close(w.ended)
}

// batch runs first and whoever else waits, commits, and answers them all.
func (w *writer) batch(first *job) {
	ctx := context.Background()
	batch := make([]*job, 0, 16)
	committed := false
	failed := errors.New("the transaction's goroutine ended")
	defer func() {
		if !committed {
			_ = w.exec(ctx, "ROLLBACK") // there may be nothing left to roll back
			for _, j := range batch {
				if j.err == nil {
					j.err = failed
				}
			}
		}
		for _, j := range batch {
			close(j.done)
		}
	}()
	if err := w.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		batch, failed = append(batch, first), fmt.Errorf("begin: %w", err)
		return
	}
	for j := first; j != nil; j = w.next(len(batch)) {
		batch = append(batch, j)
		if err := w.run(j); err != nil {
			failed = err
			return
		}
	}
	if err := w.exec(ctx, "COMMIT"); err != nil {
		failed = fmt.Errorf("commit: %w", err)
		return
	}
	committed = true
}

// next gives a job that waits already, nil when there is none or the batch is full.
func (w *writer) next(have int) *job {
	if have >= maxBatch {
		return nil
	}
	select {
	case j := <-w.queue: // nil when closed and empty
		return j
	default:
		return nil
	}
}

// run runs one job in its savepoint. Its own failure stands in the job; the error
// that run returns means that the whole batch is lost.
func (w *writer) run(j *job) error {
	if j.ctx.Err() != nil {
		j.err = j.ctx.Err()
		return nil //nolint:nilerr // the job's own
	}
	ctx := context.WithValue(context.WithoutCancel(j.ctx), insideKey{}, true)
	if err := w.exec(ctx, "SAVEPOINT job"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	func() {
		defer func() { j.panic = recover() }()
		j.err = j.fn(ctx, &Tx{q: w.conn, stmts: &w.stmts, sqlite: true})
	}()
	if j.err != nil || j.panic != nil {
		// SQLite itself rolls everything back on some errors (disk full): then the
		// savepoint is gone, and with it what the others of this batch wrote.
		if err := w.exec(ctx, "ROLLBACK TO job"); err != nil {
			return fmt.Errorf("roll back: %w", errors.Join(err, j.err))
		}
	}
	if err := w.exec(ctx, "RELEASE job"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

func (w *writer) exec(ctx context.Context, query string) error {
	stmt, err := w.stmts.get(ctx, w.conn, query)
	if err != nil {
		return err
	}
	if stmt == nil {
		_, err = w.conn.ExecContext(ctx, query)
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}
