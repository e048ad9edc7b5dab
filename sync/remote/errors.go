package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"schulhof/server/wire"
)

// ErrOffline is in the chain of every error that means: the server could not be
// reached, or the connection broke. What had been sent may or may not have
// arrived.
var ErrOffline = errors.New("no connection to the server")

// Errors of Probe.
var (
	ErrAddress     = errors.New("not an address of a server")
	ErrNoServer    = errors.New("no server answers at this address")
	ErrNotSchulhof = errors.New("this is no Schulhof server")
	ErrTooOld      = errors.New("the server is too old for this program")
)

// ErrTooLarge says that an answer was longer than anything a Schulhof server sends.
var ErrTooLarge = errors.New("the server's answer is too large")

// Error is a refusal by the server.
type Error struct {
	Method  string
	Problem wire.Problem // Status and Code are always set
}

// Error names the refusal in English, for the log.
func (e *Error) Error() string {
	return fmt.Sprintf("%s refused with %d %s: %s", e.Method, e.Problem.Status, e.Problem.Code, e.Problem.Detail)
}

// Status returns the HTTP status of the refusal in err's chain, 0 if there is none.
func Status(err error) int {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Problem.Status
	}
	return 0
}

// Code returns the code of the refusal in err's chain, "" if there is none.
func Code(err error) string {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Problem.Code
	}
	return ""
}

// Precondition says whether err means that the resource is not, or no longer,
// as If-Match or If-None-Match demanded.
func Precondition(err error) bool { return Status(err) == http.StatusPreconditionFailed }

// Pending says whether the server asks the person for something before anything
// else: an own password, the second step's set-up, or the terms of use.
func Pending(err error) bool {
	switch Code(err) {
	case wire.CodePasswordChange, wire.CodeSecondSetUp, wire.CodeTerms:
		return true
	}
	return false
}

// Temporary says whether the same request may well succeed later.
func Temporary(err error) bool {
	if errors.Is(err, ErrOffline) || Pending(err) {
		return true
	}
	if Code(err) == wire.CodeUnavailable {
		return true
	}
	switch s := Status(err); s {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusLocked:
		return true
	case http.StatusInsufficientStorage, http.StatusNotImplemented:
		return false
	default:
		return s >= 500
	}
}

// CertificateReason says what is wrong with a server's certificate.
type CertificateReason string

// The reasons.
const (
	CertificateUnknown CertificateReason = "unknown" // made by nobody whom this PC trusts, or by itself
	CertificateExpired CertificateReason = "expired" // expired, or not valid yet: often the PC's clock
	CertificateHost    CertificateReason = "host"    // made for another name
	CertificateOther   CertificateReason = "other"
)

// CertificateError says that the connection is not safe. There is no way past it.
type CertificateError struct {
	Reason CertificateReason
	Host   string
	Err    error
}

// Error names the reason in English, for the log.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("certificate of %s (%s): %v", e.Host, e.Reason, e.Err)
}

// Unwrap returns what TLS said.
func (e *CertificateError) Unwrap() error { return e.Err }

// certificate returns the certificate problem in err's chain, or nil.
func certificate(host string, err error) *CertificateError {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		other   *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &unknown):
		return &CertificateError{CertificateUnknown, host, err}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &CertificateError{CertificateExpired, host, err}
	case errors.As(err, &name):
		return &CertificateError{CertificateHost, host, err}
	case errors.As(err, &invalid), errors.As(err, &other):
		return &CertificateError{CertificateOther, host, err}
	}
	return nil
}

// network words an error of the transport. A call that its caller gave up is
// that, not a missing network.
func network(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cert := certificate(host, err); cert != nil {
		return fmt.Errorf("%w: %w", ErrOffline, cert)
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}

const maxProblem = 64 << 10

// refusal reads the body of an answer that is no success.
func refusal(res *http.Response) *Error {
	e := &Error{Problem: wire.Problem{Status: res.StatusCode, Title: http.StatusText(res.StatusCode)}}
	if res.Request != nil {
		e.Method = res.Request.Method
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil {
		body = nil // the status says enough
	}
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	switch {
	case strings.HasSuffix(media, "json"):
		var p wire.Problem
		if json.Unmarshal(body, &p) == nil {
			e.Problem = p
			e.Problem.Status = res.StatusCode
		}
	case strings.HasSuffix(media, "xml"):
		davRefusal(&e.Problem, res.Header.Get(wire.HeaderReason), xmlMessage(body))
	case media == "text/plain":
		e.Problem.Detail = plain(string(body))
	}
	if e.Problem.Code == "" {
		e.Problem.Code = codeOf(e.Method, res.StatusCode)
	}
	if e.Problem.RequestID == "" {
		e.Problem.RequestID = plain(res.Header.Get("X-Request-Id"))
	}
	return e
}

func codeOf(method string, status int) string {
	switch status {
	case http.StatusUnauthorized:
		return wire.CodeSignedOut
	case http.StatusForbidden:
		return wire.CodeForbidden
	case http.StatusNotFound, http.StatusGone:
		return wire.CodeNotFound
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked:
		return wire.CodeConflict
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong:
		return wire.CodeTooLarge
	case http.StatusTooManyRequests:
		return wire.CodeSlowDown
	case http.StatusInsufficientStorage:
		return wire.CodeQuota
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return wire.CodeUnavailable
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		switch method {
		case http.MethodPut, "MKCOL", "MOVE", "COPY":
			return wire.CodeName
		}
		return wire.CodeInvalid
	}
	if status >= 500 {
		return wire.CodeInternal
	}
	return wire.CodeInvalid
}

// davRefusal words a refusal over WebDAV: a reason and a sentence in German and
// one in English. Args de holds the German one.
func davRefusal(p *wire.Problem, reason, message string) {
	german, english, both := strings.Cut(strings.TrimSpace(message), "\n")
	if !both {
		english = german
	}
	p.Detail = plain(english)
	p.Args = map[string]string{"de": plain(german)}
	if reason = plain(reason); reason == "" {
		return
	}
	p.Args["reason"] = reason
	switch {
	case strings.HasPrefix(reason, "name-"):
		p.Code = wire.CodeName
	case strings.HasPrefix(reason, "quota"):
		p.Code = wire.CodeQuota
	case reason == "sufficient-disk-space":
		p.Code = wire.CodeUploads
	case reason == "path" || strings.Contains(reason, "too-"):
		p.Code = wire.CodeTooLarge
	case reason == "checksum" || reason == "cut":
		p.Code = wire.CodeUnavailable // the way there failed, not the content
	}
}

// xmlMessage is the text of the message element in a DAV error.
func xmlMessage(doc []byte) string {
	var text strings.Builder
	d := xml.NewDecoder(bytes.NewReader(doc))
	inside := false
	for {
		tok, err := d.Token()
		if err != nil {
			return text.String()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inside = tok.Name.Local == "message"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				text.Write(tok)
			}
		}
	}
}

// plain makes a text from outside fit to be shown: one paragraph, bounded, no
// control characters.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 500 {
		s = string(runes[:500]) + "…"
	}
	return s
}
