package mail_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/killtest"
	"schulhof/server/internal/mail"
)

// envPort is where the smart host listens, for the child that is killed.
const envPort = "SCHULHOF_MAIL_PORT"

func TestMain(m *testing.M) { killtest.Main(m, child) }

// child sends mail until it is killed.
func child(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(os.Getenv(envPort))
	if err != nil {
		return err
	}
	cfg := config(port)
	cfg.Timeout = 2 * time.Second // a host that is slower gets a mail twice
	m, err := mail.New(ctx, mail.Deps{
		DB: d, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Now: time.Now,
		ID: func() string { return fmt.Sprintf("h%d-%d", os.Getpid(), time.Now().UnixNano()) }, Config: cfg, Poll: 5 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	return m.Run(ctx)
}

func TestKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { killed(t, dbtest.Postgres(t)) })
}

// killed kills the sending child 20 times at random moments.
func killed(t *testing.T, dsn string) {
	const perRound, kills = 50, 20
	d := open(t, dsn)
	h := newHost(t, 0, func(h *smartHost) {
		h.onData = func(string) error { time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond); return nil }
	})
	c := clocktest.At(time.Now()) // the child's time is real
	m := newMail(t, d, c, config(h.port))
	total := 0
	for range kills {
		batch := make([]mail.Message, 0, perRound)
		for range perRound {
			total++
			batch = append(batch, message(fmt.Sprint("p", total)))
		}
		queue(t, d, m, batch...)
		before, some := h.count(), rand.IntN(perRound)
		cmd := start(t, dsn, h.port)
		clocktest.Eventually(t, "some mails", func() bool { return h.count() > before+some })
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		cmd.Kill()
	}
	cmd := start(t, dsn, h.port)
	clocktest.Eventually(t, "an empty queue", func() bool {
		n, err := m.Waiting(t.Context(), d)
		return err == nil && n == 0
	})
	cmd.Kill()
	got, to := h.received()
	byID, byPerson := map[string]int{}, map[string]bool{}
	for i, raw := range got {
		byID[parse(t, raw).Header.Get("Message-Id")]++
		byPerson[to[i]] = true
	}
	if len(byID) != total || len(byPerson) != total {
		t.Errorf("%d different mails to %d people, want %d", len(byID), len(byPerson), total)
	}
	if twice := len(got) - total; twice > kills {
		t.Errorf("%d mails were sent twice by %d kills", twice, kills)
	} else {
		t.Logf("%d mails, %d kills, %d sent twice", total, kills, twice)
	}
}

func start(t *testing.T, dsn string, port int) *killtest.Child {
	t.Helper()
	return killtest.Start(t, dsn, envPort+"="+strconv.Itoa(port))
}

func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// TestDrains holds the promise: 200 mails a second (not with the race detector).
func TestDrains(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rate := drain(t, d, 2500)
		t.Logf("%.0f mails a second", rate)
		if rate < 200 && !slowed {
			t.Errorf("%.0f mails a second, promised are 200", rate)
		}
	})
}

func BenchmarkDrain(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(drain(b, open(b, dbtest.SQLite(b)), 2500), "mails/s")
	}
}

// BenchmarkQueue queues a letter to 2,500 guardians in one transaction.
func BenchmarkQueue(b *testing.B) {
	d := open(b, dbtest.SQLite(b))
	m := newMail(b, d, clocktest.New(), mail.Config{})
	n := 0
	for b.Loop() {
		batch := make([]mail.Message, 2500)
		for i := range batch {
			n++
			batch[i] = message(fmt.Sprint("p", n))
		}
		queue(b, d, m, batch...)
	}
}

// drain queues n mails, sends them, and says how many a second.
func drain(t testing.TB, d *db.DB, n int) float64 {
	t.Helper()
	h := newHost(t, 0, nil)
	m := newMail(t, d, clocktest.New(), config(h.port))
	batch := make([]mail.Message, 0, n)
	for i := range n {
		msg := message(fmt.Sprint("p", i))
		msg.HTML = "<p>Liebe Erika,<br>am Montag.</p>"
		batch = append(batch, msg)
	}
	queue(t, d, m, batch...)
	began := time.Now()
	stop := run(t, m)
	clocktest.Eventually(t, "all mails", func() bool { return h.count() == n })
	took := time.Since(began)
	stop()
	if waiting, err := m.Waiting(context.Background(), d); err != nil || waiting != 0 {
		t.Errorf("%d are waiting still: %v", waiting, err)
	}
	if h.sessions != 1 {
		t.Errorf("%d connections for %d mails", h.sessions, n)
	}
	return float64(n) / took.Seconds()
}
