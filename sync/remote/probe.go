package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"schulhof/server/wire"
)

// Server is what Probe found.
type Server struct {
	Base   *url.URL
	School wire.School
}

const probeTimeout = 15 * time.Second

// Probe asks whether there is a Schulhof server at an address as people type
// it: "schule.example", with or without scheme, port and path. The connection is
// always TLS but to this PC itself. The error's chain holds one of ErrAddress,
// ErrNoServer, ErrNotSchulhof, ErrTooOld and *CertificateError, or ctx's error.
func Probe(ctx context.Context, address string) (Server, error) {
	return probe(ctx, address, nil)
}

func probe(ctx context.Context, address string, transport http.RoundTripper) (Server, error) {
	bases, err := candidates(address)
	if err != nil {
		return Server{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	for _, base := range bases {
		var school wire.School
		if school, err = ask(ctx, base, transport); err == nil {
			return Server{Base: base, School: school}, nil
		}
	}
	return Server{}, err
}

// candidates are the addresses to try, in their order.
func candidates(address string) ([]*url.URL, error) {
	address = strings.TrimSpace(address)
	scheme, rest, given := strings.Cut(address, "://")
	if !given {
		scheme, rest = "https", address
	}
	u, err := url.Parse("//" + strings.TrimPrefix(rest, "//"))
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, " \t\\<>\"'") {
		return nil, fmt.Errorf("%w: %.200q", ErrAddress, address)
	}
	secure := &url.URL{Scheme: "https", Host: u.Host}
	plainText := &url.URL{Scheme: "http", Host: u.Host}
	switch scheme = strings.ToLower(scheme); {
	case scheme != "http" && scheme != "https":
		return nil, fmt.Errorf("%w: %.200q", ErrAddress, address)
	case !loopback(u.Hostname()):
		return []*url.URL{secure}, nil
	case !given:
		return []*url.URL{secure, plainText}, nil
	case scheme == "http":
		return []*url.URL{plainText}, nil
	}
	return []*url.URL{secure}, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func ask(ctx context.Context, base *url.URL, transport http.RoundTripper) (wire.School, error) {
	if transport == nil {
		own := NewTransport()
		own.DisableKeepAlives = true
		transport = own
	}
	c := New(Options{Base: base, Transport: transport})
	school, err := c.School(ctx)
	var (
		cert    *CertificateError
		refused *Error
		syntax  *json.SyntaxError
		kind    *json.UnmarshalTypeError
	)
	switch {
	case err == nil && school.Product != wire.Product:
		return school, fmt.Errorf("%w: %s", ErrNotSchulhof, base)
	case err == nil && school.Protocol < wire.MinProtocol:
		return school, fmt.Errorf("%w: protocol %d", ErrTooOld, school.Protocol)
	case err == nil:
		return school, nil
	case errors.As(err, &cert):
		return school, cert
	case errors.As(err, &refused) && Temporary(err):
		return school, fmt.Errorf("%w: %w", ErrNoServer, err)
	case errors.As(err, &refused), errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, ErrTooLarge):
		return school, fmt.Errorf("%w: %w", ErrNotSchulhof, err)
	case errors.Is(err, context.Canceled):
		return school, err
	}
	return school, fmt.Errorf("%w: %w", ErrNoServer, err)
}
