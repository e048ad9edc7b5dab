package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"schulhof/server/internal/config"
)

// tlsConfig gives the certificate: from files, read again when they change, or from
// an ACME authority, which asks on this very port (TLS-ALPN-01).
func tlsConfig(cfg *config.Config, log *slog.Logger, now func() time.Time) (*tls.Config, error) {
	if len(cfg.TLS.ACMEHosts) > 0 {
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Email: cfg.TLS.ACMEEmail, HostPolicy: autocert.HostWhitelist(cfg.TLS.ACMEHosts...),
			Cache: autocert.DirCache(filepath.Join(cfg.Data, "acme")),
		}
		if cfg.TLS.ACMEURL != "" {
			m.Client = &acme.Client{DirectoryURL: cfg.TLS.ACMEURL}
		}
		c := m.TLSConfig()
		c.MinVersion = tls.VersionTLS12
		c.GetCertificate = telling(c.GetCertificate, cfg.TLS.ACMEHosts, log, now)
		return c, nil
	}
	f := &certFiles{cert: cfg.TLS.Cert, key: cfg.TLS.Key, log: log, now: now}
	if _, err := f.get(nil); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.get}, nil
}

// telling logs why there is no certificate for one of the school's names, at most
// once a minute; the authority's reason would else only be the client's "internal error".
func telling(get certGetter, hosts []string, log *slog.Logger, now func() time.Time) certGetter {
	var mu sync.Mutex
	var told time.Time
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := get(hello)
		if err == nil || !slices.Contains(hosts, hello.ServerName) {
			return cert, err
		}
		mu.Lock()
		defer mu.Unlock()
		if t := now(); t.Sub(told) >= time.Minute {
			told = t
			log.WarnContext(hello.Context(), "no certificate from the ACME authority", slog.String("host", hello.ServerName), slog.Any("error", err))
		}
		return nil, err
	}
}

// certGetter is tls.Config's GetCertificate.
type certGetter = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// lookEvery is how often the certificate's file is looked at.
const lookEvery = time.Minute

// certFiles is a certificate in files. A renewed one is taken within a minute; as
// long as it cannot be read, the old one serves.
type certFiles struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	mtime   time.Time
	looked  time.Time
}

func (f *certFiles) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.current != nil && now.Sub(f.looked) < lookEvery {
		return f.current, nil
	}
	f.looked = now
	st, err := os.Stat(f.cert)
	if err == nil && f.current != nil && st.ModTime().Equal(f.mtime) {
		return f.current, nil
	}
	if err == nil {
		var c tls.Certificate
		if c, err = tls.LoadX509KeyPair(f.cert, f.key); err == nil {
			f.current, f.mtime = &c, st.ModTime()
		}
	}
	if err != nil && f.current != nil {
		f.log.ErrorContext(hello.Context(), "the renewed certificate cannot be read", slog.Any("error", err))
		return f.current, nil
	}
	return f.current, err
}
