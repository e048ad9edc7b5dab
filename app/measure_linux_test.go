package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"schulhof/app/internal/e2e"
)

// TestMeasureClient prints how long the program takes until one can type into it
// and until the files are there, how much memory it has then, and what it costs
// while nobody does anything. It looks at the display, as a person does, and runs
// only when it is asked for: SCHULHOF_BENCH=1 (make bench).
func TestMeasureClient(t *testing.T) {
	if os.Getenv("SCHULHOF_BENCH") == "" {
		t.Skip("set SCHULHOF_BENCH=1 to measure")
	}
	s := sit(t)
	s.button() // the first start is not measured: the programs come from the disk
	const starts = 5
	start, enter := make([]time.Duration, 0, starts), make([]time.Duration, 0, starts)
	first, memory, idle := make([]float64, 0, starts), make([]float64, 0, starts), make([]float64, 0, 2)
	for range starts {
		s.client.Kill()
		began := time.Now()
		s.open()
		s.button()
		start = append(start, time.Since(began))
		first = append(first, s.resident())
		s.must(s.desk.Type(s.ctx, "lena.weber"))
		s.must(s.desk.Key(s.ctx, "Tab"))
		s.must(s.desk.Type(s.ctx, demoPassword))
		began = time.Now()
		s.must(s.desk.Key(s.ctx, "Return"))
		s.wait("the sign-in is off the display", patience, func() bool { return len(e2e.Buttons(s.see(), s.desk.Area(), e2e.Accent)) == 0 })
		s.rows(3)
		enter = append(enter, time.Since(began))
		time.Sleep(2 * time.Second)
		memory = append(memory, s.resident())
		if len(idle) < 2 {
			before := s.cpu()
			time.Sleep(10 * time.Second)
			idle = append(idle, float64(s.cpu()-before)/float64(10*time.Second)*100)
		}
	}
	slices.Sort(start)
	slices.Sort(enter)
	slices.Sort(first)
	slices.Sort(memory)
	load, _ := os.ReadFile("/proc/loadavg") // for the reader: what else this machine did
	fmt.Printf("\n%-58s %10s\n", "client, median of 5 starts (software OpenGL, Xvfb)", "")
	row := func(what, figure string) { fmt.Printf("%-58s %10s\n", what, figure) }
	row("process start to the first usable frame [ms]", strconv.FormatInt(start[2].Milliseconds(), 10))
	row("Enter at the sign-in to the list of places [ms]", strconv.FormatInt(enter[2].Milliseconds(), 10))
	row("memory at the sign-in, resident [MB]", fmt.Sprintf("%.0f", first[2]))
	row("memory with the files shown, resident [MB]", fmt.Sprintf("%.0f", memory[2]))
	row("processor while idle, of one core, over 10 s [%]", fmt.Sprintf("%.2f", (idle[0]+idle[1])/2))
	fmt.Printf("load of this machine meanwhile: %s\n", load)
}

// resident is the client's memory in MB.
func (s *seat) resident() float64 {
	s.Helper()
	for line := range strings.Lines(s.proc("status")) {
		if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			s.must(err)
			return kib * 1024 / 1e6
		}
	}
	s.Fatal("no VmRSS")
	return 0
}

// cpu is the processor time that the client has used.
func (s *seat) cpu() time.Duration {
	s.Helper()
	stat := s.proc("stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	user, err := strconv.ParseInt(fields[11], 10, 64)
	s.must(err)
	system, err := strconv.ParseInt(fields[12], 10, 64)
	s.must(err)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
	return time.Duration(user+system) * tick
}

func (s *seat) proc(name string) string {
	s.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.client.PID()), name))
	s.must(err)
	return string(text)
}
