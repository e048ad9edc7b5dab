package remote

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"schulhof/server/wire"
)

// Entry is one resource as the server lists it.
type Entry struct {
	ID     string
	Href   string // clean
	Name   string
	Folder bool
	Size   int64
	Mtime  time.Time
	By     string
	ETag   string
	Rights string
	SHA256 string
	Token  string // of a folder: sync token, "" where the server has none
	Gone   bool   // in a list of changes: no longer there
}

// MaxEntries is the most that one listing may hold.
const MaxEntries = 50_000

const maxListing = 128 << 20 // bytes

// ErrResync says that the server can not tell any more what changed since a
// sync token: list again.
var ErrResync = errors.New("the server can not tell what changed since then")

const davNS = "DAV:"

const propNames = `<D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/>` +
	`<S:` + wire.PropID + `/><S:` + wire.PropBy + `/><S:` + wire.PropRights + `/><S:` + wire.PropSHA256 + `/>`

const (
	xmlHead      = `<?xml version="1.0" encoding="utf-8"?>`
	namespaces   = ` xmlns:D="DAV:" xmlns:S="` + wire.DAVNamespace + `">`
	propfindBody = xmlHead + `<D:propfind` + namespaces + propNames + `<D:sync-token/></D:prop></D:propfind>`
)

// List lists a folder: the folder itself first, then its members as the server
// orders them.
func (c *Client) List(ctx context.Context, href string) ([]Entry, error) {
	list, err := c.propfind(ctx, href, "1")
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	for i := range list {
		if sameResource(list[i].Href, href) {
			list[0], list[i] = list[i], list[0]
			return list, nil
		}
	}
	return nil, fmt.Errorf("list: %w: the folder itself is missing", ErrNotSchulhof)
}

// Stat returns one resource.
func (c *Client) Stat(ctx context.Context, href string) (Entry, error) {
	list, err := c.propfind(ctx, href, "0")
	if err != nil {
		return Entry{}, fmt.Errorf("stat: %w", err)
	}
	if len(list) != 1 {
		return Entry{}, fmt.Errorf("stat: %w: %d answers for one", ErrNotSchulhof, len(list))
	}
	return list[0], nil
}

func sameResource(a, b string) bool {
	return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}

func (c *Client) propfind(ctx context.Context, href, depth string) ([]Entry, error) {
	req, err := c.request(ctx, "PROPFIND", href, strings.NewReader(propfindBody))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Depth", depth)
	list, _, err := c.multistatus(req)
	return list, err
}

// Changes lists what changed among a folder's members since the sync token,
// and the token to ask with next time. ErrResync: list the folder instead.
func (c *Client) Changes(ctx context.Context, href, token string) ([]Entry, string, error) {
	var all []Entry
	for range 100 {
		part, next, err := c.changes(ctx, href, token)
		if err != nil {
			return nil, "", err
		}
		more := false
		for _, e := range part {
			if sameResource(e.Href, href) {
				more = true // 507 on the folder itself: the list was cut
				continue
			}
			all = append(all, e)
		}
		if !more {
			return all, next, nil
		}
		if next == token || len(all) > MaxEntries {
			break
		}
		token = next
	}
	return nil, "", ErrResync
}

