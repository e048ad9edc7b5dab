package signal

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestEmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Hub
		var folder, online int
		off := h.On(Folder("/dav/home/"), func() { folder++ })
		h.On(Online, func() { online++ })

		h.Emit(Folder("/dav/home/"))
		synctest.Wait()
		if folder != 1 || online != 0 {
			t.Fatalf("after one emit: folder %d, online %d", folder, online)
		}
		off()
		h.Emit(Folder("/dav/home/"))
		h.Emit(Online)
		synctest.Wait()
		if folder != 1 || online != 1 {
			t.Fatalf("after off: folder %d, online %d", folder, online)
		}
		off() // twice does nothing
	})
}

func TestEmitIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Hub
		gate := make(chan struct{})
		var calls int
		h.On(Transfers, func() {
			calls++
			<-gate
		})
		h.Emit(Transfers)
		synctest.Wait() // the first call waits at the gate
		for range 1000 {
			h.Emit(Transfers)
		}
		close(gate)
		synctest.Wait()
		if calls != 2 {
			t.Fatalf("calls = %d, want one and one for all that came meanwhile", calls)
		}
	})
}

func TestOffInsideACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Hub
		var second bool
		var off func()
		h.On(Roots, func() { off() })
		off = h.On(Roots, func() { second = true })
		h.Emit(Roots)
		synctest.Wait()
		if second {
			t.Fatal("called after off")
		}
	})
}

func TestManyGoroutines(t *testing.T) {
	var h Hub
	var calls atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				off := h.On(Session, func() { calls.Add(1) })
				h.Emit(Session)
				off()
			}
		})
	}
	wg.Wait()
	done := make(chan struct{})
	defer h.On(Online, func() { close(done) })()
	h.Emit(Online)
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the hub passes nothing on any more")
	}
}
