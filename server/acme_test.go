package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/letsencrypt/challtestsrv"
	pebbleca "github.com/letsencrypt/pebble/v2/ca"
	pebbledb "github.com/letsencrypt/pebble/v2/db"
	pebbleva "github.com/letsencrypt/pebble/v2/va"
	pebblewfe "github.com/letsencrypt/pebble/v2/wfe"

	"schulhof/server/internal/clocktest"
	"schulhof/server/internal/porttest"
)

// acmeHost is the name that the authority of the tests finds on this machine.
const acmeHost = "schule.example.org"

// authority is Let's Encrypt's own test authority (Pebble, RFC 8555), which proves
// by TLS-ALPN-01 (RFC 8737) that the port is acmeHost's.
func authority(t *testing.T, port int) (http.Handler, *x509.CertPool) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	resolver := free.Addr().String()
	porttest.Hold(t, free)
	free.Close()
	names, err := challtestsrv.New(challtestsrv.Config{DNSAddrs: []string{resolver}, Log: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	names.SetDefaultDNSIPv4("127.0.0.1")
	names.SetDefaultDNSIPv6("")
	names.Run()
	t.Cleanup(names.Shutdown)
	asked := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, resolver)
	}}
	clocktest.Eventually(t, "an answer about the name", func() bool {
		at, err := asked.LookupHost(t.Context(), acmeHost)
		return err == nil && len(at) == 1 && at[0] == "127.0.0.1"
	})

	quiet := log.New(io.Discard, "", 0)
	store := pebbledb.NewMemoryStore()
	ca := pebbleca.New(quiet, store, "", "ecdsa", 0, 1, map[string]pebbleca.Profile{"default": {Description: "test"}})
	va := pebbleva.New(quiet, 0, port, false, resolver, store)
	wfe := pebblewfe.New(quiet, store, va, ca, []string{"authority.example.org"}, false, false, 1, 1)
	root, err := x509.ParseCertificate(ca.GetRootCert(0).DER)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return wfe.Handler(), pool
}

func TestCertificateByACME(t *testing.T) {
	dir := t.TempDir()
	data, settings := filepath.Join(dir, "data"), filepath.Join(dir, "server.toml")
	handlers := make(chan http.Handler, 1) // filled once the school's port is known
	handler := sync.OnceValue(func() http.Handler { return <-handlers })
	ca := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler().ServeHTTP(w, r) }))
	t.Cleanup(ca.Close)
	trusted := filepath.Join(dir, "trusted.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate().Raw})
	if err := os.WriteFile(trusted, block, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", trusted)
	text := fmt.Sprintf("listen = \"127.0.0.1:0\"\ndata = %q\n[school]\nname = \"Testschule\"\n[tls]\nacme_hosts = [%q]\nacme_email = \"it@musterschule.de\"\nacme_url = \"%s%s\"\n",
		data, acmeHost, ca.URL, pebblewfe.DirectoryPath)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "serve", "--config", settings)
	_, at, _ := strings.Cut(strings.TrimPrefix(p.url, "https://"), ":")
	port, err := strconv.Atoi(at)
	if err != nil {
		t.Fatalf("standard output %q, log:\n%s", p.stdout, p.logged())
	}
	h, pool := authority(t, port)
	handlers <- h

	serial := func(name string) (string, error) {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+at, &tls.Config{RootCAs: pool, ServerName: name})
		if err != nil {
			return "", err
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
	}
	first, err := serial(acmeHost)
	if err != nil {
		t.Fatalf("no certificate: %v; log:\n%s", err, p.logged())
	}
	if _, err := serial("another.example.org"); err == nil || strings.Contains(p.logged(), "another") {
		t.Error("a certificate for a name that is not the school's")
	}
	p.stop()

	p = start(t, "serve", "--config", settings)
	_, at, _ = strings.Cut(strings.TrimPrefix(p.url, "https://"), ":")
	if again, err := serial(acmeHost); err != nil || again != first {
		t.Errorf("after a restart: serial %s, want %s as kept in the data folder; %v", again, first, err)
	}
	p.stop()
}
