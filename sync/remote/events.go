package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"schulhof/server/wire"
)

const (
	streamTimeout = 45 * time.Second // the server says something every 15 s
	maxEvent      = 64 << 10
)

// Events opens the event stream and calls fn for each event until the
// connection ends, which is always an error: ErrOffline, a refusal, or ctx's.
// lastID is the id of the last event that was dealt with, "" for none. open is
// called once the stream stands, before any event; both run on the caller's
// goroutine. Connecting again is the caller's business.
func (c *Client) Events(ctx context.Context, lastID string, open func(), fn func(id string, e wire.Event)) error {
	req, err := c.request(ctx, http.MethodGet, "/api/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Cache-Control", "no-store")
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := c.do(req, streamTimeout)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if open != nil {
		open()
	}
	if err := readEvents(res.Body, fn); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	return fmt.Errorf("event stream: %w: ended by the server", ErrOffline)
}

// readEvents reads server-sent events until the end. What is no event of ours
// is passed over.
func readEvents(r io.Reader, fn func(id string, e wire.Event)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var id string
	var data strings.Builder
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			var e wire.Event
			if data.Len() > 0 && json.Unmarshal([]byte(data.String()), &e) == nil && e.Kind != "" {
				fn(id, e)
			}
			data.Reset()
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			if !strings.ContainsRune(value, 0) {
				id = value
			}
		case "data":
			if data.Len()+len(value) > maxEvent {
				return ErrTooLarge
			}
			if data.Len() > 0 {
				data.WriteByte('\n')
			}
			data.WriteString(value)
		}
	}
	return lines.Err()
}
