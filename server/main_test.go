package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"schulhof/server/servertest"
	"schulhof/server/wire"
)

// envRun tells the test program, started by itself, to be the server.
const envRun = "SCHULHOF_SERVER_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(envRun) != "" {
		os.Args = append([]string{"schulhof-server"}, os.Args[1:]...)
		main()
	}
	os.Exit(m.Run())
}

// program is a server in a process of its own.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	mu     sync.Mutex
	log    bytes.Buffer
	ended  chan error
	stdout string
}

// Write implements io.Writer, for the log.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *program) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start starts a server and waits until it is ready or has ended.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0], args...), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), envRun+"=1")
	p.cmd.Stderr = p
	r, w := io.Pipe()
	p.cmd.Stdout = w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := p.cmd.Wait()
		w.Close()
		p.ended <- err
	}()
	line, _ := bufio.NewReader(r).ReadString('\n')
	go io.Copy(io.Discard, r)
	p.stdout = line
	p.url, _ = strings.CutPrefix(strings.TrimSpace(line), "ready ")
	t.Cleanup(func() { p.cmd.Process.Kill() })
	return p
}

// end waits for the end and gives the exit status.
func (p *program) end() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(2 * time.Minute):
		p.t.Fatalf("the server does not end; its log:\n%s", p.logged())
		return 0
	}
}

func (p *program) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if code := p.end(); code != 0 {
		p.t.Errorf("exit status %d; log:\n%s", code, p.logged())
	}
}

func ask(t *testing.T, c *http.Client, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func signIn(t *testing.T, url, login string) string {
	t.Helper()
	status, text := ask(t, http.DefaultClient, "POST", url+"/api/v1/session",
		`{"login":"`+login+`","password":"Schulhof-2026","device":"test"}`, "Content-Type", "application/json")
	var s wire.Session
	if err := json.Unmarshal([]byte(text), &s); err != nil || status != 200 {
		t.Fatalf("sign in: %d %s", status, text)
	}
	return "Bearer " + s.Token
}

func TestDemo(t *testing.T) {
	dir := t.TempDir()
	began := time.Now()
	p := start(t, "demo", "--data", dir, "--listen", "127.0.0.1:0")
	first := time.Since(began)
	if !strings.HasPrefix(p.url, "http://127.0.0.1:") || p.stdout != "ready "+p.url+"\n" {
		t.Fatalf("standard output %q, log:\n%s", p.stdout, p.logged())
	}
	var school wire.School
	if status, text := ask(t, http.DefaultClient, "GET", p.url+"/api/v1/school", ""); status != 200 || json.Unmarshal([]byte(text), &school) != nil ||
		school.Name != "Musterschule" || school.LogoPath == "" || school.Imprint == "" {
		t.Errorf("school: %d %s", status, text)
	}
	if status, text := ask(t, http.DefaultClient, "GET", p.url+school.LogoPath, ""); status != 200 || !strings.HasPrefix(text, "\x89PNG") {
		t.Errorf("logo: %d, %d bytes", status, len(text))
	}
	if status, text := ask(t, http.DefaultClient, "GET", p.url+"/healthz", ""); status != 200 || text != "ok\n" {
		t.Errorf("health: %d %q", status, text)
	}
	if status, text := ask(t, http.DefaultClient, "GET", p.url+"/metrics", ""); status != 200 || !strings.Contains(text, "schulhof_http_requests_total") {
		t.Errorf("metrics: %d %q", status, text[:min(200, len(text))])
	}
	if status, _ := ask(t, http.DefaultClient, "GET", p.url+"/metrics", "", "X-Forwarded-For", "192.0.2.1"); status != 404 {
		t.Errorf("metrics through a proxy: %d", status)
	}
	token := signIn(t, p.url, "lena.weber")

	second := start(t, "demo", "--data", dir, "--listen", "127.0.0.1:0")
	if code := second.end(); code == 0 || second.stdout != "" || !strings.Contains(second.logged(), "another server is running") {
		t.Errorf("a second server on the folder: %d, %q, %s", code, second.stdout, second.logged())
	}
	p.stop()
	for line := range strings.SplitSeq(strings.TrimSpace(p.logged()), "\n") {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Msg == "" || entry.Level == "ERROR" {
			t.Errorf("log: %s", line)
		}
	}

	began = time.Now()
	p = start(t, "demo", "--data", dir, "--listen", "127.0.0.1:0")
	again := time.Since(began)
	t.Logf("first start %s, second %s", first, again)
	if status, text := ask(t, http.DefaultClient, "GET", p.url+"/api/v1/session", "", "Authorization", token); status != 200 {
		t.Errorf("the session after a restart: %d %s", status, text)
	}
	p.stop()
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	filled := servertest.Start(t) // with cheap passwords
	filled.Stop(t)
	dir := filled.Dir
	p := start(t, "demo", "--data", dir, "--listen", "127.0.0.1:0")
	token := signIn(t, p.url, "lena.weber")
	stream, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream.Header.Set("Authorization", token)
	events, err := http.DefaultClient.Do(stream)
	if err != nil || events.StatusCode != http.StatusOK {
		t.Fatalf("events: %v, %v", events, err)
	}
	defer events.Body.Close()
	body, feed := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.url+"/dav/home/langsam.txt", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Expect", "100-continue") // which the server says once it reads
	underWay := make(chan struct{})
	req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(underWay) }}))
	patient := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	defer patient.CloseIdleConnections()
	answered := make(chan int, 1)
	go func() {
		res, err := patient.Do(req)
		if err != nil {
			answered <- -1
			return
		}
		res.Body.Close()
		answered <- res.StatusCode
	}()
	io.WriteString(feed, "first half, ")
	<-underWay
	p.cmd.Process.Signal(syscall.SIGTERM)
	if _, err := io.ReadAll(events.Body); err != nil { // ends at once
		t.Errorf("the event stream did not end cleanly: %v", err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			break
		}
		c.Close()
		if time.Now().After(end) {
			t.Fatal("a stopping server still takes connections")
		}
	}
	io.WriteString(feed, "second half")
	feed.Close()
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("the upload under way: %d", status)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit status %d; log:\n%s", code, p.logged())
	}
	p = start(t, "demo", "--data", dir, "--listen", "127.0.0.1:0")
	if status, text := ask(t, http.DefaultClient, "GET", p.url+"/dav/home/langsam.txt", "", "Authorization", token); status != 200 || text != "first half, second half" {
		t.Errorf("afterwards: %d %q", status, text)
	}
	p.stop()
}

