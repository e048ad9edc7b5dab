// Package remote is the one HTTP client that the desktop program talks to its
// server with: the JSON interface, the event stream and the files over WebDAV.
//
// Words: a href is the absolute, percent-encoded path of a resource, as Clean
// writes it; a folder's ends in a slash. A refusal is an answer by the server
// that says no, *Error; everything that keeps an answer from coming is
// ErrOffline. The token never stands in an error or a log line.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"schulhof/server/wire"
)

// Options are what New needs.
type Options struct {
	Base      *url.URL // scheme and host, as Probe returns it
	Token     string   // "" before the sign-in
	UserAgent string
	Log       *slog.Logger      // nil: none
	Transport http.RoundTripper // nil: a transport of its own
}

// Client talks to one server for one session. All methods may be called from
// any goroutine.
type Client struct {
	base  url.URL
	http  *http.Client
	agent string
	log   *slog.Logger

	mu      sync.RWMutex
	token   string
	pending func()
}

const (
	idleTimeout = 60 * time.Second // without a byte either way
	maxJSON     = 16 << 20
	maxRaw      = 1 << 20
)

// New returns a client. It does not talk to the server yet.
func New(o Options) *Client {
	c := &Client{agent: o.UserAgent, log: o.Log, token: o.Token}
	if o.Base != nil {
		c.base = url.URL{Scheme: o.Base.Scheme, Host: o.Base.Host}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	c.http = &http.Client{Transport: o.Transport, CheckRedirect: sameHost}
	return c
}

// NewTransport returns a transport with the bounds and timeouts that a client
// of a school's server needs: few connections, kept alive, HTTP/2 under TLS.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConnsPerHost:    8,
		MaxConnsPerHost:        16,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// sameHost lets a redirect pass only within the server, and only for what
// changes nothing there.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 5 || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme ||
		(first.Method != http.MethodGet && first.Method != http.MethodHead) {
		return http.ErrUseLastResponse
	}
	return nil
}

// Base returns the server's address.
func (c *Client) Base() *url.URL {
	u := c.base
	return &u
}

// SetToken sets the token of all requests from now on.
func (c *Client) SetToken(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = token
}

// OnPending sets what is called after each refusal that Pending is true of, before
// the call returns. It must not wait.
func (c *Client) OnPending(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = fn
}

func (c *Client) tellPending() {
	c.mu.RLock()
	fn := c.pending
	c.mu.RUnlock()
	if fn != nil {
		fn()
	}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// do sends a request and returns the answer if it is a success; the caller
// closes its body. The call is given up when no byte moves for idle.
func (c *Client) do(req *http.Request, idle time.Duration) (*http.Response, error) {
	outer := req.Context()
	ctx, cancel := context.WithCancel(outer)
	dog := &watchdog{idle: idle, cancel: cancel}
	dog.timer = time.AfterFunc(idle, cancel)
	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &watchedBody{req.Body, dog}
		req.GetBody = nil
	}
	c.sign(req)
	res, err := c.http.Do(req) //nolint:gosec // the host is always the base's; sameHost keeps redirects there
	if err != nil {
		dog.stop()
		return nil, network(outer, c.base.Host, err)
	}
	dog.kick()
	res.Body = &answerBody{watchedBody{res.Body, dog}, outer, c.base.Host}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer res.Body.Close()
		e := refusal(res)
		c.log.DebugContext(outer, "refused", "method", e.Method, "path", req.URL.Path, "status", e.Problem.Status,
			"code", e.Problem.Code, "request_id", e.Problem.RequestID)
		if Pending(e) {
			c.tellPending()
		}
		return nil, e
	}
	return res, nil
}

func (c *Client) sign(req *http.Request) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
}

// request makes a request for a path of the server, percent-encoded.
func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.Scheme+"://"+c.base.Host+path, body)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return req, nil
}

// JSON sends in (nil: no body) and decodes the answer into out (nil: ignored).
func (c *Client) JSON(ctx context.Context, method, path string, in, out any) error {
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

// Bytes fetches something small of the server, such as the school's logo: at
// most a MiB.
func (c *Client) Bytes(ctx context.Context, path string) ([]byte, error) {
	req, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return bounded(res.Body, maxRaw)
}

func bounded(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, ErrTooLarge
	}
	return text, nil
}

