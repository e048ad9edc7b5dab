package files

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCompare prints the throughput of this server, durable, and of rclone serve
// webdav, which is not, side by side. It takes a minute and measures more than it
// tests, so it runs only when it is asked for: SCHULHOF_BENCH=1 (make bench).
func TestCompare(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("set SCHULHOF_BENCH=1 to measure")
	}
	rclone, err := exec.LookPath("rclone")
	if err != nil {
		t.Fatal("rclone is not installed; make bench installs it")
	}
	ours, theirs := map[string][]float64{}, map[string][]float64{}
	for range 3 {
		child, url := startChild(t, t.TempDir())
		measureServer(t, url+"/dav/home", ours)
		child.Kill()

		port := freePort(t)
		peer := exec.Command(rclone, "serve", "webdav", "--addr", port, t.TempDir())
		if err := peer.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, port)
		measureServer(t, "http://"+port, theirs)
		_ = peer.Process.Kill()
		_ = peer.Wait()
	}
	sync := fsyncRate(t)
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-40s %14s %14s %8s\n", "median of 3 runs", "schulhof", "rclone serve", "ratio")
	for _, r := range measured {
		o, p := median(ours[r.name]), median(theirs[r.name])
		ratio := o / p
		if r.less {
			ratio = p / o
		}
		fmt.Fprintf(&b, "%-40s %14.1f %14.1f %7.2fx\n", r.name, o, p, ratio)
	}
	fmt.Fprintf(&b, "schulhof answers a PUT after fdatasync, rclone does not sync; this disk does %.0f fdatasync a second, one after the other\n", sync)
	fmt.Println(b.String())
}

// measured are the rows of the table; less says that a smaller figure is better.
var measured = []struct {
	name string
	less bool
}{
	{"PUT 4 KiB, 8 connections [req/s]", false},
	{"GET 4 KiB, 8 connections [req/s]", false},
	{"PROPFIND 1, 2000 entries [ms]", true},
	{"PUT 256 MiB [MB/s]", false},
	{"GET 256 MiB [MB/s]", false},
}

func measureServer(t *testing.T, base string, into map[string][]float64) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}}
	defer client.CloseIdleConnections()
	do := func(method, path string, body io.Reader, size int64, header ...string) int {
		req, err := http.NewRequest(method, base+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = size
		req.Header.Set("Authorization", "Bearer lena")
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	must := func(status int, want ...int) {
		if !slices.Contains(want, status) {
			t.Errorf("%s: status %d, want %v", base, status, want)
		}
	}
	add := func(row int, figure float64) {
		into[measured[row].name] = append(into[measured[row].name], figure)
	}
	must(do("MKCOL", "/many", nil, 0), 201)
	const files = 2000
	add(0, files/parallel(8, files, func(i int) {
		content := make([]byte, 4096)
		_, _ = rand.Read(content)
		must(do("PUT", fmt.Sprintf("/many/file-%04d.txt", i), bytes.NewReader(content), 4096), 201)
	}).Seconds())
	gets := func(n int) float64 {
		return float64(n) / parallel(8, n, func(i int) {
			must(do("GET", fmt.Sprintf("/many/file-%04d.txt", i%files), nil, 0), 200)
		}).Seconds()
	}
	gets(files)
	add(1, gets(10*files))
	const ask = `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/><D:getcontenttype/></D:prop></D:propfind>`
	lists := make([]float64, 0, 15)
	for range 15 {
		start := time.Now()
		must(do("PROPFIND", "/many", strings.NewReader(ask), int64(len(ask)), "Depth", "1"), 207)
		lists = append(lists, time.Since(start).Seconds()*1000)
	}
	add(2, median(lists))
	const big = 256 << 20
	content := make([]byte, big)
	_, _ = rand.Read(content)
	start := time.Now()
	must(do("PUT", "/big.bin", bytes.NewReader(content), big), 201)
	add(3, big/1e6/time.Since(start).Seconds())
	start = time.Now()
	must(do("GET", "/big.bin", nil, 0), 200)
	add(4, big/1e6/time.Since(start).Seconds())
	must(do("DELETE", "/big.bin", nil, 0), 204)
}

// parallel runs fn n times on so many goroutines and says how long it took.
func parallel(workers, n int, fn func(i int)) time.Duration {
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				fn(int(i))
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func median(v []float64) float64 {
	sort.Float64s(v)
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func waitFor(t *testing.T, addr string) {
	t.Helper()
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", addr)
}

// fsyncRate is how often the disk can make 4 KiB durable in a second.
func fsyncRate(t *testing.T) float64 {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "sync"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for range 256 {
		_, _ = f.Write(page)
	}
	_ = f.Sync()
	const n = 200
	start := time.Now()
	for i := range n {
		_, _ = f.WriteAt(page, int64(i)*4096)
		_ = fdatasync(f)
	}
	return n / time.Since(start).Seconds()
}
