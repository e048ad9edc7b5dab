package files

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestKill kills the server at random moments while eight people upload, again and
// again on the same folder. What was acknowledged is there and whole; what is there
// is whole.
func TestKill(t *testing.T) {
	cycles, least, bound := 100, 20, 90*time.Second // fewer, but so many at least, where each takes long
	if testing.Short() {
		cycles, least = 10, 10
	}
	dir := t.TempDir()
	acked := map[string][32]byte{} // by name, those of all cycles
	sent := map[string][32]byte{}
	var mu sync.Mutex
	start, done := time.Now(), 0
	child, url := startChild(t, dir)
	for cycle := range cycles {
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("k-%03d-%d-%03d.bin", cycle, worker, i)
					content := randomContent(worker)
					mu.Lock()
					sent[name] = sha256.Sum256(content)
					mu.Unlock()
					status := upload(url, name, content)
					if status == 0 {
						return // the server is dead
					}
					if status != http.StatusCreated {
						t.Errorf("PUT %s: %d", name, status)
						return
					}
					mu.Lock()
					acked[name] = sha256.Sum256(content)
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(20+rand.IntN(250)) * time.Millisecond)
		child.Kill()
		wg.Wait()
		child, url = startChild(t, dir)
		done++
		last := done == cycles || done >= least && time.Since(start) > bound
		if done%10 == 0 || last {
			verify(t, url, acked, sent)
		}
		if t.Failed() || last {
			break
		}
	}
	child.Kill()
	t.Logf("%d kills in %v, %d uploads acknowledged", done, time.Since(start).Round(time.Second), len(acked))
}

// randomContent is mostly small, which goes to a pack, and now and then large.
func randomContent(worker int) []byte {
	size := rand.IntN(20000) + 1
	if worker == 7 {
		size = 70000 + rand.IntN(400000)
	}
	content := make([]byte, size)
	for i := 0; i+8 <= size; i += 8 {
		v := rand.Uint64()
		for j := range 8 {
			content[i+j] = byte(v >> (8 * j))
		}
	}
	return content
}

func upload(url, name string, content []byte) int {
	req, err := http.NewRequest(http.MethodPut, url+home+name, bytes.NewReader(content))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer lena")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// verify reads every file that was ever sent: what was acknowledged must be there.
// It forgets what it has seen, so each is read once.
func verify(t *testing.T, url string, acked, sent map[string][32]byte) {
	t.Helper()
	names := make([]string, 0, len(sent))
	for name := range sent {
		names = append(names, name)
	}
	parallel(8, len(names), func(i int) {
		name := names[i]
		req, _ := http.NewRequest(http.MethodGet, url+home+name, nil)
		req.Header.Set("Authorization", "Bearer lena")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		content, err := io.ReadAll(resp.Body)
		_, promised := acked[name]
		switch {
		case resp.StatusCode == http.StatusNotFound && promised:
			t.Errorf("%s was acknowledged and is lost", name)
		case resp.StatusCode == http.StatusNotFound:
		case resp.StatusCode != http.StatusOK || err != nil:
			t.Errorf("%s: %s %v", name, resp.Status, err)
		case sha256.Sum256(content) != sent[name]:
			t.Errorf("%s came back different: %d bytes", name, len(content))
		}
	})
	clear(sent)
}
