package remote

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"schulhof/server/wire"
)

func schoolHandler(s wire.School) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/school" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s)
	})
}

var good = wire.School{Product: wire.Product, Protocol: wire.Protocol, Name: "Musterschule"}

func TestProbe(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	elsewhere := serve(schoolHandler(good))
	for name, c := range map[string]struct {
		address string
		want    error // nil: found
	}{
		"good":                      {serve(schoolHandler(good)), nil},
		"good without scheme":       {strings.TrimPrefix(serve(schoolHandler(good)), "http://"), nil},
		"good with path and spaces": {"  " + serve(schoolHandler(good)) + "/iserv/login?x=1 ", nil},
		"other product":             {serve(schoolHandler(wire.School{Product: "nextcloud", Protocol: 9})), ErrNotSchulhof},
		"too old":                   {serve(schoolHandler(wire.School{Product: wire.Product})), ErrTooOld},
		"a web page": {serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html>hello</html>")
		})), ErrNotSchulhof},
		"404":        {serve(http.NotFoundHandler()), ErrNotSchulhof},
		"overloaded": {serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })), ErrNoServer},
		"endless": {serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for range 20 << 10 {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		})), ErrNotSchulhof},
		"redirect to another host": {serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(elsewhere, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusFound)
		})), ErrNotSchulhof},
		"nobody":        {closed.URL, ErrNoServer},
		"empty":         {" ", ErrAddress},
		"other scheme":  {"ftp://schule.example", ErrAddress},
		"with password": {"https://anna:geheim@schule.example", ErrAddress},
		"a sentence":    {"unsere schule", ErrAddress},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Probe(t.Context(), c.address)
			if !errors.Is(err, c.want) {
				t.Fatalf("err = %v, want %v", err, c.want)
			}
			if c.want == nil && (got.School.Name != good.Name || got.Base.Path != "" || got.Base.Host == "") {
				t.Fatalf("got %+v at %v", got.School, got.Base)
			}
		})
	}
}

func TestOnlyTLSBeyondThisPC(t *testing.T) {
	for address, want := range map[string]string{
		"http://schule.example":      "[https://schule.example]",
		"schule.example:8443/x":      "[https://schule.example:8443]",
		"HTTPS://Schule.Example":     "[https://Schule.Example]",
		"schule.localhost.example":   "[https://schule.localhost.example]",
		"http://127.0.0.1:99":        "[http://127.0.0.1:99]",
		"[::1]:99":                   "[https://[::1]:99 http://[::1]:99]",
		"http://127.0.0.1.example.x": "[https://127.0.0.1.example.x]",
	} {
		got, err := candidates(address)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v; want %s", address, got, err, want)
		}
	}
}

func TestProbeCertificates(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		cert    x509.Certificate
		trusted bool
		want    CertificateReason // "": found
	}{
		"good":       {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: now.Add(time.Hour)}, true, ""},
		"own":        {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: now.Add(time.Hour)}, false, CertificateUnknown},
		"expired":    {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: now.Add(-time.Hour)}, true, CertificateExpired},
		"other host": {x509.Certificate{DNSNames: []string{"schule.example"}, NotAfter: now.Add(time.Hour)}, true, CertificateHost},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(schoolHandler(good))
			cert, leaf := selfSigned(t, c.cert)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			defer s.Close()
			transport := NewTransport()
			transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
			if c.trusted {
				transport.TLSClientConfig.RootCAs.AddCert(leaf)
			}
			_, err := probe(t.Context(), s.URL, transport)
			bad, ok := errors.AsType[*CertificateError](err)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want != "" && (!ok || bad.Reason != c.want || bad.Host == ""):
				t.Fatalf("err = %v, want reason %s", err, c.want)
			}
		})
	}
}

func selfSigned(t *testing.T, template x509.Certificate) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	template.Subject = pkix.Name{CommonName: "Musterschule"}
	template.NotBefore = template.NotAfter.Add(-48 * time.Hour)
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, leaf
}

func base(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
