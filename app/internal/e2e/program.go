package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Program is a program that runs. What it says, on both outputs, is kept.
type Program struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
	err  error
}

// Run starts a program.
func Run(cmd *exec.Cmd) (*Program, error) {
	p := &Program{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(p.ended)
	}()
	return p, nil
}

// Write implements io.Writer for what the program says.
func (p *Program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

// Said is what the program said since a place in it.
func (p *Program) Said(since int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()[since:]
}

// Mark is the place where the program's words end now.
func (p *Program) Mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Len()
}

// Line is the first line with that start since a place, "" while there is none.
func (p *Program) Line(start string, since int) string {
	for line := range strings.Lines(p.Said(since)) {
		if strings.HasPrefix(line, start) && strings.HasSuffix(line, "\n") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// PID is the process's number.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Ended waits for the end and gives how the program ended; false where it runs on.
func (p *Program) Ended(within time.Duration) (bool, error) {
	select {
	case <-p.ended:
		p.mu.Lock()
		defer p.mu.Unlock()
		return true, p.err
	case <-time.After(within):
		return false, nil
	}
}

// Kill ends the program as a crash does.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}
