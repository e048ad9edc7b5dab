package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"schulhof/server/internal/killtest"
)

func TestMain(m *testing.M) { killtest.Main(m, putForever) }

// putForever names on standard output every content that was acknowledged.
func putForever(dir string) error {
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	start := uint64(time.Now().UnixNano())
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range uint64(8) {
		wg.Go(func() {
			for i := uint64(0); ; i++ {
				seed := start + w*1_000_000 + i
				size := 1 + int(seed*7919%9000)
				if i%8 == 7 {
					size += smallMax
				}
				info, err := s.Put(context.Background(), bytes.NewReader(bytesOf(seed, size)), PutOptions{})
				if err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Println(info.Ref, info.Size)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return nil
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	total := 0
	for range rounds {
		lines := killtest.Start(t, dir).Lines(t, 60+total%41)
		total += len(lines)
		s := open(t, dir)
		for _, line := range lines {
			ref, size, _ := strings.Cut(line, " ")
			r, err := s.Open(t.Context(), Ref(ref))
			if err != nil {
				t.Fatalf("%s was acknowledged: %v", ref, err)
			}
			data, err := io.ReadAll(r)
			r.Close()
			if err != nil || refOf(sha256.Sum256(data)) != Ref(ref) || strconv.Itoa(len(data)) != size {
				t.Fatalf("%s is not whole: %d bytes, %v", line, len(data), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged contents, none lost", total)
}
