package translate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds a machine's answer, in bytes.
const maxAnswer = 4 << 20

// waits are the pauses before the second and third try.
var waits = []time.Duration{200 * time.Millisecond, time.Second}

// longestWait bounds what a machine may ask one to wait.
const longestWait = 3 * time.Second

// caller makes the HTTP requests of an engine.
type caller struct {
	client *http.Client
}

func newCaller(transport http.RoundTripper) *caller {
	return &caller{client: &http.Client{
		Transport: transport,
		// A redirect could take families' letters to someone who was not configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the translator redirects elsewhere") },
	}}
}

// answer is what a machine said.
type answer struct {
	status int
	body   []byte
	retry  time.Duration // what it asks to wait
}

// do sends a request, again where that may help: no answer, 429, 5xx. The answer
// it returns may still be one of those; an error wraps ErrDown, or is ctx's.
func (c *caller) do(ctx context.Context, method, address string, header http.Header, body any) (answer, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("request: %w", err)
	}
	for try := 0; ; try++ {
		a, err := c.once(ctx, method, address, header, payload)
		again := err != nil || a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError
		if !again || try == len(waits) || ctx.Err() != nil || a.retry > longestWait {
			return a, err
		}
		timer := time.NewTimer(max(waits[try], a.retry))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return answer{}, fmt.Errorf("%w: %w", ErrDown, ctx.Err())
		}
	}
}

func (c *caller) once(ctx context.Context, method, address string, header http.Header, payload []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var body io.Reader
	if method != http.MethodGet {
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrDown, err)
	}
	req.Header = header.Clone()
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrDown, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrDown, err)
	}
	if len(content) > maxAnswer {
		return answer{}, fmt.Errorf("%w: its answer is larger than %d MB", ErrDown, maxAnswer>>20)
	}
	a := answer{status: resp.StatusCode, body: content}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		a.retry = time.Duration(min(seconds, 86_400)) * time.Second
	}
	return a, nil
}

// read decodes a good answer.
func (a answer) read(into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("%w: its answer makes no sense: %w", ErrDown, err)
	}
	return nil
}

// bad returns the error for an answer that is no success, with the machine's own
// words, bounded.
func (a answer) bad(kind error, words string) error {
	if runes := []rune(strings.ToValidUTF8(words, "?")); len(runes) > 200 {
		words = string(runes[:200]) + "…"
	}
	return fmt.Errorf("%w: it answered %d %q", kind, a.status, words)
}

// endpoint checks the address of a machine. Unencrypted is for the school's own
// network, where the engine allows it.
func endpoint(address string, plainAllowed bool) (string, error) {
	to, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || to.Host == "" || to.User != nil || to.RawQuery != "" || to.Scheme != "http" && to.Scheme != "https" {
		return "", errors.New("its address has to look like https://translate.example.org")
	}
	ip := net.ParseIP(to.Hostname())
	local := to.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if to.Scheme == "http" && !plainAllowed && !local {
		return "", errors.New("its address has to begin with https://")
	}
	return to.String(), nil
}