// SignIn starts a session and uses its token from now on.
func (c *Client) SignIn(ctx context.Context, in wire.SignIn) (wire.Session, error) {
	var s wire.Session
	if err := c.JSON(ctx, http.MethodPost, "/api/v1/session", in, &s); err != nil {
		return wire.Session{}, err
	}
	c.SetToken(s.Token)
	return s, nil
}

// Session returns the session as the server knows it.
func (c *Client) Session(ctx context.Context) (wire.Session, error) {
	var s wire.Session
	err := c.JSON(ctx, http.MethodGet, "/api/v1/session", nil, &s)
	return s, err
}

// SignOut ends the session on the server and forgets the token.
func (c *Client) SignOut(ctx context.Context) error {
	if err := c.JSON(ctx, http.MethodDelete, "/api/v1/session", nil, nil); err != nil && Status(err) != http.StatusUnauthorized {
		return err
	}
	c.SetToken("")
	return nil
}

// ChangePassword sets an own password.
func (c *Client) ChangePassword(ctx context.Context, in wire.NewPassword) error {
	return c.JSON(ctx, http.MethodPost, "/api/v1/session/password", in, nil)
}

// Devices lists the account's sessions.
func (c *Client) Devices(ctx context.Context) ([]wire.Device, error) {
	var raw json.RawMessage
	if err := c.JSON(ctx, http.MethodGet, "/api/v1/devices", nil, &raw); err != nil {
		return nil, err
	}
	return devices(raw)
}

// devices reads the list with or without an object around it.
func devices(raw json.RawMessage) ([]wire.Device, error) {
	var list []wire.Device
	if json.Unmarshal(raw, &list) == nil {
		return list, nil
	}
	var object struct {
		Devices []wire.Device `json:"devices"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("list of devices: %w", err)
	}
	return object.Devices, nil
}

// EndDevice ends another session of the account.
func (c *Client) EndDevice(ctx context.Context, id string) error {
	return c.JSON(ctx, http.MethodDelete, "/api/v1/devices/"+url.PathEscape(id), nil, nil)
}

// School returns what the server says of its school.
func (c *Client) School(ctx context.Context) (wire.School, error) {
	var s wire.School
	err := c.JSON(ctx, http.MethodGet, "/api/v1/school", nil, &s)
	return s, err
}

// Roots lists where the person has files. The hrefs are clean.
func (c *Client) Roots(ctx context.Context) ([]wire.RootInfo, error) {
	var list wire.Roots
	if err := c.JSON(ctx, http.MethodGet, "/api/v1/files/roots", nil, &list); err != nil {
		return nil, err
	}
	for i := range list.Roots {
		href, err := Clean(list.Roots[i].Href)
		if err != nil {
			return nil, fmt.Errorf("roots: %w", err)
		}
		list.Roots[i].Href = href
	}
	return list.Roots, nil
}

// Search finds entries below a folder whose names contain the text. The hrefs are clean.
func (c *Client) Search(ctx context.Context, under, text string) (wire.FoundList, error) {
	var list wire.FoundList
	q := url.Values{"under": {under}, "q": {text}}
	if err := c.JSON(ctx, http.MethodGet, "/api/v1/files/search?"+q.Encode(), nil, &list); err != nil {
		return wire.FoundList{}, err
	}
	for i := range list.Found {
		href, err := Clean(list.Found[i].Href)
		if err != nil {
			return wire.FoundList{}, fmt.Errorf("search: %w", err)
		}
		list.Found[i].Href = href
	}
	return list, nil
}

// watchdog gives a call up when no byte moves for a while.
type watchdog struct {
	idle   time.Duration
	timer  *time.Timer
	cancel context.CancelFunc
}

func (d *watchdog) kick() { d.timer.Reset(d.idle) }

func (d *watchdog) stop() {
	d.timer.Stop()
	d.cancel()
}

// watchedBody is a request's body, under the watchdog.
type watchedBody struct {
	io.ReadCloser
	dog *watchdog
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.dog.kick()
	}
	return n, err
}

// answerBody is an answer's body: a connection that breaks in it is ErrOffline.
type answerBody struct {
	watchedBody
	ctx  context.Context //nolint:containedctx // the request's own; a body has no other way to know it
	host string
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.watchedBody.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's end is io.EOF itself
		err = network(b.ctx, b.host, err)
	}
	return n, err
}

func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	b.dog.stop()
	return err
}
