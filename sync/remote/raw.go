package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"schulhof/server/wire"
)

// Send posts a body that is no JSON, as a file, and decodes the JSON answer into
// out (nil: ignored).
func (c *Client) Send(ctx context.Context, path, contentType string, body io.Reader, out any) error {
	req, err := c.request(ctx, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := bounded(res.Body, maxJSON)
	if err != nil {
		return fmt.Errorf("answer to POST %s: %w", path, err)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("answer to POST %s: %w", path, err)
	}
	return nil
}

// Once sends and decodes as JSON does, with a key by which the server knows the
// same write when it comes again: it is done once and answered the same.
func (c *Client) Once(ctx context.Context, key, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("body of %s: %w", path, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set(wire.HeaderKey, key)
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := bounded(res.Body, maxJSON)
	if err != nil {
		return fmt.Errorf("answer to %s %s: %w", method, path, err)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("answer to %s %s: %w", method, path, err)
	}
	return nil
}

// Fetch sends in (nil: no body) and writes the answer, which is no JSON, to w. An
// answer that breaks off is an error; what was written until then is no file.
func (c *Client) Fetch(ctx context.Context, method, path string, in any, w io.Writer) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("body of %s: %w", path, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("answer to %s %s: %w", method, path, err)
	}
	return nil
}
