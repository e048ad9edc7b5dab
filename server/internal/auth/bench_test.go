package auth

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"schulhof/server/internal/db"
	"schulhof/server/internal/db/dbtest"
	"schulhof/server/internal/people"
	"schulhof/server/wire"
)

// benchWorld is a school of many on SQLite, with passwords that cost what they
// cost, and a clock that goes.
func benchWorld(b *testing.B, persons int) *world {
	b.Helper()
	d, err := db.Open(b.Context(), dbtest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	s := newWorld(b, d, StandardCost)
	s.o.Now = time.Now
	hash, err := s.o.Hasher.Hash(b.Context(), password)
	if err != nil {
		b.Fatal(err)
	}
	for i := range persons {
		p := people.Person{ID: fmt.Sprintf("b%05d", i), Login: fmt.Sprint("student", i), Role: wire.RoleStudent, PasswordHash: hash}
		if err := people.Create(b.Context(), d, &p); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkSignIn is a school that signs in at eight o'clock: argon2id, the session
// and its line in the log, durable on the disk.
func BenchmarkSignIn(b *testing.B) {
	const persons = 500
	s := benchWorld(b, persons)
	var n atomic.Int64
	b.SetParallelism(15) // times the processors: a computer room
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			login := fmt.Sprint("student", n.Add(1)%persons)
			if _, err := s.SignIn(b.Context(), wire.SignIn{Login: login, Password: password}, "10.0.0.1"); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ins/s")
}

// BenchmarkWrongPasswords is somebody who guesses at one account as fast as the
// server answers, while another works: how many tries a second it shrugs off, and
// how long the other's requests take meanwhile.
func BenchmarkWrongPasswords(b *testing.B) {
	s := benchWorld(b, 10)
	out, err := s.SignIn(b.Context(), wire.SignIn{Login: "student9", Password: password}, "10.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	var worst time.Duration
	requests := 0
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			start := time.Now()
			if _, err := s.ByToken(b.Context(), out.Token); err != nil {
				b.Error(err)
			}
			requests++
			worst = max(worst, time.Since(start))
		}
	}()
	var shrugged atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			switch _, err := s.SignIn(b.Context(), wire.SignIn{Login: "student1", Password: "wrong"}, "10.6.6.6"); code(err) {
			case wire.CodeSlowDown:
				shrugged.Add(1)
			case wire.CodeSignInFailed:
			default:
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	close(stop)
	<-done
	b.ReportMetric(float64(shrugged.Load())/b.Elapsed().Seconds(), "shrugged-off/s")
	b.ReportMetric(worst.Seconds()*1000, "worst-other-ms")
}