func (c *Client) changes(ctx context.Context, href, token string) ([]Entry, string, error) {
	var body bytes.Buffer
	body.WriteString(xmlHead + `<D:sync-collection` + namespaces + `<D:sync-token>`)
	if err := xml.EscapeText(&body, []byte(token)); err != nil {
		return nil, "", fmt.Errorf("changes: %w", err)
	}
	body.WriteString(`</D:sync-token><D:sync-level>1</D:sync-level>` + propNames + `</D:prop></D:sync-collection>`)
	req, err := c.request(ctx, "REPORT", href, &body)
	if err != nil {
		return nil, "", err
	}
	list, next, err := c.multistatus(req)
	switch Status(err) {
	case 0:
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusTooManyRequests:
		return nil, "", fmt.Errorf("changes: %w", err)
	default:
		if !Temporary(err) {
			return nil, "", fmt.Errorf("%w: %w", ErrResync, err)
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("changes: %w", err)
	}
	if next == "" {
		return nil, "", ErrResync
	}
	return list, next, nil
}

func (c *Client) multistatus(req *http.Request) ([]Entry, string, error) {
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	res, err := c.do(req, idleTimeout)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusMultiStatus {
		return nil, "", fmt.Errorf("%w: %s answers %d", ErrNotSchulhof, req.Method, res.StatusCode)
	}
	return parseMultistatus(io.LimitReader(res.Body, maxListing))
}

// multistatus is what is known while the answer streams by.
type multistatus struct {
	list  []Entry
	token string

	entry  Entry // of the response under way
	props  Entry // of the propstat under way
	status int   // of the response itself, 0 where it has propstats
	code   int   // of the propstat
	path   []xml.Name
	text   []byte
	done   bool  // the whole document
	stray  error // why it is not taken
}

// parseMultistatus reads a 207 answer to PROPFIND or REPORT as it comes.
func parseMultistatus(r io.Reader) ([]Entry, string, error) {
	d := xml.NewDecoder(r)
	d.Strict = true
	d.Entity = nil
	m := multistatus{path: make([]xml.Name, 0, 8)}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && m.done {
			return m.list, m.token, nil
		}
		if err != nil {
			return nil, "", cutOrForeign(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			m.open(tok.Name)
		case xml.CharData:
			if len(m.text)+len(tok) < 64<<10 {
				m.text = append(m.text, tok...)
			}
		case xml.EndElement:
			m.close(tok.Name)
		}
		if m.stray != nil {
			return nil, "", m.stray
		}
		if len(m.list) > MaxEntries || len(m.path) > 32 {
			return nil, "", ErrTooLarge
		}
	}
}

// cutOrForeign tells an answer that broke off from one that is no listing.
func cutOrForeign(err error) error {
	syntax, ok := errors.AsType[*xml.SyntaxError](err)
	switch {
	case errors.Is(err, io.EOF), ok && syntax.Msg == "unexpected EOF":
		return fmt.Errorf("%w: the listing ends too early", ErrOffline)
	case ok:
		return fmt.Errorf("%w: %w", ErrNotSchulhof, err)
	}
	return err
}

func (m *multistatus) open(name xml.Name) {
	if len(m.path) == 0 && (m.done || name != (xml.Name{Space: davNS, Local: "multistatus"})) {
		m.stray = ErrNotSchulhof
	}
	m.path = append(m.path, name)
	m.text = m.text[:0]
	if name.Space != davNS {
		return
	}
	switch name.Local {
	case "response":
		m.entry, m.status = Entry{}, 0
	case "propstat":
		m.props, m.code = m.entry, 0
	case "collection":
		if len(m.path) > 1 && m.path[len(m.path)-2].Local == "resourcetype" {
			m.props.Folder = true
		}
	}
}

func (m *multistatus) close(name xml.Name) {
	m.path = m.path[:len(m.path)-1]
	m.done = len(m.path) == 0
	within := ""
	if len(m.path) > 0 {
		within = m.path[len(m.path)-1].Local
	}
	if within == "prop" {
		m.prop(name, strings.TrimSpace(string(m.text)))
	}
	if name.Space != davNS {
		return
	}
	text := strings.TrimSpace(string(m.text))
	switch within + "/" + name.Local {
	case "response/href":
		if m.entry.Href == "" {
			m.entry.Href, m.stray = Clean(text)
			m.entry.Name = Base(m.entry.Href)
		}
	case "response/status":
		m.status = statusOf(m.text)
	case "propstat/status":
		m.code = statusOf(m.text)
	case "response/propstat":
		if m.code >= 200 && m.code < 300 {
			m.entry = m.props
		}
	case "multistatus/sync-token":
		m.token = text
	case "multistatus/response":
		m.finish()
	}
}

func (m *multistatus) finish() {
	e := m.entry
	if e.Href == "" {
		return
	}
	e.Gone = m.status == http.StatusNotFound || m.status == http.StatusGone
	if e.Folder && !IsFolder(e.Href) {
		e.Href += "/"
	}
	m.list = append(m.list, e)
}

func (m *multistatus) prop(name xml.Name, value string) {
	switch name {
	case xml.Name{Space: davNS, Local: "getcontentlength"}:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			m.props.Size = n
		}
	case xml.Name{Space: davNS, Local: "getlastmodified"}:
		if t, err := http.ParseTime(value); err == nil {
			m.props.Mtime = t
		}
	case xml.Name{Space: davNS, Local: "getetag"}:
		m.props.ETag = value
	case xml.Name{Space: davNS, Local: "sync-token"}:
		m.props.Token = value
	case xml.Name{Space: wire.DAVNamespace, Local: wire.PropID}:
		m.props.ID = value
	case xml.Name{Space: wire.DAVNamespace, Local: wire.PropBy}:
		m.props.By = value
	case xml.Name{Space: wire.DAVNamespace, Local: wire.PropRights}:
		m.props.Rights = value
	case xml.Name{Space: wire.DAVNamespace, Local: wire.PropSHA256}:
		m.props.SHA256 = value
	}
}

// statusOf reads "HTTP/1.1 200 OK"; 0 where it makes no sense.
func statusOf(line []byte) int {
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return 0
	}
	return n
}

// firstRefusal is the first status of 300 and above in a 207 answer to a verb.
func firstRefusal(r io.Reader) (int, error) {
	d := xml.NewDecoder(io.LimitReader(r, maxListing))
	inStatus := false
	for {
		tok, err := d.Token()
		if err != nil {
			return 0, fmt.Errorf("answer of several parts: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inStatus = tok.Name.Local == "status"
		case xml.CharData:
			if n := statusOf(tok); inStatus && n >= 300 {
				return n, nil
			}
		case xml.EndElement:
			inStatus = false
		}
	}
}
