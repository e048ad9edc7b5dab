package blob

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// envCrash tells the test program, started by itself, to be the child that is killed.
const envCrash = "SCHULHOF_BLOB_CRASH"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envCrash); dir != "" {
		putForever(dir)
	}
	os.Exit(m.Run())
}

// putForever names on standard output every content that was acknowledged.
func putForever(dir string) {
	s, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
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
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	total := 0
	for range rounds {
		lines := crash(t, dir, 60+total%41)
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

// crash runs a child that puts, kills it after some lines, and gives the lines.
func crash(t *testing.T, dir string, lines int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envCrash+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break // a last line without its end was not acknowledged for us
		}
		if got = append(got, strings.TrimSpace(line)); len(got) == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait()
	if len(got) < lines {
		t.Fatalf("the child ended after %d of %d lines", len(got), lines)
	}
	return got
}
