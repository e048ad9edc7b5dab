package files

import (
	"time"

	"schulhof/sync/files"
)

// sum is how far all transfers are together.
type sum struct {
	Open, Failed, Finished int // files
	Done, Total            int64
	Paused                 bool // nothing runs because somebody paused it
}

// sumUp counts transfers. What is finished counts while something is open, so
// that a bar never goes back.
func sumUp(list []files.Transfer) sum {
	var s sum
	running := false
	for _, t := range list {
		switch t.State {
		case files.Done, files.Conflicted:
			s.Finished++
		case files.Broken:
			s.Failed++
			continue
		case files.Paused:
			s.Open++
			s.Paused = true
		case files.Queued, files.Running:
			s.Open++
			running = true
		}
		s.Done += t.Done
		s.Total += max(t.Total, t.Done)
	}
	s.Paused = s.Paused && !running
	return s
}

// Part is how much is done, 0 to 1.
func (s sum) Part() float64 {
	if s.Total <= 0 {
		return 0
	}
	return float64(s.Done) / float64(s.Total)
}

// meter tells how fast something goes, from what was done when.
type meter struct {
	at   time.Time
	done int64
	rate float64 // bytes a second, 0 while unknown
}

// Note takes a reading. Readings closer than half a second are left out; one
// that is lower than the last (something was taken off the list) begins anew.
func (m *meter) Note(now time.Time, done int64) {
	if m.at.IsZero() || done < m.done || now.Sub(m.at) > 10*time.Second {
		*m = meter{at: now, done: done}
		return
	}
	passed := now.Sub(m.at).Seconds()
	if passed < 0.5 {
		return
	}
	fresh := float64(done-m.done) / passed
	if m.rate == 0 {
		m.rate = fresh
	} else {
		m.rate += (fresh - m.rate) * 0.3
	}
	m.at, m.done = now, done
}

// Left is how long the rest will take, 0 while that is unknown.
func (m *meter) Left(rest int64) time.Duration {
	if m.rate < 1 || rest <= 0 {
		return 0
	}
	return min(time.Duration(float64(rest)/m.rate*float64(time.Second)), 99*time.Hour)
}
