package audit

import (
	"context"
	"fmt"

	"schulhof/server/internal/db"
)

// Broken is the first place at which the chain does not hold.
type Broken struct {
	Seq int64 // of the entry; 0 = the head
	Why string
}

// Reasons of Broken.
const (
	WhyChanged = "changed" // an entry does not have its hash any more
	WhyMissing = "missing" // an entry is gone
	WhyOrder   = "order"   // an entry does not follow the one before it
	WhyExtra   = "extra"   // an entry stands outside of the chain
	WhyHead    = "head"    // the head was changed, or it names another last entry
)

// batch is how many entries Verify reads at a time.
const batch = 1000

// Verify goes through the whole chain. n is the number of entries that hold; bad
// is the first place where it breaks, nil when there is none. An error means that
// it could not be read. Entries may be added and removed meanwhile.
//
// What it cannot find: a log that was emptied altogether and begun anew (n tells),
// and, for a log without a key, a chain that was made anew from the change on.
func (l *Log) Verify(ctx context.Context, conn db.Conn) (n int, bad *Broken, err error) {
	const tries = 5
	for range tries {
		var before, after head
		if before, err = readHead(ctx, conn); err != nil {
			return 0, nil, err
		}
		if n, bad, err = l.walk(ctx, conn, before); err != nil || bad == nil {
			return n, bad, err
		}
		if after, err = readHead(ctx, conn); err != nil {
			return 0, nil, err
		}
		if before.FirstSeq == after.FirstSeq {
			return n, bad, nil
		}
		// The beginning of the chain was removed on the way: once more.
	}
	return n, bad, err
}

func readHead(ctx context.Context, conn db.Conn) (head, error) {
	var h head
	err := conn.Get(ctx, &h, `SELECT seq, hash, first_seq, first_prev, mac FROM audit_head WHERE id = 1`)
	if err != nil {
		return h, fmt.Errorf("head of the log: %w", err)
	}
	return h, nil
}

func (l *Log) walk(ctx context.Context, conn db.Conn, h head) (n int, bad *Broken, err error) {
	if fresh := (head{FirstSeq: 1}); h != fresh && h.MAC != l.mac(&h) {
		return 0, &Broken{Why: WhyHead}, nil
	}
	seq, prev := h.FirstSeq, h.FirstPrev
	for seq <= h.Seq {
		var records []record
		err := conn.Select(ctx, &records, `
			SELECT seq, at, actor, action, subject, detail, addr, prev, hash FROM audit
			WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3`, seq, h.Seq, batch)
		if err != nil {
			return n, nil, fmt.Errorf("log entries from %d: %w", seq, err)
		}
		if len(records) == 0 {
			return n, &Broken{Seq: seq, Why: WhyMissing}, nil
		}
		for i := range records {
			r := &records[i]
			switch {
			case r.Seq != seq:
				return n, &Broken{Seq: seq, Why: WhyMissing}, nil
			case r.Hash != l.hash(r):
				return n, &Broken{Seq: seq, Why: WhyChanged}, nil
			case r.Prev != prev:
				return n, &Broken{Seq: seq, Why: WhyOrder}, nil
			}
			seq, prev = seq+1, r.Hash
			n++
		}
	}
	if prev != h.Hash && h.Seq >= h.FirstSeq {
		return n, &Broken{Seq: h.Seq, Why: WhyHead}, nil
	}
	var extra []int64
	err = conn.Select(ctx, &extra, `
		SELECT audit.seq FROM audit, audit_head
		WHERE audit_head.id = 1 AND (audit.seq > audit_head.seq OR audit.seq < audit_head.first_seq)
		ORDER BY audit.seq LIMIT 1`)
	if err != nil {
		return n, nil, fmt.Errorf("log entries outside of the chain: %w", err)
	}
	if len(extra) > 0 {
		return n, &Broken{Seq: extra[0], Why: WhyExtra}, nil
	}
	return n, nil, nil
}