// certificate writes a certificate for 127.0.0.1 and gives the pool that trusts it.
func certificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{key: {Type: "EC PRIVATE KEY", Bytes: keyDER}, cert: {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(c)
	return pool
}

func TestServeWithTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, settings := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "server.toml")
	pool := certificate(t, cert, key, 1)
	text := "listen = \"127.0.0.1:0\"\ndata = \"" + filepath.Join(dir, "data") + "\"\n[school]\nname = \"Testschule\"\n[tls]\ncert = \"" + cert + "\"\nkey = \"" + key + "\"\n"
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "serve", "--config", settings)
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Fatalf("standard output %q, log:\n%s", p.stdout, p.logged())
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	if status, text := ask(t, c, "GET", p.url+"/api/v1/school", ""); status != 200 || !strings.Contains(text, "Testschule") {
		t.Errorf("school: %d %s", status, text)
	}
	if res, err := http.Get(p.url); err == nil {
		res.Body.Close()
		t.Error("a client that does not know the certificate was content")
	}
	if _, err := tls.Dial("tcp", strings.TrimPrefix(p.url, "https://"), &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	c.CloseIdleConnections()
	p.stop()
}

func TestRenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certificate(t, cert, key, 1)
	clock := time.Now()
	f := &certFiles{cert: cert, key: key, log: slog.New(slog.DiscardHandler), now: func() time.Time { return clock }}
	serial := func() int64 {
		t.Helper()
		c, err := f.get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("serial %d", n)
	}
	certificate(t, cert, key, 2)
	os.Chtimes(cert, time.Time{}, time.Now().Add(time.Second))
	if n := serial(); n != 1 {
		t.Errorf("looked again within a minute: serial %d", n)
	}
	clock = clock.Add(lookEvery)
	if n := serial(); n != 2 {
		t.Errorf("the renewed one: serial %d", n)
	}
	for _, broken := range []func(){
		func() {
			os.WriteFile(cert, []byte("half"), 0o600)
			os.Chtimes(cert, time.Time{}, time.Now().Add(time.Hour))
		},
		func() { os.Remove(cert) },
	} {
		broken()
		clock = clock.Add(lookEvery)
		if n := serial(); n != 2 {
			t.Errorf("the old one must serve on: serial %d", n)
		}
	}
}

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		args         []string
		code         int
		stdout, says string
	}{
		{[]string{"version"}, 0, version + "\n", ""},
		{[]string{"--help"}, 0, "Usage: schulhof-server", ""},
		{[]string{}, 2, "", "expected one of"},
		{[]string{"frob"}, 2, "", "frob"},
		{[]string{"serve"}, 2, "", "--config"},
		{[]string{"serve", "--config", filepath.Join(dir, "nix.toml")}, 1, "", "nix.toml"},
		{[]string{"serve", "--config", write("typo.toml", "data = \"x\"\nlitsen = \"y\"\n")}, 1, "", "unknown key litsen"},
		{[]string{"serve", "--config", write("open.toml", "data = \"x\"\nlisten = \"0.0.0.0:80\"\n")}, 1, "", "behind_proxy"},
		{[]string{"demo", "--data", filepath.Join(dir, "demo"), "--listen", ":0"}, 1, "", "this machine only"},
		{[]string{"demo", "--data", write("file", ""), "--listen", "127.0.0.1:0"}, 1, "", "data folder"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), c.args, system{stdout: &stdout, stderr: &stderr, now: time.Now})
		if code != c.code || !strings.HasPrefix(stdout.String(), c.stdout) && c.code == 0 || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%q: %d\n%s%s", c.args, code, &stdout, &stderr)
		}
	}
}
